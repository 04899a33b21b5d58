"""What a person sees while a model trains: one display in a notebook, one line an epoch elsewhere."""
import html
import statistics
import time
from collections import deque

from vsrlab.errors import unknown
from vsrlab.progress import SECOND, span, surroundings

UI = ("auto", "rich", "text", "none")


def display(ui: str, name: str, epochs: int, steps: int, chance: float, silent: bool = False) -> "Lines":
    """The display of a training run: name, epochs, steps of an epoch, rsum of a random order."""
    if ui not in UI:
        raise unknown("ui", ui, UI)
    kind = surroundings() if ui == "auto" else ui
    return {"rich": Panel, "text": Lines, "none": Nothing}["none" if silent else kind](name, epochs, steps, chance)


class Nothing:
    """Says nothing, and measures the time that is left."""

    def __init__(self, name, epochs, steps, chance):
        self.name, self.epochs, self.steps, self.chance = name, epochs, steps, chance
        self.recent, self.pauses, self.last = deque(maxlen=50), deque(maxlen=5), time.perf_counter()

    def step(self, epoch: int, step: int, read):
        """A step is done; `read()` gives {"loss": ..., part: ...} and is only called when something is drawn."""
        now = time.perf_counter()
        self.recent.append(now - self.last)
        self.last = now

    def epoch(self, row: dict, best: bool):
        """An epoch is done and measured."""
        now = time.perf_counter()
        self.pauses.append(now - self.last)
        self.last = now

    def say(self, sentence: str):
        """One sentence that matters: stopped, resumed, another folder."""

    def left(self, epoch: int, step: int) -> float:
        """Seconds to go, from the median of recent steps and of recent measurements."""
        middle = lambda times: statistics.median(times) if times else 0.0
        to_go = (self.epochs - epoch) * self.steps - step
        return to_go * middle(self.recent) + (self.epochs - epoch) * middle(self.pauses)


class Lines(Nothing):
    """One line an epoch."""

    def epoch(self, row, best):
        """Show what the epoch was measured at."""
        super().epoch(row, best)
        print(line(row, self.epochs, best, self.chance), flush=True)

    def say(self, sentence):
        """Show one sentence."""
        print(sentence, flush=True)


class Panel(Nothing):
    """One display of a notebook, updated in place at most once a second; its last state stays in the saved notebook."""

    def __init__(self, *about):
        super().__init__(*about)
        self.rows, self.sentence, self.handle, self.drawn, self.now = [], "", None, 0.0, {}

    def step(self, epoch, step, read):
        """Show where in the epoch the training is, and the time left."""
        super().step(epoch, step, read)
        if self.last - self.drawn >= SECOND:
            self.now = {"epoch": epoch, "step": step, **read()}
            self.draw()

    def epoch(self, row, best):
        """Show what the epoch was measured at."""
        super().epoch(row, best)
        self.rows.append(row)
        self.now = {**row, "epoch": row["epoch"] - 1, "step": self.steps}
        self.draw()

    def say(self, sentence):
        """Show one sentence."""
        self.sentence = sentence
        self.draw()

    def draw(self):
        """Show the panel, or the new one in its place."""
        from IPython.display import display as show
        plain = line(self.rows[-1], self.epochs, False, self.chance) if self.rows else self.name
        page = {"text/html": self.html(), "text/plain": plain}
        if self.handle is None:
            self.handle = show(page, raw=True, display_id=True)
        else:
            self.handle.update(page, raw=True)
        self.drawn = time.perf_counter()

    def html(self) -> str:
        """Where the run is, its loss in parts, its recalls beside chance, the alarm; nothing but HTML and SVG."""
        now, parts = self.now, {k: v for k, v in self.now.items() if k.startswith("loss")}
        epoch, step = now.get("epoch", len(self.rows)), now.get("step", 0)
        running = epoch + step / max(self.steps, 1) < self.epochs
        rate = 1 / statistics.median(self.recent) if self.recent and statistics.median(self.recent) > 0 else 0.0
        done = f"epoch {min(epoch + 1, self.epochs)}/{self.epochs}" if self.epochs else "solved without an epoch"
        head = f"<b>{html.escape(self.name)}</b> · {done}"
        if running and not self.sentence:
            head += f" · step {step}/{self.steps} · {rate:.1f} steps/s · {span(self.left(epoch, step))} left"
        body = [head, f'<progress value="{epoch * self.steps + step}" max="{max(1, self.epochs * self.steps)}" style="width:24em" '
                      'aria-label="share of the training that is done"></progress>']
        if parts:
            body.append(" · ".join(f"{html.escape(name.removeprefix('loss '))} {value:.3g}" for name, value in parts.items()))
        if self.rows:
            body.append(html.escape(recalls(self.rows[-1], self.chance)))
            body.append((curve("loss", [r["loss"] for r in self.rows]) if parts else "") +
                        curve("rsum", [r["rsum"] for r in self.rows], self.chance))
        if now.get("alarm"):
            body.append(f'<b style="color:#a33000">{html.escape(now["alarm"])}</b>')
        if self.sentence:
            body.append(html.escape(self.sentence))
        body += ["<small>stop: interrupt the kernel (■); run the cell again to go on</small>"] * (running and not self.sentence)
        return '<div style="font-family:sans-serif;line-height:1.6">' + "<br>".join(body) + "</div>"


