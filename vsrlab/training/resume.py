"""Where a training stands: saved whole, found again, never overwritten by another, and stopped between two steps."""
import math
import signal
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch

from vsrlab import checkpoint
from vsrlab.device import product, same_product
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import COUNT, checked
from vsrlab.run import Run
from vsrlab.run.files import LINE, fill, load_state, metrics, read_log, recorded_product, write_log
from vsrlab.settings import Settings
from vsrlab.training.distributed import World
from vsrlab.training.folder import elsewhere, identity, opened

_LAST = {"model": dict, "optimiser": dict, "epoch": COUNT, "step": COUNT, "flat": float, "seconds": float, "totals": {str: float},
         "log": [LINE]}
MADE = ("history.csv", "metrics.json", "curves.png")          # what is made from the log


@dataclass
class TrainingState:
    """A training between two steps.  Its random numbers need no saving: each step draws its seed from its own number."""
    run: Run
    optimiser: torch.optim.Optimizer
    epoch: int = 0                                 # finished epochs
    step: int = 0                                  # finished steps of the epoch that runs
    totals: dict = field(default_factory=dict)     # sums over those steps: each part of the loss, the spread of the scores
    flat: torch.Tensor | float = 0.0               # steps in a row with the signature of a collapse
    seconds: float = 0.0                           # of the epoch that runs, up to the last stop
    best: dict | None = None                       # weights of the best epoch, for a run without a folder
    said: str = ""                                 # what the person should know at the start
    product: str = ""                              # of float32, the same in all processes and after a resume

    @property
    def owner(self) -> dict:
        """Whose weights a checkpoint holds."""
        return checkpoint.owner(self.run.settings, self.run.features, self.run.vocabulary.fingerprint)

    def save(self):
        """last.pt: the position, with everything that the next step depends on."""
        if self.run.folder:
            checkpoint.save(self.run.folder / "last.pt", {
                "of": self.owner, "model": self.run.model.state_dict(), "optimiser": self.optimiser.state_dict(),
                "epoch": self.epoch, "step": self.step, "flat": float(self.flat), "seconds": self.seconds,
                "totals": {name: float(x) for name, x in self.totals.items()}, "log": self.run.log})

    def restore(self, path, main: bool = True):
        """Read last.pt; of several processes only the first (`main`) goes on with the sums, so that they count once."""
        saved = checked(load_state(path, self.owner), _LAST, path, "a last.pt of this kit")
        fill(self.run.model, saved, path)
        try:
            self.optimiser.load_state_dict(saved["optimiser"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Problem(f"{path} holds the state of another optimiser ({error}); copy it again from where it was made, or begin "
                          "beside it with fresh=True (--fresh).") from None
        self.epoch, self.step, self.flat, self.seconds = saved["epoch"], saved["step"], saved["flat"], saved["seconds"]
        self.totals = {name: torch.tensor(x * main, dtype=torch.float64, device=self.run.device)      # sums over the processes
                       for name, x in saved["totals"].items()}
        self.run.log = saved["log"]

    def keep_best(self, metrics: dict):
        """The weights of now are the best so far."""
        weights = self.run.model.state_dict()
        if self.run.folder:
            checkpoint.save(self.run.folder / "best.pt", {"of": self.owner, "model": weights, "log": self.run.log,
                                                          "epoch": self.epoch, **metrics})
        else:
            self.best = {name: x.detach().clone() for name, x in weights.items()}


def optimiser_of(model, settings: Settings) -> torch.optim.Optimizer:
    """Adam, or AdamW when weights decay; every parameter once (official VSRN lists its captioner twice and steps it twice)."""
    parameters = [{"params": [p for p in model.parameters() if p.requires_grad]}]      # none, where a model is solved
    if settings.weight_decay > 0:
        return torch.optim.AdamW(parameters, settings.rate, weight_decay=settings.weight_decay)
    return torch.optim.Adam(parameters, settings.rate)


def begin(run: Run, train, dev, held: str, out, fresh: bool, everyone: World, closing: ExitStack) -> TrainingState:
    """A new state, or the saved one of the folder `out`, which is this training's alone until `closing` is closed."""
    state = TrainingState(run, optimiser_of(run.model, run.settings))
    if out is None:
        state.product = everyone.agree(product)
        return state
    about = {"corpus": {**identity(train), "source": run.source}, "dev": {"how": held, **identity(dev)}}
    folder, state.said = everyone.agree(lambda: opened(run, about, Path(out), fresh, closing))
    run.folder = Path(folder)
    state.product = everyone.agree(lambda: same_product(recorded_product(run.folder)))
    if (run.folder / "last.pt").exists():
        state.restore(run.folder / "last.pt", everyone.main)
        if state.epoch > run.settings.epochs:
            raise Problem(f"{folder} has already been trained for {state.epoch} epochs, {run.settings.epochs} were asked for; "
                          f"say epochs={state.epoch} or more, name another folder, or give fresh=True (--fresh).")
        everyone.agree(lambda: _make_again(state, dev))
        if state.step or 0 < state.epoch < run.settings.epochs:
            state.said = f"going on after epoch {state.epoch}, step {state.step}, from {folder}{elsewhere(run)}"
    return state


def _make_again(state: TrainingState, dev):
    """What is not whole in the folder and follows from last.pt: best.pt, the log, its table and picture."""
    run, best = state.run, state.run.best
    lacks = _lacks(state, best) if best else ""
    if lacks and (best["epoch"], 0) != (state.epoch, state.step):
        raise Problem(f"{lacks}, and last.pt holds other weights than those of the best epoch, {best['epoch']}: open what is left "
                      f"with vl.Run.load({str(run.folder)!r}, 'last'), or begin beside it with fresh=True (--fresh).")
    if lacks:
        state.keep_best(metrics(best, dev))
    try:
        told = read_log(run.folder)
    except Problem:
        told = None
    if told != run.log or run.log and not all((run.folder / name).exists() for name in MADE):
        write_log(run, dev)


def _lacks(state: TrainingState, best: dict) -> str:
    """Why best.pt is not the one of the best epoch; "" where it is, or where it is of an epoch that comes again."""
    path = state.run.folder / "best.pt"
    try:
        epoch = load_state(path, state.owner).get("epoch", best["epoch"])
    except Missing:
        return f"best.pt of {state.run.folder} is gone"
    except checkpoint.Damaged:
        return f"best.pt of {state.run.folder} is damaged"
    return f"best.pt of {state.run.folder} is of epoch {epoch}" if isinstance(epoch, int) and epoch < best["epoch"] else ""


class Stop:
    """A wish to stop: granted at once between two steps, and after the step while one is running."""

    def __init__(self, alone: bool = True):
        self.alone, self.asked, self.torn, self._holding, self._changing = alone, False, False, False, False

    @contextmanager
    def held(self, model=None):
        """Nothing interrupts this block; if something does, the model's running statistics are as before it."""
        before = [b.clone() for b in model.buffers()] if model is not None else []
        self._holding = True
        try:
            yield
        except BaseException:
            for b, old in zip(model.buffers() if model is not None else (), before):
                b.copy_(old)
            self.torn = self._changing
            raise
        finally:
            self._holding = self._changing = False

    def changing(self):
        """From here to the end of the block the weights are neither the old nor the new ones."""
        self._changing = True

    def signal(self, number, frame):
        """What an interrupt does: stop at once between two steps, after the step within one."""
        if self.asked or self.alone and not self._holding:
            raise KeyboardInterrupt
        self.asked = True                          # several processes stop together, after a step they all know of


@contextmanager
def interruptible(alone: bool = True):
    """Ctrl-C and the kernel's stop button become `stop.asked`; a second one is obeyed at once."""
    stop, main = Stop(alone), threading.current_thread() is threading.main_thread()
    former = signal.signal(signal.SIGINT, stop.signal) if main else None
    try:
        yield stop
    except KeyboardInterrupt:
        stop.asked = True
    finally:
        if main:
            signal.signal(signal.SIGINT, former)


def halt(state: TrainingState, stop: Stop, everyone: World) -> str:
    """Save what can be gone on from; -> the sentence that says so."""
    where = f"stopped after epoch {state.epoch}, step {state.step} of the next"
    if state.run.folder is None:
        return f"{where}; it is not saved, for no folder was given (out=)"
    whole = not stop.torn and all(math.isfinite(float(x)) for x in state.totals.values())
    if everyone.main and whole:
        state.save()
        write_log(state.run)
    kept = "saved" if whole else "a step was cut in two, the last finished epoch is saved"
    return f"{where}; {kept} in {state.run.folder}, the same call goes on"


def ended(state: TrainingState, everyone: World) -> Run:
    """The run with the weights of its best epoch, ready to be asked."""
    run = state.run
    best = run.folder / "best.pt" if run.folder else None
    if best and everyone.main:
        if state.epoch == run.settings.epochs == 0 and not best.exists():
            state.keep_best({})                    # no epoch was asked for: the weights as they were born
            state.save()
        if best.exists():
            fill(run.model, load_state(best, state.owner), best)
    elif state.best is not None:
        run.model.load_state_dict(state.best)
    everyone.same_weights(run.model)
    run.model.eval()
    return run
