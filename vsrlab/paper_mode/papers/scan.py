"""SCAN.  Lee, Chen, Hua, Hu, He, ECCV 2018: each word attends to the regions, or each region to the words.

The attention is numbered as in the exercise `attend`: (1) cosines to (6) the mean; the paper's own numbers are not repeated here.
"""
from dataclasses import replace

import numpy as np

from vsrlab.errors import Problem
from vsrlab.models.layers.attention import LSE, SHARPNESS, CrossAttention
from vsrlab.paper_mode.multiply import leaky, linear, softmax, unit
from vsrlab.paper_mode.one_pass import array
from vsrlab.paper_mode.papers.shared import batch, losses, reads_with_a_gru, score, words_of
from vsrlab.paper_mode.step import Step, Told

FILE = "models/layers/attention.py"
POOLED = {"mean": lambda r, _: r.mean(), "sum": lambda r, _: r.sum(), "max": lambda r, _: r.max(),
          "lse": lambda r, power: np.log(np.exp(power * r).sum()) / power}
NAMES = {"t-i": ("word", "regions", "words"), "i-t": ("region", "words", "regions")}     # who asks, whom, and the askers


def known(attention: CrossAttention):
    """Refuse what the rows do not tell of."""
    if attention.direction == "both" or attention.raw_norm != "clipped_l2norm" or attention.pooling not in POOLED:
        raise Problem("paper mode tells of attention in one direction with raw_norm='clipped_l2norm' and pooling 'mean', 'lse', "
                      "'sum' "
                      f"or 'max', not of {attention.direction!r}, {attention.raw_norm!r} and {attention.pooling!r}; "
                      "give a run that was trained so.")


def by_hand(regions, words, attention: CrossAttention) -> dict:
    """The six lines on parts of unit length: cosine (W, R), shared (W, R), attention (W, R), attended, relevance, and the score."""
    over_words = attention.direction == "t-i"
    s = words @ regions.T
    x = leaky(s)
    shared = x / (np.sqrt((x ** 2).sum(0 if over_words else 1, keepdims=True)) + 1e-8)
    weight = softmax(attention.sharpness * shared, 1 if over_words else 0)
    attended = weight @ regions if over_words else weight.T @ words
    relevance = (unit(attended) * (words if over_words else regions)).sum(1)
    return {"cosine": s, "shared": shared, "attention": weight, "attended": attended, "relevance": relevance,
            "score": POOLED[attention.pooling](relevance, attention.lse)}


def local(run, model_score, regions: str = "regions", words: str = "words") -> list:
    """The rows from two sets of parts to one score of words and regions.

    model_score     Pass -> that score as the model computed it
    regions, words  keys of the rows before
    """
    attention = run.model.attention
    known(attention)
    there = attention.direction == "t-i"
    one, whom, askers = NAMES[attention.direction]
    asking, tail = ("W", "") if there else ("R", " i-t")
    parts, own = (regions, words) if there else (words, regions)
    i, j = (r"\sum_j", r"\sum_i") if there else (r"\sum_i", r"\sum_j")
    hand = lambda name, **more: lambda p: by_hand(p[regions], p[words], attention)[name]
    return [
        Step("eq-1", r"s_{ij} = \frac{v_i^{\top} e_j}{\|v_i\|\,\|e_j\|}", "The cosine of every region i with every word j.", "W R",
             lambda p: p[words] @ p[regions].T, lambda p: p.seen("cosine"), (FILE, "SCAN (1)"), exercise="attend"),
        Step("eq-2", rf"\bar{{s}}_{{ij}} = \frac{{[s_{{ij}}]_{{+}}}}{{\sqrt{{{i}\,[s_{{ij}}]_{{+}}^2}}}}",
             f"Negative cosines are shrunk; then each {'region' if there else 'word'} shares its length out among the {askers}.",
             "W R",
             hand("shared"), code=(FILE, "SCAN (2)"), departs="The paper clips negative cosines at 0; its program, and this kit, "
             "keep a "
             "tenth of them.", exercise="attend"),
        Step("eq-3", rf"\alpha_{{ij}} = \frac{{e^{{\lambda_1 \bar{{s}}_{{ij}}}}}}{{{j}\, e^{{\lambda_1 \bar{{s}}_{{ij}}}}}}",
             f"Each {one} spreads its attention over the {whom}; with lambda {attention.sharpness:g}, larger looks narrower.",
             "W R",
             lambda p: softmax(attention.sharpness * p["eq-2"], 1 if there else 0), lambda p: p.seen("attention" + tail),
             (FILE, "SCAN (3)"), exercise="attend" if there else "attend-i-t"),
        Step("eq-4", r"a_j = \sum_i \alpha_{ij}\, v_i" if there else r"a_i = \sum_j \alpha_{ij}\, e_j",
             f"What the {one} looked at: the {whom}, weighted by its attention.", f"{asking} D",
             lambda p: (p["eq-3"] if there else p["eq-3"].T) @ p[parts], code=(FILE, "SCAN (4)"),
             departs="The program of this kit never builds these vectors: it needs only their lengths and inner products.",
             exercise="attend" if there else "attend-i-t"),
        Step("eq-5", r"R_j = \frac{e_j^{\top} a_j}{\|e_j\|\,\|a_j\|}" if there else r"R_i = \frac{v_i^{\top} "
             r"a_i}{\|v_i\|\,\|a_i\|}",
             f"The relevance: how well the {one} agrees with what it looked at.", asking,
             lambda p: (unit(p["eq-4"]) * p[own]).sum(1), lambda p: p.seen("relevance" + tail), (FILE, "SCAN (5)"),
             exercise="attend" if there else "attend-i-t"),
        *pooled(attention, model_score)]


