"""Folders of features become corpora, captions files become photos, corpora become batches."""
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from vsrlab.data.batches import batches, order, read, read_images, read_texts, same_features
from vsrlab.data.corpus import Corpus
from vsrlab.data.pictures import open_photo
from vsrlab.data.precomputed import grid_boxes, precomputed, splits
from vsrlab.data.store import RowsFile, Stored
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Missing, Problem


def features(images=6, regions=3, size=4, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal((images, regions, size)).astype(dtype)


def write(folder, split="train", images=6, each=2, captions=None, **arrays):
    """A small precomputed folder; arrays by suffix replace or join the usual ones."""
    folder.mkdir(exist_ok=True)
    for name, values in {"ims": features(images), **arrays}.items():
        np.save(folder / f"{split}_{name}.npy", values)
    lines = captions or [f"caption {c} of image {i}" for i in range(images) for c in range(each)]
    (folder / f"{split}_caps.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


# ---- arrays on disk

@pytest.mark.parametrize("index", [3, -1, slice(1, 5), slice(None, None, -2), [4, 0, 4, 2], np.array([[1, 2], [5, 1]]), [],
                                   np.arange(6) % 2 == 0, (2, 1), (slice(2, 4), slice(None), 0), ([3, 1], 2)],
                         ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_stored_array_answers_as_numpy_does(tmp_path, index, dtype):
    array = features(dtype=dtype)
    np.save(tmp_path / "x.npy", array)
    stored = Stored(tmp_path / "x.npy")
    expected = array[index] if not (isinstance(index, list) and not index) else array[:0]
    assert stored[index].dtype == array.dtype and np.array_equal(stored[index], expected)
    assert np.array_equal(np.asarray(stored), array) and stored.nbytes == array.nbytes


def test_every_fifth_row_is_read_in_place_and_indices_out_of_range_are_refused(tmp_path):
    array = np.repeat(features(4), 5, axis=0)
    np.save(tmp_path / "x.npy", array)
    stored = Stored(tmp_path / "x.npy", step=5)
    assert stored.shape == (4, 3, 4) and np.array_equal(stored[[3, 1]], array[[15, 5]])
    assert Stored(tmp_path / "x.npy", step=5, rows=2).shape == (2, 3, 4)
    with pytest.raises(IndexError):
        stored[4]


def test_threads_and_other_processes_read_the_same_file_without_sharing_anything(tmp_path):
    array = features(64)
    np.save(tmp_path / "x.npy", array)
    stored = pickle.loads(pickle.dumps(Stored(tmp_path / "x.npy")))
    with ThreadPoolExecutor(8) as pool:
        rows = [np.random.default_rng(n).integers(0, 64, 20) for n in range(100)]
        assert all(np.array_equal(found, array[asked]) for found, asked in zip(pool.map(stored.__getitem__, rows), rows))


def test_a_file_that_is_cut_short_says_how_many_bytes_are_missing(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, features())
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(Problem, match="cut short: its header promises 416 bytes .* the file has 408; copy or download"):
        Stored(path)
    for content, words in ((b"hello", "not a .npy file"), (b"", "not a .npy file")):
        path.write_bytes(content)
        with pytest.raises(Problem, match=words):
            Stored(path)
    np.save(path, np.asfortranarray(features()))
    with pytest.raises(Problem, match="column-ordered"):
        Stored(path)
    np.save(path, np.array([{}]), allow_pickle=True)
    with pytest.raises(Problem, match="object"):
        Stored(path)


def test_a_file_written_by_rows_is_what_numpy_would_have_saved_and_survives_an_interruption(tmp_path):
    array, path = features(), tmp_path / "x.npy"
    rows = RowsFile(path, (3, 4), "float32")
    for row in (5, 0, 1):
        rows.put(row, array[row])
    rows.close()
    assert not path.exists()
    rows = RowsFile(path, (3, 4), "float32")
    for row in (2, 3, 4):
        rows.put(row, array[row])
    rows.finish(6)
    np.save(tmp_path / "y.npy", array)
    assert path.read_bytes() == (tmp_path / "y.npy").read_bytes()


# ---- precomputed folders

@pytest.mark.parametrize("each", [1, 2, 5])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_constant_number_of_captions_is_shared_in_order(tmp_path, each, dtype):
    corpus = precomputed(write(tmp_path / "f30k", each=each, ims=features(dtype=dtype)), "train")
    assert corpus.regions.shape == (6, 3, 4) and corpus.regions.dtype == dtype
    assert all(f"of image {i}" in text for text, i in zip(corpus.texts, corpus.image_of_text))
    assert corpus.name == "f30k" and corpus.split == "train" and corpus.ids == list("012345") and corpus.boxes is None


def test_images_repeated_for_their_captions_are_seen_once(tmp_path):
    images = features(6)
    images[1] = images[0]                                              # a duplicate must not change what is found
    folder = write(tmp_path / "a", each=5, ims=np.repeat(images, 5, axis=0), boxes=np.full((30, 3, 4), 0.5),
                   sizes=np.full((6, 2), 9))
    (folder / "train_ids.txt").write_text("".join(f"{i}\n" for i in range(100, 106) for _ in range(5)))
    corpus = precomputed(folder, "train")
    assert len(corpus) == 6 and np.array_equal(corpus.regions[np.arange(6)], images)
    assert corpus.ids == ["100", "101", "102", "103", "104", "105"] and corpus.boxes.shape == (6, 3, 4) and len(corpus.sizes) == 6
    assert len(precomputed(folder, "train", limit=10)) == 2


def test_one_caption_each_is_not_taken_for_repeated_images(tmp_path):
    images = features(10)
    images[:5] = images[0]                                             # five duplicates in a row, then others
    assert len(precomputed(write(tmp_path / "a", images=10, each=1, ims=images), "train")) == 10


def test_owners_may_be_given_for_each_caption(tmp_path):
    folder = write(tmp_path / "a", captions=["a", "b", "c"], owner=np.array([5, 0, 0]))
    corpus = precomputed(folder, "train")
    assert corpus.image_of_text.tolist() == [5, 0, 0] and len(corpus) == 6
    np.save(folder / "train_owner.npy", np.array([6, 0, 0]))
    with pytest.raises(Problem, match="one image row per caption"):
        precomputed(folder, "train")


def test_the_development_split_is_whole_unless_the_official_cut_is_asked_for(tmp_path):
    folder = write(tmp_path / "a", "dev", images=7, each=5, ims=features(7))
    assert len(precomputed(folder, "dev").texts) == 35
    cut = precomputed(folder, "dev", limit=12)
    assert len(cut.texts) == 12 and len(cut) == 3 and cut.regions.shape == (3, 3, 4)


def test_boxes_labels_confidence_and_ids_come_along(tmp_path):
    pixels = np.tile([10, 20, 60, 80], (6, 3, 1))
    folder = write(tmp_path / "a", boxes=pixels, sizes=np.tile([100, 200], (6, 1)), confidence=np.full((6, 3), 0.5))
    (folder / "train_labels.json").write_text(json.dumps([["dog", "", "cat"]] * 6))
    (folder / "train_ids.txt").write_text("\n".join(f"{i}.jpg" for i in range(6)) + "\n")
    corpus = precomputed(folder, "train")
    assert np.allclose(corpus.boxes[2, 1], [0.1, 0.1, 0.6, 0.4])       # pixels became fractions
    assert corpus.labels[3].tolist() == ["dog", "", "cat"] and corpus.confidence[0, 0] == 0.5 and corpus.ids[4] == "4.jpg"
    some = corpus.images([4, 1])
    assert some.labels.shape == (2, 3) and np.array_equal(some.regions[np.array([0])], corpus.regions[[4]])
    (folder / "train_sizes.npy").unlink()
    with pytest.raises(Problem, match="in pixels; put the photos' widths"):
        precomputed(folder, "train")


def test_boxes_and_grid_stand_side_by_side(tmp_path):
    folder = write(tmp_path / "a", grid=features(6, 5, 4, seed=1), boxes=np.full((6, 3, 4), 0.5), confidence=np.full((6, 3), 0.5))
    ims, grid = (np.load(folder / f"train_{n}.npy") for n in ("ims", "grid"))
    both = precomputed(folder, "train", regions="both")
    assert both.regions.shape == (6, 8, 4) and both.boxes.shape == (6, 8, 4) and both.confidence.shape == (6, 8)
    assert np.array_equal(both.regions[[5, 2]], np.concatenate([ims, grid], 1)[[5, 2]])
    assert np.array_equal(both.regions[3], np.concatenate([ims[3], grid[3]]))
    assert both.boxes[0, -1].tolist() == [0, 0, 1, 1] and both.boxes[0, 4].tolist() == [0.5, 0, 1, 0.5]
    only = precomputed(folder, "train", regions="grid")
    assert only.regions.shape == (6, 5, 4) and only.labels is not None and only.boxes.shape == (6, 5, 4)
    np.save(folder / "train_grid.npy", features(6, 5, 7))
    with pytest.raises(Problem, match="same images and features"):
        precomputed(folder, "train", regions="both")


def test_grid_cells_are_in_reading_order_and_may_end_with_the_whole_photo():
    assert np.allclose(grid_boxes(6, {"rows": 2, "columns": 3})[4], [1 / 3, 0.5, 2 / 3, 1])
    assert grid_boxes(37).shape == (37, 4) and grid_boxes(36)[-1].tolist() != [0, 0, 1, 1]
    with pytest.raises(Problem, match="say in features.json how they lie"):
        grid_boxes(7)


def test_one_vector_per_image_is_given_a_region(tmp_path):
    assert precomputed(write(tmp_path / "a", ims=features()[:, 0]), "train").regions[[1, 2]].shape == (2, 1, 4)


def test_what_is_missing_or_does_not_fit_is_one_sentence(tmp_path):
    with pytest.raises(Missing, match="no folder"):
        precomputed(tmp_path / "nowhere", "train")
    with pytest.raises(Missing, match="holds no {split}_caps.txt"):
        precomputed(tmp_path, "train")
    folder = write(tmp_path / "a")
    assert splits(folder) == ["train"]
    with pytest.raises(Problem, match="no split in .* 'dev'"):
        precomputed(folder, "dev")
    with pytest.raises(Problem, match="no kind of regions 'boxs'; did you mean 'boxes'"):
        precomputed(folder, "train", regions="boxs")
    with pytest.raises(Missing, match="no train_grid.npy; use regions='boxes'"):
        precomputed(folder, "train", regions="both")
    write(folder, captions=["x"] * 13)
    with pytest.raises(Problem, match="13 lines in train_caps.txt cannot be shared evenly by 6 images"):
        precomputed(folder, "train")
    write(folder, ims=np.zeros((6, 3, 4), int))
    with pytest.raises(Problem, match="expected float16 or float32"):
        precomputed(folder, "train")
    write(folder)
    (folder / "train_ids.txt").write_text("1\n2\n")
    with pytest.raises(Problem, match="2 lines for 6 images"):
        precomputed(folder, "train")


def test_photos_are_found_by_id_and_missing_ones_are_named(tmp_path):
    folder = write(tmp_path / "a")
    (folder / "train_ids.txt").write_text("x.jpg\ny\nz.jpg\n3\n4\n5\n")
    (folder / "features.json").write_text('{"extractor": "test", "photos": "../photos"}')
    (tmp_path / "photos").mkdir()
    Image.new("L", (8, 4), 100).save(tmp_path / "photos" / "x.jpg")
    Image.new("RGB", (4, 4)).save(tmp_path / "photos" / "y.png")
    corpus = precomputed(folder, "train")
    assert corpus.photo(0).size == (8, 4) and corpus.photo(0).mode == "RGB" and corpus.photo(1).size == (4, 4)
    with pytest.raises(Missing, match="no photo .*z.jpg for image row 2; put the photos there"):
        corpus.photo(2)
    assert precomputed(write(tmp_path / "b"), "train").photo is None


def test_every_kind_of_photo_becomes_upright_rgb(tmp_path):
    ramp = (np.arange(16, dtype=np.uint16).reshape(4, 4) * 4096)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    deep = np.asarray(open_photo(tmp_path / "deep.png"))
    assert deep.shape == (4, 4, 3) and deep[0, 0, 0] == 0 and abs(int(deep[3, 3, 0]) - 239) <= 1     # scaled, not clipped
    Image.new("CMYK", (5, 3)).save(tmp_path / "print.jpg")
    Image.new("RGBA", (1, 1), (9, 9, 9, 0)).save(tmp_path / "clear.png")
    assert open_photo(tmp_path / "print.jpg").mode == "RGB"
    assert open_photo(tmp_path / "clear.png").getpixel((0, 0)) == (255, 255, 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 2)).save(tmp_path / "turned.jpg", exif=exif)
    assert open_photo(tmp_path / "turned.jpg").size == (2, 6)
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "turned.jpg").read_bytes()[:200])
    for name in ("broken.jpg", "text.jpg"):
        (tmp_path / "text.jpg").write_text("not a photo")
        with pytest.raises(Problem, match="cannot be read as a photo"):
            open_photo(tmp_path / name)


