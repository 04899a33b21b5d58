"""Scores and vectors from elsewhere: every layout that is read."""
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from foreign import IDS, IMAGES, OWNER, RNG, SCORES, TEXTS, WORDS, I, T, write
from PIL import Image

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.measure.ranks import ranks
from vsrlab.retrieval.answers import retrieve
from vsrlab.retrieval.lazy import Product
from vsrlab.retrieval.likeness import Likeness
from vsrlab.retrieval.scored import Scored
from vsrlab.retrieval.sources import from_embeddings, from_scores


def same(found, scores=SCORES, owner=OWNER):
    assert isinstance(found, Scored) and np.array_equal(np.asarray(found.scores[0:len(scores)], np.float32), scores)
    assert found.image_of_text.tolist() == list(owner) and found.texts == TEXTS[:scores.shape[1]]
    return found


# scores: where they come from

@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("file", ["clip.npy", "clip.npz", "clip.pt", "clip.pth", "clip.csv", "clip.tsv"])
def test_scores_are_read_from_every_kind_of_file(place, file):
    found = same(from_scores(write(file), TEXTS))
    assert found.name == "clip" and isinstance(found.scores, np.memmap) == file.endswith(".npy")
    same(from_scores(place / file, TEXTS, OWNER))


@pytest.mark.parametrize("given", [SCORES, torch.from_numpy(SCORES), torch.from_numpy(SCORES).requires_grad_(), SCORES.tolist(),
                                   torch.from_numpy(SCORES).bfloat16().float()])
def test_scores_are_taken_from_memory(given):
    found = from_scores(given, TEXTS, name="clip")
    assert found.name == "clip" and np.allclose(found.scores, SCORES, atol=0.02) and from_scores(given, TEXTS).name == "scores"


def test_half_precision_and_whole_numbers_are_scores_too():
    same(from_scores(SCORES.astype(np.float16), TEXTS), SCORES.astype(np.float16).astype(np.float32))
    whole = np.rint(4 * SCORES).astype(np.int32)
    assert np.array_equal(from_scores(whole, TEXTS).ranks.of_texts, ranks(whole, OWNER).of_texts)
    assert from_scores(torch.from_numpy(SCORES).bfloat16(), TEXTS).scores.dtype == np.float32


def test_one_of_several_arrays_is_named(place):
    np.savez("two.npz", a=SCORES, b=-SCORES)
    torch.save({"a": torch.from_numpy(SCORES), "b": torch.zeros(2), "epoch": 3}, "two.pt")
    for file in ("two.npz", "two.pt"):
        same(from_scores(file, TEXTS, key="a"))
        with pytest.raises(Problem, match=r"holds 2 arrays \(a, b\); name one: key='a'"):
            from_scores(file, TEXTS)
        with pytest.raises(Problem, match=r"has no array 'c'; there are: a, b"):
            from_scores(file, TEXTS, key="c")


def test_distances_count_the_other_way_round():
    found = from_scores(-SCORES, TEXTS, larger_is_better=False)
    assert np.array_equal(found.ranks.of_images, from_scores(SCORES, TEXTS).ranks.of_images) and "distances" in found.note
    assert np.array_equal(found.scores[:, 3], SCORES[:, 3]) and np.array_equal(found.scores[2:4], SCORES[2:4])


# which side is which

def test_texts_by_images_are_turned_round_and_it_is_said(place):
    found = same(from_scores(SCORES.T.copy(), TEXTS))
    assert found.note == "transposed: rows were texts"
    same(from_scores(SCORES.T, TEXTS, OWNER))
    same(from_scores(SCORES.T, TEXTS, image_ids=IDS))
    same(from_scores(write("t.npy", SCORES.T.copy()), TEXTS, OWNER, orientation="ti"))
    same(from_scores(SCORES, TEXTS, OWNER, orientation="it"))


