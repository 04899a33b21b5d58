"""One pair as a record: it says what the model did, adds up, saves, and refuses what it cannot explain."""
import io
import os
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from PIL import Image
from planted import planted_explanation

from vsrlab.data.corpus import Corpus
from vsrlab.data.scenes.corpus import scenes
from vsrlab.data.thumbnail import LARGEST, photo_of
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Missing, Problem
from vsrlab.explain.choosing import moved, strongest
from vsrlab.explain.explanation import explain, explain_pair
from vsrlab.explain.pair import Pair
from vsrlab.explain.record import UNSURE, Explanation
from vsrlab.models.layers.attention import CrossAttention
from vsrlab.models.matcher import Matcher
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.values import Encoding
from vsrlab.zoo import ZOO, build
from vsrlab.zoo import options as known

SIZES = {"dim": 24, "word_dim": 12}
KINDS = [*((name, {}) for name in ZOO), ("scan", {"direction": "i-t"}), ("scan", {"pooling": "lse"}), ("scan", {"pooling": "max"}),
         ("scan", {"direction": "i-t", "pooling": "lse"}), ("scan", {"image_norm": False, "direction": "t-i"})]


class Planted(Matcher):
    """Regions and words are their own vectors: word k of the vocabulary points at region k, and the attention is known."""
    direction = "t-i"

    def __init__(self):
        super().__init__()
        self.attention = CrossAttention("t-i", "mean", 9.0)

    def encode_images(self, regions, mask):
        return Encoding(regions.mean(1), regions, mask, {})

    def encode_texts(self, words, mask):
        parts = torch.nn.functional.one_hot(words.clamp_min(4) - 4, 3).float() * mask[..., None]
        return Encoding(parts.mean(1), parts, mask, {})

    def match(self, images, texts):
        return self.attention(images, texts)


@pytest.fixture(scope="module")
def corpus():
    return scenes(images=12, seed=3)


def indexed(name, corpus, seed=0, **options):
    torch.manual_seed(seed)
    vocabulary = Vocabulary.of(corpus.texts, tokens=ZOO[name].paper.tokens)
    features, sizes = corpus.regions.shape[2], {k: v for k, v in SIZES.items() if k in known(name)}
    run = Run(Settings(model=name), features, vocabulary, build(name, features, len(vocabulary), **sizes, **options))
    for p in run.model.parameters():                     # layers that begin as the identity would show nothing
        if p.dim() == 1:
            torch.nn.init.normal_(p, std=0.1)
    return run, index(run, corpus)


def planted():
    corpus = Corpus("three", np.eye(3, dtype=np.float32)[None], ["dog ball", "tree dog"], np.array([0, 0]),
                    boxes=np.array([[[0, 0, 0.5, 0.5], [0.5, 0, 1, 1], [0, 0.5, 0.4, 1]]]))
    run = Run(Settings(model="scan"), 3, Vocabulary(["dog", "ball", "tree"], markers=False), Planted())
    return run, index(run, corpus)


def test_a_planted_model_is_explained_by_numbers_worked_out_by_hand():
    run, at = planted()
    e = explain(run, at, 0, 0)
    # cosines are 1 for the region a word names and 0 elsewhere; normalised over the words they stay so; softmax of 9, 0, 0:
    strong, weak = np.exp(9) / (np.exp(9) + 2), 1 / (np.exp(9) + 2)
    np.testing.assert_allclose(e.attention, [[strong, weak, weak], [weak, strong, weak]], rtol=1e-5)
    relevance = strong / np.sqrt(strong ** 2 + 2 * weak ** 2)
    np.testing.assert_allclose(e.relevance, [relevance] * 2, rtol=1e-6)
    np.testing.assert_allclose(e.contribution, [[relevance / 2, 0, 0], [0, relevance / 2, 0]], atol=1e-6)
    assert e.words == ("dog", "ball") and e.score == pytest.approx(relevance, abs=1e-6) and e.terms == {"local": e.score}
    assert (e.direction, e.pooling, e.sharpness, e.mu) == ("t-i", "mean", None, None)          # it declares no knobs
    assert (e.image_rank, e.text_rank, e.true_image_rank, e.true_text_rank, e.right) == (0, 0, 0, 0, True)
    assert explain(run, at, 0, 1).text_rank == 1                 # the other right text scores the same and has the earlier row


