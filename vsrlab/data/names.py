"""Names of photos: a name in a captions file finds its file in a folder, also where case, letters or suffix differ."""
import os
import unicodedata
from pathlib import Path
from urllib.parse import unquote

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_MOST = 5_000_000                      # files of a folder that are looked at


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _stem(name: str) -> str:
    """The name without the suffix of a photo."""
    end = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[:len(name) - len(end)]


# How a name may differ from the file's, in the order in which it is tried: what is said of it, and what makes both alike.
_LAX = (("in another folder", lambda name: name), ("case", str.casefold), ("Unicode form", _nfc),
        ("case and Unicode form", lambda name: _nfc(_nfc(name).casefold())),
        ("suffix", lambda name: _stem(_nfc(_nfc(name).casefold()))))


def inside(name: str) -> str:
    """A name as a path below a folder: "./a//b.jpg" -> "a/b.jpg"; "" where it leads out of it, or is none."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    outside = name.startswith("/") or ".." in parts or "\0" in name or (os.name == "nt" and ":" in name)
    return "" if outside else "/".join(parts)


def led_out(folder, places) -> list:
    """Those of some places (paths below a folder) that a link takes out of it."""
    root, holds, found = os.path.realpath(folder), {}, []
    for place in places:
        path = os.path.join(folder, place)
        above = os.path.dirname(path)
        if above not in holds:
            holds[above] = Path(os.path.realpath(above)).is_relative_to(root)
        if not holds[above] or os.path.islink(path) and not Path(os.path.realpath(path)).is_relative_to(root):
            found.append(place)
    return found


class Names:
    """The files of a folder, found by name.

    Tried in this order, each only where exactly one file fits: the name as it is, below the folder; case; Unicode form (an é of one
    or of two letters); back slashes; what follows a "?" in an address; a suffix that is missing or another one.  At each step
    first with its folders, then without them.  A name that leads out of the folder finds only a file of the same name in it.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self._files, self._tables = None, {}

    def find(self, name: str) -> tuple:
        """(path below the folder, how its name differs: "" where it does not).

        (None, "") where there is none; (None, "may be ... or ...") where there are several.
        """
        name, several = name.strip(), ""
        for spelled, how in self._spellings(name):
            if (place := inside(spelled)) and self._is_file(place):
                return place, how
            if (last := spelled.rsplit("/", 1)[-1]) and inside(last) and self._is_file(last):
                return last, how
        for spelled, how in self._spellings(name):
            for lax, alike in _LAX:
                for part in dict.fromkeys((inside(spelled), inside(spelled.rsplit("/", 1)[-1]))):
                    table = self._table(lax, alike, "/" in part) if part else {}
                    found = table.get(_LAX[-2][1](part)) if lax == "suffix" else None      # a.png finds a.png.jpg before a.jpg
                    found = found or table.get(alike(part), ())
                    if len(found) == 1:
                        return found[0], how or lax
                    if found and not several:
                        several = f"may be {found[0]} or {found[1]}"
        return None, several

    @staticmethod
    def _spellings(name: str):
        """(another spelling, what differs) of a name that was written on Windows, or in an address."""
        yield name, ""
        if "\\" in name:
            name = name.replace("\\", "/")
            yield name, "back slashes"
        if "?" in name:
            yield name.split("?")[0], "what follows the ?"
        if "%" in name:
            yield unquote(name.split("?")[0]), "%-signs"

    def _is_file(self, place: str) -> bool:
        try:
            return (self.folder / place).is_file()
        except (OSError, ValueError):                              # a name that is too long, or holds a NUL
            return False

    def files(self) -> list:
        """Paths of all files below the folder, with "/" between their parts, hidden ones left out; read once."""
        if self._files is None:
            self._files = []
            for place, folders, files in os.walk(self.folder):
                folders[:] = sorted(f for f in folders if not f.startswith("."))
                below = os.path.relpath(place, self.folder).replace(os.sep, "/")
                self._files += [file if below == "." else f"{below}/{file}" for file in sorted(files) if not file.startswith(".")]
                if len(self._files) > _MOST:
                    break
        return self._files

    def _table(self, lax: str, alike, whole: bool) -> dict:
        """{what names become: files}, of whole paths or of last parts."""
        if (lax, whole) not in self._tables:
            table = self._tables[lax, whole] = {}
            for file in self.files():
                name = file if whole else file.rsplit("/", 1)[-1]
                if lax != "suffix" or _stem(name) != name:
                    table.setdefault(alike(name), []).append(file)
        return self._tables[lax, whole]
