"""Figures and their sentences: every one is drawn, says what it shows, and says so when there is nothing to show."""
import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from planted import WORDS, planted_explanation

from vsrlab import figures, sentences, wording
from vsrlab.data.scenes.corpus import scenes
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.explain.choosing import best_word
from vsrlab.figures.attention import QUANTITIES
from vsrlab.measure.result import compare
from vsrlab.retrieval.answers import opening, retrieve
from vsrlab.retrieval.branches import Branches
from vsrlab.retrieval.evaluate import evaluate
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.showing import picture_of, png, show
from vsrlab.views.gallery.view import gallery
from vsrlab.zoo import build

LOG = [{"epoch": n, "loss": 9.0 / n, "loss ranking": 8.0 / n, "loss caption": 1.0 / n, "text R@1": 5.0 * n, "text R@10": 9.0 * n,
        "image R@1": 4.0 * n, "image R@10": 8.0 * n, "rsum": 30.0 * n - 20 * (n == 3), "seconds": 1.0} for n in (1, 2, 3)]


@pytest.fixture(scope="module")
def e():
    return planted_explanation()


@pytest.fixture(scope="module")
def at():
    corpus = scenes(images=12, seed=3)
    vocabulary = Vocabulary.of(corpus.texts)
    torch.manual_seed(0)
    model = build("scan", corpus.regions.shape[2], len(vocabulary), dim=24, word_dim=12)
    return index(Run(Settings(model="scan"), corpus.regions.shape[2], vocabulary, model, log=LOG), corpus)


@pytest.fixture(scope="module")
def result(at):
    return evaluate(at)


@pytest.fixture(scope="module")
def comparison(result):
    return compare(result, result)


def said(figure) -> str:
    """All text of a figure."""
    texts = [*figure.texts, *(t for ax in figure.axes for t in (*ax.texts, ax.title, ax._left_title, *ax.get_yticklabels()))]
    return " ".join(t.get_text() for t in texts)


