"""Every door shows one rank for equal scores: a model that scores everything alike, and scores full of ties."""
import json
import re

import numpy as np
import pytest
import torch

from vsrlab import checkpoint, cli
from vsrlab.data.scenes.corpus import scenes
from vsrlab.explain.explanation import explain
from vsrlab.explain.pair import Pair
from vsrlab.measure.ranks import order, place, tie
from vsrlab.retrieval.answers import Query, answers, retrieve
from vsrlab.retrieval.evaluate import evaluate
from vsrlab.retrieval.index import index
from vsrlab.retrieval.likeness import Likeness
from vsrlab.retrieval.scored import Scored
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.showing import picture_of
from vsrlab.training.fit import fit
from vsrlab.views.dashboard.view import dashboard
from vsrlab.views.gallery.poster import poster
from vsrlab.views.gallery.view import gallery
from vsrlab.views.state import State
from vsrlab.views.whatif import WhatIf

IMAGES, TEXT, LAST = 12, 5, 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run whose weights are all zero: every vector is zero, and so is every score."""
    folder = tmp_path_factory.mktemp("runs") / "alike"
    settings = Settings(model="vsepp", epochs=1, batch=8, options={"dim": 8, "word_dim": 8})
    run = fit(scenes(images=40, seed=4), settings, out=folder, ui="none")
    state = checkpoint.load(folder / "best.pt")
    state["model"] = {name: torch.zeros_like(x) for name, x in run.model.state_dict().items()}
    checkpoint.save(folder / "best.pt", state)
    return folder


@pytest.fixture(scope="module")
def alike(folder):
    run = Run.load(folder)
    found = index(run, scenes(images=IMAGES, seed=3))
    assert np.ptp(found.scores) == 0
    return found


def said(figure) -> str:
    return " ".join(t.get_text() for t in (*figure.texts, *(t for ax in figure.axes for t in ax.texts)))


def test_where_all_score_alike_every_door_puts_the_right_image_last(alike, folder, tmp_path, capsys):
    run, corpus = alike.run, alike.corpus
    right = int(corpus.image_of_text[TEXT])
    hits = alike.search(corpus.texts[TEXT], k=IMAGES)
    assert [h.rank + 1 for h in hits if h.right] == [LAST] and f"{LAST:4d} ✓" in repr(hits)
    assert f"✓ rank {LAST} " in said(picture_of(hits)[0]) and f"stands at rank {LAST}." in picture_of(hits)[1]
    assert alike.ranks.of_texts[TEXT] + 1 == LAST and retrieve(alike, text=TEXT).truths[0].rank + 1 == LAST
    view = gallery(alike, text=TEXT)
    assert f"The right answer stands at rank {LAST}." in view.text() and f"✓ rank {LAST} " in said(view.figure())
    assert view.table().query("mark == 'right'")["rank"].tolist() == [LAST]
    assert re.search(rf"Rank {LAST} of {IMAGES}: {corpus.ids[right]}, .*; right", view.html())
    e = explain(run, alike, image=right, text=TEXT)
    assert (e.image_rank + 1, e.true_image_rank + 1) == (LAST, LAST) and f"rank {LAST}" in repr(e)
    for a in view.answers[0].found + gallery(alike, text=TEXT, k=IMAGES, same=None).answers[0].found:      # and of the wrong ones
        e = explain(run, alike, image=a.row, text=TEXT)
        assert (e.image_rank, e.true_image_rank + 1) == (a.rank, LAST)
        assert WhatIf(e, Pair(run, alike, a.row, TEXT)).standing(State()).rank == a.rank
    assert f"the right one stands at rank {LAST}." in dashboard(alike, text=TEXT, parts=("gallery",)).text()
    assert f"stands at rank {LAST} by" in poster(alike, alike, [("text", TEXT)]).text()
    assert evaluate(alike).ranks.of_texts[TEXT] + 1 == LAST
    out = tmp_path / "result.json"
    assert cli.main(["evaluate", str(folder), "--images", str(IMAGES), "--world", "3", "--out", str(out)]) in (0, None)
    assert json.loads(out.read_text())["ranks"][1][TEXT] + 1 == LAST and "rsum 0.0" in capsys.readouterr().out


def test_where_all_score_alike_the_own_captions_of_an_image_come_last_too(alike):
    captions = len(alike.corpus.texts)
    wrong = captions - len(alike.corpus.texts_of(2))
    assert min(h.rank for h in alike.search(2, k=captions) if h.right) == alike.ranks.of_images[2] == wrong
    assert gallery(alike, image=2).answers[0].truths[0].rank == evaluate(alike).ranks.of_images[2] == wrong
    assert explain(alike.run, alike, 2, int(alike.corpus.texts_of(2)[0])).true_text_rank == wrong


def test_among_ties_lists_and_ranks_agree_on_every_query():
    rng = np.random.default_rng(0)
    owner = rng.integers(0, 40, 60)
    scored = Scored("ties", rng.integers(-2, 3, (40, 60)), [], [f"text {t}" for t in range(60)], owner)
    alone = Likeness(scored, None)
    for side, rank in (("text", scored.ranks.of_texts), ("image", scored.ranks.of_images)):
        for row in np.flatnonzero(rank >= 0):
            found = answers(scored, Query.of(scored, **{side: int(row)}), 60, likeness=alone)
            assert found.truths[0].rank == rank[row] and [a.rank for a in found.found] == list(range(found.gallery))
            assert all(a.gap is None or a.tied == (a.gap == 0) for a in found.found)     # gaps are whole numbers here
    assert np.array_equal(evaluate(scored).ranks.of_texts, scored.ranks.of_texts)


def test_order_by_hand_and_place_says_where_each_stands():
    scores, right = np.array([3, 5, 3, 3, 1]), np.array([False, False, True, False, False])
    assert order(scores, right).tolist() == [1, 0, 3, 2, 4] and order(scores).tolist() == [1, 0, 2, 3, 4]
    assert [place(scores, n, right) for n in range(5)] == [1, 0, 3, 2, 4]
    assert [place(scores, n) for n in range(5)] == [1, 0, 2, 3, 4]
    assert place(scores, 4, right, [9, 5, 3, 0]).tolist() == [0, 1, 3, 4] and place(scores, 2, right, 5) == 1
    many = np.random.default_rng(1).integers(0, 4, 50)
    some = np.random.default_rng(2).random(50) < 0.2
    assert [place(many, int(row), some) for row in order(many, some)] == list(range(50))
    assert order(np.array([1, 3, 2], np.uint8)).tolist() == [1, 2, 0]


def test_a_tie_is_a_share_of_the_spread_of_the_wrong_answers():
    scores = np.array([0.0, 2.0, 50.0])                                      # the wrong ones have a standard deviation of 1
    assert tie(scores, np.array([False, False, True])) == tie(scores[:2]) == pytest.approx(0.02)
    assert tie(np.array([7.0]), np.array([True])) == 0
    for scale in (1e-4, 1.0, 1e4):                                           # and so it minds no scale
        scored = Scored("three", scale * np.array([[1.01], [1.0], [0.0], [0.5]]), [], ["a dog"], [3])
        first, second = answers(scored, Query.of(scored, text=0), 2, likeness=Likeness(scored, None)).first
        assert not first.tied and not second.tied
        scored = Scored("three", scale * np.array([[1.005], [1.0], [0.0], [0.5]]), [], ["a dog"], [3])
        assert answers(scored, Query.of(scored, text=0), 1, likeness=Likeness(scored, None)).found[0].tied
