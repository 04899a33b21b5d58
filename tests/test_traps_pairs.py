"""What is easily built wrong in the systems that look at regions and words, one test for each trap."""
import pytest
import torch

from vsrlab.errors import Problem
from vsrlab.losses import hinge, right_answers
from vsrlab.models import dvsa
from vsrlab.models.layers.blocks import BiLSTM
from vsrlab.models.layers.pairwise import strength
from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.training.step import losses
from vsrlab.values import Batch, Encoding
from vsrlab.zoo import build

B, R, F, W, V, D = 5, 6, 8, 7, 20, 12
ROWS = {"dan": {}, "dvsa": {}, "sm_lstm": {}, "mcnn": {}}
STILL = set()                               # (row, weight) that no loss reaches


def batch(seed=0) -> Batch:
    """Five pairs, two of them of one image; padding at the ends, and a gap in the middle of an image and of a text."""
    torch.manual_seed(seed)
    regions, mask, said = torch.randn(B, R, F), torch.ones(B, R, dtype=torch.bool), torch.ones(B, W, dtype=torch.bool)
    mask[1, 4:] = mask[3, 2] = said[0, 5:] = said[2, 3] = False
    return Batch(regions * mask[..., None], mask, torch.randint(4, V, (B, W)) * said, said, torch.tensor([0, 1, 2, 2, 3]))


def made(name, **chosen):
    torch.manual_seed(1)
    return build(name, F, V, dim=D, word_dim=5, **chosen).eval()


def encoded(model, b):
    return model.encode_images(b.regions, b.region_mask), model.encode_texts(b.words, b.word_mask)


def loss_of(name, model, b):
    """The whole loss of a step: the row's hinge and margin, and what the paper adds."""
    images, texts = encoded(model, b)
    row, right = PAPERS[name], right_answers(b.image)
    ranking = sum(w * hinge(s, right, row.margin, row.hinge == "max") for w, s in model.ranking_losses(model.match(images, texts)))
    return ranking + sum(model.extra_loss(b, images, texts).values())


@pytest.mark.parametrize("name", ROWS)
def test_every_weight_moves_within_five_steps(name):
    model, b = made(name, **ROWS[name]).train(), batch()
    before = {key: weight.detach().clone() for key, weight in model.named_parameters()}
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(5):
        optimiser.zero_grad()
        loss_of(name, model, b).backward()
        optimiser.step()
    still = {(name, key) for key, weight in model.named_parameters() if torch.equal(weight, before[key])}
    assert still == {pair for pair in STILL if pair[0] == name}


# the reader of words


def test_an_lstm_steps_over_gaps_and_its_directions_are_kept_apart():
    torch.manual_seed(0)
    reader, mask = BiLSTM(V, 5, 4), torch.tensor([[True, True, False, True, False], [True] * 5])
    words = torch.randint(4, V, (2, 5))
    for mode in (reader.train(), reader.eval()):
        states, last = mode(words, mask)
        alone, end = mode(words[:1, [0, 1, 3]], torch.ones(1, 3, dtype=torch.bool))
        assert states.shape == (2, 5, 2, 4) and not states[0, [2, 4]].any()
        assert torch.allclose(states[0, [0, 1, 3]], alone[0], atol=1e-6) and torch.allclose(last[0], end[0], atol=1e-6)
        assert torch.equal(end[0, 0], alone[0, -1, 0]) and torch.equal(end[0, 1], alone[0, 0, 1])


# DAN


@pytest.mark.parametrize("looks", [0, 1, 3])
def test_dan_concatenates_its_looks_so_that_one_product_is_their_sum(looks):
    model, b = made("dan", looks=looks), batch()
    images, texts = encoded(model, b)
    match = model.match(images, texts)
    assert images.vector.shape == texts.vector.shape == (B, (looks + 1) * D) and match.seen["per look"].shape == (B, B, looks + 1)
    assert torch.allclose(match.scores, images.vector @ texts.vector.T, atol=1e-5)
    assert torch.allclose(match.scores, match.seen["per look"].sum(-1), atol=1e-5)
    assert images.seen["looks"].shape == (B, looks, R) and texts.seen["looks"].shape == (B, looks, W)
    for side in (images, texts):
        assert torch.allclose(side.seen["looks"].sum(-1), torch.ones(1), atol=1e-5)
        assert not side.seen["looks"].transpose(1, 2)[~side.mask].any(), "a look falls on padding"


