"""The relation graph: what is drawn, what is said, exits, offline HTML in a browser, and the live widget."""
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from browser import chromium, point, requests, style, until
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from planted import EDGES, REGIONS, planted_explanation
from sanitiser import sanitised
from thinker import thinking
from toy import indexed

from vsrlab import colours, figures, wording
from vsrlab.errors import Problem
from vsrlab.explain.reasoning import Against, Cut, Cuts, distances
from vsrlab.page import html
from vsrlab.views.relations import graph, words
from vsrlab.views.relations.graph import Style, departing
from vsrlab.views.relations.parts import against
from vsrlab.views.relations.view import RelationsView, relations
from vsrlab.views.state import State
from vsrlab.wording import significant

LIMIT = 600_000


def written(figure) -> str:
    """Everything that is written in a figure."""
    return " ".join(t.get_text() for t in figure.findobj(Text)).replace("\n", " ")


@pytest.fixture
def planted():
    return RelationsView(planted_explanation())


@pytest.fixture(scope="module")
def thought():
    return thinking(images=8, regions=9)


@pytest.fixture
def live(thought):
    return relations(*thought, 1, 2)


# what is drawn

def test_the_planted_relations_stand_out_with_their_sign(planted):
    g = planted.graph()
    assert g.edges == [(a, b) for a, b, w in sorted(EDGES, key=lambda x: -abs(x[2]))][:5] and g.name == "layer 4"
    assert np.allclose(g.of(g.edges), [0.42, 0.33, -0.31, 0.30, 0.27]) and g.returned == 2 / 5
    assert g.ego[0][0] == (0, 1) and (9, 1) in g.ego[1] and {b for a, b in g.ego[5] if a == 5} >= {4}


def test_sign_gate_share_and_number_filter_what_is_drawn(planted):
    assert planted.choose(sign="minus").graph().edges[0] == (5, 4)
    assert all(w < 0 for w in planted.graph().of(planted.graph().edges))
    over = planted.choose(sign="both", gate="overlap").graph()
    assert (0, 1) not in over.edges and (3, 0) in over.edges            # dog and frisbee lie apart, head and dog do not
    assert (0, 1) in planted.choose(gate="far").graph().edges
    wide, tight = planted.choose(gate="any", mass=1.0, each=3).graph(), planted.choose(mass=0.1).graph()
    assert len(wide.edges) == 30 and tight.edges == [(0, 1)]


def test_norms_divide_by_the_row_or_by_the_largest_and_ignore_the_diagonal():
    matrix = np.array([[9.0, 1, -3], [2, 9, 2], [0, 0, 9]])
    assert np.allclose(graph.normalised(matrix, "row"), [[0, 0.25, -0.75], [0.5, 0, 0.5], [0, 0, 0]])
    assert np.allclose(graph.normalised(matrix, "max"), np.array([[0, 1, -3], [2, 0, 2], [0, 0, 0]]) / 3)
    assert np.allclose(graph.normalised(matrix, "raw")[0], [0, 1, -3])


def test_the_change_between_layers_is_a_difference_and_needs_two(planted):
    e = planted.e
    g = planted.choose(edges="difference", layer=2).graph()
    assert g.name == "layer 2 → 3" and np.isclose(g.weights[0, 1], e.affinity[2, 0, 1] - e.affinity[1, 0, 1])
    assert planted.choose(layer=0).layer == 1
    with pytest.raises(Problem, match="the first layer has none before it"):
        graph.graph(e, 0, Style(edges="difference"))


def test_an_effect_is_what_the_score_loses_and_keeps_the_sign_filter(live):
    g = live.choose(edges="effect", layer=0).graph()
    change = Cuts(live.whatif.pair, live.e).edges(0, g.edges).change
    assert np.allclose(g.of(g.edges), -change, atol=1e-7) and np.isnan(g.weights).any()
    assert (np.diff(np.abs(g.of(g.edges))) <= 1e-9).all()
    assert (live.choose(sign="plus").graph().of(live.graph().edges) > 0).all()


def test_hubs_do_not_make_a_hairball():
    affinity = np.full((1, 40, 40), 0.001)
    affinity[0, :, :3] = 1.0
    e = planted_explanation(affinity=affinity, boxes=None, labels=None, confidence=None, attention=None, layers=None, truth=None)
    assert len(RelationsView(e).graph().edges) == 24


