"""Other scripts, long captions, strips: a font that has the sign, one note where none has, Arabic to the left, what fits."""
import io
import logging
import warnings
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from planted import planted_explanation
from toy import indexed, with_attention

from vsrlab import draw
from vsrlab.draw import fonts
from vsrlab.errors import Problem
from vsrlab.page import stage
from vsrlab.views.attention.view import AttentionView, attention
from vsrlab.wording import rtl

HERO = 0x10A40                       # a letter of Kharoshthi: no font of FAMILIES has it


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A font of one sign, under the name of a fallback, that matplotlib did not know when it started."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    pen = TTGlyphPen(None)
    for at in ((0, 0), (0, 900), (900, 900), (900, 0)):
        (pen.lineTo if at != (0, 0) else pen.moveTo)(at)
    pen.closePath()
    builder, square = FontBuilder(1000, isTTF=True), pen.glyph()
    builder.setupGlyphOrder([".notdef", "sign"])
    builder.setupCharacterMap({HERO: "sign"})
    builder.setupGlyf({".notdef": square, "sign": square})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "sign": (1000, 0)})
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Symbola", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=900)
    builder.setupPost()
    builder.save(tmp_path / "sign.ttf")
    manager = fonts.font_manager.fontManager
    kept = list(manager.ttflist)
    monkeypatch.setattr(fonts.font_manager, "findSystemFonts", lambda: [str(tmp_path / "sign.ttf"), str(tmp_path / "none.ttf")])
    yield
    manager.ttflist[:] = kept


@pytest.fixture
def families():
    """The list of fonts made anew, before and after."""
    fonts.families.cache_clear()
    yield fonts.families
    fonts.families.cache_clear()


def noted(text) -> list:
    """What is warned of when a text is drawn and measured."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        with draw.look():
            figure = draw.sheet(3, 1)
            draw.paragraph(draw.panel(figure, 0.1, 0.1, 2.8, 0.8), text)
            draw.png(figure)
    return [str(one.message) for one in told if one.category is UserWarning]


def test_a_font_that_was_installed_since_is_found_and_draws_the_sign(made, families):
    assert "Symbola" in families() and families()[0] == "DejaVu Sans"
    assert noted(f"a {chr(HERO)} sign") == []


def test_a_sign_without_a_font_is_one_note_that_says_what_to_install():
    said = noted(" ".join([chr(HERO)] * 20))
    assert len(said) == 1 and "no font of this machine has the signs" in said[0] and "fonts-noto-core" in said[0]
    assert "Noto Sans CJK" in fonts.note([0x4E00]) and "Symbola" in fonts.note([0x1F600])
    assert noted("a dog") == []


def test_a_fallback_of_one_weight_is_not_complained_about_and_other_fonts_are(families, caplog):
    families()
    log = logging.getLogger("matplotlib.font_manager")
    with caplog.at_level("WARNING", logger=log.name):
        log.warning("findfont: Failed to find font weight bold for Droid Sans Fallback, now using 400.")
        log.warning("findfont: Failed to find font weight bold for Some Font, now using 400.")
    assert ["Some Font" in record.getMessage() for record in caplog.records] == [True]


def test_words_of_arabic_run_from_right_to_left_on_pictures_and_pages():
    assert rtl("كلب صغير") and rtl("12 שלום") and not rtl("a كلب") and not rtl("12 ?")
    with draw.look():
        figure = draw.sheet(6, 1)
        there = draw.caption(draw.panel(figure, 0, 0, 6, 1), "كلب صغير يركض".split(), np.ones(3))
        ordinary = draw.caption(draw.panel(figure, 0, 0, 6, 1), "a small dog".split(), np.ones(3))
    at = lambda texts: [text.get_position()[0] for text in texts]
    assert at(there) == sorted(at(there), reverse=True) and at(ordinary) == sorted(at(ordinary)) and at(there)[0] > 360
    page = stage.sentence(planted_explanation(), "v", stage.Target("none", {}, {}, ""))
    assert 'class="words" dir="auto"' in page


def test_a_strip_is_drawn_at_least_160_pixels_high_and_says_so():
    buffer = io.BytesIO()
    Image.new("RGB", (2000, 100), "#336699").save(buffer, "JPEG")
    strip = replace(planted_explanation(), photo=buffer.getvalue(), size=(2000, 100))
    figure = AttentionView(strip).figure()
    photo = next(ax for ax in figure.axes if ax.images)
    figure.draw_without_rendering()
    assert photo.get_window_extent().height / figure.dpi * 96 >= 160 and "20 times as wide as high" in photo.get_xlabel()
    page = stage.photo(strip, "alt")
    assert "min-height:160px" in page and 'title="20 times as wide as high; drawn taller"' in page
    assert "min-height" not in stage.photo(planted_explanation(), "alt")
    assert "max(5%,160px)" in stage.photo(replace(strip, photo=None), "alt")


def test_a_caption_of_78_words_stays_within_1200_pixels():
    run, at = indexed(with_attention())
    words = [word for word in run.vocabulary.words[4:] if word.isalpha()]
    view = attention(run, at, 2, " ".join((words * 4)[:78]), strip=False)
    assert len(view.e.words) >= 78 and view.figure().get_size_inches()[1] * 96 <= 1200


def test_a_sentence_of_another_script_is_refused_with_words_worth_trying():
    _, at = indexed("vsepp")
    with pytest.raises(Problem, match="write in the language of its captions and try words such as") as told:
        at.search("一只狗")
    tried = str(told.value).split("such as ")[1].rstrip(".").split(", ")
    assert len(tried) == 5 and not {"a", "the", "of", "and", "on", "in", "with"} & set(tried)
    with pytest.raises(Problem) as told:
        at.search("xyzzy")
    assert "language" not in str(told.value)
