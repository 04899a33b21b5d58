"""Paper mode as a page: rows that unfold, and a photo and a sentence on which the open one lights up.  It reacts by CSS alone."""
from vsrlab import sentences
from vsrlab.draw.equation import svg
from vsrlab.page import html, stage
from vsrlab.page.lights import Hooks, rules
from vsrlab.paper_mode.shown import LETTERS, Shown
from vsrlab.papers import PAPERS, title

STYLE = """ROOT .row { border-top: 1px solid #d9d9d3; margin: 0; padding: 4px 0 }
ROOT .row > summary { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; color: #262626; list-style-position: inside }
ROOT .row > summary b { min-width: 62px; font-weight: 600 } ROOT .row > summary i { color: #5a5a5a; font-style: normal }
ROOT .row > div { max-height: none; overflow: visible; padding: 4px 0 8px 14px }
ROOT .row pre { margin: 4px 0; padding: 6px 8px; background: #f1f1ec; color: #262626; overflow-x: auto; font-size: 12px }
ROOT .equation { display: inline-block; background: #fcfcfa; padding: 2px 4px; max-width: 100%; overflow-x: auto }
ROOT .equation svg { display: block; max-width: 100%; height: auto } ROOT .numbers-of td { font-variant-numeric: tabular-nums }
ROOT .wide { overflow-x: auto } ROOT > .stage { max-width: 460px } ROOT .shade { opacity: 0 } ROOT .t.word { cursor: default }"""
HINT = "Open a row: what its numbers are about lights up on the photo and in the sentence."


def offline(root: str) -> Hooks:
    """Rows of a page without a kernel: a row is chosen while it is open, and looked at while its title is under the pointer."""
    return Hooks(part=lambda key: f".{root} .t.{key}", hover=lambda key: f".row.k-{key} > summary:hover",
                 held=lambda key: f".row.k-{key}[open]")


def styles(view, root: str, hooks: Hooks, targets: list) -> str:
    """All CSS of the view."""
    e = view.e
    made = [" ".join(STYLE.replace("ROOT", f".vsr.{root}").split()), stage.bindings(e, root, hooks, targets),
            rules(root, targets, hooks, places=e.places)]
    for target in targets:
        for where in filter(None, (hooks.held(target.key), hooks.hover(target.key))):
            made.append(html.css(f".{root}:has({where}) .shade", {"opacity": 1 if target.regions else 0}))
    return "".join(made)


def equation(latex: str) -> str:
    """An equation as a picture, with its LaTeX as the text that a reader aloud says."""
    return f'<span class="equation chart" role="img" aria-label="{html.escape(latex)}">{svg(latex)}</span>'


def name_of(row: Shown) -> str:
    """'(2)' as printed, or the key of the row."""
    return row.step.printed or row.step.key


def fragment(view, below: str) -> str:
    """The offline view; `below` is HTML."""
    root, e, targets = html.unique(), view.e, view.targets()
    about = PAPERS[view.name]
    words = " ".join(f'<span class="word t w{w}">{html.escape(word)}</span>' for w, word in enumerate(e.words))
    top = "" if view.only else (html.notice(view.told.note) + f'<p class="quiet">{html.escape(about.reference)}. {HINT}</p>')
    picture = f'<div class="stage">{stage.photo(e, view.lead())}</div>' if e.regions else ""
    rows = "".join(part(view, row, root, row.step.key == view.open) for row in view.rows)
    body = f'{top}<div class="words" dir="auto">{words}</div>{picture}<div style="padding-top:8px">{rows}</div>{below}'
    return html.card(root, body, lead=view.verdict(), more=view.lead(), foot=sentences.footer(e),
                     label=f"{title(view.name)} row by row",
                     rules=styles(view, root, offline(root), targets))


def part(view, row: Shown, root: str, opened: bool) -> str:
    """One row: its title is the equation, and inside are words, shape, numbers, code, departure and exercise."""
    head = (f"<b>{html.escape(name_of(row))}</b>{equation(row.step.latex)}<i>{html.escape(row.shape)}</i>")
    return (f'<details class="row k-{row.step.key}" name="{root}"{" open" if opened else ""}><summary>{head}</summary>'
            f"<div>{inside(view, row)}</div></details>")


def inside(view, row: Shown) -> str:
    """Everything about a row below its equation."""
    said = [f"<p>{html.escape(row.step.words)}</p>", numbers(view, row)]
    if row.departs:
        said.append(f"<p><b>Otherwise than in the paper:</b> {html.escape(row.departs)}</p>")
    if row.code:
        said.append(html.details(f"Code: {row.code.place}", f"<pre>{html.escape(row.code.text)}</pre>"))
    if row.step.exercise:
        said.append(f'<p class="quiet">Write it yourself: vl.course.starter("{html.escape(row.step.exercise)}")</p>')
    return "".join(said)


def numbers(view, row: Shown) -> str:
    """The first numbers as a table, and the row of the chosen word, with where they come from."""
    if row.value is None:
        return f"<p><b>No numbers:</b> {html.escape(row.why)}.</p>"
    come = ("read from the pass that made the score" if row.read else
            "worked out from the rows before; the program keeps them to itself")
    axes = "; ".join(f"{letter} {LETTERS[letter]}" for letter in dict.fromkeys(row.step.letters) if letter in LETTERS)
    told = f'<p class="quiet">{html.escape(". ".join(filter(None, (axes, come[0].upper() + come[1:]))))}.</p>'
    if not row.step.letters:
        return f"<p><b>{html.escape(row.corner[0][0])}</b></p>{told}"
    lines = "".join(f"<tr>{''.join(f'<td>{html.escape(x)}</td>' for x in line)}</tr>" for line in row.corner)
    first = f'<table class="numbers-of"><caption>first numbers</caption><tbody>{lines}</tbody></table>'
    word = view.e.words[view.word]
    own = "".join(f"<td>{html.escape(x)}</td>" for x in row.of_word(view.word))
    if own:
        own = (f'<div class="wide"><table class="numbers-of"><caption>of '
               f'“{html.escape(word)}”</caption><tbody><tr>{own}</tr></tbody>'
               "</table></div>")
    return first + own + told
