"""The poster's Tables 1 and 2 on generated scenes at their default knobs.

    python bench/poster_on_scenes.py --out runs/poster
"""
from study import Row, flags, report, study

from vsrlab.settings import Settings

MAIN = [Row("VSE0", "vse0"), Row("VSE++", "vsepp"), Row("SCAN", "scan"), Row("VSRN", "vsrn"), Row("VSR++", "vsrpp")]
TEXT = [Row("VSR++ GRU", "vsrpp", dict(text="gru"))]
FUSION = [Row("VSR++ loss", "vsrpp", dict(fusion="loss"))]
MU = [Row(f"VSR++ mu={mu}", "vsrpp", dict(mu=mu)) for mu in (0.5, 1.0, 1.5, 2.5, 3.0)]
ROWS = MAIN + TEXT + FUSION + MU
SETTINGS = Settings(options=dict(dim=128), batch=64, epochs=10, rate=1e-3, decay_after=7)


def corpora(split):
    """2,000 scenes to learn from, 300 to choose the epoch on, 1,000 to measure on: three different worlds."""
    from vsrlab.data.scenes import scenes
    images, seed = {"train": (2000, 1), "dev": (300, 2), "test": (1000, 3)}[split]
    return scenes(images=images, seed=seed, split=split)


def main():
    given = flags(__doc__).parse_args()
    rows = [row for row in ROWS if not given.rows or row.name in given.rows]
    settings = SETTINGS if given.epochs is None else SETTINGS.but(epochs=given.epochs)
    report(study(rows, given.seeds, settings, corpora, given.out, given.workers), rows, "VSR++", given)


if __name__ == "__main__":
    main()
