"""A report in words and tables, for HTML and Markdown alike: sections of sentences, tables, cards and views.  Text, not markup."""
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vsrlab import draw
from vsrlab.desk.judges import UNNAMED
from vsrlab.measure.ranks import AT
from vsrlab.views.desk.words import top as first_line
from vsrlab.views.report.content import Content, disputed_pairs, judged_pairs
from vsrlab.views.why.words import name_of
from vsrlab.wording import cut, signed

LISTED, LETTERS = 50, 200      # rows of a table; letters of a text in one
MANY = 30                      # disputed pairs that are shown with their photos
ASKS = {"text": ("captions", "a caption looks for its photo"), "image": ("photos", "a photo looks for its captions")}
SOUGHT = {"text": "image", "image": "text"}


class Table(NamedTuple):
    """A table of texts; the first cell of a row names it."""
    caption: str
    columns: tuple
    rows: list


class Pair(NamedTuple):
    """A photo and a caption, and what is said of them."""
    image: int
    text: int
    lines: list


class Flip(NamedTuple):
    """A query of two models, and (what is said of an answer, its row) of the right one and of both first ones."""
    side: str
    query: int
    answers: list


@dataclass
class Section:
    """A part of a report, in the order in which it is read."""
    key: str
    title: str
    said: list = field(default_factory=list)           # paragraphs
    tables: list = field(default_factory=list)
    cards: list = field(default_factory=list)          # of Why, Pair or Flip
    view: Any = None                                   # a View with a picture and a page of its own
    picture: Any = None                                # (PNG, alternative text)
    code: list = field(default_factory=list)           # lines that somebody can type


def title(c: Content) -> str:
    """What the report is called."""
    where = f"{c.scored.dataset} {c.scored.split}".strip()
    return f"Failures of {name_of(c.scored)}" + (f" on {where}" if where else "")


def top(c: Content) -> str:
    """'5,000 captions, 1,335 found first (26.7 % [25.1, 28.3]), 3,665 failures, 120 judged: 31 valid.'"""
    return first_line(c.scored, c.side, c.result)


def sections(c: Content) -> list:
    """The Sections of a report."""
    notes = [Section("notes", "Notes", list(c.notes))] if c.notes else []
    pinned = [Section("pinned", "Pinned by hand", cards=c.pinned)] if c.pinned else []
    versus = [_versus(c)] if c.versus is not None else []
    return [*notes, _numbers(c), _judged(c), _causes(c), *pinned, _failures(c),
            Section("slices", "On which captions does it fail more?", view=c.slices),
            Section("hubs", "Photos that many captions find", view=c.hubs), *versus, _repeat(c)]


def _numbers(c) -> Section:
    r, rows = c.result, []
    for side in ("text", "image"):
        sought = SOUGHT[side]
        ties = r.ties()
        cells = [f"{r.with_interval(f'{sought} R@{k}')}" + (f" {ties[f'{sought} R@{k}'].split(' ', 1)[1]}"
                                                            if f"{sought} R@{k}" in ties else "") for k in AT]
        rows.append((ASKS[side][1], *cells, f"{r[f'{sought} medr']:.0f}", f"{r[f'{sought} meanr']:.1f}",
                     f"{r[f'{sought} mrr']:.3f}", f"{r.chance[f'{sought} R@1']:.2f}"))
    columns = ("", *(f"R@{k}, % [95 %]" for k in AT), "median rank", "mean rank", "MRR", "R@1 by chance")
    said = ["R@K: of how many queries, in per cent, a right answer is among the first K (a hit, as in the field's tables).",
            f"rsum {r.with_interval('rsum')}, of 600; by chance {r.chance['rsum']:.1f}.", *r.doubts(), r.footer() + "."]
    return Section("numbers", "The numbers", said, [Table("", columns, rows)])


