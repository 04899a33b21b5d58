"""State: what is selected and how it is drawn, shared by every view that shows it; undo, and a small JSON file."""
import json
import math
import re
from numbers import Integral, Real
from pathlib import Path

from vsrlab import files
from vsrlab.desk.causes import RULES
from vsrlab.errors import Missing, Problem, path_of, unknown
from vsrlab.inputs import Is, read_json
from vsrlab.retrieval.failures.listing import VERDICTS
from vsrlab.space.atlas import COLOURS, METHODS

FORMAT = "vsrlab state 1"
KEPT = 20                                   # selections that `undo` can take back
DEFAULTS = dict(
    side="text", query=None, typed="", candidate=None,  # what is asked with: a "text" row (or a typed sentence) or an "image" row;
                                                        # the row of the answer looked at
    word=None, region=None, layer=None,                 # position in the caption (ALL: none), row of the region, layer; None: open
    phrase=(),                                          # positions that are read as one phrase; (): as the view divides the caption
    quantity=None, scale="word", top=3, mass=None,      # what is drawn, None: what points; against what, how many regions or which
                                                        # share of it
    direction=None, mu=None, sharpness=None,            # None: as trained
    control=False,                                      # draw what the same model with random weights would show
    hidden_words=(), hidden_regions=(), edits={},       # taken out before the pair runs again; {position: new word}
    order="rank", pinned=(), tags={}, notes={},
    holds="", band="any", cause="", judged="",          # which failures are listed: with this word, of these ranks, of which a rule
                                                        # suspects this cause, judged so or tagged by a person ("tag: colour"),
    within_images=(), within_texts=(),                  # and of these rows: what was selected on the map; (), () for all
    tab="pair",                                         # the part of a dashboard that is open
    method="pca", closed=False, colour="rank", colour_word="", lines="longest",     # of the map of the joint space
    graph={},                                           # of the relation graph: the options of its drawing that were chosen
    orders=None, seed=0,                                # of the timeline: how many shuffled orders (None: the usual), and which
    equation=None)                                      # of paper mode: the key of the row that is open
PAIR = ("side", "query", "typed", "candidate")
OF_A_PAIR = ("word", "region", "phrase", "hidden_words", "hidden_regions", "edits")      # mean nothing for another pair
ALL = -1                                    # state.word: every word together; None leaves the choice to the view
BANDS = {"any": (2, math.inf), "2 to 5": (2, 5), "6 to 10": (6, 10), "11 to 100": (11, 100), "above 100": (101, math.inf)}
TABS = {"search": "Search", "pair": "Words and regions", "relations": "Relations", "versus": "Right beside wrong", "map": "Map",
        "numbers": "Numbers, session"}
TAG = "tag: "                               # before a cause that a person said, in state.judged
LINES = ("none", "longest", "all")          # pair lines on the map
_ONE_OF = lambda names: (f"one of {', '.join(names)}", lambda x: x in names)
ALLOWED = {                                 # key: what it may be, besides None where that is the default, and whether it is
    "top": ("a whole number of regions, 1 or more", lambda x: isinstance(x, Integral) and x >= 1),
    "mass": ("a share of the weight above 0 and up to 1, or None for the `top` regions", lambda x: _finite(x) and 0 < x <= 1),
    "mu": ("a number from 0 up, or None for the trained one", lambda x: _finite(x) and x >= 0),
    "sharpness": ("a number above 0, or None for the trained one", lambda x: _finite(x) and x > 0),
    "layer": ("the number of a layer, counted from 0, or None for the last", lambda x: isinstance(x, Integral) and x >= 0),
    "method": _ONE_OF(METHODS), "colour": _ONE_OF(COLOURS), "lines": _ONE_OF(LINES),
    "orders": ("a whole number of shuffled orders, 2 to 200, or None", lambda x: isinstance(x, Integral) and 2 <= x <= 200),
    "band": _ONE_OF(BANDS), "tab": _ONE_OF(TABS), "cause": _ONE_OF(("", *RULES)),
    "judged": (f"one of {', '.join(VERDICTS[1:])}, or {TAG!r} and a cause", lambda x: x in VERDICTS or str(x).startswith(TAG)),
    "seed": ("a whole number from 0 up", lambda x: isinstance(x, Integral) and x >= 0)}


PLACE, NAME = Is("a position", lambda x: type(x) is int and -1 <= x < 2 ** 31), Is("a short text", lambda x: isinstance(x, str)
                                                                                      and len(x) < 10_000)
NUMBERED = Is("a dictionary of positions", lambda x: isinstance(x, dict) and all(re.fullmatch("[0-9]{1,9}", k) for k in x))
SHAPE = {"format": str, "side?": Is("text or image", lambda x: x in ("text", "image")), "query?": (PLACE, None), "typed?": NAME,
         "candidate?": (PLACE, None), "word?": (PLACE, None), "region?": (PLACE, None), "layer?": (PLACE, None),
         "phrase?": [PLACE], "quantity?": (NAME, None),
         "scale?": NAME, "order?": NAME, "direction?": (NAME, None), "control?": bool, "hidden_words?": [PLACE],
         "hidden_regions?": [PLACE], "edits?": NUMBERED, "tags?": dict, "notes?": dict,
         "within_images?": [PLACE], "within_texts?": [PLACE], "holds?": NAME, "band?": NAME, "cause?": NAME, "judged?": NAME,
         "tab?": NAME,
         "method?": NAME, "closed?": bool, "colour?": NAME, "colour_word?": NAME,
         "lines?": NAME, "graph?": dict,
         "orders?": (PLACE, None), "seed?": PLACE, "equation?": (NAME, None),
         "pinned?": [Is("a list of two positions", lambda x: isinstance(x, list) and len(x) == 2 and all(map(PLACE.test, x)))]}


