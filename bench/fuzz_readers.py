"""Damaged and odd files, by the thousand: every reader takes them, or refuses them with one sentence of the kit.

    python bench/fuzz_readers.py [--count 6000] [--seed 0]

Good files of every layout are changed: bytes turned, cut, doubled, swapped; JSON values exchanged for others; cells, lines and
names replaced by odd ones.  Prints a table; exits with 1 when one ended in anything but a result or a Problem, took longer than
LONG seconds, said more than TALK letters, or ran code that a file named.
"""
import argparse
import base64
import contextlib
import json
import pickle
import random
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from vsrlab.data.captions import mend, read_captions, read_lines, read_rows
from vsrlab.data.examine import examine
from vsrlab.data.extractors import Regions
from vsrlab.data.listing import listing
from vsrlab.data.photos import extract
from vsrlab.data.pictures import header, open_photo
from vsrlab.data.precomputed import precomputed
from vsrlab.data.tsv import convert
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem

LONG, TALK = 10.0, 1500                # seconds an input may take, letters a sentence may have
ODD = ("", " ", "\0", "\n", "\r", '"', "'", "[", "{", "null", "NaN", "-1", "1e999", "9" * 5000, "../../etc/passwd", "/etc/passwd",
       "a" * 5000, "\ud800", "\u2028", "\u202e", "<script>alert(1)</script>", "=1+1", "%s%n", "#" * 50, "b'x'", "b'a', b'b'", "é",
       "e\u0301",
       "一", "🦊", "," * 300, "\t" * 300, "a|b|c|d", "\ufeff", "True", "con.jpg", "x" * 300 + ".jpg", "#0\t", "sep=", "(" * 3000)
VALUES = (None, True, -1, 0, 5, 10 ** 30, 1e308, float("nan"), "", "x", "\ud800", [], [[]], {}, [None], {"x": {}}, ["a"] * 3,
          "../x")


class Toy:
    """An extractor that costs nothing."""
    name, version, features, regions, settings = "toy", 1, 3, 2, {}
    grid = {"rows": 1, "columns": 2, "whole": True}

    def __call__(self, photo):
        x = np.asarray(photo, np.float32).reshape(-1, 3).mean(0) / 255
        return Regions(np.float32([[0, 0, .5, 1], [.5, 0, 1, 1]]), np.stack([x, x + 1]), np.stack([x, x, x]), ["l", "r"],
                       np.float32([.9, .5]))


# --- how files are changed

