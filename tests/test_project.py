"""Maps of the space: the measures by hand and against scikit-learn, maps that come back, new points, and bad input."""
import subprocess
import sys

import numpy as np
import pytest

from vsrlab.errors import Missing, Problem
from vsrlab.space import maps as project
from vsrlab.space import nearness


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(6, 24))
    return nearness.unit(centres[rng.integers(6, size=180)] + 0.5 * rng.normal(size=(180, 24)))


@pytest.fixture(scope="module")
def umap_of(points):
    return project.umap(points, seed=3)


def test_pca_is_that_of_scikit_learn_up_to_signs(points):
    from sklearn.decomposition import PCA
    peer = PCA(2, svd_solver="full").fit(points)
    ours = project.pca(points)
    assert np.allclose(np.abs(ours.places), np.abs(peer.transform(points)), atol=1e-5)
    share = peer.explained_variance_ratio_.sum()
    assert ours.settings["variance"] == pytest.approx(share, abs=1e-4)
    assert ours.made() == f"PCA: two directions that hold {100 * share:.0f} % of the variance"


def test_pca_is_the_same_when_there_are_fewer_points_than_dimensions(points):
    few, wide = points[:12], np.concatenate([points[:12], np.zeros((12, 0))], 1)
    centred = few - few.mean(0)
    u, s, v = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(np.abs(project.pca(wide).places), np.abs(u[:, :2] * s[:2]), atol=1e-5)


def test_a_new_point_that_is_an_old_one_lands_on_its_place_by_pca(points):
    found = project.pca(points)
    assert np.allclose(found.transform(3.0 * points[7:9]), found.places[7:9], atol=1e-5)     # length does not count


def test_umap_is_the_same_map_for_the_same_seed_and_another_for_another(points, umap_of):
    assert np.array_equal(umap_of.places, project.umap(points, seed=3).places)
    other = project.umap(points, seed=4).places
    assert not np.array_equal(umap_of.places, other)
    assert nearness.overlap(umap_of.places, other) > 0.5


def test_umap_keeps_the_groups_that_the_points_were_made_of(points, umap_of):
    assert nearness.trustworthiness(points, umap_of.places) > 0.8
    assert nearness.trustworthiness(points, np.random.default_rng(0).normal(size=(180, 2))) < 0.65


def test_a_new_point_on_a_umap_lands_among_its_nearest_neighbours(points, umap_of):
    rows, _ = nearness.nearest(points, points[:40] + 0.01, 5)
    placed = umap_of.transform(points[:40] + 0.01)
    low, high = umap_of.places[rows].min(1), umap_of.places[rows].max(1)
    assert ((placed >= low - 1e-5) & (placed <= high + 1e-5)).all()


@pytest.mark.parametrize("method", ("pca", "umap"))
def test_a_saved_map_comes_back_and_places_new_points_exactly_as_before(tmp_path, points, umap_of, method):
    found = umap_of if method == "umap" else project.pca(points)
    again = project.Map.open(found.save(tmp_path / "map.npz"))
    assert again.method == method and again.settings == found.settings
    assert np.array_equal(again.places, found.places)
    assert np.array_equal(again.transform(points[:9] + 0.1), found.transform(points[:9] + 0.1))
    assert [p.name for p in tmp_path.iterdir()] == ["map.npz"]


def test_a_file_that_is_no_map_and_one_that_is_missing_are_refused_in_a_sentence(tmp_path, points):
    (tmp_path / "map.npz").write_bytes(b"no map")
    with pytest.raises(Problem, match="is not a map .* project again"):
        project.Map.open(tmp_path / "map.npz")
    with pytest.raises(Missing, match="no map at"):
        project.Map.open(tmp_path / "none.npz")
    with pytest.raises(Problem, match="could not be saved .*check the folder"):
        project.pca(points).save(tmp_path / "no folder" / "map.npz")


def test_points_that_cannot_be_mapped_are_refused_with_the_reason(points):
    for wrong, said in ((points[:1], "at least 2 points"), (points[0], r"expected \(N, D\)"), (points * np.nan, "not finite"),
                        (points[:, :1], "2 dimensions")):
        with pytest.raises(Problem, match=said):
            project.pca(wrong)
    with pytest.raises(Problem, match="24 dimensions, these have 5"):
        project.pca(points).transform(np.ones((2, 5)))
    with pytest.raises(Problem, match="at least 2"):
        project.umap(points, neighbours=1)


def test_nearest_neighbours_by_hand():
    places = np.array([[1, 0], [0, 1], [-1, 0], [1, 1]], float)
    rows, cosines = nearness.nearest(places, np.array([[2.0, 0.2]]), 3)
    assert rows.tolist() == [[0, 3, 1]]
    assert cosines[0] == pytest.approx([0.99504, 0.77395, 0.09950], abs=1e-4)
    assert nearness.nearest(places, places, 9, skip_self=True)[0].tolist() == [[3, 1, 2], [3, 0, 2], [1, 3, 0], [0, 1, 2]]


