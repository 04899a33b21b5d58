"""Tables of text: records of cells, read as CSV reads them, whatever separates the cells."""
import csv
from typing import NamedTuple

SEPARATORS = "\t|,;"
_FAR = 200                             # lines that one quoted cell may go over


class TableRow(NamedTuple):
    """One row of a table."""
    line: int              # where it begins, from 1
    cells: list            # strings


def records(lines: list, mark: str, is_photo, most: int | None = None):
    """The records of numbered lines [(number, text), ...], cells apart by `mark`; at most `most` of them.

    Quotes are those of CSV: a quoted cell may hold the mark, doubled quotes and line breaks.  The csv module reads strictly; where
    it refuses, as at a caption that begins with a quote of its own, the line is cut at the marks and the quote is a letter.
    `is_photo(cell)` tells a cell that names a photo: a quote that swallows the next photo is no quote of CSV.
    """
    at, made = 0, 0
    while at < len(lines) and (most is None or made < most):
        number, line = lines[at]
        cells, used = (line.split(mark), 1) if '"' not in line else _quoted(lines, at, mark, is_photo)
        at += used
        if cells[0] or any(map(str.strip, cells)):
            made += 1
            yield TableRow(number, cells)


def _quoted(lines: list, at: int, mark: str, is_photo) -> tuple:
    """(cells, lines used) of the record that begins with a line in which a quote stands."""
    text = lines[at][1]
    for used in range(1, _FAR + 1):
        closes = used == 1 or '"' in lines[at + used - 1][1]
        try:
            if closes:
                [cells] = csv.reader([text], delimiter=mark, strict=True, skipinitialspace=mark in ",;")
                return cells, used
        except csv.Error as error:
            if "unexpected end" not in str(error):
                break
        if at + used >= len(lines):
            break
        more = lines[at + used][1]
        if any(is_photo(part) for part in more.split('"')[0].split(mark)):
            break
        text += "\n" + more
    return [_bare(cell) for cell in lines[at][1].split(mark)], 1


def _bare(cell: str) -> str:
    """A cell without the quotes around it."""
    inner = cell.strip()
    return inner[1:-1].replace('""', '"') if len(inner) > 1 and inner[0] == inner[-1] == '"' else cell


def separator(lines: list, is_photo, known) -> str:
    """The mark between the cells: the one with which the head of the table makes most sense; "" when there is none.

    `known(cells)` counts the names of columns in a first row.  Before all else goes a first row of known names, then rows
    with a cell that names a photo, then rows of two cells and more; at last the mark that stands first in most lines.
    """
    best, found = (0, 0, 0, 0), ""
    for mark in SEPARATORS:
        rows = [record.cells for record in records(lines, mark, is_photo)]
        named = min(known(rows[0]), 2) if rows and len(rows[0]) > 1 else 0
        body = rows[1:] if named and len(rows) > 1 else rows
        several = [cells for cells in body if len(cells) > 1]
        photos = sum(any(map(is_photo, cells)) for cells in several)
        first = sum(mark in line and all(line.find(mark) < place for other in SEPARATORS if (place := line.find(other)) >= 0
                                         and other != mark) for _, line in lines)
        score = (named, round(photos / max(1, len(body)), 1), round(len(several) / max(1, len(body)), 1), first)
        if (several or named) and score > best:
            best, found = score, mark
    return found
