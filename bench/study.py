"""A study: rows of models times seeds, trained and measured, resumable, two at a time, into one small table.

Used by poster_on_scenes.py and real_photos.py.  Every run is an ordinary run folder, so any of them
can be opened in a notebook afterwards; a row that is finished is not trained again.
"""
import argparse
import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path

TEST = "test.json"                        # the Result of a run on the test split, beside the run
SIX = [f"{side} R@{k}" for side in ("text", "image") for k in (1, 5, 10)]      # text: image -> text; image: text -> image


@dataclass(frozen=True)
class Row:
    """One line of the table: a name, and what differs from the study's settings."""
    name: str
    model: str
    options: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    source: dict = field(default_factory=dict)              # what differs in the corpora, such as {"regions": "both"}

    def slug(self, seed):
        return f"{self.name.lower().replace('++', 'pp').replace(' ', '-').replace('=', '').replace(',', '')}-s{seed}"


def measure(job):
    """Train (or open) one run and measure it on the test split; runs in a process of its own."""
    import torch
    torch.set_num_threads(job["threads"])
    import vsrlab as vl
    row, seed, folder = job["row"], job["seed"], Path(job["out"]) / job["row"].slug(job["seed"])
    train, dev, test = (job["corpora"](split, **row.source) for split in ("train", "dev", "test"))
    settings = job["settings"].but(model=row.model, seed=seed, options={**job["settings"].options, **row.options}, **row.settings)
    run = vl.fit(train, settings, out=folder, dev=dev, ui="none")
    result = vl.evaluate(vl.Run.load(folder), test)
    result.save(folder / TEST)
    return {"row": row.name, "seed": seed, "settings": asdict(settings), "epochs": len(run.log),
            "seconds": sum(e.get("seconds", 0) for e in run.log), "parameters": sum(p.numel() for p in run.model.parameters()),
            "rsum interval": result.interval["rsum"], **result.numbers()}


def study(rows, seeds, settings, corpora, out, workers=2):
    """Yield one finished line at a time; `corpora` maps "train", "dev", "test" to a Corpus (a picklable function)."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    done_file = out / "results.jsonl"
    lines = [json.loads(line) for line in done_file.read_text().splitlines()] if done_file.exists() else []
    done = {(line["row"], line["seed"]) for line in lines}
    threads = int(os.environ.get("OMP_NUM_THREADS", max(1, (os.cpu_count() or 1) // workers)))
    jobs = [dict(row=row, seed=seed, settings=settings, corpora=corpora, out=str(out), threads=threads)
            for seed in seeds for row in rows if (row.name, seed) not in done]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(measure, job) for job in jobs]):
            line = future.result()
            lines.append(line)
            with done_file.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(f"{line['row']:24s} seed {line['seed']}  rsum {line['rsum']:6.1f}  {line['seconds'] / 60:5.1f} min", flush=True)
    return lines


def table(lines, rows):
    """Mean over seeds, a line per row, as Markdown; rsum with its spread over seeds, or with one seed's interval over images."""
    import numpy as np
    head = "| model | seeds | " + " | ".join(SIX) + " | rsum |"
    text = [head, "|---" * (len(SIX) + 3) + "|"]
    for row in rows:
        mine = [line for line in lines if line["row"] == row.name]
        if mine:
            cells = [f"{np.mean([m[k] for m in mine]):.1f}" for k in SIX]
            rsum = [m["rsum"] for m in mine]
            low, high = mine[0]["rsum interval"]
            spread = f"± {np.std(rsum, ddof=1):.1f}" if len(rsum) > 1 else f"[{low:.0f}, {high:.0f}]"
            text.append(f"| {row.name} | {len(mine)} | " + " | ".join(cells) + f" | **{np.mean(rsum):.1f}** {spread} |")
    return "\n".join(text)


def against(lines, rows, best, out):
    """The row `best` beside every other, seed by seed on the same test images: difference of rsum and p, as Markdown."""
    import vsrlab as vl
    from vsrlab.measure.result import Result
    text = [f"| {best} beside | rsum, seed by seed | largest p (paired randomisation over images) |", "|---|---|---|"]
    seeds = {row.name: {line["seed"] for line in lines if line["row"] == row.name} for row in rows}
    mine = next((row for row in rows if row.name == best), None)
    for row in rows if mine else ():
        shared = sorted(seeds[best] & seeds[row.name])
        if row is mine or not shared:
            continue
        both = [vl.compare(*(Result.load(Path(out) / r.slug(seed) / TEST) for r in (row, mine))) for seed in shared]
        gaps = ", ".join(f"{c.difference['rsum']:+.1f}" for c in both)
        text.append(f"| {row.name} | {gaps} | {max(c.p['rsum'] for c in both):.4f} |")
    return "\n".join(text)


def report(lines, rows, best, given):
    """Print both tables, and write them where --write says."""
    text = f"{table(lines, rows)}\n\n{against(lines, rows, best, given.out)}\n"
    print(text)
    if given.write:
        Path(given.write).parent.mkdir(parents=True, exist_ok=True)
        Path(given.write).write_text(text)


def flags(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="*", help="names of the rows to run (default: all)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", required=True, help="folder of the runs")
    parser.add_argument("--write", help="also write the table to this Markdown file")
    return parser
