"""Judgements: what people said of pairs of an image and a text, a JSON line each, only ever appended to.

    {"image": "1056.jpg", "text": "1056.jpg#3", "verdict": "valid", "grade": null, "cause": ["colour"], "note": "",
     "author": "ana", "run": "clip-b32", "time": "2026-11-25T10:00:00Z", "source": "person"}

Pairs are named by ids, never by rows, so that one file serves every model on the same photos.
"""
import csv
import datetime
import hashlib
import io
import json
import os
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from vsrlab.desk.judges import Agreed, agreed
from vsrlab.errors import Problem, unknown
from vsrlab.inputs import Is, checked, read_text, short, unreadable

VERDICTS = ("valid", "wrong", "unsure")
WHAT = "judgements: JSON lines with image, text and verdict, or a TSV with image, text or caption, valid or grade, author"
SAID = {**dict.fromkeys(("1", "1.0", "true", "yes", "valid"), "valid"), **dict.fromkeys(("", "?", "unsure"), "unsure"),
        **dict.fromkeys(("0", "0.0", "false", "no", "wrong"), "wrong")}
SHAPE = {"image": str, "text": str, "verdict": Is(" or ".join(VERDICTS), lambda x: x in VERDICTS), "grade?": (None, float),
         "cause?": [str], "note?": str, "author?": str, "run?": str, "time?": str, "source?": str}


class Judgement(NamedTuple):
    """One person's word on one pair."""
    image: str                 # id of the image
    text: str                  # id of the text, or the text itself where a file says "caption"
    verdict: str               # "valid": the text is true of the image; "wrong"; "unsure"
    grade: float | None = None       # how well it fits, where a scale was asked for
    cause: tuple = ()          # names of causes that the person confirms
    note: str = ""
    author: str = ""
    run: str = ""              # whose answer it was
    time: str = ""             # ISO 8601, UTC
    source: str = "person"     # only people decide; anything else is kept and not counted


class Judgements:
    """The lines of one file or of several, in order; of one author's lines on a pair the last one counts."""

    def __init__(self, lines=(), notes=(), name: str = ""):
        self.lines, self.notes, self.name = tuple(lines), tuple(notes), name

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        authors = {one.author for one in self.lines}
        return f"Judgements of {len(self.pairs):,} pairs in {len(self):,} lines by {len(authors)} author{'s' * (len(authors) != 1)}"

    def __add__(self, other: "Judgements") -> "Judgements":
        name = " + ".join(filter(None, (self.name, other.name)))
        return Judgements(self.lines + other.lines, self.notes + other.notes, name)

    @cached_property
    def pairs(self) -> dict:
        """{(image id, text id): {author: Judgement}}: the newest word of each person."""
        found = {}
        for one in self.lines:
            if one.source == "person":
                found.setdefault((one.image, one.text), {})[one.author] = one
        return found

    def verdict(self, pair: tuple) -> bool | None:
        """Do most people call a pair valid?  None: nobody was sure, or they are even.  Who is unsure has no vote."""
        said = [one.verdict for one in self.pairs.get(pair, {}).values()]
        votes = said.count("valid") - said.count("wrong")
        return votes > 0 if votes else None

    def disputed(self) -> list:
        """[(pair, {author: Judgement}), ...] of which one person says valid and another wrong."""
        return [(pair, said) for pair, said in self.pairs.items()
                if {"valid", "wrong"} <= {one.verdict for one in said.values()}]

    def labels(self) -> tuple:
        """(pairs (N,), authors (J,), labels N x J): what `measure.agreement` takes; None where an author did not judge a pair."""
        authors = sorted({author for said in self.pairs.values() for author in said})
        rows = [[said[a].verdict if a in said else None for a in authors] for said in self.pairs.values()]
        return list(self.pairs), authors, rows

    def agreement(self) -> Agreed:
        """Do the people agree beyond chance, on the pairs that several of them judged?"""
        return agreed(*self.labels())

    @property
    def stamp(self) -> dict:
        """{"name", "hash", "count"} for a footer."""
        content = json.dumps([list(one) for one in self.lines]).encode()
        return {"name": self.name, "hash": hashlib.sha256(content).hexdigest()[:12], "count": len(self.pairs)}


