"""Reasoning in numbers: what cutting relations does, geometry, and what the order of reading does, against plain loops."""
import numpy as np
import pytest
import torch
from thinker import WORDS, thinking
from toy import indexed

from vsrlab.errors import Problem
from vsrlab.explain import lacks, reasoning
from vsrlab.explain.explanation import Pair, explain
from vsrlab.explain.reading import Reading, explained
from vsrlab.explain.reasoning import Cuts, agreements, geometry, overlaps, spearman


@pytest.fixture(scope="module")
def thought():
    run, index = thinking()
    return run, index, Pair(run, index, 1, 2), explain(run, index, 1, 2)


def by_hand(pair, cut=(), order=None):
    """Score, memory cosines: the Thinker's equations region by region, in numpy."""
    v = pair.regions[0].numpy().astype(float)
    v = v[list(range(len(v))) if order is None else list(order)]
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    text = np.zeros(len(WORDS))
    for word in pair.text.split():
        text[WORDS.index(word)] += 1
    text /= np.linalg.norm(text)
    for layer in range(2):
        new = v.copy()
        for a in range(len(v)):
            for b in range(len(v)):
                if (layer, a, b) not in cut:
                    new[a] += v[a] @ v[b] / len(v) * v[b]
        v = new
    state, cosines = np.zeros(len(WORDS)), []
    for region in v:
        state = 0.5 * state + 0.5 * region
        cosines.append(state @ text / np.linalg.norm(state))
    return cosines[-1], np.array(cosines)


def test_cutting_a_relation_is_the_score_of_the_equations_without_it(thought):
    _, index, pair, e = thought
    cuts = Cuts(pair, e)
    found = cuts.edges(1, [(0, 3), (4, 2), (0, 3)])
    whole, _ = by_hand(pair)
    assert abs(cuts.score - whole) < 1e-5 and abs(cuts.score - e.score) < 1e-6 and cuts.rank == e.image_rank
    for change, edge in zip(found.change, ((0, 3), (4, 2), (0, 3))):
        assert abs(change - (by_hand(pair, [(1, *edge)])[0] - whole)) < 1e-5
    both = cuts.groups(0, [[(0, 3), (4, 2)]])
    after = by_hand(pair, [(0, 0, 3), (0, 4, 2)])[0]
    assert abs(both.change[0] - (after - whole)) < 1e-5
    assert both.rank[0] == sum(index.scores[i, 2] >= after for i in range(len(index.corpus)) if i != 1)


def test_one_image_with_many_cuts_is_read_once_before_the_cut_and_gives_what_copies_of_it_give(monkeypatch):
    from toy import indexed

    from vsrlab.models.layers.reasoning import Reasoning
    run, at = indexed("vsrn", images=4)
    pair = Pair(run, at, 1, 2)
    count, layers = pair.regions.shape[1], len(run.model.reasoner.layers)
    edges = torch.ones(5, layers, count, count)
    edges[:, 2] = (torch.rand(5, count, count, generator=torch.Generator().manual_seed(0)) > 0.3).float()
    sizes, forward = [], Reasoning.forward
    monkeypatch.setattr(Reasoning, "forward", lambda self, v, *rest: (sizes.append(len(v)), forward(self, v, *rest))[1])
    mask = torch.ones(5, count, dtype=torch.bool)
    with torch.no_grad():
        shared = run.model.encode_images(pair.regions.expand(5, -1, -1), mask, edges=edges)
        assert sizes == [1, 1] + [5] * (layers - 2)
        copies = run.model.encode_images(pair.regions.repeat(5, 1, 1), mask, edges=edges)
    assert torch.allclose(shared.vector, copies.vector, atol=1e-6) and torch.allclose(shared.parts, copies.parts, atol=1e-6)
    for name in copies.seen:
        assert torch.allclose(shared.seen[name], copies.seen[name], atol=1e-6), name


def test_cutting_nothing_changes_nothing_and_layers_count_from_the_end(thought):
    _, _, pair, e = thought
    cuts = Cuts(pair, e)
    assert abs(cuts.groups(0, [[]]).change[0]) < 1e-7 and len(cuts.edges(0, []).change) == 0
    assert np.allclose(cuts.groups(-1, [[(0, 1)]]).change, cuts.edges(1, [(0, 1)]).change)


