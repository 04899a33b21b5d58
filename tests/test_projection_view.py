"""The projection: a stated sample, true neighbours, numbers beside the map, points that are buttons, maps that come back."""
import re
import sys
from dataclasses import replace

import ipywidgets
import numpy as np
import pytest
from browser import chromium, point, requests, style
from toy import indexed

from vsrlab import colours
from vsrlab.errors import Missing, Problem
from vsrlab.page import html
from vsrlab.page.thumbnails import Pictures
from vsrlab.retrieval.index import index
from vsrlab.space import atlas as atlases
from vsrlab.space import nearness
from vsrlab.views.projection import selection
from vsrlab.views.projection.page import frame, numbers
from vsrlab.views.projection.view import projection
from vsrlab.views.state import State


@pytest.fixture(scope="module")
def world():
    return indexed("vsrn", 40)


@pytest.fixture(scope="module")
def pictures(world):
    """Drawn once: scenes take their time."""
    return Pictures(world[1].corpus, 150)


@pytest.fixture
def view(world, pictures):
    view = projection(*world, most=60)
    view.pictures = pictures
    return view


@pytest.fixture
def live(view):
    yield (widget := view.widget())
    widget.close()


def click(choice, value):
    """What the front end does: the value, when it is new, and then the click."""
    choice.value = value
    choice._handle_custom_msg({"event": "click"}, [])


def test_the_sample_is_random_each_image_with_a_caption_of_its_own(view):
    a = view.atlas
    assert len(a.images) == len(a.texts) == 30 and len(a) == 60
    assert (np.asarray(a.corpus.image_of_text)[a.texts] == a.images).all()
    assert a.images.tolist() != list(range(30)) and len(set(a.images)) == 30
    assert "30 images (a random sample of 40, seed 0) and one caption of each" in view.text()


def test_the_numbers_are_those_of_the_measures(view):
    q, a = view.atlas.quality("pca"), view.atlas
    assert q.trust == nearness.trustworthiness(a.points, view.map.places) and q.seeds == 1
    expected = nearness.gap(a.index.images.vector.numpy(), a.index.texts.vector.numpy(), a.corpus.image_of_text)
    assert q.gap == pytest.approx(expected, abs=1e-6)
    assert f"Trustworthiness {q.trust:.2f} at k = 15" in view.text() and f"Modality gap {q.gap.distance:.2f}" in view.text()
    assert re.search(rf"trustworthiness <b>{q.trust:.2f}</b>", view.html())


def test_a_low_number_is_red_and_says_so():
    q = atlases.Quality(0.5, 0.9, nearness.Gap(0.2, 0.6, 0.1))
    said = numbers(q, "umap")
    assert f'color:{colours.WRONG}">trustworthiness <b>0.50</b> (low)' in said and said.count("(low)") == 1


def test_a_view_opens_on_the_longest_pair_and_says_why(view):
    length = view.atlas.lengths("pca")
    assert view.pair == np.argmax(length) and view.about().startswith("The longest line: ")
    assert view.longest.tolist() == np.argsort(-length, kind="stable")[:2].tolist()           # the worst twentieth of 30


def test_a_chosen_point_becomes_the_query_of_the_shared_state(world):
    state = State()
    view = projection(*world, most=60, state=state)
    view.select(34)
    assert (state.side, state.query, state.candidate) == ("text", view.atlas.texts[4], view.atlas.images[4])
    assert view.point == 34 and view.pair == 4 and not view.about().startswith("The longest")
    view.select(4)
    assert state.pair == (view.atlas.images[4], view.atlas.texts[4]) and state.side == "image"
    with pytest.raises(Problem, match="points 0 to 59"):
        view.select(60)


