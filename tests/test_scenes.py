"""Generated scenes: the same every time, honest about what their words name, and neither too easy nor too hard to see."""
import re
from collections import Counter

import numpy as np
import pytest

from vsrlab.data.scenes.captions import Word, spell
from vsrlab.data.scenes.corpus import scenes
from vsrlab.data.scenes.dice import Dice
from vsrlab.data.scenes.geometry import Fact, around, boxes, facts
from vsrlab.data.scenes.making import make
from vsrlab.data.scenes.picture import draw
from vsrlab.data.scenes.shapes import CATEGORIES, parts, shapes
from vsrlab.data.scenes.twins import TWINS, twin_of
from vsrlab.data.scenes.world import COLOURS, GROUNDS, KINDS, STUFF, TEXTURES, Scene, Thing
from vsrlab.data.words import tokenise
from vsrlab.errors import Problem


@pytest.fixture(scope="module")
def corpus():
    return scenes(400, seed=5)


def iou(a, b):
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, wide) * max(0, tall)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def thing(kind, x, foot, **changes):
    return Thing(kind, "red", "plain", "medium", 1, x, foot, False, 0.5)._replace(**changes)


def test_a_seed_is_a_corpus_and_the_first_images_do_not_depend_on_how_many_are_asked_for(corpus):
    few, other = scenes(71, seed=5), scenes(71, seed=6)
    n = 71 * 5
    assert few.texts == corpus.texts[:n] and few.truth.words == corpus.truth.words[:n]
    assert np.array_equal(few.boxes, corpus.boxes[:71]) and np.array_equal(few.regions, corpus.regions[:71])
    assert list(few.labels.flat) == list(corpus.labels[:71].flat) and np.array_equal(few.confidence, corpus.confidence[:71])
    assert sum(a == b for a, b in zip(few.texts, other.texts)) < 10 and not set(few.ids) & set(other.ids)


def test_regions_are_what_a_detector_would_give(corpus):
    assert corpus.regions.shape == (400, 36, 192) and corpus.regions.dtype == np.float16
    assert np.isfinite(corpus.regions).all() and (corpus.regions >= 0).all() and corpus.regions.any(2).all()
    assert (corpus.boxes >= 0).all() and (corpus.boxes <= 1).all()
    assert (corpus.boxes[..., 2:] > corpus.boxes[..., :2]).all()
    assert (np.diff(corpus.confidence, axis=1) <= 0).all() and 0 < corpus.confidence.min() and corpus.confidence.max() < 1
    assert set(corpus.labels.flat) & set(STUFF) and set(corpus.labels.flat) & set(CATEGORIES) and "wheel" in corpus.labels


def test_nouns_name_the_regions_that_frame_their_thing_and_only_those(corpus):
    checked = 0
    for t, (text, named) in enumerate(zip(corpus.texts, corpus.truth.words)):
        image, words = corpus.image_of_text[t], [w for w, _, _ in tokenise(text)]
        assert len(words) == len(named)
        scene = corpus.truth.scenes[image]
        true = list(zip(scene.things, boxes(scene)))
        for word, regions in zip(words, named):
            if word not in KINDS or sum(s.kind == word for s, _ in true) != 1:
                continue
            group = next(b for s, b in true if s.kind == word)
            for r in regions:
                found = corpus.boxes[image, r]
                assert max(iou(found, b) for b in [*group, around(group)]) >= 0.199, (text, word, corpus.labels[image, r])
            checked += bool(regions)
    assert checked > 800


def test_articles_name_nothing_and_the_ground_names_its_patches(corpus):
    for t, (text, named) in enumerate(zip(corpus.texts, corpus.truth.words)):
        for (word, _, _), regions in zip(tokenise(text), named):
            assert word not in ("a", "an", "the", "of", "is", "and") or regions == []
            assert word != "grass" or all((corpus.boxes[corpus.image_of_text[t], r, 3] > 0.42) for r in regions)
    words = [w for text, named in zip(corpus.texts, corpus.truth.words) for (w, _, _), r in zip(tokenise(text), named) if r]
    assert {"grass", "sand", "two", "red", "striped", "small", "shirt"} <= set(words)


def test_left_and_right_both_put_the_subject_on_the_left(corpus):
    seen = Counter()
    for t, told in enumerate(corpus.truth.relations):
        words = [w for w, _, _ in tokenise(corpus.texts[t])]
        centre = corpus.boxes[corpus.image_of_text[t]][:, [0, 2]].mean(1)
        for place, subject, target in told:
            if words[place] in ("left", "right") and subject and target:
                assert np.median(centre[subject]) < np.median(centre[target]), corpus.texts[t]
            seen[words[place]] += 1
    assert {"left", "right", "behind", "front", "on", "above", "under", "next"} <= set(seen)


