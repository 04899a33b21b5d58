"""The exported page in a real browser with the network cut: it reacts to pointer and keys, and asks for nothing."""
import time

import numpy as np
import pytest
from browser import chromium, needed, point, requests, said, style
from planted import WORDS, planted_explanation

from vsrlab.page import html
from vsrlab.views.attention.view import AttentionView
from vsrlab.views.relations.view import RelationsView
from vsrlab.views.timeline.view import TimelineView

pytestmark = pytest.mark.browser
FRISBEE, BOX = WORDS.index("frisbee"), ".box.r{}"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("page")
    path = AttentionView(planted_explanation(), word="dog").save(folder / "view.html")
    with chromium(folder, offline=True) as driver:
        requests(driver)
        driver.get(path.as_uri())
        yield driver, path


@pytest.fixture
def driver(page):
    page[0].get(page[1].as_uri())                                              # as it opens: "dog" is held
    return page[0]


def light(driver, region) -> float:
    """How brightly a region is lit: 0 is an even attention, 1 the largest of the word, or 8 times even where that is more."""
    time.sleep(0.25)                                                           # the fade takes 0.15 s
    return float(style(driver, f".shade .r{region}", "opacity"))


def test_the_pointer_on_a_word_lights_its_region_and_dims_the_others_and_leaving_takes_it_back(driver):
    assert light(driver, 0) > 0.7 and light(driver, 1) < 0.1
    outline = lambda region: float(style(driver, BOX.format(region), "opacity"))
    assert outline(9) > 0.9                                                    # the second box of the dog
    point(driver, f".t.w{FRISBEE}")
    assert light(driver, 1) > 0.7 and light(driver, 0) < 0.1
    assert outline(1) == 1 and outline(9) < 0.2
    assert said(driver).startswith("“frisbee” looks most at region 1 (frisbee) 0.77")
    point(driver, ".foot")
    assert light(driver, 0) > 0.7 and light(driver, 1) < 0.1 and said(driver).startswith("“dog”")


def test_a_click_holds_a_word_and_a_second_click_lets_go(driver):
    point(driver, f".t.w{FRISBEE}", click=True)
    point(driver, ".foot")
    assert light(driver, 1) > 0.7
    point(driver, f".t.w{FRISBEE}", click=True)
    point(driver, ".foot")
    assert said(driver).startswith("Mean attention of all words") and said(driver).endswith("nearly even, so nothing is lit.")
    assert light(driver, 1) == light(driver, 0) == 0


def test_the_pointer_on_a_box_lights_its_words_and_the_regions_it_reads(driver):
    point(driver, BOX.format(1))
    time.sleep(0.25)
    fields = [float(style(driver, f".t.w{w}", "--field")) for w in range(len(WORDS))]
    assert set(np.argsort(fields)[-2:]) == {FRISBEE, FRISBEE - 1} and min(fields[FRISBEE - 1:FRISBEE + 1]) > 0.9
    assert light(driver, 0) > 0.4 and style(driver, ".arcs .g-r1", "display") == "inline"
    assert "reads region 0 (dog) +0.33" in said(driver)
    point(driver, BOX.format(1), click=True)
    point(driver, ".foot")
    assert "reads region 0 (dog)" in said(driver)
    point(driver, BOX.format(1), click=True)
    point(driver, ".foot")
    assert said(driver).startswith("Mean attention")


def test_arrow_keys_walk_through_the_words_and_the_photo_follows(driver):
    from selenium.webdriver.common.keys import Keys
    driver.find_element("css selector", ".t.w3 input").send_keys(Keys.ARROW_RIGHT * 4)       # dog, catches, a, red, frisbee
    assert driver.execute_script("return document.activeElement.value") == f"w{FRISBEE}"
    assert light(driver, 1) > 0.7 and said(driver).startswith("“frisbee”")
    assert style(driver, f".t.w{FRISBEE} label", "outline-style") == "solid"                 # the focus can be seen
    driver.find_element("css selector", f".t.w{FRISBEE} input").send_keys(Keys.ARROW_LEFT * 4)
    assert light(driver, 0) > 0.7


def test_the_tabs_change_the_quantity(driver):
    point(driver, ".tab.q1", click=True)
    point(driver, f".t.w{FRISBEE}")
    assert said(driver).startswith("“frisbee” is most like region 1") and light(driver, 1) > 0.7


def test_numbers_stand_in_the_boxes_of_the_strongest_regions(driver):
    content = lambda r: driver.execute_script(
        "return getComputedStyle(document.querySelector(arguments[0]), '::before').content", f".numbers .r{r}")
    point(driver, f".t.w{FRISBEE}")
    assert content(1) == '"1: 0.77"' and content(9) == "none"


def test_who_wants_no_motion_gets_none(driver):
    def wish(value):
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": value}]})
    wish("reduce")
    assert style(driver, ".shade .r1", "transition-duration") == "0s"
    wish("")
    assert "0.15s" in style(driver, ".shade .r1", "transition-duration")


def test_nothing_is_asked_for_and_nothing_is_complained_about(page):
    driver, path = page
    assert {url.split("#")[0] for url in requests(driver)} <= {path.as_uri()}
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_photos_keep_their_light_when_other_views_stand_below_them(tmp_path):
    e = planted_explanation()
    views = RelationsView(e), TimelineView(e), AttentionView(e)
    alone, together = [html.page("one", view.html()) for view in views], html.page("all", "".join(view.html() for view in views))
    shades = """return [...document.querySelectorAll('.shade')].map(s => {
        const look = getComputedStyle(s); return look.backgroundColor + ' ' + look.mixBlendMode })"""

    def seen(page):
        (tmp_path / "page.html").write_text(page)
        driver.get((tmp_path / "page.html").as_uri())
        return driver.execute_script(shades)
    with chromium(tmp_path, offline=True) as driver:
        assert seen(together) == [look for page in alone for look in seen(page)]
        assert seen(together)[0] == "rgba(252, 252, 250, 0.5) normal" and len(set(seen(together))) == 3
