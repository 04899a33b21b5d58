"""Lesson 08: ten first answers that are wrong by the labels, tagged by two people or rules; and what the failures of a run are."""
import numpy as np

from vsrlab.desk.judgements import Judgement
from vsrlab.errors import Problem
from vsrlab.experiments.found import Found, own
from vsrlab.measure.agreement import cohen
from vsrlab.wording import portion, several

LETTERS = {"v": "valid", "w": "wrong", "u": "unsure"}
TRUTH, RULE = "the truth of scenes", "the desk's rule"


def tags(drawn, table, truth=None, **people) -> dict:
    """{who: [tag of each drawn failure]}: what two people wrote, or what stands in for them while nobody wrote.

    drawn   failures of texts, from `scored.sample`
    table   all failures, from `vl.failures`, with the reasons of the desk's rule
    truth   corpus.truth of scenes, or None
    people  name="vwwvw wuwvw": a letter for each failure, v valid, w wrong, u unsure; "" while nothing is written

    While a string is empty, the truth of scenes stands in for the first person and the desk's rule "may be valid" for the second.
    """
    found, stand_ins = {}, {TRUTH: lambda: by_truth(drawn, truth), RULE: lambda: by_rule(drawn, table)}
    if truth is None:
        del stand_ins[TRUTH]
    for name, said in people.items():
        letters = "".join(str(said).split()).lower()
        if not letters:
            if not stand_ins:
                raise Problem(f"write the tags of {name}, {len(drawn)} letters: v valid, w wrong, u unsure.")
            who = next(iter(stand_ins))
            found[who] = stand_ins.pop(who)()
            continue
        odd = next((x for x in letters if x not in LETTERS), None)
        if odd or len(letters) != len(drawn):
            what = f"{odd!r} is no tag" if odd else f"{name} has {len(letters)} tags for {len(drawn)} failures"
            raise Problem(f"{what}; write one letter for each: v valid, w wrong, u unsure.")
        found[name] = [LETTERS[x] for x in letters]
    return found


def by_truth(drawn, truth) -> list:
    """"valid" where a sentence is true of its first answer, "wrong" where it claims something false."""
    if truth is None:
        raise Problem("only scenes know the truth; look at the photos and write your own tags.")
    return ["wrong" if truth.false_claims(row.text, int(row.winner)) else "valid" for row in drawn.itertuples()]


def by_rule(drawn, table) -> list:
    """"valid" where the desk lists a failure as one that may be valid, with two reasons or more."""
    reasons = dict(zip(table["id"], table["reasons"]))
    return ["valid" if reasons.get(name, 0) >= 2 else "wrong" for name in drawn["id"]]


def tagged(drawn, said: dict) -> Found:
    """Two columns of tags beside each other: where they agree, and Cohen's kappa.

    numbers: "kappa"; "alike", "all": failures; "wrong": those that the first one calls wrong; "expected": agreement by chance alone
    """
    (one, first), (other, second) = _two(said)
    rows = tuple((str(n), _short(text), a, b, "yes" if a == b else "no")
                 for n, (text, a, b) in enumerate(zip(drawn["text"], first, second), 1))
    alike, kappa = sum(a == b for a, b in zip(first, second)), cohen(first, second)
    disputed = [str(n) for n, (a, b) in enumerate(zip(first, second), 1) if a != b]
    says = f"{_upper(one)} and {other} say the same of {alike} of {len(first)}; Cohen's kappa {_kappa(kappa)}. "
    says += f"Disputed: {several(disputed)}." if disputed else "Nothing is disputed."
    return Found(says, ("no.", "sentence", one, other, "same?"), rows,
                 {"kappa": kappa, "alike": alike, "all": len(first), "wrong": first.count("wrong"),
                  "expected": _expected(first, second)})


