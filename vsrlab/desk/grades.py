"""Graded judgements: how well people said a caption fits a photo, read from an open format, found in a gallery.

A TSV (or CSV) with a line a pair: image, caption, and one grade or more, a larger one being better.

    image       caption                             ana  ben  carol
    1056.jpg    a dog runs over the grass           4    4    3
    1056.jpg    2043.jpg#1                          1    2    1

`image` is an id of the gallery; `caption` is the id of a text, or its words.  Every further column of numbers is a person's grades;
an empty cell is none.  Without a first line of names the columns are taken in this order, as in Flickr8k's ExpertAnnotations.txt.
"""
import csv
import io
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vsrlab.desk.judgements import Judgements
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.inputs import read_text, short

WHAT = "graded judgements: a TSV with the columns image, caption and one grade or more"
TEXTS = ("caption", "text", "caption_id", "text_id")


class Grades(NamedTuple):
    """Judged pairs of a gallery.  N pairs."""
    images: np.ndarray         # (N,) rows
    texts: np.ndarray          # (N,) rows
    grades: np.ndarray         # (N,) the mean of what people gave
    people: int                # the most grades that a pair has
    lost: int                  # pairs of the file that the gallery does not have
    name: str                  # of the file


class Line(NamedTuple):
    """A pair as the file names it."""
    image: str
    caption: str
    grades: tuple


def grades_of(judged, ids: list, text_ids: list, texts: list) -> Grades:
    """The judged pairs of a gallery, from a file or from Judgements with grades.

    Raises Problem where no pair is of the gallery, or where nothing has a grade.
    """
    if isinstance(judged, Judgements):
        lines, name = _of_judgements(judged), judged.name or "these judgements"
    else:
        path = path_of("vl.humans", judged)
        lines, name = read_grades(path), path.name
    image, text, words = {one: n for n, one in enumerate(ids)}, {one: n for n, one in enumerate(text_ids)}, {}
    for n, one in enumerate(texts):
        words.setdefault(" ".join(one.split()), n)
    found, lost = {}, 0
    for line in lines:
        row = text.get(line.caption, words.get(" ".join(line.caption.split())))
        if line.image in image and row is not None:
            found.setdefault((image[line.image], row), []).extend(line.grades)
        else:
            lost += 1
    if not found:
        one = lines[0]
        raise Problem(f"none of the {len(lines):,} judged pairs of {name} is of this gallery: the first one is {short(one.image)} "
                      f"with {short(one.caption)}; images are called {', '.join(ids[:2])}, ..., texts "
                      f"{', '.join(text_ids[:2])}, ...")
    rows = np.array(list(found))
    means = np.array([np.mean(some) for some in found.values()])
    return Grades(rows[:, 0], rows[:, 1], means, max(map(len, found.values())), lost, name)


def read_grades(path) -> list:
    """The Lines of a file."""
    path = Path(path)
    if not path.is_file():
        raise Missing(f"there is no file {path}; give {WHAT}.")
    text = read_text(path, WHAT)
    mark = "," if path.suffix.lower() == ".csv" else "\t"
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        rows = [(n, row) for n, row in enumerate(lines, 1) if "".join(row).strip()]
    except csv.Error as error:
        raise Problem(f"{path}: {error}; mend the file, or give {WHAT}.") from None
    if not rows:
        raise Problem(f"{path} is empty; give {WHAT}.")
    names = [name.strip().lower() for name in rows[0][1]]
    if "image" not in names:
        return [_line(path, n, row, 0, 1, range(2, len(row))) for n, row in rows]
    said = next((name for name in TEXTS if name in names), None)
    graded = [n for n, name in enumerate(names) if name not in ("image", *TEXTS) and _numbers(rows[1:], n)]
    if said is None or not graded:
        lacks = "a column caption" if said is None else "a column of numbers with the grades"
        raise Problem(f"{path} lacks {lacks}; its columns are {short(', '.join(names), 200)}, expected image, caption and one "
                      "grade or more.")
    return [_line(path, n, row, names.index("image"), names.index(said), graded) for n, row in rows[1:]]


def _numbers(rows, column: int) -> bool:
    """Does a column hold numbers, where it holds anything?"""
    cells = [row[column].strip() for _, row in rows[:200] if len(row) > column and row[column].strip()]
    return bool(cells) and all(_number(cell) is not None for cell in cells)


def _line(path, n: int, row: list, image: int, caption: int, graded) -> Line:
    cells = [row[column].strip() for column in graded if column < len(row)]
    grades = [_number(cell) for cell in cells if cell]
    if len(row) <= max(image, caption) or not grades or None in grades:
        odd = next((cell for cell in cells if cell and _number(cell) is None), "")
        why = f"{short(odd)} is no number" if odd else "it has no grade" if len(row) > max(image, caption) else "it is too short"
        raise Problem(f"{path}, line {n}: {why}; expected image, caption and one grade or more.")
    return Line(row[image].strip(), row[caption].strip(), tuple(grades))


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _of_judgements(judged: Judgements) -> list:
    given = lambda said: tuple(one.grade for one in said.values() if one.grade is not None)
    lines = [Line(*pair, given(said)) for pair, said in judged.pairs.items() if given(said)]
    if not lines:
        raise Problem(f"{judged.name or 'these judgements'} have verdicts and no grades; give {WHAT}.")
    return lines
