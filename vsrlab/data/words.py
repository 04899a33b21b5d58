"""Words: a caption becomes tokens that remember their place, and tokens become the ids of a vocabulary; characters likewise."""
import difflib
import functools
import hashlib
import json
import re
import unicodedata
import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from vsrlab.data.wordlists import MARKS, SPACE, TOKENS, read_words
from vsrlab.errors import Problem, unknown
from vsrlab.files import write_text
from vsrlab.frozen import pieces

PAD, START, END, UNKNOWN = 0, 1, 2, 3
BLANK = "␣"                                              # how a space is called where words are shown
_BLOCKS = ((0x300, 0x3100), (0xa660, 0xac00), (0xfb00, 0xfe30))                # where Unicode keeps its marks ...
_FAR = ((0x10000, 0x12000), (0x16a00, 0x17000), (0x1bc00, 0x1e960), (0xe0100, 0xe01f0))       # ... beyond 16 bits
_CJK, _FAR_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff", r"\U00020000-\U0003ffff"
_ENDINGS = r"['’](?:s|m|d|re|ve|ll)\b"                   # man's -> man 's, as treebank tokenisers cut them


def _pattern(blocks, cjk: str) -> re.Pattern:
    """The words of a text: letters with their marks, numbers, punctuation."""
    # accents and vowel signs of all scripts belong to the letter before them, joiners too; Python's \w leaves them out
    signs = "".join(chr(n) for block in blocks for n in range(*block) if unicodedata.category(chr(n))[0] == "M") + "\u200c\u200d"
    letter = rf"[^\W_{signs}][{signs}]*"                 # a letter or digit with the signs that follow it
    return re.compile("|".join((
        rf"[{cjk}][{signs}]*",                           # Japanese and Chinese have no spaces: a character is a word
        r"\d+(?:[.,:/]\d+)+",                            # 1,000  11:20  1/2
        r"(?:[a-z]\.){2,}",                              # u.s.
        r"(?:mr|mrs|ms|dr|st)\.(?=\s+\w)",
        r"\bcan(?=not\b)", r"n['’]t\b", _ENDINGS,
        rf"(?:{letter})+?(?=n['’]t\b)",                  # do|n't
        rf"(?:{letter})+(?:(?!{_ENDINGS})[-'’/]?(?:(?![{cjk}]){letter})+)*",               # t-shirt  o'clock  and/or
        r"\.{2,}|``|''|--", r"[^\w\s]")), re.IGNORECASE)


_PATTERN = _pattern(_BLOCKS, _CJK)


@functools.cache
def _far_pattern() -> re.Pattern:
    """The same with letters beyond 16 bits, with which Python matches fifteen times slower: for texts that have them."""
    return _pattern((*_BLOCKS, *_FAR), _CJK + _FAR_CJK)


class Token(NamedTuple):
    """A word of a text: text[start:end] spells it; markers have start = end = -1."""
    word: str
    start: int
    end: int
    id: int


def tokenise(text: str, punctuation: bool = False) -> list:
    """[(word, start, end), ...] of a text, lower case: "A man's T-shirt." -> a, man, 's, t-shirt.

    The official codes call NLTK's word_tokenize, which needs a download and keeps punctuation as words.
    This regular expression cuts the same words from 99.9 % of Flickr30K's and COCO's test captions, and drops
    punctuation unless asked, because a full stop carries no meaning that attention could point at.
    Words are letters and marks of any script.  Chinese and Japanese are cut into characters; a phrase of Thai, Lao, Khmer or
    Burmese, which are written without spaces too, is one word.
    """
    found = []
    for match in (_PATTERN if max(text, default="") <= "\uffff" else _far_pattern()).finditer(text):
        word = unicodedata.normalize("NFC", match.group().lower()).replace("’", "'")
        if any(c.isalnum() for c in word):
            found.append((word, match.start(), match.end()))
        elif punctuation:
            if word in ('"', "''"):                      # the treebank's opening and closing quotation marks
                word = "''" if match.start() and not text[match.start() - 1].isspace() else "``"
            found.append((word, match.start(), match.end()))
    return found


