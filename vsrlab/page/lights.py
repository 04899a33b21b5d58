"""Lights: how the regions of a photo and the words of a caption light up on a page when one of them is chosen, as CSS.

A Target is a word or a region (or nothing).  Choosing it, by pointer, key or kernel, sets custom properties on the root
of the fragment: `--r7` how strongly region 7 is lit, `--t7` the number in its box, `--o7` and `--e7` the colour and dash of
what takes away, `--w3` the field behind word 3, `--d-w3` the line that says it in words.  Elements read only these,
so a rule is all that a change costs.
"""
from typing import NamedTuple

from vsrlab.colours import TAKES
from vsrlab.draw.places import outside
from vsrlab.explain.choosing import Target
from vsrlab.page.html import css, quoted

WIDE, TALL = 560, 18         # pixels: the photo on the page, a number in its box


class Hooks(NamedTuple):
    """How a target is found in the page: functions from its key to a CSS selector, or to None where there is none."""
    part: callable         # the word itself, or the box on the photo
    hover: callable        # it is under the pointer
    held: callable         # it is chosen; "" where that is always so


def line_of(root: str, key: str) -> str:
    """CSS by which the line of a target, an element of class "d-KEY", shows while the target is chosen."""
    return css(f".{root} .d-{key}", {"display": f"var(--d-{key},none)!important"})


def shifts(places, shown: dict) -> dict:
    """How far numbers move, up or down, so that none covers another or what is lit: {region: pixels} on a photo of `WIDE`.

    places (R, 4) fractions of the photo; shown {region: (strength, number)}
    """
    taken, found, area = [], {}, (WIDE, 0.75 * WIDE)
    boxes = {r: places[r] * (*area, *area) for r in shown}
    for r, (_, number) in shown.items():
        if number:
            (x, start), wide = boxes[r][:2], 10 + 7 * len(number)
            y = outside(boxes[r], (wide, TALL), boxes.values(), taken, area)
            if y is None:
                y = start
                while any(abs(y - b) < TALL and x < a + w and a < x + wide for a, b, w, _ in taken):
                    y += 1
            taken.append((x, y, wide, TALL))
            found[r] = int(y - start)
    return found


def properties(target: Target, places=None) -> dict:
    """The custom properties that a chosen target sets; with `places` (R, 4) of the regions, numbers make room for each other."""
    moved = {} if places is None else shifts(places, target.regions)
    found = {f"--d-{target.key}": "block"}
    for r, (strength, number) in target.regions.items():
        found[f"--r{r}"] = f"{abs(strength):.3g}"
        if number:
            found |= {f"--t{r}": quoted(number), f"--k{r}": "1"}      # a number has to be readable
        if strength < 0:
            found |= {f"--o{r}": TAKES, f"--e{r}": "dashed"}
        if moved.get(r):
            found[f"--y{r}"] = f"{moved[r]}px"
    if target.edges:
        found[f"--g-{target.key}"] = "inline"
    return found | {f"--w{w}": f"{strength:.3g}" for w, strength in target.words.items()}


def rules(root: str, targets: list, hooks: Hooks, when: str = "", places=None) -> str:
    """CSS that makes `targets` react.

    when    a further condition on the root, as ":has(.q1 :checked)"
    places  (R, 4) of the regions, where targets write numbers into their boxes

    The order is the meaning: what is held, then a reset while anything is under the pointer, then what is under it.
    All selectors weigh the same, so later ones win.
    """
    root, made = f".{root}{when}", [(t, properties(t, places)) for t in targets]
    held = [(where, sets) for t, sets in made if (where := hooks.held(t.key)) is not None]
    under = [(where, sets) for t, sets in made if (where := hooks.hover(t.key)) is not None]
    found = [css(f"{root}:has({where})" if where else root, sets) for where, sets in held]
    if under:
        unset = dict.fromkeys((name for _, sets in made for name in sets), "initial")
        found.append(css(f"{root}:has({','.join(where for where, _ in under)})", unset))
    return "".join(found + [css(f"{root}:has({where})", sets) for where, sets in under])
