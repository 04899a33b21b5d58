"""Scores and vectors of any image-text model, from memory or from files, as a Scored: from_scores, from_embeddings."""
from pathlib import Path, PurePath

import numpy as np

from vsrlab.data.pictures import PhotoOf, open_photo
from vsrlab.desk.store import folder_of
from vsrlab.errors import Missing, Problem, unknown
from vsrlab.retrieval.lazy import Negated, Product
from vsrlab.retrieval.matrices import finite, matrix, repeated
from vsrlab.retrieval.pairs import owners, texts_and_owners
from vsrlab.retrieval.scored import Scored

EACH = 5                       # captions an image of Flickr8K, Flickr30K and COCO, and so the usual number of copies of an image
ORIENTATIONS = ("auto", "it", "ti")
GIVE = ("say which image each text describes: image_of_text= (T,) rows of images, or texts= a file that names them; with five "
        "texts an image that is np.repeat(np.arange(I), 5)")


def from_scores(scores, texts, image_of_text=None, *, photos=None, image_ids=None, text_ids=None, name: str = "", split: str = "",
                dataset: str = "", orientation: str = "auto", larger_is_better: bool = True, key: str | None = None) -> Scored:
    """The scores of any model on a gallery: what `gallery`, `poster`, `evaluate` and `compare` take in place of an index.

    scores         (I, T): an array, a tensor, or a file .npy (stays on disk), .npz, .pt, .csv; (T, I) is turned round
    texts          T strings, or a file that pairs captions with images: see `pairs.texts_and_owners`
    image_of_text  (T,) rows or ids of images; None: as the texts' file says, or five consecutive texts an image
    photos         a folder, a list of I files, or a function row -> PIL.Image
    image_ids      I strings in the order of the rows; text_ids T strings
    name           of the model; split and dataset: of the data
    orientation    "it" when rows are images, "ti" when they are texts; "auto" asks the sizes
    larger_is_better  False for distances
    key            the array's name in a file that holds several

    What is counted of a file's scores is kept beside it, in NAME.desk; of an array nothing is written.
    A matrix in which each image stands five times, one row a caption, is taken once.  Raises Problem for what cannot be read or
    does not fit; no code in a file is ever run.
    """
    x = matrix(scores, "scores", key)
    told = texts_and_owners(texts, split)
    owner, ids = owners(told, image_of_text, image_ids)
    x, notes = oriented(x, len(told.texts), len(ids), owner, orientation)
    x, owner, more = single(x, len(told.texts), len(ids), owner, "rows of scores")
    finite(x, "scores", "text")
    if not larger_is_better:
        x, more = Negated(x), [*more, "distances, shown with a minus"]
    return _scored(x, told, owner, ids, text_ids, photos, called(name, scores, "scores"), split, dataset, [*notes, *more],
                   _desk(scores, name))


def from_embeddings(images, texts, captions, image_of_text=None, *, similarity: str = "cosine", photos=None, image_ids=None,
                    text_ids=None, name: str = "", split: str = "", dataset: str = "", image_key: str | None = None,
                    text_key: str | None = None) -> Scored:
    """Vectors of any model that has one for each image and one for each text.  No score is stored: a block is made when it is read.

    images, texts  (I, D) and (T, D) of float16, float32 or float64: arrays, tensors, or files as in `from_scores`
    captions       the T texts themselves, or their file; the other arguments are those of `from_scores`
    similarity     "cosine", or "dot" for the product of the vectors as they are
    image_key, text_key  names of the arrays in files that hold several
    """
    if similarity not in ("cosine", "dot"):
        raise unknown("similarity", similarity, ("cosine", "dot"))
    desk, name = _desk(images, name), called(name, images, "vectors")
    images, texts = matrix(images, "vectors of images", image_key), matrix(texts, "vectors of texts", text_key)
    told = texts_and_owners(captions, split)
    owner, ids = owners(told, image_of_text, image_ids)
    if images.shape[1] != texts.shape[1]:
        raise Problem(f"vectors of images have {images.shape[1]} numbers, those of texts {texts.shape[1]}; a product needs as many "
                      "in both: take them from the joint space.")
    if len(texts) != len(told.texts):
        hint = ("; they look exchanged: images come first" if len(images) == len(told.texts) else "; give one for each caption")
        raise Problem(f"there are {len(texts)} vectors of texts for {len(told.texts)} captions{hint}.")
    images, owner, notes = single(images, len(texts), len(ids), owner, "vectors of images")
    for x, what in ((images, "vectors of images"), (texts, "vectors of texts")):
        finite(x, what, "number")
    unit = _unit if similarity == "cosine" else _lengths
    product = Product(unit(images, "images"), unit(texts, "texts"))
    return _scored(product, told, owner, ids, text_ids, photos, name, split, dataset, [f"{similarity} of vectors", *notes], desk)


