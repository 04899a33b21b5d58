"""One hostile text in every field of every value: of all pages, fragments, widgets, drawings and tables none holds a live element,
and a real browser asks for nothing and runs nothing."""
import time

import numpy as np
import pytest
from browser import chromium, needed, requests
from hostile import AT, MARK, TEXT, Elements, alive_in_csv, alive_in_svg, corpus, explanation, holds, ranks, scored, state
from IPython.display import HTML

import vsrlab as vl
from vsrlab.leaderboard.board import Leaderboard
from vsrlab.leaderboard.entry import Entry, Measured, answers_of
from vsrlab.measure.ranks import summary
from vsrlab.training.panel import Panel
from vsrlab.views.attention.view import AttentionView
from vsrlab.views.relations.view import RelationsView
from vsrlab.views.state import State
from vsrlab.views.timeline.view import TimelineView


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(run, index, scores of another program) of the hostile corpus, by a run in a folder of that name."""
    folder = tmp_path_factory.mktemp("hostile")
    train = corpus("train")
    run = vl.fit(train, vl.Settings(model="vsrpp", epochs=1, batch=14, options={"dim": 8, "layers": 2}), ui="none",
                 out=folder / TEXT.replace("/", "∕")[:100])
    index = vl.index(run, corpus())
    return folder, run, index, scored(index.corpus)


AGAIN = ("attention", "typed", "found", "asked", "poster", "dashboard")     # their drawings are those of others


def board():
    """A leaderboard with the text in every name."""
    several = [ranks(), ranks()]
    runs = [Measured([n], summary(one), answers_of(one), 1, 10, 1.0, 1.0, 0.1, 0.1, 0.1) for n, one in enumerate(several)]
    rows = [Entry(TEXT + key, TEXT, TEXT + key, runs=runs, owner=np.arange(30)) for key in "ab"]
    stamp = {"corpus": TEXT, "split": TEXT, "gallery": [30, 30], "folds": 1, "ties": TEXT, "captions_per_image": "1"}
    return Leaderboard(rows, stamp, {name: 1.0 for name in runs[0].values}, np.arange(30))


def panel():
    """The display of a training."""
    shown = Panel(TEXT, 2, 3, 5.0)
    shown.rows = [{"epoch": 1, "loss": 1.0, f"loss {TEXT}": 1.0, "alarm": TEXT, "rsum": 9.0, "seconds": 1.0,
                   **{f"{side} R@{k}": 1.0 for side in ("text", "image") for k in (1, 5, 10)}}]
    shown.now, shown.sentence = {**shown.rows[0], "epoch": 0, "step": 3}, TEXT
    return shown.html()


def views(folder, run, index, theirs) -> dict:
    """name -> every view of the kit."""
    pair, e = (run, index, 0, 0), explanation(folder)
    return {
        "attention": vl.attention(*pair, word=2), "relations": vl.relations(*pair), "timeline": vl.timeline(*pair),
        "strip": vl.strip(*pair, what="words"), "typed": vl.attention(run, index, 0, f"a red dog {TEXT}"),
        "saved attention": AttentionView(e), "saved relations": RelationsView(e), "saved timeline": TimelineView(e),
        "gallery": vl.gallery(index, text=0, other=theirs, state=State(**state())), "found": vl.gallery(theirs, image=2),
        "asked": vl.gallery(index, f"a red dog {TEXT}"), "poster": vl.poster(index, theirs),
        "why": vl.why(index, text=0, other=theirs),
        "projection": vl.projection(run, index), "dashboard": vl.dashboard(index), "negatives": vl.negatives(run, index.corpus),
        "slices": vl.slices(theirs), "hubs": vl.hubs(theirs, "csls"), "mix": vl.mix(index, theirs),
        "notices": vl.notices(index, vl.edit(index.corpus)), "leaderboard": board()}


@pytest.fixture(scope="module")
def made(world):
    """{name: page}, {name: fragment}, {name: drawing}, {name: table}, {name: JSON} of everything."""
    folder, run, index, theirs = world
    pages, fragments, drawings, tables, values = {}, {"panel": panel()}, {}, {}, {}
    saved = lambda view, kind: view.save(folder / f"x.{kind}").read_text(encoding="utf-8")
    for name, view in views(*world).items():
        pages[name], tables[name], values[name] = (saved(view, kind) for kind in ("html", "csv", "json"))
        fragments[name] = view.alone() if hasattr(view, "alone") else view._repr_html_()
        if hasattr(view, "figure") and name not in AGAIN:
            drawings[name] = saved(view, "svg")
        widget = view.widget() if hasattr(view, "widget") else None
        if widget is not None:
            fragments[f"{name}, live"] = "".join(part.value for part in widget.parts() if type(part).__name__ == "HTML")
            assert not any(getattr(part, "description_allow_html", False) for part in widget.parts()), name
            widget.close()
    report = vl.report(folder / "report.html", theirs, index, notes=(TEXT,))
    pages["report"], tables["report"] = (folder / "report.html").read_text(), saved(report, "csv")
    fragments["published"] = vl.published("VSRN", "Flickr30K")._repr_html_()
    return pages, fragments, drawings, tables, values


def test_no_page_or_fragment_holds_a_live_element(made):
    pages, fragments, *_ = made
    shows = 0
    for name, page in {**pages, **{f"{name}, fragment": text for name, text in fragments.items()}}.items():
        found = Elements(page)
        assert not found.live, (name, found.live[:5])
        shows += MARK in found.seen
    assert len(pages) >= 22 and shows >= 40, "the text is shown as a text, not left away"


def test_folders_named_after_such_a_corpus_are_told_apart(world):
    _, run, index, _ = world
    other = vl.index(run, corpus(TEXT + "2")).scored.desk
    assert other != index.scored.desk and max(len(desk.name.encode()) for desk in (other, index.scored.desk)) < 210


def test_no_drawing_and_no_table_acts(made):
    _, _, drawings, tables, values = made
    assert not {name: alive for name, text in drawings.items() if (alive := alive_in_svg(text))} and len(drawings) >= 14
    assert not {name: alive[:3] for name, text in tables.items() if (alive := alive_in_csv(text))}
    assert sum(MARK in text for text in tables.values()) >= 12 and sum(map(holds, values.values())) >= 12


def test_markdown_that_is_made_a_page_holds_none_either(world):
    mistune = pytest.importorskip("mistune", reason="mistune comes with nbconvert")
    rendered = mistune.create_markdown(escape=False, plugins=["table", "url", "strikethrough"])
    report = vl.report(world[0] / "report.md", world[3], notes=(TEXT,), examples=1).path.read_text()
    for written in (report, board().markdown()):
        found = Elements(rendered(written))
        assert MARK in found.seen and [x for x in found.live if not x.startswith("img src=report_files/")] == []


LIVE = """return [...document.querySelectorAll('script, iframe, form, object, embed, base, link, meta[http-equiv=refresh]')]
    .concat([...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))))
    .map(e => e.outerHTML.slice(0, 80))"""


@pytest.mark.browser
def test_a_browser_finds_nothing_to_run_and_asks_for_nothing(made, tmp_path):
    needed()
    pages, fragments, drawings, *_ = made
    for name, page in pages.items():
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
    bare = "<!doctype html><meta charset=utf-8><body>" + "\n".join(HTML(text).data for text in fragments.values())     # no policy
    (tmp_path / "all fragments.html").write_text(bare, encoding="utf-8")
    for name, drawing in drawings.items():
        (tmp_path / f"{name}.svg").write_text(drawing, encoding="utf-8")
    files = sorted(p for p in tmp_path.iterdir() if p.is_file())
    with chromium(tmp_path / "browser") as driver:
        for path in files:
            driver.get(path.as_uri())
            if path.stem == "all fragments":
                time.sleep(0.5)                                                # a page that leaves takes a moment
            assert driver.current_url == path.as_uri() and driver.execute_script("return window.ran === undefined"), path.name
            assert path.suffix == ".svg" or driver.execute_script(LIVE) == [], path.name
        asked = {url.split("#")[0] for url in requests(driver)}
    assert asked <= {path.as_uri() for path in files} and not any(url.startswith(AT) for url in asked)