@pytest.mark.parametrize("name, options", KINDS)
def test_the_parts_of_every_model_add_up_to_its_score(name, options, corpus):
    run, at = indexed(name, corpus, **options)
    e = explain(run, at, 5, 25)
    assert e.score == pytest.approx(float(at.scores[5, 25]), abs=1e-5) and sum(e.terms.values()) == pytest.approx(e.score, abs=1e-5)
    if e.attention is None:
        assert e.contribution is None and any("no attention" in note for note in e.notes)
        return
    assert e.contribution.sum() == pytest.approx(e.score_local, abs=1e-4)
    np.testing.assert_allclose(e.attention.sum(1 if e.direction == "t-i" else 0), 1, atol=1e-4)
    assert e.word_part.shape == (len(e.words),) and e.region_part.shape == (36,)
    assert e.exact == (options.get("pooling") != "lse")
    if e.score_global is not None and e.mu is not None:
        assert e.terms["global"] == pytest.approx(e.mu * e.score_global, abs=1e-4)


@pytest.mark.parametrize("name", [name for name in ("vsrn", "vsrpp") if name in ZOO])
def test_what_happened_inside_comes_from_the_pass_that_scored(name, corpus):
    run, at = indexed(name, corpus)
    e, pair = explain(run, at, 2, 11), Pair(run, at, 2, 11)
    seen = pair.encode_image().seen
    layers = e.affinity.shape[0]
    assert e.affinity.shape == (layers, 36, 36) and e.layers.shape == (layers + 1, 36, 24)
    assert e.memory.shape == e.gates.shape == (36, 24)
    np.testing.assert_allclose(e.affinity, seen["affinity"][0].detach(), atol=1e-6)
    assert e.affinity.min() < 0 < e.affinity.max() and ((0 <= e.gates) & (e.gates <= 1)).all()


def test_words_know_their_place_and_the_regions_they_name(corpus):
    run, at = indexed("vsepp", corpus)
    e = explain(run, at, 5, 25)
    assert e.words[0] == "<start>" and e.markers.tolist() == [True] + [False] * (len(e.words) - 2) + [True]
    assert [e.text[a:b].lower() for a, b in e.spans[e.written]] == [e.words[w] for w in e.written]
    assert [list(regions) for regions in e.truth][1:-1] == corpus.truth.words[25] and e.truth[0] == e.truth[-1] == ()
    for (word, subject, thing), (place, a, b) in zip(e.relations, corpus.truth.relations[25]):
        assert (word, list(subject), list(thing)) == (place + 1, a, b)
    assert explain(run, at, 4, 25).truth is None                    # the truth of another image says nothing here
    assert e.provenance["corpus"] == corpus.name and len(e.provenance["checkpoint"]) == 8
    np.testing.assert_allclose(e.pixels, e.boxes * [480, 360, 480, 360])


def test_padding_is_cut_wherever_it_stands():
    rng = np.random.default_rng(0)
    regions = rng.normal(size=(3, 5, 8)).astype(np.float32)
    regions[1, [0, 3]] = 0
    corpus = Corpus("padded", regions, ["a b", "b c a d", "d"], np.arange(3), boxes=rng.random((3, 5, 4)),
                    labels=np.array([list("vwxyz")] * 3), confidence=rng.random((3, 5)))
    run, at = indexed("scan", corpus)
    e = explain(run, at, 1, 0)
    assert e.attention.shape == (4, 3) and e.labels == ("w", "x", "z") and len(e.words) == 4
    np.testing.assert_array_equal(e.boxes, corpus.boxes[1, [1, 2, 4]])