def oriented(x, texts: int, images: int, owner, orientation: str) -> tuple:
    """((I, T) or (5 I, T) view of the scores, notes): turned round when the sizes, or the person, say so.

    images  how many there are; 0 when nobody says
    """
    if orientation not in ORIENTATIONS:
        raise unknown("orientation", orientation, ORIENTATIONS)
    least = 0 if owner is None else int(owner.max()) + 1

    def fits(rows, columns):
        if columns != texts:
            return False
        return rows in (images, EACH * images) if images else rows >= least if owner is not None else rows in (texts // EACH, texts)
    ways = {"it": fits(*x.shape), "ti": fits(*x.shape[::-1])}
    if not any(ways.values()):
        known = f"{images} images" if images else f"at least {least} images" if least else "an unknown number of images"
        raise Problem(f"scores are {x.shape}, but there are {known} and {texts} texts; expected (I, T)"
                      + (f": {GIVE}." if owner is None else "."))
    if orientation == "auto" and all(ways.values()):
        return _square(x, texts, images, owner), []
    if orientation != "auto" and not ways[orientation]:
        other = "ti" if orientation == "it" else "it"
        raise Problem(f"scores of {x.shape} look transposed for orientation={orientation!r}: pass orientation={other!r}, or leave "
                      "it out.")
    if orientation == "it" or orientation == "auto" and ways["it"]:
        return x, []
    return x.T, ["transposed: rows were texts"]


def _square(x, texts, images, owner):
    """As many rows as columns: copies of images tell which side they are; else the owners must be one text an image in order."""
    if images != texts:
        copies = repeated(x, EACH), repeated(x.T, EACH)
        if copies[0] != copies[1]:
            return x if copies[0] else x.T
    if owner is not None and np.array_equal(owner, np.arange(texts)):
        return x
    raise Problem(f"scores are {x.shape}, and there are as many texts, so their sizes do not tell which side is which; pass "
                  "orientation='it' when rows are images, 'ti' when they are texts" + (f", and {GIVE}." if owner is None else "."))


def single(x, texts: int, images: int, owner, what: str) -> tuple:
    """(each image once, (T,) owners, notes): five equal rows become one; owners that nobody gave are five texts an image."""
    rows = len(x)
    if images and rows not in (images, EACH * images):
        raise Problem(f"there are {rows} {what} for {images} images; give one for each image.")
    copies = rows != images and repeated(x, EACH)
    if images and rows != images and not copies:
        raise Problem(f"there are {rows} {what} for {images} images, and those of one image differ; give one for each image.")
    count = rows // EACH if copies else rows
    if owner is None:
        if texts != EACH * count:
            raise Problem(f"there are {count} images and {texts} texts; {GIVE}.")
        owner = np.repeat(np.arange(count), EACH)
    elif copies and owner.max() >= count:
        owner = owner // EACH                                            # counted in copies, as the rows were
    if owner.max() >= count:
        raise Problem(f"texts belong to image rows up to {owner.max()}, but there are {count} images, 0 to {count - 1}.")
    return (x[::EACH], owner, [f"each image stood {EACH} times and is taken once"]) if copies else (x, owner, [])


def _scored(x, told, owner, ids, text_ids, photos, name, split, dataset, notes, desk) -> Scored:
    ids = ids or [str(n) for n in range(x.shape[0])]
    photo, more = photos_of(photos, ids, told)
    return Scored(name, x, ids, told.texts, owner, split, photo, note="; ".join([*notes, *more]), dataset=dataset,
                  text_ids=told.text_ids if text_ids is None else [str(n) for n in text_ids], desk=desk)


def _desk(source, name) -> Path | None:
    """The folder of the error desk beside a file; None for an array, of which nothing is kept."""
    return folder_of(source, PurePath(name).name) if isinstance(source, (str, Path)) else None


def photos_of(photos, ids: list, told=None) -> tuple:
    """(row -> PIL.Image or None, notes) of a folder, a list or a function; None: those that came along with the texts."""
    if photos is None and told is not None and told.photo is not None:
        return (lambda row: told.photo(ids[row])), []
    if photos is None or callable(photos):
        return photos, []
    if isinstance(photos, (str, Path)):
        folder, of = Path(photos), PhotoOf(photos, ids, frame="upright")
        if not folder.is_dir():
            raise Missing(f"there is no folder {folder}; give the folder that holds the photos.")
        lost = sum(not of.path(row).is_file() for row in range(len(ids)))
        if lost == len(ids):
            there = next((p.name for p in sorted(folder.iterdir())), "nothing")
            raise Problem(f"{folder} has none of the {len(ids)} photos: ids are {', '.join(ids[:3])}, ..., it holds {there}, ...; "
                          "give image_ids= the names of the photos.")
        return of, _missing(lost, ids)
    photos = list(photos)
    if len(photos) != len(ids):
        raise Problem(f"there are {len(photos)} photos for {len(ids)} images; give one file for each image.")
    lost = sum(not Path(p).is_file() for p in photos)
    return (lambda row: open_photo(photos[row])), _missing(lost, ids)


def _missing(lost: int, ids: list) -> list:
    return [f"{lost:,} of {len(ids):,} photos are missing"] if lost else []


def called(name, source, what) -> str:
    """The name of a model: the one that is given, or the file's."""
    return name or (Path(source).stem if isinstance(source, (str, Path)) else what)


def _unit(x, side) -> np.ndarray:
    """(N, D) float32 of length one; half precision is widened first."""
    found = np.empty(x.shape, np.float32)
    for start in range(0, len(x), 4096):
        some = np.asarray(x[start:start + 4096], np.float64)
        length = _length(some, start, side)
        found[start:start + len(some)] = some / length
    return found


def _lengths(x, side) -> np.ndarray:
    """The vectors as they are, none of which may be zero."""
    for start in range(0, len(x), 4096):
        _length(np.asarray(x[start:start + 4096], np.float64), start, side)
    return x


def _length(some, start, side) -> np.ndarray:
    length = np.linalg.norm(some, axis=1, keepdims=True)
    if not length.all():
        row = start + int(np.flatnonzero(length[:, 0] == 0)[0])
        raise Problem(f"the vector of row {row} of the {side} is all zeros, so it has no direction; leave that row out, or make "
                      "its vector again.")
    return length
