"""Slices of queries beside the rest, and the agreement of judges."""
import numpy as np
import pytest
from patterns import ranked
from scipy import stats

from vsrlab.errors import Problem
from vsrlab.measure.agreement import cohen, fleiss, krippendorff
from vsrlab.measure.slices import slice_difference, slice_differences

FIVE = lambda images: np.repeat(np.arange(images), 5)


def test_a_slice_by_a_plain_loop_over_units():
    rng = np.random.default_rng(0)
    unit = rng.integers(0, 90, 400)
    gain, inside = rng.choice([-1, 0, 1], 400), rng.random(400) < 0.4
    found = slice_difference(gain, unit, inside)
    p, q = gain[inside].mean(), gain[~inside].mean()
    of = lambda n, where: (gain[(unit == n) & where].sum(), ((unit == n) & where).sum())
    influence = [(d - p * m) / inside.sum() - (e - q * o) / (~inside).sum() for n in range(90) for (d, m), (e, o) in
                 [(of(n, inside), of(n, ~inside))]]
    n = len(set(unit[inside]))
    of_its_own = n / (n - 1) * np.sum(np.square(influence))
    gap, weigh = gain - gain.mean(), np.where(inside, 1 / inside.sum(), -1 / (~inside).sum())
    same = (unit[:, None] == unit) & ~np.eye(400, dtype=bool)                            # every pair of queries of one unit
    covariance = (np.outer(gap, gap) * same).sum() / same.sum()
    expected = gap.var(ddof=1) * (weigh ** 2).sum() + covariance * (np.outer(weigh, weigh) * same).sum()
    error = np.sqrt(max(of_its_own, expected))
    assert (found.queries, found.units) == (inside.sum(), n)
    assert (found.inside, found.outside, found.difference) == pytest.approx((100 * p, 100 * q, 100 * (p - q)))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(p - q) / error, n - 1))
    assert found.high - found.difference == pytest.approx(100 * stats.t.ppf(0.975, n - 1) * error) == pytest.approx(
        found.difference - found.low)


def test_the_error_is_never_smaller_than_in_a_slice_like_all_queries():
    hit, unit, inside = np.arange(2000) % 4 == 0, FIVE(400), np.zeros(2000, bool)
    inside[np.flatnonzero(~hit)[:40 * 37:37]] = True                                     # 40 misses and no hit
    found = slice_difference(hit, unit, inside)
    assert found.inside == 0 and found.units == 40 and found.high - found.low > 2 * 100 * 1.9 * np.sqrt(0.25 * 0.75 / 40)


def test_a_planted_slice_is_found_and_no_other():
    rng = np.random.default_rng(1)
    slices = {f"null {n}": rng.random(5000) < 0.1 for n in range(40)} | {"worse": rng.random(5000) < 0.1}
    ease = 0.6 * rng.standard_normal((1000, 1)) + 0.8 * rng.standard_normal((1000, 5))
    hit = ease.ravel() > 0.4 * slices["worse"]
    found = slice_differences(hit, FIVE(1000), slices)
    assert [name for name, one in found.items() if one.holm < 0.05] == ["worse"] and found["worse"].difference < -8


def test_small_slices_are_not_tested_and_cost_the_others_nothing():
    rng = np.random.default_rng(2)
    hit, unit = rng.random(500) < 0.5, FIVE(100)
    slices = {"one": rng.random(500) < 0.5, "29 images": np.isin(unit, range(29)), "30 images": np.isin(unit, range(30)),
              "none": np.zeros(500, bool), "all": np.ones(500, bool)}
    found = slice_differences(hit, unit, slices)
    assert [name for name, one in found.items() if one.small] == ["29 images", "none", "all"]
    assert np.isnan(found["29 images"].holm) and found["29 images"].p > 0 and np.isnan(found["none"].inside)
    small, large = sorted([found["one"].p, found["30 images"].p])
    twice = min(1, 2 * small)
    assert sorted([found["one"].holm, found["30 images"].holm]) == pytest.approx([twice, max(twice, large)])
    with pytest.raises(Problem, match="True or False for every query"):
        slice_differences(hit, unit, {"short": np.ones(499, bool)})


