"""What a report holds: everything the error desk knows of one model's scores, gathered once; words and pages are made of it."""
from dataclasses import dataclass, fields

import numpy as np

from vsrlab.desk.judgements import Judgement, Judgements
from vsrlab.errors import Problem
from vsrlab.measure.result import Comparison, Result
from vsrlab.retrieval.evaluate import compare, evaluate
from vsrlab.retrieval.failures.judged import judgements
from vsrlab.retrieval.failures.tally import Tally, tally
from vsrlab.retrieval.failures.why import asked_why, failures_by_margin
from vsrlab.retrieval.scored import Scored, alike, scored_of
from vsrlab.views.hubs import HubsView, hubs
from vsrlab.views.slices import SlicesView, slices
from vsrlab.views.versus import Versus

MOST = 60                      # failures that a report shows with their photos
EXAMPLES = 12


@dataclass(frozen=True)
class Content:
    """One model on one gallery; `side` is who asks."""
    scored: Scored
    side: str
    result: Result
    corrected: dict            # side -> Corrected
    tally: Tally
    pinned: list               # of Why: what the person chose
    examples: list             # of Why: chosen by rule, see `chosen`
    slices: SlicesView
    hubs: HubsView
    other: Scored | None       # a second model
    versus: Versus | None
    sample: tuple | None       # (n, seed) of judged failures drawn at random
    notes: list                # paragraphs of the person
    how: str                   # the command that made it; "" for a call


def gather(scored, other=None, verdicts=None, notes=(), examples: int = EXAMPLES, pinned=(), sample=None, side: str = "text",
           after: str | None = None, how: str = "") -> Content:
    """The Content; arguments as in `report.report`.  What cannot be used is refused before anything is counted."""
    scored = scored_of(scored, "vl.report")
    other = None if other is None else scored_of(other, "vl.report")
    if other is not None and not alike(scored, other):
        raise Problem(f"{other!r} is not the gallery of {scored!r}; score both models on one and the same corpus.")
    if side not in ("text", "image"):
        raise Problem(f"side={side!r}: write \"text\" for captions that look for their photo, or \"image\" for photos.")
    if not 0 <= examples <= MOST or len(pinned) > MOST:
        raise Problem(f"a report shows 0 to {MOST} examples, and as many pinned ones; {max(examples, len(pinned))} were asked for.")
    scored = _judged(scored, verdicts)
    asked = [_row(scored, one) for one in pinned]
    correct = {one: scored.corrected(one, sample if one == side else None) for one in ("text", "image")}
    others = [] if other is None else [other]
    found = tally(scored, side, others)
    rows = chosen(scored, found, examples, {row for which, row in asked if which == side})
    k = min(10, scored.digest.kept("text"))
    result, popular = evaluate(scored), hubs(scored, after, k=k)
    popular.result = result                                        # measured once
    return Content(scored, side, result, correct, found, [asked_why(scored, other=other, **{a: b}) for a, b in asked],
                   [asked_why(scored, other=other, **{side: row}) for row in rows], slices(scored), popular, other,
                   None if other is None else _beside(scored, other, result), sample,
                   [notes] if isinstance(notes, str) and notes else list(notes), how)


def _beside(scored, other, result) -> Versus:
    """What `vl.compare` gives, where the first model is measured already."""
    found = compare(result, evaluate(other))
    return Versus(**{f.name: getattr(found, f.name) for f in fields(Comparison)}, a=scored, b=other)


def _judged(scored, verdicts) -> Scored:
    """With the judgements that are given: files, Judgements, or a list of Judgement; None: those that the desk's folder keeps."""
    if verdicts is None:
        return scored if scored.judgements is not None else scored.judged()
    if isinstance(verdicts, (list, tuple)) and verdicts and not any(isinstance(one, Judgement) for one in verdicts):
        verdicts = judgements(*verdicts)
    elif not isinstance(verdicts, (Judgements, list, tuple)):
        verdicts = judgements(verdicts)
    if not isinstance(verdicts, (Judgements, list, tuple)):
        raise Problem('verdicts are files of judgements, .jsonl or .tsv; for the right answers of "eccv" or "cxc" ask '
                      "scores.graded(side, vl.judgements(\"eccv\")).")
    return scored.judge(verdicts)


def _row(scored, name) -> tuple:
    """("text" or "image", row) of a pinned query: an id, or the row of a text."""
    if isinstance(name, str):
        for side, names in (("text", scored.text_ids), ("image", scored.ids)):
            if name in names:
                return side, names.index(name)
    elif isinstance(name, (int, np.integer)) and 0 <= name < len(scored.texts):
        return "text", int(name)
    raise Problem(f"{name!r} was pinned, but no text or image has that id; ids look like {scored.text_ids[0]!r} and "
                  f"{scored.ids[0]!r}, rows of texts are 0 to {len(scored.texts) - 1}.")


def chosen(scored, found: Tally, count: int, without=frozenset()) -> list:
    """Rows of failures to show: of every cause, the surest first, the one with the largest margin; then the largest margins.

    No photo is asked for twice, and rows `without` are left out.
    """
    if not count or not found.failures:
        return []
    order = [int(row) for row in failures_by_margin(scored, found.side) if int(row) not in without]
    place = {row: n for n, row in enumerate(order)}
    causes = {}
    for row, reasons in zip(found.rows.tolist(), found.found):
        for reason in reasons if row in place else ():
            causes.setdefault(reason.cause, []).append(row)
    first = [min(causes[name], key=place.get) for name in found.table()["cause"] if name in causes]
    photo = (lambda row: int(scored.image_of_text[row])) if found.side == "text" else (lambda row: row)
    rows, seen = [], set()
    for row in (*first, *order):
        if len(rows) < count and photo(row) not in seen:
            rows.append(row)
            seen.add(photo(row))
    return rows


def judged_pairs(scored) -> list:
    """[(image row, text row, {author: Judgement}), ...] of the judged pairs of this gallery, in the order of the file."""
    if scored.judgements is None:
        return []
    image, text = ({name: n for n, name in enumerate(names)} for names in (scored.ids, scored.text_ids))
    words = {" ".join(t.split()): n for n, t in reversed(list(enumerate(scored.texts)))}
    found = []
    for (one, other), said in scored.judgements.pairs.items():
        row = text.get(other, words.get(" ".join(other.split())))
        if one in image and row is not None:
            found.append((image[one], row, said))
    return found


def disputed_pairs(scored) -> list:
    """Of these, the pairs that one person calls valid and another wrong."""
    return [one for one in judged_pairs(scored) if {"valid", "wrong"} <= {said.verdict for said in one[2].values()}]
