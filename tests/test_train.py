"""fit: it learns, it obeys, it goes on exactly where it stopped, and nothing that goes wrong costs more than an epoch."""
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toys import toy

import vsrlab.training.fit as training
from vsrlab import checkpoint, files, progress
from vsrlab.data.batches import read
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Problem
from vsrlab.losses import LOG_SCALE, hinge, right_answers
from vsrlab.progress import surroundings
from vsrlab.run import Run
from vsrlab.settings import Settings
from vsrlab.training import step as stepping
from vsrlab.training.fit import divide, fit
from vsrlab.training.panel import Panel
from vsrlab.training.resume import optimiser_of
from vsrlab.training.step import hide, losses, rate
from vsrlab.zoo import ZOO, build

SMALL = Settings(model="scan", options=dict(dim=16), batch=16, epochs=3, rate=2e-3, seed=3)


def same(a, b):
    """Are two models' weights and statistics the same, bit by bit?"""
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_a_model_learns_sixteen_images_by_heart(tmp_path):
    corpus = toy(16, each=1)
    run = fit(corpus, Settings(model="vsepp", options=dict(dim=32), batch=16, epochs=60, rate=5e-3, warm_up=10), ui="none")
    assert run.best["text R@1"] > 85 and run.best["image R@1"] > 85
    assert run.log[-1]["loss"] < run.log[10]["loss"] / 2
    assert "too few to hold any out" in run.log[0]["dev"]


def test_the_same_seed_gives_the_same_weights_and_leaves_other_random_numbers_alone():
    torch.manual_seed(9)
    before = torch.get_rng_state()
    a, b = (fit(toy(), SMALL.but(word_dropout=0.2, region_dropout=0.2), ui="none") for _ in "ab")
    assert same(a.model, b.model) and torch.equal(before, torch.get_rng_state())
    assert not same(a.model, fit(toy(), SMALL.but(word_dropout=0.2, region_dropout=0.2, seed=4), ui="none").model)


def interrupt_at(monkeypatch, step, how):
    """Something happens inside the given step (counted over all epochs)."""
    count, true = [0], stepping.hide

    def hook(batch, settings):
        count[0] += 1
        if count[0] == step:
            how()
        return true(batch, settings)
    monkeypatch.setattr(stepping, "hide", hook)


def raise_interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize("model", ["scan", "vsrn", "vsrpp"])
@pytest.mark.parametrize("how", [raise_interrupt, lambda: signal.raise_signal(signal.SIGINT)], ids=["raised in the step", "Ctrl-C"])
def test_an_interrupted_training_goes_on_to_the_very_same_weights(tmp_path, monkeypatch, capsys, model, how):
    if model not in ZOO:
        pytest.skip(f"{model} is not in the zoo yet")
    settings = SMALL.but(model=model, word_dropout=0.1, region_dropout=0.1)
    whole = fit(toy(), settings, out=tmp_path / "whole", ui="none")
    interrupt_at(monkeypatch, 7, how)                                     # in the second epoch of five steps each
    stopped = fit(toy(), settings, out=tmp_path / "cut", ui="text")
    assert len(stopped.log) == 1 and "saved in" in capsys.readouterr().out
    assert checkpoint.load(tmp_path / "cut" / "last.pt")["step"] in (1, 2)
    again = fit(toy(), settings, out=tmp_path / "cut", ui="text")
    assert "going on after epoch 1, step" in capsys.readouterr().out
    assert same(again.model, whole.model)
    last = [Run.load(tmp_path / name, "last") for name in ("whole", "cut")]
    assert same(last[0].model, last[1].model)
    timeless = lambda log: [{k: v for k, v in line.items() if k != "seconds"} for line in log]
    assert timeless(again.log) == timeless(whole.log)


def test_more_epochs_may_be_asked_for_and_two_and_two_are_four(tmp_path):
    four = fit(toy(), SMALL.but(epochs=4, decay_after=2), ui="none", out=tmp_path / "four")
    fit(toy(), SMALL.but(epochs=2, decay_after=2), ui="none", out=tmp_path / "two")
    more = fit(toy(), SMALL.but(epochs=4, decay_after=2), ui="none", out=tmp_path / "two")
    assert same(more.model, four.model) and [line["rate"] for line in more.log] == pytest.approx([2e-3, 2e-3, 2e-4, 2e-4])
    assert json.loads((tmp_path / "two" / "config.json").read_text())["settings"]["epochs"] == 4
    with pytest.raises(Problem, match="already been trained for 4 epochs, 1 were asked for"):
        fit(toy(), SMALL.but(epochs=1, decay_after=2), ui="none", out=tmp_path / "two")


