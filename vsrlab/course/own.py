"""The student's function draws the picture: a model that calls it where its own code stood, and falls back to that.

`vl.attention(..., attend=attend)` and `vl.relations(..., relate=relate)` come here.  Everything that a view asks of the model,
another sharpness, another sentence, words left out, then runs through the student's function.
"""
import copy
import dataclasses

import torch
from torch import nn

from vsrlab.course import guard
from vsrlab.course.compare import is_blank
from vsrlab.course.exercise import exercise
from vsrlab.course.language import tr
from vsrlab.errors import Problem
from vsrlab.values import Match

SECONDS, MEMORY, SUM = 5.0, 1 << 29, 1e-3


def with_own(run, name: str, function):
    """The run with a student's function inside: `name` is "attend" or "relate"; None or an untouched function changes nothing.

    A function that does not work changes nothing either, and the picture says so in one sentence.
    """
    if is_blank(function):
        return run
    fits, build = {"attend": (_attends, _with_attend), "relate": (_relates, _with_relate)}[name]
    if not fits(run.model):
        instead = tr("{name} has no place in this model; drawn is the model itself.", name=name)
        return dataclasses.replace(run, model=_marked(run.model, instead))
    state, said = tried(name, function)
    if state == "blank":
        return run
    if state == "wrong":
        instead = tr("Drawn is the library's own code: your {name} {said}. vl.course.check({name!r}, {name}) tells more.",
                     name=name, said=said)
        return dataclasses.replace(run, model=_marked(run.model, instead))
    instead = tr("Drawn by your own {name}.", name=name)
    return dataclasses.replace(run, model=_marked(build(run.model, function), instead))


def _marked(model, instead: str):
    """The same model, which says what was put into it."""
    other = copy.copy(model)
    other.instead = instead
    return other


def tried(name: str, function) -> tuple:
    """("blank" | "wrong" | "works", what is wrong): a first call on a small case, where it can be stopped."""
    draw = lambda *size: torch.randn(*size, generator=torch.Generator().manual_seed(0))
    if name == "attend":
        given, axes = (draw(3, 8), draw(5, 8), 9.0), ((3, 5), (3,), ())
    else:
        given, axes = (draw(4, 8), *(nn.Linear(8, 8).requires_grad_(False) for _ in range(4))), ((4, 8), (4, 4))
    found = {}

    def work():
        found["result"] = function(*given)
    try:
        kind, _ = guard.here(work, SECONDS, MEMORY)
    except NotImplementedError:
        return "blank", ""
    except Exception as error:                                     # the student's own code: any error is possible
        blank = isinstance(error, TypeError) and "ellipsis" in str(error)
        return ("blank", "") if blank else ("wrong", tr("stopped with {kind}", kind=type(error).__name__))
    if kind != "done":
        return "wrong", tr("did not come to an end")
    result = found["result"]
    parts = list(result) if isinstance(result, tuple | list) else [result]
    if any(map(is_blank, parts)):
        return "blank", ""
    wanted = exercise(name)
    try:
        parts = [torch.as_tensor(part) for part in parts]
    except (TypeError, ValueError, RuntimeError):
        return "wrong", tr("returns no numbers")
    if tuple(tuple(part.shape) for part in parts) != axes:
        return "wrong", tr("does not return {names} of the sizes that are asked for", names=", ".join(map(tr, wanted.outputs)))
    if not all(bool(part.isfinite().all()) for part in parts):
        return "wrong", tr("returns NaN or infinity")
    if name == "attend" and float((parts[0].sum(1) - 1).abs().max()) > SUM:
        return "wrong", tr("gives words an attention that does not sum to 1")
    return "works", ""


def _called(name: str, function, *given) -> list:
    """The results as float32 tensors; a Problem where the function stops on a real pair."""
    try:
        return [torch.as_tensor(part).float() for part in function(*given)]
    except Exception as error:                                     # the student's own code: any error is possible
        raise Problem(tr("your {name} stopped with {kind}: {said}; vl.course.check({name!r}, {name}) tells more.", name=name,
                         kind=type(error).__name__, said=str(error)[:120])) from error


# ---------------------------------------------------------------- attend

def _attends(model) -> bool:
    """Do words of this model attend to regions, and is the score their mean?"""
    return model.knob("direction") == "t-i" and model.knob("pooling") == "mean"


def _with_attend(model, attend):
    """The model whose `match` calls attend(words, regions, sharpness) for every pair."""
    kind = type(model)

    class Own(kind):
        def match(self, images, texts):
            found = kind.match(self, images, texts)
            if self.training or self.direction != "t-i" or self.pooling != "mean":
                return found
            seen = {key: value.clone() for key, value in found.seen.items()}
            local = seen.get("local", found.scores).clone()
            seen["attention"].zero_(), seen["relevance"].zero_()
            for i, regions in enumerate(images.mask):
                for t, words in enumerate(texts.mask):
                    a, relevance, score = _called("attend", attend, texts.parts[t, words], images.parts[i, regions], self.sharpness)
                    spread = a.new_zeros(len(a), len(regions)).index_copy(1, regions.nonzero()[:, 0], a)
                    seen["attention"][i, t, words], seen["relevance"][i, t, words], local[i, t] = spread, relevance, score
            scores = found.scores + local - found.seen.get("local", found.scores)
            return Match(scores, seen | ({"local": local} if "local" in seen else {}))
    other = copy.copy(model)
    other.__class__ = Own
    return other


# ---------------------------------------------------------------- relate

def _relates(model) -> bool:
    """Do regions of this model read each other as VSRN's do?"""
    return len(getattr(getattr(model, "reasoner", None), "layers", ())) > 0


def _with_relate(model, relate):
    """The model whose layers of reasoning call relate(v, theta, phi, g, r).  Where relations are cut, the library's layer runs."""
    def own(layer):
        class Own(type(layer)):
            def forward(self, v, mask, edges=None):
                new, affinity = super().forward(v, mask, edges)
                if self.training or edges is not None:
                    return new, affinity
                new, affinity = new.clone(), torch.zeros_like(affinity)
                for i, real in enumerate(mask):
                    all_real = real[real][None]
                    after = lambda x, all_real=all_real: self.norm(self.update(x)[None], all_real)[0]
                    regions, read = _called("relate", relate, v[i, real], self.theta, self.phi, self.g, after)
                    new[i, real] = regions
                    affinity[i][real[:, None] & real] = read.flatten()
                return new, affinity
        other = copy.copy(layer)
        other.__class__ = Own
        return other
    reasoner = _opened(model.reasoner)
    reasoner._modules["layers"] = nn.ModuleList(map(own, model.reasoner.layers))
    other = _opened(model)
    other._modules["reasoner"] = reasoner
    return other


def _opened(module):
    """A copy whose parts can be exchanged without touching those of the original."""
    other = copy.copy(module)
    other.__dict__ = {**module.__dict__, "_modules": dict(module._modules)}
    return other
