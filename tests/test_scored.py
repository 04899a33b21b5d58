"""Scores that somebody else made: checked at the door, then ranked, drawn, compared and averaged without a model."""
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from toy import indexed

from vsrlab import figures, sentences
from vsrlab.errors import Problem
from vsrlab.measure.ranks import fold_ranks, ranks, summary
from vsrlab.retrieval.answers import Query, answers, retrieve
from vsrlab.retrieval.branches import Branches
from vsrlab.retrieval.evaluate import compare, evaluate
from vsrlab.retrieval.lazy import Lazy, Mean
from vsrlab.retrieval.likeness import Likeness
from vsrlab.retrieval.scored import Scored, alike, ensemble
from vsrlab.showing import picture_of, show
from vsrlab.views.gallery.poster import poster
from vsrlab.views.gallery.view import gallery

TEXTS = ["a dog", "dogs run", "a cat", "the ball", "a tree", "two balls"]
OWNER = [0, 0, 1, 2, 3, 3]


def scores(seed=0, images=4, texts=6):
    return np.random.default_rng(seed).standard_normal((images, texts)).astype(np.float32)


def foreign(name="clip", seed=0, images=60, **more):
    """Scores of five texts an image, as if another program had written them."""
    x = scores(seed, images, 5 * images)
    x[np.repeat(np.arange(images), 5), np.arange(5 * images)] += 2
    texts = [f"caption {t} of photo {t // 5}" for t in range(5 * images)]
    return Scored(name, x, [f"{i}.jpg" for i in range(images)], texts, np.repeat(np.arange(images), 5), "test", **more)


@pytest.fixture(scope="module")
def ours():
    """An index of our own, and the same scores without their model."""
    at = indexed("vsrpp", images=30)[1]
    s = at.scored
    return at, Scored("foreign", at.scores.copy(), s.ids, s.texts, s.image_of_text, s.split, dataset=s.dataset, photo=s.photo)


@pytest.mark.parametrize("change, sentence", [
    (dict(scores=np.zeros(4)), r"scores are \(4,\), expected \(I, T\)"),
    (dict(scores=np.zeros((4, 6, 1))), r"scores are \(4, 6, 1\)"),
    (dict(scores=np.zeros((4, 0)), texts=[], image_of_text=[]), "clip has no texts, so nothing can be asked"),
    (dict(scores=np.zeros((0, 6))), "clip has no images"),
    (dict(scores=np.array([["a"] * 6] * 4)), "scores are of type <U1; give numbers"),
    (dict(scores=np.array([[None] * 6] * 4)), "scores are of type object"),
    (dict(ids=["a", "b"]), "2 ids for 4 rows of scores"),
    (dict(ids=["a", "b", "c", "b"]), "images 1 and 3 have the same id 'b'"),
    (dict(ids=["a", "b", "c", " "]), "the id of image 3 is ' '"),
    (dict(ids=[1, 2, 3, 4]), "the id of image 0 is 1; ids are strings"),
    (dict(texts=TEXTS[:5]), "5 texts for 6 columns"),
    (dict(texts=[*TEXTS[:5], "  "]), "text 5 is '  '"),
    (dict(image_of_text=OWNER[:5]), r"image_of_text is \(5,\) of int64 for 6 texts"),
    (dict(image_of_text=[0.5] * 6), "of float64 for 6 texts; give the row of an image"),
    (dict(image_of_text=[0, 0, 1, 2, 3, 4]), "image rows 0 to 4, but the scores have rows 0 to 3"),
    (dict(image_of_text=[-1, 0, 1, 2, 3, 3]), "image rows -1 to 3"),
    (dict(scores=np.where(np.arange(24).reshape(4, 6) == 15, np.nan, 1.0)), "the score of image 2 and text 3 is nan"),
    (dict(scores=np.where(np.arange(24).reshape(4, 6) == 7, np.inf, 1.0)), "the score of image 1 and text 1 is inf"),
    (dict(terms={"one": np.zeros((4, 5))}), r"the term 'one' is \(4, 5\) beside scores of \(4, 6\)"),
    (dict(terms={"one": np.zeros((4, 6))}), "its terms add up to 0; give terms with their weights")])
def test_each_misfit_is_one_sentence(change, sentence):
    with pytest.raises(Problem, match=sentence):
        Scored(**{"name": "clip", "scores": scores(), "ids": [], "texts": TEXTS, "image_of_text": OWNER, **change})


