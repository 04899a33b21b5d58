"""The pointing game: does the strongest region of a word lie where the word's thing is, more often than by chance?

Zhang, Lin, Brandt, Shen, Sclaroff: Top-down Neural Attention by Excitation Backprop, ECCV 2016; here with regions for
pixels.  It asks whether words point at their things, not whether the score depends on it: see belief.py for that.
"""
import gzip
import io
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from vsrlab.data.words import tokenise
from vsrlab.device import exact_products
from vsrlab.errors import Missing, Problem, needs_pair, unknown
from vsrlab.explain.explanation import Explanation, Pair, explain_pair
from vsrlab.explain.faithfulness import sampled_texts
from vsrlab.explain.interaction import interaction
from vsrlab.explain.occlusion import occlusion
from vsrlab.explain.pair import random_weights
from vsrlab.explain.reasoning import overlaps
from vsrlab.inputs import LARGE, LINE, Is, decode, parse_json, read_bytes
from vsrlab.measure.significance import bootstrap
from vsrlab.progress import watched

BOX = Is("four numbers", lambda x: isinstance(x, list) and len(x) == 4 and all(isinstance(n, int | float) and -1e9 < n < 1e9
                                                                               for n in x))
PHRASE = {"filename": LINE, "phrase": str, "boxes": [BOX]}

QUANTITIES = ("attention", "cosine", "contribution", "occlusion", "interaction")


@exact_products()
def pointing_game(run, index, n: int = 100, *, quantity: str = "", phrases=None, least: float = 0.5, seed: int = 0):
    """Hit rate of the words with a known region, on n images drawn by a seed, each with one text: the run, chance, random weights.

    quantity  whose largest value in a word's row is its answer: "attention", "cosine", "contribution", for every model that
              compares vectors "interaction", and for every model "occlusion" (what word and region carry together); "" is
              attention where there is any
    phrases   truth for photos: {row of a text: [(phrase, boxes (B, 4) in fractions of the photo), ...]}, see `read_phrases`;
              None: corpus.truth
    least     intersection over union at which a region counts as a phrase's box

    -> DataFrame of three rows (per cent, with bootstrap intervals over images): the run, random weights, and the difference.
    `chance` is the hit rate of a region drawn at random.
    """
    needs_pair("vl.pointing_game", run, index)
    corpus = index.corpus
    if phrases is None and corpus.truth is None:
        raise Problem(f"{corpus.name} does not know which regions its words name; play on scenes, or give "
                      "phrases={text row: [(phrase, boxes)]}.")
    if phrases is not None:
        texts = sorted(t for t in phrases if 0 <= t < len(corpus.texts))
        if not texts:
            raise Problem(f"no phrase belongs to a text of {corpus.name}; play on a split that has phrase boxes.")
        texts = [texts[k] for k in np.random.default_rng(seed).permutation(len(texts))[:n]]
    else:
        texts = sampled_texts(corpus, n, seed)
    untrained, found = random_weights(run, seed), []
    for text in watched(texts, "pairs played"):
        image = int(corpus.image_of_text[text])
        pairs = [Pair(r, index, image, text) for r in (run, untrained)]
        found.append([_played(pair, quantity, phrases and phrases[text], least) for pair in pairs])
    return _table(np.array(found, float).reshape(-1, 2, 3), run.settings.model)


def pointing(e: Explanation, matrix=None):
    """-> words (N,) that name a region, hit (N,) whether the largest of their row of `matrix` (W, R; None: attention) is one of
    theirs, chance (N,) that a region drawn at random is."""
    matrix = e.attention if matrix is None else matrix
    if matrix is None:
        raise Problem("this model has no attention; give a matrix of words by regions, such as occlusion(pair).both.")
    words = [w for w, named in enumerate(e.truth or ()) if named]
    hit = np.array([int(np.argmax(matrix[w])) in e.truth[w] for w in words], bool)
    return np.array(words, int), hit, np.array([len(e.truth[w]) / matrix.shape[1] for w in words])


