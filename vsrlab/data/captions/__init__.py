"""Captions from files: tables, token files, JSON of several layouts, and plain lines.  One door: read_captions."""
import ast
import re
from pathlib import Path
from typing import NamedTuple

from vsrlab.data.captions.columns import Asked, Tell
from vsrlab.data.captions.layouts import rows_of_json, rows_of_json_lines
from vsrlab.data.captions.rows import rows_of, split_lines
from vsrlab.errors import Missing, Problem, path_of, unknown
from vsrlab.files import write_text
from vsrlab.inputs import LINE, decode, parse_json, read_bytes, short

LONG = 100_000                                             # letters of a caption: more are lines that ran together
_REPR = re.compile(r"b'(?:[^'\\]|\\.)*'|b\"(?:[^\"\\]|\\.)*\"")    # a caption written as Python 2 bytes by a Python 3 port
_WHAT = "a captions file"


class CaptionedPhoto(NamedTuple):
    """A photo named by a captions file."""
    file: str              # name, or path relative to the photo folder
    split: str             # "train", "val", "test", ...; "" when the file has no splits
    texts: tuple           # its captions, one line each
    id: str = ""           # the data set's own number, such as COCO's, when the file has one


class Photos(list):
    """The photos of a captions file, and in one sentence how the file was understood."""

    def __init__(self, photos, understood: str):
        super().__init__(photos)
        self.understood = understood


def read_captions(path, split: str | None = None, allow_empty: bool = False, there=None, photo_column: str | None = None,
                  caption_column: str | None = None) -> Photos:
    """The photos of a captions file, in its order: [CaptionedPhoto(file, split, texts), ...], of one split or of all.

    Read are tables (comma, tab, '|' or ';'; quotes as in CSV) whose columns are found by their names or by what they hold, Flickr's
    token files, Karpathy's dataset_*.json, COCO's captions_*.json, and lists or lines of JSON objects; UTF-8 or UTF-16.
    COCO's extra split "restval" is called "train": all work since VSE++ trains on both (113,287 photos).

    there           name -> whether the photo folder has such a photo; it helps to find the column of the photo
    photo_column    name or number (from 1) of the column of the photo, where it is not found; caption_column likewise, or several
                    with commas between them
    """
    path = path_of("a captions file", path)
    rows, understood = _read(path, Tell(there), Asked(photo_column, caption_column))
    photos, bare = {}, sum(not row.texts for row in rows)
    for row, texts in _sound(rows, path, allow_empty):
        photos.setdefault((row.file, row.split, row.number), []).extend(texts)
    found = [CaptionedPhoto(file, _called(name), tuple(texts), number) for (file, name, number), texts in photos.items()]
    if not found:
        raise Problem(f"{path} names no photos; expected lines such as  dog.jpg|a dog on grass")
    understood = f"{understood}; {_each(found)}" + (f"; {bare:,} photos without captions are left out" if bare else "")
    names = sorted({p.split for p in found})
    if split is not None and split not in names:
        if names == [""]:
            raise Problem(f"{path} has no splits; leave split={split!r} out, add a column 'split', or use Karpathy's JSON.")
        raise unknown(f"split in {path.name}", split, [name[:60] for name in names[:20]])
    return Photos([p for p in found if split in (None, p.split)], understood)


def read_rows(path, allow_empty: bool = False) -> list:
    """[(file, split, caption), ...] of every caption, in the order of the file."""
    path = Path(path)
    rows, _ = _read(path, Tell(), Asked())
    return [(row.file, _called(row.split), text) for row, texts in _sound(rows, path, allow_empty) for text in texts]


def _read(path: Path, tell: Tell, asked: Asked) -> tuple:
    """([CaptionRow, ...], how they were understood), whatever the file is."""
    text = _text(path)
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "["):
        first = text.lstrip().split("\n", 1)[0].strip()
        if first.startswith("{") and first.endswith("}") and "\n" in text.strip():
            return rows_of_json_lines(text, path, tell, asked)
        if path.suffix.lower() in (".json", ".jsonl", ".ndjson") or text.rstrip()[-1:] in ("}", "]"):
            return rows_of_json(parse_json(text, path, _WHAT), path, tell, asked)
    return rows_of(text, path, tell, asked)


