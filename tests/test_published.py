"""The figures in print: complete, each with its source, marked where they were not read, and browsable without a script."""
import csv
import dataclasses
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from browser import chromium, needed, requests, style

import vsrlab as vl
from vsrlab.cli import main
from vsrlab.errors import Problem
from vsrlab.page import html
from vsrlab.papers import PAPERS
from vsrlab.published import book, names, words
from vsrlab.published.browse import Published

RECALLS = [(d, f"R@{k}") for d in ("i2t", "t2i") for k in (1, 5, 10)]
ONLY = ("DeFrag", "SDT-RNN", "m-RNN", "LRCN", "NIC", "RVP", "HM-LSTM", "2WayNet", "FV (HGLMM)", "RNN-FV", "VQA-A", "RTP", "DCCA",
        "GVSE", "OECC", "SEAM-CT")
WHAT = ("system", "dataset", "split", "direction", "metric")


@pytest.fixture(scope="module")
def everything():
    return vl.published()


@pytest.fixture(scope="module")
def frame(everything):
    return everything.table()


def values(row) -> dict:
    return {key: cell.value for key, cell in row.cells.items()}


def test_all_2166_figures_of_31_tables_are_there_with_their_source(everything, frame):
    assert len(everything) == len(frame) == 2166 and len(book.read().tables) == 31
    assert frame.source.str.len().min() > 10 and frame.row.str.len().min() > 0 and (frame.table != "").all()
    assert set(frame.status) <= set(book.read().statuses)
    assert Counter(frame.dataset) == {"Flickr30K": 1220, "COCO": 874, "Flickr8K": 72}
    assert not frame.duplicated(["table", "row", "variant", "dataset", "split", "direction", "metric"]).any()


def test_a_paper_stands_once_and_every_table_names_one():
    raw = json.loads(book.FILE.read_text())
    titles = [paper["title"] for paper in raw["papers"].values()]
    assert len(titles) == len(set(titles)) and all(paper["year"] in range(2013, 2021) for paper in raw["papers"].values())
    assert {t["paper"] for t in raw["tables"].values()} == set(raw["papers"])
    assert {line["table"] for line in raw["rows"]} == set(raw["tables"])
    assert {line["system"] for line in raw["rows"]} == set(raw["systems"])


def test_two_printed_means_are_not_the_mean_of_their_six_recalls():
    odd = set()
    for row in book.read().rows:
        v = values(row)
        six = [v.get(key) for key in RECALLS]
        if None not in six and v.get(("both", "mR")) is not None and abs(sum(six) / 6 - v["both", "mR"]) > 0.1:
            odd.add((row.table.id, row.label, row.dataset))
    assert odd == {("sco-t2", "cnp + ctx + gen", "COCO"), ("sco-t4", "VSE++ [5]", "COCO")}


def test_recalls_grow_with_k_everywhere():
    compared = 0
    for row in book.read().rows:
        for direction in ("i2t", "t2i"):
            some = [v for k in (1, 5, 10) if (v := values(row).get((direction, f"R@{k}"))) is not None]
            assert some == sorted(some), row
            compared += len(some) > 1
    assert compared > 500


def test_only_what_was_read_has_no_mark_and_the_rest_has_a_note(frame):
    other = frame[frame.status != "read"]
    assert len(other) == 84 and (other.note != "").all()
    assert (frame.value.isna() == (frame.status == "unread")).all() and frame.value.isna().sum() == 17
    for cell in (cell for row in book.read().rows for cell in row.cells.values()):
        assert bool(words.MARKS[cell.status]) == (cell.status not in ("read", "unread"))


def test_the_tables_of_vsrpp_mark_the_cells_that_were_not_legible(frame):
    poster = frame[frame.table.str.startswith("vsrpp")]
    assert len(poster) == 184 and Counter(poster.status) == {"read": 114, "filled": 32, "unread": 17, "inferred": 8, "repaired": 7,
                                                             "computed": 6}
    assert poster[poster.status == "filled"].note.str.startswith("not legible; from").all()
    assert (poster[poster.status == "filled"].printed == "").all()
    assert set(poster[poster.status == "unread"].printed) == {"", "89.", "85"}
    mended = poster[poster.status == "repaired"]
    assert (mended.printed != mended.value.map(str)).all() and "92.5" in set(mended.printed)


