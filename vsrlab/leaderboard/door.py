"""vl.leaderboard: train what is missing, open what is there, and put every system of the zoo into one table."""
import os
import time
from pathlib import Path

import numpy as np

from vsrlab.data.corpus import Corpus
from vsrlab.errors import Problem, needs
from vsrlab.inputs import short
from vsrlab.leaderboard import cost, saved
from vsrlab.leaderboard.board import Leaderboard
from vsrlab.leaderboard.entry import Entry, Measured
from vsrlab.leaderboard.wanted import checked, seeds_of, settings_of, wanted
from vsrlab.leaderboard.work import Busy, Gallery, Job, Stopped, done, folder, together
from vsrlab.progress import span

BOARD = "leaderboard.json"       # of the folder of runs: what was reached so far
PAUSE = 2.0                      # seconds between two looks at a run that another process holds


def leaderboard(corpus, test=None, models="all", seeds=(0, 1, 2), settings=None, out=None, *, dev=None, ensembles=(),
                protocol: str | None = None, dataset: str = "", ui: str = "text") -> Leaderboard:
    """Every model on one corpus: trained where that is missing, opened where it is there, measured on `test`, in one table.

    corpus     to train on; or, alone, the file that a leaderboard saved as .json: then that is opened, and "scenes" opens the
               one that comes with the kit
    models     "all"; or names, and names with options: ["scan", "dspe", "dspe:structure=0"]
    seeds      a run for each
    settings   None: the small ones for scenes or photos, margin and hinge those of the paper; a dictionary of fields that
               differ for all, {"epochs": 4, "options": {"dim": 64}}; or Settings.  Options go to the models that have them
    out        folder of the runs, one a model and seed; call again to go on, to add models or seeds.  Two processes that are
               given one folder share the work.  A run of other settings there is a row that says so
    dev        corpus that chooses the epoch; None: every tenth pair of images is held out
    ensembles  models whose first two seeds also stand together, by their mean scores, as the papers report "two models"
    protocol   of vl.evaluate; dataset  "Flickr30K" or so, where the corpus does not tell and published figures shall stand beside
    ui         "text": a line a run; "none"

    A row that fails shows its sentence and the others go on.  Interrupted, it gives the board so far.
    """
    if test is None and isinstance(corpus, (str, os.PathLike)):
        return Leaderboard(*saved.read(corpus))
    for one in (corpus, test) if dev is None else (corpus, test, dev):
        needs("vl.leaderboard", one, Corpus)
    rows, seeds, pairs = wanted(models), seeds_of(seeds), wanted(ensembles) if ensembles else []
    checked(rows, settings)
    if out is None:
        raise Problem("a leaderboard keeps its runs: name a folder for them, vl.leaderboard(corpus, test, out='runs/zoo').")
    if pairs and len(seeds) < 2:
        raise Problem("an ensemble is two runs of a model; give two seeds or more, seeds=(0, 1).")
    if odd := [p.key for p in pairs if p.key not in {r.key for r in rows}]:
        raise Problem(f"{odd[0]} is to stand as an ensemble, but it is none of the models; name it in models= too.")
    gallery, out = Gallery(corpus, test, dev, protocol), Path(out)
    jobs = [Job(row, seed, settings_of(row, seed, settings, corpus.truth is not None), out / row.folder(seed))
            for row in rows for seed in seeds]
    folder(out)
    return _Session(rows, pairs, jobs, gallery, out, dataset, print if ui == "text" else lambda *said, **how: None).board()


