"""python -m vsrlab.notebooks: see the package."""
import sys

from vsrlab.errors import Problem
from vsrlab.notebooks.running import main

try:
    sys.exit(main(sys.argv[1:]))
except Problem as problem:
    sys.exit(str(problem))
