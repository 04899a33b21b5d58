"""Interaction: a linear model by hand, a plain double sum of second differences, completeness, and where it is shown."""
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from toy import indexed

from vsrlab.data.batches import read_images, read_texts
from vsrlab.data.corpus import Corpus
from vsrlab.data.scenes.corpus import scenes
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.explain.attribution import attribute
from vsrlab.explain.belief import belief
from vsrlab.explain.contest import Contest, mean_region, mean_word, word_vectors
from vsrlab.explain.explanation import explain
from vsrlab.explain.faithfulness import faithfulness
from vsrlab.explain.interaction import compared, compares_vectors, interaction
from vsrlab.explain.pair import Pair
from vsrlab.explain.pointing.game import pointing_game
from vsrlab.explain.record import Explanation
from vsrlab.models.layers.blocks import MeanVector
from vsrlab.models.matcher import Matcher
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.values import Batch, Encoding
from vsrlab.views.attention.view import AttentionView, attention
from vsrlab.zoo import ZOO

VECTORS = [name for name, row in ZOO.items() if compares_vectors(row.model)]


class Sums(Matcher):
    """The sum of the regions times the mean of the word vectors: bilinear in its parts."""

    def __init__(self):
        super().__init__()
        self.words = MeanVector(8, 4)

    def encode_images(self, regions, mask):
        return Encoding((regions * mask[..., None]).sum(1), regions, mask, {})

    def encode_texts(self, words, mask):
        return Encoding(self.words(words, mask), self.words.each(words, mask), mask, {})


def test_in_a_bilinear_model_each_cell_is_the_product_of_its_word_and_its_region():
    torch.manual_seed(0)
    features = np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32)
    corpus = Corpus("sums", features, ["dog ball", "tree", "sky dog"], np.arange(3))
    run = Run(Settings(model="vsepp"), 4, Vocabulary("dog ball tree sky".split()), Sums())
    pair = Pair(run, index(run, corpus), 0, 0)
    table, blank = pair.model.words.embed.weight.numpy(), features.reshape(-1, 4).mean(0)
    word = lambda w: table[int(pair.words[0, w])] - table[4:].mean(0)
    by_hand = [[float(word(w) @ (x - blank)) / 4 if w in (1, 2) else 0 for x in features[0]] for w in range(4)]
    found = interaction(pair)
    assert found.values == pytest.approx(np.array(by_hand), abs=1e-6)
    assert found.change == pytest.approx(np.sum(by_hand), abs=1e-6) and abs(found.gap) < 1e-6


@pytest.mark.parametrize("name", ["vsepp", "order", "vsrn"])
def test_it_is_the_mean_of_second_derivatives_over_all_points_of_both_ways(name):
    """The definition, by central differences of the score at every cell of a grid, one word and one region at a time."""
    run, at = indexed(name)
    pair = Pair(run, at, 2, 10)
    score, (words, regions) = compared(pair), (4, 6)
    blank, no_word = mean_region(at), mean_word(run.model)
    spoken, n, e = word_vectors(run.model, pair.words), 12, 0.02
    from vsrlab.explain.contest import read_as

    def encoded(amount, part, extra, side):
        whole, none = (pair.regions, blank) if side == "image" else (spoken, no_word)
        real = torch.tensor([side == "image" or t.start >= 0 for t in (pair.tokens if side == "text" else range(whole.shape[1]))])
        amounts = torch.full((1, whole.shape[1]), amount)
        amounts[0, part] += extra
        x = whole - (1 - amounts)[..., None] * (whole - none) * real[:, None]
        mask = torch.ones(x.shape[:2], dtype=torch.bool)
        if side == "image":
            return run.model.encode_images(x, mask).vector
        with read_as(run.model, x):
            return run.model.encode_texts(pair.words, mask).vector

    middle = (np.arange(n) + 0.5) / n
    with torch.no_grad():
        f = {(a, s): encoded(float(a), regions, s * e, "image") for a in middle for s in (1, -1)}
        g = {(b, s): encoded(float(b), words, s * e, "text") for b in middle for s in (1, -1)}
        cells = [sum(s * t * float(score(f[a, s].double(), g[b, t].double())) for s in (1, -1) for t in (1, -1)) / (4 * e * e)
                 for a in middle for b in middle]
    assert interaction(pair).values[words, regions] == pytest.approx(np.mean(cells), rel=0.05, abs=2e-6)


def begun(name):
    """An untrained model that has counted or solved what it does before its first epoch; CCA of 12 images needs a large ridge."""
    run, at = indexed(name, **({"ridge": 1.0} if name == "cca" else {}))
    owner = np.asarray(at.corpus.image_of_text)
    batch = Batch(*read_images(at.corpus, owner), *read_texts(at.corpus.texts, run.vocabulary), torch.as_tensor(owner))
    run.model.begin(lambda: [batch])
    return run, index(run, scenes(images=12, seed=4))


