"""The photo of an image as a small JPEG, and its real boxes."""
import io
from typing import NamedTuple

import numpy as np

from vsrlab.errors import Problem

LONGEST, LARGEST = 480, 60_000       # pixels of the long side, bytes


class Photo(NamedTuple):
    """A photo that may be missing: then `jpeg` is None and `note` says why."""
    jpeg: bytes | None
    size: tuple | None               # width and height of the original, pixels
    note: str

    def pixels(self) -> np.ndarray | None:
        """(H, W, 3) uint8."""
        from PIL import Image
        return None if self.jpeg is None else np.asarray(Image.open(io.BytesIO(self.jpeg)).convert("RGB"))


def photo_of(corpus, row: int, longest: int = LONGEST) -> Photo:
    """The photo of an image row, at most `longest` pixels and 60 kB; a missing or broken file is a note, not an error."""
    size = None if corpus.sizes is None else tuple(int(n) for n in corpus.sizes[row])
    if corpus.photo is None:
        return Photo(None, size, f"{corpus.name} has features but no photos.")
    try:
        image = corpus.photo(row)
        size = size or image.size
        image = image.convert("RGB")
        image.thumbnail((longest, longest))
        return Photo(_jpeg(image), size, "")
    except (OSError, Problem, SyntaxError) as error:                 # PIL calls some broken files a SyntaxError
        return Photo(None, size, f"the photo of {corpus.ids[row]} cannot be shown: {str(error).rstrip('.')}.")


def _jpeg(image) -> bytes:
    """The best JPEG that fits into LARGEST bytes; noise that never fits is halved in size."""
    for quality in (85, 75, 60, 45):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= LARGEST:
            return buffer.getvalue()
    return _jpeg(image.resize((max(image.width // 2, 1), max(image.height // 2, 1))))


def real_regions(corpus, row: int) -> np.ndarray:
    """(R,) which regions of an image are no padding; one stays when all are zero, as in a batch."""
    real = np.asarray(corpus.regions[[row]])[0].any(-1)
    real[0] |= not real.any()
    return real
