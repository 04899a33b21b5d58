"""The belief under the views: there in what stands still, behind a button where it is live, a sentence where nothing is tested."""
import io

import numpy as np
import pytest
from PIL import Image
from toy import indexed

from vsrlab.draw import output
from vsrlab.explain import removal
from vsrlab.views.attention.view import AttentionView, attention
from vsrlab.views.belief.view import strip
from vsrlab.views.relations.view import relations
from vsrlab.views.state import ALL
from vsrlab.views.timeline.view import timeline

OF = {attention: "Attention of the regions", relations: "Affinity of the edges", timeline: "Effect of leaving each region out"}


@pytest.fixture(scope="module")
def pair():
    run, at = indexed("vsrpp", images=8)
    return run, at, 3, int(at.corpus.texts_of(3)[0])


def drawn_words(figure) -> str:
    return " ".join(" ".join(t.get_text() for t in ax.texts) for ax in figure.axes).replace("\n", " ")


@pytest.mark.parametrize("view", OF)
def test_text_page_and_figure_carry_the_verdict(view, pair, tmp_path):
    seen = view(*pair)
    sentence = seen.belief.now().headline
    assert sentence.startswith(OF[view] + ": ") and "random orders" in sentence
    assert f"Can this be believed? {sentence}" in seen.text()
    page = seen.save(tmp_path / "seen.html").read_text()
    assert sentence in page and page.count('class="strip"') == 1 and len(page) < 600_000
    drawn = drawn_words(seen.figure())
    assert sentence.split(":")[0] in drawn and "random orders" in drawn


@pytest.mark.parametrize("view", OF)
def test_without_a_strip_nothing_is_said(view, pair):
    seen = view(*pair, strip=False)
    assert seen.belief is None and "believed" not in seen.text() + seen.html()


@pytest.mark.parametrize("view", OF)
def test_the_live_view_tests_only_when_it_is_asked(view, pair, monkeypatch):
    seen, tested = view(*pair), []
    along = removal.Removal.along
    monkeypatch.setattr(removal.Removal, "along", lambda self, *a: tested.append(self.what) or along(self, *a))
    live = seen.widget()
    seen.state.region = 2
    assert not tested and not live.belief.shown.value and live.belief.button in live.children
    live.belief.button.click()
    assert tested and live.belief.button not in live.children and live.belief.shown in live.children
    assert "tested in" in live.status.value
    assert seen.belief.now().headline in live.belief.shown.value
    before = len(tested)
    seen.state.region = 3
    assert len(tested) == before and live.belief.shown.value, "the same pair is tested once"
    live.close()


def test_the_strip_goes_with_the_pair_and_with_what_is_drawn(pair):
    run, at, image, text = pair
    seen = attention(run, at, image, text)
    live, first = seen.widget(), seen.belief.now()
    live.belief.button.click()
    seen.choose(quantity="cosine")
    assert seen.belief.now().method == "cosine" and not seen.belief.known() and not live.belief.shown.value
    assert "Largest cosine of the regions" in seen.text()
    seen.choose(quantity="attention")
    assert seen.belief.now() is first and seen.belief.known() and first.headline in live.belief.shown.value
    seen.state.set(candidate=5)
    assert not seen.belief.known() and seen.belief.now().pair.image == 5 and live.belief.button in live.children
    live.close()
    layers = relations(run, at, image, text, layer=0)
    assert layers.belief.now().options == {"layer": 0}
    assert layers.belief.now().belief.values.tolist() != layers.choose(layer=1).belief.now().belief.values.tolist()


def test_the_verdict_is_the_one_of_the_strip_alone(pair):
    assert attention(*pair).belief.now().headline == strip(*pair, method="attention").headline


def test_attention_of_regions_over_words_tests_the_words():
    run, at = indexed("scan", images=6, direction="i-t")
    seen = attention(run, at, 1, int(at.corpus.texts_of(1)[0]))
    assert seen.tested() == ("words", "attention", {}) and "Attention of the words: " in seen.text()


@pytest.mark.parametrize("view", (relations, timeline))
def test_a_model_with_nothing_to_test_says_so_in_one_sentence(view):
    run, at = indexed("vsepp", images=6)
    seen = view(run, at, 1, int(at.corpus.texts_of(1)[0]))
    said = "No explanation is drawn here, so there is nothing to test."
    assert seen.text().endswith(said) and said in seen.html()
    live = seen.widget()
    assert live.belief.button not in live.children and said in live.belief.shown.value
    live.close()


def test_a_model_without_attention_is_tested_by_what_its_view_draws():
    run, at = indexed("vsepp", images=6)
    assert "Can this be believed? Occlusion of the regions: " in attention(run, at, 1, int(at.corpus.texts_of(1)[0])).text()


def test_a_pair_that_cannot_be_tested_says_why():
    run, at = indexed("scan", images=6)
    seen = attention(run, at, 1, 5)
    seen.tested = lambda: ("edges", "affinity", {})
    said = seen.belief.text()
    assert said.startswith("Can this be believed? It could not be tested: ") and "scan has no layer in which" in said
    assert seen.text().endswith(said) and "It could not be tested: " in seen.html()


def test_a_record_from_a_file_has_no_pair_to_test(pair):
    run, at, image, text = pair
    whole = attention(run, at, image, text)
    kept = AttentionView(whole.record)
    assert kept.belief is None and "believed" not in kept.text()
    whole.whatif.pair = None
    assert whole.belief.now() is None and whole.belief.text().endswith("nothing to test.")
    assert whole.choose(word=ALL).belief.known()


def test_a_heavy_picture_of_a_notebook_makes_do_with_few_colours_and_keeps_its_text(pair, monkeypatch):
    seen = attention(*pair, strip=False)
    whole = Image.open(io.BytesIO(seen.png()))
    monkeypatch.setattr(output, "HEAVY", 1_000)
    light = Image.open(io.BytesIO(seen.png()))
    assert light.mode == "P" and light.size == whole.size and light.text["Description"] == seen.text()
    assert np.abs(np.asarray(light.convert("RGB"), int) - np.asarray(whole.convert("RGB"), int)).mean() < 3
    assert len(seen.png(150)) > len(seen.png()) and Image.open(io.BytesIO(seen.png(150))).mode != "P"
