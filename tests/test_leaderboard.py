"""The leaderboard trains what is missing, opens what is there, and says what is uncertain; its files are safe and open again."""
import csv
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from toys import toy

import vsrlab as vl
from vsrlab import cli
from vsrlab.errors import Missing, Problem
from vsrlab.leaderboard import cost, printed, words, work
from vsrlab.leaderboard.board import Leaderboard
from vsrlab.leaderboard.entry import Entry, Measured, answers_of
from vsrlab.leaderboard.wanted import Wanted, settings_of, wanted
from vsrlab.measure.paired import holm, sign_flips
from vsrlab.measure.ranks import Ranks, summary
from vsrlab.models.matcher import Matcher
from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.zoo import ZOO

SMALL = {"epochs": 1, "batch": 16, "options": {"dim": 8, "word_dim": 6}}
TRAIN, TEST = toy(40, seed=1), toy(16, seed=2, name="toy-test")


def made(out, models=("devise", "vse0"), seeds=(0, 1), settings=SMALL, **more):
    return vl.leaderboard(TRAIN, TEST, list(models), seeds, settings, out, ui="none", **more)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("board")


@pytest.fixture(scope="module")
def board(runs):
    return made(runs, ["devise", "vse0", "scan"], ensembles=["scan"])


def synthetic(recalls: dict, images=30, seeds=2, **stamp):
    """A board of systems that find the text of an image, and the image of a text, first with so many per cent."""
    rng, rows = np.random.default_rng(0), []
    for name, share in recalls.items():
        sides = [Ranks(*(np.where(rng.random(images) < share, 0, 20) for _ in range(2))) for _ in range(seeds)]
        runs = [Measured([n], summary(ranks), answers_of(ranks), 1, 10, 1.0, 1.0, 0.1, 0.1, 0.1) for n, ranks in enumerate(sides)]
        rows.append(Entry(name, name, name.upper(), runs=runs, owner=np.arange(images)))
    stamp = {"corpus": "toy", "split": "test", "gallery": [images, images], "folds": 1, "ties": "counted against the model",
             "captions_per_image": "1", **stamp}
    return Leaderboard(rows, stamp, {n: 1.0 for n in rows[0].runs[0].values}, np.arange(images))


def test_every_row_has_its_numbers_those_of_the_runs_it_was_made_from(board, runs):
    for row in (row for row in board.rows if not row.ensemble):
        results = [vl.evaluate(vl.Run.load(runs / f"{row.key}-s{seed}"), TEST) for seed in (0, 1)]
        for name in ("text R@1", "image R@10", "rsum"):
            assert row[name] == pytest.approx(np.mean([r[name] for r in results]))
        assert row.spread == pytest.approx(np.std([r["rsum"] for r in results], ddof=1))
        one = Entry(row.key, row.model, row.label, runs=row.runs[:1], owner=row.owner)
        assert one.interval["rsum"][:2] == pytest.approx(results[0].interval["rsum"])
        run = vl.Run.load(runs / f"{row.key}-s0")
        assert row["parameters"] == sum(p.numel() for p in run.model.parameters() if p.requires_grad)
        assert row["cpu"] > 0 and row["wall"] > 0 and row["image_ms"] > 0 and row["text_ms"] > 0 and row["pair_us"] > 0
    assert board.chance["rsum"] == pytest.approx(vl.evaluate(vl.Run.load(runs / "scan-s0"), TEST).chance["rsum"])


def test_an_ensemble_is_the_mean_of_two_runs_and_says_so(board, runs):
    row = board["scan x 2"]
    both = vl.evaluate([vl.Run.load(runs / f"scan-s{seed}") for seed in (0, 1)], TEST)
    assert row["rsum"] == pytest.approx(both["rsum"]) and row.ensemble and row.seeds == [0, 1] and row.spread is None
    assert row["parameters"] == 2 * board["scan"]["parameters"]
    assert "not one model" in words.note(row) and "ensemble" in row.label
    assert words.title(board).startswith("Leaderboard: 3 systems on toy-test, 16 images x 32 texts")


def test_what_is_there_is_opened_and_more_is_added(board, runs, monkeypatch):
    monkeypatch.setattr(work, "fit", lambda *a, **k: pytest.fail("trained what is there"))
    again = made(runs, ["devise", "vse0", "scan"], ensembles=["scan"])
    assert again.text() == board.text()
    monkeypatch.undo()
    more = made(runs, ["vse0", "uvs"], seeds=(0,))
    assert {row.key for row in more.done} == {"vse0", "uvs"} and more["vse0"]["rsum"] == board["vse0"].runs[0].values["rsum"]


