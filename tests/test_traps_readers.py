"""What is easily built wrong in Chain-VSE, SCO and GXN, one test for each trap."""
import numpy as np
import pytest
import torch
from loops import bce, gru, lstm, softmax_loss, unit
from test_traps_pairs import B, D, F, R, W, batch, encoded, loss_of
from toy import indexed
from toys import toy

import vsrlab as vl
from vsrlab.data.words import BLANK, Vocabulary
from vsrlab.errors import Problem
from vsrlab.models.layers.captioner import Teller
from vsrlab.models.matcher import Matcher
from vsrlab.models.sco import agreed
from vsrlab.papers import PAPERS
from vsrlab.training.fit import fit
from vsrlab.values import Batch
from vsrlab.zoo import build, options

V = 20
ROWS = [("chain_vse", {}), ("chain_vse", dict(measure="cosine")), ("sco", {}), ("sco", dict(generation="shared", sentence=True)),
        ("sco", dict(image="context")), ("sco", dict(image="concepts", generation="none")),
        ("gxn", {}), ("gxn", dict(levels=1, imagine=True))]


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


# SCO


def wide(gate: float):
    """A model whose gate is 0 or 1 whatever it sees, by inputs that are constant and large."""
    model, b = made("sco", concepts=7), batch()
    b = b._replace(regions=torch.cat([b.regions[..., :-1], b.region_mask[..., None].float()], -1))
    with torch.no_grad():
        model.gate_concepts.weight.zero_(), model.gate_context.weight.zero_()
        model.gate_context.weight[:, -1] = gate
    return model, b


@pytest.mark.parametrize("gate, alone", [(200.0, "concepts"), (-200.0, "context")])
def test_the_gate_of_sco_at_its_ends_gives_the_concepts_or_the_context_alone(gate, alone):
    model, b = wide(gate)
    images = model.encode_images(b.regions, b.region_mask)
    assert images.seen["gate"].unique().tolist() == [float(gate > 0)]
    other = made("sco", concepts=7, image=alone, generation="none")
    other.load_state_dict({k: v for k, v in model.state_dict().items() if k in other.state_dict()})
    assert torch.allclose(images.vector, other.encode_images(b.regions, b.region_mask).vector, atol=1e-6)
    assert not torch.allclose(images.vector, made("sco", concepts=7).encode_images(b.regions, b.region_mask).vector, atol=1e-2)


def test_sco_equals_plain_loops_of_its_equations():
    equation, rng = vl.zoo_equation("sco"), np.random.default_rng(0)
    w, x = numbers(equation, rng), sentences(rng)
    model = equation.load(w)
    found = {k: v.detach().numpy() for k, v in equation.run(x | {"concept_words": np.array([7, 4, 9, 5, 11])}).items()}
    words = [x["words"][t][x["word_mask"][t]] for t in range(4)]
    t = np.array([unit(lstm(w["words.weight"][said], w, "lstm")[-1]) for said in words])
    concept_words, v, rank, concept, generation = model.concept_words.tolist(), {}, 0.0, 0.0, 0.0
    assert concept_words == [7, 4, 9, 5, 11]
    for i in range(4):
        f = x["regions"][i][x["region_mask"][i]]
        each = 1 / (1 + np.exp(-(f @ w["concept.weight"].T + w["concept.bias"])))
        p, context = each.max(0), f.mean(0)
        named, whole = unit(w["of_concepts"] @ p), unit(w["of_context"] @ context)
        gate = 1 / (1 + np.exp(-(w["gate_concepts"] @ p + w["gate_context"] @ context)))
        assert np.allclose(found["concepts"][i], p, atol=1e-12) and found["shown_by"][i].tolist() == each.argmax(0).tolist()
        assert np.allclose(found["gate"][i], gate, atol=1e-12)
        v[i] = {"gate": gate * named + (1 - gate) * whole, "sum": named + whole, "context": whole, "concepts": named}
        assert np.allclose(found["v"][i], v[i]["gate"], atol=1e-12)
        concept += sum(bce(p[c], word in words[i]) for c, word in enumerate(concept_words)) / 4
        told = lstm(w["decoder_words.weight"][words[i][:-1]], w, "decoder", unit(v[i]["gate"]))
        generation += sum(softmax_loss(w["tell.weight"] @ h + w["tell.bias"], word) for h, word in zip(told, words[i][1:])) / 4
    for image in ("gate", "sum", "context", "concepts"):
        scores = np.array([[unit(v[i][image]) @ t[k] for k in range(4)] for i in range(4)])
        assert np.allclose(found[f"scores_{image}"], scores, atol=1e-12), image
    scores = found["scores_gate"]
    for i in range(4):
        for k in set(range(4)) - {i}:
            rank += max(0, 0.2 + scores[i, k] - scores[i, i]) + max(0, 0.2 + scores[k, i] - scores[i, i])
    assert np.allclose([found[k] for k in ("rank", "concept", "generation", "loss")],
                       [rank, concept, generation, rank + concept + generation], atol=1e-10)


