"""A signed matrix as colours, for pages that show it small."""
import matplotlib
import numpy as np

from vsrlab.draw.charts import scale


def pixels(matrix, limit=None) -> np.ndarray:
    """(R, R) signed numbers -> (R, R, 3) uint8 on the scale of `heat`; NaN is grey."""
    norm, colours = scale(matrix, limit, signed=True)
    shades = matplotlib.colormaps[colours](norm(np.nan_to_num(matrix)))[..., :3]
    return (255 * np.where(np.isnan(matrix)[..., None], 0.87, shades)).astype(np.uint8)
