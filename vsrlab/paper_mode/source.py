"""Lines of code that belong to an equation, cut out of the source by the comments that mark them, so that they cannot drift."""
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from vsrlab.errors import Problem


class Cut(NamedTuple):
    """Lines of a file: its path below vsrlab/, the number of the first, and the text without the marks."""
    file: str
    line: int
    text: str

    @property
    def place(self) -> str:
        """"vsrlab/losses.py, line 37": where a person finds it."""
        return f"vsrlab/{self.file}, line {self.line}"


@cache
def cut(file: str, tag: str) -> Cut:
    """The lines of a file below vsrlab/ whose comment holds a tag, such as "eq. 2"; a comment alone on its line marks the next one.

    Raises Problem where no line is marked: a row without its code is a defect, and a test looks for it.
    """
    lines = files("vsrlab").joinpath(*file.split("/")).read_text(encoding="utf-8").splitlines()
    marked = re.compile(rf"#.*(?<![\w*]){re.escape(tag)}(?![\w*-])")
    found = []
    for number, line in enumerate(lines):
        if marked.search(line):
            alone = line.lstrip().startswith("#")
            found.append(number + alone)
    if not found:
        raise Problem(f"no line of vsrlab/{file} is marked with {tag!r}.")
    kept = [re.sub(r"\s+#[^'\"]*$", "", lines[n]) for n in found]
    edge = min(len(line) - len(line.lstrip()) for line in kept)
    return Cut(file, found[0] + 1, "\n".join(line[edge:] for line in kept))