def test_the_map_shows_the_pair_that_the_state_looks_at_though_it_is_not_a_sampled_one(world):
    run, at = world
    owner, text = at.corpus.image_of_text, 3 * 5 + 2
    other = next(i for i in range(40) if i != owner[text])
    state = State(side="text", query=text, candidate=other)
    view = projection(run, at, most=8, state=state)
    a = view.atlas
    assert {owner[text], other} <= set(a.images) and text in a.texts and len(a.images) == len(set(a.images)) == 4
    assert (owner[a.texts] == a.images).all() and "with the pair it opened on" in view.text() and not len(view.new)
    ends = view.map.places[[list(a.images).index(other), 4 + list(a.texts).index(text)]]
    assert np.allclose(np.stack(view.figure().axes[0].lines[0].get_data(), 1), ends)
    said, page = f"{at.corpus.ids[other]} and “", view.html()
    assert said in view.about() and at.corpus.texts[text][:20] in view.about() and "do not belong together" in view.about()
    opened = page[page.index('class="pc looked"'):].split('class="pc ')[1]
    assert at.corpus.ids[other] in opened and html.escape(at.corpus.texts[text]) in opened


def test_another_answer_moves_the_rings_of_the_live_map_the_picture_and_the_sentence(world):
    run, at = world
    view = projection(run, at, most=8, state=State(side="text", query=7, candidate=1))
    widget, absent = view.widget(), next(i for i in range(40) if i not in view.atlas.images)
    before = widget.over.value, view.about(), widget.beside.value
    view.state.candidate = absent
    assert at.corpus.ids[absent] in widget.beside.value and at.corpus.ids[absent] in widget.lead.value
    assert all(now != then for now, then in zip((widget.over.value, view.about(), widget.beside.value), before))
    x, y = frame(view.map.places, view.ends)[0]
    assert f'<circle cx="{x:.0f}" cy="{y:.0f}"' in widget.over.value and widget.over.value.count("<rect") == 1
    widget.close()


@pytest.mark.parametrize("options", [{}, {"closed": True}, {"method": "umap"}])
def test_the_sentence_is_short_and_the_footer_is_words(world, options, monkeypatch):
    monkeypatch.setattr("vsrlab.space.maps.umap", lambda points, seed: atlases.Map(
        "umap", points[:, :2] * (1 + seed), points, {"neighbours": 15, "distance": 0.1, "seed": seed}))
    view = projection(*world, most=60, **options)
    view.atlas.run.model.direction = "t-i"                                    # the longest text: a local part as well
    view.ask("a dog and a tree")
    bare = re.sub("“[^”]*”", "", view.text())
    del view.atlas.run.model.direction
    assert 2 <= len(re.findall(r"[.!?](?= [A-Z]|$)", bare)) <= 5, view.text()
    made = "UMAP: 15 neighbours, least distance 0.1, seed 0" if "method" in options else "% of the variance"
    assert made in view.footer() and "run vsrn" in view.footer() and "0.1" not in view.footer().replace("distance 0.1", "")


def test_true_neighbours_come_from_the_whole_corpus_by_cosine(view):
    a = view.atlas
    found = a.neighbours(5, image=int(a.images[3]))
    images, texts = a.every
    cosine = images @ images[a.images[3]]
    cosine[a.images[3]] = -2
    assert [r for r, _ in found["images"]] == np.argsort(-cosine, kind="stable")[:5].tolist()
    near = texts @ images[a.images[3]]
    assert found["texts"][0] == (int(near.argmax()), pytest.approx(near.max(), abs=1e-6))


def test_a_query_outside_the_sample_is_placed_by_transform_and_drawn_hollow(view, world):
    missing = next(i for i in range(40) if i not in view.atlas.images)
    view.state.set(side="image", query=missing, candidate=None)
    expected = view.map.transform(view.atlas.every[0][[missing]])[0]
    assert view.point is None and view.new[0] == pytest.approx(expected) and "<rect" in view.mark()
    view.ask("a dog and a tree")
    assert view.state.typed and "“a dog and a tree” is placed as a hollow mark" in view.text() and view.figure()
    with pytest.raises(Problem, match="no word of 'zzz'"):
        view.ask("zzz")


def test_a_sampled_text_typed_again_lands_on_its_place(view):
    text = view.atlas.corpus.texts[view.atlas.texts[2]]
    assert view.atlas.place("pca", text=text) == pytest.approx(view.map.places[32], abs=1e-4)


