"""How far two meshes of a feature lie apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.arrays import Float64
from tiles.meshing.distance import Soup, apart_m

SQUARE = np.array([[[0.0, 0, 0], [10, 0, 0], [10, 10, 0]], [[0, 0, 0], [10, 10, 0], [0, 10, 0]]])
OTHER_DIAGONAL = np.array(
    [[[0.0, 0, 0], [10, 0, 0], [0, 10, 0]], [[10, 0, 0], [10, 10, 0], [0, 10, 0]]]
)


def soup(corners: Float64, feature: int = 0) -> Soup:
    return Soup(corners, np.full(len(corners), feature))


def sampled(corners: Float64, count: int = 40) -> Float64:
    """Points all over triangles."""
    grid = [(i / count, j / count) for i in range(count + 1) for j in range(count + 1 - i)]
    weights = np.array([[1 - u - v, u, v] for u, v in grid])
    return (weights @ corners).reshape(-1, 3)


def nearest(points: Float64, corners: Float64) -> float:
    """Farthest distance from points to the nearest of many samples of triangles."""
    others = sampled(corners)
    return float(max(np.linalg.norm(others - point, axis=1).min() for point in points))


def test_one_shape_cut_in_two_ways_is_no_distance_apart() -> None:
    assert apart_m(soup(SQUARE), soup(OTHER_DIAGONAL)) <= 0.25


def test_shifted_shape_is_as_far_as_its_shift() -> None:
    assert apart_m(soup(SQUARE), soup(OTHER_DIAGONAL + np.array([0, 0, 3]))) == pytest.approx(
        3, rel=0.09
    )


def test_what_only_one_shape_has_counts_from_both_sides() -> None:
    tower = np.array([[[5.0, 5, 0], [6, 5, 0], [5, 5, 7]]])
    both = np.concatenate((SQUARE, tower))
    assert apart_m(soup(SQUARE), soup(both)) == pytest.approx(7, rel=0.06)
    assert apart_m(soup(both), soup(SQUARE)) == pytest.approx(7, rel=0.06)


def test_each_feature_is_measured_against_itself_and_the_farthest_counts() -> None:
    first = Soup(np.concatenate((SQUARE, SQUARE + 100)), np.array([0, 0, 1, 1]))
    second = Soup(
        np.concatenate((SQUARE, SQUARE + np.array([100, 100, 102]))), np.array([0, 0, 1, 1])
    )
    assert apart_m(first, second) == pytest.approx(2, rel=0.13)


def test_triangles_without_area_are_lines() -> None:
    line = np.array([[[0.0, 0, 0], [10, 0, 0], [10, 0, 0]]])
    assert apart_m(soup(line), soup(line + np.array([0, 4, 0]))) == pytest.approx(4, rel=0.07)


@given(st.integers(0, 1_000))
def test_bound_holds_for_any_triangles_and_is_not_far_off(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(0, 20, (2, 3, 3, 3))
    bound = apart_m(soup(first), soup(second))
    seen = max(nearest(sampled(first, 6), second), nearest(sampled(second, 6), first))
    assert bound >= seen - 0.8
    assert bound <= 1.05 * seen + 1.1
