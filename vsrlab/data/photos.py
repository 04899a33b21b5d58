"""Photos with captions become a folder of region features, once.  Interrupted, the same call goes on where it was."""
import shutil
import time
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import torch

from vsrlab.data.extraction import begun, finished
from vsrlab.data.extractors import Extractor
from vsrlab.data.extractors import extractor as chosen
from vsrlab.data.extractors.adding import add
from vsrlab.data.folders import about
from vsrlab.data.leaks import keep_apart
from vsrlab.data.listing import listing
from vsrlab.data.names import inside
from vsrlab.data.pictures import open_photo
from vsrlab.data.precomputed import precomputed
from vsrlab.data.store import size_in_words, writing
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.progress import pace


class Extracted(NamedTuple):
    """What `extract` did."""
    folder: Path
    splits: dict             # name -> images in it
    skipped: list            # (photo, why) of all splits
    made: int                # photos this call went through; the others were there
    seconds: float           # that this took, reading the weights included
    understood: str = ""     # how the captions file was read
    whole: str = ""          # which whole-photo vectors were added, and which could not be; "" where nothing is to be said

    def __str__(self) -> str:
        images = ", ".join(f"{count:,} {name}" for name, count in self.splits.items())
        rate = f"{self.made:,} made now, {self.made / self.seconds:.1f} photos/s" if self.made else "nothing was left to do"
        read = f"  Captions: {self.understood}." if self.understood else ""
        return f"{self.folder}: {images} photos; {rate}.{read}{self.whole}{'  ' * bool(self.skipped)}{self.report()}"

    __repr__ = __str__

    def report(self) -> str:
        """One sentence about the photos that are not in the folder; "" when all are."""
        if not self.skipped:
            return ""
        named = ", ".join(f"{file} ({why})" for file, why in self.skipped[:5])
        return (f"Left out with their captions: {named}{', ...' * (len(self.skipped) > 5)}, {len(self.skipped):,} in all, listed "
                "in features.json; to have them, mend them and extract into a new folder.")


def photos(folder, captions, out=None, extractor="default", split=None, regions=None, **more):
    """Photos and captions -> Corpus of the split, or {split: Corpus} when there are several; features are made once.

    out       folder of the features; default: beside the photos, with "-features" behind its name
    regions   "boxes", "grid" or "both", as `precomputed` reads them; default: boxes where the extractor has them
    Everything else is `extract`'s.
    """
    folder = path_of("vl.photos", folder).resolve()
    made = extract(folder, captions, folder.with_name(folder.name + "-features") if out is None else out, extractor, split, **more)
    if made.skipped:
        warnings.warn(made.report(), stacklevel=2)
    boxes = (made.folder / f"{next(iter(made.splits))}_ims.npy").exists()
    corpora = {name: precomputed(made.folder, name, regions or ("boxes" if boxes else "grid")) for name in made.splits}
    return corpora if len(corpora) > 1 else next(iter(corpora.values()))


def extract(folder, captions, out, extractor="default", split=None, *, workers: int | None = None, strict: bool = False,
            progress: bool = True, photo_column: str | None = None, caption_column: str | None = None, nets=None,
            **options) -> Extracted:
    """Photos and captions -> a folder for `precomputed`: {split}_ims.npy (I, R, F), _boxes.npy (I, R, 4), _grid.npy (I, G, F) ...

    A folder that is whole already gets what it lacks of whole-photo vectors, {split}_lite2.npy (I, 1280) and its like, and no more.

    folder     of the photos
    captions   a table, Flickr's token file, Karpathy's dataset_*.json, COCO's captions_*.json, JSON lines: see `read_captions`
    extractor  "default", "grid", "hub", or an object with the protocol of data.extractors; `options` are its options
    split      captions with splits: the one to make, default all.  Without: a name, default "train"; or shares such as
               {"train": .8, "val": .1, "test": .1}, which are exact, in an order that the photos' names give
    workers    threads, each with a photo of its own; default: as many as torch uses
    strict     a photo that is missing or cannot be read is a Problem; default: it is left out and reported
    progress   say how far it is: a bar where somebody looks, else a line a minute
    nets       whole-photo vectors of these networks beside (see extractors.whole), such as ("lite2",); () for none; default: all
               that go with the extractor and are installed
    photo_column, caption_column  names or numbers of the columns of a table, where they are not found by themselves
    """
    folder, out, start = Path(folder), Path(out), time.monotonic()
    splits, understood = listing(folder, captions, split, strict, photo_column, caption_column)
    workers = torch.get_num_threads() if workers is None else workers
    if workers < 1:
        raise Problem(f"workers={workers}: at least one thread has to do the work.")
    maker = chosen(extractor, **options)
    keep_apart(out, splits)
    with writing(out, "features"):
        work = [w for name, listed in splits.items() if (w := begun(out, name, listed, maker, folder))]
        made = sum(len(w.photos) - w.done for w in work)
        _make(work, folder, maker, workers, strict, progress)
        nets = getattr(maker, "nets", ()) if nets is None else nets
        added = add(out, folder, splits, nets, _in_order, workers, progress)
    known = about(out)["splits"]
    return Extracted(out, {name: known[name]["images"] for name in splits},
                     [tuple(pair) for name in splits for pair in known[name]["skipped"]], made, time.monotonic() - start,
                     understood, str(added))


def _make(work: list, folder: Path, maker: Extractor, workers: int, strict: bool, progress: bool):
    """Extract what is left of every split, and give its files their names."""
    bar = pace(sum(len(w.photos) for w in work), "features", " photos", sum(w.done for w in work), progress and bool(work))
    try:
        _check_room(work)
        for growing in work:
            files = [p.file for p in growing.photos[growing.done:]]
            with closing(_in_order(lambda name: _one(folder, name, maker), files, workers)) as results:
                for file, result in results:
                    if not isinstance(result, Problem):
                        growing.put(file, *result)
                    elif strict:
                        raise result
                    else:
                        growing.skip(file, _why(result, folder / file))
                    bar.update()
            finished(growing, maker)
    finally:
        bar.close()
        for growing in work:
            growing.close()


def _one(folder: Path, name: str, maker: Extractor):
    """A photo -> (width and height in pixels, Regions), or the Problem of one that cannot be read or lies outside of the folder."""
    try:
        if not inside(name):
            raise Missing(f"{name} lies outside of {folder}.")
        photo = open_photo(folder / name)
    except Problem as problem:
        return problem
    return photo.size, maker(photo)


def _why(problem: Problem, path: Path) -> str:
    """Why a photo was left out, in few words."""
    return "not there" if isinstance(problem, Missing) else str(problem).split(";")[0].replace(f"{path} ", "")


def _in_order(function, items: list, workers: int):
    """(item, function(item)) in the order of the items, a few of them worked on ahead by threads.

    Threads and not processes: torch and Pillow let go of Python's lock while they compute, weights are read once, and
    nothing has to be started anew in a notebook.  One thread inside torch for each, measured to be faster than several.
    """
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        ahead = deque()
        try:
            for item in items:
                ahead.append((item, pool.submit(function, item)))
                if len(ahead) > 2 * workers:
                    first, future = ahead.popleft()
                    yield first, future.result()
            while ahead:
                first, future = ahead.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _check_room(work: list):
    """A disk that is too small is noticed before hours of work, not after."""
    need = sum(w.bytes_left() for w in work)
    free = shutil.disk_usage(work[0].out).free if work else need
    if need > free:
        raise Problem(f"the features need {size_in_words(need)}, and {work[0].out} has {size_in_words(free)} left; "
                      "free some space, or choose another folder.")
