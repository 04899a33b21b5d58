"""What a folder of features says about itself, and what a folder is that holds none."""
import hashlib
import json
import re
from pathlib import Path

from vsrlab.data.names import SUFFIXES
from vsrlab.inputs import COUNT, LINE, Is, read_json

AGAIN = "give the same vsrlab features command again, it goes on where it was"
_ABOUT = {"extractor?": (LINE, None), "photos?": (LINE, None),
          "frame?": Is('"upright" or "stored"', lambda x: x in ("upright", "stored")),
          "grid?": (None, {"rows": COUNT, "columns": COUNT}), "nets?": {str: {"net": str, "side": COUNT, "sha256": str}},
          "splits?": {str: {"images?": COUNT, "captions?": str, "skipped?": [[str]]}}}
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
    return read_json(path, "what vsrlab features writes", _ABOUT) if path.is_file() else {}


def frame(about: dict) -> str | None:
    """The picture in which the boxes of turned photos were found, where features.json tells: vsrlab's extractors see it upright."""
    return about.get("frame", "upright" if "grid" in about else None)


def maker(about: dict) -> str:
    """The extractor of a folder with its version and, for those of this kit, a few digits of its settings; "" for others."""
    if not about.get("extractor"):
        return ""
    settings = hashlib.sha256(json.dumps(about.get("settings"), sort_keys=True).encode()).hexdigest()[:6] if "grid" in about else ""
    return " ".join(str(part) for part in (about["extractor"], about.get("version", ""), settings) if str(part))


def spelled_as_bytes(captions: Path) -> bool:
    """Whether the first captions of a file are spelled b'...'."""
    with open(captions, "rb") as file:
        return any(line.startswith((b"b'", b'b"')) for line in file.read(1 << 16).split(b"\n", 50)[:50])


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

