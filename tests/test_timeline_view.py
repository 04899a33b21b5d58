"""The reasoning timeline: what is said about steps, order and position, exits, offline HTML in a browser, the live widget."""
import json
import re

import numpy as np
import pytest
from browser import chromium, point, requests, style, until
from matplotlib.text import Text
from planted import picture, planted_explanation
from sanitiser import sanitised
from thinker import thinking
from toy import indexed

from vsrlab.draw.filmstrip import strip
from vsrlab.errors import Problem
from vsrlab.explain.reading import Bunching, Course, Reading, Rival, Shuffled
from vsrlab.views.timeline import words
from vsrlab.views.timeline.view import TimelineView, timeline

LIMIT = 600_000


def written(figure) -> str:
    """Everything that is written in a figure."""
    return " ".join(t.get_text() for t in figure.findobj(Text)).replace("\n", " ")


@pytest.fixture(scope="module")
def thought():
    return thinking(images=8, regions=9)


@pytest.fixture
def live(thought):
    return timeline(*thought, 1, 2)


def reading(shown, rival, right=False):
    """A Reading whose course is known."""
    r = Reading(planted_explanation())
    r.rival = Rival(3, "a cat", right)
    even = np.full(len(shown), 0.25)
    r.course = Course(np.arange(len(shown)), np.array(shown), np.array(rival), 2 * even, even)
    return r


# what is said

def test_the_course_says_since_when_the_caption_is_ahead():
    text = words.course(reading([0.1, 0.2, 0.5, 0.6], [0.2, 0.1, 0.6, 0.4]))
    assert "cosine 0.600 with this caption and 0.400 with the best wrong one (“a cat”)" in text and "ahead from step 4 on" in text
    assert "ahead at every step" in words.course(reading([0.3, 0.4], [0.1, 0.1]))
    assert "never ahead" in words.course(reading([0.1, 0.1], [0.3, 0.4], right=True))
    assert "last ahead after step 1" in words.course(reading([0.5, 0.1], [0.3, 0.4])) and "best right one" in words.course(
        reading([0.5, 0.1], [0.3, 0.4], right=True))


def test_the_largest_step_and_single_steps_are_told_with_their_region():
    r = reading([0.9, 0.2, 0.5, 0.6], [0.2, 0.1, 0.6, 0.4])
    assert words.turning(r) == 2 and words.gain(r) == "The largest step towards it is number 3, region 2 (tree) (+0.30)."
    assert words.step(r, 2) == ("Step 3 reads region 2 (tree): cosine with this caption 0.200 → 0.500, with the other one 0.600. "
                               "It replaces 25 % of the memory, a change of 0.50 of its length.")


def test_order_is_told_as_a_range_of_ranks_or_that_it_does_not_matter():
    one = lambda ranks: Shuffled(np.zeros((4, 3), int), np.zeros((4, 3)), np.array([0.1, 0.2, 0.3, 0.4]), np.array(ranks), 1)
    assert words.order(one([0, 1, 5, 1]), 9) == "Order matters: rank 2 → 1..6 over 4 shuffled orders, 50 % of which change it."
    still = "does not change the rank here: it stays 2 in all 4 shuffled orders (scores 0.100 to 0.400)"
    assert still in words.order(one([1, 1, 1, 1]), 9)
    alone = words.order(one([0, 0, 0, 0]), 1)
    assert "With one image in the gallery a rank says nothing" in alone and "stays" not in alone


def test_the_artefact_of_the_last_steps_is_told_with_its_size():
    text = words.bunching(Bunching(np.array([1.0, 1, 4]), np.array([2.0, 2, 2]), 0.6, 0.1))
    assert "position more than content: position 60 %, content 10 %" in text and "carries 67 % of it (even: 33 %)" in text


def test_a_memory_that_forgets_is_shown_to_bunch(live):
    text = " ".join(live.said())
    assert "explained by position more than content" in text and "Read with care" in text and "Order" in text
    late = int(re.search(r"carries (\d+) %", text)[1])
    assert late > 60


