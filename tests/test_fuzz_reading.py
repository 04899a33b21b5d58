"""Damaged files, 6,590 of them, each read or refused with one sentence; bench/fuzz_readers.py and fuzz_saved.py try more."""
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
import fuzz_saved  # noqa: E402  (enters its readers)
from fuzz_readers import CAPTIONS, READERS, WORDS, one, plan  # noqa: E402

HOW_MANY = {                           # inputs of each reader: the quick ones more often
    "captions": 900, "lines": 400, "listed": 600, "vocabulary": 600, "folder": 500, "doctor": 300, "photo": 300, "tsv": 400,
    "notes": 120, "journal": 60, "payload": 300, "settings": 150, "options": 150, "session": 300, "result": 150, "explanation": 150,
    "map": 250, "judgements": 300, "phrases": 200, "scores": 200, "faithfulness": 200, "run": 60}


@pytest.mark.parametrize("reader", READERS)
def test_no_damage_ends_in_anything_but_a_sentence(reader):
    wrong = {seed: said for seed in range(HOW_MANY[reader]) if (said := one(reader, seed)[0]) not in ("accepted", "Problem")}
    assert not wrong, wrong


def test_each_kind_of_file_is_tried_and_five_thousand_inputs_at_least():
    assert set(HOW_MANY) == set(READERS) and set(fuzz_saved.SAVED) <= set(READERS) and sum(HOW_MANY.values()) >= 5000


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
