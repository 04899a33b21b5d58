"""Fonts of pictures: the ones of this machine that know other scripts, and one note where none knows a sign."""
import logging
import re
import warnings
from contextlib import contextmanager, suppress
from functools import cache

from matplotlib import font_manager
from matplotlib.figure import Figure

FAMILIES = (                             # in this order: the first that has a sign draws it
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP", "Source Han Sans SC",
    "Droid Sans Fallback", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Microsoft YaHei", "SimHei", "Yu Gothic", "Malgun Gothic",
    "PingFang SC", "Hiragino Sans GB", "Hiragino Sans", "Arial Unicode MS", "Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew",
    "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Thai", "Nirmala UI", "Leelawadee UI", "Noto Emoji",
    "Symbola", "Segoe UI Symbol")
PACKAGES = ((0x2e80, 0x9fff, "Noto Sans CJK (on Debian: apt install fonts-noto-cjk)"),
            (0xac00, 0xd7ff, "Noto Sans CJK (on Debian: apt install fonts-noto-cjk)"),
            (0x1f000, 0x1faff, "Noto Emoji or Symbola (on Debian: apt install fonts-symbola)"))
OTHER = "the Noto fonts (on Debian: apt install fonts-noto-core)"
_MISSING = re.compile(r"Glyph (\d+) .*missing from ")


@cache
def families() -> list:
    """Those of FAMILIES that this machine has; the first comes with matplotlib.

    matplotlib keeps a list of fonts from one process to the next: what was installed since is added to it here.
    """
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:
            with suppress(Exception):                    # a file that is no font, in one of many ways
                font_manager.fontManager.addfont(path)
    there = set(font_manager.fontManager.get_font_names())
    logging.getLogger("matplotlib.font_manager").addFilter(_of_others)
    return [name for name in FAMILIES if name in there] or [FAMILIES[0]]


def _of_others(record) -> bool:
    """Is a message of matplotlib about anything but a fallback of ours that has one weight?"""
    said = record.getMessage()
    return not (said.startswith("findfont: Failed to find font weight") and any(name in said for name in FAMILIES[1:]))


@contextmanager
def one_note():
    """matplotlib warns of each sign that no font has, at every measuring and drawing; here they become one sentence at the end."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
    lacks = dict.fromkeys(int(found[1]) for one in told if (found := _MISSING.match(str(one.message))))
    for one in told:
        if not _MISSING.match(str(one.message)):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if lacks:
        warnings.warn(note(list(lacks)), stacklevel=4)


@contextmanager
def unsaid():
    """matplotlib's warnings of signs without a font are passed over."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        yield


def note(codes: list) -> str:
    """What is missing, and which font to install."""
    signs = " ".join(chr(code) for code in codes[:8]) + " ..." * (len(codes) > 8)
    needed = dict.fromkeys(next((font for low, high, font in PACKAGES if low <= code <= high), OTHER) for code in codes)
    return (f"no font of this machine has the signs {signs}: the picture shows boxes in their place; the page of the view "
            f"shows them, and for pictures install {' and '.join(needed)}.")


class Picture(Figure):
    """A figure that says once what it has no font for."""

    def draw(self, renderer):
        """As Figure does, with one note."""
        with one_note():
            super().draw(renderer)