@pytest.mark.parametrize("name, losses", [("sco", ("rank", "concept", "generation")), ("gxn", ("rank", "caption"))])
def test_gradients_are_the_slopes_of_the_numbers(name, losses):
    equation, rng = vl.zoo_equation(name), np.random.default_rng(3)
    w, x = numbers(equation, rng), sentences(rng) | {"concept_words": np.array([7, 4, 9, 5, 11])}
    step = {key: rng.normal(size=value.shape) for key, value in w.items()}
    at = lambda h: (equation.load({k: w[k] + h * step[k] for k in w}), equation.run(x))[1]
    before, after = at(-1e-5), at(1e-5)
    model, slope = equation.load(w), {k: torch.as_tensor(v) for k, v in step.items()}
    found = equation.run(x)
    weights = {name: dict(model.named_parameters())[key] for name, key in equation.names.items()}
    for loss in losses:
        gradients = torch.autograd.grad(found[loss], weights.values(), retain_graph=True, allow_unused=True)
        along = sum(float((g * slope[k]).sum()) for k, g in zip(weights, gradients) if g is not None)
        assert along == pytest.approx(float((after[loss] - before[loss]).detach()) / 2e-5, rel=1e-5), loss


def numbers(equation, rng) -> dict:
    """Random weights by the paper's names, in the sizes of the small model."""
    state = vl.build(equation.name, *(equation.sizes[k] for k in ("features", "vocabulary")), **{
        k: v for k, v in equation.sizes.items() if k not in ("features", "vocabulary")}).state_dict()
    return {name: rng.normal(0, 0.7, state[key].shape) for name, key in equation.names.items()}


def sentences(rng) -> dict:
    """Four pairs as in the golden files: the fourth image has four regions, pairs 1 and 2 show the same image."""
    mask, said = np.ones((4, 5), bool), np.arange(6) < np.array([6, 4, 5, 3])[:, None]
    mask[3, 4] = False
    words = rng.integers(4, 12, (4, 6))
    words[:, 0], words[np.arange(4), said.sum(1) - 1] = 1, 2
    regions = rng.normal(size=(4, 5, 6)) * mask[..., None]
    regions[2] = regions[1]
    return {"regions": regions, "region_mask": mask, "words": words * said, "word_mask": said, "image": np.array([0, 1, 1, 2])}


def test_sco_takes_for_concepts_what_captions_of_an_image_agree_on():
    a, the, dog, cat, red = range(4, 9)
    said = [[a, dog, red], [a, the, dog], [a, cat], [a, the, cat], [a, dog], [a, dog, the]]
    words = torch.zeros(6, 4, dtype=torch.long)
    for row, line in zip(words, said):
        row[:len(line) + 1] = torch.tensor([1, *line])
    one = Batch(torch.zeros(6, 1, 1), torch.ones(6, 1, dtype=torch.bool), words, words > 0, torch.tensor([0, 0, 1, 1, 2, 2]))
    # both captions: dog 4 of 6 pairs, cat 2 of 6; shares 4/6 and 2/6; "the" is said by 3 of 6, never by both
    assert agreed([one], 9).tolist() == [dog, cat] and agreed([one], 1).tolist() == [dog]
    parts = [one._replace(**{k: getattr(one, k)[at] for k in one._fields}) for at in ([5, 0], [1, 3], [2, 4])]
    assert agreed(parts, 9).tolist() == [dog, cat]
    alone = one._replace(image=torch.arange(6))                                  # one caption an image: neither all nor few
    assert agreed([alone], 2).tolist() == [the, dog] and a not in agreed([alone], 9)


