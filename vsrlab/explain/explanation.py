"""explain: one pair through the calls that score it, kept as one record.  Nothing is computed anew for a picture."""
import datetime
import weakref
from dataclasses import replace

import numpy as np

from vsrlab.data.thumbnail import photo_of
from vsrlab.data.words import UNKNOWN, tokenise
from vsrlab.device import exact_products
from vsrlab.errors import Problem
from vsrlab.explain.interaction import interaction as of_vectors
from vsrlab.explain.pair import Pair
from vsrlab.explain.record import Explanation
from vsrlab.measure.ranks import place
from vsrlab.models.contract import checked_match, checked_seen

__all__ = ["Explanation", "Pair", "contributions", "explain", "explain_pair"]
SAME = 1e-5        # the pair alone scores as it does among all others
INNER = ("affinity", "layers", "memory", "gates")
_KNOWN = weakref.WeakKeyDictionary()        # model -> fingerprint, version of its weights


@exact_products()
def explain(run, index, image, text, *, interaction: bool = False) -> Explanation:
    """Why an image and a text of an index got their score.

    image  row of the image in index.corpus, or its id
    text   row of the text, or a sentence of your own, in quotes
    interaction  also take the score of two vectors apart, word by region (explain.interaction): a fraction of a second

    Raises Problem for rows and ids that do not exist, for a sentence without a known word, and when the index was made by
    other weights than the run's.  What the model or the corpus does not have is None, with a sentence in `notes`.
    """
    pair = Pair(run, index, image, text)
    e = explain_pair(pair)
    if pair.text_row is not None and not pair.model.instead:             # what was put into a model may score otherwise
        stored = float(index.scores[pair.image, pair.text_row])
        if abs(stored - e.score) > SAME * max(1.0, abs(stored)) * (1 if pair.device.type == "cpu" else 100):
            raise Problem(f"the pair scores {e.score:.6f} but the index holds {stored:.6f}: the index was made by other weights; "
                          "make it again with vl.index(run, corpus).")
    parts = {"interaction": of_vectors(pair).values.astype(np.float32)} if interaction else {}
    return replace(e, **_places(pair, e.score), **parts)


@exact_products()
def explain_pair(pair: Pair, **options) -> Explanation:
    """The record of a pair without its place in the gallery; `options` are other knobs of the model: sharpness=4.0."""
    model = pair.model.with_knobs(**options)
    images, texts, match = pair.match(model)
    checked_match(model, match, 1, 1)
    seen = checked_seen(model, match, texts.mask.shape[1], images.mask.shape[1])
    photo = photo_of(pair.corpus, pair.image)
    e = Explanation(
        text=pair.text, words=tuple(t.word for t in pair.tokens), spans=np.array([(t.start, t.end) for t in pair.tokens]),
        unknown=np.array([t.id == UNKNOWN for t in pair.tokens]), image=pair.image, image_id=pair.corpus.ids[pair.image],
        score=float(match.scores), text_row=pair.text_row, photo=photo.jpeg, size=photo.size, **_detected(pair),
        **_matched(match, seen, model), **{k: _array(images.seen[k][0]) for k in INNER if k in images.seen})
    if e.attention is not None:
        e = replace(e, contribution=_contributed(e, seen, images, texts, model))
    e = replace(e, terms=_terms(e), provenance=_provenance(pair), **_truth(pair))
    return replace(e, notes=(*filter(None, (model.instead,)), *_notes(e, photo.note)))


def _array(x) -> np.ndarray:
    return x.float().cpu().numpy()


def _detected(pair) -> dict:
    """Boxes, labels and confidence of the real regions."""
    of = lambda x: None if x is None else np.asarray(x[pair.image])[pair.real]
    boxes, labels = of(pair.corpus.boxes), of(pair.corpus.labels)
    return {"boxes": None if boxes is None else boxes.astype(float), "labels": None if labels is None else tuple(map(str, labels)),
            "confidence": of(pair.corpus.confidence)}


