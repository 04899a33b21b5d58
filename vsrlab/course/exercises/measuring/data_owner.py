"""Exercise `data-owner`: names of photos and `image_of_text` from the lines of a captions file."""
import numpy as np

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**data-owner** (12 min). A captions file has a line for each caption, such as

    dog.jpg#0<tab>A dog runs on the beach.

`lines` is the list of its lines. What stands before the **last** `#` of the first column is the name of the photo, what follows it
counts the captions of that photo. Names may hold a `#` themselves, empty lines are passed over, and the captions of one photo need
not stand together.

Return `names`, a list of the photos, each once, in the order in which they first appear, and `image_of_text` (T,): for each
caption, in the order of the file, the row of its photo in `names`.
""")

STARTER = '''def data_owner(lines):
    """lines: list of "name#number<tab>caption" -> names (a list of I texts), image_of_text (T,)."""
    names = ...
    image_of_text = ...
    return names, image_of_text
'''

HINTS = (
    N_("Idea. Walk once through the lines and keep a dictionary from a name to its row. A name that is new gets the next "
       "row."),
    N_("Formula. owner[t] = number of different names that first appear before that of line t."),
    N_("Code. name = line.split('\\t')[0].rpartition('#')[0];  row = rows.setdefault(name, len(rows))"),
)


def solution(lines):
    """The photos in the order in which they first appear, and the photo of each caption."""
    rows, owner = {}, []
    for line in lines:
        if not line.strip():
            continue
        name = line.split("\t")[0].rpartition("#")[0]
        owner.append(rows.setdefault(name, len(rows)))       # a new name gets the next row
    return list(rows), np.array(owner)


def example(rng):
    """A captions file with a # inside a name, an empty line, and mostly captions in disorder."""
    photos = ["dog.jpg", "a#1.jpg", "cat.jpg", "tree.jpg"][:int(rng.integers(3, 5))]
    photos = [photos[k] for k in rng.permutation(len(photos))]
    lines = [f"{photo}#{n}\tA caption of {photo}." for photo in photos
             for n in range(int(rng.integers(1, 4)) + (photo == "a#1.jpg"))]
    if rng.random() < 0.7:
        lines = [lines[k] for k in rng.permutation(len(lines))]
    lines.insert(int(rng.integers(1, len(lines))), "")
    return dict(lines=lines)


# ---------------------------------------------------------------- known wrong answers

def _read(lines, name=lambda line: line.split("\t")[0].rpartition("#")[0]):
    rows, owner = {}, []
    for line in lines:
        owner.append(rows.setdefault(name(line), len(rows)))
    return list(rows), np.array(owner)


def _full(lines):
    return [line for line in lines if line.strip()]


def sorted_names(lines):
    names, owner = solution(lines)
    order = sorted(names)
    return order, np.array([order.index(names[o]) for o in owner])


def equally_many(lines):
    names, owner = solution(lines)
    return names, np.arange(len(owner)) // -(-len(owner) // len(names))


def every_caption(lines):
    return _read(_full(lines), lambda line: line.split("\t")[0])


def first_hash(lines):
    return _read(_full(lines), lambda line: line.split("#")[0])


def neighbours_only(lines):
    """Wrong: a photo is new wherever its name differs from the line before."""
    names, owner = [], []
    for line in _full(lines):
        name = line.split("\t")[0].rpartition("#")[0]
        if not names or names[-1] != name:
            names.append(name)
        owner.append(len(names) - 1)
    return names, np.array(owner)


def empty_counted(lines):
    return _read(lines)


def from_one(lines):
    names, owner = solution(lines)
    return names, owner + 1


def number_of_caption(lines):
    names, _ = solution(lines)
    return names, np.array([int(line.split("\t")[0].rpartition("#")[2]) for line in _full(lines)])


MISTAKES = (
    Mistake("sorted",
            "your photos are sorted by name (np.unique does that). Keep the order in which they first appear: features were "
            "extracted in that order.", sorted_names),
    Mistake("equally-many",
            "the names are right. You give every photo equally many captions. That holds for some data sets and breaks "
            "without a word on all others; read it from the names.", equally_many),
    Mistake("every-caption",
            "every caption is a photo of its own in yours: the number behind the # is still part of the name.", every_caption),
    Mistake("first-hash",
            "you cut at the first #. A name may hold one itself, and two photos then become one; cut at the last.", first_hash),
    Mistake("neighbours",
            "you compare each line with the one before. Captions of a photo need not stand together, and yours then knows "
            "the photo twice.", neighbours_only),
    Mistake("empty-line", "an empty line became a caption of a photo without a name. Pass over it.", empty_counted),
    Mistake("from-one",
            "the names are right. Your rows begin at 1; an array begins at 0, and the last photo would lie outside.", from_one),
    Mistake("caption-number",
            "the names are right. What stands behind the # counts the captions of one photo; asked is the row of the photo.",
            number_of_caption),
)


# ---------------------------------------------------------------- what every right answer has

LINES = ["b.jpg#0\tOne.", "a.jpg#0\tTwo.", "b.jpg#1\tThree.", "", "c#2.jpg#0\tFour.", "a.jpg#1\tFive."]


def each_once(answer):
    names, _ = answer(list(LINES))
    return None if len(set(names)) == len(names) else tr("names holds a photo twice: {names}", names=names)


def back_again(answer):
    names, owner = answer(list(LINES))
    kept = [line for line in LINES if line]
    bad = [line for line, o in zip(kept, owner) if not 0 <= o < len(names) or not line.startswith(names[int(o)] + "#")]
    return None if not bad and len(owner) == len(kept) else tr(
        "names[image_of_text[t]] is not the photo of line t, for: {lines}", lines=bad[:2] or len(owner))


def in_order(answer):
    names, owner = answer(list(LINES))
    first = [list(owner).index(o) for o in range(len(names)) if o in list(owner)]
    return None if first == sorted(first) and len(first) == len(names) else tr(
        "the photos do not stand in the order in which they first appear: {names}", names=names)


PROPERTIES = (
    Property("once", "each photo stands once in names.", each_once),
    Property("back", "the row of a caption leads back to its photo.", back_again),
    Property("order", "photos keep the order in which they first appear.", in_order),
)

EXERCISE = Exercise(
    "data-owner", N_("Which photo does each caption describe?"), "01", 12, 2, 4, SPEC, STARTER, HINTS,
    solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("names"), N_("image_of_text")), not_checked=N_("other layouts, large files"))