def test_ranks_are_counted_like_the_rankings(corpus):
    run, at = indexed("scan", corpus)
    for image, text in ((0, 3), (7, 36), (3, 59)):
        e = explain(run, at, image, text)
        owner = int(corpus.image_of_text[text])
        assert (e.true_image_rank, e.true_text_rank) == (at.ranks.of_texts[text], at.ranks.of_images[image])
        assert e.right == (owner == image)
        assert e.image_rank == sum(at.scores[k, text] >= at.scores[image, text] for k in range(12) if k != image)
        assert e.text_rank == sum(at.scores[image, k] >= at.scores[image, text] for k in range(60) if k != text)


def test_a_typed_sentence_gets_the_place_its_text_would_have(corpus):
    run, at = indexed("scan", corpus)
    stored, typed = explain(run, at, "scene-3-00005", 25), explain(run, at, 5, corpus.texts[25])
    assert typed.score == pytest.approx(stored.score, abs=1e-6) and typed.image_rank == stored.image_rank
    assert typed.text_rank == stored.text_rank + 1                  # its twin in the gallery ties with it
    assert typed.text_row is typed.right is typed.true_image_rank is typed.truth is None and stored.text_row == 25


@pytest.mark.parametrize("image, text, sentence", [
    (99, 0, "has images 0 to 11; row 99"), (-1, 0, "row -1 was asked for"), ("nobody.jpg", 0, "no image with id 'nobody.jpg'"),
    (0, 600, "texts 0 to 59; 600"), (0, 1.5, "A sentence of your own goes in quotes"), (0, "", "there is no word in ''"),
    (0, "zyzzyva qwx", "no word of 'zyzzyva qwx' is among")])
def test_what_cannot_be_explained_is_said_in_a_sentence(image, text, sentence, corpus):
    run, at = indexed("vsepp", corpus)
    with pytest.raises(Problem) as caught:
        explain(run, at, image, text)
    assert sentence in str(caught.value)


def test_an_index_of_other_weights_is_noticed(corpus):
    run, at = indexed("vsepp", corpus)
    other, _ = indexed("vsepp", corpus, seed=1)
    with pytest.raises(Problem, match="made by other weights"):
        explain(other, at, 0, 0)


def test_what_is_odd_is_noted_and_nothing_breaks():
    def broken(row):
        raise FileNotFoundError("photos/1.jpg is not there")
    rng = np.random.default_rng(0)
    corpus = Corpus("odd", rng.normal(size=(2, 2, 8)).astype(np.float32), ["", "known word"], np.arange(2), photo=broken,
                    boxes=np.array([[[0, 0, 1.4, 1], [0, 0, 1, 1]]] * 2))
    run, at = indexed("scan", corpus)
    e = explain(run, at, 0, 0)
    assert e.photo is None and e.words == ("<start>", "<end>") and np.isfinite(e.score)
    said = " ".join(e.notes)
    assert "cannot be shown: photos/1.jpg is not there." in said and "holds no word" in said
    assert "Boxes that reach outside the photo and are drawn up to its edge: 1, region 0 first." in said
    turned = replace(corpus, boxes=np.array([[[0, 0, 1, 1], [0.5, 0.5, 0.4, 1]]] * 2))
    assert "(x1 > x2 or y1 > y2), so their place on the photo is wrong: 1, region 1 first." in " ".join(
        explain_pair(Pair(run, index(run, turned), 1, 1)).notes)
    assert "Unknown to the vocabulary: strange" in " ".join(explain(run, at, 0, "strange known word").notes)
    bare = replace(corpus, photo=None, boxes=None)
    assert "has features but no photos" in " ".join(explain_pair(Pair(run, index(run, bare), 1, 1)).notes)
    run.vocabulary = Vocabulary(["nothing"] + [f"w{n}" for n in range(len(run.vocabulary) - 5)])
    assert "knows no word of this caption" in " ".join(explain_pair(Pair(run, at, 1, 1)).notes)


def test_photos_stay_small_whatever_they_are():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (900, 1200, 3), dtype=np.uint8))
    pictures = [noise, Image.new("CMYK", (30, 1)), Image.new("I;16", (40, 40))]
    corpus = Corpus("mixed", np.ones((3, 1, 2)), [], np.zeros(0, int), photo=lambda row: pictures[row])
    for row, picture in enumerate(pictures):
        photo = photo_of(corpus, row)
        assert len(photo.jpeg) <= LARGEST and photo.size == picture.size and max(Image.open(io.BytesIO(photo.jpeg)).size) <= 480