def test_dan_looks_again_by_what_it_saw_and_the_text_is_not_squashed():
    model, b = made("dan"), batch()
    images, texts = encoded(model, b)
    assert not torch.allclose(images.seen["looks"][:, 0], images.seen["looks"][:, 1])
    start, first = images.vector[:, :D], images.vector[:, D:2 * D]
    again = model.image[1](b.regions, b.region_mask, start + first)[1]          # the memory is a sum, not the last look alone
    assert torch.allclose(images.seen["looks"][:, 1], again, atol=1e-6)
    assert not torch.allclose(again, model.image[1](b.regions, b.region_mask, first)[1], atol=1e-4)
    assert images.vector.abs().max() < 1                                        # tanh and P on the image's side alone
    assert torch.allclose(texts.vector[:, D:2 * D], (texts.seen["looks"][:, :1] @ texts.parts)[:, 0], atol=1e-6)


def test_dan_has_one_look_at_a_single_region():
    model, b = made("dan"), batch()
    images = model.encode_images(b.regions[:, :1], b.region_mask[:, :1])
    assert torch.equal(images.seen["looks"], torch.ones(B, 2, 1))


def test_dan_reads_words_and_no_counts():
    with pytest.raises(Problem, match="no option of dan 'text'"):
        build("dan", F, V, text="tfidf")
    with pytest.raises(Problem, match="looks=-1; it has to be positive"):
        build("dan", F, V, looks=-1)


# DVSA


@pytest.mark.parametrize("text", ["brnn", "bigru"])
def test_dvsa_gives_each_word_one_region_and_adds_their_products(text):
    model, b = made("dvsa", text=text), batch()
    images, texts = encoded(model, b)
    scores, seen = model.match(images, texts)
    scores = scores.detach()
    for i in range(B):
        for t in range(B):
            v, s = images.parts[i][b.region_mask[i]].detach().double(), texts.parts[t][b.word_mask[t]].detach().double()
            assert float(scores[i, t]) == pytest.approx(float((s @ v.T).amax(1).sum()), abs=1e-4)
    assert torch.allclose(seen["relevance"].sum(-1), scores, atol=1e-4)
    assert seen["attention"].shape == (B, B, W, R)
    assert torch.allclose(seen["attention"].sum(-1), b.word_mask[None].float().expand(B, B, W))
    assert torch.equal(seen["best region"] < 0, ~b.word_mask[None].expand(B, B, W))


def test_dvsa_scores_grow_with_the_sentence_and_its_docstring_says_so():
    model, b = made("dvsa"), batch()
    images, texts = encoded(model, b)
    twice = Encoding(texts.vector, texts.parts.repeat(1, 2, 1), texts.mask.repeat(1, 2), {})
    once = model.match(images, texts).scores
    assert torch.allclose(model.match(images, twice).scores, 2 * once, atol=1e-4) and once.abs().max() > 1e-3
    assert "a longer sentence scores higher" in " ".join(type(model).__doc__.split())


def test_dvsa_counts_the_whole_image_as_a_region_which_as_a_mean_never_wins():
    b = batch()
    scores, seen = (lambda model: model.match(*encoded(model, b)))(made("dvsa"))
    without = (lambda model: model.match(*encoded(model, b)))(made("dvsa", whole=False))
    assert torch.allclose(scores, without.scores, atol=1e-5) and seen["best region"].max() < R


def test_dvsa_spreads_the_attention_of_a_word_that_the_whole_image_wins_over_the_regions(monkeypatch):
    model, b = made("dvsa"), batch()
    images, texts = encoded(model, b)
    monkeypatch.setattr(dvsa, "mean", lambda parts, mask: texts.parts[:, 0] * 9)                 # a whole image that agrees
    scores, seen = model.match(images, texts)
    won = seen["best region"] == R
    assert won.any() and (~won & b.word_mask[None]).any()
    even = (b.region_mask / b.region_mask.sum(1, keepdim=True))[:, None, None].expand(B, B, W, R)
    assert torch.allclose(seen["attention"][won], even[won])
    assert torch.allclose(seen["attention"].sum(-1), b.word_mask[None].float().expand(B, B, W))
    assert not seen["attention"].permute(0, 3, 1, 2)[~b.region_mask].any() and seen["cosine"].shape == (B, B, W, R)


# sm-LSTM


