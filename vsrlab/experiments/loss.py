"""Lesson 02: what a wrong answer costs, which ones are pushed, and a collapse with its remedies, one at a time."""

import numpy as np
import torch

from vsrlab import draw
from vsrlab.errors import Problem
from vsrlab.experiments.found import Found, own
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.losses import collapsed, hinge, right_answers
from vsrlab.training.fit import fit

BY_HAND = [[0.5, 0.6, 0.1], [0.2, 0.4, 0.3], [0.45, 0.0, 0.7]]  # scores of three pairs, right ones on the diagonal
MARGIN = 0.2
KINDS = {"sum of hinges": False, "maximum of hinges": True}
REMEDIES = {"none": {}, "smaller rate": {"rate": 2e-3}, "warm-up with the sum": {"warm_up": 1}, "larger batch": {"batch": 256}}


def by_hand(scores=BY_HAND, margin: float = MARGIN) -> Found:
    """What every wrong answer of a small score matrix costs, as a text of its row and as an image of its column.

    numbers: "sum", "maximum": both losses; "costliest": the largest cost
    """
    s = np.asarray(scores, float)
    own_, off = s.diagonal(), ~np.eye(len(s), dtype=bool)
    rows, columns = (np.maximum(0, margin + s - right) * off for right in (own_[:, None], own_[None, :]))
    said = lambda b, c: "right pair" if b == c else f"{rows[b, c]:.2f} and {columns[b, c]:.2f}"
    table = tuple((f"image {b}", *(said(b, c) for c in range(len(s)))) for b in range(len(s)))
    loss = {"sum": float((rows + columns).sum()), "maximum": float(rows.max(1).sum() + columns.max(0).sum())}
    says = (
        f"In each field: what it costs as a text for its image, and as an image for its text. All added up: {loss['sum']:.2f} "
        f"(VSE0). "
        f"Only the largest of each row and of each column: {loss['maximum']:.2f} (VSE++)."
    )
    return Found(
        says, ("", *(f"text {c}" for c in range(len(s)))), table, loss | {"costliest": float(max(rows.max(), columns.max()))}
    )


class Pushes:
    """Which wrong answers of a few pairs get a gradient, by the sum and by the maximum of hinges.

    pushes  kind -> (B, B): how often each score is pushed down        whose  whose loss was asked
    """

    def __init__(self, index, loss=None, pairs: int = 8, seed: int = 0):
        self.corpus, self.texts = index.corpus, _texts(index.corpus, pairs, seed)
        self.images = np.asarray(index.corpus.image_of_text)[self.texts]
        self.scores = np.asarray(index.scores, np.float64)[np.ix_(self.images, self.texts)]
        self.pushes, self.whose = {}, ""
        for kind, hardest in KINDS.items():
            self.pushes[kind], self.whose = own(
                loss,
                _library,
                "hinge",
                self.scores,
                self.images,
                hardest,
                check=lambda x: x.shape == (pairs, pairs),
                call=lambda f, hardest=hardest: _gradient(f, self.scores, self.images, hardest),
            )

    @property
    def found(self) -> Found:
        """How many of the wrong answers each loss pushes; numbers: "sum", "maximum", "wrong"."""
        wrong = int((self.images[:, None] != self.images[None, :]).sum())
        counted = {kind: int((pushed > 1e-9).sum()) for kind, pushed in self.pushes.items()}
        says = (
            f"The loss is {self.whose}. Of {wrong} wrong answers the sum pushes {counted['sum of hinges']}, the maximum "
            f"{counted['maximum of hinges']}."
        )
        return Found(says, numbers={"sum": counted["sum of hinges"], "maximum": counted["maximum of hinges"], "wrong": wrong})

    @draw.look()
    def figure(self):
        """Both losses side by side: how often each score is pushed down; dots are right answers."""
        size = (WIDTH - 2 * EDGE - 1.6) / 2
        figure = draw.sheet(WIDTH, size + 1.5)
        draw.headline(figure, "Which wrong answers are pushed?")
        right = [tuple(place) for place in np.argwhere(self.images[:, None] == self.images[None, :])]
        names = [f"image {i}" for i in self.images]
        most = max(float(pushed.max(initial=0)) for pushed in self.pushes.values()) or 1.0
        for n, (kind, pushed) in enumerate(self.pushes.items()):
            ax = draw.panel(figure, EDGE + 0.7 + n * (size + 0.7), 0.75, size, size)
            draw.heat(
                ax, np.maximum(pushed, 0), names if not n else False, [f"text {t}" for t in self.texts], limit=most, marked=right
            )
            ax.tick_params(axis="x", labelrotation=90, labelsize=7)
            ax.set_title(kind)
        draw.footer(
            figure,
            f"The loss is {self.whose}. Light: how often a score is pushed down. White dots: right answers.",
        )
        figure.set_label(self.found.says)
        return figure


