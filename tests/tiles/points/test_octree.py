"""The octree of one cube of points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.arrays import Float64
from tests.tiles.points.making import as_points, clouds, numbers, root_of, surface
from tiles.points import morton
from tiles.points.lattice import STEP_M, Cube, Points, cube_about, extremes
from tiles.points.octree import GRID, Share, ancestor, cell_error_m, share_out


def places(points: Points) -> Float64:
    """(n, 3) metres."""
    return np.asarray(points["xyz"] * STEP_M, np.float64)


@given(st.tuples(*[st.integers(0, 2**21 - 1)] * 3), st.integers(0, 11))
def test_morton_codes_come_back(place: tuple[int, int, int], shift: int) -> None:
    x, y, z = (np.array([part << shift], np.uint32) for part in place)
    assert morton.decode(int(morton.encode((x, y, z), shift)[0])) == place


@given(clouds(), st.integers(1, 40))
def test_every_point_lies_in_one_tile(points: Points, limit: int) -> None:
    root = root_of(points)
    shares = share_out(points, root, root, 0, limit)
    found = sorted(number for share in shares for number in numbers(share.points))
    assert found == list(range(len(points)))


@given(clouds(), st.integers(1, 40))
def test_points_lie_in_the_cube_of_their_tile(points: Points, limit: int) -> None:
    root = root_of(points)
    for share in share_out(points, root, root, 0, limit):
        low = np.array(share.cube.low)
        away = share.points["xyz"] - low
        assert (away >= 0).all()
        assert (away < 2**share.cube.bits).all()
        assert share.cube == ancestor(share.cube, root, share.depth)


@given(clouds(), st.integers(1, 40))
def test_leaves_have_nothing_below_and_all_else_has(points: Points, limit: int) -> None:
    root = root_of(points)
    shares = share_out(points, root, root, 0, limit)
    parents = {(s.depth - 1, ancestor(s.cube, root, s.depth - 1)) for s in shares if s.depth}
    here = {(share.depth, share.cube): share.leaf for share in shares}
    assert parents <= here.keys()
    assert {place for place, leaf in here.items() if not leaf} == parents
    assert len(here) == len(shares)


def drawn_down_to(shares: list[Share], depth: int) -> Float64:
    """(n, 3) what is drawn when tiles down to a depth are."""
    return np.concatenate([places(share.points) for share in shares if share.depth <= depth])


@pytest.mark.parametrize("limit", [500, 4_000])
def test_geometric_error_bounds_how_far_what_is_missing_lies(limit: int) -> None:
    points = surface(30_000)
    root = root_of(points)
    shares = share_out(points, root, root, 0, limit)
    for depth in range(max(share.depth for share in shares)):
        drawn = drawn_down_to(shares, depth)
        for share in shares:
            if share.depth > depth:
                for place in places(share.points)[:20]:
                    nearest = np.linalg.norm(drawn - place, axis=1).min()
                    assert nearest <= cell_error_m(root, depth)


def assert_one_point_a_cell(shares: list[Share], points: Points) -> None:
    """Down to each depth that has no leaf, each cell that holds a point draws one."""
    root = root_of(points)
    shallowest_leaf = min(share.depth for share in shares if share.leaf)
    assert shallowest_leaf > 1
    for depth in range(shallowest_leaf):
        drawn = np.concatenate([s.points["xyz"] for s in shares if s.depth <= depth])
        side = 2**root.bits // 2**depth // GRID
        cells = (drawn - np.array(root.low)) // side
        held = np.unique((points["xyz"] - np.array(root.low)) // side, axis=0)
        np.testing.assert_array_equal(np.unique(cells, axis=0), held)
        assert len(cells) == len(held)


def test_what_is_drawn_has_one_point_a_cell() -> None:
    points = surface(60_000)
    assert_one_point_a_cell(share_out(points, root_of(points), root_of(points), 0, 300), points)


def test_the_point_nearest_to_the_middle_stands_for_a_cell() -> None:
    corner, middle, beside = (1, 2, 3), (62, 66, 63), (100, 100, 9)
    points = as_points([corner, middle, beside, *((2**13 + n, 0, 0) for n in range(8))])
    shares = share_out(points, Cube((0, 0, 0), 14), Cube((0, 0, 0), 14), 0, 5)
    (first,) = (share for share in shares if share.depth == 0)
    assert numbers(first.points)[0] == 1


def test_parts_of_a_tree_together_draw_one_point_a_cell() -> None:
    points = surface(60_000)
    root = root_of(points)
    parts: list[Share] = []
    for cube in {ancestor(Cube(tuple(p), 0), root, 2) for p in points["xyz"].tolist()}:
        away = points["xyz"] - np.array(cube.low)
        inside = ((away >= 0) & (away < 2**cube.bits)).all(axis=1)
        parts += share_out(points[inside], cube, root, 2, 300)
    assert_one_point_a_cell(parts, points)


def test_errors_halve_from_level_to_level() -> None:
    root = cube_about(extremes(surface(100)), least_bits=7)
    errors = [cell_error_m(root, depth) for depth in range(-1, 5)]
    assert errors[0] == pytest.approx(np.sqrt(3) * root.side_m)
    assert [errors[n] / errors[n + 1] for n in range(1, 5)] == [2.0] * 4
