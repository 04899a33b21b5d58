"""The texts of somebody's scores, and whose they are: from lists, tables, JSON, parquet or a .tar."""
import csv
import io
import tarfile
from pathlib import Path, PurePosixPath
from typing import Callable, NamedTuple

import numpy as np

from vsrlab.data.captions import one_line, read_captions, read_lines, read_rows, utf8_lines
from vsrlab.data.pictures import open_photo
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import parse_json, short

COLUMNS = {"image": ("image", "image_id", "file", "filename", "file_name", "photo", "key"),
           "caption": ("caption", "text", "sentence", "raw"), "caption_id": ("caption_id", "text_id"), "split": ("split", "set")}
PHOTOS = ("jpg", "jpeg", "png", "webp")
LARGEST = 10_000_000           # bytes of a text inside a .tar


class Told(NamedTuple):
    """What a list or a file says of T texts."""
    texts: list                # T strings
    images: list = []          # T names of the images they belong to; [] where nothing says so
    text_ids: list = []        # T strings; [] where there are none
    also: list = []            # T other names of the images, such as COCO's numbers
    photo: Callable | None = None      # name of an image -> PIL.Image, where the photos came along


def texts_and_owners(source, split: str = "") -> Told:
    """T texts in the order of their columns or rows of scores.

    source  T strings; a DataFrame or a file with columns image, caption[, caption_id][, split] (.csv .tsv .jsonl .parquet, or
            another captions file that `read_captions` knows); Karpathy's .json; a WebDataset .tar; or a caption a line (*_caps.txt)
    split   of a file with splits
    """
    if isinstance(source, (str, Path)):
        path = Path(source)
        if not path.is_file():
            raise Missing(f"there is no captions file {path}; give the texts as a list, or the file that pairs them with images.")
        told = READERS.get(path.suffix.lower(), _lines_or_table)(path, split)
    elif hasattr(source, "columns"):
        told = _table(source.to_dict("records"), "the table", split)
    elif not hasattr(source, "__iter__"):
        raise Problem(f"the texts are {short(source)}; give a list of sentences, or the file that pairs them with images.")
    else:
        told = Told(list(source))
    for row, text in enumerate(told.texts):
        if not isinstance(text, str) or not text.strip():
            raise Problem(f"text {row} is {text!r}; give a sentence, or leave it out together with its scores.")
    if not told.texts:
        raise Problem("there are no texts; give T strings, one for each column of scores.")
    return told


def owners(told: Told, image_of_text, image_ids) -> tuple:
    """((T,) rows of images or None where nobody says, ids of the images or []).

    image_of_text  rows of images, or ids of images; None: as the texts' file says
    image_ids      of the rows of scores; None: the images of the file in its order
    """
    ids = [] if image_ids is None else [str(name) for name in image_ids]
    if len(set(ids)) < len(ids):
        twice = next(name for n, name in enumerate(ids) if name in ids[:n])
        raise Problem(f"the image id {twice!r} is given twice; give each row of scores an id of its own.")
    if image_of_text is None and not told.images:
        return None, ids
    named = told.images if image_of_text is None else np.asarray(image_of_text).tolist()
    if not isinstance(named, list) or len(named) != len(told.texts):
        raise Problem(f"image_of_text has {np.size(named)} entries for {len(told.texts)} texts; give one image for each text.")
    if not isinstance(named[0], str):
        return _rows(named, ids), ids
    ids = ids or list(dict.fromkeys(named))
    for names in (named, told.also):
        for spelled in (str, lambda name: PurePosixPath(name).name, lambda name: PurePosixPath(name).stem):
            row = {spelled(name): n for n, name in enumerate(ids)}
            if len(row) == len(ids) and names and all(spelled(name) in row for name in names):
                return np.array([row[spelled(name)] for name in names], np.int64), ids
    lost = list(dict.fromkeys(name for name in named if name not in ids))
    raise Problem(f"{len(lost)} of the images that the texts name are not among the image ids: {', '.join(lost[:3])}, ...; ids are "
                  f"{', '.join(ids[:3])}, ...; give image_ids= in the order of the rows of scores.")


def _rows(named: list, ids: list) -> np.ndarray:
    rows = np.asarray(named)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or rows.min() < 0 or ids and rows.max() >= len(ids):
        most = f", 0 to {len(ids) - 1}" if ids else ""
        raise Problem(f"image_of_text holds {rows.dtype} from {rows.min()} to {rows.max()}; give the row of an image for each "
                      f"text{most}.")
    return rows.astype(np.int64)


def _json(path, split):
    photos = read_captions(path, split or None)
    splits = sorted({p.split for p in photos})
    if len(splits) > 1:
        raise Problem(f"{path} has the splits {', '.join(splits)}; say which one was scored: split={splits[0]!r}.")
    rows = [(p.file, text, f"{p.file}#{n}", p.id) for p in photos for n, text in enumerate(p.texts)]
    images, texts, ids, numbers = map(list, zip(*rows))
    return Told(texts, images, ids, numbers)


