"""How far long work is: something that changes where somebody looks, one line a minute where lines pile up in a log."""
import os
import sys
import time

SECOND = 1.0                  # shortest time between two updates of the display
MINUTE = 60.0                 # ... where nobody looks, and lines pile up in a log
PATIENCE = 2.0                # work that takes less shows nothing


def surroundings() -> str:
    """"rich" in a notebook somebody looks at; "text" in a terminal, in CI and when a notebook is run without a browser."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    kernel = getattr(shell, "kernel", None)
    # a front end with a person can be asked for input; nbclient and nbconvert cannot
    return "rich" if kernel is not None and getattr(kernel, "_allow_stdin", True) and not os.environ.get("CI") else "text"


def span(seconds: float) -> str:
    """12 s, 4 min, 2.5 h"""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def watched(steps, what: str, each: int = 1, patience: float = PATIENCE):
    """The same steps; when they take long a line says how far they are: one that changes where one looks, else one a minute."""
    steps = list(steps)
    start = drawn = time.perf_counter()
    looked_at = sys.stderr.isatty() or surroundings() == "rich"
    for n, step in enumerate(steps):
        now = time.perf_counter()
        if now - start > patience and now - drawn > (SECOND if looked_at else MINUTE):
            drawn = now
            left = span((now - start) / max(n, 1) * (len(steps) - n))
            said = f"{n * each} of {len(steps) * each} {what}, {left} left"
            print(f"\r{said} " if looked_at else said, end="" if looked_at else "\n", file=sys.stderr, flush=True)
        yield step
    if drawn > start and looked_at:
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


class _Log:
    """What tqdm draws over itself becomes lines of standard error."""

    def write(self, text: str):
        if text.strip():
            print(text.strip(), file=sys.stderr, flush=True)

    def flush(self):
        sys.stderr.flush()


def pace(total: int, what: str, unit: str, done: int = 0, show: bool = True, **options):
    """A tqdm that work calls `update(n)` and `close()` on; with `show` false it says nothing."""
    from tqdm.auto import tqdm
    from tqdm.std import tqdm as plain
    options.update(total=total, initial=done, desc=what, unit=unit, disable=not show)
    notebook = any(base.__module__ == "tqdm.notebook" for base in tqdm.__mro__)
    if sys.stderr.isatty() or notebook:
        return tqdm(mininterval=1, delay=PATIENCE, **options)
    return plain(file=_Log(), leave=False, delay=MINUTE, mininterval=MINUTE, miniters=1,
                 bar_format="{desc}: {n_fmt} of {total_fmt}{unit}, {remaining} left", **options)
