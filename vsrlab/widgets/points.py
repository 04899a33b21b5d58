"""The points of a map as a layer that zooms, pans and takes a lasso: jupyter-scatter, whose script comes with it (no network).

Ours stay beside it: the still picture, the offline page, the table, and the map of plain buttons where it is not installed.
"""
import numpy as np

from vsrlab import colours

SIZES = {"images": 7.0, "captions": 4.0}       # pixels across: it draws circles only, so the kinds differ in size
BUTTONS = ["pan_zoom", "lasso", "reset", "full_screen"]
HIGH = 480


def layer(chosen, pointed):
    """A Points, or None where jupyter-scatter is not installed.

    chosen   called with the points (N,) that a click or a lasso selects
    pointed  called with the point under the pointer, or None
    """
    try:
        import jscatter
    except ImportError:
        return None
    return Points(jscatter, chosen, pointed)


class Points:
    """What the projection needs of jupyter-scatter: places, colours, a selection both ways, one line.

    box   the widget with its buttons
    """

    def __init__(self, jscatter, chosen, pointed):
        self._jscatter, self._quiet = jscatter, False
        self.scatter, self.box = None, None
        self._chosen, self._pointed = chosen, pointed

    def draw(self, places, is_text, colouring):
        """Points (N, 2) in the colours of a Colouring; the first call makes the widget, later ones move and colour its points."""
        low, high = places.min(0), places.max(0)
        scaled = (places - (low + high) / 2) / max(float((high - low).max()) / 2, 1e-12)              # both axes on one scale
        group = [colouring.names[n] for n in colouring.group]
        if self.scatter is None:
            import pandas as pd
            data = pd.DataFrame({"x": scaled[:, 0], "y": scaled[:, 1], "group": pd.Categorical(group, colouring.names),
                                 "kind": pd.Categorical(np.where(is_text, "captions", "images"), list(SIZES))})
            self.scatter = self._jscatter.Scatter(
                x="x", y="y", data=data, height=HIGH, x_scale=(-1.05, 1.05), y_scale=(-1.05, 1.05), axes=False, legend=False,
                tooltip=False, background_color="#ffffff", size_by="kind", size_map=dict(SIZES), opacity=0.8,
                lasso_color=colours.DARK)
            self.box = self.scatter.show(BUTTONS)
            self.scatter.widget.observe(self._selected, "selection")
            self.scatter.widget.observe(self._hovered, "hovering")
            self._group = None
        else:
            self.scatter.xy(scaled[:, 0], scaled[:, 1])
        self._scaled = scaled
        self._quiet = True
        named = dict(zip(colouring.names, colouring.colours))
        self.scatter.color(by=np.asarray(group, object), map=named, selected=colours.DARK, hover=colours.MINUS)
        self._quiet = False

    def hold(self, points):
        """Select from outside, without telling `chosen`."""
        self._quiet = True
        self.scatter.selection(list(map(int, points)))
        self._quiet = False

    def join(self, ends):
        """The line of the pair that is looked at, between two points of the map as it was drawn: (2,) rows, or None for none."""
        line = [] if ends is None else [self._jscatter.Line([tuple(map(float, self._scaled[end])) for end in ends],
                                                            line_color=colours.DARK, line_width=2)]
        self.scatter.annotations(line)

    def _selected(self, change):
        if not self._quiet:
            self._chosen(np.asarray(change["new"] if change["new"] is not None else [], int))

    def _hovered(self, change):
        if not self._quiet:
            self._pointed(change["new"] if isinstance(change["new"], int) and change["new"] >= 0 else None)
