"""Numbers of queries with several right answers, beside brute force; and beside ranx, ir_measures and eccv-caption."""
import numpy as np
import pytest

from vsrlab.measure.graded import numbers, places
from vsrlab.retrieval.lazy import Product

AT = (1, 3, 10)


def world(seed=0, images=40, texts=60, levels=6):
    """Scores of few values, so that many are equal, and up to nine right answers with grades of 1 to 3, or none."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, (images, texts)).astype(np.float32) if levels else rng.standard_normal((images, texts)).astype("f")
    grade = np.where(rng.random((images, texts)) < rng.uniform(0, 0.12, (1, texts)), rng.integers(1, 4, (images, texts)), 0)
    grade[:, 0] = 0                                                              # a query without a right answer
    return x, grade


def lines(x, grade, side):
    """(scores, grades) of the answers of each query."""
    return zip(x.T, grade.T) if side == "text" else zip(x, grade)


def measured(x, grade, side, **more):
    image, text = np.nonzero(grade)
    where = places(x, image, text, grade[image, text], side)
    return where, numbers(where, text if side == "text" else image, grade[image, text], AT, **more)


def brute(score, grade, at=AT, power=False):
    order = np.lexsort((np.arange(len(score)), grade, -score))
    g = grade[order]
    right, count = g > 0, (g > 0).sum()
    precision = np.cumsum(right) / np.arange(1, len(g) + 1)
    gain, ideal = ((2.0 ** v - 1 if power else v.astype(float)) for v in (g, np.sort(grade)[::-1]))
    weight = 1 / np.log2(np.arange(len(g)) + 2)
    found = {"AP": precision[right].mean(), "R-Precision": right[:count].mean(), "mAP@R": (precision * right)[:count].mean(),
             "MRR": 1 / (right.argmax() + 1)}
    for k in at:
        found |= {f"hit@{k}": float(right[:k].any()), f"recall@{k}": right[:k].sum() / count,
                  f"nDCG@{k}": (gain * weight)[:k].sum() / (ideal * weight)[:k].sum()}
    return found


@pytest.mark.parametrize("side", ["text", "image"])
@pytest.mark.parametrize("levels", [1, 6, 0])
def test_every_number_is_that_of_brute_force(side, levels):
    x, grade = world(3, 300, 50, levels)
    for power in (False, True):
        _, found = measured(x, grade, side, gain="power" if power else "linear")
        asked = [n for n, (_, g) in enumerate(lines(x, grade, side)) if g.any()]
        assert found.pop("query").tolist() == asked and len(asked) < (50 if side == "text" else 300) + (side == "image")
        each = [brute(*line, power=power) for line in lines(x, grade, side) if line[1].any()]
        for name, values in found.items():
            assert values == pytest.approx([one[name] for one in each], abs=1e-12), name


def test_scores_that_are_made_when_read_give_the_same_places():
    rng = np.random.default_rng(0)
    x = Product(*(rng.standard_normal((n, 8)).astype(np.float32) for n in (40, 60)))
    _, grade = world()
    for side in ("text", "image"):
        assert np.array_equal(measured(x, grade, side)[0], measured(np.asarray(x), grade, side)[0])


# the same numbers by others; `pip install 'vsrlab[peers]'`

def strict(score, grade):
    """Scores without ties in the strict order: what others do with equal scores is their own affair."""
    order = np.lexsort((np.arange(len(score)), grade, -score))
    return {f"d{n}": float(len(order) - place) for place, n in enumerate(order)}


def both(x, grade, side):
    qrels = {f"q{n}": {f"d{m}": int(v) for m, v in enumerate(g) if v} for n, (_, g) in enumerate(lines(x, grade, side)) if g.any()}
    run = {f"q{n}": strict(*line) for n, line in enumerate(lines(x, grade, side)) if line[1].any()}
    return qrels, run


@pytest.mark.slow
def test_ranx_says_the_same():
    ranx, side = pytest.importorskip("ranx"), "text"
    x, grade = world(5)
    qrels, run = both(x, grade, side)
    ours = measured(x, grade, side)[1]
    names = {"AP": "map", "R-Precision": "r-precision", "MRR": "mrr", "hit@3": "hit_rate@3", "recall@3": "recall@3",
             "nDCG@10": "ndcg@10"}
    theirs = ranx.evaluate(ranx.Qrels(qrels), ranx.Run(run), list(names.values()), make_comparable=True)
    for name, other in names.items():
        assert ours[name].mean() == pytest.approx(theirs[other], abs=1e-9), name
    burges = measured(x, grade, side, gain="power")[1]["nDCG@10"].mean()
    assert burges == pytest.approx(ranx.evaluate(ranx.Qrels(qrels), ranx.Run(run), "ndcg_burges@10"), abs=1e-9)


@pytest.mark.parametrize("side", ["text", "image"])
def test_ir_measures_says_the_same(side):
    ir = pytest.importorskip("ir_measures")
    x, grade = world(6)
    qrels, run = both(x, grade, side)
    ours = measured(x, grade, side)[1]
    names = {"AP": ir.AP, "R-Precision": ir.Rprec, "MRR": ir.RR, "hit@3": ir.Success @ 3, "recall@3": ir.R @ 3,
             "nDCG@10": ir.nDCG @ 10}
    theirs = ir.calc_aggregate(list(names.values()), qrels, run)
    for name, measure in names.items():
        assert ours[name].mean() == pytest.approx(theirs[measure], abs=1e-9), name


@pytest.mark.parametrize("side", ["text", "image"])
def test_eccv_caption_says_the_same(side):
    metrics = pytest.importorskip("eccv_caption._metrics")
    x, grade = world(7)
    ours = measured(x, grade, side)[1]
    of = lambda line: [int(d[1:]) for d in sorted(strict(*line), key=strict(*line).get, reverse=True)]
    found = {n: of(line) for n, line in enumerate(lines(x, grade, side)) if line[1].any()}
    truth = {n: np.flatnonzero(g).tolist() for n, (_, g) in enumerate(lines(x, grade, side)) if g.any()}
    theirs = metrics.compute_eccv_metrics(found, truth, verbose=False)
    assert ours["mAP@R"].mean() == pytest.approx(theirs["eccv_map_at_r"], abs=1e-9)
    assert ours["R-Precision"].mean() == pytest.approx(theirs["eccv_rprecision"], abs=1e-9)
    assert ours["hit@1"].mean() == pytest.approx(theirs["eccv_r1"], abs=1e-9)