def read(path) -> Judgements:
    """The judgements of a .jsonl or .tsv file.  A last line that is half-written is left out, with a note."""
    path = Path(path)
    text = read_text(path, WHAT)
    if path.suffix.lower() in (".tsv", ".csv"):
        return Judgements(_table(text, path, "\t" if path.suffix.lower() == ".tsv" else ","), (), path.name)
    lines, found, notes = text.split("\n"), [], []
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            if line.startswith("{") and _breaks_off(line, error):      # the program that wrote it was stopped
                notes.append(f"line {n} of {path.name} is half-written and was left out")
                continue
            raise Problem(f"{path}, line {n} is not JSON; mend that line, or give {WHAT}.") from None
        value = checked(value, SHAPE, f"{path}, line {n}", "a judgement")
        known = {name: value[name] for name in Judgement._fields if name in value}
        found.append(Judgement(**known | {"cause": tuple(known.get("cause", ()))}))
    return Judgements(found, notes, path.name)


def _breaks_off(line: str, error) -> bool:
    """Is a line JSON that ends too early, and not JSON that is wrong?"""
    return getattr(error, "pos", 0) >= len(line.rstrip()) or str(error).startswith("Unterminated string")


def _table(text: str, path, mark: str) -> list:
    reader, found = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark), []
    try:
        names = {str(name).strip().lower(): name for name in reader.fieldnames or ()}
    except csv.Error as error:
        raise Problem(f"{path}, line 1: {error}; mend that line, or give {WHAT}.") from None
    known = lambda *some: next((names[n] for n in some if n in names), None)
    who, what = known("text", "caption"), known("valid", "verdict", "grade")
    if "image" not in names or who is None or what is None:
        there = short(", ".join(reader.fieldnames or ("none",)), 200)
        raise Problem(f"{path} has the columns {there}; expected image, text or caption, valid or grade, and author.")
    graded = names.get("grade")
    for n, row in enumerate(_rows(reader, path), 2):
        said, grade = (row[what] or "").strip().lower(), (row[graded] or "").strip() if graded else ""
        try:
            grade = float(grade) if grade else None
            verdict = SAID[said] if what != graded else "unsure" if grade is None else "valid" if grade > 0 else "wrong"
        except (KeyError, ValueError):
            raise Problem(f"{path}, line {n}: {short(said or str(grade))} is neither valid nor wrong; write 1 or 0, or leave it "
                          "empty.") from None
        found.append(Judgement((row[names["image"]] or "").strip(), (row[who] or "").strip(), verdict, grade,
                               author=(row.get(names.get("author", "author")) or "").strip()))
    return found


def _rows(reader, path):
    try:
        yield from reader
    except csv.Error as error:
        raise Problem(f"{path}, line {reader.line_num}: {error}; mend that line, or give {WHAT}.") from None


def append(path, judgements) -> Path:
    """Add one judgement, or several, to a file of JSON lines; what is there stays as it is.  The time is filled in.

    Raises Problem where the file cannot be written: then nothing was added.
    """
    judgements = [judgements] if isinstance(judgements, Judgement) else list(judgements)
    now, lines = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), []
    for one in judgements:
        if one.verdict not in VERDICTS:
            raise unknown("verdict", one.verdict, VERDICTS)
        lines.append(json.dumps(one._replace(time=one.time or now, cause=list(one.cause))._asdict(), ensure_ascii=False) + "\n")
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            if file.tell() and not _ends_with_a_line(file):
                lines.insert(0, "\n")                                  # a half-written line stays a line of its own
            file.write("".join(lines).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unreadable(path, error) from None
    return path


def _ends_with_a_line(file) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def by_rows(judgements: Judgements, ids: list, text_ids: list, texts: list) -> dict:
    """{(image row, text row): (how many people judged it, valid or None)} of a gallery.

    A caption stands for all texts of its words.  Raises Problem where none of the pairs is of this gallery.
    """
    image, text = ({name: n for n, name in enumerate(names)} for names in (ids, text_ids))
    words = {}
    for n, one in enumerate(texts):
        words.setdefault(" ".join(one.split()), []).append(n)
    found = {}
    for pair, said in judgements.pairs.items():
        rows = [text[pair[1]]] if pair[1] in text else words.get(" ".join(pair[1].split()), [])
        for row in rows if pair[0] in image else ():
            found[image[pair[0]], row] = (len(said), judgements.verdict(pair))
    if judgements.pairs and not found:
        some = [f"{i} with {t}" for i, t in list(judgements.pairs)[:3]]
        raise Problem(f"none of the {len(judgements.pairs)} judged pairs is of this gallery: {'; '.join(some)}, ...; images are "
                      f"called {', '.join(ids[:3])}, ..., texts {', '.join(text_ids[:3])}, ...; give "
                      "the judgements of this corpus.")
    return found
