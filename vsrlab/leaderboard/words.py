"""A leaderboard in words: for a terminal, as Markdown, as CSV, and the sentences that have to stand beside it."""
import math

from vsrlab.files import csv_text
from vsrlab.leaderboard import printed
from vsrlab.leaderboard.entry import SIX
from vsrlab.measure.paired import LEVEL
from vsrlab.progress import span
from vsrlab.wording import cut, several, signed, thousands
from vsrlab.wording import markdown as _md

LABEL = 34                                      # letters of a row's name in a terminal


def title(board) -> str:
    """'Leaderboard: 18 systems on scenes test, 200 images x 1000 texts'"""
    s = board.stamp
    where = " ".join(filter(None, (s.get("corpus"), s.get("split")))) or "nothing yet"
    many = sum(not row.ensemble for row in board.rows)
    size = f", {s['gallery'][0]} images x {s['gallery'][1]} texts" if s else ""
    return f"Leaderboard: {many} system{'s' * (many != 1)} on {where}{size}"


def sentence(board) -> str:
    """The board in a few sentences, for a reader aloud."""
    if not board.done:
        return f"{title(board)}; no row has a number yet."
    best, tests = board.best(), board.tests()
    near = [board[key].label for key, test in tests.items() if test.holm >= LEVEL]
    level = f"cannot be told apart from it: {several(near)}" if near else "every other row is behind it"
    rest = "" if not tests else f" Over images, {level}."
    said = ", ".join(f"{row.label} {row['rsum']:.0f}" for row in sorted(board.done, key=lambda row: -row["rsum"]))
    return f"{title(board)}. rsum: {said}; chance {board.chance['rsum']:.1f}. {best.label} is highest.{rest}"


def columns(board) -> list:
    """[(heading, row -> text), ...] of the table; columns that say nothing are left out."""
    tests = board.tests() if board.done else {}
    best = board.best().key if board.done else None
    def against(row):
        test = tests.get(row.key)
        return "best" if row.key == best else f"{signed(test.difference, digits=1)}, p {holm(test.holm)}" if test else ""
    found = [("system", lambda row: row.label), ("seeds", lambda row: str(len(row.seeds)) if row.done else ""),
             *((name.replace("text", "i→t").replace("image", "t→i"), lambda row, name=name: number(row[name], 1)) for name in SIX),
             ("rsum", rsum), ("95 %", lambda row: "[{:.0f}, {:.0f}]".format(*row.interval["rsum"][:2]) if row.done else ""),
             ("from the best", against), ("epochs", lambda row: str(row.epochs) if row.done else ""),
             ("numbers", lambda row: size(row["parameters"])), ("core s", lambda row: number(row["cpu"], 0)),
             ("wall s", lambda row: number(row["wall"], 0)), ("ms image", lambda row: small(row["image_ms"])),
             ("ms text", lambda row: small(row["text_ms"])), ("µs pair", lambda row: small(row["pair_us"])),
             ("published rsum", lambda row: printed.said(board, row))]
    return [(name, cell) for name, cell in found if name != "published rsum" or any(cell(row) for row in board.rows)]


def number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def small(value: float) -> str:
    """Three digits of a small number."""
    return "" if math.isnan(value) else f"{value:.3g}" if value < 100 else thousands(round(value))


def size(value: float) -> str:
    """'426 k', '1.2 M'"""
    return "" if math.isnan(value) else f"{value / 1e6:.1f} M" if value >= 1e6 else f"{value / 1e3:.0f} k"


def holm(p: float) -> str:
    """A p value with its relation: '= 0.04', '< 0.001'."""
    return "< 0.001" if p < 1e-3 else f"= {p:.2g}"


def rsum(row) -> str:
    """'231.4 ± 2.0', the spread over seeds after it where there are several."""
    return "" if not row.done else f"{row['rsum']:.1f}" + (f" ± {row.spread:.1f}" if row.spread is not None else "")