def test_trustworthiness_is_that_of_scikit_learn(points, umap_of):
    from sklearn.manifold import trustworthiness
    for places in (umap_of.places, project.pca(points).places, np.random.default_rng(1).normal(size=(180, 2))):
        peer = trustworthiness(points, places, n_neighbors=15, metric="cosine")
        assert nearness.trustworthiness(points, places) == pytest.approx(peer, abs=1e-6)


def test_measures_are_the_same_when_points_are_compared_in_blocks(points, monkeypatch):
    places = project.pca(points).places
    measures = lambda: (nearness.trustworthiness(points, places), nearness.overlap(places, points[:, :2]),
                        nearness.nearest(points, points, 7, skip_self=True)[0].tolist())
    whole = measures()
    monkeypatch.setattr(nearness, "BLOCK", 37)
    assert measures() == whole


def test_overlap_counts_common_neighbours():
    line = np.array([[0, 0], [1, 0], [3, 0], [7, 0]], float)
    other = np.array([[0, 0], [5, 0], [1, 0], [6, 0]], float)
    # nearest on the line: 1 0 1 2, on the other: 2 3 0 1; none in common.
    # the two nearest: {1,2} {0,2} {1,0} {2,1} and {2,1} {3,2} {0,1} {1,2}
    assert nearness.overlap(line, other, 1) == 0
    assert nearness.overlap(line, other, 2) == (2 + 1 + 2 + 2) / 8
    assert nearness.overlap(line, 10 - line, 2) == 1


def test_the_gap_between_images_and_texts_by_hand():
    images, texts = np.array([[1, 0], [0, 1]], float), np.array([[1, 0], [1, 0], [0, -1]], float)
    found = nearness.gap(images, texts, [0, 1, 1])
    assert found.pairs == pytest.approx((1 + 0 - 1) / 3)
    assert found.others == pytest.approx((0 + 1 + 0) / 3)
    assert found.distance == pytest.approx(np.hypot(1 / 2 - 2 / 3, 1 / 2 + 1 / 3))


def test_the_longest_pairs_are_the_worst_share():
    length = nearness.lengths([[0, 0], [1, 1]], [[3, 4], [1, 1], [1, 3]], [0, 1, 1])
    assert length.tolist() == [5, 0, 2]
    assert nearness.longest(length, 0.05).tolist() == [0]
    assert nearness.longest(length, 0.67).tolist() == [0, 2]


def test_a_turned_mirrored_scaled_and_shifted_map_is_laid_back_on_the_first(points):
    first = project.pca(points).places
    other = 3 * first @ np.array([[0.6, 0.8], [0.8, -0.6]]) + (5, -2)
    assert np.allclose(project.align(other, first), first, atol=1e-5)
    with pytest.raises(Problem, match="same points"):
        project.align(other[:5], first)


def test_k_means_finds_planted_groups_and_numbers_the_largest_first():
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1, 2], (10, 30, 20))
    found = project.clusters(np.eye(8)[group] + 0.05 * rng.normal(size=(60, 8)), 3)
    assert np.bincount(found).tolist() == [30, 20, 10]
    assert len(set(zip(group, found))) == 3


def test_regions_of_all_layers_share_one_map():
    layers = np.random.default_rng(0).normal(size=(3, 5, 8))
    layers[2] = layers[1]                                            # a layer that moves nothing
    places = project.regions(layers).places.reshape(3, 5, 2)
    assert np.allclose(places[2], places[1]) and not np.allclose(places[1], places[0])


def test_hubs_are_counted():
    assert nearness.occurrences([[1, 0], [0, 1]], [[1, .1], [1, .2], [.1, 1]], 1).tolist() == [2, 1]


def test_a_sample_is_random_by_its_seed_and_never_the_first_rows():
    rows = project.sample(1000, 50, seed=7)
    assert len(set(rows)) == 50 and rows.max() > 800 and np.array_equal(rows, project.sample(1000, 50, seed=7))
    assert not np.array_equal(rows, project.sample(1000, 50, seed=8))
    assert np.array_equal(project.sample(5, 50), np.arange(5))


def test_the_expected_time_of_a_umap_grows_with_points_and_learns_from_what_it_took(monkeypatch):
    monkeypatch.setattr(project, "_TOOK", [])
    first = project.umap_seconds(5000, fits=2)
    assert first == pytest.approx(9 + 2 * 5000 * 1.4e-3)
    monkeypatch.setattr(project, "_TOOK", [3.0])
    assert project.umap_seconds(5000) == pytest.approx(3 * 7.0)


def test_pca_and_the_measures_need_neither_umap_nor_scikit_learn():
    code = ("import sys, numpy as np; from vsrlab.space import nearness, maps as project;"
            "x = np.random.default_rng(0).normal(size=(30, 4));"
            "m = project.pca(x); nearness.trustworthiness(x, m.places);"
            "print([n for n in ('umap', 'sklearn', 'numba') if n in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
