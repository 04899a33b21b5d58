"""Do words point at what they name on real photos?  The pointing game with human phrase boxes, of trained runs.

    python bench/belief_on_photos.py runs/photos/scan-boxes-s0 --data features --phrases phrase_boxes.jsonl.gz \\
        --sizes dataset_flickr8k.json --write assets/results/belief_on_photos.md
    python bench/belief_on_photos.py runs/photos/scan-boxes-s0 ... --choose      # weights of the mix, on every second photo

Phrases are JSON lines (filename, phrase, boxes in pixels of the full-size photo), sizes Karpathy's JSON with width and height.
A region answers for a phrase when it overlaps one of its boxes by half (intersection over union); its middle is right when it
lies in one of them.  Played are all phrases of photos whose size is known; a phrase that no region answers is a miss.
"""
import argparse
import itertools
import json
from pathlib import Path

import numpy as np

import vsrlab as vl
from vsrlab.explain.explanation import Pair, explain_pair
from vsrlab.explain.pointing.mix import Mix, Weights, mix_of, parts
from vsrlab.explain.pointing.phrases import HALF, phrase_units, read_phrases
from vsrlab.explain.reasoning import overlaps

GUESSED = ("assumed", "unknown")                           # values of "size_source" whose photos are left out
HEAD = ("| answer | overlap of half, % | middle in the box, % | a part, % | of those that a region answers, % "
        "| own place, the other's: difference |\n|---|---|---|---|---|---|")
COSINES, CONFIDENCES, AREAS, LABELS = (1, 2, 3, 4, 6, 8, 10, 15), (0.25, 0.5, 0.75, 1), (0, 0.125, 0.25, 0.5, 0.75, 1), (1, 3)


def sizes(path) -> dict:
    """{file name: (width, height)} of the photos whose size is known."""
    images = json.loads(Path(path).read_text(encoding="utf-8"))["images"]
    return {one["filename"]: (one["width"], one["height"]) for one in images if one.get("size_source") not in GUESSED}


def opened(folder, given) -> tuple:
    """(run, index, phrases) of the photos that have phrases."""
    run = vl.Run.load(folder)
    trained = json.loads((Path(folder) / "config.json").read_text())["corpus"]
    corpus, known = vl.precomputed(given.data, given.split, regions=trained["regions"]), sizes(given.sizes)
    texts = read_phrases(given.phrases, corpus, known)
    corpus = corpus.images(sorted({int(corpus.image_of_text[t]) for t in texts})[:given.photos])
    return run, vl.index(run, corpus), read_phrases(given.phrases, corpus, known)


def span(row, name, low, high) -> str:
    return f"{row[name]:z.1f} [{row[low]:z.1f}, {row[high]:z.1f}]"


def table(name, found) -> list:
    """The lines of a table of `vl.pointing_game`."""
    rows = []
    for _, row in found.iterrows():
        who = name + ", default answer" if row["model"] == found.iloc[0]["model"] else row["model"]
        gap = "–" if row["model"] == "best of the regions" else (
            f"{row['own']:.1f}, {row['other']:.1f}: {span(row, 'within', 'within low', 'within high')}")
        rows.append(f"| {who} | {span(row, 'hit rate', 'low', 'high')} | {span(row, 'centre', 'centre low', 'centre high')} "
                    f"| {row['part']:.1f} | {row['answered']:.1f} | {gap} |")
    about = found.attrs
    said = (f"\n{int(found.iloc[0]['words']):,} phrases of {int(found.iloc[0]['pairs']):,} captions, {about['photos']:,} photos; "
            f"{about['answered']:,} are answered by some region; {about['compared']:,} ordered pairs.  Default answer: "
            f"{about['mix']}.\n")
    return [HEAD, *rows, said]


def collected(run, index, phrases, rows) -> list:
    """What weights are chosen from, of each phrase of some images: (4, R) terms, (R,) hits, (R,) middles, (R,) own less other's
    places and their number in pairs of the caption, is a class named?"""
    found, one = [], Weights(1, 1, 1, 1)
    for text in sorted(phrases):
        if int(index.corpus.image_of_text[text]) not in rows:
            continue
        e = explain_pair(Pair(run, index, int(index.corpus.image_of_text[text]), text))
        mix = mix_of(e)._replace(named=one, other=one)
        units = phrase_units(e, phrases[text])
        hits = [np.isin(np.arange(e.regions), unit.regions) for unit in units]
        for unit, hit in zip(units, hits):
            middle = np.array([unit.centred(box) for box in e.places])
            others = [hit * 1.0 - there for other, there in zip(units, hits) if overlaps(unit.boxes, other.boxes).max() < HALF]
            found.append((np.array(parts(e, unit.words, mix)), hit, middle, np.sum([np.zeros(e.regions), *others], 0), len(others),
                          bool(mix.names(e, unit.words))))
    return found


def best(some) -> tuple:
    """(overlap, middle and difference within a caption, added up, Weights) of the best weights for some phrases."""
    terms, hits, middles, gaps, pairs = (np.array([one[n] for one in some]) for n in range(5))
    share, lots = lambda right, pick: np.take_along_axis(right, pick, 1).sum(), []
    for weights in itertools.product(COSINES, CONFIDENCES, AREAS, LABELS if terms[:, 3].any() else (0,)):
        pick = np.einsum("w,nwr->nr", weights, terms).argmax(1)[:, None]
        told = (share(hits, pick) + share(middles, pick)) / len(some) + share(gaps, pick) / pairs.sum()
        lots.append((told, Weights(*weights)))
    return max(lots)


def choose(run, index, phrases):
    """The best weights by overlap, middle and difference within a caption on every second photo; what they reach on the others."""
    images = range(len(index.corpus))
    here, there = (collected(run, index, phrases, images[start::2]) for start in (0, 1))
    chosen = [best([one for one in here if one[5] == named])[1] for named in (True, False)]
    kept = {t: some for t, some in phrases.items() if int(index.corpus.image_of_text[t]) % 2}
    print(f"chosen on {len(here):,} phrases: {Mix(*chosen)}; measured on the other {len(there):,}:")
    found = vl.pointing_game(run, index, len(kept), phrases=kept, mix=Mix(*chosen, "coco_words.txt"))
    print("\n".join(table("chosen", found)), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", help="run folders of real_photos.py")
    parser.add_argument("--data", required=True, help="folder of features")
    parser.add_argument("--phrases", required=True)
    parser.add_argument("--sizes", required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--photos", type=int, help="the first photos with phrases only")
    parser.add_argument("--choose", action="store_true", help="choose the weights on every second photo and measure on the others")
    parser.add_argument("--write", help="also write the table to this Markdown file")
    given, lines = parser.parse_args(), []
    for folder in given.runs:
        run, index, phrases = opened(folder, given)
        if given.choose:
            choose(run, index, phrases)
            continue
        found = vl.pointing_game(run, index, len(phrases), phrases=phrases, quantity=("pointing", "cosine", "attention"))
        lines += table(Path(folder).name, found)
        print("\n".join(lines), flush=True)
    if given.write:
        Path(given.write).write_text("\n".join(lines))


if __name__ == "__main__":
    main()
