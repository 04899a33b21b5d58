"""Batches: rows of a corpus become the tensors a model reads, one batch ahead of the training step."""
import queue
import threading

import numpy as np
import torch

from vsrlab.data.corpus import Corpus
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.values import Batch

LARGEST = 1e15                           # of a feature: the square of a sum of more has no place in float32

def read(corpus: Corpus, texts, vocabulary: Vocabulary) -> Batch:
    """The batch of some texts (row numbers, T of them), each with its image: I = T, and text t belongs to image t."""
    texts = np.asarray(texts, dtype=np.int64)
    image = np.asarray(corpus.image_of_text)[texts]
    return Batch(*read_images(corpus, image), *read_texts([corpus.texts[t] for t in texts], vocabulary), torch.as_tensor(image))


def read_images(corpus: Corpus, rows) -> tuple:
    """Images by row number -> regions (I, R, F) float32, mask (I, R).  Only these rows are read, each once.

    A region of zeros is padding; an image of nothing but zeros keeps its first region, so that no softmax
    has an empty sum.  Whole-photo vectors of other networks, the last `corpus.nets`, are no regions to a model that does
    not ask for them: their mask is False.  Features that are not finite are refused with the row and id of the image.
    """
    rows = np.asarray(rows, dtype=np.int64)
    if not len(rows):
        images, regions, features = corpus.regions.shape
        return torch.zeros(0, regions, features), torch.zeros(0, regions, dtype=torch.bool)
    unique, back = np.unique(rows, return_inverse=True)
    regions = as_float32(corpus.regions[unique])
    finite, mask = sound(regions)
    if not finite.all():
        at, region = (~finite).nonzero()[0].tolist()
        row, values = int(unique[at]), regions[at, region]
        what = f"features up to {values.abs().max():.3g}" if values.isfinite().all() else "NaN or infinite features"
        raise Problem(f"{corpus.name} {corpus.split}: image row {row} (id {corpus.ids[row]}) holds {what} in "
                      f"region {region}; extract its features again, or list every such row with: vsrlab doctor FOLDER")
    if corpus.nets:
        mask[:, -len(corpus.nets):] = False
    mask[:, 0] |= ~mask.any(1)
    if len(unique) < len(rows) or (np.diff(rows) < 0).any():
        back = torch.from_numpy(back.reshape(-1))
        regions, mask = regions[back], mask[back]
    return regions, mask


def as_float32(rows) -> torch.Tensor:
    """An array of numbers as float32, in whatever byte order they are stored."""
    return torch.from_numpy(np.ascontiguousarray(rows, rows.dtype.newbyteorder("="))).float()


def sound(regions: torch.Tensor) -> tuple:
    """regions (I, R, F) float32 -> finite (I, R), real (I, R): no NaN, infinity or number above LARGEST in it; not all zeros.

    One fast pass: where a length is below LARGEST, so is every term; only other regions, and those of length zero (squares of
    tiny numbers are zero), are looked at again.
    """
    length = torch.linalg.vector_norm(regions, dim=-1)
    real = length != 0
    odd = ~real
    if odd.any():
        real[odd] = regions[odd].any(-1)
    finite = length < LARGEST                            # never true of NaN
    odd = ~finite
    if odd.any():
        finite[odd] = (regions[odd].abs() <= LARGEST).all(-1)
    return finite, real


def read_texts(strings, vocabulary: Vocabulary) -> tuple:
    """Texts -> words (T, W) ids padded with 0, mask (T, W); W is the longest of them."""
    ids = [vocabulary.ids(string) for string in strings]
    words = torch.zeros(len(ids), max(map(len, ids), default=1), dtype=torch.long)
    mask = torch.zeros(words.shape, dtype=torch.bool)
    for row, one in enumerate(ids):
        words[row, :len(one)] = torch.tensor(one)
        mask[row, :len(one)] = True
    return words, mask


def order(texts: int, seed: int, epoch: int) -> np.ndarray:
    """The order in which an epoch visits the texts: (T,), the same on every machine."""
    return np.random.default_rng([seed, epoch]).permutation(texts)


