"""The layouts of public data sets, made anew with our own words: each is read as it stands, and each has its line in the README."""
import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_photos import Colours
from test_tsv import line, lxmert

from vsrlab.data.captions import read_captions
from vsrlab.data.photos import extract
from vsrlab.data.precomputed import precomputed
from vsrlab.data.tsv import convert

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PHOTOS = [f"10{n:02d}_{n * 7}a.jpg" for n in range(6)]
SPLITS = ["train", "train", "train", "train", "val", "test"]
SAYS = {photo: [f"A dog number {n}, \"{word}\" he said." for word in ("red", "blue", "green", "black", "white")] for n, photo in
        enumerate(PHOTOS)}
rows = [(photo, n, text) for photo in PHOTOS for n, text in enumerate(SAYS[photo])]


def table(head, body, mark=",") -> str:
    """A table as Python's csv writes it."""
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows([head, *body])
    return out.getvalue()


def karpathy(**more):
    """The JSON of Karpathy's three files; `more` is what one of them has beside."""
    images = [{"sentids": [5 * n + k for k in range(5)], "imgid": n, "split": split, "filename": photo, **more,
               "sentences": [{"tokens": text.lower().split(), "raw": text, "imgid": n, "sentid": 5 * n + k} for k, text in
                             enumerate(SAYS[photo])]} for n, (photo, split) in enumerate(zip(PHOTOS, SPLITS))]
    return json.dumps({"images": images, "dataset": "ours"})


CAPTIONS = {       # the README's line -> the file: a table or JSON, photos and five captions each
    "Flickr8k's table of captions (Kaggle)": ("captions.txt", table(("image", "caption"), [(p, t) for p, _, t in rows])),
    "Flickr30k's `results.csv` (Kaggle)": ("results.csv", "image_name| comment_number| comment\n" + "".join(
        f"{p}| {n}| {t}\n" if (p, n) != (PHOTOS[2], 4) else f"{p}| 4   {t}\n" for p, n, t in rows)),
    "`flickr_annotations_30k.csv` (Hugging Face)": ("flickr_annotations_30k.csv", table(
        ("raw", "sentids", "split", "filename", "img_id"), [(json.dumps(SAYS[p]), "[0, 1, 2, 3, 4]", s, p, n) for n, (p, s) in
                                                            enumerate(zip(PHOTOS, SPLITS))])),
    "Karpathy's `dataset_flickr8k.json`": ("dataset_flickr8k.json", karpathy()),
    "Karpathy's `dataset_flickr30k.json`": ("dataset_flickr30k.json", karpathy(filepath=None, cocoid=None)),
    "Karpathy's `dataset_coco.json`": ("dataset_coco.json", karpathy(filepath="val2014", cocoid=42).replace('"test"', '"restval"')),
    "COCO's `captions_val2014.json`": ("captions_val2014.json", json.dumps({
        "info": {"year": 2014}, "licenses": [{"id": 1}],
        "images": [{"id": 100 + n, "file_name": p, "height": 9, "width": 9, "coco_url": "http://x/" + p} for n,
                   p in enumerate(PHOTOS)],
        "annotations": [{"image_id": 100 + PHOTOS.index(p), "id": n, "caption": t} for n, (p, _, t) in enumerate(rows)]})),
    "neuraltalk2's `coco_raw.json`": ("coco_raw.json", json.dumps([
        {"file_path": f"val2014/{p}", "id": n, "captions": SAYS[p]} for n, p in enumerate(PHOTOS)])),
    "Flickr token files": ("Flickr8k.token.txt", "".join(f"{p}#{n}\t{t}\n" for p, n, t in rows)),
    "Flickr8k-CN's token files": ("flickr8kzhm.captions.txt", "".join(f"{p}#zhm#{n} {t}\n" for p, n, t in rows)),
    "open_clip's tab tables": ("train.tsv", table(("title", "filepath"), [(t, "images/" + p) for p, _, t in rows], "\t")),
    "img2dataset's tables": ("00000.csv", table(("url", "caption", "key", "status", "width"), [
        (f"https://host.org/x/{p}?w=640", t, f"{n:09d}", "success", 640) for n, (p, _, t) in enumerate(rows)])),
    "JSON lines": ("captions.jsonl", "".join(json.dumps({"image": p, "caption": SAYS[p]}) + "\n" for p in PHOTOS)),
    "LLaVA's conversations": ("llava.json", json.dumps([{"id": n, "image": p, "conversations": [
        {"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": t}]} for n, (p, _, t) in enumerate(rows)])),
    "names with their captions": ("captions.json", json.dumps(SAYS)),
}


@pytest.fixture
def photos(tmp_path):
    """The folder of the photos."""
    (tmp_path / "photos").mkdir()
    for n, photo in enumerate(PHOTOS):
        Image.new("RGB", (20, 10), (40 * n + 9, 100, 200)).save(tmp_path / "photos" / photo)
    return tmp_path / "photos"