def test_smlstm_printed_saliency_is_the_same_at_every_look_and_joint_is_not():
    b = batch()
    for form, alike in (("printed", True), ("joint", False)):
        model = made("sm_lstm", saliency=form)
        seen = model.match(*encoded(model, b)).seen
        for key, p, real in (("regions", R, b.region_mask[:, None]), ("words", W, b.word_mask[None])):
            looks = seen[f"saliency of {key}"]
            assert looks.shape == (B, B, 3, p) and torch.allclose(looks.sum(-1), torch.ones(1), atol=1e-5)
            assert not looks[~real[:, :, None].expand_as(looks)].any()
            assert torch.allclose(looks[:, :, :1].expand_as(looks), looks, atol=1e-6) == alike
        across = seen["saliency of regions"]
        assert torch.allclose(across[:, :1].expand_as(across), across, atol=1e-6) == alike, "it should be that of the image alone"


def test_smlstm_printed_saliency_teaches_its_context_and_state_nothing_and_joint_does():
    b = batch()
    for form in ("joint", "printed"):
        model = made("sm_lstm", saliency=form).double()
        wide = b._replace(regions=b.regions.double())
        images, texts = encoded(model, wide)
        (model.match(images, texts).scores.square().sum() + model.extra_loss(wide, images, texts)["saliency"]).backward()
        for side in (model.region, model.word):
            for layer in (side.of_context, side.of_state):
                size = float(layer.weight.grad.abs().max())
                assert size < 1e-14 if form == "printed" else size > 1e-9
            assert float(side.of_part.weight.grad.abs().max()) > 1e-9


def test_smlstm_printed_regulariser_is_a_constant_and_the_one_in_use_is_not():
    b = batch()
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        model = build("sm_lstm", F, V, dim=D, word_dim=5, weight=1.0).eval()
        images, texts = encoded(model, b)
        seen = model.match(images, texts).seen
        p, q = (seen[f"saliency of {key}"].diagonal().movedim(-1, 0) for key in ("regions", "words"))           # (B, K, P)
        left = [((1 - x.sum(1)) * real).sum(1) for x, real in ((p, b.region_mask), (q, b.word_mask))]
        assert torch.allclose(sum(left), (b.region_mask.sum(1) + b.word_mask.sum(1) - 2 * 3).float(), atol=1e-5)
        squares = [((1 - x.sum(1)).square() * real).sum(1) for x, real in ((p, b.region_mask), (q, b.word_mask))]
        found.append(model.extra_loss(b, images, texts)["saliency"].detach())
        assert torch.allclose(found[-1], sum(squares).mean(), atol=1e-5)
    assert abs(found[0] - found[1]) > 1e-4


def test_smlstm_form_of_the_saliency_is_a_knob_and_context_and_state_can_be_left_out():
    model, b = made("sm_lstm"), batch()
    printed = model.with_knobs(saliency="printed").match(*encoded(model, b)).scores
    assert not torch.allclose(printed, model.match(*encoded(model, b)).scores, atol=1e-5)
    with pytest.raises(Problem, match="no saliency 'print'; did you mean 'printed'"):
        model.with_knobs(saliency="print").match(*encoded(model, b))
    alone = made("sm_lstm", context=False, looks=1)
    assert alone.region.of_context is None and alone.word.of_state is None
    with pytest.raises(Problem, match="sm_lstm cannot take dim=7.*take 8"):
        build("sm_lstm", F, V, dim=7)


