"""A leaderboard as one offline HTML fragment: the same table in several orders, chosen by CSS alone."""
from vsrlab import colours
from vsrlab.leaderboard import printed, words
from vsrlab.leaderboard.entry import COSTS
from vsrlab.page import html

ORDERS = {"by rsum": "rsum", "by image → text R@1": "text R@1", "by text → image R@1": "image R@1", "by training time": "cpu",
          "by size": "parameters", "by µs a pair": "pair_us"}
STYLE = f"""
.vsr .leaders {{ overflow: auto; border: 1px solid {colours.LINE} }}
.vsr .leaders td {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }}
.vsr .leaders thead th {{ vertical-align: bottom; text-align: right }}
.vsr .leaders th:first-child {{ text-align: left; min-width: 130px; padding-left: 5px }}
.vsr .leaders tr.chance :is(th, td) {{ color: {colours.MUTED} }}
"""


def fragment(board) -> str:
    """The card: a tab an order, the table, what has to be said of some rows, and how it was measured."""
    root = html.unique()
    orders = {name: by for name, by in ORDERS.items() if by not in COSTS or any(row[by] == row[by] for row in board.done)}
    if not board.done:
        orders = {"by rsum": "rsum"}
    start = list(orders.values()).index(board.by) if board.by in orders.values() else 0
    tabs, rules = html.tabs(root, orders, start, "order of the rows")
    tables = "".join(f'<div class="leaders of q{n}" tabindex="0"{"" if n == start else hidden}>{_table(board.sorted(by))}</div>'
                     for n, by in enumerate(orders.values()) for hidden in (' style="display:none"',))
    notes = "".join(f"<li>{html.escape(said)}</li>" for said in words.notes(board))
    body = (tabs if len(orders) > 1 else "") + tables + (f"<ul>{notes}</ul>" if notes else "") + _sources(board)
    return html.card(root, body, lead=words.title(board), foot=" ".join(words.foot(board)), label=words.title(board),
                     rules=" ".join(STYLE.split()) + rules)


def _table(board) -> str:
    head, rows = words.grid(board)
    last = len(rows) - 1 if board.chance else None
    line = lambda n, cells: (f'<tr{" class=chance" if n == last else ""}><th scope="row">{html.escape(cells[0])}</th>'
                             + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells[1:]) + "</tr>")
    across = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    return f"<table><thead><tr>{across}</tr></thead><tbody>{''.join(line(n, row) for n, row in enumerate(rows))}</tbody></table>"


def _sources(board) -> str:
    """The printed rows that stand beside ours, each with its source."""
    found = [(row, one) for row in board.rows for one in printed.rows(board, row)]
    said = (f"{row.label}: {printed.rsum(one):.1f}, {one.full()}, {one.table.cite()}" for row, one in found)
    items = "".join(f"<li>{html.escape(line)}</li>" for line in said)
    return html.details(f"{len(found)} printed rows", f"<ul>{items}</ul>") if found else ""