def test_facts_follow_from_where_things_are():
    scene = Scene("meadow", (thing("dog", 0.2, 0.9), thing("cow", 0.7, 0.9), thing("bird", 0.2, 0.3)), 0.5)
    assert Fact("left", 0, 1) in facts(scene) and Fact("left", 1, 0) not in facts(scene)
    assert Fact("above", 2, 0) in facts(scene) and Fact("above", 2, 1) not in facts(scene)
    on = Scene("room", (thing("table", 0.5, 0.9), thing("cat", 0.0, 0.0, link="on", to=0)), 0.5)
    (table,), (cat,) = boxes(on)
    assert facts(on) == [Fact("on", 1, 0)] and table[1] < cat[3] < table[1] + 0.1 * (table[3] - table[1]) and cat[1] < table[1]


def test_twins_differ_in_exactly_one_thing():
    seen = Counter()
    for k in range(400):
        dice = Dice(9, k)
        scene = make(dice)
        edit = twin_of(dice, scene)
        a, b = scene.things, edit.scene.things
        seen[edit.kind] += 1
        differing = [(s, o) for s, o in zip(a, b) if s != o]
        if edit.kind == "duplicate":
            assert edit.scene == scene
        elif edit.kind == "missing":
            assert len(b) == len(a) - 1 and {t.look for t in b} < {t.look for t in a}
        elif edit.kind in ("colour", "count"):
            (s, o), = differing
            assert s._replace(**{edit.kind: getattr(o, edit.kind)}) == o and getattr(s, edit.kind) != getattr(o, edit.kind)
        else:
            assert len(differing) <= 2 and len(a) == len(b), edit
            assert all(s[:5] == o[:5] for s, o in zip(a, b))                 # kind, colour, texture, size, count
            (_, before), (_, after) = edit.focus_a, edit.focus_b
            assert before in facts(scene) and before not in facts(edit.scene) and after in facts(edit.scene)
    assert set(seen) == set(TWINS)


def test_a_quarter_of_the_images_are_twins_of_their_neighbour_and_a_caption_tells_each_from_the_other(corpus):
    twins = corpus.truth.twins
    assert all(t.image_b == t.image_a + 1 and t.image_a % 2 == 0 for t in twins) and 0.18 < 2 * len(twins) / 400 < 0.32
    said = lambda image: {w for t in corpus.texts_of(image) for w, _, _ in tokenise(corpus.texts[t])}
    spelling = {"grey": {"grey", "gray"}, "purple": {"purple", "violet"}, "red": {"red", "crimson"}, "brown": {"brown", "tan"}}
    for twin in twins:
        if twin.kind == "colour":
            first, second = re.search(r": (\w+) in the first, (\w+) in", twin.what).groups()
            assert said(twin.image_a) & spelling.get(first, {first}) and said(twin.image_b) & spelling.get(second, {second})
        if twin.kind == "missing":
            kind = twin.what.split(":")[0]
            assert "no" in said(twin.image_b) and kind not in {t.kind for t in corpus.truth.scenes[twin.image_b].things}
        if twin.kind in ("relation", "order"):
            assert all(any(corpus.truth.relations[t] for t in corpus.texts_of(image)) for image in twin[:2])
        if twin.kind == "duplicate":
            assert np.array_equal(corpus.regions[twin.image_a], corpus.regions[twin.image_b])


def test_rows_of_a_corpus_keep_the_truth_of_their_texts_and_the_twins_that_survive(corpus):
    a, b, kind, what = corpus.truth.twins[0]
    c = corpus.truth.twins[1].image_a
    part = corpus.images([c, b, a])
    assert part.truth.twins == [(2, 1, kind, what)]
    assert len(part.truth.words) == len(part.texts) == len(part.truth.relations) == 15
    assert part.truth.words[5] == corpus.truth.words[corpus.texts_of(b)[0]] and part.truth.scenes[2] == corpus.truth.scenes[a]
    again = part.images([2])
    assert again.truth.twins == [] and np.array_equal(np.asarray(again.photo(0)), np.asarray(corpus.photo(a)))


def test_pictures_come_on_demand_and_a_colour_twin_differs_only_where_its_thing_is(corpus):
    twin = next(t for t in corpus.truth.twins if t.kind == "colour")
    one, two = (np.asarray(corpus.photo(i)).astype(int) for i in twin[:2])
    assert one.shape == (360, 480, 3) and tuple(corpus.sizes[0]) == (480, 360)
    things = list(zip(*(corpus.truth.scenes[i].things for i in twin[:2])))
    k = next(k for k, (s, o) in enumerate(things) if s != o)
    x1, y1, x2, y2 = around(boxes(corpus.truth.scenes[twin.image_a])[k])
    changed = np.argwhere(np.abs(one - two).max(-1) > 24)
    assert len(changed) > 20
    assert changed[:, 1].min() >= x1 * 480 - 4 and changed[:, 1].max() <= x2 * 480 + 4
    assert changed[:, 0].min() >= y1 * 360 - 4 and changed[:, 0].max() <= y2 * 360 + 4