def _lines_or_table(path, split):
    """One caption a line, or a table or lines of JSON; the name or the first line says which."""
    first = next((line for line in utf8_lines(path) if line.strip()), "")
    if path.name.endswith("_caps.txt") or path.suffix.lower() == ".txt" and not any(mark in first for mark in "|\t,;"):
        return Told(read_lines(path))
    if first.lstrip().startswith("{") and any(f'"{name}"' in first for name in COLUMNS["caption_id"]):
        return _table([parse_json(line, path, "lines of JSON", {}) for line in utf8_lines(path)], str(path), split)
    mark = next((m for m in "|\t;," if m in first), ",")
    if any(name.strip().strip('"').lower() in COLUMNS["caption_id"] for name in first.split(mark)):
        return _table(_cells(path, mark), str(path), split)
    rows = read_rows(path)                                 # by line, for so the scores were written
    return _table([{"image": file, "caption": text, "split": name} for file, name, text in rows], str(path), split)


def _cells(path, mark) -> list:
    """Rows {column: text} of a table with a header; what is too much for a row belongs to its last column, as a comma in a text."""
    quoting = csv.QUOTE_MINIMAL if mark == "," else csv.QUOTE_NONE
    reader = csv.DictReader(io.StringIO("\n".join(utf8_lines(path))), delimiter=mark, quoting=quoting)
    rows, last = [], reader.fieldnames[-1]
    try:
        for row in reader:
            more = row.pop(None, [])
            rows.append(row | {last: mark.join([row[last] or "", *more])})
    except csv.Error as error:
        raise Problem(f"{path}, line {reader.line_num}: {error}; mend that line.") from None
    return rows


def _parquet(path, split):
    import pandas
    try:
        return _table(pandas.read_parquet(path).to_dict("records"), str(path), split)
    except ImportError:
        raise Problem(f"{path} needs pyarrow to be read: pip install pyarrow, or write the table as CSV.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, Problem):
            raise
        raise Problem(f"{path} is no parquet file; write or copy it again.") from None


def _table(rows: list, said: str, split: str) -> Told:
    """Rows {column: value} of one split as texts with their images."""
    if not rows:
        raise Problem(f"{said} holds no row; expected columns image and caption.")
    names = {str(name).strip().lower(): name for name in rows[0]}
    at = {what: names[next(k for k in known if k in names)] for what, known in COLUMNS.items() if any(k in names for k in known)}
    if "image" not in at or "caption" not in at:
        raise Problem(f"{said} has the columns {', '.join(map(str, rows[0]))}; one has to be called image, and one caption.")
    column = lambda what: [_cell(row.get(at[what])) for row in rows]
    if split and "split" in at:
        rows = [row for row, name in zip(rows, column("split")) if name in (split, "")]
    if not rows:
        raise Problem(f"{said} has no row of the split {split!r}; leave split out, or write the name that is in the file.")
    images = column("image")
    if "" in images:
        raise Problem(f"{said}: row {images.index('')} names no image; write one, or take the row out together with its scores.")
    return Told(column("caption"), images, column("caption_id") if "caption_id" in at else [])


def _cell(value) -> str:
    """A cell of a table as text; "" for one that is empty, which pandas spells NaN."""
    return "" if value is None or value != value else one_line(str(value))


def _tar(path, split):
    """A WebDataset shard: KEY.txt or KEY.json beside KEY.jpg; read where it is, nothing is extracted."""
    texts, images, photos = [], [], {}
    try:
        with tarfile.open(path, "r:") as shard:
            for member in shard:
                place = PurePosixPath(member.name)
                if place.is_absolute() or ".." in place.parts:
                    raise Problem(f"{path} has a member {member.name!r}, which points out of the archive; it is not read further.")
                key, _, kind = place.name.partition(".")
                if member.isfile() and kind in ("txt", "json"):
                    if member.size > LARGEST:
                        raise Problem(f"{path}: {member.name} has {member.size:,} bytes, too many for a caption.")
                    found = _captions(shard.extractfile(member).read(), kind, f"{path}: {member.name}")
                    texts, images = texts + found, images + [str(place.with_name(key))] * len(found)
                elif member.isfile() and kind in PHOTOS:
                    photos[str(place.with_name(key))] = member.name
    except (tarfile.TarError, EOFError, OSError):
        raise Problem(f"{path} is cut short or no .tar file; write or copy it again.") from None
    if not texts:
        raise Problem(f"{path} holds no caption; expected members KEY.txt, or KEY.json with a \"caption\".")
    return Told(texts, images, photo=(lambda name: _photo(path, photos[name])) if photos else None)


def _captions(content: bytes, kind: str, said: str) -> list:
    try:
        text = content.decode("utf-8")
        if kind == "txt":
            return [one_line(text)]
        told = parse_json(text, said, 'JSON with a "caption"', {})
        found = told.get("captions") or told.get("caption") or told["text"]
    except (UnicodeDecodeError, KeyError):
        raise Problem(f'{said} is no caption; expected UTF-8 text, or JSON with a "caption".') from None
    return [one_line(str(t)) for t in ([found] if isinstance(found, str) else found)]


def _photo(path, member):
    with tarfile.open(path, "r:") as shard:
        return open_photo(io.BytesIO(shard.extractfile(member).read()))


READERS = {".json": _json, ".parquet": _parquet, ".tar": _tar}