def bytes_changed(rng: random.Random, data: bytes) -> bytes:
    """A few accidents of copying: turned bits, lost, doubled and exchanged parts, odd letters in between."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        kind = rng.randrange(8)
        if kind == 0 and data:
            data[min(a, len(data) - 1)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[a:]
        elif kind == 2:
            del data[a:min(b, a + rng.choice((1, 4, 50, 5000)))]
        elif kind == 3:
            data[a:a] = data[a:b][:2000]
        elif kind == 4:
            data[a:a] = rng.choice(ODD).encode("utf-8", "surrogatepass")
        elif kind == 5:
            data[a:a + 4] = bytes(rng.randrange(256) for _ in range(4))
        elif kind == 6:
            lines = bytes(data).split(b"\n")
            rng.shuffle(lines)
            data = bytearray(b"\n".join(lines))
        else:
            data[a:a] = b"\xff\xfe" if rng.random() < 0.5 else b"\x00" * rng.choice((1, 9))
    return bytes(data)


def json_changed(rng: random.Random, value):
    """A JSON value with one of its parts exchanged, removed, or put a level deeper."""
    places = []

    def walk(one, way):
        places.append(way)
        inner = one.items() if isinstance(one, dict) else enumerate(one[:5]) if isinstance(one, list) else ()
        for key, item in list(inner)[:30]:
            walk(item, (*way, key))
    walk(value, ())
    value = json.loads(json.dumps(value))
    way = rng.choice(places)
    if not way:
        return rng.choice((*VALUES, [value], {"data": value}))
    parent = value
    for key in way[:-1]:
        parent = parent[key]
    kind = rng.randrange(4)
    if kind == 0 and isinstance(parent, dict):
        del parent[way[-1]]
    elif kind == 1 and isinstance(parent, dict):
        parent[rng.choice(ODD[:20])] = parent.pop(way[-1])
    else:
        parent[way[-1]] = rng.choice((*VALUES, rng.choice(ODD)))
    return value


def changed(rng: random.Random, data: bytes, is_json: bool) -> bytes:
    if is_json and rng.random() < 0.6:
        with contextlib.suppress(ValueError, RecursionError):            # changed a second time, it may be no JSON any more
            text = json.dumps(json_changed(rng, json.loads(data)), ensure_ascii=rng.random() < 0.5)
            return text.encode("utf-8" if rng.random() < 0.95 else "utf-16", "surrogatepass")
    if rng.random() < 0.02:
        return b"[" * 60_000 if rng.random() < 0.5 else b"{\"a\":" * 30_000
    return bytes_changed(rng, data)


# --- good files to begin with

def _ids(names):
    return {word: n for n, word in enumerate(("<pad>", "<start>", "<end>", "<unk>", *names))}


CAPTIONS = {
    "comma.csv": 'image,caption,split\na.jpg,"A dog, running",train\nb.jpg,"A ""big""\ncat",test\nc.png,x,val\n',
    "pipe.txt": "image_name| comment_number| comment\na.jpg| 0| A dog | runs\nb.jpg| 1   x\n",
    "tab.tsv": "title\tfilepath\nA dog\ta.jpg\nA cat\tb.jpg\n", "bare.txt": "a.jpg|a dog\nb.jpg|b'caf\\xc3\\xa9'\n",
    "list.csv": 'raw,sentids,split,filename,img_id\n"[""A dog."", ""x""]","[0, 1]",train,a.jpg,0\n',
    "token.txt": "a.jpg#0\tA dog .\na.jpg#1\tx\nb.jpg#0\ty\n", "zhm.txt": "a.jpg#zhm#0 一个小女孩\na.jpg#zhm#1 女孩\n",
    "k.json": json.dumps({"images": [{"filename": "a.jpg", "filepath": "v", "cocoid": 3, "split": "train", "sentences": [
        {"raw": "a dog", "tokens": ["a", "dog"]}]}, {"filename": "b.jpg", "split": "restval", "sentences": [{"tokens": ["x"]}]}]}),
    "coco.json": json.dumps({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "a dog"}]}),
    "raw.json": json.dumps([{"captions": ["a", "b"], "file_path": "val/1.jpg", "id": 1}]),
    "names.json": json.dumps({"a.jpg": ["x", "y"], "b.jpg": "z"}),
    "llava.json": json.dumps([{"image": "a.jpg", "conversations": [{"from": "human", "value": "?"}, {"from": "gpt",
                                                                                                     "value": "A dog"}]}]),
    "frame.json": json.dumps({"image": {"0": "a.jpg"}, "caption": {"0": "x"}}),
    "lines.jsonl": '{"image": "a.jpg", "caption": "a dog"}\n{"image": "b.jpg", "caption": ["x", "y"]}\n'}
WORDS = {"own.json": json.dumps({"words": ["a", "dog"], "markers": True, "punctuation": False}),
         "idx.json": json.dumps({"word2idx": _ids(["a"]), "idx2word": {str(i): w for w, i in _ids(["a"]).items()}, "idx": 5}),
         "map.json": json.dumps({"<pad>": 0, "a": 1, "<unk>": 2}),
         "list.json": json.dumps(["<pad>", "<start>", "<end>", "<unk>", "a"]),
         "v.txt": "a\nb\n", "v.pkl": pickle.dumps({"word2idx": _ids(["a", "b"])}, 2), "p.pkl": pickle.dumps(_ids(["a", "b"]), 4)}


def features(folder: Path):
    """A healthy folder with every file that is read."""
    rng = np.random.default_rng(0)
    (folder / "photos").mkdir(parents=True)
    for name, values in {"ims": rng.normal(size=(4, 3, 6)).astype("f4"), "grid": rng.normal(size=(4, 5, 6)).astype("f2"),
                         "boxes": np.tile(np.float32([0, 0, .5, .5]), (4, 3, 1)), "sizes": np.full((4, 2), 9, "i4"),
                         "confidence": np.full((4, 3), .5, "f4"), "owner": np.repeat(np.arange(4), 2)}.items():
        np.save(folder / f"train_{name}.npy", values)
    (folder / "train_caps.txt").write_text("".join(f"a dog {n}\n" for n in range(8)))
    (folder / "train_ids.txt").write_text("".join(f"{n}.jpg\n" for n in range(4)))
    (folder / "train_labels.json").write_text(json.dumps([["a", "b", ""]] * 4))
    (folder / "features.json").write_text(json.dumps({"extractor": "x", "photos": "photos", "grid": {"rows": 2, "columns": 2,
                                                                                                     "whole": 1},
                                                      "splits": {"train": {"images": 4, "captions": "x",
                                                                           "skipped": [["a", "b"]]}}}))
    for n in range(4):
        exif = Image.Exif()
        exif[0x0112] = n * 2 + 1
        Image.new("RGB", (9, 9), (n, 0, 0)).save(folder / "photos" / f"{n}.jpg", exif=exif)


def table(names="123", count=2) -> str:
    code = lambda x: base64.b64encode(np.asarray(x, "<f4").tobytes()).decode()
    return "".join(f"{n}\t64\t48\t{count}\t{code([[0, 0, 9, 9]] * count)}\t{code(np.full((count, 8), float(n)))}\n" for n in names)


# --- readers: (place, rng) -> a call that reads a changed file

def captions(place, rng):
    name, good = rng.choice(list(CAPTIONS.items()))
    path = place / name
    path.write_bytes(changed(rng, good.encode(), name.endswith(".json")))
    return lambda: (read_captions(path, allow_empty=rng.random() < 0.3), read_rows(path, True))


def lines(place, rng):
    path = place / "train_caps.txt"
    path.write_bytes(changed(rng, "a dog\nb'caf\\xc3\\xa9'\nun café\n\n".encode(), False))
    return lambda: (read_lines(path, rng.random() < 0.5), mend(path))


def listed(place, rng):
    (place / "photos").mkdir()
    for name in ("a.jpg", "B.JPG", "v/c.png", "café.jpg"):
        (place / "photos" / name).parent.mkdir(exist_ok=True)
        (place / "photos" / name).touch()
    name, good = rng.choice(list(CAPTIONS.items()))
    (place / name).write_bytes(changed(rng, good.encode(), name.endswith(".json")))
    split = rng.choice((None, "train", {"train": 0.5, "test": 0.5}, {"train": -1}, "../x"))
    return lambda: listing(place / "photos", place / name, split, rng.random() < 0.3)


def vocabulary(place, rng):
    name, good = rng.choice(list(WORDS.items()))
    path = place / name
    data = good if isinstance(good, bytes) else good.encode()
    path.write_bytes(changed(rng, data, name.endswith(".json")))
    return lambda: Vocabulary.load(path).tokens("a dog don't 🦊 か゚")


def folder(place, rng):
    features(place / "f")
    for _ in range(rng.choice((1, 1, 2))):
        path = rng.choice(sorted(p for p in (place / "f").rglob("*") if p.is_file()))
        path.write_bytes(changed(rng, path.read_bytes(), path.suffix == ".json"))
    if rng.random() < 0.05:
        path.unlink()

    def read():
        corpus = precomputed(place / "f", "train", rng.choice(("boxes", "grid", "both")), allow_empty=rng.random() < 0.5)
        corpus.regions[[0, -1]], corpus.texts_of(0), repr(corpus)
        return corpus.photo and corpus.photo(rng.randrange(len(corpus)))
    return read


def doctor(place, rng):
    folder(place, rng)
    return lambda: [f"{f.what}{f.repair}" for f in examine(place / "f")]


def photo(place, rng):
    kind = rng.choice(("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"))
    exif = Image.Exif()
    exif[0x0112] = rng.randrange(9)
    image = Image.effect_noise((40, 30), 90).convert(rng.choice(("L", "RGB")))
    image.save(place / "x.jpg", kind, **({"exif": exif} if kind in ("JPEG", "PNG", "WEBP") else {}))
    (place / "x.jpg").write_bytes(bytes_changed(rng, (place / "x.jpg").read_bytes()))
    return lambda: (header(place / "x.jpg"), open_photo(place / "x.jpg", rng.random() < 0.5))


def tsv(place, rng):
    path = place / "a.tsv"
    path.write_bytes(changed(rng, table().encode(), False))
    (place / "c.txt").write_text("1.jpg|a dog\n2.jpg|a cat\n")
    return lambda: precomputed(convert(path, place / "c.txt", place / "out", 2, rng.choice(("float32", "float16")), progress=False,
                                       leave_out=rng.random() < 0.5), "all")


def notes(place, rng):
    """The notes of a conversion that was interrupted."""
    (place / "a.tsv").write_text(table("12"))
    (place / "b.tsv").write_text(table("3"))
    (place / "c.txt").write_text("1.jpg|photo 1\n2.jpg|photo 2\n3.jpg|photo 3\n")
    try:
        convert(place / "a.tsv", place / "c.txt", place / "out", 2, progress=False)
    except Problem:
        pass
    state = place / "out" / ".conversion.json"
    state.write_bytes(changed(rng, state.read_bytes(), True))

    def read():
        corpus = precomputed(convert([place / "a.tsv", place / "b.tsv"], place / "c.txt", place / "out", 2, progress=False), "all")
        assert corpus.regions[:, 0, 0].tolist() == [1, 2, 3], "rows of other photos"
    return read


def journal(place, rng):
    """The journal of an extraction that was interrupted."""
    (place / "ph").mkdir()
    for n in range(1, 5):
        Image.new("RGB", (8, 8), (50 * n,) * 3).save(place / "ph" / f"{n}.png")
    (place / "c.txt").write_text("".join(f"{n}.png|photo {n}\n" for n in range(1, 5)))

    class Stops(Toy):
        left = 3

        def __call__(self, photo):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().__call__(photo)
    import vsrlab.data.extraction as module
    module.EVERY = 1
    try:
        extract(place / "ph", place / "c.txt", place / "out", Stops(), workers=1, progress=False)
    except KeyboardInterrupt:
        pass
    path = place / "out" / ".train_journal.jsonl"
    data = path.read_bytes()
    if rng.random() < 0.5:
        rows = data.splitlines(True)
        at = rng.randrange(len(rows))
        rows[at] = json.dumps(json_changed(rng, json.loads(rows[at]))).encode() + b"\n"
        data = b"".join(rows)
    path.write_bytes(bytes_changed(rng, data) if rng.random() < 0.7 else data)

    def read():
        extract(place / "ph", place / "c.txt", place / "out", Toy(), workers=1, progress=False)
        corpus = precomputed(place / "out", "train")
        assert [(i, t, round(float(x) * 255 / 50)) for i, t, x in zip(corpus.ids, corpus.texts, corpus.regions[:, 0, 0])] == [
            (f"{n}.png", f"photo {n}", n) for n in range(1, 5)], "photos are mixed"
        assert [list(row) for row in corpus.labels] == [["l", "r"]] * 4, "labels of others"
    return read


class Canary:
    """Writes a file when code that a pickle names is run."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def payload(place, rng):
    """A pickle that would run code, in place of any file that is read."""
    data = pickle.dumps(rng.choice((Canary(place / "ran"), {"word2idx": Canary(place / "ran")}, [Canary(place / "ran")])),
                        rng.choice((0, 2, 4)))
    if rng.random() < 0.3:
        data = bytes_changed(rng, data)
    features(place / "f")
    target = rng.choice([*(p for p in (place / "f").glob("*")if p.is_file()), place / "v.pkl", place / "c.csv", place / "a.tsv"])
    target.write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(127) + b"\n" + data
                       if target.suffix == ".npy" and rng.random() < 0.7 else data)
    read = {".pkl": lambda: Vocabulary.load(target), ".csv": lambda: read_captions(target), ".tsv": lambda: convert(
        target, place / "f" / "train_ids.txt", place / "out", progress=False)}.get(target.suffix, lambda: precomputed(place / "f",
                                                                                                                      "train"))

    def safe():
        try:
            read()
        finally:
            assert not (place / "ran").exists(), "code of a file was run"
    return safe