def test_nodes_are_at_their_boxes_pushed_apart_or_on_a_circle_by_confidence(planted):
    at = graph.middles(planted.e, "photo", [0, 1])
    far = np.linalg.norm((at[:, None] - at[None]) * (560, 420), axis=-1) + 1e9 * np.eye(len(at))
    assert far.min() > 20 and np.abs(at - graph.home(planted.e)).max() < 0.15
    circle = graph.middles(planted.e, "circle", [])
    assert np.allclose(circle[0], (0.5, 0.06)) and len(np.unique(circle.round(6), axis=0)) == len(REGIONS)


# what is said

def test_the_text_names_the_relations_what_moved_and_where(planted):
    text = planted.text()
    assert "0 dog reads 1 frisbee (+0.42)" in text and "5 relations are drawn, 1 of them negative, 40 % answered" in text
    told = " ".join(planted.said())
    assert "hardly geometry" in told and "most similar to it" in told
    held = planted.choose(region=5).text()
    assert "Region 5 (sky) reads 4 grass −0.31" in held


def test_a_live_pair_adds_the_effect_of_cutting_beside_chance(live):
    told = " ".join(live.said())
    one = r"Cut \d \w+ → \d \w+: the score changes by [−+]0\.\d+ \([−+][\d.]+ % of the score\), .*random relations:"
    assert re.search(one, told)
    assert re.search(r"Cut the 8 strongest relations together: the score changes by .* random choices of as many", told)
    live.agreement()
    assert "sizes of affinity and effect have rank correlation" in " ".join(live.said())
    assert "change when cut" in live.html() and "score when cut" not in live.html() and "change when cut" in written(live.figure())


def test_small_changes_keep_two_digits_and_rounding_is_no_change():
    said = [significant(x) for x in (0.0, 1e-7, -0.04321, 0.00123, -0.00012, 1.0, -12.3)]
    assert said == ["0", "0", "−0.043", "+0.0012", "−0.00012", "+1.0", "−12"]
    still = Cut(np.zeros(1), np.zeros(1, int))
    cuts = SimpleNamespace(edges=lambda *_: still, random=lambda _: still, rank=0, column=np.ones(3))
    assert words.one_cut(planted_explanation(), cuts, 0, (0, 1)) == (
        "Cut 0 dog → 1 frisbee: no measurable change of the score, the rank stays 1 (random relations: no measurable change).")
    none = Against(np.array([2]), still, Cut(np.zeros((1, 20)), np.zeros((1, 20), int)))
    assert "no measurable change of the score" in words.against(none) and "more than" not in words.against(none)


def test_numbers_of_the_listing_have_true_minus_signs_and_room(planted):
    e = planted.e
    figure = RelationsView(replace(e, affinity=-0.02 * np.abs(e.affinity), labels=("a very long name",) * e.regions)).figure()
    draw = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    assert not re.search(r"(?<!\d)-\d|[+−]0\.0+\b", written(figure)) and "−0.0084" in written(figure)
    listed = next(ax for ax in figure.axes if any(t.get_text() == "−0.0084" for t in ax.texts))
    names, numbers = ([t.get_window_extent(draw) for t in some] for some in (listed.get_yticklabels(), listed.texts))
    assert not any(a.overlaps(b) for a in names for b in numbers)


def test_what_the_detector_is_unsure_of_has_a_question_mark(planted):
    assert words.edge(planted.e, (9, 8)) == "9 dog? → 8 leg"                # 0.29 and 0.31
    assert "score for its word is below 0.3" in planted.html() and "below 0.3" in written(planted.figure())
    sure = RelationsView(planted_explanation(confidence=None))
    assert "dog?" not in sure.html() and "below 0.3" not in sure.html()


def test_the_text_is_two_to_five_sentences_that_end_with_the_verdict(live):
    for view in (live, relations(*indexed("vsrpp", images=6), 0, 0, strip=False)):
        assert 2 <= len(re.findall(r"\.(?=\s|$)", view.text())) <= 5
    assert live.text().endswith(live.believed())


def test_notes_are_one_sentence_of_text_and_figure(thought):
    view = relations(*thought, 0, "dog quokka ball")
    view.state.control = True
    note = "unknown to the vocabulary: quokka; drawn is the trained model"
    assert note in view.text() and note in written(view.figure()) and note in view.html()


