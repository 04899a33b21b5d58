"""Encoded once, scored in blocks, searched both ways, measured with a stamp."""
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy import indexed
from toys import toy

from vsrlab.data.batches import read_images, read_texts
from vsrlab.errors import Problem
from vsrlab.explain.explanation import Pair, explain
from vsrlab.measure.ranks import ranks, summary
from vsrlab.measure.result import Result, compare
from vsrlab.retrieval.evaluate import evaluate
from vsrlab.retrieval.index import index, score_all
from vsrlab.retrieval.scored import ensemble
from vsrlab.retrieval.sources import from_scores
from vsrlab.run import Run
from vsrlab.scoring import Shelf, blocks, encode_images, encode_texts
from vsrlab.settings import Settings
from vsrlab.training.fit import fit
from vsrlab.values import Encoding
from vsrlab.zoo import ZOO, build

SMALL = Settings(model="scan", options=dict(dim=16), batch=16, epochs=4, rate=5e-3, warm_up=4)


@pytest.fixture(scope="module")
def run():
    return fit(toy(200), SMALL, ui="none")


@pytest.fixture(scope="module")
def at(run):
    return index(run, toy(60, seed=5))


def ragged():
    """A corpus with one, two or no texts an image, in mixed order, some of whose regions are padding."""
    corpus = toy(30, seed=7)
    keep = np.random.default_rng(0).permutation(len(corpus.texts))[:41]
    regions = corpus.regions.copy()
    regions[::3, 2:] = 0
    return replace(corpus, regions=regions, texts=[corpus.texts[t] for t in keep], image_of_text=corpus.image_of_text[keep])


@pytest.mark.parametrize("name", ZOO)
def test_blocks_of_any_size_equal_each_pair_alone(run, name):
    corpus = ragged()
    model = build(name, 10, len(run.vocabulary), **{"dim": 16}).eval()
    regions, mask = read_images(corpus, np.arange(len(corpus)))
    words, real = read_texts(corpus.texts, run.vocabulary)
    images, texts = model.encode_images(regions, mask), model.encode_texts(words, real)
    fast = score_all(model, encode_images(model, corpus, batch=7), encode_texts(model, corpus.texts, run.vocabulary, batch=5))
    assert fast.shape == (30, 41) and fast.dtype == np.float32
    padded = score_all(model, images, texts)                     # given as padded encodings of everything
    tiny = score_all(model, images, texts, image_block=3, word_block=11)
    assert np.allclose(fast, padded, atol=1e-5) and np.allclose(fast, tiny, atol=1e-5)
    with torch.no_grad():
        for i, t in [(0, 0), (3, 40), (29, 17), (6, 6)]:
            alone = model.match(images.rows([i]), texts.rows([t])).scores
            assert abs(float(alone) - fast[i, t]) < 1e-5


def test_a_single_sentence_is_scored_in_few_large_blocks(monkeypatch):
    run, at = indexed("scan", images=40)
    texts, calls, match = Pair(run, at, 0, 3).encode_text(), [], type(run.model).match
    monkeypatch.setattr(type(run.model), "match", lambda self, i, t: (calls.append(len(i.mask)), match(self, i, t))[1])
    found = score_all(run.model, at.images, texts)
    assert calls == [40] and np.allclose(found[:, 0], at.scores[:, 3], atol=1e-6)


def test_scores_go_into_a_memory_map_and_the_wrong_shape_is_refused(at, tmp_path):
    out = np.lib.format.open_memmap(tmp_path / "s.npy", mode="w+", dtype=np.float16, shape=at.scores.shape)
    assert score_all(at.run.model, at.images, at.texts, out=out) is out
    assert np.allclose(np.load(tmp_path / "s.npy"), at.scores, atol=1e-3)
    with pytest.raises(Problem, match=r"out is \(2, 2\)"):
        score_all(at.run.model, at.images, at.texts, out=np.empty((2, 2)))


def test_each_image_and_each_text_is_encoded_once(run, monkeypatch):
    corpus, count = toy(50, seed=3), {"images": 0, "texts": 0}
    for side in count:
        true = getattr(run.model, f"encode_{side}")
        monkeypatch.setattr(run.model, f"encode_{side}", lambda x, mask, side=side, true=true: (count.__setitem__(
            side, count[side] + len(x)), true(x, mask))[1])
    found = index(run, corpus, batch=16)
    found.scores, found.ranks, found.scores                     # noqa: B018  cached: a second look encodes nothing
    assert count == {"images": 50, "texts": 100}


