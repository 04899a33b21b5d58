"""Intervals and paired tests: against plain loops, against what is known of them, and against made-up truth."""
import itertools
import math

import numpy as np
import pytest
from patterns import ranked, swapped
from scipy import optimize, stats

from vsrlab.errors import Problem
from vsrlab.measure.paired import Limits, difference_limits, holm, mcnemar, mcnemar_of_units, net, sign_flips
from vsrlab.measure.ranks import Ranks, fold_ranks, fold_summary, ranks, summary
from vsrlab.measure.significance import intervals, scarce, share_interval, wilson, wilson_of_units
from vsrlab.measure.units import Units, recalls, resampled, units

FIVE = lambda images: np.repeat(np.arange(images), 5)
NAMES = tuple(f"{side} R@{k}" for side in ("text", "image") for k in (1, 5, 10))


def uneven(images=40, seed=0, models=2):
    """Ranks of models on images of none to nine texts, in any order of columns, and the owners."""
    rng = np.random.default_rng(seed)
    owner = rng.permutation(np.repeat(np.arange(images), rng.permutation(np.arange(images) % 10)))
    scores = rng.standard_normal((images, len(owner)))
    scores[owner, np.arange(len(owner))] += 2
    return [ranks(scores + rng.standard_normal(scores.shape), owner) for _ in range(models)], owner


def made(hits, asked=None):
    """Units of which every recall has the same hits (U,)."""
    hits = np.repeat(np.asarray(hits, float)[:, None], 6, 1)
    return Units(NAMES, hits, np.ones_like(hits) if asked is None else np.repeat(np.asarray(asked, float)[:, None], 6, 1))


# units

