"""Which regions a sentence names: the graph of relations opens on them."""
import numpy as np

from vsrlab.desk.wordlists import meaning, nouns
from vsrlab.explain.choosing import passing
from vsrlab.explain.interaction import compares_vectors, interaction
from vsrlab.explain.pair import Pair
from vsrlab.explain.pointing.mix import pointing_matrix
from vsrlab.explain.record import Explanation

MOST = 6                   # named regions


def named_regions(e: Explanation, pair: Pair | None) -> dict:
    """{region: word} of the things that a sentence names, by what points: the truth where it is known, on scenes the attention, on
    photos the cosine, of a model that only compares vectors the interaction.  A region that two words name has the first."""
    matrix = _matrix(e, pair)
    things = {*nouns(e.text)}
    words = [w for w in e.written if meaning(e.words[w].lower()) in things]
    words = words or [w for w in e.written if e.words[w].lower() not in passing()]
    found = {}
    for w in words:
        true = e.truth[w] if e.truth is not None else ()
        if matrix is None and not true:
            continue
        row = np.zeros(e.regions) if matrix is None else np.asarray(matrix[w], float)
        region = int(max(true, key=lambda r: row[r])) if true else int(np.argmax(row))
        found.setdefault(region, e.words[w])
    return dict(list(found.items())[:MOST])


def _matrix(e: Explanation, pair: Pair | None):
    """(W, R) the quantity of a pair that points, or None."""
    found = pointing_matrix(e, pair is None or pair.corpus.truth is not None)[1]
    if found is not None or pair is None or not compares_vectors(pair.model):
        return found
    return interaction(pair).values
