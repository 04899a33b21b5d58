"""The dashboard: one state moves all views, only those that draw a key are drawn again, sessions come back, lacks are told."""
import re

import pytest
from toy import indexed

from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.page.thumbnails import pictures_of
from vsrlab.retrieval.index import index
from vsrlab.views.belief import view as belief
from vsrlab.views.dashboard import view as module
from vsrlab.views.dashboard.view import TITLES, dashboard
from vsrlab.views.state import State

PAIR = ("gallery", "attention", "relations")


@pytest.fixture(scope="module")
def run():
    found = indexed("vsrpp", images=30)
    photos = pictures_of(found[1].corpus)                      # held, so that every photo is drawn once
    yield found
    del photos


@pytest.fixture
def live(run):
    widget = dashboard(*run, text=6, parts=PAIR).widget()
    yield widget
    widget.close()


def drawn(widget, change) -> set:
    """Names of the parts that a change of the state redraws."""
    seen = set()
    for name, part in widget.live.items():
        part.redraw = lambda name=name, redraw=part.redraw: (seen.add(name), redraw())
    widget.view.state.set(**change)
    return seen


def press(widget, name):
    """Click the button of that name."""
    next(part for part in widget.parts() if getattr(part, "description", "") == name).click()


# linked

def test_an_answer_chosen_in_the_gallery_becomes_the_pair_of_all_views(live):
    row = live.live["gallery"].answers.options[3][1]
    live.live["gallery"].answers.value = row
    view = live.view
    assert view.state.pair == (row, 6)
    assert [view.parts[name].e.image for name in ("attention", "relations")] == [row, row]
    assert "picture, rank 5 of 30" in live.lead.value or "rank 4 of 30" in live.lead.value
    assert view.index.corpus.ids[row] in view.looked_at() and view.index.corpus.ids[row] in live.live["attention"].lead.value


def test_another_query_moves_all_views_in_both_directions(live):
    live.live["gallery"].side.value = "image"
    view = live.view
    image, text = view.state.query, view.state.candidate
    assert view.state.pair == (image, text) and view.parts["attention"].e.text_row == text
    live.live["gallery"].own.value = "a red dog"
    assert view.parts["attention"].e.text == "a red dog" and view.parts["relations"].e.image == view.state.candidate


def test_mu_reranks_the_gallery_and_scores_the_pair_again(live):
    live.live["gallery"].mu.value = 0.0
    record = live.view.parts["attention"].e
    assert record.score == pytest.approx(record.score_local, abs=1e-6)
    assert record.score == pytest.approx(live.view.gallery.branches[0].scores(0.0)[record.image, 6], abs=1e-5)


def test_mu_and_lambda_move_the_score_in_every_part(live):
    said = lambda: [live.view.looked_at(), live.live["attention"].said.value, live.live["relations"].lead.value]
    live.view.state.mu = 0.5
    record, pair = live.view.parts["attention"].e, live.view.state.pair
    assert record.score == pytest.approx(live.view.gallery.branches[0].scores(0.5)[pair], abs=1e-5)
    assert all(f"{record.score:.3f}" in place for place in said()) and "at the trained μ" in live.live["relations"].lead.value
    live.view.state.set(mu=None, sharpness=4.0)
    assert f"{live.view.parts['attention'].e.score:.3f}" in live.view.numbers()


def test_a_pinned_pair_stands_beside_the_one_looked_at_with_score_and_rank(live):
    view = live.view
    view.state.set(pinned=((3, 7), view.state.pair, (4, "a red dog"), (9_999, 0)), mu=1.0)
    scores = view.gallery.branches[0].scores(1.0)[:, 7]
    line = f"{view.index.corpus.ids[3]}: score {scores[3]:.3f}, rank {(scores > scores[3]).sum() + 1} of 30 photos."
    assert all(line in place and place.count("Pinned: ") == 2 for place in (live.lead.value, view.text(), view.html()))
    assert "“a red dog” and" in live.lead.value
    view.state.pinned = ()
    assert "Pinned" not in live.lead.value


