"""A notebook in JupyterLab, in a real browser: it runs, the words, boxes and sliders react, and the picture changes."""
import pytest
from browser import READY, chromium, jupyterlab, needed, notebook, point, run_all, said, style, until

pytestmark = pytest.mark.browser
OPEN = """from toy import indexed, with_attention
from vsrlab.views.attention.view import attention
run, at = indexed(with_attention())
view = attention(run, at, 2, 10, word="box")"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("lab")
    notebook(folder / "views.ipynb", OPEN, "view.show()")
    notebook(folder / "two.ipynb", OPEN, "view.show(); attention(run, at, 1, 5).show()")
    with jupyterlab(folder) as (address, token), chromium(folder) as driver:
        run_all(driver, address, token, "views.ipynb")
        until(lambda: driver.find_elements("css selector", ".vsr .boxes button"), what="the live view")
        driver.execute_script("document.querySelector('.vsr').scrollIntoView()")
        yield driver


def lights(driver) -> list:
    """How brightly each region is lit."""
    return driver.execute_script("return [...document.querySelectorAll('.vsr .shade i')]"
                                 ".map(i => +getComputedStyle(i).getPropertyValue('--s'))")


def stills(driver) -> list:
    """Which of the still pictures of the notebook on the screen can be seen."""
    return driver.execute_script("return [...jupyterapp.shell.currentWidget.node.querySelectorAll('.jp-RenderedImage img')]"
                                 ".map(i => i.getClientRects().length > 0)")


def text(driver, selector) -> str:
    return driver.find_element("css selector", selector).text


def word(driver, name) -> str:
    """The selector of a word's button."""
    names = [button.text for button in driver.find_elements("css selector", ".vsr .words button")]
    return f".vsr .words button:nth-of-type({names.index(name) + 1})"


def changes(driver, act, what) -> list:
    before = lights(driver)
    act()
    until(lambda: lights(driver) != before, what=what)
    return lights(driver)


def test_the_live_view_stands_in_the_place_of_its_still_picture(lab):
    assert stills(lab) == [False] and len(lab.find_elements("css selector", ".vsr.widget-vbox")) == 1


def test_the_pointer_on_a_word_changes_the_light_without_the_kernel_and_a_click_holds_it(lab):
    status = text(lab, ".vsr .status")
    hovered = changes(lab, lambda: point(lab, word(lab, "truck")), "the light under the pointer")
    assert text(lab, ".vsr .status") == status and max(hovered) > 0.5               # scaled against even attention
    point(lab, word(lab, "truck"), click=True)
    until(lambda: lab.find_elements("css selector", word(lab, "truck") + ".mod-active"), what="holding the word")
    point(lab, ".vsr .lead")
    until(lambda: said(lab).startswith("“truck”"), what="the sentence of the word")
    assert lights(lab) == hovered


def test_a_second_click_lets_go(lab):
    point(lab, word(lab, "truck"), click=True)
    until(lambda: not lab.find_elements("css selector", ".vsr .words .mod-active"), what="letting go")
    point(lab, ".vsr .lead")
    until(lambda: said(lab).startswith("Mean attention"), what="all words together")


def test_a_click_on_a_box_lights_its_words(lab):
    box = max(lab.find_elements("css selector", ".vsr .boxes button"), key=lambda b: int(b.value_of_css_property("z-index")))
    box.click()
    until(lambda: lab.find_elements("css selector", ".vsr .boxes .mod-active"), what="holding the box")
    fields = lambda: [float(style(lab, f".vsr .words button:nth-of-type({n})", "--field")) for n in range(1, 12)]
    until(lambda: max(fields()) == 1 and said(lab).startswith("Region"), what="its words")


def test_the_lambda_slider_runs_the_pair_again_and_the_picture_changes(lab):
    from selenium.webdriver.common.keys import Keys
    point(lab, word(lab, "small"), click=True)
    until(lambda: lab.find_elements("css selector", word(lab, "small") + ".mod-active"), what="holding the word")
    point(lab, ".vsr .foot, .vsr .status")
    handle = lab.find_element("css selector", ".vsr .noUi-handle")
    changes(lab, lambda: handle.send_keys(Keys.ARROW_RIGHT * 12), "the picture at another lambda")
    until(lambda: "Changed (λ" in text(lab, ".vsr"), what="the new score")
    until(lambda: "drawn in" in text(lab, ".vsr .status"), what="the end of computing")      # each key is a step of the slider


def test_running_the_cell_again_leaves_one_live_view(lab):
    views = lambda: lab.find_elements("css selector", ".vsr.widget-vbox")
    former = views()[0].id
    lab.execute_script("jupyterapp.commands.execute('notebook:run-cell')")
    until(lambda: [view.id for view in views()] not in ([], [former]), what="the view of the second run")
    until(lambda: lab.find_elements("css selector", ".vsr .words .mod-active"), what="its words")
    assert len(views()) == 1 and "small" == text(lab, ".vsr .words .mod-active")          # the state is still the same
    lab.execute_script("document.querySelector('.vsr').scrollIntoView()")


def test_two_views_of_one_cell_hide_their_own_stills_and_a_notebook_without_its_kernel_shows_them(lab):
    run = "jupyterapp.commands.execute(arguments[0], arguments[1]).then(() => arguments[2](), e => arguments[2](String(e)))"
    execute = lambda command, **more: lab.execute_async_script(run, command, more)
    execute("docmanager:open", path="two.ipynb", factory="Notebook")
    until(lambda: lab.execute_script(READY), what="the second notebook")
    execute("runmenu:run-all")
    here = "return jupyterapp.shell.currentWidget.node.querySelectorAll(arguments[0]).length"
    until(lambda: lab.execute_script(here, ".vsr.over-still .words button") > 4 and len(stills(lab)) == 2, what="two live views")
    assert stills(lab) == [False, False] and lab.execute_script(here, ".vsr.over-still") == 2
    execute("docmanager:save")
    execute("kernelmenu:shutdown")
    execute("application:close")
    nobody = {"shouldStart": False, "canStart": False, "autoStartDefault": False}
    execute("docmanager:open", path="two.ipynb", factory="Notebook", kernelPreference=nobody)
    until(lambda: len(stills(lab)) == 2, what="the saved notebook")
    assert lab.execute_script("return jupyterapp.shell.currentWidget.sessionContext.session") is None
    assert stills(lab) == [True, True] and not lab.execute_script(here, ".vsr.over-still")