# ---- batches

@pytest.fixture
def corpus():
    return Corpus("toy", features(8), [f"word{t} of image" for t in range(16)], np.repeat(np.arange(8), 2))


def test_a_batch_holds_each_text_beside_its_image(corpus):
    vocabulary = Vocabulary.of(corpus.texts)
    batch = read(corpus, [9, 2, 3, 15], vocabulary)
    assert batch.image.tolist() == [4, 1, 1, 7] and batch.regions.dtype == torch.float32
    assert torch.equal(batch.regions, torch.tensor(corpus.regions[[4, 1, 1, 7]]))
    assert batch.words[0].tolist() == vocabulary.ids("word9 of image") and batch.word_mask.all() and batch.region_mask.all()


def test_shorter_texts_are_padded_with_zeros(corpus):
    words, mask = read_texts(["of", "image of image"], Vocabulary(["of", "image"]))
    assert words.tolist() == [[1, 4, 2, 0, 0], [1, 5, 4, 5, 2]] and mask.tolist() == [[1, 1, 1, 0, 0], [1] * 5]


def test_regions_of_zeros_are_padding_and_halves_become_single_precision():
    values = features(3, dtype="float16")
    values[1, 1:], values[2] = 0, 0
    regions, mask = read_images(Corpus("toy", values, [], np.zeros(0, int)), [2, 1, 0])
    assert regions.dtype == torch.float32 and torch.equal(regions, torch.tensor(values[[2, 1, 0]]).float())
    assert mask.tolist() == [[1, 0, 0], [1, 0, 0], [1, 1, 1]]


