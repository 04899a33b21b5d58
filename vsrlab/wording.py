"""Numbers and lists as words, for every sentence of the kit."""
import math
import unicodedata

import numpy as np

NOISE = 1e-6                # of a score: less is rounding of float32, and no measurable change
MARKS = set("\\`*_|<>[]~#&!")       # what Markdown or HTML may read otherwise than as a letter


def thousands(value: float) -> str:
    """A rank or a count with thousands separated: 4,120."""
    return f"{int(value):,}"


def signed(value: float, sign: bool = True, digits: int = 2) -> str:
    """'+0.41' or, without sign, '0.41'; a true minus either way, and without sign none before a number that is written 0.00."""
    return f"{value:{'+' if sign else 'z'}.{digits}f}".replace("-", "−")


def significant(value: float, sign: bool = True) -> str:
    """'+0.41', '−0.0012': two significant digits with a true minus; '0' below NOISE."""
    return signed(value, sign, decimals(value, 0)) if abs(value) >= NOISE else "0"


def decimals(values, least: int = 2) -> int:
    """Decimals that show the largest of some values with two significant digits; no fewer than `least`."""
    size = float(np.max(np.abs(values), initial=0.0))
    return max(least, 1 - math.floor(math.log10(size))) if 0 < size < math.inf else least


def cut(text: str, letters: int = 70) -> str:
    """A text shortened to so many letters at the end of a word."""
    text = " ".join(str(text).split())
    return text if len(text) <= letters else text[:letters].rsplit(" ", 1)[0] + " …"


def few(name: str, words: int = 3) -> str:
    """The first so many words of a name that comes from data: a verdict line has room for 20 words in all."""
    parts = str(name).split()
    return " ".join(parts[:words]) + (" …" if len(parts) > words else "")


def rtl(text: str) -> bool:
    """Does a text run from right to left?  Its first letter that runs either way tells."""
    return next((kind != "L" for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), False)


def several(things) -> str:
    """'a', 'a and b', 'a, b and c'."""
    things = list(things)
    return things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and " + things[-1] if things else "nothing"


def markdown(text) -> str:
    """Text that Markdown takes as text of one line: no emphasis, no element, no link, not even of an address."""
    text = "".join("\\" + letter if letter in MARKS else letter for letter in " ".join(str(text).split()))
    return text.replace("://", ":\\//").replace("www.", "www\\.")


def portion(share: float) -> str:
    """A share from 0 to 1 as words, so that a sentence cannot claim more than its number: "most" needs two thirds."""
    steps = ((0.95, "nearly all"), (2 / 3, "most"), (0.55, "somewhat more than half"), (0.45, "about half"),
             (1 / 3, "somewhat less than half"), (0.05, "few"))
    return next((said for least, said in steps if share >= least), "hardly any")
