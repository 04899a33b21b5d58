"""Drawings: artists come back, text stays text, colours can be told apart and read."""
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from planted import REGIONS, SIZE, picture

from vsrlab import colours, draw
from vsrlab.draw.arrows import apart
from vsrlab.draw.charts import scale
from vsrlab.draw.text import broken, extent, shortened, wrap

BOXES = np.array([box for _, box, _ in REGIONS]) / np.tile(SIZE, 2)


@pytest.fixture
def ax():
    with draw.look():
        return draw.panel(draw.sheet(5, 4), 0.2, 0.2, 4.6, 3.6)


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return np.dot(linear, (0.2126, 0.7152, 0.0722))


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("text, ground", [
    *[(colour, colours.CARD) for colour in (*colours.ON_CARD, colours.RIGHT)], (colours.DARK, colours.HIGHLIGHT),
    ("white", colours.RIGHT), ("white", colours.WRONG), (colours.MUTED, "#ececea")])
def test_text_can_be_read_on_its_background(text, ground):
    assert contrast(text, ground) >= 4.5


def test_what_adds_and_what_takes_away_differ_in_more_than_colour(ax):
    bars = draw.bars(ax, ["a", "b"], [0.4, -0.2])
    assert bars[0].get_hatch() == "" and bars[1].get_hatch() == "////"
    arrows, _ = draw.relations(ax, BOXES, [(0, 1), (2, 3)], np.array([0.3, -0.4]))
    by_size = {round(a.get_linewidth(), 2): a.get_linestyle() for a in arrows}
    assert by_size[max(by_size)] not in ("-", "solid") and by_size[min(by_size)] in ("-", "solid")     # -0.4 is larger, and broken
    frame, mark = draw.verdict(ax, False)
    assert mark.get_text() == "✗" and frame.get_linestyle() not in ("-", "solid")
    assert draw.verdict(ax, True)[1].get_text() == "✓"


def test_boxes_have_a_dark_outline_under_the_light_one(ax):
    patches = draw.boxes(ax, BOXES, np.arange(len(BOXES)) + 1.0)
    assert len(patches) == len(BOXES)
    dark, own = patches[3].get_path_effects()
    assert dark._gc["foreground"] == "black" and dark._gc["linewidth"] > patches[3].get_linewidth() == 4.0


def test_the_spotlight_is_brightest_where_the_weights_add_up(ax):
    two = np.array([[0.0, 0.0, 0.5, 1.0], [0.25, 0.0, 0.75, 1.0]])
    alpha = draw.spotlight(ax, two, np.array([1.0, 1.0]), strength=0.6, cells=8).get_array()[0, :, 3]
    half = 0.6 * (1 - 0.5 ** 0.5)
    np.testing.assert_allclose(alpha, [half, half, 0, 0, half, half, 0.6, 0.6], atol=1e-12)


def test_a_photo_keeps_its_shape_and_its_absence_is_said(ax):
    assert draw.photo(ax, np.asarray(picture())).get_extent() == [0, 1, 1, 0] and ax.get_aspect() == 360 / 480
    draw.photo(ax, None, (100, 200), "no photo here")
    assert ax.get_aspect() == 2 and any(t.get_text() == "no photo here" for t in ax.texts)


def test_dollars_and_markup_of_a_caption_are_shown_as_they_are(ax):
    words = ("costs", "$5", "or", "$x_{", "<script>", "\\frac")
    drawn = draw.caption(ax, words, np.ones(6), chosen=1)
    assert [t.get_text() for t in drawn] == list(words) and not any(t.get_parse_math() for t in drawn)
    draw.heat(draw.panel(ax.figure, 1, 1, 2, 2), np.eye(6), words, words)
    ax.figure.canvas.draw()                                  # mathematics would raise here


def test_underlines_are_as_thick_as_the_weights_and_broken_below_zero(ax):
    draw.caption(ax, ("up", "downdowndown", "nothing"), np.array([0.2, -0.4, 0.0]))
    heights = [(p.get_facecolor()[:3], p.get_height()) for p in ax.patches]
    assert heights[0] == (to_rgb(colours.PLUS), pytest.approx(2.75)) and heights[-1][1] == 0.35
    negative = [h for colour, h in heights if colour == to_rgb(colours.MINUS)]
    assert len(negative) > 3 and set(negative) == {5.5}


def test_words_wrap_where_the_width_ends():
    size, words = 12, ["aaaa"] * 5
    wide = extent("aaaa", size)[0]
    assert wrap(words, size, 2 * wide + 7) == [(0, 0), (wide + 6, 0), (0, 1), (wide + 6, 1), (0, 2)]
    assert broken("aa bb cc", size, extent("aa bb", size)[0] + 1) == ["aa bb", "cc"]
    cut = shortened("one two three four", size, extent("one two", size)[0] + 1)
    assert cut.endswith(" …") and extent(cut, size)[0] <= extent("one two", size)[0] + 1
    assert shortened("one two", size, 1000) == "one two"


