"""VSRN.  Li, Zhang, Li, Li, Fu, ICCV 2019: regions reason with each other before a memory reads them."""
import numpy as np

from vsrlab.errors import Problem
from vsrlab.paper_mode.multiply import batch_norm, gru, linear, read_text, unit
from vsrlab.paper_mode.one_pass import array
from vsrlab.paper_mode.papers.shared import batch, losses, score
from vsrlab.paper_mode.step import Step, Told

FILE, GRU = "models/layers/reasoning.py", "models/layers/reasoning.py"
TORCH_Z = ("torch's gate is one minus the paper's: here 1 keeps the memory, there 1 replaces it. torch also applies the reset "
           "after the "
           "product.")


def known(reasoner):
    """Refuse what the rows do not tell of."""
    if reasoner.gru is None or reasoner.order != "given" or not len(reasoner.layers):
        raise Problem("paper mode tells of a memory that reads the regions in the given order after one layer of reasoning or "
                      "more; "
                      "give a run with pool='gru', order='given' and layers of 1 or more.")


def norm(p, x):
    """Length one: each region along D, or each channel across the regions, as the run has it."""
    return unit(x, -1 if p.model.reasoner.region_norm == "feature" else 0)


def affinity(p, layer: int, v):
    """(R, R) of one layer."""
    name = f"reasoner.layers.{layer}"
    return linear(p, f"{name}.theta", v) @ linear(p, f"{name}.phi", v).T / len(v)


def step(p, layer: int, v):
    """(R, D): the regions after one layer."""
    name = f"reasoner.layers.{layer}"
    return v + batch_norm(p, f"{name}.norm", linear(p, f"{name}.update", affinity(p, layer, v) @ linear(p, f"{name}.g", v)))


def reasoned(p):
    """(R, D): the regions after the other layers, each of length one."""
    v = p["eq-3"]
    for layer in range(1, len(p.model.reasoner.layers)):
        v = step(p, layer, v)
    return norm(p, v)


def first(p):
    """(R, D): the regions as they enter the first layer."""
    v = linear(p, "reasoner.embed", p.features)
    return norm(p, v) if p.model.reasoner.head == "coco" else v


def memory(part: str):
    """Pass -> (R, D) of the GRU over the reasoned regions: "z", "r", "n" or "h"."""
    return lambda p: gru(p, "reasoner.gru", p["reasoned"])[part]


def image(p):
    """(D,): the last state, normalised as the run's head has it."""
    last = p["eq-7"][-1]
    v = unit(batch_norm(p, "reasoner.norm", last) if p.model.reasoner.norm is not None else last)
    return np.abs(v) if getattr(p.model, "use_abs", False) else v


def image_steps(run) -> list:
    """The rows from region features to the vector of the image: VSRN's, and the global half of VSR++."""
    known(run.model.reasoner)
    layers = len(run.model.reasoner.layers)
    long = "begins with a long memory" if run.settings.options.get("start", "long") == "long" else "begins as torch begins it"
    return [
        Step("eq-1", r"v_i = W_f f_i + b_f", "One layer takes the features of each region into the joint space.", "R D",
             first, lambda p: p.of_image("layers")[0], (FILE, "eq. 1"), "(1)",
             lambda p: "" if p.model.reasoner.head != "coco" else
             "Cut to length one before reasoning, as the program does for COCO."),
        Step("eq-2", r"R(v_i, v_j) = \varphi(v_i)^{\top}\,\psi(v_j)", "The affinity: how much region i reads of region j. Signed, "
             "and not "
             "symmetric.", "R R", lambda p: affinity(p, 0, p["eq-1"]), lambda p: p.of_image("affinity")[0], (FILE, "eq. 2"), "(2)",
             "The paper says that rows are normalised; its program, and this kit, divide by the number of regions.", "relate"),
        Step("eq-3", r"V^{*} = W_r\,(R\,V\,W_g) + V", "Each region adds what it reads of all others to itself: one layer of "
             "reasoning.",
             "R D", lambda p: step(p, 0, p["eq-1"]), lambda p: p.of_image("layers")[1], (FILE, "eq. 3"), "(3)",
             "A batch normalisation follows W_r, as in the program; with its scale of 0 a layer begins as the identity.", "relate"),
        Step("reasoned", r"V^{*} \leftarrow \mathrm{layers\ 2\ to\ L},\quad v_i^{*} \leftarrow v_i^{*}\,/\,\|v_i^{*}\|",
             f"The same again, {layers} layer{'s' * (layers != 1)} in all; then every region is cut to length one.", "R D",
             reasoned,
             lambda p: norm(p, p.of_image("layers")[-1]), (FILE, "V*"),
             departs=lambda p: "" if p.model.reasoner.region_norm == "feature" else
             "Channels have length one across the regions, as in the program; its author agreed that regions were meant."),
        Step("eq-4", r"z_i = \sigma(W_z v_i^{*} + U_z m_{i-1} + b_z)", "The update gate: how much of the memory stays while "
             "region i is "
             "read.", "R D", memory("z"), lambda p: p.of_image("gates"), (GRU, "eq. 4"), "(4)", TORCH_Z, "gru-step"),
        Step("eq-5", r"\tilde{m}_i = \tanh(W_m v_i^{*} + r_i \circ U_m m_{i-1} + b_m)",
             "The candidate: what the memory would become if "
             "region i replaced all of it.", "R D", memory("n"), code=(GRU, "eq. 4-7"), printed="(5)", departs=TORCH_Z,
             exercise="gru-step"),
        Step("eq-6", r"r_i = \sigma(W_r v_i^{*} + U_r m_{i-1} + b_r)", "The reset gate: how much of the memory the candidate "
             "looks at.",
             "R D", memory("r"), code=(GRU, "eq. 4-7"), printed="(6)", exercise="gru-step"),
        Step("eq-7", r"m_i = z_i \circ m_{i-1} + (1 - z_i) \circ \tilde{m}_i", "The memory after region i: partly the old one, "
             "partly the "
             "candidate.", "R D", lambda p: remembered(p["eq-4"], p["eq-5"]), lambda p: p.of_image("memory"), (GRU, "eq. 4-7"),
             "(7)",
             f"{TORCH_Z} The GRU of this run {long}.", "gru-step"),
        Step("image", r"I = m_R\,/\,\|m_R\|", "The last state of the memory, cut to length one, is the image.", "D", image,
             lambda p: array(p.images.vector[0]), (FILE, "last state"),
             departs=lambda p: "A batch normalisation stands before it, as in the program for Flickr30K."
             if p.model.reasoner.norm is not None else "")]