@pytest.mark.parametrize("name, options, why", [("vsepp", {}, "vsrn and vsrpp have"),
                                                ("vsrn", {"pool": "mean"}, 'build it with pool="gru"')])
def test_a_model_without_a_memory_says_so_in_every_exit(name, options, why):
    view = timeline(*indexed(name, images=3, **options), 0, 0)
    assert why in view.text() and why.replace('"', "&quot;") in view.html()
    assert len(view.table()) == 0 and view.png().startswith(b"\x89PNG")
    widget = view.widget()
    assert why.split("=")[0] in widget.lead.value and "<img" in widget.photo.value
    widget.close()


def test_bad_wishes_are_one_sentence_each(live, thought):
    with pytest.raises(Problem, match="give 2 to 200 shuffled orders"):
        live.choose(orders=1)
    with pytest.raises(Problem, match="region=9: give region 0 to 8"):
        live.choose(region=9)
    with pytest.raises(Problem, match="texts 0 to 15"):
        timeline(*thought, 0, 99)
    with pytest.raises(Problem, match="nothing|known|word"):
        timeline(*thought, 0, "qqqq zzzz")


@pytest.mark.parametrize("regions", [1, 2])
def test_few_regions_are_read_without_a_fuss(regions):
    view = timeline(*thinking(images=3, regions=regions), 0, 0)
    assert view.png() and view.html() and len(view.table()) == regions and f"all {regions} regions" in view.text()


def test_a_gallery_of_one_image_has_no_other_caption():
    view = timeline(*thinking(images=1, texts=1), 0, 0)
    assert "no other caption to compare" in view.text() and view.png() and view.html()
    widget = view.widget()
    assert all("a rank says nothing" in place and "stays 1" not in place for place in (view.html(), widget.told.value))
    widget.close()


def test_the_text_is_two_to_five_sentences_that_end_with_the_verdict(live):
    for view in (live, timeline(*indexed("vsrpp", images=6), 0, 0, strip=False)):
        assert 2 <= len(re.findall(r"\.(?=\s|$)", view.text())) <= 5
    assert live.text().endswith(live.believed())


def test_notes_are_one_sentence_of_text_and_figure(thought):
    view = timeline(*thought, 0, "dog quokka ball")
    assert "; unknown to the vocabulary: quokka." in view.text() and "quokka." in written(view.figure())


def test_the_strip_tests_the_effects_that_are_drawn(live):
    test = live.belief.now()
    assert test.belief.values.tolist() == live.reading.bunching.content.tolist() and test.belief.control.std() > 0
    assert test.headline.startswith("Effect of leaving each region out: ") and test.headline in live.text()
    live.state.set(candidate=3, query=6)
    assert live.belief.now() is not test and live.belief.now().pair.image == 3


def test_steps_are_counted_from_one_on_every_axis(live):
    axes = {ax.get_xlabel(): ax for ax in live.figure().axes}
    middle = lambda name: [bar.get_x() + bar.get_width() / 2 for bar in axes[name].patches]
    assert np.allclose(middle("step"), range(1, 10)) and np.allclose(middle("region"), range(9))


def test_another_mu_moves_score_and_rank_and_says_what_was_read_at_the_trained_one():
    view = timeline(*indexed("vsrpp", images=6), 0, 0)
    widget, e = view.widget(), view.e
    view.state.mu = 0.5
    said = f"At μ 0.5 (trained 2) the score is {e.score_local + 0.5 * e.score_global:.3f}".replace("-", "−")
    assert all(said in place for place in (view.text(), view.html(), widget.lead.value, written(view.figure())))
    assert "shuffled orders, ranks and the test are those at the trained μ" in view.lead()
    widget.close()


# exits

def test_the_table_has_a_row_a_step(live):
    table, c = live.table(), live.reading.course
    assert table.step.tolist() == list(range(1, 10)) and table.region.tolist() == c.order.tolist()
    assert np.allclose(table.cosine, c.shown) and (table.shuffled_low <= table.shuffled_high).all()
    b = live.reading.bunching
    assert np.allclose(table.effect_of_step, b.position) and np.allclose(table.effect_of_region, b.content[c.order])


