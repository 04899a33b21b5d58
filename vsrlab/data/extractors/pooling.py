"""From a photo to pixels, from a map to vectors of boxes and cells, from many boxes to the best few regions."""
import numpy as np
import torch
from PIL import Image
from torch.nn import functional as fn

from vsrlab.data.extractors import Regions


def pixels(photo, side: int, mean=127.0, scale=128.0) -> torch.Tensor:
    """(1, 3, side, side) of (value - mean) / scale, values 0 to 255; squashed to a square, so that fractions stay fractions.

    The memory lies channels last, in which both networks run fastest on a CPU.
    """
    values = np.asarray(photo.resize((side, side), Image.Resampling.BILINEAR), np.float32)
    values = (values - np.asarray(mean, np.float32)) / np.asarray(scale, np.float32)
    return torch.from_numpy(values).permute(2, 0, 1)[None]


def box_means(features, boxes, points: int = 4) -> torch.Tensor:
    """The mean of a map (F, H, W) inside boxes (R, 4), fractions -> (R, F).

    Like RoIAlign (He et al., ICCV 2017) with one bin: points x points places inside the box, each read by
    bilinear interpolation; beyond the centres of the outer cells the outer cells go on.
    """
    steps = (torch.arange(points, device=boxes.device) + 0.5) / points
    x = boxes[:, 0:1] + (boxes[:, 2:3] - boxes[:, 0:1]) * steps                              # (R, points)
    y = boxes[:, 1:2] + (boxes[:, 3:4] - boxes[:, 1:2]) * steps
    places = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)           # (R, points, points, 2)
    places = places.reshape(1, len(boxes), points * points, 2) * 2 - 1
    read = fn.grid_sample(features[None], places, mode="bilinear", padding_mode="border", align_corners=False)
    return read[0].mean(-1).T


def cell_means(features, rows: int, columns: int) -> torch.Tensor:
    """The mean of a map (F, H, W) in each cell of a grid, in reading order, and of the whole -> (rows * columns + 1, F)."""
    cells = fn.adaptive_avg_pool2d(features[None], (rows, columns))[0].flatten(1)
    return torch.cat([cells, features.mean((1, 2))[:, None]], 1).T


def overlaps(boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of every pair of boxes (N, 4) -> (N, N)."""
    x1, y1, x2, y2 = boxes.T
    wide = np.minimum(x2[:, None], x2) - np.maximum(x1[:, None], x1)
    high = np.minimum(y2[:, None], y2) - np.maximum(y1[:, None], y1)
    common = wide.clip(0) * high.clip(0)
    area = (x2 - x1) * (y2 - y1)
    return common / np.maximum(area[:, None] + area - common, 1e-12)


def suppress(boxes: np.ndarray, scores: np.ndarray, most: int, overlap: float) -> np.ndarray:
    """Rows of the boxes to keep, best score first, none overlapping a better kept one by more than `overlap`."""
    order = np.argsort(-scores, kind="stable")
    near = overlaps(boxes[order]) > overlap
    kept, dead = [], np.zeros(len(order), bool)
    for row in range(len(order)):
        if not dead[row]:
            kept.append(row)
            dead |= near[row]
            if len(kept) == most:
                break
    return order[kept]


def best(boxes: np.ndarray, scores: np.ndarray, most: int, overlap: float, candidates: int = 300) -> np.ndarray:
    """`suppress` among the boxes that have an area; the best 300 nearly always suffice, and are far quicker than all."""
    rows = np.flatnonzero((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    kept = suppress(boxes[rows[:candidates]], scores[rows[:candidates]], most, overlap)
    if len(kept) < most and len(rows) > candidates:
        kept = suppress(boxes[rows], scores[rows], most, overlap)
    return rows[kept]


def regions(features, boxes, scores, names, most: int, overlap: float, grid) -> Regions:
    """The best boxes of a detector (N, 4), scores (N, classes), with their vectors in a map (F, H, W), and the grid (G, F).

    Where fewer than `most` boxes are left, rows of zeros and empty labels fill up: padding, as everywhere.
    """
    confidence, label = (x.cpu().numpy() for x in scores.max(1))
    kept = best(boxes.cpu().numpy(), confidence, most, overlap)
    short = most - len(kept)
    pad = lambda x: np.pad(x, [(0, short)] + [(0, 0)] * (x.ndim - 1))
    vectors = box_means(features, boxes[torch.from_numpy(kept).to(boxes.device)])
    return Regions(pad(boxes.cpu().numpy()[kept]), pad(vectors.cpu().numpy()), grid.cpu().numpy(),
                   [names[int(n)] for n in label[kept]] + [""] * short, pad(confidence[kept]))
