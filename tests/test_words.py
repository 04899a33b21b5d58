"""Captions become words, words become ids, and both keep their place."""
import json
import pickle
import warnings

import pytest

from vsrlab.data.words import BLANK, Vocabulary, characters, knows, readable, tokenise
from vsrlab.errors import Missing, Problem


def words(text, punctuation=False):
    return [word for word, _, _ in tokenise(text, punctuation)]


@pytest.mark.parametrize("text, expected", [
    ("A man's T-shirt.", "a man 's t-shirt"),
    ("Two dogs don't , can't run", "two dogs do n't ca n't run"),
    ("It’s five o'clock at 11:20 and/or 1,000", "it 's five o'clock at 11:20 and/or 1,000"),
    ('"hi" (there) -- red- u.s. Mr. Bean', "hi there red u.s. mr. bean"),
    ("a_b\tc\nd cannot", "a b c d can not"),
    ("一只狗 on grass", "一 只 狗 on grass"),
    ("", ""), (" . , !", ""),
])
def test_words_are_cut_as_a_treebank_cuts_them_without_punctuation(text, expected):
    assert words(text) == expected.split()


def test_punctuation_is_kept_when_asked_and_quotation_marks_open_and_close():
    for text in ('A "big" dog, runs...', "A ``big'' dog, runs..."):
        assert words(text, True) == ["a", "``", "big", "''", "dog", ",", "runs", "..."]


def test_an_accent_round_trips_however_it_is_spelled():
    for text in ("CAFÉ", "a cafe\u0301"):
        word, start, end = tokenise(text)[-1]
        assert word == "café" and text[start:end].lower() in ("café", "cafe\u0301")


def test_every_word_is_where_it_says():
    text = "İstanbul: A man's red-hot T-Shirt, isn't it?"             # its first letter gets longer in lower case
    for word, start, end in tokenise(text, True):
        assert text[start:end].lower() == word


def test_ids_begin_with_the_four_marks_and_go_by_frequency_then_alphabet():
    vocabulary = Vocabulary.of(["a cat on a mat", "a bat"])
    assert vocabulary.words == ("<pad>", "<start>", "<end>", "<unk>", "a", "bat", "cat", "mat", "on")
    assert vocabulary.ids("A cat on the mat.") == [1, 4, 6, 8, 3, 7, 2]
    assert len(vocabulary) == 9 and "cat" in vocabulary and "<unk>" not in vocabulary
    assert Vocabulary.of(["a cat on a mat", "a bat"], min_count=2).words[4:] == ("a",)


def test_tokens_stand_beside_ids_and_markers_have_no_place():
    vocabulary = Vocabulary.of(["a dog"])
    tokens = vocabulary.tokens("A dog barks")
    assert [t.id for t in tokens] == vocabulary.ids("A dog barks") == [1, 4, 5, 3, 2]
    assert [(t.start, t.end) for t in tokens] == [(-1, -1), (0, 1), (2, 5), (6, 11), (-1, -1)]


def test_a_text_without_words_still_has_a_token():
    assert Vocabulary(["dog"], markers=False).ids("...") == [3]
    assert Vocabulary(["dog"]).ids("") == [1, 2]


def test_a_saved_vocabulary_is_the_same_and_another_has_another_fingerprint(tmp_path):
    vocabulary = Vocabulary.of(["un café noir"], markers=False)
    again = Vocabulary.load(vocabulary.save(tmp_path / "vocabulary.json"))
    assert again == vocabulary and again.fingerprint == vocabulary.fingerprint and not again.markers
    assert list(tmp_path.iterdir()) == [tmp_path / "vocabulary.json"]
    others = [Vocabulary(["café", "un", "noir"]), Vocabulary(vocabulary.words), Vocabulary(vocabulary.words, False, True)]
    assert len({v.fingerprint for v in (vocabulary, *others)}) == 4


def test_the_official_vocabulary_is_read_with_its_own_ids(tmp_path):
    ids = {"<pad>": 0, "<start>": 1, "<end>": 2, "<unk>": 3, "dog": 5, ".": 4, "a": 6}
    path = tmp_path / "f30k_precomp_vocab.json"
    path.write_text(json.dumps({"word2idx": ids, "idx2word": {str(i): w for w, i in ids.items()}, "idx": 7}))
    vocabulary = Vocabulary.load(path)
    assert vocabulary.ids("A dog .") == [1, 6, 5, 4, 2]              # it has punctuation, so punctuation is read


