"""Do judges agree beyond chance?  Cohen's kappa, Fleiss' kappa, Krippendorff's alpha for names.  numpy alone.

Letters: N items, J judges.  Labels may be of any kind that can be compared; None and nan are a missing label.
1 is full agreement, 0 what chance would give, nan where every label is the same and chance alone would agree fully.
"""
import numpy as np

from vsrlab.errors import Problem


def cohen(first, second) -> float:
    """Cohen's kappa of two judges, (N,) labels each (Cohen 1960); items that one of them left out do not count."""
    first, second = list(first), list(second)
    if len(first) != len(second):
        raise Problem(f"one judge has {len(first)} labels, the other {len(second)}; give one for each item, None where it is "
                      "missing.")
    counts = _counts([pair for pair in zip(first, second) if not any(map(_missing, pair))], apart=True)
    n = len(counts)
    agree = (counts[:, 0] * counts[:, 1]).sum() / n if n else np.nan
    return _beyond(agree, (counts[:, 0].mean(0) * counts[:, 1].mean(0)).sum() if n else np.nan)


def fleiss(labels) -> float:
    """Fleiss' kappa of labels (N, J): every item has the same number of labels, not always of the same judges (Fleiss 1971).

    Raises Problem where items differ in their number of labels; Krippendorff's alpha takes those.
    """
    rows = [[label for label in row if not _missing(label)] for row in labels]
    each = sorted({len(row) for row in rows})
    if len(each) != 1 or each[0] < 2:
        there = f"{min(each)} to {max(each)}" if each else "none"
        raise Problem(f"Fleiss' kappa needs the same number of labels, two or more, for every item; here are {there}. "
                      "krippendorff takes items with missing labels.")
    counts = _counts(rows)
    agree = ((counts ** 2).sum(1) - each[0]).mean() / (each[0] * (each[0] - 1))
    return _beyond(agree, (counts.mean(0) / each[0]) @ (counts.mean(0) / each[0]))


def krippendorff(labels) -> float:
    """Krippendorff's alpha for nominal labels (N, J), any of them missing (Krippendorff 2011, Computing alpha-reliability).

    1 - observed / expected disagreement, from the coincidences of labels within an item; items with one label do not count.
    """
    rows = [[label for label in row if not _missing(label)] for row in labels]
    counts = _counts([row for row in rows if len(row) > 1])
    if not len(counts):
        return float("nan")
    of_item, of_label = counts.sum(1), counts.sum(0)
    n = of_item.sum()
    observed = 1 - ((counts * (counts - 1)).sum(1) / (of_item - 1)).sum() / n
    expected = 1 - (of_label * (of_label - 1)).sum() / (n * (n - 1))
    return float(1 - observed / expected) if expected > 0 else float("nan")


def _beyond(agree, chance) -> float:
    return float((agree - chance) / (1 - chance)) if chance < 1 - 1e-12 else float("nan")


def _missing(label) -> bool:
    return label is None or label != label


def _counts(rows, apart=False):
    """(N, labels) how often an item got each label; with `apart` (N, J, labels), each judge apart."""
    names = {label: n for n, label in enumerate(dict.fromkeys(label for row in rows for label in row))}
    each = [[np.eye(len(names))[names[label]] for label in row] for row in rows]
    return np.array(each if apart else [np.sum(row, 0) for row in each]).reshape(len(rows), *(2,) * apart, len(names))
