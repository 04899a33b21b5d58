"""Writers that are killed at any moment, and two at once; bench/kill_writers.py does it forty times for each kind."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "kill_writers.py"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are forked")
@pytest.mark.parametrize("kind", ["fit", "photos", "tsv"])
def test_a_killed_call_goes_on_to_the_very_same_files_and_weights(kind):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}              # a process of its own: gradients do not go through a fork
    done = subprocess.run([sys.executable, str(BENCH), "--kills", "4", "--seed", "1", "--kinds", kind], env=environment,
                          capture_output=True, text=True)
    kills, otherwise = map(int, re.search(r"(\d+) kills in .* (\d+) rounds ended otherwise", done.stdout).groups())
    assert done.returncode == 0 and kills >= 4 and not otherwise, done.stdout + done.stderr
