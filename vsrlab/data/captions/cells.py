"""One cell of a table, or one value of a JSON object: the photo it names, the captions it holds."""
import ast
import json
import re
from typing import NamedTuple

from vsrlab.data.names import SUFFIXES

END = "(?:" + "|".join(re.escape(suffix) for suffix in SUFFIXES) + ")"
_TOKEN = re.compile(rf"(.+?{END})(?:#\w+)+", re.IGNORECASE)                      # Flickr's name.jpg#0
_URL = re.compile(r"https?://[^/\s]+/(\S*)", re.IGNORECASE)
_STRING = re.compile(r"""b?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL)
_KEYS = ("raw", "caption", "text", "sentence", "comment", "description", "title", "value")
_LONG = 1 << 20                          # letters of a list in a cell


class CaptionRow(NamedTuple):
    """What one line of a file says of a photo."""
    where: str             # "line 3", "photo 7"
    file: str
    split: str
    texts: list            # strings, as they stand there
    number: str = ""       # the data set's own number of the photo


def photo_name(cell) -> str:
    """The photo that a cell names: without spaces around it, the number of a token file, or the address of a web page before it."""
    if isinstance(cell, dict):                                                   # a picture of the Hugging Face library
        cell = next((cell[key] for key in ("path", "file_name", "filename") if isinstance(cell.get(key), str)), "")
    name = str(cell).strip() if isinstance(cell, str) or type(cell) is int and abs(cell) < 2 ** 63 else ""
    if "#" in name and (match := _TOKEN.fullmatch(name)):
        return match[1]
    if "://" in name and (match := _URL.fullmatch(name)):
        return match[1].split("#")[0].split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return name


def texts_of(cell) -> list | None:
    """The captions of a cell: one, or several where it holds a list; None where it holds something else."""
    if cell is None:
        return [""]
    if isinstance(cell, str):
        listed = _listed(cell) if cell.lstrip()[:1] == "[" and cell.rstrip()[-1:] == "]" else None
        return [cell] if listed is None else texts_of(listed)
    if isinstance(cell, dict):                                                   # a sentence of Karpathy's, an answer of a dialogue
        if isinstance(cell.get("tokens"), list) and not isinstance(cell.get("raw"), str):
            cell = {"raw": " ".join(map(str, cell["tokens"]))}
        return next(([cell[key]] for key in _KEYS if isinstance(cell.get(key), str)), None)
    if isinstance(cell, list | tuple):
        found = [_one(item) for item in cell]
        return None if None in found else found
    return None


def _one(item) -> str | None:
    """The only caption of an item of a list."""
    texts = [item] if isinstance(item, str) else texts_of(item) if isinstance(item, dict) else None
    return texts[0] if texts else None


def _listed(text: str) -> list | None:
    """The list that a cell spells, in JSON or as Python and numpy print it; None where it spells none."""
    if len(text) > _LONG:
        return None
    if not _STRING.sub("", text).strip(" \t\r\n[],"):                            # strings between brackets and nothing else
        try:
            found = json.loads(text)
            if all(isinstance(item, str) for item in found):
                return found
        except (ValueError, RecursionError):
            pass
        try:
            found = [ast.literal_eval(spelled) for spelled in _STRING.findall(text)]
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
        return [item.decode("utf-8", "replace") if isinstance(item, bytes) else item for item in found]
    for parse in (json.loads, ast.literal_eval):                                 # lists of dictionaries
        try:
            found = parse(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            continue
        if isinstance(found, list) and found and all(isinstance(item, dict) for item in found):
            return found
    return None


def words(cell) -> int:
    """Words of a cell; a letter of Chinese and Japanese counts as one, a list as two."""
    if isinstance(cell, list | dict):
        return 2
    return len(cell.split()) + sum("\u3040" <= c <= "\u9fff" for c in cell[:9]) if isinstance(cell, str) else 0
