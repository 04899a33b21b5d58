"""Which column of a table is the photo, which are its captions, which names the split: by their names, and by what they hold."""
import re
from collections.abc import Callable
from typing import NamedTuple

from vsrlab.data.captions.cells import END, photo_name, words
from vsrlab.errors import Problem, unknown

_PHOTO = re.compile(rf"{END}(?:\?\S*)?$", re.IGNORECASE)
# The names that public tables use, the surest first, without spaces, dashes and underscores.
PHOTO = """filename file filepath imagefile imagefilename imagename imagepath imgpath imgfile imgname photofile photoname photopath
           path image images img imgs photo photos picture pictures key imageurl url urls imageid imgid photoid name id""".split()
TEXT = """caption captions captiontext captionstr sentence sentences raw text texts comment comments description descriptions
          title titles alttext alt""".split()
SPLIT = ("split", "set", "subset", "partition")
SPLITS = ("train", "val", "valid", "validation", "dev", "test", "restval", "trainval", "testall")
_FAMILY = re.compile(r"(caption|captions|captiontext|sentence|text|comment|description)\d+")


class Asked(NamedTuple):
    """Columns that a person named: by name, or by number from 1; captions may stand in several, with commas between them."""
    photo: str | None = None
    caption: str | None = None


class Columns(NamedTuple):
    """Places of the columns that are read."""
    photo: int
    texts: list            # of one column, or of several that hold a caption each
    split: int | None
    number: int | None     # the data set's own number of a photo
    names: list            # of all columns; [] where no row names them

    def __str__(self) -> str:
        said = f"photo = {self.name(self.photo)}, caption = {' and '.join(map(self.name, self.texts))}"
        return said + (f", split = {self.name(self.split)}" if self.split is not None else "")

    def name(self, place: int) -> str:
        """The column as a person would name it."""
        return str(self.names[place]).strip() or f"column {place + 1}" if self.names else f"column {place + 1}"


def squashed(name) -> str:
    """"Image_Name " -> "imagename": how names of columns are compared."""
    return "".join(c for c in str(name).lower() if c.isalnum())


def known(cells: list) -> int:
    """How many of photo and caption a row of names names."""
    names = list(map(squashed, cells))
    return any(n in PHOTO for n in names) + any(n in TEXT or _FAMILY.fullmatch(n) is not None for n in names)


class Tell:
    """Tells the cells that name a photo: those with a photo's ending, and, where the folder is known, those that lie in it."""

    def __init__(self, there: Callable | None = None):
        self._there, self._seen = there, {}

    def __call__(self, cell) -> bool:
        name = photo_name(cell)
        return bool(_PHOTO.search(name)) and len(name.split()) < 8 or self.there(cell)

    def there(self, cell) -> bool:
        """Whether the cell names a photo of the folder."""
        name = photo_name(cell)
        if self._there is None or not 0 < len(name) < 300:
            return False
        if name not in self._seen:
            self._seen[name] = self._there(name)
        return self._seen[name]


def understood(names: list, rows: list, tell: Tell, asked: Asked, path) -> Columns:
    """The columns of a table with names, from some of its rows."""
    of = [_Column(name, [row[place] for row in rows if place < len(row)], tell) for place, name in enumerate(names)]
    photo = _asked(asked.photo, names, path)[0] if asked.photo else _photo(of)
    if photo is None:
        raise _unsure(path, "names the photo", names)
    texts = _asked(asked.caption, names, path) if asked.caption else _texts(of, photo)
    if not texts or photo in texts:
        raise _unsure(path, "is the caption", names)
    split = next((n for n, c in enumerate(of) if c.name in SPLIT and n not in (photo, *texts) and c.words < 1.5), None)
    number = next((n for n, c in enumerate(of) if c.name == "cocoid" and n != photo), None)
    return Columns(photo, texts, split, number, names)


class _Column:
    """What can be told of a column by its name and some of its cells."""

    def __init__(self, name, cells: list, tell: Tell):
        self.name = squashed(name)
        cells = [c for c in cells if c is not None and c != ""]
        part = lambda test: sum(map(test, cells)) / max(1, len(cells))
        self.there, self.like = part(tell.there), part(tell)
        self.number = part(lambda c: isinstance(c, int | float) or isinstance(c, str) and _number(c))
        self.words = part(words)
        self.splits = bool(cells) and all(isinstance(c, str) and c.strip().lower() in SPLITS for c in cells)
        self.text = self.words >= 1.5 and self.like < 0.5 and self.number < 0.5


def _number(text: str) -> bool:
    return re.fullmatch(r"\s*[-+]?\d+(\.\d+)?\s*|\[[\d\s,]*\]", text) is not None


def _photo(of: list) -> int | None:
    """The column of the photo: a known name whose cells are photos, then any whose cells are, then a known name."""
    named = [place for _, place in sorted((PHOTO.index(c.name), place) for place, c in enumerate(of) if c.name in PHOTO)]
    for kind in ("there", "like"):
        for places in (named, range(len(of))):
            best = max(places, key=lambda place, kind=kind: round(getattr(of[place], kind), 1), default=None)
            if best is not None and getattr(of[best], kind) >= 0.5 and (places is named or of[best].name not in TEXT):
                return best
    plain = [place for place in range(len(of)) if of[place].words <= 1.1] if len(of) == 2 else []
    return next((place for place in named if of[place].words < 3), plain[0] if len(plain) == 1 else None)


def _texts(of: list, photo: int) -> list:
    """The columns of the captions: of the surest known name, or several with numbers, or the only one that holds sentences."""
    left = [place for place in range(len(of)) if place != photo]
    family = [place for place in left if _FAMILY.fullmatch(of[place].name)]
    named = sorted((TEXT.index(of[place].name), place) for place in left if of[place].name in TEXT)
    good = [place for _, place in named if of[place].number < 0.5 and of[place].like < 0.5] or [place for _, place in named]
    if family and len(family) > 1 or not good:
        more = [place for place in good[:1] if re.match(of[place].name, of[family[0]].name)] if family else []
        if family:
            return more + family
    if good:
        return good[:1]
    left = [place for place in left if not of[place].splits and of[place].name not in (*PHOTO, *SPLIT)]
    told = [place for place in left if of[place].text]
    left = [place for place in left if of[place].number < 0.5]
    return told if len(told) == 1 else left if not told and len(left) == 1 else []


def _asked(said: str, names: list, path) -> list:
    """Places of columns that a person named, by name or by number from 1."""
    squash = list(map(squashed, names))
    places = []
    for one in str(said).split(","):
        if squashed(one) in squash and squashed(one):
            places.append(squash.index(squashed(one)))
        elif one.strip().isdecimal() and 0 < int(one.strip()[:9]) <= len(names):
            places.append(int(one) - 1)
        else:
            raise unknown(f"column in {path}", one.strip(), [str(name).strip()[:60] or n for n, name in enumerate(names[:20], 1)])
    return places


def _unsure(path, what: str, names: list) -> Problem:
    named = ", ".join(str(name).strip()[:60] or str(n) for n, name in enumerate(names[:20], 1))
    return Problem(f"{path}: it is not sure which column {what}, of {named}; name both: photo_column=, caption_column= "
                   "(--photo-column, --caption-column), each by its name or by its number.")
