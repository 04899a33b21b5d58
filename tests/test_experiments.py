"""The experiments of lessons 04 to 07: they say what the numbers are, and use a student's function or say why not."""
import numpy as np
import pandas as pd
import pytest
import torch

import vsrlab as vl
from vsrlab import experiments as ex
from vsrlab.course.exercise import exercise
from vsrlab.errors import Problem
from vsrlab.experiments.found import own
from vsrlab.experiments.memory import last_share
from vsrlab.experiments.relations import _without, margins
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.pair import Pair
from vsrlab.explain.reasoning import Cuts
from vsrlab.measure.ranks import ranks, recall


@pytest.fixture(scope="module")
def test():
    return vl.scenes(images=24, seed=2, split="test")


@pytest.fixture(scope="module")
def vsrn(test):
    run = vl.lesson_run("vsrn")
    return run, vl.index(run, test)


@pytest.fixture(scope="module")
def vsepp(test):
    run = vl.lesson_run("vsepp")
    return run, vl.index(run, test)


@pytest.fixture(scope="module")
def scan(test):
    run = vl.lesson_run("scan")
    return run, vl.index(run, test)


# ---------------------------------------------------------------- found

def test_what_was_found_shows_itself_and_names_its_numbers():
    found = ex.Found("Two | words.\nMore.", ("a", "b*"), (("x", "1"), ("y|z", "2")), {"far": 1.5})
    assert repr(found).splitlines() == ["Two | words.", "More.", "a    b*", "x     1", "y|z   2"]
    page = found._repr_markdown_()
    assert "Two \\| words." in page and "| y\\|z | 2 |" in page and "b\\*" in page
    assert found["far"] == 1.5 and list(found.table()["a"]) == ["x", "y|z"]
    with pytest.raises(Problem, match="near.*far"):
        found["near"]


def test_a_function_is_used_or_it_is_said_why_not():
    library = lambda *_: 7
    assert own(lambda x: x + 1, library, "f", 2) == (3, "yours")
    for answer, said in ((None, "there is no f yet"), (lambda x: ..., "still to be"), (lambda x: (1, None), "still to be"),
                         (lambda x: x + ..., "still to be"), (lambda x: 1 / 0, "ZeroDivisionError"),
                         (lambda: 1, "TypeError")):
        found, whose = own(answer, library, "f", 2)
        assert found == 7 and whose.startswith("the library's") and said in whose
    assert own(lambda x: "no", library, "f", 2, check=lambda x: x > 1)[1].startswith("the library's")


def test_the_pair_that_opens_a_lesson_is_first_in_both_directions(scan):
    run, index = scan
    image, text = ex.first_both_ways(index)
    assert index.corpus.image_of_text[text] == image and index.ranks.of_texts[text] == 0
    assert index.corpus.image_of_text[np.argmax(index.scores[image])] == image
    image, text = ex.first_both_ways(index, related=True)
    assert index.corpus.truth.relations[text]


# ---------------------------------------------------------------- 04

def test_cuts_of_a_pair_are_those_of_the_model(vsrn):
    run, index = vsrn
    image, text = ex.first_both_ways(index)
    found = ex.cuts(run, index, image, text, counts=(1, 3))
    cuts = Cuts(pair := Pair(run, index, image, text), explain_pair(pair))
    size = np.abs(cuts.affinity[-1])
    np.fill_diagonal(size, 0)
    strongest = np.unravel_index(size.argmax(), size.shape)
    assert found["1"] == pytest.approx(100 * cuts.edges(-1, [strongest]).change[0] / cuts.score)
    assert found["all"] == pytest.approx(100 * cuts.everything().change[0] / cuts.score)
    assert found["score"] == pytest.approx(index.scores[image, text], abs=1e-5) and len(found.rows) == 6
    assert ("the rank stays" in found.says.split("Cutting all")[0]) == (found["rank 1"] == found["rank"])


def test_all_relations_cut_in_a_gallery_are_those_cut_in_each_pair(vsrn):
    run, index = vsrn
    scores = _without(run, index)
    pair = Pair(run, index, 3, 17)
    cuts = Cuts(pair, explain_pair(pair))
    assert scores[3, 17] == pytest.approx(cuts.score + cuts.everything().change[0], abs=1e-5)
    found = ex.all_relations(run, index)
    owner = np.asarray(index.corpus.image_of_text)
    assert found["text R@1"] == recall(index.ranks.of_images, 1)
    assert found["image R@1 fall"] == pytest.approx(recall(index.ranks.of_texts, 1) - recall(ranks(scores, owner).of_texts, 1))
    assert found["rsum low"] <= found["rsum change"] <= found["rsum high"]


