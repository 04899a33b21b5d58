"""Run notebooks from top to bottom without a browser, and keep their outputs light.

    python -m vsrlab.notebooks notebooks/*.ipynb            run in place, outputs kept
    VSRLAB_QUICK=1 python -m vsrlab.notebooks ...           the short form that the tests use
"""
import os
import sys
from pathlib import Path

from vsrlab.errors import Missing, Problem
from vsrlab.files import write_text

HEAVY = 1_000_000        # bytes of one output; above it a notebook is hard to read and to host


def quick(full, short):
    """`full` in a lesson, `short` where VSRLAB_QUICK is set (the tests): quick(2000, 200) images."""
    return short if os.environ.get("VSRLAB_QUICK") else full


def run_folder(name: str, corpus) -> str:
    """Where a lesson keeps its run: "../runs/start" on scenes, a folder beside it for other data and for the short form."""
    other = "" if corpus.name.startswith("scenes") else f"-{corpus.name}"
    return f"../runs/{name}{other}{quick('', '-quick')}"


def execute(path, out=None, timeout: int = 1200, cwd=None):
    """Run a notebook and write it to `out` (default: in place), atomically; returns the notebook.

    Raises Problem with the failing cell's last line when a cell fails; nothing is written then.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    path, out = Path(path), Path(out or path)
    if not path.exists():
        raise Missing(f"there is no notebook {path}; the lessons are in notebooks/.")
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(cwd or path.parent)}}
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=where,
                            extra_arguments=["--log-level=ERROR"])
    try:
        client.execute()
    except CellExecutionError as error:
        what = f"{error.ename}: {error.evalue.rstrip('.')}"
        raise Problem(f"{path.name} stopped: {what}. Open it with 'make lab' to see the cell.") from error
    except CellTimeoutError as error:
        raise Problem(f"{path.name} took longer than {timeout} s in one cell; "
                      "run it in JupyterLab, where nothing is cut off.") from error
    except DeadKernelError as error:
        raise Problem(f"the kernel of {path.name} died, most often for want of memory; "
                      "shut down other kernels and run it again.") from error
    slim(notebook)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, nbformat.writes(notebook) + "\n")
    return notebook


def slim(notebook):
    """Drop what a stored notebook cannot use: widget state (hosts refuse it), time stamps, front-end-only outputs."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if "application/vnd.jupyter.widget-view+json" not in o.get("data", {})]


def heaviest(notebook) -> int:
    """Bytes of the largest single output."""
    sizes = [len(str(o)) for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    return max(sizes, default=0)


def main(paths) -> int:
    """Run each notebook in its place, outputs kept light; -> the exit code."""
    if not paths:
        raise Problem("name the notebooks to run: python -m vsrlab.notebooks notebooks/*.ipynb")
    for path in paths:
        notebook = execute(path)
        print(f"{path}: {len(notebook.cells)} cells, heaviest output {heaviest(notebook) / 1000:.0f} kB", flush=True)
        if heaviest(notebook) > HEAVY:
            print(f"{path}: an output is larger than {HEAVY / 1e6:.0f} MB; show fewer pictures in it", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        sys.exit(str(problem))
