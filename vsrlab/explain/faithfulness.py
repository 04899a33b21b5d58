"""Faithfulness: how often does each explanation beat chance?  One pair is an anecdote, a random sample of pairs is a table."""
import json
from pathlib import Path

import numpy as np

from vsrlab.device import exact_products
from vsrlab.errors import Problem, needs_pair
from vsrlab.explain.belief import BELIEVED, METHODS, ORDERS, Belief, available, beliefs, chance_of_belief
from vsrlab.explain.explanation import Pair
from vsrlab.explain.pair import random_weights
from vsrlab.files import write_text
from vsrlab.inputs import read_json
from vsrlab.measure.significance import bootstrap, wilson
from vsrlab.progress import watched
from vsrlab.wording import several

FORMAT = "vsrlab faithfulness 1"
NUMBERS = ("better", "better_rank", "better_insertion", "agreement")


@exact_products()
def faithfulness(run, index, n: int = 50, methods=None, *, what: str = "regions", rule: str = "mean", orders: int = ORDERS,
                 target: str = "", layer: int = -1, seed: int = 0, control: bool = True, out=None):
    """Every explanation of the model against random orders, on n images drawn by a seed, each with one of its texts.

    methods  keys of explain.belief.METHODS; None for all that the model has, or those that `out` was begun with
    what     "regions", "words" or "edges"; rule, target, layer as in `beliefs`
    control  also compare with the same explanation under random weights
    out      a file: every finished pair is written there, and the same call goes on where an earlier one stopped

    -> DataFrame, a row for each method (shares in per cent): "better" of the pairs that beat 90 % of the random orders, with
    its Wilson interval and `chance`, the share that a meaningless order would reach; "beaten", the mean share of random orders
    beaten (50 by chance), with a bootstrap interval; the same by rank and by insertion; "random weights", the mean rank
    correlation with the untrained model's explanation (near 0 for one that depends on what was learnt).
    """
    needs_pair("vl.faithfulness", run, index)
    if n < 1:
        raise Problem(f"n={n}: test at least one pair; 50 give intervals of about 14 points to either side.")
    asked = dict(what=what, rule=rule, orders=orders, target=target, layer=layer, seed=seed)
    texts = sampled_texts(index.corpus, n, seed)
    methods = methods or _begun(out) or available(_pair(run, index, texts[0]), what)
    head = {"format": FORMAT, "weights": run.fingerprint, "corpus": index.corpus.name, "split": index.corpus.split,
            "methods": list(methods), "control": control, **asked}
    done = _opened(out, head)
    untrained = random_weights(run, seed) if control else None
    for text in watched([t for t in texts if str(t) not in done], "pairs tested"):
        done[str(text)] = _tested(run, index, text, methods, untrained, asked)
        if out is not None:
            write_text(out, json.dumps({**head, "pairs": done}))
    return _table({t: done[str(t)] for t in texts}, methods, what, rule, orders)


def sampled_texts(corpus, n: int, seed: int = 0) -> list:
    """Rows of n texts of different images, drawn by a seed."""
    rng, owner = np.random.default_rng(seed), np.asarray(corpus.image_of_text)
    images = rng.permutation(np.unique(owner))[:n]
    if not len(images):
        raise Problem(f"{corpus.name} has no image with a text; give a corpus with captions.")
    return [int(rng.choice(corpus.texts_of(image))) for image in images]


def summary(table) -> str:
    """The table in a sentence or two."""
    if not len(table):
        return "No pair could be tested."
    first, chance_of = table.iloc[0], table["chance"].iloc[0]
    real = table[table["method"] != METHODS["random"]]
    good = real[real["low"] > chance_of]
    best = table.loc[table["better"].idxmax()]
    text = (f"{len(good)} of {len(real)} explanations of the {first['what']} beat chance on {first['pairs']} pairs; a meaningless "
            f"one would on {chance_of:.0f} % of them. Best is {best['method']}, on {best['better']:.0f} % "
            f"({best['low']:.0f} to {best['high']:.0f}).")
    weak = [m for m in real["method"] if m not in set(good["method"])]
    return text + (f" Not to be trusted on this model: {', '.join(weak)}." if weak else "")


def ranked(table):
    """The table with the best method first: by the mean of both tests, of edges by deletion."""
    both = table[["beaten", "by insertion"]].mean(axis=1, skipna=True)
    return table.iloc[np.argsort(-both.to_numpy(), kind="stable")].reset_index(drop=True)


def brief(table) -> str:
    """The winner in at most 20 words: the name, and the share of random orders that it beats by each test."""
    said = winner(table)
    if not said.startswith("The tests disagree"):
        return said.split(";")[0].rstrip(".") + "."
    return said.replace(" of random orders beaten", "")