def test_no_padding_reaches_the_model_and_blocks_stay_small(run, at):
    words = 0
    for rows, part in blocks(at.texts, 24):
        assert bool(part.mask.all()) and part.mask.numel() <= max(24, part.mask.shape[1])
        words += len(rows)
    assert words == 120
    texts = at.texts.rows(slice(None))
    assert sorted(r for rows, part in blocks(texts, 24) for r in rows) == list(range(120))
    assert all(bool(part.mask.all()) for _, part in blocks(texts, 24))


def test_a_shelf_answers_like_the_encoding_it_holds(run):
    corpus = ragged()
    shelf = encode_texts(run.model, corpus.texts, run.vocabulary, batch=4)
    with torch.no_grad():
        whole = run.model.encode_texts(*read_texts(corpus.texts, run.vocabulary))
    assert isinstance(shelf, Shelf) and len(shelf) == 41 and "41 texts" in repr(shelf)
    assert torch.allclose(shelf.vector, whole.vector, atol=1e-6) and torch.equal(shelf.mask, whole.mask)
    assert torch.allclose(shelf.parts * shelf.mask[..., None], whole.parts * whole.mask[..., None], atol=1e-6)
    for rows in ([5, 0, 40, 5], torch.tensor([3, 1]), slice(10, 20), np.array([7])):
        some = shelf.rows(rows)
        assert isinstance(some, Encoding) and torch.allclose(some.vector, whole.vector[rows], atol=1e-6)
        assert torch.equal(some.mask.sum(1), whole.mask[rows].sum(1))


def test_scoring_leaves_the_model_as_it_was(run):
    run.model.train()
    index(run, toy(5, seed=1)).scores   # noqa: B018
    assert run.model.training
    run.model.eval()


def test_encodings_of_an_index_can_be_differentiated_through(at):
    images = at.images.rows([0])
    parts = images.parts.clone().requires_grad_()
    at.run.model.match(images._replace(parts=parts), at.texts.rows([0])).scores.sum().backward()
    assert float(parts.grad.abs().sum()) > 0


def test_a_sentence_finds_images_in_the_order_of_their_scores(at):
    corpus = at.corpus
    hits = at.search(corpus.texts[8], k=60)
    assert [h.rank for h in hits] == list(range(60)) and sorted(h.row for h in hits) == list(range(60))
    assert np.allclose([h.score for h in hits], np.sort(at.scores[:, 8])[::-1], atol=1e-6)
    own = [h for h in hits if h.row == corpus.image_of_text[8]][0]
    assert own.right is True and own.rank == at.ranks.of_texts[8] and own.what == corpus.ids[own.row]
    free = at.search("a red ball and nothing else at all", k=3)
    assert [h.right for h in free] == [None] * 3 and free.sought == "images" and "->" in repr(free)


@pytest.mark.parametrize("name", ZOO)
def test_a_row_or_a_column_read_alone_is_that_of_all_scores_and_does_not_score_the_gallery(run, name):
    corpus = toy(530, seed=7)                                    # more than one buffer of images, many blocks of texts
    model = build(name, 10, len(run.vocabulary), **{"dim": 16}).eval()
    found = index(Run(SMALL.but(model=name), 10, run.vocabulary, model), corpus)
    asked = [(side, n) for side in ("text", "image") for n in (0, 5, 511, 512, 529)]
    alone = [found.scored.of_text(n) if side == "text" else found.scored.of_image(n) for side, n in asked]
    searched = found.search(corpus.texts[500], 5), found.search(17, 5)
    assert "scores" not in vars(found)
    for (side, n), line in zip(asked, alone):
        assert np.array_equal(line, found.scores[:, n] if side == "text" else found.scores[n])
    assert searched[0] == found.search(corpus.texts[500], 5) and searched[1] == found.search(17, 5)


def test_an_image_finds_texts_and_knows_its_own(at):
    hits = at.search(4, k=5)
    assert len(hits) == 5 and hits.sought == "texts" and all(h.what == at.corpus.texts[h.row] for h in hits)
    assert [h.right for h in hits] == [bool(at.corpus.image_of_text[h.row] == 4) for h in hits]
    best = min(h.rank for h in at.search(np.int64(4), k=120) if h.right)
    assert best == at.ranks.of_images[4]


def test_the_parts_of_a_score_come_along_where_the_model_has_them(run):
    if "vsrpp" not in ZOO:
        pytest.skip("vsrpp is not in the zoo yet")
    model = build("vsrpp", 10, len(run.vocabulary), dim=16).eval()
    at = index(Run(SMALL.but(model="vsrpp"), 10, run.vocabulary, model), toy(9))
    hit = at.search(at.corpus.texts[0], k=1)[0]
    back = next(h for h in at.search(hit.row, k=18) if h.what == at.corpus.texts[0])
    assert set(hit.parts) == {"global", "local"} and hit.parts == pytest.approx(back.parts, abs=1e-5)


