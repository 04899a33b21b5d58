"""What is easily built wrong in the systems that compare two vectors, one test for each trap."""
import pytest
import torch

from vsrlab.errors import Problem
from vsrlab.losses import hinge, right_answers
from vsrlab.papers import PAPERS
from vsrlab.settings import Settings
from vsrlab.training.step import losses
from vsrlab.values import Batch
from vsrlab.zoo import build

B, R, F, W, V, D = 8, 6, 7, 7, 20, 12
ROWS = {"uvs": {}, "order": {}, "devise": {}}


def batch(seed=0) -> Batch:
    """Eight pairs, two of each image; padding at the ends, and a gap in the middle of an image and of a text."""
    torch.manual_seed(seed)
    regions, mask, said = torch.randn(B // 2, R, F), torch.ones(B // 2, R, dtype=torch.bool), torch.ones(B, W, dtype=torch.bool)
    mask[1, 4:] = mask[3, 2] = said[0, 5:] = said[2, 3] = False
    regions, image = regions * mask[..., None], torch.arange(B) // 2
    return Batch(regions[image], mask[image], torch.randint(4, V, (B, W)) * said, said, image)


def made(name, **chosen):
    torch.manual_seed(1)
    model = build(name, F, V, dim=D, **chosen)
    model.begin(lambda: [batch(seed) for seed in range(3)])
    return model.eval()


def encoded(model, b):
    return model.encode_images(b.regions, b.region_mask), model.encode_texts(b.words, b.word_mask)


def scores(model, b):
    with torch.no_grad():
        return model.match(*encoded(model, b)).scores


def step(model, name, b):
    """The parts of the loss of a training step, as vl.fit adds them up."""
    return losses(model.train(), b, Settings(model=name), hardest=PAPERS[name].hinge == "max")[0]


@pytest.mark.parametrize("name", ROWS)
def test_every_weight_moves_within_five_steps(name):
    model, b = made(name, **ROWS[name]).train(), batch()
    before = {key: weight.detach().clone() for key, weight in model.named_parameters()}
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(5):
        optimiser.zero_grad()
        sum(step(model, name, b).values()).backward()
        optimiser.step()
    assert not {key for key, weight in model.named_parameters() if torch.equal(weight, before[key])}


# UVS


def test_uvs_has_images_of_length_one_only_when_it_measures():
    model, b = made("uvs"), batch()
    rest, train = encoded(model, b)[0].vector, encoded(model.train(), b)[0].vector
    assert torch.allclose(rest.norm(dim=1), torch.ones(B)) and (train.norm(dim=1) - 1).abs().min() > 1e-3
    assert torch.allclose(rest, torch.nn.functional.normalize(train), atol=1e-6)
    assert torch.allclose(encoded(model, b)[1].vector.norm(dim=1), torch.ones(B))               # texts always
    never = made("vsepp", image_norm=False)
    assert torch.equal(encoded(never, b)[0].vector, encoded(never.train(), b)[0].vector)        # VSE0's command: not even then


@pytest.mark.parametrize("text", ["gru", "lstm", "bow"])
def test_uvs_reads_with_three_readers_and_a_bag_of_words_forgets_their_order(text):
    model, b = made("uvs", text=text), batch()
    b = b._replace(word_mask=torch.ones(B, W, dtype=torch.bool), words=torch.randint(4, V, (B, W)))
    alike = torch.allclose(scores(model, b), scores(model, b._replace(words=b.words.flip(1))), atol=1e-6)
    assert alike == (text == "bow")
    with pytest.raises(Problem, match="no text encoder 'bows'; did you mean 'bow'"):
        build("uvs", F, V, text="bows")


# order-embeddings


def test_order_with_and_without_the_root_rank_alike_and_train_apart():
    b = batch()
    plain, rooted = made("order"), made("order", measure="order-root")
    assert torch.equal(scores(plain, b).argsort(1), scores(rooted, b).argsort(1))
    pushed = []
    for model in (plain, rooted):
        sum(step(model, "order", b).values()).backward()
        pushed.append(torch.nn.functional.normalize(model.embed.weight.grad.flatten(), dim=0))
    assert pushed[0] @ pushed[1] < 0.999


def test_order_puts_the_text_above_its_image_and_compares_absolute_values():
    model, b = made("order"), batch()
    images, texts = encoded(model, b)
    assert images.vector.min() >= 0 and texts.vector.min() >= 0 and torch.allclose(texts.vector.norm(dim=1), torch.ones(B))
    above = images._replace(vector=texts.vector + 1)                             # larger in every number: nothing is violated
    assert torch.equal(model.match(above, texts).scores.diagonal(), torch.zeros(B))
    below = images._replace(vector=texts.vector - 0.1)
    assert torch.allclose(model.match(below, texts).scores.diagonal(), torch.full((B,), -D * 0.01), atol=1e-6)
    match = model.match(images, texts)
    assert match.seen["violation"].shape == (B, B, D)
    assert torch.allclose(match.seen["violation"].square().sum(-1), -match.scores, atol=1e-6)


# DeViSE


def test_devise_pushes_wrong_texts_and_no_wrong_images():
    b, model = batch(), made("devise")
    s, right = scores(model, b), right_answers(b.image)
    wanted = sum(max(0.0, 0.1 - float(s[i, i]) + float(s[i, t])) for i in range(B) for t in range(B) if not right[i, t])
    assert float(step(model, "devise", b)["rank"]) == pytest.approx(wanted, rel=1e-4)
    assert wanted < float(hinge(s, right, 0.1, hardest=False))


def test_devise_leaves_word_vectors_as_they_were_given():
    model = made("devise", word_dim=5)
    model.load_word_vectors(torch.tensor([4, 7]), torch.arange(10.0).view(2, 5))
    assert [key for key, _ in model.named_parameters()] == ["embed.weight"] and "words.embed.weight" in model.state_dict()
    words, said = torch.tensor([[4, 7, 0]]), torch.tensor([[True, True, False]])
    assert torch.allclose(model.encode_texts(words, said).vector[0], torch.nn.functional.normalize(torch.arange(2.5, 7.5), dim=0))
    assert torch.equal(model.encode_texts(words, said).parts[0, 2], torch.zeros(5))