def test_other_settings_or_data_are_refused_and_fresh_begins_beside(tmp_path, capsys):
    first = fit(toy(), SMALL.but(epochs=1), out=tmp_path / "run", ui="none")
    for change, said in (({"rate": 1e-3}, "rate is 0.002 there and 0.001 here"), ({"options": dict(dim=8)}, "options is")):
        with pytest.raises(Problem, match=said + ".*fresh=True"):
            fit(toy(), SMALL.but(epochs=1, **change), out=tmp_path / "run", ui="none")
    with pytest.raises(Problem, match="training data are others"):
        fit(toy(seed=1), SMALL.but(epochs=1), out=tmp_path / "run", ui="none")
    for n in (2, 3):
        beside = fit(toy(), SMALL.but(epochs=1, rate=1e-3), out=tmp_path / "run", ui="text", fresh=True)
        assert beside.folder == tmp_path / f"run-{n}" and "is kept; the new run is in" in capsys.readouterr().out
    assert same(Run.load(tmp_path / "run").model, first.model)


def test_a_finished_run_is_opened_not_trained_again(tmp_path):
    first = fit(toy(), SMALL, out=tmp_path / "run", ui="none")
    stamp = (tmp_path / "run" / "last.pt").stat().st_mtime_ns
    assert same(fit(toy(), SMALL, out=tmp_path / "run", ui="none").model, first.model)
    assert (tmp_path / "run" / "last.pt").stat().st_mtime_ns == stamp


CHILD = """
import sys; sys.path.insert(0, {tests!r})
import torch; torch.set_num_threads({threads})
from test_train import SMALL, toy; from vsrlab.training.fit import fit
fit(toy(200), SMALL.but(epochs=40), out={out!r}, ui="text")
"""


def test_kill_at_any_moment_leaves_a_run_that_can_be_read_and_gone_on_with(tmp_path):
    out, rng = tmp_path / "run", random.Random(1)
    code = CHILD.format(tests=str(Path(__file__).parent), out=str(out), threads=torch.get_num_threads())    # bits depend on it
    for _ in range(2):
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        told = child.stdout.readline()                                    # an epoch is done, or it goes on from one
        time.sleep(0.6 * rng.random())
        child.kill()
        told = [line for line in (told, *child.communicate()[0].splitlines()) if line.startswith("epoch")]
        for name in ("best", "last"):
            Run.load(out, name)
        saved = checkpoint.load(out / "last.pt")
        assert not told or saved["epoch"] >= int(told[-1].split("/")[0].split()[1]), "more than the epoch that ran was lost"
        assert len(saved["log"]) == saved["epoch"]
    settings = SMALL.but(epochs=saved["epoch"] + 1)
    went_on = fit(toy(200), settings, out=out, ui="none")
    assert same(went_on.model, fit(toy(200), settings, ui="none").model)
    assert not list(out.glob("*.partial")), "what a kill left half-written is swept away by the next call"


def test_a_full_disk_is_one_sentence_and_the_former_checkpoint_stays(tmp_path, monkeypatch):
    run = fit(toy(), SMALL.but(epochs=1), out=tmp_path / "run", ui="none")
    kept = (tmp_path / "run" / "last.pt").read_bytes()

    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, former[1]))          # a write past 8 kB fails, as on a full disk
    try:
        with pytest.raises(Problem, match=r"could not be saved \(File too large\); the former .* is as it was.*Free some space"):
            fit(toy(), SMALL.but(epochs=2), out=tmp_path / "run", ui="none")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert (tmp_path / "run" / "last.pt").read_bytes() == kept and same(Run.load(tmp_path / "run").model, run.model)
    assert not list((tmp_path / "run").glob(".*.partial"))
    assert len(fit(toy(), SMALL.but(epochs=2), out=tmp_path / "run", ui="none").log) == 2


