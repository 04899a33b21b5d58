"""What a model does not have, and which models do: one sentence each, asked of the classes of the zoo."""
from vsrlab.explain.record import Explanation
from vsrlab.wording import several
from vsrlab.zoo import ZOO


def who_has(what: str) -> str:
    """'scan and vsrpp': the rows of the zoo whose models show "attention", "relations" or "memory"."""
    return several(name for name, row in ZOO.items() if what in row.model.shows)


def has(name: str, what: str) -> bool:
    """Does the model of that name show such a thing?  A model from outside the zoo is not known by its name: False."""
    return name in ZOO and what in ZOO[name].model.shows


def no_attention(e: Explanation, instead: str = "") -> str:
    """Why there is nothing to light up, and what is shown instead; without it, which models have attention."""
    name = e.provenance.get("model", "this model")
    why = f"{name} compares one vector for the image with one for the text: it has no attention between words and regions"
    return (f"{why}; shown is the {instead}." if instead else
            f"{why}. Attention is in {who_has('attention')}; occlusion works for every model.")


def no_relations(e: Explanation) -> str:
    """Why there is no graph of regions."""
    name = e.provenance.get("model", "this model")
    return f"{name} has no layer in which regions read each other; {who_has('relations')} have."


def no_memory(e: Explanation) -> str:
    """Why there is nothing to read."""
    name = e.provenance.get("model", "this model")
    if has(name, "memory"):
        return f'This {name} takes the mean of its regions and reads them in no order; build it with pool="gru".'
    return f"{name} has no memory that reads regions one after the other; {who_has('memory')} have."


def no_vectors(name: str) -> str:
    """Why there is no interaction of words and regions."""
    return (f"{name} compares no two vectors, so there is no interaction of words and regions to take apart; "
            "take quantity='occlusion', which every model has.")
