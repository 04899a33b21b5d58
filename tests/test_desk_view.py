"""vl.desk: filters by hand, verdicts that are kept, the offline form, and the live one with its keys."""
import json
import re

import numpy as np
import pytest
from sanitiser import sanitised
from test_report import gallery
from toy import indexed

import vsrlab as vl
from vsrlab.desk import judgements as said
from vsrlab.errors import Problem
from vsrlab.retrieval.failures.listing import BANDS, ORDERS, Wanted, listed, slices_of
from vsrlab.retrieval.failures.tally import tally


@pytest.fixture
def kept(tmp_path):
    return gallery(desk=tmp_path / "clip.desk")


@pytest.mark.parametrize("wanted", [dict(word="blue"), dict(cause="colour"), dict(slice="a colour"),
                                    dict(word="blue", cause="colour"), *(dict(band=band) for band in BANDS if band),
                                    dict(word="nothing")])
def test_filters_keep_what_a_loop_keeps(wanted):
    scored = gallery()
    found, table, slices = tally(scored), vl.failures(scored), slices_of(scored)
    rows = listed(scored, found, Wanted(**wanted), slices)
    low, high = BANDS[wanted.get("band", "")]
    kept = [row for row, one in zip(table.index, table.itertuples()) if low <= one.rank <= high
            and wanted.get("word", "") in ("", *one.text.split()) and wanted.get("cause", "") in ("", *one.cause.split("; "))
            and (not wanted.get("slice") or slices[wanted["slice"]][row])]
    empty = wanted.get("word") == "nothing" or wanted.get("band") == "rank above 100"             # of 60 photos
    assert sorted(rows.tolist()) == sorted(kept) and (len(kept) == 0) == empty


@pytest.mark.parametrize("order", ORDERS)
def test_orders_are_what_they_are_called(order):
    scored = gallery()
    found = tally(scored)
    rows, known = listed(scored, found, Wanted(order=order)), scored.digest.text
    reasons = dict(zip(found.rows.tolist(), map(len, found.valid)))
    key = {"largest margin": known.margin_sd, "deepest right answer": -known.worst, "nearly ties first": np.abs(known.margin_sd),
           "may be valid first": -np.array([reasons.get(n, 0) for n in range(120)])}.get(order)
    assert sorted(rows) == np.flatnonzero(known.failed).tolist()
    assert key is None or (np.diff(key[rows]) >= 0).all()
    assert (rows == listed(scored, found, Wanted(order=order))).all()


def test_verdicts_are_appended_counted_filtered_and_there_again(kept):
    view = vl.desk(kept, author="ana")
    first = view.rows[:3].tolist()
    view.say("valid", ["colour"], "it fits").say("wrong")
    assert view.state.query == first[2] and "2 judged: 1 valid." in view.top()
    lines = (kept.desk / "judgements.jsonl").read_text().splitlines()
    one = json.loads(lines[0])
    assert len(lines) == 2 and (one["verdict"], one["author"], one["cause"], one["note"]) == ("valid", "ana", ["colour"], "it fits")
    assert one["text"] == kept.text_ids[first[0]] and one["image"] == kept.ids[kept.digest.text.rows[first[0], 0]]
    again = vl.desk(gallery(desk=kept.desk))
    assert "2 judged: 1 valid." in again.text()
    assert again.filter(verdict="valid").rows.tolist() == [first[0]] and again.filter(verdict="wrong").rows.tolist() == [first[1]]
    assert len(again.filter(verdict="not judged").rows) == len(view.rows) - 2 and len(again.filter(verdict="judged").rows) == 2
    again.say("wrong")                                                             # another person
    assert len(again.filter(verdict="undecided").rows) == 1
    assert "judgements" in vl.report(kept.desk.parent / "r.html", gallery(desk=kept.desk), examples=0).footer()


def test_all_that_is_listed_is_judged_in_one_write_and_never_everything(kept):
    view = vl.desk(kept)
    with pytest.raises(Problem, match="nothing is filtered, so every failure would be judged"):
        view.say_all("wrong")
    assert not kept.desk.joinpath("judgements.jsonl").exists()
    many = view.filter(word="blue").say_all("unsure")
    assert many == len(view.rows) == len(said.read(kept.desk / "judgements.jsonl")) > 3
    assert set(view.table()["judged"]) == {1}


