"""The numbers behind the ten steps, from trained runs and a test corpus.  Everything is a plain list or number, ready for JSON.

Letters as in values.py; K looks, N bins or points of a curve.  No step chooses what looks best: the pair that is shown is the
first sentence, in the order of the corpus, of which a fixed rule is true.
"""
import base64

import numpy as np
import torch

from vsrlab.data.batches import read_images
from vsrlab.data.thumbnail import photo_of
from vsrlab.explain.pair import Pair
from vsrlab.measure.ranks import ranks
from vsrlab.measure.significance import bootstrap, share_interval
from vsrlab.retrieval.index import index
from vsrlab.run import Run
from vsrlab.scoring import encode_texts, evaluating, score_all
from vsrlab.zoo import build

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NOISE = (0.0, 0.05, 0.1, 0.2, 0.3)               # shares of letters that are replaced
SHOWN = ("attention", "relevance", "levels", "saliency of regions", "saliency of words")     # of a pair, as models name them
KEPT = (2, 3, 4, 6, 8)                           # words of a sentence that are kept


def short(x, digits: int = 4):
    """An array or number as nested lists of few digits."""
    return np.round(np.asarray(x, float), digits).tolist()


def hits(scores, owner) -> dict:
    """{"text R@1": ..., "image R@10": ...} of scores (I, T)."""
    found = ranks(scores, owner)
    return {f"{side} R@{k}": 100 * float((rank < k).mean()) for side, rank in zip(("text", "image"), found) for k in (1, 10)}


def margin(run, corpus) -> dict:
    """Scores of each sentence with its own image and with every wrong one, before and after training, as shares of a histogram.

    within   per cent of the wrong images that are not yet a margin below the right one: what still pushes
    """
    torch.manual_seed(run.settings.seed)
    fresh = Run(run.settings, run.features, run.vocabulary, build(run.settings.model, run.features, len(run.vocabulary),
                                                                  **run.settings.options).eval())
    found, edges, owner = {}, np.linspace(-1, 1, 51), corpus.image_of_text
    for name, one in (("before", fresh), ("after", run)):
        scores = index(one, corpus).scores
        own = scores[owner, np.arange(len(owner))]
        wrong = np.arange(len(scores))[:, None] != owner
        share = lambda x: short(np.histogram(np.clip(x, -1, 1), edges)[0] / x.size)
        found[name] = {"own": share(own), "wrong": share(scores[wrong]), **hits(scores, owner),
                       "within": short(100 * ((own - scores)[wrong] < run.settings.ranking[1]).mean(), 1)}
    return {**found, "edges": short(edges, 3), "margin": run.settings.ranking[1]}


def neighbours(rows: dict, corpus, images: int = 12) -> dict:
    """Of each caption, is the nearest other caption one of the same image?  And the captions of a few images in two dimensions.

    rows     label -> runs, one a seed; two of them, of which the difference is that of the first and the second, image by image
    """
    found, owner, by_image = {}, corpus.image_of_text, []
    for label, runs in rows.items():
        share, places = [], None
        for run in runs:
            vector = encode_texts(run.model, corpus.texts, run.vocabulary).vector.double().numpy()
            far = _squares(vector)
            np.fill_diagonal(far, np.inf)
            share.append(owner[far.argmin(1)] == owner)
            if places is None:
                few = vector[owner < images]
                few = few - few.mean(0)
                places = few @ np.linalg.svd(few, full_matrices=False)[2][:2].T
        own = 100 * np.mean(share, 0)
        each = np.array([own[owner == i].mean() for i in np.unique(owner)])
        by_image.append(each)
        found[label] = {"share": short(own.mean(), 1), "interval": short(bootstrap(each), 1), "places": short(places, 3),
                        "seeds": [short(100 * s.mean(), 1) for s in share]}
    gap = by_image[0] - by_image[1]
    return {"rows": found, "difference": short([gap.mean(), *bootstrap(gap)], 1), "owner": owner[owner < images].tolist(),
            "texts": [t for t, o in zip(corpus.texts, owner) if o < images]}


def _squares(x):
    """Squared distances (N, N) of vectors (N, D)."""
    length = (x * x).sum(1)
    return length[:, None] + length - 2 * x @ x.T


