"""What a folder of features says about itself, and what a folder is that holds none."""
import json
import re
from pathlib import Path

from vsrlab.data.listing import SUFFIXES
from vsrlab.errors import Problem

AGAIN = "give the same vsrlab features command again, it goes on where it was"
_BEGUN = re.compile(r"\.(.+)_(?:\w+\.npy\.partial|journal\.jsonl)")


def splits(folder) -> list:
    """The names of a folder's splits."""
    return sorted(p.name.removesuffix("_caps.txt") for p in Path(folder).glob("*_caps.txt"))


def part_of(one: str, two: str) -> bool:
    """Whether one split is a part of the other by their names, as test is of testall."""
    return one.startswith(two) or two.startswith(one)


def interrupted(folder) -> dict:
    """{split: the hidden files of an extraction that was interrupted, ...}"""
    found = {}
    for path in sorted(Path(folder).glob(".*")):
        if match := _BEGUN.fullmatch(path.name):
            found.setdefault(match[1], []).append(path)
    return found


def about(folder) -> dict:
    """features.json, {} where there is none: who made the features, how the grid lies, where the photos are."""
    path = Path(folder) / "features.json"
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise _spoilt(path, "is not JSON") from None
    if not isinstance(found, dict):
        raise _spoilt(path, 'is not {"extractor": ..., "photos": ...}')
    grid, made = found.get("grid"), found.get("splits", {})
    fits = {"photos": isinstance(found.get("photos"), str | None),
            "grid": grid is None or isinstance(grid, dict) and all(isinstance(grid.get(k), int) for k in ("rows", "columns")),
            "splits": isinstance(made, dict) and all(isinstance(split, dict) for split in made.values())}
    for key, fit in fits.items():
        if not fit:
            raise _spoilt(path, f'holds "{key}": {str(found[key])[:60]}, which is not what vsrlab writes')
    return found


def none_in(folder) -> tuple:
    """(what a folder is that has no whole split, what to do)."""
    folder = Path(folder)
    if not folder.is_dir():
        return (f"there is no folder {folder}", "give the folder that holds train_ims.npy, or make one: "
                "vsrlab features PHOTOS --captions FILE --out FOLDER")
    if begun := interrupted(folder):
        return f"{folder} holds no whole split: the extraction of {', '.join(begun)} was interrupted", AGAIN
    if (folder / "config.json").is_file():
        return (f"{folder} is the folder of a run, not of features",
                f"give the folder of features; the run is measured by: vsrlab evaluate {folder} --data FEATURES")
    if photos := sum(p.suffix.lower() in SUFFIXES for p in folder.iterdir()):
        return f"{folder} holds {photos:,} photos, but no features yet", f"vsrlab features {folder} --captions FILE --out FEATURES"
    return f"{folder} holds no {{split}}_caps.txt", "give the folder that holds train_ims.npy and train_caps.txt"


def _spoilt(path: Path, how: str) -> Problem:
    return Problem(f"{path} {how}; remove the file, or extract into another folder.")