def test_a_loss_that_is_no_number_stops_with_its_epoch_and_saves_nothing_broken(tmp_path, monkeypatch):
    true = training.losses
    fit(toy(), SMALL.but(epochs=1), out=tmp_path / "run", ui="none")

    def sick(*given):
        parts, *rest = true(*given)
        return {**parts, "caption": parts["rank"] * float("nan")}, *rest
    monkeypatch.setattr(training, "losses", sick)
    with pytest.raises(Problem, match="epoch 2: the caption loss is no longer a number.*epochs before are saved"):
        fit(toy(), SMALL, out=tmp_path / "run", ui="none")
    assert len(Run.load(tmp_path / "run", "last").log) == 1
    with pytest.raises(Problem, match="epoch 1: the caption loss is no longer a number.*; nothing was saved yet"):
        fit(toy(), SMALL, out=tmp_path / "other", ui="none")
    assert not (tmp_path / "other").exists()


class Killed(BaseException):
    """What no code catches."""


@pytest.mark.parametrize("at, epochs", [("write_log", 1), ("history.csv", 2), ("metrics.json", 2), ("curves.png", 2),
                                        ("log.jsonl", 2)])
def test_what_a_kill_after_the_last_epoch_cost_is_made_again(tmp_path, monkeypatch, at, epochs):
    settings, out = SMALL.but(epochs=epochs, rate=1e-9, warm_up=0), tmp_path / "run"
    whole = fit(toy(), settings, out=tmp_path / "whole", ui="none")
    if epochs == 2:
        fit(toy(), settings.but(epochs=1), out=out, ui="none")
    true = files.write

    def killed(path, fill):
        if Path(path).name in (at, "history.csv" if at == "write_log" else at):
            raise Killed
        return true(path, fill)
    with monkeypatch.context() as now:
        now.setattr(files, "write", killed)
        now.setattr(checkpoint, "write", killed)
        with pytest.raises(Killed):
            fit(toy(), settings, out=out, ui="none")
    fit(toy(), settings, out=out, ui="none")
    again = Run.load(out)
    assert {path.name for path in out.iterdir()} == {path.name for path in (tmp_path / "whole").iterdir()}
    assert len(again.log) == epochs and again.best["epoch"] == whole.best["epoch"]
    for name in ("metrics.json", "best.pt"):
        assert (out / name).stat().st_size == (tmp_path / "whole" / name).stat().st_size
    assert len((out / "history.csv").read_text().splitlines()) == epochs + 1


def test_a_damaged_log_and_a_lost_vocabulary_are_written_again_by_the_same_call(tmp_path):
    run = fit(toy(), SMALL.but(epochs=2), out=tmp_path / "run", ui="none")
    (run.folder / "log.jsonl").write_text('{"epoch": 1')
    (run.folder / "vocabulary.json").unlink()
    fit(toy(), SMALL.but(epochs=2), out=run.folder, ui="none")
    again = Run.load(run.folder)
    assert again.log == run.log and again.vocabulary == run.vocabulary


def test_best_weights_that_are_gone_are_made_again_where_the_last_ones_are_the_best(tmp_path):
    settings = SMALL.but(epochs=3, rate=0.05, warm_up=0, seed=2)              # its best epoch is not the last one
    for epochs in (1, 3):
        run = fit(toy(), settings.but(epochs=epochs), out=tmp_path / "run", ui="none")
        best = (run.folder / "best.pt").read_bytes()
        (run.folder / "best.pt").unlink()
        with pytest.raises(Problem, match="best.pt of .* is gone; vl.Run.load.*'last'. opens its last state.*to make best.pt"):
            Run.load(run.folder)
        if run.best["epoch"] == epochs:
            assert same(fit(toy(), settings.but(epochs=epochs), out=run.folder, ui="none").model, run.model)
            assert (run.folder / "best.pt").read_bytes() == best
    with pytest.raises(Problem, match="last.pt holds other weights than those of the best epoch.*'last'.*fresh=True"):
        fit(toy(), settings, out=run.folder, ui="none")
    assert Run.load(run.folder, "last").log == run.log


def test_half_files_of_a_killed_process_are_removed_by_the_next_call_and_those_of_a_living_one_stay(tmp_path):
    run = fit(toy(), SMALL.but(epochs=1), out=tmp_path / "run", ui="none")
    gone = subprocess.Popen(["true"])
    gone.wait()
    halves = [run.folder / f".best.pt{process}.partial" for process in (f".{gone.pid}", f".{os.getppid()}", "")]
    for path in halves:
        path.write_bytes(b"half")
    fit(toy(), SMALL.but(epochs=1), out=run.folder, ui="none")
    assert [path.exists() for path in halves] == [False, True, False]


