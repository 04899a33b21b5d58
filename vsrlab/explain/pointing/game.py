"""The pointing game: does the answer for a word or phrase lie where its thing is, more often than answers that read nothing?

Zhang, Lin, Brandt, Shen, Sclaroff: Top-down Neural Attention by Excitation Backprop, ECCV 2016; here with regions for
pixels.  It asks whether words point at their things, not whether the score depends on it: see belief.py for that.
"""
import numpy as np

from vsrlab.device import exact_products
from vsrlab.errors import Problem, needs_pair, unknown
from vsrlab.explain.explanation import Explanation, Pair, explain_pair
from vsrlab.explain.faithfulness import sampled_texts
from vsrlab.explain.interaction import interaction
from vsrlab.explain.occlusion import occlusion
from vsrlab.explain.pair import random_weights
from vsrlab.explain.pointing.mix import Mix, lacks, mix_of, parts
from vsrlab.explain.pointing.phrases import HALF, phrase_units, true_units
from vsrlab.explain.pointing.tally import CHANCE, Played, played, tabled
from vsrlab.explain.reasoning import overlaps
from vsrlab.progress import watched

QUANTITIES = ("pointing", "attention", "cosine", "contribution", "occlusion", "interaction")
CONTROL = "random weights"


@exact_products()
def pointing_game(run, index, n: int = 100, *, quantity: str | tuple = "", phrases=None, least: float = HALF,
                  mix: Mix | None = None, seed: int = 0):
    """How often the answer for a word or phrase is right, on n texts drawn by a seed: the run, controls, and answers without words.

    quantity  whose largest value is the answer: "pointing" (the stated mix of cosine, confidence and area, see pointing.mix),
              "attention", "cosine", "contribution", for every model that compares vectors "interaction", and for every model
              "occlusion" (what word and region carry together); of a phrase the mean over its words.  "": with phrases
              "pointing", on scenes attention, else occlusion.  Of several, ("pointing", "cosine"), the others have a row each
    phrases   truth for photos: {row of a text: [(phrase, boxes (B, 4) in fractions of the photo), ...]}, see
              `pointing.phrases.read_phrases`; None: corpus.truth
    least     intersection over union at which a region counts as a phrase's box
    mix       weights in place of those that were chosen for the extractor

    -> DataFrame, per cent, 95 % intervals by bootstrap over photos.  Rows: the run, the same model with random weights, the
    difference; then a region at random, the detector's most confident box, the largest region and the whole photo, none of which
    reads a word, and the best of the regions, which no answer can beat.  Columns:

    hit rate  of all words or phrases, those that no region answers being misses; `answered`: of those that one does
    centre    the middle of the answer lies in a box (the usual pointing game); `part`: it does, and the extent is wrong
    own, other, within   over pairs of phrases of a caption with different places: the answer lies on its own place, on the other's,
              and the difference.  An answer that reads no word has none.
    `pairs` counts the texts, `words` the words or phrases, `chance` is the hit rate of a region at random.
    """
    needs_pair("vl.pointing_game", run, index)
    texts, untrained = _texts(index.corpus, n, phrases, seed), random_weights(run, seed)
    found, about = [], {}
    for text in watched(texts, "pairs played"):
        image = int(index.corpus.image_of_text[text])
        pair, control = (Pair(r, index, image, text) for r in (run, untrained))
        e = explain_pair(pair)
        units = true_units(e) if phrases is None else phrase_units(e, phrases[text], least)
        first, *others = [quantity or _default(e, phrases is not None)] if isinstance(quantity, str) else quantity
        weights = mix or mix_of(e)
        about = about or {"quantity": first, "mix": str(weights), "lacks": lacks(e) if first == "pointing" else ""}
        if units:
            own = {run.settings.model: answers(pair, e, units, first, weights),
                   CONTROL: answers(control, explain_pair(control), units, first, weights),
                   **{f"by {one}": answers(pair, e, units, one, weights) for one in others}}
            found.append(_played(e, units, own, least))
    table = tabled(found, run.settings.model, CONTROL)
    table.attrs |= {**about, "least": least, "phrases": phrases is not None}
    return table


def _texts(corpus, n: int, phrases, seed: int) -> list:
    """Rows of the texts that are played."""
    if phrases is None and corpus.truth is None:
        raise Problem(f"{corpus.name} does not know which regions its words name; play on scenes, or give "
                      "phrases={text row: [(phrase, boxes)]}.")
    if phrases is None:
        return sampled_texts(corpus, n, seed)
    texts = sorted(t for t in phrases if 0 <= t < len(corpus.texts))
    if not texts:
        raise Problem(f"no phrase belongs to a text of {corpus.name}; play on a split that has phrase boxes.")
    return [texts[k] for k in np.random.default_rng(seed).permutation(len(texts))[:n]]


def _default(e: Explanation, photos: bool) -> str:
    if photos and e.cosine is not None:
        return "pointing"
    return "attention" if e.attention is not None else "occlusion"


def answers(pair, e: Explanation, units: list, quantity: str, mix: Mix) -> list:
    """The region that answers for each unit: the largest of a quantity, of a phrase the mean over its words."""
    if quantity not in QUANTITIES:
        raise unknown("quantity", quantity, QUANTITIES)
    if quantity == "pointing" and e.cosine is not None:
        return [int(np.argmax(parts(e, unit.words, mix).total)) for unit in units]
    made = {"occlusion": lambda: occlusion(pair).both, "interaction": lambda: interaction(pair).values}
    matrix = made[quantity]() if quantity in made else getattr(e, quantity, None)
    if matrix is None:
        lacking = "cosine of words and regions to point by" if quantity == "pointing" else quantity
        raise Problem(f"{e.provenance['model']} has no {lacking}; take quantity='occlusion', which every model has.")
    return [int(np.argmax(np.asarray(matrix)[list(unit.words)].mean(0))) for unit in units]


def _played(e: Explanation, units: list, own: dict, least: float) -> Played:
    """One caption: the given answers, and those that read no word.  The last candidate is the whole photo."""
    boxes = np.concatenate([e.places, [(0.0, 0.0, 1.0, 1.0)]])
    near = np.array([[r in unit.regions for unit in units] for r in range(e.regions)]
                    + [[overlaps(boxes[-1:], unit.boxes).max() >= least for unit in units]], bool)
    middle = np.array([[unit.centred(box) for unit in units] for box in boxes], bool)
    one = np.eye(len(boxes))
    blind = {CHANCE: np.append(np.full(e.regions, 1 / e.regions), 0.0)}
    if not lacks(e):
        blind["most confident box"] = one[int(np.argmax(e.confidence))]
    if e.boxes is not None:
        area = np.clip(e.places[:, 2:] - e.places[:, :2], 0, None).prod(1)
        blind |= {"largest region": one[int(np.argmax(area))], "whole photo": one[-1]}
    chosen = {name: one[found] for name, found in own.items()}
    chosen |= {name: np.tile(share, (len(units), 1)) for name, share in blind.items()}
    chosen["best of the regions"] = np.stack([one[_best(near[:-1, u], middle[:-1, u])] for u in range(len(units))])
    apart = np.array([[overlaps(a.boxes, b.boxes).max() < least for b in units] for a in units], bool)
    unread = sum(bool(e.unknown[list(unit.words)].all()) for unit in units)
    return played(e.image, chosen, near, middle, apart & ~np.eye(len(units), dtype=bool), near[:-1].any(0), unread)


def _best(near, middle) -> int:
    """A region that answers, else one whose middle is right, else any."""
    return int(np.argmax(2 * near + middle))
