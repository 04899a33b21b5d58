"""The numbers of notebook 09: ten steps, from the runs that the leaderboard on scenes trained.

    vsrlab leaderboard --models all --out runs/zoo --ensembles scan vsrn vsrpp
    vsrlab leaderboard --models dspe:structure=0 rrf:steps=0 rrf:steps=1 rrf:steps=2 --out runs/zoo
    vsrlab leaderboard --seeds 0 --models dual_path:stage=1 dual_path:instance=0,instance_text=0,stage=0 --out runs/zoo
    python bench/zoo_walk.py --runs runs/zoo --write vsrlab/survey/on_scenes.json
"""
import argparse
import json
from pathlib import Path

from vsrlab import files
from vsrlab.data.scenes.corpus import scenes
from vsrlab.errors import Problem
from vsrlab.leaderboard.wanted import parsed
from vsrlab.leaderboard.work import RECORD
from vsrlab.run import Run
from vsrlab.run.files import environment
from vsrlab.survey import made

SEEDS = (0, 1, 2)


def done(row: str, folders) -> list:
    """The folders of runs that the leaderboard finished and measured; a run that is still trained is none of them."""
    found = [folder for folder in folders if (folder / RECORD).is_file()]
    if not found:
        raise Problem(f"no run of {row} is finished; train it with the commands above.")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", required=True, help="the folder of the leaderboard")
    parser.add_argument("--write", required=True, help="the JSON to write")
    given = parser.parse_args()
    test, folder = scenes(images=200, seed=2, split="test"), Path(given.runs)
    at = lambda row, seed=0: folder / parsed(row).folder(seed)
    finished = lambda row: done(row, [at(row, seed) for seed in SEEDS])
    runs = lambda row: [Run.load(path) for path in finished(row)]
    records = lambda row: [json.loads((path / RECORD).read_text()) for path in finished(row)]
    first = lambda row: runs(row)[0]
    steps = {
        "margin": lambda: made.margin(first("uvs"), test),
        "neighbours": lambda: made.neighbours({"structure 0.2": runs("dspe"), "structure 0": runs("dspe:structure=0")}, test),
        "classes": lambda: made.told({"instance loss alone": records("dual_path:stage=1"),
                                      "ranking alone": records("dual_path:instance=0,instance_text=0,stage=0"),
                                      "both, two stages": records("dual_path")}),
        "looks": lambda: made.looks(first("dan"), test),
        "hardest": lambda: made.hardest({"VSE0": runs("vse0"), "VSE++": runs("vsepp")}),
        "refining": lambda: made.told({str(n): records(f"rrf:steps={n}" if n < 3 else "rrf") for n in range(4)}),
        "order": lambda: made.violations(first("order"), test),
        "letters": lambda: made.letters({"Chain-VSE": runs("chain_vse"), "order (GRU)": runs("order")}, test),
        "concepts": lambda: made.concepts(first("sco"), test),
        "pairs": lambda: made.pairs({"DVSA": first("dvsa"), "SCAN": first("scan"), "sm-LSTM": first("sm_lstm"),
                                     "m-CNN": first("mcnn")}, test),
    }
    found = {}
    for name, make in steps.items():
        print(name, flush=True)
        try:
            found[name] = make()
        except (ValueError, OSError) as error:
            print(f"  left out: {error}")
    line = lambda value: json.dumps(value, ensure_ascii=False, allow_nan=False)
    about = {**environment(first("uvs").device), "seeds": list(SEEDS)}
    body = ",\n".join(f"{line(name)}: {line(value)}" for name, value in found.items())
    print(files.write_text(given.write, f'{{"made": {line(about)},\n"steps": {{\n{body}\n}}}}\n'))


if __name__ == "__main__":
    main()
