"""Two processes train to the weights of one with the same batches."""
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from toys import toy

from vsrlab.data.batches import batches, steps
from vsrlab.data.words import Vocabulary
from vsrlab.settings import Settings
from vsrlab.training.distributed import World
from vsrlab.training.fit import fit
from vsrlab.zoo import ZOO

HERE = Path(__file__).parent
SETTINGS = Settings(options=dict(dim=8), batch=9, epochs=2, rate=1e-3, warm_up=1, device="cpu")
MODELS = {"vsepp": {}, "scan": {}, "vsrn": {"caption": True, "caption_dropout": 0.0}, "vsrpp": {}}
CHILD = """
import sys; sys.path.insert(0, {tests!r})
import torch; torch.set_num_threads(1)
from test_distributed import SETTINGS, corpora, wanted
from vsrlab.training.fit import fit
for name, settings in wanted():
    train, dev = corpora()
    run = fit(train, settings, out={out!r} + "/" + name, dev=dev, ui="text")
    assert len(run.log) == 2
"""


def corpora():
    return toy(17), toy(12, seed=8)                # 34 texts: batches of 9, 9, 9 and 7, so shares and lengths are uneven


def wanted():
    for name, options in MODELS.items():
        if name in ZOO:
            yield name, SETTINGS.but(model=name, options={**SETTINGS.options, **options})


def torchrun(out, processes=2):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = str(s.getsockname()[1])
    code = CHILD.format(tests=str(HERE), out=str(out))
    children = [subprocess.Popen([sys.executable, "-c", code], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(processes),
                                      "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"})
                for rank in range(processes)]
    said = [child.communicate(timeout=240) for child in children]
    assert all(child.returncode == 0 for child in children), "\n".join(error[-3000:] for _, error in said)
    return [out for out, _ in said]


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    out = tmp_path_factory.mktemp("together")
    return out, torchrun(out)


@pytest.mark.parametrize("name", MODELS)
def test_two_processes_train_to_the_weights_of_one(together, name):
    if name not in ZOO:
        pytest.skip(f"{name} is not in the zoo yet")
    from vsrlab.run import Run
    folder = together[0] / name
    train, dev = corpora()
    alone = fit(train, dict(wanted())[name], dev=dev, ui="none")
    run = Run.load(folder)
    assert [line["loss"] for line in run.log] == pytest.approx([line["loss"] for line in alone.log], rel=1e-4)
    assert [line["rsum"] for line in run.log] == pytest.approx([line["rsum"] for line in alone.log], abs=1e-6)
    for key, x in alone.model.state_dict().items():
        assert torch.allclose(run.model.state_dict()[key].float(), x.float(), atol=2e-5), key


def test_only_the_main_process_prints_and_writes(together):
    first, second = together[1]
    assert first.count("epoch 2/2") == len(list(wanted())) and second == ""


def test_shares_are_consecutive_and_cover_every_batch():
    corpus = toy(17)
    vocabulary = Vocabulary.of(corpus.texts)
    whole = [b.image.tolist() for b in batches(corpus, vocabulary, 10, seed=1)]
    halves = [[b.image.tolist() for b in batches(corpus, vocabulary, 10, seed=1, part=(rank, 2))] for rank in (0, 1)]
    assert [a + b for a, b in zip(*halves)] == whole and len(whole) == steps(34, 10, 2) == 4
    later = [b.image.tolist() for b in batches(corpus, vocabulary, 10, seed=1, start=2)]
    assert later == whole[2:]
    assert [steps(n, 10) for n in (9, 10, 11, 12, 20)] == [1, 1, 1, 2, 2]      # a single pair has no wrong answer


def test_alone_everything_is_given_back_as_it_is():
    alone, x = World(), torch.ones(2, requires_grad=True)
    assert alone.main and alone.rows(x) is x and alone.texts(x) is x and alone.sum(x) is x
    assert alone.any(True, "cpu") is True and alone.agree(lambda: 7) == 7
