"""Run: a folder that is enough on its own.  Text where a person may look, two tensor files where not.

    config.json      settings, feature size, corpus, what was held out, the row of the zoo
    env.json         versions, device, threads
    vocabulary.json
    log.jsonl        one line an epoch; history.csv is the same as a table, curves.png as a picture
    best.pt          weights of the best epoch;  metrics.json says how good, and how it was measured
    last.pt          weights, optimiser and position of the newest state: what a resumed training starts from
"""
import csv
import hashlib
import io
import json
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from vsrlab import __version__, checkpoint, files
from vsrlab.data import sources
from vsrlab.data.words import Vocabulary, readable
from vsrlab.device import choose_device
from vsrlab.draw.curves import curves
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import checked
from vsrlab.models.matcher import Matcher
from vsrlab.scoring import device_of
from vsrlab.settings import Settings
from vsrlab.zoo import build, row

FORMAT = 1
CONFIG = {"settings": dict, "features": int, "vocabulary": str, "corpus": dict, "dev": dict}
ABOUT = ("config.json", "env.json", "vocabulary.json")        # what is written before the first epoch
AGAIN = "run the same vl.fit or 'vsrlab train' again"


@dataclass
class Run:
    """A trained model and all that is needed to use it again."""
    settings: Settings
    features: int                                  # F of the corpus it was trained on
    vocabulary: Vocabulary
    model: Matcher
    log: list = field(default_factory=list)        # one dict an epoch, see train.measured
    folder: Path | None = None
    source: dict = field(default_factory=dict)     # whose features it was trained on, see data.sources; {} when it is not known

    def __repr__(self) -> str:
        size = sum(p.numel() for p in self.model.parameters())
        best = self.best
        said = (f"best rsum {best['rsum']:.1f} after epoch {best['epoch']} of {len(self.log)}" if best else "no epoch finished")
        where = f", in {self.folder}" if self.folder else ", not saved"
        return f"Run {self.settings.model}: {said}; {size / 1e6:.2f} M parameters, {len(self.vocabulary)} words{where}"

    @property
    def best(self) -> dict | None:
        """The log's line of the best epoch: the first with the highest rsum on the development images."""
        return max(self.log, key=lambda line: line["rsum"], default=None)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return device_of(self.model)

    @property
    def name(self) -> str:
        """The folder's name, or the model's."""
        return self.folder.name if self.folder else f"{self.settings.model}-s{self.settings.seed}"

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits of the weights: two runs with the same ones score alike."""
        digest = hashlib.sha256()
        for key, tensor in sorted(self.model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()[:8]

    def to(self, device) -> "Run":
        """The run itself, with its model moved to "cpu", "cuda", "cuda:1" or "auto"."""
        self.model.to(choose_device(str(device)))
        return self

    @classmethod
    def load(cls, folder, checkpoint: str = "best") -> "Run":
        """Open a run folder on the CPU, at its "best" epoch or its "last" state; `.to("cuda")` moves it.

        Raises Missing or Problem for a folder that is not there, not a run, or a run that has not finished an epoch.
        """
        if checkpoint not in ("best", "last"):
            raise Problem(f"no checkpoint {checkpoint!r}; a run keeps its 'best' epoch and its 'last' state.")
        folder = Path(folder)
        config = read_config(folder)
        try:
            settings = Settings(**config["settings"])
        except Problem as problem:
            raise Problem(f"{folder / 'config.json'} is damaged: {problem}") from None
        path, log = folder / f"{checkpoint}.pt", read_log(folder)
        if not path.exists():
            raise Missing(_without(folder, checkpoint, log))
        if not (folder / "vocabulary.json").exists():
            raise Missing(f"{folder} has no vocabulary.json, which says what its word ids mean; copy it from where the run was "
                          f"made, or {AGAIN}, which writes it anew.")
        vocabulary = Vocabulary.load(folder / "vocabulary.json")
        readable(vocabulary, row(settings.model).paper.tokens, settings.model, folder / "vocabulary.json")
        model = build(settings.model, config["features"], len(vocabulary), **settings.options)
        fill(model, load_state(path), path)
        source = config["corpus"].get("source") or {}
        return cls(settings, config["features"], vocabulary, model.eval(), log, folder,
                   checked(source, sources.SHAPE, folder / "config.json", "a run of this version") if source else {})


def _without(folder: Path, checkpoint: str, log: list) -> str:
    """Why one of the two checkpoints is not there."""
    if checkpoint == "best" and log and (folder / "last.pt").exists():
        return (f"best.pt of {folder} is gone; vl.Run.load({str(folder)!r}, 'last') opens its last state, and where that was the "
                f"best, {AGAIN} to make best.pt from it.")
    if checkpoint == "last" and (folder / "best.pt").exists():
        return f"{folder} has no last.pt; vl.Run.load({str(folder)!r}) opens its best epoch."
    return f"{folder} is an unfinished run: it was stopped before its first epoch was saved; {AGAIN} to go on."


def load_state(path) -> dict:
    """The content of best.pt or last.pt.  Raises Problem for a file that holds no weights of this kit."""
    state = checkpoint.load(path)
    if not isinstance(state.get("model"), dict):
        raise Problem(f"{path} holds no weights of this kit; open official weights with "
                      "vl.official_model(kind, image_state, text_state).")
    return state


def fill(model, state: dict, path):
    """Put weights into a model, or say that they are of another one."""
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[1].strip()
        raise Problem(f"{path} does not fit the model that config.json describes ({reason}); the folder mixes two runs.") from None


def read_config(folder: Path) -> dict:
    """config.json of a run, or one sentence about why there is none."""
    if folder.is_file():
        raise Problem(f"{folder} is a file, not the folder of a run; weights of the official programs open with "
                      f"vl.official({str(folder)!r}, vocabulary=FILE).")
    if not folder.is_dir():
        raise Missing(f"there is no run folder {folder}; make one with vl.fit(corpus, settings, out={str(folder)!r}) "
                      f"or 'vsrlab train --out {folder}'.")
    path = folder / "config.json"
    if not path.is_file():
        raise Missing(f"{folder} is not a run: it has no config.json. Give the folder that vl.fit or 'vsrlab train --out' wrote.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        whole = all(isinstance(config[name], kind) for name, kind in CONFIG.items())
        if config["format"] == FORMAT and whole and all(isinstance(config["corpus"][name], str) for name in ("name", "split")):
            return config
    except (ValueError, KeyError, TypeError):
        pass
    raise Problem(f"{path} is not the config.json of a run of this version; "
                  "give a folder that vl.fit or 'vsrlab train --out' wrote.")


def read_log(folder: Path) -> list:
    """One dict an epoch; [] where no epoch was written down.  Raises Problem for a file that cannot be read."""
    path, log = folder / "log.jsonl", []
    for number, line in enumerate(path.read_bytes().splitlines() if path.exists() else (), 1):
        try:
            log.append(json.loads(line))
            log[-1]["epoch"] + log[-1]["rsum"]                  # noqa: B018
        except (ValueError, KeyError, TypeError):
            raise Problem(f"{path} is damaged in line {number}; {AGAIN}, which writes it anew, or remove it: the weights are "
                          "elsewhere.") from None
    return log


def write_about(run: Run, about: dict):
    """What never changes in a run: config.json first, for it marks the folder as one that may be gone on with."""
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"the folder {run.folder} cannot be made ({error.strerror}); name another one.") from None
    of = row(run.settings.model).paper
    files.write_json(run.folder / "config.json", {
        "format": FORMAT, "settings": asdict(run.settings), "features": run.features,
        "vocabulary": run.vocabulary.fingerprint, **about,
        "zoo": {"paper": of.reference, "year": of.year, "idea": of.idea}})
    files.write_json(run.folder / "env.json", environment(run.device))
    run.vocabulary.save(run.folder / "vocabulary.json")


def write_log(run: Run, dev=None):
    """The log as a table, as a picture and as JSON lines, and the numbers of the best epoch on `dev`.

    log.jsonl comes last: when it tells of an epoch, so do the others.
    """
    names = list(dict.fromkeys(name for line in run.log for name in line))
    table = io.StringIO()
    writer = csv.DictWriter(table, names)
    writer.writeheader()
    writer.writerows(run.log)
    files.write_text(run.folder / "history.csv", table.getvalue())
    if dev is not None and run.log:
        files.write_json(run.folder / "metrics.json", metrics(run.best, dev))
    if run.log:                                                # stopped within the first epoch: nothing to draw yet
        picture = curves(run.log)
        files.write(run.folder / "curves.png", lambda file: picture.savefig(file, format="png", dpi=100))
    files.write_text(run.folder / "log.jsonl", "".join(json.dumps(line) + "\n" for line in run.log))


def metrics(line: dict, dev) -> dict:
    """What the log's line of an epoch says of the model, and how it was measured."""
    kept = {name: x for name, x in line.items() if "R@" in name or name == "rsum" or name.endswith(("medr", "meanr"))}
    return {"epoch": line["epoch"], **kept,
            "protocol": {"split": dev.split or line["dev"], "images": len(dev), "texts": len(dev.texts), "ties": "worst",
                         "ensemble": False}}


def environment(device: torch.device) -> dict:
    """Versions and hardware, nothing about the place: no paths, no names of machines or users."""
    import numpy
    cuda = device.type == "cuda"
    return {"vsrlab": __version__, "python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__,
            "system": platform.system(), "device": torch.cuda.get_device_name(device) if cuda else "cpu",
            "cuda": torch.version.cuda if cuda else None, "threads": torch.get_num_threads()}
