"""Lesson 03: where words look, at other values of lambda 1, without a region, and beside the truth on scenes and on photos."""

from importlib.resources import files

import numpy as np

from vsrlab import colours, draw
from vsrlab.data.thumbnail import photo_of
from vsrlab.experiments.found import Found, percent
from vsrlab.explain.choosing import light, spread
from vsrlab.explain.pointing.game import pointing_game
from vsrlab.figures.layout import EDGE, WIDTH
from vsrlab.inputs import parse_json
from vsrlab.models.layers.attention import SHARPNESS
from vsrlab.views.attention.view import attention
from vsrlab.wording import portion, signed

POSITIONS = (1.0, 4.0, 9.0, 20.0, 50.0)  # of lambda 1, in the film
QUANTITIES = ("attention", "cosine")
MADE = "what bench/belief_on_photos.py measured"


class Film:
    """One word of one pair at several values of lambda 1; nothing else is changed.

    found  a table of them; numbers: "bits 1", "share 1", "rank 1", ... for every value, "even": bits of an even attention
    """

    def __init__(self, run, index, image, text, word, sharpness=POSITIONS):
        self.views = {value: attention(run, index, image, text, strip=False, word=word, sharpness=value) for value in sharpness}
        self.corpus, self.image = index.corpus, self.first.e.image
        self.word = self.first.e.words[self.first.word]
        self.rows = {value: np.asarray(view.e.attention[view.word]) for value, view in self.views.items()}

    @property
    def first(self):
        """The view of the first value."""
        return next(iter(self.views.values()))

    @property
    def found(self) -> Found:
        """Entropy, the largest share, score and rank of the photo at each value."""
        rows, numbers = [], {}
        for value, view in self.views.items():
            bits, even = spread(self.rows[value])
            now, best = view.whatif.standing(view.state), int(self.rows[value].argmax())
            numbers |= {
                f"bits {value:g}": bits,
                f"share {value:g}": float(self.rows[value].max()),
                f"rank {value:g}": now.rank + 1,
                f"region {value:g}": best,
                "even": even,
            }
            rows.append(
                (
                    f"{value:g}",
                    view.e.region_name(best),
                    percent(100 * self.rows[value].max(), 0),
                    f"{bits:.1f} of {even:.1f}",
                    signed(now.score, False, 3),
                    f"{now.rank + 1}",
                )
            )
        low, high = (f"{end:g}" for end in (min(self.views), max(self.views)))
        says = (
            f"At lambda 1 = {low} the strongest region gets {numbers[f'share {low}']:.0%} of the attention of “{self.word}”, "
            f"at {high} it gets {numbers[f'share {high}']:.0%}."
        )
        return Found(
            says, ("lambda 1", "strongest region", "its share", "spread, bits", "score", "rank of the photo"), tuple(rows), numbers
        )

    @draw.look()
    def figure(self):
        """The photo once for each value, lit by the attention of the word."""
        many = len(self.rows)
        wide = (WIDTH - 2 * EDGE - 0.12 * (many - 1)) / many
        figure, photo, e = draw.sheet(WIDTH, wide * 0.75 + 1.15), photo_of(self.corpus, self.image, 300), self.first.e
        draw.headline(figure, f"“{self.word}” at {many} values of lambda 1")
        for n, (value, weights) in enumerate(self.rows.items()):
            left = EDGE + n * (wide + 0.12)
            ax = draw.panel(figure, left, 0.55, wide, wide * 0.75)
            draw.photo(ax, photo.pixels(), photo.size, "no photo")
            draw.spotlight(ax, e.boxes, light(weights, float(weights.max())), full=1.0)
            bits, even = spread(weights)
            for down, line in ((0.06, f"lambda 1 = {value:g}"), (0.26, f"{bits:.1f} of {even:.1f} bits")):
                draw.paragraph(draw.panel(figure, left, 0.55 + wide * 0.75 + down, wide, 0.2), line, 8.5, colours.DARK)
        figure.set_label(self.found.says)
        return figure


def film(run, index, image, text, word, sharpness=POSITIONS) -> Film:
    """One word of one pair at several values of lambda 1: `.figure()` is the film strip, `.found` its table."""
    return Film(run, index, image, text, word, sharpness)