def test_tags_of_boxes_in_one_place_do_not_cover_each_other(ax):
    same = np.tile(BOXES[:1], (4, 1))
    places = [t.get_position() for t in draw.tags(ax, same, ["1: 0.25"] * 4)]
    gaps = np.diff(sorted(y for _, y in places))
    assert (gaps * 3.6 * 72 >= 12.9).all() and all(0 <= y <= 1 for _, y in places)


def test_nodes_in_one_place_part_and_lonely_ones_stay():
    middles = np.array([[0.5, 0.5], [0.5, 0.5], [0.505, 0.5], [0.1, 0.1]])
    moved = apart(middles, (300, 300), 20.0, [0, 1, 2])
    far = np.linalg.norm((moved[:3, None] - moved[None, :3]) * 300, axis=-1) + 99 * np.eye(3)
    assert far.min() >= 19 and (moved[3] == middles[3]).all() and np.abs(moved[:3] - 0.5).max() < 0.1


def test_signed_quantities_are_centred_at_zero_and_magnitudes_start_there():
    norm, colours = scale(np.array([-0.1, 0.4]), signed=True)
    assert (norm(0.0), norm(0.4), norm(-0.4), colours) == (0.5, 1.0, 0.0, "PuOr")
    norm, colours = scale(np.array([0.1, 0.4]))
    assert (norm(0.0), norm(0.4), colours) == (0.0, 1.0, "cividis")
    assert scale(np.zeros(3))[0](0.0) == 0.0                 # nothing but zeros still has a scale


def test_a_colour_bar_says_what_it_measures(ax):
    assert draw.colour_bar(ax, "attention", np.array([0.0, 0.77])).ax.get_xlabel() == "attention"


def test_curves_are_named_at_their_ends_and_chance_is_drawn(ax):
    lines = draw.lines(ax, [1, 2, 3], {"R@1": [1, 2, 3], "R@5": [3, 3, 3.01], "R@10": [np.nan, np.nan, np.nan]}, best=2, chance=0.5)
    named = {t.get_text() for t in ax.texts}
    assert {"R@1", "R@5", " chance 0.5"} <= named and "R@10" not in named
    assert len({line.get_linestyle() for line in lines}) == 3
    heights = sorted(t.xy[1] for t in ax.texts if hasattr(t, "xy"))
    assert np.diff(heights).min() > 0.1


def test_terms_stack_up_to_the_score(ax):
    bars = draw.terms(ax, {"global": 0.62, "local": 0.34, "other": -0.1})
    assert bars[1].get_x() + bars[1].get_width() == pytest.approx(0.96) and bars[2].get_x() == 0.0


def test_drawing_needs_no_pyplot_and_leaves_the_users_settings_alone():
    code = ("import sys, matplotlib; before = matplotlib.rcParams.copy()\n"
            "from vsrlab import draw, figures\n"
            "with draw.look(): draw.sheet(2, 2)\n"
            "assert 'matplotlib.pyplot' not in sys.modules and 'seaborn' not in sys.modules\n"
            "assert matplotlib.rcParams.copy() == before")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_figure_shows_itself_in_ipython_unless_the_user_chose_how(monkeypatch):
    from IPython.core.formatters import DisplayFormatter
    from matplotlib.figure import Figure

    from vsrlab.draw import output
    shell = SimpleNamespace(display_formatter=DisplayFormatter())
    monkeypatch.setattr(output, "shell", lambda: shell)
    made = shell.display_formatter.formatters["image/png"]
    figure = draw.sheet(2, 1)
    draw.headline(figure, "one $5 note")
    picture, about = made(figure)
    assert picture.startswith(b"\x89PNG") and about == {"alt": "one $5 note"}
    for kind in ("image/png", "image/svg+xml"):                       # what %matplotlib inline does
        made.pop(Figure, None)
        shell.display_formatter.formatters[kind].for_type(Figure, lambda _: "theirs")
        draw.sheet(2, 1)
        assert (Figure in made) == (kind == "image/png") and shell.display_formatter.formatters[kind](figure) == "theirs"


def test_tags_stand_outside_of_the_lit_boxes_with_a_line_to_their_own(ax):
    lit = np.array([[0.4, 0.5, 0.6, 0.7], [0.42, 0.52, 0.58, 0.66]])
    before = len(ax.lines)
    for text in draw.tags(ax, lit, ["1: 0.25", "2: 0.20"]):
        _, y = text.get_position()
        assert not any(a < y < b for _, a, _, b in lit)
    assert len(ax.lines) - before == 1                                         # the first touches its box, the second does not
