"""Why in HTML: two cards, words that light both photos up, a waterfall, reasons.  A Why in, text out."""
import numpy as np

from vsrlab import colours
from vsrlab.page import html
from vsrlab.page.thumbnails import Pictures
from vsrlab.retrieval.failures.why import Why
from vsrlab.views.why import words as said
from vsrlab.views.why.lights import BOTH, lit, worst
from vsrlab.wording import signed, thousands

WIDE, LIT = 300, 3             # pixels of a photo; regions that a word lights up on each
KEYS = {"right": "w", "wrong": "x"}        # of the words of a pair; both photos of a sentence have the words of one
HINT = "Point at a word: what it points at lights up on both photos, in one scale. A click holds it."
HINT_ONE = "Point at a word of either caption: what it points at lights up. A click holds it."
STYLE = f"""
.vsr .pair {{ display: flex; flex-wrap: wrap; gap: 18px; margin: 6px 0 }}
.vsr .pair > div {{ flex: 1 1 200px; min-width: 0; max-width: 440px }}
.vsr .pair .seen img {{ max-width: 100%; height: auto }}
.vsr .pair .seen {{ position: relative; display: inline-block; line-height: 0; border: 3px solid {colours.RIGHT} }}
.vsr .pair .seen > .small {{ display: block; line-height: 1.4; padding: 2px 4px }}
.vsr .pair .seen.one {{ border: 0 }}
.vsr .pair .seen.wrong {{ border: 3px dashed {colours.WRONG} }}
.vsr .pair .seen i {{ position: absolute; outline: 2px solid #000; border: 2px solid #fff; pointer-events: none }}
.vsr .fall td.bar-cell {{ width: 46%; position: relative }}
.vsr .fall i {{ position: absolute; top: 4px; height: 10px; background: {colours.PLUS} }}
.vsr .fall i.minus {{ background: repeating-linear-gradient(135deg,{colours.MINUS} 0 3px,{colours.CARD} 3px 5px) }}"""


def cards(why: Why, pictures: Pictures, root: str) -> str:
    """The right answer and the wrong one; of an image query its photo and two captions."""
    if why.query.side == "text":
        both = "".join(f"<div>{_photo(why, pictures, which)}{_said(why, which)}</div>" for which in ("right", "wrong"))
        chooser = _chooser(why, root, "right", HINT)
        return f'<p class="asked">“{html.escape(why.query.text)}”</p>{chooser}<div class="pair">{both}</div>'
    name = why.scored.ids[why.query.row]
    photo = f'<span class="seen one">{pictures.element(why.query.row, f"the query: {name}", WIDE)}{_regions(why, BOTH)}</span>'
    photo = f'<div>{photo}<p class="quiet">{html.escape(name)}</p></div>'
    both = "".join(_said(why, which) + _chooser(why, root, which, HINT_ONE * (which == "wrong")) for which in BOTH)
    return f'<div class="pair">{photo}<div>{both}</div></div>'


def _photo(why, pictures, which) -> str:
    row = why.image(which)
    alt = f"{which} answer: photo {why.scored.ids[row]}"
    return f'<span class="seen {which}">{pictures.element(row, alt, WIDE)}{_regions(why, [which])}</span>'


def _regions(why, which) -> str:
    """The regions that words of these pairs light up, as empty frames; "" where nothing points."""
    found = ""
    for one in which:
        if lit(why, one, 0) is not None:
            at = 100 * why.pairs[one == "wrong"].places
            found += "".join(f'<i style="left:{a:.1f}%;top:{b:.1f}%;width:{c - a:.1f}%;height:{d - b:.1f}%;'
                             f'opacity:var(--{one[0]}{r},0)"></i>' for r, (a, b, c, d) in enumerate(at))
    return found


