"""Writers of features that are killed at any moment, and two at once; bench/kill_writers.py does it forty times."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
import kill_writers  # noqa: E402


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["photos", "tsv"])
def test_a_killed_call_goes_on_to_the_very_same_files(tmp_path, kind):
    kill_writers.make(tmp_path / "x")
    hit, same = kill_writers.survives(kind, tmp_path / "x", 4, seed=1)
    assert same and hit
