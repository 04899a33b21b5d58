"""Faithfulness: what is planted is found, what is empty is not, by hand and by plain loops; tables go on where they stopped."""
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from planted import planted_explanation
from test_attribution import linear
from thinker import thinking
from toy import indexed

from vsrlab.errors import Missing, Problem
from vsrlab.explain import belief as singles
from vsrlab.explain import faithfulness as sets
from vsrlab.explain.belief import Belief, beaten, belief, beliefs, chance_of_belief, values
from vsrlab.explain.contest import Contest, mean_region
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.faithfulness import faithfulness
from vsrlab.explain.pair import Pair, random_weights, without_training
from vsrlab.explain.pointing.game import pointing_game
from vsrlab.explain.pointing.phrases import phrase_truth, read_phrases
from vsrlab.explain.removal import Outcome, Removal, random_orders
from vsrlab.measure.significance import bootstrap, wilson
from vsrlab.retrieval.index import index


@pytest.fixture(scope="module")
def scan():
    run, at = indexed("scan")
    return Pair(run, at, 3, int(at.corpus.texts_of(3)[0]))


def additive(images=3, captions=("dog", "ball tree", "sky")):
    """A pair whose score is the sum of its regions' features, so that the best order is known."""
    return Pair(*linear(captions, 12, images), 1 if images > 1 else 0, 1 if images > 1 else 0)


@pytest.mark.parametrize("rule", ("mean", "drop", "zero"))
def test_a_removed_region_is_replaced_dropped_or_set_to_zero(rule):
    pair = additive()
    x, gone = pair.regions[0].numpy(), np.zeros((2, 12), bool)
    gone[1, [2, 7]] = True
    found = Removal(pair, "regions", rule).without(gone)
    blank = mean_region(pair.index).numpy() if rule == "mean" else 0
    changed = np.where(gone[1][:, None], blank, x).sum(0)
    assert found.score == pytest.approx([x[:, 1:3].sum(), changed[1:3].sum()], abs=1e-4)
    assert found.margin[1] == pytest.approx(changed[1:3].sum() - max(changed[0], changed[3]), abs=1e-4)
    others = np.delete(pair.index.scores[:, 1], 1)
    assert found.rank.tolist() == [(others >= s - 1e-6).sum() for s in found.score]


