"""The report and the offline desk in a real browser without a network: no request, every picture there, a click turns pages."""
import pytest
from browser import chromium, needed, point, requests, until
from test_report import gallery

import vsrlab as vl
from vsrlab.desk.judgements import Judgement

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("report")
    one, other = gallery(), gallery("siglip", seed=2, strong=2.5)
    row = one.queries("text").query("rank > 0").iloc[0]
    said = [Judgement(row["winner_id"], row["id"], verdict, author=who) for who, verdict in (("ana", "valid"), ("ben", "wrong"))]
    vl.report(folder / "r.html", one, other, verdicts=said, after="csls")
    vl.desk(one).save(folder / "d.html")
    with chromium(folder, offline=True) as driver:
        yield folder, driver


def opened(place, name):
    folder, driver = place
    requests(driver)
    driver.get((folder / name).as_uri())
    assert requests(driver) == [(folder / name).as_uri()]
    return driver


def test_a_report_asks_for_nothing_and_shows_all_its_pictures(place):
    driver = opened(place, "r.html")
    assert driver.find_element("css selector", "h1").text == "Failures of clip on my photos test"
    sizes = driver.execute_script("return [...document.images].map(i => [i.complete, i.naturalWidth, i.alt.length])")
    assert len(sizes) > 40 and all(done and wide > 10 and alt for done, wide, alt in sizes)
    wide = driver.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], "the page is wider than the window"
    assert not [line for line in driver.get_log("browser") if line["level"] == "SEVERE"]


def test_links_of_a_report_go_to_its_sections_and_folds_unfold(place):
    driver = opened(place, "r.html")
    point(driver, 'nav a[href="#causes"]', click=True)
    until(lambda: driver.execute_script("return location.hash") == "#causes", what="going to the section")
    shown = "return [...document.querySelectorAll('details')].filter(d => d.open).length"
    driver.execute_script("document.querySelector('#failures details summary').scrollIntoView()")
    before = driver.execute_script(shown)
    point(driver, "#failures details summary", click=True)
    until(lambda: driver.execute_script(shown) == before + 1, what="unfolding")


def test_the_offline_desk_turns_to_another_failure_without_script(place):
    driver = opened(place, "d.html")
    seen = "return [...document.querySelectorAll('.vsr .of')].map(part => part.offsetParent !== null)"
    assert driver.execute_script(seen) == [True] + 11 * [False]
    point(driver, ".tab.q4", click=True)
    until(lambda: driver.execute_script(seen) == [n == 4 for n in range(12)], what="turning to the fifth failure")