def pooled(attention: CrossAttention, model_score) -> list:
    """The rows of the two poolings; the one that the run uses is read from its pass."""
    power = attention.lse or LSE[attention.direction]
    index = "j" if attention.direction == "t-i" else "i"
    lines = {"mean": ("eq-6", rf"S_{{AVG}} = \frac{{1}}{{n}}\sum_{index} R_{index}", "AVG: the score is the mean relevance.",
                      "SCAN (6)",
                      "attend"),
             "lse": ("eq-7", rf"S_{{LSE}} = \frac{{1}}{{\lambda_2}}\log\sum_{index} e^{{\lambda_2 R_{index}}}",
                     f"LSE: a soft maximum of the relevances, with lambda 2 of {power:g}.", "SCAN (7)", "pool-lse")}
    if attention.pooling not in lines:
        lines[attention.pooling] = ("pooled", rf"S = \{attention.pooling}_{index}\, R_{index}",
                                    f"The score is the {attention.pooling} of "
                                    "the relevances.", "SCAN (6)", "")
    found = []
    for name, (key, latex, words, tag, exercise) in lines.items():
        used = name == attention.pooling
        said = words if used else f"{words} Not this run's score."
        found.append(Step(key, latex, said, "", lambda p, name=name: POOLED[name](p["eq-5"], power), model_score if used else None,
                          (FILE, tag), exercise=exercise))
    return found


def mirror(run) -> Step:
    """The score in the other direction, with the same weights."""
    attention = run.model.attention
    other = "i-t" if attention.direction == "t-i" else "t-i"
    turned = replace(attention, direction=other, sharpness=SHARPNESS[other], lse=LSE[other])
    one, whom, _ = NAMES[other]
    return Step("mirror", rf"S^{{{other}}} = {'AVG' if attention.pooling == 'mean' else attention.pooling.upper()}\;"
                rf"(R_1, R_2, \ldots)\ \mathrm{{of\ }} {other}",
                f"The other direction: each {one} attends to the {whom}, with lambda {SHARPNESS[other]:g}. Not part of this run's "
                f"score.",
                "", lambda p: by_hand(p["regions"], p["words"], turned)["score"],
                lambda p: array(turned(p.images, p.texts).scores[0, 0]), (FILE, "i-t"),
                departs="These weights were trained for one direction; the paper trains a model for each and averages their "
                "scores.",
                exercise="attend-i-t")


def steps(run) -> list:
    """The rows of SCAN in the direction of the run."""
    reads_with_a_gru(run)
    if not (run.model.image_norm and run.model.text_norm):
        raise Problem("paper mode of SCAN tells of parts of unit length; give a run with image_norm=True and text_norm=True.")
    return [
        Step("regions", r"v_i = W_v f_i + b_v,\quad v_i \leftarrow v_i\,/\,\|v_i\|",
             "One layer takes the features of each region into the joint space; each is cut to length one.", "R D",
             lambda p: unit(linear(p, "embed", p.features)), lambda p: array(p.images.parts[0]),
             ("models/scan.py", "regions")),
        words_of(), *local(run, score), mirror(run), batch(), *losses(run)]


TOLD = Told("scan", steps)
