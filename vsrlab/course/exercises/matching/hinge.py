"""Exercise `hinge`: the ranking loss of VSE++, with captions of the same image left out."""
import torch

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**hinge** (15 min). A batch holds B pairs. `scores[b, c]` (B, B) is the score of image b with text c; pair b stands on the
diagonal. `image` (B,) is the number of the image that each pair was drawn from: an image has five captions, so two pairs of
a batch may show the *same* image.

Every pair should beat every **wrong** answer by `margin`: the texts of its row that do not describe its image, and the images
of its column that its text does not describe. A wrong answer costs `max(0, margin + its score - score of the pair)`.

* `hardest=True` (VSE++): each row and each column pays for its most expensive wrong answer only.
* `hardest=False` (VSE0): they pay for all.

Return the sum over all rows and all columns: one number, a torch scalar through which gradients flow.
""")

STARTER = '''def hinge(scores, image, margin=0.2, hardest=True):
    """scores (B, B), image (B,) -> scalar: the sum over rows and columns of what their wrong answers cost."""
    ...
'''

HINTS = (
    N_("Idea. First build a table of costs for all (b, c) at once, one for rows and one for columns. Then set to zero what "
       "is no wrong answer. Only then take the maximum or the sum."),
    N_("Formula. rows: [margin + S_bc - S_bb]+  ; columns: [margin + S_bc - S_cc]+ . No wrong answer: image_b == image_c "
       "(this holds on the diagonal, too)."),
    N_("Code. own = scores.diagonal();  wrong = image[:, None] != image[None, :];  rows = (margin + scores - own[:, "
       "None]).clamp(min=0) * wrong"),
)


def solution(scores, image, margin=0.2, hardest=True):
    """The hardest wrong answers of VSE++, or all of VSE0, over rows and columns; what describes the same image costs nothing."""
    own = scores.diagonal()                                            # (B,)
    wrong = image[:, None] != image[None, :]                           # (B, B) the diagonal is False
    rows = (margin + scores - own[:, None]).clamp(min=0) * wrong       # texts, for each image
    columns = (margin + scores - own[None, :]).clamp(min=0) * wrong    # images, for each text
    if hardest:
        return rows.amax(1).sum() + columns.amax(0).sum()
    return rows.sum() + columns.sum()


def example(rng):
    """A batch in which one image has two captions and one has a single one."""
    size = int(rng.integers(4, 7))
    image = rng.integers(0, size - 1, size)
    image[1] = image[0]                                                # at least two captions of one image
    image[-1] = size                                                   # at least one image with a single caption
    scores = torch.tensor(rng.normal(0.1, 0.35, (size, size)), dtype=torch.float64, requires_grad=True)
    return dict(scores=scores, image=torch.tensor(image), margin=float(rng.choice([0.1, 0.2, 0.5])),
                hardest=bool(rng.random() < 0.6))


# ---------------------------------------------------------------- known wrong answers

def _costs(scores, image, margin):
    own, wrong = scores.diagonal(), image[:, None] != image[None, :]
    return (margin + scores - own[:, None]).clamp(min=0), (margin + scores - own[None, :]).clamp(min=0), wrong


def _take(rows, columns, hardest):
    return rows.amax(1).sum() + columns.amax(0).sum() if hardest else rows.sum() + columns.sum()


def rows_only(scores, image, margin=0.2, hardest=True):
    rows, _, wrong = _costs(scores, image, margin)
    rows = rows * wrong
    return rows.amax(1).sum() if hardest else rows.sum()


def columns_only(scores, image, margin=0.2, hardest=True):
    _, columns, wrong = _costs(scores, image, margin)
    columns = columns * wrong
    return columns.amax(0).sum() if hardest else columns.sum()


def mean_not_sum(scores, image, margin=0.2, hardest=True):
    return solution(scores, image, margin, hardest) / len(scores)


def diagonal_only(scores, image, margin=0.2, hardest=True):
    rows, columns, _ = _costs(scores, image, margin)
    wrong = ~torch.eye(len(scores), dtype=torch.bool)
    return _take(rows * wrong, columns * wrong, hardest)


def own_pair_inside(scores, image, margin=0.2, hardest=True):
    rows, columns, _ = _costs(scores, image, margin)
    return _take(rows, columns, hardest)


def always_sum(scores, image, margin=0.2, hardest=True):
    return solution(scores, image, margin, False)


def always_hardest(scores, image, margin=0.2, hardest=True):
    return solution(scores, image, margin, True)


def wrong_axis(scores, image, margin=0.2, hardest=True):
    own, wrong = scores.diagonal(), image[:, None] != image[None, :]
    rows = (margin + scores - own[None, :]).clamp(min=0) * wrong
    columns = (margin + scores - own[:, None]).clamp(min=0) * wrong
    return _take(rows, columns, hardest)


def margin_sign(scores, image, margin=0.2, hardest=True):
    return solution(scores, image, -margin, hardest)


def no_clamp(scores, image, margin=0.2, hardest=True):
    own, wrong = scores.diagonal(), image[:, None] != image[None, :]
    rows = (margin + scores - own[:, None]) * wrong
    columns = (margin + scores - own[None, :]) * wrong
    return _take(rows, columns, hardest)


def scores_set_to_zero(scores, image, margin=0.2, hardest=True):
    own, wrong = scores.diagonal(), image[:, None] != image[None, :]
    hidden = scores * wrong
    rows = (margin + hidden - own[:, None]).clamp(min=0)
    columns = (margin + hidden - own[None, :]).clamp(min=0)
    return _take(rows, columns, hardest)


def one_for_the_batch(scores, image, margin=0.2, hardest=True):
    rows, columns, wrong = _costs(scores, image, margin)
    rows, columns = rows * wrong, columns * wrong
    return rows.max() + columns.max() if hardest else rows.sum() + columns.sum()


MISTAKES = (
    Mistake("rows-only",
            "half of it is there: you compare texts for each image (rows). Images for each text (columns) are missing, and "
            "without them sentences never learn to find their picture.", rows_only),
    Mistake("columns-only",
            "half of it is there: you compare images for each text (columns). Texts for each image (rows) are missing.",
            columns_only),
    Mistake("mean",
            "the value is right up to a factor: you took the mean over the batch. VSE++ and SCAN add; with the mean the rate "
            "would have to be B times as large.", mean_not_sum),
    Mistake("own-captions",
            "another caption of the same image counts as a wrong answer in yours: only the diagonal is left out. It is a "
            "right answer; pushing it away teaches something false. Compare `image`.", diagonal_only),
    Mistake("own-pair",
            "the pair itself is among its wrong answers: it costs `margin` in every row and column, so a perfect model could "
            "never reach 0. Leave out what describes the same image.", own_pair_inside),
    Mistake("always-sum",
            "you add all wrong answers even if hardest=True: that is VSE0. VSE++ keeps the most expensive one of each row "
            "and column.", always_sum),
    Mistake("always-hardest", "you keep the most expensive wrong answer even if hardest=False.", always_hardest),
    Mistake("axis",
            "the score of the pair is subtracted along the wrong axis: in a row every text is compared with S_bb of its "
            "image (own[:, None]), in a column every image with S_cc of its text (own[None, :]).", wrong_axis),
    Mistake("margin-sign",
            "the margin has the wrong sign: a wrong answer must cost something as long as it is *closer* than the margin, "
            "also when it lies below the pair.", margin_sign),
    Mistake("no-clamp",
            "nothing stops the cost at 0: a wrong answer that is far enough away must cost nothing, not a negative amount.",
            no_clamp),
    Mistake("zeroed-scores",
            "you hid right answers by setting their *score* to 0. A score of 0 can still lie within the margin. Set their "
            "*cost* to 0 instead, after the clamp.", scores_set_to_zero),
    Mistake("one-hardest", "you keep one wrong answer for the whole batch; each row and each column has its own hardest one.",
            one_for_the_batch),
)


# ---------------------------------------------------------------- what every right answer has

def _t(values):
    return torch.tensor(values, dtype=torch.float64)


def perfect(answer):
    value = float(answer(torch.eye(4, dtype=torch.float64), torch.arange(4)))
    return None if abs(value) < 1e-9 else tr(
        "own pairs score 1, all others 0, margin 0.2: the loss should be 0, yours is {value:.3f}", value=value)


def collapse(answer):
    value = float(answer(torch.full((5, 5), 0.3, dtype=torch.float64), torch.arange(5), 0.2, True))
    return None if abs(value - 2.0) < 1e-9 else tr(
        "5 pairs, all scores 0.3, margin 0.2: should be 2 x 5 x 0.2 = 2, yours is {value:.3f}", value=value)


def transposed(answer):
    s = _t([[.5, .6, .1], [.2, .4, .3], [.45, 0, .7]])
    a, b = float(answer(s, torch.arange(3))), float(answer(s.T.contiguous(), torch.arange(3)))
    return None if abs(a - b) < 1e-9 else tr(
        "exchanging images and texts changed your loss from {a:.3f} to {b:.3f}", a=a, b=b)


def shifted(answer):
    s = _t([[.5, .6, .1], [.2, .4, .3], [.45, 0, .7]])
    a, b = float(answer(s, torch.arange(3))), float(answer(s + 3, torch.arange(3)))
    return None if abs(a - b) < 1e-9 else tr(
        "adding 3 to every score changed your loss from {a:.3f} to {b:.3f}", a=a, b=b)


def same_image_is_free(answer):
    """The score of another caption of the same image changes nothing."""
    s, image = _t([[.5, .1, .1], [.1, .5, .1], [.1, .1, .5]]), torch.tensor([7, 7, 8])
    high = s.clone()
    high[0, 1] = high[1, 0] = .9
    a, b = float(answer(s, image)), float(answer(high, image))
    return None if abs(a - b) < 1e-9 else tr(
        "pairs 0 and 1 show one image; raising the score of its other caption changed your loss from {a:.3f} to {b:.3f}", a=a, b=b)


def direction(answer):
    """The gradient lifts right pairs and pushes wrong answers."""
    s = _t([[.5, .6, .1], [.2, .4, .3], [.45, 0, .7]]).requires_grad_()
    answer(s, torch.arange(3)).backward()
    pushed = s.grad.clone().fill_diagonal_(0)
    if (s.grad.diagonal() > 0).any():
        return tr("a step down the gradient would *lower* the score of a right pair")
    return tr("a step down the gradient would *raise* the score of a wrong answer") if (pushed < 0).any() else None


PROPERTIES = (
    Property("perfect", "a perfect score matrix must cost nothing.", perfect),
    Property("collapse", "where all scores are equal, every row and column costs exactly the margin.", collapse),
    Property("both-ways", "images and texts play the same role: the loss of the transposed matrix is the same.", transposed),
    Property("shift", "only differences of scores matter.", shifted),
    Property("own-captions-free", "another caption of the same image must not be pushed away.", same_image_is_free),
    Property("gradient", "the gradient must lift right pairs and push wrong answers.", direction),
)

EXERCISE = Exercise(
    "hinge", N_("The loss of VSE++"), "02", 15, 3, 5, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("the loss"),))