def test_as_many_images_as_texts_need_a_word_unless_the_owners_are_in_order():
    square, texts = SCORES[:, :I], TEXTS[:I]
    assert np.array_equal(from_scores(square, texts, np.arange(I)).scores, square)
    owner = np.roll(np.arange(I), 1)
    for given in ({}, {"image_ids": IDS}):
        with pytest.raises(Problem, match="sizes do not tell which side is which; pass orientation='it' when rows are images"):
            from_scores(square, texts, owner, **given)
    same(from_scores(square, texts, owner, orientation="it"), square, owner)
    same(from_scores(square, texts, owner, orientation="ti"), square.T, owner)
    with pytest.raises(Problem, match=r"which side is which.*and say which image each text describes: image_of_text="):
        from_scores(square, texts)


@pytest.mark.parametrize("given, said", [
    (dict(scores=SCORES.T, orientation="it"), r"scores of \(40, 8\) look transposed for orientation='it': pass orientation='ti'"),
    (dict(scores=SCORES, orientation="ti"), r"scores of \(8, 40\) look transposed for orientation='ti': pass orientation='it'"),
    (dict(scores=SCORES, orientation="rows"), "no orientation 'rows'.*There are: auto, it, ti"),
    (dict(scores=SCORES[:, :39], image_of_text=OWNER), r"scores are \(8, 39\), but there are at least 8 images and 40 texts"),
    (dict(scores=SCORES[:6], image_of_text=OWNER), r"scores are \(6, 40\), but there are at least 8 images"),
    (dict(scores=SCORES[:6], image_ids=IDS), r"scores are \(6, 40\), but there are 8 images and 40 texts; expected \(I, T\)"),
    (dict(scores=SCORES[:6]), r"there are an unknown number of images and 40 texts; expected \(I, T\): say which image each text"),
    (dict(scores=np.repeat(SCORES, 4, 0), image_ids=IDS), r"scores are \(32, 40\), but there are 8 images")])
def test_sizes_that_do_not_fit_are_said(given, said):
    with pytest.raises(Problem, match=said):
        from_scores(**{"texts": TEXTS, **given})


# five rows an image

FIVE = np.repeat(SCORES, 5, 0)


@pytest.mark.parametrize("given", [{}, {"image_of_text": OWNER}, {"image_of_text": np.arange(T)}, {"image_ids": IDS},
                                   {"image_of_text": OWNER, "image_ids": IDS}, {"orientation": "it"}])
def test_an_image_that_stands_five_times_is_taken_once(given):
    found = same(from_scores(FIVE, TEXTS, **given))
    assert "each image stood 5 times and is taken once" in found.note
    if given.get("orientation") is None:
        same(from_scores(FIVE.T, TEXTS, **given))                                             # and (T, 5 I)
    noise = FIVE * (1 + 1e-6 * RNG.standard_normal(FIVE.shape).astype(np.float32))          # rounding of another batch
    assert np.allclose(from_scores(noise, TEXTS, **given).scores, SCORES, atol=1e-4)


def test_five_rows_that_differ_are_not_one_image():
    odd = FIVE.copy()
    odd[-1] += 1
    with pytest.raises(Problem, match="there are 40 rows of scores for 8 images, and those of one image differ"):
        from_scores(odd, TEXTS, OWNER, image_ids=IDS, orientation="it")
    alike = np.zeros((10, 50), np.float32)                                                   # equal rows everywhere say nothing
    assert len(from_scores(alike, [f"text {t}" for t in range(50)])) == 10


def test_copies_of_image_vectors_are_taken_once():
    found = from_embeddings(np.repeat(IMAGES, 5, 0), WORDS, TEXTS)
    assert found.scores.shape == (I, T) and "each image stood 5 times" in found.note
    assert found.image_of_text.tolist() == OWNER.tolist()


# whose texts they are