def read_phrases(path, corpus, sizes: dict) -> dict:
    """Phrase boxes of photos as `pointing_game` wants them: {row of a text: [(phrase, boxes (B, 4) in fractions), ...]}.

    path   JSON lines, plain or .gz, each with "filename", "phrase" and "boxes" [[x1, y1, x2, y2], ...] in pixels
    sizes  {file name: (width, height) of the photo that those pixels count}

    A phrase belongs to the first caption of its image that holds its words one after the other; the others are left out.
    """
    path = Path(path)
    if not path.is_file():
        raise Missing(f"there are no phrase boxes at {path}; give a file of JSON lines with filename, phrase and boxes.")
    row = {name: r for r, one in enumerate(corpus.ids) for name in (one, Path(one).stem)}
    words = lambda text: [word for word, _, _ in tokenise(text)]
    captions = {t: words(text) for t, text in enumerate(corpus.texts)}
    found = {}
    for line in _lines(path):
        name, phrase = line["filename"], words(line["phrase"])
        image = row.get(name, row.get(Path(name).stem))
        if image is None or name not in sizes or not phrase:
            continue
        holds = lambda t, phrase=phrase: any(captions[t][s:s + len(phrase)] == phrase for s in range(len(captions[t])))
        text = next(filter(holds, corpus.texts_of(image)), None)
        if text is not None:
            boxes = np.array(line["boxes"], float).reshape(-1, 4)
            found.setdefault(int(text), []).append((line["phrase"], boxes / np.tile(sizes[name], 2)))
    return found


def _lines(path: Path):
    """The lines of a file of phrase boxes, one dictionary each."""
    what, data = "a file of phrase boxes", read_bytes(path, "a file of phrase boxes")
    if path.suffix == ".gz":
        try:
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(LARGE)
        except (OSError, EOFError, zlib.error) as error:
            raise Problem(f"{path} cannot be unpacked ({error}); copy it again.") from None
    for number, line in enumerate(decode(data, path).split("\n"), 1):
        if line.strip():
            yield parse_json(line, f"{path}, line {number}", what, PHRASE)


def phrase_truth(e: Explanation, phrases, least: float = 0.5) -> Explanation:
    """The record with the regions that each phrase names: those whose IoU with one of its boxes is `least` or more.

    They become the truth of its last word, which in an English noun phrase is nearly always the noun.  A phrase that is not in
    the caption is left out; one that stands there twice is taken in order.
    """
    if e.boxes is None:
        raise Problem("phrases are compared with boxes, and this corpus has none; extract features with boxes.")
    truth, taken = [()] * len(e.words), 0
    for phrase, boxes in phrases:
        words = [word for word, _, _ in tokenise(phrase)]
        starts = [s for s in range(len(e.words) - len(words) + 1) if list(e.words[s:s + len(words)]) == words]
        if not words or not starts:
            continue
        taken = next((s for s in starts if s >= taken), starts[0]) + len(words)
        near = overlaps(np.concatenate([e.boxes, np.reshape(boxes, (-1, 4))]))[:len(e.boxes), len(e.boxes):].max(1, initial=0)
        truth[taken - 1] = tuple(np.flatnonzero(near >= least).tolist())
    return replace(e, truth=tuple(truth))


def _played(pair, quantity, phrases, least) -> tuple:
    """(hits, words, sum of chances) of one pair."""
    e = explain_pair(pair)
    e = phrase_truth(e, phrases, least) if phrases is not None else e
    quantity = quantity or ("attention" if e.attention is not None else "occlusion")
    if quantity not in QUANTITIES:
        raise unknown("quantity", quantity, QUANTITIES)
    if e.truth is None or not any(e.truth):
        return 0, 0, 0
    made = {"occlusion": lambda: occlusion(pair).both, "interaction": lambda: interaction(pair).values}
    matrix = made[quantity]() if quantity in made else getattr(e, quantity)
    if matrix is None:
        raise Problem(f"{pair.run.settings.model} has no {quantity}; take quantity='occlusion', which every model has.")
    words, hit, by_chance = pointing(e, matrix)
    return hit.sum(), len(words), by_chance.sum()


def _table(found, model):
    """found (N, 2, 3): of each pair, trained and random: hits, words, chance."""
    import pandas as pd
    hits, words, by_chance = found[:, :, 0], found[:, 0, 1], found[:, 0, 2]
    if not words.sum():
        raise Problem("none of these words names a region; play on more images, or lower `least`.")
    rate, pairs = (lambda x: 100 * x.sum() / words.sum()), int((words > 0).sum())
    rows = []
    for name, part in ((model, hits[:, 0]), ("random weights", hits[:, 1]), ("difference", hits[:, 0] - hits[:, 1])):
        low, high = bootstrap(part, words)
        rows.append({"model": name, "pairs": pairs, "words": int(words.sum()), "hit rate": rate(part), "low": 100 * low,
                     "high": 100 * high, "chance": rate(by_chance) if name != "difference" else np.nan})
    return pd.DataFrame(rows)