READERS = {f.__name__: f for f in (captions, lines, listed, vocabulary, folder, doctor, photo, tsv, notes, journal, payload)}
SHARE = {"captions": 5, "listed": 2, "vocabulary": 3, "folder": 4, "tsv": 2}      # how often each is tried; others once


def one(reader: str, seed: int) -> tuple:
    """("accepted", "Problem" or what went wrong, seconds) of one input."""
    rng, place = random.Random(f"{reader} {seed}"), Path(tempfile.mkdtemp(prefix="fuzz"))
    try:
        read = READERS[reader](place, rng)
        began = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read()
            said = "accepted"
        except Problem as problem:
            said = "Problem" if len(str(problem)) <= TALK and "\n" not in str(problem) else f"{len(str(problem))} letters"
        except Exception as error:                         # what is looked for
            at = [x for x in traceback.extract_tb(error.__traceback__) if "vsrlab" in x.filename]
            where = f" at {Path(at[-1].filename).name}:{at[-1].lineno}" if at else ""
            said = f"{type(error).__name__}{where}: {str(error)[:80]}"
        took = time.perf_counter() - began
        return said if took < LONG else f"{took:.0f} seconds", took
    finally:
        shutil.rmtree(place, ignore_errors=True)


def plan(count: int) -> list:
    """(reader, seed), ...: so many inputs, shared out among the readers."""
    round_ = [name for name in READERS for _ in range(SHARE.get(name, 1))]
    return [(round_[n % len(round_)], n) for n in range(count)]


def main(count: int, seed: int) -> int:
    """Try so many inputs and print a table -> 1 when one went wrong."""
    table, wrong = {name: Counter() for name in READERS}, []
    for reader, n in plan(count):
        said, _ = one(reader, seed + n)
        table[reader]["wrong" if said not in ("accepted", "Problem") else said] += 1
        if said not in ("accepted", "Problem"):
            wrong.append((reader, seed + n, said))
    print(f"{'reader':12s}{'accepted':>10s}{'Problem':>10s}{'wrong':>8s}")
    for name, counts in [*table.items(), ("all", sum(table.values(), Counter()))]:
        print(f"{name:12s}{counts['accepted']:10,}{counts['Problem']:10,}{counts['wrong']:8,}")
    for reader, n, said in wrong[:40]:
        print(f"  {reader} {n}: {said}")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(main(given.count, given.seed))
