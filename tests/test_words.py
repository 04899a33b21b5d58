"""Captions become words, words become ids, and both keep their place."""
import json

import pytest

from vsrlab.data.words import Vocabulary, tokenise
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
    for content in ("{", "[1]", "{}", '{"word2idx": 3}'):
        path.write_text(content)
        with pytest.raises(Problem, match="not a vocabulary|damaged"):
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


@pytest.mark.parametrize("text", ["आधुनिक मानक हिन्दी कुत्ता", "กินข้าว", "বাংলা ভাষা", "தமிழ் மொழி", "می‌خواهم بروم",
                                  "cafe\u0301 noir"])
def test_vowel_signs_and_joiners_stay_in_their_word(text):
    assert [text[start:end] for _, start, end in tokenise(text)] == text.split()


@pytest.mark.parametrize("content", ['{"<pad>": 0, "words": 2}', '{"word2idx": {"a": "0"}}', '{"words": [1, 2]}', '["a"]',
                                     '{"words": 5}'])
def test_a_file_that_is_no_vocabulary_is_one_sentence(tmp_path, content):
    (tmp_path / "v.json").write_text(content)
    with pytest.raises(Problem, match="is not a vocabulary"):
        Vocabulary.load(tmp_path / "v.json")