class State:
    """Attributes that can be watched.

        state = State(word=3)
        stop = state.watch(["word", "region"], lambda changed: print(changed, state.word))
        state.set(word=4, region=None)      # one change, one call, one step of undo; state.word = 4 works as well
        state.undo(); stop(); state.save("session.json")

    A view watches only the keys it draws.  A watcher may set keys itself; those calls follow the first one.
    """

    def __init__(self, /, **values):
        object.__setattr__(self, "_values", {k: _own(v) for k, v in DEFAULTS.items()})
        object.__setattr__(self, "_watchers", [])
        object.__setattr__(self, "_past", [])
        self._values.update(self._checked(values))

    def __getattr__(self, key):
        if key in DEFAULTS:
            return self._values[key]
        raise AttributeError(str(unknown("key of State", key, DEFAULTS)))

    def __setattr__(self, key, value):
        self.set(**{key: value})

    def __dir__(self):
        return sorted({*super().__dir__(), *DEFAULTS})

    def __repr__(self) -> str:
        changed = {k: v for k, v in self._values.items() if v != DEFAULTS[k]}
        return f"State({', '.join(f'{k}={v!r}' for k, v in changed.items())})"

    @property
    def pair(self) -> tuple | None:
        """(image row, text row or typed sentence) that is looked at; None while one of them is missing."""
        asked = self.typed or self.query
        image, text = (self.candidate, asked) if self.side == "text" else (self.query, self.candidate)
        return None if image is None or text is None else (image, text)

    def set(self, **changes) -> bool:
        """Set some keys at once; watchers of what really changed are called once.  -> whether anything changed.

        Another pair lets go of what belonged to the former one: its word, region, edits and what was left out.
        """
        changes = {k: v for k, v in self._checked(changes).items() if v != self._values[k]}
        if any(k in PAIR for k in changes):
            changes = {k: DEFAULTS[k] for k in OF_A_PAIR if self._values[k] != DEFAULTS[k]} | changes
        if changes:
            self._past.append({k: self._values[k] for k in changes})
            del self._past[:-KEPT]
            self._apply(changes)
        return bool(changes)

    def point_at(self, record):
        """The pair of an Explanation becomes the chosen one: how every view of one pair begins."""
        typed = "" if record.text_row is not None else record.text
        self.set(side="text", query=record.text_row, typed=typed, candidate=record.image)

    def undo(self) -> bool:
        """Take the last `set` back (20 are kept).  -> whether there was one."""
        if self._past:
            self._apply(self._past.pop())
            return True
        return False

    def watch(self, keys, call):
        """Call `call({key: new value})` when one of `keys` changes; -> a function that stops it."""
        keys = frozenset(self._named([keys] if isinstance(keys, str) else keys))
        entry = (keys, call)
        self._watchers.append(entry)
        return lambda: self._watchers.remove(entry) if entry in self._watchers else None

    @property
    def watched(self) -> int:
        """How many watchers are called: 0 when every live view is closed."""
        return len(self._watchers)

    def save(self, path) -> Path:
        """Write every key to a JSON file; a former file is replaced in one step."""
        try:
            text = json.dumps({"format": FORMAT, **self._values}, indent=1, default=lambda x: x.tolist())
        except (TypeError, AttributeError) as error:
            raise Problem(f"the session was not saved to {path}: {error}; keep tags and notes to text and numbers.") from None
        return files.write_text(path, text)

    @classmethod
    def load(cls, path) -> "State":
        """Read what `save` wrote."""
        path = path_of("State.load", path)
        if not path.is_file():
            raise Missing(f"there is no session at {path}; write one with state.save({str(path)!r}).")
        try:
            values = read_json(path, "a session that state.save wrote", SHAPE)
        except Problem as problem:
            raise Problem(f"{path} is not a session of vsrlab ({problem})") from None
        if values.pop("format") != FORMAT:
            raise Problem(f"{path} is not a session of this version of vsrlab; save the state again.")
        if "temperature" in values:                                                    # its name in older sessions
            values["sharpness"] = values.pop("temperature")
        values["edits"] = {int(k): v for k, v in values.get("edits", {}).items()}      # JSON's keys are text
        values["pinned"] = tuple(map(tuple, values.get("pinned", ())))
        return cls(**cls._named(values))

    def _apply(self, changes):
        self._values.update(changes)
        for keys, call in list(self._watchers):
            seen = {k: self._values[k] for k in changes if k in keys}
            if seen:
                call(seen)

    @staticmethod
    def _named(keys):
        for key in keys:
            if key not in DEFAULTS:
                raise unknown("key of State", key, DEFAULTS)
        return keys

    @classmethod
    def _checked(cls, changes: dict) -> dict:
        for key, value in cls._named(changes).items():
            allowed, fits = ALLOWED.get(key, ("", None))
            if fits and not (value is None and DEFAULTS[key] is None) and (isinstance(value, bool) or not fits(value)):
                raise Problem(f"{key}={value!r:.80}: give {allowed}.")
        return {k: tuple(v) if isinstance(DEFAULTS[k], tuple) and v is not None else v for k, v in changes.items()}


def _finite(value) -> bool:
    return isinstance(value, Real) and math.isfinite(value)


def _own(value):
    """A default that nobody else holds."""
    return dict(value) if isinstance(value, dict) else value
