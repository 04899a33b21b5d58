"""Attention on the photo: what lights up, what is said, and what happens when a model, a caption or a box is odd."""
import re
from dataclasses import replace

import numpy as np
import pytest
from planted import NAMED, REGIONS, WORDS, planted_explanation
from sanitiser import sanitised
from toy import indexed, with_attention
from toys import toy

from vsrlab import wording
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.explain.choosing import flat, light
from vsrlab.explain.explanation import explain
from vsrlab.explain.occlusion import occlusion
from vsrlab.explain.pair import Pair
from vsrlab.page import stage
from vsrlab.page.lights import TALL, WIDE, shifts
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.views.attention import lit
from vsrlab.views.attention.lit import Drawn
from vsrlab.views.attention.page import meaning_bar
from vsrlab.views.attention.view import AttentionView, attention
from vsrlab.views.state import ALL, State
from vsrlab.zoo import build

FRISBEE, DOG = WORDS.index("frisbee"), WORDS.index("dog")


@pytest.fixture(scope="module")
def planted():
    return AttentionView(planted_explanation())


@pytest.fixture(scope="module")
def run():
    return indexed(with_attention())


# what lights up

def drawn(view) -> str:
    """All text of the view's figure."""
    return " ".join(t.get_text() for t in view.figure().findobj(lambda artist: hasattr(artist, "get_text"))).replace("\n", " ")


def lights(view):
    return {t.key: t for t in lit.targets(view.e, view.drawn("attention"))}


def test_every_word_lights_the_region_it_names(planted):
    found = lights(planted)
    for w, word in enumerate(WORDS):
        if word in NAMED:
            brightest = max(found[f"w{w}"].regions, key=lambda r: found[f"w{w}"].regions[r][0])
            number = f"{brightest}: {planted.e.attention[w, brightest]:.2f}"
            bright = (planted.e.attention[w, brightest] - 0.1) / 0.7        # none at an even 1 / 10, full at eight times that
            assert brightest == NAMED[word][0] and found[f"w{w}"].regions[brightest] == (pytest.approx(bright), number)


def test_a_region_lights_its_words_and_the_regions_it_reads(planted):
    frisbee = lights(planted)["r1"]
    assert sorted(frisbee.words, key=frisbee.words.get)[-2:] in ([6, 7], [7, 6])         # "red" and "frisbee"
    affinity = planted.e.affinity[-1].copy()
    np.fill_diagonal(affinity, 0)
    assert set(frisbee.regions) == {1, *np.argsort(-np.abs(affinity[1]))[:3]} and frisbee.edges
    assert "reads region 0 (dog) +0.33" in frisbee.said


def test_the_three_scales_divide_by_the_word_the_pair_and_one():
    matrix = np.array([[0.1, 0.3], [0.6, 0.2]])
    light = lambda scale: Drawn("attention", matrix, matrix.mean(0), scale).lit(matrix[0])[1][0]
    assert (light("word"), round(light("pair"), 6), light("fixed")) == (1.0, 0.5, 0.3)


def test_the_control_is_drawn_beside_the_trained_numbers(run):
    view = attention(*run, 2, 10, control=True, strip=False)
    assert view.e.score == view.record.score and wording.signed(view.record.score, False, 3) in view.text()
    assert view.word == attention(*run, 2, 10, strip=False).word
    assert all("random weights" in said for said in (view.html(), view.text(), drawn(view)))
    for quantity in view.quantities:
        assert not np.allclose(view.matrix(quantity), view.matrix(quantity, control=False)), quantity


def test_mass_lights_as_many_regions_as_hold_it(planted):
    planted.state.mass = 0.6
    try:
        assert len(lights(planted)[f"w{FRISBEE}"].regions) == 1                # the frisbee alone holds 0.77
        assert len(lights(planted)[f"w{DOG}"].regions) == 1 and len(lights(planted)["w4"].regions) == 2      # "catches"
    finally:
        planted.state.mass = None


