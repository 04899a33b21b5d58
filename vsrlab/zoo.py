"""The zoo: each paper joined with its class.  A model is a name, its options and the sizes it reads."""
import datetime
import inspect
from dataclasses import dataclass
from numbers import Integral

import torch
from torch import nn

from vsrlab.errors import Problem, unknown
from vsrlab.losses import LOG_SCALE
from vsrlab.models.cca import CCA
from vsrlab.models.chain_vse import ChainVSE
from vsrlab.models.dan import DAN
from vsrlab.models.devise import DeViSE
from vsrlab.models.dspe import DSPE
from vsrlab.models.dual_path import DualPath
from vsrlab.models.dvsa import DVSA
from vsrlab.models.gxn import GXN
from vsrlab.models.matcher import COMPARES, Matcher
from vsrlab.models.mcnn import MCNN
from vsrlab.models.rrf import RRF
from vsrlab.models.saem import SAEM
from vsrlab.models.scan import SCAN
from vsrlab.models.sco import SCO
from vsrlab.models.sm_lstm import SMLSTM
from vsrlab.models.vse import VSE
from vsrlab.models.vsrn import VSRN
from vsrlab.models.vsrpp import VSRPP, VSRPPKit
from vsrlab.papers import PAPERS, Paper

WIDE, DEEP, LARGE = 16_384, 100, 10 ** 6      # the largest option: of a width, of what is done one after the other, of a factor
STACKED = ("layers", "looks", "steps", "levels", "heads", "towers")


@dataclass(frozen=True)
class Row:
    """One system: its model, a Matcher, and the paper that it is from."""
    model: type
    paper: Paper


ZOO = {name: Row(model, PAPERS[name]) for name, model in {
    "uvs": VSE, "order": VSE, "devise": DeViSE, "cca": CCA, "dspe": DSPE, "rrf": RRF,
    "vse0": VSE, "vsepp": VSE, "scan": SCAN, "vsrn": VSRN, "vsrpp": VSRPP,
    "vsrpp-kit": VSRPPKit,
    "dan": DAN, "dvsa": DVSA, "sm_lstm": SMLSTM, "mcnn": MCNN,
    "chain_vse": ChainVSE, "sco": SCO, "gxn": GXN, "saem": SAEM, "dual_path": DualPath,
}.items()}


def row(name: str) -> Row:
    """A row of the zoo, or a sentence that names the nearest."""
    if not isinstance(name, str) or name not in ZOO:
        raise unknown("model", name, ZOO)
    return ZOO[name]


def add_model(name: str, model: type, **about) -> Row:
    """Enter a model of your own, so that it trains, is saved, opened, searched and explained like every other.

    name   what Settings(model=...) and the command line call it; run folders hold this name, so enter it again before opening one
    model  a class derived from vsrlab.models.matcher.Matcher
    about  fields of its row: title, reference, year, idea, hinge, margin, options, scenes, photos, ...
    """
    if not (isinstance(model, type) and issubclass(model, Matcher)):
        raise Problem(f"a model is a class derived from vsrlab.models.matcher.Matcher, not {model!r}.")
    if not name.isidentifier() or name in ZOO and ZOO[name].model.__module__ != model.__module__:
        raise Problem(f"{name!r} {'is a row of the zoo already' if name in ZOO else 'is no name of a model'}; choose another name, "
                      "of letters, digits and _.")
    if model.compares not in COMPARES:
        raise unknown(f"value of {model.__name__}.compares", model.compares, COMPARES)
    fields = {**dict(title=name, reference="a model of your own", year=datetime.date.today().year, idea="your own idea"), **about}
    PAPERS[name] = Paper(**fields)
    ZOO[name] = Row(model, PAPERS[name])
    return ZOO[name]


def options(name: str) -> dict:
    """The options of a model with their defaults: {"dim": 256, ...}."""
    parameters = inspect.signature(row(name).model.__init__).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY} | row(name).paper.options


def build(name: str, features: int, vocabulary_size: int, /, **chosen) -> Matcher:
    """A fresh model: features F of a region, words in the vocabulary, and its options (see `options(name)`)."""
    known = options(name)
    for what, count in (("features", features), ("vocabulary_size", vocabulary_size)):
        if not isinstance(count, Integral) or count < 1:
            raise Problem(f"{name} cannot take {what}={str(count)[:60]!r}; it is a whole number of 1 or more.")
    for option, value in chosen.items():
        if option not in known:
            raise unknown(f"option of {name}", option, known)
        _check(name, option, value, known[option], row(name).model.may_be_zero)
    try:
        return row(name).model(features, vocabulary_size, **{**row(name).paper.options, **chosen})
    except (MemoryError, RuntimeError, OverflowError) as error:      # torch names what it could not get, in bytes
        if isinstance(error, RuntimeError) and not any(word in str(error) for word in ("memory", "overflow", "too large", "size")):
            raise
        raise Problem(f"there is not enough memory for {name} of {features:,} features, {vocabulary_size:,} words and "
                      f"{chosen or 'its usual options'}; choose a smaller dim or word_dim.") from None


def model_of(settings, features: int, vocabulary_size: int) -> Matcher:
    """A fresh model of a run's Settings: with the learned temperature where its loss is InfoNCE."""
    model = build(settings.model, features, vocabulary_size, **settings.options)
    if settings.loss == "nce" and not hasattr(model, "log_scale"):
        model.log_scale = nn.Parameter(torch.tensor(LOG_SCALE))
    return model


def tokens_of(name: str, options: dict) -> str:
    """What the vocabulary of a model holds: "words", "characters", or "pieces" where a frozen reader reads."""
    of = row(name).paper
    return "pieces" if {**of.options, **options}.get("text") == "minilm" else of.tokens


def _check(name, option, value, default, may_be_zero):
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
    elif kind in (int, float) and not (value > 0 or value == 0 and (option in may_be_zero or "dropout" in option)):
        wrong = "it has to be positive"
    elif (most := _most(option, kind)) and value > most:
        wrong = f"that is more than {most:,}"
    if wrong:
        raise Problem(f"{name} cannot take {option}={value if len(str(value)) < 60 else str(value)[:60]!r}; {wrong}{example}.")


def _most(option: str, kind: type) -> int | None:
    """The largest value of an option; None for what is no number."""
    return {int: DEEP if option in STACKED else WIDE, float: LARGE}.get(kind)
