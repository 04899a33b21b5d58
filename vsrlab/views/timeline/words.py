"""The timeline in words: the course of the memory, single steps, and what the order of reading does."""
import numpy as np

from vsrlab.explain.reading import Bunching, Reading, Shuffled
from vsrlab.wording import NOISE, cut, signed, significant

ARTEFACT = ("Read with care: attributions over a GRU bunch on the last steps whatever stands there; "
            "other orders of reading tell position and content apart.")


def course(r: Reading) -> str:
    """Where the memory ends, against the rival, and since when it is ahead."""
    c, rival = r.course, r.rival
    if not np.isfinite(c.shown).all():
        return f"The memory reads {len(c.order)} regions; without its model the record cannot compare it with captions."
    text = f"After all {len(c.order)} regions the memory has cosine {cosine(c.shown[-1])} with this caption"
    if rival is None:
        return text + "; the gallery has no other caption to compare."
    kind = "best right one" if rival.right else "best wrong one"
    text += f" and {cosine(c.rival[-1])} with the {kind} (“{cut(rival.text, 50)}”); "
    ahead = c.shown > c.rival
    if ahead[-1]:
        since = int(np.flatnonzero(~ahead)[-1]) + 2 if (~ahead).any() else 1
        return text + (f"it is ahead from step {since} on." if since > 1 else "it is ahead at every step.")
    last = np.flatnonzero(ahead)
    return text + (f"it was last ahead after step {int(last[-1]) + 1}." if len(last) else "it is never ahead.")


def seen(r: Reading, alive: bool) -> str:
    """Ahead of the best other caption or not, by how much, and the ranks of shuffled orders: at most 15 words."""
    c = r.course
    if not np.isfinite(c.shown).all():
        return f"The memory reads {len(c.order)} regions; without its model nothing can be compared."
    ends = f"The memory ends at cosine {cosine(c.shown[-1])}"
    if r.rival is not None:
        gap = float(c.shown[-1] - c.rival[-1])
        ends = f"The memory ends {'ahead of' if gap > 0 else 'behind'} its rival by {significant(abs(gap), False)}"
    if not alive or len(r.shuffled.rank) == 0:
        return f"{ends}."
    low, high = r.shuffled.rank.min() + 1, r.shuffled.rank.max() + 1
    order = f"rank {low:,} to {high:,}" if r.shuffled.moved else "the same rank"
    return f"{ends}; in other orders {order}."


def gain(r: Reading) -> str:
    """The step that brings the memory nearest to the caption."""
    step = turning(r)
    if len(r.course.order) < 2 or not np.isfinite(r.course.shown).all():
        return ""
    change = r.course.shown[step] - r.course.shown[step - 1]
    if change < NOISE:
        return "No step after the first brings it measurably nearer to the caption."
    region = r.e.region_name(int(r.course.order[step]))
    return f"The largest step towards it is number {step + 1}, {region} ({significant(change)})."


def cosine(value: float) -> str:
    """A cosine with three decimals: '−0.112'."""
    return signed(value, False, 3)


def turning(r: Reading) -> int:
    """The step, after the first, at which the cosine with the caption rises most; where the view opens."""
    rise = np.diff(np.nan_to_num(r.course.shown))
    return int(rise.argmax()) + 1 if len(rise) else 0


def step(r: Reading, n: int) -> str:
    """One step in words."""
    c = r.course
    text = f"Step {n + 1} reads {r.e.region_name(int(c.order[n]))}"
    if np.isfinite(c.shown[n]):
        before = f"{cosine(c.shown[n - 1])} → " if n else ""
        text += f": cosine with this caption {before}{cosine(c.shown[n])}"
        if c.rival is not None:
            text += f", with the other one {cosine(c.rival[n])}"
    replaced = f" It replaces {100 * c.replaced[n]:.0f} % of the memory," if c.replaced is not None else " The memory changes"
    return f"{text}.{replaced} a change of {c.update[n]:.2f} of its length."


def order(s: Shuffled, images: int) -> str:
    """Does the order of reading matter to the rank among so many images?"""
    low, high, own, n = s.rank.min() + 1, s.rank.max() + 1, s.true_rank + 1, len(s.rank)
    spread = f"scores {cosine(s.score.min())} to {cosine(s.score.max())}"
    if images == 1:
        return f"With one image in the gallery a rank says nothing about the order; {n} shuffled orders have {spread}."
    if s.moved == 0:
        return f"The order does not change the rank here: it stays {own:,} in all {n} shuffled orders ({spread})."
    return f"Order matters: rank {own:,} → {low:,}..{high:,} over {n} shuffled orders, {100 * s.moved:.0f} % of which change it."


def bunching(b: Bunching) -> str:
    """How much of the effect of leaving a region out is its position."""
    even = len(b.position) // 3 / len(b.position)
    more = "position more than content" if b.by_position > b.by_content else "content more than position"
    return (f"What leaving a region out does is explained by {more}: position {100 * b.by_position:.0f} %, content "
            f"{100 * b.by_content:.0f} % of its variance; the last third of the steps carries {100 * b.last_third:.0f} % of it "
            f"(even: {100 * even:.0f} %).")


def head(r: Reading) -> str:
    """Why the curve does not end at the global score; "" for a model that compares its last memory as it is."""
    said = "The model normalises the last memory before it compares it, so the curve does not end at the global score."
    return said if r.head else ""