def test_another_gallery_is_measured_anew_without_training(board, runs, monkeypatch):
    other = toy(20, seed=5, name="toy-other")
    seen = []
    true = work.fit
    monkeypatch.setattr(work, "fit", lambda *a, **k: seen.append(true(*a, **k)) or seen[-1])
    found = vl.leaderboard(TRAIN, other, ["vse0"], (0,), SMALL, runs, ui="none")
    assert found.stamp["corpus"] == "toy-other" and found["vse0"].runs[0].weights == board["vse0"].runs[0].weights
    assert len(seen) == 1 and len(seen[0].log) == 1


def test_a_run_of_other_settings_is_a_row_that_says_so_and_the_others_go_on(tmp_path):
    made(tmp_path, ["vse0"], (0,))
    found = made(tmp_path, ["vse0", "devise"], (0,), {**SMALL, "rate": 0.5})
    assert found["devise"].done and not found["vse0"].done
    assert re.search(r"vse0-s0 holds another run \(rate is .* rename or remove that folder", found["vse0"].failed[0])
    assert "VSE0: seed 0:" in found.text() and "VSE0" in found.markdown() and "holds another run" in found.html()
    assert made(tmp_path, ["vse0"], (0,))["vse0"].done


class Broken(Matcher):
    """Reads images, and never texts."""

    def __init__(self, features, vocabulary, *, dim=8):
        super().__init__()
        self.layer = torch.nn.Linear(features, dim)


def test_a_model_that_fails_is_shown_with_its_sentence(tmp_path):
    vl.add_model("broken", Broken)
    try:
        found = made(tmp_path, ["broken", "vse0"], (0,), {"epochs": 1, "batch": 16, "options": {"dim": 8}})
    finally:
        del ZOO["broken"], PAPERS["broken"]
    assert "does not read images" in found["broken"].failed[0] and found["vse0"].done and found.best().key == "vse0"
    assert found.rows[-1].key == "broken" and found.table()["note"].iloc[1].startswith("seed 0:")
    assert not (tmp_path / "broken-s0" / "last.pt").exists()


def test_stopped_it_gives_what_there_is_and_the_same_call_goes_on(tmp_path, monkeypatch, capsys):
    true, calls = work.fit, []

    def fit(*given, **more):
        calls.append(given[1].model)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return true(*given, **more)
    monkeypatch.setattr(work, "fit", fit)
    first = vl.leaderboard(TRAIN, TEST, ["devise"], (0, 1), SMALL, tmp_path)
    assert "stopped; the runs so far" in capsys.readouterr().out
    assert len(first["devise"].runs) == 1 and first["devise"].waiting == [1] and "seed 1 not reached yet" in first.text()
    assert len(vl.leaderboard(tmp_path / "leaderboard.json")["devise"].runs) == 1
    second = made(tmp_path, ["devise"])
    assert len(second["devise"].runs) == 2 and not second["devise"].waiting


def test_a_killed_run_is_gone_on_with_and_its_seconds_of_a_core_are_not_known(tmp_path):
    code = ("import sys; sys.path.insert(0, 'tests')\n"
            "import os, vsrlab as vl\nfrom toys import toy\nfrom vsrlab.training import fit as f\n"
            "true = f._measure\n"
            "def measure(state, *more):\n    true(state, *more)\n    os.kill(os.getpid(), 9)\n"
            "f._measure = measure\n"
            f"vl.leaderboard(toy(40, seed=1), toy(16, seed=2, name='toy-test'), ['vse0'], (0,), "
            f"{ {**SMALL, 'epochs': 2}!r}, {str(tmp_path)!r})")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == -9
    found = made(tmp_path, ["vse0"], (0,), {**SMALL, "epochs": 2})["vse0"]
    whole = vl.fit(TRAIN, settings_of(Wanted("vse0"), 0, {**SMALL, "epochs": 2}, scenes=False))
    assert found.epochs == 2 and found.runs[0].weights == whole.fingerprint
    assert found.runs[0].cpu is None and found["wall"] > 0 and np.isnan(found["cpu"])


def test_a_run_that_another_process_holds_is_left_to_it(tmp_path, monkeypatch):
    from vsrlab.locks import held
    job = work.Job(Wanted("vse0"), 0, settings_of(Wanted("vse0"), 0, SMALL, False), tmp_path / "vse0-s0")
    job.desk.mkdir(parents=True)
    gallery = work.Gallery(TRAIN, TEST)
    with held(job.desk, "a run"), pytest.raises(work.Busy):
        work.done(job, gallery, gallery.about())
    assert work.done(job, gallery, gallery.about())["measured"]["run"] == "vse0-s0"