def test_a_vocabulary_that_cannot_be_used_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "v.json"
    with pytest.raises(Missing, match="no vocabulary at"):
        Vocabulary.load(path)
    for content in ('{"a": ', "[1]", "{}", '{"word2idx": "x"}'):
        path.write_text(content)
        with pytest.raises(Problem, match="not a vocabulary|not JSON"):
            Vocabulary.load(path)
    path.write_text(json.dumps({"word2idx": {"<pad>": 0, "<start>": 1, "<end>": 2, "<unk>": 3, "dog": 9}}))
    with pytest.raises(Problem, match="without gaps"):
        Vocabulary.load(path)
    with pytest.raises(Problem, match="'dog' twice"):
        Vocabulary(["dog", "dog"])


def test_a_sentence_of_unknown_words_only_is_refused_with_words_to_try():
    vocabulary = Vocabulary.of(["a brown dog runs"])
    assert vocabulary.require("the dog") == "the dog"
    with pytest.raises(Problem, match="no word of 'doge sprints' is among the 4 words .* dog"):
        vocabulary.require("doge sprints")
    with pytest.raises(Problem, match="no word in ' ! '"):
        vocabulary.require(" ! ")


@pytest.mark.parametrize("data", ["f30k", "coco"])
def test_shared_captions_are_known_to_their_official_vocabulary(data):
    import gzip
    from pathlib import Path
    shared = Path(__file__).parents[2] / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("needs the shared captions and vocabularies beside the repository")
    captions = shared / "captions" / {"f30k": "f30k_test_caps.txt.gz", "coco": "coco_testall_caps.txt.gz"}[data]
    vocabulary = Vocabulary.load(shared / "vocab" / f"{data}_precomp_vocab.json")
    ids = [i for line in gzip.open(captions, "rt", encoding="utf-8") for i in vocabulary.ids(line)[1:-1]]
    assert sum(i == 3 for i in ids) / len(ids) < 0.012


@pytest.mark.parametrize("text", [
    "आधुनिक मानक हिन्दी कुत्ता", "กินข้าว ที่บ้าน", "বাংলা ভাষা", "தமிழ் மொழி", "తెలుగు భాష", "ಕನ್ನಡ ನುಡಿ", "മലയാളം ഭാഷ",
    "ગુજરાતી ભાષા", "ਪੰਜਾਬੀ ਬੋਲੀ",
    "සිංහල භාෂාව", "មនុស្ស ស្រី", "မြန်မာ စာ", "བོད་ ཡིག", "שָׁלוֹם עֲלֵיכֶם", "اَلسَّلَامُ عَلَيْكُمْ", "می\u200cخواهم بروم",
    "cafe\u0301 noir", "ᬩᬮᬶ ᬅᬓ᭄ᬱᬭ",
    "𑀅𑀲𑁄𑀓 𑀩𑀼𑀤𑁆𑀥"])
def test_marks_and_joiners_of_every_script_stay_in_their_word(text):
    found = tokenise(text)
    assert [text[start:end].strip("་") for _, start, end in found] == [word.strip("་") for word in text.split()]


def test_letters_without_spaces_are_cut_by_character():
    assert words("一只狗在草地上") == list("一只狗在草地上") and words("犬と猫") == ["犬", "と", "猫"]
    assert words("か\u3099く") == ["が", "く"] and words("𠮷野家") == ["𠮷", "野", "家"]
    assert words("ok 𠮷 don't") == ["ok", "𠮷", "do", "n't"]


WORDS = ["<pad>", "<start>", "<end>", "<unk>", "a", "dog", "words", "."]
IDS = {word: n for n, word in enumerate(WORDS)}
TURNED = {str(n): word for word, n in IDS.items()}


class Vocab:
    """As the official codes pickle their vocabularies."""

    def __init__(self):
        self.word2idx, self.idx2word, self.idx = dict(IDS), {n: word for word, n in IDS.items()}, len(IDS)


def official_pickle(protocol):
    """The pickle of an object of the official class vocab.Vocabulary."""
    data, name = pickle.dumps(Vocab(), protocol), f"{__name__}\nVocab\n".encode()
    assert name in data
    return data.replace(name, b"vocab\nVocabulary\n")


