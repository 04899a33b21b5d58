"""Published figures as text: aligned for a terminal, and as Markdown."""
from vsrlab.published import book, names
from vsrlab.wording import cut, thousands
from vsrlab.wording import markdown as _md

MARKS = {"read": "", "repaired": "~", "filled": "+", "inferred": "?", "computed": "=", "unread": "", "suspect": "!"}
ABSENT = "-"                     # in a terminal's column; pages write "not reported"
LABEL = 64                       # letters of a row's name in a terminal


def shown(row, key, absent: str = ABSENT) -> str:
    """A cell as text: its number with the mark of its status, 'unread', or what stands for a dash."""
    cell = row.cells.get(key)
    if cell is None:
        return absent if row.table.dashes else ""
    return cell.number() + MARKS[cell.status]


def column(key) -> str:
    """A column in short: 'i2t R@1'; the mean over both directions is 'mR' alone."""
    return key[1] if key[0] == "both" else f"{key[0]} {key[1]}"


def notes(row, cells) -> list:
    """What has to be said of the cells of a row: (their mark, their columns and the note), ...; cells with one note together."""
    found = {}
    for cell in cells:
        if cell.note:
            found.setdefault((cell.status, cell.note), []).append(column(cell.key))
    said = [(MARKS[status], f"{', '.join(keys)} {status}: {note}" if status != "read" else f"{', '.join(keys)}: {note}")
            for (status, note), keys in found.items()]
    return said + ([("", row.note)] if row.note else [])


def grouped(rows) -> list:
    """[(PrintedTable, [PrintedRow, ...]), ...] in the order of the file."""
    found = {}
    for row in rows:
        found.setdefault(row.table.id, (row.table, []))[1].append(row)
    return list(found.values())


def size(found) -> str:
    """'98 figures in 16 rows of 7 tables'"""
    def many(n, what): return f"{thousands(n)} {what}{'' if n == 1 else 's'}"
    return f"{many(len(found), 'figure')} in {many(len(found.rows), 'row')} of {many(len(grouped(found.rows)), 'table')}"


def legend(found) -> list:
    """The marks that occur, and what they mean."""
    met = {cell.status for cell in found.cells()}
    return [f"{MARKS[status]} {status}: {why}".strip() for status, why in book.read().statuses.items()
            if status in met and status != "read"]


def about(found) -> list:
    """A sentence on each of a few systems."""
    systems = list(dict.fromkeys(row.system for row in found.rows))
    return [f"{name}: {names.standing(name)}" for name in systems] if len(systems) <= 3 else []


def text(found, most: int | None = None) -> str:
    """The whole selection, or its first `most` rows, for a terminal."""
    lines, left = [f"{found.title}: {size(found)}"], len(found.rows) if most is None else most
    for table, rows in grouped(found.rows):
        if left <= 0:
            break
        lines += ["", table.title(), *_grid(found, rows[:left])]
        left -= len(rows[:left])
    hidden = len(found.rows) - most if most is not None else 0
    if hidden > 0:
        lines += ["", f"... and {thousands(hidden)} rows more: print(found.text()) shows all, found.table() is a DataFrame, "
                  "found.save('figures.html') a page with a filter."]
    return "\n".join([*lines, "", f"{ABSENT} not reported", *legend(found), *about(found)])


def _grid(found, rows) -> list:
    """The rows of one table, aligned, with their notes below."""
    keys = found.columns(rows[0].table)
    cells = [[cut(row.full(), LABEL), row.data(), *(shown(row, key) for key in keys)] for row in rows]
    head = ["", "", *map(column, keys)]
    wide = [max(len(line[n]) for line in [head, *cells]) for n in range(len(head))]
    lines = ["  ".join(value.ljust(w) if n < 2 else value.rjust(w) for n, (value, w) in enumerate(zip(line, wide))).rstrip()
             for line in [head, *cells]]
    return lines + [f"  {mark or '*'} {row.label}, {said}" for row in rows for mark, said in notes(row, found.cells(row))]


def markdown(found) -> str:
    """The selection as Markdown, a section a table."""
    marks = _md("; ".join(legend(found)))
    lines = [f"# {_md(found.title)}", "", f"{size(found)}. " + (f"Marks: {marks}." if marks else "All read as printed.")]
    for table, rows in grouped(found.rows):
        keys = found.columns(table)
        lines += ["", f"## {_md(table.title())}", "", _md(f"{table.reference()}. {table.note}".strip()), "",
                  _md_row("system", "row", "data", *map(column, keys)), _md_row(*["---"] * 3, *["---:"] * len(keys), raw=True)]
        lines += [_md_row(row.system, row.name(), row.data(), *(shown(row, key, "not reported") for key in keys)) for row in rows]
        said = [f"* {_md(row.name())}: {_md(note)}" for row in rows for _, note in notes(row, found.cells(row))]
        said += [f"* {_md(short)}: {_md(meaning)}" for short, meaning in table.legend.items()]
        lines += ["", *said] if said else []
    return "\n".join([*lines, *(f"\n{_md(line)}" for line in about(found)), ""])


def _md_row(*cells, raw: bool = False) -> str:
    return "| " + " | ".join(cell if raw else _md(cell) for cell in cells) + " |"


def claim(value, table, label) -> str:
    """'67.9, Lee et al., SCAN, ECCV 2018, Table 1 (slides), row "Ours"': a recall and where it is printed"""
    return f'{value:.1f}, {table.cite()}, row "{label}"'


def use(conflict) -> str:
    """Which of the printed figures to use."""
    return "say both" if conflict.use is None else f"use {conflict.use:.1f}"


def where(conflict) -> str:
    """'SCO, COCO test-1K, i2t R@1 (VGG full)'"""
    more = f" ({conflict.variant})" if conflict.variant else ""
    return f"{conflict.system}, {conflict.dataset} {conflict.split}, {column((conflict.direction, conflict.metric))}{more}"


def conflicts(found, most: int | None = None) -> str:
    """The cells that two tables print differently, as lines of text."""
    lines = [f"{found.title}: {len(found)} figures that two tables print differently"]
    for c in found.conflicts[:most]:
        lines += ["", f"{where(c)}: {use(c)}. {c.why}", *(f"  {claim(*one)}" for one in c.printed)]
    if most is not None and len(found) > most:
        lines += ["", f"... and {len(found) - most} more: print(found.text())."]
    return "\n".join([*lines, "", *book.read().beside])


def conflicts_markdown(found) -> str:
    """The same in Markdown."""
    head = [_md_row("figure", "printed", "use", "why"), _md_row(*["---"] * 4, raw=True)]
    rows = [_md_row(where(c), "; ".join(claim(*one) for one in c.printed), use(c), c.why) for c in found.conflicts]
    return "\n".join([f"# {_md(found.title)}", "", *head, *rows, "", *map(_md, book.read().beside), ""])
