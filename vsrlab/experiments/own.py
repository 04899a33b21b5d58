"""The student's functions on real runs, beside the library's, in lessons 05 to 07; an untouched one gives the library's numbers."""
import numpy as np
import torch

from vsrlab.experiments.found import Found, own
from vsrlab.explain.contest import Contest
from vsrlab.explain.explanation import explain_pair
from vsrlab.explain.faithfulness import sampled_texts
from vsrlab.explain.pair import Pair
from vsrlab.measure.paired import mcnemar
from vsrlab.measure.ranks import AT, chance, ranks, recall
from vsrlab.space import nearness
from vsrlab.space.atlas import Atlas

SEEKS = (("text", "image looks for a text"), ("image", "text looks for its image"))
ORDERS, K = 10, 15         # random orders beside a deletion curve; neighbours of trustworthiness
NEAR = 1e-6


def number(x) -> bool:
    """Is it one finite number?"""
    return bool(np.ndim(x) == 0 and np.isfinite(float(x)))


def verdict(what: str, whose: str, rows, far: float, near: float = NEAR, **numbers) -> Found:
    """The table of what a function gives beside what the library gives."""
    agrees = " It agrees with the library." if far < near else f" It differs from the library, by up to {far:.3g}."
    agrees = agrees if "yours" in whose else ""
    numbers = {"far": far, "yours": float(whose == "yours"), **numbers}
    return Found(f"The {what} is {whose}.{agrees}", ("", "this function", "library"), tuple(rows), numbers)


def beside(index, answer, what: str, right: dict, given: dict, digits: int = 2) -> Found:
    """A function that gives one number, asked for each name of `right`, with the arguments `given[name]`."""
    rows, far, whose = [], 0.0, ""
    for name, true in right.items():
        library = lambda *_, true=true: true
        mine, whose = own(answer, library, what, *given[name], check=number)
        far = max(far, abs(float(mine) - true))
        rows.append((name, f"{float(mine):.{digits}f}", f"{true:.{digits}f}"))
    return verdict(what, whose, rows, far)


def own_recall(index, answer=None) -> Found:
    """The student's `recall` on the score matrix of an index: R@1, 5, 10 in both directions."""
    scores, owner = np.asarray(index.scores), np.asarray(index.corpus.image_of_text)
    r = ranks(scores, owner)
    theirs = {"text": r.of_images, "image": r.of_texts}
    names = {f"{asks}, R@{k}": (seek, k) for seek, asks in SEEKS for k in AT}
    right = {name: recall(theirs[seek], k) for name, (seek, k) in names.items()}
    return beside(index, answer, "recall", right, {name: (scores, owner, k, seek) for name, (seek, k) in names.items()})


def own_chance(index, answer=None) -> Found:
    """The student's `chance` for the gallery of an index, beside the recalls that a random order has there."""
    owner, images = np.asarray(index.corpus.image_of_text), len(index.corpus)
    each = int(round(len(owner) / images))
    level = chance(images, np.repeat(np.arange(images), each))
    names = {f"{asks}, R@{k}": (seek, k) for seek, asks in SEEKS for k in AT}
    right = {name: level[f"{seek} R@{k}"] for name, (seek, k) in names.items()}
    return beside(index, answer, "chance", right, {name: (images, each, k, seek) for name, (seek, k) in names.items()})


def own_test(first, second, answer=None) -> Found:
    """The student's `paired_p` on two indexes of the same corpus: is one ahead in R@1 of images that look for a text?

    numbers: "only first", "only second": queries that one alone answers; "p": by the library
    """
    one, other = (np.asarray(index.ranks.of_images) for index in (first, second))
    keep = (one >= 0) & (other >= 0)
    one, other = one[keep] == 0, other[keep] == 0
    right = mcnemar(*(np.where(x, 0, 1) for x in (one, other)))
    mine, whose = own(answer, lambda *_: right, "paired_p", one, other, check=number)
    names = [index.run.settings.model for index in (first, second)]
    only = int((one & ~other).sum()), int((other & ~one).sum())
    rows = [(f"only {names[0]} answers", f"{only[0]:,}", ""), (f"only {names[1]} answers", f"{only[1]:,}", ""),
            ("both, or neither", f"{len(one) - sum(only):,}", ""), ("p", f"{float(mine):.4f}", f"{right:.4f}")]
    return verdict("paired_p", whose, rows, abs(float(mine) - right), p=right, **{"only first": only[0], "only second": only[1]})