def test_corrected_cells_keep_what_was_said_of_them_before(frame):
    changed = frame[frame.corrected != ""]
    assert set(changed.system) == {"VSR++", "sm-LSTM", "m-RNN", "LRCN", "MNLM", "SCO", "VSE++"}
    mu = vl.published("VSR++", metric="R@5").table()
    last = mu[(mu.table == "vsrpp-t2") & mu.row.str.contains("last")].iloc[0]
    assert "or learned, or 3.0" in last.variant and "was mu=2.0 (inferred)" in last.corrected and "ascend" in last.note
    both = vl.published("sm-LSTM", "Flickr30K", metric="R@1", direction="i2t").table()
    assert set(both[both.value == 42.5].variant) == {"ensemble", "VGG, ensemble"}
    assert both[both.value == 42.4].variant.str.endswith("single model").all()
    raw = json.loads(book.FILE.read_text())
    for c in raw["corrections"]:                         # every correction meets a row, and what it says is there now
        met = [row for row in book.read().rows if (row.table.id, row.label, row.dataset) == (c["table"], c["row"], c["dataset"])]
        cells = [cell for row in met for cell in row.cells.values() if c["cells"] == "all" or " ".join(cell.key) in c["cells"]]
        assert cells and all(cell.corrected for cell in cells)
        assert c["now"] in {getattr(thing, c["field"], None) for thing in [*met, *cells]}, c


def test_34_conflicts_name_cells_that_are_there_and_differ():
    found = vl.published(conflicts=True)
    assert len(found) == len(found.table()) == 34
    there = Counter((row.table.id, row.label, row.dataset, row.split, cell.direction, cell.metric, cell.value)
                    for row in book.read().rows for cell in row.cells.values())
    for c in found.conflicts:
        assert len({value for value, _, _ in c.printed}) > 1 and c.why
        assert c.use is None or c.use in [value for value, _, _ in c.printed] or c.system == "VSRN"
        for value, table, label in c.printed:
            assert there[table.id, label, c.dataset, c.split, c.direction, c.metric, value] == 1, c
    assert len(vl.published("SCO", conflicts=True)) == 4 and "use 66.6" in repr(vl.published("SCO", conflicts=True))
    assert "say both" in vl.published("DCCA", conflicts=True).text() and len(vl.published("SCAN", conflicts=True)) == 0


@pytest.mark.parametrize("asked, count", [({"system": "SCAN"}, 98), ({"system": "scan"}, 98), ({"system": "mcnn"}, 124),
                                          ({"system": "vsepp"}, 108), ({"system": "FV (HGLMM)"}, 70), ({"dataset": "f8k"}, 72),
                                          ({"system": ["GXN", "DAN"]}, 108), ({"split": "5K"}, 102), ({"direction": "both"}, 70),
                                          ({"direction": "image to text"}, 1047), ({"metric": "r@1"}, 638),
                                          ({"metric": "MedR"}, 264)])
def test_names_and_their_other_spellings_choose(asked, count):
    assert len(vl.published(**asked)) == count


@pytest.mark.parametrize("asked, sentence", [
    ({"system": "SCANN"}, "no system 'SCANN'; did you mean 'SCAN'?"), ({"system": "vsrnn"}, "did you mean 'VSRN'?"),
    ({"dataset": "flickr31k"}, "no dataset 'flickr31k'; did you mean 'Flickr30K'?"), ({"split": "test-2K"}, "no split 'test-2K'"),
    ({"direction": "t2t"}, "no direction 't2t'; did you mean 't2i'?"), ({"metric": "R@100"}, "did you mean 'R@10'?"),
    ({"system": 7}, "no system 7"), ({"metric": "R@5", "system": ["SCAN", "scna"]}, "no system 'scna'; did you mean 'SCAN'?"),
    ({"system": "GVSE", "dataset": "Flickr8K"},
     "no table prints GVSE, Flickr8K; of GVSE there are figures on COCO 1K and Flickr30K 1K")])
def test_bad_names_are_answered_with_the_nearest(asked, sentence):
    with pytest.raises(Problem, match=re.escape(sentence)):
        vl.published(**asked)


def test_every_system_has_a_sentence_and_those_of_the_kit_name_their_row():
    for name, about in book.read().systems.items():
        said = names.standing(name)
        row = about.get("row")
        assert said.startswith(about["about"]) and ("row" in about) != ("why" in about)
        assert (f"In this kit it is the model {row!r}" in said) == (row in vl.ZOO) != ("Published only: " in said)
    assert "model 'vsepp'" in names.standing("VSE++") and "pooling='summax'" in names.standing("Sum-Max")
    for name in ONLY:
        for system in names.chosen("system", name):
            assert "Published only: " in names.standing(system) and system in {row.system for row in book.read().rows}


