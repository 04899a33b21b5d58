"""Damaged files by the hundred, each refused with one sentence or read; bench/fuzz_readers.py tries thousands in the same way."""
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
from fuzz_readers import CAPTIONS, READERS, WORDS, one, plan  # noqa: E402

EACH = 45                              # inputs a reader


@pytest.mark.parametrize("reader", READERS)
def test_no_damage_ends_in_anything_but_a_sentence(reader):
    wrong = {seed: said for seed in range(EACH) if (said := one(reader, seed)[0]) not in ("accepted", "Problem")}
    assert not wrong, wrong


def test_the_whole_count_tries_every_reader_and_the_files_to_begin_with_are_good(tmp_path):
    assert {reader for reader, _ in plan(6000)} == set(READERS) and len(set(plan(6000))) == 6000
    from vsrlab.data.captions import read_captions
    from vsrlab.data.words import Vocabulary
    for name, good in CAPTIONS.items():
        (tmp_path / name).write_text(good)
        assert read_captions(tmp_path / name)
    for name, good in WORDS.items():
        (tmp_path / name).write_bytes(good if isinstance(good, bytes) else good.encode())
        if name not in ("map.json", "v.txt"):                                     # these two warn that ids are others
            assert "a" in Vocabulary.load(tmp_path / name)


def test_what_would_run_code_is_seen_by_the_canary(tmp_path):
    import pickle

    from fuzz_readers import Canary
    pickle.loads(pickle.dumps(Canary(tmp_path / "ran"))).close()
    assert (tmp_path / "ran").exists(), "a reader that runs what files name would be found out"
    rng = random.Random(0)
    (tmp_path / "place").mkdir()
    READERS["payload"](tmp_path / "place", rng)
    assert not (tmp_path / "place" / "ran").exists()
