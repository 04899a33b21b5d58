"""What stands first in a view whose picture is the same for every μ: what another μ makes of the pair, and the notes."""
from vsrlab.explain.explanation import Explanation
from vsrlab.views.state import State
from vsrlab.views.whatif import WhatIf

TRAINED = "Drawn is the trained model; its control with random weights is a choice of the attention view."


def mixed(whatif: WhatIf, state: State) -> Explanation:
    """The record of the pair that the state looks at, scored and ranked with the state's μ."""
    whatif.follow(state)
    e = whatif.record
    return e if state.mu is None or e.mu is None or whatif.pair is None else whatif.trained(State(mu=state.mu))


def remixed(whatif: WhatIf, state: State, measured: str) -> str:
    """One sentence: score and rank at the state's μ, and what was `measured` at the trained one; "" where they are the same."""
    now, e = mixed(whatif, state), whatif.record
    if now is e:
        return ""
    said = f"At μ {now.mu:.3g} (trained {e.mu:.3g}) the score is {now.score:.3f}, not {e.score:.3f}".replace("-", "−")
    return f"{said}, and the rank {now.image_rank + 1:,}, not {e.image_rank + 1:,}; {measured} at the trained μ."


def noted(notes, state: State) -> str:
    """Notes as one sentence; "" for none."""
    first, *others = [n.rstrip(".") for n in (*notes, TRAINED if state.control else "") if n] or [""]
    return "; ".join([first, *(n[:1].lower() + n[1:] for n in others)]) + "." * bool(first)