def picture(corpus, image: int) -> dict:
    """A small photo and the boxes (R, 4) of its real regions, with what each frames where that is known."""
    real = read_images(corpus, [image])[1][0].numpy()
    return {"photo": base64.b64encode(photo_of(corpus, image).jpeg).decode(), "boxes": short(corpus.boxes[image][real], 3),
            "labels": None if corpus.labels is None else [str(x) for x in np.asarray(corpus.labels[image])[real]]}


def seen(run, at, image: int, text: int) -> tuple:
    """(words, images' seen, texts' seen, match) of one pair."""
    pair = Pair(run, at, image, text)
    with torch.no_grad(), evaluating(run.model):
        images, texts, match = pair.match(run.model)
    return [t.word for t in pair.tokens], images.seen, texts.seen, match


def first_found(at, least: int = 8) -> int:
    """The first sentence of at least so many words that finds its own image first; the first of all where there is none."""
    rank = at.ranks.of_texts
    return next((t for t in range(len(rank)) if rank[t] == 0 and len(at.corpus.texts[t].split()) >= least), 0)


def looks(run, corpus) -> dict:
    """Where DAN looks, first and second; and how far the two looks differ over all images and sentences (0 alike, 1 apart)."""
    at = index(run, corpus)
    text = first_found(at)
    words, of_image, of_text, match = seen(run, at, int(corpus.image_of_text[text]), text)
    regions, mask = read_images(corpus, np.arange(len(corpus)))
    with torch.no_grad(), evaluating(run.model):
        images = run.model.encode_images(regions, mask).seen["looks"]
    apart = short(0.5 * (images[:, 0] - images[:, 1]).abs().sum(-1).mean(), 3)
    return {**picture(corpus, int(corpus.image_of_text[text])), "text": corpus.texts[text], "words": words, "apart": apart,
            "regions": short(of_image["looks"][0]), "of words": short(of_text["looks"][0]),
            "per look": short(match.seen["per look"][0, 0], 3), "sharpest": short(images.max(-1).values.mean(0), 3)}


def hardest(rows: dict) -> dict:
    """label -> rsum on the images held out, after each epoch and with each seed, and which hinge the epoch used."""
    return {label: {"rsum": [short([line["rsum"] for line in run.log], 1) for run in runs],
                    "hinge": [line["hinge"] for line in runs[0].log]} for label, runs in rows.items()}


