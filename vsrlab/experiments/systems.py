"""Lesson 09: where each system stands, in which order, and what a weight between two score matrices changes."""
import numpy as np

from vsrlab.experiments.found import Found, own
from vsrlab.measure.paired import LEVEL, holm
from vsrlab.measure.ranks import ranks, summary
from vsrlab.papers import title
from vsrlab.wording import several, signed
from vsrlab.zoo import row

COMPARES = {"vectors": "two vectors", "parts": "words with regions", "pairs": "the pair, in one network"}
PUSHES = {"sum": "all wrong answers", "max": "the hardest one", "texts": "wrong words only", "one": "one wrong answer each",
          "own": "a loss of its own", "none": "nothing: solved at once"}
FIVE = ("vse0", "vsepp", "scan", "vsrn", "vsrpp")
MUS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


def two_axes(board) -> Found:
    """Every system of a leaderboard by what it compares and by what pushes in its loss; the number is its rsum on the board.

    numbers: "vectors", "parts", "pairs": the highest rsum of a system that compares these
    """
    systems = _single(board)
    cells = {}
    for one in systems:
        cells.setdefault((row(one.model).paper.hinge, row(one.model).model.compares), []).append(f"{one.label} {one['rsum']:.0f}")
    rows = tuple((said, *(", ".join(cells.get((push, compares), [])) for compares in COMPARES)) for push, said in PUSHES.items()
                 if any(key[0] == push for key in cells))
    top = {compares: max((one["rsum"] for one in systems if row(one.model).model.compares == compares), default=float("nan"))
           for compares in COMPARES}
    count = lambda compares: sum(row(one.model).model.compares == compares for one in systems)
    counts = [f"{count(compares)} compare {said}" for compares, said in COMPARES.items()]
    return Found(f"Of {len(systems)} systems {several(counts)}.", ("what pushes", *COMPARES.values()), rows, top)


def order(board, names=FIVE) -> list:
    """The titles of some systems of a leaderboard, highest rsum first: ["SCAN", "VSR++", ...]."""
    return [title(name) for name in sorted(names, key=lambda name: -board[name]["rsum"])]


def in_order(board, names=FIVE) -> Found:
    """Some systems by rsum: mean over seeds, lowest and highest seed, and whether each can be told from the next.

    Two questions: a paired test over images of a row and the one below it, by the means over seeds, adjusted for the number of
    these tests (Holm); and whether the seeds of the two overlap.  Only both together tell two systems apart.
    numbers: rsum by title; "told apart": neighbours of which both hold; "neighbours"
    """
    some = sorted((board[name] for name in names), key=lambda one: -one["rsum"])
    rows, numbers, p = [], {}, []
    for one, below in zip(some, some[1:]):
        p.append(board.only([one.key, below.key]).tests(one.key)[below.key].p)
    adjusted = list(holm(dict(enumerate(p))).values())
    ends = [[f(run.values["rsum"] for run in one.runs) for f in (min, max)] for one in some]
    told = ["no, by the images" if p >= LEVEL else "no, their seeds overlap" if ends[n][0] <= ends[n + 1][1] else "yes"
            for n, p in enumerate(adjusted)]
    for n, (one, said, (low, high)) in enumerate(zip(some, [*told, ""], ends)):
        rows.append((f"{n + 1}. {one.label}", f"{one['rsum']:.1f}", f"{low:.0f} to {high:.0f}", str(len(one.runs)), said))
        numbers[one.label] = one["rsum"]
    numbers |= {"told apart": told.count("yes"), "neighbours": len(told)}
    says = f"On this corpus: {', '.join(one.label for one in some)}. "
    says += f"{numbers['told apart']} of {len(told)} neighbours can be told apart by images and by seeds."
    return Found(says, ("system", "rsum, mean", "seeds from to", "seeds", "told from the next?"), tuple(rows), numbers)


def film_of_mu(parts, mix=None, mus=MUS) -> Found:
    """One gallery under several mu: R@1 both ways, rsum, and how many sentences each mu repairs and breaks beside mu 0.

    parts  `vl.mix(index).parts`: both matrices (I, T) of one gallery      mix  the student's function, or None
    numbers: "yours": 1 where the function was the student's; "rsum 0", "rsum 0.5", ...; "best": the mu that the function chose
    """
    whole, local = (np.asarray(x, float) for x in parts.both.values())
    owner, rows, numbers, before, grid = np.asarray(parts.gallery.image_of_text), [], {}, None, np.array(mus, float)
    fits = lambda found: len(found) == 2 and np.shape(found[0]) == local.shape and float(found[1]) in grid
    for mu in mus:
        (scores, best), whose = own(mix, _mixed, "mix", local, whole, owner, mu, grid, check=fits)
        found = ranks(np.asarray(scores, np.float64), owner)
        told, hit = summary(found), found.of_texts == 0
        before = hit if before is None else before
        rows.append((f"{mu:g}", *(f"{told[name]:.1f}" for name in ("text R@1", "image R@1", "rsum")),
                     str(int((hit & ~before).sum())), str(int((before & ~hit).sum()))))
        numbers[f"rsum {mu:g}"] = told["rsum"]
    numbers |= {"best": float(best), "yours": float(whose == "yours")}
    one, other = parts.names
    says = f"S = {other} + μ × {one}, by a function that is {whose}. It chose μ {best:g}: there the largest number of texts find "
    says += "their image first. Repaired and broken: texts that this μ answers and μ 0 does not, and the other way round."
    return Found(says, ("μ", "image → text R@1", "text → image R@1", "rsum", "repaired", "broken"), tuple(rows), numbers)


def _mixed(local, whole, owner, mu, grid):
    """What the exercise mix asks: (scores at mu, the mu of the grid with which most texts find their image at place 1)."""
    hits = [int((ranks(local + m * whole, owner).of_texts == 0).sum()) for m in grid]
    return local + mu * whole, float(grid[int(np.argmax(hits))])


def answer_zoo(board, axes: Found, five: Found, mu: Found) -> Found:
    """What did each paper add here?  From `two_axes`, `in_order` and `film_of_mu`."""
    systems, best = _single(board), board.best()
    tests = board.only([one.key for one in systems]).tests()
    least = min(run.values["rsum"] for run in best.runs)
    level = [name for name, test in tests.items()
             if test.holm >= LEVEL or max(run.values["rsum"] for run in board[name].runs) >= least]
    first = f"One table, one corpus, seeds: {best.label} is first with rsum {best['rsum']:.0f}; "
    first += (f"{several(board[name].label for name in level)} cannot be told from it by images and by seeds." if level else
              f"each of the {len(tests)} other systems lies below it, by images and by seeds.")
    gain = axes["parts"] - axes["vectors"]
    second = (f"Comparing words with regions shows here: the best of these is {signed(gain, False, 0)} points above the best "
              "system that compares two vectors." if gain > 0 else
              "Comparing words with regions does not show here: the best system compares two vectors.")
    hardest = five["VSE++"] - five["VSE0"] if {"VSE++", "VSE0"} <= five.numbers.keys() else float("nan")
    helps = "helps" if hardest > 0 else "does not help"
    third = (f"The hardest wrong answer alone {helps} here ({signed(hardest, True, 0)} points "
             "from VSE0 to VSE++): an idea of a paper needs its data and its epochs.")
    fourth = (f"The weight between two parts was chosen on the very gallery that is shown (μ {mu['best']:g}), so its number is no "
              "result; choose it on one gallery and measure on another.")
    return Found("\n".join((first, second, third, fourth)))


def _single(board) -> list:
    return [one for one in board.done if not one.ensemble]
