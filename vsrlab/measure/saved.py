"""A result as a file: JSON of numbers with the ranks, checked when it is read."""

import numpy as np

from vsrlab.errors import Missing, Problem, path_of
from vsrlab.inputs import ANY, COUNT, Is, read_json, short

WHAT = "a result that vsrlab evaluate wrote"
NUMBERS, PAIR = {str: float}, Is("two numbers", lambda x: isinstance(x, list) and len(x) == 2 and all(
    isinstance(n, int | float) for n in x))
SHAPE = {"values": NUMBERS, "interval": {str: PAIR}, "chance": NUMBERS, "by?": {str: str}, "best?": NUMBERS, "ranks": [list],
         "image_of_text": list, "groups?": (list, None),
         "stamp": {"corpus": str, "split": str, "gallery": [COUNT], "folds": COUNT, "ties": str, "captions_per_image": ANY,
                   "left_out": COUNT, "ensemble": bool, "models": [{"model": str, "run": str, "weights": str}]}}


def _whole(numbers: list) -> np.ndarray:
    """A list of whole numbers as an array."""
    found = np.array(numbers)
    if found.ndim != 1 or found.size and found.dtype.kind not in "iu":
        raise ValueError("numbers")
    return found


def read(path) -> dict:
    """The fields of a saved Result; ranks as a list of arrays.  Raises Missing or Problem."""
    path = path_of("Result.load", path)
    if not path.is_file():
        raise Missing(f"there is no result {path}; 'vsrlab evaluate RUN --out {path}' writes one.")
    try:
        content = read_json(path, WHAT, SHAPE)
        if other := [key for key in content if key not in {name.rstrip("?") for name in SHAPE}]:
            raise Problem(f"it has {short(other[0])}, which this version does not know")
        found = {name: content[name] for name in ("values", "interval", "chance", "stamp", "by", "best") if name in content}
        found |= {"ranks": list(map(_whole, content["ranks"])), "image_of_text": _whole(content["image_of_text"]),
                  "interval": {name: tuple(pair) for name, pair in content["interval"].items()}}
        return found | ({"groups": _whole(content["groups"])} if content.get("groups") is not None else {})
    except Problem as problem:
        raise Problem(f"{path} is not {WHAT} ({problem})") from None
    except (ValueError, OverflowError):
        raise Problem(f"{path} is not {WHAT}: its lists hold other than whole numbers.") from None
