"""Figures: lay out a sheet and call drawings.  A value in, a matplotlib Figure out; no pyplot, nothing is shown."""
from vsrlab.figures.corpus import contact_sheet
from vsrlab.figures.gallery import retrieval
from vsrlab.figures.pair import attention, contributions, reasoning, relations, words_by_regions
from vsrlab.figures.results import results
from vsrlab.figures.training import curves

__all__ = ["attention", "contact_sheet", "contributions", "curves", "reasoning", "relations", "results", "retrieval",
           "words_by_regions"]