@pytest.mark.parametrize("name", CAPTIONS)
def test_captions_of_every_layout_find_their_photos(tmp_path, photos, name):
    file, content = CAPTIONS[name]
    (tmp_path / file).write_text(content, encoding="utf-8")
    assert read_captions(tmp_path / file).understood.endswith("5 captions a photo")
    made = extract(photos, tmp_path / file, tmp_path / "out", Colours(), progress=False)
    found = {}
    for split in made.splits:
        corpus = precomputed(tmp_path / "out", split)
        found |= {photo: [corpus.texts[t] for t in corpus.texts_of(row)] for row, photo in enumerate(corpus.ids)}
        own = [SPLITS[PHOTOS.index(photo)] for photo in corpus.ids]
        assert len(made.splits) == 1 or {"train" if "coco.json" in file and s == "test" else s for s in own} == {split}
        assert all(np.allclose(corpus.regions[row][0], [(40 * PHOTOS.index(photo) + 9) / 255, 100 / 255, 200 / 255], atol=0.02)
                   for row, photo in enumerate(corpus.ids))
    assert found == SAYS and not made.skipped


def precomp(place, **more):
    """A folder as SCAN and VSRN read it; `more` arrays by the ends of their names."""
    for name, values in more.items():
        np.save(place / f"train_{name}.npy", values)
    (place / "train_caps.txt").write_text("".join(f"{t}\n" for _, _, t in rows))


def folder_of_scan(place):
    """{split}_ims.npy with an image a caption, {split}_caps.txt."""
    x = np.random.default_rng(0).random((6, 36, 8), np.float32)
    precomp(place, ims=np.repeat(x, 5, 0))
    return x, precomputed(place, "train")


def folder_of_vsepp(place):
    """One vector an image, {split}_ids.txt with a line a caption."""
    x = np.random.default_rng(0).random((6, 8), np.float32)
    precomp(place, ims=np.repeat(x, 5, 0))
    (place / "train_ids.txt").write_text("".join(f"{n}\n" for n in range(30)))
    return x[:, None], precomputed(place, "train")


def folder_of_vsrn(place):
    """An image a row, boxes in pixels beside their photos' sizes."""
    x = np.random.default_rng(0).random((6, 36, 8), np.float32)
    precomp(place, ims=x, boxes=np.tile([10, 20, 60, 80], (6, 36, 1)), sizes=np.tile([100, 200], (6, 1)))
    corpus = precomputed(place, "train")
    assert np.allclose(corpus.boxes, [0.1, 0.1, 0.6, 0.4])
    return x, corpus


def regions_of(place, record, counts, most):
    """A TSV of region features and a captions file -> what the folder has to hold, and the corpus."""
    x = np.zeros((6, most, 8), np.float32)
    boxes = [[10, 5, 50, 25]] * most
    for n, count in enumerate(counts):
        x[n, :count] = np.random.default_rng(n).random((count, 8))
    records = [record(photo[:-4], boxes[:count], x[n, :count]) for n, (photo, count) in enumerate(zip(PHOTOS, counts))]
    (place / "r.tsv").write_text("".join(records))
    (place / "c.csv").write_text(table(("image", "caption"), [(p, t) for p, _, t in rows]))
    corpus = precomputed(convert(place / "r.tsv", place / "c.csv", place / "out", most, progress=False), "all")
    assert corpus.sizes.tolist() == [[100, 50]] * 6 and corpus.ids == PHOTOS
    assert np.allclose(corpus.boxes[0, 0], [0.1, 0.1, 0.5, 0.5])
    return x, corpus


FEATURES = {
    "SCAN's and VSRN's folders, an image a caption": folder_of_scan, "SCAN's and VSRN's folders, an image a row": folder_of_vsrn,
    "VSE++'s folders, one vector an image": folder_of_vsepp,
    "bottom-up attention TSV, 36 boxes": lambda place: regions_of(place, line, [36] * 6, 36),
    "bottom-up attention TSV, 10 to 100 boxes": lambda place: regions_of(place, line, [10, 100, 37, 64, 11, 99], 100),
    "LXMERT's TSV": lambda place: regions_of(place, lxmert, [36] * 6, 36)}


@pytest.mark.parametrize("name", FEATURES)
def test_features_of_every_layout_become_a_corpus(tmp_path, name):
    x, corpus = FEATURES[name](tmp_path)
    assert np.array_equal(corpus.regions[:], x) and corpus.texts == [t for _, _, t in rows]
    assert corpus.image_of_text.tolist() == list(np.repeat(range(6), 5))


def test_the_readme_lists_what_is_read_and_nothing_else():
    told = re.search(r"\| what is read \|.*?\n\n", README, re.DOTALL)[0]
    assert re.findall(r"^\| ([^|]+?) \|", told, re.MULTILINE)[1:] == [*CAPTIONS, *FEATURES]