@pytest.mark.parametrize("name", VECTORS)
def test_every_model_that_compares_vectors_is_complete_to_a_thousandth(name):
    run, at = begun(name)
    pair = Pair(run, at, 2, 10)
    found, e = interaction(pair), explain(run, at, 2, 10)
    whole = e.score if e.score_local is None else e.score - e.score_local
    assert found.corners[0, 0] == pytest.approx(whole, abs=1e-5)
    assert abs(found.gap) <= 1e-3 * np.abs(found.corners).max()
    assert np.isfinite(found.values).all() and not found.values[e.markers].any()
    assert found.values.any() or np.ptp(found.corners) < 1e-4                    # an untrained RRF-Net gives all the same score


def test_all_of_the_score_of_vsrpp_is_taken_apart_word_by_region():
    run, at = indexed("vsrpp")
    pair, e = Pair(run, at, 2, 10), explain(run, at, 2, 10, interaction=True)
    found = interaction(pair)
    assert e.interaction.sum() + e.contribution.sum() + found.alone == pytest.approx(e.score, abs=1e-3)
    assert interaction(pair, mu=2 * e.mu).values == pytest.approx(2 * found.values, abs=1e-5)


def test_a_model_that_compares_no_vectors_says_so():
    run, at = indexed("scan")
    with pytest.raises(Problem, match="scan compares no two vectors, .*take quantity='occlusion'"):
        interaction(Pair(run, at, 2, 10))
    with pytest.raises(Problem, match="take quantity='occlusion'"):
        pointing_game(run, at, 2, quantity="interaction")


@pytest.mark.parametrize("name", ["cca", "rrf"])
def test_words_of_a_model_that_counts_them_are_changed_as_if_they_were_not_there(name):
    run, at = begun(name)
    pair = Pair(run, at, 2, 10)
    contest = Contest(pair, "words")
    gone = contest.inputs.clone()
    gone[:, 3] = contest.blank()[:, 3]
    keep = np.ones(pair.words.shape[1], bool)
    keep[3] = False
    with torch.no_grad():
        assert float(contest(gone)[0, 0]) == pytest.approx(float(pair.score(word_mask=keep)[0]), abs=1e-5)
        assert float(contest(contest.inputs)[0, 0]) == pytest.approx(float(pair.score()[0]), abs=1e-5)
    assert abs(attribute(pair, "words", steps=40).gap) < 0.05


def test_the_view_draws_it_with_its_sum_beside_the_score():
    view = attention(*indexed("vsepp"), 2, 10, strip=False, quantity="interaction", word="box")
    found, e = interaction(view.whatif.pair), view.e
    assert view.quantity == "interaction" and view.matrix("interaction") == pytest.approx(found.values, abs=1e-6)
    for shown in (view.text(), view.html()):
        assert f"add up to {found.values.sum():+.3f} of the score {e.score:.3f}".replace("-", "−") in shown
    assert view.table()["interaction"].sum() == pytest.approx(found.values.sum(), abs=1e-4)
    assert not np.allclose(view.matrix("interaction"), view.matrix("interaction", control=True))


def test_of_two_scores_it_names_the_weighted_one():
    assert "of μ × global" in attention(*indexed("vsrpp"), 2, 10, strip=False, quantity="interaction").text()


def test_a_record_keeps_it_in_its_file(tmp_path):
    e = explain(*indexed("vsepp"), 2, 10, interaction=True)
    again = Explanation.open(e.save(tmp_path / "pair.npz"))
    assert np.array_equal(again.interaction, e.interaction) and explain(*indexed("vsepp"), 2, 10).interaction is None
    view = AttentionView(again)
    assert view.quantities == ["interaction"] and view.matrix("interaction") == pytest.approx(e.interaction, abs=1e-6)
    assert "no attention" in view.text() and len(view.html()) > 10_000 and view.figure().axes
    assert "interaction" not in AttentionView(replace(again, interaction=None)).quantities


def test_it_is_tested_like_every_explanation_and_plays_the_pointing_game():
    run, at = indexed("vsepp")
    tested = belief(Pair(run, at, 2, 10), "words", "interaction", orders=10)
    assert tested.values == pytest.approx(interaction(Pair(run, at, 2, 10)).values.sum(1)[tested.pieces], abs=1e-6)
    table = pointing_game(run, at, 3, quantity="interaction")
    assert table["words"][0] > 0 and 0 <= table["hit rate"][0] <= 100


def test_a_test_that_was_begun_without_it_goes_on_without_it(tmp_path):
    run, at = indexed("vsepp")
    file = tmp_path / "old.json"
    faithfulness(run, at, 1, ["occlusion", "random"], orders=4, control=False, out=file)
    table = faithfulness(run, at, 2, orders=4, control=False, out=file)
    assert list(json.loads(file.read_text())["methods"]) == ["occlusion", "random"] and len(table) == 2
    assert "interaction" in set(faithfulness(run, at, 1, orders=4, control=False)["method"])
