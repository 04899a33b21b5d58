"""Two copies of a live view on one state: whatever control is moved in one, the other shows the same."""
import ipywidgets
import pytest
from toy import indexed, with_attention

from vsrlab.space import atlas as atlases
from vsrlab.views.attention.view import attention
from vsrlab.views.gallery.view import gallery
from vsrlab.views.projection.view import projection
from vsrlab.views.relations.view import relations
from vsrlab.views.state import State
from vsrlab.views.timeline.view import timeline

KINDS = {"attention": lambda run, at, **more: attention(run, at, 2, 10, strip=False, **more),
         "relations": lambda run, at, **more: relations(run, at, 2, 10, strip=False, **more),
         "timeline": lambda run, at, **more: timeline(run, at, 2, 10, strip=False, **more),
         "projection": lambda run, at, **more: projection(run, at, most=30, **more),
         "gallery": lambda run, at, **more: gallery(at, text=6, **more)}
MOVED = (ipywidgets.ToggleButtons, ipywidgets.Dropdown, ipywidgets.Select, ipywidgets.Checkbox, ipywidgets.FloatSlider,
         ipywidgets.FloatLogSlider, ipywidgets.IntSlider, ipywidgets.SelectionSlider)


@pytest.fixture(scope="module")
def run():
    return indexed(with_attention(), images=20)


def controls(widget) -> list:
    return [part for part in widget.parts() if isinstance(part, MOVED)]


def other(control):
    """A value that the control does not have now; None where it can have no other."""
    if isinstance(control, ipywidgets.Checkbox):
        return not control.value
    if hasattr(control, "options"):
        return next((value for _, value in control._options_full if value is not None and value != control.value), None)
    return control.min + control.step if control.value != control.min + control.step else control.min + 2 * control.step


@pytest.mark.parametrize("kind", KINDS)
def test_any_control_moved_in_one_copy_moves_in_the_other(kind, run, monkeypatch):
    monkeypatch.setattr("vsrlab.space.maps.umap", lambda points, seed: atlases.Map("umap", points[:, :2] * (1 + seed), points))
    state = State()
    one = KINDS[kind](*run, state=state).widget()
    two = KINDS[kind](*run, state=state).widget()
    moved = 0
    for place, control in enumerate(controls(one)):
        value = other(control)
        if value is None or control.disabled:
            continue
        if getattr(control, "description", "") == "colour by" and value == "word":
            value = "modality"
        control.value = value
        moved += 1
        assert 'role="alert"' not in one.status.value, (control.description, one.status.value)
        for a, b in zip(controls(one), controls(two), strict=True):
            assert a.value == b.value, (kind, control.description, place, a.description, a.value, b.value)
    assert moved >= {"timeline": 2}.get(kind, 5)
    one.close()
    two.close()


def test_the_word_of_the_colours_is_shared_and_a_session_keeps_the_map(run, tmp_path):
    state = State()
    one, two = (projection(*run, most=30, state=state) for _ in range(2))
    widgets = one.widget(), two.widget()
    widgets[0].word.value = "dog"
    assert widgets[1].word.value == "dog" and widgets[1].colour.value == "word" and two.word == "dog"
    two.choose(closed=True, lines="all")
    assert widgets[0].closed.value and widgets[0].lines.value == "all" and one.closed
    again = projection(*run, most=30, state=State.load(state.save(tmp_path / "s.json")))
    assert (again.colour, again.word, again.closed, again.lines, again.method) == ("word", "dog", True, "all", "pca")
    for widget in widgets:
        widget.close()
