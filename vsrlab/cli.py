"""The command line: vsrlab features | train | evaluate | compare | published | doctor | tour.  It mirrors the front door."""
import argparse
import difflib
import errno
import os
import sys
import warnings
from pathlib import Path

from vsrlab import __version__
from vsrlab.errors import Missing, Problem
from vsrlab.papers import PAPERS
from vsrlab.published import command as printed
from vsrlab.settings import Settings, add_flags, from_flags

WORLD, OTHER_WORLD = 1, 2             # seeds of the scenes to train on, and of those to measure on
STOPPED, PIPE = 130, 141              # exit codes of a shell's command after Ctrl-C and after a closed pipe
REMEDY = {errno.ENOSPC: "free some space", errno.EDQUOT: "free some space", errno.EFBIG: "raise the limit (ulimit -f)",
          errno.EACCES: "check its permissions or name another place", errno.EROFS: "name another place"}


def main(arguments=None) -> int:
    """Run one command -> exit code.  A problem the user can mend is one sentence on stderr: 1; wrong words are argparse's: 2."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *where: _say(f"note: {message}")
            code = _run(arguments)
            sys.stdout.flush()
            return code
    except Problem as problem:
        _say(problem)
    except KeyboardInterrupt:
        _say("stopped; give the same command again to go on.")
        return STOPPED
    except BrokenPipeError:                                       # `vsrlab doctor | head -1`: nobody listens any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        _say(f"{what}{error.strerror or error}; {REMEDY.get(error.errno, 'mend that or name another place')}, "
             "then give the same command again.")
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "out of memory" not in str(error) and "allocate memory" not in str(error):
            raise
        _say("there is not enough memory for this; try a smaller --batch, a smaller dim in --options, or another --device.")
    return 1


def _run(arguments) -> int:
    top = parser()
    given = top.parse_args(arguments)
    if "run" not in given:
        top.print_help()
        return 0
    return given.run(given) or 0


def _say(sentence):
    print("vsrlab: " + " ".join(str(sentence).split()), file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments; `run` of the parsed arguments is the function below that does it."""
    top = argparse.ArgumentParser("vsrlab", description="See why an image and a sentence match.",
                                  epilog="'vsrlab COMMAND --help' explains one of them; 'vsrlab tour' is the place to begin.")
    top.add_argument("--version", action="version", version=f"vsrlab {__version__}")
    commands = top.add_subparsers(metavar="COMMAND")

    def command(name, run, text, example):
        sub = commands.add_parser(name, help=text.split(".  ")[0], description=text, epilog=f"example: vsrlab {name} {example}")
        sub.set_defaults(run=run)
        return sub

    _features(command("features", features, "Photos with captions become a folder of region features, once; interrupted, the "
                      "same command goes on.", "photos --captions captions.csv --split train=0.8,val=0.1,test=0.1 --out features"))
    sub = command("train", train, "Train a model; interrupted, the same command goes on.  Several GPUs: torchrun "
                  "--nproc-per-node 4 -m vsrlab train ...", "--model scan --epochs 10 --options '{\"dim\": 128}' --out runs/scan")
    _training(sub)
    sub = command("evaluate", evaluate, "Recalls of one run, or of the mean of several runs' scores, with the protocol they were "
                  "measured by.", "runs/one runs/two --data features --split test --out result.json")
    sub.add_argument("runs", nargs="+", metavar="RUN", help="run folder; two or more are scored as an ensemble")
    _gallery(sub).add_argument("--out", metavar="FILE", help="also write the result as JSON, which 'vsrlab compare' reads")
    sub = command("compare", compare, "Two runs on the same split, with a paired test.", "runs/vsepp runs/vsrpp --data features")
    sub.add_argument("runs", nargs=2, metavar="RUN", help="run folder, or the JSON that 'vsrlab evaluate --out' wrote")
    _gallery(sub)
    printed.flags(command("published", printed.run, printed.TEXT, "--system SCAN --dataset Flickr30K"))
    sub = command("doctor", doctor, "Versions, GPU and, for a folder of features, everything that would trip training.", "features")
    sub.add_argument("folder", nargs="?", metavar="FOLDER", help="folder of features")
    sub = command("tour", tour, "Train VSR++ on generated scenes, measure it, run the start notebook, write one page.", "")
    sub.add_argument("--out", default="tour", metavar="FOLDER", help="of the page [tour]")
    return top


def _features(sub):
    add = sub.add_argument
    add("photos", nargs="+", metavar="PHOTOS", help="folder of photos; or TSV files of bottom-up attention, and the photos")
    add("--captions", required=True, metavar="FILE", help="Karpathy's dataset_*.json, a file|caption table, or Flickr's token file")
    add("--out", required=True, metavar="FOLDER", help="to write")
    add("--split", type=_shares, help="captions with splits: make this one only [all]; captions without: their name [train], or "
        "shares that the photos' names decide, as train=0.8,val=0.1,test=0.1")
    add("--extractor", default="default", metavar="NAME", help="default (boxes and grid), grid, or hub [default]")
    add("--workers", type=int, metavar="INT", help="threads, each with a photo of its own [as many as torch uses]")
    add("--strict", action="store_true", help="stop at a photo that is missing or broken, instead of leaving it out")
    add("--regions", type=int, default=36, metavar="INT", help="TSV only: rows kept for each photo [36]")
    add("--dtype", default="float32", choices=("float32", "float16"), help="TSV only: float16 takes half the disk [float32]")