class _Session:
    """The records that were reached, and what went wrong with the others."""

    def __init__(self, rows, pairs, jobs, gallery, out, dataset, say):
        self.rows, self.pairs, self.jobs, self.gallery, self.out, self.dataset = rows, pairs, jobs, gallery, out, dataset
        self.say, self.about, self.found, self.failed, self.joined = say, gallery.about(), {}, {}, {}
        self.cost, self.began, self.worked = {}, time.perf_counter(), 0.0

    def board(self) -> Leaderboard:
        """Do the work, in the order of cost; stopped, tell what there is."""
        try:
            for job in self.jobs:                                  # what is there already costs nothing
                self._try(job, only_open=True)
            left = self._sorted([job for job in self.jobs if job.name not in self.found])
            while left:
                for job in list(left):
                    if self._try(job):
                        left.remove(job)
                        self._tell(job, left)
                if left:
                    time.sleep(PAUSE)                              # another process holds them
            for row in self.pairs:
                self._join(row)
        except (KeyboardInterrupt, Stopped):
            self.say(f"stopped; the runs so far are in {self.out}, and the same call goes on.", flush=True)
        return self._written()

    def _sorted(self, jobs) -> list:
        """The quickest rows first; of a row, seed after seed."""
        first = {}
        for job in jobs:
            if job.row.key not in first:
                first[job.row.key] = cost.of_a_step(job.settings, self.gallery.train) * max(job.settings.epochs, 1)
        self.cost = {job.name: first[job.row.key] for job in jobs}
        return sorted(jobs, key=lambda job: self.cost[job.name])

    def _try(self, job, only_open: bool = False) -> bool:
        """Take one job as far as it goes -> is it settled?"""
        steps = len(self.gallery.train.texts) / job.settings.batch
        try:
            found = done(job, self.gallery, self.about, only_open, self.cost.get(job.name, 0.0) * steps)
        except Busy:
            return False
        except (KeyboardInterrupt, Stopped):
            raise
        except Exception as error:                                 # of whatever kind: this row failed, the others go on
            self.failed[job.name] = _sentence(error)
            return True
        if found:
            self.found[job.name] = found
        return found is not None

    def _join(self, row):
        jobs = [job for job in self.jobs if job.row == row]
        if any(job.name not in self.found for job in jobs[:2]):
            self.joined[row.key] = "one of its two runs is not there"
            return
        try:
            self.joined[row.key] = together(row, jobs, self.gallery, self.about, self.out)
        except KeyboardInterrupt:
            raise
        except Exception as error:
            self.joined[row.key] = _sentence(error)

    def _tell(self, job, left):
        """A line on what was done, and how long the rest will take at the pace of what was done in this call."""
        count = len(self.jobs) - len(left)
        if job.name in self.failed:
            said = self.failed[job.name]
        else:
            m = self.found[job.name]["measured"]
            said = f"rsum {m['values']['rsum']:.1f}, trained in {span(m['wall'] or 0)}"
        self.worked += self.cost.get(job.name, 0.0) if np.isfinite(self.cost.get(job.name, 0.0)) else 0.0
        rest = sum(c for other in left if np.isfinite(c := self.cost[other.name]))
        pace = (time.perf_counter() - self.began) / self.worked if self.worked else 0.0
        more = f"; about {span(rest * pace)} left" if left and pace else ""
        self.say(f"[{count}/{len(self.jobs)}] {job.name}: {said}{more}", flush=True)
        self._written()

    def _written(self) -> Leaderboard:
        """The board of what there is, also as a file in the folder of the runs."""
        board = Leaderboard(self._entries(), *self._common(), dataset=self.dataset)
        if board.done:
            board.save(self.out / BOARD)
        return board

    def _common(self) -> tuple:
        """(stamp, chance, owner) that all records share."""
        records = [*self.found.values(), *(r for r in self.joined.values() if isinstance(r, dict))]
        first = records[0] if records else {"stamp": {}, "chance": {}, "owner": []}
        return first["stamp"], first["chance"], np.array(first["owner"], dtype=np.int64)

    def _entries(self) -> list:
        stamp, _, owner = self._common()
        common, found = dict(owner=owner, folds=stamp.get("folds", 1)), []
        for row in self.rows:
            jobs = [job for job in self.jobs if job.row == row]
            runs = [Measured(**self.found[job.name]["measured"]) for job in jobs if job.name in self.found]
            failed = {job.seed: self.failed[job.name] for job in jobs if job.name in self.failed}
            waiting = [job.seed for job in jobs if job.name not in self.found and job.name not in self.failed]
            found.append(Entry(row.key, row.model, row.label, row.options, runs, failed, waiting, **common))
        for row in self.pairs:
            record = self.joined.get(row.key)
            runs = [Measured(**record["measured"])] if isinstance(record, dict) else []
            seeds = [job.seed for job in self.jobs if job.row == row][:2]
            found.append(Entry(f"{row.key} x 2", row.model, f"{row.label} x 2, ensemble", row.options, runs,
                               {seeds[0]: record} if isinstance(record, str) else {}, [] if record else seeds, True, **common))
        return found


def _sentence(error: Exception) -> str:
    """What went wrong, on one line."""
    said = str(error).strip().splitlines() or [""]
    if isinstance(error, Problem):
        return " ".join(str(error).split())
    if isinstance(error, MemoryError) or "out of memory" in str(error) or "allocate memory" in str(error):
        return "there was not enough memory; try a smaller batch, or a smaller dim in the options."
    return f"{type(error).__name__}: {short(Exception(said[0]), 200)}"