def test_a_dropped_region_in_the_middle_is_as_if_it_had_never_been():
    run, at = thinking()
    pair, gone = Pair(run, at, 2, 4), np.zeros((1, 5), bool)
    gone[0, 2] = True
    kept = pair.regions[:, [0, 1, 3, 4]]
    image = pair.model.encode_images(kept, torch.ones(1, 4, dtype=torch.bool))
    expected = float(pair.model.match(image, pair.encode_text()).scores)
    assert Removal(pair, "regions", "drop").without(gone).score[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("rule", ("mean", "drop", "zero"))
def test_words_go_and_markers_stay(scan, rule):
    removal = Removal(scan, "words", rule)
    assert removal.pieces.tolist() == list(range(1, len(scan.tokens) - 1))
    gone = np.zeros((1, len(removal)), bool)
    gone[0, 3] = True
    found = removal.without(gone).score
    if rule == "drop":
        ids = torch.cat([scan.words[:, :4], scan.words[:, 5:]], 1)
        expected = scan.score(words=ids)
        assert found == pytest.approx(expected, abs=1e-5)
    else:
        assert found != pytest.approx(removal.without(gone & False).score, abs=1e-7)


def test_an_edge_that_is_cut_is_not_read():
    run, at = thinking()
    pair = Pair(run, at, 2, 4)
    removal = Removal(pair, "edges", layer=0)
    assert len(removal) == 20
    gone = np.zeros((2, 20), bool)
    gone[1, removal.pieces.tolist().index([3, 1])] = True
    v = torch.nn.functional.normalize(pair.regions[0], dim=-1)
    r = v @ v.T / 5
    r[3, 1] = 0
    v = v + r @ v
    v = v + v @ v.T / 5 @ v
    state = torch.zeros(6)
    for region in v:
        state = 0.5 * state + 0.5 * region
    text = pair.encode_text().vector[0]
    assert removal.without(gone).score[1] == pytest.approx(float(torch.nn.functional.normalize(state, dim=0) @ text), abs=1e-5)


def test_looks_are_spread_evenly_and_mirrored():
    run, at = linear(regions=36)
    assert Removal(Pair(run, at, 1, 1)).counts().tolist() == [4, 8, 12, 16, 20, 24, 28, 32]
    for regions in (2, 3, 5, 9, 20, 37):
        counts = Removal(Pair(*linear(regions=regions), 1, 1)).counts()
        assert counts.tolist() == (regions - counts[::-1]).tolist() and 0 < counts[0] and counts[-1] < regions and len(counts) <= 9


def test_a_curve_is_that_of_a_plain_loop_and_its_mirror_is_the_insertion_of_the_reversed_order():
    removal = Removal(additive())
    order = np.random.default_rng(3).permutation(12)
    counts = removal.counts()
    found = removal.along(order[None], counts).score[0]
    for count, score in zip(counts, found):
        gone = np.isin(np.arange(12), order[:count])
        assert removal.without(gone[None]).score[0] == pytest.approx(score, abs=1e-6)
    put_in = [removal.without(~np.isin(np.arange(12), order[:count])[None]).score[0] for count in counts]
    assert removal.along(order[None, ::-1], counts).score[0][::-1] == pytest.approx(put_in, abs=1e-6)


def test_random_orders_are_the_same_for_every_explanation():
    one = random_orders(50, 9, 4)
    assert np.array_equal(one, random_orders(50, 9, 4)) and not np.array_equal(one, random_orders(50, 9, 5))
    assert (np.sort(one, 1) == np.arange(9)).all() and len({tuple(o) for o in one}) == 50


def test_the_true_order_of_an_additive_model_beats_all_random_orders():
    found = belief(additive(1, ("dog",)), "regions", "occlusion")
    assert found.better == 1 and found.better_insertion == 1 and found.believed and found.measure == "score"
    assert found.verdict == "better than 100 % of random orders (n=50)"
    assert (np.diff(found.deletion.score) < 0).any() and (found.deletion.margin <= found.random.margin.min(0) + 1e-6).all()
    assert (found.insertion.margin >= found.random_insertion.margin.max(0) - 1e-6).all()


def test_the_reversed_order_is_said_to_be_worse_than_chance():
    found = belief(additive(1, ("dog",)), "regions", "occlusion")
    turned = replace(found, deletion=Outcome(*(x[::-1] for x in found.insertion)))        # the least important goes first
    worse = "worse than 100 % of random orders (n=50): removing what it points at"
    assert turned.better == 0 and turned.verdict == f"{worse} raises the score"
    below = lambda outcome, by: Outcome(outcome.score, found.whole.margin - by + 0 * outcome.margin, outcome.rank)
    little = replace(found, deletion=below(found.deletion, 1e-3), random=below(found.random, 1))
    assert little.verdict == f"{worse} lowers the score less than they do"


def test_of_edges_a_change_of_either_sign_counts():
    run, at = thinking(regions=7)
    found = belief(Pair(run, at, 2, 4), "edges")
    off = lambda outcome, by: Outcome(outcome.score, found.whole.margin + by + 0 * outcome.margin, outcome.rank)
    for own, verdict in ((9, "more"), (-9, "more"), (0, "less")):
        b = replace(found, deletion=off(found.deletion, own), random=off(found.random, 1))
        assert b.verdict == f"changes the margin {verdict} than 100 % of random orders (n=50)" and b.believed == (own != 0)


def test_an_order_that_means_nothing_is_believed_as_often_as_chance_says():
    removal, drawn = Removal(additive()), random_orders(400, 12, 9)
    curves = removal.along(drawn, removal.counts()).margin
    share = np.mean([beaten(curves[n], np.delete(curves, n, 0)[:50]) >= 0.9 for n in range(400)])
    assert abs(share - chance_of_belief(50)) < 0.05
    assert chance_of_belief(50) == pytest.approx(6 / 51) and chance_of_belief(9) == pytest.approx(1 / 10)


def test_ties_count_half_and_a_constant_model_is_not_believed():
    assert beaten([1, 1], [[1, 1], [2, 2], [0, 0], [1, 1]]) == 0.5
    pair = additive()
    pair.regions = pair.regions * 0 + mean_region(pair.index)
    found = belief(pair, "regions", "occlusion")
    assert found.better == 0.5 and not found.believed
    assert found.verdict == "no measurable change of the margin, in this order or at random (n=50)"


def test_pieces_of_equal_value_do_not_go_in_the_order_of_the_detector(scan, monkeypatch):
    monkeypatch.setattr(singles, "values", lambda *a: np.zeros(36))
    found = beliefs(scan, methods=("attention",))[0]
    in_order = Removal(scan).along(np.arange(36)[None], found.counts).score[0]
    assert not np.allclose(found.deletion.score, in_order)


def test_every_explanation_of_scan_is_tested_on_the_same_random_orders(scan):
    found = beliefs(scan, untrained=without_training(scan))
    assert [b.method for b in found] == ["attention", "contribution", "cosine", "ig", "gradient", "occlusion", "shapley", "random"]
    assert all(np.array_equal(b.random.score, found[0].random.score) for b in found)
    assert all(-1 <= b.agreement <= 1 for b in found[:-1]) and found[-1].agreement is None
    assert [b.method for b in beliefs(scan, "words", ("contribution", "ig"))] == ["contribution", "ig"]


def test_attention_gives_each_region_its_mean_over_the_words(scan):
    record = explain_pair(scan)
    given = values("attention", "regions", record, Contest(scan), np.arange(36), "score")
    assert given == pytest.approx(record.attention.mean(0), abs=1e-6)


def test_a_model_that_agrees_with_itself_agrees_fully_and_random_weights_do_not(scan):
    assert beliefs(scan, methods=("occlusion",), untrained=scan)[0].agreement == pytest.approx(1)
    assert abs(beliefs(scan, methods=("occlusion",), untrained=without_training(scan, 5))[0].agreement) < 0.8


def test_random_weights_follow_their_seed_and_leave_the_run_alone(scan):
    weights = lambda run: torch.cat([p.detach().flatten() for p in run.model.parameters()])
    before = weights(scan.run)
    one, same, other = (random_weights(scan.run, s) for s in (1, 1, 2))
    assert torch.equal(weights(one), weights(same)) and not torch.equal(weights(one), weights(other))
    assert torch.equal(before, weights(scan.run)) and not torch.equal(before, weights(one)) and not one.model.training


def test_edges_are_tested_by_their_affinity():
    run, at = thinking(regions=7)
    found = belief(Pair(run, at, 2, 4), "edges")
    assert found.method == "affinity" and found.counts.tolist() == [1, 2, 4, 8, 16] and found.insertion is None
    assert found.better_insertion is None and 0 <= found.better <= 1 and len(found.values) == 42


def test_wrong_requests_are_answered_with_what_there_is(scan):
    for options, said in ((dict(what="pixels"), "regions"), (dict(rule="blur"), "mean"), (dict(methods=("lime",)), "occlusion"),
                          (dict(what="edges"), "vsrn"), (dict(orders=1), "at least 2"),
                          (dict(methods=("affinity",)), "it has: attention")):
        with pytest.raises(Problem, match=said):
            beliefs(scan, **options)
    with pytest.raises(Problem, match="1 words to take out"):
        beliefs(Pair(scan.run, scan.index, 3, scan.run.vocabulary.words[6]), "words")


def test_a_table_of_pairs_says_how_often_each_explanation_beats_chance():
    run, at = linear(("dog", "ball tree", "sky", "tree dog"), 12, 4)
    run.settings = run.settings.but(options={})
    table = faithfulness(run, at, 4, ("occlusion", "random"), control=False, target="score", orders=20)
    good, empty = table.to_dict("records")
    assert good["method"] == "occlusion" and good["pairs"] == 4 and good["better"] == 100
    assert (good["low"], good["high"]) == pytest.approx(wilson(4, 4)) and good["chance"] == pytest.approx(100 * 3 / 21)
    assert good["beaten"] > 95 > empty["beaten"] and good["beaten low"] <= good["beaten"] <= good["beaten high"]
    said = sets.summary(table)
    assert said.startswith("1 of 1 explanations of the regions beat chance on 4 pairs; a meaningless one would on 14 %")


def test_an_interrupted_table_goes_on_and_refuses_another_question(tmp_path, monkeypatch):
    run, at = linear(("dog", "ball tree", "sky", "tree dog"), 12, 4)
    out, tested, calls = tmp_path / "belief.json", sets.beliefs, []
    ask = lambda n=4, **more: faithfulness(run, at, n, ("occlusion",), control=False, orders=9, out=out, **more)

    def counting(pair, **options):
        calls.append(pair.text_row)
        return tested(pair, **options)

    def stopping(pair, **options):
        if len(calls) == 2:
            calls.append(pair.text_row)
            raise KeyboardInterrupt
        return counting(pair, **options)
    monkeypatch.setattr(sets, "beliefs", stopping)
    with pytest.raises(KeyboardInterrupt):
        ask()
    assert len(json.loads(out.read_text())["pairs"]) == 2
    monkeypatch.setattr(sets, "beliefs", counting)
    again = ask()
    assert len(calls) == 5 and len(set(calls)) == 4
    out.rename(tmp_path / "other.json")
    assert again.equals(ask())
    with pytest.raises(Problem, match="other rule; give another file"):
        ask(rule="zero")
    out.write_text("{")
    with pytest.raises(Problem, match="not a file of this function"):
        ask()


def test_captions_of_one_word_are_left_out_of_a_test_of_words(scan):
    word = scan.run.vocabulary.words[6]
    corpus = replace(scan.corpus, texts=[word if t < 10 else text for t, text in enumerate(scan.corpus.texts)])
    table = faithfulness(scan.run, index(scan.run, corpus), 12, ("cosine",), what="words", orders=5, control=False)
    assert table["pairs"].tolist() == [10] and table.attrs["skipped"] == 2


def test_the_sample_takes_different_images_and_any_of_their_texts(scan):
    rows = sets.sampled_texts(scan.corpus, 12, 3)
    assert len({int(scan.corpus.image_of_text[t]) for t in rows}) == 12 and rows == sets.sampled_texts(scan.corpus, 12, 3)
    assert any(t % 5 for t in rows)


def test_phrases_name_the_regions_that_overlap_their_boxes():
    e = planted_explanation()
    phrases = [("a brown dog", e.boxes[[0]]), ("a red frisbee", [[0, 0, 0.1, 0.1]]), ("a cat", e.boxes[[1]])]
    found = phrase_truth(e, phrases)
    assert {e.words[w]: t for w, t in enumerate(found.truth) if t} == {"dog": (0, 9)}       # box 9 overlaps box 0 by 0.7
    assert {e.words[w]: t for w, t in enumerate(phrase_truth(e, phrases, 0.9).truth) if t} == {"dog": (0,)}


def test_phrase_boxes_are_read_and_given_to_the_caption_that_holds_them(tmp_path, scan):
    corpus = replace(scan.corpus, texts=["a red dog", "two cats near a tree"] * 30, ids=[f"{n}.jpg" for n in range(12)])
    line = lambda name, phrase: json.dumps({"filename": name, "phrase": phrase, "boxes": [[10, 20, 50, 100]]})
    (tmp_path / "phrases.jsonl").write_text("\n".join((line("1.jpg", "Two cats"), line("1.jpg", "a cow"), line("77.jpg", "a tree"),
                                                       line("2.jpg", "a red dog"), line("3.jpg", "a tree"))))
    found = read_phrases(tmp_path / "phrases.jsonl", corpus, {"1.jpg": (100, 200), "2.jpg": (50, 100)})
    assert {t: [p for p, _ in told] for t, told in found.items()} == {5: ["Two cats"], 10: ["a red dog"]}
    assert found[5][0][1].tolist() == [[0.1, 0.1, 0.5, 0.5]]
    with pytest.raises(Missing, match="no phrase boxes at"):
        read_phrases(tmp_path / "none.jsonl", corpus, {})


def test_the_pointing_game_of_scenes_has_its_chance_and_its_control(scan):
    table = pointing_game(scan.run, scan.index, 6)
    trained, control, difference = table.to_dict("records")[:3]
    assert trained["model"] == "scan" and trained["words"] > 10 and trained["chance"] == control["chance"] > 0
    assert difference["hit rate"] == pytest.approx(trained["hit rate"] - control["hit rate"])
    assert trained["low"] <= trained["hit rate"] <= trained["high"]
    again = pointing_game(scan.run, scan.index, 3, phrases={3 * 5: [(scan.corpus.texts[15], scan.corpus.boxes[3][:2])]})
    assert set(again["words"]) == {1}
    with pytest.raises(Problem, match="contribution|attention"):
        pointing_game(scan.run, scan.index, 3, quantity="gaze")
    with pytest.raises(Problem, match="play on scenes"):
        pointing_game(*linear())


def test_a_model_without_attention_points_by_occlusion():
    run, at = indexed("vsepp")
    assert pointing_game(run, at, 4).iloc[0]["words"] > 0
    with pytest.raises(Problem, match="vsepp has no attention; take quantity='occlusion'"):
        pointing_game(run, at, 4, quantity="attention")


def test_intervals_of_shares_by_hand():
    assert wilson(8, 10) == pytest.approx((49.02, 94.33), abs=0.01)               # Wilson's interval of 8 of 10, as tabled
    assert wilson(0, 10)[0] == pytest.approx(0) and wilson(10, 10)[1] == pytest.approx(100) and np.isnan(wilson(0, 0)).all()
    low, high = bootstrap([1, 0] * 50)
    assert low == pytest.approx(0.4, abs=0.03) and high == pytest.approx(0.6, abs=0.03)
    assert bootstrap([2, 2], [4, 4]) == (0.5, 0.5)


def test_phrases_of_another_split_are_refused_with_what_to_do():
    from toys import toy

    from vsrlab.retrieval.index import index
    from vsrlab.settings import Settings
    from vsrlab.training.fit import fit
    corpus = toy()
    run = fit(corpus, Settings(model="scan", epochs=0, options=dict(dim=8, word_dim=8)), ui="none")
    with pytest.raises(Problem, match="play on a split that has phrase boxes"):
        pointing_game(run, index(run, corpus), phrases={})


def outcome(margin, score=0.678):
    return Outcome(np.full(np.shape(margin), score), np.asarray(margin, float), np.zeros(np.shape(margin), int))


@pytest.mark.parametrize("change, mark, believed", [(1.9e-5, "◌ real, but negligible", False), (0.1, "✓ believed", True)])
def test_an_effect_that_beats_chance_but_hardly_changes_the_score_is_negligible(change, mark, believed):
    fall = 0.5 - change * np.array([0.0, 1.0, 1.0])
    b = Belief("edges", "affinity", "zero", np.arange(2.0), np.zeros((2, 2), int), np.arange(3), outcome(0.5), outcome(fall),
               outcome(np.full((50, 3), 0.5 - change / 9)), None, "margin", 0)
    assert b.better == 1 and b.mark == mark and b.believed is believed and b.negligible is not believed
    assert ("real, but negligible, 2e-05 of 0.678" in b.verdict) is not believed
