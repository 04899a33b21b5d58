"""Settings: everything a training run can be asked for, with its unit.  The command line is derived from it."""
import argparse
import functools
import inspect
import json
import numbers
import re
from dataclasses import MISSING, asdict, dataclass, field, fields, replace

from vsrlab.errors import Problem, unknown
from vsrlab.papers import PAPERS, paper

KINDS = {int: (numbers.Integral, "a whole number"), float: (numbers.Real, "a number"), str: (str, "a text"), dict: (dict, "a dict")}
LARGE = 2 ** 63                                       # what fits into the integers of torch
LIMITS = {"batch": (2, LARGE), "min_count": (1, LARGE), "word_dropout": (0, 1), "region_dropout": (0, 1)}    # from, to below
CHOICES = {"hinge": ("", "max", "sum", "texts", "one"), "loss": ("hinge", "nce"), "schedule": ("step", "cosine"),
           "own_captions": ("mask", "negative"), "precision": ("auto", "float32", "bfloat16")}


FORMER = {"temperature": "sharpness"}              # options of a model by the names that older runs have


def _names_checked(cls):
    """A class that answers a keyword it does not have with the nearest one."""
    init = cls.__init__

    @functools.wraps(init)
    def checked(self, /, *values, **named):
        names = [f.name for f in fields(cls)]
        for name in named:
            if name not in names:
                raise unknown("setting", name, names)
        init(self, *values, **named)
    cls.__init__ = checked
    return cls


