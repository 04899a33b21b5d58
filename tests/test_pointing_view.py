"""On photos the attention view opens on the pointed region: its sentence, its parts, phrases as units, human boxes beside it."""
import re
from dataclasses import replace

import numpy as np
import pytest
from test_pointing import OURS
from toy import indexed

import vsrlab as vl
from vsrlab.errors import Problem
from vsrlab.explain.explanation import Pair
from vsrlab.explain.pointing.mix import mix_of, parts, phrase_of, pointing_matrix
from vsrlab.retrieval.index import index
from vsrlab.views.relations.named import named_regions
from vsrlab.views.state import State


@pytest.fixture(scope="module")
def photos():
    """(run, index) of scenes that pass for photos of our extractor."""
    run, at = indexed("scan", images=6)
    confidence = np.random.default_rng(0).random(at.corpus.boxes.shape[:2]).astype(np.float32)
    return run, index(run, replace(at.corpus, truth=None, extractor=OURS, confidence=confidence))


def words(at, text):
    return at.corpus.texts[text].rstrip(".").split()


def opened(photos, **options):
    run, at = photos
    return vl.attention(run, at, 3, 15, strip=False, **options)


def test_it_is_the_default_on_photos_and_says_region_and_parts(photos):
    view = opened(photos)
    e, word = view.e, view.word
    assert view.quantity == "pointing" == view.quantities[0]
    region = int(np.argmax(parts(e, phrase_of(e, word), mix_of(e)).total))
    said = re.escape(f"points at {e.region_name(region)}, weight ")
    assert re.search(said + r"[\d.]+ \(cosine [+−][\d.]+, detector " + f"{e.confidence[region]:.2f}", view.text())
    assert view.tested()[:2] == ("regions", "cosine")                       # what the model brings is tested, not the detector
    assert view.table()["pointing"].to_numpy().reshape(len(e.words), -1).argmax(1)[word] == region


def test_the_parts_are_folded_and_add_up(photos):
    page = opened(photos).html()
    folded = page[page.index("How phrases point"):]
    rows = re.findall(r"<tr>(.*?)</tr>", folded[:folded.index("</table>")])[1:]
    assert rows
    for row in rows:
        numbers = [float(x.replace("−", "-")) for x in re.findall(r"<td[^>]*>([+−][\d.]+|0)</td>", row)][:5]
        assert sum(numbers[:4]) == pytest.approx(numbers[4], abs=0.021)


def test_a_phrase_can_be_asked_for_and_travels_with_the_state(photos, tmp_path):
    asked = " ".join(words(photos[1], 15)[1:3])
    view = opened(photos, word=asked)
    assert view.state.phrase and view.state.word == view.state.phrase[-1]
    assert f"“{asked}” points at" in view.text()
    view.state.save(tmp_path / "state.json")
    again = State.load(tmp_path / "state.json")
    assert again.phrase == view.state.phrase
    again.set(query=16)
    assert again.phrase == ()
    with pytest.raises(Problem, match="'green ideas' is not in the caption; its words are: "):
        opened(photos, word="green ideas")


@pytest.mark.parametrize("box, said", [("region", "it points right"), ("around", "it points at a part: the middle is right and"),
                                       ("corner", "it points elsewhere")])
def test_beside_a_human_box_it_says_right_part_or_elsewhere(photos, box, said):
    phrase = " ".join(words(photos[1], 15)[1:3])
    view = opened(photos, word=phrase)
    region = int(np.argmax(view.matrix("pointing")[view.word]))
    x1, y1, x2, y2 = view.e.places[region]
    middle = (x1 + x2) / 2, (y1 + y2) / 2
    boxes = {"region": [x1, y1, x2, y2], "around": [middle[0] - 0.001, middle[1] - 0.001, middle[0] + 0.001, middle[1] + 0.001],
             "corner": [0, 0, 0.001, 0.001]}
    told = opened(photos, word=phrase, phrases={15: [(phrase, [boxes[box]])]})
    assert f"Beside the human box of “{phrase}” {said}" in told.text()
    assert "human box" not in view.text()


def test_the_still_draws_the_human_box(photos):
    phrase = " ".join(words(photos[1], 15)[1:3])
    figure = opened(photos, word=phrase, phrases={15: [(phrase, [[0.1, 0.2, 0.5, 0.6]])]}).figure()
    texts = " ".join(text.get_text().replace("\n", " ") for ax in figure.axes for text in ax.texts)
    assert "Yellow, dotted: the box that people have drawn." in texts and f"“{phrase}” points at" in " ".join(
        ax.get_title(loc) for ax in figure.axes for loc in ("left", "center")) + texts
    patches = [p for ax in figure.axes for p in ax.patches if hasattr(p, "get_x")]
    assert [0.1, 0.2] in [[round(p.get_x(), 3), round(p.get_y(), 3)] for p in patches]


def test_other_extractors_and_scenes_keep_what_they_had(photos):
    run, at = photos
    other = index(run, replace(at.corpus, extractor="of my own"))
    assert vl.attention(run, other, 3, 15, strip=False).quantity == "cosine"
    run, scenes = indexed("scan", images=6)
    assert vl.attention(run, scenes, 3, 15, strip=False).quantity == "attention"


def test_regions_of_the_graph_are_named_by_what_points(photos):
    run, at = photos
    e = vl.explain(run, at, 3, 15)
    found = named_regions(e, Pair(run, at, 3, 15))
    matrix = pointing_matrix(e, False)[1]
    assert all(int(np.argmax(matrix[e.words.index(word)])) == region for region, word in found.items())


def test_a_phrase_of_unknown_words_points_and_says_that_the_model_cannot_read_it(photos):
    view = vl.attention(*photos, 3, "a zyzzyva near a red umbrella", strip=False, word="zyzzyva")
    assert "The vocabulary knows no word of it: the model reads <unk>." in view.text()