@pytest.mark.parametrize("name, content", [
    ("v.json", json.dumps({"words": WORDS[4:]})), ("v.json", json.dumps({"words": WORDS})), ("v.json", json.dumps(IDS)),
    ("v.json", json.dumps({"word2idx": IDS, "idx2word": TURNED, "idx": 8})), ("v.json", json.dumps(WORDS)),
    ("v.json", json.dumps([[word, 5] for word in WORDS])), ("v.json", json.dumps(TURNED)), ("v.json", json.dumps({"stoi": IDS})),
    ("v.json", json.dumps({"idx2word": TURNED})), ("v.json", json.dumps({"word_map": IDS})), ("v.txt", "\n".join(WORDS)),
    ("v.pkl", pickle.dumps(IDS)), ("v.pkl", pickle.dumps(WORDS, 0)), ("v.pickle", pickle.dumps({"word2idx": IDS})),
    ("v.pkl", official_pickle(0)), ("v.pkl", official_pickle(2)), ("v.json", b"\xef\xbb\xbf" + json.dumps(IDS).encode()),
    ("v.json", json.dumps(IDS).encode("utf-16"))])
def test_every_layout_of_word_ids_is_read_with_the_same_ids(tmp_path, name, content):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Vocabulary.load(tmp_path / name).words == tuple(WORDS)


@pytest.mark.parametrize("ids", [
    {"<pad>": 0, "a": 1, "words": 2, "dog": 3, "<unk>": 4, "<start>": 5, "<end>": 6}, {"a": 1, "words": 2, "dog": 3},
    {"a": 0, "words": 1, "dog": 2}, {"[PAD]": 0, "[UNK]": 1, "a": 2, "words": 3, "dog": 4}, {"PAD": 0, "a": 1, "words": 2,
                                                                                             "dog": 3}])
def test_other_ids_keep_the_order_of_the_words_and_are_told(tmp_path, ids):
    (tmp_path / "WORDMAP.json").write_text(json.dumps(ids))
    with pytest.warns(UserWarning, match="WORDMAP.json has other ids than this kit"):
        assert Vocabulary.load(tmp_path / "WORDMAP.json").words[4:] == ("a", "words", "dog")


@pytest.mark.parametrize("content, said", [
    ('{"words": [1, 2]}', "1 is no word"), ('{"words": 5}', "ids have to run from 0"), ('{"<pad>": 0, "words": 2}',
                                                                                        "ids have to run"),
    ('{"word2idx": {"a": "0"}}', "is not a vocabulary: it holds"), ('{"words": [["a"]]}', "['a'] is no word"), ('"words"',
                                                                                                                "it holds"),
    ('{"words": ["a"], "markers": 5}', "markers and punctuation are [5, False]"), ("[" * 50_000, "nests lists"), ("[]",
                                                                                                                  "it holds []"),
    ('{"word2idx": {"a": [1], "b": 2}}', "it holds"), ('{"words": []}', "it holds no words"), ('{"a\\nb": 0}', "is no word"),
    ('{"words": [null]}', "None is no word"), (b"\x80\x04.", "its pickle cannot be read"), (pickle.dumps(5), "it holds 5"),
    (b"\x80\x04\x96" + b"\xff" * 7 + b"\x00", "its pickle")])
def test_a_file_that_is_no_vocabulary_is_one_sentence(tmp_path, content, said):
    path = tmp_path / ("v.pkl" if isinstance(content, bytes) else "v.json")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Problem) as problem:
        Vocabulary.load(path)
    assert said in str(problem.value) and "\n" not in str(problem.value) and len(str(problem.value)) < 400


