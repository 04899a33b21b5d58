"""The digest of the error desk: one pass that says what brute force says, kept beside the scores and opened again."""
import numpy as np
import pytest
from foreign import IDS, IMAGES, OWNER, SCORES, TEXTS, WORDS, write
from toy import indexed

from vsrlab.desk import store
from vsrlab.desk.digest import digest
from vsrlab.errors import Problem
from vsrlab.measure.ranks import TIE, TIES, order, ranks_by_ties, tie
from vsrlab.retrieval.lazy import Mean, Product
from vsrlab.retrieval.scored import Scored
from vsrlab.retrieval.sources import from_embeddings, from_scores


def world(images, texts, levels, seed=0):
    """Scores of a few values (ties), or of many; owners that leave images without texts and others with up to nine or more."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, (images, texts)).astype(np.float32) if levels < 1000 else rng.standard_normal((images, texts))
    return x, rng.integers(0, max(1, images - 2), texts)


@pytest.mark.parametrize("images, texts, levels", [(7, 9, 3), (300, 700, 5), (600, 400, 10 ** 6), (40, 60, 2), (3, 500, 4),
                                                   (700, 5, 3), (1, 4, 3), (600, 80, 1), (530, 100, 40)])
def test_one_pass_says_what_brute_force_says(images, texts, levels):
    x, owner = world(images, texts, levels)
    found, right = digest(x, owner), np.arange(images)[:, None] == owner
    assert np.array_equal(found.text.rows, [order(x[:, t], right[:, t])[:20] for t in range(texts)])
    assert np.array_equal(found.image.rows, [order(x[i], right[i])[:20] for i in range(images)])
    assert np.array_equal(found.text.scores, np.take_along_axis(x.T, found.text.rows, 1))
    for rule in TIES:
        there, here = ranks_by_ties(x, owner)[rule], found.ranks(rule)
        assert np.array_equal(there.of_texts, here.of_texts) and np.array_equal(np.maximum(there.of_images, -1), here.of_images)
    for side, of, mine in (("text", x.T, right.T), ("image", x, right)):
        known, of = found.side(side), of.astype(float)
        for n in range(len(of)):
            wrong, own = of[n][~mine[n]], of[n][mine[n]]
            assert known.wrong[n] == wrong.max() if len(wrong) else np.isnan(known.wrong[n])
            assert known.score[n] == own.max() if len(own) else np.isnan(known.score[n]) and known.worst[n] == -1
            assert len(wrong) == 0 or known.spread[n] == pytest.approx(wrong.std(), abs=1e-6)
            assert (known.mean[n], known.deviation[n]) == pytest.approx((of[n].mean(), of[n].std()), abs=1e-6)
            if len(own) and len(wrong):
                near = own.max() - wrong.max()
                assert known.tied[n] == (abs(near) < tie(of[n], mine[n]) or near == 0) or abs(abs(near) - TIE * wrong.std()) < 1e-9


def test_how_often_an_answer_is_found_is_counted_over_all_queries():
    x, owner = world(90, 300, 10 ** 6)
    found = digest(x, owner)
    first = [set(order(x[:, t], np.arange(90) == owner[t])[:10]) for t in range(300)]
    assert found.found("image").tolist() == [sum(i in some for some in first) for i in range(90)]
    assert found.found("text", 3).sum() == 90 * 3
    with pytest.raises(Problem, match="k=21: the digest keeps the first 20 answers"):
        found.found("image", 21)


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.int32])
def test_every_type_of_number(kind):
    x, owner = world(50, 80, 200)
    found, plain = digest(x.astype(kind), owner), digest(x, owner)
    assert np.array_equal(found.text.rows, plain.text.rows) and np.array_equal(found.image.worst, plain.image.worst)


def test_scores_that_are_made_when_read_are_digested_like_the_matrix():
    product = Product(IMAGES, WORDS)
    for lazy in (product, Mean([product, product])):
        found, plain = digest(lazy, OWNER), digest(np.asarray(product), OWNER)
        assert np.array_equal(found.text.rows, plain.text.rows) and np.allclose(found.text.margin, plain.text.margin, atol=1e-6)


def test_a_digest_is_kept_beside_the_file_and_made_anew_for_other_scores(tmp_path, monkeypatch):
    path = write(tmp_path / "clip.npy")
    made = from_scores(path, TEXTS, OWNER, image_ids=IDS)
    before = made.digest
    assert (tmp_path / "clip.desk" / "digest.npz").is_file()
    again = from_scores(path, TEXTS, OWNER, image_ids=IDS)
    with monkeypatch.context() as patch:
        patch.setattr("vsrlab.retrieval.failures.questions.digest", lambda *_: pytest.fail("made again"))
        assert all(np.array_equal(x, y, equal_nan=True) for x, y in zip(before.arrays().values(), again.digest.arrays().values()))
    write(path, SCORES[:, ::-1].copy())
    other = from_scores(path, TEXTS, OWNER, image_ids=IDS)
    assert other.key != made.key and np.array_equal(other.digest.text.rows, digest(SCORES[:, ::-1], OWNER).text.rows)
    assert from_scores(path, TEXTS, OWNER[::-1].copy(), image_ids=IDS).key != other.key
    assert from_scores(SCORES, TEXTS, OWNER).desk is None                              # of an array nothing is written


def test_a_broken_digest_is_made_anew_and_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    path = write(tmp_path / "clip.npy")
    scored = from_scores(path, TEXTS, OWNER)
    store.keep(scored.desk, scored.key, scored.digest)
    (scored.desk / store.DIGEST).write_bytes((scored.desk / store.DIGEST).read_bytes()[:500])
    assert np.array_equal(from_scores(path, TEXTS, OWNER).digest.text.rows, scored.digest.text.rows)
    (tmp_path / "flat.desk").write_text("a file where the folder should be")
    flat = from_scores(path, TEXTS, OWNER, name="flat")
    assert len(flat.digest.text.rows) == len(TEXTS) and (tmp_path / "flat.desk").is_file()


def test_the_key_of_an_index_scores_nothing(monkeypatch):
    index = indexed("vsrpp")[1]
    monkeypatch.setattr("vsrlab.retrieval.index.score_all", lambda *_, **__: pytest.fail("the gallery was scored"))
    assert index.scored.key != indexed("vsrpp", mu=1.0)[1].scored.key
    assert index.scored.key == indexed("vsrpp")[1].scored.key


# what is asked of it

def test_queries_tell_rank_margin_and_winner():
    scored = from_scores(SCORES, TEXTS, OWNER, image_ids=IDS)
    table = scored.queries("text")
    row = table.iloc[7]
    line, right = SCORES[:, 7], np.arange(8) == 1
    assert row["id"] == "photo1.jpg#2" and row["text"] == TEXTS[7] and row["rank"] == (line[~right] >= line[1]).sum()
    assert row["winner_id"] == IDS[line.argmax()] and row["margin"] == pytest.approx(line[1] - line[~right].max())
    assert row["margin_sd"] == pytest.approx(row["margin"] / line[~right].std(), rel=1e-4)
    assert not table["judged"].any() and table["valid"].isna().all()
    images = scored.queries("image")
    assert len(images) == 8 and images["winner_id"][0] == scored.text_ids[SCORES[0].argmax()]
    assert (images["hit"] == (images["rank"] == 0)).all() and scored.ranks is not None


def test_first_answers_and_hubs():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400, 800)).astype(np.float32)
    x[[5, 17, 200, 301]] += 3                                                         # found by nearly everybody
    scored = Scored("clip", x, [], [f"text {t}" for t in range(800)], np.arange(800) % 400)
    assert np.array_equal(scored.top("text", 1).rows[:, 0], x.argmax(0))
    hubs = scored.hubs()
    assert set(hubs["row"][:4]) == {5, 17, 200, 301} and hubs["hub"][:4].all() and not hubs["hub"][4:].any()
    assert list(scored.hubs(5, "text").columns) == ["row", "id", "N_5", "hub"]
    for k in (0, 21):
        with pytest.raises(Problem, match=f"k={k}: "):
            scored.top("text", k)


def planted(images=1000, dim=64, twins=60, seed=0):
    """Vectors of which most cosines are above 0.9, as a young model's are, and near-duplicates among them."""
    rng = np.random.default_rng(seed)
    x = 4 + rng.standard_normal((images, dim))
    x[twins:2 * twins] = x[:twins] + 0.2 * rng.standard_normal((twins, dim))
    return x.astype(np.float32), {(n, twins + n) for n in range(twins)}