def characters(text: str) -> list:
    """[(character, start, end), ...] of a text: lower case, without accents, white space as " "; text[start:end] spells it.

    An accent is a mark that Unicode puts above or below a letter (combining class 200 and more); its letter keeps its place.
    Vowel signs and tones of other scripts are no accents, and stay.
    """
    found = []
    for at, c in enumerate(text):
        if unicodedata.combining(c) >= 200:
            found[-1:] = [(one, start, at + 1) for one, start, _ in found[-1:]]
            continue
        found.append((_plain(c), at, at + 1))
    return found


@functools.lru_cache(4096)
def _plain(c: str) -> str:
    """One character in lower case, without its accents; a space for what cannot be seen."""
    small = c.lower()[:1] if c.isprintable() else " "                           # İ gets longer in lower case
    parts = [part for part in unicodedata.normalize("NFD", small) if unicodedata.combining(part) < 200]
    return parts[0] if len(parts) == 1 else small                               # a Korean syllable has several parts and stays


class Vocabulary:
    """Words and their ids: 0 <pad>, 1 <start>, 2 <end>, 3 <unk>, then `words` from 4 on.

    `markers` puts <start> and <end> around every text, as all official codes do.
    `punctuation` keeps punctuation marks as words, as official vocabularies have them.
    `tokens` "words"; "pieces": words that carry the pieces of a frozen reader in their ids, so that it reads also what the
    vocabulary does not know (see frozen.pieces); or "characters": each of `words` is then one character, as `characters` gives
    them, the space is one of them, and a character that is not known is read as a space, as in Chain-VSE's code.
    """

    def __init__(self, words, markers: bool = True, punctuation: bool = False, tokens: str = "words"):
        if isinstance(words, str) or not hasattr(words, "__iter__"):
            raise Problem(f"vl.Vocabulary needs a list of words, not the {type(words).__name__} it was given; a file is read by "
                          "vl.Vocabulary.load(path).")
        words = [word if isinstance(word, str) else str(word) for word in words]
        if tuple(words[:4]) == MARKS:
            words = words[4:]
        self.words = (*MARKS, *words)                    # every id's word
        self.markers, self.punctuation, self.unit = markers, punctuation, tokens
        self._id = {w: i for i, w in enumerate(self.words)}
        if len(self._id) < len(self.words):
            twice = next(w for w, n in Counter(self.words).items() if n > 1)
            raise Problem(f"the vocabulary holds {twice!r} twice; give every word once: Vocabulary(dict.fromkeys(words)).")
        if tokens not in TOKENS:
            raise unknown("kind of tokens", tokens, TOKENS)
        if tokens == "characters" and (SPACE not in self._id or max(map(len, words)) > 1):
            raise Problem("a vocabulary of characters holds single characters and the space; make it with "
                          'Vocabulary.of(texts, tokens="characters").')

    @classmethod
    def of(cls, texts, min_count: int = 1, markers: bool = True, punctuation: bool = False, tokens: str = "words") -> "Vocabulary":
        """The words that occur `min_count` times or more, most frequent first, then by the alphabet.

        Build it from training captions only; the official builder could take in test captions (fartashf/vsepp, issue 29).
        Of characters the space comes first, and punctuation marks are characters too.
        """
        if tokens == "characters":
            count = Counter(c for text in texts for c, _, _ in characters(text))
            count[SPACE] = max(count.total(), min_count) + 1
        else:
            count = Counter(word for text in texts for word, _, _ in tokenise(text, punctuation))
        kept = sorted((w for w, n in count.items() if n >= min_count), key=lambda w: (-count[w], w))
        return cls(kept, markers, punctuation, tokens)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return self._id.get(word, UNKNOWN) > UNKNOWN

    def __eq__(self, other) -> bool:
        return isinstance(other, Vocabulary) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self)} {self.unit}, {' '.join(self.words[4:9])} ... ({self.fingerprint})"

    def tokens(self, text: str) -> list:
        """[Token(word, start, end, id), ...] with <start> and <end>; at least one token, <unk> if need be.

        A character that is not known has the id of the space; the word of a space is "␣", so that it can be seen.
        """
        if self.unit == "characters":
            space = self._id[SPACE]
            inner = [Token(BLANK if i == space else c, a, b, i) for c, a, b in characters(text) for i in (self._id.get(c, space),)]
        elif self.unit == "pieces":
            inner = [Token(*one) for one in pieces.spelled(text, tokenise(text, self.punctuation), self._id)]
        else:
            inner = [Token(w, a, b, self._id.get(w, UNKNOWN)) for w, a, b in tokenise(text, self.punctuation)]
        if self.markers:
            return [Token("<start>", -1, -1, START), *inner, Token("<end>", -1, -1, END)]
        return inner or [Token("<unk>", -1, -1, UNKNOWN)]

    def ids(self, text: str) -> list:
        """The ids of `tokens(text)`."""
        return [token.id for token in self.tokens(text)]

    def require(self, text: str, aside=frozenset()) -> str:
        """The text itself, when at least one of its words is known; a Problem that names near words otherwise.

        aside  words that are not worth trying, such as "the"
        """
        words = [word for word, _, _ in tokenise(text)]
        if words and knows(self, text):
            return text
        if words and self.unit == "pieces":
            raise Problem(f"{text!r} is in no language that {pieces.TITLE} reads; write an English sentence such as "
                          "'a dog on grass'.")
        if not words:
            raise Problem(f"there is no word in {text!r}; write a sentence such as 'a dog on grass'.")
        if self.unit == "characters":
            raise Problem(f"no letter of {text!r} is among the {len(self) - 4} characters the model was trained on; "
                          f"try {' '.join(self.words[5:12])}.")
        usual = [word for word in self.words[4:] if word not in aside and word.isalpha()] or self.words[4:]
        near = difflib.get_close_matches(words[0], self.words[4:], n=3, cutoff=0.6) or usual[:5]
        foreign = not set(filter(str.isalpha, text.lower())) & set("".join(self.words[4:]))
        raise Problem(f"no word of {text!r} is among the {len(self) - 4} words the model was trained on; "
                      + "write in the language of its captions and " * foreign + f"try words such as {', '.join(near)}.")

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that differ when any id would: released weights need the very same vocabulary."""
        return hashlib.sha256(self._json().encode()).hexdigest()[:12]

    def _json(self) -> str:
        kind = {} if self.unit == "words" else {"tokens": self.unit}                        # words: as before there were characters
        return json.dumps({"words": self.words[4:], "markers": self.markers, "punctuation": self.punctuation, **kind},
                          ensure_ascii=False)

    def save(self, path) -> Path:
        """Write JSON, whole or not at all."""
        return write_text(path, self._json() + "\n")

    @classmethod
    def load(cls, path) -> "Vocabulary":
        """The words of a file: of this kit, {"word2idx": {word: id}} of SCAN, VSRN and SGRAF, {word: id}, a list, a .pkl of these.

        Where the file's ids do not begin with the four marks, words get new ids in its order, and a warning says so: such a
        vocabulary is one to train with, not one for weights that were trained with the file.
        """
        found = read_words(path)
        if not found.exact:
            warnings.warn(f"{path} has other ids than this kit: the words keep their order behind {', '.join(MARKS)}. Train with "
                          "them; weights that were trained with the file need its own ids.", stacklevel=2)
        return cls(found.words, found.markers, found.punctuation, found.tokens)


def knows(vocabulary: Vocabulary, text: str) -> bool:
    """Does the vocabulary know a word of the text?  If not, a model reads <unk> throughout, or nothing but spaces."""
    if vocabulary.unit == "pieces":
        return pieces.latin(text)
    return any(token.id > UNKNOWN and token.word != BLANK for token in vocabulary.tokens(text))


def readable(vocabulary: Vocabulary, tokens: str, model: str, path=None) -> Vocabulary:
    """The vocabulary, if it is of what the model reads, "words" or "characters"; `path` is the file of a run that it is from."""
    if vocabulary.unit != tokens:
        instead = (f"copy the vocabulary.json of that run to {path}" if path else "leave it out to make one of the training "
                   f"captions, or give the folder of a run that reads {tokens}")
        raise Problem(f"{model} reads {tokens}, and {path or 'this vocabulary'} is of {vocabulary.unit}; {instead}.")
    return vocabulary


def same_words(vocabulary: Vocabulary, corpus):
    """Refuse a corpus of whose texts the vocabulary knows no word: they would all be alike to the model."""
    if len(corpus.texts) and not any(knows(vocabulary, text) for text in corpus.texts):
        raise Problem(f"no text of {corpus.name}{f' {corpus.split}' if corpus.split else ''} holds one of the "
                      f"{len(vocabulary) - 4} {vocabulary.unit} of the model; look at the captions, or train on such texts.")
    if vocabulary.unit == "pieces":
        pieces.warn_of_language(corpus.name, corpus.texts)

