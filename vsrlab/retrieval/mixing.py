"""Mixing: S = local + mu x global, of a model with both branches or of two; mu is chosen on one gallery, measured on another.

Every look at the second gallery is written down, so that a weight that was tried out there cannot pass for one that was chosen.
"""
import datetime
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vsrlab import files
from vsrlab.desk.store import key_of
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import read_json
from vsrlab.measure.ranks import AT, ranks, summary
from vsrlab.retrieval.branches import Branches
from vsrlab.retrieval.lazy import Lazy
from vsrlab.retrieval.matrices import matrix
from vsrlab.retrieval.scored import Scored, alike, scored_of

UNLOCKED = "mix.json"          # of the desk's folder: every look at a gallery with a weight that was chosen elsewhere
STEPS = 25                     # values of mu that `choose` tries, and 0
SHAPE = [{"mu": float, "chosen_on": str, "model": str, "time": str}]


class Sum(Lazy):
    """weight x first + second, made when it is read."""

    def __init__(self, first, second, weight: float):
        self.first, self.second, self.weight, self.shape = first, second, np.float32(weight), tuple(first.shape)

    def rows(self, start, stop):
        return self.weight * np.asarray(self.first[start:stop], np.float32) + np.asarray(self.second[start:stop], np.float32)

    def column(self, text):
        return self.weight * np.asarray(self.first[:, text], np.float32) + np.asarray(self.second[:, text], np.float32)

    def pairs(self, images, texts):
        found = [m.pairs(images, texts) if isinstance(m, Lazy) else np.asarray(m[images, texts]) for m in (self.first, self.second)]
        return None if any(part is None for part in found) else (self.weight * found[0] + found[1]).astype(np.float32)


class Scaled(Lazy):
    """weight x scores: what one branch adds."""

    def __init__(self, scores, weight: float):
        self.x, self.weight, self.shape = scores, np.float32(weight), tuple(scores.shape)

    def rows(self, start, stop):
        return self.weight * np.asarray(self.x[start:stop], np.float32)

    def column(self, text):
        return self.weight * np.asarray(self.x[:, text], np.float32)


@dataclass(frozen=True, eq=False)
class Parts:
    """Two matrices (I, T) of one gallery, and how they are mixed."""
    gallery: Scored            # ids, texts, photos, the desk's folder
    both: dict                 # "global": (I, T), "local": (I, T), without mu; of two models by their names
    trained: float | None      # mu of the model; None for two models

    @property
    def names(self) -> tuple:
        """(what mu multiplies, what is added as it is)."""
        return tuple(self.both)

    @cached_property
    def scale(self) -> float:
        """Deviation of the second matrix by that of the first: about where both weigh alike."""
        spread = [float(np.std(np.asarray(x[:256], float))) for x in self.both.values()]
        return spread[1] / max(spread[0], 1e-12) or 1.0

    def scores(self, mu: float) -> Sum:
        """(I, T) with this mu."""
        return Sum(*self.both.values(), mu)

    def at(self, mu: float, name: str = "", note: str = "") -> Scored:
        """The Scored with this mu; it has no model, so nothing new can be scored by it."""
        if not (isinstance(mu, (int, float)) and np.isfinite(mu) and mu >= 0):
            raise Problem(f"mu={mu!r}: give a number of 0 or more.")
        one, other = self.names
        terms = {one: Scaled(self.both[one], mu), other: self.both[other]}
        said = "; ".join(filter(None, (self.gallery.note, note)))
        return replace(self.gallery, name=name or f"{self.gallery.name} with μ {mu:.3g}", scores=self.scores(mu), terms=terms,
                       run=None, index=None, members=(), desk=None, note=said)

    def numbers(self, mu: float) -> dict:
        """The six recalls, rsum and more."""
        return summary(ranks(self.scores(mu), self.gallery.image_of_text))

    def cells(self, side: str = "text") -> dict:
        """{(first right?, second right?): queries}: what each matrix alone finds first."""
        hits = []
        for x in self.both.values():
            r = ranks(x, self.gallery.image_of_text)
            hits.append(r.of_texts if side == "text" else r.of_images)
        asked = hits[0] >= 0
        right = [(hit == 0)[asked] for hit in hits]
        return {(a, b): int(((right[0] == a) & (right[1] == b)).sum()) for a in (True, False) for b in (True, False)}


def parts_of(what, other=None) -> Parts:
    """The Parts of an Index with two branches, or of two Scored (the first is multiplied with mu).

    Those of an index are kept in the desk's folder, where it has one, and opened again from there without scoring.
    """
    first = scored_of(what, "vl.mix")
    if other is not None:
        second = scored_of(other, "vl.mix")
        if not alike(first, second):
            raise Problem(f"{second!r} is not the gallery of {first!r}; score both models on one and the same corpus.")
        names = (first.name, second.name) if first.name != second.name else ("the first", "the second")
        gallery = replace(first, name=" + ".join(names), run=None, index=None, terms={}, members=())
        return Parts(gallery, dict(zip(names, (first.scores, second.scores))), None)
    if first.index is None:
        if len(first.terms) == 2:
            return Parts(first, dict(first.terms), None)
        raise Problem(f"{first.name} is one matrix of scores, so nothing can be mixed; give two: vl.mix(scores, others), or the "
                      "index of a model with a global and a local branch.")
    branches = Branches(first)
    if branches.mu is None:
        raise Problem(f"{first.name} has one branch, so there is no mu; give the index of a model that has two, such as vsrpp, or "
                      "two models: vl.mix(index, other).")
    return Parts(first, _kept(first, branches), branches.mu)


