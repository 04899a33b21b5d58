"""Exercise `recall`: R@K of image-text matching, in both directions, with ties counted against the model."""
import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**recall** (15 min). `scores` (I, T): a row for each image, a column for each text. `image_of_text` (T,): the row of the image that
each text describes; an image may have several texts.

* `seek="image"`: every text is a query and looks for its one image.
* `seek="text"`: every image is a query and looks for **any one** of its texts: the best placed of them counts.

A query is answered at K if fewer than K **wrong** answers stand *at or above* its (best) right one. So a tie counts against the
model, and the other texts of the same image never count as wrong.

Return the percentage of queries answered at K: a number from 0 to 100.
""")

STARTER = '''def recall(scores, image_of_text, k, seek):
    """scores (I, T), image_of_text (T,), k, seek "image" or "text" -> per cent of queries answered at K."""
    ...
'''

HINTS = (
    N_("Idea. Do not sort. For each query find the score of its best right answer, then count the wrong answers that are as "
       "high or higher."),
    N_("Formula. rank(q) = number of wrong a with s(q, a) >= max over right answers of s(q, .);  answered at K if rank < K (ranks "
       "begin at 0)."),
    N_("Code. right = image_of_text[None, :] == np.arange(len(scores))[:, None]   # (I, T);  for seek='text': best = "
       "np.where(right, scores, -np.inf).max(1);  rank = ((scores >= best[:, None]) & ~right).sum(1)"),
)


def solution(scores, image_of_text, k, seek):
    right = image_of_text[None, :] == np.arange(len(scores))[:, None]            # (I, T)
    axis = 1 if seek == "text" else 0                                            # along which the answers lie
    best = np.where(right, scores, -np.inf).max(axis, keepdims=True)
    rank = ((scores >= best) & ~right).sum(axis)                                 # wrong ones at or above the best right one
    return 100 * float((rank < k).mean())


def example(rng):
    images = int(rng.integers(5, 8))
    owner = np.sort(np.concatenate([np.arange(images), rng.integers(0, images, images)]))     # one to several texts an image
    scores = rng.integers(0, 6, (images, len(owner))).astype(float) / 5                       # few levels: many ties
    scores[owner, np.arange(len(owner))] += 0.4 * rng.integers(0, 2, len(owner))
    return dict(scores=scores, image_of_text=owner, k=int(rng.integers(1, 4)), seek=str(rng.choice(["image", "text"])))



# ---------------------------------------------------------------- known wrong answers

def _ranks(scores, image_of_text, seek, above=np.greater_equal):
    right = image_of_text[None, :] == np.arange(len(scores))[:, None]
    axis = 1 if seek == "text" else 0
    best = np.where(right, scores, -np.inf).max(axis, keepdims=True)
    return (above(scores, best) & ~right).sum(axis)


def ties_for_the_model(scores, image_of_text, k, seek):
    return 100 * float((_ranks(scores, image_of_text, seek, np.greater) < k).mean())


def sorted_order(scores, image_of_text, k, seek):
    table = scores if seek == "text" else scores.T
    first = np.argsort(-table, axis=1, kind="stable")[:, :k]
    hit = [(image_of_text[row] == q).any() if seek == "text" else (row == image_of_text[q]).any() for q, row in enumerate(first)]
    return 100 * float(np.mean(hit))


def reversed_sort(scores, image_of_text, k, seek):
    table = scores if seek == "text" else scores.T
    first = np.argsort(table, axis=1, kind="stable")[:, ::-1][:, :k]
    hit = [(image_of_text[row] == q).any() if seek == "text" else (row == image_of_text[q]).any() for q, row in enumerate(first)]
    return 100 * float(np.mean(hit))


def a_share(scores, image_of_text, k, seek):
    return solution(scores, image_of_text, k, seek) / 100


def one_too_strict(scores, image_of_text, k, seek):
    return 100 * float((_ranks(scores, image_of_text, seek) + 1 < k).mean())


def one_too_kind(scores, image_of_text, k, seek):
    return 100 * float((_ranks(scores, image_of_text, seek) <= k).mean())


def exchanged(scores, image_of_text, k, seek):
    return solution(scores, image_of_text, k, {"text": "image", "image": "text"}[seek])


def lowest_first(scores, image_of_text, k, seek):
    return solution(-scores, image_of_text, k, seek)


def first_text_only(scores, image_of_text, k, seek):
    """Wrong: of an image's texts only the first of the file is looked for."""
    if seek == "image":
        return solution(scores, image_of_text, k, seek)
    first = np.searchsorted(image_of_text, np.arange(len(scores)))
    best = scores[np.arange(len(scores)), first][:, None]
    right = image_of_text[None, :] == np.arange(len(scores))[:, None]
    return 100 * float(((((scores >= best) & ~right).sum(1)) < k).mean())


def share_of_texts(scores, image_of_text, k, seek):
    """TREC's recall: how many of the right ones were found, not whether one was."""
    if seek == "image":
        return solution(scores, image_of_text, k, seek)
    right = image_of_text[None, :] == np.arange(len(scores))[:, None]
    return 100 * float(np.mean([np.mean([(((scores[i] >= scores[i, t]) & ~right[i]).sum()) < k for t in np.flatnonzero(right[i])])
                                for i in range(len(scores))]))


