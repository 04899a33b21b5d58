"""pip, conda and the lock describe one and the same kit."""
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAMES_AT_CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def required():
    extras = PROJECT["optional-dependencies"]
    return [Requirement(r) for r in [*PROJECT["dependencies"], *extras["photos"], *extras["test"]]]


def locked():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;#]+)", line) for line in lines if line and not line.startswith("#")]
    assert all(pins), "every line of constraints.txt pins one package as name==version"
    return {re.sub(r"[-_.]+", "-", p[1]).lower(): Version(p[2]) for p in pins}


def conda():
    found = {}
    for line in (ROOT / "environment.yml").read_text().splitlines():
        if m := re.fullmatch(r"\s+- ([a-z0-9-]+)((?:[=<>]=?)[^\s#]+)?", line):
            found[m[1]] = m[2] or ""
    return found


def test_the_lock_pins_torch_and_everything_the_project_asks_for():
    pins = locked()
    assert pins["torch"] == Version("2.13.0")
    for requirement in required():
        assert requirement.name in pins, f"{requirement.name} is not in constraints.txt"
        assert requirement.specifier.contains(pins[requirement.name]), f"{requirement} excludes the locked {pins[requirement.name]}"


def test_no_torchvision_anywhere():
    assert "torchvision" not in locked() and "torchvision" not in conda()
    assert not [r for group in PROJECT["optional-dependencies"].values() for r in group if "torchvision" in r]


def test_conda_users_get_the_same_kit():
    have, pins = conda(), locked()
    for requirement in required():
        name = NAMES_AT_CONDA.get(requirement.name, requirement.name)
        if requirement.name in ("selenium", "playwright", "websocket-client"):
            continue                                        # the browser tests run from the pip environment only
        assert name in have, f"environment.yml lacks {name}"
        asked = have[name]
        if asked.startswith((">=", "==")):
            same = str(Requirement(requirement.name + asked).specifier) == str(requirement.specifier)
            assert same, f"{name}: {asked} against {requirement}"
    assert pins["torch"].release[:2] == tuple(map(int, have["pytorch"].lstrip("=").split(".")))
    assert have["python"] == "=3.11" and PROJECT["requires-python"] == ">=3.11"
