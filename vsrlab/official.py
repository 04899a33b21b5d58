"""Models from the weights of the official programs: fartashf/vsepp, kuanghuei/SCAN, KunpengLi1994/VSRN.

A table says where every key of an official state dict goes.  All sizes are read from the weights, the quirks of the
code (norms across regions, the two heads of VSRN) are switched on, and no key is left over or missing in silence.
"""
from functools import partial

import numpy as np
import torch
from torch import Tensor

from vsrlab.errors import Problem, unknown
from vsrlab.models.layers.attention import RAW_NORMS
from vsrlab.models.matcher import Matcher
from vsrlab.zoo import build

KINDS = {                                   # kind -> row of the zoo, and the options that replay the code
    "vsepp": ("vsepp", {}),
    "scan-t2i": ("scan", dict(direction="t-i")),
    "scan-i2t": ("scan", dict(direction="i-t")),
    "vsrn-f30k": ("vsrn", dict(region_norm="across", head="f30k")),
    "vsrn-coco": ("vsrn", dict(region_norm="across", head="coco")),
}
SETTINGS = {                                # official options that reach a score, with the defaults of their programs
    "vsepp": dict(no_imgnorm=False, use_abs=False, measure="cosine"),
    "scan": dict(no_imgnorm=False, no_txtnorm=False, raw_feature_norm="clipped_l2norm", agg_func="LogSumExp",
                 lambda_softmax=9.0, lambda_lse=6.0),
    "vsrn": dict(no_imgnorm=False, use_abs=False),
}
POOLING = {"LogSumExp": "lse", "Mean": "mean", "Sum": "sum", "Max": "max"}
MEASURE = {"cosine": "cosine", "order": "order-root"}
VALUES = {"raw_feature_norm": RAW_NORMS, "agg_func": POOLING, "measure": MEASURE}
LINEAR, NORM = ("weight", "bias"), ("weight", "bias", "running_mean", "running_var")
GRU = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
COUNTER = ".num_batches_tracked"            # of batch normalisation: not in the older checkpoints, and without effect


def official_model(kind: str, image_state: dict | None, text_state: dict | None, **settings) -> Matcher:
    """A model of the zoo, in eval mode, with official weights: the encodings and scores of the official program.

    kind         "vsepp", "scan-t2i", "scan-i2t", "vsrn-f30k", "vsrn-coco"
    image_state  state dict of the image encoder, the first of the two in a checkpoint's "model"; None: it refuses images
    text_state   state dict of the text encoder, the second; None: it refuses texts
    settings     official option names; what is not given has the default of the official program:
                 no_imgnorm, use_abs, measure (vsepp); no_imgnorm, no_txtnorm, raw_feature_norm, agg_func, lambda_softmax,
                 lambda_lse (SCAN); no_imgnorm, use_abs (VSRN)

    VSE++'s one vector an image is one region here: regions (I, 1, F).  Raises Problem for an unknown kind or
    setting, and for keys that are missing, have no place, or have the wrong shape.
    """
    return opened(kind, image_state, text_state, **settings)[0]


def opened(kind: str, image_state: dict | None, text_state: dict | None, **settings) -> tuple[Matcher, str, int, dict]:
    """The same model, its row of the zoo, F of its regions, and the options it was built with."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise unknown("kind of official model", kind, KINDS)
    name, quirks = KINDS[kind]
    options = {**quirks, **_options(kind, name, settings)}
    images, texts = _plain(image_state, "image_state"), _plain(text_state, "text_state")
    if images is None and texts is None:
        raise Problem("official_model needs image_state or text_state: the two state dicts in the 'model' of a checkpoint.")
    tables = {"image_state": (images, {} if images is None else _image_table(kind, name, images)),
              "text_state": (texts, {} if texts is None else _text_table(kind, name, texts))}
    for side, (state, table) in tables.items():
        _check(kind, side, state, table)
    features, vocabulary, sizes = _sizes(name, images, texts)
    model = build(name, features, vocabulary, **options, **sizes)
    for side, (state, table) in tables.items():
        if state is None:
            one = side.removesuffix("_state")
            setattr(model, f"encode_{one}s", partial(_refuse, one))
        else:
            _place(model, state, table, side)
    return model.eval(), name, features, {**options, **sizes}


def _sizes(name: str, images: dict | None, texts: dict | None) -> tuple[int, int, dict]:
    """F of a region, words in the vocabulary, and the options that are sizes, all from the weights."""
    features, vocabulary, options = 1, 1, {}
    if images is not None:
        options["dim"], features = _matrix(images, "fc.weight")
        if name == "vsrn":
            options["layers"] = _layers(images)
    if texts is not None:
        vocabulary, options["word_dim"] = _matrix(texts, "embed.weight")
        options["text"] = "bigru" if "rnn.weight_ih_l0_reverse" in texts else "gru"
        dim = _matrix(texts, "rnn.weight_hh_l0")[1]
        if options.setdefault("dim", dim) != dim:
            raise Problem(f"the images' space has {options['dim']} dimensions, the texts' {dim}: not of one model.")
    return features, vocabulary, options


def _matrix(state: dict, key: str) -> tuple[int, int]:
    if state[key].dim() != 2:
        raise Problem(f"{key} is {tuple(state[key].shape)}, expected a matrix; is this an official state dict?")
    return tuple(state[key].shape)


def _options(kind: str, name: str, settings: dict) -> dict:
    """Official option names and values as options of our row."""
    for option, value in settings.items():
        if option not in SETTINGS[name]:
            raise unknown(f"setting of official {kind}", option, SETTINGS[name])
        if option in VALUES and value not in VALUES[option]:
            raise unknown(f"value of {option}", value, VALUES[option])
    asked = {**SETTINGS[name], **settings}
    options = {"image_norm": not asked["no_imgnorm"]}
    if name == "scan":
        return {**options, "text_norm": not asked["no_txtnorm"], "raw_norm": asked["raw_feature_norm"],
                "pooling": POOLING[asked["agg_func"]], "sharpness": asked["lambda_softmax"], "lse": asked["lambda_lse"]}
    if name == "vsepp":
        options["measure"] = MEASURE[asked["measure"]]
    return {**options, "use_abs": bool(asked["use_abs"])}


def _plain(state: dict | None, side: str) -> dict | None:
    """The state as tensors, without the prefix of DataParallel, counters, and SCAN's optional weight norm."""
    if state is None:
        return None
    if not isinstance(state, dict):
        raise Problem(f"{side} is a {type(state).__name__}, not a state dict (name -> tensor); "
                      "a checkpoint's 'model' is a list of two of them.")
    odd = next((k for k, v in state.items() if not isinstance(v, (Tensor, np.ndarray))), None)
    if odd is not None:
        inside = "; it looks like a whole checkpoint: give checkpoint['model'][0] and [1]" if "model" in state else ""
        raise Problem(f"{side} is no state dict: {odd!r} holds a {type(state[odd]).__name__} in place of a tensor{inside}.")
    state = {k.removeprefix("module."): torch.as_tensor(v) for k, v in state.items() if not k.endswith(COUNTER)}
    if {"fc.weight_g", "fc.weight_v"} <= state.keys():                           # weight = g v / |v|, over the whole matrix
        v = state.pop("fc.weight_v")
        state["fc.weight"] = state.pop("fc.weight_g") * v / v.norm()
    return state


