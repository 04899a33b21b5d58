"""Scores beside judgements: which failures were none, the corrected score, numbers of several right answers."""
import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vsrlab.desk import corrected as correction
from vsrlab.desk import judgements as said
from vsrlab.desk.judgements import Judgement, Judgements
from vsrlab.desk.relevance import SETS, Relevant, by_rows, relevance
from vsrlab.desk.store import JUDGED
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.measure.graded import numbers, places
from vsrlab.measure.ranks import AT


def judgements(*sources, folder=None):
    """Judgements from .jsonl or .tsv files, several of them merged; or the right answers of "eccv", "cxc" or "original".

    Where several files are merged, lines that name no author are taken for those of a person with the file's name.

    folder  where the JSON files of eccv_caption lie; None: in the installed package
    """
    if not sources:
        raise Problem('name a file of judgements, or "eccv" or "cxc": vl.judgements("judgements.jsonl").')
    if len(sources) == 1 and isinstance(sources[0], str) and sources[0] in SETS:
        return relevance(sources[0], folder)
    for path in sources:
        if not path_of("vl.judgements", path).is_file():
            raise Missing(f"there is no file {path}; give judgements as .jsonl or .tsv, or one of {', '.join(SETS)}.")
    return sum((_signed(said.read(path), path) if len(sources) > 1 else said.read(path) for path in sources), Judgements())


def _signed(judgements, path):
    """Lines without an author get the file's name as theirs: of several files they are not one person's."""
    lines = [one if one.author else one._replace(author=Path(path).stem) for one in judgements.lines]
    return Judgements(lines, judgements.notes, judgements.name)


@dataclass(frozen=True, repr=False)
class Graded:
    """Numbers of one side's queries that have a right answer, shares between 0 and 1; see `measure.graded.numbers`."""
    side: str
    each: Any                  # pandas DataFrame, a row a query: id, AP, R-Precision, mAP@R, MRR, hit@K, recall@K, nDCG@K
    left_out: int              # queries of the gallery without a right answer
    lost: int                  # right answers that the gallery does not have
    by: str                    # whose judgement

    @property
    def values(self) -> dict:
        """name -> the mean over queries."""
        return {name: float(self.each[name].mean()) for name in self.each.columns if name not in ("id", "row")}

    def __repr__(self) -> str:
        means = ", ".join(f"{name} {value:.3f}" for name, value in self.values.items())
        return (f"{len(self.each):,} {self.side} queries by {self.by}: {means}; {self.left_out:,} queries without a right answer "
                f"left out" + (f", {self.lost:,} right answers are not in the gallery" if self.lost else ""))


class Judged:
    """A part of Scored; `side` names who asks."""

    def judge(self, judgements):
        """The same scores with judgements: files, Judgements or a list of Judgement -> a new Scored; this one stays as labelled.

        Pairs are found by ids.  Raises Problem where none of them is of this gallery.
        """
        if isinstance(judgements, (str, Path)):
            judgements = said.read(judgements)
        elif not isinstance(judgements, Judgements):
            judgements = Judgements(judgements)
        found = copy.copy(self)
        object.__setattr__(found, "verdicts", said.by_rows(judgements, self.ids, self.text_ids, self.texts))
        object.__setattr__(found, "judgements", judgements)
        return found

    def judged(self):
        """The same scores with what their desk's folder keeps of earlier sessions; themselves where that is nothing."""
        path = None if self.desk is None else self.desk / JUDGED
        return self.judge(path) if path is not None and path.is_file() else self

    def say(self, image, text, verdict: str, *, author: str = "", cause=(), note: str = "", grade=None):
        """Judge one pair, given by rows or ids, and keep it in the desk's folder -> a new Scored that knows it."""
        return self.say_many([(image, text)], verdict, author=author, cause=cause, note=note, grade=grade)

    def say_many(self, pairs, verdict: str, *, author: str = "", cause=(), note: str = "", grade=None):
        """The same of several pairs (image, text) at once, in one write."""
        row = lambda value, names: names[int(value)] if not isinstance(value, str) else value
        lines = [Judgement(row(image, self.ids), row(text, self.text_ids), verdict, grade, tuple(cause), note, author, self.name)
                 for image, text in pairs]
        for names, what in ((self.ids, "image"), (self.text_ids, "text")):
            odd = next((name for line in lines if (name := getattr(line, what)) not in names), None)
            if odd is not None:
                raise Problem(f"{self.name} has no {what} {odd!r}; ids look like {names[0]!r}.")
        known = list(self.judgements.lines) if self.judgements is not None else []
        if self.desk is not None:
            said.append(self.desk / JUDGED, lines)
        return self.judge(Judgements([*known, *lines], name=self.judgements.name if known else JUDGED))

    def corrected(self, side: str = "text", sample=None):
        """As labelled and as corrected: a `desk.corrected.Corrected`; print it for the sentence.

        sample  (n, seed) of `sample(n, seed, side)` when all its failures were judged: then the corrected R@1 is estimated,
                labelled + (1 - labelled) x share of valid ones.  None: what was judged was picked, and only a bound is known.
        Raises Problem while a failure of the sample is not judged.
        """
        rows = None
        if sample is not None:
            n, seed = sample
            table = self.sample(n, seed, side)
            open_ = int((table["judged"] == 0).sum())
            if open_:
                raise Problem(f"{open_} of the {len(table)} sampled failures are not judged yet, so nothing can be estimated; "
                              "judge them, or leave sample out for the lower bound.")
            place = {name: row for row, name in enumerate(self.names(side)[0])}
            rows = np.array([place[name] for name in table["id"]], int)
        line = self.of_text if side == "text" else self.of_image
        return correction.corrected(self.digest.side(side), self.image_of_text, self.verdicts, line, side, rows)

    def graded(self, side: str = "text", relevant=None, at=AT, gain: str = "linear") -> Graded:
        """AP, R-Precision, mAP@R, nDCG@K, MRR, hit@K and recall@K, over the whole gallery.

        relevant  {query id: {answer id: grade}}, or what `vl.judgements("eccv")` gives; None: own pairs, and those judged valid
        gain      of nDCG: "linear", or "power" for 2^grade - 1
        """
        import pandas
        names, _ = self.names(side)
        queries, answers, grades, lost, by = self._right(side, relevant)
        images, texts = (answers, queries) if side == "text" else (queries, answers)
        found = numbers(places(self.scores, images, texts, grades, side), queries, grades, at, gain)
        rows = found.pop("query")
        table = pandas.DataFrame({"row": rows, "id": [names[r] for r in rows], **found})
        return Graded(side, table, len(names) - len(rows), lost, by)

    def _right(self, side, relevant) -> tuple:
        """(query rows, answer rows, grades, lost, by whom) of the right answers."""
        if relevant is not None:
            of, by = (relevant.of[side], relevant.name) if isinstance(relevant, Relevant) else (relevant, "the judgements given")
            *pairs, lost = by_rows(of, *self.names(side), by)
            return (*map(np.array, pairs), lost, by)
        pairs = dict.fromkeys(zip(map(int, self.image_of_text), range(len(self.texts))))
        more = [pair for pair, (_, valid) in self.verdicts.items() if valid and pair not in pairs]
        images, texts = map(np.array, zip(*pairs, *more))
        by = f"own pairs and {len(more)} judged valid" if more else "own pairs"
        return (*((texts, images) if side == "text" else (images, texts)), np.ones(len(images)), 0, by)
