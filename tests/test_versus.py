"""vl.compare of two models that have their scores: what was repaired and broken by hand, flips, slices, the chart."""
import numpy as np
import pytest
from toy import indexed

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.measure.result import Comparison
from vsrlab.retrieval.scored import Scored
from vsrlab.views.versus import Versus

TEXTS = [f"text {t} of photo {t // 2}" for t in range(8)]
OWNER = np.repeat(np.arange(4), 2)


def scored(columns, name):
    """Scores (4, 8) whose column t has 1 for its first answer, 0.5 for its own photo, noise below."""
    x = np.tile(np.linspace(0.1, 0.2, 4, dtype=np.float32)[:, None], (1, 8))
    for t, first in enumerate(columns):
        x[OWNER[t], t] = 0.5
        x[first, t] = 1.0
    return Scored(name, x, [f"{i}.jpg" for i in range(4)], TEXTS, OWNER)


FIRST = scored([0, 1, 1, 2, 2, 3, 3, 0], "first")
SECOND = scored([0, 0, 2, 2, 3, 0, 3, 3], "second")


def test_lists_hold_what_a_count_by_hand_says():
    found = vl.compare(FIRST, SECOND)
    assert isinstance(found, Versus) and isinstance(found, Comparison)
    text = lambda table: table[table["side"] == "text"]["id"].tolist()
    assert sorted(text(found.repaired)) == ["0.jpg#1", "3.jpg#1"]
    assert sorted(text(found.broken)) == ["1.jpg#0", "2.jpg#0"]
    assert text(found.both_wrong_same) == ["1.jpg#1"] and text(found.both_wrong_other) == ["2.jpg#1"]
    assert found.both_wrong_other.set_index("id").loc["2.jpg#1", ["winner_first", "winner_second"]].tolist() == ["3.jpg", "0.jpg"]
    hits = [(s.digest.text.worst == 0) for s in (FIRST, SECOND)]
    assert sorted(text(found.repaired)) == [FIRST.text_ids[t] for t in np.flatnonzero(~hits[0] & hits[1])]
    assert len(found.queries["text"]) == 8 and len(found.queries["image"]) == 4


def test_the_numbers_are_those_of_the_comparison_of_results():
    one, other = vl.evaluate(FIRST), vl.evaluate(SECOND)
    plain, found = vl.compare(one, other), vl.compare(FIRST, SECOND)
    assert not isinstance(plain, Versus) and repr(plain) == repr(found) and plain.table().equals(found.table())
    assert not isinstance(vl.compare(one, SECOND), Versus)


def test_flips_leave_out_ties_and_take_two_of_a_photo():
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(30), 5)
    a, b = (Scored(name, rng.standard_normal((30, 150)), [], [f"t {t}" for t in range(150)], owner) for name in "ab")
    found = vl.compare(a, b).flips(10)
    both = vl.compare(a, b).queries
    assert len(found) == 10 and found.groupby("photo").size().max() <= 2 and not found["tied"].any()
    size = lambda table: np.abs(np.log((table["rank_first"] + 1) / (table["rank_second"] + 1)))
    most = max(size(both[side][~both[side]["tied"]]).max() for side in both)
    assert size(found).iloc[0] == pytest.approx(most) and (np.diff(size(found)) <= 1e-12).all()
    assert np.allclose(np.abs(found["change"]) * np.log(2), size(found))
    level = Scored("level", np.zeros((30, 150)), [], a.texts, owner)
    assert len(vl.compare(level, b).flips()) == 0
    with pytest.raises(Problem, match="at least one"):
        vl.compare(a, b).flips(0)


def test_slices_that_moved_the_chart_and_a_gallery(tmp_path):
    rng, owner = np.random.default_rng(1), np.repeat(np.arange(80), 5)
    texts = [f"a {'red' if i % 2 else 'plain'} thing {i}" for i in owner]
    vectors = rng.standard_normal((80, 16))
    noisy = lambda by: (vectors @ (vectors[owner] + by[:, None] * rng.standard_normal((400, 16))).T).astype(np.float32)
    red = owner % 2 == 1
    a = Scored("a", noisy(0.8 + 1.2 * red), [], texts, owner)
    b = Scored("b", noisy(0.8 + 0.0 * red), [], texts, owner)
    found = vl.compare(a, b)
    table = found.slices()
    assert len(table) <= 6 and table["slice"][0].startswith("a colour") and table["said"][0].startswith("better by")
    found.chart().savefig(tmp_path / "chart.png")
    assert "b repairs" in found.text() and f"breaks {(found.queries['text']['kind'] == 'broken').sum()}" in found.text()
    view = found.gallery(found.repaired.iloc[0])
    assert len(view.branches) == 2 and found.gallery("3").state.side == "image"
    with pytest.raises(Problem, match="no caption or photo 'nothing'"):
        found.gallery("nothing")


def test_runs_are_compared_on_one_gallery():
    (run, index), (other, _) = indexed("vsepp"), indexed("vsepp", seed=1)
    found = vl.compare(run, other, corpus=index.corpus)
    assert isinstance(found, Versus) and vl.compare(index, other).difference == found.difference
    with pytest.raises(Problem, match="compared on a corpus"):
        vl.compare(run, other)
    with pytest.raises(Problem, match="cannot be compared"):
        vl.compare(FIRST, index)