def test_sco_learns_its_concepts_before_the_first_epoch_and_keeps_them(tmp_path):
    settings = vl.Settings(model="sco", options=dict(dim=16, word_dim=8, concepts=6), batch=16, epochs=2, rate=5e-3)
    run = fit(toy(), settings, out=tmp_path / "run", ui="none")
    named = {run.vocabulary.words[w] for w in run.model.concept_words}
    assert len(named) == 6 and named <= set("red green blue black ball cube cone ring".split())
    assert {"loss concept", "loss generation"} <= set(run.log[0]) and run.log[1]["loss concept"] < run.log[0]["loss concept"]
    assert torch.equal(vl.Run.load(tmp_path / "run").model.concept_words, run.model.concept_words)
    few = fit(toy(), settings.but(options=dict(dim=16, word_dim=8, concepts=99), epochs=1), ui="none").model
    assert (few.concept_words < 0).sum() > 80 and torch.isfinite(few.concept.weight).all()


def test_the_concepts_of_sco_are_read_from_regions_and_the_region_that_shows_one_is_real():
    model, b = made("sco", concepts=7), batch()
    images = model.encode_images(b.regions, b.region_mask)
    assert images.seen["shown by"].shape == images.seen["concepts"].shape == (B, 7) and images.seen["gate"].shape == (B, D)
    assert b.region_mask.gather(1, images.seen["shown by"]).all()
    at = images.seen["shown by"][0, 3]
    without = b.region_mask.clone()
    without[0, at] = False
    again = model.encode_images(b.regions, without).seen
    assert again["concepts"][0, 3] < images.seen["concepts"][0, 3] and again["shown by"][0, 3] != at
    assert R == images.parts.shape[1]


def test_sco_shares_its_decoder_with_the_reader_or_does_not():
    own, shared = made("sco"), made("sco", generation="shared")
    sizes = [sum(p.numel() for p in m.parameters()) for m in (own, shared)]
    assert sizes[0] - sizes[1] == sum(p.numel() for p in own.reader.parameters())
    b = batch()
    images, texts = encoded(shared, b)
    shared.extra_loss(b, images, texts)["generation"].backward()
    assert shared.reader.lstm.weight_hh_l0.grad.abs().sum() > 0
    taught = made("sco", sentence=True, generation="none")
    images, texts = encoded(taught, b)
    loss = taught.extra_loss(b, images, texts)["sentence"]
    assert loss.item() == pytest.approx((2 - 2 * (images.vector * texts.vector).sum(1)).mean().item(), abs=1e-5)
    loss.backward()
    assert taught.reader.lstm.weight_hh_l0.grad is None and taught.of_context.weight.grad.abs().sum() > 0


def test_options_that_sco_does_not_have_are_said():
    for chosen, said in (({"image": "gates"}, "no image 'gates'; did you mean 'gate'"), ({"concepts": 0}, "has to be positive"),
                         ({"generation": "all"}, "no generation 'all'")):
        with pytest.raises(Problem, match=said):
            made("sco", **chosen)


# GXN


def order(above, below):
    """-|max(0, above - below)|^2: 0 where `above` lies above, number by number not larger."""
    return -sum(max(0.0, a - b) ** 2 for a, b in zip(above, below))


def test_gxn_equals_plain_loops_of_its_equations():
    equation, rng = vl.zoo_equation("gxn"), np.random.default_rng(1)
    w, x = numbers(equation, rng), sentences(rng)
    equation.load(w)
    found = {k: v.detach().numpy() for k, v in equation.run(x).items()}
    told = {"h": [], "l": []}
    seen, caption = {"h": [], "l": []}, 0.0
    for n in range(4):
        words = x["words"][n][x["word_mask"][n]]
        spelled, mean = w["words.weight"][words], x["regions"][n][x["region_mask"][n]].mean(0)
        both = gru(spelled, w, "gru_h")[-1], gru(spelled[::-1], w, "gru_h_back")[-1]
        told["h"].append(abs(unit((both[0] + both[1]) / 2)))
        told["l"].append(abs(unit(gru(spelled, w, "gru_l")[-1])))
        for level in "hl":
            seen[level].append(abs(unit(w[f"embed_{level}.weight"] @ mean + w[f"embed_{level}.bias"])))
        states = gru(w["decoder_words.weight"][words[:-1]], w, "decoder", seen["l"][-1])
        caption += sum(softmax_loss(w["tell.weight"] @ h + w["tell.bias"], word) for h, word in zip(states, words[1:])) / 4
    for level in "hl":
        assert np.allclose(found[f"t_{level}"], told[level], atol=1e-12)
        assert np.allclose(found[f"v_{level}"], seen[level], atol=1e-12)
        assert np.allclose(found[f"scores_{level}"], [[order(v, t) for t in told[level]] for v in seen[level]], atol=1e-12)
    assert np.allclose(found["scores"], (found["scores_h"] + found["scores_l"]) / 2, atol=1e-12)
    turned = [[sum(order(told[level][k], seen[level][i]) for level in "hl") / 2 for k in range(4)] for i in range(4)]
    assert np.allclose(found["scores_text_above"], turned, atol=1e-12) and not np.allclose(turned, found["scores"], atol=1e-3)
    s = found["scores"]
    rank = sum(max(0, 0.05 + s[i, k] - s[i, i]) + max(0, 0.05 + s[k, i] - s[i, i]) for i in range(4) for k in range(4) if k != i)
    assert np.allclose([found[k] for k in ("rank", "caption", "loss")], [rank, caption, rank + caption], atol=1e-10)