def test_a_word_without_preference_lights_nothing_and_says_so(planted):
    found = lights(planted)["w1"]                                              # "a" is spread evenly over ten
    assert not found.regions and "“a” has no preference: its attention is nearly even" in found.said
    assert "where even is 0.10" in found.said and "points" not in found.said
    view = AttentionView(planted_explanation(), word=1)
    assert len(view.figure().axes[1].patches) == 0 and "no preference" in drawn(view)
    shade = next(image for image in view.figure().axes[1].images if image.get_array().shape[-1] == 4).get_array()
    assert np.ptp(shade[..., 3]) == 0 and shade[0, 0, 3] > 0.5                 # dimmed evenly
    assert "none at even attention" in view.html()


def test_light_is_scaled_against_an_even_attention_not_against_the_row():
    weak = np.full(36, 1 / 36)
    weak[:4] = 2.7 / 36
    weak /= weak.sum()
    assert not flat(np.eye(36)[0]) and flat(np.full(36, 1 / 36)) and flat(weak)
    strong = np.full(36, 0.5 / 35)
    strong[3] = 0.5
    assert light(strong, 0.5)[3] == pytest.approx(1) and light(strong, 0.5)[0] == 0
    middle = np.full(36, 0.6 / 32)
    middle[:4] = 0.1
    assert light(middle, 0.1)[0] == pytest.approx((0.1 * 36 - 1) / 7)          # 3.6 times even, where full is 8


def test_on_photos_the_cosine_is_drawn_and_on_scenes_the_attention(run):
    assert attention(*run, 2, 10, strip=False).quantity == "attention"
    corpus = toy()
    words = Vocabulary.of(corpus.texts)
    photos = Run(Settings(model="scan"), 10, words, build("scan", 10, len(words), dim=8))
    view = attention(photos, index(photos, corpus), 2, 4, strip=False)
    assert view.quantity == "cosine" and view.choose(quantity="attention").quantity == "attention"
    assert view.state.quantity == "attention" and AttentionView(planted_explanation(truth=None)).quantity == "cosine"


def test_a_negative_cosine_is_dashed_and_the_bar_has_two_sides():
    view = AttentionView(planted_explanation(cosine=np.tile(np.linspace(-0.9, 0.3, len(REGIONS)), (len(WORDS), 1))))
    d = view.drawn("cosine")
    assert d.signed and d.lit(d.matrix[0])[0] == (-1.0, "0: −0.90") and "−largest" in meaning_bar(d)
    assert ";--e0:dashed" in view.choose(quantity="cosine").html()


def test_numbers_in_boxes_never_cover_each_other():
    places = np.array([[0.1, 0.1, 0.3, 0.3], [0.1, 0.1, 0.2, 0.2], [0.11, 0.11, 0.2, 0.2], [0.6, 0.1, 0.9, 0.3]])
    moved = shifts(places, {r: (1.0, f"{r}: 0.50") for r in range(4)})
    tops = sorted(moved[r] + places[r, 1] * 0.75 * WIDE for r in range(3))
    assert moved[3] == -TALL and min(np.diff(tops)) >= TALL - 1


def test_numbers_stand_outside_of_what_is_lit_where_there_is_room():
    places = np.array([[0.4, 0.5, 0.6, 0.8], [0.42, 0.52, 0.58, 0.7], [0.41, 0.3, 0.6, 0.48]])
    shown = {r: (1.0, f"{r}: 0.50") for r in range(3)}
    tall = 0.75 * WIDE
    for r, moved in shifts(places, shown).items():
        top = places[r, 1] * tall + moved
        assert all(top + TALL <= y1 * tall + 1 or top >= y2 * tall - 1 for _, y1, _, y2 in places), r
    full = np.array([[0.0, 0.0, 1.0, 1.0]])                                    # no room anywhere: on the box
    assert shifts(full, {0: (1.0, "0: 0.5")}) == {0: 0}


# what is said and handed out

def test_the_text_says_score_ranks_where_the_word_looks_and_whether_that_is_right(planted):
    text = planted.choose(word="frisbee").text()
    looks = "“frisbee” looks most at region 1 (frisbee) 0.77"
    assert all(part in text for part in ("score 0.962", "rank 2 for the text", looks, "it points right", "82 % of it"))


def test_the_view_opens_on_the_word_that_adds_most_and_all_words_can_be_asked_for():
    view = AttentionView(planted_explanation())
    assert view.word == FRISBEE and view.open_target == f"w{FRISBEE}"
    assert view.choose(word=ALL).open_target == "none" and view.choose(word=None, region=4).open_target == "r4"
    view.state.region = 99                                                     # of another photo
    assert view.open_target == f"w{FRISBEE}"


