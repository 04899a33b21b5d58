"""Errors a person can cause: one sentence that says what is wrong and what to type next."""
import difflib


class Problem(ValueError):
    """Something the user gave cannot be used.  The command line prints it without a traceback."""


class Missing(Problem, FileNotFoundError):
    """A file or folder that should be there is not."""

    def __str__(self):                       # FileNotFoundError would print errno brackets
        return str(self.args[0]) if self.args else ""


def unknown(what: str, name: str, among) -> Problem:
    """'no model 'vsrm'; did you mean 'vsrn'? There are ...', ready to raise."""
    among = [str(a) for a in among]
    near = difflib.get_close_matches(str(name), among, n=1, cutoff=0.0)
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    return Problem(f"no {what} {name!r}{hint} There are: {', '.join(among) or 'none'}.")
