"""Measuring runs, indexes and scores: recalls with intervals, stamped with how they were measured, and two of them compared."""
from typing import Any, NamedTuple

from vsrlab.data.corpus import Corpus
from vsrlab.errors import Problem, needs, unknown
from vsrlab.measure import result
from vsrlab.measure.result import Comparison, Result, measured
from vsrlab.retrieval.cut import whole
from vsrlab.retrieval.index import Index, index
from vsrlab.retrieval.scored import Scored, alike, ensemble
from vsrlab.run import Run

PROTOCOLS = {"1K": (1000, 1), "5-fold 1K": (1000, 5), "5K": (5000, 1)}       # images of a gallery, galleries


class Gallery(NamedTuple):
    """What a stamp says of a gallery."""
    name: str
    split: str
    ids: list
    texts: list
    image_of_text: Any         # (T,)


def evaluate(what, corpus=None, protocol: str | None = None, groups=None, force: bool = False) -> Result:
    """Measure a run, an Index, a Scored, or a list of them (their mean scores: an ensemble) on a corpus.

    corpus    needed for a run; an Index and a Scored have their own
    protocol  None: all images in one gallery; "1K", "5K": a gallery of exactly that many images;
              "5-fold 1K": the mean over five galleries of 1,000 consecutive images, the "1K" of COCO
    groups    (I,) a label for each image; images with one label, as near-duplicates, are drawn as one for the intervals
    force     measure a run on features of another extractor than it was trained on, with a warning
    """
    several = list(what) if isinstance(what, (list, tuple)) else [what]
    if not several:
        raise Problem("there is nothing to measure: give a run, an index, or a list of runs.")
    own = [one for one in several if isinstance(one, (Index, Scored))]
    for one in several:
        if not isinstance(whole(one, "vl.evaluate"), (Index, Scored)):
            needs("vl.evaluate", one, Run)
    if corpus is None:
        if not own:
            raise Problem("a run is measured on a corpus: vl.evaluate(run, corpus).")
        corpus = own[0].corpus
    if len(own) < len(several) or not isinstance(corpus, Scored):
        needs("vl.evaluate", corpus, Corpus)
    for one in own:
        if not alike(one.corpus, corpus):
            raise Problem(f"{one!r} is not one of {corpus!r}; leave the corpus out, or make another with vl.index(run, corpus).")
    fold, folds = _galleries(corpus, protocol)
    if len(corpus.texts) == 0:
        raise Problem(f"{corpus.name} has no texts, so there is nothing to retrieve; give a split with captions.")
    scored = ensemble([index(one, corpus, force=force) if isinstance(one, Run) else one for one in several])
    gallery = Gallery(scored.dataset, scored.split, scored.ids, scored.texts, scored.image_of_text)
    return measured(scored.scores, gallery, fold, folds, scored.who(), groups)


def compare(a, b, groups=None) -> Comparison:
    """Compare two results query by query; an Index or a Scored is measured first, all its images in one gallery.

    groups    (I,) a label for each image, as in `evaluate`; None: those that the results were measured with
    Raises Problem when they were not measured in the same way.
    """
    return result.compare(*(evaluate(one, groups=groups) if isinstance(one, (Index, Scored)) else one for one in (a, b)), groups)


def _galleries(corpus, protocol):
    if protocol is None:
        return len(corpus), 1
    if protocol not in PROTOCOLS:
        raise unknown("protocol", protocol, PROTOCOLS)
    fold, folds = PROTOCOLS[protocol]
    if len(corpus) < fold * folds or folds == 1 and len(corpus) != fold:
        first = "" if isinstance(corpus, Scored) else f"take the first ones with corpus.images(range({fold})) and say so, or "
        way = (f"{first}use '5-fold 1K'" if len(corpus) > fold
               else "leave the protocol out to rank in one gallery of all of them")
        raise Problem(f"{protocol} needs {fold * folds} images, {corpus.name} has {len(corpus)}; {way}.")
    return fold, folds

