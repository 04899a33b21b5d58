"""Which systems have an equation: one module for each part of the lecture."""
import copy

from vsrlab.equations.equation import Equation
from vsrlab.equations.pairs import PAIRS
from vsrlab.equations.readers import READERS
from vsrlab.equations.reasoning import REASONING
from vsrlab.equations.solved import SOLVED
from vsrlab.equations.stages import STAGES
from vsrlab.equations.vectors import VECTORS
from vsrlab.errors import unknown

EQUATIONS: dict = {**VECTORS, **PAIRS, **READERS, **STAGES, **SOLVED, **REASONING}


def zoo_equation(name: str) -> Equation:
    """The small model of a system, the table from the paper's symbols to our weights, `load` and `run`; each call a fresh one."""
    if not isinstance(name, str) or name not in EQUATIONS:
        raise unknown("equation", name, EQUATIONS)
    return copy.copy(EQUATIONS[name])
