"""How often is each rule for a cause right?  All failures of two models, three seeds, on scenes, where the truth is known.

    python bench/causes_on_scenes.py [--images 300] [--runs FOLDER] [--write]

Models are trained for a minute each: what counts here is that they fail.  A failure is a query whose first answer is wrong as
labelled; `corpus.truth.false_claims` says what is false of the pair.  A rule fires on a failure or not; it is right when the
claim of its kind is false ("may be valid": when no claim is).  Precision: of the failures it fired on, the share where it was
right.  Recall: of the failures with such a claim, the share it fired on.  Beside "may be valid" stands
tf-idf alone: as many failures as the rule names, those whose caption is most like the photo's own.  --write writes the table to
assets/results/causes_on_scenes.md and the numbers that the desk shows to vsrlab/desk/measured.json.
"""
import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch

import vsrlab as vl
from vsrlab.desk.causes import RULES, causes
from vsrlab.measure.significance import share_interval
from vsrlab.retrieval.failures.records import records

MODELS = {"vsepp": {"dim": 128}, "vsrpp": {"dim": 64, "layers": 1}}
EPOCHS = {"vsepp": 6, "vsrpp": 2}                # an epoch of VSR++ takes twenty times as long
KINDS = {"relation": ("relation", "order"), "may be valid": ()}
UNTOLD = ("hub", "generic caption", "unknown or rare word", "word blind", "order blind")
ROOT = Path(__file__).parents[1]


def truth_of(corpus) -> set:
    return {frozenset((twin.image_a, twin.image_b)) for twin in corpus.truth.twins}


def right(name, claims, pair, twins) -> bool:
    """Is a rule right about a failure?"""
    if name == "near duplicate photo":
        return frozenset(pair) in twins
    if name == "may be valid":
        return not claims
    return bool(set(KINDS.get(name, (name,))) & set(claims))


def failures(index, corpus) -> list:
    """[{"unit", "claims", "fired", "like", ...}] of all failures of both sides."""
    found, twins, scored = [], truth_of(corpus), index.scored
    for side in ("text", "image"):
        for record in records(scored, side):
            claims = corpus.truth.false_claims(record.text, record.image)
            fired = {reason.cause for reason in causes(record)}
            pair = (record.image, int(corpus.image_of_text[record.text]))
            unit = pair[1] if side == "text" else record.image
            found.append({"unit": unit, "claims": claims, "like": record.like, "fired": fired, "side": side,
                          "right": {name: right(name, claims, pair, twins) for name in RULES}})
    return found


def trained(name, seed, folder):
    torch.manual_seed(seed)
    settings = vl.Settings(model=name, epochs=EPOCHS[name], rate=1e-3, batch=64, seed=seed, options=MODELS[name])
    return vl.fit(vl.scenes(images=400, seed=10 + seed), settings, out=folder)


def row(name, every) -> dict:
    """One rule's line: precision, recall, with intervals over images."""
    fired = np.array([name in one["fired"] for one in every])
    true = np.array([one["right"][name] for one in every])
    unit = np.unique([one["unit"] for one in every], return_inverse=True)[1]
    share = lambda hit, asked: (hit.sum() / asked.sum(), share_interval(np.bincount(unit, hit), np.bincount(unit, asked)))
    found = {"fired": int(fired.sum()), "true": int(true.sum())}
    if fired.any():
        found["precision"], found["precision interval"] = share(fired & true, fired)
    if true.any():
        found["recall"], found["recall interval"] = share(fired & true, true)
    return found


def baseline(every) -> dict:
    """tf-idf alone with as many suggestions as the rule makes."""
    many = sum("may be valid" in one["fired"] for one in every)
    order = np.argsort([-one["like"] for one in every], kind="stable")
    for place, n in enumerate(order):
        every[n]["fired"] = every[n]["fired"] | {"tf-idf alone"} if place < many else every[n]["fired"] - {"tf-idf alone"}
        every[n]["right"]["tf-idf alone"] = every[n]["right"]["may be valid"]
    return row("tf-idf alone", every)


def line(name, found) -> str:
    def cell(what):
        if what not in found or name in UNTOLD:
            return "–"
        low, high = found[f"{what} interval"][:2]
        return f"{found[what]:.2f} [{low / 100:.2f}, {high / 100:.2f}]"
    true = "–" if name in UNTOLD else format(found["true"], ",")
    return f"| {name} | {found['fired']:,} | {true} | {cell('precision')} | {cell('recall')} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=300, help="of the test scenes of each run")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", help="folder that keeps the trained runs for the next time")
    parser.add_argument("--write", action="store_true")
    asked, every, said = parser.parse_args(), [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            for seed in range(asked.seeds):
                corpus = vl.scenes(images=asked.images, seed=20 + seed, split="test")
                index = vl.index(trained(name, seed, Path(asked.runs or folder) / f"{name}-{seed}"), corpus)
                some = failures(index, corpus)
                for one in some:
                    one["unit"] += 10_000 * len(said)
                valid = np.mean([not one["claims"] for one in some])
                first = index.scored.digest.text.hit.mean()
                said.append(f"{name}, seed {seed}: {len(some):,} failures, {100 * first:.1f} % of captions find their photo first; "
                            f"{100 * valid:.1f} % of the failures are valid")
                print(said[-1], flush=True)
                every += some
    table = ["| rule | fired | failures with such a claim | precision | recall |", "|---|---|---|---|---|"]
    found = {name: row(name, every) for name in RULES}
    table += [line(name, found[name]) for name in RULES]
    table += [line("may be valid, by tf-idf alone", baseline(every))]
    print("\n".join(table))
    if asked.write:
        out = {name: {key: round(float(value), 4) for key, value in numbers.items() if key in ("precision", "recall", "fired")}
               for name, numbers in found.items() if name not in UNTOLD}
        about = f"all {len(every):,} failures of {' and '.join(MODELS)}, {asked.seeds} seeds, {asked.images} test scenes each"
        (ROOT / "vsrlab/desk/measured.json").write_text(json.dumps({"on": about, "rules": out}, indent=1) + "\n")
        text = f"# Rules for causes on scenes\n\nMade by bench/causes_on_scenes.py: {about}.\n\n"
        text += "".join(f"- {one}\n" for one in said) + "\n" + "\n".join(table) + "\n"
        (ROOT / "assets/results/causes_on_scenes.md").write_text(text)


if __name__ == "__main__":
    main()
