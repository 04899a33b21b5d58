"""The desk in words: the top line, what is listed, lines of the list, the footer."""
import datetime

import pandas

from vsrlab.wording import cut, signed, thousands

ASKS = {"text": "captions", "image": "photos"}
SOUGHT = {"text": "image", "image": "text"}


def top(scored, side: str, result) -> str:
    """'5,000 captions, 1,335 found first (26.7 % [25.1, 28.3]), 3,665 failures, 120 judged: 31 valid.'

    result  of the scores, as `vl.evaluate` gives it
    """
    one, (low, high) = scored.corrected(side), result.interval[f"{SOUGHT[side]} R@1"]
    return (f"{thousands(one.queries)} {ASKS[side]}, {thousands(one.queries - one.failures)} found first ({one.labelled[1]:.1f} % "
            f"[{low:.1f}, {high:.1f}]), {thousands(one.failures)} failures, {thousands(one.judged)} judged: "
            f"{thousands(one.valid)} valid.")


def listed(rows, wanted, tally) -> str:
    """'Listed: 37, with the word “red”, not judged; may be valid first.'"""
    parts = [f"with the word “{wanted.word}”" * bool(wanted.word), wanted.cause, wanted.slice, wanted.band, wanted.verdict]
    parts = [part for part in parts if part]
    said = f"Listed: {len(rows):,}{', ' + ', '.join(parts) if parts else ''}; {wanted.order}."
    if wanted.cause and tally.sampled:
        said += f" Causes were looked for in a random sample of {len(tally.rows):,} failures."
    return said


def lines(view, count: int, start: int = 0) -> tuple:
    """(columns, rows) of some failures of the list."""
    table = view.table().iloc[start:start + count]
    rows = [(one.id, cut(one.text, 120), thousands(one.rank + 1), str(one.winner_id), signed(one.margin_sd, False, 1), one.cause,
             verdict(one.judged, one.valid)) for one in table.itertuples()]
    return ("query", "words", "rank of the right answer", "found first", "margin, deviations", "suspected causes", "judged"), rows


def verdict(judged: int, valid) -> str:
    """"", "valid", "wrong" or "undecided"."""
    if not judged:
        return ""
    return "undecided" if pandas.isna(valid) else "valid" if valid else "wrong"


def footer(scored) -> str:
    """Where the numbers come from, and where verdicts are kept."""
    kept = "verdicts are kept beside the scores" if scored.desk is not None else "verdicts are not kept: the scores have no folder"
    judged = "" if scored.judgements is None else f"judgements {scored.judgements.stamp['hash']}"
    where = f"{scored.dataset} {scored.split}".strip()
    return " · ".join(filter(None, (scored.name, f"scores {scored.key[:12]}", where, judged, kept, "ties counted against",
                                    scored.note, datetime.date.today().isoformat())))
