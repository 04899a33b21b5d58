"""The tour, in small: one page with everything on it, that asks the network for nothing."""
import re

import pytest
from toys import toy

from vsrlab import tour
from vsrlab.errors import Problem
from vsrlab.settings import Settings
from vsrlab.training.fit import fit


def test_the_tour_writes_one_offline_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tour, "SETTINGS", tour.SETTINGS.but(epochs=1, options=dict(dim=16, layers=1)))
    monkeypatch.setattr(tour, "TRAIN", dict(images=60, seed=1))
    monkeypatch.setattr(tour, "TEST", dict(images=20, seed=2, split="test"))
    monkeypatch.setattr(tour, "_notebook", lambda notebook, out: out / "start.ipynb")
    (tmp_path / "start.ipynb").touch()
    page = tour.tour("tour", "start.ipynb").read_text()
    assert page.count("data:image/png;base64,") == 5 and "R@1" in page and "chance" in page
    assert not re.search(r"(src|href)=.(?!data:)|@import|url\(", page)
    assert all(alt.strip() for alt in re.findall(r'alt="([^"]*)"', page))
    said = capsys.readouterr().out
    assert "make lab" in said and "index.html" in said
    assert not list(tmp_path.rglob("*.partial"))


def test_another_run_in_the_tour_s_folder_is_said_with_what_to_type_and_leaves_no_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tour, "TRAIN", dict(images=60, seed=1))
    fit(toy(), Settings(model="vsepp", options=dict(dim=8), epochs=1), out=tour.RUN, ui="none")
    (tmp_path / "start.ipynb").touch()
    with pytest.raises(Problem, match="runs/start holds another run than the tour's .*; rename it, such as mv .*again") as told:
        tour.tour("tour", "start.ipynb")
    assert "fresh" not in str(told.value) and not (tmp_path / "tour").exists()


def test_outside_the_project_the_tour_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match="project's folder"):
        tour.tour()