def line(row: dict, epochs: int, best: bool, chance: float) -> str:
    """"epoch 3/10  loss 14.2  text R@1/5/10 20.2 47.8 60.6 ..." """
    parts = " ".join(f"{name[5:]} {row[name]:.3g}" for name in row if name.startswith("loss "))
    done = f"epoch {row['epoch']}/{epochs}  loss {row['loss']:.4g} ({parts})" if "loss" in row else "solved without an epoch"
    text = f"{done}  {recalls(row, chance)}  {span(row['seconds'])}"
    return text + "  best" * best + (f"  {row['alarm']}" if row.get("alarm") else "")


def recalls(row: dict, chance: float) -> str:
    """Both directions and their sum, "text R@1/5/10 20.2 47.8 60.6 ... rsum 261.3 (chance 7.5)"."""
    sides = (f"{side} R@1/5/10 " + " ".join(f"{row[f'{side} R@{k}']:.1f}" for k in (1, 5, 10)) for side in ("text", "image"))
    return f"{'  '.join(sides)}  rsum {row['rsum']:.1f} (chance {chance:.1f})"


def curve(name: str, values: list, level: float | None = None, width: int = 220, height: int = 60) -> str:
    """A small curve as SVG, with the level of chance dashed."""
    low, high = min([*values, level or 0.0]), max([*values, level or 0.0])
    y = lambda v: height - 4 - (height - 8) * (v - low) / ((high - low) or 1)
    points = " ".join(f"{4 + (width - 8) * n / max(1, len(values) - 1):.1f},{y(v):.1f}" for n, v in enumerate(values))
    at = "" if level is None else f'y1="{y(level):.1f}" y2="{y(level):.1f}"'
    dashed = f'<line x1="4" x2="{width - 4}" {at} stroke="#767676" stroke-dasharray="3 3"/>' if at else ""
    x, now = points.split()[-1].split(",")
    last = f'<circle cx="{x}" cy="{now}" r="2.5" fill="#0b5394"/>'
    said = f"{name}, from {values[0]:.3g} to {values[-1]:.3g} in {len(values)} epochs"
    drawn = f'{dashed}<polyline points="{points}" fill="none" stroke="#0b5394" stroke-width="1.5"/>{last}'
    return f'<svg width="{width}" height="{height}" role="img" aria-label="{said}">{drawn}</svg> {name} {values[-1]:.4g} &nbsp; '
