"""Systems of the zoo on real photos with captions (a folder made by 'vsrlab features', Karpathy split).

    vsrlab features PHOTOS --captions dataset_flickr8k.json --out features
    python bench/real_photos.py --data features --out runs/photos --write assets/results/real_photos.md
"""
import functools

from study import Row, flags, report, study

from vsrlab.settings import Settings

BOTH = dict(regions="both")                                # boxes and grid: words have both to look at
MORE = dict(regions="grid+lite2+mobilenetv2")              # the grid, and whole-photo vectors of two more networks
NETS = dict(nets="lite2+mobilenetv2")
PLAIN = dict(precision="float32")
READ = dict(text="minilm")                                 # a text reader that has read captions before, all-MiniLM-L6-v2
SOLVED = READ | dict(ridge=1e-9, shrink=1.0, power=1.0)    # in closed form; shrink, power and dim (256) chosen on val
ROWS = [Row("VSE0", "vse0"), Row("VSE++", "vsepp"), Row("VSE++ boxes and grid", "vsepp", source=BOTH),
        Row("SCAN boxes", "scan", source=dict(regions="boxes")), Row("SCAN", "scan", source=BOTH),
        Row("VSRN", "vsrn", Settings.photos("vsrn").options, source=BOTH),
        Row("VSR++", "vsrpp", Settings.photos("vsrpp").options, source=BOTH),
        Row("DSPE", "dspe", settings=PLAIN), Row("DAN", "dan", settings=PLAIN), Row("SCO", "sco", settings=PLAIN),
        # below: with more than the papers have; rows with "read" use a text reader that has read captions before (all-MiniLM-L6-v2)
        Row("VSE++, three nets", "vsepp", NETS, PLAIN, MORE),
        Row("kit, nothing added", "vsrpp-kit", {}, PLAIN),
        Row("CCA, read", "cca", SOLVED, PLAIN),
        Row("CCA, read, three nets", "cca", SOLVED | NETS, PLAIN, MORE),
        Row("ridge, read, three nets", "cca", SOLVED | NETS | dict(solve="ridge"), PLAIN, MORE),
        Row("kit, read", "vsrpp-kit", dict(text="minilm"), PLAIN),
        Row("kit, read, three nets", "vsrpp-kit", dict(text="minilm") | NETS, PLAIN, MORE)]
SETTINGS = Settings.photos("vsepp", precision="bfloat16")
DEV = 500                                                  # photos of val that choose the epoch


def corpora(split, *, data, regions="grid"):
    from vsrlab.data.precomputed import precomputed
    corpus = precomputed(data, {"dev": "val"}.get(split, split), regions=regions)
    return corpus.images(range(min(DEV, len(corpus)))) if split == "dev" else corpus


def main():
    parser = flags(__doc__)
    parser.add_argument("--data", required=True, help="folder of features with train, val and test")
    given = parser.parse_args()
    rows = [row for row in ROWS if not given.rows or row.name in given.rows]
    settings = SETTINGS if given.epochs is None else SETTINGS.but(epochs=given.epochs)
    sources = functools.partial(corpora, data=given.data)
    report(study(rows, given.seeds, settings, sources, given.out, given.workers), rows, "VSR++", given)


if __name__ == "__main__":
    main()
