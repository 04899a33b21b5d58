"""Plain sentences made from the numbers: captions of figures, alternative texts, first lines of exports.

They are text, not HTML: whoever puts them into a page escapes them.
"""

import numpy as np

from vsrlab.data.scenes.shapes import PART_NAMES
from vsrlab.explain.choosing import flat, moved, spread, strongest
from vsrlab.explain.lacks import no_attention, no_relations
from vsrlab.explain.record import Explanation
from vsrlab.measure.ranks import TIE
from vsrlab.wording import cut, several, signed, significant, thousands

WITHIN = 0.9                # of a part's box that lies in the box of its thing
LAYER = "The affinity says how much is read, not how much it matters."


def score(e: Explanation) -> str:
    """'score 0.98 = 2 × global 0.31 + local 0.36', or the score alone when it has one term."""
    if len(e.terms) < 2:
        return f"score {signed(e.score, False, 3)}"
    raw = {"global": e.score_global, "local": e.score_local}
    pieces = []
    for name, value in e.terms.items():
        weight = value / raw[name] if raw.get(name) else 1.0
        shown = raw[name] if raw.get(name) is not None else value
        times = "" if abs(weight - 1) < 1e-4 else f"{weight:.3g} × "
        pieces.append(f"{times}{name} {signed(shown, False, 3)}")
    return f"score {signed(e.score, False, 3)} = " + " + ".join(pieces)


def place(e: Explanation) -> str:
    """Where the pair stands, both ways, and where the right answers are."""
    count = lambda n, thing: f"{thousands(n)} {thing}" if n == 1 else f"{thousands(n)} {thing}s"
    images, texts = e.among
    found = f"Among {count(images, 'image')} this one stands at rank {thousands(e.image_rank + 1)} for the text; "
    found += f"among {count(texts, 'text')} this one stands at rank {thousands(e.text_rank + 1)} for the image."
    if e.right is False and e.true_image_rank is not None:
        found += f" They do not belong together: the right image of this text stands at rank {thousands(e.true_image_rank + 1)}."
    return found


def match(e: Explanation) -> str:
    """The pair, its score and its rank."""
    said = score(e)
    return f"“{cut(e.text)}” and {e.image_id}: {said}. {place(e)}"


def attention(e: Explanation, word: int, shown: int = 0) -> str:
    """Where one word looks, how sharply, what it adds, and whether that is where the truth is; `shown` as in `looks`."""
    if e.attention is None:
        return no_attention(e)
    return " ".join(filter(None, (looks(e, word, shown), part(e, word), pointing(e, word))))


def looks(e: Explanation, word: int, shown: int = 0) -> str:
    """Where one word looks and how sharply; with `shown`, what the so many strongest regions hold of all its attention."""
    weights = e.attention[word]
    order = np.argsort(-weights, kind="stable")
    where = several(f"{e.region_name(r)} {significant(weights[r], False)}" for r in order[:3])
    bits, most = spread(weights)
    if e.direction != "i-t" and flat(weights):
        top, even = (significant(x, False) for x in (weights[order[0]], 1 / len(weights)))
        return (f"“{e.words[word]}” has no preference: its attention is nearly even (entropy {bits:.1f} of {most:.1f} bits; "
                f"the most, {top}, is on {e.region_name(order[0])}, where even is {even}).")
    share = 100 * weights[order[:shown]].sum() / max(weights.sum(), 1e-12)
    about = [f"entropy {bits:.1f} of {most:.1f} bits"] if e.direction != "i-t" else []
    held = f"the {shown} strongest hold" if shown > 1 else "the strongest holds"
    about += [f"{held} {share:.0f} % of it"] if shown else []
    verb = "looks most at" if e.direction != "i-t" else "is looked at most by"
    return f"“{e.words[word]}” {verb} {where}" + (f" ({'; '.join(about)})." if about else ".")


def briefly(e: Explanation, word: int, shown: int = 0) -> str:
    """Where one word looks and whether that is right, in one sentence."""
    right = pointing(e, word)
    return looks(e, word, shown)[:-1] + (f"; {right[:1].lower()}{right[1:]}" if right else ".")


def part(e: Explanation, word: int) -> str:
    """What a word adds to the local score, and its place among the words."""
    if e.contribution is None:
        return ""
    parts = e.word_part
    place = int((parts > parts[word]).sum()) + 1
    about = "" if e.exact else " (approximately: log-sum-exp gives shares)"
    verb = "adds" if parts[word] >= 0 else "takes"
    local = signed(e.score_local, False, 3)
    return f"It {verb} {abs(parts[word]):.3f} of the local score {local}{about}, rank {place} of {len(parts)} words."


def pointing(e: Explanation, word: int) -> str:
    """Does the strongest region of a word lie where the word's thing is?"""
    if e.truth is None or not e.truth[word] or e.direction != "i-t" and flat(e.attention[word]):
        return ""
    named = several(e.region_name(r) for r in e.truth[word][:3])
    named += f" or one of {len(e.truth[word]) - 3} more" if len(e.truth[word]) > 3 else ""
    region = int(np.argmax(e.attention[word]))
    part = part_of(e, region, e.truth[word])
    points = "it points right" if region in e.truth[word] else f"it points at its {part}" if part else "it points elsewhere"
    return f"The truth is {named}: {points}."


