"""Checkpoints of the official programs become runs: searched, measured and explained like every other."""
import argparse
import pickle
from contextlib import nullcontext
from pathlib import Path

import torch

from vsrlab.checkpoint import whole_parts
from vsrlab.data.wordlists import read_words
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.inputs import foreign
from vsrlab.official import KINDS, SETTINGS, opened
from vsrlab.run import Run
from vsrlab.settings import Settings

_INSIDE = ("model", "state_dict", "model_state_dict", "net", "weights", "ema", "model_ema",
           "ema_state_dict")     # keys of the weights
_SIDES = (("img_enc", "txt_enc"), ("image_encoder", "text_encoder"), ("image_state", "text_state"), ("image", "text"))
_DIRECTION = {"t2i": "scan-t2i", "i2t": "scan-i2t"}


def official(path, vocabulary, kind: str | None = None, **settings) -> Run:
    """The run of a checkpoint that an official program saved: fartashf/vsepp, kuanghuei/SCAN, KunpengLi1994/VSRN.

    path        the .pth.tar, whole: its weights are found in "model" (two dictionaries), in one with "module." before its names,
                or in an average ("ema"); no code in it is run
    vocabulary  its words with their ids, by the file (JSON or .pkl) that the program used, or a Vocabulary
    kind        "vsepp", "scan-t2i", "scan-i2t", "vsrn-f30k", "vsrn-coco"; None: as the weights and the saved options tell
    settings    official option names, over those that the checkpoint holds; see `official_model`

    The run has no folder and no log.  Raises Problem for what is no such checkpoint, and for a vocabulary of other ids.
    """
    content = _content(path_of("vl.official", path))
    images, texts = _states(content, path)
    saved = _saved(content)
    kind = kind or _kind(images, texts, saved, path)
    named = SETTINGS[KINDS[kind][0]] if kind in KINDS else {}
    told = {name: saved[name] for name in named if name in saved}
    model, name, features, options = opened(kind, images, texts, **{**told, **settings})
    words = _words(vocabulary, texts["embed.weight"].shape[0], path)
    return Run(Settings(model=name, options=options), features, words, model)


def _content(path: Path) -> dict:
    """What a checkpoint holds; of classes only the list of options (argparse) is made, which runs nothing."""
    if not path.is_file():
        raise Missing(f"there is no {path}; give the .pth.tar that an official program saved.")
    whole_parts(path)
    try:
        with getattr(torch.serialization, "safe_globals", nullcontext)([argparse.Namespace]):       # since torch 2.5
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, ValueError, LookupError, TypeError, AttributeError, MemoryError,
            pickle.UnpicklingError) as error:
        with open(path, "rb") as file:
            said = foreign(file.read(300))
        said = said if said and "pickle" not in said and "zip" not in said else "cut short, or holds objects beside weights"
        first = str(error).strip().split("\n")[0][:150]
        raise Problem(f"{path} cannot be read as a checkpoint ({first}): it is {said}.") from None
    if not isinstance(content, dict | list | tuple):
        raise Problem(f"{path} holds a {type(content).__name__}, not the weights of an official program.")
    return content if isinstance(content, dict) else {"model": list(content)}


def _states(content: dict, path) -> tuple:
    """(image state, text state) wherever a checkpoint keeps them."""
    found = next((content[key] for key in _INSIDE if isinstance(content.get(key), dict | list | tuple)), content)
    if isinstance(found, list | tuple) and len(found) == 2 and all(isinstance(one, dict) for one in found):
        return tuple(map(_bare, found))
    if isinstance(found, dict):
        for one, two in _SIDES:
            if isinstance(found.get(one), dict) and isinstance(found.get(two), dict):
                return _bare(found[one]), _bare(found[two])
        flat = _bare(found)
        for one, two in _SIDES:
            sides = [{k.removeprefix(f"{side}."): v for k, v in flat.items() if k.startswith(f"{side}.")} for side in (one, two)]
            if all(sides):
                return tuple(map(_bare, sides))
        texts = {k: v for k, v in flat.items() if k.split(".")[0] in ("embed", "rnn")}
        if texts and len(texts) < len(flat):
            return {k: v for k, v in flat.items() if k not in texts}, texts
    keys = ", ".join(str(key)[:40] for key in list(content)[:6]) or "nothing"
    raise Problem(f"{path} holds {keys}, and no weights of an image and a text encoder; "
                  'give a checkpoint with "model", or its two parts to vl.official_model.')


def _bare(state: dict) -> dict:
    """Names without what wrappers (DataParallel, EMA) put before them."""
    state = {str(key): value for key, value in state.items()}
    for prefix in ("module.", "model.", "ema.", "module."):
        if state and all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): value for key, value in state.items()}
    return state


def _saved(content: dict) -> dict:
    """The options that the program saved beside the weights."""
    saved = content.get("opt", content.get("args", {}))
    return vars(saved) if isinstance(saved, argparse.Namespace) else saved if isinstance(saved, dict) else {}


def _kind(images: dict, texts: dict, saved: dict, path) -> str:
    """Which official program saved the weights, by their names and its options."""
    if any(key.startswith("Rs_GCN_") for key in images):
        return "vsrn-f30k" if "bn.weight" in images else "vsrn-coco"
    if saved.get("cross_attn") in _DIRECTION:
        return _DIRECTION[saved["cross_attn"]]
    if "rnn.weight_ih_l0_reverse" in texts or "lambda_softmax" in saved:
        raise Problem(f"{path} is of SCAN, and does not say in which direction it attends; give kind='scan-t2i' or 'scan-i2t'.")
    return "vsepp"


def _words(given, rows: int, path) -> Vocabulary:
    """The vocabulary whose ids are the rows of the weights."""
    if not isinstance(given, Vocabulary):
        if not isinstance(given, (str, Path)):
            raise Problem("vl.official needs vocabulary=: the file of words and ids that the program used, or a Vocabulary.")
        if not read_words(given).exact:
            raise Problem(f"{given} has other ids than the official programs, which begin with <pad>, <start>, <end>, <unk>; give "
                          f"the vocabulary that belongs to {path}.")
        given = Vocabulary.load(given)
    if len(given) != rows:
        raise Problem(f"the vocabulary has {len(given):,} words, and {path} has {rows:,} rows of words; give the one it was "
                      "trained with.")
    return given
