"""Right beside wrong: bars that add up for every kind of model, one word lit on both photos, two captions on one photo."""
import re

import numpy as np
import pytest
from foreign import IDS, OWNER, SCORES, TEXTS
from toy import indexed

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.explain.interaction import interaction
from vsrlab.explain.pair import Pair
from vsrlab.retrieval.scored import Scored
from vsrlab.views.why import words as said
from vsrlab.views.why.lights import BLANK, lit, worst


@pytest.fixture(scope="module")
def vectors():
    return indexed("vsepp", images=20)


@pytest.mark.parametrize("name", ["vsepp", "vsrn", "vsrpp", "scan", "order"])
@pytest.mark.parametrize("asked", [{"text": 4}, {"image": 3}])
def test_the_bars_of_words_add_up_to_the_difference_of_the_scores(name, asked):
    found = vl.versus(*indexed(name, images=20), **asked).why
    assert sum(bar.favours for bar in found.bars) == pytest.approx(-found.margin, abs=1e-5)
    written = [word for which in (("right",) if "text" in asked else ("wrong", "right")) for word, marker in
               zip(found.pairs[which == "wrong"].words, found.pairs[which == "wrong"].markers) if not marker]
    assert [bar.name for bar in found.bars if bar.name in written] == written


def test_a_word_of_vectors_adds_what_its_row_of_the_interaction_adds(vectors):
    found = vl.versus(*vectors, text=4).why
    own = [interaction(Pair(*vectors, found.image(which), 4)).values.sum(1) for which in ("right", "wrong")]
    w = int(found.pairs[0].written[1])
    bar = next(bar for bar in found.bars if bar.name == found.pairs[0].words[w])
    assert (bar.right, bar.wrong) == (pytest.approx(own[0][w], abs=1e-6), pytest.approx(own[1][w], abs=1e-6))
    assert found.bars[0].name == BLANK and len(vl.why(vectors[1], text=4).why.bars) == 1       # why alone stays quick


@pytest.mark.parametrize("name", ["vsepp", "vsrpp"])
def test_the_same_word_is_lit_on_both_photos_in_one_scale(name):
    view = vl.versus(*indexed(name, images=20), text=4)
    found, w = view.why, int(view.why.pairs[0].written[1])
    light = [lit(found, which, w) for which in ("right", "wrong")]
    assert all(((0 <= x) & (x <= 1)).all() for x in light)
    if name == "vsepp":                                                            # one full light: the larger of both
        rows = [e.interaction[w] for e in found.pairs]
        most = max(float(row.max()) for row in rows)
        assert light[0] == pytest.approx(np.clip(rows[0] / most, 0, 1), abs=1e-5)
        assert max(x.max() for x in light) == pytest.approx(1)
    page = view.html()
    strongest = {f"--{letter}{np.argmax(x)}:{x.max():.2f}" for letter, x in zip("rw", light) if x.any()}
    rule = re.search(rf"\.t\.w{w} :checked\)\{{([^}}]*)\}}", page)
    assert strongest <= set(rule.group(1).split(";")) if strongest else rule is None
    assert page.count('class="seen') == 2 and "both photos" in page and view.figure().axes


def test_two_captions_light_up_one_photo(vectors):
    view = vl.versus(*vectors, image=3)
    page, found = view.html(), view.why
    assert page.count('class="seen one"') == 1 and page.count('role="radiogroup" aria-label="words"') == 2
    right, wrong = (int(e.written[0]) for e in found.pairs)
    assert f".t.w{right} :checked" in page and f".t.x{wrong} :checked" in page and view.figure().axes


def test_what_was_lost_is_said_of_a_word_that_tells(vectors):
    view = vl.versus(*vectors)
    found = worst(view.why)
    assert found.favours > 0 and found.name not in ("a", "the", "of") and f"Lost most on “{found.name}”" in view.text()
    assert said.lost(vl.why(vectors[1]).why) == ""                                 # one bar, and no word


def test_scores_alone_and_the_index_of_another_run_are_refused(vectors):
    with pytest.raises(Problem, match="scores alone do not tell"):
        vl.versus(Scored("clip", SCORES, IDS, TEXTS, OWNER), text=0)
    with pytest.raises(Problem, match="index is of another run"):
        vl.versus(indexed("vsepp", images=4)[0], vectors[1], text=0)
