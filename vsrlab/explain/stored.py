"""A saved explanation is read: every field of its kind, every array of the shape that the others ask for."""
import io
from pathlib import Path

import numpy as np

from vsrlab import arrays
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.inputs import ANY, COUNT, Is, parse_json

FORMAT, WHAT = "vsrlab explanation 1", "an explanation that Explanation.save wrote"
ROWS, ROW = [[COUNT]], (COUNT, None)
SIZE = Is("a width and a height", lambda x: isinstance(x, list) and len(x) == 2 and all(isinstance(n, int | float)
                                                                                                and 0 < n < 1e6 for n in x))
HEADER = {"format": str, "text": str, "words": [str], "image": COUNT, "image_id": str, "score": float, "text_row?": ROW,
          "size?": (SIZE, None), "labels?": ([str], None), "terms?": {str: float}, "score_global?": (float, None),
          "score_local?": (float, None), "mu?": (float, None), "sharpness?": (float, None), "direction?": (str, None),
          "pooling?": (str, None), "gallery?": [COUNT], "image_rank?": COUNT, "text_rank?": COUNT, "true_image_rank?": ROW,
          "true_text_rank?": ROW, "right?": (bool, None), "truth?": (ROWS, None), "relations?": ([ANY], None), "provenance?": dict,
          "notes?": [str], "photo?": None}
AXES = {"spans": "W2", "unknown": "W", "boxes": "R4", "confidence": "R", "attention": "WR", "cosine": "WR", "contribution": "WR",
        "interaction": "WR", "affinity": "LRR", "layers": "KRD", "memory": "RM", "gates": "RG"}   # letters as in Explanation


def read(path, known: set) -> dict:
    """{field: value} of an Explanation; `known` are its fields.  Raises Missing or Problem."""
    path = path_of("Explanation.open", path)
    if not path.is_file():
        raise Missing(f"there is no explanation at {path}; write one with explanation.save({str(path)!r}).")
    try:
        found = arrays.npz(path, WHAT)
        text = found.pop("header", np.zeros(0, np.uint8)).tobytes().decode("utf-8", "replace")
        header = parse_json(text, path, WHAT, HEADER)
    except Problem as problem:
        raise Problem(f"{path} is not an explanation ({problem}); explain the pair again and save it.") from None
    if "temperature" in header:                                             # its name in older files
        header["sharpness"] = header.pop("temperature")
    if header.pop("format") != FORMAT or not known >= {*header, *found}:
        raise Problem(f"{path} is not an explanation of this version; explain the pair again and save it.")
    photo = found.pop("photo", None)
    _fit(found, header, path)
    pictured = {} if photo is None else {"photo": _photo(photo, path)}
    return {**{k: _frozen(v) for k, v in header.items()}, **found, **pictured}


def _fit(found: dict, header: dict, path: Path):
    """Every array has the axes that its field has, and whole or finite numbers."""
    sizes = {"W": len(header["words"]), "2": 2, "4": 4}
    if header.get("labels") is not None:
        sizes["R"] = len(header["labels"])
    for name, axes in AXES.items():
        if name not in found:
            continue
        x = found[name]
        expected = tuple(sizes.setdefault(axis, n) for axis, n in zip(axes, x.shape)) if x.ndim == len(axes) else axes
        if x.shape != expected or x.dtype.kind not in "fiub" or not np.isfinite(x).all():
            raise Problem(f"{path} is not an explanation: its {name} is {x.dtype} {x.shape}, expected {expected} finite numbers.")
    if not {"spans", "unknown"} <= {*found} or len(header.get("gallery", (1, 1))) != 2:
        raise Problem(f"{path} is not an explanation: it lacks spans, unknown or gallery; explain the pair again and save it.")
    extra = {*found} - {*AXES, "relevance"}
    if extra or "relevance" in found and found["relevance"].shape not in ((sizes["W"],), (sizes.get("R"),)):
        raise Problem(f"{path} is not an explanation: its {', '.join(sorted(extra)) or 'relevance'} is no such array.")
    if header.get("truth") is not None and len(header["truth"]) != sizes["W"]:
        raise Problem(f"{path} is not an explanation: it has truth of {len(header['truth'])} words, and {sizes['W']} words.")


def _photo(photo: np.ndarray, path: Path) -> bytes:
    """The bytes of a small picture that can be drawn."""
    from PIL import Image
    data = photo.tobytes()
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > 1 << 24:
                raise ValueError(f"{image.width} x {image.height} pixels")
            image.load()
    except Exception as error:           # PIL raises a dozen kinds
        raise Problem(f"{path} is not an explanation: its photo cannot be drawn ({str(error)[:100]}); explain the pair "
                      "again and save it.") from None
    return data


def _frozen(value):
    """Lists back to tuples, all the way down."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