def test_a_row_of_the_zoo_that_comes_later_is_named_without_a_change_here(monkeypatch):
    assert "Published only" in names.standing("DAN") or "dan" in vl.ZOO
    monkeypatch.setitem(PAPERS, "dan", PAPERS["scan"])
    assert "In this kit it is the model 'dan'" in names.standing("DAN")


def test_text_is_a_table_by_source_with_marks_notes_and_dashes(everything):
    said = vl.published("2WayNet").text()
    assert "Lee et al., SCAN, ECCV 2018, Table 1 (slides): comparison on Flickr30K" in said and "- not reported" in said
    line = next(line for line in said.splitlines() if line.startswith("2WayNet (VGG) [9]  Flickr30K"))
    assert line.split()[-6:] == ["49.8", "67.5", "-", "36.0", "55.6", "-"]
    said = vl.published("SCO", "COCO").text()
    assert "92.9~" in said and "recognised as 92.5" in said and "~ repaired: " in said
    assert repr(everything).count("\n") < 90 and "and 292 rows more" in repr(everything)
    assert "unread" in vl.published("vsrpp").text()


def test_halves_of_a_row_that_are_all_dashes_are_shown_as_not_reported():
    rtp = vl.published("RTP")
    assert [row.data() for row in rtp.rows] == ["Flickr30K 1K", "COCO 1K"] and not rtp.rows[1].cells
    assert rtp.markdown().count("not reported |") == 7
    assert vl.published("2WayNet", metric="R@10").text().count(" -") >= 8 and len(vl.published("2WayNet", metric="R@10")) == 0


