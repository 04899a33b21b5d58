"""The gallery in HTML: cards of photos, rows of captions, marks, two-part bars, recalls.  Answers in, text out."""
import numpy as np

from vsrlab import colours
from vsrlab.data.words import UNKNOWN
from vsrlab.explain.choosing import Target
from vsrlab.figures.poster import folded
from vsrlab.measure.ranks import AT, place, summary
from vsrlab.page import html
from vsrlab.page.thumbnails import WIDE, Pictures
from vsrlab.retrieval.answers import Answer, Answers, called
from vsrlab.retrieval.branches import Branches
from vsrlab.views.gallery.words import MARKS, figures, telling
from vsrlab.wording import cut, signed, thousands

GRID = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)             # of mu in the offline page: that of the VSR++ poster
GREEN, LIGHT = "#02765a", "#b2abd2"       # right answers; the second part of a bar
COLOURS = {"right": GREEN, "valid": GREEN, "twin": colours.PLUS, "wrong": colours.WRONG, "unknown": colours.MUTED}
SHADES = {"global": colours.PLUS, "local": LIGHT}
STYLE = " ".join(f"""
.vsr .asked {{ font-size: 17px; margin: 2px 0 8px }}
.vsr .asked .lost {{ text-decoration: line-through 2px {colours.MINUS} }}
.vsr .cards {{ display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; margin: 4px 0 8px }}
.vsr .answer {{ position: relative; cursor: pointer; border: 2px solid transparent; border-radius: 4px; padding: 3px;
  overflow-wrap: anywhere; line-height: 1.3; font-size: 12px; vertical-align: top }}
.vsr .answer:hover {{ border-color: #8a8a8a }}
.vsr .answer:has(:checked), .vsr .answer.held {{ border-color: {colours.DARK} }}
.vsr .answer:has(:focus-visible) {{ outline: 3px solid #0173b2 }}
.vsr .answer img {{ aspect-ratio: 4 / 3; height: auto; object-fit: contain; background: #ececE8; display: block; margin: 2px 0 }}
.vsr .answer.right img {{ outline: 3px solid {GREEN} }}
.vsr .answer.wrong img {{ outline: 2px dashed {colours.WRONG} }}
.vsr .answer.line {{ display: flex!important; flex-wrap: wrap; gap: 2px 10px; align-items: baseline;
  border-bottom-color: {colours.LINE} }}
.vsr .answer.line .place {{ flex: 0 0 96px }}
.vsr .answer.line .phrase {{ flex: 1 1 180px; font-size: 14px }}
.vsr .answer.line .amount {{ flex: 0 0 176px }}
.vsr .answer.right .phrase {{ font-weight: 600 }}
.vsr .sum {{ display: block; height: 8px; background: #ececE8; white-space: nowrap; font-size: 0; overflow: hidden }}
.vsr .sum i.minus {{ background: repeating-linear-gradient(135deg,{colours.MINUS} 0 3px,{colours.CARD} 3px 5px)!important }}
.vsr .tie {{ background: {colours.HIGHLIGHT} }}
.vsr .model {{ font-weight: 600; margin: 8px 0 0 }}
.vsr .answer .small {{ display: block; color: {colours.MUTED} }}
.vsr .far {{ align-self: center; color: {colours.MUTED}; padding: 4px 8px }}
.vsr .tellings {{ min-height: 44px; margin-top: 6px }}
.vsr .picks-stage {{ position: relative; overflow: visible; --wide: 172px; --high: 218px }}
.vsr .picks-stage .cards, .vsr .picks-stage .picks > div {{ display: grid; grid-template-columns: repeat(auto-fill, var(--wide));
  grid-auto-rows: var(--high); gap: 8px; margin: 0; width: auto; height: auto }}
.vsr .picks-stage .answer {{ width: auto!important; overflow: hidden }}
.vsr .picks-stage .answer .small {{ white-space: nowrap; overflow: hidden; text-overflow: ellipsis }}
.vsr .picks-stage .answer img {{ width: 100% }} .vsr .picks-stage .far {{ display: none!important }}
.vsr .picks-stage > .widget-html {{ width: 100%; margin: 0; height: auto }}
.vsr .picks {{ position: absolute; inset: 0; margin: 0; width: auto; height: auto; display: block; overflow: visible }}
.vsr .picks button {{ width: auto; height: auto; margin: 0; opacity: 0; background: none; border-radius: 4px }}
.vsr .picks button:is(:hover, :focus-visible) {{ opacity: 1; font-size: 0; outline: 2px solid #8a8a8a; box-shadow: none }}
.vsr .lists {{ display: flex; flex-wrap: wrap; gap: 8px; overflow: visible }}
.vsr .lists > * {{ flex: 1 1 260px; min-width: 0; overflow: visible }}
.vsr .lists .widget-select {{ width: auto; margin: 2px 0; flex-direction: column; align-items: stretch; height: auto }}
.vsr .lists .widget-select .widget-label {{ width: auto; text-align: left; height: 22px; line-height: 22px }}
.vsr .lists select {{ width: 100%; min-width: 0; overflow-x: hidden }}
.vsr .lists option {{ overflow: hidden; text-overflow: ellipsis }}""".split())



