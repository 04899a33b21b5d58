"""Measuring runs and indexes: recalls with intervals, stamped with how they were measured."""
from vsrlab.data.corpus import Corpus
from vsrlab.errors import Problem, needs, unknown
from vsrlab.measure.result import Result, measured
from vsrlab.retrieval.index import Index, alike, ensemble, index
from vsrlab.run import Run

PROTOCOLS = {"1K": (1000, 1), "5-fold 1K": (1000, 5), "5K": (5000, 1)}       # images of a gallery, galleries


def evaluate(what, corpus=None, protocol: str | None = None) -> Result:
    """Measure a run, an Index, or a list of runs (their mean scores: an ensemble) on a corpus.

    protocol  None: all images in one gallery; "1K", "5K": a gallery of exactly that many images;
              "5-fold 1K": the mean over five galleries of 1,000 consecutive images, the "1K" of COCO
    """
    several = list(what) if isinstance(what, (list, tuple)) else [what]
    if not several:
        raise Problem("there is nothing to measure: give a run, an index, or a list of runs.")
    if corpus is None:
        if not isinstance(several[0], Index):
            raise Problem("a run is measured on a corpus: vl.evaluate(run, corpus).")
        corpus = several[0].corpus
    for one in several:
        if not isinstance(one, Index):
            needs("vl.evaluate", one, Run)
        elif not alike(one.corpus, corpus):
            raise Problem(f"{one!r} is not one of {corpus!r}; leave the corpus out, or make another with vl.index(run, corpus).")
    needs("vl.evaluate", corpus, Corpus)
    fold, folds = _galleries(corpus, protocol)
    if len(corpus.texts) == 0:
        raise Problem(f"{corpus.name} has no texts, so there is nothing to retrieve; give a split with captions.")
    indexes = [one if isinstance(one, Index) else index(one, corpus) for one in several]
    scores = ensemble(indexes) if len(indexes) > 1 else indexes[0].scores
    return measured(scores, corpus, fold, folds, [_who(one.run) for one in indexes])


def _galleries(corpus, protocol):
    if protocol is None:
        return len(corpus), 1
    if protocol not in PROTOCOLS:
        raise unknown("protocol", protocol, PROTOCOLS)
    fold, folds = PROTOCOLS[protocol]
    if len(corpus) < fold * folds or folds == 1 and len(corpus) != fold:
        way = (f"take the first ones with corpus.images(range({fold})) and say so, or use '5-fold 1K'" if len(corpus) > fold
               else "leave the protocol out to rank in one gallery of all of them")
        raise Problem(f"{protocol} needs {fold * folds} images, {corpus.name} has {len(corpus)}; {way}.")
    return fold, folds


def _who(run) -> dict:
    return {"model": run.settings.model, "run": run.name, "weights": run.fingerprint, "seed": run.settings.seed}