def test_word_ids_are_shared_by_a_vocabulary_a_file_of_one_or_the_folder_of_a_run(tmp_path):
    first = fit(toy(), SMALL.but(epochs=1), out=tmp_path / "run", ui="none")
    for given in (first.vocabulary, first.folder, str(first.folder / "vocabulary.json")):
        assert fit(toy(60, seed=3), SMALL.but(epochs=1), vocabulary=given, ui="none").vocabulary == first.vocabulary


@pytest.mark.parametrize("wrong, sentence", [
    (lambda: fit(replace(toy(), texts=[], image_of_text=np.array([], int))), "40 images and 0 texts"),
    (lambda: fit(toy(), SMALL.but(device="cuda:7")), "device='cuda:7' was asked for, but torch finds"),
    (lambda: fit(toy(), SMALL.but(device="gpu")), "no device 'gpu'"),
    (lambda: fit(toy(), SMALL.but(model="scna")), "did you mean 'scan'"),
    (lambda: fit(toy(), SMALL.but(options=dict(dmi=4))), "did you mean 'dim'"),
    (lambda: fit(toy(), SMALL, dev=toy(features=12)), "toy has 12 features a region, the run was trained on 10"),
    (lambda: fit(toy(), SMALL.but(device="mps")), "no device 'mps'"),
    (lambda: fit(toy(), SMALL.but(device="meta")), "no device 'meta'"),
    (lambda: fit("features"), "vl.fit needs a Corpus, not 'features'; open one with vl.precomputed"),
    (lambda: fit(toy(), SMALL, dev="dev"), "vl.fit needs a Corpus, not 'dev'"),
    (lambda: fit(toy(), "vsrpp"), "vl.fit needs a Settings, not 'vsrpp'; write vl.Settings"),
    (lambda: fit(toy(), None), "vl.fit needs a Settings, not None"),
    (lambda: fit(toy(), SMALL, vocabulary=["red"]), "needs a Vocabulary, not the list it was given"),
    (lambda: fit(toy(), SMALL, vocabulary="nowhere.json"), "no vocabulary at nowhere.json"),
    (lambda: fit(toy(), SMALL, vocabulary=Vocabulary(["hund"])), "no text of toy holds one of the 1 words of the model"),
    (lambda: fit(toy(), SMALL, dev=replace(toy(), texts=["xyzzy"] * 80)), "no text of toy holds one of"),
    (lambda: fit(replace(toy(), texts=["... !!"] * 80), SMALL), "no word of the captions of toy enters the vocabulary"),
    (lambda: fit(toy(), SMALL.but(min_count=99999)), "enters the vocabulary with min_count=99999; lower it, or look at"),
    (lambda: fit(toy(), SMALL, ui="fancy"), "no ui 'fancy'"),
    (lambda: fit(replace(toy(), regions=np.full((40, 4, 10), np.nan, np.float32)), SMALL, ui="none"), "NaN or infinite features")])
def test_what_cannot_be_trained_is_said_in_a_sentence(wrong, sentence):
    with pytest.raises(Problem, match=sentence):
        wrong()


def test_cuda_where_there_is_none_is_one_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(Problem, match="device='cuda' was asked for, but torch finds no GPU here; take device='auto' or 'cpu'"):
        fit(toy(), SMALL.but(device="cuda"), ui="none")


def test_neighbours_are_held_out_together_every_tenth_pair_and_at_most_a_thousand():
    train, dev, said = divide(toy(100))
    assert dev.ids == ["18", "19", "38", "39", "58", "59", "78", "79", "98", "99"] and len(train) == 90
    assert not set(train.ids) & set(dev.ids) and said == "every 10th pair of neighbouring images, 10 of 100"
    _, dev, _ = divide(toy(12_001, regions=2, each=1))
    assert 900 < len(dev) <= 1000
    _, dev, said = divide(toy(), toy(1200, regions=2, each=1, seed=1, name="other"))
    assert len(dev) == 1000 and said == "the first 1000 images of other"