def test_the_quickest_rows_come_first_and_the_time_left_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cost, "of_a_step", lambda settings, corpus: {"vse0": 2.0, "devise": 1.0}[settings.model])
    vl.leaderboard(TRAIN, TEST, ["vse0", "devise"], (0, 1), SMALL, tmp_path)
    said = capsys.readouterr().out.splitlines()
    assert [line[6:].split(":")[0] for line in said] == ["devise seed 0", "devise seed 1", "vse0 seed 0", "vse0 seed 1"]
    assert said[0].startswith("[1/4]") and "left" in said[0] and "left" not in said[-1]


def test_a_step_is_timed_without_touching_random_numbers_and_what_cannot_train_comes_last():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    assert 0 < cost.of_a_step(settings_of(Wanted("vse0"), 0, SMALL, False), TRAIN) < 5
    assert torch.equal(before, torch.get_rng_state())
    assert cost.of_a_step(Settings(model="vse0", options={"dim": -1}), TRAIN) == float("inf")


def test_tests_are_those_of_measure_over_images_on_means_over_seeds_with_holm_over_the_rows():
    board = synthetic({"good": 0.9, "fair": 0.55, "poor": 0.1}, images=60)
    tests = board.tests()
    assert set(tests) == {"fair", "poor"} and board.best().key == "good"
    p = {key: sign_flips(board["good"].units, board[key].units)["rsum"] for key in tests}
    assert {key: t.holm for key, t in tests.items()} == pytest.approx(holm(p))
    poor = tests["poor"]
    assert poor.words() == "behind" and poor.low < poor.difference < poor.high < 0
    ahead = board.tests("poor", "text R@1")["good"]
    assert ahead.words() == "ahead" and ahead.difference == pytest.approx(board["good"]["text R@1"] - board["poor"]["text R@1"])
    same = synthetic({"one": 0.5, "two": 0.5}, images=60)
    assert next(iter(same.tests().values())).words() == "cannot be told apart"
    two = board.only(["fair", "poor"])
    assert two.tests()["poor"].p == two.tests()["poor"].holm                     # one test needs no correction


def test_rows_can_be_sorted_by_what_they_reach_and_by_what_they_cost(board):
    assert [row["rsum"] for row in board.rows] == sorted((row["rsum"] for row in board.rows), reverse=True)
    small = board.sorted("parameters")
    assert [row["parameters"] for row in small.rows] == sorted(row["parameters"] for row in board.rows)
    assert [row.key for row in board.sorted("image R@1", most=False).rows][0] == board.sorted("image R@1").rows[-1].key
    with pytest.raises(Problem, match="no column to sort by 'paramters'; did you mean 'parameters'"):
        board.sorted("paramters")
    with pytest.raises(Problem, match="no row of the leaderboard 'scam'; did you mean 'scan'"):
        board["scam"]
    with pytest.raises(Problem, match="no cost 'cpus'; did you mean 'cpu'"):
        board.scatter("cpus")


def test_a_saved_board_opens_again_with_its_intervals_and_tests(board, tmp_path):
    path = board.save(tmp_path / "deep" / "board.json")
    again = vl.leaderboard(path)
    assert again.text() == board.text() and again.html().count("<tr") == board.html().count("<tr")
    assert {k: t.p for k, t in again.tests().items()} == {k: t.p for k, t in board.tests().items()}
    assert path.stat().st_size < 20_000


@pytest.mark.parametrize("spoil, said", [
    (lambda d: d.update(leaderboard=9), "another version"), (lambda d: d["rows"][0]["runs"][0]["answers"].pop(), "do not fit"),
    (lambda d: d["rows"][0]["runs"][0].update(answers=["9" * 16, "0" * 32]), "do not fit"),
    (lambda d: d.update(owner=[99] * 32), "do not belong"), (lambda d: d["stamp"].update(gallery="x"), "do not belong"),
    (lambda d: d.pop("rows"), 'has no "rows"'), (lambda d: d["rows"][0].update(label="a\nb"), "expected a text of one line")])
def test_a_file_that_is_no_board_is_one_sentence(board, tmp_path, spoil, said):
    path = board.save(tmp_path / "board.json")
    content = json.loads(path.read_text())
    spoil(content)
    path.write_text(json.dumps(content))
    with pytest.raises(Problem, match=said):
        vl.leaderboard(path)