def own_pointing(run, index, answer=None, n: int = 30, seed: int = 0) -> Found:
    """The student's `pointing` on n captions, the mean over their words, beside the library's.

    numbers: "hit rate", "chance": by the library, per cent
    """
    found, whose = [], ""
    for text in sampled_texts(index.corpus, n, seed):
        e = explain_pair(Pair(run, index, int(index.corpus.image_of_text[text]), text))
        if e.truth is None or not any(e.truth):
            continue
        words = [w for w, named in enumerate(e.truth) if named]
        right = (100 * float(np.mean([int(np.argmax(e.attention[w])) in e.truth[w] for w in words])),
                 100 * float(np.mean([len(e.truth[w]) / e.regions for w in words])))
        library = lambda *_, right=right: right
        mine, whose = own(answer, library, "pointing", np.asarray(e.attention), [list(named) for named in e.truth],
                          check=lambda x: len(x) == 2 and all(map(number, x)))
        found.append((len(words), *map(float, mine), *right))
    if not found:
        return Found("None of these captions names a known region, so nobody can say whether a word points at it; scenes know.",
                     numbers={"hit rate": float("nan"), "chance": float("nan"), "far": 0.0, "yours": 0.0})
    many, *values = np.array(found, float).T
    mine, lucky, hit, level = (float((many * x).sum() / many.sum()) for x in values)
    rows = [("hit rate, %", f"{mine:.1f}", f"{hit:.1f}"), ("chance, %", f"{lucky:.1f}", f"{level:.1f}")]
    far = max(abs(np.array(values[:2]) - np.array(values[2:])).ravel())
    return verdict("pointing", whose, rows, float(far), **{"hit rate": hit, "chance": level})


def deletion(values, score, rivals) -> tuple:
    """(curve, area) of one explanation: the margin with the strongest regions gone, one more at each look."""
    kept, curve = np.ones(len(values), bool), []
    for region in np.argsort(-values, kind="stable"):
        curve.append(score(kept) - rivals(kept).max())
        kept[region] = False
    return np.array(curve), float(np.mean(curve))


def own_curve(run, index, image, text, answer=None, seed: int = 0) -> Found:
    """The student's `deletion` on the attention of a pair, and on random orders; what is taken away becomes the mean region.

    numbers: "area", "random": mean margins by the library; "beaten": per cent of the random orders
    """
    pair = Pair(run, index, image, text)
    contest, known = Contest(pair), {}
    blank, values = contest.blank("mean"), np.asarray(explain_pair(pair).attention, float).mean(0)

    def scores(kept):
        key = np.asarray(kept, bool).tobytes()
        if key not in known:
            with torch.no_grad():
                stays = torch.as_tensor(np.asarray(kept, bool), device=pair.device)[None, :, None]
                known[key] = contest(torch.where(stays, contest.inputs, blank))[0].double().cpu().numpy()
        return known[key]

    given = lambda values: (values, lambda kept: float(scores(kept)[0]), lambda kept: scores(kept)[1:].copy())
    fits = lambda x: len(x) == 2 and np.shape(x[0]) == (len(values),) and number(x[1])
    right, rng = deletion(*given(values)), np.random.default_rng(seed)
    (curve, area), whose = own(answer, lambda *_: right, "deletion", *given(values.copy()), check=fits)
    others = [deletion(*given(rng.permutation(len(values)).astype(float)))[1] for _ in range(ORDERS)]
    beaten = 100 * float(np.mean([right[1] < x for x in others]))
    looks = sorted({0, 1, 2, len(values) // 4, len(values) // 2})
    rows = [(f"margin, {n} taken away", f"{float(curve[n]):.4f}", f"{right[0][n]:.4f}") for n in looks]
    rows += [("area of the attention", f"{float(area):.4f}", f"{right[1]:.4f}"),
             (f"area of {ORDERS} random orders, mean", "", f"{np.mean(others):.4f}")]
    far = max(float(np.abs(np.asarray(curve, float) - right[0]).max()), abs(float(area) - right[1]))
    return verdict("deletion", whose, rows, far, area=right[1], random=float(np.mean(others)), beaten=beaten)


def own_map(atlas: Atlas, modality_gap=None, trust=None) -> Found:
    """The student's `modality_gap` and `trust` on the points and the PCA map of an atlas."""
    images, texts = (np.asarray(side, float) for side in atlas.every)
    points, places = np.asarray(atlas.points, float), np.asarray(atlas.map("pca").places, float)
    distance = float(np.linalg.norm(images.mean(0) - texts.mean(0)))
    library, fits = (distance, texts + images.mean(0) - texts.mean(0)), lambda x: number(x[0]) and np.shape(x[1]) == texts.shape
    (mine, closed), one = own(modality_gap, lambda *_: library, "modality_gap", images, texts, check=fits)
    right = nearness.trustworthiness(points, places, K)
    other, two = own(trust, lambda *_: right, "trust", points, places, K, check=number)
    left = float(np.linalg.norm(np.asarray(closed, float).mean(0) - images.mean(0)))
    rows = [("modality gap", f"{float(mine):.3f}", f"{distance:.3f}"), ("gap that is left when closed", f"{left:.3f}", "0.000"),
            (f"trustworthiness of PCA, k = {K}", f"{float(other):.3f}", f"{right:.3f}")]
    far = max(abs(float(mine) - distance), left, abs(float(other) - right))
    whose = one if one == two else f"{one}, and the trust is {two}"
    return verdict("modality_gap", whose, rows, far, near=1e-4)