@pytest.mark.parametrize("groups", [None, np.arange(40) // 3, np.array(list("hcbadgfe") * 5)])
def test_units_hold_each_query_once_with_none_to_nine_texts_an_image(groups):
    (r, _), owner = uneven()
    u = units(r, owner, groups)
    label = np.arange(40) if groups is None else np.array([list(dict.fromkeys(groups)).index(name) for name in groups])
    for n in range(label.max() + 1):
        images, texts = label == n, label[owner] == n
        for q, k in enumerate((1, 5, 10)):
            assert u.hits[n, q] == sum(0 <= rank < k for rank in r.of_images[images])
            assert u.hits[n, 3 + q] == sum(rank < k for rank in r.of_texts[texts])
            assert u.asked[n, q] == (r.of_images[images] >= 0).sum() and u.asked[n, 3 + q] == texts.sum()
    numbers = summary(r)
    assert recalls(u.hits.sum(0), u.asked.sum(0)) == pytest.approx([numbers[name] for name in [*u.names, "rsum"]])
    with pytest.raises(Problem, match="one label for each image"):
        units(r, owner, np.arange(39))


def test_units_of_galleries_give_the_mean_of_the_galleries_although_these_have_unlike_many_queries():
    rng = np.random.default_rng(1)
    owner = np.sort(rng.integers(0, 60, 150))
    scores = rng.standard_normal((60, 150))
    scores[owner, np.arange(150)] += 2
    found = fold_ranks(scores, owner, 20, 3)
    u = units(Ranks(*map(np.concatenate, zip(*found))), owner, folds=3)
    numbers = fold_summary(found)
    assert recalls(u.hits.sum(0), u.asked.sum(0)) == pytest.approx([numbers[name] for name in [*u.names, "rsum"]])
    assert u.asked[:, 3].sum() == pytest.approx(150)


@pytest.mark.parametrize("kinds", [4, 200])
def test_both_ways_to_draw_rows_have_the_mean_and_the_spread_of_the_bootstrap(kinds):
    rows = np.random.default_rng(2).standard_normal((200, 2))[np.arange(200) % kinds]      # few kinds of rows, or each its own
    sums = resampled(rows, 4000, seed=3)
    spread = 200 * np.cov(rows.T, bias=True)
    assert sums.mean(0) == pytest.approx(rows.sum(0), abs=4 * math.sqrt(spread.max() / 4000))
    assert np.cov(sums.T) == pytest.approx(spread, rel=0.1, abs=0.1 * spread.max())
    assert np.percentile(sums[:, 0], 97.5) == pytest.approx(rows[:, 0].sum() + 1.96 * math.sqrt(spread[0, 0]), rel=0.1, abs=2)


# intervals of one result

def test_wilson_of_units_ends_where_its_own_equation_holds():
    rng = np.random.default_rng(4)
    for _ in range(20):
        asked = rng.integers(0, 10, 50)
        hits = rng.binomial(asked, rng.beta(2, 1, 50))
        low, high = (x / 100 for x in wilson_of_units(hits, asked))
        count, total = sum(m > 0 for m in asked), sum(asked)                     # the plain way
        p = sum(hits) / total
        v = count / (count - 1) * sum((h - p * m) ** 2 for h, m in zip(hits, asked)) / total ** 2
        n, t = min(p * (1 - p) / v, total), stats.t.ppf(0.975, count - 1)
        far = lambda x, p=p, t=t, n=n: abs(p - x) - t * math.sqrt(x * (1 - x) / n)
        assert low == pytest.approx(optimize.brentq(far, 0, p)) and high == pytest.approx(optimize.brentq(far, p, 1))
    one = np.ones(40)
    assert wilson_of_units(one, one) == pytest.approx((100 * 40 / (40 + stats.t.ppf(0.975, 39) ** 2), 100))       # nothing missed
    assert wilson_of_units(5 * one, 5 * one) == wilson_of_units(one, one)                     # a unit that answers alike: one query
    assert wilson_of_units(one[:1], one[:1]) == (0, 100) and np.isnan(wilson_of_units(one[:0], one[:0])).all()
    single = (np.arange(400) < 100).astype(float)
    assert wilson_of_units(single, np.ones(400)) == pytest.approx(wilson(100, 400), abs=0.05)         # independent: Wilson's own


def test_which_interval_is_used_depends_on_units_with_hits_and_with_misses():
    asked = np.ones(100)
    for hits, few in ((50, False), (85, False), (86, True), (15, False), (14, True)):
        assert scarce((np.arange(100) < hits) * 1.0, asked) is few
        assert share_interval(np.arange(100) < hits, asked).by == ("Wilson" if few else "bootstrap")
    assert scarce(np.arange(59) % 2, np.ones(59)) and not scarce(np.arange(60) % 2, np.ones(60))
    assert scarce(np.arange(120) % 2, np.arange(120) % 2)                       # no more than 60 have a query, all are hits


def test_the_bootstrap_is_that_of_a_plain_loop():
    (pair, _), owner = ranked(120, 0), FIVE(120)
    found, u, rng = intervals(units(pair[0], owner), draws=4000), units(pair[0], owner), np.random.default_rng(5)
    plain = [recalls(u.hits[drawn].sum(0), u.asked[drawn].sum(0)) for drawn in rng.integers(0, 120, (4000, 120))]
    for q, name in enumerate([*NAMES, "rsum"]):
        assert found[name].by == "bootstrap"
        width = found[name].high - found[name].low
        assert found[name][:2] == pytest.approx(np.percentile(plain, [2.5, 97.5], axis=0)[:, q], abs=0.06 * width)


def test_intervals_hold_the_number_narrow_with_more_images_and_widen_with_groups():
    (few, _), (many, _) = (ranked(n, 1)[0] for n in (100, 800))
    at, more = intervals(units(few, FIVE(100))), intervals(units(many, FIVE(800)))
    for name, end in at.items():
        assert end.low <= summary(few)[name] <= end.high
        assert more[name].high - more[name].low < end.high - end.low
    twice = Ranks(np.tile(few.of_images, 2), np.tile(few.of_texts, 2))                    # every image once more: no news at all
    owner = np.concatenate([FIVE(100), FIVE(100) + 100])
    width = lambda found: np.array([end.high - end.low for end in found.values()])
    assert width(intervals(units(twice, owner, np.tile(np.arange(100), 2)))) == pytest.approx(width(at), rel=0.15)
    assert (width(intervals(units(twice, owner))) < 0.85 * width(at)).all()


def test_where_nothing_is_missed_the_interval_still_says_how_little_is_known():
    owner = FIVE(30)
    perfect = ranks((np.arange(30)[:, None] == owner).astype(float), owner)
    found = intervals(units(perfect, owner))
    low = 100 * 30 / (30 + stats.t.ppf(0.975, 29) ** 2)
    assert all(found[name] == (pytest.approx(low), 100, "Wilson") for name in NAMES)
    assert found["rsum"] == (pytest.approx(6 * low), pytest.approx(600), "Wilson")         # six recalls that move together


# two results

def test_sign_flips_of_few_units_are_all_counted():
    rng = np.random.default_rng(6)
    first, second = (Units(NAMES, rng.integers(0, 3, (8, 6)).astype(float), np.full((8, 6), 3.0)) for _ in range(2))
    gaps = np.concatenate([net(first, second), net(first, second) @ (100 / first.asked.sum(0))[:, None]], 1)
    flipped = [abs(np.array(signs) @ gaps) >= abs(gaps.sum(0)) - 1e-6 for signs in itertools.product((1, -1), repeat=8)]
    assert list(sign_flips(first, second).values()) == pytest.approx(np.mean(flipped, 0))
    assert set(sign_flips(first, first).values()) == {1.0}


def test_sign_flips_of_many_units_are_drawn_and_agree_with_all_of_them():
    rng = np.random.default_rng(7)
    gap = rng.choice([-2, -1, 1, 2, 3], 16)
    second, n = made(np.r_[gap, np.zeros(9)], np.full(25, 5)), 10_000
    p = sign_flips(made(np.zeros(25), np.full(25, 5)), second)
    signs = 2 * (np.arange(2 ** 16)[:, None] >> np.arange(16) & 1) - 1
    exact = (abs(signs @ gap) >= abs(gap.sum())).mean()
    assert 0.01 < exact < 0.9 and all(abs(x - exact) < 4 * math.sqrt(exact / n) for x in p.values())
    assert len(set(p.values())) == 1
    assert p["rsum"] * (n + 1) == pytest.approx(round(p["rsum"] * (n + 1)))                  # (1 + as far) / (1 + draws)
    sure = sign_flips(made(np.zeros(40)), made(np.ones(40)))
    assert set(sure.values()) == {1 / (n + 1)}
    with pytest.raises(Problem, match="same corpus"):
        sign_flips(made(np.zeros(40)), made(np.zeros(41)))


def test_weights_of_unlike_galleries_do_not_disturb_the_flips():
    gap = np.random.default_rng(8).choice([-1.0, 1.0], 30)
    whole, uneven_ = (sign_flips(made(np.zeros(30)), made(size * gap))["text R@1"] for size in (1.0, 0.99873))
    assert whole == uneven_


def test_mcnemar_by_hand():
    a, b = np.array([0, 0, 0, 0, 0, 3, 0]), np.array([2, 2, 2, 2, 2, 0, 0])      # 5 to a alone, 1 to b alone
    assert mcnemar(a, b) == pytest.approx(2 * (1 + 6) / 2 ** 6)
    assert mcnemar(a, a) == 1.0


def test_mcnemar_of_units_by_hand_and_with_few_units_by_counting():
    gap = np.r_[[3, -1, 2, 1, 1] * 4, np.zeros(50)]
    z = 24 / math.sqrt(4 * 16)
    assert mcnemar_of_units(gap) == pytest.approx(2 * stats.norm.sf(z))
    gap = [3, -1, 2, 1, 0, 0]
    assert mcnemar_of_units(gap) == np.mean([abs(np.dot(s, gap[:4])) >= 5 for s in itertools.product((1, -1), repeat=4)]) == 6 / 16
    assert mcnemar_of_units([0, 0]) == 1.0
    ones = [1] * 12 + [-1] * 2
    assert mcnemar_of_units(ones) == pytest.approx(stats.binomtest(2, 14).pvalue)           # one query a unit: McNemar's exact test


def test_holm_by_hand():
    p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.5}
    assert holm(p) == pytest.approx({"a": 0.04, "b": 0.09, "c": 0.09, "d": 0.5}) and list(holm(p)) == list(p)
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0} and holm({}) == {}


