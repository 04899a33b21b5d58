"""The gallery in words: where the right answers stand, what an answer is made of, where the numbers come from."""
import datetime

from vsrlab.data.words import UNKNOWN
from vsrlab.explain.explanation import weights_id
from vsrlab.figures.poster import folded
from vsrlab.measure.ranks import TIE
from vsrlab.retrieval.answers import Answer, Answers, called
from vsrlab.retrieval.scored import Scored
from vsrlab.wording import cut, several, signed, thousands

MARKS = {"right": ("✓", "right"), "valid": ("≈", "same words as a right one"), "twin": ("❐", "near-duplicate of a right one"),
         "wrong": ("✗", "wrong"), "unknown": ("", "")}


def figures(value: float, digits: int = 3) -> str:
    """A score or a gap: '−0.112'."""
    return signed(value, False, digits)


def verdict(found: Answers, row: int | None = None) -> str:
    """The chosen answer, or the first one, in at most 20 words: is it right, where does it stand, and where does the right one?"""
    a = next((one for one in found.found if one.row == row), found.found[0])
    what = "picture" if found.query.side == "text" else "caption"
    among = f"rank {thousands(a.rank + 1)} of {thousands(found.gallery)}"
    if a.right is None:
        return f"Rank {among[5:]}; nobody knows the right answer to a sentence of one's own."
    if a.right:
        return f"Right {what}, {among}."
    best = found.truths[0].rank + 1 if found.truths else None
    ones = "the best right one" if len(found.truths) > 1 else "the right one"
    where = f"{ones} is rank {thousands(best)}" if best else "none of them is right"
    kind = {"valid": f"Wrong {what} with the words of a right one", "twin": f"Wrong {what}, near-duplicate of a right one"}
    return f"{kind.get(a.mark, f'Wrong {what}')}, {among}; {where}."


def split(a: Answer) -> str:
    """'0.690 = μ × global 0.480 + local 0.210', or the score alone when it has one part."""
    parts = " + ".join(f"{called(k, a.terms)} {figures(v, a.digits)}" for k, v in a.terms.items())
    return figures(a.score, a.digits) + (f" = {parts}" if len(a.terms) > 1 else "")


def ahead(a: Answer) -> str:
    """', 0.012 above the next (nearly a tie)'; "" for the last one."""
    return "" if a.gap is None else f", {figures(a.gap, a.digits)} above the next{' (nearly a tie)' if a.tied else ''}"


def aside(a: Answer) -> list:
    """What stands under an answer of a still picture: its gap to the next one, and what is folded into it."""
    gap = [] if a.gap is None else ["≈ tie"] * a.tied + [f"gap {figures(a.gap, a.digits)}"]
    return [piece for piece in (*gap, folded(a)) if piece]


def placed(found: Answers) -> str:
    """Where the right answers stand and by how much the first one leads."""
    first = found.found[0]
    said = f"The first scores {split(first)}{ahead(first)}."
    if found.truths:
        ranks, many = several(thousands(a.rank + 1) for a in found.truths), len(found.truths) > 1
        said += f" The right answer{'s stand' if many else ' stands'} at rank {ranks}." + " R@K counts the best of them." * many
    elif first.right is None:
        said += " Nobody knows the right answer to a sentence of one's own."
    else:
        said += " No caption of the gallery belongs to this photo."
    many = sum(len(a.folded) for a in found.found)
    return said + (f" {many} near-duplicate{'s are' if many > 1 else ' is'} folded." if many else "")


def telling(found: Answers, a: Answer) -> str:
    """One answer in words."""
    photos, corpus = found.query.side == "text", found.scored
    name = (lambda row: corpus.ids[row]) if photos else (lambda row: f"“{cut(corpus.texts[row], 60)}”")
    mark = f"; {MARKS[a.mark][1]}" if a.mark != "unknown" else ""
    said = f"Rank {thousands(a.rank + 1)} of {thousands(found.gallery)}: {name(a.row)}, score {split(a)}{ahead(a)}{mark}."
    own = corpus.texts_of(a.row) if photos and not a.right else ()
    said += f" Its own caption: “{cut(corpus.texts[own[0]], 90)}”" if len(own) else ""
    if a.folded:
        others = [f"{name(row)} (rank {rank + 1})" for rank, row in a.folded[:3]]
        said += f" It stands for {several(others + [f'{len(a.folded) - 3} more'] * (len(a.folded) > 3))} as well."
    return said


def unheard(text: str | None, vocabulary) -> list:
    """The words of a sentence that a vocabulary does not have, each once; without a vocabulary nobody knows."""
    tokens = vocabulary.tokens(text) if text and vocabulary is not None else []
    return list(dict.fromkeys(text[t.start:t.end] for t in tokens if t.id == UNKNOWN and t.start >= 0))


def footer(names, found: list, folding: str) -> str:
    """Models, weights, gallery and rules, in the grey line; `folding` is the rule of a Likeness."""
    first = found[0]
    scored, what = first.scored, "photos" if first.query.side == "text" else "captions"
    tie = f"nearly a tie: a gap of 0, or below {100 * TIE:.0f} % of the standard deviation of the wrong answers' scores"
    lines = [*(whose(name, one) for name, one in zip(names, found)), f"{scored.dataset} {scored.split}".strip(),
             f"exact over {thousands(first.gallery)} {what}", "ties counted against", tie, folding, scored.note,
             datetime.date.today().isoformat()]
    return " · ".join(filter(None, lines))


def whose(name: str, found: Answers) -> str:
    """The model, its weights and knobs; of scores from elsewhere and of an ensemble, who made them."""
    scored, trained = found.scored, found.branches.mu
    if scored.run is None:
        return " · ".join(filter(None, (name, members(scored), f"scores {scored.fingerprint}")))
    weight = None if trained is None else f"μ {found.mu:.3g}" + f" (trained {trained:.3g})" * (found.mu != trained)
    sharpness = scored.run.model.knob("sharpness")
    return " · ".join(filter(None, (name, f"run {scored.run.name}", f"checkpoint {weights_id(scored.run)}", weight,
                                    sharpness and f"λ {sharpness:.3g}")))


def members(scored: Scored) -> str:
    """'mean scores of scan-s0 and scan-s1'; "" for a single model."""
    return f"mean scores of {several(one.name for one in scored.members)}" if scored.members else ""


def rows_of(found: Answers, model: str) -> list:
    """The answers as rows of a table."""
    scored, texts = found.scored, found.query.side == "image"
    asked = scored.ids[found.query.row] if texts else found.query.text

    def row(a):
        image = scored.image_of_text[a.row] if texts else a.row
        return {"model": model, "query": asked, "rank": a.rank + 1, "row": a.row, "text": scored.texts[a.row] if texts else "",
                "image": scored.ids[image], "mark": a.mark, "score": a.score, **a.terms, "gap": a.gap, "tie": a.tied,
                "mu": found.mu, "folded": " ".join(str(other) for _, other in a.folded)}
    return [row(a) for a in found.found]
