"""Lights: which regions of a photo and which words light up when one of them is chosen, as CSS and as elements.

A target is a word or a region (or nothing).  Choosing it, by pointer, key or kernel, sets custom properties on the root
of the fragment: `--r7` how strongly region 7 is lit, `--t7` the number in its box, `--o7` and `--e7` the colour and dash of
what takes away, `--w3` the field behind word 3, `--d-w3` the line that says it in words.  Elements read only these,
so a rule is all that a change costs.
"""
import json
from typing import NamedTuple

import numpy as np

from vsrlab.colours import TAKES
from vsrlab.page.html import css
from vsrlab.wording import signed as number
from vsrlab.wording import significant

__all__ = ["Hooks", "Target", "chosen", "lit", "number", "properties", "rules", "significant"]


class Target(NamedTuple):
    """What lights up when `key` is chosen: "w3" a word, "r7" a region, "none" nothing."""
    key: str
    regions: dict          # region -> (strength 0 to 1, negative where it takes away; number shown in the box or "")
    words: dict            # word -> strength
    said: str              # the line beside the photo, plain text
    edges: bool = False    # arcs from the region to its neighbours
    shifts: dict = {}      # region -> how far its number moves down, pixels, so that none covers another


class Hooks(NamedTuple):
    """How a target is found in the page: functions from its key to a CSS selector, or to None where there is none."""
    part: callable         # the word itself, or the box on the photo
    hover: callable        # it is under the pointer
    held: callable         # it is chosen; "" where that is always so


def chosen(values, top=3, mass=None) -> np.ndarray:
    """The regions worth showing, strongest first: the `top`, or as many as hold the share `mass` of all values' size."""
    size = np.abs(np.asarray(values, float))
    order = np.argsort(-size, kind="stable")
    if mass is not None:
        top = int(np.searchsorted(np.cumsum(size[order]), mass * size.sum() - 1e-9)) + 1
    return order[:top][size[order[:top]] > 0]


def lit(values, limit: float, top=3, mass=None, numbered: int = 3, signed: bool = False) -> dict:
    """Values (R,) -> {region: (strength against `limit`, number)} of those `chosen`; the first few are numbered."""
    limit = limit or 1.0
    return {int(r): (float(np.clip(values[r] / limit, -1, 1)), f"{r}: {significant(values[r], signed)}" if n < numbered else "")
            for n, r in enumerate(chosen(values, top, mass))}


def properties(target: Target) -> dict:
    """The custom properties that a chosen target sets."""
    found = {f"--d-{target.key}": "block"}
    for r, (strength, tag) in target.regions.items():
        found[f"--r{r}"] = f"{abs(strength):.3g}"
        if tag:
            found |= {f"--t{r}": json.dumps(tag, ensure_ascii=False), f"--k{r}": "1"}      # a number has to be readable
        if strength < 0:
            found |= {f"--o{r}": TAKES, f"--e{r}": "dashed"}
        if target.shifts.get(r):
            found[f"--y{r}"] = f"{target.shifts[r]}px"
    if target.edges:
        found[f"--g-{target.key}"] = "inline"
    return found | {f"--w{w}": f"{strength:.3g}" for w, strength in target.words.items()}


def rules(root: str, targets: list, hooks: Hooks, when: str = "") -> str:
    """CSS that makes `targets` react.  `when` is a further condition on the root, as ":has(.q1 :checked)".

    The order is the meaning: what is held, then a reset while anything is under the pointer, then what is under it.
    All selectors weigh the same, so later ones win.
    """
    root = f".{root}{when}"
    held = [(hooks.held(t.key), t) for t in targets if hooks.held(t.key) is not None]
    under = [(hooks.hover(t.key), t) for t in targets if hooks.hover(t.key) is not None]
    unset = dict.fromkeys((p for t in targets for p in properties(t)), "initial")
    found = [css(f"{root}:has({where})" if where else root, properties(t)) for where, t in held]
    if under:
        found.append(css(f"{root}:has({','.join(where for where, _ in under)})", unset))
    return "".join(found + [css(f"{root}:has({where})", properties(t)) for where, t in under])