def test_a_model_without_relations_or_memory_says_so(vsepp):
    run, index = vsepp
    for ask in (ex.all_relations, ex.reading_orders, ex.two_starts):
        with pytest.raises(Problem, match="vsepp .*vsrn"):
            ask(run, index)


def test_shares_of_columns_and_rows_are_those_of_a_table():
    column, row = np.arange(5.0), np.arange(5.0) * 3
    assert margins(np.tile(column, (5, 1))) == pytest.approx((1, 0, 0))
    assert margins(np.tile(row[:, None], (1, 5))) == pytest.approx((0, 1, 0))
    assert margins(column + row[:, None]) == pytest.approx((0.1, 0.9, 0))
    assert margins(np.eye(6))[2] == pytest.approx(1)


def test_who_is_read_tells_every_layer(vsrn):
    found = ex.who_is_read(*vsrn, images=3)
    layers = len(vsrn[0].model.reasoner.layers)
    assert len(found.rows) == layers
    for n in range(1, layers + 1):
        assert sum(found[f"{name} {n}"] for name in ("columns", "rows", "rest")) == pytest.approx(100)


def test_a_step_of_ones_own_gives_the_trained_layer(vsrn):
    image, text = ex.first_both_ways(vsrn[1])

    def relate(v, theta, phi, g, r):
        affinity = theta(v) @ phi(v).T / len(v)
        return v + r(affinity @ g(v)), affinity
    right = ex.own_step(*vsrn, image, text, relate)
    assert right["yours"] == 1 and right["affinity"] < 1e-5 and right["regions"] < 1e-5 and "gives the numbers" in right.says
    wrong = ex.own_step(*vsrn, image, text, lambda v, theta, phi, g, r: (v, relate(v, phi, theta, g, r)[1]))
    assert wrong["yours"] == 1 and wrong["affinity"] > 1e-3 and "not those" in wrong.says
    assert ex.own_step(*vsrn, image, text)["yours"] == 0


def test_a_gru_of_ones_own_remembers_what_the_model_does(vsrn):
    image, text = ex.first_both_ways(vsrn[1])

    def gru_step(x, h, w, u, b, c):
        a, d = (w @ x + b).chunk(3), (u @ h + c).chunk(3)
        r, z = torch.sigmoid(a[0] + d[0]), torch.sigmoid(a[1] + d[1])
        return (1 - z) * torch.tanh(a[2] + r * d[2]) + z * h, z
    right = ex.own_memory(*vsrn, image, text, gru_step)
    assert right["yours"] == 1 and right["far"] < 1e-5
    wrong = ex.own_memory(*vsrn, image, text, lambda *given: (torch.zeros_like(given[1]), given[1]))
    assert wrong["yours"] == 1 and wrong["far"] > 1e-2 and "differs" in wrong.says
    assert ex.own_memory(*vsrn, image, text, lambda *given: (..., ...))["yours"] == 0


def test_the_given_order_is_the_run_itself_and_other_orders_leave_the_graph_alone(vsrn):
    run, index = vsrn
    found = ex.reading_orders(run, index)
    assert found["as given"] == recall(index.ranks.of_images, 1) and found["as given image"] == recall(index.ranks.of_texts, 1)
    pooled = vl.build("vsrn", run.features, len(run.vocabulary), dim=8, layers=1, pool="mean")
    with pytest.raises(Problem, match="reads no regions"):
        ex.reading_orders(type("Run", (), {"model": pooled, "settings": run.settings})(), index)


def test_a_memory_as_torch_begins_it_holds_the_last_regions(vsrn):
    found = ex.two_starts(*vsrn, images=3, seeds=2)
    assert found["torch"] > 2 * found["long"] > 2 * found["even"] and found["own"] == 1
    keep = vl.build("vsrn", 6, 9, dim=4, layers=0, word_dim=4).eval().reasoner
    with torch.no_grad():
        keep.gru.weight_ih_l0[4:8], keep.gru.bias_ih_l0[4:8] = 0, -50                # all is replaced at each step
        keep.gru.weight_hh_l0.zero_()
    assert last_share(keep, torch.randn(2, 8, 6), torch.ones(2, 8, dtype=torch.bool)) == pytest.approx(1)