@pytest.mark.parametrize("what", ["hits", "repaired"])
def test_twenty_null_slices_are_all_left_in_peace(what):
    """Of 20 slices that mean nothing one or more is found in 8 % of the time or less; and a slice alone in 2 to 8 %.

    Half of them take whole images, half single texts, 40 queries and more.  400 nulls: at a true 8 % the standard error is
    1.4 points, and the 5 % or less that are asked here would be seen with probability 0.013 (exact binomial).
    """
    rng, patterns, any_of_them, alone = np.random.default_rng(3), [ranked(400, seed)[0] for seed in range(8)], [], []
    for n in range(400):
        first, second = ((r.of_texts < 1).reshape(400, 5)[rng.permutation(400)].ravel().astype(int) for r in patterns[n % 8])
        images = {f"images {s}": np.repeat(rng.random(400) < rng.choice([0.1, 0.3]), 5) for s in range(10)}
        slices = images | {f"texts {s}": rng.random(2000) < rng.choice([0.02, 0.1, 0.3]) for s in range(10)}
        found = slice_differences(second if what == "hits" else second - first, FIVE(400), slices).values()
        any_of_them.append(any(one.holm < 0.05 for one in found))
        alone += [one.p < 0.05 for one in found if not one.small]
    assert np.mean(any_of_them) <= 0.05 and 0.02 <= np.mean(alone) <= 0.08, (np.mean(any_of_them), np.mean(alone))


# agreement of judges

def test_cohen_by_hand_and_by_the_definition():
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen(first, second) == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    assert cohen([*first, None, "no"], [*second, "no", None]) == pytest.approx(0.4)           # missing labels do not count
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 3, 60), rng.integers(0, 4, 60)
    chance = sum((a == label).mean() * (b == label).mean() for label in range(4))
    assert cohen(a, b) == pytest.approx(((a == b).mean() - chance) / (1 - chance), abs=1e-12)
    assert cohen(a, a) == 1 and np.isnan(cohen([1, 1], [1, 1])) and np.isnan(cohen([], [])) and cohen([0, 1], [1, 0]) == -1
    with pytest.raises(Problem, match="one for each item"):
        cohen([1], [1, 2])


# 14 judges put 10 items into five kinds: the worked example of Fleiss' kappa in the reference books, kappa 0.210
TEN = np.array([[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
                [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]])


def test_fleiss_gives_the_number_of_the_worked_example():
    labels = [[kind for kind, many in enumerate(row) for _ in range(many)] for row in TEN]
    assert fleiss(labels) == pytest.approx(0.210, abs=5e-4)
    p, shares = ((TEN ** 2).sum(1) - 14) / (14 * 13), TEN.sum(0) / 140
    assert fleiss(labels) == pytest.approx((p.mean() - (shares ** 2).sum()) / (1 - (shares ** 2).sum()), abs=1e-12)
    assert fleiss([["a", "a"], ["b", "b"]]) == 1 and np.isnan(fleiss([["a", "a"]]))
    for wrong, sentence in (([[1, 2], [1, None]], "here are 1 to 2"), ([[1], [2]], "here are 1 to 1"), ([], "here are none")):
        with pytest.raises(Problem, match=sentence):
            fleiss(wrong)


def test_krippendorff_gives_the_number_of_the_worked_example_with_missing_labels():
    none = None
    judges = [[1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3],
              [none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none]]
    assert krippendorff(zip(*judges)) == pytest.approx(0.743, abs=5e-4)            # Krippendorff 2011, example C, nominal
    rows = [[label for label in row if label is not None] for row in zip(*judges)]
    rows = [row for row in rows if len(row) > 1]
    every = [label for row in rows for label in row]                               # by the definition: pairs within, pairs of all
    apart = sum(sum(a != b for a in row for b in row) / (len(row) - 1) for row in rows) / len(every)
    by_chance = sum(a != b for a in every for b in every) / (len(every) * (len(every) - 1))
    assert krippendorff(zip(*judges)) == pytest.approx(1 - apart / by_chance, abs=1e-12)
    assert krippendorff([["a", "a", float("nan")], ["b", "b", None], ["c", None, None]]) == 1
    assert np.isnan(krippendorff([["a", "a"]])) and np.isnan(krippendorff([["a", None]])) and np.isnan(krippendorff([]))