def test_text_from_a_file_is_escaped_for_the_place_it_goes_to(tmp_path):
    board = synthetic({"a": 0.5})
    row = Entry("=cmd()", "x", "=1+1 | <script>*b*</script>", runs=board.rows[0].runs, owner=board.owner)
    evil = Leaderboard([row], {**board.stamp, "corpus": "<b>"}, board.chance, board.owner)
    assert "<script>" not in evil.html() and "&lt;script&gt;" in evil.html() and "<b>" not in evil.html().replace("<b>Note", "")
    assert r"\| \<script\>\*b\*" in evil.markdown()
    cells = list(csv.DictReader(evil.save(tmp_path / "x.csv").open()))[0]
    assert cells["row"] == "'=cmd()" and cells["system"].startswith("'=1+1")
    assert float(cells["rsum"]) == pytest.approx(row["rsum"])
    assert vl.leaderboard(evil.save(tmp_path / "x.json")).rows[0].label == row.label


def test_every_exit_holds_the_same_numbers_and_files_are_whole_or_not_there(board, tmp_path):
    said = f"{board.best()['rsum']:.1f}"
    for kind in ("md", "html", "csv", "json"):
        assert said in board.save(tmp_path / f"x.{kind}").read_text() or kind in ("csv", "json")
    for kind, start in (("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")):
        assert board.save(tmp_path / f"x.{kind}").read_bytes().startswith(start)
    table = board.table().set_index("row")
    assert table.loc["scan", "rsum"] == board["scan"]["rsum"] and table.loc["chance", "rsum"] == board.chance["rsum"]
    assert "<script" not in board._repr_html_() and said in repr(board)
    with pytest.raises(Problem, match="no file ending '.xls'"):
        board.save(tmp_path / "x.xls")
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".partial")]


def test_the_pictures_show_every_row_with_its_interval_and_its_seeds(board):
    ax = board.chart().axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == [row.label for row in board.rows]
    assert [p.get_width() for p in ax.patches[:4]] == pytest.approx([row["rsum"] for row in board.rows])
    circles = [line for line in ax.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in circles] == [2] * 3                # two seeds a row, none for the ensemble
    cloud = board.scatter("parameters").axes[0]
    assert cloud.get_xscale() == "log" and {t.get_text() for t in cloud.texts} == {row.label for row in board.rows}
    assert len(board.figure().axes) == 2 and vl.show(board) is not None


def test_published_figures_stand_beside_only_where_data_and_protocol_are_the_same():
    board = synthetic({"scan": 0.5, "vsepp": 0.4})
    assert printed.where(board) is None and "published" not in board.text()
    real = dict(corpus="f30k_precomp", split="test", gallery=[1000, 5000], captions_per_image="5")
    beside = synthetic({"scan": 0.5, "vsepp": 0.4}, **real)
    assert printed.where(beside) == ("Flickr30K", "test-1K")
    assert re.match(r"\d+\.\d to \d+\.\d \(\d+ printed rows\)", printed.said(beside, beside["scan"]))
    assert "printed rows" in beside.html() and "published rsum" in beside.markdown()
    for other in (dict(corpus="scenes-2"), dict(split="dev"), dict(gallery=[200, 1000]), dict(corpus="of30kx"), dict(folds=5)):
        assert printed.where(synthetic({"scan": 0.5}, **{**real, **other})) is None
    variant = Entry("scan:dim=8", "scan", "SCAN, dim=8", {"dim": 8}, beside["scan"].runs, owner=beside.owner)
    assert printed.said(beside, variant) == ""


def test_rows_with_options_are_rows_of_their_own():
    one, two, three = wanted(["vsrpp", "vsrpp:mu=0.5,fusion=late", "vsrpp"] + ["scan"])
    assert (one.key, two.options, three.key) == ("vsrpp", {"mu": 0.5, "fusion": "late"}, "scan")
    assert two.label == "VSR++, mu=0.5, fusion=late" and two.folder(1) == "vsrpp-mu-0.5-fusion-late-s1"
    assert [row.key for row in wanted("all")] == list(ZOO)
    settings = settings_of(two, 2, {"epochs": 9, "options": {"dim": 16, "sharpness": 4.0}})
    assert (settings.model, settings.seed, settings.epochs) == ("vsrpp", 2, 9)
    assert settings.options["mu"] == 0.5 and settings.options["dim"] == 16
    assert settings_of(one, 0, None) == Settings.scenes("vsrpp", seed=0)
    assert settings_of(one, 0, Settings(epochs=3), scenes=False).epochs == 3
    assert settings_of(one, 0, None, scenes=False) == Settings.photos("vsrpp", seed=0)


