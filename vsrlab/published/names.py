"""The words by which figures are asked for: names and their other spellings."""
from vsrlab.errors import unknown
from vsrlab.published import book
from vsrlab.wording import several

OTHERS = {"dataset": {"Flickr8K": ("f8k",), "Flickr30K": ("f30k",), "COCO": ("MSCOCO",)},
          "split": {"test-1K": ("1K",), "test-5K": ("5K",), "test-1K (1 fold)": ("1K (1 fold)",), "unspecified": ()},
          "direction": {"i2t": ("i-t", "image -> text", "image to text"), "t2i": ("t-i", "text -> image", "text to image"),
                        "both": ("both directions",)},
          "metric": {name: () for name in book.METRICS}}


def others(what: str) -> dict:
    """name -> its other spellings; of a system also the row of the zoo that builds it."""
    if what != "system":
        return OTHERS[what]
    return {name: (*s.get("aliases", ()), *([s["row"]] if "row" in s else [])) for name, s in book.read().systems.items()}


def plain(name) -> str:
    """A name without what people leave out: 'm-CNN' and 'mcnn' are the same."""
    return "".join(c for c in str(name).casefold() if c.isalnum() or c == "+")


def chosen(what: str, asked) -> list:
    """The names that were meant, all for None.  A name itself goes before another name's other spelling."""
    known = others(what)
    if asked is None:
        return list(known)
    found = []
    for one in asked if isinstance(asked, (list, tuple, set)) else [asked]:
        meant = ([name for name in known if plain(name) == plain(one)]
                 or [name for name, more in known.items() if plain(one) in map(plain, more)])
        if not meant:
            raise unknown(what, one, sorted(known, key=str.casefold))
        found += [name for name in meant if name not in found]
    return found


def title(asked: dict, wanted: dict) -> str:
    """What was asked for: 'SCAN, Flickr30K, R@1'; 'all systems' without any."""
    return ", ".join(several(wanted[what]) for what, value in asked.items() if value is not None) or "all systems"


def standing(system: str) -> str:
    """One sentence or two about a system: what it is, and whether this kit has it."""
    from vsrlab.papers import PAPERS
    about = book.read().systems[system]
    row, options = about.get("row"), about.get("options")
    if row in PAPERS:
        return f"{about['about']} In this kit it is the model {row!r}{f' with {options}' if options else ''}."
    return f"{about['about']} Published only: {about.get('why', 'this kit does not build it.')}"
