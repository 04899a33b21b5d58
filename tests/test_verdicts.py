"""Every view begins with one verdict of at most 20 words, above its picture and its controls, and with its size."""
import re

import ipywidgets
import numpy as np
import pytest
from toy import indexed

import vsrlab as vl
from vsrlab.desk.edits import edit
from vsrlab.desk.judgements import Judgement, Judgements
from vsrlab.explain.faithfulness import faithfulness
from vsrlab.views.methods import MethodsView
from vsrlab.views.pointing import PointingView
from vsrlab.views.view import View
from vsrlab.wording import few

MOST = 20
CONTROLS = (ipywidgets.Text, ipywidgets.Dropdown, ipywidgets.ToggleButtons, ipywidgets.Button, ipywidgets.Select)


@pytest.fixture(scope="module")
def run():
    return indexed("vsrpp", images=30)


@pytest.fixture(scope="module")
def views(run):
    """A view of every kind that the kit has: name -> View."""
    index, other = run[1], indexed("vsepp", images=30)[1]
    edits = edit(index.corpus)
    pairs = {"attention": vl.attention(*run, 4, 6), "of a region": vl.attention(*run, 4, 6, region=3),
             "of all words": vl.attention(*run, 4, 6, word=-1), "cosine": vl.attention(*run, 4, 6, quantity="cosine"),
             "occlusion": vl.attention(*run, 4, 6, quantity="occlusion"),
             "without attention": vl.attention(other.run, other, 4, 6), "relations": vl.relations(*run, 4, 6),
             "affinity": vl.relations(*run, 4, 6, edges="affinity"), "no relations": vl.relations(other.run, other, 4, 6),
             "timeline": vl.timeline(*run, 4, 6), "no memory": vl.timeline(other.run, other, 4, 6), "strip": vl.strip(*run, 4, 6),
             "paper": vl.paper("vsrpp", *run, 4, 6)}
    gallery = {"gallery": vl.gallery(index), "of a photo": vl.gallery(index, 4), "own": vl.gallery(index, "a red dog"),
               "poster": vl.poster(index, other), "dashboard": vl.dashboard(*run), "map": vl.projection(*run),
               "gap closed": vl.projection(*run, closed=True), "hubs": vl.hubs(index), "csls": vl.hubs(index, "csls")}
    failing = {"why": vl.why(index), "other way": vl.why(index, image=3), "versus": vl.versus(*run), "vectors": vl.versus(other),
               "desk": vl.desk(index), "slices": vl.slices(index), "mix": vl.mix(index), "two models": vl.mix(index, other),
               "negatives": vl.negatives(*run), "notices": vl.notices(index, edits)}
    table = faithfulness(*run, 2, ["attention", "occlusion", "random"], orders=4, control=False)
    people = Judgements([Judgement(index.corpus.ids[i], index.scored.text_ids[5 * j], "valid", 4.0 - abs(i - j))
                         for i in range(9) for j in range(4)])
    told = {"methods": MethodsView(table), "pointing game": PointingView(vl.pointing_game(*run, 2)),
            "humans": vl.humans(index, people), "beside": gallery["dashboard"].parts["versus"]}
    return pairs | gallery | failing | told


def words(text: str) -> int:
    """Words and numbers of a line, as one would count them aloud."""
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def every(kind=View) -> set:
    """All kinds of view that a person opens; one is a BeliefView inside of the timeline."""
    below = {one for child in kind.__subclasses__() for one in every(child)}
    own = kind.__module__.startswith("vsrlab.") and not kind.__abstractmethods__ and kind.__name__ != "EffectBelief"
    return below | ({kind} if own else set())


def test_no_view_is_left_out(views):
    assert {kind.__name__ for kind in every()} == {type(view).__name__ for view in views.values()}


def test_each_verdict_is_one_line_of_at_most_twenty_words_with_a_number_or_the_reason_why_there_is_none(views):
    said = {name: view.verdict() for name, view in views.items()}
    assert {name: line for name, line in said.items() if not 3 <= words(line) <= MOST or "\n" in line or line[-1] != "."} == {}
    bare = {name for name, line in said.items() if not re.search(r"\d", line)}
    assert bare <= {"no memory", "no relations", "without attention", "of all words"}


def test_the_page_begins_with_the_verdict_and_folds_what_else_is_said(views):
    for name, view in views.items():
        if name != "strip":
            view.hurried = True                                  # what is tested under the picture is not looked at here
            page = view.alone()
            view.hurried = False
            body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
            first = re.search(r'<p class="lead">(.*?)</p>', body).group(1)
            assert words(re.sub("&[#a-z0-9]+;", "’", first)) <= MOST, name
            before = body[:body.index('<p class="lead">')]
            assert "<img" not in before and "<svg" not in before and "<input" not in before, name


def test_live_the_verdict_stands_above_every_control(views):
    for name, view in views.items():
        widget = view.widget()
        if widget is None or name == "beside":                   # all of it is one page, which begins with the verdict
            continue
        parts = [part for part in widget.parts() if isinstance(part, CONTROLS) or part is widget.lead]
        assert parts[0] is widget.lead and view.verdict()[:20] in re.sub("&#x27;", "'", widget.lead.value), name
        widget.close()


def test_what_names_of_data_add_is_cut():
    assert few("a traffic light at night", 2) == "a traffic …" and few("dog", 2) == "dog"
    run, index = indexed("scan", images=6)
    index.corpus.labels[...] = "a very long label of a thing"
    for word in range(3):
        assert words(vl.attention(run, index, 1, 2, word=word).verdict()) <= MOST


def test_an_effect_better_than_chance_and_too_small_is_real_but_negligible(run):
    view = vl.relations(*run, 4, 6)
    whole, every_cut = view.cuts.score, view.cuts.everything()
    for share, said in ((0.5, "%"), (0.002, "real, but negligible"), (1e-9, "no measurable change")):
        view.cuts._known["everything"] = every_cut._replace(change=np.array([-share * whole]))
        assert said in view.verdict() and ("negligible" in view.verdict()) == (share == 0.002)
    small = vl.attention(*run, 4, 6)
    test = small.belief.now().belief
    assert small.verdict().endswith(test.brief) and words(test.brief) <= 6