def _said(why, which) -> str:
    """Mark, rank, score, and what the answer says of itself."""
    rank = why.ranks[0] if which == "right" else 0 if why.failed else 1
    mark, colour = ("✓ right", colours.RIGHT) if which == "right" else ("✗ wrong", colours.WRONG)
    row, texts = getattr(why, which), why.scored.texts
    lines = [texts[t] for t in why.scored.texts_of(row)] if why.query.side == "text" else [texts[row]]
    name = (why.scored.ids if why.query.side == "text" else why.scored.text_ids)[row]
    first = f"<p>“{html.escape(lines[0])}”</p>" if lines else '<p class="quiet">no caption</p>'
    others = "".join(f"<p>“{html.escape(t)}”</p>" for t in lines[1:])
    more = html.details(f"{len(lines) - 1} more captions", others) if others else ""
    score = signed(why.scores[which == "wrong"], False, 3)
    return (f'<p><b style="color:{colour}">{mark}</b> · rank {thousands(rank + 1)} · <b>{score}</b> '
            f'<span class="quiet">{html.escape(name)}</span></p>{first}{more}')


def _chooser(why, root, which, hint) -> str:
    """The words of a pair as radio buttons, where something points."""
    if lit(why, which, 0) is None:
        return ""
    e, opened, letter = why.pairs[which == "wrong"], said_word(why), KEYS[which]
    first = e.words.index(opened) if opened in e.words and (why.query.side == "text" or which == "wrong") else None
    made = [f'<span class="word t {letter}{w}"><label>{html.radio(root, f"{letter}{w}", word, w == first)}{html.escape(word)}'
            f"</label></span>" for w, word in enumerate(e.words) if not e.markers[w]]
    return (f'<div class="words" role="radiogroup" aria-label="words">{" ".join(made)}</div>'
            + (f'<p class="quiet">{hint}</p>' if hint else ""))


def said_word(why: Why) -> str:
    """The word on which both photos open, see `lights.worst`; "" without words."""
    found = worst(why)
    return "" if found is None else found.name


def rules(why: Why, root: str) -> str:
    """CSS: a chosen or pointed word shows its strongest regions: on both photos of a sentence, on the one photo of a caption."""
    found, both = STYLE, why.query.side == "text"
    if lit(why, "right", 0) is None:
        return found
    for trigger in (":checked", "label:hover"):
        for which in ("right",) if both else BOTH:
            for w in np.flatnonzero(~why.pairs[which == "wrong"].markers):
                shown = {}
                for one in BOTH if both else (which,):
                    weight = lit(why, one, w)
                    strongest = [r for r in np.argsort(-weight, kind="stable")[:LIT] if weight[r] > 0]
                    shown |= {f"--{one[0]}{r}": f"{weight[r]:.2f}" for r in strongest}
                if shown:
                    found += html.css(f".{root}:has(.t.{KEYS[which]}{w} {trigger})", shown)
    return found


def waterfall(why: Why) -> str:
    """The parts of the difference as a table with bars; "" for scores alone."""
    bars = said.waterfall(why, 40)
    if not bars:
        return ""
    most = max(abs(value) for _, value in bars) or 1.0
    lines = "".join(f'<tr><th scope="row">{html.escape(name)}</th><td class="bar-cell">{_bar(value / most)}</td>'
                    f"<td>{signed(value, digits=3)}</td></tr>" for name, value in (*bars, ("together", -why.margin)))
    head = "".join(f'<th scope="col">{name}</th>' for name in ("part", "favours right | wrong", "wrong minus right"))
    head = f"<thead><tr>{head}</tr></thead>"
    return f'<table class="fall"><caption>{html.escape(said.title(why))}</caption>{head}<tbody>{lines}</tbody></table>'


def _bar(share: float) -> str:
    wide = min(abs(share), 1.0) * 50
    left = 50 if share >= 0 else 50 - wide
    return f'<i class="{"minus" * (share < 0)}" style="left:{left:.1f}%;width:{wide:.1f}%"></i>'


def reasons(why: Why) -> str:
    """The causes, the surest first, and what speaks for "may be valid"."""
    lines = "".join(f"<p>{html.escape(f'{one[:1].upper()}{one[1:]}')}.</p>" for one in said.reasons(why))
    return f"<p><b>Suspected causes</b></p>{lines}" if lines else ""