def test_every_exit_writes_its_file(live, tmp_path):
    for ending in ("png", "svg", "pdf", "html", "csv", "json"):
        assert live.save(tmp_path / f"t.{ending}").stat().st_size > 500
    assert "memory" in json.loads((tmp_path / "t.json").read_text())["text"]


def test_the_page_is_offline_small_and_survives_a_sanitiser():
    view = timeline(*indexed("vsrpp", images=6), 0, 0)
    page = view.html()
    assert len(page) < LIMIT and not re.search(r"https?://|@import|<script|url\(", page)
    bare = sanitised(page)
    assert "The regions as they are read" in bare and "Step" in bare and bare.count("left:") > 30
    assert page.count('class="step t r') == view.e.regions


def test_a_record_from_a_file_shows_what_it_has():
    view = TimelineView(planted_explanation())
    assert "without its model" in view.text() and view.png() and "no cosines" in view.html()
    assert view.table().cosine.isna().all() and np.allclose(view.table().replaced, 1 - view.e.gates.mean(1))


def test_a_caption_with_markup_stays_text(thought):
    view = timeline(*thought, 0, "dog <script>alert(1)</script>")
    assert "<script" not in view.html()


def test_regions_are_cut_out_as_squares_in_the_middle_of_their_columns():
    pixels = np.asarray(picture())
    row = strip(pixels, np.array([[0, 0, 1, 1], [0.5, 0.5, 0.5, 0.5]]), side=20, column=30)
    assert row.shape == (20, 60, 3) and (row[:, :6] == row[0, 0]).all() and (row[5:15, 10:20] != row[0, 0]).any()


def test_another_pair_and_other_orders_are_read_anew(live):
    first = live.reading
    assert live.reading is first
    live.choose(seed=5)
    assert live.reading is not first and (live.reading.shuffled.orders != first.shuffled.orders).any()
    live.state.set(candidate=3, query=6)
    assert live.follow().image == 3 and live.reading.e is live.e


# in a browser

@pytest.mark.browser
def test_steps_light_their_region_by_css_alone_without_the_network(tmp_path):
    TimelineView(planted_explanation(), region=0).save(tmp_path / "t.html")
    with chromium(tmp_path, offline=True) as driver:
        driver.get(f"file://{tmp_path / 't.html'}")
        lit = lambda r: float(style(driver, f".shade .r{r}", "opacity"))
        until(lambda: lit(0) == 1 and lit(5) == 0, what="the first step")
        point(driver, ".step.r5")
        until(lambda: lit(5) == 1 and lit(0) == 0, what="the step under the pointer")
        assert style(driver, ".d-r5", "display") == "block"
        point(driver, ".step.r2", click=True)
        point(driver, ".foot")
        until(lambda: lit(2) == 1 and lit(5) == 0, what="the held step")
        assert [r for r in requests(driver) if not r.startswith("file:")] == []


# live

def test_a_click_lights_the_region_of_the_step_and_tells_it(live):
    widget = live.widget()
    widget.steps.value = 4
    region = int(live.reading.course.order[4])
    assert live.state.region == region and f"--d-r{region}:block" in widget.style_sheet.value
    assert "Step 5 reads" in widget.told.value
    live.state.set(region=None)
    assert widget.steps.value is None and "drawn in" in widget.status.value
    assert len(widget.parts()) <= 25
    widget.close()


def test_orders_and_the_slow_part_have_their_controls(live):
    widget = live.widget()
    before, buttons = widget.chart.value, widget.children[3].children[1].children[1].children
    buttons[0].click()
    assert live.seed == 1 and widget.chart.value != before
    widget.orders.value = 10
    assert live.orders == 10 == len(live.reading.shuffled.orders)
    assert widget.result.value == ""
    buttons[1].click()
    assert "explained by" in widget.result.value and "done" in widget.status.value
    buttons[2].click()
    assert "Traceback" not in widget.status.value
    widget.close()


def test_a_record_from_a_file_has_no_controls_of_orders():
    widget = TimelineView(planted_explanation()).widget()
    assert len(widget.children[3].children[1].children) == 1 and "no cosines" in widget.chart.value
    widget.close()