def grouped(rows: np.ndarray, image: np.ndarray, together: int) -> np.ndarray:
    """The texts (T,) in such an order that those of one image come `together` at a time, else in the order of `rows`.

    Every text stays once.  A group may be cut by the end of a batch.
    """
    nth, seen = np.empty(len(rows), np.int64), {}
    for place, row in enumerate(rows):                   # the how-manieth text of its image this is, in this order
        nth[place] = seen[image[row]] = seen.get(image[row], -1) + 1
    first, group = {}, nth // together
    for place, row in enumerate(rows):
        first.setdefault((image[row], group[place]), place)
    leader = np.array([first[image[row], g] for row, g in zip(rows, group)])
    return rows[np.argsort(leader, kind="stable")]


def steps(texts: int, batch: int, processes: int = 1) -> int:
    """How many batches an epoch has."""
    return texts // batch + (texts % batch >= max(2, processes))


def batches(corpus: Corpus, vocabulary: Vocabulary, batch: int, seed: int = 0, epoch: int = 0,
            part: tuple = (0, 1), start: int = 0, ahead: int = 2, together: int = 1):
    """The batches of one epoch, read by a background thread while the model works on the one before.

    The last batch may be short; one of a single pair is left out, for it has no wrong answers.  Within a batch,
    pairs are in the order of their images: a sum over pairs does not care, and the disk likes ascending rows.
    `part` = (rank, processes) gives each process its consecutive share of every global batch, in rank order.
    `start` leaves out that many batches without reading them: an interrupted epoch goes on where it was.
    `together` captions of an image stand in one batch, where it has so many (DSPE asks for two).
    Errors of the thread are raised here; leaving the loop early stops the thread.
    """
    rank, processes = part
    image = np.asarray(corpus.image_of_text)
    rows = order(len(corpus.texts), seed, epoch)
    rows = rows if together < 2 else grouped(rows, image, together)
    cuts = [rows[i:i + batch] for i in range(0, len(rows), batch)]
    cuts = [cut[np.argsort(image[cut], kind="stable")] for cut in cuts]
    shares = [np.array_split(cut, processes)[rank] for cut in cuts if len(cut) >= max(2, processes)]
    return _ahead((lambda texts=texts: read(corpus, texts, vocabulary) for texts in shares[start:]), ahead)


def _ahead(tasks, ahead: int):
    """Results of `tasks` in order, computed by one thread at most `ahead` results early."""
    ready, stop = queue.Queue(max(1, ahead)), threading.Event()

    def hand_over(item) -> bool:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
                return True
            except queue.Full:
                pass
        return False

    def work():
        try:
            for task in tasks:
                if not hand_over((task(), None)):
                    return
            hand_over((None, StopIteration()))
        except BaseException as error:                   # raised in the consumer, where somebody can see it
            hand_over((None, error))

    thread = threading.Thread(target=work, name="vsrlab read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            value, error = ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield value
    finally:
        stop.set()
        thread.join()


def same_nets(model, *corpora):
    """Refuse corpora without the whole-photo vectors that a model reads: its `nets`, such as "lite2+mobilenetv2"."""
    wanted = getattr(model, "nets", "")
    for corpus in corpora:
        there = "+".join(corpus.nets)
        if wanted and wanted != there:
            kind = corpus.kind.split("+")[0] or "grid"
            lacks = f"{corpus.name} was opened with those of {there}" if there else f"{corpus.name} was opened without"
            raise Problem(f"the model reads whole-photo vectors of {wanted}, and {lacks}; open the folder with regions="
                          f"'{kind}+{wanted}' (--regions {kind}+{wanted}), or take options={{'nets': {there!r}}}.")


def same_features(features: int, corpus: Corpus):
    """Refuse a corpus whose feature size is not the one a run was trained on."""
    if corpus.regions.shape[2] != features:
        raise Problem(f"{corpus.name} has {corpus.regions.shape[2]} features a region, the run was trained on {features}; "
                      "use features of the same extractor (and the same `regions=`), or train a run on these.")