def test_colours_are_rank_modality_cluster_and_word(view):
    a = view.atlas
    assert a.colouring("modality").group.tolist() == [0] * 30 + [1] * 30
    rank = a.colouring("rank")
    assert [rank.names[g] for g in rank.group[:3]] == [_bin(a.ranks[n] + 1) for n in range(3)]
    word = a.colouring("word", "dog")
    has = ["dog" in re.findall(r"\w+", a.corpus.texts[t].lower()) for t in a.texts]
    assert (word.group[30:] == 0).tolist() == has
    assert set(a.colouring("cluster").group) <= set(range(8))
    for colour in {*atlases.ORDERED, *atlases.GROUPS}:
        assert html.contrast(colour, colours.CARD) >= 3
    with pytest.raises(Problem, match="needs a word"):
        view.choose(colour="word")
    with pytest.raises(Problem, match="rank, modality"):
        view.choose(colour="size")
    assert view.colour == "rank"


def _bin(rank):
    bins = ((1, "rank 1"), (5, "2 to 5"), (10, "6 to 10"), (100, "11 to 100"), (1e9, "above 100"))
    return next(name for top, name in bins if rank <= top)


def test_closing_the_gap_lays_the_mean_image_on_the_mean_caption(world):
    view = projection(*world, most=80, closed=True)
    points = view.atlas.points
    assert np.linalg.norm(points[:40].mean(0)) < 0.3 and "the mean image laid on the mean caption" in view.text()
    open_view = view.choose(closed=False)
    assert not open_view.closed and not np.array_equal(open_view.atlas.points, points)
    assert view.choose(closed=True).atlas.points is points


def test_the_table_has_a_row_for_each_point(view, tmp_path):
    table = view.table()
    assert len(table) == 60 and table["kind"].tolist().count("caption") == 30 and (table["rank"] >= 1).all()
    line = np.hypot(table["x"][3] - table["x"][33], table["y"][3] - table["y"][33])
    assert table["pair_length"][3] == table["pair_length"][33] == pytest.approx(line)
    assert view.save(tmp_path / "map.csv").read_text().startswith("kind,row,what,x,y")


def test_the_page_works_offline_within_its_budget(view, tmp_path):
    page = view.save(tmp_path / "map.html").read_text()
    assert len(page) < 600_000 and not re.search(r"https?:|<script|src=\"(?!data:)", page)
    root = re.search(r'class="vsr (v\w+)"', page)[1]
    shown = view.shown()
    assert len(shown) == 24 and shown[0] == view.pair and page.count('class="pc ') == 24
    p = f"p{shown[3]}"
    assert page.count('<input type="radio"') == 24 + 3 and f".{root}:has(.dot.{p}:hover) .pc.{p}{{display:block}}" in page
    assert page.count("M") > 3 * 60 and page.count("<img") == 24 == len(re.findall(r'<img [^>]*alt="[^"]', page))
    assert "true neighbours of the image" in page and "hubs" in page


@pytest.mark.browser
def test_tabs_and_rings_switch_by_css_alone_without_the_network(view, tmp_path):
    view.save(tmp_path / "map.html")
    with chromium(tmp_path, offline=True) as driver:
        driver.get(f"file://{tmp_path / 'map.html'}")
        shown = lambda css: style(driver, css, "display")
        assert [shown(f"{kind}.of.q{n}") for kind in ("g", "div") for n in (0, 1)] == ["block", "none"] * 2
        point(driver, ".tab.q1", click=True)
        assert [shown(f"{kind}.of.q{n}") for kind in ("g", "div") for n in (0, 1)] == ["none", "block"] * 2
        first, other = (f"p{pair}" for pair in view.shown()[:4:3])
        assert (shown(f".pc.{first}"), shown(f".pc.{other}")) == ("block", "none")
        ring = "document.querySelectorAll('label.dot.%s')[1]" % other              # the caption's; others may lie on it
        driver.execute_script(f"{ring}.click()")
        assert (shown(f".pc.{first}"), shown(f".pc.{other}")) == ("none", "block")
        assert [r for r in requests(driver) if not r.startswith("file:")] == []


def test_a_caption_is_shown_as_text(world):
    run, at = world
    texts = ["<script>alert(1)</script> " + t for t in at.corpus.texts]
    again = projection(run, index(run, replace(at.corpus, texts=texts, photo=None)), most=20)
    assert "<script" not in again.html() and "&lt;script&gt;" in again.html()