def _judged(c) -> Section:
    s, known = c.scored, c.scored.judgements
    if known is None or not known.pairs:
        return Section("judged", "Is it a failure?", ["Nobody has judged a pair yet, so nothing is corrected: some of what is "
                                                      "counted as a failure here may be none."])
    stamp = known.stamp
    said = [f"As labelled and as corrected, {ASKS[side][1]}: {c.corrected[side]}" for side in ("text", "image")]
    said += [str(known.agreement()), f"Judgements: {stamp['name'] or 'given'} ({stamp['hash']}), {stamp['count']:,} pairs.",
             *(note + "." for note in known.notes)]
    pairs, disputed = judged_pairs(s), disputed_pairs(s)
    if disputed:
        said.append(f"Disputed: {len(disputed):,} pairs that one person calls valid and another wrong"
                    + (f"; the first {MANY} are shown." if len(disputed) > MANY else "."))
    own = [(s.text_ids[t], cut(s.texts[t], LETTERS), s.ids[i], who_said(said_)) for i, t, said_ in pairs
           if s.image_of_text[t] == i and known_verdict(s, i, t) is False]
    lines = [(s.text_ids[t], cut(s.texts[t], LETTERS), s.ids[i], verdict_word(s, i, t), who_said(said_)) for i, t, said_ in pairs]
    columns = ("caption", "words", "photo", "most say", "who said what")
    tables = [Table(f"Judged pairs, {_first(len(lines))}", columns, lines[:LISTED])]
    if own:
        tables.append(Table(f"Own pairs that most call wrong: listed, and still counted as right, {_first(len(own))}",
                            ("caption", "words", "photo", "who said what"), own[:LISTED]))
    return Section("judged", "Is it a failure?", said, tables,
                   [Pair(i, t, [who_said(said_)]) for i, t, said_ in disputed[:MANY]])


def known_verdict(scored, image: int, text: int):
    """Do most people call the pair valid?  None: undecided, or not judged."""
    return scored.verdicts.get((image, text), (0, None))[1]


def verdict_word(scored, image: int, text: int) -> str:
    """"valid", "wrong" or "undecided"."""
    return {True: "valid", False: "wrong", None: "undecided"}[known_verdict(scored, image, text)]


def who_said(said: dict) -> str:
    """'ana: valid, colour (“looks right”); ben: wrong'"""
    each = []
    for author, one in said.items():
        causes = f", {', '.join(one.cause)}" if one.cause else ""
        each.append(f"{author or UNNAMED}: {one.verdict}{causes}{f' (“{cut(one.note, LETTERS)}”)' if one.note else ''}")
    return "; ".join(each)


def _causes(c) -> Section:
    t = c.tally
    if not t.failures:
        return Section("causes", "Why does it fail?", ["There is no failure."])
    looked = (f"a random sample of {len(t.rows):,} of the {t.failures:,} failures" if t.sampled else f"all {t.failures:,} failures")
    said = [f"Rules suggest causes; a failure may have several. Looked at: {looked} ({ASKS[t.side][1]}); for {t.without:,} no rule "
            "fired. Precision and recall of a rule were measured on generated scenes, where the truth is known, and may differ on "
            "photos. A rule below a precision of 0.3, or not measured, is a hint."]
    share = lambda x: "–" if x is None or x != x else f"{x:.2f}"
    rows = [(one.cause, f"{one.failures:,}", f"{one.share:.1f} %", share(one.precision), share(one.recall), one.kind)
            for one in t.table().itertuples()]
    columns = ("cause", "failures", "share", "precision", "recall", "kind")
    return Section("causes", "Why does it fail?", said, [Table("", columns, rows)])


def _failures(c) -> Section:
    s, t = c.scored, c.tally
    if not t.failures:
        return Section("failures", "Failures", ["There is no failure."])
    table, named = s.queries(c.side), dict(zip(t.rows.tolist(), t.named()))
    failed = table[table["rank"] > 0].sort_values("margin_sd", kind="stable").head(LISTED)
    what = (lambda n: cut(s.texts[n], LETTERS)) if c.side == "text" else (lambda n: "")
    rows = [(one.id, what(n), f"{one.rank + 1:,}", str(one.winner_id), f"{signed(one.margin_sd, False, 1)}",
             named.get(n, "not looked at")) for n, one in zip(failed.index, failed.itertuples())]
    said = [f"{len(c.examples)} are shown: of every cause the failure with the largest margin, then the largest margins; no photo "
            "asks or is asked for twice. Green and whole: the right answer; red and dashed: the one that was found first."]
    columns = ("query", "words", "rank of the right answer", "found first", "margin, deviations", "suspected causes")
    return Section("failures", "Failures", said, [Table(f"The largest margins, {_first(t.failures)}", columns, rows)], c.examples)


