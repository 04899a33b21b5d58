"""An equation as a picture: mathtext, which needs neither LaTeX nor a script nor the network."""
import io
import re
from functools import cache

from matplotlib import mathtext
from matplotlib.font_manager import FontProperties

from vsrlab.draw.look import look


@cache
def svg(latex: str, size: float = 13.0) -> str:
    """An <svg> of the equation, its letters as paths, in the ink of the page around it."""
    buffer = io.BytesIO()
    with look():
        mathtext.math_to_image(f"${latex}$", buffer, prop=FontProperties(size=size), format="svg")
    found = buffer.getvalue().decode()
    found = found[found.index("<svg"):]
    found = re.sub(r"<metadata>.*?</metadata>", "", found, flags=re.DOTALL)
    found = re.sub(r"<!--.*?-->", "", found, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", " ", found).strip()


def fitted(ax, latex: str, x: float, y: float, width: float, height: float, size: float = 13.0):
    """An equation on axes whose unit is an inch, its middle left end at x, y, smaller where it is larger than that; -> the text."""
    wide, high, *_ = mathtext.MathTextParser("path").parse(f"${latex}$", 72, FontProperties(size=size))       # points
    size *= min(1.0, 72 * width / wide, 72 * height / high)
    return ax.text(x, y, f"${latex}$", fontsize=size, va="center", ha="left", parse_math=True)
