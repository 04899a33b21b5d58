"""Scores as files of other tools: runs and relevance judgements for ranx and TREC's tools, lists for eccv_caption, tables."""
import json
from pathlib import Path

import numpy as np

from vsrlab import files
from vsrlab.desk.digest import digest
from vsrlab.errors import Problem, unknown


class Export:
    """A part of Scored; `side` names who asks."""

    def save_run(self, path, side: str = "text", k: int = 100) -> Path:
        """The first k answers of every query: .trec or .txt (qid Q0 docid rank score tag, ranks from 1), .json as ranx reads it."""
        rows, scores = self._first(side, k)
        queries, answers = self.names(side)
        kind = _kind(path, (".trec", ".txt", ".json"))
        each = zip(queries, rows.tolist(), scores.tolist())
        if kind == ".json":
            run = {q: dict(zip([answers[n] for n in found], some)) for q, found, some in each}
            return files.write_text(path, json.dumps(run))
        tag = "-".join(self.name.split()) or "scores"
        _without_spaces([*queries, *answers], path)
        return files.write_text(path, "".join(f"{q} Q0 {answers[n]} {rank} {score!r} {tag}\n" for q, found, some in each
                                              for rank, (n, score) in enumerate(zip(found, some), 1)))

    def save_qrels(self, path, side: str = "text", relevant: dict | None = None) -> Path:
        """The right answers of every query: .trec or .txt (qid 0 docid grade), .json as ranx reads it.

        relevant  {query id: {answer id: grade}}; None: the own pairs, grade 1
        """
        queries, answers = self.names(side)
        if relevant is None:
            relevant = {name: {} for name in queries}
            for text, image in enumerate(self.image_of_text):
                q, a = (text, image) if side == "text" else (image, text)
                relevant[queries[q]][answers[a]] = 1
        relevant = {q: right for q, right in relevant.items() if right}
        if _kind(path, (".trec", ".txt", ".json")) == ".json":
            return files.write_text(path, json.dumps(relevant))
        _without_spaces([*queries, *answers], path)
        lines = (f"{q} 0 {a} {grade}\n" for q, right in relevant.items() for a, grade in right.items())
        return files.write_text(path, "".join(lines))

    def save_queries(self, path, side: str = "text") -> Path:
        """The table of `queries` as .csv, or as .parquet where pyarrow is installed."""
        if _kind(path, (".csv", ".parquet")) == ".csv":
            return files.write_text(path, files.csv_text(self.queries(side)))
        try:
            return files.write(path, lambda file: self.queries(side).to_parquet(file))
        except ImportError:
            raise Problem(f"{path} needs pyarrow to be written: pip install pyarrow, or write {Path(path).stem}.csv.") from None

    def retrieved(self, side: str = "text", k: int = 50) -> dict:
        """{query id: [answer ids, best first]} of whole numbers, which eccv_caption measures.  COCO's ids are asked for."""
        queries, answers = ([_number(name) for name in names] for names in self.names(side))
        return {q: [answers[n] for n in found] for q, found in zip(queries, self._first(side, k)[0].tolist())}

    def names(self, side: str) -> tuple:
        """(ids of the queries, ids of the answers) of a side."""
        if side not in ("text", "image"):
            raise unknown("side", side, ("text", "image"))
        return (self.text_ids, self.ids) if side == "text" else (self.ids, self.text_ids)

    def _first(self, side, k) -> tuple:
        """(N, k) rows and scores of the first answers; all of them where there are fewer."""
        if k < 1:
            raise Problem(f"k={k}: write at least one answer of each query.")
        known = self.digest.side(side)
        if k > known.rows.shape[1] and known.rows.shape[1] < len(self.names(side)[1]):
            known = digest(self.scores, self.image_of_text, k).side(side)
        return known.rows[:, :k], known.scores[:, :k].astype(float)


def _kind(path, kinds) -> str:
    kind = Path(path).suffix.lower()
    if kind not in kinds:
        raise unknown("file ending", kind or "(none)", kinds)
    return kind


def _without_spaces(names, path):
    odd = next((name for name in names if len(name.split()) != 1), None)
    if odd is not None:
        raise Problem(f"the id {odd!r} has a space, which TREC's format cannot hold; write {Path(path).stem}.json for ranx.")


def _number(name: str) -> int:
    """COCO's number of an id: "391895", "COCO_val2014_000000391895.jpg"."""
    digits = Path(name).stem.rsplit("_", 1)[-1]
    if not digits.isdigit():
        raise Problem(f"the id {name!r} is no number of COCO; give image_ids= and text_ids= as COCO numbers images and captions.")
    return int(np.int64(digits))
