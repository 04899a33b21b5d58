"""The numbers of a measurement with how they were measured, and two of them compared.  A corpus is read by its attributes."""
import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from vsrlab import files
from vsrlab.errors import Problem, needs, unknown
from vsrlab.measure import saved
from vsrlab.measure.paired import LEVEL, difference_limits, holm, mcnemar, mcnemar_of_units, net, sign_flips
from vsrlab.measure.ranks import AT, Ranks, chance, fold_summary, galleries, ranks_by_ties
from vsrlab.measure.significance import intervals
from vsrlab.measure.units import grouped, units
from vsrlab.wording import signed

FEW = 100                        # images: of fewer, one more right answer moves a recall by more than a point
SAME = ("corpus", "split", "gallery", "folds", "ties", "captions_per_image", "queries")
TIED = 0.1                       # points between ties against and for the model, from which both are shown


@dataclass(frozen=True)
class Result:
    """The numbers of a measurement and the stamp without which they mean nothing."""
    values: dict                     # "text R@1": image -> text, "image R@1": text -> image, ..., "rsum", "text medr", ...
    interval: dict                   # name -> (low, high), 95 %, of the six recalls and rsum
    chance: dict                     # name -> a random order's
    stamp: dict                      # how it was measured; only results with equal ones can be compared
    ranks: Ranks = field(repr=False)              # of all folds, one after the other
    image_of_text: np.ndarray = field(repr=False)
    by: dict = field(default_factory=dict)        # name -> "bootstrap" or "Wilson": how its interval was made; 0.1.0: all bootstrap
    best: dict = field(default_factory=dict)      # the recalls if ties counted for the model; 0.1.0 did not save them
    groups: np.ndarray | None = field(default=None, repr=False)       # (I,) near-duplicates that are one unit of resampling

    def numbers(self) -> dict:
        """The values: six recalls, rsum, median and mean ranks, from 1, and mean reciprocal ranks."""
        return dict(self.values)

    def __getitem__(self, name: str) -> float:
        if name not in self.values:
            raise unknown("number", name, self.values)
        return self.values[name]

    def few(self, name: str) -> bool:
        """Is the interval of a number Wilson's, for few hits, few misses or few images?  A star marks it."""
        return self.by.get(name) == "Wilson"

    def with_interval(self, name: str) -> str:
        """'31.4 [29.0, 33.8]'; a star after it: Wilson's interval."""
        low, high = self.interval[name]
        return f"{self.values[name]:.1f} [{low:.1f}, {high:.1f}]{'*' * self.few(name)}"

    def ties(self) -> dict:
        """name -> '31.4 (ties: to 33.0)' of the recalls that equal scores change by 0.1 points or more."""
        return {name: f"{self.values[name]:.1f} (ties: to {most:.1f})" for name, most in self.best.items()
                if most - self.values[name] >= TIED}

    def __repr__(self) -> str:
        rest = {said: key for said, key in (("median", "medr"), ("mean", "meanr"), ("MRR", "mrr")) if f"text {key}" in self.values}
        lines = [f"{'':16s}" + "".join(f"{f'R@{k}':>24s}" for k in AT) + "".join(f"{said:>8s}" for said in rest)]
        digits = {"medr": 0, "meanr": 1, "mrr": 3}
        for side, said in (("text", "image -> text"), ("image", "text -> image")):
            lines.append(f"{said:16s}" + "".join(f"{self.with_interval(f'{side} R@{k}'):>24s}" for k in AT) +
                         "".join(f"{self.values[f'{side} {key}']:8.{digits[key]}f}" for key in rest.values()))
        lines.append(f"rsum {self.with_interval('rsum')}, chance {self.chance['rsum']:.1f}")
        tied = [f"{name} {span}" for name, span in self.ties().items()]
        return "\n".join([*lines, *(["equal scores: " + ", ".join(tied)] if tied else []), *self.doubts(), self.footer()])

    def footer(self) -> str:
        """The stamp as one line."""
        s = self.stamp
        who = " + ".join(f"{m['model']} {m['run']} ({m['weights']})" for m in s["models"])
        many = f"ensemble of {len(s['models'])}" if s["ensemble"] else "single model"
        where = " ".join(filter(None, (s["corpus"], s["split"])))                  # scores from elsewhere may name neither
        where = f"{where}, " if where else ""
        out = f", {s['left_out']} images without a text left out" if s["left_out"] else ""
        folds = f"mean of {s['folds']} galleries of" if s["folds"] > 1 else "gallery of"
        few = ", * Wilson's interval with effective n" if "Wilson" in self.by.values() else ""
        return (f"{who}, {many}; {where}{folds} {s['gallery'][0]} images x {s['gallery'][1]} texts, "
                f"{s['captions_per_image']} texts an image{out}; ties {s['ties']}; 95 % bootstrap over {_over(self.groups)}{few}")

    def table(self):
        """A pandas DataFrame: a row for each number, with its interval, how that was made, its span of ties and chance."""
        import pandas
        low, high = ({name: pair[n] for name, pair in self.interval.items()} for n in (0, 1))
        table = pandas.DataFrame({"value": self.values, "low": low, "high": high, "by": self.by, "ties to": self.best,
                                  "chance": self.chance})
        return table.loc[list(self.values)]

    def save(self, path) -> Path:
        """JSON, with the ranks, so that it can be compared later."""
        content = asdict(self) | {"ranks": [side.tolist() for side in self.ranks], "image_of_text": self.image_of_text.tolist(),
                                  "groups": None if self.groups is None else self.groups.tolist()}
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return files.write_json(path, content)

    @classmethod
    def load(cls, path) -> "Result":
        """Read what `save` wrote.  Raises Missing where no file is, Problem where it is none of ours."""
        fields = saved.read(path)
        try:
            found = cls(**fields | {"ranks": Ranks(*fields["ranks"])})
            repr(found)                  # every number that it says is there
        except (ValueError, KeyError, TypeError, IndexError):
            raise Problem(f"{path} is not a result that vsrlab evaluate wrote: it lacks numbers of its measurement.") from None
        return found

    def doubts(self) -> list:
        """Sentences about a result that says little: of few images, or below chance."""
        images, said = self.stamp["gallery"][0] * self.stamp["folds"], []
        if 0 < images < FEW:
            said.append(f"{images} images are few: one more right answer moves a recall by {100 / images:.1f} points.")
        if self.values["rsum"] < self.chance["rsum"]:
            said.append("rsum lies below chance: a random order would do better, so look whether captions stand beside their own "
                        "images, and whether larger scores mean more alike.")
        return said


