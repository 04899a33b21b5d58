"""The faithfulness strip: its sentence, its table, its pictures; another pair, a model without attention, a gallery of one."""
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from test_attribution import linear
from thinker import thinking
from toy import indexed

from vsrlab import colours
from vsrlab.errors import Problem
from vsrlab.explain.pair import Pair
from vsrlab.explain.removal import Outcome
from vsrlab.page import html
from vsrlab.views.belief.follow import ViewBelief
from vsrlab.views.belief.view import BeliefView, strip
from vsrlab.wording import signed


@pytest.fixture(scope="module")
def seen():
    run, at = indexed("scan")
    return strip(run, at, 3, int(at.corpus.texts_of(3)[0]))


def test_the_sentence_holds_verdict_measure_rule_control_and_pointing(seen):
    said = seen.text()
    assert seen.belief.verdict in said and said.startswith("Attention of the regions: ")
    assert "how far the margin falls while the regions, strongest first, are replaced by the mean region" in said
    assert re.search(r"verdict (does not depend|depends) on the rule: \d+ % when left out and \d+ % when set to zero", said)
    assert f"(rank correlation {signed(seen.belief.agreement)})" in said
    assert re.search(r"(\d+) of (\d+) words with a known region point at it; chance is [\d.]+ of \2", said)


def test_the_other_rules_test_the_same_order(seen):
    assert [b.rule for b in seen.others] == ["drop", "zero"]
    assert all(np.array_equal(b.values, seen.belief.values) for b in seen.others)


def test_the_table_holds_both_ways_with_the_random_band(seen):
    table, b = seen.table(), seen.belief
    assert len(table) == 2 * len(b.counts) and table["way"].tolist().count("insertion") == len(b.counts)
    assert table["margin"].tolist() == [*b.deletion.margin, *b.insertion.margin]
    assert (table["random 5 %"] <= table["random median"]).all() and (table["random median"] <= table["random 95 %"]).all()
    assert table["random median"][0] == pytest.approx(np.median(b.random.margin[:, 0]))
    assert table["rank"].min() >= 1


def test_the_curve_and_the_band_stand_on_the_same_axes(seen):
    deletion, insertion, control, bar = seen.figure().axes[1:]
    own = next(line for line in deletion.lines if line.get_marker() == "o")
    assert own.get_ydata().tolist() == seen.belief.deletion.margin.tolist()
    assert len(deletion.collections) == 1 and "gone, of 36" in deletion.get_xlabel() and "present" in insertion.get_xlabel()
    assert [t.get_text() for t in control.get_yticklabels()] == ["trained", "random weights"]


def test_the_html_is_a_part_of_a_card_and_a_card_of_its_own(seen, tmp_path):
    part = seen.html()
    assert part.count("<svg") == 2 and part.count('role="img"') == 2 and "<style" not in part
    assert "margin with 4 to 32 of 36 regions gone" in part
    assert seen.alone().count("<style>") == 1
    page = seen.save(tmp_path / "strip.html").read_text()
    assert "gallery 12 × 60" in page and "Among 12 images this one stands at rank" in page
    assert not re.search(r"https?:|<script|src=", page) and len(page) < 100_000
    assert f"<b>{seen.belief.mark}.</b>" in part and ("✗ not believed" in part) != seen.belief.believed


def test_what_random_weights_order_alike_is_believed_in_part_wherever_it_is_said():
    run, at = indexed("scan")
    plain = strip(run, at, 3, int(at.corpus.texts_of(3)[0]))
    b = plain.belief
    found = BeliefView(plain.pair, belief=replace(b, deletion=Outcome(*(x.min(0) for x in b.random)), control=b.values))
    doubt = "but its order is much the same under random weights (rank correlation +1.00), so it hardly depends on what was learnt"
    assert found.belief.believed and found.headline.endswith(f"of random orders (n=50), {doubt}.")
    assert found.text().count("random weights") == 1 and "<b>◐ believed in part.</b>" in found.html()
    assert found.figure().get_label() == "Attention of the regions: ◐ believed in part"


