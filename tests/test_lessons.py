"""The template of a lesson: twelve parts, new words explained before use, minutes that were measured, claims that are numbers.

Every notebook whose first cell is tagged `head` is held to it; WHOLE lists those that must be.
"""
import inspect
import re
import sys
from pathlib import Path

import nbformat
import pytest

from vsrlab.course.asking import predictions, questions, terms
from vsrlab.course.exercise import book, exercise
from vsrlab.errors import Problem
from vsrlab.notebooks import main, minutes, parts, running
from vsrlab.wording import portion

FOLDER = Path(__file__).parents[1] / "notebooks"
LESSONS = {path.stem: notebook for path in sorted(FOLDER.glob("*.ipynb"))
           if parts.is_lesson(notebook := nbformat.read(path, as_version=4))}
WHOLE = ("00_start_here", "01_data", "02_training", "03_words_and_regions", "04_reasoning", "05_measuring", "06_explaining",
         "07_the_space", "08_failures", "09_the_zoo", "10_your_photos", "11_your_model")     # a delivered lesson is added here
WITHOUT = ("00", "10")                           # lessons whose exercise is to find something, not to write a function
LAB = {"00": 15, "03": 30, "02": 15, "05": 10, "08": 13, "end": 7}                # minutes of the 90-minute lab
WORDS, LINES, COLUMNS, NEAR = 120, 15, 8, 0.2
MEMORY = 1024                                    # megabytes of the kernel
# Terms of the glossary that are everyday English, too, so that a search for the word says nothing about the term.
EVERYDAY = {"word", "pair", "memory", "relation", "gate", "split", "query", "deletion", "insertion", "control", "map", "cause",
            "tie", "seed", "index", "view", "chance", "rank", "score", "attention", "truth", "layer", "negative", "model"}
CLAIMS = re.compile(r"\b(most|better|best|can be seen)\b", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\w@.])\d+(?:[.,]\d+)*(?!\w)")
each = pytest.mark.parametrize("name", LESSONS)


