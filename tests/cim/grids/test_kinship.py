"""Cells of unequal level: which hold and which overlap which, flat and solid."""

import numpy as np
import pytest
import shapely

from cim import plugins
from cim.arrays import Float64
from cim.grids.base import Grid, HeightGrid

BOXES = [("beidou", range(1, 11)), ("geosot", range(33))]


def anywhere(count: int, seed: int) -> Float64:
    rng = np.random.default_rng(seed)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    return np.column_stack([rng.uniform(-180, 180, count), np.clip(lat, -87.9, 87.9)])


@pytest.mark.parametrize(("system", "levels"), BOXES)
def test_the_cells_of_a_point_overlap_at_all_levels(system: str, levels: range) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    points = anywhere(300, seed=1)
    by_level = [grid.encode(points, level) for level in levels]
    for upper, coarse in enumerate(by_level):
        for lower, fine in enumerate(by_level):
            assert grid.overlaps(coarse, fine).all()
            assert (grid.contains(coarse, fine) == (upper <= lower)).all()


@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_overlap_is_that_of_the_boxes_and_symmetric(system: str) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    rng = np.random.default_rng(2)
    points = np.vstack([rng.uniform(-0.01, 0.01, (200, 2)), anywhere(200, seed=3)])
    near = points + rng.uniform(-0.01, 0.01, points.shape)
    pair = {"beidou": (3, 5), "geosot": (14, 19)}[system]
    first, second = grid.encode(points, pair[0]), grid.encode(near, pair[1])
    found = grid.overlaps(first, second)
    boxes = shapely.relate_pattern(grid.polygons(first), grid.polygons(second), "T********")
    assert found.tolist() == boxes.tolist()
    assert (grid.overlaps(second, first) == found).all()
    assert 20 < found.sum() < 400
    around = grid.neighbors(first)
    assert not grid.overlaps(first[around.owners()], around.codes).any()
    assert grid.overlaps(first[:1], first[:1]).all()


def test_the_merged_caps_overlap_the_cells_above_them() -> None:
    grid: Grid = plugins.load("geosot", "cim.grids")
    cap = grid.from_text(["G00202200"])
    coarse = grid.encode(np.column_stack([np.arange(-178.0, 180, 4), np.full(90, 89.0)]), 7)
    assert len(np.unique(coarse)) == 90
    assert grid.overlaps(cap, coarse).all()
    assert grid.overlaps(coarse, cap).all()
    assert not grid.contains(coarse, cap).any()
    ring = grid.from_text(["G0020220020"])
    east = (np.arange(-178.0, 180, 4) > 0) & (np.arange(-178.0, 180, 4) < 128)
    assert (grid.overlaps(ring, coarse) == east).all()
    assert not grid.overlaps(cap, grid.from_text(["G20202200"])).any()


def test_h3_overlap_is_what_the_sphere_shows() -> None:
    grid: Grid = plugins.load("h3", "cim.grids")
    points = np.vstack([anywhere(400, seed=4), [[0.1, 89.9], [179.999, 1.0], [-179.999, 1.0]]])
    for level in (0, 2, 5, 9):
        coarse = grid.encode(points, level)
        for deeper in (1, 2, 4):
            fine = grid.encode(points, level + deeper)
            assert grid.overlaps(coarse, fine).all()
            assert grid.overlaps(fine, coarse).all()
        around = grid.neighbors(coarse)
        middle = grid.encode(grid.centers(around.codes), level + 3)
        assert not grid.overlaps(coarse[around.owners()], middle).any()
        assert not grid.overlaps(coarse[around.owners()], around.codes).any()
    fine = grid.encode(points, 9)
    above = grid.ancestors(fine, 3)
    strays = ~grid.overlaps(above, fine)
    assert grid.contains(above, fine).all()
    assert 0 < strays.sum() < 60
    assert grid.overlaps(grid.encode(points, 3), fine).all()


SOLIDS = [("beidou", (6, 8)), ("geosot", (20, 25))]


@pytest.mark.parametrize(("system", "levels"), SOLIDS)
def test_solid_cells_hold_and_overlap_by_sides_and_layers(
    system: str, levels: tuple[int, int]
) -> None:
    grid: HeightGrid = plugins.load(system, "cim.grids")
    rng = np.random.default_rng(5)
    point = np.tile([[121.49, 31.237]], (4000, 1))
    heights_m = rng.uniform(-300, 600, 4000)
    high = heights_m + rng.uniform(-40, 40, 4000)
    outer, inner = (grid.encode(point, level) for level in levels)
    outer_heights = grid.encode_heights(heights_m, levels[0])
    inner_heights = grid.encode_heights(high, levels[1])
    held = grid.contains_3d(outer, outer_heights, inner, inner_heights)
    met = grid.overlaps_3d(outer, outer_heights, inner, inner_heights)
    big = grid.height_bounds(outer_heights, np.full(4000, levels[0]))
    small = grid.height_bounds(inner_heights, np.full(4000, levels[1]))
    assert (held == ((big[:, 0] <= small[:, 0]) & (small[:, 1] <= big[:, 1]))).all()
    assert (met == ((big[:, 0] < small[:, 1]) & (small[:, 0] < big[:, 1]))).all()
    assert (met == grid.overlaps_3d(inner, inner_heights, outer, outer_heights)).all()
    assert 100 < held.sum() < 3900
    elsewhere = grid.encode(point + 0.1, levels[1])
    assert not grid.overlaps_3d(outer, outer_heights, elsewhere, inner_heights).any()
    assert not grid.contains_3d(inner, inner_heights, outer, outer_heights).any()


def test_geosot_layers_of_minutes_and_seconds_overlap_without_holding() -> None:
    grid: HeightGrid = plugins.load("geosot", "cim.grids")
    point = np.array([[121.49, 31.237]])
    coarse, fine = grid.encode(point, 15), grid.encode(point, 16)
    across = grid.height_bounds(grid.encode_heights(np.array([1000.0]), 15), np.array([15]))
    face = grid.encode_heights(across[:, 1] - 1.0, 16)
    below = grid.encode_heights(np.array([1000.0]), 15)
    assert grid.contains(coarse, fine).all()
    assert grid.overlaps_3d(coarse, below, fine, face).all()
    assert not grid.contains_3d(coarse, below, fine, face).any()


@pytest.mark.parametrize(("system", "levels"), SOLIDS)
def test_layers_are_counted_without_being_made(system: str, levels: tuple[int, int]) -> None:
    grid: HeightGrid = plugins.load(system, "cim.grids")
    for low, high in ((-30.0, 50.0), (0.0, 0.0), (-5.0, -1.0), (12.0, 400.0), (-0.001, 0.0)):
        for level in levels:
            count = grid.count_heights_between(low, high, level)
            assert count == len(grid.heights_between(low, high, level))
    assert grid.count_heights_between(-6e6, 5e8, grid.levels[-1]) > 1_000_000_000