@_names_checked
@dataclass(frozen=True)
class Settings:
    """Everything a training run can be asked for.

    A model's own knobs (size of the joint space, layers of reasoning, mu) are the keyword arguments
    of its constructor, beside the equations that use them; they travel as `options`.
    """
    model: str = "vsrpp"         # a name in the zoo
    options: dict = field(default_factory=dict)    # keyword arguments of that model's constructor, such as {"dim": 64, "layers": 2}
    loss: str = "hinge"          # of ranking: "hinge", as in the papers; "nce": InfoNCE with a learned temperature
    margin: float = 0.0          # of the ranking hinge, in units of the model's score; 0: what the model's paper used
    hinge: str = ""              # "max": hardest wrong answer; "sum": all; "texts": all texts; "one": one text; "": the paper's
    warm_up: int = 1             # first epochs trained with the sum of hinges before the maximum takes over
    own_captions: str = "mask"   # captions of the same image in a batch: "mask" them, or "negative" as the official codes do
    extra_weight: float = 1.0    # of the model's extra losses (caption generation), beside the ranking loss
    batch: int = 128             # pairs; the wrong answers of a pair are the others
    epochs: int = 30             # passes over the training captions
    rate: float = 2e-4           # Adam's learning rate
    schedule: str = "step"       # of the rate: "step", see decay_after; "cosine", down to nothing at the last step
    decay_after: int = 15        # epochs after which the rate is divided by ten (0: never); of schedule="step"
    rise: float = 0.0            # epochs over which the rate rises from nothing at the start
    clip: float = 2.0            # largest norm of the gradient (0: no clipping)
    weight_decay: float = 0.0    # decoupled (AdamW); 0 is plain Adam
    word_dropout: float = 0.0    # share of the caption's words replaced by <unk> in training
    region_dropout: float = 0.0  # share of the regions hidden in training
    min_count: int = 1           # a word enters the vocabulary when the training captions hold it that often
    seed: int = 0                # of the weights, the order of the captions and all that is left to chance
    device: str = "auto"         # "auto", "cpu", "cuda", "cuda:1"
    precision: str = "auto"      # "auto": bf16 on a GPU that has it, float32 elsewhere; or "float32", "bfloat16"

    def __post_init__(self):
        for f in fields(self):
            value, allowed = getattr(self, f.name), CHOICES.get(f.name)
            if allowed and value not in allowed:
                raise unknown(f"value of Settings.{f.name}", value, [a for a in allowed if a])
            _check(f, value)
            if f.type in (int, float):                # numpy's numbers cannot be written as JSON
                object.__setattr__(self, f.name, f.type(value))
        object.__setattr__(self, "options", {FORMER.get(name, name): value for name, value in self.options.items()})
        row = PAPERS.get(self.model)
        if row and row.hinge in ("own", "none") and (self.hinge or self.margin or self.loss != "hinge"):
            why = (f"the loss of {row.title} is its own; leave them out, or give the model another margin: options={{'margin': "
                   f"{row.margin}}}" if row.hinge == "own" else f"{row.title} is solved without a loss; leave them out")
            raise Problem(f"{self.model} takes neither hinge nor margin nor loss of the Settings, for {why}.")
        if self.loss == "nce" and (self.hinge or self.margin):
            raise Problem("loss='nce' has neither a hinge nor a margin; leave them out, or take loss='hinge'.")

    @classmethod
    def paper(cls, model: str, data: str = "f30k", **changes) -> "Settings":
        """The official defaults of a model on a data set: paper("vsrn", "f30k"), data in f30k, coco."""
        known = {name: row.official for name, row in PAPERS.items() if row.official}
        if model not in known:
            raise unknown("paper", model, known)
        if data not in known[model]:
            raise unknown(f"data set of paper({model!r})", data, known[model])
        return cls(**{"model": model, "warm_up": 0, "own_captions": "negative", "min_count": 4, **known[model][data], **changes})

    @classmethod
    def scenes(cls, model: str = "vsrpp", **changes) -> "Settings":
        """A small run that learns generated scenes on a laptop: the options of bench/poster_on_scenes.py, more epochs."""
        row = paper(model)
        epochs = row.epochs or 6
        return cls(**{**dict(model=model, options=dict(dim=128, dropout=0.2) | row.scenes, batch=64, epochs=epochs, rate=1e-3,
                             decay_after=5 * epochs // 6), **changes})

    @classmethod
    def photos(cls, model: str = "vsrpp", **changes) -> "Settings":
        """A small run for some thousand photos with features of the offline extractor: the settings of bench/real_photos.py."""
        row = paper(model)
        epochs = row.epochs or 6
        return cls(**{**dict(model=model, options=dict(dim=256, dropout=0.2) | row.photos, batch=64, epochs=epochs, rate=7e-4,
                             decay_after=4 * epochs // 6, min_count=2), **changes})

    @property
    def ranking(self) -> tuple:
        """(kind, margin) of the ranking loss: "nce", or a hinge, what is asked for, and the paper's own where that is left open."""
        row = PAPERS.get(self.model)
        if self.loss == "nce":
            return "nce", 0.0
        return self.hinge or (row.hinge if row else "max"), self.margin or (row.margin if row else 0.2)

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        """Settings from what `to_json` wrote, also by an older version."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError, TypeError) as error:
            raise Problem(f"these settings are no JSON ({error}); give what Settings.to_json wrote.") from None
        if not isinstance(values, dict):
            raise Problem(f"settings are a dictionary, not a {type(values).__name__}; give what Settings.to_json wrote.")
        return cls(**values)

    def to_json(self) -> str:
        """Every field as JSON text."""
        return json.dumps(asdict(self), indent=1)

    def but(self, **changes) -> "Settings":
        """The same settings with some changed."""
        return replace(self, **changes)


def _check(f, value):
    """A value has the kind of its field and lies within its limits; no limit means 0 or more."""
    kind, said = KINDS[f.type]
    fits = isinstance(value, kind) and not isinstance(value, bool)
    if f.type in (int, float):
        least, below = LIMITS.get(f.name, (0, LARGE))
        said += f" of {least} or more" + (f" and below {below}" if below < LARGE or fits and value >= below else "")
        fits = fits and least <= value < below                        # never true of nan
    if not fits:
        raise Problem(f"Settings cannot take {f.name}={_short(value)}; it is {said} ({meanings()[f.name]}).")


def _short(value) -> str:
    """A value in a sentence."""
    said = repr(value) if not isinstance(value, int) or abs(value) < 10 ** 40 else "a number of many digits"
    return said if len(said) < 100 else said[:100] + " ..."


def meanings(cls=Settings) -> dict:
    """{field: the comment beside it}: the help of the command line is what the reader of the class sees, so neither can drift."""
    lines = inspect.getsource(cls).splitlines()
    return {m[1]: m[2] for line in lines if (m := re.match(r" {4}(\w+): .*?  # (.+)", line))}


def add_flags(parser: argparse.ArgumentParser, cls=Settings, without=()):
    """Every field, but for those named in `without`, becomes a flag with its type, meaning and default; --options is JSON."""
    told = meanings(cls)
    for f in (f for f in fields(cls) if f.name not in without):
        default = f.default if f.default is not MISSING else f.default_factory()
        shown = json.dumps(default) if default != "" else '""'
        parser.add_argument("--" + f.name.replace("_", "-"), dest=f.name, default=None,
                            type=_json if f.type is dict else f.type, metavar="JSON" if f.type is dict else f.type.__name__.upper(),
                            help=f"{told[f.name]} [{shown}]".replace("%", "%%"))
    return parser


def from_flags(arguments: argparse.Namespace, base: Settings = Settings()) -> Settings:
    """`base` with every flag that was given; a dictionary is laid over that of `base`, key by key."""
    given = {f.name: value for f in fields(base) if (value := getattr(arguments, f.name, None)) is not None}
    return base.but(**{name: getattr(base, name) | value if isinstance(value, dict) else value for name, value in given.items()})


def _json(text: str) -> dict:
    try:
        found = json.loads(text)
        if isinstance(found, dict):
            return found
        error = "a dictionary is needed"
    except (ValueError, RecursionError) as wrong:
        error = wrong
    raise argparse.ArgumentTypeError(f"not JSON of a model's options ({error}); write it as --options '{{\"dim\": 256}}'")