def asked(found: Answers, pictures: Pictures, wide: int = 2 * WIDE) -> str:
    """The query: a sentence, with the words struck out that the model does not know, or a photo."""
    if found.query.side == "image":
        name = pictures.corpus.ids[found.query.row]
        photo = pictures.element(found.query.row, f"the query: {name}", wide)
        return f'<div class="query">{photo}<p class="quiet">{html.escape(name)}</p></div>'
    text, at, pieces, run = found.query.text, 0, [], found.scored.run
    for token in run.vocabulary.tokens(text) if run is not None else ():
        if token.start >= 0:
            word = html.escape(text[token.start:token.end])
            lost = f'<span class="lost" title="the model does not know this word">{word}<sup>?</sup></span>'
            pieces += [html.escape(text[at:token.start]), lost if token.id == UNKNOWN else word]
            at = token.end
    return f'<p class="asked" dir="auto">“{"".join(pieces)}{html.escape(text[at:])}”</p>'


def block(found: Answers, pictures: Pictures, key: str, radio, held: str = "", wide: int = WIDE) -> str:
    """All answers: cards of photos, or rows of captions, a gap mark before those from farther down.

    key    how the answers are called: "a" makes a0, a1, ...
    radio  key of an answer -> the control inside it; "" in a live view
    """
    most = max((sum(abs(v) for v in a.terms.values()) for a in found.found), default=0) or 1.0
    cards, made = found.query.side == "text", []
    for n, a in enumerate(found.found):
        skipped = a.rank - found.found[n - 1].rank - 1 if n >= found.k else 0
        if skipped:
            kind = "inline-block" if cards else "block"
            made.append(f'<span class="far" style="display:{kind}">… {thousands(skipped)} more …</span>')
        made.append((_card if cards else _line)(a, pictures, f"{key}{n}", radio(f"{key}{n}"), held, most, wide))
    return f'<div class="cards">{"".join(made)}</div>' if cards else "".join(made)


def _place(a: Answer) -> str:
    """Rank and mark, as a sign, a word and a colour."""
    mark = f'<b class="mark" style="color:{COLOURS[a.mark]}">{" ".join(MARKS[a.mark])}</b>'
    return f'<span class="place"><b>{thousands(a.rank + 1)}</b> {mark}</span>'


def _classes(a: Answer, key: str, held: str) -> str:
    return f'answer t {key} {a.mark if a.mark != "valid" else "right"}{" held" * (key == held)}'


def _folded(a: Answer) -> str:
    return f'<span class="small">❐ {folded(a)}</span>' if a.folded else ""


def _card(a, pictures, key, radio, held, most, wide) -> str:
    name = pictures.corpus.ids[a.row]
    photo = pictures.element(a.row, ", ".join(filter(None, (f"photo {name}", f"rank {a.rank + 1}", MARKS[a.mark][1]))), wide)
    return (f'<label class="{_classes(a, key, held)}" style="display:inline-block;width:{wide + 10}px">{radio}{_place(a)}{photo}'
            f'{amount(a, most)}<span class="small">{html.escape(name)}</span>{_folded(a)}</label>')


