"""The numbers of a measurement with how they were measured, and two of them compared.  A corpus is read by its attributes."""
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from vsrlab import files
from vsrlab.errors import Missing, Problem, needs, unknown
from vsrlab.measure.ranks import AT, Ranks, chance, fold_ranks, fold_summary
from vsrlab.measure.significance import intervals, mcnemar, paired

SAME = ("corpus", "split", "gallery", "folds", "ties", "captions_per_image", "queries")


@dataclass(frozen=True)
class Result:
    """The numbers of a measurement and the stamp without which they mean nothing."""
    values: dict                     # "text R@1": image -> text, "image R@1": text -> image, ..., "rsum", "text medr", ...
    interval: dict                   # name -> (low, high), 95 %
    chance: dict                     # name -> a random order's
    stamp: dict                      # how it was measured; only results with equal ones can be compared
    ranks: Ranks = field(repr=False)              # of all folds, one after the other
    image_of_text: np.ndarray = field(repr=False)

    def numbers(self) -> dict:
        """The values: six recalls, rsum, median and mean ranks, from 1."""
        return dict(self.values)

    def __getitem__(self, name: str) -> float:
        if name not in self.values:
            raise unknown("number", name, self.values)
        return self.values[name]

    def __repr__(self) -> str:
        lines = [f"{'':16s}" + "".join(f"{f'R@{k}':>22s}" for k in AT) + f"{'median':>8s}{'mean':>8s}"]
        for side, said in (("text", "image -> text"), ("image", "text -> image")):
            cells = ("{:.1f} [{:.1f}, {:.1f}]".format(self.values[name], *self.interval[name])
                     for name in (f"{side} R@{k}" for k in AT))
            lines.append(f"{said:16s}" + "".join(f"{c:>22s}" for c in cells) +
                         f"{self.values[f'{side} medr']:8.0f}{self.values[f'{side} meanr']:8.1f}")
        low, high = self.interval["rsum"]
        lines.append(f"rsum {self.values['rsum']:.1f} [{low:.1f}, {high:.1f}], chance {self.chance['rsum']:.1f}")
        return "\n".join([*lines, self.footer()])

    def footer(self) -> str:
        """The stamp as one line."""
        s = self.stamp
        who = " + ".join(f"{m['model']} {m['run']} ({m['weights']})" for m in s["models"])
        many = f"ensemble of {len(s['models'])}" if s["ensemble"] else "single model"
        where = f"{s['corpus']} {s['split']}".strip()
        out = f", {s['left_out']} images without a text left out" if s["left_out"] else ""
        folds = f"mean of {s['folds']} galleries of" if s["folds"] > 1 else "gallery of"
        return (f"{who}, {many}; {where}, {folds} {s['gallery'][0]} images x {s['gallery'][1]} texts, "
                f"{s['captions_per_image']} texts an image{out}; ties {s['ties']}; 95 % bootstrap over images")

    def table(self):
        """A pandas DataFrame: a row for each number, with its interval and the level of chance."""
        import pandas
        low, high = ({name: pair[n] for name, pair in self.interval.items()} for n in (0, 1))
        table = pandas.DataFrame({"value": self.values, "low": low, "high": high, "chance": self.chance})
        return table.loc[list(self.values)]

    def save(self, path) -> Path:
        """JSON, with the ranks, so that it can be compared later."""
        content = asdict(self) | {"ranks": [side.tolist() for side in self.ranks], "image_of_text": self.image_of_text.tolist()}
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return files.write_json(path, content)

    @classmethod
    def load(cls, path) -> "Result":
        """Read what `save` wrote.  Raises Missing where no file is, Problem where it is none of ours."""
        path = Path(path)
        if not path.is_file():
            raise Missing(f"there is no result {path}; 'vsrlab evaluate RUN --out {path}' writes one.")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            content |= {"ranks": Ranks(*map(np.array, content["ranks"])), "image_of_text": np.array(content["image_of_text"]),
                        "interval": {name: tuple(pair) for name, pair in content["interval"].items()}}
            return cls(**content)
        except (ValueError, KeyError, TypeError):
            raise Problem(f"{path} is not a result that vsrlab evaluate wrote.") from None


def measured(scores, corpus, fold: int, folds: int, models: list) -> Result:
    """The Result of scores (I, T) on a corpus, in `folds` galleries of `fold` images.

    corpus  anything with name, split, ids (I), texts (T) and image_of_text (T,)
    models  who made the scores: {"model", "run", "weights", "seed"} of each
    """
    found = fold_ranks(scores, corpus.image_of_text, fold, folds)
    owners = [corpus.image_of_text[corpus.image_of_text // fold == n] for n in range(folds)]       # in the order of fold_ranks
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
    return Result(fold_summary(found), intervals(whole, owner), level, stamp, whole, owner)


@dataclass(frozen=True)
class Comparison:
    """Two results on the same queries: differences, and how likely chance alone makes them."""
    first: Result = field(repr=False)
    second: Result = field(repr=False)
    difference: dict                 # name -> second minus first
    p: dict                          # name -> paired randomisation over images, 10,000 draws
    mcnemar: dict                    # "text R@1", "image R@1" -> exact McNemar test over queries

    def __repr__(self) -> str:
        who = [" + ".join(m["run"] for m in r.stamp["models"]) for r in (self.first, self.second)]
        lines = [f"{'':12s}{who[0][:16]:>17s}{who[1][:16]:>17s}{'difference':>12s}{'p':>9s}{'McNemar':>10s}"]
        for name, gap in self.difference.items():
            other = f"{self.mcnemar[name]:10.4f}" if name in self.mcnemar else ""
            lines.append(f"{name:12s}{self.first[name]:17.1f}{self.second[name]:17.1f}{gap:+12.1f}{self.p[name]:9.4f}{other}")
        sizes = [len(r.stamp["models"]) for r in (self.first, self.second)]
        note = ["an ensemble beside a single model: part of the difference is the number of models"] * (sizes[0] != sizes[1])
        return "\n".join([*lines, "p: paired randomisation over images; McNemar: exact, over queries", *note, self.first.footer(),
                          self.second.footer()])

    def table(self):
        """A pandas DataFrame: a row for each recall and rsum."""
        import pandas
        table = pandas.DataFrame({"first": self.first.values, "second": self.second.values, "difference": self.difference,
                                  "p": self.p, "mcnemar": self.mcnemar})
        return table.loc[list(self.difference)]


def compare(a: Result, b: Result) -> Comparison:
    """Compare two results query by query.  Raises Problem when they were not measured in the same way."""
    for one in (a, b):
        needs("vl.compare", one, Result)
    for name in SAME:
        unsaid = name in ("corpus", "split") and "" in (a.stamp[name], b.stamp[name])    # by scores from elsewhere; "queries" knows
        if a.stamp[name] != b.stamp[name] and not unsaid:
            said = "texts and images" if name == "queries" else f"{name.replace('_', ' ')} ({a.stamp[name]} and {b.stamp[name]})"
            raise Problem(f"the two results differ in their {said}, so their numbers cannot be compared; "
                          "evaluate both runs on one corpus with one protocol.")
    names = [name for name in a.values if "R@" in name or name == "rsum"]
    tests = {"text R@1": mcnemar(a.ranks.of_images, b.ranks.of_images), "image R@1": mcnemar(a.ranks.of_texts, b.ranks.of_texts)}
    return Comparison(a, b, {name: b[name] - a[name] for name in names}, paired(a.ranks, b.ranks, a.image_of_text), tests)