def test_the_table_has_a_row_for_every_word_and_region_with_pixels(planted):
    table = planted.table()
    row = table[(table.word == "frisbee") & (table.region == 1)].iloc[0]
    assert len(table) == len(WORDS) * len(REGIONS) and row.label == "frisbee" and (row.x1, row.y2) == (270, 152)
    assert row.attention == planted.e.attention[FRISBEE, 1] and np.isclose(row.contribution, planted.e.contribution[FRISBEE, 1])


@pytest.mark.parametrize("quantity", ["attention", "cosine"])
def test_figures_hold_the_caption_and_the_numbers(planted, quantity):
    view = AttentionView(planted.e, quantity=quantity, word="dog")
    texts = drawn(view)
    assert "frisbee" in texts and "“dog”" in texts and view.heatmap().axes


def test_text_and_figure_follow_what_is_open_word_region_or_all():
    view = AttentionView(planted_explanation())
    for options, said in (({"region": 4}, "Region 4 (grass), detector 0.61: attention"), ({"region": None, "word": ALL},
                          "Mean attention of all words: region"), ({"word": "dog"}, "“dog” looks most at")):
        view.choose(**options)
        assert said in view.text() and said in drawn(view) and f'style="display:block">{said}' in view.html(), said
        assert ("frisbee” looks" in drawn(view)) == (options.get("word") == "frisbee")


@pytest.mark.parametrize("options, count", [({"mass": 0.8}, 2), ({"top": 5}, 5)])
def test_the_figure_outlines_the_regions_that_light_up(options, count):
    view = AttentionView(planted_explanation(), word="dog", **options)
    rows = [p for p in view.figure(heat=False).axes[1].patches if p.get_linewidth() > 0.9]
    assert len(rows) == count == len(lights(view)[f"w{DOG}"].regions)
    assert f"the {count} strongest hold" in view.text() and ("80 % of the weight" in drawn(view)) == ("mass" in options)


def test_the_text_has_two_to_five_sentences(run):
    text = attention(*run, 2, 10).text()
    assert len(re.findall(r"[.](?= [A-Z“0-9]|$)", text)) <= 5 and "of the local score" not in text, text


def test_the_figure_says_what_its_marks_mean(planted):
    said = drawn(planted.choose(word="dog"))
    assert all(part in said for part in ("White dots: the truth.", "Framed: the chosen word.", "✓: the truth.", "Light: attention",
                                         "Underline of a word: what it adds", "chance is 0.8 of 5.")), said


# the page

def test_a_page_of_36_regions_and_20_words_stays_below_600_kb_and_asks_for_nothing():
    rng = np.random.default_rng(0)
    words = tuple(f"word{n}" for n in range(20))
    corner = rng.uniform(0, 0.7, (36, 2))
    e = planted_explanation(
        words=words, spans=np.arange(40).reshape(20, 2), unknown=np.zeros(20, bool), text=" ".join(words), truth=None,
        relations=None,
        boxes=np.concatenate([corner, corner + 0.25], 1), labels=("dog",) * 36, confidence=rng.uniform(size=36),
        attention=rng.dirichlet(np.ones(36), 20), cosine=rng.uniform(-1, 1, (20, 36)), relevance=rng.uniform(size=20),
        contribution=rng.uniform(size=(20, 36)), affinity=rng.normal(size=(4, 36, 36)), layers=None, memory=None, gates=None,
        photo=rng.bytes(60_000))
    page = AttentionView(e, top=10).html()
    assert len(page.encode()) <= 600_000
    assert not re.search(r"https?://|@import|<script|url\((?!data:)|src=\"(?!data:image/jpeg)", page)


def test_two_outputs_share_no_radio_group_and_no_rule(planted):
    groups = [set(re.findall(r'name="(v\w+)"', planted.html())) for _ in range(2)]
    assert len(groups[0]) == 2 and not groups[0] & groups[1]