@pytest.mark.parametrize("more, said", [
    (dict(models=["scam"]), "no model 'scam'; did you mean 'scan'"), (dict(models=[]), "no model was named"),
    (dict(models=["scan:dimm=3"]), "no option of scan 'dimm'; did you mean 'dim'"),
    (dict(models=["scan:dim"]), "say what dim is to be"),
    (dict(models=[3]), "not 3"), (dict(seeds=()), "not none"), (dict(seeds=(-1,)), "not -1"), (dict(seeds=(True,)), "not True"),
    (dict(settings={"epoch": 3}), "no setting 'epoch'; did you mean 'epochs'"),
    (dict(settings={"options": {"dmi": 3}}), "no option of these models 'dmi'; did you mean 'dim'"),
    (dict(settings={"model": "scan"}), "settings of a leaderboard have no model"), (dict(settings=3), "needs a Settings"),
    (dict(out=None), "name a folder for them"), (dict(ensembles=["scan"]), "it is none of the models"),
    (dict(ensembles=["vse0"], seeds=(0,)), "give two seeds or more"), (dict(ensembles=["vse"]), "no model 'vse'"),
    (dict(test=None), "needs a Corpus"), (dict(corpus=3), "needs a Corpus")])
def test_what_cannot_be_meant_is_one_sentence_before_anything_is_trained(tmp_path, monkeypatch, more, said):
    monkeypatch.setattr(work, "fit", lambda *a, **k: pytest.fail("trained"))
    given = dict(corpus=TRAIN, test=TEST, models=["vse0"], seeds=(0, 1), settings=SMALL, out=tmp_path / "runs", ui="none") | more
    with pytest.raises(Problem, match=re.escape(said)):
        vl.leaderboard(**given)
    assert not (tmp_path / "runs").exists()


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(Missing, match="no file .*none.json"):
        vl.leaderboard(tmp_path / "none.json")
    with pytest.raises(Problem, match="no leaderboard of the kit 'scene'; did you mean 'scenes'"):
        vl.leaderboard("scene")
    (tmp_path / "file").write_text("x")
    with pytest.raises(Problem, match="cannot be made"):
        made(tmp_path / "file" / "runs")


def test_a_damaged_record_is_made_again(tmp_path):
    first = made(tmp_path, ["vse0"], (0,))
    (tmp_path / "vse0-s0" / work.RECORD).write_text('{"about"')
    assert made(tmp_path, ["vse0"], (0,))["vse0"]["rsum"] == first["vse0"]["rsum"]


def test_the_command_trains_prints_and_writes(tmp_path, capsys):
    words = ["leaderboard", "--models", "vse0", "devise:word_dim=6", "--seeds", "0", "--images", "24", "--test-images", "8",
             "--epochs", "1", "--batch", "16", "--options", '{"dim": 8}', "--out", str(tmp_path / "runs")]
    assert cli.main([*words, "--save", str(tmp_path / "x.md"), str(tmp_path / "x.json"), "--by", "parameters"]) == 0
    out = capsys.readouterr().out
    assert "DeViSE, word_dim=6" in out and "scenes-2 test: one gallery of 8 images" in out
    assert f"written: {tmp_path / 'x.md'}" in out
    assert cli.main(["leaderboard", "--open", str(tmp_path / "x.json")]) == 0
    again = capsys.readouterr().out
    assert "VSE0" in again and "written" not in again


@pytest.mark.parametrize("given, said", [
    (["--models", "scam"], "no model 'scam'; did you mean 'scan'"), (["--by", "rsums"], "no column to sort by"),
    (["--save", "x.xls"], "no file ending"), (["--open", "scenes", "--data", "x"], "--data does nothing with --open"),
    (["--regions", "boxes"], "does nothing with scenes"),
    (["--options", '{"dmi": 3}'], "did you mean 'dim'")])
def test_the_command_refuses_in_one_sentence(tmp_path, capsys, given, said):
    out = [] if "--open" in given else ["--out", str(tmp_path / "runs"), "--images", "8", "--test-images", "4"]
    assert cli.main(["leaderboard", *out, *given]) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "runs").exists()
    assert cli.main(["leaderboard"]) == 1 and "name a folder for the runs with --out" in capsys.readouterr().err
