"""What the commands of `vsrlab` do: arguments in, a few lines out, an exit code where it is not 0."""
import difflib
import os
import re
import sys
from dataclasses import fields
from pathlib import Path

from vsrlab.errors import Missing, Problem
from vsrlab.settings import Settings, from_flags

STOPPED = 130                         # exit code of a shell's command after Ctrl-C


def say(sentence):
    """One line on standard error."""
    print("vsrlab: " + " ".join(str(sentence).split()), file=sys.stderr, flush=True)


def _there(path, mark, what, *more) -> Path:
    """The path; but when nothing is there and `more` or a neighbour that holds `mark` has nearly its name, a sentence with that."""
    path = Path(path)
    if not path.is_dir():
        beside = [str(p.parent) for p in path.parent.glob(f"*/{mark}")] if path.parent.is_dir() else []
        near = difflib.get_close_matches(str(path), [*more, *sorted(beside)], n=1)
        if near:
            raise Missing(f"there is no {what} {path}; did you mean {near[0]}?")
    return path


def refuse(given, words, where: str):
    """Refuse words of a command that would do nothing there."""
    said = ["--" + word.replace("_", "-") for word in words if getattr(given, word, None) not in (None, False)]
    if said:
        raise Problem(f"{' and '.join(said)} {'does' if len(said) == 1 else 'do'} nothing {where}; leave "
                      f"{'it' if len(said) == 1 else 'them'} out.")


def settled(given):
    """The words that say where the data are from, checked, and with their usual values where they were not given."""
    if (given.data or "scenes") == "scenes":
        refuse(given, ("regions", "dev"), "with scenes")
    else:
        refuse(given, ("images", "world"), "with a folder of features")
    for word, usual in given.usual.items():
        if getattr(given, word) is None:
            setattr(given, word, usual)


def _corpus(given, split, regions):
    """The corpus that --data names, by the words of the command."""
    if given.data == "scenes":
        from vsrlab.data.scenes.corpus import scenes
        return scenes(images=given.images, seed=given.world, split=split)
    from vsrlab.data.precomputed import precomputed
    return precomputed(_there(given.data, "*_caps.txt", "data folder", "scenes"), split, regions)


def _dev(given):
    """The development split of a folder: the one that was named, or one with a usual name; None where there is none."""
    from vsrlab.data.precomputed import splits
    if given.data == "scenes":
        return None
    name = given.dev or next((name for name in ("dev", "val") if name in splits(given.data)), None)
    return name and _corpus(given, name, given.regions or "boxes")


def features(given):
    """Photos, or TSV files of region features, become a folder of features."""
    skipped, columns = "", {"photo_column": given.photo_column, "caption_column": given.caption_column}
    tables = [path for path in given.photos if Path(path).is_file() or re.search(r"\.tsv(\.[0-9]+)?$", path, re.IGNORECASE)]
    folders = [path for path in given.photos if path not in tables]
    if len(folders) > 1:
        raise Problem(f"photos are in one folder, {len(folders)} were given: {', '.join(folders)}; name the one above them.")
    if tables:
        from vsrlab.data.folders import about
        from vsrlab.data.tsv import convert
        refuse(given, ("extractor", "workers", "strict", "nets"), "with TSV files, whose features are made already")
        made = convert(tables, given.captions, given.out, 36 if given.regions is None else given.regions, given.dtype or "float32",
                       *folders, split=given.split, leave_out=given.leave_out, **columns)
        print(f"{made} is whole.  Captions: {about(made).get('read')}.")
    else:
        from vsrlab.data.photos import extract
        refuse(given, ("regions", "dtype", "leave_out"), "with photos, only with TSV files")
        made = extract(folders[0], given.captions, given.out, given.extractor or "default", given.split, workers=given.workers,
                       strict=given.strict, nets=given.nets, **columns)
        print(made._replace(skipped=[]))
        skipped = made.report()
    print(f"next: vsrlab doctor {given.out}; vsrlab train --data {given.out} --out runs/first")
    if skipped:                                                   # the folder is whole and usable, but not all that was asked for
        raise Problem(skipped)


