"""Live views without a browser: set a value, see another change; errors are sentences; nothing is left behind."""
import re
from dataclasses import replace

import ipywidgets
import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances
from outside import BestRegion
from toy import indexed, with_attention

from vsrlab.retrieval.index import index
from vsrlab.views.attention.view import AttentionView, attention
from vsrlab.views.state import ALL
from vsrlab.widgets.base import Choice


@pytest.fixture(scope="module")
def run():
    return indexed(with_attention())


@pytest.fixture
def live(run):
    view = attention(*run, 2, 10, word="box")
    yield (widget := view.widget())
    widget.close()


def click(choice, value):
    """What the front end does: the value, when it is new, and then the click."""
    choice.value = value
    choice._handle_custom_msg({"event": "click"}, [])


def shown(widget) -> dict:
    """The properties that hold while nothing is under the pointer: {"--r31": "1", ...}."""
    rule = re.search(rf"\.{widget.root}\{{(--[^}}]+)\}}", widget.style_sheet.value)[1]
    return dict(part.split(":", 1) for part in rule.split(";"))


def control(widget, description):
    return next(part for part in widget.parts() if getattr(part, "description", "") == description)


def test_a_click_on_a_word_holds_it_and_lights_its_strongest_region(live):
    click(live.words, 6)
    best = int(np.argmax(live.view.e.attention[6]))
    lit = {key: float(value) for key, value in shown(live).items() if re.fullmatch("--r[0-9]+", key)}
    assert live.view.state.word == 6 and max(lit, key=lit.get) == f"--r{best}" and shown(live)["--d-w6"] == "block"
    assert "“truck” looks most at" in live.said.value


def test_a_second_click_lets_go_and_all_words_light_up_together(live):
    click(live.words, 6)
    click(live.words, 6)
    assert live.words.value is None and live.view.state.word == ALL and "--d-none" in shown(live)
    click(live.words, 6)
    assert live.view.state.word == 6


def test_a_click_on_a_box_holds_the_region_and_lets_the_word_go(live):
    click(live.boxes, 4)
    assert (live.view.state.region, live.view.state.word, live.words.value) == (4, None, None)
    assert shown(live)["--r4"] == "1" and any(p.startswith("--w") for p in shown(live))
    click(live.words, 3)
    assert live.boxes.value is None and live.view.state.region is None


def test_a_choice_made_elsewhere_is_not_let_go_by_the_first_click_on_it():
    choice = Choice()
    choice.offer(["a", "dog", "a"])
    choice.hold(2)
    assert choice.index == 2                                                    # the second "a" is its own button
    click(choice, 1)
    assert choice.value == 1
    click(choice, 1)
    assert choice.value is None


def test_moving_lambda_runs_the_pair_again(live):
    before, score = shown(live), live.view.e.score
    slider = control(live, "λ")
    slider.value = 4 * slider.value
    assert shown(live) != before and live.view.e.score != score and "Changed (λ" in live.said.value
    assert np.isclose(live.view.e.score, live.view.whatif.pair.score(sharpness=slider.value)[0], atol=1e-5)
    control(live, "As trained").click()
    assert slider.value == live.view.record.sharpness and shown(live) == before and "Changed" not in live.said.value


def test_controls_and_state_follow_each_other_both_ways(live):
    control(live, "show").value = ("cosine", False)
    control(live, "regions").value = (3, 0.8)
    assert (live.view.state.quantity, live.view.state.mass, live.view.quantity) == ("cosine", 0.8, "cosine")
    live.view.state.mass = 0.5
    assert control(live, "regions").value == (3, 0.5)
    live.view.state.set(quantity="attention", top=5, mass=None, scale="fixed")
    assert [control(live, name).value for name in ("show", "regions", "scale")] == [("attention", False), (5, None), "fixed"]


def test_random_weights_are_one_choice_away_and_light_up_on_the_trained_scale(live):
    trained = live.view.matrix("attention")
    assert "attention, random weights" in dict(control(live, "show").options)
    control(live, "show").value = ("attention", True)
    drawn = live.view.drawn("attention")
    assert live.view.state.control and not np.allclose(drawn.matrix, trained)
    assert np.array_equal(drawn.against, trained) and drawn.limit(drawn.matrix[0]) == trained.max()
    assert "random weights" in live.said.value and "largest of the trained model" in live.said.value
    control(live, "As trained").click()
    assert np.array_equal(live.view.drawn("attention").matrix, trained) and "random weights" not in live.said.value


