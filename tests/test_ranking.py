"""Ranks by hand and ranks by a plain loop."""
import numpy as np
import pytest

from vsrlab.errors import Problem
from vsrlab.measure.ranks import TIES, chance, fold_ranks, fold_summary, mean_reciprocal_rank, ranks, ranks_by_ties, recall, summary

FIVE = lambda images: np.repeat(np.arange(images), 5)


def plain(scores, owner, ties):
    """The definition, query by query."""
    images, texts = scores.shape
    points = {"worst": 1.0, "mean": 0.5, "best": 0.0}[ties]
    place = lambda wrong, right: sum(float(x > right) + points * float(x == right) for x in wrong)
    mine, others = (lambda i: scores[i, owner == i]), (lambda i: scores[i, owner != i])
    of_images = [place(others(i), max(mine(i))) if i in owner else -1 for i in range(images)]
    return of_images, [place([scores[i, t] for i in range(images) if i != owner[t]], scores[owner[t], t]) for t in range(texts)]


def test_a_matrix_small_enough_to_do_by_hand():
    scores = np.array([[.9, .8, .1, .2],       # image 0: texts 0 and 1 are its own; nothing wrong stands above .9
                       [.3, .8, .5, .7]])      # image 1: its best is text 3 (.7); wrong .8 stands above
    r = ranks(scores, [0, 0, 1, 1])
    assert r.of_images.tolist() == [0, 1] and r.of_texts.tolist() == [0, 1, 0, 0]      # text 1: .8 against .8, a tie, counts
    assert ranks(scores, [0, 0, 1, 1], ties="best").of_texts.tolist() == [0, 0, 0, 0]
    assert ranks(scores, [0, 0, 1, 1], ties="mean").of_texts.tolist() == [0, 0.5, 0, 0]


