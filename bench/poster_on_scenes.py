"""The poster's Tables 1 and 2 on generated scenes at their default knobs.

    python bench/poster_on_scenes.py --out runs/poster
"""
from study import Row, flags, report, study

from vsrlab.settings import Settings

RAW = dict(local_regions="raw")                            # words attend to the regions as they were before reasoning
MAIN = [Row("VSE0", "vse0"), Row("VSE++", "vsepp"), Row("SCAN", "scan"), Row("VSRN", "vsrn"),
        Row("VSR++", "vsrpp", RAW | dict(mu=0.5))]
MU = [Row(f"VSR++ mu={mu}", "vsrpp", RAW | dict(mu=mu)) for mu in (1.0, 1.5, 2.0, 2.5, 3.0)]
TEXT = [Row("VSR++ GRU", "vsrpp", RAW | dict(mu=0.5, text="gru"))]
FUSION = [Row(f"VSR++ {fusion}", "vsrpp", RAW | dict(mu=0.5, fusion=fusion)) for fusion in ("loss", "late")]
ROWS = MAIN + MU + TEXT + FUSION
SETTINGS = Settings(options=dict(dim=128, dropout=0.2), batch=64, epochs=4, rate=1e-3, decay_after=3)


def corpora(split):
    """3,000 scenes to learn from, 300 to choose the epoch on, 1,000 to measure on: three different worlds."""
    from vsrlab.data.scenes.corpus import scenes
    images, seed = {"train": (3000, 1), "dev": (300, 2), "test": (1000, 3)}[split]
    return scenes(images=images, seed=seed, split=split)


def main():
    given = flags(__doc__).parse_args()
    rows = [row for row in ROWS if not given.rows or row.name in given.rows]
    settings = SETTINGS if given.epochs is None else SETTINGS.but(epochs=given.epochs)
    report(study(rows, given.seeds, settings, corpora, given.out, given.workers), rows, "VSR++", given)


if __name__ == "__main__":
    main()