def hidden(run, index, image, text, word) -> Found:
    """The pair without the region that a word looks at most, and without each other region: what the score loses.

    numbers: "score"; "strongest": what it loses, in per cent; "others": mean of all others; "more": how many cost more
    """
    view = attention(run, index, image, text, strip=False, word=word)
    weights, score = np.asarray(view.e.attention[view.word]), view.record.score
    loss = {}
    for region in range(view.e.regions):
        view.state.set(hidden_regions=(region,))
        loss[region] = 100 * (score - view.whatif.standing(view.state).score) / abs(score)
    best = int(weights.argmax())
    others = [lost for region, lost in loss.items() if region != best]
    most = max(loss, key=loss.get)
    more = sum(lost > loss[best] for lost in others)
    numbers = {"score": score, "strongest": loss[best], "others": float(np.mean(others)), "more": more}
    rows = (
        (f"the strongest of “{view.e.words[view.word]}”: {view.e.region_name(best)}", percent(loss[best], 2)),
        ("another one, mean of all", percent(numbers["others"], 2)),
        (f"the costliest: {view.e.region_name(most)}", percent(loss[most], 2)),
    )
    return Found(
        f"Without the region that “{view.e.words[view.word]}” looks at most, the score {score:.3f} loses {loss[best]:.2f} % of "
        f"itself; {more} of the {len(others)} other regions cost more.",
        ("region that is hidden", "lost of the score"),
        rows,
        numbers,
    )


def points(run, index, n: int = 60) -> Found:
    """The pointing game on scenes for what a model computes: attention and raw cosine, beside chance and random weights.

    numbers: "attention", "cosine": hit rates in per cent; "chance"; "attention random", "cosine random"
    """
    rows, numbers = [], {}
    for quantity in QUANTITIES:
        table = pointing_game(run, index, n=n, quantity=quantity)
        one, other = table.iloc[0], table.iloc[1]
        numbers |= {quantity: one["hit rate"], f"{quantity} low": one["low"], f"{quantity} random": other["hit rate"]}
        numbers["chance"] = one["chance"]
        rows.append((f"{quantity}, {int(one['words'])} words", _span(one), f"{one['chance']:.0f}", _span(other)))
    says = (
        f"On scenes {portion(numbers['attention'] / 100)} of the words ({numbers['attention']:.0f} %) look at what they name; "
        f"chance is "
        f"{numbers['chance']:.0f} %, the same model with random weights reaches {numbers['attention random']:.0f} %."
    )
    return Found(says, ("what points", "hit rate, %", "chance, %", "random weights, %"), tuple(rows), numbers)


def _span(row) -> str:
    return f"{row['hit rate']:.0f} [{row['low']:.0f}, {row['high']:.0f}]"


def points_on_photos() -> Found:
    """The pointing game on real photos with boxes that people drew, measured once and stored; answers that read no word beside it.

    numbers: hit rates in per cent by name, such as "attention", "cosine", "a region at random"; "attention low" of its interval
    """
    text = files("vsrlab").joinpath("experiments", "on_photos.json").read_text(encoding="utf-8")
    stored = parse_json(text, "on_photos.json", MADE)
    span = lambda hit: "{:.1f} [{:.1f}, {:.1f}]".format(*hit)
    rows = tuple((row["answer"], "yes" if row["reads"] else "no", span(row["hit"])) for row in stored["rows"])
    numbers = {row["answer"]: row["hit"][0] for row in stored["rows"]}
    numbers |= {f"{row['answer']} low": row["hit"][1] for row in stored["rows"]}
    return Found(
        f"{_on_photos(numbers)} Stored result. {stored['made_by']}.", ("what answers", "reads the sentence", "right, "
                                                                                                             "%"), rows, numbers
    )


def _on_photos(numbers: dict) -> str:
    """What the numbers on photos say of attention, beside chance and beside the largest region."""
    hit, chance, blind = (numbers[name] for name in ("attention", "a region at random", "the largest region"))
    above = "more often than" if numbers["attention low"] > chance else "no more often than"
    less = "less often" if hit < blind else "more often"
    return (
        f"On photos attention points at the right place {above} a region at random ({hit:.1f} %, chance {chance:.1f} %), and "
        f"{less} than "
        f"the largest region, which reads no word ({blind:.1f} %)."
    )


def answer_looking(film: Found, scenes: Found, photos: Found) -> Found:
    """Where does each word look?  From the film of lambda 1, and the pointing game on scenes and on photos."""
    model, width = f"{SHARPNESS['t-i']:g}", ""
    if f"bits {model}" in film.numbers:
        width = f" At lambda 1 = {model} the look of the film is {film[f'bits {model}']:.1f} of {film['even']:.1f} bits wide."
    here = (
        f"As far as the pointing game says: on these scenes {portion(scenes['attention'] / 100)} of the words that name a thing "
        f"look "
        f"at it ({scenes['attention']:.0f} %, chance {scenes['chance']:.0f} %)."
    )
    return Found(
        f"{here} {_on_photos(photos.numbers)}{width} Words that name nothing look somewhere, too, because a softmax has to: a "
        f"light is a "
        "hypothesis, and a count is its test."
    )
