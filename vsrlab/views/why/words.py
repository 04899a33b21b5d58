"""What is said of one query in `why`: the verdict line, the reasons with their measured precision, the footer."""
import datetime

from vsrlab.desk.causes import measured
from vsrlab.measure.ranks import TIE
from vsrlab.papers import PAPERS
from vsrlab.retrieval.failures.why import Why
from vsrlab.views.why.lights import BLANK, worst
from vsrlab.wording import cut, few, several, significant, thousands

SHOWN = 8                      # bars of a waterfall that are named; the others are added up
REST = "other words"


def name_of(scored) -> str:
    """What a model is called: its kind, or the name of the scores."""
    return scored.name if scored.run is None else PAPERS[scored.run.settings.model].title


def asked(why: Why) -> str:
    """The query in words."""
    return f"“{cut(why.query.text)}”" if why.query.side == "text" else f"photo {why.scored.ids[why.query.row]}"


def answer(why: Why, which: str) -> str:
    """The "right" or the "wrong" answer in words."""
    row = getattr(why, which)
    return f"photo {why.scored.ids[row]}" if why.query.side == "text" else f"“{cut(why.scored.texts[row], 60)}”"


def verdict(why: Why) -> str:
    """The first sentence: found or not, by how much, and whether somebody judged it."""
    worst, best = why.ranks
    gap = significant(abs(why.margin), False)
    far = "" if why.margin_sd != why.margin_sd else f", {abs(why.margin_sd):.1f} deviations of the wrong answers"
    tie = ", nearly a tie" if why.tied else ""
    if not why.failed:
        return f"Found first: {asked(why)} finds {answer(why, 'right')}, ahead of {answer(why, 'wrong')} by {gap}{far}{tie}."
    span = f" (ties: from {thousands(best + 1)})" if best != worst else ""
    said = (f"Not found first: {asked(why)} finds {answer(why, 'wrong')} before {answer(why, 'right')}, which stands at rank "
            f"{thousands(worst + 1)}{span}; the wrong one is ahead by {gap}{far}{tie}.")
    return f"{said} {status(why)}"


def brief(why: Why) -> str:
    """The verdict line, at most 20 words: lost on which word and by how much, or found first; and whether that is of any size."""
    what, gap = "picture" if why.query.side == "text" else "caption", significant(abs(why.margin), False)
    small = ": nearly a tie" if why.tied else ""
    if not why.failed:
        return f"Found first, ahead of the best wrong {what} by {gap}{small}."
    found = worst(why)
    on = f"Lost on “{few(found.name, 1)}”: the" if found is not None and found.favours > 0 else "The"
    maybe = "; may be valid" if not small and any(r.cause == "may be valid" for r in why.reasons) else ""
    return f"{on} wrong {what} leads by {gap}, the right one is rank {thousands(why.ranks[0] + 1)}{small or maybe}."


def status(why: Why) -> str:
    """Judged or not, and what speaks for "may be valid"."""
    many, valid = why.judged
    if many:
        who = f"{many} {'person' if many == 1 else 'people'} judged it"
        return f"{who}: {'valid' if valid else 'undecided' if valid is None else 'a true error'}."
    if reason := next((r for r in why.reasons if r.cause == "may be valid"), None):
        return f"Nobody judged it; it may be valid, for {reason.count} reason{'s' * (reason.count > 1)}: {reason.said}."
    return "Nobody judged it."


def reasons(why: Why) -> list:
    """['object, precision 0.96: nothing says “kite” of the photo', ...], the surest first; hints are called so."""
    found = []
    for reason in why.reasons:
        known = measured(reason.cause)
        found.append(f"{reason.cause}, {'hint, ' * (known.kind == 'hint')}{known}: {reason.said}")
    return found


def branch(why: Why) -> str:
    """Which branch was right; "" for a model that has one, and for scores."""
    return f"{why.branch[:1].upper()}{why.branch[1:]}." if why.branch else ""