def markdown(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    """What a cell shows as text: printed lines, and values that have no picture."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield output.text
        elif not set(output.get("data", {})) & {"image/png", "text/html"}:
            yield output.get("data", {}).get("text/plain", "")


def lacks(notebook, number):
    """The parts that a lesson does not have."""
    found = {tag for cell in notebook.cells for tag in parts.tags(cell)}
    return [part for part in parts.PARTS if part not in found]


def unknown_terms(notebook):
    """What is bold in a lesson and in no glossary; the head, the exercises and what to read next use bold for other things."""
    known = {form for term in terms() for form in forms(term)}
    return [word for cell in markdown(notebook) if not set(parts.tags(cell)) & {"head", "exercise", "next"}
            for word in parts.bold(cell) if word.casefold() not in known]


def forms(term):
    """A term and its plural."""
    term = term.casefold()
    return term, term + "s", term + "es", re.sub("y$", "ies", term)


def too_early(lessons):
    """[(term, lesson where it is used, lesson where it is explained)] of terms that are used in a text before they are bold."""
    cells = [(name, cell) for name, notebook in lessons.items() for cell in markdown(notebook)
             if not set(parts.tags(cell)) & {"head", "next"}]
    found = []
    for term in terms():
        told = [n for n, (_, cell) in enumerate(cells) if set(forms(term)) & {word.casefold() for word in parts.bold(cell)}]
        if not told or term.casefold() in EVERYDAY:
            continue
        used = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, forms(term)))})(?![\w-])", re.IGNORECASE)
        first = next(n for n, (_, cell) in enumerate(cells) if used.search(parts.prose(cell)) or n == told[0])
        if first < told[0]:
            found.append((term, cells[first][0], cells[told[0]][0]))
    return found


def unguarded(notebook):
    """What the answer of a lesson claims without a call: numbers that are typed, and words that no assertion guards."""
    answer = parts.cells_of(notebook, "answer")
    typed = [number for cell in answer if cell.cell_type == "markdown" for number in NUMBER.findall(parts.prose(cell))]
    called = [cell for cell in answer if cell.cell_type == "code"]
    guarded = any(re.search(r"\bassert\b|\bportion\(", cell.source) for cell in called)
    claims = [] if guarded else [word for cell in answer for word in CLAIMS.findall(cell.source)]
    return typed + claims + ([] if called else ["no call"])


def test_the_lessons_that_are_delivered_follow_the_template():
    assert set(WHOLE) <= set(LESSONS)


@each
def test_a_lesson_has_its_twelve_parts_and_says_what_one_can_do_afterwards(name):
    notebook = LESSONS[name]
    assert not lacks(notebook, name[:2])
    head = notebook.cells[0].source
    for said in ("**You will be able to**", "**You need**", "**Time**"):
        assert said in head, f"{said} is missing in the head"
    assert all(f"({n})" in head for n in (1, 2, 3)), "a head names three goals"
    held = parts.exercises(notebook)
    assert held or name[:2] in WITHOUT
    assert held == [one for one in book() if exercise(one).lesson == name[:2]], "the exercises of this lesson, in their order"
    guesses, asked = parts.asked(notebook, "predict"), parts.asked(notebook, "quiz")
    assert guesses == parts.asked(notebook, "reveal"), "every guess is resolved, in order"
    assert all(predictions()[one].lesson == name[:2] for one in guesses) and 1 <= len(guesses) <= 3
    assert all(questions()[one].lesson == name[:2] for one in asked) and 3 <= len(asked) <= 5


@each
def test_an_exercise_is_its_starter_and_its_check_and_shows_nothing_of_the_solution(name):
    notebook = LESSONS[name]
    sources = "\n".join(cell.source for cell in code(notebook))
    for one in parts.exercises(notebook):
        task = exercise(one)
        spec = "\n\n".join(cell.source for cell in markdown(notebook) if parts.told(cell, "spec") == one)
        assert spec.split() == task.spec.split(), f"the text of {one} is another than that of the exercise"
        cell = next(cell for cell in notebook.cells if parts.told(cell, "exercise") == one)
        assert cell.source == f'{task.starter.strip()}\n\n\nvl.course.check("{one}", {task.name})'
        body = {line.split("#")[0].strip() for line in inspect.getsource(task.solution).splitlines()[1:]}
        given = {line.strip() for line in task.starter.splitlines()}
        leaked = [line for line in body - given if len(line) > 20 and line in sources]
        assert not leaked, f"the lesson shows lines of the solution of {one}: {leaked}"
        assert any("your turn" in said for said in printed(cell)), f"{one} is not as a student finds it"


@each
def test_texts_are_short_and_what_is_printed_fits_on_a_screen(name):
    for cell in markdown(LESSONS[name]):
        assert len(cell.source.split()) <= WORDS, f"{len(cell.source.split())} words:\n{cell.source}"
    for cell in code(LESSONS[name]):
        lines = sum(len(said.strip().splitlines()) for said in printed(cell))
        assert lines <= LINES, f"{lines} lines are printed by\n{cell.source}"
        for output in cell.outputs:
            page = output.get("data", {}).get("text/html", "")
            if "dataframe" in page:
                row = page.split("</tr>")[0]
                assert row.count("<th") - 1 <= COLUMNS, f"{row.count('<th') - 1} columns are shown by\n{cell.source}"


@each
def test_new_words_are_in_the_glossary(name):
    assert not unknown_terms(LESSONS[name])


def test_new_words_are_explained_before_they_are_used():
    assert not too_early(LESSONS)


@each
def test_the_minutes_at_the_head_are_those_that_were_measured(name):
    notebook = LESSONS[name]
    said, counted = minutes.stated(notebook), minutes.parts(notebook)
    assert said["total"] == sum(value for key, value in said.items() if key != "total")
    assert said["total"] == pytest.approx(sum(counted.values()), rel=NEAR), "python -m vsrlab.notebooks --minutes FILE"
    cost = notebook.metadata["vsrlab"]
    assert 0 < cost["seconds"] < 60 * said["total"] and 0 < cost["memory"] <= MEMORY


def test_the_lab_takes_ninety_minutes():
    assert sum(LAB.values()) <= 90
    for number, limit in LAB.items():
        for name in (name for name in LESSONS if name.startswith(number) and number == "00"):
            assert minutes.stated(LESSONS[name])["total"] <= limit


@each
def test_what_the_answer_claims_comes_from_calls(name):
    assert not unguarded(LESSONS[name])


@each
def test_a_lesson_needs_no_front_end_and_no_network(name):
    for cell in code(LESSONS[name]):
        for needless in ("ipywidgets", "display(", "!pip", "%pip", "urllib", "requests", "http://", "https://", "cuda"):
            assert needless not in cell.source, f"a lesson does not need {needless}:\n{cell.source}"


# ---------------------------------------------------------------- what the tests above would notice

def made(*cells):
    """A small notebook: (kind, tags, source), and for code what it printed."""
    notebook = nbformat.v4.new_notebook()
    for kind, names, source, *said in cells:
        outputs = [nbformat.v4.new_output("stream", text=text) for text in said]
        cell = nbformat.v4.new_markdown_cell(source) if kind == "text" else nbformat.v4.new_code_cell(source, outputs=outputs)
        cell.metadata["tags"] = names.split()
        notebook.cells.append(cell)
    return notebook


def test_a_missing_part_a_word_without_glossary_and_a_typed_number_are_noticed():
    notebook = made(("text", "head", "# Why?"), ("text", "idea", "A **hinge** is a cost, a **frobnication** is none: `**x**`."),
                    ("text", "answer", "In 57 % of cases most words look at it; R@1 and lesson 02 count as names."))
    assert lacks(notebook, "02") == [part for part in parts.PARTS if part not in ("head", "idea", "answer")]
    assert unknown_terms(notebook) == ["frobnication"]
    assert unguarded(notebook) == ["57", "02", "most", "no call"]
    notebook.cells[-1].source = "More than half of the words look at it."
    notebook.cells += made(("code", "answer", "assert share > 0.5\nprint(share)")).cells
    assert unguarded(notebook) == []


def test_a_word_that_is_used_before_it_is_explained_is_noticed():
    first = made(("text", "head", "# A hinge?"), ("text", "idea", "Every **margin** is a number, and Hinges cost."))
    second = made(("text", "head", "# B?"), ("text", "idea", "A **hinge** is a cost."))
    assert too_early({"00": first, "01": second}) == [("hinge", "00", "01")]
    assert too_early({"01": second, "00": first}) == []


def test_minutes_are_written_by_the_command_and_stay_where_nothing_changed(tmp_path, capsys):
    task = exercise("hinge")
    notebook = made(("text", "head", "# Why?\n\n**You need** nothing."), ("text", "idea", "word " * 398),
                    ("code", "predict", "vl.course.predict('costliest', ...)", "one two three"), ("code", "exercise", task.starter),
                    ("code", "quiz", "vl.course.quiz('collapse')"), ("code", "experiment", "1"))
    notebook.cells[3].metadata["vsrlab"] = {"exercise": "hinge"}
    notebook.cells[5].metadata["vsrlab"] = {"minutes": 4}
    notebook.metadata["vsrlab"] = {"seconds": 30.0, "memory": 341}
    path = tmp_path / "00_small.ipynb"
    nbformat.write(notebook, path)
    with pytest.raises(Problem, match="states no minutes"):
        minutes.stated(notebook)
    assert main(["--minutes", path]) == 0 and "**Time**" in capsys.readouterr().out
    written = nbformat.read(path, as_version=4)
    assert minutes.stated(written) == {"total": 25, "read": 3, "predict": 1, "write": task.minutes, "try": 5, "quiz": 1}
    assert "Computing: 30 s and 350 MB" in written.cells[0].source
    before = path.read_bytes()
    assert main(["--minutes", path]) == 0 and path.read_bytes() == before and not capsys.readouterr().out


def test_a_run_measures_seconds_and_memory(tmp_path):
    path = tmp_path / "00_small.ipynb"
    nbformat.write(made(("text", "head", "# Why?"), ("code", "look", "import time; time.sleep(0.6); x = b'1' * 200_000_000")), path)
    notebook = running.execute(path)
    assert 0.6 <= notebook.metadata["vsrlab"]["seconds"] < 20
    if sys.platform == "linux":
        assert 200 <= notebook.metadata["vsrlab"]["memory"] < 2000
    assert minutes.stated(notebook)["total"] >= 1 and nbformat.read(path, as_version=4) == notebook


@pytest.mark.parametrize("share, said", [(1.0, "nearly all"), (0.7, "most"), (0.57, "somewhat more than half"), (0.5, "about half"),
                                         (0.4, "somewhat less than half"), (0.2, "few"), (0.01, "hardly any")])
def test_a_share_in_words_claims_no_more_than_its_number(share, said):
    assert portion(share) == said
