"""The extractor of the hub, with tiny networks of random weights: no network, no downloads."""
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from vsrlab.data.extractors import extractor
from vsrlab.data.extractors.pooling import pixels
from vsrlab.errors import Missing, Problem

transformers = pytest.importorskip("transformers", reason="the extra 'hub' is not installed")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders as from_pretrained reads them: an RT-DETR, a CLIP and a DINOv2, each of a few thousand numbers."""
    folder, t = tmp_path_factory.mktemp("models"), transformers
    former = t.logging.get_verbosity()
    t.logging.set_verbosity_error()
    torch.manual_seed(0)
    backbone = t.RTDetrResNetConfig(embedding_size=8, hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], layer_type="basic",
                                    out_features=["stage2", "stage3", "stage4"])
    t.RTDetrForObjectDetection(t.RTDetrConfig(
        backbone_config=backbone, encoder_in_channels=[8, 16, 16], encoder_hidden_dim=32, encoder_ffn_dim=32, d_model=32,
        num_queries=60, decoder_layers=1, decoder_ffn_dim=32, decoder_attention_heads=2, encoder_attention_heads=2,
        decoder_in_channels=[32, 32, 32], num_labels=3, id2label={0: "dog", 1: "cat", 2: "hat"},
    )).save_pretrained(folder / "detector")
    small = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2)
    for name, net in (("clip", t.CLIPVisionModel(t.CLIPVisionConfig(**small, intermediate_size=16, image_size=64, patch_size=16))),
                      ("dino", t.Dinov2Model(t.Dinov2Config(**small, image_size=56, patch_size=14)))):
        net.save_pretrained(folder / name)
        t.CLIPImageProcessorPil(image_mean=[0.5, 0.4, 0.3], image_std=[0.2, 0.25, 0.5]).save_pretrained(folder / name)
    t.logging.set_verbosity(former)
    return folder


@pytest.fixture(scope="module", params=["clip", "dino"])
def hub(models, request):
    return extractor("hub", detector=str(models / "detector"), vectors=str(models / request.param), boxes=5, cells=2, device="cpu")


def test_a_photo_has_boxes_vectors_and_a_grid(hub):
    found = hub(Image.new("RGB", (90, 60), "green"))
    assert found.boxes.shape == (5, 4) and found.vectors.shape == (5, 16) == (hub.regions, hub.features)
    assert found.grid.shape == (5, 16) and hub.grid == {"rows": 2, "columns": 2, "whole": True}
    assert len(found.labels) == 5 and set(found.labels) <= {"dog", "cat", "hat", ""}
    padding = ~found.vectors.any(1)
    assert (found.boxes[padding] == 0).all() and (found.confidence[padding] == 0).all() and not padding.all()
    assert "vectors of" in hub.name and hub.settings["boxes"] == 5


def test_boxes_are_corners_of_the_detectors_centres(hub):
    photo = Image.new("RGB", (90, 60), "green")
    boxes, scores = hub.detect(photo)
    with torch.inference_mode():
        out = hub.detector(torch.full((1, 3, 640, 640), 0.0).index_fill(1, torch.tensor([1]), 128 / 255))
    cx, cy, w, h = out.pred_boxes[0, 7].tolist()
    expected = np.clip([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], 0, 1)
    assert np.allclose(boxes[7], expected, atol=1e-4) and scores.shape == (60, 3)


def test_patches_lie_where_they_are_in_the_photo(hub):
    """Only the top right corner changes: no patch changes as much as the one that is there."""
    black, bright = Image.new("RGB", (64, 64)), Image.new("RGB", (64, 64))
    bright.paste("white", (48, 0, 64, 16))
    (one, whole), (other, _) = hub.look(black), hub.look(bright)
    change = (one - other).abs().sum(0)
    rows = change.shape[0]
    row, column = divmod(int(change.argmax()), rows)
    assert one.shape == (16, rows, rows) and row < rows / 4 and column >= 3 * rows / 4
    with torch.inference_mode():
        first = hub.eye(pixels(black, hub.side, hub.mean, hub.scale)).last_hidden_state
        first = hub.eye.post_layernorm(first) if "clip" in hub.name else first
    assert torch.allclose(first[0, 0], whole, atol=1e-5), "patches and the whole lie in one space: after one norm"
    assert torch.allclose(first[0, 1 + 2 * rows + 3], one[:, 2, 3], atol=1e-5)


def test_pixels_are_normalised_as_the_networks_own_processor_does(models, hub):
    own = transformers.CLIPImageProcessorPil.from_pretrained(models / "clip")
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (hub.side, hub.side, 3), np.uint8))
    ours = (np.asarray(photo) - hub.mean) / hub.scale
    theirs = own(images=photo, do_resize=False, do_center_crop=False, return_tensors="np")["pixel_values"][0]
    assert np.allclose(ours.transpose(2, 0, 1), theirs, atol=1e-5)


def test_weights_that_cannot_be_had_are_one_sentence(models, monkeypatch):
    def away(*_, **__):
        raise OSError("We couldn't connect to the hub to load the files\nand a second line")
    monkeypatch.setattr(transformers.RTDetrForObjectDetection, "from_pretrained", away)
    sentence = "'PekingU/rtdetr_r50vd' cannot be had .*hf download PekingU/rtdetr_r50vd.*extractor='default'"
    with pytest.raises(Missing, match=sentence) as told:
        extractor("hub", device="cpu")
    assert "\n" not in str(told.value)


def test_another_kind_of_network_is_refused(models):
    with pytest.raises(Problem, match="is a rt_detr; take a CLIP or a DINOv2"):
        extractor("hub", detector=str(models / "detector"), vectors=str(models / "detector"), device="cpu")


def test_without_transformers_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(Missing, match="pip install 'transformers>=5'"):
        extractor("hub", device="cpu")
