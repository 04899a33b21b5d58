"""A text becomes rows: the lines of a token file, of a table with names over its columns, of one without."""
import re

from vsrlab.data.captions.cells import END, CaptionRow, photo_name, texts_of, words
from vsrlab.data.captions.columns import SPLITS, Asked, Columns, Tell, known, understood
from vsrlab.data.captions.tables import TableRow, records, separator
from vsrlab.errors import Problem
from vsrlab.inputs import short

HEAD = 200                             # lines that decide how a table is read
_TOKENS = {                            # how a line begins -> what it is called
    r"([^\t#]+?)(?:#\w+)+\t(.*)": "name.jpg#0<TAB>caption", r"([^\s#,|;]+)(?:#\w+)+\s+(.*)": "name.jpg#0 caption",
    rf"([^\s|,;]+{END}) +([^\s|,;][^\t]*)": "name.jpg caption"}
EXPECTED = "expected lines such as  dog.jpg|a dog on grass"


def rows_of(text: str, path, tell: Tell, asked: Asked) -> tuple:
    """([CaptionRow, ...], how the columns were understood) of a text that is no JSON."""
    lines = [(n, line) for n, line in enumerate(split_lines(text), 1) if line.strip()]
    if lines and (match := re.fullmatch(r"sep=(.)", lines[0][1].strip())):       # a first line for Excel
        lines, mark = lines[1:], match[1]
    else:
        mark = ""
    if not lines:
        raise Problem(f"{path} holds no captions; {EXPECTED}")
    if not mark and (found := _tokens(lines, path, asked)):
        return found
    mark = mark or separator(lines[:HEAD], tell, known)
    if not mark:
        raise Problem(f"{path} is not a captions file: line {lines[0][0]} is {short(lines[0][1])}, without a tab, '|', comma or "
                      f"';' after the photo; {EXPECTED}")
    head = list(records(lines[:HEAD], mark, tell))
    if _has_names(head, tell, asked):
        return _named(lines, mark, head, path, tell, asked)
    return _nameless(lines, mark, head, path, tell, asked)


def split_lines(text: str) -> list:
    """Lines end with a line feed, with "\\r\\n", or with "\\r" where there is nothing else; other characters are letters."""
    if "\n" not in text:
        return text.split("\r")
    return [line.rstrip("\r") for line in text.split("\n")]


def _tokens(lines: list, path, asked: Asked):
    """The rows of a file whose lines begin with name.jpg#0, or with a photo's name and a space; None for another file."""
    for pattern, called in _TOKENS.items():
        begin = re.compile(rf"\s*{pattern}", re.IGNORECASE | re.DOTALL)
        if any(asked) or not all(begin.fullmatch(line) for _, line in lines[:20]):
            continue
        found = []
        for number, line in lines:
            match = begin.fullmatch(line)
            if not match:
                raise Problem(f"{path}, line {number}: expected  {called}  as before, found {short(line)}; mend that line.")
            found.append(CaptionRow(f"line {number}", match[1].strip(), "", [match[2]]))
        return found, called
    return None


def _has_names(head: list, tell: Tell, asked: Asked) -> bool:
    """Whether the first record names the columns."""
    first, *rest = (record.cells for record in head)
    if any(map(tell, first)):
        return False
    if known(first) or any(said and not said.replace(",", "").strip().isdecimal() for said in asked):
        return True
    for place, name in enumerate(first):                          # photos or numbers below a word
        below = [cells[place] for cells in rest if place < len(cells)]
        if below and (sum(map(tell, below)) >= 0.8 * len(below) or place == 0 and not name.strip().isdecimal()
                      and all(cell.strip().isdecimal() for cell in below)):
            return True
    return False


def _named(lines: list, mark: str, head: list, path, tell: Tell, asked: Asked) -> tuple:
    """Rows of a table whose first record names its columns."""
    names = [name.strip() for name in head[0].cells]
    while names and not names[-1]:
        names.pop()
    whole = [record.cells for record in head[1:] if len(record.cells) == len(names)]
    columns = understood(names, whole or [record.cells for record in head[1:]], tell, asked, path)
    splits = {cells[columns.split].strip() for cells in whole} | set(SPLITS) if columns.split is not None else ()
    found = []
    photo, texts, split, number, _ = columns
    for record in list(records(lines, mark, tell))[1:]:
        cells = record.cells if len(record.cells) == len(names) else _fitted(record, columns, mark, splits, tell, path)
        said = texts_of(cells[texts[0]])
        if len(texts) > 1:                                        # photos may have fewer captions than there are columns
            said = [text for place in texts for text in texts_of(cells[place]) if text.strip()]
        in_split, numbered = ("" if place is None else cells[place].strip() for place in (split, number))
        found.append(CaptionRow(f"line {record.line}", photo_name(cells[photo]), in_split, said, numbered))
    return found, str(columns)