def kappa_by_hand(said: dict) -> Found:
    """Cohen's kappa step by step: the table of counts, what chance alone would give, and the share beyond it.

    numbers: "observed", "expected", "kappa"
    """
    (one, first), (other, second) = _two(said)
    labels = [label for label in LETTERS.values() if label in (*first, *second)]
    count = lambda a, b: sum(x == a and y == b for x, y in zip(first, second))
    rows = tuple((f"{one}: {a}", *(str(count(a, b)) for b in labels), str(first.count(a))) for a in labels)
    rows += (("all", *(str(second.count(b)) for b in labels), str(len(first))),)
    observed, expected, kappa = sum(count(a, a) for a in labels) / len(first), _expected(first, second), cohen(first, second)
    beyond = f"Beyond chance that is ({observed:.2f} − {expected:.2f}) / (1 − {expected:.2f}) = {_kappa(kappa)}."
    says = f"They agree on {observed:.2f} of the failures; two columns with these sums, filled at random, on {expected:.2f}. "
    says += beyond if expected < 1 else "Both use one label only, so agreement beyond chance is not defined."
    return Found(says, ("", *(f"{other}: {b}" for b in labels), "all"), rows,
                 {"observed": observed, "expected": expected, "kappa": kappa})


def own_kappa(said: dict, kappa=None) -> Found:
    """The student's `kappa` on these tags, beside the library's.

    numbers: "kappa"; "yours": 1 where the function was the student's
    """
    (_, first), (_, second) = _two(said)
    value, whose = own(kappa, cohen, "kappa", first, second, check=lambda x: np.ndim(x) == 0 and float(x) == float(x))
    same = value == value and abs(float(value) - cohen(first, second)) < 1e-9
    verdict = "The library gives the same." if same else f"The library gives {_kappa(cohen(first, second))}: see the check."
    return Found(f"Kappa of the {len(first)} tags is {_kappa(float(value))}, by a function that is {whose}. {verdict}",
                 numbers={"kappa": float(value), "yours": float(whose == "yours")})


def judged_by_truth(scored, truth, n: int = 40, seed: int = 0):
    """A Scored whose n failures, drawn at random, are judged by the truth of scenes, as if a person had looked at each."""
    drawn = scored.sample(n, seed)
    said = [Judgement(row.winner_id, row.id, label, author="truth") for row, label in
            zip(drawn.itertuples(), by_truth(drawn, truth))]
    return scored.judge(said)


def rule_by_truth(table, truth) -> Found:
    """How far can "may be valid" be believed?  All failures of texts, by the number of reasons, beside the truth of scenes.

    numbers: "valid" share of all failures that are true of their first answer, per cent; "rule" the same where the rule fires
    """
    valid = np.array([label == "valid" for label in by_truth(table, truth)])
    reasons, rows, numbers = np.asarray(table["reasons"]), [], {}
    for name, where in (("no reason", reasons == 0), ("one", reasons == 1), ("two or more", reasons >= 2),
                        ("all failures", reasons >= 0)):
        share = 100 * valid[where].mean() if where.any() else float("nan")
        rows.append((name, f"{where.sum():,}", f"{valid[where].sum():,}", f"{share:.0f} %" if where.any() else "-"))
        numbers[{"two or more": "rule", "all failures": "valid"}.get(name, name)] = float(share)
    says = (f"Of all failures {numbers['valid']:.0f} % are none by the truth; of those for which the desk has two reasons or more, "
            f"{numbers['rule']:.0f} %.")
    return Found(says, ("reasons to doubt the label", "failures", "valid by the truth", "share"), tuple(rows), numbers)


