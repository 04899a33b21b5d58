"""The folder that clip-retrieval's inference writes: img_emb/, text_emb/ and metadata/, in numbered parts -> a Scored."""
import re
from dataclasses import replace

import numpy as np

from vsrlab.errors import Missing, Problem, path_of
from vsrlab.retrieval.matrices import matrix
from vsrlab.retrieval.pairs import Told, texts_and_owners
from vsrlab.retrieval.scored import Scored
from vsrlab.retrieval.sources import from_embeddings

PHOTO, CAPTION = ("image_path", "url", "key"), ("caption", "text")
TABLES = (".parquet", ".csv", ".jsonl")


def from_clip_retrieval(folder, *, photos=None, similarity: str = "cosine", name: str = "", split: str = "",
                        dataset: str = "") -> Scored:
    """Vectors as `clip-retrieval inference` writes them: row n of all parts is an image, its text and its line of metadata.

    folder  with img_emb/img_emb_0.npy, ..., text_emb/text_emb_0.npy, ... and metadata/metadata_0.parquet (needs pyarrow), .csv or
            .jsonl with caption and image_path (else url or key)
    Rows with one image_path are one image with several texts; its first vector counts.  Other arguments as in `from_embeddings`.
    """
    folder = path_of("vl.from_clip_retrieval", folder)
    if not folder.is_dir():
        raise Missing(f"there is no folder {folder}; give the one that clip-retrieval inference wrote.")
    parts = {side: _parts(folder, side, (".npy",)) for side in ("img_emb", "text_emb")}
    tables = _parts(folder, "metadata", TABLES)
    if not len(parts["img_emb"]) == len(parts["text_emb"]) == len(tables):
        counts = f"{len(parts['img_emb'])} parts of img_emb, {len(parts['text_emb'])} of text_emb and {len(tables)} of metadata"
        raise Problem(f"{folder} has {counts}; copy what is missing, one of each belongs together.")
    names, captions, vectors = [], [], {side: [] for side in parts}
    for n, path in enumerate(tables):
        told = _metadata(path)
        for side in parts:
            vectors[side].append(x := matrix(parts[side][n], f"vectors of {side}"))
            if len(x) != len(told.texts) or x.shape[1] != vectors[side][0].shape[1]:
                raise Problem(f"{parts[side][n]} is {x.shape} beside {len(told.texts)} lines of {path.name}; every part has a row "
                              "for each line, and all as many numbers.")
        names, captions = names + told.images, captions + told.texts
    ids = list(dict.fromkeys(names))
    first = {name: row for row, name in reversed(list(enumerate(names)))}
    images, texts = (x[0] if len(x) == 1 else np.concatenate(x) for x in vectors.values())
    found = from_embeddings(images[[first[name] for name in ids]], texts, captions, names, similarity=similarity, photos=photos,
                            image_ids=ids, name=name or folder.name, split=split, dataset=dataset)
    return replace(found, desk=folder / f"{folder.name}.desk")


def _parts(folder, side, kinds) -> list:
    """The numbered files of a side, in the order of their numbers."""
    found = {}
    for path in sorted((folder / side).glob(f"{side}_*")) if (folder / side).is_dir() else ():
        number = re.fullmatch(rf"{side}_(\d+)", path.stem)
        if number and path.suffix in kinds:
            found.setdefault(int(number[1]), path)
    if not found:
        raise Missing(f"{folder} has no {side}/{side}_0{kinds[0]}; give the folder that clip-retrieval inference wrote.")
    if lost := sorted(set(range(max(found) + 1)) - set(found)):
        raise Problem(f"{folder / side} lacks part {lost[0]} of {max(found) + 1}; copy it, or the rows would not belong together.")
    return [found[n] for n in sorted(found)]


def _metadata(path) -> Told:
    """The captions of a part and the names of their images."""
    import pandas
    read = {".parquet": pandas.read_parquet, ".csv": lambda p: pandas.read_csv(p, keep_default_na=False),
            ".jsonl": lambda p: pandas.read_json(p, lines=True)}[path.suffix]
    try:
        table = read(path)
    except ImportError:
        raise Problem(f"{path} needs pyarrow to be read: pip install pyarrow, or write the table in its place as "
                      f"{path.stem}.csv.") from None
    except (OSError, ValueError) as error:
        raise Problem(f"{path} cannot be read ({str(error).splitlines()[0][:80] if str(error) else type(error).__name__}); copy it "
                      "again.") from None
    at = [next((name for name in some if name in table.columns), None) for some in (PHOTO, CAPTION)]
    if None in at:
        raise Problem(f"{path} has the columns {', '.join(map(str, table.columns))}; expected image_path (or url, or key) and "
                      "caption.")
    return texts_and_owners(pandas.DataFrame({"image": table[at[0]].astype(str), "caption": table[at[1]]}))