def test_scores_of_an_index_and_the_same_matrix_say_the_same(ours):
    at, other = ours
    assert np.array_equal(at.scored.ranks.of_texts, other.ranks.of_texts) and alike(at.scored, other)
    assert evaluate(at).values == evaluate(other).values and at.ranks is at.scored.ranks
    for asked in ({"text": 7}, {"image": 3}):
        pairs = zip(retrieve(at, 150, **asked).found, retrieve(other, 150, **asked).found)
        assert all(a[:5] == b[:5] and a[6:] == b[6:] for a, b in pairs)                     # all but the terms


def test_a_gallery_needs_no_model_no_features_and_no_photos(tmp_path):
    view = gallery(foreign(dataset="flickr", note="from a file"), text=12)
    for part in ("clip", "scores ", "flickr test", "ties counted against", "nearly a tie: a gap of 0, or below 2 %", "from a file"):
        assert part in view.footer()
    page = view.html()
    assert "no photo</span>" in page and "The scores came without photos" in view.text() and "μ" not in page
    assert view.table()["score"].notna().all() and view.answers[0].found[0].terms.keys() == {"score"}
    assert view.save(tmp_path / "g.png").stat().st_size > 1000 and "clip: a sentence" in view.figure().texts[0].get_text()
    assert gallery(foreign(), image=3).html() and gallery(foreign()).why().startswith("Chosen because")
    widget = view.widget()
    widget.own.value = "caption 3 of photo 0"
    assert view.state.query == 3 and "word for word" in widget.own.placeholder
    widget.own.value = "a red dog"
    assert "a matrix of scores without its model" in widget.note.value and view.state.query == 3
    widget.close()


def test_photos_that_came_along_are_drawn():
    drawn = []
    photo = lambda row: drawn.append(row) or Image.new("RGB", (80, 60), (10 * row % 255, 90, 90))
    view = gallery(foreign(photo=photo), image=3)
    assert 'alt="the query: 3.jpg"' in view.html() and drawn == [3]
    assert "without photos" not in view.text() and "<img" in gallery(foreign(photo=photo), text=3).html()


@pytest.mark.parametrize("asked", [{"text": "a red dog"}, {"query": "a red dog"}])
def test_what_only_a_model_can_score_is_refused_in_one_sentence(asked):
    with pytest.raises(Problem, match="clip is a matrix of scores without its model, so nothing new can be scored: ask with"):
        gallery(foreign(), **asked)
    with pytest.raises(Problem, match="clip has one score and no μ"):
        gallery(foreign(), text=3, mu=1.0)


def test_terms_that_came_along_are_shown_and_add_up():
    a, b = scores(1, 4, 6), scores(2, 4, 6)
    scored = Scored("two parts", a + b, [], TEXTS, OWNER, terms={"image": a, "words": b})
    best = retrieve(scored, text=2).found[0]
    assert best.terms == {"image": pytest.approx(a[best.row, 2]), "words": pytest.approx(b[best.row, 2])}
    assert sum(best.terms.values()) == pytest.approx(best.score, abs=1e-6) and Branches(scored).mu is None
    assert "image" in gallery(scored, text=2).html() and gallery(scored, image=1).text()


def test_two_matrices_make_a_poster_and_a_comparison(ours):
    one, other = foreign("clip", 0), foreign("siglip", 1)
    view = poster(one, other, k=2)
    assert view.view.names == ["clip", "siglip"] and "clip and siglip, the first 2 answers" in view.text() and view.html()
    assert view.figure().texts[0].get_text() == "clip and siglip: the first 2 answers"
    found = compare(one, other)
    assert found.first.values == evaluate(one).values and "clip" in repr(found) and "siglip" in repr(found)
    best = poster(ours[0], ours[1], [("text", 3)]).rows[0].answers[0].found[0]
    assert best.score == float(ours[0].scores[:, 3].max())
    unsaid = replace(ours[1], dataset="", split="")
    assert set(compare(ours[0], unsaid).difference.values()) == {0.0}
    with pytest.raises(Problem, match="differ in their corpus"):
        compare(ours[0], replace(ours[1], dataset="another"))
    with pytest.raises(Problem, match="is not the gallery of the first model"):
        poster(one, foreign("siglip", images=50))
    with pytest.raises(Problem, match="vl.gallery needs an Index or a Scored, not 'scores.npy'; make one with vl.index"):
        gallery("scores.npy")