@pytest.mark.parametrize("ties", ["worst", "mean", "best"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_blocks_equal_the_plain_loop_with_ties_and_any_number_of_texts(ties, dtype):
    rng = np.random.default_rng(3)
    scores = rng.integers(-4, 5, (300, 40)).astype(dtype)                              # more than one block of rows, full of ties
    owner = rng.integers(0, 300, 40)                                                   # unordered; most images have no text
    r, (of_images, of_texts) = ranks(scores, owner, ties), plain(scores, owner, ties)
    assert r.of_images.tolist() == of_images and r.of_texts.tolist() == of_texts
    assert r.of_images.dtype == (np.float64 if ties == "mean" else np.int64)


class Told:
    """Scores made when they are read, whose right pairs are told first, and differ from the blocks in the last digit."""

    def __init__(self, x, owner):
        self.x, self.shape, self.dtype, self.owner = x, x.shape, x.dtype, owner

    def __getitem__(self, rows):
        return self.x[rows].copy()

    def pairs(self, images, texts):
        return np.nextafter(self.x[images, texts], np.float32(np.where(texts % 2, 9, -9)))


@pytest.mark.parametrize("ties", ["worst", "mean", "best"])
def test_right_pairs_may_be_told_first_and_are_never_taken_for_wrong_ones(ties):
    rng = np.random.default_rng(4)
    scores, owner = rng.standard_normal((300, 40)).astype(np.float32), rng.integers(0, 300, 40)
    scores[owner, np.arange(40)] += 3
    known, told = ranks(scores, owner, ties), ranks(Told(scores, owner), owner, ties)
    assert all(np.array_equal(a, b) for a, b in zip(known, told)) and told.of_texts.min() == 0


def test_all_rules_for_ties_in_one_pass_and_every_number_of_them_with_none_to_nine_texts_an_image():
    rng = np.random.default_rng(8)
    owner = rng.permutation(np.repeat(np.arange(30), rng.permutation(np.arange(30) % 10)))        # three images without a text
    scores = rng.integers(0, 12, (30, len(owner))).astype(float)
    found = ranks_by_ties(scores, owner)
    assert list(found) == list(TIES)
    for rule in TIES:
        once, (of_images, of_texts) = ranks(scores, owner, rule), plain(scores, owner, rule)
        assert found[rule].of_images.tolist() == once.of_images.tolist() == of_images
        assert found[rule].of_texts.tolist() == once.of_texts.tolist() == of_texts
        numbers = summary(found[rule])
        for side, all_of_them in (("text", of_images), ("image", of_texts)):
            rank = sorted(r for r in all_of_them if r >= 0)
            for k in (1, 5, 10):
                assert numbers[f"{side} R@{k}"] == pytest.approx(100 * sum(r < k for r in rank) / len(rank), abs=1e-9)
            middle = (rank[(len(rank) - 1) // 2] + rank[len(rank) // 2]) / 2
            assert numbers[f"{side} medr"] == int(middle) + 1
            assert numbers[f"{side} meanr"] == pytest.approx(1 + sum(rank) / len(rank), abs=1e-9)
            assert numbers[f"{side} mrr"] == pytest.approx(sum(1 / (1 + r) for r in rank) / len(rank), abs=1e-9)
    assert (2 * found["mean"].of_texts == found["best"].of_texts + found["worst"].of_texts).all()
    assert mean_reciprocal_rank([0, 1, 3, -1]) == pytest.approx((1 + 1 / 2 + 1 / 4) / 3) and np.isnan(mean_reciprocal_rank([-1]))


def test_a_model_that_scores_everything_alike_earns_nothing_and_half_credit_is_the_middle():
    flat, owner = np.zeros((50, 250)), FIVE(50)
    assert summary(ranks(flat, owner))["rsum"] == 0
    assert summary(ranks(flat, owner, ties="best"))["rsum"] == 600
    assert np.allclose(ranks(flat, owner, ties="mean").of_texts, 24.5)


def test_the_right_matrix_is_perfect_and_its_negative_is_not():
    owner = FIVE(20)
    right = (np.arange(20)[:, None] == owner).astype(float)
    s = summary(ranks(right, owner))
    assert s["rsum"] == 600 and s["text medr"] == s["image medr"] == s["text meanr"] == s["image meanr"] == 1
    assert summary(ranks(-right, owner))["rsum"] == 0


def test_random_scores_stand_at_the_level_of_chance():
    rng, owner = np.random.default_rng(0), FIVE(100)
    found = [summary(ranks(rng.random((100, 500)), owner)) for _ in range(40)]
    for name, level in chance(100, owner).items():
        values = [f[name] for f in found]
        assert abs(np.mean(values) - level) < 4 * np.std(values) / np.sqrt(40) + 1e-9, name


def test_chance_by_hand():
    c = chance(3, [0, 0, 1])           # image 2 has no text and is no query; image 0 hits 2 of 3, image 1 hits 1 of 3
    assert c["text R@1"] == pytest.approx(50) and c["image R@1"] == pytest.approx(100 / 3) and c["text R@5"] == 100


def test_an_image_without_texts_is_left_out_and_said_so():
    r = ranks(np.array([[1., 0.], [0., 1.], [2., .5]]), [0, 1])
    assert r.of_images.tolist() == [0, 0, -1] and r.of_texts.tolist() == [1, 0] and r.excluded == 1
    assert "1 of them without a text" in repr(r) and recall(r.of_images, 1) == 100


def test_median_and_mean_rank_count_from_one_and_the_median_is_rounded_down():
    scores = np.array([[3., 4., 5., 9.], [4., 1., 1., 8.], [5., 2., 2., 2.], [6., 3., 3., 1.]])
    r = ranks(scores, [0, 1, 2, 3])
    assert r.of_texts.tolist() == [3, 3, 2, 3]
    s = summary(r)
    assert s["image medr"] == 4 and s["image meanr"] == 3.75
    assert summary(r._replace(of_texts=np.array([0, 1, 2, 5])))["image medr"] == 2          # 0-based 1.5 -> 1 -> 2


def test_folds_are_consecutive_galleries_and_their_mean_is_the_mean_of_what_is_printed():
    rng, owner = np.random.default_rng(1), FIVE(60)
    scores = rng.random((60, 300))
    folds = fold_ranks(scores, owner, fold=20, folds=3)
    alone = ranks(scores[20:40, 100:200], FIVE(20))
    assert (folds[1].of_images == alone.of_images).all() and (folds[1].of_texts == alone.of_texts).all()
    mean = fold_summary(folds)
    assert mean["image R@5"] == pytest.approx(np.mean([summary(f)["image R@5"] for f in folds]))
    assert mean["rsum"] == pytest.approx(sum(v for k, v in mean.items() if "R@" in k))
    shuffled = rng.permutation(300)                                                          # texts in any order of columns
    again = fold_ranks(scores[:, shuffled], owner[shuffled], fold=20, folds=3)
    assert fold_summary(again) == pytest.approx(mean)


def test_a_memory_map_is_ranked_like_an_array(tmp_path):
    scores = np.random.default_rng(2).random((300, 600)).astype(np.float32)
    np.save(tmp_path / "s.npy", scores)
    mapped = ranks(np.load(tmp_path / "s.npy", mmap_mode="r"), np.repeat(np.arange(300), 2))
    whole = ranks(scores, np.repeat(np.arange(300), 2))
    assert (mapped.of_images == whole.of_images).all() and (mapped.of_texts == whole.of_texts).all()


@pytest.mark.parametrize("wrong, sentence", [
    (lambda: ranks(np.full((3, 3), np.nan), range(3)), "image 0 and text 0 is nan"),
    (lambda: ranks(np.array([[1., 2.], [np.inf, 0.]]), [0, 1]), "image 1 and text 0 is inf"),
    (lambda: ranks(np.zeros((3, 3)), [0, 1]), r"scores are \(3, 3\) for 2 texts"),
    (lambda: ranks(np.zeros((3, 3)), [0, 1, 3]), "rows 0 to 2"),
    (lambda: ranks(np.zeros((0, 0)), []), "expected"),
    (lambda: ranks(np.zeros((3, 3)), range(3), ties="wrost"), "did you mean 'worst'"),
    (lambda: fold_ranks(np.zeros((10, 10)), range(10), fold=5, folds=3), "need 15, there are 10")])
def test_what_cannot_be_ranked_is_said_in_a_sentence(wrong, sentence):
    with pytest.raises(Problem, match=sentence):
        wrong()
