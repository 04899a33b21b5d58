"""Rows that several papers have: both sides as vectors, and the losses on three pairs."""
import numpy as np

from vsrlab.errors import Problem
from vsrlab.losses import hinge
from vsrlab.paper_mode.multiply import costs, linear, max_of_hinges, read_text, sum_of_hinges, unit
from vsrlab.paper_mode.one_pass import array
from vsrlab.paper_mode.step import Step

ROOT, BLOCKS, LOSSES = "models/vse.py", "models/layers/blocks.py", "losses.py"
STARTS_OWN = ("Two captions of one image both describe it. The programs of the papers count one as a wrong answer to the other; "
              "this kit "
              "leaves them out, unless own_captions='negative'.")


def reads_with_a_gru(run):
    """Refuse readers of text that the rows do not tell of, and images with vectors of other networks beside."""
    text = run.settings.options.get("text", "gru")
    if text not in ("gru", "bigru"):
        raise Problem(f"paper mode reads a text with a GRU; give a run with text='gru' or text='bigru', not {text!r}.")
    if nets := run.settings.options.get("nets"):
        raise Problem(f"paper mode reads the regions alone; give a run without nets={nets!r}.")
    if run.settings.loss != "hinge":
        raise Problem(f"paper mode tells of the hinge; give a run trained with loss='hinge', not {run.settings.loss!r}.")


def score(p):
    """The score of the pair."""
    return array(p.match.scores[0, 0])


def final(p, x):
    """A vector as the family of VSE compares it: of unit length, absolute values where the measure asks for them."""
    return np.abs(unit(x)) if p.model.use_abs else unit(x)


def image_vector(p):
    """The mean region through the layer, as VSE++ and its ancestors do."""
    x = linear(p, "embed", p.features.mean(0))
    x = unit(x) if p.model.image_norm or p.model.rest_norm else x
    return np.abs(x) if p.model.use_abs else x


def words_of(name: str = "text", **more) -> Step:
    """A row: words as the mean of a bidirectional GRU's states, of unit length."""
    return Step("words", r"e_j = \frac{\overrightarrow{h}_j + \overleftarrow{h}_j}{2},\quad e_j \leftarrow e_j\,/\,\|e_j\|",
                "A GRU reads the sentence from both ends; a word is the mean of both states there, cut to length one.", "W D",
                lambda p: unit(read_text(p, name)[0]), lambda p: array(p.texts.parts[0]), (BLOCKS, "words of SCAN"), **more)


def batch() -> Step:
    """A row: the scores of three pairs."""
    return Step("batch", r"S_{bc} = S(I_b, T_c)", "Three pairs of a batch: two captions of one image, and its hardest rival with "
                "its best caption. Right pairs stand "
                "on the diagonal.", "B B",
                lambda p: p.pair.index.scores[np.ix_(p.batch.images, p.batch.texts)], lambda p: p.batch.scores)


def losses(run, keys: tuple = ("sum", "max"), printed: tuple = ("", ""), matrix=lambda p: p["batch"]) -> list:
    """The rows of the ranking losses: what each wrong answer costs, their sum, the hardest, and captions of the same image.

    keys, printed  of the sum of hinges and of the maximum
    """
    margin = run.settings.ranking[1]
    loss = lambda p, right, hardest: array(hinge(p.batch.match.scores.double(), _tensor(right), margin, hardest))
    alone = np.eye(3, dtype=bool)
    return [
        Step("cost", r"c_{bc} = \left[\alpha - S_{bb} + S_{bc}\right]_{+},\quad c'_{bc} = \left[\alpha - S_{cc} + "
             r"S_{bc}\right]_{+}",
             f"What a wrong answer lacks to lie a margin of {margin:g} below the right one, for texts of an image and images of a "
             f"text.",
             "2 B B", lambda p: costs(matrix(p), p.batch.right, margin), code=(LOSSES, "cost"), exercise="hinge"),
        Step(keys[0], r"\ell_{SH} = \sum_{b}\sum_{c \neq b} \left(c_{bc} + c'_{cb}\right)",
             "Every wrong answer pushes: all costs of the batch are added up. VSE0 is trained so, and warm-up epochs.", "",
             lambda p: sum_of_hinges(p["cost"]), lambda p: loss(p, p.batch.right, False), (LOSSES, "VSE++ eq. 5"), printed[0],
             "Summed over the batch, not averaged, as in the program.", "hinge"),
        Step(keys[1], r"\ell_{MH} = \sum_{b}\left(\max_{c} c_{bc} + \max_{c} c'_{cb}\right)",
             "Only the costliest wrong answer of each image and of each text pushes.", "",
             lambda p: max_of_hinges(p["cost"]), lambda p: loss(p, p.batch.right, True), (LOSSES, "VSE++ eq. 6"), printed[1],
             "Summed over the batch, not averaged, as in the program.", "loss-sum-vs-max"),
        Step("own-captions", r"\ell_{MH}\ \mathrm{with}\ c \neq b\ \mathrm{alone\ left\ out}",
             "The same maximum, when the second caption of an image counts as a wrong answer to the first.", "",
             lambda p: max_of_hinges(costs(matrix(p), alone, margin)), lambda p: loss(p, alone, True), (LOSSES, "own captions"), "",
             STARTS_OWN, "hinge")]


def _tensor(right):
    import torch
    return torch.tensor(right)