def _texts(corpus, pairs: int, seed: int) -> np.ndarray:
    """Rows of texts: two captions of the first image, one of each other."""
    rng, images = np.random.default_rng(seed), np.unique(corpus.image_of_text)
    if len(images) < pairs - 1:
        raise Problem(f"{pairs} pairs need {pairs - 1} images; {corpus.name} has {len(images)}.")
    chosen = rng.choice(images, pairs - 1, replace=False)
    first = corpus.texts_of(int(chosen[0]))[:2]
    return np.array([*first, *(int(corpus.texts_of(int(i))[0]) for i in chosen[1:])][:pairs])


def _gradient(loss, scores, images, hardest: bool) -> np.ndarray:
    """(B, B) of a student's loss(scores, image, margin, hardest): its gradient off the diagonal."""
    given = torch.tensor(scores, requires_grad=True)
    result = loss(given, torch.tensor(images), MARGIN, hardest)
    if result is None or result is ...:
        return None
    return torch.autograd.grad(result, given)[0].fill_diagonal_(0).numpy()


def _library(scores, images, hardest: bool) -> np.ndarray:
    return _gradient(lambda s, image, margin, hardest: hinge(s, right_answers(image), margin, hardest), scores, images, hardest)


def pushes(index, loss=None, pairs: int = 8, seed: int = 0) -> Pushes:
    """The wrong answers of a few pairs that a loss pushes away: the student's, or the library's while that is untouched."""
    return Pushes(index, loss, pairs, seed)


def own_pushes(index, answer=None, pairs: int = 8, seed: int = 0) -> Found:
    """The student's `pushed` beside the gradient of the library's loss: how many answers each pushes."""
    shown, rows, whose = Pushes(index, None, pairs, seed), [], ""
    for kind, hardest in KINDS.items():
        right = np.rint(shown.pushes[kind]).astype(int)
        mine, whose = own(
            answer,
            lambda *_, right=right: right,
            "pushed",
            shown.scores,
            shown.images,
            MARGIN,
            hardest,
            check=lambda x: np.shape(x) == (pairs, pairs),
        )
        rows.append(
            (
                kind,
                f"{int((np.asarray(mine) > 0).sum())}",
                f"{int((right > 0).sum())}",
                f"{int(np.abs(np.asarray(mine) - right).sum())}",
            )
        )
    return Found(f"The count is {whose}.", ("", "this function", "the gradient", "places that differ"), tuple(rows))


def collapse(train, settings, remedies=None) -> Found:
    """The same small model trained with each remedy alone: what the loss is beside that of a collapse, rsum, and the alarm.

    remedies  name -> changes of the settings; None: REMEDIES
    numbers: "loss none": loss / (2 x batch x margin) at the end; "rsum none", ...; "alarm none", ...: 1 where it spoke; "chance"
    """
    rows, numbers = [], {}
    for name, changes in (REMEDIES if remedies is None else remedies).items():
        run = fit(train, settings.but(**changes), ui="none")
        last, level = run.log[-1], collapsed(run.settings.batch, run.settings.ranking[1])
        alarm = any(line.get("alarm") for line in run.log)
        numbers |= {f"loss {name}": last["loss rank"] / level, f"rsum {name}": run.best["rsum"], f"alarm {name}": float(alarm)}
        numbers["chance"] = last["chance"]
        rows.append(
            (
                name,
                f"{last['loss rank']:.1f}",
                f"{level:.1f}",
                f"{last['loss rank'] / level:.2f}",
                f"{last['spread']:.4f}",
                f"{run.best['rsum']:.0f}",
                "collapse!" if alarm else "silent",
            )
        )
    lifted = [name for name in numbers if name.startswith("rsum ") and name != "rsum none" and numbers[name] > numbers["rsum none"]]
    says = (
        f"Without a remedy rsum is {numbers['rsum none']:.0f} where chance is {numbers['chance']:.0f}; "
        f"{len(lifted)} of {len(rows) - 1} remedies alone lift it."
    )
    numbers["lifted"] = len(lifted)
    return Found(
        says, ("remedy", "last loss", "2 x batch x margin", "ratio", "spread of scores", "best rsum", "alarm"), tuple(rows), numbers
    )


def answer_loss(hand: Found, pushed: Found, fallen: Found) -> Found:
    """What does a wrong answer cost?  From `by_hand`, `Pushes.found` and `collapse`."""
    close = (
        f"Only what is close enough pushes: of {pushed['wrong']:.0f} wrong answers, {pushed['maximum']:.0f} get a gradient by "
        f"the maximum "
        f"of hinges, {pushed['sum']:.0f} by the sum."
    )
    fell = (
        f"Too much at once, and everything falls into one point: the loss stood at {fallen['loss none']:.2f} times 2 x batch x "
        f"margin and "
        f"rsum at {fallen['rsum none']:.0f}, chance {fallen['chance']:.0f}."
    )
    lifted = fallen["lifted"]
    back = "Every remedy alone lifted it." if lifted == 3 else f"{lifted} of three remedies alone lifted it."
    return Found(
        f"A wrong answer costs what it lacks to lie a margin below the right one; the costliest of your three pairs cost "
        f"{hand['costliest']:.2f}. {close} {fell} {back}"
    )