def test_the_strongest_relations_are_cut_beside_as_many_random_ones(thought):
    _, _, pair, e = thought
    cuts = Cuts(pair, e)
    a = cuts.against(0, counts=(1, 3, 99), draws=6)
    order = sorted(reasoning.pairs(5), key=lambda p: -abs(e.affinity[0][p]))
    assert a.counts.tolist() == [1, 3] and a.random.change.shape == (2, 6) and a.random.rank.shape == (2, 6)
    whole = by_hand(pair)[0]
    assert abs(a.strongest.change[1] - (by_hand(pair, [(0, *p) for p in order[:3]])[0] - whole)) < 1e-5
    assert np.allclose(a.beaten, [np.mean(np.abs(a.random.change[n]) < abs(a.strongest.change[n])) for n in (0, 1)])
    assert cuts.against(0, counts=(1, 3, 99), draws=6) is a


def test_affinity_and_effect_are_compared_over_all_relations_and_over_a_set(thought):
    run, index, pair, e = thought
    a = Cuts(pair, e).agreement(0)
    assert len(a.edges) == 20 and np.allclose(a.affinity, [e.affinity[0][p] for p in a.edges])
    assert abs(a.rho - spearman(np.abs(a.affinity), np.abs(a.change))) < 1e-12
    assert agreements(run, index, images=3).shape == (3,)


def test_rank_correlation_shares_the_ranks_of_equal_values():
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    a, b = [1, 1, 2], [1, 2, 3]                              # ranks 1.5 1.5 3 and 1 2 3: r = 1.5 / sqrt(1.5 * 2)
    assert spearman(a, b) == pytest.approx(1.5 / np.sqrt(3.0)) and np.isnan(spearman([1, 1], [1, 2]))


def test_overlap_and_nearness_explain_an_affinity_made_of_them():
    boxes = np.array([[0, 0, 0.5, 0.5], [0.25, 0, 0.75, 0.5], [0.8, 0.8, 1, 1], [0, 0.6, 0.3, 0.9]])
    assert abs(overlaps(boxes)[0, 1] - 1 / 3) < 1e-12 and overlaps(boxes)[0, 2] == 0
    near = -reasoning.distances(boxes)
    g = geometry(near, boxes)
    assert geometry(np.exp(near), boxes).nearness == pytest.approx(1) and g.nearness == pytest.approx(-1)
    assert reasoning.distances(boxes, (200, 100))[0, 3] == pytest.approx(np.hypot(0.1, 0.25))


def test_the_most_similar_region_is_found_by_cosine():
    assert reasoning.nearest(np.array([[1.0, 0], [5, 1], [0, 1]])).tolist() == [1, 0, 1]


def test_a_model_without_relations_or_memory_says_which_have():
    run, index = indexed("vsepp", images=4)
    e, pair = explain(run, index, 0, 0), Pair(run, index, 0, 0)
    with pytest.raises(Problem, match="no layer in which regions read each other; vsrn, vsrpp and saem have"):
        Cuts(pair, e)
    with pytest.raises(Problem, match="no memory that reads regions .*; vsrn and vsrpp have"):
        Reading(e, pair)


# reading

def test_the_course_of_the_memory_is_that_of_a_plain_loop(thought):
    _, index, pair, e = thought
    course = Reading(e, pair).course
    assert np.allclose(course.shown, by_hand(pair)[1], atol=1e-5) and np.allclose(course.replaced, 0.5) and course.update[0] == 1
    scores = np.where(index.corpus.image_of_text == 1, -np.inf, index.scores[1])
    assert Reading(e, pair).rival.row == scores.argmax() and not Reading(e, pair).rival.right


def test_a_wrong_caption_is_compared_with_the_best_right_one(thought):
    run, index, _, _ = thought
    r = Reading(explain(run, index, 1, 8), Pair(run, index, 1, 8))
    own = index.corpus.texts_of(1)
    assert r.rival.right and r.rival.row == own[index.scores[1, own].argmax()]