def other(why: Why) -> str:
    """What the other model did; "" without one."""
    if not why.other:
        return ""
    name, rank, first, same = why.other
    if rank == 0:
        return f"{name} finds the right answer first."
    names = why.scored.ids if why.query.side == "text" else why.scored.text_ids
    did = "has the same wrong answer first" if same else f"has {names[first]} first"
    return f"{name} {did}, and the right one at rank {thousands(rank + 1)}."


def differing(why: Why) -> str:
    """Which words the captions of the two photos, or the two captions, do not share."""
    right, wrong, both = why.words()
    quoted = lambda words: several([f"“{word}”" for word in words[:8]]) if words else "nothing of its own"
    whose = "captions of the right photo" if why.query.side == "text" else "right caption"
    shared = f"both say {quoted(both)}; " if both else ""
    said = f"The {whose} and the wrong one: {shared}only the right one {quoted(right)}, only the wrong one {quoted(wrong)}."
    return said.replace("and the wrong one:", "and of the wrong one:") if why.query.side == "text" else said


def waterfall(why: Why, most: int = SHOWN) -> list:
    """[(name, how far it favours the wrong answer), ...]: branches, words that matter most, the rest together; [] of one part."""
    if len(why.bars) < 2:
        return []
    fixed = [bar for bar in why.bars if bar.name in ("score", "μ × global", BLANK)]
    words = [bar for bar in why.bars if bar not in fixed]
    kept = {id(bar) for bar in sorted(words, key=lambda bar: -abs(bar.favours))[:most]}
    shown = [(bar.name, bar.favours) for bar in (*fixed, *(bar for bar in words if id(bar) in kept))]
    rest = [bar.favours for bar in words if id(bar) not in kept]
    return shown + ([(REST, sum(rest))] if rest else [])


def lost(why: Why) -> str:
    """'Lost most on “yellow”: +0.030 for the wrong answer.'; "" where no word favours it."""
    found = worst(why)
    if found is None or found.favours <= 0 or not why.failed:
        return ""
    return f"Lost most on “{found.name}”: {significant(found.favours)} for the wrong answer."


def title(why: Why) -> str:
    """The title of the waterfall; "" where there is nothing to take apart."""
    if len(why.bars) < 2:
        return ""
    kind = "" if why.exact else " (approximate: shares of the pooled score)"
    return f"What puts the wrong answer {'ahead' if why.failed else 'behind'}: wrong minus right{kind}"


def text(why: Why) -> str:
    """Verdict, the surest cause, branch and the other model: two to five sentences."""
    causes = [reason for reason in reasons(why) if not reason.startswith("may be valid")]
    said = [verdict(why), f"Suspected: {causes[0]}." if causes else "No rule suggests a cause." if why.failed else ""]
    return " ".join(filter(None, [*said, lost(why), branch(why), other(why)]))


def footer(why: Why) -> str:
    """Where the numbers come from."""
    scored = why.scored
    many = len(scored) if why.query.side == "text" else len(scored.texts)
    lines = [name_of(scored), f"run {scored.run.name}" if scored.run is not None else f"scores {scored.key[:12]}",
             f"{scored.dataset} {scored.split}".strip(), f"exact over {thousands(many)}", "ties counted against",
             f"nearly a tie: a gap of 0, or below {100 * TIE:.0f} % of the wrong answers' deviation",
             "precision of rules: on generated scenes", scored.note, datetime.date.today().isoformat()]
    return " · ".join(filter(None, lines))


def rows(why: Why) -> list:
    """What a table holds: the two answers, the parts of their difference, the reasons."""
    names = why.scored.ids if why.query.side == "text" else why.scored.text_ids
    found = [{"what": "answer", "name": names[why.right], "right": why.scores[0], "wrong": why.scores[1],
              "favours": -why.margin, "said": f"right at rank {why.ranks[0] + 1}, wrong: {names[why.wrong]}"}]
    found += [{"what": "part", "name": bar.name, "right": bar.right, "wrong": bar.wrong, "favours": bar.favours, "said": ""}
              for bar in why.bars]
    return found + [{"what": "cause", "name": r.cause, "right": None, "wrong": None, "favours": None,
                     "said": f"{r.said} ({measured(r.cause)})"} for r in why.reasons]
