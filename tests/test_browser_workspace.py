"""The workspace in a real browser: it fits the screen, clicks choose, the last of fast clicks counts, themes, a restart, a page."""
import time

import pytest
from browser import PATIENCE, chromium, jupyterlab, needed, notebook, point, requests, run_all, until
from toy import indexed

from vsrlab.views.dashboard.view import dashboard

pytestmark = pytest.mark.browser
OPEN = """from toy import indexed
from vsrlab.views.dashboard.view import dashboard
from vsrlab.views.gallery.view import gallery
run, at = indexed("vsrpp", images=30)
view = dashboard(run, at, text=6)"""
RECT = "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.x, r.y, r.width, r.height]"
CONTRAST = """
const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 })
                     return .2126 * r + .7152 * g + .0722 * b }
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true})
const rgba = text => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1)
                       const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255] }
const over = (top, under) => [0, 1, 2].map(k => top[k] * top[3] + under[k] * (1 - top[3]))
const ground = e => { const chain = []
                      for (let at = e; at; at = at.parentElement) chain.unshift(rgba(getComputedStyle(at).backgroundColor))
                      return chain.reduce((under, top) => over(top, under), [255, 255, 255]) }
const found = []
const walk = document.createTreeWalker(document.querySelector('.vsr.workspace'), NodeFilter.SHOW_TEXT)
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement
  const aside = e.closest('style,.stage,svg,.picks,option,.jupyter-button:disabled')
  if (!walk.currentNode.data.trim() || aside || !e.offsetParent) continue
  const under = ground(e), ink = over(rgba(getComputedStyle(e).color), under), a = light(ink), b = light(under)
  found.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), walk.currentNode.data.trim().slice(0, 40)]) }
return found"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("lab")
    notebook(folder / "work.ipynb", OPEN, "view.show()", "gallery(at, state=view.state).show()")
    with jupyterlab(folder) as (address, token), chromium(folder) as driver:
        driver.set_window_size(1400, 1000)
        run_all(driver, address, token, "work.ipynb")
        until(lambda: driver.find_elements("css selector", ".workspace .words button"), what="the live workspace")
        driver.execute_script("document.querySelector('.workspace').scrollIntoView()")
        yield driver


def button(driver, name):
    return next(b for b in driver.find_elements("css selector", ".workspace button") if b.text == name)


def tab(driver, name):
    next(b for b in driver.find_elements("css selector", ".workspace .parts button") if b.text == name).click()


def verdict(driver) -> str:
    return driver.find_element("css selector", ".workspace > .topline .lead").text


def test_the_workspace_fits_the_screen(lab):
    def shape(width):
        lab.set_window_size(width, 1000)
        until(lambda: lab.execute_script("return innerWidth") == width)
        time.sleep(0.4)
        lab.execute_script("document.querySelector('.workspace').scrollIntoView()")
        return [lab.execute_script(RECT, part) for part in (".workspace", ".work .found", ".work .shown", ".work .stage img")]
    for width in (1400, 1920):
        whole, found, shown, photo = shape(width)
        assert whole[3] < lab.execute_script("return innerHeight") - 100 and found[0] + found[2] <= shown[0] + 1
        assert shown[0] + shown[2] > whole[0] + 0.97 * whole[2] and photo[2] > 0.2 * whole[2]       # nothing stays empty
    shape(1400)


def test_one_screen_of_1100_by_800_shows_search_verdict_and_picture_and_tabs_hold_the_rest(lab):
    seen = """const [x, y, w, h] = (r => [r.x, r.y, r.width, r.height])(
                document.querySelector(arguments[0]).getBoundingClientRect())
              const top = document.elementFromPoint(x + w / 2, y + h - 4)
              return h > 0 && y >= 0 && y + h <= innerHeight && document.querySelector('.workspace').contains(top)"""
    lab.set_window_size(1100, 800)
    until(lambda: lab.execute_script("return innerWidth") == 1100)
    time.sleep(0.6)
    lab.execute_script("document.querySelector('.workspace').scrollIntoView()")
    whole = lab.execute_script(RECT, ".workspace")
    assert whole[3] < lab.execute_script("return innerHeight")
    parts = (".topline .lead", ".found input[type=text]", ".found .asked", ".shown .opening .lead", ".shown .words",
             ".shown .stage img")
    assert [part for part in parts if not lab.execute_script(seen, f".workspace {part}")] == []
    assert lab.execute_script("const w = document.querySelector('.workspace'); return w.scrollWidth <= w.clientWidth")
    hidden = lambda selector: not lab.find_element("css selector", f".workspace {selector}").is_displayed()
    assert hidden(".lists") and hidden(".panes > :nth-child(2) .stage")
    tab(lab, "Search")
    until(lambda: not hidden(".lists") and hidden(".shown"), what="the lists")
    tab(lab, "Relations")
    until(lambda: not hidden(".panes > :nth-child(2) .stage") and hidden(".panes > :first-child"), what="the graph")
    tab(lab, "Words and regions")
    lab.set_window_size(1400, 1000)
    until(lambda: not hidden(".panes > :nth-child(2) .stage") and not hidden(".lists"), what="both beside each other")


def test_the_right_answer_stands_beside_the_wrong_one_in_a_tab_and_follows_the_query(lab):
    tab(lab, "Right beside wrong")
    said = lambda: lab.find_element("css selector", ".workspace .shown .seen").find_element("xpath", "ancestor::*[3]").text
    photos = until(lambda: [p for p in lab.find_elements("css selector", ".workspace .shown .seen img") if p.is_displayed()],
                   what="both photos")
    first, second = (photo.rect for photo in photos)
    assert first["x"] + first["width"] <= second["x"] and abs(first["y"] - second["y"]) < 30
    before = said()
    button(lab, "failure ›").click()
    until(lambda: lab.find_elements("css selector", ".workspace .shown .seen") and said() != before, what="those of another query")
    tab(lab, "Words and regions")


def test_a_click_on_a_card_chooses_the_answer_and_the_verdict_says_what_it_is(lab):
    assert "rank 1 of 30" in verdict(lab)
    point(lab, ".workspace .picks button:nth-of-type(3)", click=True)
    until(lambda: "rank 3 of 30" in verdict(lab), what="the verdict of the third answer")
    assert ("; the right one is rank" in verdict(lab)) == verdict(lab).startswith("Wrong picture")
    copy = "return [...document.querySelectorAll('.vsr.over-still:not(.workspace) .lead')].map(p => p.innerText)"
    until(lambda: verdict(lab) in lab.execute_script(copy), what="the same verdict in the other copy")


def test_only_the_last_of_four_fast_clicks_is_drawn_and_the_old_pair_is_dimmed(lab):
    lab.execute_script("""window.drawn = 0; window.dimmed = 0
        const part = document.querySelector('.workspace .shown .vsr'), lead = n => n.matches?.('.opening')
        new MutationObserver(all => { window.drawn += all.filter(m => [...m.addedNodes].some(lead)).length })
            .observe(part, {childList: true, subtree: true})
        new MutationObserver(all => { window.dimmed += all.some(m => m.target.classList.contains('stale')) })
            .observe(document.querySelector('.workspace'), {attributes: true, attributeFilter: ['class'], subtree: true})""")
    before = lab.find_element("css selector", ".workspace .found .asked").text
    lab.execute_script("for (let n = 0; n < 4; n++) arguments[0].click()", button(lab, "failure ›"))
    until(lambda: lab.find_element("css selector", ".workspace .found .asked").text != before, what="another query")
    until(lambda: not lab.find_elements("css selector", ".workspace .stale"), what="the end of drawing")
    time.sleep(0.3)
    assert lab.execute_script("return window.dimmed") > 0 and 1 <= lab.execute_script("return window.drawn") <= 2
    asked = lab.find_element("css selector", ".workspace .found .asked").text
    said = " ".join(b.text for b in lab.find_elements("css selector", ".workspace .shown .words button"))
    assert all(word in said for word in asked.strip("“”.").lower().split()[:4])                # one pair everywhere


def test_lists_need_no_scrolling_to_the_side_and_show_the_present_failure(lab):
    wide, inside = lab.execute_script("""
        const list = [...document.querySelectorAll('.workspace .lists select')].pop(), at = list.options[list.selectedIndex]
        const top = at.offsetTop - list.offsetTop * (at.offsetParent !== list)
        return [list.scrollWidth <= list.clientWidth + 1, top >= list.scrollTop - 2 && top < list.scrollTop + list.clientHeight]""")
    assert wide and inside


def test_an_error_stands_under_the_field_and_says_whose_answers_are_shown(lab):
    from selenium.webdriver.common.keys import Keys
    field = lab.find_element("css selector", ".workspace .found input[type=text][placeholder^=your]")
    field.send_keys("一只狗", Keys.ENTER)
    note = until(lambda: lab.find_elements("css selector", ".workspace .found .beside-field .notice"), what="the note")[0]
    assert "Shown are still the answers to" in note.text and 0 <= note.rect["y"] - field.rect["y"] - field.rect["height"] < 60
    field.clear()
    field.send_keys("a red dog", Keys.ENTER)
    until(lambda: not lab.find_elements("css selector", ".workspace .found .beside-field .notice"), what="its end")
    until(lambda: "nobody knows the right answer" in verdict(lab), what="the verdict of one's own sentence")


@pytest.mark.parametrize("slider", [".workspace .mu .noUi-handle", ".workspace .shown .beside .widget-hslider .noUi-handle"])
def test_a_slider_stays_where_it_is_while_it_is_moved(lab, slider):
    from selenium.webdriver.common.keys import Keys
    handle = lab.find_element("css selector", slider)
    lab.execute_script("arguments[0].scrollIntoView({block: 'center'})", handle)
    before = lab.execute_script(RECT, slider)[1]
    handle.send_keys(Keys.ARROW_RIGHT * 3)
    time.sleep(1)
    assert abs(lab.execute_script(RECT, slider)[1] - before) < 1


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_text_can_be_read_in_both_themes(lab, theme):
    lab.execute_script("jupyterapp.commands.execute('apputils:change-theme', {theme: arguments[0]})", theme)
    dark = "true" if theme.endswith("Light") else "false"
    until(lambda: lab.execute_script("return document.body.dataset.jpThemeLight") == dark, what="the theme")
    time.sleep(0.5)
    found = lab.execute_script(CONTRAST)
    assert len(found) > 40 and min(found)[0] >= 4.5, sorted(found)[:5]
    card = lab.execute_script("return getComputedStyle(document.querySelector('.workspace')).backgroundColor")
    assert card == lab.execute_script("const d = document.body.appendChild(document.createElement('div'));"
                                      "d.style.background = 'var(--jp-layout-color1)'; return getComputedStyle(d).backgroundColor")


def test_a_lasso_on_the_map_lists_what_lies_inside_and_the_failures_of_the_gallery_follow(lab):
    from selenium.webdriver import ActionChains
    label = lambda: lab.find_element("css selector", ".workspace .lists > :last-child .widget-label").text.split()[0]
    many = lambda: int(label().replace(",", ""))
    until(lambda: label()[:1].isdigit(), what="the list of failures")
    before = many()
    button(lab, "Map").click()
    canvas = until(lambda: lab.find_elements("css selector", ".workspace .layer canvas"), what="the map")[0]
    until(lambda: canvas.rect["width"] > 200, what="its size")
    time.sleep(1.5 * PATIENCE)                                                   # it listens only when its points are drawn
    lab.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    lab.find_element("css selector", ".workspace .layer [title='Activate lasso selection']").click()
    time.sleep(0.5 * PATIENCE)
    wide, high = canvas.rect["width"], canvas.rect["height"]
    drag = ActionChains(lab, duration=80).move_to_element_with_offset(canvas, int(-0.47 * wide), int(0.4 * high)).click_and_hold()
    for x, y in ((0.22, 0), (0.22, 0), (0, -0.35), (0, -0.35), (-0.36, 0), (-0.06, 0.3)):            # around the left half
        drag.move_by_offset(int(x * wide), int(y * high))
    drag.release().perform()
    lines = lambda: [p.text for p in lab.find_elements("css selector", ".workspace .shown [role=status]")]
    told = until(lambda: [line for line in lines() if "Selected:" in line], what="what lies inside")[0]
    assert " points, " in told and "R@1" in told
    until(lambda: many() < before, what="the failures of the selection")
    button(lab, "Words and regions").click()
    until(lambda: lab.find_element("css selector", ".workspace .words").is_displayed(), what="the first tab")


def test_after_a_restart_of_the_kernel_the_view_says_what_to_do(lab):
    lab.execute_async_script("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart().then(arguments[0])")
    content = "return getComputedStyle(document.querySelector('.workspace'), '::before').content"
    until(lambda: "The kernel was restarted: run this cell again." in lab.execute_script(content), what="the line")


def test_the_page_is_one_screen_offline_and_can_be_read_on_a_telephone(tmp_path):
    path = dashboard(*indexed("vsrpp", images=30), text=6, parts=("attention", "relations")).save(tmp_path / "work.html")
    with chromium(tmp_path, offline=True) as driver:
        requests(driver)
        for width in (500, 1100, 1920):
            driver.set_window_size(width, 1000)
            driver.get(path.as_uri())
            across, inner, down, high = driver.execute_script(
                "const d = document.documentElement; return [d.scrollWidth, innerWidth, d.scrollHeight, innerHeight]")
            assert across <= inner and (down <= high if width > 1000 else down > high), (width, across, inner, down, high)
        point(driver, ".shown > .tabs .tab.p1", click=True)
        assert "Looked at: “" in driver.find_element("css selector", ".of.p1").text
        assert driver.execute_script("return getComputedStyle(document.querySelector('.of.p0')).display") == "none"
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        exact = "return getComputedStyle(document.querySelector('.shade')).printColorAdjust"
        assert driver.execute_script(exact) == "exact"
        assert {url.split("#")[0] for url in requests(driver)} <= {path.as_uri()}
