"""The papers that can be read row by row, by name."""
import importlib

from vsrlab.errors import Problem, unknown
from vsrlab.paper_mode.step import Told

PAPERS = {"vsepp": "vsepp", "vse0": "vsepp", "order": "order", "dvsa": "dvsa", "scan": "scan", "vsrn": "vsrn", "vsrpp": "vsrpp",
          "saem": "saem"}


def told(name: str) -> Told:
    """What is told of a paper."""
    if not isinstance(name, str) or name not in PAPERS:
        raise unknown("paper that is told row by row", name, PAPERS)
    return importlib.import_module(f"vsrlab.paper_mode.papers.{PAPERS[name]}").TOLD


def steps(name: str, run) -> list:
    """The rows of a paper for a run of its model; raises Problem where run and paper are of different systems."""
    if run.settings.model != name:
        raise Problem(f"the run is of {run.settings.model!r} and the paper is {name!r}; give a run of the model, or ask for "
                      f"vl.paper({run.settings.model!r}, run, index).")
    return told(name).steps(run)
