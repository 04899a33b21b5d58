"""Word pieces: a word becomes pieces that a frozen reader knows, and travels with them as one number.

Wu et al., Google's Neural Machine Translation System, 2016, as BERT cuts: the longest known piece first, from the left.  A word is
cut by itself, so its pieces do not depend on its sentence, and one whole number can hold the id that the kit gives the word and
three pieces: every view shows words, any word of a typed sentence is read, and a batch stays a tensor (T, W).
"""
import functools
import unicodedata
import warnings

import torch
from torch import Tensor

from vsrlab.errors import Problem
from vsrlab.frozen import weights

NONE, UNREAD, BEGIN, FINISH = 0, 100, 101, 102      # [PAD] [UNK] [CLS] [SEP] of the reader's list of pieces
MARKS = (NONE, BEGIN, FINISH, UNREAD)               # what the kit's padding, <start>, <end> and <unk> are to the reader
MOST = 256                                          # pieces of a sentence, its marks among them: the length it was trained for
TITLE = "all-MiniLM-L6-v2"
EACH, LONGEST = 3, 100                              # pieces in a number; characters of a word that is still cut
UNKNOWN = 3                                         # <unk> of the kit
FEW, FEWEST = 20, 0.2                               # texts that a language is told from, and the share that has to look English
ENGLISH = frozenset("a an the of in on and is are with".split())
_OWN, _PIECE = 18, 15                               # bits of the kit's id, and of a piece


@functools.cache
def known() -> dict:
    """{piece: its number}, from the reader's package."""
    return {piece: n for n, piece in enumerate(weights.read(weights.PIECES).decode().splitlines())}


def cut(word: str) -> list:
    """[(piece's number, characters of the word it covers), ...] of a word in lower case; [(UNREAD, all)] where nothing fits."""
    found = []
    for part in _parts(word):
        plain = "".join(c for c in unicodedata.normalize("NFD", part) if unicodedata.category(c) != "Mn")
        pieces = _greedy(plain)
        if len(plain) != len(part) or pieces is None:                    # accents are gone: the part keeps its length
            pieces = [(UNREAD, 0)] if pieces is None else pieces
            pieces = [(n, 0) for n, _ in pieces[:-1]] + [(pieces[-1][0], len(part))]
        found += pieces
    return found or [(UNREAD, len(word))]


def _parts(word: str) -> list:
    """t-shirt -> t, -, shirt: marks and characters of Chinese stand alone, as BERT has them."""
    parts, alone = [""], True
    for c in word:
        single = unicodedata.category(c)[0] in "PS" or "\u4e00" <= c <= "\u9fff"
        parts = parts + [c] if single or alone else [*parts[:-1], parts[-1] + c]
        alone = single
    return parts[1:]


def _greedy(part: str) -> list | None:
    """The longest known piece first; None where some of it is in no piece."""
    table, found, at = known(), [], 0
    if len(part) > LONGEST:
        return None
    while at < len(part):
        end = next((end for end in range(len(part), at, -1) if ("##" * (at > 0) + part[at:end]) in table), None)
        if end is None:
            return None
        found.append((table["##" * (at > 0) + part[at:end]], end - at))
        at = end
    return found or None


def packed(own: int, pieces: list) -> int:
    """A word's id in the kit and up to three pieces -> one whole number below 2^63."""
    return own | sum(piece << (_OWN + _PIECE * n) for n, piece in enumerate(pieces))


def own(words: Tensor) -> Tensor:
    """The ids that the kit gave the words: (...,) of packed numbers, or of ids as they are."""
    return words & (2 ** _OWN - 1)


def pieces(words: Tensor) -> Tensor:
    """Packed numbers (...,) -> (..., 3) pieces, NONE behind the last; marks of the kit become those of the reader."""
    parts = torch.stack([words >> (_OWN + _PIECE * n) & (2 ** _PIECE - 1) for n in range(EACH)], -1)
    bare = (parts[..., 0] == NONE)
    mark = torch.tensor(MARKS, device=words.device)[own(words).clamp_max(len(MARKS) - 1)]
    parts[..., 0] = torch.where(bare, mark, parts[..., 0])
    return parts


@functools.lru_cache(65536)
def tokens(word: str) -> tuple:
    """((pieces of up to three, characters they cover), ...): a word of more pieces than three becomes several tokens."""
    found = cut(word)
    groups = [found[at:at + EACH] for at in range(0, len(found), EACH)]
    return tuple((tuple(n for n, _ in group), sum(width for _, width in group)) for group in groups)


def spelled(text: str, words: list, known_ids: dict) -> list:
    """[(word, start, end), ...] of a text -> [(word, start, end, packed number), ...]; text[start:end] spells each.

    A word of more pieces than a number holds becomes several.  known_ids: {word: the kit's id}; other words are <unk> to the kit.
    """
    found, count = [], len((BEGIN, FINISH))
    for word, start, end in words:
        groups = tokens(word)
        at, count = start, count + sum(len(some) for some, _ in groups)
        for n, (some, width) in enumerate(groups, 1):
            stop = end if n == len(groups) else min(end, at + width)
            part = word if len(groups) == 1 else text[at:stop].lower()
            found.append((part, at, stop, packed(known_ids.get(word, UNKNOWN), some)))
            at = stop
    if count > MOST:
        raise Problem(f"the text {text[:40] + ' ...'!r} has {count:,} word pieces, {TITLE} reads {MOST} at most; shorten it, or "
                      "take text='bigru', which reads any length.")
    return found


def latin(text: str) -> bool:
    """Are most letters of a text plain Latin ones?  The reader has read English, though its list holds letters of other scripts."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and 2 * sum(c.isascii() for c in letters) > len(letters)


def warn_of_language(name: str, texts: list):
    """Say so where hardly any of some texts holds one of the commonest English words."""
    some = texts[:1000]
    if len(some) >= FEW and sum(not ENGLISH.isdisjoint(text.lower().split()) for text in some) < FEWEST * len(some):
        warnings.warn(f"hardly any text of {name} holds an English word such as 'the' or 'of': {TITLE} has read English alone; for "
                      "another language take text='bigru', which learns from your captions.", stacklevel=3)