def _versus(c) -> Section:
    v, flips = c.versus, []
    rows = [(name, f"{v.first[name]:.1f}", f"{v.second[name]:.1f}", v.with_interval(name), f"{v.holm.get(name, v.p[name]):.2g}",
             v.words(name)) for name in v.difference]
    table = Table("p by Holm over the six recalls; rsum stands apart", ("", *v.names, "difference [95 %]", "p", "said"), rows)
    for one in v.flips(10).itertuples():
        flips.append(_flip(c.scored, c.other, v.names, one))
    moved = v.slices()
    slices_ = Table("Slices in which repaired less broken differs most from the rest",
                    ("slice", "captions", "net repaired, %", "difference [95 %]", "p (Holm)", "said"),
                    [(one[0], f"{one[1]:,}", signed(one[2], digits=1), f"{signed(one[3], digits=1)} [{signed(one[4], digits=1)}, "
                      f"{signed(one[5], digits=1)}]", f"{one[6]:.2g}", one[7]) for one in moved.itertuples(index=False, name=None)])
    said = [v.text(), "Below: the queries whose rank changed most, at most two a photo, near ties left out."]
    chart = draw.png(v.chart(), 96, v.text()), v.text()
    return Section("versus", f"Beside {v.names[1]}", said, [table, slices_], flips, picture=chart)


def _flip(a, b, names, one) -> Flip:
    """A query, its right answer and the first answers of both."""
    if one.side == "text":
        right = int(a.image_of_text[one.row])
    else:
        own = a.texts_of(one.row)
        right = int(own[0])
    first = [int(s.digest.side(one.side).rows[one.row, 0]) for s in (a, b)]
    said = f"right: rank {one.rank_first + 1:,} by {names[0]}, {one.rank_second + 1:,} by {names[1]}"
    return Flip(one.side, int(one.row), [(said, right), (f"first by {names[0]}", first[0]), (f"first by {names[1]}", first[1])])


def _repeat(c) -> Section:
    s = c.scored
    opened = (f'scores = vl.index(vl.Run.load("{s.run.name}"), corpus).scored' if s.run is not None else
              "scores = vl.from_scores(FILE, CAPTIONS)       # or vl.from_embeddings(IMAGES, TEXTS, CAPTIONS)")
    judged = ["scores = scores.judge(JUDGEMENTS)"] if s.judgements is not None and s.judgements.pairs else []
    example = (c.pinned + c.examples)[:1]
    why = [f"vl.why(scores, {e.query.side}={(s.text_ids if e.query.side == 'text' else s.ids)[e.query.row]!r})" for e in example]
    code = ["import vsrlab as vl", opened, f'assert scores.key == "{s.key}"', *judged, "vl.evaluate(scores)",
            f'vl.failures(scores, side="{c.side}")', *why, "vl.slices(scores)", f'scores.corrected("{c.side}")',
            *([f"vl.compare(scores, other)                      # other.key begins with {c.other.key[:12]}"] if c.other else []),
            'vl.report("failures.html", scores)']
    said = ["The key of the scores is the SHA-256 of their shape, type, first and last block, owners and ids; of a run, of its "
            "weights, knobs and encodings. Scores with the same key give the same numbers."]
    said += [f"This file was made by: {c.how}"] if c.how else []
    note = [f"Of the scores: {s.note}."] if s.note else []
    return Section("repeat", "How to repeat it", said + note, code=code)


def _first(count: int) -> str:
    return f"all {count:,}" if count <= LISTED else f"the first {LISTED} of {count:,}"