def part_of(e: Explanation, region: int, things) -> str:
    """'trunk', where a region is a part of one of the regions `things`: it lies in its box and is called otherwise; "" where not.

    The pointing game counts a part that makes less than a fifth of its thing as a miss; here it is named.
    """
    if e.boxes is None or e.labels is None or region in things:
        return ""
    x1, y1, x2, y2 = e.places[region]
    inside = [max(0, min(x2, c) - max(x1, a)) * max(0, min(y2, d) - max(y1, b)) for a, b, c, d in e.places[[*things]]]
    whole = max((x2 - x1) * (y2 - y1), 1e-12)
    other = e.labels[region] in PART_NAMES and e.labels[region] not in {e.labels[r] for r in things}
    return e.labels[region] if other and max(inside) > WITHIN * whole else ""


def pointed(e: Explanation) -> str:
    """How many of the words with a truth point at it."""
    if e.attention is None or e.truth is None:
        return ""
    named = [w for w, regions in enumerate(e.truth) if regions]
    hits = sum(int(np.argmax(e.attention[w])) in e.truth[w] for w in named)
    chance = sum(len(e.truth[w]) / e.regions for w in named)
    return f"{hits} of {len(named)} words with a known region point at it; chance is {chance:.1f} of {len(named)}." if named else ""


def relations(e: Explanation, layer: int, region: int | None = None, most: int | None = None) -> str:
    """The strongest relations of a layer, or of one region, with their sign."""
    if e.affinity is None:
        return no_relations(e)
    edges, weights = strongest(e.affinity[layer], region=region, most=most)
    if not edges:
        return f"In layer {layer + 1} of {len(e.affinity)} no region reads another: the layer is the identity."
    top = several(f"{e.region_name(a)} reads {e.region_name(b)} ({signed(w, digits=3)})" for (a, b), w in zip(edges[:2], weights))
    negative = int((weights < 0).sum())
    text = f"Layer {layer + 1} of {len(e.affinity)}, {len(edges)} strongest relations, {negative} of them negative: {top}."
    if e.layers is not None:
        turn = moved(np.asarray(e.layers, float))[layer]
        most = e.region_name(int(turn.argmax()))
        text += f" The layer turns {most} most (1 − cosine {turn.max():.2f}; the middle region {np.median(turn):.2f})."
    return f"{text} {LAYER}"


def footer(e: Explanation) -> str:
    """The grey line: where the numbers come from."""
    p = e.provenance
    named = lambda name: f"{name} {p[name]}" if p.get(name) else ""
    pieces = [p.get("model"), named("run"), named("checkpoint"), " ".join(filter(None, (p.get("corpus"), p.get("split")))),
              f"gallery {thousands(e.gallery[0])} × {thousands(e.gallery[1])}", named("ties"),
              e.mu is not None and f"μ {e.mu:.3g}", e.sharpness is not None and f"λ {e.sharpness:.3g}", p.get("date")]
    return " · ".join(str(piece) for piece in pieces if piece)


def retrieval(found) -> str:
    """Answers in words: by how much the first one wins, and where the right ones are."""
    things, first = "images" if found.query.side == "text" else "texts", found.found[0]
    said = f"The first of {thousands(found.gallery)} {things} scores {signed(first.score, False, first.digits)}"
    if first.gap is not None:
        said += f", {signed(first.gap, False, first.digits)} more than the next"
    if first.tied:
        said += f" (nearly a tie: below {100 * TIE:.0f} % of the standard deviation of the wrong answers' scores)"
    said += "."
    if found.truths:
        places = several(thousands(a.rank + 1) for a in found.truths)
        said += f" The right answer{'s stand' if len(found.truths) > 1 else ' stands'} at rank {places}."
        said += " Recall counts the best of them." if len(found.truths) > 1 else ""
    elif first.right is None:
        said += " Nobody knows the right answer to a typed sentence."
    return f"{said} Exact over the whole gallery."


def result(r) -> str:
    """A measurement in two sentences, with its intervals, chance and protocol."""
    tied = [f"{name} {span}" for name, span in r.ties().items()]
    equal = f" Equal scores leave open {several(tied)}." if tied else ""
    return (f"Of the photos {r.with_interval('text R@1')} % have a right caption first, of the sentences "
            f"{r.with_interval('image R@1')} % their photo; rsum {r.with_interval('rsum')}, chance {r.chance['rsum']:.1f}.{equal} "
            f"{r.footer()}.")


def comparison(c) -> str:
    """Which of two results is better, in rsum and in which recalls, and what could not be seen."""
    who, p = c.ahead("rsum"), f"p = {c.p['rsum']:.3g}, paired randomisation over {c.over}"
    if who:
        low, high = c.interval["rsum"] if c.difference["rsum"] > 0 else [-end for end in reversed(c.interval["rsum"])]
        said = f"{who} is ahead by {abs(c.difference['rsum']):.1f} [{low:.1f}, {high:.1f}] in rsum ({p})."
    else:
        said = f"In rsum {' and '.join(c.names)} {c.words('rsum')}; {p}."
    others = [name for name in c.holm if not c.ahead(name)]
    found = [f"{who} is ahead in {several(f'{name} ({c.with_interval(name)})' for name in mine)}" for who in c.names
             if (mine := [name for name in c.holm if c.ahead(name) == who])]
    if not found:
        return f"{said} None of the six recalls can be told apart{_unseen(c, others)}."
    rest = [f"{several(others)} cannot be told apart{_unseen(c, others)}"] if others else []
    return f"{said} Of the six recalls (Holm), {'; '.join(found + rest)}."


def _unseen(c, names) -> str:
    return f" (a difference up to {max(map(c.unseen, names)):.1f} would not be seen)"
