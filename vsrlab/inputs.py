"""Files from elsewhere: bytes become text or JSON of the kind that is asked for, or one sentence about what they are instead."""
import json
import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass

from vsrlab.errors import Missing, Problem, path_of

LARGE = 1 << 30                                             # bytes of a text file that is read whole
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"), (b"\xff\xfe", "utf-16-le"),
         (b"\xfe\xff", "utf-16-be"))
_FOREIGN = (                                                # how files begin that are no text, and what to do about them
    (b"PK\x03\x04", "a zip archive, or a workbook of Excel; unpack it, or save the workbook as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "a workbook of old Excel; save it as CSV (UTF-8)"), (b"\x1f\x8b", "compressed; unpack it with: gunzip"),
    (b"BZh", "compressed; unpack it with: bunzip2"), (b"\xfd7zXZ", "compressed; unpack it with: unxz"),
    (b"PAR1", "a Parquet file; write it as a table: pandas.read_parquet(file).to_csv('captions.csv', index=False)"),
    (b"ARROW1", "an Arrow file; write it as a table, such as captions.csv"), (b"\x89HDF", "an HDF5 file; write it as text"),
    (b"\x93NUMPY", "an array of numpy; give the text file that belongs to it"), (b"SQLite format", "a database; write it as CSV"),
    *((bytes([128, protocol]), "a pickle; write it as JSON") for protocol in (2, 3, 4, 5)),
    (b"\xff\xd8\xff", "a photo (JPEG); give a text file"), (b"\x89PNG", "a picture (PNG); give a text file"),
    (b"%PDF", "a PDF; save its table as CSV (UTF-8)"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file; fetch the file with: git lfs pull"))


_ODD = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")       # control characters, ends of lines, halves of characters


@dataclass(frozen=True)
class Is:
    """A value that passes a test: a leaf of a shape (see `checked`)."""
    what: str
    test: Callable


def _plain(x) -> bool:
    """A text without line breaks, NUL and halves of characters: it can be a line of a file, and the name of one."""
    return isinstance(x, str) and _ODD.search(x) is None


ANY = Is("anything", lambda x: True)
LINE = Is("a text of one line", _plain)
COUNT = Is("a whole number of 0 or more", lambda x: isinstance(x, int) and not isinstance(x, bool) and 0 <= x < 2 ** 63)


def read_bytes(path, what: str, limit: int = LARGE) -> bytes:
    """The whole file.  `what` says what it should be, with the article: "a captions file"."""
    path = path_of(what, path)
    try:
        if path.is_dir():
            raise Problem(f"{path} is a folder; give {what}.")
        if not path.is_file():
            raise Missing(f"no file {path}; give {what}.")
        if path.stat().st_size > limit:
            raise Problem(f"{path} has {path.stat().st_size:,} bytes, more than {what} may have ({limit:,}); give a smaller file.")
        return path.read_bytes()
    except Problem:
        raise
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path, error: OSError) -> Problem:
    """What the system says of a file that it does not hand out."""
    repair = "check its permissions" if isinstance(error, PermissionError) else "mend that, or give another file"
    return Problem(f"{path} cannot be read ({error.strerror or error}); {repair}.")


def foreign(data: bytes) -> str:
    """What a file is that is no text, by how it begins, and what to do about it; "" for anything else."""
    for begin, what in _FOREIGN:
        if data.startswith(begin):
            return what
    if data[257:262] == b"ustar":
        return "a tar archive; unpack it with: tar xf"
    begin = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "a web page, not the file; download it anew" if begin.startswith((b"<!doctype html", b"<html")) else ""


def decode(data: bytes, path) -> str:
    """Text in UTF-8, or in UTF-16 or UTF-32 where its beginning shows that; a byte order mark is taken off."""
    if said := foreign(data):
        raise Problem(f"{path} is {said}.")
    mark, code = next(((mark, code) for mark, code in _BOMS if data.startswith(mark)), (b"", _wide(data) or "utf-8"))
    data = data[len(mark):]
    try:
        return data.decode(code)
    except UnicodeDecodeError as error:
        if code != "utf-8":
            raise Problem(f"{path} begins in {code[:6].upper()}, but byte {error.start + len(mark):,} is none; save it as "
                          "UTF-8.") from None
        line = data.count(b"\n", 0, error.start) + 1
        place = error.start - data.rfind(b"\n", 0, error.start) - 1
        name, code = _older(data)
        raise Problem(f"{path}, line {line}, byte {place}: not UTF-8; if the file is {name}, convert it with: "
                      f"iconv -f {code} -t utf-8 {path} > converted.txt") from None


def _wide(data: bytes) -> str:
    """"utf-16-le" or "utf-16-be" of text without a mark: every second byte of Latin letters is 0."""
    head = data[:4000]
    if len(head) < 4 or 3 * head.count(0) < len(head):
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _older(data: bytes) -> tuple:
    """(name, iconv's name) of the older encoding that bytes are most likely in."""
    runs = re.findall(rb"[\x80-\xff]+", data[:1 << 16])                 # Chinese stands in pairs of high bytes, umlauts alone
    if sum(len(run) for run in runs if len(run) > 1) > 0.8 * sum(map(len, runs)):
        return "Chinese in GBK", "gb18030"
    return ("Windows-1252", "cp1252") if any(128 <= c < 160 for c in data) else ("Latin-1", "latin1")


def read_text(path, what: str, limit: int = LARGE) -> str:
    """The text of a file of at most `limit` bytes, decoded as `read_bytes` tells; `what` names it in sentences."""
    return decode(read_bytes(path, what, limit), path)


def read_json(path, what: str, shape=ANY, limit: int = LARGE):
    """The JSON of a file, of the shape that `checked` explains."""
    return parse_json(read_text(path, what, limit), path, what, shape)


def parse_json(text: str, path, what: str, shape=ANY):
    """The JSON that a text spells; `path` names it in sentences."""
    try:
        return checked(json.loads(text), shape, path, what)
    except json.JSONDecodeError as error:
        ends = error.pos >= len(text.rstrip())
        repair = "copy it again from where it is whole" if ends else "mend that place"
        raise Problem(f"{path} is not JSON, or cut short: {'it ends' if ends else error.msg} at line {error.lineno}, column "
                      f"{error.colno}; {repair}, or give {what}.") from None
    except RecursionError:
        raise Problem(f"{path} nests lists or dictionaries deeper than {what} does; give {what}.") from None
    except MemoryError:
        raise Problem(f"{path} needs more memory than there is; give {what} that is smaller.") from None
    except Problem:
        raise
    except ValueError as error:                             # a whole number of thousands of digits
        raise Problem(f"{path} holds a number that cannot be read ({short(error)}); mend it, or give {what}.") from None


def checked(value, shape, path, what: str):
    """The value itself, or a Problem that names the first place in it which is not of the shape.

    A shape is a type; a tuple of shapes, of which one has to fit (None stands for null); [shape], a list of such values;
    {"key": shape, "other?": shape}, a dictionary that has the key, and may have the other one; {str: shape}, a dictionary of any
    keys; or an `Is`.
    """
    if misfit := _misfit(value, shape, ""):
        where, found, expected = misfit
        raise Problem(f"{path}: {where or 'all of it'} {found}, expected {expected}; mend that place, or give {what}.")
    return value


def _misfit(value, shape, where: str):
    """(place, what is there, what is expected) of the first value that does not fit, or None."""
    if isinstance(shape, tuple):
        return None if any(_misfit(value, one, where) is None for one in shape) else (where, f"is {short(value)}", _expected(shape))
    kind = shape.test if isinstance(shape, Is) else _KIND[type(shape) if isinstance(shape, list | dict) else shape]
    if not kind(value):
        return where, f"is {short(value)}", _expected(shape)
    if isinstance(shape, list):
        places = ((f"{where}[{n}]", item, shape[0]) for n, item in enumerate(value))
    elif isinstance(shape, dict) and str in shape:
        places = ((f"{where}[{short(key)}]", item, shape[str]) for key, item in value.items())
    elif isinstance(shape, dict):
        lacks = next((key for key in shape if not key.endswith("?") and key not in value), None)
        if lacks:
            return where, f'has no "{lacks}"', f'a dictionary with "{lacks}"'
        names = {key.removesuffix("?"): one for key, one in shape.items()}
        places = ((f"{where}.{name}".lstrip("."), value[name], one) for name, one in names.items() if name in value)
    else:
        return None
    return next(filter(None, (_misfit(item, one, place) for place, item, one in places)), None)


_KIND = {None: lambda x: x is None, bool: lambda x: isinstance(x, bool), str: lambda x: isinstance(x, str),
         int: lambda x: isinstance(x, int) and not isinstance(x, bool), list: lambda x: isinstance(x, list),
         float: lambda x: isinstance(x, int | float) and not isinstance(x, bool), dict: lambda x: isinstance(x, dict)}
_CALLED = {None: "null", bool: "true or false", str: "a text", int: "a whole number", list: "a list", float: "a number",
           dict: "a dictionary"}


def _expected(shape) -> str:
    if isinstance(shape, tuple):
        return " or ".join(map(_expected, shape))
    return shape.what if isinstance(shape, Is) else _CALLED[type(shape)] if isinstance(shape, list | dict) else _CALLED[shape]


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 70


def short(value, letters: int = 60) -> str:
    """A value in a sentence: one line, a few words, whatever it is."""
    try:
        said = str(value)[:1000] if isinstance(value, str | Exception) else _REPR.repr(value)
    except (RecursionError, ValueError):
        said = f"a {type(value).__name__}"
    said = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    said = said if len(said) <= letters else said[:letters] + " ..."
    return f'"{said}"' if isinstance(value, str) else said
