"""Agreement with graded judgements: coefficients by hand, the open format, foreign captions, what is not of the gallery."""
import numpy as np
import pytest

import vsrlab as vl
from vsrlab.desk.grades import read_grades
from vsrlab.desk.judgements import Judgement, Judgements
from vsrlab.errors import Missing, Problem
from vsrlab.measure.concordance import auc, concordance, kendall, spearman

OURS = """image\tcaption\tana\tben\tnote
0.jpg\tdog 0 runs\t4\t3\tclear
0.jpg\t1.jpg#0\t2\t\t
1.jpg\t1.jpg#0\t4\t4\t
1.jpg\t0.jpg#0\t1\t2\t
2.jpg\t2.jpg#1\t3\t4\t
2.jpg\tdog 0 runs\t1\t1\t
"""


def scores(n=12, noise=0.0, name="mine"):
    """A gallery of n photos with two captions each whose scores follow the distance of the two rows."""
    owner = np.repeat(np.arange(n), 2)
    x = -np.abs(np.arange(n)[:, None] - owner).astype(float) + noise * np.random.default_rng(0).standard_normal((n, 2 * n))
    return vl.from_scores(x, [f"dog {t} runs" for t in range(2 * n)], owner, image_ids=[f"{i}.jpg" for i in range(n)], name=name)


def judged(n=12, people=1):
    """Lines of graded pairs: the nearer, the better."""
    return "\n".join("\t".join([f"{i}.jpg", f"{j}.jpg#0", *[str(max(1, 4 - abs(i - j)))] * people])
                     for i in range(n) for j in range(n) if abs(i - j) < 5)


def file(tmp_path, text, name="grades.tsv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_the_coefficients_by_hand():
    a, b = [1, 2, 3, 4], [1, 3, 2, 4]
    assert spearman(a, b) == pytest.approx(0.8) and kendall(a, b) == pytest.approx(4 / 6)
    assert kendall([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / np.sqrt(2 * 3))                  # tau-b: one tie among three pairs
    assert auc([3, 1, 2, 2], [1, 0, 1, 0]) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert np.isnan(auc([1, 2], [1, 1])) and np.isnan(kendall([1], [1])) and np.isnan(spearman([1, 1], [1, 2]))


def test_intervals_draw_whole_photos_and_differences_are_paired():
    grades = np.tile([1.0, 2.0, 3.0], 20)
    noisy = grades + np.random.default_rng(1).standard_normal(60)
    found = concordance([grades, noisy], grades, grades > 2, np.repeat(np.arange(20), 3), draws=50)
    assert [*found["Spearman"][0]] == pytest.approx([1, 1, 1]) and found["AUC"][0].low == 1
    low, high = found["Spearman"][1][1:]
    assert low < found["Spearman"][1].value < high < 1
    assert found["difference"]["Spearman"][0].value == pytest.approx(found["Spearman"][1].value - 1)


def test_our_small_example_is_read_with_ids_and_words_and_empty_cells(tmp_path):
    lines = read_grades(file(tmp_path, OURS))
    assert [line.grades for line in lines] == [(4, 3), (2,), (4, 4), (1, 2), (3, 4), (1, 1)]
    view = vl.humans(scores(), file(tmp_path, OURS))
    assert view.judged.texts.tolist() == [0, 2, 2, 0, 5, 0] and view.judged.people == 2 and not view.judged.lost
    assert view.table()["Spearman"][0] > 0.9 and view.accepted == 2.5 and view.right.tolist() == [1, 0, 1, 0, 1, 0]


def test_a_file_without_names_is_read_as_flickr8k_has_it(tmp_path):
    view = vl.humans(scores(), file(tmp_path, judged(people=3), "ExpertAnnotations.txt"), scores(noise=3, name="other"))
    assert [*view.table()["pairs"]] == ["all pairs"] * 2 + ["foreign captions only"] * 2
    assert view.judged.people == 3 and view.found["all pairs"]["Spearman"][0].value > 0.95
    assert "other agrees less: −0." in view.text() and "Of foreign captions only" in view.text()
    for name in ("view.png", "view.html", "view.csv"):
        view.save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 300
    assert "accepted: a mean grade of 4 or more (12 pairs)" in vl.humans(scores(), file(tmp_path, judged()), accepted=4).footer()


def test_unknown_images_are_counted_and_a_file_of_another_gallery_is_refused(tmp_path):
    view = vl.humans(scores(), file(tmp_path, OURS + "77.jpg\t0.jpg#0\t1\t1\t\n"))
    assert "1 judged pairs of grades.tsv are not of this gallery and were left out." in view.text()
    with pytest.raises(Problem, match="none of the 1 judged pairs of grades.tsv is of this gallery: the first one is \"a.jpg\""):
        vl.humans(scores(), file(tmp_path, "a.jpg\tb.jpg#0\t3"))


@pytest.mark.parametrize("text, said", [
    ("", "is empty"), ("image\tana\n0.jpg\t3", "lacks a column caption"), ("image\tcaption\n0.jpg\tx", "lacks a column of numbers"),
    ("0.jpg\t0.jpg#0\tgood", 'line 1: "good" is no number'), ("0.jpg\t0.jpg#0", "line 1: it has no grade"),
    ("0.jpg", "line 1: it is too"),
    ("0.jpg\t0.jpg#0\t3\n1.jpg\t1.jpg#0\t3", "have the same grade")])
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, text, said):
    with pytest.raises(Problem, match=said):
        vl.humans(scores(), file(tmp_path, text))


def test_judgements_with_grades_and_galleries_that_differ(tmp_path):
    lines = [Judgement("0.jpg", "0.jpg#0", "valid", 4.0), Judgement("0.jpg", "3.jpg#0", "wrong", 1.0),
             Judgement("1.jpg", "1.jpg#0", "valid", 3.0)]
    assert vl.humans(scores(), Judgements(lines, name="ours")).judged.grades.tolist() == [4, 1, 3]
    with pytest.raises(Problem, match="have verdicts and no grades"):
        vl.humans(scores(), Judgements([one._replace(grade=None) for one in lines]))
    with pytest.raises(Problem, match="have different galleries"):
        vl.humans(scores(), Judgements(lines), scores(9))
    with pytest.raises(Missing, match="there is no file"):
        vl.humans(scores(), tmp_path / "none.tsv")
