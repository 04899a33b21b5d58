"""Published figures as one offline HTML fragment.  Its filter is radio buttons and CSS rules; there is no script."""
from vsrlab import colours
from vsrlab.page import html
from vsrlab.published import book, names, words

WIDE = ("R@1", "R@5", "R@10", "MedR")      # columns of each direction; what is rarer is written out in a column of its own
SIDES = {side: said.replace("->", "→") for side, said in book.DIRECTIONS.items() if side != "both"}
STYLE = f"""
.vsr .pick {{ margin: 0 0 6px; font-size: 12px; line-height: 1.9 }}
.vsr .pick b {{ font-weight: 600; margin-right: 6px }}
.vsr .printed {{ overflow: auto; max-height: 70vh; border: 1px solid {colours.LINE} }}
.vsr .printed thead th {{ position: sticky; top: 0; background: {colours.CARD}; vertical-align: bottom }}
.vsr .printed thead tr + tr th {{ top: 24px }}
.vsr .printed th, .vsr .printed td {{ vertical-align: top; padding: 2px 5px }}
.vsr .printed tbody th {{ min-width: 140px }}
.vsr .printed .n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }}
.vsr .printed ul {{ margin: 0; padding-left: 14px }}
.vsr .printed td.other {{ color: {colours.PLUS} }}
.vsr .printed td.suspect {{ color: {colours.WRONG} }}
.vsr .printed td.unread, .vsr .printed td.absent {{ color: {colours.MUTED}; font-size: 10.5px; white-space: normal }}
.vsr .printed td.source {{ min-width: 200px; font-size: 11.5px }}
.vsr .printed small {{ color: {colours.MUTED}; display: block }}
.vsr tbody tr.f {{ counter-increment: shown }}
.vsr .count::after {{ content: counter(shown) " rows shown" }}
"""


class Filter:
    """One row of choices: a radio button for each value, and the rules that hide the rows of the others."""

    def __init__(self, root: str, letter: str, label: str, values):
        self.root, self.letter, self.label, self.values = root, letter, label, list(dict.fromkeys(values))

    def of(self, value) -> str:
        """The class of a row with this value."""
        return f"{self.letter}{self.values.index(value)}"

    def buttons(self) -> str:
        """The choices, "all" first; nothing where there is no choice."""
        if len(self.values) < 2:
            return ""
        every = [("all", ""), *((value, f" g-{self.of(value)}") for value in self.values)]
        made = "".join(f'<label class="tab{mark}"><input type="radio" name="{self.root}{self.letter}"{" checked" * (not mark)}> '
                       f"{html.escape(value)}</label>" for value, mark in every)
        label = html.escape(self.label)
        return f'<div class="pick" role="radiogroup" aria-label="{label}"><b>{label}</b>{made}</div>'

    def rules(self) -> str:
        """The style rules that hide the rows which are not asked for."""
        return "".join(html.css(f".{self.root}:has(.g-{self.of(v)} :checked) tr.f:not(.{self.of(v)})", {"display": "none"})
                       for v in self.values) if len(self.values) > 1 else ""


def figures(found) -> str:
    """All rows in one table, each with its source and its notes."""
    root, marked = html.unique(), ("read as printed", "with a mark")
    filters = {"system": Filter(root, "s", "system", sorted((row.system for row in found.rows), key=str.casefold)),
               "dataset": Filter(root, "d", "data set", sorted(row.dataset for row in found.rows)),
               "split": Filter(root, "p", "split", sorted(row.split for row in found.rows)),
               "marked": Filter(root, "m", "rows", marked)}
    sides = [side for side in SIDES if any(cell.direction == side for cell in found.cells())]
    body = []
    for row in found.rows:
        classes = [filters[what].of(getattr(row, what)) for what in ("system", "dataset", "split")]
        classes.append(filters["marked"].of(marked[any(cell.status != "read" for cell in found.cells(row))]))
        body.append(_row(found, row, sides, " ".join(classes)))
    buttons, hide = _ways(root, sides)
    foot = ["Empty: that table has no such column", "not reported: it has, and prints a dash", *words.legend(found)]
    return _card(root, found, filters, _head(sides), body, foot="; ".join(foot) + ".", rules=hide, picks=buttons,
                 lead=f"{found.title}: {words.size(found)}.", below=_sources(found) + _systems(found))


def _card(root: str, found, filters: dict, head: str, body, *, lead: str, foot: str, rules: str = "", picks: str = "",
          below: str = "") -> str:
    """The filter, the table with the number of rows that it shows, and what unfolds below."""
    rules = (f".{root}{{counter-reset:shown}}" + " ".join(STYLE.split()) + "".join(f.rules() for f in filters.values()) + rules)
    table = (f'<div class="printed" tabindex="0"><table><caption>{html.escape(found.title)}</caption><thead>{head}</thead>'
             f'<tbody>{"".join(body)}</tbody></table></div><p class="quiet count"></p>')
    return html.card(root, "".join(f.buttons() for f in filters.values()) + picks + table + below, lead=lead, foot=foot,
                     rules=rules, label=found.title)