def _training(sub):
    _source(sub, "train", 2000, WORLD, f"seed of the world [{WORLD}]")
    sub.add_argument("--dev", metavar="SPLIT", help="split of --data that chooses the best epoch [dev or val; without: some images "
                     "held out]")
    sub.add_argument("--out", required=True, metavar="FOLDER", help="of the run; the same folder resumes")
    begin = sub.add_mutually_exclusive_group()
    begin.add_argument("--paper", metavar="DATA", help="begin from the official settings of --model on f30k or coco")
    begin.add_argument("--small", choices=("scenes", "photos"), help="begin from settings for scenes or for some thousand photos")
    sub.add_argument("--vocabulary", metavar="FILE", help="share the word ids of another run, by its folder, or of a "
                     "JSON file such as those of SCAN and VSRN [the words of the training captions]")
    sub.add_argument("--fresh", action="store_true", help="begin anew beside a run that is already there")
    add_flags(sub.add_argument_group("settings", f"models: {', '.join(PAPERS)}; an option that does not exist is answered with "
                                     "those that do"))


def _gallery(sub):
    _source(sub, "test", 1000, OTHER_WORLD, f"seed of the world [{OTHER_WORLD}: another one than trained on]")
    sub.add_argument("--protocol", help="'1K', '5-fold 1K' or '5K' [all images of the split in one gallery]")
    sub.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 [auto]")
    return sub


def _source(sub, split, images, world, about):
    sub.add_argument("--data", default="scenes", help="folder of features, or 'scenes' [scenes]")
    sub.add_argument("--split", default=split, help=f"of that folder [{split}]")
    sub.add_argument("--regions", choices=("boxes", "grid", "both"), help="vectors of that folder "
                     + ("[boxes]" if split == "train" else "[those the run was trained on]"))
    sub.add_argument("--images", type=int, default=images, metavar="INT", help=f"scenes only: how many [{images}]")
    sub.add_argument("--world", type=int, default=world, metavar="INT", help=f"scenes only: {about}")


def _shares(text: str):
    """train=0.8,test=0.2 -> {"train": 0.8, "test": 0.2}; a name stays one."""
    try:
        return {name: float(share) for name, share in (part.split("=") for part in text.split(","))} if "=" in text else text
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write a name, or shares such as train=0.8,val=0.1,test=0.1") from None


def _there(path, mark, what, *more) -> Path:
    """The path; but when nothing is there and `more` or a neighbour that holds `mark` has nearly its name, a sentence with that."""
    path = Path(path)
    if not path.is_dir():
        beside = [str(p.parent) for p in path.parent.glob(f"*/{mark}")] if path.parent.is_dir() else []
        near = difflib.get_close_matches(str(path), [*more, *sorted(beside)], n=1)
        if near:
            raise Missing(f"there is no {what} {path}; did you mean {near[0]}?")
    return path


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
    """Photos, or bottom-up-attention TSV files, become a folder of features."""
    skipped = ""
    tables = [path for path in given.photos if path.endswith(".tsv")]
    folders = [path for path in given.photos if path not in tables]
    if len(folders) > 1:
        raise Problem(f"photos are in one folder, {len(folders)} were given: {', '.join(folders)}; name the one above them.")
    if tables:
        from vsrlab.data.tsv import convert
        print(f"{convert(tables, given.captions, given.out, given.regions, given.dtype, *folders)} is whole.")
    else:
        from vsrlab.data.photos import extract
        made = extract(folders[0], given.captions, given.out, given.extractor, given.split, workers=given.workers,
                       strict=given.strict)
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
    row(settings.model)                                           # a wrong name is said before the data are read
    corpus, dev = _corpus(given, given.split, given.regions or "boxes"), _dev(given)
    run = fit(corpus, settings, out=given.out, dev=dev, fresh=given.fresh, vocabulary=given.vocabulary)
    leave()
    if int(os.environ.get("RANK", 0)) == 0:                       # one of several processes speaks
        print(run)
    return STOPPED if len(run.log) < run.settings.epochs else 0


def evaluate(given):
    from vsrlab.retrieval.evaluate import evaluate as measure
    result = measure(_indexes(given.runs, given), protocol=given.protocol)
    print(result)
    if given.out:
        result.save(given.out)


def compare(given):
    from vsrlab.measure.result import Result
    from vsrlab.measure.result import compare as against
    from vsrlab.retrieval.evaluate import evaluate as measure
    indexes = iter(_indexes([path for path in given.runs if not path.endswith(".json")], given))
    print(against(*(Result.load(path) if path.endswith(".json") else measure(next(indexes), protocol=given.protocol)
                    for path in given.runs)))


def _indexes(folders, given) -> list:
    """Runs, each indexing the gallery that the command names, with the vectors it was trained on."""
    from vsrlab.device import choose_device
    from vsrlab.retrieval.index import index
    from vsrlab.run import Run, read_config
    device, made, galleries = choose_device(given.device), [], {}
    for folder in folders:
        run = Run.load(_there(folder, "config.json", "run folder")).to(device)
        trained = read_config(run.folder)["corpus"]
        if given.data == "scenes" and not trained["name"].startswith("scenes"):
            raise Problem(f"{folder} was trained on {trained['name']}, not on scenes; say --data FOLDER.")
        kind = given.regions or trained.get("regions") or "boxes"
        gallery = galleries[kind] = galleries.get(kind) or _corpus(given, given.split, kind)
        if gallery.name == trained["name"] and (given.data == "scenes" or gallery.split == trained["split"]):
            _say(f"note: {folder} was trained on this very data, so its recalls say nothing about others.")
        made.append(index(run, gallery))
    return made


def doctor(given):
    from vsrlab.checkup import doctor as examine
    report = examine(given.folder)
    print(report)
    return 0 if report.healthy else 1


def tour(given):
    from vsrlab.tour import tour as walk
    walk(given.out)
