"""Where a view is shown: is a person's notebook there, which cell asked, and what has to close when it runs again."""
import base64
import os

_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="      # a PNG of one pixel
_ALIVE: dict = {}          # cell -> (the request that made them, [widgets])


def _request() -> dict:
    """The message that made this cell run, {} outside Jupyter."""
    try:
        from IPython import get_ipython
        return get_ipython().get_parent() or {}
    except (ImportError, AttributeError):            # no IPython, no shell, or a shell without a kernel
        return {}


def front_end() -> bool:
    """Can a live widget be drawn and used?  False in scripts, in CI and where a program runs the notebook.

    A front end with a person behind it lets the kernel ask questions (`input`); nbclient, papermill and graders do not.
    VSRLAB_STATIC=1 asks for still pictures anywhere.
    """
    if os.environ.get("VSRLAB_STATIC") or os.environ.get("CI"):
        return False
    return bool(_request().get("content", {}).get("allow_stdin"))


def notebook() -> bool:
    """Does a kernel run this, so that outputs can be emitted?"""
    return bool(_request())


def display(bundle: dict, metadata: dict | None = None):
    """Emit one output of its own."""
    from IPython.display import display as emit
    emit(bundle, metadata=metadata or {}, raw=True)


def reserve():
    """Emit an output that is an empty picture for now; -> a function (bundle, metadata) that fills it."""
    from IPython.display import display as emit
    handle = emit({"image/png": base64.b64decode(_DOT), "text/plain": ""}, raw=True, display_id=True)
    return lambda bundle, metadata: handle.update(bundle, metadata=metadata, raw=True)


def adopt(widget):
    """Remember a widget of this cell, and close those that an earlier run of the same cell left behind."""
    request = _request()
    cell = request.get("metadata", {}).get("cellId") or request.get("content", {}).get("code", "")
    run = request.get("header", {}).get("msg_id")
    former, widgets = _ALIVE.get(cell, (run, []))
    if former != run:
        for old in widgets:
            old.close()
        widgets = []
    _ALIVE[cell] = (run, [*widgets, widget])