def test_a_script_in_the_caption_is_text_everywhere():
    words = ("<script>alert(1)</script>", *WORDS[1:])
    page = AttentionView(planted_explanation(words=words, text="<script>alert(1)</script> \"a' dog")).html()
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_where_style_sheets_are_taken_away_photo_boxes_words_and_table_stay(planted):
    page = AttentionView(planted.e, word="frisbee").html()
    left = sanitised(page)
    assert "<style" not in left and "<svg" not in left and 'alt="“a brown dog' in left and "data:image/jpeg" in left
    frisbee = re.search(r'<span class="box t r1" style="([^"]+)" title="region 1 \(frisbee\)"', left)[1]
    assert all(part in frisbee for part in ("position:absolute", "left:56.25%", "opacity:1.00", "border:2px solid #ffffff"))
    assert "opacity:0.12" in re.search(r'class="box t r7" style="([^"]+)"', left)[1]
    assert left.count("<b ") == len(REGIONS) and ">1: 0.77</b>" in left and 'scope="row"' in left
    assert left.count('style="position:absolute;opacity:0"') == left.count("<input")              # no bare radio buttons
    said = re.findall(r'<p class="said d-\w+" style="display:block">([^<]+)', left)
    assert said[0].startswith("“frisbee” looks most at")


def test_every_control_of_the_page_has_a_name_and_the_picture_its_text(planted):
    page = planted.html()
    radios = re.findall(r'<input type="radio"[^>]*>', page)
    assert len(radios) == 1 + len(WORDS) + len(REGIONS) + 2                    # the two tabs are named by their text
    assert sum("aria-label=" in radio for radio in radios) == len(radios) - 2
    assert 'role="radiogroup" aria-label="words"' in page and "prefers-reduced-motion" in page


# what if

def test_other_knobs_are_run_by_the_model_and_ranks_move_with_them(run):
    view = attention(*run, 2, 10)
    trained, bits = view.e, lambda a: -(a * np.log2(a)).sum(1).mean()
    view.state.sharpness = 3 * trained.sharpness
    view.follow()
    assert bits(view.e.attention) < bits(trained.attention) and np.allclose(view.e.attention.sum(1), 1, atol=1e-5)
    pair = Pair(*run, 2, 10)
    scores = pair.against_images(sharpness=3 * trained.sharpness)
    assert np.isclose(view.e.score, scores[2], atol=1e-5) and view.e.image_rank == (np.delete(scores, 2) >= scores[2]).sum()
    assert "Changed (λ 27)" in view.text() and "Changed (λ 27)" in drawn(view)


def test_both_directions_are_there_and_each_sums_to_one_its_own_way(run):
    view = attention(*run, 2, 10, direction="i-t")
    assert np.allclose(view.e.attention.sum(0), 1, atol=1e-5) and "is looked at most by" in view.text()
    assert "Changed (regions look at words): score" in view.text() and "could not be tested" not in view.text()
    assert view.tested() == ("regions", "attention", {}) and view.choose(direction="t-i").change() == ""


def test_a_region_left_out_changes_score_and_rank_as_a_plain_loop_says(run):
    view = attention(*run, 2, 10, hidden_regions=(0, 1, 2))
    keep = np.ones(view.e.regions, bool)
    keep[:3] = False
    score = Pair(*run, 2, 10).score(region_mask=keep)[0]
    rank = sum(s >= score for i, s in enumerate(run[1].scores[:, 10]) if i != 2)
    outcome = view.whatif.standing(view.state)
    assert np.isclose(outcome.score, score, atol=1e-6) and outcome.rank == rank
    assert "left out region 0" in view.text() and "repeating-linear-gradient(45deg" in view.html()


def test_a_word_left_out_is_left_out_for_every_image(run):
    view = attention(*run, 2, 10, hidden_words=(3,))
    keep = np.ones(len(view.e.words), bool)
    keep[3] = False
    scores = Pair(*run, 2, 10).against_images(word_mask=keep)
    assert view.whatif.standing(view.state).rank == (np.delete(scores, 2) >= scores[2]).sum()
    assert "text-decoration:line-through" in view.html()


def test_an_edited_word_is_read_anew_and_an_unknown_one_is_told(run):
    view = attention(*run, 2, 10)
    place = view.e.word("box")
    view.state.edits = {place: "zebra"}
    view.follow()
    assert view.e.words[place] == "zebra" and view.e.unknown[place] and view.e.text == "A small zebra and a truck in a town."
    assert "Unknown to the vocabulary: zebra" in view.note() and "<sup>?</sup>" in view.html()
    assert "“box” became “zebra”" in view.text()
    view.state.edits = {place: "truck"}
    view.follow()
    typed = explain(*run, 2, "A small truck and a truck in a town.")
    assert not view.e.unknown.any() and np.isclose(view.e.score, typed.score, atol=1e-5)