# ---------------------------------------------------------------- 05

def test_one_query_is_counted_as_the_library_ranks_it(vsepp):
    index = vsepp[1]
    for text in (0, 7, 31):
        found = ex.counted_by_hand(index, text)
        assert found["rank"] == index.ranks.of_texts[text]
        assert [row[2] for row in found.rows].count("right") == 1


def test_a_gallery_of_all_images_is_the_measurement_and_a_small_one_is_easier(vsepp):
    index = vsepp[1]
    found = ex.sizes(index, of=(6, 24))
    assert found["text 24"] == recall(index.ranks.of_images, 1) and found["image 24"] == recall(index.ranks.of_texts, 1)
    assert found["image 6"] >= found["image 24"] and found.rows[0][1] == "4"


def test_ties_and_ways_to_rank_of_a_model_that_knows_nothing(vsepp):
    index = vsepp[1]
    tied, ways = ex.ties(index), ex.ways_to_rank(index)
    assert tied["constant worst"] == 0 and tied["constant best"] == 100
    assert tied["as they are worst"] == recall(index.ranks.of_texts, 1) <= tied["as they are best"]
    assert ways["constant counted"] == 0 and ways["constant sorted"] == pytest.approx(100 / 24)
    assert ways["trained sorted"] >= ways["trained counted"]


def test_functions_of_ones_own_agree_with_the_library_where_they_are_right(vsepp, scan, test):
    index, other = vsepp[1], scan[1]
    for name, call in (("recall", lambda f: ex.own_recall(index, f)), ("chance-level", lambda f: ex.own_chance(index, f)),
                       ("paired-test", lambda f: ex.own_test(index, other, f)),
                       ("pointing-game", lambda f: ex.own_pointing(*scan, f, n=4)),
                       ("deletion-curve", lambda f: ex.own_curve(*scan, *ex.first_both_ways(other), f))):
        task = exercise(name)
        found = call(task.solution)
        assert found["yours"] == 1 and found["far"] < 1e-6, name
        slow = name == "deletion-curve"                                                  # hundreds of runs of the model each
        assert all(call(untouched)["yours"] == 0 for untouched in (None, lambda *_: ..., lambda *_: "much")[2 * slow:])
        some = task.mistakes[:1] if slow else task.mistakes
        found = [call(mistake.wrong) for mistake in some]
        wrong = [one for one in found if one["yours"] == 1 and one["far"] > 1e-6]
        assert wrong and all("differs" in one.says for one in wrong), name


# ---------------------------------------------------------------- 06

def table(**shares):
    rows = [{"method": name, "pairs": 9, "beaten": d, "beaten low": d - 10, "beaten high": d + 5,
             "by insertion": i, "insertion low": i - 10, "insertion high": i + 5} for name, (d, i) in shares.items()]
    return pd.DataFrame(rows)


def test_two_tests_are_compared_method_by_method():
    found = ex.two_tests(table(attention=(84, 40), occlusion=(99, 90)))
    assert found["same order"] == found["same winner"] == "yes" and found["agreement"] == pytest.approx(1)
    assert found["only one"] == ["attention"] and found["both"] == ["occlusion"] and found["guess"] == "occlusion"
    assert "Ahead of random orders in one test only: attention" in found.says
    turned = ex.two_tests(table(attention=(84, 90), occlusion=(99, 80)))
    assert turned["same winner"] == turned["same order"] == "no" and turned["best insertion"] == "attention"
    assert "First by deletion: occlusion; first by insertion: attention" in turned.says
    level = ex.two_tests(table(attention=(84, 90), occlusion=(84, 80)))
    assert level["best"] == "attention and occlusion" and level["best insertion"] == "attention"


def test_rules_of_removal_stand_side_by_side(scan):
    found = ex.ways_to_remove(*scan, n=1, methods=("attention",))
    values = [found[f"attention {rule}"] for rule in ("mean", "drop", "zero")]
    assert found["largest change"] == pytest.approx(max(values) - min(values)) and all(0 <= x <= 100 for x in values)