def test_a_strip_stands_under_each_explanation_and_waits_for_its_button_where_it_is_live(live):
    page = live.view.html()
    assert page.count('class="strip"') == 2 and "Affinity of the edges: " in page and "Attention of the regions: " in page
    for name in ("attention", "relations"):
        assert live.live[name].belief.button in live.live[name].children


@pytest.mark.parametrize("change, parts", [({"word": 3}, {"attention"}), ({"order": "gap"}, {"gallery"}),
                                           ({"pinned": ((1, 6),)}, {"gallery"}), ({"candidate": 9}, set(PAIR))])
def test_only_the_views_that_draw_a_key_are_drawn_again(live, change, parts):
    assert drawn(live, change) == parts


def test_a_region_lights_up_in_attention_and_graph(live):
    assert drawn(live, {"region": 4}) == {"attention", "relations"}
    assert live.view.parts["attention"].open_target == "r4" and live.view.parts["relations"].region == 4


def test_a_point_of_the_map_becomes_the_query_and_a_sentence_on_the_map_finds_its_answer(run):
    view = dashboard(*run, text=6, parts=("attention", "projection"))
    widget, atlas = view.widget(), view.parts["projection"].atlas
    view.parts["projection"].select(3)
    image, text = int(atlas.images[3]), int(atlas.texts[3])
    assert view.gallery.query.row == image and view.parts["attention"].e.text_row == text and view.state.pair == (image, text)
    view.parts["projection"].ask("a red dog")
    first = view.gallery.answers[0].found[0].row
    assert view.state.candidate == first and view.parts["attention"].e.image == first
    assert "a red dog" in widget.live["gallery"].lead.value
    view.state.set(query=None, typed="", candidate=None)                   # the point is let go
    assert "Chosen because" in widget.live["gallery"].measures.value and "Note." not in widget.live["gallery"].status.value
    widget.close()


def test_nothing_that_nobody_asked_for_is_tested_before_the_live_view_stands_there(run, monkeypatch):
    view, tested, shown = dashboard(*run, text=6, parts=PAIR), [], []
    beliefs = belief.beliefs
    monkeypatch.setattr(belief, "beliefs", lambda *given, **more: (tested.append(1), beliefs(*given, **more))[1])
    monkeypatch.setattr("vsrlab.views.view.host.notebook", lambda: True)
    monkeypatch.setattr("vsrlab.views.view.host.front_end", lambda: True)
    monkeypatch.setattr("vsrlab.views.view.host.display", lambda bundle, *_: shown.append((bundle, len(tested))))
    monkeypatch.setattr("vsrlab.views.view.host.reserve", lambda: lambda *_: shown.append((None, len(tested))))
    view.show()
    (page, before), (_, after) = shown
    assert before == 0 < after and page["text/html"].count("Not tested yet: the button of the live view") == 2
    assert "application/vnd.jupyter.widget-view+json" in page and not view.hurried and "Not tested yet" not in view.html()


# sessions

def test_a_session_reopens_with_its_query_word_layer_and_pins(run, tmp_path):
    view = dashboard(*run, text=11, parts=PAIR, mu=1.0)
    view.state.candidate = 4
    view.state.set(word=3, layer=1, pinned=((2, 11),), sharpness=5.0)
    again = dashboard(run[1], state=view.state.save(tmp_path / "s.json"), parts=PAIR)
    assert again.text() == view.text() and again.state.word == 3 and again.parts["relations"].layer == 1
    assert again.parts["attention"].e.sharpness == 5.0 and "pinned photo" in again.gallery.html()
    assert (tmp_path / "s.json").stat().st_size < 2000


def test_the_buttons_save_open_and_step_back(live, tmp_path):
    live.path.value = str(tmp_path / "kept.json")
    live.view.state.word = 5
    press(live, "Save")
    live.view.gallery.ask(text=2)
    assert live.view.state.word is None
    press(live, "Open")
    assert (live.view.state.query, live.view.state.word) == (6, 5)
    live.path.value = str(tmp_path / "none.json")
    press(live, "Open")
    assert "there is no session" in live.path.note.value


# what is not there