def _matched(match, seen: dict, model) -> dict:
    """What the match saw of the pair, and the knobs it was made with.  The names of what was seen tell who attends to whom."""
    seen = {k: _array(v) for k, v in seen.items()}
    found = {"cosine": seen["cosine"]} if "cosine" in seen else {}
    for direction, key in (("t-i", "attention"), ("i-t", "attention i-t")):
        if key in seen and "attention" not in found:
            found |= {"attention": seen[key], "relevance": seen[key.replace("attention", "relevance")], "direction": direction,
                      "sharpness": model.knob("sharpness"), "score_local": float(seen.get("local", match.scores))}
            found["pooling"] = model.knob("pooling") or _pooling(found["relevance"], found["score_local"])
    if "global" in seen:
        mu = model.knob("mu")
        found |= {"score_global": float(seen["global"]), "mu": None if mu is None else float(mu)}
    return found


def _pooling(relevance, score: float) -> str | None:
    """How the relevances of a model without such a knob became its score: "mean", "sum" or "max"; None for another way."""
    for name, pooled in (("mean", relevance.mean()), ("sum", relevance.sum()), ("max", relevance.max())):
        if abs(float(pooled) - score) < SAME * max(1.0, abs(score)):
            return name
    return None


def _contributed(e: Explanation, seen: dict, images, texts, model) -> np.ndarray:
    """(W, R) what each cell adds to the local score; a score that is the mean of both directions adds half of each."""
    size = {"t-i": _array(images.parts[0].norm(dim=-1)), "i-t": _array(texts.parts[0].norm(dim=-1))}
    shown = {d: k for d, k in (("t-i", "attention"), ("i-t", "attention i-t")) if k in seen}
    cells = [contributions(replace(e, direction=d, attention=_array(seen[k]), relevance=_array(
        seen[k.replace("attention", "relevance")])), size[d], model.knob("lse")) for d, k in shown.items()]
    return np.mean(cells, axis=0)


def contributions(e: Explanation, length=1.0, lse: float | None = None) -> np.ndarray:
    """(W, R): each cell's part of the local score; they add up to it.

    A relevance is cosine(q, c) with c = sum_k attention_k v_k what the query q looked at, and so a sum over k of
    attention_k cosine(q, v_k) |v_k| / |c|: its cells are in proportion to attention x cosine x length, where `length` is
    |v_k| of the side looked at, (R,) or (W,).  Mean, sum and max pooling are linear in the relevances, and the parts add
    up by the model's own formula; log-sum-exp (`lse` is its lambda) is not, and its parts are softmax shares of the
    local score, an approximation, as are those of a model that does not tell how it pools: shares of the relevances.
    """
    axis = 1 if e.direction == "t-i" else 0                              # of what is looked at
    relevance, count = e.relevance.astype(float), len(e.relevance)
    if e.pooling == "lse":
        power = np.exp(lse * (relevance - relevance.max()))
        pooled = e.score_local * power / power.sum()
    elif e.pooling is None:
        whole = relevance.sum()
        pooled = e.score_local * relevance / (whole if abs(whole) > 1e-9 else 1.0)
    elif e.pooling == "max":
        pooled = np.where(np.arange(count) == relevance.argmax(), relevance, 0.0)
    else:
        pooled = relevance / count if e.pooling == "mean" else relevance
    cells = e.attention.astype(float) * e.cosine * np.expand_dims(np.broadcast_to(length, e.attention.shape[axis]), 1 - axis)
    whole = cells.sum(axis)
    scale = np.divide(pooled, whole, out=np.zeros(count), where=np.abs(whole) > 1e-9)
    return cells * np.expand_dims(scale, axis)


def _terms(e) -> dict:
    """The score as a sum: {"global": mu x cosine, "local": ...}, or the score alone."""
    if e.score_global is None or e.score_local is None:
        return {"local" if e.attention is not None else "global": e.score}
    weighed = e.score - e.score_local                    # what the global score adds, its weight included
    return {"global": weighed, "local": e.score_local}


