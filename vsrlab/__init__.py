"""vsrlab: see why an image and a sentence match.  `import vsrlab as vl` and follow the walk:

a corpus becomes batches, batches become encodings, encodings become a score matrix, and everything
else (loss, retrieval, measures, explanations, pictures) is a function of those four values.
"""
import importlib
import sys
import types

__version__ = "0.1.0"

# The front door, in the order of the walk.  A name is imported when it is first used, so that
# `import vsrlab` does not wait for torch, captum, umap or ipywidgets.
_FRONT_DOOR = {
    "scenes": "vsrlab.data.scenes",
    "precomputed": "vsrlab.data.precomputed",
    "photos": "vsrlab.data.photos",
    "Corpus": "vsrlab.data.corpus",
    "Vocabulary": "vsrlab.data.words",
    "Settings": "vsrlab.settings",
    "ZOO": "vsrlab.zoo",
    "build": "vsrlab.zoo",
    "fit": "vsrlab.train",
    "Run": "vsrlab.run",
    "index": "vsrlab.index",
    "score_all": "vsrlab.index",
    "ranks": "vsrlab.ranking",
    "evaluate": "vsrlab.evaluate",
    "compare": "vsrlab.evaluate",
    "official_model": "vsrlab.official",
    "explain": "vsrlab.explain.explanation",
    "faithfulness": "vsrlab.explain.faithfulness",
    "pointing_game": "vsrlab.explain.pointing",
    "attention": "vsrlab.views.attention",
    "relations": "vsrlab.views.relations",
    "timeline": "vsrlab.views.timeline",
    "gallery": "vsrlab.views.gallery",
    "poster": "vsrlab.views.poster",
    "projection": "vsrlab.views.projection",
    "strip": "vsrlab.views.strip",
    "dashboard": "vsrlab.views.dashboard",
    "negatives": "vsrlab.views.negatives",
    "figures": "vsrlab",
    "show": "vsrlab.show",
    "doctor": "vsrlab.doctor",
    "quick": "vsrlab.notebooks", "run_folder": "vsrlab.notebooks",
}
__all__ = ["Problem", *_FRONT_DOOR]


class _FrontDoor(types.ModuleType):
    """A package whose functions may have the name of the file they live in.

    Importing `vsrlab.index` would replace the function `vl.index` by the module; here the
    function wins, and the module stays reachable with `from vsrlab.index import ...`.
    """

    def __setattr__(self, name, value):
        taken = _FRONT_DOOR.get(name, "vsrlab") != "vsrlab"
        if not (taken and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)

    def __getattr__(self, name):
        if name == "Problem":
            value = importlib.import_module("vsrlab.errors").Problem
        elif name in _FRONT_DOOR:
            home = _FRONT_DOOR[name]
            value = importlib.import_module(f"vsrlab.{name}") if home == "vsrlab" else getattr(importlib.import_module(home), name)
        else:
            raise AttributeError(f"vsrlab has no {name!r}; the front door has: {', '.join(__all__)}.")
        super().__setattr__(name, value)
        return value

    def __dir__(self):
        return sorted({*self.__dict__, *__all__})


sys.modules[__name__].__class__ = _FrontDoor