def test_photos_that_ask_an_index_and_a_second_model(kept):
    view = vl.desk(kept, side="image", other=gallery("siglip", seed=2))
    row = view.rows[0]
    view.say("valid")
    line = said.read(kept.desk / "judgements.jsonl").lines[0]
    assert line.image == kept.ids[row] and line.text == kept.text_ids[kept.digest.image.rows[row, 0]]
    assert "siglip" in view.html() and not view.slices
    assert "What puts the wrong answer ahead" in vl.desk(indexed("scan", images=12)[1]).html()


def test_the_offline_form_turns_without_script(kept, tmp_path):
    view = vl.desk(kept)
    page = view.html()
    assert page.count('class="of q') == 12 and not re.search(r"<script|https?://|\son\w+=", page) and sanitised(page)
    assert all(f":has(.tab.q{n} :checked)" in page for n in range(12)) and "The first 50 of" in page
    for kind in ("png", "html", "csv", "json"):
        assert view.save(tmp_path / f"d.{kind}").stat().st_size > 200
    assert "No failure is listed." in view.filter(word="nothing").html() and len(view.table()) == 0
    texts = ["<script>alert(1)</script> a dog"] * 120
    assert "<script" not in vl.desk(gallery("<b>x", texts=texts)).html()


@pytest.mark.parametrize("act, sentence", [
    (lambda v: v.filter(words="red"), "no filter 'words'; did you mean 'word'"),
    (lambda v: v.filter(cause="color"), "no cause 'color'; did you mean 'colour'"),
    (lambda v: v.filter(slice="a number of"), "no slice 'a number of'"), (lambda v: v.filter(band="top"), "no band 'top'"),
    (lambda v: v.filter(order="best"), "no order 'best'"), (lambda v: v.say("right"), "no verdict 'right'"),
    (lambda v: v.filter(word="nothing").say("valid"), "no failure is listed; let go of a filter"),
    (lambda v: v.filter(word="nothing").figure(), "there is no picture"),
    (lambda v: vl.desk(v.scored, side="photo"), "no side 'photo'"), (lambda v: vl.desk(7), "vl.desk needs an Index or a Scored"),
    (lambda v: vl.desk(v.scored, other=gallery(images=30)), "is not the gallery of")])
def test_each_wrong_wish_is_one_sentence_and_judges_nothing(kept, act, sentence):
    with pytest.raises(Problem, match=sentence):
        act(vl.desk(kept))
    assert not (kept.desk / "judgements.jsonl").exists()


def test_the_live_desk_filters_turns_and_judges_by_button_and_by_key(kept):
    pytest.importorskip("ipywidgets")
    view = vl.desk(kept, author="ana")
    live = view.widget()
    first = view.state.query
    live.letter.value = "v"
    assert live.letter.value == "" and view.state.query == view.rows[1] != first and "1 judged: 1 valid" in live.lead.value
    assert live.list.value == view.state.query and live.list.options[0][0].startswith("≈ ")
    live.letter.value = "b"
    live.chosen.value, live.note.value = ("colour",), "blue"
    live.letter.value = "w"                                                    # the last word counts
    lines = said.read(kept.desk / "judgements.jsonl").lines
    assert [one.verdict for one in lines] == ["valid", "wrong"] and lines[1].cause == ("colour",) and live.note.value == ""
    live.letter.value = "x"
    assert "is no key" in live.status.value and len(said.read(kept.desk / "judgements.jsonl")) == 2
    live.word.value = "blue"
    assert all("blue" in kept.texts[row] for row in view.rows) and "with the word “blue”" in live.lead.value
    live.list.value = live.list.options[2][1]
    assert view.state.query == view.rows[2]
    live._say_all()
    assert "choose what all listed failures are first" in live.status.value
    live.bulk.value = "unsure"
    live._say_all()
    assert f"{len(view.rows)} failures judged" in live.status.value and view.table()["judged"].min() == 1
    live.word.value = "nothing"
    assert "No failure is listed" in live.page.value
    live.close()


def test_pages_of_fifty_are_turned(kept):
    pytest.importorskip("ipywidgets")
    big = gallery(images=120, strong=0.5)
    live = vl.desk(big).widget()
    assert len(live.list.options) == 50 and "1 to 50 of" in live.where.value
    live._turn(1)
    assert live.view.state.query == live.view.rows[50] and "51 to 100" in live.where.value
    live._turn(-1)
    assert live.view.state.query == live.view.rows[0]