def test_a_word_is_left_out_and_taken_in_again(live):
    click(live.words, 6)
    control(live, "Leave the chosen one out").click()
    assert live.view.state.hidden_words == (6,)
    assert "left out “truck”" in live.said.value and "line-through" in live.style_sheet.value
    control(live, "Step back").click()
    assert live.view.state.hidden_words == () and "left out “truck”" not in live.said.value


def test_a_word_is_replaced_and_its_button_changes(live):
    live.instead.value = "zebra"
    control(live, "Put in its place").click()
    assert live.words.options[3][0] == "zebra?" and live.words.value == 3
    assert "Unknown to the vocabulary: zebra" in live.said.value


def test_entropy_against_lambda_is_computed_when_its_part_is_unfolded(live):
    assert live.curve.value == ""
    live.more.selected_index = 0
    bits = [float(b) for b in re.findall(r"λ [\d.]+: (\d+\.\d)", live.curve.value.split("<svg")[0])]
    assert len(bits) == 5 and bits == sorted(bits, reverse=True) and "<svg" in live.curve.value


def test_errors_are_one_red_sentence_and_the_picture_stays(live, monkeypatch):
    click(live.words, 6)
    click(live.words, 6)
    held = live.style_sheet.value
    control(live, "Leave the chosen one out").click()
    assert 'role="alert"' in live.status.value and "click one first" in live.status.value and live.style_sheet.value == held
    monkeypatch.setattr(live.view, "drawn", lambda quantity: 1 / 0)
    live.view.state.word = 3
    assert "this did not work (ZeroDivisionError: division by zero)" in live.status.value and live.style_sheet.value == held
    assert "Traceback" not in live.status.value


def test_a_view_has_at_most_25_widgets_all_of_them_core_and_five_controls_before_more(live):
    parts = live.parts()
    assert len(parts) <= 25
    assert {p._model_module for p in parts} <= {"@jupyter-widgets/controls", "@jupyter-widgets/base"}    # no code of ours
    before_more = [p for p in parts if isinstance(p, (ipywidgets.Dropdown, ipywidgets.FloatLogSlider))]
    assert len(before_more) == 5 and not control(live, "λ").continuous_update


def test_closing_leaves_no_widget_and_no_listener(run):
    view = attention(*run, 2, 10)
    alive = set(_instances)
    widget = view.widget()
    parts = widget.parts()
    widget.close()
    assert all(p.comm is None for p in parts) and not view.state.watched
    view.state.word = 3                                                         # nobody is called
    assert set(_instances) <= alive


def test_two_views_of_one_state_move_together(run):
    one = attention(*run, 2, 10, word="box")
    other = attention(*run, 2, 10, state=one.state)
    widgets = one.widget(), other.widget()
    click(widgets[0].words, 6)
    assert widgets[1].words.value == 6 and "--d-w6" in shown(widgets[1])
    for widget in widgets:
        widget.close()


def test_another_pair_in_the_state_gives_other_buttons_and_another_photo(live):
    photo = live.photo.value
    live.view.state.set(query=3, candidate=0)
    assert [label.rstrip("\u200b") for label, _ in live.words.options] == list(live.view.e.words)
    assert live.photo.value != photo and live.view.e.image == 0 and live.words.value == live.view.word


def test_a_model_from_outside_the_zoo_gets_only_the_controls_of_knobs_that_it_has():
    run, at = indexed("vsepp")
    torch.manual_seed(0)
    run = replace(run, model=BestRegion(at.corpus.regions.shape[2], len(run.vocabulary), dim=8))
    widget = attention(run, index(run, at.corpus), 2, 10).widget()
    names = {getattr(p, "description", "") for p in widget.parts()}
    assert "λ" not in names and "direction" not in names and "drawn in" in widget.status.value
    widget.more.selected_index = 0
    assert not widget.curve.value and "--r" in widget.style_sheet.value
    widget.close()


def test_models_and_records_without_attention_or_without_a_model_show_fewer_controls(run):
    names = lambda widget: {getattr(p, "description", "") for p in widget.parts()}
    plain = attention(*indexed("vsepp"), 2, 10).widget()
    assert "λ" not in names(plain) and "it has no attention" in plain.said.value and "--r" in plain.style_sheet.value
    stored = AttentionView(attention(*run, 2, 10).e).widget()
    assert "λ" not in names(stored)
    control(stored, "Leave the chosen one out").click()
    assert "read from a file and cannot run again" in stored.status.value