def _ways(root: str, sides) -> tuple:
    """(buttons, rules) of the choice of a direction: the columns of the other one, and the mean, go."""
    choice = Filter(root, "w", "direction", [SIDES[side] for side in sides])
    if len(sides) < 2:
        return "", ""
    rules = []
    for side in sides:
        others = ", ".join(f".w-{other}" for other in (*SIDES, "both") if other != side)
        rules.append(html.css(f".{root}:has(.g-{choice.of(SIDES[side])} :checked) :is({others})", {"display": "none"}))
    return choice.buttons(), "".join(rules)


def _head(sides) -> str:
    across = "".join(f'<th colspan="{len(WIDE)}" scope="colgroup" class="w-{side}">{SIDES[side]}</th>'
                     for side in sides)
    below = "".join(f'<th scope="col" class="n w-{side}">{metric}</th>' for side in sides for metric in WIDE)
    return (f'<tr><th scope="col" rowspan="2">system, row as printed</th><th scope="col" rowspan="2">data</th>{across}'
            '<th scope="col" rowspan="2" class="n w-both">mR</th>'
            f'<th scope="col" rowspan="2">source and notes</th></tr><tr>{below}</tr>')


def _row(found, row, sides, classes: str) -> str:
    """One row: names, figures, the source; below that what is rarer, in words, and the notes."""
    keys = found.columns(row.table)
    cells = "".join(_cell(row, key, key in keys) for key in [*((side, m) for side in sides for m in WIDE), ("both", "mR")])
    rare = [f"{words.column(key)} {words.shown(row, key)}" for key in keys if key[1] not in (*WIDE, "mR") and key in row.cells]
    small = lambda lines: "".join(f"<small>{html.escape(line)}</small>" for line in lines)
    features = [f"{what}: {said}" for what, said in (("images", row.visual), ("texts", row.textual)) if said]
    notes = [f"{mark} {note}".strip() for mark, note in words.notes(row, found.cells(row))]
    name = f"<b>{html.escape(row.system)}</b> {html.escape(row.name().removeprefix(row.system))}"
    return (f'<tr class="f {classes}"><th scope="row">{name}{small(features)}</th><td>{html.escape(row.data())}</td>{cells}'
            f'<td class="source">{html.escape(row.table.cite())}{small([", ".join(rare)] * bool(rare) + notes)}</td></tr>')


def _cell(row, key, there: bool) -> str:
    """One figure; only what was read as printed is dark and without a mark."""
    cell = row.cells.get(key) if there else None
    if cell is None:
        absent = there and row.table.dashes
        return f'<td class="n w-{key[0]}{" absent" * absent}">{"not reported" * absent}</td>'
    kind = {"read": "", "suspect": " suspect", "unread": " unread"}.get(cell.status, " other")
    title = f' title="{html.escape(cell.note)}"' if cell.note else ""
    return f'<td class="n w-{key[0]}{kind}"{title}>{html.escape(words.shown(row, key))}</td>'


def _sources(found) -> str:
    """Every table in full, with its remarks and its short names."""
    said = []
    for table, _ in words.grouped(found.rows):
        short = "; ".join(f"{name}: {meaning}" for name, meaning in table.legend.items())
        more = " ".join(filter(None, (f"{table.reference()}.", table.note, short)))
        said.append(f"<li><b>{html.escape(table.title())}</b>. {html.escape(more)}</li>")
    return html.details(f"{len(said)} sources", f"<ul>{''.join(said)}</ul>")


def _systems(found) -> str:
    """Every system in a sentence or two."""
    systems = sorted({row.system for row in found.rows}, key=str.casefold)
    said = "".join(f"<li><b>{html.escape(name)}</b>: {html.escape(names.standing(name))}</li>" for name in systems)
    return html.details(f"{len(systems)} systems, and which of them this kit has", f"<ul>{said}</ul>")


def conflicts(found) -> str:
    """The conflicts in one table, with a filter by system and data set."""
    root = html.unique()
    filters = {"system": Filter(root, "s", "system", sorted((c.system for c in found.conflicts), key=str.casefold)),
               "dataset": Filter(root, "d", "data set", sorted(c.dataset for c in found.conflicts))}
    body = []
    for c in found.conflicts:
        claims = "".join(f"<li>{html.escape(words.claim(*one))}</li>" for one in c.printed)
        classes = " ".join(chosen.of(getattr(c, what)) for what, chosen in filters.items())
        body.append(f'<tr class="f {classes}"><th scope="row">{html.escape(words.where(c))}</th><td><ul>{claims}</ul></td>'
                    f"<td>{html.escape(words.use(c))}</td><td>{html.escape(c.why)}</td></tr>")
    head = "".join(f'<th scope="col">{name}</th>' for name in ("figure", "printed", "use", "why"))
    return _card(root, found, filters, f"<tr>{head}</tr>", body, foot=" ".join(book.read().beside),
                 lead=f"{found.title}: {len(found)} figures that two tables print differently.")