def test_smlstm_scores_pairs_as_it_does_all_of_them():
    model, b = made("sm_lstm"), batch()
    images, texts = encoded(model, b)
    scores = model.match(images, texts).scores
    assert torch.allclose(model.paired(images, texts), scores.diagonal(), atol=1e-5)
    assert torch.allclose(model.paired(images.rows(slice(0, 1)), texts), scores[0], atol=1e-5)
    assert torch.allclose(model.paired(images, texts.rows(slice(2, 3))), scores[:, 2], atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_strength_of_a_pair_keeps_nothing_large_and_has_the_gradients_of_the_plain_formula(axis, monkeypatch):
    monkeypatch.setattr("vsrlab.models.layers.pairwise.CACHED", 40)                    # several pieces
    torch.manual_seed(0)
    for ones in ((3, 1), (1, 4)) if axis else ((1, 1),):
        parts = torch.randn(*ones, 5, 6).double().requires_grad_()
        other, weight = torch.randn(3, 4, 6).double().requires_grad_(), torch.randn(6).double().requires_grad_()
        plainly = torch.sigmoid(parts + other[..., None, :]) @ weight
        ours = strength(parts, other, weight)
        assert torch.allclose(ours, plainly, atol=1e-12)
        g = torch.randn_like(plainly)
        one, two = (torch.autograd.grad(x, (parts, other, weight), g) for x in (ours, plainly))
        for a, b in zip(one, two):
            assert torch.allclose(a, b, atol=1e-12)


# m-CNN


def test_mcnn_all_is_the_sum_of_its_four_levels():
    model, b = made("mcnn"), batch()
    images, texts = encoded(model, b)
    scores, seen = model.match(images, texts)
    assert seen["levels"].shape == (B, B, 4) and torch.allclose(seen["levels"].sum(-1), scores, atol=1e-5)
    for n, level in enumerate(("wd", "phs", "phl", "st")):
        alone = made("mcnn", level=level)
        alone.load_state_dict({key: x for key, x in model.state_dict().items() if not key.startswith("levels")
                               or key.startswith(f"levels.{level}.")})
        assert torch.allclose(alone.match(*encoded(alone, b)).scores, seen["levels"][..., n], atol=1e-5)


@pytest.mark.parametrize("level, joins", [("wd", 0), ("phs", 1), ("phl", 2), ("st", 3)])
def test_mcnn_image_joins_at_its_level_and_nowhere_before(level, joins):
    network = made("mcnn", level=level).levels[level]
    widths = [layer.in_features for layer in (*network.conv, network.hidden)]
    plainly = [3 * 5, 3 * (D // 2), 3 * (D // 2), 2 * (D // 2)]                 # 30 words leave two slots
    assert [wide - plain for wide, plain in zip(widths, plainly)] == [D * (n == joins) for n in range(4)]


def test_mcnn_reads_two_neighbours_for_one_and_three_words_at_a_time_and_cuts_what_is_too_long():
    model = made("mcnn", level="st", length=22)
    words = torch.randint(4, V, (1, 40), generator=torch.Generator().manual_seed(0))
    b = Batch(torch.randn(1, R, F), torch.ones(1, R, dtype=torch.bool), words, torch.ones(1, 40, dtype=torch.bool), torch.zeros(1))
    images, texts = encoded(model, b)
    score, (left, gate) = model.match(images, texts).scores, model._texts(texts)
    assert left.shape == (1, 1, D // 2) and bool(gate.all())
    changed = model.encode_texts(torch.cat([words[:, :22], words[:, 22:] % 3 + 4], 1), b.word_mask)
    assert torch.equal(model.match(images, changed).scores, score)
    with pytest.raises(Problem, match="length=21.*take length=22"):
        build("mcnn", F, V, length=21)
    with pytest.raises(Problem, match="no level 'word'"):
        build("mcnn", F, V, level="word")


def test_mcnn_learns_from_one_wrong_text_a_pair_and_scores_pairs_alone():
    model, b = made("mcnn").train(), batch()
    images, texts = encoded(model, b)
    asked = []
    model.match = lambda *_: asked.append(1)
    parts, scores, level = losses(model, b, Settings(model="mcnn"), False)[:3]
    assert not asked and set(parts) == {"rank"} and level == 0.0
    del model.match
    whole = model.match(images, texts).scores
    assert torch.allclose(model.paired(images, texts), whole.diagonal(), atol=1e-5)
    assert torch.allclose(model.paired(images, texts.rows([1] * B)), whole[:, 1], atol=1e-5)
    assert torch.allclose(model.paired(images.rows([1]), texts), whole[1], atol=1e-5)


def test_mcnn_words_wider_than_dim_are_brought_to_it_and_narrower_ones_stay():
    wide, narrow = build("mcnn", F, V, dim=8, word_dim=20), build("mcnn", F, V, dim=8, word_dim=5)
    b = batch()
    assert wide.enter is not None and narrow.enter is None
    assert torch.equal(narrow.encode_texts(b.words, b.word_mask).parts[..., :5], narrow.reader(b.words, b.word_mask))
    assert wide.encode_texts(b.words, b.word_mask).parts.shape == narrow.encode_texts(b.words, b.word_mask).parts.shape == (B, W, 8)


def test_blocks_of_pairs_are_recomputed_in_training_with_the_same_gradients(monkeypatch):
    b, found = batch(), []
    for pairs in (512, 3):
        monkeypatch.setattr("vsrlab.models.mcnn.BLOCK", pairs)
        model = made("mcnn").train()
        scores = model.match(*encoded(model, b)).scores
        found.append([scores.detach(), *torch.autograd.grad(scores.square().sum(), list(model.parameters()))])
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(*found))
