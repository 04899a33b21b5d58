"""The experiments of the lessons: one thing to change, one to watch, and a small table of what came out.  `vl.experiments`

    found = vl.experiments.cuts(run, index, image, text)      # cut 0, 1, 8, all relations of one pair
    found                                                     # a sentence and a table
    found["all"]                                              # a number of it

    answers.py   the closing answer of a lesson, worded by what its experiments found
"""
from vsrlab.experiments.answers import answer_explaining, answer_measuring, answer_reasoning, answer_space
from vsrlab.experiments.belief import two_tests, untrained, ways_to_remove
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
from vsrlab.experiments.measuring import constant, counted_by_hand, sizes, ties, ways_to_rank
from vsrlab.experiments.memory import own_memory, reading_orders, two_starts
from vsrlab.experiments.own import own_chance, own_curve, own_map, own_pointing, own_recall, own_test
from vsrlab.experiments.own_model import VARIANTS, ablation, answer_own_model, entered, folder_of, my_model, one_pair, place
from vsrlab.experiments.own_photos import Cells, answer_photos, drawn_photos, photo_reader, phrases_of, points_at
from vsrlab.experiments.relations import all_relations, cuts, own_step, who_is_read
from vsrlab.experiments.sources import answer_sources, as_folder, broken, diagnosed, letters, named_regions, own_overlap, owners
from vsrlab.experiments.space import gap, settings_of_maps, true_neighbours
from vsrlab.experiments.start import FourPhotos, answer_start, clear_pair, colour_swaps, differs, judged, strongest_word
from vsrlab.experiments.systems import answer_zoo, film_of_mu, in_order, order, two_axes

__all__ = ["ablation", "all_relations", "answer_explaining", "answer_failures", "answer_looking", "answer_loss",
           "answer_measuring", "answer_own_model", "answer_photos", "answer_reasoning", "answer_sources", "answer_space",
           "answer_start", "answer_zoo", "as_folder", "beside", "broken", "by_hand", "Cells", "clear_pair", "collapse",
           "colour_swaps", "constant", "counted_by_hand", "cuts", "diagnosed", "differs", "drawn_photos", "entered", "film",
           "film_of_mu", "first_both_ways", "folder_of", "Found", "FourPhotos", "gap", "hidden", "in_order", "judged",
           "judged_by_truth", "kappa_by_hand", "letters", "my_model", "named_regions", "one_cause", "one_pair", "order",
           "own_chance", "own_curve", "own_kappa", "own_map", "own_memory", "own_overlap", "own_pointing", "own_pushes",
           "own_recall", "own_step", "own_test", "owners", "photo_reader", "phrases_of", "place", "points", "points_at",
           "points_on_photos", "pushes", "reading_orders", "rule_by_truth", "samples", "settings_of_maps", "sizes",
           "strongest_word", "tagged", "tags", "ties", "true_neighbours", "two_axes", "two_starts", "two_tests", "untrained",
           "VARIANTS", "ways_to_rank", "ways_to_remove", "who_is_read"]
