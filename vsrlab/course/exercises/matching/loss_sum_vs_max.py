"""Exercise `loss-sum-vs-max`: which wrong answers the sum and the maximum of hinges push."""
import numpy as np
import torch

from vsrlab.course.exercise import Exercise, Mistake, Property, exercise
from vsrlab.course.language import N_, tr

SPEC = N_("""
**loss-sum-vs-max** (12 min). A loss teaches only through the answers that get a gradient. Count them. `scores[b, c]` (B, B) is the
score of image b with text c, pair b stands on the diagonal, `image` (B,) is the number of the image of each pair.

A wrong answer is *pushed* once as a text of its row, if `margin + S_bc - S_bb` is above 0, and once as an image of its column, if
`margin + S_bc - S_cc` is above 0. With `hardest=True` only the largest of these costs in each row and in each column is pushed,
and only if it is above 0. What describes the same image is no wrong answer.

Return `pushes` (B, B): how often each place is pushed, 0, 1 or 2.
""")

STARTER = '''def pushed(scores, image, margin=0.2, hardest=True):
    """scores (B, B) array, image (B,) -> (B, B): how often each wrong answer is pushed, 0, 1 or 2."""
    rows = ...           # (B, B) costs of the texts of each row
    columns = ...        # (B, B) costs of the images of each column
    ...
'''

HINTS = (
    N_("Idea. Make both tables of costs as in `hinge`, with 0 for what is no wrong answer. Then ask of each place: does it "
       "pay in its row, does it pay in its column? Add the two answers."),
    N_("Formula. sum: [cost > 0]. maximum: [cost > 0 and cost = largest of its row], and the same for its column."),
    N_("Code. of_rows = rows > 0;  if hardest: of_rows &= rows == rows.max(1, keepdims=True)"),
)


def _costs(scores, image, margin):
    own, wrong = np.diagonal(scores), image[:, None] != image[None, :]
    cost = lambda right: np.maximum(margin + scores - right, 0) * wrong
    return cost(own[:, None]), cost(own[None, :])


def solution(scores, image, margin=0.2, hardest=True):
    """How often each place is pushed: once by its row, once by its column."""
    own, wrong = np.diagonal(scores), image[:, None] != image[None, :]
    rows = np.maximum(margin + scores - own[:, None], 0) * wrong           # texts, for each image
    columns = np.maximum(margin + scores - own[None, :], 0) * wrong        # images, for each text
    of_rows, of_columns = rows > 0, columns > 0
    if hardest:
        of_rows = of_rows & (rows == rows.max(1, keepdims=True))
        of_columns = of_columns & (columns == columns.max(0, keepdims=True))
    return of_rows.astype(int) + of_columns


def example(rng):
    """A batch whose image 0 has another caption within the margin."""
    size = int(rng.integers(4, 7))
    image = rng.integers(0, size - 1, size)
    image[1], image[-1] = image[0], size                                   # two captions of one image, one image with a single one
    scores = rng.normal(0.1, 0.3, (size, size)) + 0.4 * np.eye(size)
    scores[0, 1] = scores[0, 0] + 0.1                                      # the other caption of image 0 lies within the margin
    return dict(scores=scores, image=image, margin=float(rng.choice([0.1, 0.2])), hardest=bool(rng.random() < 0.6))


# ---------------------------------------------------------------- known wrong answers

def always_sum(scores, image, margin=0.2, hardest=True):
    return solution(scores, image, margin, False)


def without_margin(scores, image, margin=0.2, hardest=True):
    return solution(scores, image, 0.0, hardest)


def rows_only(scores, image, margin=0.2, hardest=True):
    rows, _ = _costs(scores, image, margin)
    return ((rows > 0) & ((rows == rows.max(1, keepdims=True)) | (not hardest))).astype(int)


def at_all(scores, image, margin=0.2, hardest=True):
    return np.minimum(solution(scores, image, margin, hardest), 1)


def own_captions(scores, image, margin=0.2, hardest=True):
    return solution(scores, np.arange(len(scores)), margin, hardest)


def hardest_of_all(scores, image, margin=0.2, hardest=True):
    """The hardest of each row and column even where it costs nothing."""
    if not hardest:
        return solution(scores, image, margin, False)
    hidden = np.where(image[:, None] != image[None, :], scores, -np.inf)
    own = np.diagonal(scores)
    rows, columns = hidden - own[:, None], hidden - own[None, :]
    return (rows == rows.max(1, keepdims=True)).astype(int) + (columns == columns.max(0, keepdims=True))