def _layers(images: dict) -> int:
    """Layers of reasoning in a VSRN image encoder; the published four where none is found, so that they are missed."""
    numbers = [key.split(".")[0].removeprefix("Rs_GCN_") for key in images]
    return max((int(n) for n in numbers if n.isdigit()), default=4)


def _image_table(kind: str, name: str, state: dict) -> dict:
    """Official key of the image encoder -> our key; "-" before ours: it is subtracted there."""
    if name != "vsrn":
        return _rows("fc", "embed", LINEAR)
    table = _rows("fc", "reasoner.embed", LINEAR) | _rows("img_rnn", "reasoner.gru", GRU)
    for n in range(_layers(state)):
        theirs, ours = f"Rs_GCN_{n + 1}", f"reasoner.layers.{n}"
        for part in ("theta", "phi", "g"):
            table |= _rows(f"{theirs}.{part}", f"{ours}.{part}", LINEAR)
        table |= _rows(f"{theirs}.W.0", f"{ours}.update", LINEAR[:1]) | _rows(f"{theirs}.W.1", f"{ours}.norm", NORM)
        table[f"{theirs}.W.0.bias"] = f"-{ours}.norm.running_mean"               # W_r's bias, which batch norm takes away again
    return table | (_rows("bn", "reasoner.norm", NORM) if kind == "vsrn-f30k" else {})


def _text_table(kind: str, name: str, state: dict) -> dict:
    """Official key of the text encoder -> our key.  Only SCAN has a backward direction."""
    both = name == "scan" and "rnn.weight_ih_l0_reverse" in state
    names = GRU + tuple(f"{g}_reverse" for g in GRU) if both else GRU
    return _rows("embed", "text.embed", ("weight",)) | _rows("rnn", "text.gru", names)


def _rows(theirs: str, ours: str, names) -> dict:
    return {f"{theirs}.{name}": f"{ours}.{name}" for name in names}


def _check(kind: str, side: str, state: dict | None, table: dict):
    """The state has the keys of the table, all of them and no others."""
    missing, left = [k for k in table if k not in (state or ())], [k for k in state or () if k not in table]
    said = [f"lacks {', '.join(missing)}"] if missing else []
    said += [f"has {', '.join(left)}, for which there is no place"] if left else []
    if said:
        raise Problem(f"{side} {' and '.join(said)}: it is not of an official {kind}; kinds are {', '.join(KINDS)}.")


@torch.no_grad()
def _place(model: Matcher, state: dict, table: dict, side: str):
    """Copy every official weight to its place: 1x1 convolutions (D, D, 1) become matrices."""
    own = model.state_dict()
    for theirs, ours in sorted(table.items(), key=lambda pair: pair[1].startswith("-")):      # subtract from what is there
        target = own[ours.removeprefix("-")]
        value: Tensor = state[theirs].to(target.dtype)
        value = value.squeeze(-1) if value.dim() == 3 else value
        if value.shape != target.shape:
            raise Problem(f"{side}: {theirs} is {tuple(state[theirs].shape)}, the other weights ask for {tuple(target.shape)}.")
        target.copy_(target - value if ours.startswith("-") else value)


def _refuse(side: str, *inputs):
    raise Problem(f"this official model was made without {side}_state, so it encodes no {side}s; give it to official_model.")