def test_a_model_without_graph_says_so_in_one_sentence_and_shows_the_rest(run):
    view = dashboard(indexed("scan", images=12)[1], parts=PAIR)
    assert list(view.parts) == ["gallery", "attention"] and "no layer in which regions read each other" in view.missing["relations"]
    assert view.missing["relations"] in view.text() and html.escape(view.missing["relations"]) in view.html()
    assert view.widget().live.keys() == {"gallery", "attention"}


def test_a_gallery_of_one_has_no_map_and_says_so(run):
    view = dashboard(index(run[0], run[1].corpus.images([4])))
    assert "projection" not in view.parts and "at least" in view.missing["projection"] and view.html()


def test_wrong_arguments_are_told(run):
    for given, said in (((run[0],), "vl.dashboard\\(run, vl.index\\(run, corpus\\)\\)"), ((*run, "quokka"), "no word of 'quokka'")):
        with pytest.raises(Problem, match=said):
            dashboard(*given)
    with pytest.raises(Problem, match="no part of the dashboard 'graph'"):
        dashboard(*run, parts=("graph",))
    with pytest.raises(Problem, match="texts 0 to"):
        dashboard(*run, state=State(query=10_000), parts=PAIR)


# exits

def test_the_page_holds_every_part_and_leaves_out_what_would_make_it_too_large(run, monkeypatch):
    view = dashboard(*run, text=6, parts=PAIR)
    page = view.html()
    assert all(TITLES[name] in page for name in PAIR) and len(page.encode()) < module.LIMIT
    assert not re.search(r"https?://|@import|<script|url\((?!data:)", page)
    monkeypatch.setattr(module, "LIMIT", len(page.encode()) + module.STILL - 50_000)
    assert "vl.relations(...) shows it alone" in view.html() and len(view.html().encode()) < module.LIMIT - module.STILL


def test_picture_and_page_of_all_parts_fit_into_one_output(run, monkeypatch):
    view = dashboard(*run, text=6)
    page, still = view.html(), view.png()
    assert list(view.parts) == list(TITLES) and "shows it alone" not in page and page.count(html.sheet()) == 1
    assert len(still) <= module.STILL and len(page.encode()) + len(still) <= 600_000 == module.LIMIT
    assert page.count('class="tab q') < view.parts["relations"].html().count('class="tab q')
    monkeypatch.setattr(module, "STILL", len(still) - 1)
    assert len(view.png()) < len(still)


def test_the_text_is_two_to_five_sentences(run):
    assert 2 <= len(re.findall(r"\.(?=\s|$)", dashboard(*run, text=6, parts=PAIR).text())) <= 5


def test_one_figure_a_table_and_files(run, tmp_path):
    view = dashboard(*run, text=6, parts=("attention",))
    figure = view.figure()
    assert len([ax for ax in figure.axes if ax.images]) == 2 and view.table().equals(view.gallery.table())
    assert view.save(tmp_path / "d.json").read_text().count('"rank"') >= 10
    assert repr(view).startswith("DashboardView: ") and "Looked at: “" in repr(view)


def test_closing_leaves_no_watcher_behind(run):
    view = dashboard(*run, text=6)
    before = view.state.watched
    widget = view.widget()
    assert view.state.watched > before + 4
    widget.close()
    assert view.state.watched == before


def test_what_lies_behind_a_tab_is_drawn_when_the_tab_is_opened(run):
    view = dashboard(*run, text=6)
    widget = view.widget()
    map_ = widget.live["projection"]
    assert map_.lead.value == "" and map_.layout.display == "none" and widget.places["map"].layout.display == "none"
    widget.tab.value = "map"
    assert view.state.tab == "map" and "PCA of" in map_.lead.value and map_.layout.display == ""
    widget.tab.value = "pair"
    before = map_.beside.value
    view.gallery.step()
    assert map_.beside.value == before
    widget.tab.value = "map"
    assert map_.beside.value != before
    widget.tab.value = "numbers"
    assert "Looked at: “" in widget.numbers.value and "rsum" in widget.numbers.value
    widget.close()
