"""A report as one HTML file: no script, no request, every text escaped, photos inside.  Sections in, text out."""
import base64

from vsrlab import colours
from vsrlab.page import html
from vsrlab.page.thumbnails import Pictures
from vsrlab.retrieval.failures.why import Why
from vsrlab.views.report import words as told
from vsrlab.views.why import page as why_page
from vsrlab.views.why import words as why_words
from vsrlab.wording import cut

WIDE, SMALL = 240, 150         # pixels of a photo
STYLE = f"""
.vsr h1 {{ font-size: 21px; margin: 0 0 6px }} .vsr h2 {{ font-size: 16px; margin: 0 0 8px }}
.vsr nav a {{ color: {colours.PLUS}; margin-right: 14px }}
.vsr .grid {{ display: flex; flex-wrap: wrap; gap: 14px; margin: 8px 0 }}
.vsr .grid > div {{ flex: 1 1 250px; max-width: 440px; border-top: 1px solid {colours.LINE}; padding-top: 8px }}
.vsr .fail {{ border-top: 1px solid {colours.LINE}; padding: 10px 0 4px }} .vsr .fail .lead {{ font-weight: 600 }}
.vsr .flip {{ display: flex; gap: 10px; flex-wrap: wrap; margin: 4px 0 }} .vsr .flip > div {{ width: 200px; font-size: 12.5px }}
.vsr .wide {{ overflow: auto; margin: 6px 0 }} .vsr td, .vsr th {{ overflow-wrap: break-word; vertical-align: top }}
.vsr pre {{ background: #ececE8; padding: 8px; overflow: auto; font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere }}
.vsr .chart {{ max-width: 100%; height: auto }}"""


def page(c, sections: list, foot: str) -> str:
    """The whole file."""
    pictures, root = Pictures(c.scored.corpus), html.unique()
    links = "".join(f'<a href="#{s.key}">{html.escape(s.title)}</a>' for s in sections)
    lead = f'<h1>{html.escape(told.title(c))}</h1><p class="lead">{html.escape(told.top(c))}</p><nav>{links}</nav>'
    cards = [html.card(root, lead, foot=foot, rules=STYLE, label="report")]
    for section in sections:
        cards.append(f'<section id="{section.key}" style="margin-top:14px">{_section(c, section, pictures)}</section>')
    return html.page(told.title(c), "".join(cards))


def _section(c, s, pictures) -> str:
    head = f"<h2>{html.escape(s.title)}</h2>"
    if s.view is not None:
        return html.card(html.unique(), head + s.view.html().replace("max-width:960px;padding:12px 16px", "border:0;padding:0", 1),
                         label=s.title)
    body = head + "".join(f"<p>{html.escape(line)}</p>" for line in s.said)
    if s.picture:
        uri = "data:image/png;base64," + base64.b64encode(s.picture[0]).decode()
        body += f'<img class="chart" src="{uri}" alt="{html.escape(s.picture[1])}">'
    tables = "".join(_table(table) for table in s.tables)
    grid = "".join(_card(c, card, pictures) for card in s.cards)
    if s.cards and isinstance(s.cards[0], told.Pair):
        grid = f'<div class="grid">{grid}</div>'
    body += (grid + tables) if s.key in ("failures", "judged") else (tables + grid)
    body += f"<pre>{html.escape(chr(10).join(s.code))}</pre>" if s.code else ""
    return html.card(html.unique(), body, label=s.title)


def _card(c, card, pictures) -> str:
    if isinstance(card, Why):
        return _failure(c.scored, card, pictures)
    return _flip(c, card, pictures) if isinstance(card, told.Flip) else _pair(c.scored, card, pictures)


def _table(table) -> str:
    """A table; a long one is folded."""
    if not table.rows:
        return ""
    made = html.table(table.columns, table.rows, "" if len(table.rows) > 12 else table.caption)
    return html.details(table.caption, made) if len(table.rows) > 12 else f'<div class="wide">{made}</div>'


def _failure(scored, why, pictures) -> str:
    """One query: verdict, both answers, causes, what both captions say, the waterfall."""
    root = html.unique()
    quiet = " ".join(filter(None, (why_words.branch(why), why_words.other(why), why_words.differing(why))))
    body = why_page.cards(why, pictures, root) + why_page.reasons(why) + f"<p>{html.escape(quiet)}</p>"
    fall = why_page.waterfall(why)
    body += html.details(why_words.title(why), fall) if fall else ""
    said = judged_line(scored, why)
    body += f"<p><b>Judged.</b> {html.escape(said)}</p>" if said else ""
    return (f'<div class="fail {root}"><style>{why_page.rules(why, root)}</style>'
            f'<p class="lead">{html.escape(why_words.verdict(why))}</p>{body}</div>')


def judged_line(scored, why) -> str:
    """Who said what of the wrong pair; "" where nobody did."""
    image, text = why.image("wrong"), why.text("wrong")
    if (image, text) not in scored.verdicts:
        return ""
    return next((told.who_said(said) for i, t, said in told.judged_pairs(scored) if (i, t) == (image, text)), "")


def _pair(scored, pair, pictures) -> str:
    """A photo and a caption that people disagree on."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in pair.lines)
    return (f"<div>{pictures.element(pair.image, f'photo {scored.ids[pair.image]}', WIDE)}"
            f'<p class="asked">“{html.escape(cut(scored.texts[pair.text], 300))}”</p>'
            f'<p class="quiet">{html.escape(f"{scored.text_ids[pair.text]} with {scored.ids[pair.image]}")}</p>{lines}</div>')


def _flip(c, flip, pictures) -> str:
    """What is asked, and three answers."""
    s, photos = c.scored, flip.side == "text"
    asked = f"“{cut(s.texts[flip.query], 200)}”" if photos else f"photo {s.ids[flip.query]}"
    seen = "" if photos else f"<div>{pictures.element(flip.query, asked, SMALL)}</div>"
    for said, row in flip.answers:
        name = s.ids[row] if photos else s.text_ids[row]
        shown = pictures.element(row, f"photo {name}", SMALL) if photos else f"<p>“{html.escape(cut(s.texts[row], 200))}”</p>"
        seen += f'<div>{shown}<p>{html.escape(said)}<br><span class="quiet">{html.escape(name)}</span></p></div>'
    return f'<div class="fail"><p class="asked">{html.escape(asked)}</p><div class="flip">{seen}</div></div>'
