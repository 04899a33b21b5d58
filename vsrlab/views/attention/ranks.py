"""What every word does to the rank: the rank without it, under each word, and with another word of its kind in its place."""
from collections import Counter
from weakref import WeakKeyDictionary

from vsrlab.colours import MUTED
from vsrlab.data.words import UNKNOWN
from vsrlab.desk.wordlists import LISTS, meaning, nouns
from vsrlab.explain.occlusion import Standings, with_words, without_words
from vsrlab.page.html import css, quoted
from vsrlab.views.state import State
from vsrlab.views.whatif import WhatIf
from vsrlab.wording import several, thousands

OTHERS, COUNTED = 6, 2000      # words tried in place of one; texts whose nouns are counted
SLOW = 200                     # images, beyond which a network for every pair takes too long for a row of numbers
KINDS = {"colour": "another colour", "size": "another size", "number": "another number", "texture": "another texture",
         "relation": "another relation", "thing": "another thing of these texts"}
_NOUNS = WeakKeyDictionary()   # index -> the most frequent nouns of its texts


def ranks_without(whatif: WhatIf, state: State) -> Standings | None:
    """Score and rank without each word of the changed text; None where there is no model, or it would take seconds."""
    whatif.follow(state)
    pair = whatif.pair
    if pair is None or not len(whatif.record.written) or pair.model.compares == "pairs" and len(pair.corpus) > SLOW:
        return None
    return whatif.once(("without words",), state, lambda: without_words(whatif.changed(state), **whatif.options(state)))


def under_words(whatif: WhatIf, state: State) -> list:
    """(W,) the rank without each word, "" for markers; [] where it is not known."""
    found = ranks_without(whatif, state)
    markers = whatif.trained(state).markers
    return [] if found is None else ["" if marker else thousands(rank + 1) for rank, marker in zip(found.rank, markers)]


def legend(whatif: WhatIf, state: State) -> str:
    """What the numbers under the words are."""
    now = thousands(whatif.trained(state).image_rank + 1)
    return f"Under each word: the rank of this image if it were left out; as it is {now}."


def instead(whatif: WhatIf, state: State, word: int) -> str:
    """The rank with other words of its kind in the place of one; "" where none is known."""
    e = whatif.trained(state)
    if ranks_without(whatif, state) is None or e.markers[word]:
        return ""
    kind, others = of_its_kind(e.words[word], whatif.pair)
    if not others:
        return ""
    make = lambda: with_words(whatif.changed(state), word, others, **whatif.options(state))
    found = whatif.once(("with words", word, *others), state, make)
    order = sorted(range(len(others)), key=lambda n: found.rank[n])
    told = several(f"“{others[n]}” {thousands(found.rank[n] + 1)}" for n in order)
    return f"Rank with {KINDS[kind]} in place of “{e.words[word]}”: {told}; as it is {thousands(e.image_rank + 1)}."


def of_its_kind(word: str, pair) -> tuple:
    """("colour", ["green", ...]): some other words of a word's kind that the model knows; ("", []) where no list has it."""
    known = {t.word for t in pair.run.vocabulary.tokens(" ".join(_all())) if t.id > UNKNOWN}
    low = word.lower()
    for kind, words in LISTS.items():
        if kind in KINDS and low in words:
            return kind, [w for w in dict.fromkeys(words.values()) if w in known and w != words[low]][:OTHERS]
    if meaning(low) in {*nouns(pair.text)}:
        things = [noun for noun in _nouns(pair.index) if noun != meaning(low)
                  and all(t.id > UNKNOWN for t in pair.run.vocabulary.tokens(noun) if t.start >= 0)]
        return "thing", things[:OTHERS]
    return "", []


def _all() -> list:
    return [word for words in LISTS.values() for word in dict.fromkeys(words.values()) if " " not in word]


def _nouns(index) -> list:
    if index not in _NOUNS:
        counted = Counter(noun for text in index.corpus.texts[:COUNTED] for noun in nouns(text))
        _NOUNS[index] = [noun for noun, _ in counted.most_common(40)]
    return _NOUNS[index]


def rules(root: str, part, targets: list) -> str:
    """CSS: what stands under the words; `part` gives the selector of a target's key."""
    if not any(t.under for t in targets):
        return ""
    small = {"position": "absolute", "left": "50%", "top": "calc(100% + 8px)", "transform": "translateX(-50%)",
             "font": "11px/1 system-ui", "color": MUTED, "white-space": "nowrap"}
    return css(f".{root} .words", {"line-height": "2.9"}) + "".join(
        css(f"{part(t.key)}::before", {"content": quoted(t.under)} | small) for t in targets if t.under)