def _over(groups) -> str:
    return "images" if groups is None else f"{len(set(groups.tolist()))} groups of images"


def measured(scores, corpus, fold: int, folds: int, models: list, groups=None) -> Result:
    """The Result of scores (I, T) on a corpus, in `folds` galleries of `fold` images.

    corpus  anything with name, split, ids (I), texts (T) and image_of_text (T,)
    models  who made the scores: {"model", "run", "weights", "seed"} of each
    groups  (I,) a label for each image; images with one label, as near-duplicates, are one unit of resampling
    """
    groups = None if groups is None else grouped(groups, scores.shape[0])[:fold * folds]
    owners, found, best = [], [], []
    for n, (some, owner) in enumerate(galleries(scores, corpus.image_of_text, fold, folds)):
        both = ranks_by_ties(some, owner)
        owners.append(owner + n * fold)
        found.append(both["worst"])
        best.append(both["best"])
    whole = Ranks(np.concatenate([r.of_images for r in found]), np.concatenate([r.of_texts for r in found]))
    owner = np.concatenate(owners)
    each = np.bincount(owner, minlength=fold * folds)
    levels = [chance(fold, mine - n * fold) for n, mine in enumerate(owners)]
    few, most = int(each[each > 0].min()), int(each.max())
    queries = hashlib.sha256("\n".join([*corpus.ids, *corpus.texts]).encode()).hexdigest()[:12]
    stamp = {"corpus": corpus.name, "split": corpus.split, "gallery": [fold, int(round(len(owner) / folds))], "folds": folds,
             "ties": "counted against the model", "captions_per_image": str(few) if few == most else f"{few} to {most}",
             "left_out": whole.excluded, "queries": queries, "ensemble": len(models) > 1, "models": models}
    level = {name: float(np.mean([c[name] for c in levels])) for name in levels[0]}
    ends = intervals(units(whole, owner, groups, folds))
    most_of_ties = {name: x for name, x in fold_summary(best).items() if name in ends}
    return Result(fold_summary(found), {name: (end.low, end.high) for name, end in ends.items()}, level, stamp, whole, owner,
                  {name: end.by for name, end in ends.items()}, most_of_ties, groups)


