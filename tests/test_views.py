"""What every view has in common: exits, state, host, and HTML that needs nothing."""
import json
import re

import numpy as np
import pandas as pd
import pytest

from vsrlab import colours, draw
from vsrlab.errors import Missing, Problem
from vsrlab.explain.choosing import Target, chosen
from vsrlab.page import html
from vsrlab.page.lights import Hooks, rules
from vsrlab.views import host
from vsrlab.views.attention.lit import Drawn
from vsrlab.views.state import KEPT, State
from vsrlab.views.view import View


class Plain(View):
    """The smallest view: two numbers."""

    def text(self): return "Two numbers, 1 & 2. They add up to 3."
    def table(self): return pd.DataFrame({"number": [1, 2]})
    def html(self): return html.card(html.unique(), html.table(("n", "square"), [(1, 1), (2, 4)]), lead=self.text())

    @draw.look()
    def figure(self):
        figure = draw.sheet(3, 2)
        draw.headline(figure, "1 and 2")
        return figure


# exits

@pytest.mark.parametrize("ending, start", [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("html", b"<!doctype html>"),
                                           ("csv", b"number\n1\n2"), ("json", b"{")])
def test_a_view_saves_by_the_ending_of_the_name_and_leaves_no_other_file(tmp_path, ending, start):
    path = Plain().save(tmp_path / f"view.{ending}")
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_json_holds_sentence_state_and_table(tmp_path):
    stored = json.loads(Plain(State(word=2)).save(tmp_path / "v.json").read_text())
    assert stored["text"].startswith("Two numbers") and stored["state"] == {"word": 2}
    assert stored["table"] == [{"number": 1}, {"number": 2}]


def test_an_unknown_ending_and_a_missing_folder_are_one_sentence_each(tmp_path):
    with pytest.raises(Problem, match=r"no file ending '.gif'.*\.png"):
        Plain().save(tmp_path / "v.gif")
    with pytest.raises(Problem, match="could not be saved .*check the folder"):
        Plain().save(tmp_path / "absent" / "v.csv")


def test_the_repr_is_a_sentence_with_the_numbers():
    assert repr(Plain()) == "Plain: Two numbers, 1 & 2. They add up to 3. Run the cell again to interact."


# where it is shown

def test_in_a_script_show_prints_the_sentence_and_draws_nothing(capsys, monkeypatch):
    monkeypatch.setattr(Plain, "png", lambda self: pytest.fail("nobody would see it"))
    Plain().show()
    assert capsys.readouterr().out.startswith("Plain: Two numbers")


def request(**changes):
    return {"header": {"msg_id": "1"}, "content": {"allow_stdin": True, "code": "v.show()"}, "metadata": {"cellId": "a"}} | changes


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(host, "_request", lambda: request(content={"allow_stdin": False}))
    monkeypatch.setattr(host, "display", lambda bundle, metadata=None: outputs.append((bundle, metadata or {})))
    for name in ("CI", "VSRLAB_STATIC"):
        monkeypatch.delenv(name, raising=False)
    return outputs


def test_show_emits_a_png_with_its_alternative_text_and_then_the_offline_html(shown):
    view = Plain()
    view.show()
    (still, about), (page, _) = shown
    assert set(still) == {"image/png", "text/plain"} and about["image/png"]["alt"] == view.text()
    assert set(page) == {"text/html", "text/plain"} and page["text/html"].startswith('<div class="vsr ')


def test_a_notebook_run_by_a_program_ci_and_a_wish_stay_static(shown, monkeypatch):
    assert not host.front_end()
    monkeypatch.setattr(host, "_request", lambda: request())
    assert host.front_end()
    for name in ("CI", "VSRLAB_STATIC"):
        with monkeypatch.context() as context:
            context.setenv(name, "1")
            assert not host.front_end()


def test_running_a_cell_again_closes_what_it_left_and_spares_other_cells(monkeypatch):
    class Closable:
        open = True
        def close(self): self.open = False
    runs = [request(), request(), request(metadata={"cellId": "b"}), request(header={"msg_id": "2"})]
    monkeypatch.setattr(host, "_ALIVE", {})
    monkeypatch.setattr(host, "_request", lambda: runs[0])
    widgets = []
    while runs:
        widgets.append(Closable())
        host.adopt(widgets[-1])
        runs.pop(0)
    assert [w.open for w in widgets] == [False, False, True, True]


# state

def test_state_calls_a_watcher_once_for_a_change_it_watches_and_never_for_others():
    state, heard = State(), []
    stop = state.watch(["word", "region"], heard.append)
    state.set(word=3, region=7, top=5)
    state.set(word=3)
    state.top = 9
    stop()
    state.word = 4
    assert heard == [{"word": 3, "region": 7}] and state.word == 4


def test_undo_takes_back_twenty_changes():
    state = State()
    for word in range(KEPT + 5):
        state.word = word
    while state.undo():
        pass
    assert state.word == 4


def test_another_pair_lets_go_of_word_edits_and_what_was_left_out_but_keeps_the_style():
    state = State(query=1, candidate=2, word=3, hidden_words=(1,), edits={2: "cat"}, top=5)
    state.candidate = 9
    assert (state.word, state.hidden_words, state.edits, state.top, state.pair) == (None, (), {}, 5, (9, 1))
    state.undo()
    assert (state.candidate, state.word, state.edits) == (2, 3, {2: "cat"})