@pytest.mark.parametrize("query, sentence", [
    ("", "no word in ''"), ("   ?!", "no word in"), ("xylophone qwerty", "no word of 'xylophone qwerty' is among"),
    (60, "row of an image, 0 to 59"), (-1, "0 to 59"), (True, "is no query"), (3.5, "is no query"), (None, "is no query")])
def test_a_query_that_means_nothing_is_said_in_a_sentence(at, query, sentence):
    with pytest.raises(Problem, match=sentence):
        at.search(query)


def test_k_is_at_least_one_and_at_most_what_there_is(at):
    assert len(at.search(0, k=10_000)) == 120
    with pytest.raises(Problem, match="k=0"):
        at.search(0, k=0)


def test_a_corpus_that_does_not_fit_is_refused(run):
    with pytest.raises(Problem, match="has 12 features a region, the run was trained on 10"):
        index(run, toy(features=12))
    with pytest.raises(Problem, match="no images"):
        index(run, toy(5).images([]))
    with pytest.raises(Problem, match="no texts to encode"):
        index(run, replace(toy(5), texts=[], image_of_text=np.array([], int)))


def test_texts_without_a_known_word_are_said_and_refused_when_there_are_no_others(run):
    corpus = toy(5, seed=1)
    with pytest.warns(UserWarning, match=r"2 of 10 texts of toy hold no word that scan-s0 knows: it reads <unk> throughout"):
        index(run, replace(corpus, texts=["... !!", "xyzzy", *corpus.texts[2:]]))
    with pytest.raises(Problem, match="no text of toy holds one of the .* words of the model"):
        index(run, replace(corpus, texts=["xyzzy"] * 10))


@pytest.mark.parametrize("wrong, sentence", [
    (lambda run, at: index("runs/api", at.corpus), "vl.index needs a Run, not 'runs/api'; open one with vl.Run.load"),
    (lambda run, at: index(None, at.corpus), "vl.index needs a Run, not None"),
    (lambda run, at: index(run, "features"), "vl.index needs a Corpus, not 'features'; open one with vl.precomputed"),
    (lambda run, at: index(at.corpus, run), "vl.index needs a Run, not the Corpus it was given"),
    (lambda run, at: evaluate("runs/api", at.corpus), "vl.evaluate needs a Run, not 'runs/api'"),
    (lambda run, at: evaluate(run, Path("features")), "vl.evaluate needs a Corpus, not 'features'"),
    (lambda run, at: evaluate(at, toy(60, seed=6)), "Index of 60 images .* is not one of Corpus toy"),
    (lambda run, at: compare(run, run), "vl.compare needs a Result, not the Run it was given; measure a run with vl.evaluate")])
def test_what_has_another_kind_is_refused_at_the_door(run, at, wrong, sentence):
    with pytest.raises(Problem, match=sentence):
        wrong(run, at)


def test_a_typed_sentence_is_ranked_among_one_text_more(run, at):
    typed, own = explain(run, at, 0, "a red ball"), explain(run, at, 0, 3)
    assert typed.among == (60, 121) and own.among == (60, 120) and "of 121 texts" in repr(typed)


def test_an_ensemble_is_the_mean_of_scores_on_one_corpus(run, at):
    other = fit(toy(200), SMALL.but(seed=1, epochs=1), ui="none")
    second = index(other, at.corpus)
    both = ensemble([at, second])
    assert np.array_equal(both.scores[:], (at.scores + second.scores) / 2) and both.name == f"{run.name} + {other.name}"
    with pytest.raises(Problem, match="is not the gallery of the others"):
        ensemble([at, index(other, toy(60, seed=6))])
    result = evaluate([run, other], at.corpus)
    assert result.stamp["ensemble"] and len(result.stamp["models"]) == 2 and "ensemble of 2" in repr(result)
    assert result.values == pytest.approx(summary(ranks(both.scores, at.corpus.image_of_text)))