def _text(path: Path) -> str:
    if not path.exists():
        raise Missing(f"no captions at {path}; give the file that pairs photos with their sentences.")
    return decode(read_bytes(path, _WHAT), path)


def _called(split: str) -> str:
    return {"restval": "train"}.get(split, split)


def _sound(rows: list, path: Path, allow_empty: bool):
    """(CaptionRow, its captions as single lines) of every row whose name and captions can be lines of files."""
    for row in rows:
        if not row.file:
            raise Problem(f"{path}, {row.where}: there is no photo's name; write it there, or take this out.")
        if not LINE.test(row.file) or len(row.file) > 1000:
            raise Problem(f"{path}, {row.where}: the photo's name is {short(row.file)}, with a line break or a character that no "
                          "name of a file has; rename the photo.")
        texts = [one_line(unbytes(text.strip())) for text in row.texts]
        if not texts:                                                  # a list without anything in it
            continue
        if not allow_empty and not all(texts):
            raise Problem(f"{path}, {row.where}: the caption of {row.file[:200]} is empty; write a sentence, or delete "
                          f"{'the line' if row.where.startswith('line') else 'the photo'}.")
        for text in texts:
            if len(text) > LONG or not LINE.test(text):
                raise Problem(f"{path}, {row.where}: the caption of {row.file[:200]} {odd(text)}.")
        yield row, texts


def odd(text: str) -> str:
    """What is wrong with a caption that is too long, or holds letters that no file can hold, and how to mend it."""
    return (f"has {len(text):,} letters; put back the line breaks that were lost, one caption a line" if len(text) > LONG else
            "holds half a character or a control character; write it anew")


def _each(photos: list) -> str:
    counts = [len(photo.texts) for photo in photos]
    few, many = min(counts), max(counts)
    return f"{few} caption{'s' * (few != 1)} a photo" if few == many else f"{few} to {many} captions a photo"


def read_lines(path, allow_empty: bool = False) -> list:
    """The captions of a file with one caption a line: T strings.  Empty lines at the end are none.

    Lines end with a line feed and nothing else: Python's splitlines would also cut at characters
    that captions may hold, and every later caption would belong to the wrong image.
    A caption spelled b'...' by a Python 3 port of the official loaders is read as the text it stands for.
    """
    path = Path(path)
    texts = [unbytes(line.strip()) for line in utf8_lines(path, allow_empty)]
    for number, text in enumerate(texts, 1):
        if not text and not allow_empty:
            raise Problem(f"{path}, line {number}: the caption is empty; write a sentence there "
                          "(deleting the line would shift every caption after it); in Python, allow_empty=True reads it too.")
        if len(text) > LONG:
            raise Problem(f"{path}, line {number}: the caption {odd(text)}.")
    return texts


def one_line(text: str) -> str:
    """A caption without line breaks and doubled spaces."""
    return " ".join(text.split())


def unbytes(text: str) -> str:
    """b'a caf\\xc3\\xa9' -> a café; any other text is returned as it is."""
    if text[:2] in ("b'", 'b"') and len(text) <= LONG and _REPR.fullmatch(text.rstrip()):
        try:
            return ast.literal_eval(text.rstrip()).decode("utf-8")
        except (SyntaxError, ValueError):
            return text
    return text


def mend(path) -> int:
    """Rewrite a captions file whose lines are spelled b'...' as plain text; how many lines were changed."""
    path = Path(path)
    old = utf8_lines(path)
    new = [unbytes(line) for line in old]
    write_text(path, "".join(line + "\n" for line in new))
    return sum(a != b for a, b in zip(old, new))


def utf8_lines(path: Path, keep_empty: bool = False) -> list:
    """Lines of a text file; empty ones at its end are left out, or, with `keep_empty`, the very last one only."""
    lines = split_lines(_text(Path(path)))
    if not lines[-1].strip():
        lines.pop()
    while lines and not keep_empty and not lines[-1].strip():
        lines.pop()
    return lines
