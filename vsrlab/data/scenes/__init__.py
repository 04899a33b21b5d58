"""Generated scenes: pictures, captions, and the truth about them."""
from vsrlab.data.scenes.corpus import Truth, scenes

__all__ = ["Truth", "scenes"]