def whole_gradient(scores, image, margin=0.2, hardest=True):
    pushes = solution(scores, image, margin, hardest)
    of = torch.tensor(scores, requires_grad=True)
    exercise("hinge").solution(of, torch.tensor(image), margin, hardest).backward()
    return pushes + np.diag(np.round(np.diagonal(of.grad.numpy())).astype(int))


def costs_themselves(scores, image, margin=0.2, hardest=True):
    rows, columns = _costs(scores, image, margin)
    return rows + columns


MISTAKES = (
    Mistake("always-sum",
            "every wrong answer within the margin is pushed in yours, even if hardest=True. The maximum pushes one of each "
            "row and one of each column, and leaves the others alone.", always_sum),
    Mistake("no-margin",
            "you count what scores *higher* than the pair. A wrong answer is pushed as soon as it comes closer than the "
            "margin, also from below.", without_margin),
    Mistake("rows-only",
            "the texts of each row are right. Each place is asked a second time, as an image of its column: that is how a "
            "place is pushed twice.", rows_only),
    Mistake("at-all",
            "yours says whether a place is pushed at all. A place that pays in its row *and* in its column gets the gradient "
            "twice: add, instead of taking the larger one.", at_all),
    Mistake("own-captions",
            "another caption of the same image is pushed in yours. It is a right answer; only what describes another image "
            "may be pushed.", own_captions),
    Mistake("hardest-of-all",
            "the hardest wrong answer is pushed in yours even where it costs nothing. Beyond the margin the hinge is flat, "
            "and what is flat gives no gradient.", hardest_of_all),
    Mistake("diagonal",
            "the wrong answers are right. You count the right pairs as well: they are lifted, once for each push in their "
            "row and column, but asked are the wrong answers.", whole_gradient),
    Mistake("costs",
            "these are the costs themselves. Asked is how *often* a place is pushed: a hinge pushes with the same force "
            "however much it costs.", costs_themselves),
)


# ---------------------------------------------------------------- what every right answer has

SCORES, ONE_EACH = np.array([[.5, .6, .1], [.25, .4, .3], [.45, 0, .7]]), np.arange(3)


def far_away(answer):
    found = answer(np.eye(4) * 5, np.arange(4), 0.2, True)
    return None if not np.asarray(found).any() else tr(
        "own pairs score 5, all others 0: {n} places are pushed", n=int(np.sum(found)))


def as_autograd(answer):
    """Pushes are the gradient that autograd gives for the hinge of the exercise `hinge`."""
    for hardest in (True, False):
        of = torch.tensor(SCORES, requires_grad=True)
        exercise("hinge").solution(of, torch.tensor(ONE_EACH), 0.2, hardest).backward()
        wanted = of.grad.numpy() * (1 - np.eye(3))
        if not np.allclose(answer(SCORES, ONE_EACH, 0.2, hardest), wanted):
            return tr(
                "hardest={hardest}: the gradient of the hinge at its wrong answers is {wanted}", hardest=hardest,
                wanted=wanted.tolist())
    return None


def turned(answer):
    a, b = answer(SCORES, ONE_EACH, 0.2, True), answer(SCORES.T.copy(), ONE_EACH, 0.2, True)
    return None if np.allclose(np.asarray(a).T, b) else tr("exchanging images and texts changed more than rows and columns")


def few_with_the_maximum(answer):
    n = int(answer(np.full((6, 6), .5) + .01 * np.random.default_rng(0).random((6, 6)), np.arange(6), 0.2, True).sum())
    return None if n <= 12 else tr("6 pairs: the maximum pushes at most 12 times, yours {n} times", n=n)


PROPERTIES = (
    Property("far", "what lies beyond the margin is not pushed.", far_away),
    Property("both-ways", "images and texts play the same role.", turned),
    Property("few", "the maximum pushes one place of each row and one of each column.", few_with_the_maximum),
    Property("gradient", "a push is a unit of the gradient of the hinge.", as_autograd),
)

EXERCISE = Exercise(
    "loss-sum-vs-max", N_("Which wrong answers are pushed?"), "02", 12, 3, 3, SPEC, STARTER, HINTS,
    solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("pushes"),), not_checked=N_("equal costs"))