def test_a_region_whose_features_add_up_to_nothing_is_no_padding():
    values = np.array([[[1, -1, 0, 0], [0, 0, 0, 0], [1, 2, 3, 4]]], "float32")
    assert read_images(Corpus("toy", values, [], np.zeros(0, int)), [0])[1].tolist() == [[1, 0, 1]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_refused_by_row_and_id(corpus, bad):
    corpus.regions[5, 2, 1] = bad
    with pytest.raises(Problem, match="toy .*image row 5 \\(id 5\\) holds NaN or infinite features in region 2; .*vsrlab doctor"):
        read_images(corpus, [7, 5, 0])
    assert read_images(corpus, [7, 0])[0].isfinite().all()


def test_an_epoch_visits_every_text_once_in_an_order_that_seed_and_epoch_decide(corpus):
    vocabulary = Vocabulary.of(corpus.texts)

    def visited(seed, epoch):
        return [int(w) for b in batches(corpus, vocabulary, 5, seed, epoch) for w in b.words[:, 1]]
    first = visited(3, 0)
    assert len(first) == 15 and len(set(first)) == 15                  # the last batch, of one pair, has no wrong answer
    assert first == visited(3, 0) != visited(3, 1) and visited(4, 0) != first
    cuts = [order(16, 3, 0)[i:i + 5].tolist() for i in (0, 5, 10)]     # pairs of a batch stand in the order of their images
    assert [vocabulary.ids(corpus.texts[t])[1] for cut in cuts for t in sorted(cut, key=lambda t: t // 2)] == first


def test_processes_share_each_global_batch(corpus):
    vocabulary = Vocabulary.of(corpus.texts)
    whole = [b.words for b in batches(corpus, vocabulary, 6)]
    parts = [[b.words for b in batches(corpus, vocabulary, 6, part=(rank, 2))] for rank in range(2)]
    assert all(torch.equal(a, torch.cat(pair)) for a, *pair in zip(whole, *parts)) and len(whole) == len(parts[0]) == 3


def test_an_error_of_the_reader_is_raised_where_batches_are_used(corpus):
    corpus.regions[:] = np.nan
    with pytest.raises(Problem, match="NaN or infinite"):
        next(batches(corpus, Vocabulary.of(corpus.texts), 4))


def test_leaving_early_stops_the_reader(corpus):
    before = threading.active_count()
    epoch = batches(corpus, Vocabulary.of(corpus.texts), 2)
    assert threading.active_count() == before                          # nothing is read before the first batch is asked for
    next(epoch)
    assert threading.active_count() == before + 1
    epoch.close()
    assert threading.active_count() == before


def test_another_feature_size_than_the_runs_is_refused(corpus):
    same_features(4, corpus)
    with pytest.raises(Problem, match="toy has 4 features a region, the run was trained on 2048"):
        same_features(2048, corpus)