def test_a_result_has_the_field_s_numbers_and_says_how_they_were_measured(run, at, tmp_path):
    result = evaluate(at)
    assert result.values == pytest.approx(summary(at.ranks)) and result["rsum"] > 3 * result.chance["rsum"]
    low, high = result.interval["rsum"]
    assert low < result["rsum"] < high
    for word in ("single model", "gallery of 60 images x 120 texts", "2 texts an image", "ties counted against", run.fingerprint):
        assert word in repr(result)
    wide = replace(result, values={name: 100.0 for name in result.values}, interval=dict.fromkeys(result.interval, (100.0, 100.0)))
    assert all(len(row.split("  100.0 [")) == 4 for row in repr(wide).splitlines()[1:3])          # columns keep their distance
    table = result.table()
    assert list(table.columns) == ["value", "low", "high", "by", "ties to", "chance"]
    assert table.loc["rsum", "value"] == result["rsum"]
    again = Result.load(result.save(tmp_path / "results" / "r.json"))
    assert again.values == result.values and again.stamp == result.stamp and again.interval == result.interval
    assert set(compare(result, again).p.values()) == {1.0}
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(Problem, match="is not a result"):
        Result.load(tmp_path / "bad.json")
    with pytest.raises(Problem, match="no number 'rsun'.*'rsum'"):
        result["rsun"]


def test_protocols_are_exact_or_refused():
    big = toy(5000, each=1, regions=2)
    run = fit(toy(200, regions=2), SMALL.but(model="vsepp", epochs=2), ui="none")
    folds, whole = evaluate(run, big, "5-fold 1K"), evaluate(run, big, "5K")
    assert folds.stamp["folds"] == 5 and folds.stamp["gallery"] == [1000, 1000] and "mean of 5 galleries" in repr(folds)
    assert folds["rsum"] > whole["rsum"] and folds.chance["image R@10"] == pytest.approx(1.0)
    first = evaluate(run, big.images(range(1000)), "1K")
    assert abs(first["rsum"] - folds["rsum"]) < 40
    with pytest.raises(Problem, match="1K needs 1000 images.*5-fold 1K"):
        evaluate(run, big, "1K")
    with pytest.raises(Problem, match="needs 5000 images, toy has 40"):
        evaluate(run, toy(), "5K")
    with pytest.raises(Problem, match="no protocol '1k'"):
        evaluate(run, big, "1k")
    with pytest.raises(Problem, match=r"differ in their folds \(5 and 1\)"):
        compare(folds, first)
    with pytest.raises(Problem, match="cannot be compared"):
        compare(first, whole)


def test_two_models_are_compared_query_by_query(run, at):
    weak = fit(toy(200), SMALL.but(model="vsepp", epochs=1), ui="none")
    a, b = evaluate(weak, at.corpus), evaluate(at)
    found = compare(a, b)
    assert found.difference["rsum"] == pytest.approx(b["rsum"] - a["rsum"]) and found.p["rsum"] < 0.01
    assert set(found.mcnemar) == {"text R@1", "image R@1"} and "McNemar" in repr(found) and len(found.table()) == 7
    with pytest.raises(Problem, match="differ in their texts and images|differ in their gallery"):
        compare(a, evaluate(run, toy(60, seed=6)))


def test_near_duplicate_images_can_be_one_unit(at):
    from vsrlab.retrieval.evaluate import compare as of_indexes
    pairs = np.arange(60) // 2
    result = evaluate(at, groups=pairs)
    assert "bootstrap over 30 groups of images" in repr(result) and result.values == evaluate(at).values
    assert of_indexes(at, result, groups=pairs).over == "30 groups of images" and of_indexes(result, result).over != "images"
    with pytest.raises(Problem, match="one label for each image"):
        evaluate(at, groups=pairs[:-1])


def test_images_without_texts_are_said_and_nothing_to_measure_is_a_sentence(run):
    result = evaluate(run, ragged())
    assert result.stamp["left_out"] == 30 - len(set(ragged().image_of_text)) > 0 and "without a text left out" in repr(result)
    assert result.stamp["captions_per_image"] == "1 to 2"
    for wrong, sentence in ((lambda: evaluate([], toy()), "nothing to measure"), (lambda: evaluate(run), "measured on a corpus")):
        with pytest.raises(Problem, match=sentence):
            wrong()


@pytest.mark.parametrize("images, sign, said", [(120, 1, []), (50, 1,
                                                               ["50 images are few: one more right answer moves a recall by 2.0"]),
                                                (120, -1, ["rsum lies below chance"]), (50, -1, ["50 images are few",
                                                                                                 "below chance"])])
def test_a_result_of_few_images_or_below_chance_says_so(images, sign, said):
    scores = sign * np.eye(images, dtype=np.float32) + np.random.default_rng(0).normal(0, 1e-3, (images, images)).astype("f4")
    result = evaluate(from_scores(scores, [f"text {n}" for n in range(images)], np.arange(images), name="m"))
    assert len(result.doubts()) == len(said) and all(s in doubt for s, doubt in zip(said, result.doubts()))
    assert all(s in repr(result) for s in said)
