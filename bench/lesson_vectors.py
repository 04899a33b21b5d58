"""The two files of vectors that notebooks/12_two_files.ipynb starts from: python bench/lesson_vectors.py RUN

RUN is a trained run whose model compares vectors, such as runs/zoo/sco-s0 of 'vsrlab leaderboard'.  Writes
notebooks/vectors/images.npy (I, D) and texts.npy (T, D), float16 and of length one, and captions.csv, of the 300 test scenes.
"""
import argparse
from pathlib import Path

import numpy as np

import vsrlab as vl
from vsrlab import files

HERE = Path(__file__).parents[1] / "notebooks" / "vectors"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="folder of a trained run")
    corpus = vl.scenes(images=300, seed=2, split="test")
    index = vl.index(vl.Run.load(parser.parse_args().run), corpus)
    HERE.mkdir(exist_ok=True)
    for side, name in (("image", "images"), ("text", "texts")):
        x = index.scored.vectors(side).astype(np.float64)
        x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float16)
        files.write(HERE / f"{name}.npy", lambda file, x=x: np.save(file, x))
    import pandas
    table = pandas.DataFrame({"image": [corpus.ids[i] for i in corpus.image_of_text], "caption": corpus.texts})
    files.write_text(HERE / "captions.csv", files.csv_text(table))
    found = vl.from_embeddings(HERE / "images.npy", HERE / "texts.npy", HERE / "captions.csv")
    print(vl.evaluate(found))
    print(", ".join(f"{path.name} {path.stat().st_size / 1000:.0f} kB" for path in sorted(HERE.iterdir())))


if __name__ == "__main__":
    main()
