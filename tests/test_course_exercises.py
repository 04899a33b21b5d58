"""Each exercise: the solution and other right answers pass, each known mistake gets its own sentence and nobody else's."""
import pytest
from course_answers import ODD, RIGHT, VARIANTS

from vsrlab.course import compare, diagnosis
from vsrlab.course.diagnosis import diagnose, known, trials
from vsrlab.course.exercise import ORDER, PRELUDE, exercise

SEEDS = 40


@pytest.fixture(params=ORDER)
def task(request):
    return exercise(request.param)


def made(source, name):
    space = {}
    exec(PRELUDE + source, space)
    return space[name]


def outcomes(task, answer, cases):
    return [diagnosis._quiet(task, answer, given) for given in cases]


def test_the_starter_is_your_turn_and_its_solution_source_passes(task):
    assert diagnose(task, made(task.starter, task.name)).state == "your turn"
    assert diagnose(task, None).state == diagnose(task, ...).state == "your turn"
    assert diagnose(task, made(task.solved, task.name)).passed


def test_right_answers_pass_on_forty_cases(task):
    assert len(RIGHT[task.id]) >= 2
    for answer in (task.solution, *RIGHT[task.id]):
        verdict = diagnose(task, answer, least=SEEDS)
        assert verdict.passed, verdict


def test_each_known_mistake_has_its_own_sentence_and_nobody_elses(task):
    cases, _ = trials(task.id, 0, SEEDS)
    assert len(cases) == SEEDS and len(task.mistakes) >= 4
    for mistake in task.mistakes:
        assert diagnose(task, mistake.wrong).key == mistake.key
        got = outcomes(task, mistake.wrong, cases)
        assert known(task, cases, got).key == mistake.key, mistake.key
    assert len({m.says for m in task.mistakes}) == len({m.key for m in task.mistakes}) == len(task.mistakes)


@pytest.mark.parametrize("seed", [1, 2, 1000])
def test_fresh_cases_tell_all_mistakes_apart(task, seed):
    cases, _ = trials(task.id, seed, diagnosis.TRIALS)
    answers = (task.solution, *(m.wrong for m in task.mistakes))
    results = [[diagnosis._quiet(task, one, given) for one in answers] for given in cases]
    assert len(cases) < diagnosis.MOST and diagnosis.alike(task, results) == []


def test_a_mistake_in_another_style_gets_the_same_sentence(task):
    assert VARIANTS[task.id]
    for key, answer in VARIANTS[task.id]:
        verdict = diagnose(task, answer)
        assert verdict.key == key, (key, str(verdict))


def test_two_mistakes_at_once_neither_pass_nor_end_in_an_error(task):
    assert len(ODD[task.id]) >= 2
    for what, answer in ODD[task.id]:
        verdict = diagnose(task, answer)
        assert verdict.state in ("property", "differs", "mistake"), (what, str(verdict))


def test_every_property_holds_for_the_solution_and_fails_for_some_wrong_answer(task):
    assert task.properties
    wrong = [m.wrong for m in task.mistakes] + [answer for _, answer in ODD[task.id]]
    for rule in task.properties:
        assert rule.holds(task.solution) is None, rule.key
        assert any(_fails(rule, answer) for answer in wrong), rule.key


def _fails(rule, answer):
    try:
        return bool(rule.holds(answer))
    except Exception:                                   # noqa: BLE001  (a wrong answer may stop)
        return True


def test_messages_say_what_was_done_in_few_letters_and_hold_no_line_of_the_solution(task):
    body = [line.split("#")[0].strip() for line in task.solved.splitlines()[1:]]
    lines = [line for line in body if len(line) > 12 and not line.startswith('"""')]
    for said in (*task.mistakes, *task.properties):
        assert 20 <= len(said.says) <= 240, (said.key, len(said.says))
        assert not any(line in said.says for line in lines), said.key


def test_what_is_asked_is_whole(task):
    assert task.minutes >= 5 and 1 <= task.difficulty <= 5 and 1 <= task.importance <= 5 and len(task.hints) == 3
    assert task.text.startswith(f"**{task.id}**") or task.text.startswith(f"**{task.name}**")
    assert f"({task.minutes} min)" in task.text and task.name in task.starter
    assert not compare.is_blank(task.not_checked) and all(task.outputs)
