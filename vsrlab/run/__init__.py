"""Run: a folder that is enough on its own.  Text where a person may look, two tensor files where not.

    config.json      settings, feature size, corpus, what was held out, the row of the zoo
    env.json         versions, device, threads
    vocabulary.json
    log.jsonl        one line an epoch; history.csv is the same as a table, curves.png as a picture
    best.pt          weights of the best epoch;  metrics.json says how good, and how it was measured
    last.pt          weights, optimiser and position of the newest state: what a resumed training starts from

Both .pt files hold the settings and the vocabulary's fingerprint that their weights belong to, the log up to then, and a digest of
it all.  They are the truth about epoch and numbers; log.jsonl is for people, and may be a step behind after a kill.
"""
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import torch

from vsrlab.checkpoint import owner
from vsrlab.data import sources
from vsrlab.data.words import Vocabulary, readable
from vsrlab.device import choose_device
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.inputs import checked
from vsrlab.models.matcher import Matcher
from vsrlab.run.departures import box
from vsrlab.run.files import AGAIN, agreed, fill, load_state, read_config, read_log
from vsrlab.scoring import device_of
from vsrlab.settings import Settings
from vsrlab.zoo import model_of, tokens_of


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
    desk: Path | None = None                       # where judgements of its failures are kept; None: in the folder

    def __repr__(self) -> str:
        size = sum(p.numel() for p in self.model.parameters())
        best = self.best
        said = ("no epoch finished" if not best else f"best rsum {best['rsum']:.1f} after epoch {best['epoch']} of {len(self.log)}"
                if best["epoch"] else f"rsum {best['rsum']:.1f}, solved without an epoch")
        kit = bool(self.folder) and Path(__file__).parents[1] in Path(self.folder).absolute().parents
        where = ", stored with the kit" if kit else f", in {self.folder}" if self.folder else ", not saved"
        return f"Run {self.settings.model}: {said}; {size / 1e6:.2f} M parameters, {len(self.vocabulary)} words{where}"

    def __str__(self) -> str:
        """The run in a line, and below it in a box what its settings do otherwise than the paper, and why."""
        return "\n".join(filter(None, (repr(self), box(self.settings))))

    def _repr_pretty_(self, printer, cycle):
        printer.text(str(self))

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
        folder = path_of("vl.Run.load", folder)
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
        readable(vocabulary, tokens_of(settings.model, settings.options), settings.model, folder / "vocabulary.json")
        if vocabulary.fingerprint != config["vocabulary"]:
            raise Problem(f"{folder / 'vocabulary.json'} is not the vocabulary that the run was trained with: its ids mean other "
                          f"words; copy it from where the run was made, or {AGAIN}, which writes it anew.")
        state = load_state(path, owner(settings, config["features"], config["vocabulary"]))
        model = model_of(settings, config["features"], len(vocabulary))
        fill(model, state, path)
        log = agreed(log, state, path)
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
