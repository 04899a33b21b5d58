"""Right answers by somebody else's judgement: ECCV Caption and CxC, from an installed eccv_caption or from given files."""
import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

from vsrlab.errors import Missing, Problem, unknown
from vsrlab.inputs import read_json

SETS = ("eccv", "cxc", "original")
FILES = {"image": "{}_image_to_caption.json", "text": "{}_caption_to_image.json"}


class Relevant(NamedTuple):
    """Right answers of both sides: side -> {id of the query: {id of the answer: grade}}."""
    name: str
    of: dict


def relevance(name: str, folder=None) -> Relevant:
    """ECCV Caption ("eccv"), CxC ("cxc") or COCO's own pairs ("original") as eccv_caption keeps them.

    folder  with NAME_image_to_caption.json and NAME_caption_to_image.json; None: of the installed package eccv_caption
    """
    if name not in SETS:
        raise unknown("set of judgements", name, SETS)
    if folder is None:
        found = importlib.util.find_spec("eccv_caption")
        if found is None:
            raise Missing(f"the judgements {name!r} come with eccv_caption: pip install eccv-caption, or name the folder that "
                          f"holds {FILES['image'].format(name)}.")
        folder = Path(found.origin).parent / "data"
    of = {}
    for side, file in FILES.items():
        content = read_json(Path(folder) / file.format(name), "judgements of eccv_caption", {str: list})
        of[side] = {query: {str(answer): 1 for answer in answers} for query, answers in content.items()}
    return Relevant(name, of)


def by_rows(relevant: dict, queries: list, answers: list, said: str = "the judgements") -> tuple:
    """(query rows (P,), answer rows (P,), grades (P,), left out) of {query id: {answer id: grade}} in a gallery.

    Ids are compared as they are, and as COCO's numbers: "COCO_val2014_000000391895.jpg" is 391895.
    left out  answers that the gallery does not have.  Raises Problem where no query is of this gallery.
    """
    for spelled in (str, _number):
        row = {spelled(name): n for n, name in enumerate(queries)}
        other = {spelled(name): n for n, name in enumerate(answers)}
        pairs = [(row[spelled(q)], other.get(spelled(a), -1), grade) for q, right in relevant.items() if spelled(q) in row
                 for a, grade in right.items() if grade > 0]
        found = [pair for pair in pairs if pair[1] >= 0]
        if found:
            rows, others, grades = zip(*found)
            return list(rows), list(others), list(map(float, grades)), len(pairs) - len(found)
    raise Problem(f"none of {said} is of this gallery: they ask with {', '.join(map(str, list(relevant)[:3]))}, ...; ids of the "
                  f"gallery are {', '.join(queries[:3])}, ...; give image_ids= and text_ids= as the judgements name them.")


def _number(name) -> str:
    found = re.search(r"(\d+)(?:\.\w+)?$", str(name))
    return str(int(found[1])) if found else str(name)
