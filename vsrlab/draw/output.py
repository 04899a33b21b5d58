"""A figure as an output: PNG bytes, and a notebook that draws a Figure at the end of a cell."""
import io
import sys
from numbers import Real

from matplotlib.figure import Figure

from vsrlab.errors import Problem

PAGE = 96                      # dots an inch of a picture in a notebook: a page's width
HEAVY = 150_000                # bytes of a PNG in a notebook above which it makes do with 256 colours


def png(figure: Figure, dpi: float = PAGE, text: str = "") -> bytes:
    """A figure as PNG with `text` as its description; at a page's resolution it is kept light."""
    if not isinstance(dpi, Real) or not 10 <= dpi <= 1200:                   # at less than 1 matplotlib ends the process
        raise Problem(f"dpi={str(dpi)[:40]!r}: give dots an inch, 10 to 1,200; {PAGE} are a page's width.")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Description": text} if text else None)
    drawn = buffer.getvalue()
    return _lighter(drawn) if dpi <= PAGE and len(drawn) > HEAVY else drawn


def shell():
    """The IPython that runs this; None in a script."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def register():
    """A Figure without pyplot has no picture in IPython: give it one, unless the user's choice (%matplotlib inline) stands."""
    display = getattr(shell(), "display_formatter", None)
    if display is not None:
        pictures = [f for kind, f in display.formatters.items() if kind != "text/plain"]
        if not any(Figure in f for f in (*pictures, display.ipython_display_formatter)):
            display.formatters["image/png"].for_type(Figure, _output)


def _output(figure) -> tuple:
    """(PNG, its alternative text: the headline)."""
    return png(figure, text=figure.get_label()), {"alt": figure.get_label()} if figure.get_label() else {}


def _lighter(drawn: bytes) -> bytes:
    """The same picture in its 256 most fitting colours, with its text: a third of the bytes where there is a photo."""
    from PIL import Image, PngImagePlugin
    picture, kept, buffer = Image.open(io.BytesIO(drawn)), PngImagePlugin.PngInfo(), io.BytesIO()
    for key, value in picture.text.items():
        kept.add_itxt(key, value)
    picture.convert("RGB").quantize(256).save(buffer, "PNG", pnginfo=kept, dpi=picture.info.get("dpi"))
    return buffer.getvalue()