def test_a_result_says_whose_scores_it_measured():
    scored = foreign("clip", dataset="flickr")
    result = evaluate(scored)
    assert result.values == pytest.approx(summary(ranks(scored.scores, scored.image_of_text)))
    assert f"scores clip ({scored.fingerprint}), single model; flickr test, gallery of 60 images x 300 texts" in repr(result)
    changed = scored.scores.copy()
    changed[0, 0] += 1
    assert replace(scored, scores=changed).fingerprint != scored.fingerprint and len(scored.fingerprint) == 12
    with pytest.raises(Problem, match="is not one of"):
        evaluate([scored, foreign(images=50)])


def test_pictures_and_show_take_scores():
    assert "clip: a sentence looks" in show(foreign()).texts[0].get_text() and "Exact over" in picture_of(foreign())[1]
    assert figures.retrieval(retrieve(foreign(), image=2)).axes


@pytest.mark.parametrize("scale, digits", [(1e-5, 6), (1.0, 3), (1e3, 3)])
def test_scores_of_any_size_are_told_apart(scale, digits):
    known = foreign(images=60)
    view = gallery(replace(known, scores=scale * known.scores), text=3)
    first, second = view.answers[0].found[:2]
    assert first.digits == digits and f"{first.score:.{digits}f}" != f"{second.score:.{digits}f}"
    assert f"{first.score:.{digits}f}" in view.text() and f"<b>{first.score:.{digits}f}</b>" in view.html()
    page = " ".join(t.get_text() for ax in view.figure().axes for t in ax.texts)
    assert f"rank 1 · {first.score:.{digits}f}" in page
    assert f"scores {first.score:.{digits}f}, " in sentences.retrieval(view.answers[0])


# nothing copies a memory map, nothing is kept of what is read by blocks

class Counted(Lazy):
    """A matrix that counts how much of it is read."""

    def __init__(self, x):
        self.x, self.shape, self.most, self.read = x, x.shape, 0, 0

    def rows(self, start, stop):
        self.most, self.read = max(self.most, stop - start), self.read + (stop - start) * self.shape[1]
        return self.x[start:stop]

    def column(self, text):
        self.read += len(self)
        return self.x[:, text]


def test_scores_that_are_made_when_read_give_the_numbers_of_a_matrix():
    known = foreign(images=600)
    lazy = replace(known, scores=Counted(known.scores))
    assert np.array_equal(lazy.ranks.of_images, known.ranks.of_images) and np.array_equal(lazy.ranks.of_texts, known.ranks.of_texts)
    assert lazy.scores.most == 255 and lazy.scores.read == 2 * known.scores.size
    for side in ("text", "image"):
        assert np.array_equal(Branches(lazy).surplus(side), Branches(known).surplus(side))
    assert evaluate(lazy).values == evaluate(known).values and lazy.scores.most == 255
    lazy.scores.read = 0
    query = Query.of(lazy, text=4)
    assert answers(lazy, query, likeness=Likeness(lazy, None)).found == answers(known, query, likeness=Likeness(known, None)).found
    assert lazy.scores.read == 600


def test_any_part_of_a_lazy_matrix_can_be_read():
    x = scores(3, 20, 30)
    lazy = Counted(x)
    whole = slice(None)
    for at in (slice(3, 9), 4, -1, (whole, 7), (whole, -2), (5, 6), (slice(2, 4), slice(1, 3)), whole, slice(9, 3)):
        assert np.array_equal(lazy[at], x[at]), at
    assert np.array_equal(np.asarray(lazy), x) and len(lazy) == 20
    with pytest.raises(IndexError):
        lazy[25]
    with pytest.raises(IndexError, match="without a step"):
        lazy[::2]
    owner = np.arange(30) % 20
    assert np.array_equal(fold_ranks(lazy, owner, 10, 2)[1].of_images, fold_ranks(x, owner, 10, 2)[1].of_images)


def test_a_memory_map_stays_one(tmp_path):
    known = foreign()
    np.save(tmp_path / "s.npy", known.scores.astype(np.float16))
    scored = replace(known, scores=np.load(tmp_path / "s.npy", mmap_mode="r"))
    assert isinstance(scored.scores, np.memmap) and gallery(scored, text=4).html()
    assert retrieve(scored, text=4).found[0].score == float(known.scores.astype(np.float16)[:, 4].max())


