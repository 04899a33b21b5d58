"""Two models query by query: what the second repairs and breaks, where both are wrong, which queries flip most.

Read of a Scored: digest, queries, image_of_text.  A side is named by who asks, "text" or "image"; ranks count from 0.
"""
import numpy as np

from vsrlab.desk.digest import SIDES
from vsrlab.errors import Problem

KINDS = ("repaired", "broken", "both_wrong_same", "both_wrong_other", "both_right")
EACH = 2                       # flips of one photo


def queries_of_both(first, second, side: str):
    """A pandas DataFrame, a row for each query of a side that has something to find.

    id, side, text, row   of the query;  photo  row of its photo
    rank_first, rank_second, winner_first, winner_second     rank of the right answer, from 0, and id of the first one
    tied      nearly a tie for one of the two
    change    log2 of (rank of the first + 1) / (rank of the second + 1): above 0 the second puts the right answer higher
    kind      repaired, broken, both_wrong_same (the same first answer), both_wrong_other, both_right
    """
    import pandas
    one, other = first.queries(side), second.queries(side)
    a, b = (x["rank"].to_numpy() for x in (one, other))
    same = one["winner"].to_numpy() == other["winner"].to_numpy()
    kind = np.select([(a > 0) & (b == 0), (a == 0) & (b > 0), (a > 0) & (b > 0) & same, (a > 0) & (b > 0)], KINDS[:4], KINDS[4])
    rows = np.arange(len(one))
    found = pandas.DataFrame({
        "id": one["id"], "side": side, "text": one["text"], "row": rows, "photo": first.image_of_text if side == "text" else rows,
        "rank_first": a, "rank_second": b, "winner_first": one["winner_id"], "winner_second": other["winner_id"],
        "tied": (one["tied"] | other["tied"]).to_numpy(), "change": np.log2((np.maximum(a, 0) + 1) / (np.maximum(b, 0) + 1)),
        "kind": kind})
    return found[a >= 0].reset_index(drop=True)


def of_kind(both: dict, kind: str):
    """The queries of one kind, of both sides, those that changed most first."""
    import pandas
    found = pandas.concat([both[side][both[side]["kind"] == kind] for side in SIDES])
    order = np.argsort(-np.abs(found["change"].to_numpy()), kind="stable")
    return found.iloc[order].drop(columns="kind").reset_index(drop=True)


def flips(both: dict, count: int = 10):
    """The queries whose rank changed most, |log((a + 1) / (b + 1))|, at most two a photo; nearly tied ones are left out."""
    import pandas
    if count < 1:
        raise Problem(f"{count} flips: ask for at least one.")
    found = pandas.concat([both[side] for side in SIDES])
    found = found[~found["tied"] & (found["change"] != 0)]
    found = found.iloc[np.argsort(-np.abs(found["change"].to_numpy()), kind="stable")]
    return found[found.groupby("photo").cumcount() < EACH].head(count).reset_index(drop=True)
