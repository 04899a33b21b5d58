"""The gallery in a real browser: the page reacts to pointer and keys with the network cut; in JupyterLab mu changes the picture."""
import pytest
from browser import chromium, jupyterlab, needed, notebook, point, requests, run_all, until
from toy import indexed

from vsrlab.views.gallery.view import gallery

pytestmark = pytest.mark.browser
OPEN = """from toy import indexed
from vsrlab.views.gallery.view import gallery
view = gallery(indexed("vsrpp", images=30)[1], text=6)"""
LINE = "return [...document.querySelectorAll('.vsr .tellings .said')].filter(p => p.offsetParent).map(p => p.innerText)"
ORDER = "return [...document.querySelectorAll('.vsr .answer .place')].map(p => p.parentElement.innerText)"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("page")
    path = gallery(indexed("vsrpp", images=30)[1], text=6).save(folder / "gallery.html")
    with chromium(folder, offline=True) as driver:
        requests(driver)
        driver.get(path.as_uri())
        yield driver, path


def told(driver) -> str:
    """The one line under the answers that shows."""
    lines = driver.execute_script(LINE)
    assert len(lines) == 1, lines
    return lines[0]


def test_the_pointer_reads_an_answer_a_click_holds_it_and_keys_walk_on(page):
    from selenium.webdriver.common.keys import Keys
    driver, path = page
    assert told(driver).startswith("Rank 1 of 30")
    point(driver, ".answer.m0a2")
    third = told(driver)
    assert not third.startswith("Rank 1 ")
    point(driver, ".lead")
    assert told(driver).startswith("Rank 1 of 30")
    point(driver, ".answer.m0a2", click=True)
    point(driver, ".lead")
    assert told(driver) == third
    driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert told(driver) not in (third, "") and driver.execute_script("return document.querySelector('.m0a3 input').checked")
    assert requests(driver) in ([], [path.as_uri()])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("lab")
    notebook(folder / "gallery.ipynb", OPEN, "view.show()")
    with jupyterlab(folder) as (address, token), chromium(folder) as driver:
        run_all(driver, address, token, "gallery.ipynb")
        until(lambda: driver.find_elements("css selector", ".vsr.widget-vbox .answer img"), what="the live gallery")
        driver.execute_script("document.querySelector('.vsr').scrollIntoView()")
        yield driver


def test_the_mu_slider_reranks_the_gallery_and_moves_the_recalls(lab):
    from selenium.webdriver.common.keys import Keys
    before = lab.execute_script(ORDER)
    assert len(before) >= 10 and "(now)" not in lab.find_element("css selector", ".vsr").get_attribute("textContent")
    lab.find_element("css selector", ".vsr .mu .noUi-handle").send_keys(Keys.HOME)
    until(lambda: lab.execute_script(ORDER) != before, what="the gallery at μ 0")
    folded = "return document.querySelector('.vsr .measures').textContent"
    until(lambda: "μ 0 (now)" in lab.execute_script(folded), what="its recalls")


def test_a_typed_sentence_and_the_list_of_answers_work_from_the_keyboard(lab):
    from selenium.webdriver.common.keys import Keys
    lab.find_element("css selector", ".vsr input[type=text][placeholder]").send_keys("a red dog", Keys.ENTER)
    until(lambda: "a red dog" in lab.find_element("css selector", ".vsr .asked").text, what="the answers to one's own sentence")
    assert told(lab).startswith("Rank 1 of 30")
    next(b for b in lab.find_elements("css selector", ".vsr button") if b.text == "answer ›").send_keys(Keys.SPACE)
    until(lambda: lab.find_elements("css selector", ".vsr .answer.m0a1.held"), what="holding the second answer")
    assert not told(lab).startswith("Rank 1 ")
    lab.find_element("css selector", ".vsr .widget-select select").send_keys(Keys.END)
    until(lambda: lab.find_elements("css selector", ".vsr .answer.m0a9.held"), what="holding the last answer")
