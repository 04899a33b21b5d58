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


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode[0] in "IF":                                   # 16 and 32 bits: convert() would clip instead of scaling
        values = np.asarray(photo, np.float64)
        top = 255 if values.max() <= 255 else 65535 if values.max() <= 65535 else values.max()
        return Image.fromarray((values.clip(0) * (255 / top)).astype(np.uint8)).convert("RGB")
    if "transparency" in photo.info or photo.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        photo = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", photo.size, "white"), photo).convert("RGB")
    return photo.convert("RGB")