def found_pairs(table) -> set:
    return set(zip(table["row"], table["other"]))


def test_planted_near_duplicates_are_found_among_vectors_that_are_all_alike():
    x, truth = planted()
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    assert (unit @ unit.T > 0.9).mean() > 0.5
    scored = from_embeddings(x, x, [f"text {n}" for n in range(len(x))], np.arange(len(x)))
    found = found_pairs(scored.duplicates("image"))
    assert len(found & truth) >= 0.9 * len(truth) and len(found & truth) >= 0.95 * len(found)


@pytest.mark.parametrize("side", ["image", "text"])
def test_near_duplicates_of_scores_alone_are_exact(side):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((300, 420)).astype(np.float32)
    lines = x if side == "image" else x.T
    lines[200:240] = lines[:40] + np.linspace(0.1, 0.6, 40, dtype=np.float32)[:, None] * rng.standard_normal((40, lines.shape[1]))
    scored = Scored("clip", x, [], [f"text {t}" for t in range(420)], np.arange(420) % 300)
    centred = lines - lines.mean(0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    like = np.triu(unit @ unit.T, 1)
    table = scored.duplicates(side)
    assert found_pairs(table) == set(zip(*map(np.ndarray.tolist, np.nonzero(like >= 0.95)))) and 5 < len(table) < 40
    assert np.allclose(table["cosine"], like[table["row"], table["other"]], atol=1e-5)


def test_near_duplicates_need_scores_to_tell_them_apart():
    with pytest.raises(Problem, match="only 8 scores of each text, too few"):
        from_scores(SCORES, TEXTS, OWNER).duplicates("text")
    with pytest.raises(Problem, match="no side 'photo'"):
        from_scores(SCORES, TEXTS, OWNER).duplicates("photo")


def test_a_sample_is_of_failures_and_the_same_every_time():
    scored = from_scores(SCORES, TEXTS, OWNER)
    some = scored.sample(10, seed=4)
    assert len(some) == 10 and (some["rank"] > 0).all() and some.equals(scored.sample(10, seed=4))
    assert len(scored.sample(1000)) == (scored.queries()["rank"] > 0).sum()
    with pytest.raises(Problem, match="n=0"):
        scored.sample(0)