def samples(scored, truth, n: int = 40, draws: int = 10) -> Found:
    """The corrected R@1 of texts from several random samples of n failures, beside the one from all of them.

    numbers: "labelled", "exact"; "held": intervals of 95 % that hold the exact one; "draws"
    """
    every = by_truth(scored.sample(len(scored.texts)), truth)
    labelled = judged_by_truth(scored, truth, 1).corrected("text").labelled[1]
    exact, rows, held = labelled + (100 - labelled) * every.count("valid") / max(len(every), 1), [], 0
    for seed in range(draws):
        found = judged_by_truth(scored, truth, n, seed).corrected("text", sample=(n, seed))
        holds = found.interval.low - 1e-9 <= exact <= found.interval.high + 1e-9
        held += holds
        rows.append((str(seed), str(found.valid), f"{found.estimate:.1f} [{found.interval.low:.1f}, {found.interval.high:.1f}]",
                     "yes" if holds else "no"))
    says = f"R@1 is {labelled:.1f} as labelled. With all {len(every):,} failures judged it is {exact:.1f}; samples of {n} hold "
    says += f"that in {held} of {draws} intervals."
    return Found(says, ("seed", f"valid of {n}", "corrected R@1", "holds it?"), tuple(rows),
                 {"labelled": labelled, "exact": exact, "held": held, "draws": draws})


def one_cause(table, cause: str, count: int = 3) -> list:
    """Rows of texts whose failure the rules put down to one cause alone, the closest first; to any, where no other is left."""
    named = table["cause"] == cause
    some = table[named if named.any() else table["cause"].str.contains(cause, regex=False)]
    some = (some if len(some) else table).sort_values("margin_sd", kind="stable")
    return [int(row) for row in some.index[:count]]


def beside(results: dict, seeds: dict | None = None) -> Found:
    """Several runs on one gallery: R@1 both ways and rsum, and the rsums of other seeds where they are known.

    results  {name: Result of vl.evaluate}      seeds  {name: {seed: rsum}}
    numbers: the rsum of each name
    """
    rows, numbers = [], {}
    for name, result in sorted(results.items(), key=lambda item: -item[1]["rsum"]):
        known = sorted((seeds or {}).get(name, {}).values())
        said = f"{known[0]:.0f} to {known[-1]:.0f} ({len(known)} seeds)" if len(known) > 1 else "one seed"
        rows.append((name, f"{result['text R@1']:.1f}", f"{result['image R@1']:.1f}", f"{result['rsum']:.1f}", said))
        numbers[name] = float(result["rsum"])
    return Found(f"Highest rsum on this gallery: {rows[0][0]}.",
                 ("run", "image → text R@1", "text → image R@1", "rsum", "rsum of its seeds"), tuple(rows), numbers)


def answer_failures(table, rule: Found, many: Found, ten: Found, versus) -> Found:
    """What beat the right answer, and is it a failure?  From `vl.failures`, `rule_by_truth`, `samples`, `tagged`, `vl.compare`."""
    worse, better = (len(x[x["side"] == "text"]) if "side" in x else len(x) for x in (versus.broken, versus.repaired))
    first = f"{len(table):,} sentences do not find their photo first. For {portion(rule['valid'] / 100)} of them "
    first += f"({rule['valid']:.0f} %) the first answer is a photo that the sentence is true of: a failure of the labels, not "
    first += f"of the model. Labelled R@1 is {many['labelled']:.1f}, corrected {many['exact']:.1f}."
    good = rule["rule"] > rule["valid"]
    second = f"Where the desk doubts the label it is right in {rule['rule']:.0f} %, "
    second += f"{'more' if good else 'not more'} often than among all failures; a person still has to look."
    third = f"Two taggers of the same {ten['all']} had a kappa of {_kappa(ten['kappa'])}, and {many['held']} of {many['draws']} "
    third += "random samples held the right number: a corrected score needs both beside it."
    fourth = f"And one number hides two: the second model repairs {better:,} queries and breaks {worse:,} that the first answers."
    return Found("\n".join((first, second, third, fourth)))


def _two(said: dict) -> tuple:
    if len(said) != 2:
        raise Problem(f"agreement is between two; there are {len(said)} columns of tags.")
    return tuple(said.items())


def _expected(first, second) -> float:
    return sum(first.count(x) * second.count(x) for x in {*first, *second}) / len(first) ** 2


def _kappa(value: float) -> str:
    return f"{value:.2f}".replace("-", "−") if value == value else "not defined (one label only)"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _short(text: str, most: int = 56) -> str:
    return text if len(text) <= most else text[:most - 1].rsplit(" ", 1)[0] + " …"