def test_still_picture_sentence_and_state_agree_on_what_was_changed(run):
    view = attention(*run, 2, 10, strip=False, hidden_words=(3,), hidden_regions=(0, 7), edits={6: "car"}, sharpness=20)
    outcome, figure = view.whatif.standing(view.state), view.figure()
    new = wording.signed(outcome.score, False, 3)
    headline = figure.get_label()
    assert f"→ {new}" in headline and f"→ {outcome.rank + 1} of 12 images" in headline and f"→ {new}" in view.text()
    assert view.change() in drawn(view) and "Struck through or hatched: left out." in drawn(view)
    caption, photo = figure.axes[:2]
    assert len(caption.lines) == 1 and len([p for p in photo.patches if p.get_hatch()]) == 2


def test_a_change_too_small_to_measure_is_said_to_be_none(run):
    view = attention(*run, 2, 10, strip=False, sharpness=run[0].model.attention.sharpness * (1 + 1e-9))
    assert "no measurable change of the score" in view.change()


@pytest.mark.parametrize("wish, sentence", [
    ({"edits": {0: "dog"}}, "is a marker of the model"), ({"edits": {2: "two words"}}, "is not one word"),
    ({"edits": {2: " "}}, "is not one word"), ({"hidden_words": tuple(range(11))}, "every word is left out"),
    ({"hidden_regions": (99,)}, "region 99 is not there"), ({"sharpness": 5.0, "edits": {99: "dog"}}, "word 99 was asked for")])
def test_wishes_that_cannot_be_done_are_one_sentence(run, wish, sentence):
    with pytest.raises(Problem, match=sentence):
        attention(*run, 2, 10, **wish).text()


def test_a_record_from_a_file_shows_everything_but_what_needs_the_model(tmp_path, planted):
    again = AttentionView(type(planted.e).open(planted.e.save(tmp_path / "pair.npz")), word="dog")
    assert again.quantities == ["attention", "cosine"] and len(again.html()) > 10_000
    with pytest.raises(Problem, match="read from a file and cannot run again; open the pair with vl.attention"):
        again.choose(sharpness=3.0).text()


def test_a_view_follows_the_pair_of_a_shared_state(run):
    state = State()
    view = attention(*run, 2, 10, state=state, word="truck")
    state.candidate = 5
    assert view.follow() is view.e and view.e.image == 5 and view.state.word is None
    assert np.isclose(view.e.score, run[1].scores[5, 10], atol=1e-5)
    state.set(query=3)
    assert view.follow().text == run[1].corpus.texts[3]


# occlusion

def test_occlusion_is_what_a_plain_loop_of_single_runs_gives(run):
    pair = Pair(*run, 2, 10)
    found, (r, w) = occlusion(pair), (4, 3)
    without = lambda n, *gone: np.array([k not in gone for k in range(n)])
    regions, words = pair.regions.shape[1], pair.words.shape[1]
    here, there = {"region_mask": without(regions, r)}, {"word_mask": without(words, w)}
    s, no_r, no_w, neither = (pair.score(**mask)[0] for mask in ({}, here, there, here | there))
    told = found.regions[r], found.words[w], found.both[w, r]
    assert np.allclose(told, (s - no_r, s - no_w, s - no_r - no_w + neither), atol=1e-6)
    assert found.both.shape == (words, regions)


def test_small_losses_keep_two_digits_and_none_at_all_are_said_to_be_none(monkeypatch):
    view = attention(*indexed("vsepp"), 2, 10, strip=False, quantity="occlusion", word="box")
    small = view.whatif.occlusion(view.state)
    scaled = lambda by: lambda *_: type(small)(*(x * by / np.abs(small.both).max() for x in small))
    monkeypatch.setattr(view.whatif, "occlusion", scaled(3e-4))
    assert re.search(r"\+0\.000\d\d", view.text()) and "0.00 " not in view.text() and re.search(r"[+−]0\.000\d\d", drawn(view))
    monkeypatch.setattr(view.whatif, "occlusion", scaled(1e-8))
    assert "“box” carries no measurable change of the score together with any region." in view.text()