def test_the_figure_joins_the_chosen_pair_and_names_every_group(view):
    figure = view.figure()
    ax = figure.axes[0]
    chosen = ax.lines[0]
    assert np.allclose(np.stack(chosen.get_data(), 1), view.map.places[[view.pair, 30 + view.pair]])
    said = " ".join(t.get_text() for a in figure.axes for t in a.texts)
    assert "rank 1" in said and "Trustworthiness" in said.replace("\n", " ")
    assert sum(len(c.get_offsets()) for c in ax.collections if hasattr(c, "get_sizes") and len(c.get_sizes())) == 60


def test_regions_are_drawn_layer_by_layer_or_the_figure_says_why_not(view):
    titles = [a.get_title(loc="left") for a in view.layers().axes]
    assert titles == ["as encoded", *(f"after layer {n}" for n in (1, 2, 3, 4))]
    flat = projection(*indexed("vsepp"), most=20).layers()
    assert "no layers in which regions change" in " ".join(t.get_text() for a in flat.axes for t in a.texts).replace("\n", " ")


def test_a_saved_map_comes_back_with_its_sample_and_refuses_another_model(view, world, tmp_path):
    view.map.save(tmp_path / "map.npz")
    again = projection(*world, most=10, seed=9, map=tmp_path / "map.npz")
    assert np.array_equal(again.map.places, view.map.places) and again.atlas.texts.tolist() == view.atlas.texts.tolist()
    with pytest.raises(Problem, match="open the run it belongs to"):
        projection(*indexed("vsrn", 40, seed=1), map=tmp_path / "map.npz")
    with pytest.raises(Missing, match="no map at"):
        projection(*world, map=tmp_path / "none.npz")


def test_small_galleries_are_refused_in_a_sentence(world):
    with pytest.raises(Problem, match="at least 4 points"):
        projection(*world, most=2)
    with pytest.raises(Problem, match="needs at least two"):
        projection(*indexed("vsepp", 1))


def test_a_selection_is_counted_and_compared_with_all(view):
    inside = view.around(x=(-np.inf, np.median(view.map.places[:, 0])))
    assert 25 <= len(inside) <= 35 and f"{len(inside)} points" in view.contents(inside) and "(all: " in view.contents(inside)
    assert view.contents([]) == "No point lies there."


def test_a_click_on_a_point_shows_its_card_and_a_second_one_lets_go(live):
    view = live.view
    point = live.offered[5]
    click(live.points, 5)
    n = point % 30
    assert view.point == point and view.atlas.corpus.ids[view.atlas.images[n]] in live.beside.value
    assert "true neighbours of the image" in live.beside.value and "true neighbours of the caption" not in live.beside.value
    click(live.points, 5)
    assert view.point is None and "The longest line" in live.lead.value


def test_the_state_of_another_view_moves_the_ring(live):
    before = live.over.value
    live.view.state.set(side="text", query=int(live.view.atlas.texts[7]), candidate=int(live.view.atlas.images[7]))
    assert live.view.point == 37 and live.over.value != before
    assert live.points.value == (live.offered.index(37) if 37 in live.offered else None)


def test_colour_and_word_redraw_the_points_and_an_error_is_a_sentence(live):
    before = live.drawing.value
    live.colour.value = "modality"
    assert live.drawing.value != before and "captions" in live.beside.value
    live.colour.value = "word"
    assert "needs a word" in live.word.note.value and live.colour.value == "modality"
    live.word.value = "dog"
    assert live.view.colour == "word" and live.colour.value == "word" and "with “dog”" in live.beside.value
    live.closed.value = True
    assert live.view.closed and "drawn in" in live.status.value


def test_umap_stands_behind_a_button_with_its_expected_time(live, monkeypatch):
    assert re.fullmatch(r"UMAP \(about \d+ s, one core: it keeps its seed\)", live.method.options[1][0])
    monkeypatch.setattr("vsrlab.space.maps.umap", lambda points, seed: atlases.Map("umap", points[:, :2] * (1 + seed), points))
    live.method.value = "umap"
    assert live.view.method == "umap" and live.method.options[1][0] == "UMAP" and live.method.value == "umap"
    assert "another seed keeps 100 % of the neighbours" in live.lead.value


def test_an_own_sentence_is_placed_and_an_unknown_one_is_told(live):
    live.own.value = "a dog and a tree"
    assert "<rect" in live.over.value
    live.own.value = "zzz"
    assert "no word of" in live.own.note.value