def test_limits_of_a_difference_are_those_of_a_plain_bootstrap():
    pair, owner = ranked(150, 3)
    first, second = (units(r, owner) for r in pair)
    found, rng = difference_limits(first, second, draws=4000), np.random.default_rng(9)
    of = lambda u, drawn: recalls(u.hits[drawn].sum(0), u.asked[drawn].sum(0))
    plain = [of(second, drawn) - of(first, drawn) for drawn in rng.integers(0, 150, (4000, 150))]
    for q, (name, end) in enumerate(found.items()):
        assert list(end) == pytest.approx(np.percentile(plain, [2.5, 97.5], axis=0)[:, q], abs=0.12 * end.unseen)
        assert end.low < summary(pair[1])[name] - summary(pair[0])[name] < end.high


def test_where_few_units_differ_the_limits_are_those_of_two_units_more():
    n, b, c = 200, 3, 6                                                            # to the first alone, to the second alone
    first, second = made(np.arange(n) < b), made((np.arange(n) >= b) & (np.arange(n) < b + c))
    middle = (c - b) / (n + 2)
    half = stats.t.ppf(0.975, n + 1) * math.sqrt(((b + c + 2) / (n + 2) - middle ** 2) / (n + 1))         # Bonett and Price
    found = difference_limits(first, second)
    assert list(found["text R@1"]) == pytest.approx([100 * (middle - half), 100 * (middle + half)])
    assert list(found["rsum"]) == pytest.approx([600 * (middle - half), 600 * (middle + half)])
    same = difference_limits(first, first)["image R@5"]
    assert same.low == -same.high and same.unseen == pytest.approx(100 * 1.972 * math.sqrt(2 / 202 / 201), rel=1e-3)
    assert difference_limits(made(np.zeros(2)), made(np.ones(2)))["text R@1"].high == 100 and Limits(-3.0, 1.0).unseen == 2


