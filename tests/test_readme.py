"""What the README says can be typed can be typed, what it names is there, and its drawing of the house is true."""
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from test_architecture import LEVEL, ROWS

from vsrlab.cli import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8") if (ROOT / "README.md").exists() else ""
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
EXTRAS = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
TEXT = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)          # without the blocks
INLINE = re.findall(r"`([^`\n]+)`", TEXT)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def typed() -> list:
    """The words of every line of the bash blocks."""
    lines = "".join(blocks("bash")).replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def mentioned(program) -> list:
    """The words of every command of a program that stands in a sentence."""
    commands = (command.split() for line in INLINE for command in line.split("&&"))
    return [words for words in commands if len(words) > 1 and words[0] == program]


def understood(words) -> bool:
    """Does the real parser take these words of `vsrlab ...`?"""
    try:
        return "run" in parser().parse_args(words) or not words
    except SystemExit:
        return False


def test_the_readme_is_there_and_has_commands_and_code():
    assert README.startswith("# ") and blocks("bash") and blocks("python")


def test_every_target_of_the_makefile_is_explained_where_it_is_made():
    told = re.findall(r"^# make (\w+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"tour", "test", "lab"} <= set(told) <= TARGETS


@pytest.mark.parametrize("words", [*typed(), *mentioned("make")], ids=" ".join)
def test_every_command_of_a_block_is_one_that_exists(words):
    if "vsrlab" in words:                                          # vsrlab ..., torchrun ... -m vsrlab ...
        assert words[0] in ("vsrlab", "torchrun", "python") and understood(words[words.index("vsrlab") + 1:])
    elif words[0] == "make":
        assert words[1:] and TARGETS >= {word for word in words[1:] if "=" not in word}, f"the Makefile has {sorted(TARGETS)}"
    elif words[0] == "pip":
        assert {extra for word in words for part in re.findall(r"\[([\w,]+)\]", word) for extra in part.split(",")} <= EXTRAS
    elif words[0] == "python":
        file = ROOT / words[1]
        assert file.is_file() and all(flag in file.read_text() for flag in words[2:] if flag.startswith("--"))
    else:
        assert words[0] in ("git", "cd", "conda", "jupyter"), f"nobody checks {words[0]!r} yet"


@pytest.mark.parametrize("words", mentioned("vsrlab"), ids=" ".join)
def test_every_vsrlab_command_in_a_sentence_is_one(words):
    known = parser()._subparsers._group_actions[0].choices
    assert words[1] in known or words[1].startswith("--") and understood(words[1:])
    flags = {flag for flag in words[2:] if flag.startswith("--")}
    assert words[1] not in known or flags <= set(known[words[1]]._option_string_actions), words


def test_the_extras_that_are_named_exist():
    named = re.findall(r"(?:vsrlab|\.)\[([\w,]+)\]", README)
    assert {extra for names in named for extra in names.split(",")} <= EXTRAS


def test_settings_and_front_door_names_are_real():
    import vsrlab as vl
    for name in set(re.findall(r"\bvl\.([A-Za-z_]+)", README)):
        assert hasattr(vl, name), f"vl.{name}"


@pytest.mark.slow
def test_the_python_blocks_run_as_they_stand_one_after_the_other(tmp_path):
    code, environment = "\n".join(blocks("python")), {**os.environ, "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Warning" not in done.stderr and "epoch 2/2" in done.stdout
    statements = [line for line in blocks("python")[0].splitlines() if line.strip()]
    assert len(statements) == 5 or "five lines" not in README, statements


def paths():
    """What looks like a file or folder of the project: links, pictures, and names in backticks with a slash or a suffix."""
    yield from (link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", README) if not re.match(r"https?:|#|mailto:", link))
    for name in INLINE:
        if re.fullmatch(r"[\w./-]+", name) and name.endswith(("/", ".py", ".ipynb", ".md", ".txt", ".yml", ".toml", ".html")):
            yield name


MADE = ("tour/", "runs/", "features/", "tour/index.html")         # made by the commands, not part of the project


@pytest.mark.parametrize("name", sorted({p for p in paths() if p and not p.startswith(MADE)}))
def test_every_file_and_folder_that_is_named_exists(name):
    stem = name.rstrip("/")
    assert any((base / stem).exists() for base in (ROOT, ROOT / "vsrlab", ROOT / "notebooks", ROOT / "tests", ROOT / "bench")), name


def test_the_lessons_are_listed_with_the_questions_they_ask():
    listed = dict(re.findall(r"^\| `notebooks/([\w.]+)` \| (.+) \|$", README, re.MULTILINE))
    asked = {path.name: json.loads(path.read_text())["cells"][0]["source"] for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert listed.keys() == asked.keys()
    for name, question in listed.items():
        title = "".join(asked[name]).splitlines()[0]
        assert title.lower().endswith(question.lower()), f"{name} asks {title!r}"


def layers():
    """The rows of the table of layers, from the top of the house down: lists of names."""
    table = README.split("| row | files |")[1].split("\n\n")[0] if "| row | files |" in README else ""
    return [[name.rstrip("/") for name in re.findall(r"`([^`]+)`", row)] for row in table.splitlines() if "`" in row]


def test_the_table_of_layers_is_the_one_that_the_imports_are_tested_by():
    rows = layers()
    assert rows, "the README has no table of layers"
    named = [name for row in rows for name in row]
    assert len(named) == len(set(named)) and set(named) <= set(LEVEL), set(named) - set(LEVEL)
    for above, below in zip(rows, rows[1:]):
        assert min(LEVEL[n] for n in above) > max(LEVEL[n] for n in below), f"{above} stands above {below} in the README only"
    missing = {name for name in ROWS.split() if not name.startswith("__")} - set(named)
    assert not missing, f"the README's table of layers lacks {sorted(missing)}"


def test_every_name_of_the_table_is_a_file_or_a_folder():
    for name in (name for row in layers() for name in row):
        assert (ROOT / "vsrlab" / f"{name}.py").is_file() or (ROOT / "vsrlab" / name).is_dir(), name


def test_every_room_of_the_package_is_in_a_layer():
    package = ROOT / "vsrlab"
    rooms = {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/__init__.py")}
    assert rooms == set(LEVEL), rooms ^ set(LEVEL)
