"""Results beside each other: are they the same, of which kind and size are they, where do they differ?"""
import numpy as np
import torch

from vsrlab.course.language import tr

TOLERANCE = {torch.float64: 1e-8, torch.float32: 2e-4}      # by dtype; examples are drawn in float64
BLANK = (None, ...)


def is_blank(x) -> bool:
    """Is a value not filled in yet?  (`in` would compare arrays.)"""
    return x is None or x is ...


def parts(result, exercise) -> list:
    """The results one by one: those of a tuple where several are asked for, else the one."""
    return list(result) if len(exercise.outputs) > 1 and isinstance(result, tuple | list) else [result]


def all_blank(result, exercise) -> bool:
    """Is nothing returned yet?"""
    return all(map(is_blank, parts(result, exercise)))


def is_texts(x) -> bool:
    """Is it a list of texts?"""
    return isinstance(x, list | tuple) and all(isinstance(one, str) for one in x)


def numbers(x) -> np.ndarray:
    """A result as an array of float64; raises TypeError or ValueError for anything that is none."""
    if isinstance(x, str | bytes):
        raise TypeError("a text")
    return x.detach().cpu().double().numpy() if isinstance(x, torch.Tensor) else np.asarray(x, dtype=float)


def equal(x, y, exact: bool = False) -> bool:
    """Are two values the same, up to rounding?  NaN equals NaN."""
    if is_texts(x) and is_texts(y) and (x or y):
        return list(x) == list(y)
    try:
        slack = 0 if exact else max(TOLERANCE.get(getattr(z, "dtype", torch.float64), 1e-8) for z in (x, y))
        x, y = numbers(x), numbers(y)
    except (TypeError, ValueError, RuntimeError):
        return False
    return x.shape == y.shape and np.allclose(x, y, atol=slack, rtol=slack, equal_nan=True)


def same(a, b, exercise) -> bool:
    """Are two results the same in every part?"""
    a, b = parts(a, exercise), parts(b, exercise)
    return len(a) == len(b) and all(map(equal, a, b))


def alike_in_kind(answer, exercise, right):
    """The answer as the properties of an exercise call it: arrays, tensors and numbers come as the right result has them."""
    def turned(x, y):
        if isinstance(y, torch.Tensor):
            return x if isinstance(x, torch.Tensor) else torch.as_tensor(numbers(x))
        return list(x) if is_texts(y) else numbers(x) if isinstance(y, np.ndarray) else float(numbers(x))

    def called(*args, **given):
        found = [turned(x, y) for x, y in zip(parts(answer(*args, **given), exercise), parts(right, exercise))]
        return tuple(found) if len(exercise.outputs) > 1 else found[0]
    return called


def unchanged(before: dict, after: dict) -> bool:
    """Is what a function was given still what it was?  Functions and models among it are passed over."""
    def kept(x, y):
        if isinstance(x, torch.Tensor | np.ndarray | float | int):
            return equal(x, y, exact=True)
        if isinstance(x, list | tuple):
            return type(x) is type(y) and len(x) == len(y) and all(map(kept, x, y))
        if isinstance(x, dict):
            return isinstance(y, dict) and x.keys() == y.keys() and all(kept(x[k], y[k]) for k in x)
        return not isinstance(x, str) or x == y
    return all(kept(before[key], after[key]) for key in before)


def misfit(exercise, mine, right) -> tuple | None:
    """(key, sentence) where a result is of another kind or size than asked; None where it fits."""
    mine_, right_, names = parts(mine, exercise), parts(right, exercise), [tr(name) for name in exercise.outputs]
    if len(mine_) != len(right_):
        return "how-many", tr("{n} values are asked for ({names}); yours returns {yours}.", n=len(right_), names=", ".join(names),
                              yours=len(mine_))
    return next(filter(None, map(_misfit_one, names, mine_, right_)), None)


def _misfit_one(name, x, y):
    if is_texts(y):
        return None if is_texts(x) else ("kind", tr("{name} should be a list of texts, yours is {kind}.", name=name,
                                                    kind=type(x).__name__))
    try:
        shape = numbers(x).shape
    except (TypeError, ValueError, RuntimeError):
        return "kind", tr("{name} should be numbers, yours is {kind}.", name=name, kind=type(x).__name__)
    wanted = numbers(y).shape
    if shape == wanted:
        lost = isinstance(y, torch.Tensor) and y.requires_grad and not getattr(x, "requires_grad", False)
        return None if not lost else ("no-gradient", tr(
            "{name} carries no gradient, so nothing could be trained with it. Stay with torch operations: no .item(), float(), "
            ".detach(), numpy or torch.tensor(...) on the way.", name=name))
    if shape and wanted and sorted(shape) == sorted(wanted):
        return "shape", tr("{name} should have the shape {wanted}, yours has {shape}: the axes are exchanged.", name=name,
                           wanted=wanted, shape=shape)
    return "shape", tr("{name} should have the shape {wanted}, yours has {shape}.", name=name, wanted=wanted or tr("of one number"),
                       shape=shape or tr("of one number"))


def sizes(given: dict) -> str:
    """What a function was given, in one line."""
    def short(value):
        if hasattr(value, "shape"):
            return str(tuple(value.shape))
        if callable(value):
            return tr("a map")
        said = repr(value)
        return "= " + (said if len(said) <= 160 else said[:157] + "...")
    return tr("given:") + " " + ", ".join(f"{key} {short(value)}" for key, value in given.items())


def smallest(exercise, cases, got, expected) -> int:
    """The number of the smallest case that differs."""
    bad = [n for n in range(len(cases)) if not same(got[n], expected[n], exercise)]
    size = lambda v: 0 if callable(v) else v.numel() if hasattr(v, "numel") else np.size(v)
    return min(bad, key=lambda n: sum(map(size, cases[n].values())))


def beside(exercise, given, mine_, right_) -> str:
    """One case: what was given, what is expected, what came."""
    lines = [sizes(given)]
    for name, mine, right in zip(exercise.outputs, parts(mine_, exercise), parts(right_, exercise)):
        if not equal(mine, right):
            lines += [f"{tr(name)}:", "  " + tr("expected") + f"  {_shown(right)}", "  " + tr("yours   ") + f"  {_shown(mine)}"]
    return "\n".join(lines)


def _shown(x) -> str:
    if is_texts(x):
        return repr(list(x))[:300]
    text = np.array2string(numbers(x), precision=4, threshold=24, suppress_small=True, max_line_width=88)
    return text.replace("\n", "\n            ")
