"""Records of failures from scores: what the rules of `desk.causes` read, put together for one query or for all."""
import weakref

import numpy as np

from vsrlab.data.words import UNKNOWN
from vsrlab.desk.causes import causes, reasons_valid
from vsrlab.desk.record import Record
from vsrlab.desk.tfidf import Texts
from vsrlab.retrieval.scored import Scored, scored_of

_KNOWN = weakref.WeakKeyDictionary()       # Scored -> its Gallery
TENTH = 10                                 # per cent: where a caption counts as generic


class Gallery:
    """What all records of one Scored share: its texts' words, hubs, generic captions, means of vectors."""

    def __init__(self, scored: Scored):
        self.scored, self.texts = scored, Texts(scored.texts, scored.image_of_text)
        known = scored.digest
        self.found = {side: known.found(side, min(10, known.kept(asks))) for side, asks in (("image", "text"), ("text", "image"))}
        self.hubs = {side: (n > np.percentile(n, 99)) & (n >= 30) for side, n in self.found.items()}
        text = known.text
        high, even = np.percentile(text.mean, 100 - TENTH), np.percentile(text.deviation, TENTH)
        self.generic = (text.mean >= high) & (text.deviation <= even)
        vectors = scored.vectors("image")
        self.vectors = None if vectors is None else (vectors, vectors.mean(0, dtype=np.float64))

    def photos_alike(self, one: int, other: int) -> float | None:
        """The cosine of two images around the gallery's mean, of vectors or of rows of scores; None where scores are too few."""
        if self.vectors is not None:
            a, b = (self.vectors[0][row] - self.vectors[1] for row in (one, other))
        elif len(self.scored.texts) >= 50:
            a, b = (self.scored.of_image(row) - self.scored.digest.text.mean for row in (one, other))
        else:
            return None
        return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))


def gallery_of(scored: Scored) -> Gallery:
    """What the records of a Scored share, made once."""
    if scored not in _KNOWN:
        _KNOWN[scored] = Gallery(scored)
    return _KNOWN[scored]


def share(scored: Scored, other: Scored):
    """Let another Scored of the same scores, such as one with more judgements, have what was made of the first."""
    _KNOWN[other] = gallery_of(scored)


def record_of(scored: Scored, side: str, query: int, others=()) -> Record:
    """The Record of a query and its first answer, which may be right: then it tells of the best wrong one.

    others  more Scored of the same gallery: whether they too put this answer above the right one
    """
    shared, known = gallery_of(scored), scored.digest.side(side)
    owner = scored.image_of_text
    right = (lambda row: owner[query] == row) if side == "text" else (lambda row: owner[row] == query)
    answer = next((int(row) for row in known.rows[query] if not right(row)), int(known.rows[query, 0]))
    image, text = (answer, query) if side == "text" else (query, answer)
    run = scored.run
    tokens = run.vocabulary.tokens(scored.texts[text]) if run is not None else ()
    unread = list(dict.fromkeys(token.word for token in tokens if token.id == UNKNOWN and token.start >= 0))
    labels = scored.corpus.labels
    sought = {"text": "image", "image": "text"}[side]
    captions = [scored.texts[n] for n in shared.texts.of_image(image)]
    words = shared.texts
    return Record(side, query, answer, image, text, scored.texts[text], captions, words.like(text, image), words.usual,
                  words.rare(text), unread, shared.photos_alike(image, int(owner[text])), int(shared.found[sought][answer]),
                  bool(shared.hubs[sought][answer]), bool(shared.generic[text]), *_margin(known, query),
                  [] if labels is None else sorted({str(name) for name in np.asarray(labels[image]).ravel() if name}),
                  _agreeing(others, side, query, answer))


def _margin(known, query) -> tuple:
    """(margin, the same in deviations of the wrong answers) of one query, as `Side` gives them for all."""
    margin, spread = known.score[query] - known.wrong[query], known.spread[query]
    return float(margin), float(margin / spread) if spread > 0 else float("nan")


def records(scored: Scored, side: str = "text", others=()):
    """The Records of all failures at 1, in the order of their rows."""
    for query in np.flatnonzero(scored.digest.side(side).failed):
        yield record_of(scored, side, int(query), others)


def failures(what, side: str = "text", others=()):
    """A pandas DataFrame of all failures at 1: rows of `Scored.queries` with their causes and what speaks for "may be valid".

    what    an Index or a Scored;  others  more of the same gallery, whose agreement is a reason
    cause   names of the rules that fired, the surest first;  reasons  how many reasons there are that the answer is valid
    """
    scored, more = scored_of(what, "vl.failures"), [scored_of(one, "vl.failures") for one in others]
    table = scored.queries(side)
    table = table[table["rank"] > 0]
    each = list(records(scored, side, more))
    return table.assign(cause=["; ".join(reason.cause for reason in causes(one)) for one in each],
                        reasons=[len(reasons_valid(one)) for one in each])


def _agreeing(others, side, query, answer) -> tuple:
    """(how many of the others, how many there are) also rank this wrong answer above the right one."""
    above = 0
    for other in others:
        rows, owner = other.digest.side(side).rows[query], other.image_of_text
        for row in rows:
            if row == answer or (owner[query] == row if side == "text" else owner[row] == query):
                above += row == answer
                break
    return int(above), len(others)
