"""The command line: vsrlab features | train | evaluate | compare | desk | leaderboard | published | course | doctor | tour."""
import argparse
import errno
import os
import sys
import warnings

from vsrlab import __version__
from vsrlab import commands as do
from vsrlab.classroom import command as course
from vsrlab.commands import STOPPED, say
from vsrlab.errors import Problem
from vsrlab.leaderboard import command as board
from vsrlab.papers import PAPERS
from vsrlab.published import command as printed
from vsrlab.settings import add_flags
from vsrlab.views.report import command as reported

WORLD, OTHER_WORLD = 1, 2             # seeds of the scenes to train on, and of those to measure on
PIPE = 141                            # exit code of a shell's command after a closed pipe
REMEDY = {errno.ENOSPC: "free some space", errno.EDQUOT: "free some space", errno.EFBIG: "raise the limit (ulimit -f)",
          errno.EACCES: "check its permissions or name another place", errno.EROFS: "name another place"}


def main(arguments=None) -> int:
    """Run one command -> exit code.  A problem the user can mend is one sentence on stderr: 1; wrong words are argparse's: 2."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *where: say(f"note: {message}")
            code = _run(arguments)
            sys.stdout.flush()
            return code
    except Problem as problem:
        say(problem)
    except KeyboardInterrupt:
        say("stopped; give the same command again to go on.")
        return STOPPED
    except BrokenPipeError:                                       # `vsrlab doctor | head -1`: nobody listens any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        say(f"{what}{error.strerror or error}; {REMEDY.get(error.errno, 'mend that or name another place')}, "
             "then give the same command again.")
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "out of memory" not in str(error) and "allocate memory" not in str(error):
            raise
        trains = (sys.argv[1:] if arguments is None else [*arguments])[:1] == ["train"]
        say("there is not enough memory for this; " + ("try a smaller --batch, a smaller dim in --options, or another --device."
                                                       if trains else "free some, or give smaller files."))
    return 1


def _run(arguments) -> int:
    top = parser()
    given = top.parse_args(arguments)
    if "run" not in given:
        top.print_help()
        return 0
    return given.run(given) or 0


def parser() -> argparse.ArgumentParser:
    """Every command with its arguments; `run` of the parsed arguments is the function of commands.py that does it."""
    top = argparse.ArgumentParser("vsrlab", description="See why an image and a sentence match.",
                                  epilog="'vsrlab COMMAND --help' explains one of them; 'vsrlab tour' is the place to begin.")
    top.add_argument("--version", action="version", version=f"vsrlab {__version__}")
    listed = top.add_subparsers(metavar="COMMAND")

    def command(name, run, text, example):
        sub = listed.add_parser(name, help=text.split(".  ")[0], description=text, epilog=f"example: vsrlab {name} {example}")
        sub.set_defaults(run=run)
        return sub

    _features(command("features", do.features, "Photos with captions become a folder of region features, once; interrupted, the "
                      "same command goes on.", "photos --captions captions.csv --split train=0.8,val=0.1,test=0.1 --out features"))
    sub = command("train", do.train, "Train a model; interrupted, the same command goes on.  Several GPUs: torchrun "
                  "--nproc-per-node 4 -m vsrlab train ...", "--model scan --epochs 10 --options '{\"dim\": 128}' --out runs/scan")
    _training(sub)
    sub = command("evaluate", do.evaluate, "Recalls of one run, or of the mean of several runs' scores, with the protocol they "
                  "were measured by.", "runs/one runs/two --data features --split test --out result.json")
    sub.add_argument("runs", nargs="+", metavar="RUN", help="run folder; two or more are scored as an ensemble")
    _gallery(sub).add_argument("--out", metavar="FILE", help="also write the result as JSON, which 'vsrlab compare' reads")
    sub = command("compare", do.compare, "Two runs on the same split, with a paired test.", "runs/vsepp runs/vsrpp --data features")
    sub.add_argument("runs", nargs=2, metavar="RUN", help="run folder, or the JSON that 'vsrlab evaluate --out' wrote")
    _gallery(sub)
    sub = command("desk", do.desk, reported.TEXT, reported.EXAMPLE)
    reported.flags(sub)
    _source(sub, "test", 1000, OTHER_WORLD, f"seed of the world [{OTHER_WORLD}: another one than trained on]")
    sub.add_argument("--device", help="of runs: auto, cpu, cuda, cuda:1 [auto]")
    sub.add_argument("--force", action="store_true", help="look at features of another extractor than the run was trained on")
    _board(command("leaderboard", do.leaderboard, board.TEXT, board.EXAMPLE))
    printed.flags(command("published", printed.run, printed.TEXT, "--system SCAN --dataset Flickr30K"))
    course.flags(command("course", None, course.TEXT, course.EXAMPLE))
    sub = command("doctor", do.doctor, "Versions, GPU and, for a folder of features, everything that would trip training.",
                  "features")
    sub.add_argument("folder", nargs="?", metavar="FOLDER", help="folder of features")
    sub = command("tour", do.tour, "Train VSR++ on generated scenes, measure it, run the start notebook, write one page.", "")
    sub.add_argument("--out", default="tour", metavar="FOLDER", help="of the page [tour]")
    return top


def _features(sub):
    add = sub.add_argument
    add("photos", nargs="+", metavar="PHOTOS",
        help="folder of photos; or TSV files of bottom-up attention or LXMERT, and the photos")
    add("--captions", required=True, metavar="FILE",
        help="a table of photos and captions, Flickr's token file, Karpathy's or COCO's "
        "JSON, JSON lines")
    add("--out", required=True, metavar="FOLDER", help="to write")
    add("--split", type=_shares, help="captions with splits: make this one only [all]; captions without: their name [train], or "
        "shares that the photos' names decide, as train=0.8,val=0.1,test=0.1")
    add("--photo-column", metavar="NAME", help="column of the photo in a table, by name or number [found by itself]")
    add("--caption-column", metavar="NAME", help="column of the captions, or several with commas between them [found by itself]")
    add("--extractor", metavar="NAME", help="photos only: default (boxes and grid), grid, or hub [default]")
    add("--nets", nargs="*", metavar="NAME", help="photos only: networks whose whole-photo vectors stand beside, lite2 and "
        "mobilenetv2 [those that are installed]")
    add("--workers", type=int, metavar="INT", help="photos only: threads, each with a photo of its own [as many as torch uses]")
    add("--strict", action="store_true", help="photos only: stop at one that is missing or broken, instead of leaving it out")
    add("--regions", type=int, metavar="INT", help="TSV only: rows kept for each photo [36]")
    add("--dtype", choices=("float32", "float16"), help="TSV only: float16 takes half the disk [float32]")
    add("--leave-out", action="store_true", help="TSV only: leave out photos that no TSV holds, instead of stopping")


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


def _board(sub):
    board.flags(sub)
    _source(sub, "train", 1200, WORLD, f"seed of the world to train on; the next one is measured on [{WORLD}]")
    sub.add_argument("--test-split", metavar="SPLIT", help="of that folder, to measure on [test]")
    sub.add_argument("--test-images", type=int, metavar="INT", help="scenes only: how many to measure on [200]")
    sub.add_argument("--dev", metavar="SPLIT", help="split that chooses the epochs [dev or val; without: some images held out]")
    sub.set_defaults(usual={"data": "scenes", "split": "train", "images": 1200, "world": WORLD, "test_split": "test",
                            "test_images": 200})
    add_flags(sub.add_argument_group("settings", "for all models, over the small ones for scenes or photos; options go to "
                                     "the models that have them"), without=("model", "seed"))


def _gallery(sub):
    _source(sub, "test", 1000, OTHER_WORLD, f"seed of the world [{OTHER_WORLD}: another one than trained on]")
    sub.add_argument("--protocol", help="'1K', '5-fold 1K' or '5K' [all images of the split in one gallery]")
    sub.add_argument("--device", help="auto, cpu, cuda, cuda:1 [auto]")
    sub.add_argument("--force", action="store_true", help="measure on features of another extractor than the run was trained on")
    return sub


def _source(sub, split, images, world, about):
    sub.add_argument("--data", help="folder of features, or 'scenes' [scenes]")
    sub.add_argument("--split", help=f"of that folder [{split}]")
    sub.add_argument("--regions", metavar="KIND", help="vectors of that folder: boxes, grid or both, and behind a + whole-photo "
                     "vectors of other networks, as grid+lite2+mobilenetv2 "
                     + ("[boxes]" if split == "train" else "[those the run was trained on]"))
    sub.add_argument("--images", type=int, metavar="INT", help=f"scenes only: how many [{images}]")
    sub.add_argument("--world", type=int, metavar="INT", help=f"scenes only: {about}")
    sub.set_defaults(usual={"data": "scenes", "split": split, "images": images, "world": world})      # see commands.settled


def _shares(text: str):
    """train=0.8,test=0.2 -> {"train": 0.8, "test": 0.2}; a name stays one."""
    try:
        return {name: float(share) for name, share in (part.split("=") for part in text.split(","))} if "=" in text else text
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write a name, or shares such as train=0.8,val=0.1,test=0.1") from None