def _fitted(record: TableRow, columns: Columns, mark: str, splits, tell: Tell, path) -> list:
    """A record's cells, one for each name: what is too many belongs to the caption, for captions may hold the mark."""
    cells, count, text = list(record.cells), len(columns.names), columns.texts[-1]
    while len(cells) > count and not cells[-1].strip():
        cells.pop()
    if len(cells) == count - 1 == text > 0 and (match := re.fullmatch(r"\s*(\d+)\s+(\S.*)", cells[-1], re.DOTALL)):
        cells[-1:] = match.groups()                               # Flickr30K's results.csv lacks one separator of 158,915
    if more := max(0, len(cells) - count):
        cells[text:text + more + 1] = [mark.join(cells[text:text + more + 1])]
        behind = range(text + 1, count)
        right = {columns.photo: tell(cells[columns.photo]), columns.split: columns.split and cells[columns.split].strip() in splits}
        if len(columns.texts) > 1 or not all(right.get(place) or cells[place].strip().isdecimal() for place in behind):
            raise Problem(f"{path}, line {record.line}: {count + more} cells under {count} names "
                          f"({', '.join(columns.names)[:200]}); "
                          'put the caption in quotes: "a dog, running".')
    if len(cells) <= max(columns.photo, *columns.texts, -1 if columns.split is None else columns.split):
        raise Problem(f"{path}, line {record.line}: expected {mark.join(columns.names)[:200]}, found "
                      f"{short(mark.join(record.cells))}; write what is missing, or delete the line.")
    return cells + [""] * (count - len(cells))


def _nameless(lines: list, mark: str, head: list, path, tell: Tell, asked: Asked) -> tuple:
    """Rows of a table without names: a photo, numbers and a split perhaps, and the caption, which takes whatever is left."""
    place = _layout(head, mark, path, tell, asked)
    before, after = (place[0], place[1])
    found = []
    for record in records(lines, mark, tell):
        cells = record.cells
        if len(cells) < before + after + 1:
            raise Problem(f"{path}, line {record.line}: expected {mark.join(place[2])}, found {short(mark.join(cells))}.")
        end = len(cells) - after
        cells = [*cells[:before], mark.join(cells[before:end]), *cells[end:]]
        where = {name: n for n, name in enumerate(place[2])}
        split = cells[where["split"]].strip() if "split" in where else ""
        found.append(CaptionRow(f"line {record.line}", photo_name(cells[where["file"]]), split, texts_of(cells[where["caption"]])))
    names = {"file": "photo", "caption": "caption", "split": "split"}
    return found, ", ".join(f"{said} = column {place[2].index(name) + 1}" for name, said in names.items() if name in place[2])


def _layout(head: list, mark: str, path, tell: Tell, asked: Asked) -> tuple:
    """(columns before the caption, columns after it, what all of them are)."""
    rows, width = [record.cells for record in head], min(len(record.cells) for record in head)
    column = lambda place: [cells[place] for cells in rows]
    share = lambda place: sum(map(tell, column(place))) / len(rows)
    kind = lambda place: ("split" if all(cell.strip() in SPLITS for cell in column(place)) else
                          "number" if all(cell.strip().isdecimal() for cell in column(place)) else "")
    if any(asked):
        columns = understood([""] * width, [cells[:width] for cells in rows], tell, asked, path)
        said = ["..."] * width
        said[columns.photo] = "file"
        if len(columns.texts) > 1:
            raise Problem(f"{path}: write names over the columns, then name those of the captions.")
        said[columns.texts[0]] = "caption"
        return columns.texts[0], width - 1 - columns.texts[0], said
    if width < 2:
        record = next(record for record in head if len(record.cells) == width)
        raise Problem(f"{path}, line {record.line}: expected file{mark}caption, found {short(mark.join(record.cells))}.")
    mean = lambda place: sum(map(words, column(place))) / len(rows)
    turned = share(-1) >= 0.5 > share(0) or width == 2 and max(share(0), share(-1)) < 0.5 and mean(0) > 1.9 > 1.1 > mean(-1)
    if turned:
        return 0, 1, ["caption", "file"]
    before, after = 1, 0
    while before < width - 1 and kind(before):
        before += 1
    while before < width - 1 - after and kind(-1 - after):
        after += 1
    left = width - before - after
    if left > 1 and len(rows) > (4 if mark == "," else 1) and all(len(cells) == width for cells in rows):
        raise Problem(f"{path}: {left} columns could be the caption; write names over the columns (file, caption), or name both: "
                      "photo_column=, caption_column= (--photo-column, --caption-column), each by its number from 1.")
    said = ["file", *(kind(place) for place in range(1, before)), "caption", *(kind(place) for place in range(-after, 0))]
    return before, after, said