def picture(figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGB"))


def test_attention_opens_on_the_word_that_adds_most_and_labels_its_regions(e):
    figure = figures.attention(e)
    assert WORDS[best_word(e)] == "frisbee" and "“frisbee” looks at" in said(figure) and "1: 0.77" in said(figure)
    assert "score 0.962 = 2 × global 0.310 + local 0.342 · rank 2 of 1,000 images" in said(figure)
    assert "✓ 1 frisbee" in said(figure) and "it points right" in said(figure)
    other = figures.attention(e, "dog", top=1)
    assert "“dog” looks at" in said(other) and "0: 0.62" in said(other) and "9: 0.21" not in said(other)
    assert (picture(figure).shape == picture(other).shape) and (picture(figure) != picture(other)).any()


def test_a_marker_is_never_the_word_a_figure_opens_on(e):
    strange = np.zeros_like(e.contribution)
    strange[0] = 1.0
    assert best_word(replace(e, contribution=strange)) == 2                             # and neither on "a", while there are others
    assert best_word(replace(e, words=("<start>", *["a"] * (len(e.words) - 1)), contribution=strange)) == 1
    for passing in ("see", "Two", "standing", "near"):                                  # nor on verbs, numbers and prepositions
        words = ("<start>", *["cat" if n == 3 else passing for n in range(1, len(e.words))])
        assert best_word(replace(e, words=words, contribution=strange)) == 3


def test_the_heat_map_stands_alone_or_under_the_photo(e):
    assert figures.attention(e, heat=True).get_figheight() > figures.attention(e).get_figheight() + 2
    for quantity, name in QUANTITIES.items():
        figure = figures.words_by_regions(e, quantity)
        bar = figure.axes[-1]
        assert bar.get_ylabel() == name and bar.get_ylim()[0] == (0 if quantity == "attention" else -bar.get_ylim()[1])
        truths = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
        assert len(truths) == sum(map(len, e.truth))
    with pytest.raises(Problem, match="no quantity 'gradient'"):
        figures.words_by_regions(e, "gradient")


def test_regions_looking_at_words_are_said_to_do_so(e):
    turned = replace(e, direction="i-t", attention=e.attention / e.attention.sum(0))
    assert "is looked at by" in said(figures.attention(turned)) and "entropy" not in sentences.attention(turned, 3)


def test_relations_name_the_layer_the_sign_and_who_reads_whom(e):
    figure = figures.relations(e)
    text = said(figure)
    assert "layer 4 of 4" in text and "0 dog → 1 frisbee" in text and "1 of them negative" in text and "+0.42" in text
    assert "not how much it matters" in text
    ego = said(figures.relations(e, layer=0, region=2))
    assert "layer 1 of 4" in ego and all("2 tree" in piece for piece in ego.split("→")[1:2]) and "0 dog → 1 frisbee" not in ego
    with pytest.raises(Problem, match="layers 0 to 3 and regions 0 to 9"):
        figures.relations(e, layer=4)


def test_a_model_without_the_thing_is_told_in_one_sentence_beside_the_photo(e):
    bare = replace(e, attention=None, contribution=None, affinity=None, layers=None, memory=None, provenance={"model": "vsepp"})
    for draw_it in (figures.attention, figures.words_by_regions, figures.contributions):
        assert "vsepp compares one vector for the image with one for the text" in said(draw_it(bare)).replace("\n", " ")
    for draw_it in (figures.relations, figures.reasoning):
        assert "vsepp has no layer in which regions read each other" in said(draw_it(bare))


@pytest.mark.parametrize("changes", [
    {"photo": None}, {"photo": None, "size": None}, {"boxes": None, "labels": None}, {"truth": None, "labels": None},
    {"size": (300, 900)}, {"size": (2000, 200)}, {"layers": None}])
def test_what_is_missing_or_of_odd_shape_leaves_a_figure_that_can_be_read(e, changes):
    changed = replace(e, **changes)
    for figure in (figures.attention(changed), figures.relations(changed), figures.reasoning(changed)):
        assert picture(figure).std() > 5
    assert ("no photo" in said(figures.attention(changed))) == (changed.photo is None)
    bare = said(figures.attention(replace(changed, photo=None, boxes=None)))
    assert "no photo and no boxes" in bare and "empty frame" not in bare


@pytest.mark.parametrize("text", ["dog", "a $5 note costs $x_{2", "<script>alert(1)</script>", " ".join(["very"] * 60)])
def test_any_caption_can_be_drawn(e, text):
    words = ("<start>", *text.split(), "<end>")
    count = len(words)
    spans = np.array([(-1, -1), *((0, 1),) * (count - 2), (-1, -1)])
    even = np.full((count, 10), 0.1)
    odd = replace(e, text=text, words=words, spans=spans, attention=even, cosine=-even, contribution=-even / count,
                  relevance=-even[:, 0], truth=None, unknown=np.zeros(count, bool))
    assert picture(figures.attention(odd, heat=True)).std() > 5 and words[1] in said(figures.attention(odd))


def test_reasoning_shows_turns_and_memory(e):
    figure = figures.reasoning(e)
    named = {t.get_text() for ax in figure.axes for t in ax.texts}
    assert {"layer 1", "layer 4", "cosine with the last memory", "update gate, mean"} <= named
    last = next(line for line in figure.axes[1].lines if line.get_label() == "cosine with the last memory")
    assert last.get_ydata()[-1] == pytest.approx(1.0)


def test_two_explanations_share_one_scale(e):
    figure = figures.contributions(e, replace(e, contribution=-e.contribution))
    left, right = figure.axes[:2]
    assert left.get_xlim() == right.get_xlim() and "+0.059" in said(figure) and "-0.059" in said(figure)
    shares = replace(e, pooling="lse")
    assert "approximate" in said(figures.contributions(shares)) and "approximately" in sentences.part(shares, 3)


def test_the_truth_is_on_the_page_however_deep_it_lies(at):
    deep = int(at.ranks.of_texts.argmax())
    found = retrieve(at, text=deep, k=2)
    rank = int(at.ranks.of_texts[deep])
    assert [f.rank for f in found.found] == [0, 1, rank] and found.found[-1].right and not found.found[0].right
    text = said(figures.retrieval(found))
    assert f"rank {rank + 1} · " in text and "…" in text and "✓" in text and "✗" in text
    assert f"The right answer stands at rank {rank + 1}." in sentences.retrieval(found)


def test_a_photo_finds_captions_and_all_its_own_are_listed(at):
    found = retrieve(at, image=7, k=3)
    assert sorted(f.row for f in found.truths) == list(range(35, 40)) and found.gallery == 60
    assert [f.rank for f in found.found] == sorted(f.rank for f in found.found)
    for f in found.found:
        assert f.score == pytest.approx(at.scores[7, f.row]) and sum(f.terms.values()) == pytest.approx(f.score, abs=1e-5)
        assert (at.scores[7] > at.scores[7, f.row]).sum() == f.rank
    text = said(figures.retrieval(found))
    assert all(at.corpus.texts[f.row].split()[0] in text for f in found.found) and "Recall counts the best of them" in text


def test_hits_hold_answers_that_know_the_truth(at):
    sentence = at.corpus.texts[17]
    known, typed = at.search(sentence, 2).answers, at.search("a dog", 4).answers
    assert known.query.row == 17 and known.truths[0].row == 3
    assert [f.row for f in known.found[:2]] == [h.row for h in at.search(sentence, 2)]
    assert typed.truths == [] and len(typed.found) == 4 and "Nobody knows the right answer" in sentences.retrieval(typed)
    assert [f.row for f in at.search(5, 3).answers.first] == [h.row for h in at.search(5, 3)]
    for query, said in (({}, "give one query"), ({"text": 0, "image": 0}, "give one query"), ({"text": 0, "k": 0}, "k=0")):
        with pytest.raises(Problem, match=said):
            retrieve(at, **query)


def test_curves_mark_the_best_epoch_and_leave_out_a_part_that_is_the_whole():
    figure = figures.curves(LOG, chance=7.5)
    assert "chance 7.5" in said(figure) and "caption" in said(figure) and "best rsum 70.0 after epoch 3" in said(figure)
    assert "ranking" not in said(figures.curves([{"epoch": 1, "loss": 1.0, "loss ranking": 1.0, "rsum": 3.0}]))
    with pytest.raises(Problem, match="no epoch yet"):
        figures.curves([])


def test_a_result_is_drawn_with_intervals_and_compared_in_a_sentence(result, comparison):
    figure = figures.results(result, result)
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["R@1", "R@5", "R@10"] and "chance" in said(figure)
    assert f"rsum {result['rsum']:.1f}" in sentences.result(result)
    assert "cannot be told apart (a difference up to" in sentences.comparison(comparison)
    figure = figures.comparison(comparison)
    points = [line for ax in figure.axes[2:4] for line in ax.containers]
    assert len(points) == 6 and said(figure).count("+0.0") == 6                   # a difference, with its interval, of each recall
    assert "cannot be told apart" in said(figure) and "Wilson" in said(figure)


def test_a_corpus_is_shown_as_a_contact_sheet(at):
    figure = figures.contact_sheet(at.corpus, [3, 0, 5], boxes=True)
    assert "3 · scene-3-00003" in said(figure) and "3 of 12 images" in said(figure)
    blank = figures.contact_sheet(replace(at.corpus, photo=None, sizes=None), 30)
    assert said(blank).count("no photo") == 12
    with pytest.raises(Problem, match="images 0 to 11; row 12 was asked for"):
        figures.contact_sheet(at.corpus, [0, 12])


def test_show_finds_the_picture_of_every_value(e, at, result, comparison):
    values = (e, replace(e, attention=None), at, at.search(3), at.search("a dog"), retrieve(at, text=3), at.run, at.corpus, result,
              comparison)
    for value in values:
        figure, sentence = picture_of(value)
        assert isinstance(figure, Figure) and len(sentence) > 40
    assert "layer 4 of 4" in said(show(values[1])) and "“dog”" in said(show(e, word="dog"))
    with pytest.raises(Problem, match="no picture of a int.*View or Figure"):
        show(3)


def test_show_takes_a_view_and_a_figure(at, monkeypatch):
    view = gallery(at, text=3)
    figure = view.figure()
    assert show(figure) is figure and picture_of(figure)[1].startswith("SCAN: a sentence looks for its photo among 12")
    assert said(show(view)) == said(figure) and picture_of(view)[1] == view.text()
    shown = []
    monkeypatch.setattr(sys.modules["vsrlab.showing"], "in_notebook", lambda: True)
    monkeypatch.setattr(type(view), "show", lambda self: shown.append(self))
    assert show(view) is None and shown == [view]


def test_an_index_opens_on_a_text_that_is_found_but_not_at_once(at):
    row, why = opening(Branches(at))
    assert at.ranks.of_texts[row] == max(r for r in at.ranks.of_texts if r < 10) and "lies deepest" in why


def test_in_a_notebook_the_picture_carries_its_sentence(e, monkeypatch):
    import IPython.display

    from vsrlab import show as module_or_function  # noqa: F401
    module = sys.modules["vsrlab.showing"]
    shown = []
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda data, **how: shown.append((data, how)))
    assert show(e) is None
    (data, how), = shown
    assert how["raw"] and how["metadata"]["image/png"]["alt"] == data["text/plain"] == sentences.match(e)
    assert data["image/png"].startswith(b"\x89PNG") and len(data["image/png"]) < 600_000