def test_shuffled_orders_give_the_scores_of_the_loop_in_that_order(thought):
    _, index, pair, e = thought
    shuffled = Reading(e, pair, orders=4).shuffled
    for n, order in enumerate(shuffled.orders):
        score, cosines = by_hand(pair, order=order)
        assert abs(shuffled.score[n] - score) < 1e-5 and np.allclose(shuffled.cosine[n], cosines, atol=1e-5)
        assert shuffled.rank[n] == sum(index.scores[i, 2] >= shuffled.score[n] for i in range(6) if i != 1)
    assert shuffled.moved == np.mean(shuffled.rank != e.image_rank) and shuffled.true_rank == e.image_rank


def test_a_memory_that_forgets_is_explained_by_position_and_not_by_content():
    run, index = thinking(regions=8, seed=3)
    b = Reading(explain(run, index, 0, 0), Pair(run, index, 0, 0), orders=10).bunching
    assert b.by_position > 0.3 > b.by_content and b.last_third > 0.6 and b.position.argmax() == 7


def test_variance_is_split_by_groups_with_chance_taken_off():
    assert explained(np.array([1.0, 1, 5, 5]), np.array([0, 0, 1, 1])) == pytest.approx(1)
    # between 1, within 4, two free: (1 - 4 / 2) / 5 < 0, which is none
    assert explained(np.array([0.0, 2, 1, 3]), np.array([0, 0, 1, 1])) == 0 == explained(np.ones(4), np.array([0, 0, 1, 1]))


@pytest.mark.parametrize("order", ["given", "reversed", "random"])
def test_vsrn_is_read_in_the_order_it_was_built_with(order):
    run, index = indexed("vsrn", images=4, layers=1, head="paper", order=order)
    e, pair = explain(run, index, 0, 0), Pair(run, index, 0, 0)
    r = Reading(e, pair, orders=3)
    gru, state, text = run.model.reasoner.gru, None, pair.encode_text().vector[0].detach()
    parts = pair.encode_image().parts.detach()
    for step, region in enumerate(r.order):
        out, state = gru(parts[:, [region]], state)
        assert abs(torch.cosine_similarity(out[0, 0], text, dim=0) - r.course.shown[step]) < 1e-4
    assert not r.head and abs(r.course.shown[-1] - e.score) < 1e-4
    one = r.shuffled.orders[0]
    again = Reading(e, pair, orders=3)
    rows = np.empty(len(one), int)
    rows[again.order] = one
    assert abs(pair.score(regions=pair.regions[0][torch.as_tensor(rows)])[0] - r.shuffled.score[0]) < 1e-4
    if order != "random":                                    # there a mask, too, changes the order of the others
        masked = pair.score(region_mask=np.arange(e.regions) != r.order[2])[0]
        assert abs(r._lost(r.order)[2] - abs(e.score - masked)) < 1e-4


def test_cutting_every_relation_of_vsrpp_is_its_score_with_factors_of_zero():
    run, index = indexed("vsrpp", images=4, layers=2)
    e, pair = explain(run, index, 0, 0), Pair(run, index, 0, 0)
    cuts, every = Cuts(pair, e), [(a, b) for a in range(e.regions) for b in range(e.regions)]
    factors = torch.ones(1, 2, e.regions, e.regions)
    factors[:, 1] = 0
    with torch.no_grad():
        image = run.model.encode_images(pair.regions, torch.ones(1, e.regions, dtype=torch.bool), edges=factors)
        alone = float(run.model.match(image, pair.encode_text()).scores)
    assert abs(cuts.score + cuts.groups(1, [every]).change[0] - alone) < 1e-5 and abs(cuts.score - alone) > 1e-5


def test_a_record_from_a_file_says_how_to_run_it_again(thought):
    e = thought[3]
    with pytest.raises(Problem, match=r"vl.timeline\(run, index, image, text\)"):
        _ = Reading(e).shuffled
    assert np.isnan(Reading(e).course.shown).all() and Reading(e).course.rival is None
    assert lacks.no_memory(e).startswith("This vsrn takes the mean")