def test_another_mu_moves_score_and_rank_and_says_what_was_tested_at_the_trained_one():
    view = relations(*indexed("vsrpp", images=6), 0, 0)
    widget, e = view.widget(), view.e
    view.state.mu = 0.5
    score = e.score_local + 0.5 * e.score_global
    said = f"At μ 0.5 (trained 2) the score is {score:.3f}".replace("-", "−")
    drawn = written(view.figure())
    assert all(said in place for place in (view.text(), view.html(), widget.lead.value, drawn))
    assert "believed were measured at the trained μ" in view.lead() and f"score {score:.3f} = 0.5 × global" in drawn
    view.state.mu = None
    assert "At μ" not in view.text() + widget.lead.value
    widget.close()


def test_geometry_is_told_in_words():
    e = planted_explanation()
    far = np.exp(-distances(e.boxes, e.size))[None]
    assert "mostly geometry" in words.where(planted_explanation(affinity=far), 0)
    assert words.where(planted_explanation(boxes=None), 3) == ""


@pytest.mark.parametrize("name, options", [("vsepp", {}), ("scan", {}), ("vsrn", {"layers": 0})])
def test_a_model_without_a_graph_says_so_once_in_every_exit(name, options):
    view = relations(*indexed(name, images=3, **options), 0, 0)
    assert "no layer in which regions read each other; vsrn, vsrpp and saem have" in view.text()
    assert "vsrn, vsrpp and saem have" in view.html() and len(view.table()) == 0 and view.png().startswith(b"\x89PNG")
    assert view.matrix() is not None
    with pytest.raises(Problem, match="vsrn, vsrpp and saem have"):
        view.moved()
    with pytest.raises(Problem, match="vsrn, vsrpp and saem have"):
        view.agreement()


def test_bad_wishes_are_one_sentence_each(planted, thought):
    wishes = [({"layer": 4}, "layer=4: give layer 0 to 3"), ({"region": -1}, "region=-1: give region 0 to 9"),
              ({"sign": "up"}, "no sign 'up'"), ({"each": 0}, "draw 1 to 12"), ({"mass": 2.0}, "a share between 0 and 1"),
              ({"edge": 1}, "did you mean 'edges'"), ({"edges": "effect"}, "vl.relations")]
    for wish, sentence in wishes:
        with pytest.raises(Problem, match=sentence):
            planted.choose(**wish)
    with pytest.raises(Problem, match="images 0 to 7"):
        relations(*thought, 99, 0)
    assert planted.style == Style()


def test_one_region_and_no_boxes_are_drawn_all_the_same():
    one = planted_explanation(affinity=np.ones((2, 1, 1)), boxes=np.array([[0, 0, 1, 1.0]]), labels=("dog",), confidence=None,
                              attention=None, layers=np.ones((3, 1, 4)), truth=None, relations=None)
    view = RelationsView(one)
    assert "a single region" in view.note() and view.png() and view.html() and len(view.table()) == 0
    bare = RelationsView(planted_explanation(boxes=None, photo=None, labels=None))
    assert bare.png() and "overlap" not in bare.table() and bare.html()


# exits

def test_the_table_has_every_ordered_pair_and_effects_where_computed(live):
    table = live.table()
    assert len(table) == 9 * 8 and table.layer.unique() == [2] and table.shown.sum() == len(live.graph().edges)
    assert table.score_change_when_cut.notna().sum() == table.shown.sum() and (table.loc[table.shown, "rank_when_cut"] >= 1).all()
    row = table[(table.reader == 2) & (table.read == 5)].iloc[0]
    assert np.isclose(row.affinity, live.e.affinity[1, 2, 5]) and row.read_label == "cat"
    moved = live.moved()
    assert list(moved.columns[:4]) == ["region", "label", "layer_1", "layer_2"] and moved.layer_2.is_monotonic_decreasing


def test_every_exit_writes_its_file(live, tmp_path):
    for ending in ("png", "svg", "pdf", "html", "csv", "json"):
        assert live.save(tmp_path / f"r.{ending}").stat().st_size > 500
    assert "relations are drawn" in json.loads((tmp_path / "r.json").read_text())["text"]
    assert live.choose(layout="circle", region=2, edges="effect").png() and live.matrix().axes


def test_the_page_is_offline_small_and_survives_a_sanitiser():
    run, index = indexed("vsrpp", images=6)
    view = relations(run, index, 0, 0, region=3)
    page = view.html()
    assert len(page) < LIMIT and not re.search(r"https?://|@import|<script|url\((?!data:)", page)
    bare = sanitised(page)
    assert bare.count("left:") > 30 and re.search(r'<img alt="[^"]{40,}"|alt="[^"]{40,}"', bare) and 'scope="col"' in bare
    assert "Region 3" in bare and "<svg" not in bare
    assert page.count('class="tab q') == 1 + 4 + 3 + 1 and "effect, layer 4" in page and "sentence, layer 4" in page