def test_a_word_of_which_the_detector_is_unsure_has_a_question_mark_and_no_word_stays_none():
    e = planted_explanation(confidence=np.array([0.94, 0.29, 0.1, *[UNSURE] * 7]), labels=("dog", "frisbee", "", *["sky"] * 7))
    assert [e.region_name(r) for r in range(4)] == ["region 0 (dog)", "region 1 (frisbee?)", "region 2", "region 3 (sky)"]
    assert "below 0.3" in e.unsure and e.short_name(1) == "1 frisbee?"
    unknown = replace(e, confidence=None)
    assert unknown.region_name(1) == "region 1 (frisbee)" and unknown.unsure == ""
    assert replace(e, labels=None).region_name(0) == "region 0"


def test_a_record_comes_back_from_one_file_as_it_was(tmp_path):
    e = planted_explanation()
    path = e.save(tmp_path / "pair.npz")
    back = Explanation.open(path)
    for f in fields(Explanation):
        a, b = getattr(e, f.name), getattr(back, f.name)
        assert type(a) is type(b) and (np.array_equal(a, b) and a.dtype == b.dtype if isinstance(a, np.ndarray) else a == b), f.name
    assert os.listdir(tmp_path) == ["pair.npz"] and path.stat().st_size < 150_000
    assert "frisbee" in repr(back) and "rank 2 of 1000 images" in repr(back) and back.picture().shape == (360, 480, 3)
    with np.load(path, allow_pickle=False) as plain:                 # nothing in it needs pickle
        assert {plain[name].dtype.hasobject for name in plain.files} == {False}


def test_a_file_that_is_no_record_is_refused(tmp_path):
    with pytest.raises(Missing, match="no explanation at"):
        Explanation.open(tmp_path / "none.npz")
    whole = planted_explanation().save(tmp_path / "whole.npz").read_bytes()
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    np.save(tmp_path / "array.npy", np.ones(2))
    for name, content in (("cut.npz", whole[:3000]), ("text.npz", b"hello"), ("empty.npz", b"")):
        (tmp_path / name).write_bytes(content)
    for name in ("other.npz", "array.npy", "cut.npz", "text.npz", "empty.npz"):
        with pytest.raises(Problem, match="is not an explanation"):
            Explanation.open(tmp_path / name)


def test_a_full_disk_leaves_the_old_record_in_place(tmp_path, monkeypatch):
    path = planted_explanation().save(tmp_path / "pair.npz")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(Problem, match="No space left on device.*Free some space"):
        planted_explanation(text="other").save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["pair.npz"]


@pytest.mark.parametrize("name", list(ZOO))
def test_many_changes_at_once_are_the_changes_one_by_one(name, corpus):
    run, at = indexed(name, corpus)
    pair, rng = Pair(run, at, 5, 25), np.random.default_rng(0)
    regions, words = rng.random((11, 36)) > 0.4, rng.random((11, pair.words.shape[1])) > 0.3
    regions[:, 0] = words[:, 0] = True
    replaced = np.where(regions[..., None], pair.regions.numpy(), pair.regions.numpy().mean(1))
    ids = np.where(words, pair.words.numpy(), 3)
    for many in ({"region_mask": regions}, {"word_mask": words}, {"regions": replaced}, {"words": ids},
                 {"region_mask": regions, "word_mask": words}, {"regions": replaced, "words": ids[:1]}):
        scores = pair.score(**many)
        one = [pair.score(**{k: v[min(n, len(v) - 1)] for k, v in many.items()})[0] for n in range(11)]
        np.testing.assert_allclose(scores, one, atol=1e-5)
    assert pair.score()[0] == pytest.approx(at.scores[5, 25], abs=1e-5)
    assert len(pair.score(region_mask=np.ones((300, 36), bool))) == 300


