"""The loose quadtree."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.errors import InputError
from tiles.tiling.quadtree import Limits, Quadtree, build

LIMITS = Limits(features=50, triangles=800, upper_features=10, extent_m=1e6)


def scattered(count: int, seed: int = 1) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1_000, (count, 2))
    return centres, rng.gamma(2, 15, count) + 5, rng.integers(10, 40, count)


def tree_of(count: int, limits: Limits = LIMITS, seed: int = 1) -> Quadtree:
    return build(*scattered(count, seed), limits)


@given(st.integers(1, 900), st.integers(0, 9))
def test_no_tile_is_above_its_limits(count: int, seed: int) -> None:
    centres, sizes, triangles = scattered(count, seed)
    tree = build(centres, sizes, triangles, LIMITS)
    assert len(tree.tile_of) == count
    assert np.bincount(tree.tile_of).max() <= LIMITS.features
    assert np.bincount(tree.tile_of, triangles).max() <= LIMITS.triangles


def ancestry(tree: Quadtree, tile: int) -> list[int]:
    """A tile and all above it."""
    return [tile, *(ancestry(tree, int(tree.parent[tile])) if tile else [])]


@pytest.mark.parametrize("count", [300, 4_000])
def test_geometric_error_bounds_how_far_hidden_features_reach_from_drawn_ones(count: int) -> None:
    centres, sizes, triangles = scattered(count)
    tree = build(centres, sizes, triangles, LIMITS)
    lineage = [set(ancestry(tree, tile)) for tile in range(len(tree.parent))]
    for tile, error in enumerate(tree.geometric_error_m):
        drawn = centres[np.isin(tree.tile_of, list(lineage[tile]))]
        below = [n for n in range(tile + 1, len(lineage)) if tile in lineage[n]]
        hidden = np.isin(tree.tile_of, below)
        away = np.hypot(*(centres[hidden][:, None] - drawn[None]).transpose(2, 0, 1))
        reach = away.min(axis=1, initial=np.inf) + sizes[hidden]
        assert error >= reach.max(initial=0)
        assert error == 0 or below


def test_geometric_error_is_no_more_than_a_cell_and_the_largest_hidden_feature() -> None:
    centres, sizes, triangles = scattered(5_000)
    tree = build(centres, sizes, triangles, Limits(features=100, upper_features=64))
    cell = np.ptp(centres, axis=0).max() / 2**tree.level / 8
    assert (tree.geometric_error_m <= np.sqrt(2) * cell + sizes.max()).all()


def test_geometric_errors_fall_from_parent_to_child() -> None:
    tree = tree_of(5_000)
    children = np.arange(1, len(tree.parent))
    assert (
        tree.geometric_error_m[children] <= tree.geometric_error_m[tree.parent[children]]
    ).all()


def test_largest_feature_of_all_is_in_the_root() -> None:
    _, sizes, _ = scattered(1_000)
    tree = tree_of(1_000)
    assert tree.tile_of[np.argmax(sizes)] == 0
    assert sizes[tree.tile_of == 0].mean() > 2 * sizes.mean()


def test_features_on_one_spot_are_shared_out() -> None:
    sizes = np.linspace(10, 20, 1_000)
    tree = build(np.zeros((1_000, 2)), sizes, np.full(1_000, 12), LIMITS)
    assert np.bincount(tree.tile_of).max() <= LIMITS.features


def test_feature_above_the_limit_has_a_tile_of_its_own() -> None:
    triangles = np.array([10_000, 10_000, 12])
    tree = build(
        np.array([[0.0, 0], [10, 10], [20, 20]]), np.array([9.0, 8, 7]), triangles, LIMITS
    )
    assert len(set(tree.tile_of[:2].tolist())) == 2


def test_wide_tiles_hold_nothing() -> None:
    centres = np.array([[0.0, 0], [500_000, 0], [0, 500_000]])
    limits = Limits(extent_m=100_000)
    tree = build(centres, np.full(3, 20.0), np.full(3, 12), limits)
    assert 0 not in tree.tile_of


def test_children_lie_in_the_squares_of_their_parents() -> None:
    tree = tree_of(3_000)
    child = np.arange(1, len(tree.parent))
    assert (tree.column[child] // 2 == tree.column[tree.parent[child]]).all()
    assert (tree.row[child] // 2 == tree.row[tree.parent[child]]).all()
    assert (tree.level[child] == tree.level[tree.parent[child]] + 1).all()


def test_limits_that_allow_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="upper_features: 0"):
        Limits(upper_features=0)


def test_names_of_tiles_are_unique() -> None:
    tree = build(np.zeros((3_000, 2)), np.ones(3_000), np.full(3_000, 12), LIMITS)
    cells = np.column_stack((tree.level, tree.column, tree.row))
    assert len(np.unique(cells, axis=0)) == len(cells)