def _kept(scored, branches) -> dict:
    """Both matrices, float32: opened from the desk's folder, or made in one more pass and kept there."""
    if scored.desk is None:
        return {name: branches.matrices[name] for name in ("global", "local")}
    paths = {name: scored.desk / f"{name}-{scored.key[:16]}.npy" for name in ("global", "local")}
    if not all(path.is_file() for path in paths.values()):
        try:
            scored.desk.mkdir(parents=True, exist_ok=True)
            for name, path in paths.items():
                files.write(path, lambda file, name=name: np.save(file, np.asarray(branches.matrices[name], np.float32)))
        except (OSError, Problem):                                 # a folder that cannot be written: they stay in memory
            return {name: branches.matrices[name] for name in ("global", "local")}
    found = {name: matrix(path, f"the {name} branch") for name, path in paths.items()}
    if any(x.shape != tuple(scored.scores.shape) or x.dtype != np.float32 for x in found.values()):
        raise Problem(f"{scored.desk} holds branches of another size; remove {' and '.join(p.name for p in paths.values())}.")
    return found


def tried(parts: Parts, steps: int = STEPS):
    """A pandas DataFrame, a row for each mu from 0 to 20 times the even weight: the six recalls and rsum."""
    import pandas
    mus = sorted({0.0, parts.trained or 0.0, *(parts.scale * np.geomspace(0.05, 20, steps)).tolist()})
    wanted = [f"{side} R@{k}" for side in ("text", "image") for k in AT]
    rows = []
    for mu in mus:
        numbers = parts.numbers(mu)
        rows.append({"mu": mu, **{name: numbers[name] for name in wanted}, "rsum": sum(numbers[name] for name in wanted)})
    return pandas.DataFrame(rows)


def best(table) -> float:
    """The mu with the largest rsum; of equals the one in the middle."""
    top = table.loc[table["rsum"] >= table["rsum"].max() - 1e-9, "mu"].to_numpy()
    return float(top[(len(top) - 1) // 2])


def unlock(parts: Parts, mu: float, chosen_on: Parts, label: str) -> Scored:
    """The Scored of a second gallery with a mu that was chosen on another; the look is written down and counted."""
    one, other = chosen_on.gallery, parts.gallery
    weights = [None if part.gallery.run is None else part.gallery.run.fingerprint for part in (chosen_on, parts)]
    if weights[0] != weights[1] or (parts.trained is None) != (chosen_on.trained is None):
        raise Problem(f"μ was chosen for {' and '.join(chosen_on.names)} of {one.name}, here are {' and '.join(parts.names)} of "
                      f"{other.name}; unlock the same two.")
    if shared := set(one.ids) & set(other.ids):
        raise Problem(f"{len(shared)} photos, such as {next(iter(sorted(shared)))}, are also in the gallery on which μ was chosen; "
                      "unlock a gallery that it has not seen.")
    where = " ".join(filter(None, (one.dataset, one.split))) or one.name
    line = {"mu": float(mu), "chosen_on": f"{where} ({_key(chosen_on)[:12]})", "model": label,
            "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
    count = _count(other.desk, line)
    kept = "" if other.desk is not None else ", not kept: these scores have no folder"
    note = f"μ {mu:.4g} chosen on {where}; this gallery was unlocked for {count} weight{'s' * (count != 1)}{kept}"
    return parts.at(mu, f"{label} with μ {mu:.3g} chosen on {where} (unlocked for {count})", note)


def _key(parts) -> str:
    g = parts.gallery
    return key_of(g.scores, g.image_of_text, g.ids, g.text_ids, [repr(parts.names)])


def _count(folder, line) -> int:
    """Write a look down -> how many different weights this gallery was looked at with."""
    if folder is None:
        return 1
    path, lines = Path(folder) / UNLOCKED, looks(folder)
    lines.append(line)
    Path(folder).mkdir(parents=True, exist_ok=True)
    files.write_text(path, json.dumps(lines, indent=1) + "\n")
    return different(lines)


def looks(folder) -> list:
    """The looks that the folder of a desk keeps: [{"mu", "chosen_on", "model", "time"}, ...]."""
    try:
        return read_json(Path(folder) / UNLOCKED, "what vl.mix unlocked", SHAPE)
    except Missing:
        return []


def different(lines) -> int:
    """How many weights were looked at: a mu of one model, chosen on one gallery, counts once however often it is run."""
    return len({(round(one["mu"], 9), one["chosen_on"], one["model"]) for one in lines})
