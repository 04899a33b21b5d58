"""Which explanation can be believed: the winner in one sentence, a dot plot with both tests, the table rounded and folded."""
import numpy as np
import pandas as pd
import pytest

import vsrlab as vl
from vsrlab.explain.faithfulness import ranked, winner
from vsrlab.views.methods import MethodsView, is_faithfulness


def made(**rows):
    """A table of methods: name=(deletion, insertion), intervals of five to either side."""
    lines = [{"method": name.replace("_", " "), "what": "regions", "rule": "mean", "pairs": 40, "better": 60.0, "low": 44.6,
              "high": 73.7, "chance": 11.764706, "beaten": d, "beaten low": d - 5, "beaten high": d + 5, "by rank": 71.123456,
              "by insertion": i, "random weights": 0.123456, "insertion low": i - 5, "insertion high": i + 5}
             for name, (d, i) in rows.items()]
    return pd.DataFrame(lines)


@pytest.mark.parametrize("rows, said", [
    (dict(attention=(70.0, 60.0), occlusion=(95.0, 90.0), a_random_order=(99.0, 99.0)),
     "Occlusion wins both tests: of random orders it beats 95 % by deletion and 90 % by insertion."),
    (dict(attention=(92.0, 88.0), occlusion=(95.0, 90.0)), "; attention cannot be told apart from it on these pairs."),
    (dict(attention=(70.0, 90.0), occlusion=(95.0, 60.0)),
     "The tests disagree: best is by deletion occlusion (95 % of random orders beaten) and by insertion attention (90 %"),
    (dict(attention=(48.0, 51.0)), "No explanation beats random orders on 40 pairs."),
    (dict(affinity=(80.0, np.nan)), "Affinity is best: of random orders it beats 80 % by deletion.")])
def test_one_sentence_names_the_winner_or_says_that_the_tests_disagree(rows, said):
    assert said in winner(made(**rows))


def test_the_dot_plot_sorts_the_methods_and_has_two_dots_a_row_beside_chance():
    view = MethodsView(made(attention=(70.0, 60.0), occlusion=(95.0, 90.0), cosine=(80.0, 70.0)))
    figure = view.figure()
    ax = next(ax for ax in figure.axes if ax.get_xlabel())
    assert [t.get_text() for t in ax.get_yticklabels()] == ["occlusion", "cosine", "attention"]
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    diamonds = next(list(line.get_xdata()) for line in ax.lines if line.get_marker() == "D")
    assert dots == [95, 80, 70] and diamonds == [90, 70, 60] and figure.get_label() == view.text()
    assert any(set(line.get_xdata()) == {50} for line in ax.lines)                       # chance
    assert "60 % [45, 74]; by chance 12" in [t.get_text() for side in figure.axes for t in side.texts]


def test_the_table_is_folded_and_rounded_and_whole_in_the_file(tmp_path):
    view = MethodsView(made(attention=(70.0, 60.0), affinity=(95.4321, np.nan)))
    page = view.html()
    folded = page[page.index("<details>"):]
    assert "95 [90, 100]" in folded and "–" in folded and "0.12" in folded and "95.43" not in folded
    assert "<details open" not in page and page.count("<img") == 1 and "<script" not in page
    whole = pd.read_csv(view.save(tmp_path / "methods.csv"))
    assert whole["beaten"].max() == pytest.approx(95.4321)


def test_show_takes_the_table_of_a_real_test():
    from toy import indexed
    run, at = indexed("scan")
    table = vl.faithfulness(run, at, 2, ["attention", "random"], orders=6, control=False)
    assert is_faithfulness(table) and vl.show(table).get_label() == winner(ranked(table))
    spans = table[["insertion low", "by insertion", "insertion high"]].to_numpy()
    assert (np.diff(spans) >= -1e-9).all() and not is_faithfulness(pd.DataFrame({"method": []}))