def test_a_caption_with_markup_stays_text(thought):
    run, index = thought
    view = relations(run, index, 0, "dog <script>alert(1)</script>")
    assert "<script" not in view.html() and "&lt;script&gt;" in view.html()


def test_another_pair_in_the_state_moves_the_view_and_forgets_the_cuts(thought):
    state = State()
    view = relations(*thought, 1, 2, state=state)
    first = view.cuts.score
    state.set(candidate=3, query=6)
    assert view.follow().image == 3 and view.cuts.score != first and view.cuts.score == pytest.approx(view.e.score, abs=1e-5)


# in a browser

@pytest.mark.browser
def test_layers_and_nodes_switch_by_css_alone_without_the_network(planted, tmp_path):
    planted.save(tmp_path / "r.html")
    with chromium(tmp_path, offline=True) as driver:
        driver.get(f"file://{tmp_path / 'r.html'}")
        shown = lambda css: style(driver, css, "display")
        assert shown(".graph.q3") == "block" and shown(".graph.q0") == "none" and shown(".graph.q3 .g-none") == "inline"
        point(driver, ".node.r5")
        until(lambda: shown(".graph.q3 .g-r5") == "inline" and shown(".graph.q3 .g-none") == "none", what="the ego graph")
        point(driver, ".node.r0", click=True)
        point(driver, ".foot")
        assert shown(".graph.q3 .g-r0") == "inline" and shown(".of.q3 .d-r0") == "block"
        point(driver, ".tab.q0", click=True)
        assert shown(".graph.q0 .g-r0") == "inline" and shown(".graph.q3") == "none" and shown(".of.q0 .d-r0") == "block"
        point(driver, ".tab.none", click=True)
        point(driver, ".foot")
        assert shown(".graph.q0 .g-none") == "inline" and shown(".graph.q0 .g-r0") == "none"
        assert [r for r in requests(driver) if not r.startswith("file:")] == []


# live

@pytest.fixture
def widget(live):
    found = live.widget()
    yield found
    found.close()


def test_a_click_draws_the_own_relations_and_tells_the_cut(widget, live):
    before = widget.style_sheet.value
    widget.nodes.value = 4
    assert live.region == 4 and widget.style_sheet.value != before
    assert "Region 4" in widget.told.value and "Cut " in widget.told.value
    assert f".{widget.root}{{--d-r4:block" in widget.style_sheet.value and "drawn in" in widget.status.value
    widget.nodes.value = 2
    assert live.region == 2
    live.state.undo()
    assert widget.nodes.value == 4


def test_controls_change_the_drawing_and_there_are_few_of_them(widget, live):
    assert len(widget.parts()) <= 25 and len(widget.children[2].children[1].children) == 6        # five controls and what is said
    controls = widget.controls
    controls["edges"].value = "effect"
    assert live.style.edges == "effect" and "adds to the score" in widget.told.value
    controls["edges"].value, controls["sign"].value, controls["each"].value = "affinity", "minus", 5
    assert live.style == Style(sign="minus", each=5)
    controls["mass"].value = 0.5
    assert live.style.mass == 0.5
    controls["layout"].value = "circle"
    assert "on a circle" in widget.photo.value and live.style.layout == "circle"
    widget.children[2].children[1].children[0].value = 1
    assert live.layer == 0


def test_long_work_waits_for_its_button_and_is_forgotten_with_the_layer(widget, live):
    assert widget.result.value == ""
    button = widget.belief.button
    assert button in widget.children and not widget.belief.shown.value
    button.click()
    assert "Cut the" in widget.belief.shown.value and "of random orders" in widget.belief.shown.value
    assert button not in widget.children and "tested in" in widget.status.value
    widget.more.children[0].children[4].click()
    assert "sizes of affinity and effect" in widget.result.value and "done" in widget.status.value
    live.state.set(layer=0)
    assert widget.result.value == "" and widget.belief.shown.value == "" and button in widget.children


def test_what_cannot_be_done_is_one_sentence_in_the_widget(planted):
    widget = planted.widget()
    widget.controls["edges"].value = "effect"
    assert "vl.relations(run, index, image, text)" in widget.status.value and widget.controls["edges"].value == "affinity"
    widget.more.children[0].children[5].click()
    assert "vl.relations" in widget.status.value and "Traceback" not in widget.status.value
    widget.close()


