"""What the error desk asks of scores: tables of queries, first answers, hubs, near-duplicates, a random sample to be judged.

All of it comes from the digest (`vsrlab/desk/digest.py`), which one pass over the scores makes and NAME.desk/digest.npz keeps.
"""
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vsrlab.desk import store
from vsrlab.desk.digest import Digest, digest
from vsrlab.desk.duplicates import duplicates, pairs_alike
from vsrlab.errors import Problem, unknown

HUB = 99, 3                    # a hub: N_k above this percentile of all answers, and at least so many times k


class Top(NamedTuple):
    """The first answers of the N queries of a side, best first; of equal scores the right ones last."""
    rows: np.ndarray           # (N, k)  of images for text queries, of texts for image queries
    scores: np.ndarray         # (N, k)


class Questions:
    """A part of Scored; `side` names who asks: "text" queries look for their image, "image" queries for their texts."""

    @cached_property
    def key(self) -> str:
        """What names these scores: of an index its weights, knobs and encodings, so that nothing is scored for it."""
        parts = ()
        if self.index is not None and self.run is not None:
            sides = (self.index.images.vector, self.index.texts.vector)
            ends = [part.detach().float().cpu().numpy() for x in sides for part in (x[:store.ROWS], x[-store.ROWS:])]
            knobs = {name: str(self.run.model.knob(name)) for name in self.run.model.knobs}
            parts = [self.run.fingerprint, repr(knobs), *ends]
        return store.key_of(self.scores, self.image_of_text, self.ids, self.text_ids, parts)

    @cached_property
    def digest(self) -> Digest:
        """Both sides' ranks, margins and first answers: read from the desk's folder, or made in one pass and kept there."""
        found = store.opened(self.desk, self.key) if self.desk is not None else None
        if found is None:
            found = digest(self.scores, self.image_of_text)
            if self.desk is not None:
                store.keep(self.desk, self.key, found)
        return found

    def top(self, side: str = "text", k: int = 20) -> Top:
        """The first k answers of every query of a side, 20 at most."""
        known = self.digest.side(side)
        if not 1 <= k:
            raise Problem(f"k={k}: ask for at least one answer.")
        if k > known.rows.shape[1]:
            raise Problem(f"k={k}: the digest keeps the first {known.rows.shape[1]} answers of each query; ask for no more.")
        return Top(known.rows[:, :k], known.scores[:, :k])

    def queries(self, side: str = "text"):
        """A pandas DataFrame with a row for each query of a side, in the order of the rows of texts or images.

        id, text       of the query; an image has no text
        rank           from 0, ties counted against the model, as in every table; -1: nothing to find
        rank_best, rank_worst    the same with ties counted for it, and against it
        hit            is the first answer right?
        winner, winner_id        row and id of the first answer that is wrong where there is one before the right one
        score, winner_score      of the best right answer, and of the winner
        margin, margin_sd        score of the best right answer minus that of the best wrong one; in deviations of the wrong ones
        tied           nearly a tie
        judged, valid  how many people judged the pair of query and winner, and whether most of them call it valid (None: undecided)
        """
        import pandas
        known = self.digest.side(side)
        texts = side == "text"
        names, others = (self.text_ids, self.ids) if texts else (self.ids, self.text_ids)
        winner = known.rows[:, 0]
        pairs = [(int(w), n) if texts else (n, int(w)) for n, w in enumerate(winner)] if self.verdicts else []
        said = [self.verdicts.get(pair, (0, None)) for pair in pairs] or [(0, None)] * len(winner)
        return pandas.DataFrame({
            "id": names, "text": self.texts if texts else [""] * len(names), "side": side, "rank": known.worst,
            "rank_best": known.best, "rank_worst": known.worst, "hit": known.hit, "winner": winner,
            "winner_id": [others[w] for w in winner], "score": known.score, "winner_score": known.scores[:, 0],
            "margin": known.margin, "margin_sd": known.margin_sd, "tied": known.tied, "judged": [n for n, _ in said],
            "valid": pandas.array([valid for _, valid in said], dtype="boolean")})

    def hubs(self, k: int = 10, side: str = "image"):
        """Answers by N_k, how many queries have them among their first k: a DataFrame, most frequent first.

        side  "image": photos that captions find; "text": captions that photos find.
        hub   N_k above the 99th percentile of all, and at least 3 k (Radovanović, Nanopoulos and Ivanović 2010 call N_k
              k-occurrence)
        """
        import pandas
        count = self.digest.found(side, k)
        rows = np.argsort(-count, kind="stable")
        names = self.ids if side == "image" else self.text_ids
        found = pandas.DataFrame({"row": rows, "id": [names[r] for r in rows]})
        return found.assign(**{f"N_{k}": count[rows], "hub": self.is_hub(k, side)[rows]})

    def is_hub(self, k: int = 10, side: str = "image") -> np.ndarray:
        """(I,) or (T,) which answers are hubs, see `hubs`."""
        count = self.digest.found(side, k)
        return (count > np.percentile(count, HUB[0])) & (count >= HUB[1] * k)

    def duplicates(self, side: str = "image", cosine: float = 0.95):
        """Pairs of near-duplicate images, or texts: a DataFrame of rows, ids and cosines, the most alike first.

        The cosine is taken around the gallery's mean, of vectors where they are known, else of rows or columns of scores.
        """
        import pandas
        if side not in ("image", "text"):
            raise unknown("side", side, ("image", "text"))
        if not 0 < cosine <= 1:
            raise Problem(f"cosine={cosine!r}: near-duplicates need a cosine between 0 and 1, for example 0.95.")
        vectors = self.vectors(side)
        means = None if vectors is not None else self.digest.side("text" if side == "image" else "image").mean
        one, other, like = pairs_alike(vectors, cosine) if vectors is not None else duplicates(self.scores, side, means, cosine)
        order = np.lexsort((other, one, -like))
        names = self.ids if side == "image" else self.text_ids
        found = pandas.DataFrame({"row": one[order], "other": other[order]})
        return found.assign(id=[names[r] for r in found["row"]], other_id=[names[r] for r in found["other"]], cosine=like[order])

    def sample(self, n: int = 100, seed: int = 0, side: str = "text"):
        """A random sample of the failures at 1, to be judged: rows of `queries`, all of them where there are no more than n.

        The same n, seed and scores give the same sample, so that `corrected` can tell a random sample from a picked one.
        """
        if n < 1:
            raise Problem(f"n={n}: a sample has at least one failure.")
        failed = np.flatnonzero(self.digest.side(side).failed)
        drawn = np.sort(np.random.default_rng(seed).choice(failed, min(n, len(failed)), replace=False)) if len(failed) else failed
        return self.queries(side).iloc[drawn]
