"""Captions from files: Karpathy JSON, file|caption tables, Flickr token files, and plain lines.  One door: read_captions."""
import ast
import csv
import json
import re
from pathlib import Path
from typing import NamedTuple

from vsrlab.data.store import write_whole
from vsrlab.errors import Missing, Problem, unknown

_PHOTO = re.compile(r"\.(jpe?g|png|webp|bmp|gif|tiff?)$", re.IGNORECASE)
_TOKEN = re.compile(r"([^\t#]+)#\w+\t(.*)")                     # Flickr's name.jpg#0<TAB>caption
_COLUMNS = {"file": ("file", "filename", "file_name", "image", "image_name", "photo", "name"),
            "text": ("caption", "comment", "text", "sentence", "raw"), "split": ("split", "set")}
_REPR = re.compile(r"b(['\"]).*\1\s*$", re.DOTALL)              # a caption written as Python 2 bytes by a Python 3 port


class Photo(NamedTuple):
    """A photo named by a captions file."""
    file: str              # name, or path relative to the photo folder
    split: str             # "train", "val", "test", ...; "" when the file has no splits
    texts: tuple           # its captions, one line each
    id: str = ""           # the data set's own number, such as COCO's, when the file has one


def read_captions(path, split: str | None = None, allow_empty: bool = False) -> list:
    """The photos of a captions file, in its order: [Photo(file, split, texts), ...], of one split or of all.

    Formats: Karpathy's dataset_*.json; a table file|caption with '|', tab or comma (a header and a split
    column are welcome); Flickr's name.jpg#0<TAB>caption.  Text has to be UTF-8.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        photos = read_karpathy(path, allow_empty)
    else:
        photos = _grouped(path, allow_empty)
    if split is None:
        return photos
    names = sorted({p.split for p in photos})
    if split not in names:
        if names == [""]:
            raise Problem(f"{path} has no splits; leave split={split!r} out, add a column 'split', or use Karpathy's JSON.")
        raise unknown(f"split in {path.name}", split, names)
    return [p for p in photos if p.split == split]


def read_lines(path, allow_empty: bool = False) -> list:
    """The captions of a file with one caption a line: T strings.

    Lines end with a line feed and nothing else: Python's splitlines would also cut at characters
    that captions may hold, and every later caption would belong to the wrong image.
    A caption spelled b'...' by a Python 3 port of the official loaders is read as the text it stands for.
    """
    path = Path(path)
    texts = [unbytes(line.strip()) for line in utf8_lines(path)]
    if not allow_empty:
        for number, text in enumerate(texts, 1):
            if not text:
                raise Problem(f"{path}, line {number}: the caption is empty; write a sentence there "
                              "(deleting the line would shift every caption after it); in Python, allow_empty=True reads it too.")
    return texts


def one_line(text: str) -> str:
    """A caption without line breaks and doubled spaces."""
    return " ".join(text.split())


def unbytes(text: str) -> str:
    """b'a caf\\xc3\\xa9' -> a café; any other text is returned as it is."""
    if _REPR.match(text):
        try:
            return ast.literal_eval(text.strip()).decode("utf-8")
        except (SyntaxError, ValueError):
            return text
    return text


def mend(path) -> int:
    """Rewrite a captions file whose lines are spelled b'...' as plain text; how many lines were changed."""
    path = Path(path)
    old = utf8_lines(path)
    new = [unbytes(line) for line in old]
    write_whole(path, "".join(line + "\n" for line in new))
    return sum(a != b for a, b in zip(old, new))


def utf8_lines(path: Path) -> list:
    """Lines of a UTF-8 file; one that is not UTF-8 is named by its number."""
    if not path.is_file():
        raise Missing(f"no captions at {path}; give the file that pairs photos with their sentences.")
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not lines[-1].strip():
        lines.pop()
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(line.decode("utf-8").rstrip("\r"))
        except UnicodeDecodeError as error:
            raise Problem(f"{path}, line {number}, byte {error.start}: not UTF-8; if the file is Latin-1, convert it with: "
                          f"iconv -f latin1 -t utf-8 {path} > converted.txt") from None
    return found


def _grouped(path: Path, allow_empty: bool) -> list:
    """Photos of a table or token file, each with all its captions, in order of first mention."""
    photos = {}
    for file, split, text in read_rows(path, allow_empty):
        photos.setdefault((file, split), []).append(text)
    return [Photo(file, split, tuple(texts)) for (file, split), texts in photos.items()]


def read_rows(path, allow_empty: bool = False) -> list:
    """[(file, split, caption), ...] of every line of a table or token file, in the order of the lines."""
    path, found = Path(path), []
    for number, file, split, text in _rows(path):
        text = one_line(unbytes(text))
        if not text and not allow_empty:
            raise Problem(f"{path}, line {number}: the caption of {file} is empty; write a sentence, or delete the line.")
        found.append((file, split, text))
    return found


def _rows(path: Path):
    """(line number, file, split, caption) of every line."""
    lines = [(n, line) for n, line in enumerate(utf8_lines(path), 1) if line.strip()]
    if not lines:
        raise Problem(f"{path} holds no captions; expected lines such as  dog.jpg|a dog on grass")
    if all(_TOKEN.match(line) for _, line in lines[:20]):
        for number, line in lines:
            match = _TOKEN.match(line)
            if not match:
                raise Problem(f"{path}, line {number}: expected  name.jpg#0<TAB>caption  as before, found {line[:60]!r}.")
            yield number, match[1].strip(), "", match[2]
        return
    mark = next((m for m in "|\t," if m in lines[0][1]), None)
    if mark is None:
        raise Problem(f"{path} is not a captions file: line 1 has no '|', tab or comma; expected lines such as  "
                      "dog.jpg|a dog on grass")
    header, at = _header(lines[0][1], mark)
    for number, line in lines[bool(header):]:
        cells = _cells(line, mark, len(header) or 2)
        if len(cells) == len(header) - 1 == 2 and re.match(r"\s*\d+\s", cells[1]):
            cells = [cells[0], *cells[1].split(None, 1)]           # Flickr30k's results.csv lacks one separator of 158,915
        if len(cells) < max(len(header), 2):
            raise Problem(f"{path}, line {number}: expected {mark.join(header) or f'file{mark}caption'}, found {line[:60]!r}.")
        yield number, cells[at["file"]].strip(), cells[at["split"]].strip() if "split" in at else "", cells[at["text"]]


def _header(line: str, mark: str):
    """(names of the columns, or [] when the first line is data already; where file, text and split stand)."""
    names = [c.strip().strip('"').lower() for c in line.split(mark)]
    at = {what: next((names.index(n) for n in known if n in names), None) for what, known in _COLUMNS.items()}
    at = {what: place for what, place in at.items() if place is not None}
    if "file" in at and "text" in at and not _PHOTO.search(names[at["file"]]):
        return names, at
    return [], {"file": 0, "text": 1}


def _cells(line: str, mark: str, columns: int) -> list:
    """A line's columns; the last one keeps any further separators, for captions may hold them."""
    if mark == "," and '"' in line:
        cells = next(csv.reader([line]))
        return cells[:columns - 1] + [",".join(cells[columns - 1:])] if len(cells) > columns else cells
    return line.split(mark, columns - 1)


