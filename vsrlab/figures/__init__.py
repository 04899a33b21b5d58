"""Figures: lay out a sheet and call drawings.  A value in, a matplotlib Figure out; no pyplot, nothing is shown."""
from vsrlab.draw.curves import curves
from vsrlab.figures.attention import attention, contributions, words_by_regions
from vsrlab.figures.corpus import contact_sheet, misses
from vsrlab.figures.gallery import retrieval
from vsrlab.figures.relations import reasoning, relations
from vsrlab.figures.results import comparison, results

__all__ = ["attention", "comparison", "contact_sheet", "contributions", "curves", "misses", "reasoning", "relations", "results",
           "retrieval", "words_by_regions"]
