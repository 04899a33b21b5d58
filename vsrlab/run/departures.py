"""What a run does otherwise than its paper, and why: its settings beside those of papers.py, key by key."""
import textwrap
from typing import NamedTuple

from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.zoo import ZOO, options

WIDE = 110                          # letters of a line of the box
DATA = ("f30k", "coco")             # whose official settings are taken: the first that the paper has
SIZE = ("dim", "word_dim", "batch", "epochs", "rate", "decay_after", "min_count", "dropout", "clip", "weight_decay")
WHY = {
    "mu": "the table of mu on scenes (bench/poster_on_scenes.py) is best at its smallest weight",
    "local_regions": "a word then attends to what the detector saw in a box, before other regions are mixed into it",
    "start": "begun as torch does, the memory holds the last few regions, and small runs take many epochs to leave that",
    "caption": "the caption loss makes a step on a CPU much longer",
    "own_captions": "two captions of one image both describe it; as negatives they would push each other away",
    "warm_up": "the hardest answers alone let small runs collapse; the first epochs add up all hinges",
    "region_norm": "every region has length one, as the paper's text says; its program normalises across the regions",
    "head": "BatchNorm on the last state; without it all images begin alike, and small runs take long to leave that",
    "layers": "fewer steps of reasoning are quicker, and do as well on little data",
    "fusion": "two models that share nothing scored higher in bench/poster_on_scenes.py",
    "text": "another reader of the sentence than the paper's",
    "hinge": "another hinge than the paper's", "margin": "another margin than the paper's",
    "direction": "the other side is asked", "pooling": "relevances are pooled otherwise",
    "sharpness": "another sharpness of the attention", "lse": "another sharpness of the pooling",
    "schedule": "the rate falls along a wave in place of one step", "rise": "the rate begins low",
    "word_dropout": "small corpora are learnt by heart without it",
    "region_dropout": "small corpora are learnt by heart without it",
    "image_norm": "lengths of images count, or do not, other than in the paper"}


class Departure(NamedTuple):
    """One setting that is not the paper's."""
    name: str
    here: object
    paper: object
    why: str

    def __str__(self) -> str:
        if isinstance(self.here, dict):
            pairs = ", ".join(f"{name} {said(value)} ({said(self.paper[name])})" for name, value in self.here.items())
            return f"{self.name}, the paper's in brackets: {pairs}; {self.why}."
        return f"{self.name}: {said(self.here)} here, {said(self.paper)} in the paper; {self.why}."


def departures(settings: Settings) -> list:
    """Departures of a run's settings from those of its paper, the choices first and the size of the run as the last one.

    [] for a model whose row of papers.py has no official settings; for a variant of this kit what its row tells of it.
    """
    row = PAPERS.get(settings.model)
    if row and row.differs:
        return [Departure(*one) for one in row.differs]
    data = next((name for name in DATA if row and name in row.official), None)
    if data is None:
        return []
    here, there = (_all(s) for s in (settings, Settings.paper(settings.model, data)))
    names = [name for name in here if here[name] not in (None, there[name])]          # None: the model's own, by its direction
    own = [Departure(name, here[name], there[name], WHY.get(name, "chosen for this run")) for name in names if name not in SIZE]
    order = list(WHY)
    own.sort(key=lambda d: order.index(d.name) if d.name in order else len(order))
    size = [name for name in SIZE if name in names]
    if size:
        own.append(Departure("size and schedule", *({name: values[name] for name in size} for values in (here, there)),
                             "small enough for a laptop"))
    return own


def _all(settings: Settings) -> dict:
    """Every setting that reaches the result, with what the model and the paper's row fill in."""
    kept = {name: getattr(settings, name) for name in (
        "schedule", "rise", "warm_up", "own_captions", "batch", "epochs", "rate", "decay_after", "clip", "weight_decay",
        "min_count", "word_dropout", "region_dropout")}
    chosen = options(settings.model) | settings.options if settings.model in ZOO else settings.options
    return chosen | dict(zip(("hinge", "margin"), settings.ranking)) | kept


def said(value) -> str:
    """A value as a person writes it: on, off, 0.0002."""
    return "left open" if value is None else ("off", "on")[value] if isinstance(value, bool) else str(value)


def box(settings: Settings) -> str:
    """The departures as a box of text, a setting a line; "" where there is nothing to compare with."""
    found = departures(settings)
    if not found:
        return ""
    source = PAPERS[settings.model].settings_from
    lines = [line for text in (f"What differs from the paper ({source}), and why", *map(str, found))
             for line in textwrap.wrap(text, WIDE, subsequent_indent="    ")]
    wide = max(map(len, lines))
    return "\n".join(["┌" + "─" * (wide + 2) + "┐", *(f"│ {line:{wide}} │" for line in lines), "└" + "─" * (wide + 2) + "┘"])