def test_a_rectangle_becomes_a_contact_sheet(live):
    look = next(part for part in live.parts() if getattr(part, "description", "") == "Show what lies there")
    look.click()
    assert "60 points, 30 images and 30 captions" in live.sheet.value and live.sheet.value.count("<img") == 30
    places = live.view.map.places
    low, high = places.min(0), places.max(0)
    empty = next((n, m) for n in range(100) for m in range(100)
                 if not len(live.view.around(*zip(low + (high - low) * (n, m) / 100, low + (high - low) * (n + 1, m + 1) / 100))))
    live.across.value, live.down.value = ((k, k + 1) for k in empty)
    look.click()
    assert "no point lies there; widen the sliders" in live.status.value


def test_there_are_few_widgets_and_all_are_closed(view):
    before = len(ipywidgets.widgets.widget._instances)
    widget = view.widget()
    assert len(widget.parts()) <= 30
    widget.close()
    assert len(ipywidgets.widgets.widget._instances) <= before + 2


def test_a_gap_that_fills_the_map_is_told_with_its_remedy(view):
    assert view.atlas.quality("pca").gap.distance > 0.8 and "closed=True takes it out of the map" in view.text()
    assert "closed=True" not in view.choose(closed=True).text()


# the layer that zooms: jupyter-scatter

@pytest.fixture
def layered(view, monkeypatch):
    monkeypatch.setattr("vsrlab.views.host.front_end", lambda: True)
    widget = view.widget()
    yield widget
    widget.close()


def test_where_a_front_end_is_the_map_zooms_and_takes_a_lasso(layered):
    view, scatter = layered.view, layered.layer.scatter
    assert layered.layer.box in layered.picture.children and not layered.drawing.value
    atlas, points = view.atlas, np.asarray(scatter.widget.points)
    places = view.map.places
    assert np.corrcoef(points[:, 0], places[:, 0])[0, 1] > 0.999 and np.corrcoef(points[:, 1], places[:, 1])[0, 1] > 0.999
    scatter.widget.selection = np.array([2, 5, 37])
    assert view.state.within_images == tuple(sorted(atlas.images[[2, 5]])) and view.state.within_texts == (atlas.texts[7],)
    assert "Selected:</b> 3 points, 2 images and 1 captions" in layered.sheet.value and layered.sheet.value.count("<img") == 2
    scatter.widget.selection = np.array([34])
    assert view.point == 34 and atlas.corpus.ids[atlas.images[4]] in layered.beside.value
    scatter.widget.selection = np.array([], int)
    assert view.state.within_images == () and layered.sheet.value == ""
    scatter.widget.hovering = 3
    assert atlas.corpus.ids[atlas.images[3]] in layered.over.value and "<img" in layered.over.value
    before = np.asarray(scatter.widget.points).copy()
    view.choose(closed=True, colour="modality")
    assert not np.allclose(np.asarray(scatter.widget.points)[:, :2], before[:, :2]) and len(scatter.widget.color) == 2
    assert "alert" not in layered.status.value


def test_without_jupyter_scatter_the_plain_map_stands_there(view, monkeypatch):
    monkeypatch.setattr("vsrlab.views.host.front_end", lambda: True)
    monkeypatch.setitem(sys.modules, "jscatter", None)
    widget = view.widget()
    assert widget.layer is None and "<path" in widget.drawing.value and widget.offered
    widget.close()


def test_the_words_of_a_selection_are_those_that_stand_in_it_more_often_than_elsewhere(view):
    atlas = view.atlas
    texts = [atlas.corpus.texts[t].lower() for t in atlas.texts]
    held = [re.findall(r"[a-z]+", text) for text in texts]
    word = max({w for words in held for w in words}, key=lambda w: (sum(w in words for words in held) in (4, 5, 6), w))
    inside = [n for n, text in enumerate(texts) if word in re.findall(r"[a-z]+", text)]
    found = dict(selection.outstanding(atlas, inside))
    share = (len(inside) + 1) / (len(inside) + 2) / ((len(inside) + 1) / 32)
    assert found[word] == pytest.approx(share) == max(found.values()) and f"“{word}”" in view.contents(inside)
    assert selection.outstanding(atlas, range(60)) == [] and selection.outstanding(atlas, []) == []
