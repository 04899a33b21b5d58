"""VSE++.  Faghri, Fleet, Kiros, Fidler, BMVC 2018: one vector a side, and the hardest wrong answer."""
from vsrlab.paper_mode.multiply import read_text
from vsrlab.paper_mode.one_pass import array
from vsrlab.paper_mode.papers.shared import ROOT, batch, final, image_vector, losses, reads_with_a_gru, score
from vsrlab.paper_mode.step import Step, Told


def sides(run) -> list:
    """The two vectors of the family: VSE++, its baseline, and order-embeddings."""
    reads_with_a_gru(run)
    return [
        Step("eq-1", r"f(i) = W_f^{\top}\,\phi(i),\quad v = f(i)\,/\,\|f(i)\|",
             "One layer takes the features of the image into the joint space; the vector is cut to length one.", "D",
             image_vector, lambda p: array(p.images.vector[0]), (ROOT, "VSE++ eq. 1"), "(1)",
             "The features are the mean of the regions; the paper has one vector of a CNN. The layer has a bias."),
        Step("eq-2", r"g(c) = \mathrm{GRU}(w_1, \ldots, w_n),\quad t = g(c)\,/\,\|g(c)\|",
             "A GRU reads the words; its last state, cut to length one, is the sentence.", "D",
             lambda p: final(p, read_text(p, "text")[1]), lambda p: array(p.texts.vector[0]), ("models/vse.py", "VSE++ eq. 2"),
             "(2)", exercise="gru-step")]


def steps(run) -> list:
    """The rows of VSE++ and VSE0."""
    return [*sides(run),
            Step("eq-3", r"s(i, c) = v \cdot t", "The inner product of two vectors of length one is the cosine of their angle.", "",
                 lambda p: p["eq-1"] @ p["eq-2"], score, ("models/matcher.py", "VSE++ eq. 3"), "(3)"),
            batch(), *losses(run, ("eq-5", "eq-6"), ("(5)", "(6)"))]


TOLD = Told("vsepp", steps)