def note(row) -> str:
    """What has to be said of a row: seeds that failed or wait, and that it is an ensemble."""
    said = [f"seed {seed}: {why}" for seed, why in row.failed.items()]
    said += [f"seed{'s' * (len(row.waiting) > 1)} {several(map(str, row.waiting))} not reached yet"] if row.waiting else []
    return "; ".join([*said, *(["mean scores of two runs, not one model; its costs are theirs together"] if row.ensemble else [])])


def chance(board) -> list:
    """The cells of the row of chance, as many as there are columns."""
    level = [f"{board.chance[name]:.1f}" for name in (*SIX, "rsum")]
    return ["chance", "", *level, *[""] * (len(columns(board)) - 2 - len(level))]


def grid(board) -> tuple:
    """(headings, rows of texts) of everything, chance last."""
    shown = columns(board)
    rows = [[cell(row) for _, cell in shown] for row in board.rows]
    return [name for name, _ in shown], rows + ([chance(board)] if board.chance else [])


def foot(board) -> list:
    """How it was measured, what the intervals and tests mean, and what the costs are."""
    s, done = board.stamp, board.done
    if not done:
        return ["No row has a number yet."]
    folds = f"{s['folds']} galleries of" if s["folds"] > 1 else "one gallery of"
    epochs = sorted({row.epochs for row in done if row.epochs})
    seen = sorted({f"vsrlab {v.get('vsrlab')}, torch {v.get('torch')}, {v.get('device')}, {v.get('threads')} thread(s)"
                   for row in done for run in row.runs if (v := run.versions)})
    several_epochs = "; rows that learn more slowly have epochs of their own, shown" if len(epochs) > 1 else ""
    total = sum(run.cpu or 0.0 for row in done if not row.ensemble for run in row.runs)
    return [
        f"{' '.join(filter(None, (s['corpus'], s['split'])))}: {folds} {s['gallery'][0]} images x {s['gallery'][1]} texts, "
        f"{s['captions_per_image']} texts an image; ties {s['ties']}.",
        "Recalls in per cent, means over seeds; i→t: an image looks for its texts. ±: standard deviation over seeds. "
        "95 %: bootstrap over images, of the mean over seeds.",
        f"From the best single model: paired randomisation over images on means over seeds, p by Holm over {max(len(done) - 1, 1)} "
        f"row{'s' * (len(done) > 2)}; from p = {LEVEL} on two rows cannot be told apart.",
        f"One set of settings for all; hinge, margin and what a row fixes are the papers'{several_epochs}.",
        f"core s: seconds of one core in training, {span(total)} for all runs; ms and µs: seconds of one core (of a GPU: of the "
        "wall) on this gallery, images and texts encoded once.",
        *(f"Made with {one}." for one in seen), *_published(board)]


def _published(board) -> list:
    place = printed.where(board)
    if place is None or not any(printed.said(board, row) for row in board.rows):
        return []
    return [f"Published: rsum of printed rows on {place[0]} {place[1]}, of that data set and protocol but of other features; each "
            f"with its source in vl.published(row, {place[0]!r})."]


def notes(board) -> list:
    return [f"{row.label}: {said}" for row in board.rows if (said := note(row))]


def text(board) -> str:
    """Aligned columns for a terminal."""
    head, rows = grid(board)
    rows = [[cut(first, LABEL), *rest] for first, *rest in rows]
    wide = [max(map(len, column)) for column in zip(head, *rows)]
    lines = ["  ".join(cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(line, wide))).rstrip()
             for line in [head, *rows]]
    return "\n".join([title(board), "", *lines, "", *notes(board), *foot(board)])


def markdown(board) -> str:
    """The same as Markdown; text is text there."""
    head, rows = grid(board)
    line = lambda cells: "| " + " | ".join(map(_md, cells)) + " |"
    bars = "|---|" + "---:|" * (len(head) - 1)
    beside = [f"* {_md(said)}" for said in notes(board)]
    return "\n".join([f"# {_md(title(board))}", "", line(head), bars, *map(line, rows), "", *beside, *[""] * bool(beside),
                      *(_md(said) + "  " for said in foot(board)), ""])


def csv(board) -> str:
    """The DataFrame as CSV; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return csv_text(board.table())
