"""Where numbers go so that they cover neither each other nor what they tell of: above or below the lit boxes."""


def outside(own, size, lit, taken, area) -> float | None:
    """The upper edge of a label of `size` (w, h) for a box `own` (x1, y1, x2, y2), its left edge at x1: as near above the box as
    there is room beside all `lit` boxes and the labels `taken` (x, y, w, h), inside of `area` (W, H).  None where there is no room.
    """
    w, h = size
    x = min(max(own[0], 0.0), area[0] - w)
    across = [(top, low) for left, top, right, low in lit if x < right and left < x + w]
    across += [(top, top + high) for left, top, wide, high in taken if x < left + wide and left < x + w]
    best = own[1] - h
    edges = [best, own[3], *(top - h for top, _ in across), *(low for _, low in across)]
    covers = lambda y: any(y < low - 1e-9 and top < y + h - 1e-9 for top, low in across)
    free = [y for y in edges if -1e-9 <= y <= area[1] - h + 1e-9 and not covers(y)]
    return min(free, key=lambda y: abs(y - best), default=None)
