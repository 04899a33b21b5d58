"""Attributions: what adds up, a linear model by hand, words through their embedding, targets, and the trap of GRUs on a GPU."""
import numpy as np
import pytest
import torch
from toy import indexed

from vsrlab.data.corpus import Corpus
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.explain.attribution import METHODS, attribute
from vsrlab.explain.contest import Contest, mean_region, read_as, word_layer
from vsrlab.explain.pair import Pair
from vsrlab.models.matcher import Matcher
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.values import Encoding

WORDS = "dog ball tree sky".split()


class Linear(Matcher):
    """The score of a text is the sum, over regions, of the features that its words name."""

    def encode_images(self, regions, mask):
        return Encoding((regions * mask[..., None]).sum(1), regions, mask, {})

    def encode_texts(self, words, mask):
        parts = torch.nn.functional.one_hot(words.clamp_min(4) - 4, len(WORDS)).float() * mask[..., None]
        return Encoding(parts.sum(1), parts, mask, {})


def linear(captions=("dog", "ball tree", "sky"), regions=5, images=3):
    features = np.random.default_rng(0).normal(size=(images, regions, len(WORDS))).astype(np.float32)
    corpus = Corpus("linear", features, list(captions), np.arange(len(captions)))
    run = Run(Settings(model="vsepp"), len(WORDS), Vocabulary(WORDS, markers=False), Linear())
    return run, index(run, corpus)


@pytest.fixture(scope="module", params=("scan", "vsepp"))
def pair(request):
    run, at = indexed(request.param)
    return Pair(run, at, 3, int(at.corpus.texts_of(3)[0]))


@pytest.mark.parametrize("method", [m for m in METHODS if m != "gradient"])
def test_in_a_linear_model_each_region_adds_its_own_features_minus_the_mean(method):
    run, at = linear()
    found = attribute(Pair(run, at, 1, 1), "regions", method)
    x, mean = at.corpus.regions[1], at.corpus.regions.reshape(-1, 4).mean(0)
    assert found.values == pytest.approx((x - mean)[:, 1] + (x - mean)[:, 2], abs=1e-4)
    assert found.whole == pytest.approx(x[:, 1:3].sum(), abs=1e-5) and found.blank == pytest.approx(5 * mean[1:3].sum(), abs=1e-5)
    assert found.order[0] == np.argmax((x - mean)[:, 1:3].sum(1)) and abs(found.gap) < 1e-4


def test_gradient_times_input_in_a_linear_model_is_the_features_themselves():
    run, at = linear()
    found = attribute(Pair(run, at, 1, 1), "regions", "gradient")
    assert found.values == pytest.approx(at.corpus.regions[1][:, 1:3].sum(1), abs=1e-5)


def test_the_margin_is_against_the_best_wrong_answer_of_the_gallery():
    run, at = linear()
    found = attribute(Pair(run, at, 1, 1), "regions", "occlusion", "margin", baseline="zero")
    total = at.corpus.regions[1].sum(0)
    assert found.whole == pytest.approx(total[1] + total[2] - max(total[0], total[3]), abs=1e-5)


@pytest.mark.parametrize("side", ("regions", "words"))
@pytest.mark.parametrize("target", ("score", "margin", "soft rank"))
@pytest.mark.parametrize("method", ("ig", "shapley"))
def test_integrated_gradients_and_shapley_values_add_up_to_the_change(pair, side, target, method):
    found = attribute(pair, side, method, target, steps=300, samples=3)
    assert abs(found.gap) < 0.02 * max(0.05, abs(found.whole - found.blank), np.abs(found.values).sum())


@pytest.mark.parametrize("method", METHODS)
def test_markers_of_a_sentence_get_nothing_but_from_the_plain_gradient(pair, method):
    found = attribute(pair, "words", method)
    assert len(found.values) == len(pair.tokens)
    if method != "gradient":
        assert found.values[[0, -1]] == pytest.approx([0, 0], abs=1e-7)


def test_occlusion_is_that_of_a_plain_loop(pair):
    found = attribute(pair, "regions", "occlusion")
    with torch.no_grad():
        for r in (0, 7, 20):
            x = pair.regions.clone()
            x[0, r] = mean_region(pair.index)
            images = pair.model.encode_images(x, torch.ones(x.shape[:2], dtype=torch.bool))
            without = float(pair.model.match(images, pair.encode_text()).scores)
            assert found.values[r] == pytest.approx(found.whole - without, abs=1e-5)


