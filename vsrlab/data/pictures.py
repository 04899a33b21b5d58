"""A photo file becomes an RGB picture, whatever it was saved as: upright, or as it is stored where its boxes were found so."""
import functools
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from vsrlab.data.names import Names, inside
from vsrlab.errors import Missing, Problem, unknown

LARGEST = 89_478_485                    # pixels of a photo, a quarter of a gigabyte as RGB; Pillow warns from there on
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "MPO", "PPM", "JPEG2000", "AVIF")      # none that runs other programs
_TURN = 0x0112                          # the camera's note: 1 is upright, 5 to 8 lies on its side, 2 to 4 is turned over
_ENOUGH = 400                           # other photos asked where one cannot tell how its boxes were found
FRAMES = ("upright", "stored")
_SMALLER = "make it smaller, or take it out of the captions file."


class Header(NamedTuple):
    """What a photo file says of itself before its pixels are read."""
    size: tuple            # width and height as stored, pixels
    turn: int              # 1 to 8, as EXIF counts

    @property
    def upright(self) -> tuple:
        """Width and height when it is turned as its camera noted."""
        return self.size[::-1] if self.turn > 4 else self.size


def open_photo(path, stored: bool = False) -> Image.Image:
    """The photo as RGB, turned as its camera noted, or as it is stored; 16-bit, CMYK, palette and transparent photos included.

    path  of a file, or an open file of bytes
    """
    with _opened(path) as file:
        _small_enough(file, path)
        try:
            return _rgb(file if stored or _turn(file) == 1 else ImageOps.exif_transpose(file))
        except Exception as error:                                 # decoders of broken files raise whatever comes to them
            raise _unread(path, error) from None


def header(path) -> Header:
    """Size and turn of a photo; its pixels are not read."""
    with _opened(path) as file:
        return Header(file.size, _turn(file))


def frame_of(photo: Header, size) -> str:
    """"upright" or "stored": the picture of which `size` (width, height) speaks; "" where both have that size, or neither has."""
    if photo.turn == 1:
        return "upright"
    if size is None or photo.turn < 5 or min(*size, *photo.size) < 1:
        return ""
    near = lambda one: abs(size[0] * one[1] / (size[1] * one[0]) - 1) < 0.03
    fits = [name for name, one in zip(FRAMES, (photo.upright, photo.size)) if near(one)]
    return fits[0] if len(fits) == 1 else ""


class PhotoOf:
    """row -> the photo, opened when it is asked for."""

    def __init__(self, folder, ids: list, listed: str = "", sizes=None, frame: str | None = None):
        """ids: the name of each row's photo, with its suffix or without; listed: the file to write where there are only numbers.

        sizes: (I, 2) width and height of the picture in which each photo's boxes were found; frame: "upright" or "stored" for
        all of them, None to tell it from the sizes.
        """
        if frame not in (None, *FRAMES):
            raise unknown("frame of boxes", frame, FRAMES)
        self.folder, self.ids, self.listed, self.sizes, self.frame = Path(folder), ids, listed, sizes, frame
        self._names, self._told = Names(folder), False

    def path(self, row: int) -> Path:
        """Where the photo lies, or would lie: always below the folder."""
        place, _ = self._names.find(self.ids[row])
        return self.folder / (place or inside(self.ids[row]) or inside(Path(self.ids[row]).name) or f"row {row}")

    def differs(self, row: int) -> str:
        """How the photo's name differs from its id: "case", "suffix", ...; "" where it does not."""
        return self._names.find(self.ids[row])[1]

    def __call__(self, row: int):
        path = self.path(row)
        if not path.is_file():
            raise Missing(f"no photo {path} for image row {row}; {self.remedy}.")
        return open_photo(path, self.frame_at(row, path) == "stored")

    def frame_at(self, row: int, path: Path) -> str:
        """How the photo of a row has to be shown for its boxes to lie right; what cannot be told is asked once."""
        if self.frame:
            return self.frame
        photo = header(path)
        frame = self.told(row, photo) or self._others
        if not frame and not self._told:
            self._told = True
            warnings.warn(f"{path} is turned by its camera's note, and it cannot be told whether its boxes were found in the "
                          "stored or in the upright picture; it is shown upright.  Say which: precomputed(..., frame='stored') or "
                          "'upright', or \"frame\" in features.json.", stacklevel=3)
        return frame or "upright"

    def told(self, row: int, photo: Header) -> str:
        """`frame_of` a row by its own size."""
        return frame_of(photo, None if self.sizes is None else [int(n) for n in self.sizes[row]])

    @functools.cached_property
    def _others(self) -> str:
        """The frame of the folder's other photos, where those that can tell it agree; "" where none can."""
        found = set()
        for row in range(0, len(self.ids), max(1, len(self.ids) // _ENOUGH)):
            try:
                photo = header(self.path(row))
            except Problem:
                continue
            found |= {self.told(row, photo)} if photo.turn > 4 else set()
        found.discard("")
        return found.pop() if len(found) == 1 else ""

    @property
    def remedy(self) -> str:
        """What to do about a photo that is not there."""
        if self.listed:
            return f"write the names of the photos into {self.listed}, one a line, in the order of the features"
        return 'put the photos there, or name their folder: "photos" in features.json, or precomputed(folder, split, photos=...)'


@functools.cache
def _formats() -> list:
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _opened(path) -> Image.Image:
    path = path if hasattr(path, "read") else Path(path)
    if isinstance(path, Path) and not path.is_file():
        raise Missing(f"no photo {path}; put it there, or name the folder that holds the photos.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)        # `_small_enough` has a sentence for it
            return Image.open(path, formats=_formats())
    except Image.DecompressionBombError:
        raise Problem(f"{path} has more than {2 * LARGEST:,} pixels, and {LARGEST:,} are the limit; {_SMALLER}") from None
    except Exception as error:                                     # as above
        raise _unread(path, error) from None


def _small_enough(file: Image.Image, path):
    width, height = file.size
    if width * height > LARGEST:
        raise Problem(f"{path} has {width:,} x {height:,} pixels, and {LARGEST:,} are the limit; {_SMALLER}")


def _unread(path, error) -> Problem:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Problem(f"{path} cannot be read as a photo ({' '.join(said.split())[:200]}); copy it again, or take it out of the "
                   "captions file.")


def _turn(file: Image.Image) -> int:
    """The camera's note; 1 where there is none, or it is broken."""
    try:
        turn = file.getexif().get(_TURN, 1)
    except Exception:                                              # a broken note is none
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode[0] in "IF":                                      # 16 and 32 bits: convert() would clip instead of scaling
        return _deep(np.asarray(photo)).convert("RGB")
    if "transparency" in photo.info or photo.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        photo = photo.convert("RGBA")
        white = Image.new("RGB", photo.size, "white")
        white.paste(photo, mask=photo.getchannel("A"))
        return white
    return photo.convert("RGB")


def _deep(values: np.ndarray) -> Image.Image:
    """Values of 16 or 32 bits as 8 bits, from black at 0 to white at the largest that their kind has."""
    most = float(np.nan_to_num(values.max(initial=0), posinf=0))
    top = 255 if most <= 255 else 65535 if most <= 65535 else most
    grey = np.empty(values.shape, np.uint8)
    for row in range(0, len(values), 64):                          # a few lines at a time, for they grow eightfold
        block = np.nan_to_num(values[row:row + 64].astype(np.float64), posinf=top)
        grey[row:row + 64] = (block.clip(0, top) * (255 / top)).astype(np.uint8)
    return Image.fromarray(grey)