@dataclass(frozen=True)
class Comparison:
    """Two results on the same queries: differences, and how likely chance alone makes them."""
    first: Result = field(repr=False)
    second: Result = field(repr=False)
    difference: dict                 # name -> second minus first, points
    p: dict                          # name -> paired randomisation over units, 10,000 draws
    mcnemar: dict                    # "text R@1" -> exact McNemar test over images, "image R@1" -> adjusted for units
    interval: dict                   # name -> (low, high), 95 % of the paired difference
    holm: dict                       # the six recalls -> p adjusted for being six (Holm); rsum stands apart
    over: str = "images"             # the units: "images", or "950 groups of images"

    @property
    def names(self) -> list:
        """What the two are called: their runs, or first and second where these have one name."""
        names = [" + ".join(m["run"] for m in r.stamp["models"]) for r in (self.first, self.second)]
        return names if len(set(names)) == 2 else ["the first", "the second"]

    def ahead(self, name: str) -> str | None:
        """Who is ahead in a number: the Holm p of a recall, or the p of rsum, is below 0.05.  None: they cannot be told apart."""
        if name not in self.difference:
            raise unknown("number", name, self.difference)
        return self.names[int(self.difference[name] > 0)] if self.holm.get(name, self.p[name]) < LEVEL else None

    def unseen(self, name: str) -> float:
        """Half the interval of a difference: one up to this would not be seen."""
        return (self.interval[name][1] - self.interval[name][0]) / 2

    def words(self, name: str) -> str:
        """'vsrpp ahead', or 'cannot be told apart (a difference up to 2.4 would not be seen)'."""
        who = self.ahead(name)
        if who:
            return f"{who} ahead"
        alone = f"; p = {self.p[name]:.2g} alone, but six are tested" if self.p[name] < LEVEL else ""
        return f"cannot be told apart (a difference up to {self.unseen(name):.1f} would not be seen{alone})"

    def with_interval(self, name: str) -> str:
        """'+2.3 [−0.1, +4.7]'"""
        return "{} [{}, {}]".format(*(signed(x, digits=1) for x in (self.difference[name], *self.interval[name])))

    def __repr__(self) -> str:
        names = [name if len(name) < 13 else name[:11] + "…" for name in self.names]
        lines = [f"{'':12s}{names[0]:>13s}{names[1]:>13s}{'difference':>25s}{'p':>8s}{'Holm':>8s}{'McNemar':>9s}"]
        for name in self.difference:
            tests = "".join(f"{_said(table[name]) if name in table else '':>{wide}s}" for table, wide in
                            ((self.p, 8), (self.holm, 8), (self.mcnemar, 9)))
            lines.append(f"{name:12s}{self.first[name]:13.1f}{self.second[name]:13.1f}{self.with_interval(name):>25s}{tests}  "
                         f"{self.words(name)}")
        sizes = [len(r.stamp["models"]) for r in (self.first, self.second)]
        note = ["an ensemble beside a single model: part of the difference is the number of models"] * (sizes[0] != sizes[1])
        exact = "exact for image -> text, by image for text -> image" if self.over == "images" else "by group"
        return "\n".join([*lines, f"p: paired randomisation over {self.over}; Holm: over the six recalls; McNemar: {exact}", *note,
                          self.first.footer(), self.second.footer()])

    def table(self):
        """A pandas DataFrame: a row for each recall and rsum."""
        import pandas
        low, high = ({name: pair[n] for name, pair in self.interval.items()} for n in (0, 1))
        each = {name: (self.unseen(name), self.words(name)) for name in self.difference}
        table = pandas.DataFrame({"first": self.first.values, "second": self.second.values, "difference": self.difference,
                                  "low": low, "high": high, "unseen": {n: x for n, (x, _) in each.items()}, "p": self.p,
                                  "holm": self.holm, "mcnemar": self.mcnemar, "words": {n: said for n, (_, said) in each.items()}})
        return table.loc[list(self.difference)]


def _said(p) -> str:
    return f"{p:.4f}" if p >= 1e-4 else "<0.0001"


def compare(a: Result, b: Result, groups=None) -> Comparison:
    """Compare two results query by query.

    groups  (I,) a label for each image; images with one label, as near-duplicates, are one unit of the tests.  None: the
            groups that the results were measured with, or each image by itself
    Raises Problem when they were not measured in the same way.
    """
    for one in (a, b):
        needs("vl.compare", one, Result)
    for name in SAME:
        unsaid = name in ("corpus", "split") and "" in (a.stamp[name], b.stamp[name])    # by scores from elsewhere; "queries" knows
        if a.stamp[name] != b.stamp[name] and not unsaid:
            said = "texts and images" if name == "queries" else f"{name.replace('_', ' ')} ({a.stamp[name]} and {b.stamp[name]})"
            raise Problem(f"the two results differ in their {said}, so their numbers cannot be compared; "
                          "evaluate both runs on one corpus with one protocol.")
    groups = _groups_of(a, b) if groups is None else grouped(groups, len(a.ranks.of_images))
    first, second = (units(r.ranks, r.image_of_text, groups, r.stamp["folds"]) for r in (a, b))
    p, gaps = sign_flips(first, second), net(first, second)
    tests = {name: mcnemar_of_units(gaps[:, first.names.index(name)]) for name in ("text R@1", "image R@1")}
    if groups is None:
        tests["text R@1"] = mcnemar(a.ranks.of_images, b.ranks.of_images)
    ends = {name: (end.low, end.high) for name, end in difference_limits(first, second).items()}
    return Comparison(a, b, {name: b[name] - a[name] for name in p}, p, tests, ends, holm({name: p[name] for name in first.names}),
                      _over(groups))


def _groups_of(a, b):
    """The groups that two results were measured with."""
    kept = [r.groups for r in (a, b) if r.groups is not None]
    if len(kept) == 2 and not np.array_equal(*kept):
        raise Problem("the two results were measured with different groups of images; say which ones count: "
                      "vl.compare(a, b, groups=...).")
    return kept[0] if kept else None
