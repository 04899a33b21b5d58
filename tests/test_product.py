"""The product of float32: the faster exact one, chosen once, recorded, and kept by a resume."""
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_train import SMALL, toy

from vsrlab import device
from vsrlab.device import Tried, exact_products, fastest, product, same_product, tried
from vsrlab.errors import Problem
from vsrlab.training.fit import fit


@pytest.fixture(autouse=True)
def anew():
    """Each test decides anew, and the process afterwards."""
    product.cache_clear()
    yield
    product.cache_clear()


@pytest.mark.parametrize("seconds, error, chosen", [
    ((1, 1, 1, 1), 3e-7, "medium"), ((1, 1, 1, 9), 3e-7, "medium"), ((1, 1, 9, 9), 3e-7, "highest"),
    ((1, 1, 1, 1), 2e-3, "highest"), ((1.9, 1.9, 1.9, 1.9), 3e-7, "highest"), ((3, 3, 3, 3), 3e-7, "highest")])
def test_the_faster_one_is_taken_only_when_it_is_exact_and_clearly_faster(seconds, error, chosen):
    assert fastest({"highest": Tried((2, 2, 2, 2), 4e-7), "medium": Tried(seconds, error)}) == chosen


def test_both_are_tried_against_float64():
    found = tried()
    assert set(found) == {"highest", "medium"} and all(min(x.seconds) > 0 for x in found.values())
    assert 0 < found["highest"].error < 1e-6, "torch's own product is one of float32"


def test_it_is_tried_once_a_process(monkeypatch):
    calls = []
    monkeypatch.delenv("VSRLAB_PRODUCT", raising=False)
    found = {"highest": Tried((2,) * 2, 1e-7), "medium": Tried((1,) * 2, 1e-7)}
    monkeypatch.setattr(device, "tried", lambda: calls.append(1) or found)
    assert [product(), product()] == ["medium", "medium"] and calls == [1]


def test_a_person_decides_by_hand(monkeypatch):
    monkeypatch.setenv("VSRLAB_PRODUCT", "medium")
    assert product() == "medium"
    product.cache_clear()
    monkeypatch.setenv("VSRLAB_PRODUCT", "fast")
    with pytest.raises(Problem, match="VSRLAB_PRODUCT=fast: it is 'auto', 'highest' or 'medium'"):
        product()


@pytest.mark.skipif(torch.cuda.is_available(), reason="where torch sees a GPU, its precision is left alone")
def test_torch_is_afterwards_as_it_was():
    now = torch.get_float32_matmul_precision
    with pytest.raises(ValueError), exact_products("medium"):
        assert now() == "medium"
        with exact_products("highest"):
            assert now() == "medium", "the outer block has decided"
        raise ValueError
    assert now() == "highest"
    torch.set_float32_matmul_precision("high")
    try:
        with exact_products("medium"):
            assert now() == "high", "a person's own precision is kept"
    finally:
        torch.set_float32_matmul_precision("highest")


def test_a_resume_keeps_the_product_of_the_run_where_it_is_exact(monkeypatch):
    monkeypatch.setenv("VSRLAB_PRODUCT", "highest")
    for error, kept in ((1e-7, "medium"), (1e-3, "highest")):
        monkeypatch.setattr(device, "tried", lambda e=error: {"highest": Tried((1,) * 2, 1e-7), "medium": Tried((1,) * 2, e)})
        assert same_product("medium") == kept
    assert same_product(None) == same_product("highest") == same_product("nonsense") == "highest"


@pytest.mark.skipif(torch.cuda.is_available(), reason="products of float32 are chosen on a CPU")
def test_the_choice_is_recorded_and_a_resume_under_another_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VSRLAB_PRODUCT", "medium")
    monkeypatch.setattr(device, "tried", lambda: {"highest": Tried((1,) * 2, 1e-7), "medium": Tried((1,) * 2, 1e-7)})
    fit(toy(), SMALL.but(epochs=1), tmp_path / "run", ui="none")
    about = json.loads((tmp_path / "run" / "env.json").read_text())
    assert about["product"] == "medium"
    product.cache_clear()
    monkeypatch.setenv("VSRLAB_PRODUCT", "highest")
    seen = []
    monkeypatch.setattr("vsrlab.training.fit._epoch", lambda *a: seen.append(torch.get_float32_matmul_precision()) or False)
    fit(toy(), SMALL.but(epochs=2), tmp_path / "run", ui="text")
    assert seen == ["medium"] and "product" not in capsys.readouterr().out
    assert json.loads((tmp_path / "run" / "env.json").read_text())["product"] == "medium"
    monkeypatch.setattr(device, "tried", lambda: {"highest": Tried((1,) * 2, 1e-7), "medium": Tried((1,) * 2, 1e-3)})
    fit(toy(), SMALL.but(epochs=2), tmp_path / "run", ui="text")
    assert seen[1:] == ["highest"] and "product medium then, highest now" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="here it would run for minutes")
def test_the_trial_of_a_gpu_is_skipped_with_a_sentence_where_there_is_none():
    bench = Path(__file__).parents[1] / "bench" / "gpu.py"
    told = subprocess.run([sys.executable, str(bench)], capture_output=True, text=True)
    assert told.returncode == 0 and told.stdout.startswith("skipped: torch finds no GPU here") and not told.stderr
