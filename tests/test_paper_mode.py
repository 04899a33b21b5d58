"""Paper mode: each row follows from the rows before it, its code is there, its LaTeX can be drawn, nothing is typed by hand."""
import re
from functools import cache

import numpy as np
import pytest
import torch
from browser import chromium, needed, requests, style, until

import vsrlab as vl
from vsrlab.draw.equation import svg
from vsrlab.errors import Problem
from vsrlab.explain.pair import Pair
from vsrlab.paper_mode import shelf
from vsrlab.paper_mode.one_pass import Pass
from vsrlab.paper_mode.source import cut

SMALL = dict(dim=8, word_dim=6)
RUNS = {
    "vsepp": ("vsepp", {}), "vsepp, two ways": ("vsepp", dict(text="bigru")), "vse0, lengths": ("vse0", dict(image_norm=False)),
    "order": ("order", {}), "dvsa": ("dvsa", {}), "dvsa, regions alone": ("dvsa", dict(whole=False)),
    "scan": ("scan", {}), "scan, i-t lse": ("scan", dict(direction="i-t", pooling="lse")), "scan, max": ("scan",
                                                                                                         dict(pooling="max")),
    "scan, lse, one way": ("scan", dict(pooling="lse", text="gru")),
    "vsrn": ("vsrn", {}), "vsrn, coco, across": ("vsrn", dict(head="coco", region_norm="across", layers=1, use_abs=True)),
    "vsrn, captions": ("vsrn", dict(caption=True)),
    "vsrpp": ("vsrpp", dict(mu=0.5, local_regions="raw")), "vsrpp, late": ("vsrpp", dict(fusion="late", direction="i-t")),
    "vsrpp, loss": ("vsrpp", dict(fusion="loss", text="gru", layers=2, caption=True)), "saem": ("saem", {})}


@cache
def corpus():
    return vl.scenes(images=6, seed=3, regions=7, captions=2, split="test")


@cache
def tried(name):
    """(run, index) of a small model whose every weight, mean and variance is random."""
    model, options = RUNS[name]
    words = vl.Vocabulary.of(corpus().texts)
    settings = vl.Settings(model=model, options=SMALL | options)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        made = vl.build(model, corpus().regions.shape[2], len(words), **settings.options)
        with torch.no_grad():
            for key, x in made.state_dict().items():
                if x.is_floating_point() and "key_bias" not in key:
                    x.copy_(torch.rand_like(x) * 0.5 + 0.5 if "running_var" in key else x + 0.3 * torch.randn_like(x))
    run = vl.Run(settings, corpus().regions.shape[2], words, made.eval())
    return run, vl.index(run, corpus())


def passed(name, image=1, text=2):
    run, index = tried(name)
    return Pass(Pair(run, index, image, text), shelf.steps(RUNS[name][0], run))


@pytest.mark.parametrize("name", RUNS)
def test_every_row_follows_from_the_rows_before_it(name):
    p, read = passed(name), 0
    for key, step in p.steps.items():
        if step.unless(p):
            continue
        value = np.asarray(step.follow(p), float)
        assert np.isfinite(value).all() and value.ndim == len(step.letters), key
        if step.read is not None:
            read += 1
            assert value.shape == np.shape(step.read(p)), key
            np.testing.assert_allclose(value, step.read(p), rtol=1e-5, atol=1e-5, err_msg=f"{name}: {key}")
    assert read >= 6 and p.steps


