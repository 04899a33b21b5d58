"""Lesson 05: one model, many numbers.  What the size of the gallery, ties and the way of ranking do to R@K."""
import numpy as np

from vsrlab.experiments.found import Found
from vsrlab.measure.ranks import chance, ranks, recall

LEVEL = 0.5                # what the constant model gives every pair


def _parts(index):
    return np.asarray(index.scores, np.float32), np.asarray(index.corpus.image_of_text)


def constant(index) -> np.ndarray:
    """(I, T) the scores of a model that knows nothing: every pair gets the same."""
    return np.full(np.shape(index.scores), LEVEL, np.float32)


def counted_by_hand(index, text: int, most: int = 8) -> Found:
    """One text as a query: its photo's score, and every wrong photo that stands at or above it.

    numbers: "rank" from 0, "own" the score of the right photo
    """
    scores, owner = _parts(index)
    column, right = scores[:, text], int(owner[text])
    above = [i for i in np.argsort(-column, kind="stable") if i != right and column[i] >= column[right]]
    listed = [*above[:most], right, *[i for i in np.argsort(-column, kind="stable") if i != right and i not in above][:2]]
    rows = tuple((str(index.corpus.ids[i]), f"{column[i]:.4f}", "right" if i == right else "wrong, at or above" if i in above
                  else "wrong, below") for i in listed)
    left = f" ({most} of them are listed)" if len(above) > most else ""
    return Found(f"{len(above)} wrong photos stand at or above the right one{left}: rank {len(above)}, counted from 0. "
                 f"So the text is answered at every K above {len(above)}.",
                 ("photo", "score", ""), rows, {"rank": float(len(above)), "own": float(column[right])})


def sizes(index, of=(100, 300, 1000), seed: int = 0) -> Found:
    """R@1 of one model on galleries of different size, cut from the same images: only the number of rivals changes.

    of  sizes; as many galleries without a common image as fit are drawn at random, and their mean is told
    numbers: "text 100", "image 100", ... in per cent
    """
    scores, owner = _parts(index)
    of = [n for n in of if n <= len(scores)] or [len(scores)]
    order, rows, numbers = np.random.default_rng(seed).permutation(len(scores)), [], {}
    for size in of:
        found = []
        for start in range(0, len(order) - size + 1, size):
            mine = np.sort(order[start:start + size])
            texts = np.flatnonzero(np.isin(owner, mine))
            r = ranks(scores[np.ix_(mine, texts)], np.searchsorted(mine, owner[texts]))
            found.append((recall(r.of_images, 1), recall(r.of_texts, 1)))
        text, image = np.mean(found, axis=0)
        lucky = chance(size, np.repeat(np.arange(size), max(1, len(owner) // len(scores))), at=(1,))["image R@1"]
        numbers |= {f"text {size}": float(text), f"image {size}": float(image)}
        rows.append((f"{size:,} images", f"{len(found)}", f"{text:.1f}", f"{image:.1f}", f"{lucky:.2f}"))
    one, other = (numbers[f"image {of[n]}"] for n in (0, -1))
    said = (f"The same model and the same weights: R@1 of texts that look for their image is {one:.1f} among {of[0]:,} images "
            f"and {other:.1f} among {of[-1]:,}.")
    return Found(said, ("gallery", "galleries", "image looks for a text, R@1", "text looks for its image, R@1", "by chance"),
                 tuple(rows), numbers)


def ties(index, digits: int = 1) -> Found:
    """R@1 with ties counted against the model, by halves, and for it: of the scores as they are, rounded, and all the same.

    numbers: "as they are worst", "rounded best", "constant best", ...: R@1 of texts that look for their image
    """
    scores, owner = _parts(index)
    kinds = {"as they are": scores, "rounded": np.round(scores, digits), "constant": constant(index)}
    names = {"as they are": "as they are", "rounded": f"rounded to {digits} digit{'s' * (digits != 1)}", "constant": "all the same"}
    rows, numbers = [], {}
    for kind, made in kinds.items():
        found = [recall(ranks(made, owner, rule).of_texts, 1) for rule in ("worst", "mean", "best")]
        numbers |= {f"{kind} {rule}": x for rule, x in zip(("worst", "mean", "best"), found)}
        rows.append((names[kind], *(f"{x:.1f}" for x in found)))
    worst, best = numbers["constant worst"], numbers["constant best"]
    return Found(f"A model that gives every pair the same score has R@1 {worst:.1f} where ties count against it, and {best:.1f} "
                 "where they count for it.",
                 ("scores", "ties against, R@1", "ties by halves, R@1", "ties for, R@1"), tuple(rows), numbers)


def ways_to_rank(index) -> Found:
    """R@1 of images that look for a text, ranked in three ways: sorted, sorted upwards and turned round, counted.

    Two published ways sort, so that the order of the file decides among equal scores; this kit counts.
    numbers: "trained counted", "constant sorted", "constant turned", ...
    """
    scores, owner = _parts(index)
    rows, numbers = [], {}
    for name, made in (("trained", scores), ("constant", constant(index))):
        first = np.argsort(-made, axis=1, kind="stable")[:, 0]
        turned = np.argsort(made, axis=1, kind="stable")[:, ::-1][:, 0]
        sorted_ = [100 * float((owner[top] == np.arange(len(owner[top]))).mean()) for top in (first, turned)]
        found = *sorted_, recall(ranks(made, owner).of_images, 1)
        numbers |= {f"{name} {way}": x for way, x in zip(("sorted", "turned", "counted"), found)}
        rows.append(("a model that knows nothing" if name == "constant" else "the trained model", *(f"{x:.2f}" for x in found)))
    away = max(numbers["constant sorted"], numbers["constant turned"])
    said = f"Sorted, a model that knows nothing answers {away:.2f} % of the images, by the order of the file; counted, " \
           f"{numbers['constant counted']:.2f} %."
    return Found(said, ("", "sorted", "sorted upwards, turned round", "counted, ties against"), tuple(rows), numbers)