class Ran:
    """Writes a file when it is unpickled by a reader that runs what files name."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("wrap", [lambda ran: ran, lambda ran: {"word2idx": ran}, lambda ran: {"word2idx": {"a": ran}},
                                  lambda ran: [ran]])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_no_code_in_a_pickle_is_run(tmp_path, wrap, protocol):
    (tmp_path / "v.pkl").write_bytes(pickle.dumps(wrap(Ran(tmp_path / "ran")), protocol))
    with pytest.raises(Problem, match="which is not read"):
        Vocabulary.load(tmp_path / "v.pkl")
    (tmp_path / "v.pkl").write_bytes(b"cos\nsystem\n(S'touch " + bytes(tmp_path / "ran") + b"'\ntR.")
    with pytest.raises(Problem, match="it holds os.system, which is not read"):
        Vocabulary.load(tmp_path / "v.pkl")
    assert not (tmp_path / "ran").exists()


# characters


@pytest.mark.parametrize("text, read", [
    ("A Dog.", "a dog."), ("Café", "cafe"), ("cafe\u0301s", "cafes"), ("a\tb\r\nc\u00a0d", "a b  c d"), ("İI", "ii"),
    ("Ånström", "anstrom"), ("ﬁn", "ﬁn"), ("각", "각"), ("한", "한"), ("กิน", "กิน"), ("\x00a\ud800", " a "),
    ("\u0301a", "a"), ("", "")])
def test_characters_are_in_lower_case_without_accents(text, read):
    assert "".join(c for c, _, _ in characters(text)) == read


@pytest.mark.parametrize("text", ["A cafe\u0301, naïve\tİstanbul", "e\u0301\u0302e", "𠮷 dog 🐶", "กินข้าว 한국"])
def test_every_character_is_where_it_says_and_no_accent_is_lost_from_its_letter(text):
    found = characters(text)
    assert "".join(text[start:end] for _, start, end in found) == text
    assert all(text[start:end].strip() == "" if c == " " else c in text[start:end].lower() or len(text[start:end]) <= 3
               for c, start, end in found)
    assert [end for _, _, end in found[:-1]] == [start for _, start, _ in found[1:]]


def test_a_vocabulary_of_characters_begins_with_the_space_and_reads_what_it_does_not_know_as_one():
    vocabulary = Vocabulary.of(["Aba c", "ab"], tokens="characters")
    assert vocabulary.words == ("<pad>", "<start>", "<end>", "<unk>", " ", "a", "b", "c")
    assert vocabulary.ids("Cá\nz") == [1, 7, 5, 4, 4, 2]
    tokens = vocabulary.tokens("Cá z")
    assert [t.word for t in tokens] == ["<start>", "c", "a", BLANK, BLANK, "<end>"]
    assert [(t.start, t.end) for t in tokens] == [(-1, -1), (0, 1), (1, 2), (2, 3), (3, 4), (-1, -1)]
    assert Vocabulary.of(["aab", "a"], min_count=3, tokens="characters").words[4:] == (" ", "a")
    assert "7 characters" not in repr(vocabulary) and "8 characters" in repr(vocabulary)
    assert vocabulary.ids("") == [1, 2] and Vocabulary([" "], markers=False, tokens="characters").ids("") == [3]


def test_a_vocabulary_of_characters_is_saved_as_one_and_one_of_words_as_before(tmp_path):
    letters, said = Vocabulary.of(["a dog"], tokens="characters"), Vocabulary.of(["a dog"])
    for vocabulary in (letters, said):
        again = Vocabulary.load(vocabulary.save(tmp_path / "v.json"))
        assert again == vocabulary and again.unit == vocabulary.unit and again.ids("a god") == vocabulary.ids("a god")
    assert json.loads((tmp_path / "v.json").read_text()) == {"words": ["a", "dog"], "markers": True, "punctuation": False}
    assert Vocabulary(letters.words, tokens="characters") == letters
    assert Vocabulary(["a", " "]).fingerprint != Vocabulary(["a", " "], tokens="characters").fingerprint


@pytest.mark.parametrize("content, said", [
    ({"words": ["a"], "tokens": "characters"}, "no space"), ({"words": [" ", "dog"], "tokens": "characters"}, "longer words"),
    ({"words": ["a"], "tokens": "letters"}, "it is said to be of .letters"), ({"words": ["a"], "tokens": 5}, "said to be of 5"),
    ({"words": ["a"], "tokens": ["words"]}, "said to be of")])
def test_a_file_that_is_no_vocabulary_of_characters_is_one_sentence(tmp_path, content, said):
    (tmp_path / "v.json").write_text(json.dumps(content))
    with pytest.raises(Problem, match=said) as problem:
        Vocabulary.load(tmp_path / "v.json")
    assert "\n" not in str(problem.value)


def test_what_no_vocabulary_of_characters_can_be_is_said():
    with pytest.raises(Problem, match="no kind of tokens 'character'; did you mean 'characters'"):
        Vocabulary(["a", " "], tokens="character")
    for words_ in (["a"], [" ", "dog"]):
        with pytest.raises(Problem, match="single characters and the space; make it with"):
            Vocabulary(words_, tokens="characters")


def test_a_sentence_is_known_by_one_letter_and_not_by_its_spaces():
    vocabulary = Vocabulary.of(["a brown dog"], tokens="characters")
    assert vocabulary.require("zzza") == "zzza" and knows(vocabulary, "A") and not knows(vocabulary, "zz zz")
    with pytest.raises(Problem, match="no letter of 'zz zz' is among the 9 characters .*; try "):
        vocabulary.require("zz zz")
    with pytest.raises(Problem, match="no word in ' ! '"):
        vocabulary.require(" ! ")
    assert readable(vocabulary, "characters", "chain_vse") is vocabulary
