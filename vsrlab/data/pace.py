"""How far long work on data is: a bar where somebody looks, one line a minute where lines pile up in a log."""
import sys

MINUTE, PATIENCE = 60.0, 2.0           # seconds between two lines; before the first bar


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