def test_a_hidden_region_is_left_out_as_if_it_had_never_been_found(corpus):
    run, at = indexed("scan", corpus)
    pair, keep = Pair(run, at, 5, 25), np.arange(36) % 3 > 0
    np.testing.assert_allclose(pair.score(region_mask=keep), pair.score(regions=pair.regions[:, keep]), atol=1e-6)


def test_a_changed_gallery_is_scored_by_the_same_rule(corpus):
    run, at = indexed("scan", corpus)
    pair = Pair(run, at, 5, 25)
    np.testing.assert_allclose(pair.against_images(), at.scores[:, 25], atol=1e-5)
    np.testing.assert_allclose(pair.against_texts(), at.scores[5], atol=1e-5)
    words = pair.words.clone()
    words[0, 2] = 3
    assert pair.against_images(words=words)[5] == pytest.approx(pair.score(words=words)[0], abs=1e-5)
    assert pair.against_images(sharpness=2.0)[5] == pytest.approx(pair.score(sharpness=2.0)[0], abs=1e-5)


def test_other_knobs_are_asked_without_touching_the_model(corpus):
    run, at = indexed("scan", corpus)
    pair = Pair(run, at, 5, 25)
    before, sharp = pair.score()[0], explain_pair(pair, sharpness=60.0)
    assert sharp.sharpness == 60 and sharp.attention.max(1).mean() > 1.5 * explain_pair(pair).attention.max(1).mean()
    assert run.model.attention.sharpness == 9 and pair.score()[0] == before
    with pytest.raises(Problem, match="SCAN has no knob 'mu'; it has direction"):
        pair.score(mu=1.0)


@pytest.mark.skipif("vsrpp" not in ZOO, reason="the zoo has no model with mu")
@pytest.mark.parametrize("learned", [False, True])
def test_mu_weighs_the_global_score(learned, corpus):
    run, at = indexed("vsrpp", corpus)
    if learned:
        object.__setattr__(run.model, "mu", None) if "mu" not in run.model._parameters else None
        run.model.__dict__.pop("mu", None)
        run.model.mu = torch.nn.Parameter(torch.tensor(2.0))
    pair, e = Pair(run, at, 5, 25), explain_pair(Pair(run, at, 5, 25))
    half = [pair.score(mu=mu)[0] for mu in (0.0, 1.0, 3.0)]
    np.testing.assert_allclose(half, [e.score_local + mu * e.score_global for mu in (0, 1, 3)], atol=1e-5)
    assert float(run.model.with_knobs(mu=7.0).mu) == 7 and float(run.model.mu) == 2


def test_leaving_nothing_is_refused(corpus):
    run, at = indexed("vsepp", corpus)
    pair = Pair(run, at, 0, 0)
    with pytest.raises(Problem, match="change 1 leaves no region"):
        pair.score(region_mask=np.array([[True] * 36, [False] * 36]))
    with pytest.raises(Problem, match="it needs 3 axes"):
        pair.score(regions=np.ones(5))


def test_the_strongest_relations_are_chosen_by_size_and_never_loops():
    affinity = np.array([[9.0, 0.1, -0.8], [0.3, 9.0, 0.2], [0.0, 0.5, 9.0]])
    edges, weights = strongest(affinity, each=1, percentile=0)
    assert edges == [(0, 2), (2, 1), (1, 0)] and weights.tolist() == [-0.8, 0.5, 0.3]
    assert strongest(affinity, each=2, percentile=80)[0] == [(0, 2), (2, 1)]       # 80th percentile of the six sizes is 0.5
    assert strongest(affinity, each=2, region=1)[0] == [(2, 1), (1, 0), (1, 2), (0, 1)]
    assert strongest(affinity, each=2, percentile=0, most=2)[0] == [(0, 2), (2, 1)]
    assert strongest(np.zeros((3, 3)))[0] == [] and strongest(np.ones((1, 1)))[0] == []


def test_how_far_a_layer_turns_a_region_is_one_minus_a_cosine():
    layers = np.array([[[1.0, 0], [2, 0]], [[0, 3.0], [1, 0]]])
    np.testing.assert_allclose(moved(layers), [[1.0, 0.0]])
