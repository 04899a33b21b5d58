"""Do words point at what they name on real photos?  The pointing game with human phrase boxes, of trained runs.

    python bench/belief_on_photos.py runs/photos/scan-s0 runs/photos/vsrpp-s0 --data features --phrases phrase_boxes.jsonl.gz \\
        --sizes dataset_flickr8k.json --write assets/results/belief_on_photos.md

Phrases are JSON lines (filename, phrase, boxes in pixels of the full-size photo), sizes Karpathy's JSON with width and height.
A region answers for a phrase when it overlaps one of its boxes by half (intersection over union).
"""
import argparse
import json
from pathlib import Path

from belief_on_scenes import POINTING, pointing

import vsrlab as vl
from vsrlab.explain.pointing.phrases import read_phrases

GUESSED = ("assumed", "unknown")                           # values of "size_source" whose photos are left out


def sizes(path) -> dict:
    """{file name: (width, height)} of the photos whose size is known."""
    images = json.loads(Path(path).read_text(encoding="utf-8"))["images"]
    return {one["filename"]: (one["width"], one["height"]) for one in images if one.get("size_source") not in GUESSED}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", help="run folders of real_photos.py")
    parser.add_argument("--data", required=True, help="folder of features")
    parser.add_argument("--phrases", required=True)
    parser.add_argument("--sizes", required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--least", type=float, default=0.5, help="intersection over union at which a region is the phrase's")
    parser.add_argument("--texts", type=int, default=300, help="captions that are played")
    parser.add_argument("--write", help="also write the table to this Markdown file")
    given, lines = parser.parse_args(), [POINTING]
    known = sizes(given.sizes)
    for folder in given.runs:
        run = vl.Run.load(folder)
        trained = json.loads((Path(folder) / "config.json").read_text())["corpus"]
        corpus = vl.precomputed(given.data, given.split, regions=trained["regions"])
        index = vl.index(run, corpus)
        phrases = read_phrases(given.phrases, corpus, known)
        for quantity in ("attention", "cosine"):
            lines += pointing(f"{Path(folder).name}, {quantity}", run, index, given.texts, phrases=phrases, least=given.least,
                              quantity=quantity)
    text = "\n".join(lines) + "\n"
    print(text)
    if given.write:
        Path(given.write).write_text(text)


if __name__ == "__main__":
    main()
