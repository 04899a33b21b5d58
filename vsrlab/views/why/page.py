"""Why in HTML: two cards, words that light both photos up, a waterfall, reasons.  A Why in, text out."""
import numpy as np

from vsrlab import colours
from vsrlab.page import html
from vsrlab.page.thumbnails import Pictures
from vsrlab.retrieval.failures.why import MARKERS, Why
from vsrlab.views.why import words as said
from vsrlab.wording import signed, thousands

WIDE, LIT = 300, 3             # pixels of a photo; regions that a word lights up on each
STYLE = f"""
.vsr .pair {{ display: flex; flex-wrap: wrap; gap: 18px; margin: 6px 0 }}
.vsr .pair > div {{ flex: 1 1 {WIDE}px; max-width: 440px }}
.vsr .pair .seen {{ position: relative; display: inline-block; line-height: 0; border: 3px solid {colours.RIGHT} }}
.vsr .pair .seen.wrong {{ border: 3px dashed {colours.WRONG} }}
.vsr .pair .seen i {{ position: absolute; outline: 2px solid #000; border: 2px solid #fff; pointer-events: none }}
.vsr .fall td.bar-cell {{ width: 46%; position: relative }}
.vsr .fall i {{ position: absolute; top: 4px; height: 10px; background: {colours.PLUS} }}
.vsr .fall i.minus {{ background: repeating-linear-gradient(135deg,{colours.MINUS} 0 3px,{colours.CARD} 3px 5px) }}"""


def cards(why: Why, pictures: Pictures, root: str) -> str:
    """The right answer and the wrong one; of an image query its photo and two captions."""
    if why.query.side == "text":
        both = "".join(f"<div>{_photo(why, pictures, which)}{_said(why, which)}</div>" for which in ("right", "wrong"))
        return f'<p class="asked">“{html.escape(why.query.text)}”</p>{_chooser(why, root)}<div class="pair">{both}</div>'
    name = why.scored.ids[why.query.row]
    photo = pictures.element(why.query.row, f"the query: {name}", WIDE)
    photo = f'<div>{photo}<p class="quiet">{html.escape(name)}</p></div>'
    return f'<div class="pair">{photo}<div>{_said(why, "right")}{_said(why, "wrong")}</div></div>'


def _photo(why, pictures, which) -> str:
    row = why.image(which)
    alt = f"{which} answer: photo {why.scored.ids[row]}"
    regions = ""
    if why.pairs and why.pairs[0].attention is not None:
        at = 100 * why.pairs[which == "wrong"].places
        regions = "".join(f'<i style="left:{a:.1f}%;top:{b:.1f}%;width:{c - a:.1f}%;height:{d - b:.1f}%;'
                          f'opacity:var(--{which[0]}{r},0)"></i>' for r, (a, b, c, d) in enumerate(at))
    return f'<span class="seen {which}">{pictures.element(row, alt, WIDE)}{regions}</span>'


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


def _chooser(why, root) -> str:
    """The words as radio buttons, where the model has attention."""
    if not why.pairs or why.pairs[0].attention is None:
        return ""
    e, opened = why.pairs[0], said_word(why)
    made = [f'<span class="word t w{w}"><label>{html.radio(root, f"w{w}", word, word == opened)}{html.escape(word)}</label></span>'
            for w, word in enumerate(e.words) if not e.markers[w]]
    return (f'<div class="words" role="radiogroup" aria-label="words">{" ".join(made)}</div>'
            '<p class="quiet">Point at a word: where it looks most lights up on both photos. A click holds it.</p>')


def said_word(why: Why) -> str:
    """The word that favours the wrong answer most; "" without words."""
    names = [bar for bar in why.bars if bar.name not in ("score", "μ × global", MARKERS)]
    return max(names, key=lambda bar: bar.favours).name if names else ""


def rules(why: Why, root: str) -> str:
    """CSS: a chosen or pointed word shows its strongest regions on both photos."""
    found = STYLE
    if why.query.side == "text" and why.pairs and why.pairs[0].attention is not None:
        for trigger in (":checked", ""):
            for w in np.flatnonzero(~why.pairs[0].markers):
                lit = {}
                for letter, e in zip("rw", why.pairs):
                    weight = e.attention[w]
                    lit |= {f"--{letter}{r}": f"{weight[r] / max(weight.max(), 1e-12):.2f}" for r in np.argsort(-weight)[:LIT]}
                found += html.css(f".{root}:has(.t.w{w} {trigger or 'label:hover'})", lit)
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
