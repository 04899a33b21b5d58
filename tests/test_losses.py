"""The ranking loss, by hand and against a plain loop."""
import plain
import pytest
import torch

from vsrlab.losses import LOG_SCALE, SHARPEST, collapsed, hinge, info_nce, right_answers

# image 0 prefers its own text by 0.1: short of the margin by 0.1; text 1 prefers image 0 by 0.3: short by 0.5
BY_HAND = torch.tensor([[0.9, 0.8], [0.1, 0.5]])
APART = right_answers(torch.tensor([0, 1]))


def test_the_hinge_is_what_one_works_out_by_hand():
    assert float(hinge(BY_HAND, APART, 0.2)) == pytest.approx(0.6)
    assert float(hinge(BY_HAND, APART, 0.05)) == pytest.approx(0.35)


def test_captions_of_the_same_image_are_no_wrong_answers_unless_asked_for():
    same = torch.tensor([7, 7])
    assert hinge(BY_HAND, right_answers(same)) == 0
    assert float(hinge(BY_HAND, right_answers(same, "negative"), 0.2)) == pytest.approx(0.6)
    assert right_answers(torch.tensor([3, 5, 3])).tolist() == [[True, False, True], [False, True, False], [True, False, True]]


@pytest.mark.parametrize("hardest", [True, False])
@pytest.mark.parametrize("own", ["mask", "negative"])
def test_the_hinge_is_that_of_a_loop_over_all_pairs(hardest, own):
    torch.manual_seed(0)
    scores, right = torch.randn(9, 9), right_answers(torch.tensor([0, 1, 2, 0, 4, 5, 1, 7, 0]), own)
    assert float(hinge(scores, right, 0.3, hardest)) == pytest.approx(plain.hinge(scores, right, 0.3, hardest), rel=1e-5)


def test_a_collapsed_model_stays_at_two_margins_a_pair_or_all_of_them_with_the_sum():
    flat, right = torch.full((128, 128), 0.7), right_answers(torch.arange(128))
    assert float(hinge(flat, right, 0.2)) == pytest.approx(51.2) == collapsed(128, 0.2)
    assert float(hinge(flat, right, 0.2, hardest=False)) == pytest.approx(6502.4, rel=1e-4)


def test_the_hardest_wrong_answer_alone_is_pushed():
    scores = torch.tensor([[0.5, 0.4, 0.45], [0.0, 0.9, 0.0], [0.0, 0.0, 0.9]], requires_grad=True)
    hinge(scores, right_answers(torch.arange(3)), 0.2).backward()
    assert scores.grad[0].tolist() == [-1, 0, 1]
    scores.grad = None
    hinge(scores, right_answers(torch.arange(3)), 0.2, hardest=False).backward()
    assert scores.grad[0].tolist() == [-2, 1, 1]


def test_scores_in_half_precision_are_summed_in_single():
    assert hinge(BY_HAND.bfloat16(), APART).dtype == torch.float32


def test_of_equally_hard_wrong_answers_the_first_alone_is_pushed():
    scores = torch.tensor([[0.5, 0.4, 0.4], [0.0, 0.9, 0.0], [0.0, 0.0, 0.9]], requires_grad=True)
    hinge(scores, right_answers(torch.arange(3)), 0.2).backward()
    assert scores.grad[0].tolist() == [-1, 1, 0]


def test_wrong_texts_alone_may_be_pushed():
    assert float(hinge(BY_HAND, APART, 0.2, wrong="texts")) == pytest.approx(0.1)
    assert float(hinge(BY_HAND, APART, 0.2, hardest=False, keep=2, wrong="texts")) == pytest.approx(0.1)


def test_info_nce_is_that_of_a_loop_over_all_pairs_and_leaves_other_right_answers_out():
    torch.manual_seed(0)
    image, scale = torch.tensor([0, 1, 2, 0, 4]), torch.tensor(1.5).log()
    scores, total = torch.randn(5, 5), 0.0
    for a in range(5):
        for matrix in (scores, scores.T):
            among = [b for b in range(5) if b == a or image[a] != image[b]]
            total += float(torch.logsumexp(1.5 * matrix[a, among], 0) - 1.5 * matrix[a, a]) / 2
    assert float(info_nce(scores, right_answers(image), scale)) == pytest.approx(total, rel=1e-5)


def test_the_temperature_of_info_nce_learns_and_has_an_end():
    scale = torch.tensor(LOG_SCALE, requires_grad=True)
    info_nce(BY_HAND, APART, scale).backward()
    assert scale.grad != 0
    sharp = [float(info_nce(BY_HAND, APART, torch.tensor(x))) for x in (SHARPEST, 50.0)]
    assert sharp[0] == sharp[1]