def test_words_are_explained_as_captum_explains_the_embedding_layer(pair):
    from captum.attr import LayerIntegratedGradients
    contest = Contest(pair, "words")
    full = torch.ones(pair.words.shape, dtype=torch.bool)
    image = pair.encode_image()

    def score(ids):
        return pair.model.match(image, pair.model.encode_texts(ids, full.expand(len(ids), -1))).scores[0]
    layer = word_layer(pair.model)
    ids = torch.where(torch.tensor([[t.start >= 0 for t in pair.tokens]]), 5, pair.words)         # every word becomes word 5
    peer = LayerIntegratedGradients(score, layer).attribute(pair.words, ids, n_steps=20).sum(-1)[0]
    contest.blank = lambda rule: layer(ids)
    ours = attribute(pair, "words", "ig", steps=20, contest=contest)
    assert ours.values == pytest.approx(peer.detach().numpy(), abs=1e-5)


def test_nothing_is_left_behind_in_the_model(pair):
    before = {k: v.clone() for k, v in pair.model.state_dict().items()}
    attribute(pair, "words", "ig", "margin", steps=4)
    assert not pair.model.training and all(p.grad is None for p in pair.model.parameters())
    assert not word_layer(pair.model)._forward_hooks
    assert all(torch.equal(before[k], v) for k, v in pair.model.state_dict().items())


def test_a_hook_is_taken_off_when_the_model_fails(pair):
    with pytest.raises(RuntimeError), read_as(pair.model, torch.zeros(1, 2, 3)):
        raise RuntimeError
    assert not word_layer(pair.model)._forward_hooks


def test_cudnn_is_off_while_gradients_are_taken_and_on_afterwards(pair, monkeypatch):
    seen, encode = [], pair.model.encode_texts
    trap = lambda: torch.backends.cudnn.enabled and torch.is_grad_enabled()
    monkeypatch.setattr(pair.model, "encode_texts", lambda *a: seen.append(trap()) or encode(*a))
    attribute(pair, "words", "ig", steps=4)
    assert seen and not any(seen) and torch.backends.cudnn.enabled


def test_shapley_values_follow_their_seed_and_leave_the_random_numbers_alone(pair):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, same, other = (attribute(pair, "regions", "shapley", samples=2, seed=s).values for s in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_a_soft_rank_counts_rivals_and_tells_where_the_margin_is_flat():
    run, at = linear()
    contest = Contest(Pair(run, at, 1, 1))
    scores = torch.tensor([[1.0, 1.0, -99.0], [9.0, 1.0, 1.0], [0.0, 99.0, 99.0]])
    contest.width = 0.1
    assert contest.read(scores, "soft rank").tolist() == pytest.approx([-0.5, 0, -2], abs=1e-4)
    assert contest.read(scores, "margin").tolist() == [0, 8, -99]
    assert contest.read(scores, "score").tolist() == [1, 9, 0]


def test_ranks_are_those_of_the_gallery_with_ties_counted_against():
    run, at = linear(images=4, captions=("dog", "ball", "sky", "dog"))
    contest = Contest(Pair(run, at, 1, 1))
    others = np.delete(at.scores[:, 1], 1)
    assert contest.ranks(np.array([others.max() + 1, others.max(), others.min(), others.min() - 1])).tolist() == [0, 1, 3, 3]
    assert contest.rows.tolist() == [t for t in np.argsort(-at.scores[1], kind="stable") if t != 1]


def test_wrong_requests_are_answered_with_what_there_is(pair):
    for arguments, said in ((("pixels",), "regions"), (("regions", "lime"), "ig"), (("regions", "ig", "loss"), "margin")):
        with pytest.raises(Problem, match=said):
            attribute(pair, *arguments)
    with pytest.raises(Problem, match="at least 1"):
        attribute(pair, steps=0)
    with pytest.raises(Problem, match="mean, zero|mean.*zero"):
        attribute(pair, baseline="noise")
    alone = linear(captions=("dog",), images=1)
    with pytest.raises(Problem, match="has none; take target='score'"):
        attribute(Pair(*alone, 0, 0), target="margin")
    with pytest.raises(Problem, match="take side='regions'"):
        attribute(Pair(*linear(), 0, 0), "words")