def train(given):
    """Train, or go on with, one run; as one of several processes where torchrun started them."""
    from vsrlab.training.distributed import leave
    from vsrlab.training.fit import fit
    from vsrlab.zoo import row
    model, small = given.model or "vsrpp", {"scenes": Settings.scenes, "photos": Settings.photos}
    base = Settings.paper(model, given.paper) if given.paper else small.get(given.small, Settings)(model)
    settings = from_flags(given, base)
    settled(given)
    row(settings.model)                                           # a wrong name is said before the data are read
    corpus, dev = _corpus(given, given.split, given.regions or "boxes"), _dev(given)
    run = fit(corpus, settings, out=given.out, dev=dev, fresh=given.fresh, vocabulary=given.vocabulary)
    leave()
    if int(os.environ.get("RANK", 0)) == 0:                       # one of several processes speaks
        print(run)
    return STOPPED if len(run.log) < run.settings.epochs else 0


def evaluate(given):
    """Measure one or several runs; with --out the result is kept as JSON."""
    from vsrlab.retrieval.evaluate import evaluate as measure
    settled(given)
    result = measure(_indexes(given.runs, given), protocol=given.protocol)
    print(result)
    if given.out:
        result.save(given.out)


def compare(given):
    """Two results, or two runs measured on the same corpus, with their tests."""
    from vsrlab.measure.result import Result
    from vsrlab.measure.result import compare as against
    from vsrlab.retrieval.evaluate import evaluate as measure
    if all(path.endswith(".json") for path in given.runs):
        refuse(given, (*given.usual, "regions", "protocol", "device"), "for results that were saved")
    settled(given)
    indexes = iter(_indexes([path for path in given.runs if not path.endswith(".json")], given))
    print(against(*(Result.load(path) if path.endswith(".json") else measure(next(indexes), protocol=given.protocol)
                    for path in given.runs)))


def desk(given):
    """What failed and why, of scores, of vectors or of a run, as one file."""
    from vsrlab.views.report.command import run, runs_of
    if runs_of(given):
        settled(given)
    else:
        refuse(given, (*given.usual, "regions", "device", "force"), "with scores or vectors, only with runs")
    return run(given, lambda folders: _indexes(folders, given))


def leaderboard(given):
    """Every model on the same data, in one table."""
    from vsrlab.leaderboard.command import run
    if given.open:
        refuse(given, ("out", *given.usual, "regions", "dev", "protocol"), "with --open, which trains nothing")
    settled(given)

    def corpora():
        if given.data == "scenes":
            from vsrlab.data.scenes.corpus import scenes
            return *(scenes(images=n, seed=given.world + k, split=split) for k, (n, split) in enumerate((
                (given.images, "train"), (given.test_images, "test")))), None
        kind = given.regions or "boxes"
        return *(_corpus(given, split, kind) for split in (given.split, given.test_split)), _dev(given)

    def changes():
        names = [f.name for f in fields(Settings)]
        return {name: value for name in names if (value := getattr(given, name, None)) is not None}
    return run(given, corpora, changes)


def _indexes(folders, given) -> list:
    """Runs, each indexing the gallery that the command names, with the vectors it was trained on."""
    from vsrlab.device import choose_device
    from vsrlab.retrieval.index import index
    from vsrlab.run import Run
    from vsrlab.run.files import read_config
    device, made, galleries = choose_device(given.device or "auto"), [], {}
    for folder in folders:
        run = Run.load(_there(folder, "config.json", "run folder")).to(device)
        trained = read_config(run.folder)["corpus"]
        if given.data == "scenes" and not trained["name"].startswith("scenes"):
            raise Problem(f"{folder} was trained on {trained['name']}, not on scenes; say --data FOLDER.")
        kind = given.regions or trained.get("regions") or "boxes"
        gallery = galleries[kind] = galleries.get(kind) or _corpus(given, given.split, kind)
        if gallery.name == trained["name"] and (given.data == "scenes" or gallery.split == trained["split"]):
            say(f"note: {folder} was trained on this very data, so its recalls say nothing about others.")
        made.append(index(run, gallery, force=given.force))
    return made


def doctor(given):
    """Look at the installation, a data folder or a run."""
    from vsrlab.checkup import doctor as examine
    report = examine(given.folder)
    print(report)
    return 0 if report.healthy else 1


def tour(given):
    """Train, measure, run the start notebook, and write one page."""
    from vsrlab.tour import tour as walk
    walk(given.out)
