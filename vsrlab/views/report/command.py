"""`vsrlab desk`: the report of scores, of vectors or of a run, without a line of Python."""
import argparse
import shlex
import sys
from pathlib import Path

from vsrlab.errors import Missing, Problem

TEXT = ("What failed, why, and whether it really failed, of any model: one offline page that another person can check.  "
        "Of a file of scores, of two files of vectors, or of a run.")
EXAMPLE = "--images-npy images.npy --texts-npy texts.npy --captions captions.csv --out report.html"
OF_FILES = ("captions", "photos", "orientation", "distances", "similarity", "name", "key")


def flags(sub):
    """What this command has beside the words about data of runs."""
    add = sub.add_argument
    add("scores", nargs="?", metavar="SCORES", help="file of scores (.npy, .npz, .pt, .csv), or a run folder")
    add("--images-npy", metavar="FILE", help="vectors of the images, in place of scores; and")
    add("--texts-npy", metavar="FILE", help="those of the texts")
    add("--captions", metavar="FILE", help="the texts and whose they are: CSV, TSV, JSON lines, Karpathy's JSON, parquet, .tar; or "
        "a line a text, five an image")
    add("--photos", metavar="FOLDER", help="of the photos, named as in --captions [ids stand in their place]")
    add("--judgements", nargs="+", metavar="FILE", help="what people said of pairs, .jsonl or .tsv; several are merged")
    add("--against", nargs="+", metavar="FILE", help="a second model on the same gallery: its scores, its run, or its two files of "
        "vectors")
    add("--out", default="report.html", metavar="FILE", help=".html; .md with pictures beside it; .csv, all failures [report.html]")
    add("--side", choices=("text", "image"), default="text", help="who asks: captions, or photos [text]")
    add("--notes", nargs="+", default=[], metavar="TEXT", help="paragraphs that stand first")
    add("--pin", nargs="+", default=[], metavar="ID", help="texts or images that are shown whatever the rules choose")
    add("--examples", type=int, default=12, metavar="INT", help="failures shown with photos [12]")
    add("--sample", type=_sample, metavar="N:SEED", help="the judged failures are this random sample, so that the corrected recall "
        "is estimated")
    add("--after", choices=("csls", "invsoftmax"), help="what this makes of hubs [not asked]")
    add("--name", help="of the model [the file's]")
    add("--key", metavar="NAME", help="of the array, in a file of scores that holds several")
    add("--orientation", choices=("it", "ti"), help="it: a row an image; ti: a row a text [told by the sizes]")
    add("--distances", action="store_true", help="the smallest is best")
    add("--similarity", choices=("cosine", "dot"), help="of vectors [cosine]")


def runs_of(given) -> list:
    """The run folders among what was named."""
    return [path for path in (given.scores, *(given.against or ())) if path and Path(path).is_dir()]


def run(given, indexes) -> int:
    """Write the report.  indexes  folders of runs -> an Index of each"""
    from vsrlab.views.report.report import report
    out = Path(given.out)
    runs = dict(zip(runs_of(given), indexes(runs_of(given)))) if runs_of(given) else {}
    scores = _opened(given, runs)
    made = report(out, scores, _against(given, runs), verdicts=given.judgements, notes=given.notes, pinned=given.pin,
                  examples=given.examples, sample=given.sample, side=given.side, after=given.after, how=_typed())
    print(made)
    print(f"written: {out}")
    return 0


def _opened(given, runs):
    """The Scored or Index that is reported."""
    vectors = [given.images_npy, given.texts_npy]
    if given.scores and any(vectors):
        raise Problem("scores and vectors were both given; name a file of scores, or --images-npy with --texts-npy.")
    if given.scores in runs:
        _only_files(given, "with a run, whose corpus knows it")
        return runs[given.scores]
    if given.scores:
        _only_files(given, "with scores, only with vectors", ("similarity",))
        return _scores(given, given.scores, given.name or "")
    if not all(vectors):
        raise Problem("name a file of scores or a run; or vectors of images and of texts, --images-npy A.npy --texts-npy B.npy.")
    _only_files(given, "with vectors, only with scores", ("orientation", "distances", "key"))
    return _vectors(given, *vectors, given.name or "")


def _against(given, runs):
    """The second model; None without one."""
    if not given.against:
        return None
    if len(given.against) > 2:
        raise Problem(f"--against takes one model: a file of scores, a run, or two files of vectors; {len(given.against)} were "
                      "given.")
    if len(given.against) == 2:
        return _vectors(given, *given.against, "")
    path = given.against[0]
    return runs[path] if path in runs else _scores(given, path, "")


def _scores(given, path, name):
    from vsrlab.retrieval.sources import from_scores
    return from_scores(path, _captions(given), photos=given.photos, name=name, orientation=given.orientation or "auto",
                       larger_is_better=not given.distances, key=given.key)


def _vectors(given, images, texts, name):
    from vsrlab.retrieval.sources import from_embeddings
    return from_embeddings(images, texts, _captions(given), photos=given.photos, similarity=given.similarity or "cosine", name=name)


def _captions(given):
    if not given.captions:
        raise Problem("name the texts with --captions FILE: a table with image and caption, or a line a text.")
    if not Path(given.captions).exists():
        raise Missing(f"there is no captions file {given.captions}; give the file that names the texts and their images.")
    return given.captions


def _only_files(given, where, words=OF_FILES):
    said = ["--" + word for word in words if getattr(given, word) not in (None, False)]
    if said:
        raise Problem(f"{' and '.join(said)} {'does' if len(said) == 1 else 'do'} nothing {where}; leave "
                      f"{'it' if len(said) == 1 else 'them'} out.")


def _sample(text: str) -> tuple:
    """100:0 -> (100, 0)"""
    try:
        n, _, seed = text.partition(":")
        return int(n), int(seed or 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write how many and the seed, such as 100:0") from None


def _typed() -> str:
    """The command as it was typed."""
    return shlex.join(["vsrlab", *sys.argv[1:]])
