"""Regions cut out of a photo, side by side: what a memory reads, in its order."""
import numpy as np

from vsrlab.colours import CARD
from vsrlab.draw.look import points


def strip(pixels, boxes, side: int = 40, column: int = 40) -> np.ndarray:
    """Boxes (N, 4) of a photo (H, W, 3) as squares in a row: (side, N * column, 3) uint8, each in the middle of its column."""
    from PIL import Image
    high, wide = pixels.shape[:2]
    image, row = Image.fromarray(pixels), Image.new("RGB", (column * len(boxes), side), CARD)
    for n, (x1, y1, x2, y2) in enumerate(np.clip(boxes, 0, 1) * (wide, high, wide, high)):
        crop = image.crop((int(x1), int(y1), max(int(x1) + 1, int(np.ceil(x2))), max(int(y1) + 1, int(np.ceil(y2)))))
        scale = (side - 2) / max(crop.size)
        crop = crop.resize([max(1, round(s * scale)) for s in crop.size])
        row.paste(crop, (n * column + (column - crop.width) // 2, (side - crop.height) // 2))
    return np.asarray(row)


def filmstrip(ax, pixels, boxes):
    """The squares of `strip` under the steps 0, 1, ... of an axes that is `len(boxes)` wide; -> the picture."""
    ax.set_axis_off()
    wide, high = points(ax)
    column = max(40, round(40 * wide / len(boxes) / high))              # squares stay square in wide columns
    picture = ax.imshow(strip(pixels, boxes, 40, column), extent=(-0.5, len(boxes) - 0.5, 0, 1), aspect="auto")
    ax.set(xlim=(-0.5, len(boxes) - 0.5), ylim=(0, 1))
    return picture
