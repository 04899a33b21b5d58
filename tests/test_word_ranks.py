"""The rank without each word and with another of its kind: a plain loop says the same, and it stands under every sentence."""
import re

import numpy as np
import pytest
from toy import indexed

from vsrlab.explain.occlusion import with_words, without_words
from vsrlab.explain.pair import Pair
from vsrlab.views.attention import ranks
from vsrlab.views.attention.view import attention


@pytest.mark.parametrize("name", ["vsepp", "scan", "mcnn"])
def test_the_rank_without_each_word_is_that_of_a_plain_loop(name):
    run, at = indexed(name)
    pair = Pair(run, at, 2, 10)
    found, words = without_words(pair), pair.words.shape[1]
    for w, token in enumerate(pair.tokens):
        keep = np.ones(words, bool)
        keep[w] = token.start < 0                                                # markers stay
        column = pair.against_images(word_mask=keep)
        assert found.score[w] == pytest.approx(column[2], abs=1e-5)
        assert found.rank[w] == pair.rank(column, column[2])


def test_another_word_in_its_place_is_the_sentence_with_that_word():
    run, at = indexed("scan")
    pair = Pair(run, at, 2, "a small box and a truck in a town")
    found = with_words(pair, 2, ["large", "tree"])
    for score, rank, word in zip(*found, ("large", "tree")):
        other = Pair(run, at, 2, f"a {word} box and a truck in a town")
        assert score == pytest.approx(float(other.score()[0]), abs=1e-5)
        assert rank == other.rank(other.against_images(), float(other.score()[0]))


def test_it_stands_under_every_word_that_was_written_on_the_page_in_the_table_and_in_the_figure():
    view = attention(*indexed("scan"), 2, 10, strip=False)
    found, e = without_words(view.whatif.pair), view.e
    under = [str(rank + 1) for rank in found.rank[e.written]]
    page = view.html()
    assert re.findall(r'\.t\.w\d+::before\{content:"(\d+)"', page) == under and "rank without it" in page
    small = [t.get_text() for t in view.figure().axes[0].texts if t.get_fontsize() < 8]
    assert small == under
    assert f"as it is {e.image_rank + 1}" in page


def test_words_of_a_kind_are_those_that_the_model_knows():
    run, at = indexed("vsepp")
    pair = Pair(run, at, 2, "a red box and a truck in a town")
    kind, others = ranks.of_its_kind("red", pair)
    assert kind == "colour" and "red" not in others and 0 < len(others) <= ranks.OTHERS
    assert all(run.vocabulary.tokens(w)[1].id > 3 for w in others)
    assert ranks.of_its_kind("truck", pair)[0] == "thing" and ranks.of_its_kind("and", pair) == ("", [])
    view = attention(run, at, 2, "a red box and a truck in a town", strip=False, word="red")
    said = ranks.instead(view.whatif, view.state, view.word)
    rank = {other: r for other, r in zip(others, with_words(view.whatif.pair, 2, others).rank)}
    assert all(f"“{other}” {rank[other] + 1}" in said for other in others) and said in view.html()
    assert "Rank with" not in attention(run, at, 2, 10, strip=False, word="and").html()


def test_a_network_for_every_pair_is_not_run_over_a_large_gallery(monkeypatch):
    view = attention(*indexed("mcnn"), 2, 10, strip=False)
    assert ranks.under_words(view.whatif, view.state)
    monkeypatch.setattr(ranks, "SLOW", 5)
    assert ranks.under_words(view.whatif, view.state) == [] and "::before{content" not in view.html()
