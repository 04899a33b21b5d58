"""A photo file becomes an upright RGB picture, whatever it was saved as."""
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vsrlab.errors import Missing, Problem


def open_photo(path) -> Image.Image:
    """The photo as RGB, turned as its camera noted; 16-bit, CMYK, palette and transparent photos included."""
    path = Path(path)
    if not path.is_file():
        raise Missing(f"no photo {path}; put it there, or name the folder that holds the photos.")
    try:
        with Image.open(path) as file:
            return _rgb(ImageOps.exif_transpose(file))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Problem(f"{path} cannot be read as a photo ({error}); copy it again, or take it out of the captions file.") from None


class PhotoOf:
    """row -> the photo, opened when it is asked for."""

    def __init__(self, folder, ids: list, listed: str = ""):
        """ids: the name of each row's photo, with its suffix or without; listed: the file to write where there are only numbers."""
        self.folder, self.ids, self.listed = Path(folder), ids, listed

    def path(self, row: int) -> Path:
        """The file of a photo row."""
        name = self.ids[row]
        tried = [self.folder / f"{name}{end}" for end in ("", ".jpg", ".jpeg", ".png")]
        return next((p for p in tried if p.is_file()), tried[0])

    def __call__(self, row: int):
        path = self.path(row)
        if not path.is_file():
            raise Missing(f"no photo {path} for image row {row}; {self.remedy}.")
        return open_photo(path)

    @property
    def remedy(self) -> str:
        """What to do about a photo that is not there."""
        if self.listed:
            return f"write the names of the photos into {self.listed}, one a line, in the order of the features"
        return 'put the photos there, or name their folder: "photos" in features.json, or precomputed(folder, split, photos=...)'


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode[0] in "IF":                                   # 16 and 32 bits: convert() would clip instead of scaling
        values = np.asarray(photo, np.float64)
        top = 255 if values.max() <= 255 else 65535 if values.max() <= 65535 else values.max()
        return Image.fromarray((values.clip(0) * (255 / top)).astype(np.uint8)).convert("RGB")
    if "transparency" in photo.info or photo.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        photo = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", photo.size, "white"), photo).convert("RGB")
    return photo.convert("RGB")
