"""vsrlab: see why an image and a sentence match.  `import vsrlab as vl` and follow the walk:

a corpus becomes batches, batches become encodings, encodings become a score matrix, and everything
else (loss, retrieval, measures, explanations, pictures) is a function of those four values.
"""
import importlib
import sys
from types import ModuleType

__version__ = "0.1.0"

# The front door, in the order of the walk.  A name is imported when it is first used, so that
# `import vsrlab` does not wait for torch, captum, umap or ipywidgets.
_FRONT_DOOR = {
    "Problem": "vsrlab.errors",
    "scenes": "vsrlab.data.scenes",
    "precomputed": "vsrlab.data.precomputed",
    "photos": "vsrlab.data.photos",
    "Corpus": "vsrlab.data.corpus",
    "Vocabulary": "vsrlab.data.words",
    "Settings": "vsrlab.settings",
    "ZOO": "vsrlab.zoo",
    "add_model": "vsrlab.zoo",
    "build": "vsrlab.zoo",
    "zoo_equation": "vsrlab.equations.table",
    "fit": "vsrlab.training.fit",
    "Run": "vsrlab.run", "lesson_run": "vsrlab.lesson_runs",
    "index": "vsrlab.retrieval.index",
    "Scored": "vsrlab.retrieval.scored",
    "ensemble": "vsrlab.retrieval.scored",
    "from_scores": "vsrlab.retrieval.sources",
    "from_embeddings": "vsrlab.retrieval.sources",
    "from_run": "vsrlab.retrieval.runs", "from_clip_retrieval": "vsrlab.retrieval.clip_folder",
    "judgements": "vsrlab.retrieval.failures.judged",
    "failures": "vsrlab.retrieval.failures.records",
    "cause": "vsrlab.desk.causes", "Reason": "vsrlab.desk.causes",
    "score_all": "vsrlab.scoring",
    "ranks": "vsrlab.measure.ranks",
    "evaluate": "vsrlab.retrieval.evaluate",
    "compare": "vsrlab.views.versus",
    "leaderboard": "vsrlab.leaderboard.door",
    "survey": "vsrlab.survey.door",
    "published": "vsrlab.published.browse",
    "official": "vsrlab.pretrained",
    "official_model": "vsrlab.official",
    "explain": "vsrlab.explain.explanation",
    "faithfulness": "vsrlab.explain.faithfulness",
    "pointing_game": "vsrlab.explain.pointing.game",
    "attention": "vsrlab.views.attention.view",
    "relations": "vsrlab.views.relations.view",
    "timeline": "vsrlab.views.timeline.view",
    "gallery": "vsrlab.views.gallery.view",
    "poster": "vsrlab.views.gallery.poster",
    "projection": "vsrlab.views.projection.view",
    "strip": "vsrlab.views.belief.view", "paper": "vsrlab.views.paper.view",
    "dashboard": "vsrlab.views.dashboard.view",
    "why": "vsrlab.views.why.view", "versus": "vsrlab.views.why.view", "desk": "vsrlab.views.desk.view",
    "negatives": "vsrlab.views.negatives", "humans": "vsrlab.views.humans",
    "slices": "vsrlab.views.slices", "hubs": "vsrlab.views.hubs",
    "mix": "vsrlab.views.mix", "report": "vsrlab.views.report.report",
    "edit": "vsrlab.desk.edits", "notices": "vsrlab.views.notices",
    "show": "vsrlab.showing",
    "doctor": "vsrlab.checkup",
    "quick": "vsrlab.notebooks", "run_folder": "vsrlab.notebooks",
}
_ROOMS = ("figures", "course", "experiments")          # rooms that are used by their own names: vl.course.check(...)
__all__ = [*_FRONT_DOOR, *_ROOMS]


def __getattr__(name):
    """The value of a name of the front door, which is then kept."""
    if name in _ROOMS:
        return importlib.import_module(f"vsrlab.{name}")
    if name not in _FRONT_DOOR:
        raise AttributeError(f"vsrlab has no {name!r}; the front door has: {', '.join(__all__)}.")
    value = globals()[name] = getattr(importlib.import_module(_FRONT_DOOR[name]), name)
    return value


def __dir__():
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """`vl.explain` is a function, although a folder has its name: Python would put the folder in its place when it is imported."""

    def __setattr__(self, name, value):
        if not (name in _FRONT_DOOR and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
