"""Drawings: `name(ax, arrays, **style)` puts one thing on an axes and returns its artists.

No model, no corpus and no pyplot; letters as in values.py (W words, R regions).  Boxes are fractions of the photo.
"""
from vsrlab.colours import CARD, DARK, MINUS, MUTED, PLUS, RIGHT, WRONG
from vsrlab.draw.arrows import relations
from vsrlab.draw.charts import bars, colour_bar, heat, lines, terms
from vsrlab.draw.look import look, panel, sheet
from vsrlab.draw.output import Figure, png, shell
from vsrlab.draw.photo import boxes, dim, labels, photo, spotlight, tags, verdict
from vsrlab.draw.ranked import against, dots, ranked
from vsrlab.draw.rankings import rank_against_rank
from vsrlab.draw.text import broken, caption, extent, footer, headline, paragraph, shortened

__all__ = ["CARD", "DARK", "Figure", "MINUS", "MUTED", "PLUS", "RIGHT", "WRONG", "against", "bars", "boxes", "broken", "caption",
           "colour_bar", "dim", "dots", "extent", "footer", "headline", "heat", "labels", "lines", "look", "panel",
           "paragraph", "photo", "png", "rank_against_rank", "ranked", "relations", "sheet", "shell", "shortened",
           "spotlight", "tags", "terms", "verdict"]