def read_karpathy(path, allow_empty: bool = False) -> list:
    """The photos of Karpathy's dataset_*.json (Karpathy and Fei-Fei, CVPR 2015) in its order: [Photo(file, split, texts, id), ...].

    COCO's extra split "restval" is called "train": all work since VSE++ trains on both (113,287 photos).
    `file` is filepath/filename where the file has folders; `id` is COCO's number where there is one.
    """
    path = Path(path)
    if not path.is_file():
        raise Missing(f"no captions at {path}; give Karpathy's dataset_flickr8k.json, dataset_flickr30k.json or dataset_coco.json.")
    try:
        images = json.loads(path.read_bytes().decode("utf-8"))["images"]
        photos = [_photo(image) for image in images]
    except UnicodeDecodeError as error:
        raise Problem(f"{path}, byte {error.start}: not UTF-8; download the file again.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"{path} is not one of Karpathy's files ({type(error).__name__}: {error}); "
                      'expected {"images": [{"filename", "split", "sentences": [{"raw"}]}]}; a file cut short by a download '
                      "is the usual cause, so download it again.") from None
    if not photos:
        raise Problem(f"{path} names no photos; download the file again.")
    for number, photo in enumerate(photos):
        if not allow_empty and not (photo.texts and all(photo.texts)):
            raise Problem(f"{path}, photo {number}: {photo.file} has {'an empty caption' if photo.texts else 'no captions'}; "
                          "write one into the file, or take the photo out of it.")
    return photos


def _photo(image: dict) -> Photo:
    file = "/".join(filter(None, (image.get("filepath"), image["filename"])))
    texts = tuple(one_line(s["raw"] if "raw" in s else " ".join(s["tokens"])) for s in image["sentences"])
    split = {"restval": "train"}.get(image.get("split", ""), image.get("split", ""))
    return Photo(file, split, texts, str(image.get("cocoid", "")))
