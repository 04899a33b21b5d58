"""The source of a student's function, with what it refers to in the notebook, so that it runs alone."""
import inspect
import types

from vsrlab.course.exercise import PRELUDE

_GIVEN: dict = {}
exec(PRELUDE, _GIVEN)
SIMPLE = (int, float, str, bool, complex, type(None))


def source_of(answer) -> str:
    """The source of a function or class, below the helpers, imports and constants of the notebook that it uses; "" where it is
    not known (a function made by other means than a cell or a file)."""
    found: dict = {}
    try:
        _gather(answer, found)
    except (OSError, TypeError, RecursionError):
        return ""
    return "\n\n".join(found.values())


def _gather(answer, found: dict):
    """Sources by name, what is needed first; what `PRELUDE` brings is left out."""
    text = inspect.getsource(answer)
    name = answer.__name__
    if name in found:
        return
    found[name] = ""                                              # the place is taken: two functions may call each other
    world = getattr(answer, "__globals__", None) or getattr(inspect.getmodule(answer), "__dict__", {})
    for word in sorted(_names(answer)):
        value = world.get(word, _GIVEN)
        if value is _GIVEN or _GIVEN.get(word) is value or word in found:
            continue
        if isinstance(value, types.ModuleType):
            found[word] = f"import {value.__name__} as {word}"
        elif isinstance(value, types.FunctionType | type) and value.__module__ == answer.__module__:
            _gather(value, found)
        elif isinstance(value, types.FunctionType | types.BuiltinFunctionType | type) and value.__module__:
            found[word] = f"from {value.__module__} import {value.__name__} as {word}"
        elif isinstance(value, SIMPLE):
            found[word] = f"{word} = {value!r}"
    del found[name]
    found[name] = inspect.cleandoc("\n" + text) if text[:1].isspace() else text.rstrip()


def _names(answer) -> set:
    """The global names that a function, or the methods and bases of a class, refer to."""
    if inspect.isclass(answer):
        names = {base.__name__ for base in answer.__bases__}
        return names.union(*(_names(f) for f in vars(answer).values() if inspect.isfunction(f)))

    def walk(code):
        return set(code.co_names).union(*(walk(c) for c in code.co_consts if isinstance(c, types.CodeType)))
    return walk(answer.__code__)
