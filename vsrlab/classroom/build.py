"""A folder of lessons in one version: what `vsrlab course build` writes."""
from contextlib import contextmanager
from pathlib import Path

from vsrlab import files
from vsrlab.classroom import notes
from vsrlab.classroom.versions import made
from vsrlab.course.language import language
from vsrlab.course.lesson_texts import translated
from vsrlab.errors import Missing, Problem, path_of
from vsrlab.notebooks.parts import told

WHERE = {"nbgrader": "source/{name}/{name}.ipynb", "otter": "{name}/{name}.ipynb"}      # other versions: {name}.ipynb


def build(lessons, version: str, out, code: str = "en") -> list:
    """Write every lesson in a version; -> the files.

    lessons  a folder of notebooks, or notebooks     code  language of texts and messages: "en", "zh"
    nbgrader and otter get the exercises alone: a lesson without one is left out there.
    """
    paths, out = found(lessons), path_of("vsrlab course build", out)
    if out.exists() and not out.is_dir():
        raise Problem(f"{out} is a file; name a folder.")
    if out.resolve() in {path.parent.resolve() for path in paths}:
        raise Problem(f"{out} holds the lessons themselves; name another folder, so that nothing is written over them.")
    written = []
    with spoken(code):
        for path in paths:
            notebook = opened(path)
            if version in WHERE and not any(told(cell, "exercise") for cell in notebook.cells):
                continue
            notes.use(path.parent, path.stem)
            new = made(notebook, version, path.stem, translated)
            written.append(_write(out / WHERE.get(version, "{name}.ipynb").format(name=path.stem), new))
    if not written:
        raise Problem(f"no lesson of {paths[0].parent} holds an exercise, and the {version} version is made of exercises.")
    return written


def found(lessons) -> list:
    """The notebooks that were named, or those of a folder."""
    named = [Path(one) for one in ([lessons] if isinstance(lessons, str | Path) else lessons)]
    paths = [path for one in named for path in (sorted(one.glob("*.ipynb")) if one.is_dir() else [one])]
    if not paths:
        raise Missing(f"there is no notebook in {named[0]}; name the folder of the lessons.")
    for path in paths:
        if not path.is_file():
            raise Missing(f"there is no notebook {path}; name a lesson, or the folder of the lessons.")
    return paths


def opened(path):
    """A notebook; raises Problem where the file is none."""
    import nbformat
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:                                     # nbformat raises whatever the JSON provokes
        raise Problem(f"{path} is no notebook ({type(error).__name__}); give one that Jupyter saved.") from None


@contextmanager
def spoken(code: str):
    """The course in another language for a while."""
    before = language()
    language(code)
    try:
        yield
    finally:
        language(before)


def _write(path: Path, notebook) -> Path:
    import nbformat
    path.parent.mkdir(parents=True, exist_ok=True)
    return files.write_text(path, nbformat.writes(notebook) + "\n")
