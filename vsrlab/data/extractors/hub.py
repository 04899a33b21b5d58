"""The extractor for people with internet: boxes of RT-DETR, vectors of CLIP or DINOv2, loaded by transformers.

RT-DETR: Zhao et al., CVPR 2024.  CLIP: Radford et al., ICML 2021.  DINOv2: Oquab et al., TMLR 2024.  CLIP has seen
photos with captions by the hundred million: what it adds to a matching model is not learnt from your captions.
"""
import contextlib
import sys

import numpy as np
import torch

from vsrlab.data.extractors import Regions
from vsrlab.data.extractors.pooling import cell_means, pixels, regions
from vsrlab.device import choose_device
from vsrlab.errors import Missing, Problem

SIDE = 640                                     # pixels that RT-DETR was trained on


class Hub:
    """RT-DETR's best boxes after class-agnostic suppression, patch vectors pooled inside each, and a grid of them."""
    version = 1

    def __init__(self, detector: str = "PekingU/rtdetr_r50vd", vectors: str = "openai/clip-vit-base-patch32", boxes: int = 36,
                 overlap: float = 0.6, cells: int = 6, device: str = "auto"):
        """detector, vectors: names on the hub, or folders that hold a model; vectors has to be a CLIP or a DINOv2.

        boxes, overlap: as in offline.Detected; cells: rows and columns of the grid; device: "auto", "cpu", "cuda".
        """
        if boxes < 1 or not 0 < overlap <= 1 or cells < 1:
            raise Problem(f"boxes={boxes}, overlap={overlap}, cells={cells}: at least one box and one cell, and an overlap above 0 "
                          "and up to 1.")
        self.device, self.regions, self.overlap, self.cells = choose_device(device), boxes, overlap, cells
        self.detector = _load("RTDetrForObjectDetection", detector).to(self.device)
        self.eye, (self.side, self.mean, self.scale) = _eye(vectors)
        self.eye.to(self.device)
        self.features = self.eye.config.hidden_size
        self.grid = {"rows": cells, "columns": cells, "whole": True}
        self.name = f"boxes of {_short(detector)}, vectors of {_short(vectors)}"
        self.settings = {"detector": detector, "vectors": vectors, "boxes": boxes, "overlap": overlap, "cells": cells}

    @torch.inference_mode()
    def __call__(self, photo) -> Regions:
        boxes, scores = self.detect(photo)
        patches, whole = self.look(photo)
        grid = torch.cat([cell_means(patches, self.cells, self.cells)[:-1], whole[None]])
        return regions(patches, boxes, scores, self.detector.config.id2label, self.regions, self.overlap, grid)

    @torch.inference_mode()
    def detect(self, photo):
        """A photo -> boxes (Q, 4) x1 y1 x2 y2 in fractions, scores (Q, classes)."""
        out = self.detector(pixels(photo, SIDE, 0.0, 255.0).to(self.device))
        centre, size = out.pred_boxes[0].split(2, -1)
        return torch.cat([centre - size / 2, centre + size / 2], -1).clamp(0, 1), out.logits[0].sigmoid()

    @torch.inference_mode()
    def look(self, photo):
        """A photo -> map of patches (F, H, W), and the network's own vector of the whole (F,), both after its last norm."""
        out = self.eye(pixels(photo, self.side, self.mean, self.scale).to(self.device))
        rows = self.side // self.eye.config.patch_size
        patches = out.last_hidden_state[0, -rows * rows:]               # before them: class token, DINOv2's registers
        if hasattr(self.eye, "post_layernorm"):                         # CLIP norms only the class token by itself
            patches = self.eye.post_layernorm(patches)
        return patches.T.reshape(-1, rows, rows), out.pooler_output[0]


def _eye(name: str):
    """(vision network, (side, mean, scale) of its pixels, values 0 to 255)."""
    kind = _load("AutoConfig", name).model_type
    kinds = {"clip": "CLIPVisionModel", "clip_vision_model": "CLIPVisionModel", "dinov2": "Dinov2Model",
             "dinov2_with_registers": "Dinov2WithRegistersModel"}
    if kind not in kinds:
        raise Problem(f"vectors={name!r} is a {kind}; take a CLIP or a DINOv2, such as facebook/dinov2-small.")
    net = _load(kinds[kind], name)
    net = getattr(net, "vision_model", net)
    about = _load("AutoImageProcessor", name)
    side = net.config.image_size if "clip" in kind else 16 * net.config.patch_size      # DINOv2 takes any size: 16 x 16 patches
    return net, (side, 255 * np.array(about.image_mean), 255 * np.array(about.image_std))


def _load(kind: str, name: str):
    """A class of transformers, from_pretrained, ready to compute; one sentence when the weights cannot be had."""
    try:
        import transformers
    except ImportError:
        raise Missing("the extractor 'hub' needs transformers; type: "
                      f"{sys.executable} -m pip install 'transformers>=5' (it needs neither torchvision nor timm)") from None
    try:
        with _quiet(transformers.logging):
            made = getattr(transformers, kind).from_pretrained(str(name))
    except (OSError, ValueError, ImportError) as error:
        raise Missing(f"the weights of {name!r} cannot be had ({str(error).splitlines()[0][:200]}); check the name and the "
                      f"internet, fetch them where there is some with 'hf download {name}', give a folder that holds them, "
                      "or take extractor='default' (--extractor default).") from None
    return made.eval() if isinstance(made, torch.nn.Module) else made


@contextlib.contextmanager
def _quiet(logging):
    """Without the warnings that torchvision is absent (Pillow does here what is asked for) and the printed settings."""
    former = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(former)


def _short(name: str) -> str:
    return str(name).rstrip("/").split("/")[-1]
