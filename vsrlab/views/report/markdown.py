"""A report as Markdown beside a folder of pictures.  Sections in, text and PNGs out; text from data stays text."""
from vsrlab.retrieval.failures.why import Why
from vsrlab.views.report import words as told
from vsrlab.views.report.page import judged_line
from vsrlab.views.why.view import WhyView
from vsrlab.wording import cut
from vsrlab.wording import markdown as plain


def markdown(c, sections: list, foot: str, folder: str) -> tuple:
    """(text, {name of a PNG in `folder`: bytes})."""
    lines, pictures = [f"# {plain(told.title(c))}", "", plain(told.top(c)), ""], {}

    def picture(name, png, said):
        pictures[name] = png
        lines.extend([f"![{plain(cut(said, 300))}]({folder}/{name})", ""])
    for s in sections:
        lines += [f"## {plain(s.title)}", ""]
        for said in s.said:
            lines += [plain(said), ""]
        if s.view is not None:
            picture(f"{s.key}.png", s.view.png(96), s.view.text())
            lines += [plain(s.view.text()), ""]
        if s.picture:
            picture(f"{s.key}.png", *s.picture)
        for table in s.tables:
            lines += _table(table)
        for n, card in enumerate(s.cards, 1):
            _card(c, s.key, n, card, lines, picture)
        if s.code:
            lines += ["```python", *(" ".join(line.split("\n")).replace("```", "` ` `") for line in s.code), "```", ""]
    return "\n".join([*lines, plain(foot), ""]), pictures


def _table(table) -> list:
    if not table.rows:
        return []
    line = lambda cells: "| " + " | ".join(plain(cell) or " " for cell in cells) + " |"
    caption = [plain(table.caption), ""] if table.caption else []
    return [*caption, line(table.columns), "|" + "---|" * len(table.columns), *map(line, table.rows), ""]


def _card(c, key, n, card, lines, picture):
    """One failure as its picture and its words; pairs and flips in words."""
    s = c.scored
    if isinstance(card, Why):
        view = WhyView(s, **{card.query.side: card.query.row}, other=c.other)
        picture(f"{key}-{n}.png", view.png(96), view.text())
        said = judged_line(s, card)
        lines.extend([plain(view.text()), "", *([plain(f"Judged. {said}"), ""] if said else [])])
    elif isinstance(card, told.Pair):
        pair = f"“{cut(s.texts[card.text], 300)}” ({s.text_ids[card.text]}) with photo {s.ids[card.image]}: {'; '.join(card.lines)}"
        lines.extend([f"* {plain(pair)}", ""])
    else:
        asked = f"“{cut(s.texts[card.query], 200)}”" if card.side == "text" else f"photo {s.ids[card.query]}"
        names = s.ids if card.side == "text" else s.text_ids
        answers = "; ".join(f"{said}: {names[row]}" for said, row in card.answers)
        lines.extend([f"* {plain(f'{asked}: {answers}')}", ""])
