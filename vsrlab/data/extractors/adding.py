"""A folder of features gets the whole-photo vectors that it lacks: {split}_lite2.npy (I, 1280) and its like, once.

Only what is missing is computed, so that folders that were made before get them by the same command.  Interrupted, it goes on.
"""
from contextlib import closing
from pathlib import Path

from vsrlab.data.extractors.whole import WIDE, chosen
from vsrlab.data.folders import about
from vsrlab.data.names import inside
from vsrlab.data.pictures import open_photo
from vsrlab.data.store import RowsFile
from vsrlab.errors import Missing, Problem
from vsrlab.files import write_json
from vsrlab.frozen.weights import command, installed
from vsrlab.inputs import read_bytes
from vsrlab.progress import pace

EVERY, ROW = 32, 2 * WIDE                # photos between two moments at which all is on the disk; bytes of a row
TYPE = "float16"


class Added:
    """What `add` did: photos that got vectors, and what it did without."""

    def __init__(self, names: dict):
        self.nets = {name: net for name, net in names.items() if installed(net.weights)}
        self.without = [net for name, net in names.items() if name not in self.nets]
        self.photos = 0

    def __str__(self) -> str:
        done = f"  {self.photos:,} photos got whole-photo vectors of {_listed(self.nets.values())}." if self.photos else ""
        if not self.without:
            return done
        install = command(*(net.weights for net in self.without))
        return (f"{done}  No whole-photo vectors of {_listed(self.without)}: to have them, type {install} and give the same "
                "command again.")


def add(out: Path, folder: Path, splits, names, in_order, workers: int, progress: bool) -> Added:
    """Write the vectors of every installed network that a folder's splits lack.

    folder    of the photos
    names     of networks, see whole.NETS; those whose package is absent are left out and told
    in_order  (function, items, workers) -> (item, result) in the order of the items
    """
    added = Added(chosen(names))
    work = [(split, name, net) for split in splits for name, net in added.nets.items()
            if not (out / f"{split}_{name}.npy").exists()]
    if not work:
        return added
    known = about(out)
    same = {name: net.about for name, net in added.nets.items()}
    for name, net in known.get("nets", {}).items():
        if name in same and net != same[name]:
            raise Problem(f"{out} holds vectors of {name} made with {net}, not {same[name]}; choose another folder, or remove "
                          f"its files that end in _{name}.npy.")
    write_json(out / "features.json", {**known, "nets": {**known.get("nets", {}), **same}})
    lists = {split: read_bytes(out / f"{split}_ids.txt", "the list of photos").decode().splitlines() for split, *_ in work}
    bar = pace(sum(map(len, lists.values())), "whole-photo vectors", " photos", show=progress)
    try:
        for split in lists:
            mine = {name: net for s, name, net in work if s == split}
            added.photos += _split(out, folder, split, lists[split], mine, in_order, workers, bar)
    finally:
        bar.close()
    return added


def _split(out, folder, split: str, photos: list, nets: dict, in_order, workers: int, bar) -> int:
    """One split; -> how many of its photos were read now."""
    files = {name: RowsFile(out / f"{split}_{name}.npy", (WIDE,), TYPE) for name in nets}
    begun = {name: min(len(photos), _safe(file)) for name, file in files.items()}
    first, opened = min(begun.values()), {name: net.open() for name, net in nets.items()}
    bar.update(first)

    def vectors(name: str) -> dict:
        photo = _photo(out, folder, name)
        return {net: read(photo) for net, read in opened.items()}
    try:
        with closing(in_order(vectors, photos[first:], workers)) as results:
            for row, (_, found) in enumerate(results, first):
                for name, vector in found.items():
                    files[name].put(row, vector)
                bar.update()
                if (row + 1) % EVERY == 0:
                    for file in files.values():
                        file.flush()
        for file in files.values():
            file.finish(len(photos))
    finally:
        for file in files.values():
            file.close()
    return len(photos) - first


def _safe(file: RowsFile) -> int:
    """Rows that an interrupted call wrote and pushed to the disk: the last block of them may not be whole."""
    rows = max(0, file.partial.stat().st_size - RowsFile.HEADER) // ROW
    return max(0, (rows - 1) // EVERY * EVERY)


def _photo(out: Path, folder: Path, name: str):
    """A photo that the folder of features has a row for."""
    try:
        if not inside(name):
            raise Missing(f"{name} lies outside of {folder}.")
        return open_photo(folder / name)
    except Problem as problem:
        raise Problem(f"{out} has regions of {name}, which now cannot be read ({str(problem).rstrip('.')}); give the folder of the "
                      "photos that the features were made of, then the same command again.") from None


def _listed(nets) -> str:
    return " and ".join(net.title for net in nets)

