"""Cross attention without attended vectors, against the loop that builds them."""
import plain
import pytest
import torch
from torch.nn.functional import normalize

from vsrlab.models.layers.attention import POOLINGS, RAW_NORMS, CrossAttention, prepare

I, T, R, W, D = 3, 4, 6, 7, 16
LENGTHS = (7, 1, 4, 3)


@pytest.fixture
def parts():
    """Three images, the last with two regions of padding, and four texts of different length, as unit parts."""
    torch.manual_seed(0)
    mask, word_mask = torch.ones(I, R, dtype=torch.bool), torch.arange(W) < torch.tensor(LENGTHS)[:, None]
    mask[2, 1] = mask[2, 5] = False
    regions, words = normalize(torch.randn(I, R, D), dim=-1), normalize(torch.randn(T, W, D), dim=-1)
    return plain.whole(regions, mask), plain.whole(words, word_mask)


@pytest.mark.parametrize("raw_norm", RAW_NORMS)
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("direction", ["t-i", "i-t"])
def test_scan_without_attended_vectors_is_scan_with_them(parts, direction, pooling, raw_norm):
    images, texts = parts
    scan = CrossAttention(direction, pooling, 7.0, 3.0, raw_norm)
    back = "" if direction == "t-i" else " i-t"
    match, groups = scan(images, texts), scan(images, texts, pictures=False)
    assert groups.seen == {}
    ready = scan(prepare(images), prepare(texts)).scores
    for i, t, v, e in plain.pairs(images, texts):
        score, attention, relevance = plain.scan(v, e, direction, pooling, 7.0, 3.0, raw_norm)
        for found in (match, groups):
            assert abs(float(found.scores[i, t] - score)) < 1e-6
        assert abs(float(ready[i, t] - score)) < 1e-6
        seen = match.seen["attention" + back][i, t][texts.mask[t]][:, images.mask[i]]        # (W, R)
        assert torch.allclose((seen if direction == "t-i" else seen.T).double(), attention, atol=1e-5)
        queries = (texts.mask[t], images.mask[i])[direction == "i-t"]
        assert torch.allclose(match.seen["relevance" + back][i, t][queries].double(), relevance, atol=1e-5)
        assert torch.allclose(match.seen["cosine"][i, t][texts.mask[t]][:, images.mask[i]], e @ v.T, atol=1e-6)


@pytest.mark.parametrize("direction", ["t-i", "i-t"])
def test_float32_scores_are_within_a_millionth_of_float64_at_full_width(direction):
    torch.manual_seed(1)
    regions, words = normalize(torch.randn(2, 36, 1024), dim=-1), normalize(torch.randn(3, 13, 1024), dim=-1)
    words[0] = normalize(words[0] + 3 * regions[0, :13], dim=-1)                 # a text that fits
    scores = CrossAttention(direction)(plain.whole(regions), plain.whole(words)).scores
    temperature = {"t-i": 9.0, "i-t": 4.0}[direction]
    wanted = torch.tensor([[plain.scan(v, e, direction, "mean", temperature)[0] for e in words] for v in regions])
    assert (scores.double() - wanted).abs().max() < 1e-6 and wanted[0, 0] > wanted[1, 0] + 0.1


def test_gradients_of_the_fast_attention_are_those_of_the_loop(parts):
    images, texts = (plain.whole(e.parts.double(), e.mask) for e in parts)
    for direction in ("t-i", "i-t"):
        leaf = images.parts.clone().requires_grad_()
        weights = torch.randn(I, T, generator=torch.Generator().manual_seed(0)).double()
        unit = normalize(leaf, dim=-1, eps=1e-8)                                 # the parts have length one for either
        match = CrossAttention(direction, "mean", 7.0)(images._replace(parts=unit), texts, pictures=False)
        (match.scores * weights).sum().backward()
        loop = images.parts.clone().requires_grad_()
        total = 0
        for i, t, _, e in plain.pairs(images, texts):
            v = normalize(loop[i][images.mask[i]], dim=-1)
            q, p = (e, v) if direction == "t-i" else (v, e)
            x = torch.nn.functional.leaky_relu(q @ p.T, 0.1)
            context = torch.softmax(7 * x / ((x ** 2).sum(0, keepdim=True).sqrt() + 1e-8), 1) @ p
            total = total + weights[i, t] * ((q * context).sum(1) / (q.norm(dim=1) * context.norm(dim=1))).mean()
        total.backward()
        assert torch.allclose(leaf.grad[images.mask], loop.grad[images.mask], atol=1e-9)


def test_both_directions_are_the_mean_of_the_two_each_with_its_own_temperature(parts):
    both, there, back = (CrossAttention(d)(*parts) for d in ("both", "t-i", "i-t"))
    assert torch.allclose(both.scores, (there.scores + back.scores) / 2)
    assert torch.equal(both.seen["attention"], there.seen["attention"])
    assert torch.equal(both.seen["relevance i-t"], back.seen["relevance i-t"])
    assert (CrossAttention("t-i").sharpness, CrossAttention("i-t").sharpness) == (9, 4)


def test_the_parts_of_a_score_make_the_score(parts):
    images, texts = parts
    match = CrossAttention()(images, texts)
    assert torch.allclose(match.scores, match.seen["relevance"].sum(2) / texts.mask.sum(1), atol=1e-6)
