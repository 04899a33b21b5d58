"""Run notebooks from top to bottom without a browser, and keep their outputs light."""
import os
import re
import sys
from datetime import datetime
from pathlib import Path

from vsrlab.errors import Missing, Problem
from vsrlab.files import write_text
from vsrlab.notebooks.minutes import write_minutes

HEAVY = 1_000_000        # bytes of one output; above it a notebook is hard to read and to host


def quick(full, short):
    """`full` in a lesson, `short` where VSRLAB_QUICK is set (the tests): quick(6, 1) epochs of a cell that trains."""
    return short if os.environ.get("VSRLAB_QUICK") else full


def run_folder(name: str, corpus) -> str:
    """Where a lesson keeps its run: "../runs/start" on scenes, a folder beside it for other data and for the short form."""
    other = "" if corpus.name.startswith("scenes") else f"-{corpus.name}"
    return f"../runs/{name}{other}{quick('', '-quick')}"


def execute(path, out=None, timeout: int = 1200, cwd=None):
    """Run a notebook and write it to `out` (default: in place), atomically; returns the notebook.

    Its metadata keep how many seconds the cells took and how much memory they needed; a lesson gets its minutes at its head.
    Raises Problem with the failing cell's last line when a cell fails; nothing is written then.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    path, out = Path(path), Path(out or path)
    notebook, most = read(path), [0]
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", extra_arguments=["--log-level=ERROR"],
                            resources={"metadata": {"path": str(cwd or path.parent)}},
                            on_cell_executed=lambda **_: most.append(memory(client)))
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
    notebook.metadata["vsrlab"] = {"seconds": round(seconds(notebook), 1), "memory": max(most)}
    slim(notebook)
    write_minutes(notebook)
    write(notebook, out)
    return notebook


def read(path):
    """The notebook of a file."""
    import nbformat
    if not Path(path).exists():
        raise Missing(f"there is no notebook {path}; the lessons are in notebooks/.")
    return nbformat.read(path, as_version=4)


def write(notebook, path: Path):
    """The file of a notebook, whole or not at all."""
    import nbformat
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, nbformat.writes(notebook) + "\n")


def seconds(notebook) -> float:
    """How long the cells of a notebook that was just run took together, without the start of the kernel."""
    spent = 0.0
    for cell in notebook.cells:
        times = cell.metadata.get("execution", {})
        began, ended = times.get("iopub.execute_input"), times.get("shell.execute_reply")
        if began and ended:
            spent += (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    return spent


def memory(client) -> int:
    """The most memory that the kernel has needed so far, in megabytes; 0 where the system does not tell (other than Linux)."""
    try:
        status = Path(f"/proc/{client.km.provisioner.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) // 1000
    except (OSError, AttributeError):
        return 0


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
    """Run each notebook in its place, outputs kept light; with --minutes only write the minutes at the heads.  -> the exit code"""
    only, paths = "--minutes" in paths, [path for path in paths if path != "--minutes"]
    if not paths:
        raise Problem("name the notebooks to run: python -m vsrlab.notebooks notebooks/*.ipynb")
    for path in paths:
        if only:
            notebook = read(path)
            if write_minutes(notebook):
                write(notebook, Path(path))
                print(f"{path}: {notebook.cells[0].source.splitlines()[-1]}", flush=True)
            continue
        notebook = execute(path)
        print(f"{path}: {len(notebook.cells)} cells, heaviest output {heaviest(notebook) / 1000:.0f} kB", flush=True)
        if heaviest(notebook) > HEAVY:
            print(f"{path}: an output is larger than {HEAVY / 1e6:.0f} MB; show fewer pictures in it", file=sys.stderr)
            return 1
    return 0
