"""The zoo: one row a paper.  A model is a name, its options and the sizes it reads."""
import inspect
from dataclasses import dataclass, field

from vsrlab.errors import Problem, unknown
from vsrlab.models.matcher import Matcher
from vsrlab.models.scan import SCAN
from vsrlab.models.vse import VSE
from vsrlab.models.vsrn import VSRN
from vsrlab.models.vsrpp import VSRPP
from vsrlab.settings import Settings


@dataclass(frozen=True)
class Row:
    """One paper: its model, and what it changes in training."""
    model: type                  # a Matcher
    year: int
    paper: str                   # authors, title, place
    idea: str                    # the one thing it brought
    hinge: str = "max"           # of the ranking loss: "max", the hardest wrong answer, or "sum", all of them
    options: dict = field(default_factory=dict)     # fixed by the row; a user's option of the same name wins


_VSEPP = "Faghri, Fleet, Kiros, Fidler: VSE++, Improving Visual-Semantic Embeddings with Hard Negatives, BMVC 2018"
ZOO = {
    "vse0": Row(VSE, 2018, _VSEPP + " (its baseline)", "images and texts as vectors of one space; every wrong answer pushes",
                hinge="sum"),
    "vsepp": Row(VSE, 2018, _VSEPP, "only the hardest wrong answer of the batch pushes"),
    "scan": Row(SCAN, 2018, "Lee, Chen, Hua, Hu, He: Stacked Cross Attention for Image-Text Matching, ECCV 2018",
                "each word attends to the regions, or each region to the words"),
    "vsrn": Row(VSRN, 2019, "Li, Zhang, Li, Li, Fu: Visual Semantic Reasoning for Image-Text Matching, ICCV 2019",
                "regions reason with each other before a memory reads them"),
    "vsrpp": Row(VSRPP, 2020, "Yuan, Huang, Zhang, Chen, Cheng, Wang: VSR++, Improving Visual Semantic Reasoning for Fine-Grained "
                              "Image-Text Matching, ICPR 2020", "global and local matching, learned together"),
}


def row(name: str) -> Row:
    """A row of the zoo, or a sentence that names the nearest."""
    if name not in ZOO:
        raise unknown("model", name, ZOO)
    return ZOO[name]


def options(name: str) -> dict:
    """The options of a model with their defaults: {"dim": 256, ...}."""
    parameters = inspect.signature(row(name).model.__init__).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY} | row(name).options


def hinge_of(settings: Settings) -> str:
    """"max" or "sum": what the settings ask for, and the paper's own where they leave it open."""
    return settings.hinge or row(settings.model).hinge


def build(name: str, features: int, vocabulary_size: int, **chosen) -> Matcher:
    """A fresh model: features F of a region, words in the vocabulary, and its options (see `options(name)`)."""
    known = options(name)
    for option, value in chosen.items():
        if option not in known:
            raise unknown(f"option of {name}", option, known)
        _check(name, option, value, known[option])
    return row(name).model(features, vocabulary_size, **{**row(name).options, **chosen})


def _check(name, option, value, default):
    """An option has the kind of its default and can be meant; None, where it is the default, leaves it to the model."""
    if value is None and default is None:
        return
    kind = float if default is None else type(default)
    fits = isinstance(value, (int, float) if kind is float else kind) and (kind is bool or not isinstance(value, bool))
    example = "" if default is None else f", for example {option}={default!r}"
    wrong = None
    if not fits:
        wrong = f"it is {'an' if kind is int else 'a'} {kind.__name__}"
    elif "dropout" in option and not 0 <= value < 1:
        wrong = "it is a share, from 0 to below 1"
    elif kind in (int, float) and not (value > 0 or value == 0 and (option in ("layers", "mu") or "dropout" in option)):
        wrong = "it has to be positive"
    if wrong:
        raise Problem(f"{name} cannot take {option}={value!r}; {wrong}{example}.")