def _line(a, pictures, key, radio, held, most, wide) -> str:
    text = html.escape(pictures.corpus.texts[a.row])
    return (f'<label class="{_classes(a, key, held)} line" style="display:block">{radio}{_place(a)}'
            f'<span class="phrase">{text}{_folded(a)}</span><span class="amount">{amount(a, most)}</span></label>')


def amount(a: Answer, most: float) -> str:
    """Score, gap, the two-part bar and its parts."""
    gap = "" if a.gap is None else f'<span class="{"tie" * a.tied}">{"≈ tie, " * a.tied}gap {figures(a.gap, a.digits)}</span>'
    parts = "".join(f'<i class="{"minus" * (v < 0)}" style="display:inline-block;height:8px;width:{100 * abs(v) / most:.1f}%;'
                    f'background:{SHADES.get(k, colours.MUTED) if v >= 0 else colours.MINUS}"></i>' for k, v in a.terms.items())
    split = " + ".join(f"{called(k, a.terms)} {signed(v, False)}" for k, v in a.terms.items())
    small = f'<span class="small">{split}</span>' if len(a.terms) > 1 else ""
    scored = f'<span class="scored" style="display:block"><b>{figures(a.score, a.digits)}</b> {gap}</span>'
    return f'{scored}<span class="sum">{parts}</span>{small}'


def targets(found: Answers, key: str) -> list:
    """Every answer with what is said of it."""
    return [Target(f"{key}{n}", {}, {}, telling(found, a)) for n, a in enumerate(found.found)]


def recalls(branches: Branches, mus, now: float | None = None) -> str:
    """R@K of the whole gallery for some values of mu, and how many queries moved; the row of `now` is marked."""
    ways = "photo → captions", "caption → photos"
    columns = ["", *(f"{way} R@{k}" if k == 1 else f"R@{k}" for way in ways for k in AT), "rsum"]
    rows = []
    for mu in dict.fromkeys([*mus, *([] if now is None or branches.mu is None else [now])]):
        table = summary(branches.ranks(mu))
        name = "as scored" if branches.mu is None else f"μ {mu:.3g}" + " (trained)" * (mu == branches.mu) + " (now)" * (mu == now)
        recall = [f"{table[f'{side} R@{k}']:.1f}" for side in ("text", "image") for k in AT]
        change = [] if branches.mu is None else [moved(branches.ranks(), branches.ranks(mu))]
        rows.append([name, *recall, f"{table['rsum']:.1f}", *change])
    said = "Per cent of all queries with a right answer among the first K; of several captions the best one counts."
    return html.table(columns + ["ranks better / worse"] * (branches.mu is not None), rows, caption=said)


def measured(name: str, b: Branches, now: float | None) -> str:
    """What mu does to the whole gallery, unfolded on demand."""
    mus = [None] if b.mu is None else sorted({*GRID, b.mu})
    curve = ""
    if b.mu is not None:
        first = [float((b.ranks(mu).of_texts == 0).mean() * 100) for mu in mus]
        about = f"R@1 of captions that look for their photo against μ; trained at {b.mu:.3g} (dashed)."
        curve = f'<p class="quiet">{about}</p>{html.curve(mus, first, b.mu, label=about)}'
    title = f"{name}: recalls of the whole gallery" + (" for other weights μ of the global branch" if b.mu is not None else "")
    return html.details(title, recalls(b, mus, now) + curve)


def moved(before, after) -> str:
    """How many queries find their answer earlier, and later."""
    better = sum(int((b > a).sum()) for b, a in zip(before, after))
    worse = sum(int((b < a).sum()) for b, a in zip(before, after))
    return f"{thousands(better)} / {thousands(worse)}"


def pins(names, branches, state) -> str:
    """The pinned pairs of a state with their scores and ranks at its mu, as a table; "" when there are none."""
    corpus, rows = branches[0].scored, []
    for image, text in map(tuple, state.pinned):
        if isinstance(text, str) or image >= len(corpus) or text >= len(corpus.texts):
            continue
        for name, b in zip(names, branches):
            scores = b.of_text(text, state.mu)
            rank = place(scores, image, np.arange(len(scores)) == corpus.image_of_text[text])
            rows.append((corpus.ids[image], cut(corpus.texts[text], 50), name, figures(scores[image]), thousands(rank + 1)))
    return html.table(("pinned photo", "caption", "model", "score", "rank of the photo"), rows) if rows else ""