def test_saved_as_csv_markdown_and_html_and_no_other_way(tmp_path):
    found = vl.published("SCAN", "Flickr30K")
    with found.save(tmp_path / "new" / "scan.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(found) == 49 and lines[0]["system"] == "SCAN" and lines[0]["source"].startswith("Lee et al.")
    said = found.save(tmp_path / "scan.md").read_text()
    assert "| SCAN | SCAN t-i AVG (lambda1 = 9) | Flickr30K 1K | 61.8 | 87.5 | 93.7 | 45.8 | 74.4 | 83.0 |" in said
    assert found.save(tmp_path / "scan.html").read_text().startswith("<!doctype html>")
    with pytest.raises(Problem, match="did you mean '.html'"):
        found.save(tmp_path / "scan.htm")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new", "scan.html", "scan.md"]


@pytest.mark.parametrize("conflicts", [False, True])
def test_html_has_no_script_and_asks_for_nothing(conflicts):
    page = html.page("figures", vl.published(conflicts=conflicts).html())
    assert "<script" not in page and "javascript:" not in page and not re.search(r"\son\w+=", page) and "http" not in page.replace(
        "http-equiv", "")
    assert page.count('<tr class="f ') == (34 if conflicts else len(vl.published().rows))


def odd_row(text: str) -> Published:
    """A selection of one row whose every text is `text`."""
    row = vl.published("SCAN", "Flickr30K").rows[0]
    cell = dataclasses.replace(row.cells["i2t", "R@1"], note=text, status="suspect")
    row = dataclasses.replace(row, label=text, variant=text, visual=text, textual=text, note=text, cells={cell.key: cell},
                              table=dataclasses.replace(row.table, subject=text, note=text, legend={text: text},
                                                        paper={**row.table.paper, "title": text, "short": text}))
    return Published([row], {what: names.chosen(what, None) for what in WHAT}, text)


def test_text_is_escaped_in_html_and_in_markdown():
    text = "<script>alert('1')</script> & \"a\" | *b*"
    found = odd_row(text)
    page = found.html()
    assert "<script" not in page and "&lt;script&gt;" in page and "& \"" not in page
    line = next(line for line in found.markdown().splitlines() if line.startswith("| SCAN"))
    assert "\\<script\\>" in line and "\\*b\\*" in line and len(re.findall(r"(?<!\\)\|", line)) == 10


def test_black_is_what_was_read_and_nothing_else():
    page = vl.published("VSR++").html()
    kinds = Counter(re.findall(r'<td class="n w-(?:i2t|t2i|both)( \w+)?"[^>]*>[^<]', page))
    there = Counter(cell.status for cell in vl.published("VSR++").cells())
    assert kinds[""] == there["read"] and kinds[" unread"] == there["unread"]
    assert kinds[" other"] == there["filled"] + there["inferred"] + there["repaired"] + there["computed"]


def test_the_command_prints_or_writes_and_a_wrong_name_is_one_sentence(tmp_path, capsys):
    assert main(["published", "--system", "SCAN", "--dataset", "Flickr30K"]) == 0
    assert "SCAN t-i AVG (lambda1 = 9)" in capsys.readouterr().out
    out = {kind: tmp_path / f"f.{kind}" for kind in ("html", "csv", "markdown")}
    flags = [word for kind, path in out.items() for word in (f"--{kind}", str(path))]
    assert main(["published", "--system", "SCAN", "VSR++", *flags]) == 0
    assert capsys.readouterr().out.count("198 figures") == 3 and all(path.stat().st_size > 1000 for path in out.values())
    assert main(["published", "--conflicts"]) == 0 and "34 figures" in capsys.readouterr().out
    assert main(["published", "--system", "SCANN"]) == 1
    assert capsys.readouterr().err.startswith("vsrlab: no system 'SCANN'; did you mean 'SCAN'?")


def test_figures_are_read_without_torch():
    code = "import sys, vsrlab as vl; vl.published().text(); vl.published(conflicts=True).text(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_the_package_carries_the_figures():
    root = Path(__file__).parents[1]
    patterns = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["vsrlab"]
    assert book.FILE in {path for pattern in patterns for path in (root / "vsrlab").glob(pattern)}


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("published")
    path = vl.published().save(folder / "figures.html")
    with chromium(folder, offline=True) as driver:
        requests(driver)
        driver.get(path.as_uri())
        assert {url.split("#")[0] for url in requests(driver)} <= {path.as_uri()}
        yield driver


SEEN = "return [...document.querySelectorAll('tr.f')].filter(r => r.offsetParent).map(r => r.querySelector('th').innerText)"


def pick(driver, group: str, name: str):
    """Click a choice of a row of the filter; -> the names of the rows that can then be seen."""
    for tab in driver.find_elements("css selector", f'[role="radiogroup"][aria-label="{group}"] .tab'):
        if tab.text == name:
            tab.click()
            return driver.execute_script(SEEN)
    raise AssertionError(f"no {name} in {group}")


@pytest.mark.browser
def test_the_filter_works_in_a_browser_without_a_script(driver):
    shown = lambda **asked: len(vl.published(**asked).rows)
    assert len(driver.execute_script(SEEN)) == shown()
    assert len(pick(driver, "system", "SCAN")) == shown(system="SCAN")
    rows = pick(driver, "data set", "COCO")
    assert len(rows) == shown(system="SCAN", dataset="COCO") and all(row.startswith("SCAN") for row in rows)
    assert len(pick(driver, "split", "test-5K")) == shown(system="SCAN", dataset="COCO", split="5K") == 2
    pick(driver, "split", "all")
    pick(driver, "data set", "all")
    assert len(pick(driver, "system", "all")) == shown()
    marked = [row for row in vl.published().rows if any(cell.status != "read" for cell in row.cells.values())]
    assert len(pick(driver, "rows", "with a mark")) == len(marked) and len(pick(driver, "rows", "all")) == shown()


@pytest.mark.browser
def test_a_direction_hides_the_columns_of_the_other(driver):
    pick(driver, "direction", "text → image")
    assert {style(driver, cell, "display") for cell in ("td.w-i2t", "th.w-i2t", "td.w-both", "th.w-both")} == {"none"}
    assert style(driver, "td.w-t2i", "display") == "table-cell"
    pick(driver, "direction", "all")
    assert style(driver, "td.w-i2t", "display") == "table-cell"


@pytest.mark.browser
def test_arrow_keys_walk_through_the_systems_and_the_colours_say_what_was_read(driver):
    from selenium.webdriver.common.keys import Keys
    first = driver.find_element("css selector", '[aria-label="system"] input')
    first.send_keys(Keys.ARROW_RIGHT)
    rows = driver.execute_script(SEEN)
    assert rows and all(row.startswith("2WayNet") for row in rows)
    driver.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    assert style(driver, "td.other", "color") == "rgb(84, 39, 136)" and style(driver, "td.suspect", "color") == "rgb(179, 67, 10)"
    assert style(driver, "tr.f td.n", "color") == "rgb(38, 38, 38)"
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