def test_values_and_control_are_cells_on_one_scale(seen):
    b = seen.belief
    shares = [int(s) for s in re.findall(r"background:color-mix\(in srgb,#\w+ (\d+)%", seen.html())]
    most = max(b.values.max(), b.control.max())
    assert shares == [round(100 * v / most) for v in (*b.values, *b.control)]
    assert "orange" not in seen.html()                                         # attention is never negative


def test_the_ends_of_an_axis_are_written_apart():
    run, at = thinking(regions=6)
    plain = strip(run, at, 3, int(at.corpus.texts_of(3)[0]), "edges", control=False)
    b = plain.belief
    near = lambda x: Outcome(x.score, b.whole.margin + 1e-4 * (x.margin - b.whole.margin), x.rank)
    ends = lambda page: re.findall(r'text-anchor="end"[^>]*>(−?0\.\d+)<', page)
    found = BeliefView(plain.pair, belief=replace(b, deletion=near(b.deletion), random=near(b.random)))
    assert len(set(ends(found.html()))) == 2
    still = replace(b, deletion=Outcome(*(0 * x for x in b.deletion)), random=Outcome(*(0 * x for x in b.random)),
                    whole=Outcome(0.0, 0.0, 0))
    found = BeliefView(plain.pair, belief=still)
    assert not ends(found.html()) and ">no measurable change<" in found.html() and "○ cannot be told" in found.html()


@pytest.mark.parametrize("what", ("words", "edges"))
def test_words_and_edges_have_their_strip(what):
    run, at = indexed("scan") if what == "words" else thinking(regions=6)
    found = strip(run, at, 3, int(at.corpus.texts_of(3)[0]), what, control=what == "words")
    assert found.belief.what == what and f"of the {what}" in found.text()
    assert found.names[0] == (found.pair.tokens[1].word if what == "words" else "region 0 (dog) reads region 1 (ball)")
    assert found.figure().axes and found.html().count("<svg") == (2 if what == "words" else 1)


def test_a_model_without_attention_is_tested_by_what_it_has():
    run, at = indexed("vsepp")
    assert strip(run, at, 0, 0).belief.method == "ig"
    with pytest.raises(Problem, match="has no attention of its regions; it has: ig"):
        strip(run, at, 0, 0, method="attention").text()


def test_a_gallery_of_one_measures_the_score():
    found = strip(*linear(("dog",), 8, 1), 0, 0, method="occlusion", control=False)
    assert "how far the score falls" in found.text() and "score" in found.html()


def test_the_belief_of_a_view_follows_the_pair_that_the_view_looks_at():
    run, at = indexed("scan")
    view = SimpleNamespace(whatif=SimpleNamespace(pair=Pair(run, at, 1, 5)), follow=lambda: None)
    view.tested = lambda: ("regions", "cosine", {"control": False})
    found = ViewBelief(view)
    first = found.now().belief
    assert found.now().belief is first
    view.whatif.pair = Pair(run, at, 2, 10)
    other = strip(run, at, 2, 10, method="cosine", control=False).belief
    assert found.now().belief is not first and np.array_equal(found.now().belief.values, other.values)


def test_a_caption_is_shown_as_text():
    run, at = indexed("scan")
    known = next(w for w in run.vocabulary.words[4:] if w.isalpha())
    found = strip(run, at, 1, f"<script>alert(1)</script> {known} {known}", what="words")
    assert "<script" not in found.alone() and "&lt;script&gt;" in found.alone()


def test_text_of_the_strip_can_be_read():
    assert html.contrast(colours.DARK, colours.CARD) > 4.5 and html.contrast(colours.MUTED, colours.CARD) > 4.5


def test_the_folded_part_defines_the_margin_and_the_threshold():
    page = strip(*indexed("vsepp"), 0, 0).html()
    assert "Margin: the score minus that of the best wrong answer. Believed: the order beats 90 % of random orders" in page
    assert "by 1 % of the score or of the margin, whichever is larger" in page
