"""Files of word ids: those of this kit, of the official codes, word maps, lists, pickles; no code in a file is ever run."""
import io
import pickle
from pathlib import Path
from typing import NamedTuple

from vsrlab.errors import Missing, Problem, path_of
from vsrlab.inputs import LARGE, LINE, foreign, parse_json, read_bytes, read_text, short

MARKS = ("<pad>", "<start>", "<end>", "<unk>")           # the four ids that all official vocabularies begin with
TOKENS, SPACE = ("words", "characters", "pieces"), " "
_SPELLED = set("<pad> [pad] <blank> <start> <s> <sos> <bos> [cls] [bos] <end> </s> <eos> [sep] [eos] <unk> [unk] <oov> <unknown>"
               .split())                                  # how other kits spell the marks, lower case
_MAPS = ("word2idx", "word_to_idx", "word2id", "word_to_id", "word_to_ix", "w2i", "stoi", "vocab", "token_to_id", "idx2word",
         "ix_to_word", "itow", "itos", "words", "word_map", "model")
_WHAT = 'a vocabulary: JSON with "words" or "word2idx", {word: id}, a list of words, or a .pkl of the official codes'
_SAFE = {("collections", "OrderedDict"): dict, ("collections", "defaultdict"): lambda *_: {}, ("collections", "Counter"): dict,
         ("builtins", "dict"): dict, ("builtins", "list"): list, ("builtins", "set"): set, ("__builtin__", "dict"): dict,
         ("builtins", "int"): int, ("__builtin__", "int"): int, ("builtins", "object"): None, ("__builtin__", "object"): None}


class WordList(NamedTuple):
    """What a file of word ids holds."""
    words: list            # in the order of their ids, without the marks
    markers: bool          # whether texts get <start> and <end>
    punctuation: bool
    exact: bool            # the ids are those of the file: 0 to 3 the marks, then the words
    tokens: str = "words"  # or "characters"


def read_words(path) -> WordList:
    """The words of a vocabulary file, whatever public layout it has."""
    path = path_of("a vocabulary", path)
    if not path.is_file():
        raise Missing(f"no vocabulary at {path}; leave it out to build one from the training captions.")
    data = read_bytes(path, _WHAT, LARGE >> 3)
    if data[:1] == b"\x80" or path.suffix.lower() in (".pkl", ".pickle") and data.lstrip()[:1] not in (b"{", b"["):
        value = _unpickled(data, path)
    else:
        text = read_text(path, _WHAT, LARGE >> 3)
        if text.lstrip()[:1] in ("{", "[", '"') or path.suffix.lower() == ".json":
            value = parse_json(text, path, _WHAT)
        else:
            value = [line.strip() for line in text.splitlines() if line.strip()]
    return _read(value, path)


def _read(value, path: Path) -> WordList:
    """Words from whatever a file held."""
    if isinstance(value, dict) and isinstance(value.get("words"), list):                   # this kit's own
        words = _checked(value["words"], path)
        flags = [value.get(name, usual) for name, usual in (("markers", True), ("punctuation", False))]
        if not all(isinstance(flag, bool) for flag in flags):
            raise _none(path, f"markers and punctuation are {short(flags)}, expected true or false")
        words, kind = words[4:] if tuple(words[:4]) == MARKS else words, value.get("tokens", "words")
        if kind not in TOKENS or kind == "characters" and (SPACE not in words or max(map(len, words)) > 1):
            raise _none(path, f"it is said to be of {short(kind)}" + ", and has no space or longer words" * (kind in TOKENS))
        return WordList(words, *flags, exact=True, tokens=kind)
    ids = _ids(value)
    if ids is None:
        raise _none(path, f"it holds {short(value)}")
    _checked(list(ids), path)
    order = sorted(ids, key=ids.get)
    first = ids[order[0]]
    if [ids[word] for word in order] != list(range(first, first + len(order))) or first not in (0, 1):
        raise Problem(f"{path}: ids have to run from 0 without gaps and begin with {', '.join(MARKS)}; the file is damaged "
                      "or of another kit.")
    if first == 0 and tuple(order[:4]) == MARKS:
        return WordList(order[4:], True, "." in ids, exact=True)
    words = [word for word in order if word.lower() not in _SPELLED and word not in ("PAD", "UNK", "SOS", "BOS", "EOS")]
    return WordList(words, True, "." in ids, exact=False)


def _ids(value) -> dict | None:
    """{word: id} of a map either way, of a list, or of either in a dictionary of them; None where there is none."""
    if isinstance(value, list | tuple):
        words = [item[0] if isinstance(item, list | tuple) and item else item for item in value]      # [word, count]
        ids = {word: n for n, word in enumerate(words) if isinstance(word, str)}
        return ids if words and len(ids) == len(words) else None
    if not isinstance(value, dict) or not value:
        return None
    if all(isinstance(word, str) and type(n) is int for word, n in value.items()):
        return value
    if all(isinstance(word, str) and str(n).isdecimal() and len(str(n)) < 10 for n, word in value.items()):
        return {word: int(n) for n, word in value.items()} if len(set(value.values())) == len(value) else None
    inner = (value[name] for name in _MAPS if name in value)
    return next((ids for one in inner if isinstance(one, dict | list) and (ids := _ids(one)) is not None), None)


def _checked(words: list, path: Path) -> list:
    """The words, when all of them are texts of one line."""
    odd = [word for word in words if not LINE.test(word)]
    if odd or not words:
        raise _none(path, f"{short(odd[0])} is no word" if words else "it holds no words")
    return words


def _none(path: Path, why: str) -> Problem:
    return Problem(f"{path} is not a vocabulary: {why}; expected {_WHAT.removeprefix('a vocabulary: ')}.")


class _Inert:
    """Stands for an object of a class that a pickle names: it keeps what it is given and does nothing."""

    def __init__(self, *_):
        self.state = {}

    def __setstate__(self, state):
        self.state = state if isinstance(state, dict) else {}


class _Reader(pickle._Unpickler):
    """Reads dictionaries, lists and texts of a pickle; in Python, where no size that a file promises is believed.

    A class is stood for by `_Inert`, and calls make plain values only: nothing that a file names is imported or run.
    """

    def find_class(self, module, name):
        """What stands for a name in the file."""
        if (module, name) in _SAFE:
            return _SAFE[module, name] or _Inert
        if (module, name) in (("copy_reg", "_reconstructor"), ("copyreg", "_reconstructor")):
            return lambda kind, *_: kind() if kind is _Inert else {}
        if name.lower() in ("vocabulary", "vocab", "wordlist", "tokenizer", "dictionary"):
            return _Inert
        raise pickle.UnpicklingError(f"it holds {module}.{name}, which is not read")

    def persistent_load(self, pid):
        """References to other files are not followed."""
        raise pickle.UnpicklingError("it refers to another file")


def _unpickled(data: bytes, path: Path):
    """The plain values of a pickle: a dictionary, a list, or what a vocabulary object kept."""
    if (said := foreign(data)) and "pickle" not in said:
        raise Problem(f"{path} is {said}.")
    for code in ("utf-8", "latin1"):                         # texts of Python 2 are bytes
        try:
            found = _Reader(io.BytesIO(data), encoding=code).load()
            return found.state if isinstance(found, _Inert) else found
        except UnicodeDecodeError:
            continue
        except Exception as error:                           # a pickle can end in any of them
            raise _none(path, f"its pickle cannot be read ({short(error)})") from None
    raise _none(path, "its pickle cannot be read")