def test_a_script_gets_a_figure_and_no_pyplot():
    code = ("import sys; sys.path.insert(0, 'tests')\n"
            "from planted import planted_explanation\nimport vsrlab as vl\n"
            "figure = vl.show(planted_explanation()); figure.savefig('/dev/null', format='png')\n"
            "assert 'matplotlib.pyplot' not in sys.modules and 'seaborn' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sentences_are_made_from_the_numbers(e):
    assert sentences.match(e) == (
        "“a brown dog catches a red frisbee near a tree” and planted.jpg: score 0.962 = 2 × global 0.310 + local 0.342. Among "
        "1,000 images this one stands at rank 2 for the text; among 5,000 texts this one stands at rank 4 for the image.")
    wrong = replace(e, right=False, true_image_rank=411)
    assert sentences.match(wrong).endswith("They do not belong together: the right image of this text stands at rank 412.")
    assert sentences.pointed(e) == "5 of 5 words with a known region point at it; chance is 0.8 of 5."
    assert sentences.pointing(replace(e, truth=((7,),) * len(WORDS)), 3) == "The truth is region 7 (sun): it points elsewhere."
    assert sentences.spread(np.full(8, 0.125)) == (3.0, 3.0)
    assert sentences.score(replace(e, terms={"local": 0.342}, score=0.342)) == "score 0.342"
    below = replace(e, terms={"global": 0.62, "local": -0.131}, score=0.489, score_local=-0.131)
    assert sentences.score(below) == "score 0.489 = 2 × global 0.310 + local −0.131"
    assert [wording.significant(x) for x in (0.41, -0.0012, 0.03, 4e-7)] == ["+0.41", "−0.0012", "+0.030", "0"]
    assert wording.several([]) == "nothing" and wording.several("ab") == "a and b"
    assert wording.cut("one two three", 8) == "one two …"
    assert "identity" in sentences.relations(replace(e, affinity=np.zeros((4, 10, 10))), 0)
