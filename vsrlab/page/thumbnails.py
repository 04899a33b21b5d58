"""The photos of a corpus in a page: small pictures as data URIs, each made once, or what is known where there is no photo."""
import weakref

import numpy as np

from vsrlab.data.thumbnail import photo_of
from vsrlab.page import html

WIDE, QUALITY = 160, 60                   # pixels of a thumbnail and the quality of its JPEG: a page holds dozens
_MADE = weakref.WeakValueDictionary()     # id of a corpus -> its Pictures, while a view holds them


def pictures_of(corpus) -> "Pictures":
    """The thumbnails of a corpus, shared by all its views."""
    found = _MADE.get(id(corpus))
    return found if found is not None else _MADE.setdefault(id(corpus), Pictures(corpus))


class Pictures:
    """The thumbnails of a corpus as data URIs, each made once; None where there is no photo."""

    def __init__(self, corpus, wide: int = WIDE):
        self.corpus, self.wide, self._made = corpus, wide, {}

    def __call__(self, row: int, wide: int = 0) -> str | None:
        """The thumbnail; where it is too small, a picture that is `wide` pixels across."""
        longest = self.wide if wide <= self.wide else self._longest(row, wide)
        if (row, longest) not in self._made:
            small = photo_of(self.corpus, row, longest).pixels()
            self._made[row, longest] = None if small is None else html.jpeg(small, longest, QUALITY)
        return self._made[row, longest]

    def _longest(self, row, wide) -> int:
        """Pixels of the long side of a photo that is so wide."""
        across, down = (4, 3) if self.corpus.sizes is None else self.corpus.sizes[row]
        return int(wide * max(1, down / max(across, 1)))

    def element(self, row: int, alt: str, wide: int) -> str:
        """The photo, or what is known instead of it."""
        uri = self(row, wide)
        if uri is not None:
            return f'<img src="{uri}" alt="{html.escape(alt)}" width="{wide}">'
        return instead(self.corpus, row, alt, wide)


def instead(corpus, row: int, alt: str, wide: int, most: int = 6) -> str:
    """Where there is no photo: its boxes on an empty frame and the detector's words, or how many regions it has."""
    size = (4, 3) if corpus.sizes is None else corpus.sizes[row]
    high = int(np.clip(wide * size[1] / max(size[0], 1), wide / 2, wide))
    real = np.arange(0) if corpus.regions is None else np.flatnonzero(np.asarray(corpus.regions[[row]])[0].any(-1))
    sure = real if corpus.confidence is None else real[np.argsort(-np.asarray(corpus.confidence[row])[real], kind="stable")]
    words = [] if corpus.labels is None else list(dict.fromkeys(str(corpus.labels[row][r]) for r in sure if corpus.labels[row][r]))
    told = ", ".join(words[:most]) or f"{len(real)} regions"
    told = "no photo" if corpus.regions is None else f"no photo: {told}"
    boxes = [] if corpus.boxes is None else [np.clip(corpus.boxes[row][r], 0, 1) for r in sure[:most]]
    frames = "".join(f'<span style="position:absolute;left:{100 * a:.0f}%;top:{100 * b:.0f}%;width:{100 * max(c - a, 0):.0f}%;'
                     f'height:{100 * max(d - b, 0):.0f}%;border:1px solid #5a5a5a"></span>' for a, b, c, d in boxes)
    frame = f"display:block;position:relative;width:{wide}px;height:{high}px;background:#ececE8"
    return (f'<span role="img" aria-label="{html.escape(alt)}" style="{frame}">{frames}</span>'
            f'<span class="small">{html.escape(told)}</span>')
