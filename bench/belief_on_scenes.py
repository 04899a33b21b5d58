"""Can the maps be believed?  Pointing, deletion against random orders, and affinity against effect, of trained runs on scenes.

    python bench/belief_on_scenes.py runs/poster/scan-s0 runs/poster/vsrpp-s0 --write assets/results/belief_on_scenes.md
    python bench/belief_on_scenes.py runs/zoo/vsepp-s0 runs/zoo/vsrn-s0

The runs are those of poster_on_scenes.py, and of the leaderboard for models without attention, which point by their interaction and
by occlusion; the scenes are the test split of the former.
"""
import argparse
from pathlib import Path

import numpy as np
from poster_on_scenes import corpora

import vsrlab as vl
from vsrlab.explain.reasoning import agreements
from vsrlab.measure.significance import bootstrap

POINTING = "| run | words point at what they name | chance | random weights | above random weights |\n|---|---|---|---|---|"
ORDERS = ("| run | explanation of the regions | pairs that beat 90 % of random orders | by chance | random orders beaten |\n"
          "|---|---|---|---|---|")
EFFECT = "| run | rank correlation of affinity and effect of the cut, last layer |\n|---|---|"


def interval(row, name, low="low", high="high") -> str:
    return f"{row[name]:.1f} [{row[low]:.1f}, {row[high]:.1f}]"


def pointing(name, run, index, images, **truth) -> list:
    table = vl.pointing_game(run, index, images, **truth)
    print(table, flush=True)
    own, random, gap = (table.iloc[n] for n in range(3))
    return [f"| {name} | {interval(own, 'hit rate')} | {own['chance']:.1f} | {interval(random, 'hit rate')} "
            f"| {interval(gap, 'hit rate')} |"]


def quantities(run) -> list:
    """Attention where there is any; else what every model that compares vectors has."""
    return ["attention"] if "attention" in run.model.shows else ["interaction", "occlusion"]


def faithful(name, run, index, images, methods) -> list:
    table = vl.faithfulness(run, index, images, methods, control=False)
    print(table, flush=True)
    return [f"| {name} | {row['method']} | {interval(row, 'better')} | {row['chance']:.1f} | {row['beaten']:.1f} |"
            for _, row in table.iterrows()]


def effect(name, run, index, images) -> list:
    if not hasattr(run.model, "reasoner"):
        return [f"| {name} | it has no graph |"]
    rho = agreements(run, index, -1, images)
    rho = rho[np.isfinite(rho)]
    low, high = bootstrap(rho)
    return [f"| {name} | {rho.mean():+.2f} [{low:+.2f}, {high:+.2f}], {len(rho)} images |"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", help="run folders of poster_on_scenes.py")
    parser.add_argument("--images", type=int, default=300, help="of the pointing game; a sixth of them for the slower tests")
    parser.add_argument("--write", help="also write the tables to this Markdown file")
    given = parser.parse_args()
    test, tables = corpora("test"), ([POINTING], [ORDERS], [EFFECT])
    for folder in given.runs:
        run = vl.Run.load(folder)
        index, name = vl.index(run, test), Path(folder).name
        few = max(1, given.images // 6)
        for quantity in quantities(run):
            tables[0].extend(pointing(name if quantity == "attention" else f"{name}, {quantity}", run, index, given.images,
                                      quantity=quantity))
        seen = ["attention", "cosine", "occlusion"] if "attention" in run.model.shows else ["interaction", "occlusion"]
        tables[1].extend(faithful(name, run, index, few, seen))
        tables[2].extend(effect(name, run, index, few))
    text = "\n\n".join("\n".join(table) for table in tables) + "\n"
    print(text)
    if given.write:
        Path(given.write).parent.mkdir(parents=True, exist_ok=True)
        Path(given.write).write_text(text)


if __name__ == "__main__":
    main()
