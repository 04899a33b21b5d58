"""A student's function is run where it can be stopped: it may loop for ever, eat memory, print, end the program, or crash.

`apart` runs some work in a copy of this process (fork), with limits of time and memory: the function keeps all that it refers to in
the notebook, whatever it does to the copy leaves the kernel as it was, and even a crash of Python is one sentence.  That is Linux.
A copy cannot be made everywhere: macOS forbids its libraries in one, Windows has none, and where torch already trained on a GPU the
copy cannot compute gradients (it tries that first, and says so).  There `here` runs the work in this process, and a second thread
interrupts it between two lines of Python; a single endless call of a library is not stopped there, and Jupyter's stop button is.

Neither is a wall against malice: a submission that wants to cheat can; a teacher reads the sources.  `vsrlab.course.grading` runs
stored sources, always in processes of their own.
"""
import builtins
import ctypes
import json
import os
import select
import signal
import sys
import threading
import time
import warnings
from contextlib import contextmanager, suppress

SECONDS = 10.0                # of computing, for all trials of a check together
PATIENCE, CLOCK = 6.0, 30.0   # a busy machine, or a sleeping function, gets so many times as long by the clock, at least so long
MEMORY = 1 << 29              # bytes above what the process has
START = 20.0                  # seconds for a copy to begin


class Stopped(BaseException):
    """Raised in the middle of a function that used up its time or memory; no `except Exception` holds it up."""
    kind = ""


class OutOfTime(Stopped):
    """It computed longer than it may."""
    kind = "time"


class OutOfMemory(Stopped):
    """It took more memory than it may."""
    kind = "memory"


class NoCopy(Exception):
    """This process cannot be copied."""


def guarded(work, seconds: float = SECONDS, memory: int = MEMORY) -> tuple:
    """Run work(), which returns something that JSON can hold; -> ("done", its value), ("time" | "memory", the error, if it is
    known), or ("died", what is known of the end)."""
    if sys.platform == "linux":
        try:
            return apart(work, seconds, memory)
        except NoCopy:
            pass
    return here(work, seconds, memory)


# ---------------------------------------------------------------- in a copy of this process

def apart(work, seconds: float = SECONDS, memory: int = MEMORY) -> tuple:
    """The same in a copy of this process; raises NoCopy where none can be made."""
    read, write = os.pipe()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")                     # Python warns that other threads do not come along
            child = os.fork()
    except OSError as error:                                    # no memory, or too many processes
        os.close(read), os.close(write)
        raise NoCopy(str(error)) from None
    if not child:
        _be_the_copy(work, write, seconds, memory)
    os.close(write)
    try:
        return _heard(child, read, seconds)
    finally:
        os.close(read)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _heard(child, read, seconds) -> tuple:
    """What the copy says, a line when it begins and one at its end; after that time it is ended."""
    said, until = b"", time.monotonic() + START
    while said.count(b"\n") < 2:
        ready, _, _ = select.select([read], [], [], max(until - time.monotonic(), 0))
        if not ready:
            if b"\n" not in said:
                raise NoCopy("it did not begin")
            return "time", ""
        piece = os.read(read, 1 << 16)
        if not piece:
            break
        until = until if b"\n" in said or b"\n" not in piece else time.monotonic() + max(PATIENCE * seconds, CLOCK)
        said += piece
    begin, _, rest = said.partition(b"\n")
    if begin != b"begin":
        raise NoCopy(begin.decode("utf-8", "replace"))
    if rest.endswith(b"\n"):
        kind, value = json.loads(rest)
        return kind, value
    _, status = os.waitpid(child, 0)
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGXCPU:
        return "time", ""
    return "died", signal.Signals(number).name if number else f"exit {os.WEXITSTATUS(status)}"


def _be_the_copy(work, write, seconds, memory):
    """The life of the copy: it never returns into the notebook, and its output goes nowhere."""
    out = lambda text: os.write(write, text.encode() + b"\n")
    try:
        if reason := _unfit():
            out(reason)
            return
        _quiet()
        out("begin")
        with limited(seconds, memory):
            kind, value = _outcome(work)
        out(json.dumps([kind, value]))
    except BaseException as error:                              # also one that struck a moment after the work
        with suppress(BaseException):
            out(json.dumps([getattr(error, "kind", "") or "died", type(error).__name__ * (not isinstance(error, Stopped))]))
    finally:
        os._exit(0)                                             # no exit handlers, no buffers of the notebook


def _unfit() -> str:
    """Why this copy cannot compute; "" where it can."""
    try:
        import torch
        torch.set_num_threads(1)                                # the threads of a pool do not come along
        torch.ones(1, requires_grad=True).sum().backward()
    except RuntimeError as error:                               # gradients were computed on a GPU before
        return " ".join(str(error).split())[:200]
    return ""


def _quiet():
    """No output, no question and no picture reach the notebook of the process that was copied."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    sys.stdout = sys.stderr = open(os.devnull, "w")             # noqa: SIM115  (until the copy ends)

    def no_question(*_):
        raise EOFError("a check cannot answer questions; take the values from the arguments")
    builtins.input = no_question
    if "IPython" in sys.modules:
        with suppress(Exception):
            sys.modules["IPython"].get_ipython().display_pub.publish = lambda *a, **k: None
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def limited(seconds: float, memory: int):
    """Limits of this whole process: for copies, and for workers that grade."""
    import resource

    def out_of_time(*_):
        raise OutOfTime
    signal.signal(signal.SIGPROF, out_of_time)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.2)          # of computing; again, where a bare `except` swallowed it
    now = resource.getrusage(resource.RUSAGE_SELF)
    used = int(now.ru_utime + now.ru_stime)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() if os.path.exists("/proc/self/statm") else 0
    before = resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)
    if size:
        resource.setrlimit(resource.RLIMIT_AS, (size + memory if hard < 0 else min(size + memory, hard), hard))
    resource.setrlimit(resource.RLIMIT_CPU, (used + int(2 * seconds) + 2, before[1][1]))      # then the system ends it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, before[0])
        resource.setrlimit(resource.RLIMIT_CPU, before[1])


def _outcome(work) -> tuple:
    try:
        return "done", work()
    except Stopped as stop:
        return stop.kind, stop.args[0] if stop.args else ""
    except MemoryError:
        return "memory", ""


# ---------------------------------------------------------------- in this process

def here(work, seconds: float = SECONDS, memory: int = MEMORY) -> tuple:
    """The same in this process: a second thread interrupts it between two steps of Python."""
    gate, over, me = threading.Lock(), threading.Event(), threading.get_ident()

    def raised(kind):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(me), kind and ctypes.py_object(kind))

    def watch():
        began, size = time.monotonic(), _resident()
        while not over.wait(0.05):
            late = time.monotonic() - began > seconds
            if late or _resident() - size > memory:
                with gate:
                    if not over.is_set():
                        raised(OutOfTime if late else OutOfMemory)
    threading.Thread(target=watch, daemon=True).start()
    try:
        return _outcome(work)
    finally:
        while not over.is_set():
            try:
                with gate:
                    over.set()
            except Stopped:                                     # it came while the door was being closed
                continue
        raised(None)


def _resident() -> int:
    """Bytes of memory that this process holds; 0 where nobody tells."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        try:
            import psutil
            return psutil.Process().memory_info().rss
        except ImportError:
            return 0
