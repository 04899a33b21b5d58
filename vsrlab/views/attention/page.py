"""The attention view as a page: words and boxes that can be chosen, and the light of each, by CSS alone."""
from vsrlab import sentences
from vsrlab.explain.record import Explanation
from vsrlab.page import html, stage
from vsrlab.page.lights import TALL, Hooks, rules
from vsrlab.views.attention import pointed, ranks
from vsrlab.views.attention.lit import MEANING, Drawn, lit_said, neighbours, rule_said, strongest, targets
from vsrlab.views.state import State
from vsrlab.wording import signed, significant

HINT = "Point at a word or at a box. A click holds it, a second click lets it go; arrow keys walk through words and boxes."


def meaning_bar(d: Drawn) -> str:
    """The bar that says what brightness means: quantity, range and scale rule."""
    most = d.limit(d.matrix)
    top = {"word": "largest", "fixed": "1"}.get(d.rule, significant(most, False))
    meaning = f"{MEANING[d.quantity]}, {rule_said(d)}; {lit_said(d)} lit"
    told = f'<p class="quiet">{html.escape(d.told)}</p>' if d.told else ""
    low = "even" if d.even else f"−{top}" if d.signed else "0"
    return stage.scale_bar(low, top, meaning, d.signed) + told


def tables(e: Explanation, d: Drawn) -> str:
    """The same as tables that unfold: words with their regions, regions with their words."""
    part = lambda w: signed(e.word_part[w], digits=3) if e.word_part is not None else ""
    rank = lambda w: d.ranks[w] if d.ranks else ""
    of_word = lambda w: ", ".join(strongest(d.matrix[w], e.region_name, d.signed))
    words = [(e.words[w], part(w), rank(w), of_word(w)) for w in range(len(e.words))]
    of_region = lambda r: ", ".join(strongest(d.matrix[:, r], lambda w: e.words[w], d.signed))
    regions = [(e.region_name(r), of_region(r)) for r in range(e.regions)]
    mixed = html.table(pointed.COLUMNS, pointed.rows(e, d.matrix, d.held)) if d.quantity == "pointing" else ""
    what = f"strongest {d.quantity}"
    columns = ("word", "part of the local score", "rank without it", what)
    return ((html.details("How phrases point", mixed) if mixed else "")
            + html.details("Words and their regions", html.table(columns, words))
            + html.details("Regions and their words", html.table(("region", what), regions)))


def styles(e: Explanation, root: str, hooks: Hooks, groups, state: State) -> str:
    """All CSS of the view; `groups` are (condition on the root, targets)."""
    bound = stage.bindings(e, root, hooks, groups[0][1], state.hidden_words, state.hidden_regions)
    under = ranks.rules(root, hooks.part, groups[0][1])
    return bound + under + leaders(root) + "".join(rules(root, some, hooks, when, e.places) for when, some in groups)


def leaders(root: str) -> str:
    """CSS: a line from a number that stands above or below its box to the box."""
    line = {"content": '""', "position": "absolute", "left": "0", "width": "2px", "background": "#fff",
            "outline": "1px solid #000", "top": f"min(calc(var(--y) + {TALL}px), 100%)", "opacity": "var(--k)",
            "height": f"max(0px, calc(-1 * var(--y) - {TALL}px), calc(var(--y) - 100%))"}
    return html.css(f".{root} .numbers i::after", line)


def fragment(e: Explanation, drawn: list, opened: str, state: State, *, lead: str, more: str, note: str = "", layer: int = -1,
             below: str = "") -> str:
    """The offline view: `drawn` quantities as tabs, opened on the target of a key ("w3", "r7", "none"); `below` is HTML."""
    root = html.unique()
    groups = [(html.chosen_tab(n), targets(e, d, layer)) for n, d in enumerate(drawn)]
    first = next(t for t in groups[0][1] if t.key == opened)
    tabs, shown = html.tabs(root, [d.quantity for d in drawn], label="quantity")
    told = "".join(f'<div class="of q{n}" style="display:{"none" if n else "block"}">{stage.said(some, opened)}'
                   f"{meaning_bar(d)}</div>" for n, (d, (_, some)) in enumerate(zip(drawn, groups)))
    over = stage.arcs(e, neighbours(e, layer)) + stage.boxes(e, root, first)
    picture = f'<div class="stage">{stage.photo(e, more)}{over}</div>'
    hint = f'<p class="quiet">{HINT} {html.escape(e.unsure)}</p>'
    body = (html.notice(note) + stage.sentence(e, root, first)
            + f'<div class="beside">{picture}<div>{tabs}{told}{hint}{tables(e, drawn[0])}</div></div>{below}')
    return html.card(root, body, lead=lead, more=more, foot=sentences.footer(e), label="attention on the photo",
                     rules=styles(e, root, stage.offline(root), groups, state) + shown)
