"""The experiments of the lessons: one thing to change, one to watch, and a small table of what came out.  `vl.experiments`"""
from vsrlab.experiments.failures import (
    answer_failures,
    beside,
    judged_by_truth,
    kappa_by_hand,
    one_cause,
    own_kappa,
    rule_by_truth,
    samples,
    tagged,
    tags,
)
from vsrlab.experiments.found import Found, first_both_ways
from vsrlab.experiments.looking import answer_looking, film, hidden, points, points_on_photos
from vsrlab.experiments.loss import answer_loss, by_hand, collapse, own_pushes, pushes
from vsrlab.experiments.own_model import VARIANTS, ablation, answer_own_model, entered, folder_of, my_model, one_pair, place
from vsrlab.experiments.own_photos import Cells, answer_photos, drawn_photos, photo_reader, phrases_of, points_at
from vsrlab.experiments.sources import answer_sources, as_folder, broken, diagnosed, letters, named_regions, own_overlap, owners
from vsrlab.experiments.start import FourPhotos, answer_start, clear_pair, colour_swaps, differs, judged, strongest_word
from vsrlab.experiments.systems import answer_zoo, film_of_mu, in_order, order, two_axes

__all__ = ["VARIANTS", "Cells", "Found", "FourPhotos", "ablation", "answer_failures", "answer_looking", "answer_loss",
           "answer_own_model", "answer_photos", "answer_sources", "answer_start", "answer_zoo", "as_folder", "beside", "broken",
           "by_hand", "clear_pair", "collapse", "colour_swaps", "diagnosed", "differs", "drawn_photos", "entered", "film",
           "film_of_mu", "first_both_ways", "folder_of", "hidden", "in_order", "judged", "judged_by_truth", "kappa_by_hand",
           "letters", "my_model", "named_regions", "one_cause", "one_pair", "order", "own_kappa", "own_overlap", "own_pushes",
           "owners", "photo_reader", "phrases_of", "place", "points", "points_at", "points_on_photos", "pushes", "rule_by_truth",
           "samples", "strongest_word", "tagged", "tags", "two_axes"]