def violations(run, corpus) -> dict:
    """How far sentences violate the order, cut to their first words, against their own image and against another one."""
    at, owner = index(run, corpus), corpus.image_of_text
    other, found = (owner + len(corpus) // 2) % len(corpus), {"words": [*KEPT, "all"], "own": [], "other": []}
    for kept in (*KEPT, None):
        texts = encode_texts(run.model, [" ".join(text.split()[:kept]) for text in corpus.texts], run.vocabulary)
        scores = score_all(run.model, at.images, texts)
        for name, image in (("own", owner), ("other", other)):
            far = -scores[image, np.arange(len(owner))].astype(float)
            found[name].append(short([far.mean(), *bootstrap([far[owner == i].mean() for i in np.unique(owner)])], 4))
    return found


def wrong_letters(texts, share: float, seed: int = 0) -> list:
    """The texts with that share of their letters replaced by others, each with the same chance; spaces stay."""
    rng, made = np.random.default_rng(seed), []
    for text in texts:
        flip = rng.random(len(text)) < share
        other = rng.integers(1, 26, len(text))
        made.append("".join(LETTERS[(LETTERS.index(c) + o) % 26] if f and c in LETTERS else c
                            for c, f, o in zip(text.lower(), flip, other)))
    return made


def letters(rows: dict, corpus) -> dict:
    """label -> recalls of each seed under wrong letters, the same for all rows."""
    noisy = [wrong_letters(corpus.texts, share) for share in NOISE]
    found = {label: [] for label in rows}
    for label, runs in rows.items():
        for run in runs:
            images = index(run, corpus).images
            each = [hits(score_all(run.model, images, encode_texts(run.model, texts, run.vocabulary)), corpus.image_of_text)
                    for texts in noisy]
            found[label].append({name: short([h[name] for h in each], 1) for name in each[0]})
    text = noisy[0][0]
    return {"share": list(NOISE), "rows": found, "example": [text, noisy[2][0], noisy[4][0]]}


def concepts(run, corpus, show: int = 4) -> dict:
    """What SCO takes an image to show more than others do, and which region says so; over all images, is that region one that
    the word names, and is a concept likelier where the captions say it?

    auc     mean over the words of scenes that name things: the chance that an image whose captions say the word gets a higher
            probability than one whose do not; 50 knows nothing
    """
    at, owner = index(run, corpus), corpus.image_of_text
    word_of = {run.vocabulary.words[i]: n for n, i in enumerate(run.model.concept_words.tolist()) if i >= 0}
    regions, mask = read_images(corpus, np.arange(len(corpus)))
    with torch.no_grad(), evaluating(run.model):
        told = run.model.encode_images(regions, mask).seen
    right, asked, level, seen_pairs = np.zeros(len(corpus)), np.zeros(len(corpus)), [], set()
    said, things = np.zeros(told["concepts"].shape, bool), set()
    for t, text in enumerate(corpus.texts):
        for token, rows in zip(_bare(run.vocabulary, text), corpus.truth.words[t]):
            pair = (int(owner[t]), word_of.get(token))
            if pair[1] is not None:
                said[pair] = True
                things |= {pair[1]} if rows else set()
            if rows and pair[1] is not None and pair not in seen_pairs:
                seen_pairs.add(pair)
                right[pair[0]] += int(told["shown by"][pair]) in rows
                asked[pair[0]] += 1
                level.append(len(rows) / int(mask[pair[0]].sum()))
    image = int(owner[first_found(at)])
    p, names = told["concepts"].numpy(), {n: w for w, n in word_of.items()}
    lift = p[image] - p.mean(0)                                # what this image says more than images do
    best = sorted(names, key=lambda n: -lift[n])[:show]
    return {**picture(corpus, image), "texts": [corpus.texts[t] for t in np.flatnonzero(owner == image)][:2],
            "concepts": [{"word": names[n], "p": short(p[image, n], 3), "mean": short(p[:, n].mean(), 3),
                          "region": int(mask[image][:int(told["shown by"][image, n])].sum())} for n in best],
            "auc": short(100 * np.mean(_known(p, said, things)), 1), "many": int(asked.sum()),
            "chance": short(100 * np.mean(level), 1),
            "right": short(100 * right.sum() / asked.sum(), 1), "interval": short(share_interval(right, asked)[:2], 1),
            "gate": short([told["gate"].mean(), *np.percentile(told["gate"].numpy(), [5, 95])], 3)}


def _known(p, said, things) -> list:
    """The area under the curve of each concept that names things, per image: p (I, C), said (I, C)."""
    both = [n for n in sorted(things) if 0 < said[:, n].sum() < len(said)]
    return [(p[said[:, n], n][:, None] > p[~said[:, n], n]).mean() for n in both]


def _bare(vocabulary, text) -> list:
    """The words of a text, without markers, as the truth of scenes counts them."""
    return [t.word for t in vocabulary.tokens(text) if t.start >= 0]


def told(rows: dict) -> dict:
    """label -> the recalls of each seed, from the records that the leaderboard wrote beside the runs."""
    names = ("text R@1", "text R@10", "image R@1", "image R@10", "rsum")
    return {"rows": {label: [{name: short(record["measured"]["values"][name], 2) for name in names} for record in records]
                     for label, records in rows.items()}}


def pairs(runs: dict, corpus) -> dict:
    """One pair as four models match it: the first sentence that finds its image first with the first of them."""
    at = {name: index(run, corpus) for name, run in runs.items()}
    text = first_found(next(iter(at.values())))
    image, found = int(corpus.image_of_text[text]), {}
    for name, run in runs.items():
        words, _, _, match = seen(run, at[name], image, text)
        told = {key: short(match.seen[key][0, 0]) for key in SHOWN if key in match.seen}
        found[name] = {"words": words, "seen": told, "rank": int(at[name].ranks.of_texts[text]), "score": float(match.scores)}
    return {**picture(corpus, image), "text": corpus.texts[text], "models": found}
