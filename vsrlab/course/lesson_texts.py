"""The text cells of the lessons in another language: a catalogue of its own, "lessons", with one entry for each cell.

The minutes at the head of a lesson are measured anew from time to time.  So the numbers of that line are no part of the entry: they
are taken out before a cell is looked up, and put into the translation afterwards, in their order.
"""
import json
import re
from pathlib import Path

from vsrlab.course.language import DOMAIN, MARK, SOURCE, language, tr

LESSONS = "lessons"                                             # the catalogue's name
TIME = re.compile(r"^\*\*(?:Time|时间)\*\*.*$", re.MULTILINE)     # as vsrlab.notebooks.minutes writes it, and its translation
HEADING = re.compile(r"^#+ ")


def entry(text: str) -> tuple:
    """What a cell is looked up by, and the numbers that were taken out of its line of minutes."""
    found = TIME.search(text)
    numbers = re.findall(r"\d+", found.group()) if found else []
    return TIME.sub(lambda line: re.sub(r"\d+", "#", line.group()), text), numbers


def filled(text: str, numbers: list) -> str:
    """A translated entry with the numbers in their places."""
    left = iter(numbers)
    return TIME.sub(lambda line: re.sub("#", lambda _: next(left, "#"), line.group()), text)


def translated(text: str) -> str:
    """The text of a cell in the language of the session; what is not translated is English behind a mark."""
    if language() == SOURCE:
        return text
    key, numbers = entry(text)
    for domain in (LESSONS, DOMAIN):
        said = tr(key, domain)
        if not said.startswith(MARK):
            return filled(said, numbers)
    head = HEADING.match(text)                                  # a heading stays one
    return f"{head.group()}{MARK}{text[head.end():]}" if head else MARK + text


def cells(folder) -> list:
    """(entry, "notebook:cell") of every text cell of the notebooks of a folder, in their order."""
    found = []
    for path in sorted(Path(folder).glob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            if cell["cell_type"] == "markdown":
                found.append((entry("".join(cell["source"]))[0], f"{path.stem}:{number}"))
    return found