# what is odd

def test_a_model_without_attention_says_so_and_shows_occlusion_instead():
    view = attention(*indexed("vsepp"), 2, 10)
    assert view.quantities == ["occlusion", "interaction"] and view.quantity == "occlusion"
    assert view.note().count("no attention") == 1
    note = "it has no attention between words and regions; shown is the score that word and region carry together."
    assert note in view.note() and note in view.text() and note in drawn(view)
    page = view.html()
    assert page.count('<p class="notice">') == 1 and "carries most score together with" in view.text() and view.figure().axes
    bare = AttentionView(replace(view.e, photo=None))                          # from a file: nothing to show but the sentence
    assert bare.quantity is None and "no attention" in bare.text() and 'class="notice"' in bare.html() and bare.figure().axes


def test_no_photo_and_no_boxes_leave_a_grey_field_and_tiles():
    e = planted_explanation(photo=None, boxes=None, labels=None, confidence=None, notes=("The corpus has no boxes.",))
    page = AttentionView(e).html()
    assert "<img" not in page and 'role="img"' in page and "The corpus has no boxes." in page
    assert np.allclose(e.places[:4], [[0, 0, .25, .25], [.25, 0, .5, .25], [.5, 0, .75, .25], [.75, 0, 1, .25]])


def test_boxes_outside_the_photo_are_drawn_at_its_edge():
    e = planted_explanation(boxes=np.tile([[-0.2, 0.5, 1.4, 0.9]], (len(REGIONS), 1)))
    assert stage.geometry(e)[0] == {"left": "0%", "top": "50%", "width": "100%", "height": "40%", "z-index": 1}


def test_one_word_and_a_gallery_of_one():
    first = {k: getattr(planted_explanation(), k)[:1] for k in ("attention", "cosine", "relevance", "contribution")}
    e = planted_explanation(words=("dog",), spans=np.array([[0, 3]]), unknown=np.zeros(1, bool), text="dog", gallery=(1, 1),
                            truth=None, relations=None, **first)
    view = AttentionView(e)
    assert view.open_target == "w0" and "Among 1 image " in view.text() and "w0" in view.html()


@pytest.mark.parametrize("options, sentence", [
    ({"quantity": "atention"}, "did you mean 'attention'"), ({"scale": "big"}, "no scale"),
    ({"word": "cat"}, "'cat' is not in the caption"), ({"direction": "t2i"}, "no direction 't2i'"),
    ({"region": 99}, "region=99: give region 0 to 9"), ({"layer": 9}, "layer=9: give layer 0 to 3"),
    ({"sharpness": 0}, "sharpness=0: give a number above 0"), ({"sharpness": "x"}, "sharpness='x': give a number above 0"),
    ({"top": -2}, "top=-2: give a whole number"), ({"top": None}, "top=None: give a whole number"),
    ({"mass": 2}, "mass=2: give a share"), ({"mu": -1}, "mu=-1: give a number from 0 up"), ({"mu": True}, "mu=True")])
def test_unknown_options_are_told(options, sentence):
    with pytest.raises(Problem, match=sentence):
        AttentionView(planted_explanation(), **options)


def test_a_change_says_that_the_test_under_the_picture_is_without_it(run):
    view = attention(*run, 2, 10)
    assert "without these changes" not in view.change()
    view.state.edits = {3: "cat"}
    assert view.change().endswith("tested on the pair without these changes.")
    view.belief = None
    assert "without these changes" not in view.change()


def test_a_part_of_the_thing_is_named_and_not_called_elsewhere():
    weights = planted_explanation().attention.copy()
    tree, trunk = WORDS.index("tree"), 6
    weights[tree] = np.eye(len(REGIONS))[trunk]
    truth = tuple((2,) if w == tree else () for w in range(len(WORDS)))
    said = AttentionView(planted_explanation(attention=weights, truth=truth), word="tree").text()
    assert "it points at its trunk" in said and "elsewhere" not in said
    weights[tree] = np.eye(len(REGIONS))[4]                                    # the grass is no part of the tree
    assert "it points elsewhere" in AttentionView(planted_explanation(attention=weights, truth=truth), word="tree").text()