def test_nan_in_what_is_made_when_read_is_said_when_it_is_read():
    x = scores(0, 4, 6)
    x[2, 3] = np.nan
    scored = Scored("clip", Counted(x), [], TEXTS, OWNER)
    for asked in ({"text": 3}, {"image": 2}):
        with pytest.raises(Problem, match="clip: a score of (text 3|image 2) is nan, so nothing can be ranked"):
            retrieve(scored, **asked)
    with pytest.raises(Problem, match="the score of image 2 and text 3 is nan"):
        scored.ranks  # noqa: B018


# ensembles

def test_an_ensemble_is_the_mean_of_its_members_and_says_who_they_are(ours):
    one, other, third = foreign("scan t-i", 0), foreign("scan i-t", 1), foreign("vsrn", 2)
    both = ensemble([one, other])
    assert np.array_equal(np.asarray(both.scores), (one.scores + other.scores) / 2) and both.name == "scan t-i + scan i-t"
    result = evaluate([one, other])
    assert result.stamp["ensemble"] and [m["run"] for m in result.stamp["models"]] == ["scan t-i", "scan i-t"]
    assert result.values == evaluate(both).values and "ensemble of 2" in repr(result)
    assert np.allclose(np.asarray(ensemble([both, third]).scores), (one.scores + other.scores + third.scores) / 3, atol=1e-6)
    view = gallery(both, text=4)
    assert "mean scores of scan t-i and scan i-t" in view.footer() and view.answers[0].found[0].terms.keys() == {"score"}
    assert ensemble([one]) is one and isinstance(both.scores, Mean)
    mixed = ensemble([ours[0], ours[1]])
    assert mixed.corpus is ours[0].corpus and gallery(mixed, image=2).html()
    assert [m["model"] for m in mixed.who()] == ["vsrpp", "scores"]
    with pytest.raises(Problem, match="is not the gallery of the others"):
        ensemble([one, foreign(images=50)])
    with pytest.raises(Problem, match="at least one"):
        ensemble([])


# near-duplicates

def test_without_vectors_near_duplicates_are_those_with_the_same_rows_of_scores():
    known = foreign(images=80)
    x = known.scores.copy()
    x[41] = x[7] + 0.1 * scores(9, 1, 400)[0]                                 # photo 41 is photo 7 once more
    x[:, 33] = x[:, 12] + 0.1 * scores(8, 1, 80)[0]
    likeness = Likeness(replace(known, scores=x))
    assert "cosine of centred rows or columns of scores from 0.95" in likeness.rule()
    assert np.flatnonzero(likeness.alike("image", 7, np.arange(80))).tolist() == [7, 41]
    assert np.flatnonzero(likeness.alike("text", 12, np.arange(400))).tolist() == [12, 33]
    row = x - x.mean(0)
    cosine = row @ row[7] / np.linalg.norm(row, axis=1) / np.linalg.norm(row[7])
    assert np.array_equal(likeness.alike("image", 7, np.arange(80)), cosine >= 0.95)


def test_few_scores_fold_by_captions_alone():
    texts = ["A dog.", "dogs run", "a  dog", "the ball", "a tree", "two balls"]
    likeness = Likeness(Scored("few", scores(), [], texts, OWNER))
    assert likeness.rule() == "near-duplicates folded: equal captions"
    assert likeness.alike("text", 0, [1, 2, 3]).tolist() == [False, True, False]
    nothing = Likeness(likeness.scored, None)
    assert nothing.rule() == "nothing folded" and not nothing.alike("text", 0, [2]).any()


def test_scores_go_through_the_front_door():
    code = ("import numpy as np, vsrlab as vl\n"
            "s = vl.Scored('clip', np.eye(6, dtype='float32'), [], list('abcdef'), np.arange(6))\n"
            "assert vl.evaluate(s)['rsum'] == 600 and vl.gallery(s, text=2).html() and vl.show(s)\n"
            "assert vl.compare(s, s).difference['rsum'] == 0 and vl.ensemble([s, s]).name == 'clip + clip'")
    subprocess.run([sys.executable, "-c", code], check=True)
