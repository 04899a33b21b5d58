"""What each part of the kit's variant brings on real photos, and what a second seed of the same model brings.

    python bench/photo_parts.py runs/photos/kit-read-three-nets-s* --data features --write assets/results/real_photos_parts.md

Runs are those of bench/real_photos.py.  Nothing is trained or chosen here: every run is measured on the test split as it is.
"""
import argparse
import itertools
from pathlib import Path

import numpy as np

import vsrlab as vl
from vsrlab.data.precomputed import precomputed
from vsrlab.measure.ranks import ranks, summary
from vsrlab.run.files import read_config


def parts_of(run, index) -> dict:
    """name -> (weight, scores (I, T)): the parts of a run of vsrpp-kit; their weighted sum is its score."""
    model, images, texts = run.model, index.images.vector.numpy(), index.texts.vector.numpy()
    half, mu, share = images.shape[1] // 2 if model.said is not None else images.shape[1], float(model.mu), float(model.share)
    found = {"word-region max": (1.0, np.asarray(index.scores) - mu * (images @ texts.T)),
             "GRU": (mu, images[:, :half] @ texts[:, :half].T)}                       # the weights a, 1 - a are in the vectors
    if share < 1:
        found["sentence read before"] = (mu, images[:, half:] @ texts[:, half:].T)
    return found


def rsum(scores, corpus) -> float:
    return summary(ranks(scores, corpus.image_of_text))["rsum"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders of runs of vsrpp-kit that differ in their seed alone")
    parser.add_argument("--data", required=True, help="folder of features with test")
    parser.add_argument("--write", help="also write the tables to this Markdown file")
    given = parser.parse_args()
    test = precomputed(given.data, "test", read_config(Path(given.runs[0]))["corpus"]["regions"])
    alone, scores = {}, []
    for folder in given.runs:
        run = vl.Run.load(folder)
        parts = parts_of(run, vl.index(run, test))
        scores.append(sum(weight * s for weight, s in parts.values()))
        for count in range(1, len(parts) + 1):
            for names in itertools.combinations(parts, count):
                alone.setdefault(names, []).append(rsum(sum(parts[n][0] * parts[n][1] for n in names), test))
    told = lambda values: f"{np.mean(values):.1f}" + (f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else "")
    lines = [f"| parts of {Path(given.runs[0]).name.rsplit('-s', 1)[0]} | seeds | rsum |", "|---|---|---|"]
    lines += [f"| {' + '.join(names)} | {len(values)} | {told(values)} |" for names, values in alone.items()]
    if len(scores) > 1:
        two = [rsum(a + b, test) for a, b in itertools.combinations(scores, 2)]
        lines += ["", f"Mean scores of two seeds of the whole, {len(two)} pair{'s' * (len(two) > 1)}: rsum {told(two)}."]
    text = "\n".join(lines) + "\n"
    print(text)
    if given.write:
        Path(given.write).write_text(text)


if __name__ == "__main__":
    main()