def _places(pair, score) -> dict:
    """Ranks of the pair, as a search lists it, and of the right answers; a right one stands below the wrong ones that tie."""
    index, i, t = pair.index, pair.image, pair.text_row
    by_image = np.asarray(index.scores[:, t]) if t is not None else pair.against_images()
    by_text = np.asarray(index.scores[i])
    owner = np.asarray(index.corpus.image_of_text)
    own = np.flatnonzero(owner == i)
    return {"gallery": tuple(map(int, index.scores.shape)), "image_rank": pair.rank(by_image),
            "text_rank": place(by_text, t, owner == i) if t is not None else int((by_text >= score).sum()),
            "true_image_rank": None if t is None else place(by_image, owner[t], np.arange(len(by_image)) == owner[t]),
            "true_text_rank": min((place(by_text, row, owner == i) for row in own), default=None),
            "right": None if t is None else bool(owner[t] == i)}


def _truth(pair) -> dict:
    """Regions that each word names, in the rows of the real regions; {} where the corpus does not know."""
    truth, t = pair.corpus.truth, pair.text_row
    if truth is None or t is None or pair.corpus.image_of_text[t] != pair.image:
        return {}
    row = np.cumsum(pair.real) - 1
    kept = lambda regions: tuple(int(row[r]) for r in regions if pair.real[r])
    starts = [start for _, start, _ in tokenise(pair.text)]
    named = dict(zip(starts, truth.words[t]))
    place = {token.start: w for w, token in enumerate(pair.tokens)}
    told = [(place[starts[k]], kept(a), kept(b)) for k, a, b in truth.relations[t] if starts[k] in place]
    return {"truth": tuple(kept(named.get(token.start, ())) for token in pair.tokens), "relations": tuple(told)}


def _provenance(pair) -> dict:
    run, corpus = pair.run, pair.corpus
    return {"model": run.settings.model, "run": run.name, "checkpoint": weights_id(run),
            "corpus": corpus.name, "split": corpus.split, "extractor": corpus.extractor, "ties": "counted against",
            "date": datetime.date.today().isoformat()}


def weights_id(run) -> str:
    """What names the weights of a run: its fingerprint.  That reads all weights, so it is kept until a weight changes."""
    version = sum(p._version for p in run.model.parameters())
    if _KNOWN.get(run.model, ("", -1))[1] != version:
        _KNOWN[run.model] = run.fingerprint, version
    return _KNOWN[run.model][0]


def _notes(e: Explanation, photo: str):
    """What a reader should know before trusting the picture."""
    if photo:
        yield photo[:1].upper() + photo[1:]
    if e.attention is None:
        yield "The model has no attention between words and regions."
    if not len(e.written):
        yield "The caption holds no word."
    elif e.unknown[e.written].all():
        yield "The vocabulary knows no word of this caption: the model reads <unk> throughout."
    elif e.unknown.any():
        yield f"Unknown to the vocabulary: {', '.join(e.words[w] for w in np.flatnonzero(e.unknown))}."
    if e.boxes is None:
        yield "The corpus has no boxes: regions have numbers but no place."
    else:
        yield from _odd_boxes(e.boxes)


def _odd_boxes(boxes):
    """Boxes (R, 4) that are not drawn as they are given."""
    outside = (boxes.min(1) < -1e-3) | (boxes.max(1) > 1 + 1e-3)
    turned = (boxes[:, 2:] < boxes[:, :2]).any(1)
    for odd, said in ((outside, "that reach outside the photo and are drawn up to its edge"),
                      (turned, "whose corners are in the wrong order (x1 > x2 or y1 > y2), so their place on the photo is wrong")):
        if odd.any():
            yield f"Boxes {said}: {odd.sum()}, region {np.flatnonzero(odd)[0]} first."
