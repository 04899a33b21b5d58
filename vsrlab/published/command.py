"""`vsrlab published`: the figures in print, on the command line."""
TEXT = "What papers print about image-text matching: 2,166 figures, each with its source and how it was read."
KEYS = {"system": "SCAN, VSE++, or a model's name such as vsepp; several are allowed [all]",
        "dataset": "Flickr8K, Flickr30K, COCO [all]", "split": "1K, 5K, '1K (1 fold)', unspecified [all]",
        "direction": "i2t, t2i, both [all]", "metric": "R@1, R@5, R@10, MedR, MeanR, mR [all]"}
FILES = {"html": "as a page with a filter", "csv": "as CSV", "markdown": "as Markdown"}


def flags(sub):
    """Describe the command to argparse."""
    for name, meaning in KEYS.items():
        sub.add_argument(f"--{name}", nargs="+", metavar=name.upper(), help=meaning)
    sub.add_argument("--conflicts", action="store_true", help="the recalls that two tables print differently")
    for kind, how in FILES.items():
        sub.add_argument(f"--{kind}", metavar="FILE", help=f"write them {how} instead of printing them")


def run(given):
    """Print the figures, or write the files that were named."""
    from vsrlab.published.browse import published
    found = published(*(getattr(given, name) for name in KEYS), conflicts=given.conflicts)
    wanted = {kind: getattr(given, kind) for kind in FILES if getattr(given, kind)}
    for kind, path in wanted.items():
        print(f"{found.save(path, kind)}: {len(found)} figures")
    if not wanted:
        print(found.text())