def table(mark=",", head="image,caption", rows=None):
    rows = [(IDS[o], text) for o, text in zip(OWNER, TEXTS)] if rows is None else rows
    return "\n".join([head.replace(",", mark), *(mark.join(row) for row in rows)]) + "\n"


def karpathy(split="test", also=0):
    said = lambda i: [{"raw": text} for text in TEXTS[5 * i:5 * i + 5]]
    image = lambda i, name: {"filename": IDS[i], "split": name, "cocoid": 1000 + i, "sentences": said(i)}
    return {"images": [*(image(i, split) for i in range(I)), *(image(i, "train") | {"filename": f"x{i}.jpg"} for i in range(also))]}


def shard(path, photos=True, kind="txt"):
    with tarfile.open(path, "w") as tar:
        def add(name, content):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for i in range(I):
            if photos:
                picture = io.BytesIO()
                Image.new("RGB", (40, 30), (30 * i, 0, 0)).save(picture, "PNG")
                add(f"set/{i:04d}.png", picture.getvalue())
            told = TEXTS[5 * i] if kind == "txt" else json.dumps({"captions": TEXTS[5 * i:5 * i + 5]})
            add(f"set/{i:04d}.{kind}", told.encode())
    return path


@pytest.mark.parametrize("file, content", [
    ("t.csv", table()), ("t.tsv", table("\t")), ("t.txt", table("|", "file,caption")), ("quoted.csv", table(rows=[
        (IDS[o], f'"{text}"') for o, text in zip(OWNER, TEXTS)])),
    ("ids.csv", table(head="caption_id,image,caption", rows=[(f"c{t}", IDS[OWNER[t]], TEXTS[t]) for t in range(T)])),
    ("key.tsv", table("\t", "image_id,caption")),
    ("tokens.token", "".join(f"{IDS[o]}#{n % 5}\t{text}\n" for n, (o, text) in enumerate(zip(OWNER, TEXTS)))),
    ("t.jsonl", "".join(json.dumps({"image": IDS[o], "caption": text}) + "\n" for o, text in zip(OWNER, TEXTS))),
    ("dataset.json", json.dumps(karpathy())), ("test_caps.txt", "\n".join(TEXTS) + "\n"), ("lines.txt", "\n".join(TEXTS))])
def test_owners_come_from_every_kind_of_captions_file(place, file, content):
    Path(file).write_text(content)
    found = same(from_scores(SCORES, file))
    names = [str(i) for i in range(I)] if "caps" in file or "lines" in file else IDS
    assert found.ids == names and found.text_ids[7] == ("c7" if file == "ids.csv" else f"{names[1]}#2")
    same(from_scores(SCORES, Path(file), image_ids=IDS))


def test_rows_of_scores_follow_the_ids_that_are_given(place):
    Path("t.csv").write_text(table())
    order = np.random.default_rng(5).permutation(I)
    for names in ([IDS[i] for i in order], [IDS[i].removesuffix(".jpg") for i in order]):
        found = from_scores(SCORES[order], "t.csv", image_ids=names)
        assert found.ids == names and found.image_of_text.tolist() == [int(np.flatnonzero(order == o)[0]) for o in OWNER]
    found = from_scores(SCORES[order], TEXTS, [IDS[o] for o in OWNER], image_ids=[IDS[i] for i in order])
    assert np.array_equal(found.ranks.of_texts, from_scores(SCORES, TEXTS).ranks.of_texts)
    Path("dataset.json").write_text(json.dumps(karpathy()))
    found = from_scores(SCORES[order], "dataset.json", image_ids=[1000 + int(i) for i in order])      # COCO's numbers
    assert found.image_of_text.tolist() == [int(np.flatnonzero(order == o)[0]) for o in OWNER]
    with pytest.raises(Problem, match=r"8 of the images .* are not among the image ids: photo0.jpg, photo1.jpg, photo2.jpg, ...; "
                                      r"ids are a0, a1, a2"):
        from_scores(SCORES, "t.csv", image_ids=[f"a{i}" for i in range(I)])


