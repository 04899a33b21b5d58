"""DVSA.  Karpathy, Fei-Fei, CVPR 2015: every word is aligned with the one region that agrees with it best."""
import numpy as np

from vsrlab.errors import Problem
from vsrlab.paper_mode.multiply import linear
from vsrlab.paper_mode.one_pass import array
from vsrlab.paper_mode.papers.shared import batch, losses, score
from vsrlab.paper_mode.step import Step, Told

FILE = "models/dvsa.py"


def relu(x):
    """Nothing below zero."""
    return np.maximum(0, x)


def states(p, layer: str, back: bool = False):
    """(W, H) of the recurrent network in one direction."""
    h, found = 0, []
    for e in p["eq-3"][::-1] if back else p["eq-3"]:
        h = relu(e + linear(p, layer, h if found else np.zeros_like(e)))
        found.append(h)
    return np.array(found[::-1] if back else found)


def products(p):
    """(W, R) of every word with every region, and with the whole image as the last one where the run has it."""
    v = p["eq-1"]
    return p["eq-6"] @ (np.vstack([v, v.mean(0)]) if p.model.whole else v).T


def steps(run) -> list:
    """The rows for the network of rectified units."""
    if run.model.reader.text != "brnn":
        raise Problem("paper mode of DVSA tells of text='brnn', and this run has gated units in its place; train one with "
                      "vl.Settings(model='dvsa').")
    return [
        Step("eq-1", r"v_i = W_m\,\mathrm{CNN}(I_{b_i}) + b_m", "One layer takes the features of each region into the joint space.",
             "R D", lambda p: linear(p, "embed", p.features), lambda p: array(p.images.parts[0]), (FILE, "DVSA eq. 1"), "(1)"),
        Step("eq-2", r"x_t = W_w\,\mathbb{1}_t", "A word picks its vector from a table.", "W X",
             lambda p: p.weight("reader.embed.weight")[p.words], lambda p: p.gave("reader.embed"), (FILE, "DVSA eq. 2"), "(2)",
             "Word vectors train here; the paper keeps word2vec as it is."),
        Step("eq-3", r"e_t = f(W_e\,x_t + b_e),\quad f = \max(0, \cdot)", "A layer of rectified units before the reading.", "W H",
             lambda p: relu(linear(p, "reader.enter", p["eq-2"])), lambda p: relu(p.gave("reader.enter")), (FILE, "DVSA eq. 3"),
             "(3)"),
        Step("eq-4", r"h_t^f = f(e_t + W_f\,h_{t-1}^f + b_f)", "The state while reading from left to right.", "W H",
             lambda p: states(p, "reader.ahead"), code=(FILE, "DVSA eq. 4"), printed="(4)"),
        Step("eq-5", r"h_t^b = f(e_t + W_b\,h_{t+1}^b + b_b)", "The state while reading from right to left.", "W H",
             lambda p: states(p, "reader.back", back=True), code=(FILE, "DVSA eq. 5"), printed="(5)"),
        Step("eq-6", r"s_t = f(W_d\,(h_t^f + h_t^b) + b_d)", "A word in its sentence, in the space of the regions.", "W D",
             lambda p: relu(linear(p, "reader.leave", p["eq-4"] + p["eq-5"])), lambda p: array(p.texts.parts[0]),
             (FILE, "DVSA eq. 6"), "(6)"),
        Step("products", r"v_i^{\top} s_t", "How well a region and a word agree: the inner product, not divided by lengths.", "W R",
             lambda p: products(p)[:, :len(p.features)], code=("models/layers/attention.py", "products"),
             departs="The whole image is one more region: the mean of all. Its product never beats the best of them."),
        Step("best", r"\max_{i}\ v_i^{\top} s_t", "Each word takes its best region and forgets the others.", "W",
             lambda p: products(p).max(1), lambda p: p.seen("relevance"), ("models/layers/attention.py", "best region")),
        Step("eq-8", r"S_{kl} = \sum_{t}\max_{i}\ v_i^{\top} s_t", "The score adds up what all words found: a longer sentence "
             "scores "
             "higher with every image.", "", lambda p: p["best"].sum(), score, ("models/layers/attention.py", "sum of relevances"),
             "(8)",
             exercise="my-matcher"),
        batch(), *losses(run, ("eq-9", "max"), ("(9)", ""))]


TOLD = Told("dvsa", steps)