@pytest.mark.parametrize("texture", TEXTURES)
def test_every_category_is_drawn_in_its_colour_on_every_ground(texture):
    for k, kind in enumerate(CATEGORIES):
        ground = list(GROUNDS)[k % len(GROUNDS)]
        scene = Scene(ground, (thing(kind, 0.5, 0.9, texture=texture, flip=bool(k % 2)),), k / 50)
        empty, full = (np.asarray(draw(scene._replace(things=t), (160, 120))).astype(int) for t in ((), scene.things))
        (x1, y1, x2, y2), = boxes(scene)[0]
        inside = full[int(y1 * 120):int(y2 * 120) + 1, int(x1 * 160):int(x2 * 160) + 1]
        assert np.abs(full - empty).max() > 40 and (inside[..., 0] - inside[..., 1] > 50).mean() > 0.04, kind


def test_sketches_fill_their_box_and_their_parts_lie_inside():
    assert len(CATEGORIES) >= 40 and set(CATEGORIES) == set(KINDS)
    assert len(COLOURS) >= 10 and len(TEXTURES) == 5 and len(GROUNDS) == 8
    for category in CATEGORIES:
        points = np.concatenate([s.points for s in shapes(category)])
        assert np.allclose(points.min(0), 0) and np.allclose(points.max(0), 1)
        assert 1 <= len(parts(category)) <= 3
        assert all(-1e-9 <= x1 < x2 <= 1 + 1e-9 and -1e-9 <= y1 < y2 <= 1 + 1e-9 for _, (x1, y1, x2, y2) in parts(category))


def test_sentences_agree_with_their_words(corpus):
    orange = [Word("a"), Word("orange", 0), Word("cat", 0), Word(","), Word("a"), Word("dog", 1)]
    text, spans = spell(orange)
    assert text == "An orange cat, a dog." and [text[a:b] for a, b, _ in spans[1:]] == ["orange", "cat", ",", "a", "dog"]
    assert not any(re.search(r"\b[Aa] [aeiou]|\b[Aa]n [^aeiou]|  | ,", text) for text in corpus.texts)
    single = re.compile(r"\b(two|three|four|pair of) (\w+ )?(dog|man|child|box|bench|butterfly)\b")
    assert not any(map(single.search, corpus.texts))
    lengths = [len(text.split()) for text in corpus.texts]
    assert 9 < np.mean(lengths) < 13 and min(lengths) <= 4 and max(lengths) >= 18
    assert 200 < len({w for text in corpus.texts for w, _, _ in tokenise(text)}) < 400


def test_knobs_do_what_they_say():
    share = lambda c: np.isin(c.labels, STUFF).mean()
    assert share(scenes(40, 2, clutter=0.6)) > share(scenes(40, 2, clutter=0.1)) + 0.2
    told = lambda c: np.mean([bool(r) for r in c.truth.relations])
    assert told(scenes(40, 2, relations=0.0, twins=0.0)) == 0 and told(scenes(40, 2, relations=1.0)) > 0.8
    coloured = lambda c: np.mean([any(w in COLOURS for w, _, _ in tokenise(t)) for t in c.texts])
    assert coloured(scenes(40, 2, attributes=0.0, twins=0.0)) == 0 and coloured(scenes(40, 2, attributes=1.0)) > 0.7
    assert not scenes(40, 2, twins=0.0).truth.twins and len(scenes(40, 2, twins=1.0).truth.twins) == 20
    small = scenes(3, 2, captions=2, regions=10, split="dev")
    assert small.regions.shape == (3, 10, 192) and len(small.texts) == 6 and small.split == "dev"


@pytest.mark.parametrize("wrong, sentence", [
    ({"clutter": 1.5}, "clutter=1.5"), ({"images": 0}, "images=0"), ({"noise": -1}, "noise=-1"),
    ({"twins": float("nan")}, "twins=nan"), ({"regions": 0}, "regions=0"), ({"seed": -1}, "seed=-1")])
def test_a_knob_out_of_range_is_refused_in_one_sentence(wrong, sentence):
    with pytest.raises(Problem, match=re.escape(sentence)):
        scenes(**{"images": 4, **wrong})


def readable(corpus, wanted):
    """Share of regions of the last third whose `wanted(thing)` a ridge regression reads off the features."""
    rows = [(i, r, wanted(t)) for i, scene in enumerate(corpus.truth.scenes) for t, group in zip(scene.things, boxes(scene))
            for r in range(36) if max(iou(corpus.boxes[i, r], b) for b in group) >= 0.6]
    image, region, y = np.array(rows).T
    x = np.c_[corpus.regions[image, region].astype(np.float64), np.ones(len(y))]
    train = image < len(corpus) * 2 // 3
    weight = np.linalg.solve(x[train].T @ x[train] + np.eye(193), x[train].T @ np.eye(y.max() + 1)[y[train]])
    return ((x[~train] @ weight).argmax(1) == y[~train]).mean()


def test_class_and_colour_can_be_read_off_a_region_but_not_without_mistakes(corpus):
    kind = lambda t: CATEGORIES.index(t.kind)
    colour = lambda t: list(COLOURS).index(t.colour)
    assert 0.6 < readable(corpus, kind) < 0.95 and 0.5 < readable(corpus, colour) < 0.9
    assert readable(scenes(400, 5, noise=0.0), colour) > 0.9
