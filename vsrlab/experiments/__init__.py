"""The experiments of the lessons: one thing to change, one to watch, and a small table of what came out.  `vl.experiments`"""
from vsrlab.experiments.looking import answer_looking, film, hidden, points, points_on_photos
from vsrlab.experiments.loss import answer_loss, by_hand, collapse, own_pushes, pushes
from vsrlab.experiments.sources import (
    answer_sources,
    as_folder,
    broken,
    diagnosed,
    letters,
    named_regions,
    own_overlap,
    owners,
)
from vsrlab.experiments.start import FourPhotos, answer_start, clear_pair, colour_swaps, differs, judged, strongest_word

__all__ = ["FourPhotos", "answer_looking", "answer_loss", "answer_sources", "answer_start", "as_folder", "broken", "by_hand",
           "clear_pair", "collapse", "colour_swaps", "diagnosed", "differs", "film", "hidden", "judged", "letters", "named_regions",
           "own_overlap", "own_pushes", "owners", "points", "points_on_photos", "pushes", "strongest_word"]
