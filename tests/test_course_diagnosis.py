"""Slips get their own sentence; half an answer hears what is right in it; right answers agree with the kit's own code."""
import re

import numpy as np
import pytest
import torch

import vsrlab as vl
from vsrlab.course.diagnosis import diagnose
from vsrlab.course.exercise import exercise
from vsrlab.errors import Problem
from vsrlab.explain.reasoning import overlaps
from vsrlab.measure import agreement, paired
from vsrlab.measure.ranks import chance
from vsrlab.models.layers.attention import CrossAttention
from vsrlab.models.layers.reasoning import gates
from vsrlab.space import nearness
from vsrlab.values import Encoding

HINGE, ATTEND, RELATE, RECALL = (exercise(name) for name in ("hinge", "attend", "relate", "recall"))
over_words = next(m.wrong for m in ATTEND.mistakes if m.key == "softmax-axis")


# ---------------------------------------------------------------- slips

def numpy_hinge(scores, image, margin=0.2, hardest=True):
    return float(HINGE.solution(scores.detach(), image, margin, hardest))


def in_place(v, theta, phi, g, r):
    new, a = RELATE.solution(v, theta, phi, g, r)
    v += 1
    return new, a


def crash(scores, image_of_text, k, seek):
    return scores[image_of_text, k] @ seek


def turned(words, regions, sharpness=9.0, leak=0.1):
    return tuple(x.T if x.ndim == 2 else x for x in ATTEND.solution(words, regions, sharpness, leak))


def nothing_left(scores, image_of_text, k, seek):
    return 0 * np.log(np.zeros(1))[0]


def few_arguments(scores, image_of_text):
    return 50.0


@pytest.mark.parametrize("task,answer,key,said", [
    (HINGE, numpy_hinge, "no-gradient", "carries no gradient"),
    (RELATE, in_place, "changed-input", "changed what it was given"),
    (HINGE, 3.5, "not-a-function", "without calling it"),
    (HINGE, lambda scores, image, margin=.2, hardest=True: scores.detach(), "shape", "of one number"),
    (RECALL, crash, "UFuncTypeError", "your function stopped with UFuncTypeError"),
    (RECALL, nothing_left, "not-finite", "division by zero"),
    (RECALL, few_arguments, "arguments", "your first line takes (scores, image_of_text)"),
    (ATTEND, turned, "shape", "the axes are exchanged"),
    (ATTEND, lambda words, regions, sharpness=9., leak=.1: words, "how-many", "3 values"),
    (exercise("data-owner"), lambda lines: (3, 4), "kind", "should be a list of texts"),
], ids=lambda x: getattr(x, "id", None) or getattr(x, "__name__", None) or str(x)[:20])
def test_slips_have_their_own_sentence(task, answer, key, said):
    verdict = diagnose(task, answer)
    assert verdict.key == key and said in " ".join(str(verdict).split()), str(verdict)


def test_a_crash_shows_the_line_and_what_was_given():
    said = str(diagnose(RECALL, crash))
    assert "line: return scores[image_of_text, k] @ seek" in said and "given: scores (" in said


def test_the_smallest_case_is_shown_expected_beside_yours():
    odd = lambda scores, image, margin=.2, hardest=True: HINGE.solution(2 * scores, image, margin, hardest)
    said = str(diagnose(HINGE, odd))
    n = int(re.search(r"hinge\(\*\*vl.course.example\('hinge', (\d+)\)\)", said).group(1))
    given = vl.course.example("hinge", n)
    assert len(given["scores"]) == min(len(vl.course.example("hinge", k)["scores"]) for k in range(6))
    assert f"expected  {HINGE.solution(**given).item():.4f}" in said and f"yours     {odd(**given).item():.4f}" in said
    with pytest.raises(Problem, match="cases 0 to 5; case 9"):
        vl.course.example("hinge", 9)


# ---------------------------------------------------------------- half an answer

def part(answer, *kept):
    return lambda words, regions, sharpness=9., leak=.1: tuple(
        x if n in kept else ... for n, x in enumerate(answer(words, regions, sharpness, leak)))


