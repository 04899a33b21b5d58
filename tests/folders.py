"""Folders of features for the tests: the toy corpora as files, in the layout that SCAN and VSRN read."""
from pathlib import Path

import numpy as np
from toys import toy


def write(folder, splits=(("train", 40), ("dev", 10), ("test", 12)), features=10, grid=0) -> Path:
    """{split}_ims.npy (I, 4, F) and {split}_caps.txt, two captions an image; with `grid` also so many vectors of another kind."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (split, images) in enumerate(splits):
        corpus = toy(images, features=features, seed=seed)
        np.save(folder / f"{split}_ims.npy", corpus.regions)
        (folder / f"{split}_caps.txt").write_text("".join(f"{text}\n" for text in corpus.texts))
        if grid:
            np.save(folder / f"{split}_grid.npy", toy(images, grid, features=features, seed=seed + 9).regions)
    return folder


def listing(folder) -> dict:
    """Every file below a folder, hidden ones too, with its content: what may not change."""
    paths = sorted(Path(folder).rglob("*"))
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in paths}