def test_the_loss_is_the_weighted_sum_of_its_parts():
    corpus, settings = toy(), SMALL.but(extra_weight=0.5)
    vocabulary = Vocabulary.of(corpus.texts)
    model = build("scan", 10, len(vocabulary), dim=16)
    batch = read(corpus, [0, 1, 2, 6, 9], vocabulary)                     # texts 0 and 1 describe one image
    images = model.encode_images(batch.regions, batch.region_mask)
    scores = model.match(images, model.encode_texts(batch.words, batch.word_mask)).scores
    model.ranking_losses = lambda match: [(1.0, match.scores), (2.0, 3 * match.scores)]
    model.extra_loss = lambda batch, images, texts: {"caption": torch.tensor(4.0)}
    parts, spread, level = losses(model, batch, settings, True)
    right = right_answers(batch.image)
    both = hinge(scores, right) + 2 * hinge(3 * scores, right)
    assert parts["rank"].item() == pytest.approx(both.item(), rel=1e-5)
    assert parts["caption"].item() == 2.0 and spread.item() == pytest.approx(scores.std().item(), rel=1e-5)
    assert level == pytest.approx(3 * 2 * 5 * 0.2)
    eye, _, _ = losses(model, batch, settings.but(own_captions="negative"), True)
    assert eye["rank"].item() >= parts["rank"].item()


def test_hidden_regions_and_words_are_about_as_many_as_asked_and_never_all():
    corpus = toy(200, regions=8)
    batch = read(corpus, range(400), Vocabulary.of(corpus.texts))
    shown = hide(batch, SMALL.but(word_dropout=0.3, region_dropout=0.4))
    plain = batch.word_mask & (batch.words > 2)
    assert 0.25 < float((shown.words[plain] == 3).float().mean()) < 0.35
    assert torch.equal(shown.words[~plain], batch.words[~plain])          # markers and padding stay
    assert 0.55 < float(shown.region_mask.float().mean()) < 0.65 and bool(shown.region_mask.any(1).all())
    assert float(shown.regions[~shown.region_mask].abs().max()) == 0
    few = hide(batch, SMALL.but(region_dropout=0.999))
    assert bool(few.region_mask.any(1).all())
    assert hide(batch, SMALL) == batch


def test_sum_of_hinges_warms_up_the_maximum_and_the_log_says_so():
    run = fit(toy(), SMALL, ui="none")
    assert [line["hinge"] for line in run.log] == ["sum", "max", "max"]
    assert [line["hinge"] for line in fit(toy(), SMALL.but(model="vse0"), ui="none").log] == ["sum"] * 3
    assert [line["hinge"] for line in fit(toy(), SMALL.but(warm_up=0), ui="none").log] == ["max"] * 3


def test_each_parameter_is_optimised_once_and_weight_decay_means_adamw():
    model = build("scan", 10, 20, dim=16)
    model.again = model.get_submodule(next(name for name, _ in model.named_children()))    # a module under two names
    own = [p for group in optimiser_of(model, SMALL).param_groups for p in group["params"]]
    assert len(own) == len({id(p) for p in own}) == len(list(model.parameters()))
    names = [type(optimiser_of(model, SMALL.but(weight_decay=decay))).__name__ for decay in (0.0, 0.1)]
    assert names == ["Adam", "AdamW"]


def test_headless_training_prints_one_line_an_epoch_and_nothing_else(capsys):
    fit(toy(), SMALL)
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3 and not printed.err and surroundings() == "text"
    assert all(word in printed.out for word in ("epoch 3/3", "loss", "rank", "text R@1/5/10", "rsum", "chance", "best"))
    fit(toy(), SMALL, ui="none")
    assert not capsys.readouterr().out


def test_the_panel_of_a_notebook_is_one_display_updated_at_most_once_a_second(monkeypatch):
    import IPython.display
    shown, updates = [], []

    class Handle:
        def update(self, page, raw): updates.append(page["text/html"])
    monkeypatch.setattr(IPython.display, "display", lambda page, **how: (shown.append(page["text/html"]), Handle())[1])
    began = time.perf_counter()
    fit(toy(), SMALL.but(epochs=4), ui="rich")
    assert len(shown) == 1 and len(updates) <= 4 + (time.perf_counter() - began)
    assert "epoch 4/4" in updates[-1] and "<svg" in updates[-1] and "chance" in updates[-1] and "interrupt" not in updates[-1]
    panel = Panel("a <b> run", 10, 100, 12.0)
    panel.recent.extend([0.5] * 9 + [30.0])
    panel.pauses.append(5.0)
    assert panel.left(8, 50) == pytest.approx(150 * 0.5 + 2 * 5.0)          # a median: one slow step does not move it
    assert "a &lt;b&gt; run" in panel.html()