@pytest.mark.parametrize("name", RUNS)
def test_the_last_score_is_the_models(name):
    run, index = tried(name)
    p = passed(name)
    key = {"vsepp": "eq-3", "vse0": "eq-3", "dvsa": "eq-8", "order": "score", "vsrn": "score", "saem": "score", "vsrpp": "sum"}.get(
        RUNS[name][0]) or {"mean": "eq-6", "lse": "eq-7", "max": "pooled"}[run.model.pooling]
    assert p[key] == pytest.approx(float(index.scores[1, 2]), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", RUNS)
def test_a_row_that_is_wrong_is_found(name):
    """The rows do depend on each other: a changed first row changes the score that follows."""
    p = passed(name)
    first = next(iter(p.steps))
    p._values[first] = p[first] * 1.3 + 0.1
    changed = [key for key, step in p.steps.items()
               if key != first and step.read and not step.unless(p) and not np.allclose(step.follow(p), step.read(p), atol=1e-5)]
    assert changed


@pytest.mark.parametrize("name", RUNS)
def test_words_are_few_and_code_and_exercises_are_there(name):
    p = passed(name)
    for key, step in p.steps.items():
        assert 3 <= len(step.words.split()) <= 25, (key, len(step.words.split()))
        found = cut(*step.code) if step.code[0] else None
        assert found is None or found.text.strip() and "#" not in found.text.splitlines()[0].split('"')[0], key
        assert re.fullmatch(r"[a-z0-9-]+", key)
        assert isinstance(step.departs(p) if callable(step.departs) else step.departs, str)
    assert sum(bool(step.code[0]) for step in p.steps.values()) >= len(p.steps) - 1, "only the three pairs have no line of code"


@pytest.mark.parametrize("latex", sorted({step.latex for name in RUNS for step in shelf.steps(RUNS[name][0], tried(name)[0])}))
def test_every_equation_can_be_drawn(latex):
    picture = svg(latex)
    assert picture.startswith("<svg") and "<script" not in picture and len(picture) < 60_000


# the view

@pytest.fixture(scope="module")
def view():
    return vl.paper("vsrpp", *tried("vsrpp"), image=1, text=2)


def test_the_page_unfolds_without_a_script_and_lights_what_is_open(view, tmp_path):
    html = view.save(tmp_path / "paper.html").read_text()
    rows = re.findall(r'<details class="row k-([\w-]+)"', html)
    assert rows == [row.step.key for row in view.rows] and len(rows) > 25
    assert "<script" not in html and "http" not in html.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert html.count("<svg") >= len(rows) and html.count(" open><summary>") == 1
    root = re.search(r'class="vsr (v\w+)"', html).group(1)
    assert f".{root}:has(.row.k-eq-3[open])" in html and "--r0:" in html
    assert "This kit&#x27;s reading of the poster" in html and "5 questions" in html
    assert "Table 1" in html and "Table 2" in html and "72.6" in html and "turned after training" in html


def test_the_numbers_on_the_page_are_those_of_the_pass(view):
    p = passed("vsrpp")
    row = view["eq-3"]
    assert row.read and row.shape == f"(W, R) = {p['eq-3'].shape}"
    assert row.corner[0][0] == f"{p['eq-3'][0, 0]:.3f}" and len(row.corner) == 3 == len(row.corner[0])
    assert row.of_word(4) == [f"{x:.3f}" if x >= 5e-4 else f"{x:.1e}".replace("-", "−") for x in p["eq-3"][4]]
    table = view.table().set_index("row")
    assert table.loc["eq-9", "numbers"].startswith("not trained in this run") and not table.loc["eq-2", "read"]
    assert "long" in table.loc["global-7", "departs"] and table.loc["eq-3", "where"].startswith("vsrlab/models/layers/attention.py")


def test_one_row_alone(view):
    one = view.at("eq-2")
    assert [row.step.key for row in one.rows] == ["eq-2"] and one.html().count('<details class="row') == 1
    low, high = (v.figure().get_size_inches()[1] for v in (one, view))
    assert "one row" in one.text() and len(view.rows) > 25 and low < high / 5
    with pytest.raises(Problem, match="no row of this paper 'eq-22'; did you mean"):
        view.at("eq-22")


def test_the_word_and_the_region_choose_whose_numbers_light_up(view):
    view.choose(word=4, equation="eq-3")
    target = view["eq-3"].target(view.e, view.word, None)
    p = passed("vsrpp")
    assert view.open == "eq-3" and max(target.regions, key=lambda r: target.regions[r][0]) == p["eq-3"][4].argmax()
    related = view["global-2"].target(view.e, view.word, 3)
    assert max(related.regions, key=lambda r: abs(related.regions[r][0])) == np.abs(p["global-2"][3]).argmax()
    assert view["sum"].target(view.e, 0, None).regions == {}
    view.state.set(word=None, equation=None)


def test_the_live_view_follows_the_row_and_the_word(view):
    widget = view.widget()
    keys = [row.step.key for row in view.rows]
    assert widget.rows.value == keys.index(view.open)
    view.state.set(equation="eq-5", word=3)
    widget.draw()
    assert widget.rows.value == keys.index("eq-5") and widget.words.value == 3
    assert "agrees with what it looked at" in widget.told.value
    assert "drawn in" in widget.status.value and "--w3:" in widget.style_sheet.value
    widget.rows.value = keys.index("sum")
    assert view.state.equation == "sum"
    widget.close()
    view.state.set(equation=None, word=None)


def test_what_cannot_be_told_is_said(view):
    run, index = tried("scan")
    for call, said in ((lambda: vl.paper("scann"), "no paper that is told row by row 'scann'; did you mean 'scan'"),
                       (lambda: vl.paper("vsrn", run, index), "the run is of 'scan' and the paper is 'vsrn'"),
                       (lambda: vl.paper("dvsa"), "no run of dvsa comes with the kit"),
                       (lambda: vl.paper("scan", run, index, equation="eq-99"), "no row of this paper"),
                       (lambda: shelf.steps("scan", altered("scan", direction="both")), "one direction"),
                       (lambda: shelf.steps("scan", altered("scan", image_norm=False)), "unit length"),
                       (lambda: shelf.steps("vsrn", altered("vsrn", layers=0)), "one layer of reasoning or more"),
                       (lambda: shelf.steps("order", altered("order", measure="order-root")), "measure='order'"),
                       (lambda: shelf.steps("dvsa", altered("dvsa", text="bigru")), "text='brnn'"),
                       (lambda: shelf.steps("saem", altered("saem", text="gru")), "text='conv'"),
                       (lambda: shelf.steps("vsepp", altered("vsepp", text="bow")), "reads a text with a GRU")):
        with pytest.raises(Problem, match=re.escape(said)):
            call()


def altered(name, **options):
    """An untrained run with other options."""
    run, _ = tried(name)
    settings = vl.Settings(model=name, options=SMALL | options)
    return vl.Run(settings, run.features, run.vocabulary, vl.build(name, run.features, len(run.vocabulary), **settings.options))


def test_a_marked_line_that_is_gone_is_said():
    with pytest.raises(Problem, match="no line of vsrlab/losses.py is marked with 'eq. 99'"):
        cut("losses.py", "eq. 99")


def test_text_of_the_caption_is_text_on_the_page():
    page = vl.paper("scan", *tried("scan"), image=0, text="a <b>dog</b> <script>x</script>").html()
    assert "<b>dog" not in page and "<script>x" not in page


def test_in_a_browser_one_row_is_open_and_lights_its_numbers(view, tmp_path):
    """A click opens another row and closes the former one; the light follows, and nothing is asked of the network."""
    needed()
    path = view.choose(word=4, equation="eq-3").save(tmp_path / "paper.html")
    with chromium(tmp_path, offline=True) as driver:
        driver.get(path.as_uri())
        opened = lambda: driver.execute_script("return [...document.querySelectorAll('details.row[open]')].map(d => "
                                               "d.classList[1])")
        light = lambda: driver.execute_script("return getComputedStyle(document.querySelector('.vsr')).getPropertyValue('--r0')")
        assert opened() == ["k-eq-3"] and float(style(driver, ".shade", "opacity")) == 1
        expected = view["eq-3"].target(view.e, 4, None).regions[0][0]
        assert float(light()) == pytest.approx(abs(expected), abs=1e-2)
        driver.execute_script("document.querySelector('.row.k-sum > summary').click()")
        until(lambda: opened() == ["k-sum"])
        until(lambda: float(style(driver, ".shade", "opacity")) == 0)
        assert {url.split("#")[0] for url in requests(driver)} <= {path.as_uri()}
    view.state.set(word=None, equation=None)
