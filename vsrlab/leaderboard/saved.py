"""A leaderboard as a small JSON file: of each query how deep its right answer lay, for intervals and tests to be made again."""
import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np

from vsrlab.errors import Problem, unknown
from vsrlab.inputs import COUNT, LINE, read_json
from vsrlab.leaderboard.entry import PLACE, Entry, Measured

FORMAT = 1
WITH_THE_KIT = {"scenes": Path(__file__).with_name("zoo_on_scenes.json")}
NUMBER = (int, float, None)
RUN = {"seeds": [COUNT], "values": {str: float}, "answers": [LINE], "epochs": COUNT, "parameters": COUNT, "cpu": NUMBER,
       "wall": NUMBER, "image_ms": NUMBER, "text_ms": NUMBER, "pair_us": NUMBER, "run": LINE, "weights": LINE, "versions": dict,
       "settings": dict}
ROW = {"key": LINE, "model": LINE, "label": LINE, "options": dict, "runs": [RUN], "failed": {str: str}, "waiting": [COUNT],
       "ensemble": bool}
SHAPE = {"leaderboard": COUNT, "dataset": LINE, "stamp": dict,
         "chance": {str: float}, "owner": [COUNT], "rows": [ROW]}
WHAT = "a leaderboard that vl.leaderboard saved"


def text(board) -> str:
    """The board as JSON, a row a line."""
    rows = [{name: value for name, value in asdict(row).items() if name not in ("owner", "folds")} for row in board.rows]
    head = {"leaderboard": FORMAT, "dataset": board.dataset, "stamp": board.stamp, "chance": board.chance,
            "owner": [int(i) for i in board.owner]}
    line = lambda value: json.dumps(value, ensure_ascii=False, allow_nan=False)
    for run in (run for row in rows for run in row["runs"]):
        run["values"] = {name: round(x, 6) for name, x in run["values"].items() if math.isfinite(x)}
    return ("{\n" + "".join(f"{line(name)}: {line(value)},\n" for name, value in head.items())
            + '"rows": [\n' + ",\n".join(map(line, rows)) + "\n]}\n")


def read(path) -> tuple:
    """What a Leaderboard is made from: the content of a file that `text` made; "scenes" is the one that comes with the kit.

    Raises Missing or Problem.
    """
    if str(path) in WITH_THE_KIT:
        path = WITH_THE_KIT[str(path)]
    elif not Path(path).suffix and not Path(path).exists():
        raise unknown("leaderboard of the kit", str(path), WITH_THE_KIT)
    found = read_json(path, WHAT, SHAPE)
    if found["leaderboard"] != FORMAT:
        raise Problem(f"{path} is a leaderboard of another version ({found['leaderboard']}); make it anew from its runs.")
    owner, stamp = np.array(found["owner"], dtype=np.int64), found["stamp"]
    images, folds = _gallery(stamp, owner, path)
    rows = []
    for row in found["rows"]:
        for run in row["runs"]:
            if [len(side) for side in run["answers"]] != [images, len(owner)] or set("".join(run["answers"])) - set(PLACE):
                raise Problem(f"{path}: the answers of {row['key']} do not fit {images} images and {len(owner)} texts; "
                              f"give {WHAT}.")
        failed = {int(seed): said for seed, said in row["failed"].items() if seed.isdigit()}
        rows.append(Entry(**{**row, "runs": [Measured(**run) for run in row["runs"]], "failed": failed}, owner=owner, folds=folds))
    return rows, stamp, found["chance"], owner, found["dataset"]


def _gallery(stamp, owner, path) -> tuple:
    """(images of all galleries, galleries) of a stamp that fits the texts."""
    gallery, folds = stamp.get("gallery", [0, 0]), stamp.get("folds", 1)
    whole = isinstance(gallery, list) and len(gallery) == 2 and all(isinstance(x, int) for x in (*gallery, folds)) and folds > 0
    if not whole or len(owner) and not 0 <= owner.min() <= owner.max() < gallery[0] * folds:
        raise Problem(f"{path}: its texts do not belong to a gallery of {gallery} images; give {WHAT}.")
    return gallery[0] * folds, folds
