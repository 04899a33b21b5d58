"""What a leaderboard is asked for: rows, each a model with options of its own, and the settings that all of them share."""
import json
import re
from dataclasses import asdict, dataclass, field

from vsrlab import zoo
from vsrlab.errors import Problem, needs, unknown
from vsrlab.papers import title
from vsrlab.settings import Settings


@dataclass(frozen=True)
class Wanted:
    """One row: a model of the zoo and the options that this row alone has."""
    model: str
    options: dict = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What a person types: "dspe", "dspe:structure=0"."""
        said = ",".join(f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in self.options.items())
        return f"{self.model}:{said}" if said else self.model

    @property
    def label(self) -> str:
        """What a reader sees: "DSPE", "DSPE, structure=0"."""
        return ", ".join([title(self.model), *(self.key.split(":", 1)[1].split(",") if self.options else ())])

    def folder(self, seed: int) -> str:
        """The name of the run's folder: "dspe-structure-0-s2"."""
        return re.sub(r"[^A-Za-z0-9_.]+", "-", self.key) + f"-s{seed}"


def wanted(models) -> list:
    """"all", a name, or a list of names and of rows such as "dspe:structure=0,depth=linear" -> [Wanted, ...], each once.

    Raises Problem for a model or an option that is not there, with the nearest that is.
    """
    if isinstance(models, Wanted):
        return [models]
    listed = [models] if isinstance(models, str) else list(models)
    found = []
    for one in listed:
        found += [Wanted(name) for name in zoo.ZOO] if one == "all" else [one if isinstance(one, Wanted) else parsed(one)]
    if not found:
        raise Problem(f"no model was named; say 'all', or some of: {', '.join(zoo.ZOO)}.")
    return list({one.key: one for one in found}.values())


def parsed(text) -> Wanted:
    """"dspe:structure=0,depth=linear" as a row; values are read as JSON where they are JSON."""
    if not isinstance(text, str):
        raise Problem(f"a row of the leaderboard is a model's name, such as 'scan' or 'dspe:structure=0', not {text!r}.")
    model, _, rest = text.partition(":")
    known, options = zoo.options(model), {}
    for part in filter(None, rest.split(",")):
        name, sign, value = part.partition("=")
        if name not in known:
            raise unknown(f"option of {model}", name, known)
        if not sign:
            raise Problem(f"{text!r}: say what {name} is to be, such as {name}={json.dumps(known[name])}.")
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    return Wanted(model, options)


def settings_of(row: Wanted, seed: int, given=None, scenes: bool = True) -> Settings:
    """The settings of a run: the small ones for scenes or photos, with the paper's hinge and margin; what is given over them.

    given   None; a dictionary of fields, such as {"epochs": 2, "options": {"dim": 64}}; or Settings, taken whole but for the
            model.  Options go to the models that have them.
    """
    base, has = (Settings.scenes if scenes else Settings.photos)(row.model), zoo.options(row.model)
    base = base.but(options={name: value for name, value in base.options.items() if name in has})    # one's own may lack some
    if given is None:
        return base.but(seed=seed, options=base.options | row.options)
    if not isinstance(given, dict):
        needs("vl.leaderboard(settings=)", given, Settings)
    changes = dict(given) if isinstance(given, dict) else asdict(given)
    for name in ("model", "seed") if isinstance(given, dict) else ():
        if name in changes:
            raise Problem(f"settings of a leaderboard have no {name}; give {name}s=... beside them.")
    options = {name: value for name, value in changes.pop("options", {}).items() if name in has}
    if isinstance(given, dict):
        made = Settings(**{**asdict(base), **changes})                 # a name that is no setting is answered with the nearest
    else:
        made = base.but(**changes)
        if base.epochs == 0:                                           # solved at once, not trained
            made = made.but(epochs=0)
    return made.but(model=row.model, seed=seed, options=base.options | options | row.options)


def checked(rows, given):
    """Refuse options that no model of the board has, before anything is trained."""
    options = given.get("options", {}) if isinstance(given, dict) else getattr(given, "options", {})
    if not isinstance(options, dict):
        raise Problem(f"options are a dictionary, such as {{'dim': 64}}, not {options!r}.")
    known = {name for row in rows for name in zoo.options(row.model)}
    for name in options:
        if name not in known:
            raise unknown("option of these models", name, sorted(known))


def seeds_of(seeds) -> list:
    """Whole numbers of 0 or more, each once."""
    listed = [seeds] if isinstance(seeds, int) else list(seeds)
    wrong = [s for s in listed if isinstance(s, bool) or not hasattr(s, "__index__") or s < 0]
    if wrong or not listed:
        raise Problem(f"seeds are whole numbers of 0 or more, such as (0, 1, 2), not {repr(wrong[0]) if wrong else 'none'}.")
    return list(dict.fromkeys(int(s) for s in listed))
