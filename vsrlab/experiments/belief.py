"""Lesson 06: do two tests of an explanation agree, and does the verdict hang on how a region is taken out?"""
from vsrlab.experiments.found import Found
from vsrlab.explain.belief import METHODS
from vsrlab.explain.faithfulness import faithfulness
from vsrlab.explain.pair import random_weights
from vsrlab.measure.concordance import spearman
from vsrlab.retrieval.index import index as make_index
from vsrlab.wording import several

RULES = {"mean": "replaced by the mean region", "drop": "left out", "zero": "set to zero"}
CHANCE = 50.0                # per cent of random orders that a meaningless order beats
SHOWN = ("attention", "cosine", "gradient", "occlusion", "random")         # those that the prediction of the lesson names


def two_tests(table) -> Found:
    """The table of `vl.faithfulness` with the place of each method by deletion and by insertion.

    numbers: "agreement" rank correlation of both tests over the methods; "same order" and "same winner", "yes" or "no"; "best" by
    deletion and "best insertion", names; "both" and "only one": those whose interval lies above chance in both tests, in one;
    "guess": the best by deletion of those that the prediction names
    """
    names = {said: key for key, said in METHODS.items()}
    real = table[(table["method"] != METHODS["random"]) & table["beaten"].notna() & table["by insertion"].notna()]
    place = {test: real[test].rank(ascending=False, method="min").astype(int) for test in ("beaten", "by insertion")}
    span = lambda row, value, low, high: f"{row[value]:.0f} [{row[low]:.0f}, {row[high]:.0f}]"
    rows = tuple((row["method"], span(row, "beaten", "beaten low", "beaten high"), f"{place['beaten'][n]}",
                  span(row, "by insertion", "insertion low", "insertion high"), f"{place['by insertion'][n]}")
                 for n, row in real.sort_values("beaten", ascending=False, kind="stable").iterrows())
    best, second = (several(real.loc[place[test] == 1, "method"]) for test in ("beaten", "by insertion"))
    same = bool((place["beaten"] == place["by insertion"]).all())
    rho = spearman(real["beaten"], real["by insertion"]) if len(real) > 1 else float("nan")
    asked = table[[names.get(m) in SHOWN for m in table["method"]]]
    guess = names[asked.loc[asked["beaten"].idxmax(), "method"]] if len(asked) else ""
    deletion, insertion = (set(real.loc[real[low] > CHANCE, "method"]) for low in ("beaten low", "insertion low"))
    half = sorted(deletion ^ insertion)
    yes = lambda so: "yes" if so else "no"
    numbers = {"agreement": rho, "only one": half, "both": sorted(deletion & insertion), "same order": yes(same),
               "same winner": yes(best == second), "best": best, "best insertion": second, "guess": guess}
    said = f"First by both tests: {best}" if best == second else f"First by deletion: {best}; first by insertion: {second}"
    order = "the order of the methods is the same" if same else f"the order of the methods differs (rank correlation {rho:.2f})"
    split = f" Ahead of random orders in one test only: {several(half)}." if half else ""
    columns = "method", "deletion: random orders beaten, %", "place", "insertion, %", "place "
    return Found(f"{said}; {order}.{split}", columns, rows, numbers)


def ways_to_remove(run, index, n: int = 10, methods=("attention", "cosine", "occlusion"), seed: int = 0) -> Found:
    """The same explanations where a region is replaced by the mean region, left out, or set to zero.

    numbers: "attention mean", "attention drop", ...: the mean share of random orders beaten by deletion, per cent; "largest change"
    """
    tables = {rule: faithfulness(run, index, n, methods=list(methods), rule=rule, seed=seed, control=False) for rule in RULES}
    rows, numbers, widest = [], {}, 0.0
    for method in methods:
        found = [float(t.loc[t["method"] == METHODS[method], "beaten"].iloc[0]) for t in tables.values()]
        numbers |= {f"{method} {rule}": x for rule, x in zip(RULES, found)}
        widest = max(widest, max(found) - min(found))
        rows.append((METHODS[method], *(f"{x:.0f}" for x in found)))
    numbers["largest change"] = widest
    return Found(f"Random orders beaten by deletion, in per cent, on {n} pairs. Another way to take a region out changes a number "
                 f"by up to {widest:.0f} points.", ("method", *RULES.values()), tuple(rows), numbers)


def untrained(run, index, seed: int = 0) -> tuple:
    """(run, index) of a model of the same shape that was never trained, on the same corpus: the control of every explanation."""
    plain = random_weights(run, seed)
    return plain, make_index(plain, index.corpus)