def test_gxn_scores_both_levels_by_order_and_shows_where_it_is_broken():
    model, b = made("gxn"), batch()
    images, texts = encoded(model, b)
    match = model.match(images, texts)
    assert images.vector.shape == (B, 2 * D) and (images.vector >= 0).all() and (texts.vector >= 0).all()
    assert images.seen["levels"].shape == texts.seen["levels"].shape == (B, 2, D)
    assert match.seen["violation"].shape == (B, B, 2, D)
    assert torch.allclose(-match.seen["violation"].square().sum(-1)[..., 0], match.seen["high"], atol=1e-6)
    assert torch.allclose(-match.seen["violation"].square().sum(-1)[..., 1], match.seen["low"], atol=1e-6)
    assert "violation" not in model.match(images.lean(), texts).seen
    turned = model.with_knobs(above="text").match(images, texts)
    assert torch.allclose(turned.seen["violation"], (texts.seen["levels"] - images.seen["levels"][:, None]).relu())
    for share, level in ((1.0, "high"), (0.0, "low")):
        assert torch.allclose(model.with_knobs(share=share).match(images, texts).scores, match.seen[level])


def test_gxn_tells_and_imagines_from_the_grounded_level_alone():
    model, b = made("gxn", imagine=True), batch()
    images, texts = encoded(model, b)
    sum(model.extra_loss(b, images, texts).values()).backward()
    assert not model.embed["high"].weight.grad.any() and not model.reader.high.weight_hh_l0.grad.any()
    assert model.embed["low"].weight.grad.abs().sum() > 0 and model.reader.low.weight_hh_l0.grad.abs().sum() > 0
    one = made("gxn", levels=1, caption=False)
    assert one.extra_loss(b, *encoded(one, b)) == {} and encoded(one, b)[0].vector.shape == (B, D)


def test_a_teller_tells_what_it_learnt_and_ends_with_the_longest_caption():
    torch.manual_seed(0)
    teller, b = Teller(V, 5, D), batch()
    words, mask = b.words, torch.arange(W) < torch.tensor([7, 4, 2, 6, 3])[:, None]
    start = torch.eye(B, D)
    wider = torch.nn.functional.pad(words, (0, 9)), torch.nn.functional.pad(mask, (0, 9))
    assert torch.allclose(teller(start, words, mask), teller(start, *wider), atol=1e-6)
    assert float(teller(start, words, mask[:, :1].expand(B, W) & (torch.arange(W) < 1))) == 0
    teller.longest = 3
    assert torch.allclose(teller(start, words, mask), teller(start, words[:, :3], mask[:, :3]))
    teller.longest = 60
    before, optimiser = float(teller(start, words, mask)), torch.optim.Adam(teller.parameters(), lr=3e-2)
    for _ in range(60):
        optimiser.zero_grad()
        teller(start, words, mask).backward()
        optimiser.step()
    assert float(teller(start, words, mask)) < before / 10


def test_options_that_gxn_does_not_have_are_said():
    for chosen, said in (({"levels": 3}, "no levels 3; did you mean"), ({"above": "texts"}, "no above 'texts'; did you mean"),
                         ({"share": -0.5}, "share=-0.5; it has to be positive")):
        with pytest.raises(Problem, match=said):
            made("gxn", **chosen)
