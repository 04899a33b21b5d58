"""What the tests of saved files write down of a value, and how the numbers of now are held against those of then."""
import json

import numpy as np
import pytest

import vsrlab as vl


def numbers(table) -> list:
    """The columns of a DataFrame that hold numbers, without their names."""
    return [[None if np.isnan(x) else float(x) for x in column] for _, column in table.select_dtypes("number").items()]


def fits(found, then, where=""):
    """Everything that was recorded is there and the same, floats up to 1e-4 of their size; there may be more now."""
    if isinstance(then, dict):
        for key in then:
            fits(found[key], then[key], f"{where}.{key}")
    elif isinstance(then, float):
        assert found == pytest.approx(then, rel=1e-4, abs=1e-5), f"{where}: {found} now, {then} then"
    elif isinstance(then, list):
        assert len(found) == len(then), f"{where}: {len(found)} now, {len(then)} then"
        for n, pair in enumerate(zip(found, then)):
            fits(*pair, f"{where}[{n}]")
    else:
        assert found == then, f"{where}: {found!r} now, {then!r} then"


def columns_fit(table, then):
    """Every column of numbers that the table had is still there, whatever it is called now."""
    columns = [[np.nan if x is None else x for x in column] for column in numbers(table)]
    for wanted in then:
        wanted = [np.nan if x is None else x for x in wanted]
        assert any(np.allclose(column, wanted, rtol=1e-4, atol=1e-5, equal_nan=True) for column in columns if
                   len(column) == len(wanted)), f"no column is {wanted} any more"


def of_index(index, sentence) -> dict:
    """What an index says of its model."""
    hits = index.search(sentence, k=3)
    return {"scores": np.asarray(index.scores, float).tolist(), "of_images": index.ranks.of_images.tolist(),
            "of_texts": index.ranks.of_texts.tolist(), "recalls": dict(vl.evaluate(index).numbers()),
            "found": [hit.row for hit in hits], "texts": [hit.row for hit in index.search(2, k=3)]}


def of_run(run) -> dict:
    """What stands in a run beside its weights."""
    settings = json.loads(run.settings.to_json()) | {"margin": run.settings.ranking[1]}                # 0 is now "the paper's own"
    settings["options"] = {{"sharpness": "temperature"}.get(k, k): v for k, v in settings["options"].items()}      # its name then
    return {"settings": settings, "features": run.features, "words": len(run.vocabulary),
            "ids": list(run.vocabulary.ids("a dog near the tree")), "fingerprint": run.fingerprint, "best": run.best["epoch"],
            "log": [{k: v for k, v in line.items() if k != "seconds"} for line in run.log]}


def of_explanation(e) -> dict:
    """The pair and the numbers of an Explanation."""
    arrays = ("attention", "cosine", "relevance", "contribution", "affinity", "gates", "memory", "boxes")
    sums = {k: float(np.abs(getattr(e, k)).sum()) for k in arrays if getattr(e, k) is not None}
    return {"text": e.text, "words": list(e.words), "spans": np.asarray(e.spans).tolist(), "image": e.image, "image_id": e.image_id,
            "text_row": e.text_row, "score": e.score, "terms": dict(e.terms), "ranks": [e.image_rank, e.text_rank],
            "true": [e.true_image_rank, e.true_text_rank, e.right], "gallery": list(e.gallery), "labels": list(e.labels),
            "mu": e.mu, "temperature": e.sharpness, "direction": e.direction, "pooling": e.pooling, "sums": sums,
            "photo": list(e.picture().shape), "truth": None if e.truth is None else [list(word) for word in e.truth]}


def of_corpus(corpus) -> dict:
    """What was read of a folder of features."""
    lists = {k: None if (x := getattr(corpus, k)) is None else np.asarray(x).tolist() for k in ("sizes", "labels", "confidence")}
    return {"name": corpus.name, "texts": list(corpus.texts), "owner": np.asarray(corpus.image_of_text).tolist(),
            "ids": list(corpus.ids), "regions": list(corpus.regions.shape), "dtype": str(corpus.regions.dtype), **lists,
            "sums": np.asarray(corpus.regions, float).sum((1, 2)).tolist(), "boxes": np.asarray(corpus.boxes).sum((1, 2)).tolist()}


def of_comparison(c) -> dict:
    """What two results have to say to each other."""
    return {"difference": dict(c.difference), "p": dict(c.p), "mcnemar": dict(c.mcnemar),
            **{side: {"values": r.numbers(), "low": {k: x[0] for k, x in r.interval.items()}, "chance": dict(r.chance)}
               for side, r in (("first", c.first), ("second", c.second))}}


def of_view(view) -> dict:
    """The chosen things that the view of a pair tells of itself."""
    return {key: getattr(view, key) for key in ("word", "quantity", "layer", "region", "step", "pair") if
            isinstance(getattr(view, key, None), int | str)}