def test_a_collapse_is_named_with_its_remedies(monkeypatch):
    corpus = replace(toy(200), regions=np.ones((200, 4, 10), np.float32))  # all images alike: nothing can be learnt from them
    run = fit(corpus, SMALL.but(model="vsepp", epochs=4, batch=8, warm_up=0, rate=0.0), dev=toy(), ui="none")
    assert run.log[-1]["alarm"] == ""                                      # scores differ between texts: no collapse
    true = training.losses

    def flat(*given):
        parts, spread, level = true(*given)
        return {"rank": parts["rank"] * 0 + level}, spread * 0, level
    monkeypatch.setattr(training, "losses", flat)
    run = fit(toy(200), SMALL.but(model="vsepp", epochs=4, batch=16, warm_up=1), ui="none")     # 23 steps an epoch
    assert [bool(line["alarm"]) for line in run.log] == [False, False, False, True]
    assert all(word in run.log[3]["alarm"] for word in ("smaller rate", "warm_up", "larger batch"))


def test_a_run_stopped_within_its_first_epoch_is_saved_and_goes_on(tmp_path, monkeypatch, capsys):
    from vsrlab.training import fit as module
    settings = Settings(model="vsepp", epochs=1, batch=8, options=dict(dim=8, word_dim=8))
    straight = fit(toy(), settings, ui="none")
    real, calls = module.losses, []

    def pressed(*given):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*given)
    monkeypatch.setattr(module, "losses", pressed)
    stopped = fit(toy(), settings, out=tmp_path / "run", ui="text")
    assert stopped.log == [] and not (tmp_path / "run" / "curves.png").exists()
    monkeypatch.setattr(module, "losses", real)
    resumed = fit(toy(), settings, out=tmp_path / "run", ui="none")
    assert all(torch.equal(a, b) for a, b in zip(straight.model.state_dict().values(), resumed.model.state_dict().values()))


def test_where_nobody_looks_long_work_says_a_line_a_minute(monkeypatch, capsys):
    clock = iter(range(0, 10_000, 25))
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    assert list(progress.watched(range(6), "photos", each=10)) == list(range(6))
    said = capsys.readouterr().err
    assert said.splitlines() == ["20 of 60 photos, 2 min left", "50 of 60 photos, 30 s left"] and "\r" not in said


def test_the_rate_falls_along_a_wave_after_it_rose_or_by_steps():
    wave = Settings(schedule="cosine", epochs=4, rate=1.0, rise=1)
    told = [rate(wave, epoch, step, 10) for epoch in range(4) for step in range(10)]
    assert told[0] == pytest.approx(0.1) and told[9] == pytest.approx(0.5 * (1 + np.cos(np.pi * 0.9 / 4)))
    assert told[20] == pytest.approx(0.5) and 0 < told[-1] < 0.002 and np.argmax(told) == 9
    assert all(a > b for a, b in zip(told[9:], told[10:]))
    steps = Settings(epochs=4, rate=1.0, decay_after=2)
    assert [rate(steps, epoch, 5, 10) for epoch in range(4)] == pytest.approx([1, 1, 0.1, 0.1])


@pytest.mark.parametrize("model", ["vsepp", "vsrpp-kit"])
def test_info_nce_trains_with_a_temperature_of_its_own_and_goes_on_where_it_was(tmp_path, model):
    asked = SMALL.but(model=model, options=dict(dim=16), loss="nce", schedule="cosine", rise=0.5)
    whole = fit(toy(), asked, ui="none", out=tmp_path / "whole")
    assert whole.log[-1]["loss"] < whole.log[0]["loss"] and whole.log[-1]["hinge"] == "nce"
    assert float(whole.model.log_scale) != pytest.approx(LOG_SCALE, abs=1e-4)
    opened = Run.load(tmp_path / "whole")
    assert same(opened.model, whole.model) and opened.settings.ranking == ("nce", 0.0)
    assert same(fit(toy(), asked, ui="none", out=tmp_path / "whole").model, whole.model)


def test_info_nce_takes_no_hinge_and_models_with_losses_of_their_own_do_not_take_it():
    with pytest.raises(Problem, match="loss='nce' has neither a hinge nor a margin; leave them out"):
        Settings(loss="nce", margin=0.1)
    with pytest.raises(Problem, match="dspe takes neither hinge nor margin nor loss"):
        Settings(model="dspe", loss="nce")
    with pytest.raises(Problem, match="no value of Settings.schedule 'wave'; did you mean"):
        Settings(schedule="wave")