def test_a_file_with_splits_gives_the_one_that_was_scored(place):
    Path("dataset.json").write_text(json.dumps(karpathy(also=3)))
    found = same(from_scores(SCORES, "dataset.json", split="test"))
    assert found.split == "test"
    with pytest.raises(Problem, match="has the splits test, train; say which one was scored: split='test'"):
        from_scores(SCORES, "dataset.json")
    head = "image,caption,split"
    rows = [*((IDS[o], text, "test") for o, text in zip(OWNER, TEXTS)), ("x.jpg", "more", "train")]
    Path("t.csv").write_text(table(head=head, rows=rows))
    same(from_scores(SCORES, "t.csv", split="test"))
    with pytest.raises(Problem, match="has no row of the split 'val'"):
        from_scores(SCORES, "t.csv", split="val")


def test_a_table_in_memory_will_do(place, monkeypatch):
    import pandas
    frame = pandas.DataFrame({"image": [IDS[o] for o in OWNER], "caption": TEXTS, "caption_id": [f"c{t}" for t in range(T)]})
    assert same(from_scores(SCORES, frame)).text_ids[3] == "c3"
    Path("t.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr(pandas, "read_parquet", lambda path: frame)
    same(from_scores(SCORES, "t.parquet"))

    def without(path):
        raise ImportError("no pyarrow")
    monkeypatch.setattr(pandas, "read_parquet", without)
    with pytest.raises(Problem, match="needs pyarrow to be read: pip install pyarrow, or write the table as CSV"):
        from_scores(SCORES, "t.parquet")


def test_a_shard_gives_texts_owners_and_photos_and_nothing_is_extracted(place):
    found = from_scores(SCORES, shard("s.tar", kind="json"))
    assert same(found).ids[1] == "set/0001" and found.photo(2).getpixel((0, 0)) == (60, 0, 0)
    one = from_scores(SCORES[:, ::5], shard("one.tar"), orientation="it")
    assert one.texts == TEXTS[::5] and one.image_of_text.tolist() == list(range(I)) and sorted(map(str, Path().iterdir())) == [
        "one.tar", "s.tar"]
    assert from_scores(SCORES, shard("bare.tar", photos=False, kind="json")).photo is None


# photos

def test_photos_come_from_a_folder_a_list_or_a_function(place):
    Path("photos").mkdir()
    for i in range(I - 2):
        Image.new("RGB", (40, 30), (20 * i, 0, 0)).save(f"photos/{IDS[i]}")
    found = from_scores(SCORES, TEXTS, image_ids=IDS, photos="photos")
    assert "2 of 8 photos are missing" in found.note and found.photo(0).size == (40, 30)
    view = vl.gallery(found, text=38, k=8)
    assert view.html().count("<img ") == 6 and view.html().count('role="img"') == 2
    found = from_scores(SCORES, TEXTS, image_ids=IDS, photos=[f"photos/{name}" for name in IDS])
    assert found.photo(1).size == (40, 30) and "2 of 8 photos are missing" in found.note
    assert from_scores(SCORES, TEXTS, photos=lambda row: Image.new("RGB", (row + 1, 1))).photo(4).size == (5, 1)
    for photos, said in (("nowhere", "there is no folder nowhere"), (["a.jpg"], "there are 1 photos for 8 images")):
        with pytest.raises(Problem, match=said):
            from_scores(SCORES, TEXTS, photos=photos)
    with pytest.raises(Problem, match=r"photos has none of the 8 photos: ids are 0, 1, 2, ..., it holds photo0.jpg"):
        from_scores(SCORES, TEXTS, photos="photos")


# vectors

@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_vectors_score_by_their_cosine_or_their_product(kind):
    images, words = IMAGES.astype(kind), WORDS.astype(kind)
    unit = lambda x: x.astype(float) / np.linalg.norm(x.astype(float), axis=1, keepdims=True)
    found = from_embeddings(images, words, TEXTS, OWNER, image_ids=IDS, name="clip")
    assert np.allclose(found.scores, unit(images) @ unit(words).T, atol=1e-6)
    assert found.ids == IDS and found.note == "cosine of vectors"
    product = from_embeddings(images, words, TEXTS, OWNER, similarity="dot")
    assert np.allclose(product.scores, images.astype(float) @ words.astype(float).T, rtol=1e-5)
    assert isinstance(product.scores, Product) and product.scores.dtype == np.float32


def test_vectors_are_read_from_files(place):
    np.savez("both.npz", photos=IMAGES, words=WORDS)
    one = from_embeddings(write("clip.npy", IMAGES), write("w.pt", WORDS), TEXTS)
    two = from_embeddings("both.npz", "both.npz", TEXTS, image_key="photos", text_key="words")
    assert one.name == "clip" and np.array_equal(one.scores[:], two.scores[:])
    Path("t.csv").write_text(table())
    assert from_embeddings("clip.npy", "w.pt", "t.csv").ids == IDS


def test_equal_vectors_score_alike_wherever_they_stand_and_every_door_agrees():
    rng = np.random.default_rng(1)
    images, words = rng.standard_normal((600, 33)).astype(np.float32), rng.standard_normal((700, 33)).astype(np.float32)
    images[[5, 300, 599]] = images[0]                              # the first block, the second, the last and odd row
    words[[9, 699]] = words[0]
    owner = rng.integers(0, 600, 700)
    found = from_embeddings(images, words, [f"text {t}" for t in range(700)], owner)
    whole = found.scores[:]
    assert (whole[[5, 300, 599]] == whole[0]).all() and (whole[:, [9, 699]] == whole[:, :1]).all()
    assert all(np.array_equal(found.scores[:, t], whole[:, t]) for t in range(0, 700, 33))
    assert all(np.array_equal(found.scores[i], whole[i]) for i in range(0, 600, 33))
    assert np.array_equal(found.ranks.of_texts, ranks(whole, owner).of_texts)
    assert np.array_equal(vl.evaluate(found).ranks.of_images, ranks(whole, owner).of_images)
    for text in (0, 9, 350):
        assert retrieve(found, text=text).truths[0].rank == found.ranks.of_texts[text]
    assert "centred vectors" in Likeness(found).rule()
    assert np.flatnonzero(Likeness(found).alike("image", 0, np.arange(600))).tolist() == [0, 5, 300, 599]


def test_no_more_than_a_block_of_products_is_ever_made(monkeypatch):
    made = []
    true = Product._product
    monkeypatch.setattr(Product, "_product", staticmethod(lambda few, many: made.append(len(few)) or true(few, many)))
    found = from_embeddings(RNG.standard_normal((700, 8)), RNG.standard_normal((3500, 8)), [f"text {t}" for t in range(3500)])
    vl.evaluate(found)
    assert max(made) == 255 and len(made) == 5                    # one pass of three blocks, and two for the fingerprint
    vl.gallery(found, text=4).text()
    assert max(made) == 255


def test_what_was_read_goes_through_every_door(place):
    one = from_scores(write("clip.npy"), TEXTS, dataset="flickr")
    two = from_scores(SCORES + 0.5 * SCORES[::-1], TEXTS, name="other")
    assert vl.evaluate(one)["rsum"] > 0 and "clip" in repr(vl.compare(one, two)) and "other" in repr(vl.compare(one, two))
    assert vl.poster(one, two, [("text", 3)]).html() and vl.gallery(one, image=IDS.index("photo3.jpg")).html()
    assert "clip + other" == vl.ensemble([one, two]).name and vl.show(one)
    assert vl.from_embeddings(IMAGES, WORDS, TEXTS).ranks.of_texts.shape == (T,)