def siblings_are_wrong(scores, image_of_text, k, seek):
    """Each (image, text) pair is a query of its own, and the other texts of the image are its rivals."""
    if seek == "image":
        return solution(scores, image_of_text, k, seek)
    hits = []
    for t, i in enumerate(image_of_text):
        others = np.delete(scores[i], t)
        hits.append((others >= scores[i, t]).sum() < k)
    return 100 * float(np.mean(hits))


def square_only(scores, image_of_text, k, seek):
    """As if text t belonged to image t: right for one text an image only."""
    n = min(scores.shape)
    return solution(scores[:n, :n], np.arange(n), k, seek)


MISTAKES = (
    Mistake("ties-for",
            "ties count for the model in yours (>). Then a model that gives every pair the same score answers every query. "
            "Count a wrong answer that is *as high* as the right one (>=).", ties_for_the_model),
    Mistake("sorted",
            "you sort and look at the first K. Among equal scores the order of the file decides, so the result changes when "
            "the data is shuffled. Count instead of sorting.", sorted_order),
    Mistake("reverse-sorted",
            "you sort upwards and turn round ([::-1]), as most published codes do. Among equal scores the *last* of the file "
            "then wins, by accident. Count instead of sorting.", reversed_sort),
    Mistake("share", "this is a share from 0 to 1; the field prints per cent.", a_share),
    Mistake("strict",
            "your ranks begin at 1 and you ask for rank < K, so that R@1 is always 0. Either ranks begin at 0 with <, or at "
            "1 with <=.", one_too_strict),
    Mistake("kind", "your ranks begin at 0 and you ask for rank <= K: that is R@(K+1).", one_too_kind),
    Mistake("exchanged", "the two directions are exchanged: seek='image' means that the *texts* are the queries.", exchanged),
    Mistake("lowest", "the lowest score comes first in yours. Scores are similarities: higher is better.", lowest_first),
    Mistake("first-text",
            "seek='image' is right. For seek='text' you ask only where the first text of an image stands; the best placed of "
            "its texts counts.", first_text_only),
    Mistake("share-of-texts",
            "seek='image' is right. For seek='text' you measure how many of its texts were found (the recall of text "
            "retrieval). Here one is enough: R@K of image-text matching is a success rate.", share_of_texts),
    Mistake("siblings",
            "seek='image' is right. For seek='text' you make every caption a query and let the other captions of the same "
            "image beat it. They are right, too.", siblings_are_wrong),
    Mistake("one-to-one", "you assume that text t belongs to image t. Use image_of_text: images have several texts.",
            square_only),
)


# ---------------------------------------------------------------- what every right answer has

OWNER = np.array([0, 0, 1, 2, 2, 2])


def perfect(answer):
    scores = (OWNER[None, :] == np.arange(3)[:, None]).astype(float)
    for seek in ("image", "text"):
        if abs(answer(scores, OWNER, 1, seek) - 100) > 1e-9:
            return tr("a perfect model has R@1 = {value:.4g} when seek={seek!r}; it should be 100",
                      value=answer(scores, OWNER, 1, seek), seek=seek)


def collapsed(answer):
    for seek in ("image", "text"):
        value = answer(np.full((3, 6), 0.5), OWNER, 1, seek)
        if value > 1e-9:
            return tr("all scores are 0.5 and yours reports R@1 = {value:.4g} per cent for seek={seek!r}; a model that knows "
                      "nothing must get 0", value=value, seek=seek)


def any_order(answer):
    """Shuffling the texts changes no recall, ties included."""
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 3, (3, 6)) / 2
    order = np.array([5, 0, 3, 1, 4, 2])
    for seek in ("image", "text"):
        a, b = answer(scores, OWNER, 1, seek), answer(scores[:, order], OWNER[order], 1, seek)
        if abs(a - b) > 1e-9:
            return tr("shuffling the texts changed R@1 from {a:.4g} to {b:.4g} (seek={seek!r})", a=a, b=b, seek=seek)


def grows_with_k(answer):
    """R@K never falls as K grows, and is 100 where K is the gallery."""
    scores = np.random.default_rng(4).normal(size=(3, 6))
    for seek, most in (("image", 3), ("text", 6)):
        values = [answer(scores, OWNER, k, seek) for k in range(1, most + 1)]
        if sorted(values) != values:
            return tr("R@K falls while K grows: {values} (seek={seek!r})", values=[round(v, 1) for v in values], seek=seek)
        if abs(values[-1] - 100) > 1e-9:
            return tr("with K as large as the gallery everything is found; yours says {value:.4g} (seek={seek!r})",
                      value=values[-1], seek=seek)


def scale_is_free(answer):
    scores = np.random.default_rng(5).normal(size=(3, 6))
    for seek in ("image", "text"):
        if abs(answer(scores, OWNER, 1, seek) - answer(7 * scores + 2, OWNER, 1, seek)) > 1e-9:
            return tr("7 x scores + 2 has the same order but another R@1 (seek={seek!r})", seek=seek)


PROPERTIES = (
    Property("perfect", "a perfect model gets 100.", perfect),
    Property("collapsed", "a model whose scores are all equal gets 0, not 100.", collapsed),
    Property("order", "the order of the file must not matter.", any_order),
    Property("grows", "R@K grows with K and ends at 100.", grows_with_k),
    Property("scale", "only the order of the scores matters.", scale_is_free),
)

EXERCISE = Exercise(
    "recall", N_("R@K with ties"), "05", 15, 3, 5, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("R@K"),), not_checked=N_("images without a text, memory for a large gallery"))