def test_half_an_answer_hears_what_is_right_and_what_is_open():
    verdict = diagnose(ATTEND, part(ATTEND.solution, 0))
    assert verdict.state == "your turn" and "right so far: attention; still open: relevance, score" in verdict.message
    assert diagnose(ATTEND, part(over_words, 0)).key == "softmax-axis"
    odd = lambda words, regions, sharpness=9., leak=.1: (ATTEND.solution(words, regions, sharpness, leak)[0] + .1, ..., None)
    assert "attention is not right yet; still open: relevance, score" in diagnose(ATTEND, odd).message


@pytest.mark.parametrize("blank", [
    lambda words, regions, sharpness=9., leak=.1: (..., ..., ...), lambda words, regions, sharpness=9., leak=.1: None,
    lambda words, regions, sharpness=9., leak=.1: words + ...])
def test_blanks_in_any_place_are_your_turn(blank):
    assert diagnose(ATTEND, blank).state == "your turn"


def test_the_sign_stands_beside_a_word_and_a_verdict_shows_itself():
    right, wrong, open_ = (diagnose(HINGE, a) for a in (HINGE.solution, HINGE.mistakes[0].wrong, None))
    assert repr(right).startswith("✓ hinge: passed") and repr(wrong).startswith("✗ hinge: half of it")
    assert repr(open_).startswith("… hinge: your turn")


# ---------------------------------------------------------------- the kit's own code

RNG = np.random.default_rng(0)


def test_pooling_and_attention_are_those_of_the_library():
    words, regions = torch.randn(5, 8, generator=torch.Generator().manual_seed(1)), torch.randn(7, 8)
    sides = [Encoding(x.mean(0)[None], torch.nn.functional.normalize(x)[None], torch.ones(1, len(x), dtype=torch.bool), {})
             for x in (regions, words)]
    for direction, name, key in (("t-i", "attend", "attention"), ("i-t", "attend-i-t", "attention i-t")):
        found = CrossAttention(direction, "mean")(*sides)
        a, relevance, score = exercise(name).solution(words, regions)
        seen = found.seen[key][0, 0]
        assert torch.allclose(seen if direction == "t-i" else seen.T, a, atol=1e-5)
        assert torch.allclose(found.scores[0, 0], score, atol=1e-5)
        pooled = CrossAttention(direction, "lse", lse=6.0)(*sides).scores[0, 0]
        assert torch.allclose(exercise("pool-lse").solution(relevance, 6.0), pooled, atol=1e-5)


def test_measures_are_those_of_the_library():
    a, b = np.array([1., 1, 5, 4]), np.array([2., 2, 7, 6])
    assert exercise("data-iou").solution(a, b) == pytest.approx(overlaps(np.stack([a, b]))[0, 1])
    owner = np.repeat(np.arange(7), 5)
    for k in (1, 5):
        for seek in ("text", "image"):
            assert exercise("chance-level").solution(7, 5, k, seek) == pytest.approx(chance(7, owner, (k,))[f"{seek} R@{k}"])
    first, second = RNG.random(40) < .5, RNG.random(40) < .6
    assert exercise("paired-test").solution(first, second) == pytest.approx(paired.mcnemar(1 - first * 1, 1 - second * 1, 1))
    tags = [[["x", "y", "z"][k] for k in RNG.integers(0, 3, 20)] for _ in range(2)]
    assert exercise("agreement").solution(*tags) == pytest.approx(agreement.cohen(*tags))


def test_the_space_is_that_of_the_library():
    points, places, texts = RNG.normal(size=(40, 6)), RNG.normal(size=(40, 2)), RNG.normal(size=(60, 6)) + 1
    assert exercise("trust").solution(points, places, 5) == pytest.approx(nearness.trustworthiness(points, places, 5), abs=1e-6)
    assert exercise("modality-gap").solution(points, texts)[0] == pytest.approx(
        nearness.gap(points, texts, np.arange(60) % 40).distance, abs=1e-5)


def test_a_gru_step_is_that_of_a_model():
    gru, x = torch.nn.GRU(6, 4, batch_first=True), torch.randn(1, 3, 6)
    with torch.no_grad():
        states, _ = gru(x)
        weights = gru.weight_ih_l0, gru.weight_hh_l0, gru.bias_ih_l0, gru.bias_hh_l0
        new, z = exercise("gru-step").solution(x[0, 2], states[0, 1], *weights)
        assert torch.allclose(new, states[0, 2], atol=1e-5) and torch.allclose(z, gates(gru, x, states)[0, 2], atol=1e-5)