# made-up truth

def test_every_p_keeps_its_level_where_no_model_is_better():
    """Nulls by swapping images between two models on dependent texts.

    1,000 nulls: a true level of 5 % shows with a standard error of 0.7 points.  What is asked, 2 to 8 %, lets a level of 11 %
    pass with probability 0.001 and one of 1 % with 0.003 (exact binomial).
    """
    pairs, rng, found, most = [ranked(200, seed) for seed in range(10)], np.random.default_rng(10), [], []
    for n in range(1000):
        pair, owner = pairs[n % len(pairs)]
        a, b = swapped(pair, owner, rng)
        first, second = units(a, owner), units(b, owner)
        p, gaps = sign_flips(first, second, flips=499, seed=n), net(first, second)
        found.append([*p.values(), mcnemar(a.of_images, b.of_images), mcnemar_of_units(gaps[:, 3])])
        most.append(min(holm({name: p[name] for name in NAMES}).values()))
    rejected = (np.array(found) < 0.05).mean(0)
    assert (abs(rejected - 0.05) <= 0.03).all(), rejected
    assert np.mean(np.array(most) < 0.05) <= 0.07                                # any of six, after Holm


def test_a_better_model_is_found():
    pair, owner = ranked(300, 4, better=0.15)
    first, second = (units(r, owner) for r in pair)
    assert max(holm(sign_flips(first, second)).values()) < 0.05
    assert all(end.low > 0 for end in difference_limits(first, second).values())


@pytest.mark.parametrize("queries", [1, 5])
@pytest.mark.parametrize("images", [40, 300, 1000])
def test_intervals_cover_the_truth_as_often_as_they_say(images, queries):
    """95 % intervals cover 91 to 99 % at true rates of 10, 50, 95 and 99.5 %, the queries of a unit depending on each other.

    400 draws a rate: a cell fails where so few, or so many, would be seen with probability 0.001 if it truly covered 91 or 99 %
    (exact binomial: below 345 of 400; that all 400 cover has probability 0.018, so too wide intervals are held by the mean).
    The mean of the four rates, 1,600 draws, has a standard error of 0.5 points.
    """
    rng, draws, seen = np.random.default_rng(images + queries), 400, []
    for rate in (0.10, 0.50, 0.95, 0.995):
        depends = math.sqrt(0.4 if queries > 1 else 0.0)                          # correlation of the latent ease of two queries
        covered = 0
        for n in range(draws):
            ease = depends * rng.standard_normal((images, 1)) + math.sqrt(1 - depends ** 2) * rng.standard_normal((images, queries))
            end = share_interval((ease < stats.norm.ppf(rate)).sum(1), np.full(images, queries), draws=400, seed=n)
            covered += end.low - 1e-9 <= 100 * rate <= end.high + 1e-9
        assert stats.binom.cdf(covered, draws, 0.91) > 1e-3 and stats.binom.sf(covered - 1, draws, 0.99) > 1e-3, (rate, covered)
        seen.append(covered / draws)
    assert 0.93 <= np.mean(seen) <= 0.98, seen


def test_the_interval_of_rsum_and_of_a_difference_cover_too():
    """Six nested recalls of two models that make some errors together; 300 draws: standard error 1.3 points.

    rsum is put together from Wilson's intervals where images are few, and the differences have two units more: neither is exact.
    """
    rng = np.random.default_rng(11)
    for images, rates in ((40, (0.30, 0.60, 0.75)), (300, (0.95, 0.99, 0.995))):
        edge, covered = stats.norm.ppf(rates), []
        for n in range(300):
            vague, shared = rng.standard_normal((images, 1)), rng.standard_normal((images, 6))
            hits = []
            for better in (0.0, 0.15):
                ease = 0.6 * vague + 0.64 * shared + 0.48 * rng.standard_normal((images, 6))
                hits.append(np.concatenate([ease[:, :1] < edge + better, (ease[:, 1:, None] < edge + better).sum(1)], 1))
            first, second = (Units(NAMES, h.astype(float), np.repeat([[1.0, 5.0]], 3, 1).repeat(images, 0)) for h in hits)
            truth = [np.append(p := np.tile(100 * stats.norm.cdf(edge + better), 2), p.sum()) for better in (0.0, 0.15)]
            gap = truth[1] - truth[0]
            limits = list(difference_limits(first, second, draws=400, seed=n).values())
            rsum = intervals(second, draws=400, seed=n)["rsum"]
            assert rsum.by == ("Wilson" if images == 40 else "bootstrap")
            covered.append([end.low <= x <= end.high for end, x in zip([*limits, rsum], [*gap, truth[1][-1]])])
        assert (np.mean(covered, 0) >= 0.91).all(), (images, np.mean(covered, 0))
