"""What is easily built wrong in Chain-VSE, SCO and GXN, one test for each trap."""
import numpy as np
import pytest
import torch
from test_traps_pairs import B, D, F, W, batch, encoded, loss_of
from toy import indexed
from toys import toy

import vsrlab as vl
from vsrlab.data.words import BLANK, Vocabulary
from vsrlab.errors import Problem
from vsrlab.models.matcher import Matcher
from vsrlab.papers import PAPERS
from vsrlab.training.fit import fit
from vsrlab.zoo import build, options

V = 20
ROWS = [("chain_vse", {}), ("chain_vse", dict(measure="cosine"))]


def made(name, **chosen) -> Matcher:
    torch.manual_seed(1)
    return build(name, F, V, dim=D, **{"word_dim": 5} if "word_dim" in options(name) else {}, **chosen).eval()


@pytest.mark.parametrize("name, chosen", ROWS)
def test_every_weight_moves_within_five_steps(name, chosen):
    model, b = made(name, **chosen).train(), batch()
    before = {key: weight.detach().clone() for key, weight in model.named_parameters()}
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(5):
        optimiser.zero_grad()
        loss_of(name, model, b).backward()
        optimiser.step()
    assert not [key for key, weight in model.named_parameters() if torch.equal(weight, before[key])]


# Chain-VSE


def test_a_longer_batch_changes_no_chain_vse_vector_and_a_masked_character_is_stepped_over():
    model, b = made("chain_vse"), batch()
    together = model.encode_texts(b.words, b.word_mask)
    for t in range(B):
        real = b.word_mask[t]
        alone = model.encode_texts(b.words[t, real][None], real[real][None])
        assert torch.allclose(together.vector[t], alone.vector[0], atol=1e-6)
        assert torch.allclose(together.parts[t, real], alone.parts[0], atol=1e-6)
        assert torch.equal(together.seen["peaks"][t, real], alone.seen["peaks"][0])
    wider = model.encode_texts(torch.nn.functional.pad(b.words, (0, 40)), torch.nn.functional.pad(b.word_mask, (0, 40)))
    assert torch.allclose(together.vector, wider.vector, atol=1e-6)


def test_chain_vse_counts_the_places_where_filters_have_their_maximum():
    model, b = made("chain_vse", filters=3, first=2, towers=4), batch()
    texts = model.encode_texts(b.words, b.word_mask)
    assert texts.seen["peaks"].shape == (B, W) and texts.seen["peaks"].sum(1).tolist() == [12] * B
    assert not texts.seen["peaks"][~b.word_mask].any()
    found = model._towers(b.words[3:4], b.word_mask[3:4])[0]                    # a text without padding
    assert texts.seen["peaks"][3].tolist() == np.bincount(found.argmax(1), minlength=W).tolist()


def test_chain_vse_bends_by_its_maxima_alone_and_tower_n_has_n_layers():
    model = made("chain_vse", towers=3)
    assert [len(tower) for tower in model.towers] == [1, 2, 3] and model.fc.in_features == 3 * 64
    x = torch.randn(2, 20, 6)
    layer = model.first[0]
    assert torch.equal(layer(x), torch.stack([layer.a(x), layer.b(x)]).amax(0)) and (layer(x) < 0).any()
    assert [layer.a.kernel_size for layer in model.first] == [(3,), (5,), (7,)]


def test_chain_vse_measures_the_same_vectors_by_order_or_by_cosine():
    model, b = made("chain_vse"), batch()
    images, texts = encoded(model, b)
    cosine = model.with_knobs(measure="cosine").match(images, texts).scores
    assert torch.allclose(cosine, images.vector @ texts.vector.T) and (images.vector < 0).any()
    by_hand = [[-sum(max(0.0, abs(t) - abs(v)) ** 2 for v, t in zip(image, text)) for text in texts.vector.tolist()]
               for image in images.vector.tolist()]
    assert torch.allclose(model.match(images, texts).scores, torch.tensor(by_hand), atol=1e-6)


def test_chain_vse_is_trained_on_characters_saved_with_them_and_read_again(tmp_path):
    settings = vl.Settings(model="chain_vse", options=dict(dim=16, filters=8, first=4, towers=2), batch=16, epochs=2, rate=5e-3)
    run = fit(toy(), settings, out=tmp_path / "run", ui="none")
    assert run.vocabulary.unit == "characters" and set(run.vocabulary.words[5:]) == set("".join(toy().texts)) - {" "}
    again = vl.Run.load(tmp_path / "run")
    assert again.vocabulary == run.vocabulary and again.fingerprint == run.fingerprint
    other = fit(toy(), settings.but(seed=2), vocabulary=tmp_path / "run", ui="none")
    assert other.vocabulary == run.vocabulary


def test_words_where_characters_are_read_are_refused_and_the_other_way_round(tmp_path):
    said = "chain_vse reads characters, and this vocabulary is of words; leave it out .* folder of a run that reads characters"
    with pytest.raises(Problem, match=said):
        fit(toy(), vl.Settings(model="chain_vse", options={"dim": 8}), vocabulary=Vocabulary.of(toy().texts), ui="none")
    with pytest.raises(Problem, match="scan reads words, and this vocabulary is of characters"):
        fit(toy(), vl.Settings(model="scan"), vocabulary=Vocabulary.of(toy().texts, tokens="characters"), ui="none")
    small = vl.Settings(model="chain_vse", options=dict(dim=8, filters=2, first=2), epochs=1)
    run = fit(toy(), small, out=tmp_path / "run", ui="none")
    Vocabulary.of(toy().texts).save(run.folder / "vocabulary.json")
    with pytest.raises(Problem, match="chain_vse reads characters, and .*vocabulary.json is of words; copy the vocabulary.json"):
        vl.Run.load(run.folder)


def test_views_show_characters(tmp_path):
    run, at = indexed("chain_vse", filters=4, first=2)
    assert run.vocabulary.unit == "characters"
    pair = vl.explain(run, at, 2, 11)
    assert pair.words[0] == "<start>" and BLANK in pair.words and len(pair.words) == len(at.corpus.texts[11]) + 2
    views = dict(attention=vl.attention(run, at, 2, 11), words=vl.strip(run, at, 2, "a red ball", what="words", orders=4),
                 gallery=vl.gallery(at, 11), typed=vl.gallery(at, text="a ‹dög› on gräss ß"), projection=vl.projection(run, at),
                 dashboard=vl.dashboard(run, at, 11), negatives=vl.negatives(run, at.corpus, 12))
    for name, view in views.items():
        assert view.text()
        for ending in ("html", "csv", "png")[:3 if name in ("attention", "words") else 2]:
            assert view.save(tmp_path / f"{name}.{ending}").stat().st_size > 0
    typed = at.search("a dög on gräss ß", 3)
    assert len(typed) == 3 and at.search("A dog on grass  ", 3)[0].score == typed[0].score
    with pytest.raises(Problem, match="no letter of 'ßß'"):
        at.search("ßß", 3)


def test_the_row_of_chain_vse_says_what_it_reads():
    assert PAPERS["chain_vse"].tokens == "characters" and PAPERS["scan"].tokens == "words"
    with pytest.raises(Problem, match="no measure 'orders'; did you mean 'order'"):
        made("chain_vse", measure="orders")
    with pytest.raises(Problem, match="no option of chain_vse 'word_dim'"):
        build("chain_vse", F, V, word_dim=5)