def winner(table) -> str:
    """One sentence: which explanation wins both tests, or that they disagree, or that none beats random orders."""
    real = table[(table["method"] != METHODS["random"]) & (table["pairs"] > 0)]
    if not len(real):
        return "No explanation could be tested."
    tests = {"deletion": ("beaten", "beaten low", "beaten high"), "insertion": ("by insertion", "insertion low", "insertion high")}
    tests = {name: columns for name, columns in tests.items() if real[columns[0]].notna().any()}
    best = {name: real.loc[real[value].idxmax()] for name, (value, *_) in tests.items()}
    good = {name: row for name, row in best.items() if row[tests[name][1]] > 50}
    if not good:
        return f"No explanation beats random orders on {int(real['pairs'].max())} pairs."
    told = [f"by {name} {row['method']} ({row[tests[name][0]]:.0f} % of random orders beaten)" for name, row in best.items()]
    names = {row["method"] for row in best.values()}
    if len(names) > 1:
        return f"The tests disagree: best is {' and '.join(told)}."
    name = next(iter(names))
    shares = " and ".join(f"{row[tests[test][0]]:.0f} % by {test}" for test, row in best.items())
    near = [row["method"] for _, row in real.iterrows() if row["method"] != name and all(
        row[high] >= best[test][low] for test, (_, low, high) in tests.items())]
    but = f"; {several(near)} cannot be told apart from it on these pairs" if near else ""
    wins = "wins both tests" if len(tests) > 1 else "is best"
    return f"{name[:1].upper()}{name[1:]} {wins}: of random orders it beats {shares}{but}."


def _pair(run, index, text):
    return Pair(run, index, int(index.corpus.image_of_text[text]), text)


def _tested(run, index, text, methods, untrained, asked) -> dict:
    """{method: [better, ...]} of one pair, or {"skipped": why}."""
    pair = _pair(run, index, text)
    if asked["what"] == "words" and sum(token.start >= 0 for token in pair.tokens) < 2:
        return {"skipped": "a caption of one word has no order"}
    other = untrained and _pair(untrained, index, text)
    return {b.method: numbers(b) for b in beliefs(pair, methods=methods, untrained=other, **asked)}


def numbers(b: Belief) -> list:
    """NUMBERS of one belief, None where there is none."""
    return [None if (x := getattr(b, name)) is None else round(float(x), 5) for name in NUMBERS]


def _begun(out) -> list:
    """The methods of the test that a file holds: one that an older version began, which knew fewer, goes on as it was."""
    if out is None or not Path(out).exists():
        return []
    found = read_json(out, "a file of this function", {"methods?": [str], "pairs": dict}).get("methods", [])
    return found if set(found) <= {*METHODS} else []


def _opened(out, head) -> dict:
    """The pairs that an earlier call with the same settings has finished."""
    if out is None or not Path(out).exists():
        return {}
    try:
        former = read_json(out, "a file of this function", {"pairs": {str: dict}})
    except Problem as problem:
        raise Problem(f"{out} is not a file of this function ({problem}); give another name.") from None
    pairs = former.pop("pairs")
    different = [k for k in head if former.get(k) != head[k]]
    if different:
        raise Problem(f"{out} holds a test with other {', '.join(different)}; give another file, or delete this one.")
    return pairs


def _table(done, methods, what, rule, orders):
    import pandas as pd
    rows = []
    for method in methods:
        found = np.array([values[method] for values in done.values() if method in values], float).reshape(-1, len(NUMBERS))
        better, rank, insertion, agreement = found.T if len(found) else np.full((4, 1), np.nan)
        hits, n = int((better >= BELIEVED).sum()), len(found)
        low, high = wilson(hits, n)
        beaten = [100 * x for x in bootstrap(better)] if n else [np.nan, np.nan]
        mean = lambda x: float(np.nanmean(x)) if np.isfinite(x).any() else np.nan
        inserted = [100 * x for x in bootstrap(insertion)] if n and np.isfinite(insertion).all() else [np.nan, np.nan]
        rows.append({"method": METHODS[method], "what": what, "rule": rule, "pairs": n, "better": 100 * hits / max(n, 1),
                     "low": low, "high": high, "chance": 100 * chance_of_belief(orders), "beaten": 100 * mean(better),
                     "beaten low": beaten[0], "beaten high": beaten[1], "by rank": 100 * mean(rank),
                     "by insertion": 100 * mean(insertion), "random weights": mean(agreement), "insertion low": inserted[0],
                     "insertion high": inserted[1]})
    table = pd.DataFrame(rows)
    table.attrs["skipped"] = sum("skipped" in v for v in done.values())
    return table