def test_the_pair_is_image_and_text_whichever_side_asks():
    assert State(side="image", query=4, candidate=11).pair == (4, 11)
    assert State(typed="a red ball", candidate=0).pair == (0, "a red ball")
    assert State(query=0, candidate=0).pair == (0, 0) and State(query=3).pair is None


def test_a_saved_session_comes_back_and_two_states_share_nothing(tmp_path):
    state = State(word=3, pinned=[(1, 2)], edits={4: "blue"}, tags={"photo.jpg": ["colour"]}, mass=0.8)
    again = State.load(state.save(tmp_path / "session.json"))
    assert (again.word, again.edits, again.tags, again.mass) == (3, {4: "blue"}, {"photo.jpg": ["colour"]}, 0.8)
    again.tags["x"] = []
    assert State().tags == {} and "x" not in state.tags


def test_bad_keys_and_bad_sessions_are_told(tmp_path):
    with pytest.raises(Problem, match="no key of State 'wrod'; did you mean 'word'"):
        State(wrod=1)
    with pytest.raises(AttributeError, match="did you mean 'region'"):
        State().regoin  # noqa: B018
    with pytest.raises(Missing, match="state.save"):
        State.load(tmp_path / "none.json")
    (tmp_path / "cut.json").write_text('{"format": "vsr')
    with pytest.raises(Problem, match="is not a session"):
        State.load(tmp_path / "cut.json")
    with pytest.raises(Problem, match="keep tags and notes to text"):
        State(tags={"a": object()}).save(tmp_path / "s.json")
    assert not (tmp_path / "s.json").exists() and not list(tmp_path.glob(".s*"))


# lights

def test_top_and_mass_choose_regions_by_the_size_of_their_weight():
    values = [0.1, -0.5, 0.0, 0.3, 0.1]
    assert chosen(values, top=2).tolist() == [1, 3]
    assert chosen(values, mass=0.8).tolist() == [1, 3]              # 0.5 + 0.3 of 1.0
    assert chosen(values, mass=0.81).tolist() == [1, 3, 0]
    assert chosen(values, top=9).tolist() == [1, 3, 0, 4]           # never a zero
    drawn = Drawn("cosine", np.array([values]), np.zeros(5), "fixed", top=1)
    assert drawn.lit(drawn.matrix[0]) == {1: (-0.5, "1: −0.50")}


def test_rules_hold_then_reset_then_follow_the_pointer():
    hooks = Hooks(part=str, hover=lambda key: f".{key}:hover", held=lambda key: f".{key} :checked")
    made = rules("u", [Target("w0", {0: (1.0, "0: 1.00")}, {}, ""), Target("w1", {1: (-0.5, "")}, {}, "")], hooks)
    held, reset, hover = (made.index(f".u:has({where})") for where in (".w1 :checked", ".w0:hover,.w1:hover", ".w1:hover"))
    assert held < reset < hover
    assert re.search(r"\.u:has\(\.w1:hover\)\{--d-w1:block;--r1:0.5;--o1:#\w+;--e1:dashed\}", made)
    assert all(f"{name}:initial" in made[reset:hover] for name in ("--r0", "--t0", "--e1"))


# HTML

def test_text_on_the_card_has_contrast():
    assert abs(html.contrast("#000000", "#ffffff") - 21) < 1e-6 and abs(html.contrast("#767676", "#ffffff") - 4.54) < 0.01
    pairs = [(colour, colours.CARD) for colour in colours.ON_CARD]
    pairs += [(colours.DARK, colours.HIGHLIGHT), (colours.MUTED, colours.HIGHLIGHT), ("#ffffff", "#000000"),
              (colours.CARD, colours.DARK)]
    assert min(html.contrast(*pair) for pair in pairs) >= 4.5


def test_every_text_colour_of_the_style_sheet_is_one_of_those_measured():
    used = set(re.findall(r"[{; ]color: (?:var\(--\w+,)?(#\w+)", html.sheet()))
    assert colours.DARK in used and used <= {*colours.ON_CARD, colours.CARD, "#fff"}, used


def test_tables_have_scopes_and_text_is_text():
    made = html.table(("word", "n"), [("<script>alert(1)</script>", 2)], caption="a & b")
    assert made.count('scope="col"') == 2 and made.count('scope="row"') == 1 and "<script" not in made and "&lt;script&gt;" in made


def test_a_page_forbids_requests_and_scripts_and_two_fragments_never_share_a_name():
    page = html.page("t", html.card(html.unique(), ""))
    assert "default-src 'none'" in page and len({html.unique() for _ in range(50)}) == 50


def test_pictures_become_small_jpegs():
    import base64
    import io

    from PIL import Image
    uri = html.jpeg(np.zeros((900, 1200, 3), np.uint8), widest=300)
    assert Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).size == (300, 225)
    assert html.jpeg(b"abc") == "data:image/jpeg;base64,YWJj"


def test_a_curve_has_its_points_in_order_and_an_alternative_text():
    made = html.curve([1, 2, 3], [0.0, 1.0, 0.5], mark=2, label="entropy <by> lambda")
    points = [tuple(map(float, p.split(","))) for p in re.search(r'points="([^"]+)"', made)[1].split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points) and points[1][1] < points[2][1] < points[0][1]
    assert 'aria-label="entropy &lt;by&gt; lambda"' in made and f"M{points[1][0]:.1f}" in made