def test_the_untrained_run_has_the_same_shape_and_other_weights(scan):
    other, index = ex.untrained(*scan)
    assert index.corpus is scan[1].corpus and other.settings == scan[0].settings and not other.log
    assert other.fingerprint != scan[0].fingerprint and not np.allclose(index.scores, scan[1].scores)


# ---------------------------------------------------------------- 07

def test_the_gap_and_the_map_are_those_of_the_view(vsepp):
    atlas = vl.projection(*vsepp).atlas
    found, near = ex.gap(atlas), ex.true_neighbours(atlas, k=5)
    quality = atlas.quality("pca")
    assert found["gap"] == pytest.approx(quality.gap.distance) and found["trust"] == pytest.approx(quality.trust)
    assert found["gap"] == ex.gap(atlas.other)["gap"] and 0 < near["share"] < 100
    flat = type("Flat", (), {"points": np.c_[np.cos(t := np.linspace(0, 1.7, 12) ** 2), np.sin(t)]})()
    flat.map = lambda method: type("Map", (), {"places": flat.points})()
    assert ex.true_neighbours(flat, k=3)["share"] == pytest.approx(100)


def test_a_map_of_ones_own_numbers(vsepp):
    atlas = vl.projection(*vsepp).atlas
    both = [exercise(name).solution for name in ("modality-gap", "trust")]
    found = ex.own_map(atlas, *both)
    assert found["yours"] == 1 and found["far"] < 1e-4
    assert "trust is the library's" in ex.own_map(atlas, both[0]).says and ex.own_map(atlas, *both[::-1])["yours"] == 0


# ---------------------------------------------------------------- answers

def test_answers_follow_the_numbers_and_not_the_other_way_round():
    pair = lambda change: ex.Found("", numbers={"1": change})
    gallery = lambda low, high: ex.Found("", numbers={"rsum low": low, "rsum high": high, "rsum change": (low + high) / 2,
                                                      "text R@1 fall": 4.0, "image R@1 fall": -1.0})
    read = lambda share: ex.Found("", numbers={"columns 1": 10.0, "columns 2": share})
    said = ex.answer_reasoning(pair(0.04), gallery(-40, -8), read(51.0)).says
    assert "next to nothing" in said and "lose 24 points" in said and "more than half" in said and "−4.0" in said and "+1.0" in said
    said = ex.answer_reasoning(pair(3.0), gallery(-4, 8), read(40.0)).says
    assert "can matter" in said and "within chance" in said and "half or less" in said
    assert "do harm" in ex.answer_reasoning(pair(3.0), gallery(4, 8), read(40.0)).says
    tests = lambda good, half: ex.Found("", numbers={"both": good, "only one": half})
    rules = ex.Found("", numbers={"largest change": 3.0})
    points = lambda hit: ex.Found("", numbers={"hit rate": hit, "chance": 21.0})
    assert "both tests" not in ex.answer_explaining(tests(["occlusion"], []), rules, points(55.0)).says
    assert "No explanation is ahead" in ex.answer_explaining(tests([], ["attention"]), rules, points(15.0)).says
    assert "not above chance" in ex.answer_explaining(tests([], ["attention"]), rules, points(15.0)).says
    sizes = lambda small, large: ex.Found("", numbers={"image 100": small, "image 1000": large})
    ties = ex.Found("", numbers={f"{kind} {rule}": 1.0 for kind in ("constant", "rounded") for rule in ("worst", "best")})
    ways = ex.Found("", numbers={"constant turned": 0.1, "constant counted": 0.0})
    assert "falls from 40.0 to 14.0" in ex.answer_measuring(sizes(40, 14), ties, ways).says
    assert "did not fall" in ex.answer_measuring(sizes(14, 14), ties, ways).says
    gap = lambda closed: ex.Found("", numbers={"gap": 0.2, "trust": 0.7, "trust closed": closed})
    kept, near = ex.Found("", numbers={"kept 5": 72.0, "kept 15": 66.0}), ex.Found("", numbers={"share": 18.0})
    assert "leaves the trustworthiness" in ex.answer_space(gap(0.7), kept, near).says
    assert "by +0.10" in ex.answer_space(gap(0.8), kept, near).says and "66 %" in ex.answer_space(gap(0.8), kept, near).says