def remembered(z, candidate):
    """(R, D): the memory from its gates and candidates."""
    m, found = np.zeros(z.shape[1]), []
    for keep, new in zip(z, candidate):
        m = keep * m + (1 - keep) * new
        found.append(m)
    return np.array(found)


def sentence(name: str = "text") -> Step:
    """The row of the sentence's vector."""
    def follow(p):
        t = unit(read_text(p, name)[1])
        return np.abs(t) if getattr(p.model, "use_abs", False) else t
    return Step("text", r"C = \mathrm{GRU}(w_1, \ldots, w_n),\quad C \leftarrow C\,/\,\|C\|",
                "A GRU reads the words; its last state, cut to length one, is the sentence.", "D", follow,
                lambda p: array(p.texts.vector[0]), ("models/layers/blocks.py", "sentence"), exercise="gru-step")


def caption(run) -> list:
    """The rows of the caption loss and of the total; trained with them or not, they add nothing to a score."""
    there = run.model.captioner is not None
    weight = run.settings.extra_weight

    def total(p):
        return p["eq-8"] + weight * p["eq-9"] if there else p["eq-8"]
    return [
        Step("eq-9", r"L_G = -\sum_t \log p(y_t\,|\,y_{<t}, V^{*})", "The reasoned regions have to tell the sentence, word by "
             "word.", "",
             lambda p: told(p), code=("models/vsrn.py", "caption loss"), departs="" if there else
             "This run is trained without it (caption=False): it makes a step on a CPU much longer.",
             unless=lambda p: "" if there else "not trained in this run: caption=False"),
        Step("eq-10", r"L = L_M + L_G", "Both losses are added up.", "", total,
             departs="" if there else "L is the matching loss alone in this run.", code=("training/fit.py", "total loss"))]


def told(p) -> float:
    """The caption loss of the three pairs."""
    import torch

    from vsrlab.data.batches import read_images, read_texts
    corpus, run = p.pair.corpus, p.pair.run
    regions, mask = read_images(corpus, p.batch.images)
    words, real = read_texts([corpus.texts[t] for t in p.batch.texts], run.vocabulary)
    with torch.no_grad():
        found = p.model.encode_images(regions.to(p.pair.device), mask.to(p.pair.device))
        seen = found.seen.get("reasoned", found.parts)
        return float(p.model.captioner(seen, found.mask, words.to(p.pair.device), real.to(p.pair.device)))


def steps(run) -> list:
    """The rows of VSRN."""
    matching = losses(run, ("sum", "eq-8"))
    return [*image_steps(run), sentence(),
            Step("score", r"S(I, C) = I \cdot C", "The cosine of image and sentence.", "", lambda p: p["image"] @ p["text"], score,
                 ("models/matcher.py", "VSE++ eq. 3")),
            batch(), *matching, *caption(run)]


TOLD = Told("vsrn", steps)