def test_the_widget_of_a_model_without_a_graph_shows_the_photo_and_says_why():
    view = relations(*indexed("vsepp", images=3), 0, 0)
    widget = view.widget()
    assert "vsrn, vsrpp and saem have" in widget.lead.value and "<img" in widget.photo.value
    assert len(widget.children[2].children[1].children) == 1
    widget.close()


def test_text_of_nodes_has_contrast():
    assert html.contrast(colours.DARK, "#ffffff") >= 4.5 and html.contrast(colours.DARK, colours.HIGHLIGHT) >= 4.5


# the graph of a sentence

@pytest.fixture(scope="module")
def of_sentence():
    run, index = indexed("vsrpp", images=6)
    return relations(run, index, 0, "a red box and a truck near a dog", strip=False)


def test_it_opens_on_what_the_sentence_names_and_draws_between_those_first(of_sentence):
    view, (g, edges) = of_sentence, of_sentence.drawn()
    e, attention = view.e, view.e.attention
    by_hand = {int(np.argmax(attention[e.words.index(word)])): word for word in ("dog", "truck", "box")}
    assert g.quantity == "sentence" and set(g.named) == set(by_hand)
    between = [edge for edge in edges if set(edge) <= set(g.named)]
    assert edges[:len(between)] == between and len(between) == len(g.named) * (len(g.named) - 1)
    sizes = np.abs(g.of(between))
    assert np.all(np.diff(sizes) <= 1e-12) and g.of(between) == pytest.approx(-view.cuts.edges(view.layer, between).change)
    assert view.choose(edges="affinity").drawn()[0].quantity == "affinity"
    view.choose(edges="sentence")


def test_all_relations_cut_stand_beside_one_in_per_cent_of_the_score(of_sentence):
    cuts, said = of_sentence.cuts, " ".join(of_sentence.said())
    pair, layers = of_sentence.whatif.pair, of_sentence.layers
    keep = torch.eye(of_sentence.e.regions).expand(1, layers, -1, -1)
    with torch.no_grad():
        alone = pair.model.encode_images(pair.regions, torch.ones(pair.regions.shape[:2], dtype=torch.bool), edges=keep)
        by_hand = float(pair.model.paired(alone, pair.encode_text())[0])
    assert cuts.score + cuts.everything().change[0] == pytest.approx(by_hand, abs=1e-6)
    assert f"{wording.significant(100 * cuts.everything().change[0] / abs(cuts.score))} % of the score" in said
    assert said.count("All relations cut in all layers: score") == 1 and "Cut " in said


def test_words_label_their_regions_and_a_ring_says_how_much_each_is_read(of_sentence):
    view, g = of_sentence, of_sentence.graph()
    page, size = view.html(), np.abs(np.asarray(view.e.affinity[view.layer], float))
    np.fill_diagonal(size, 0)
    assert g.read == pytest.approx(size.sum(0) / size.sum(0).max())
    labels = [(float(x), word) for x, word in re.findall(r'<text class="named" x="(\d+)" y="\d+">(\w+)</text>', page)]
    assert {word for _, word in labels} == set(g.named.values()) and all(x + 8 * len(word) <= 560 for x, word in labels)
    assert 'class="read"' in page and set(g.named.values()) <= {t.get_text() for t in view.figure().axes[1].texts}


def test_arrows_of_others_are_those_that_depart_from_what_everybody_reads():
    matrix = np.tile([0.0, 5.0, 1.0, 0.0], (4, 1))                     # everybody reads region 1
    matrix[3, 0] = 2.0
    assert np.unravel_index(np.abs(departing(matrix)).argmax(), (4, 4)) == (3, 0)


def test_the_sign_of_a_long_number_is_inside_of_its_picture():
    cut = lambda values: Cut(np.array(values), np.zeros(np.shape(values), int))
    a = Against(np.array([1, 2]), cut([-9e-6, 9e-6]), cut([[9e-6, -9e-6], [9e-6, -9e-6]]))
    drawn = against(a, "label")
    ends = re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="end"[^>]*>([^<]+)</text>', drawn)
    assert {text for _, text in ends} == {"+0.0000090", "−0.0000090"} and all(float(x) - 6.2 * len(text) >= 0 for x, text in ends)


def test_names_of_relations_are_whole_where_there_is_room():
    e = planted_explanation(labels=tuple(["grass"] * len(REGIONS)))
    names = [t.get_text() for ax in figures.relations(e).axes for t in ax.get_yticklabels()]
    assert names and not any("…" in name for name in names)
