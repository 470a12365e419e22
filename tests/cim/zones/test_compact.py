"""Compaction and expansion are each other's inverse."""

import numpy as np
import pytest

from cim import plugins
from cim.grids.base import Grid, GridCodeError
from cim.zones.compact import compact, expand, without_descendants


@pytest.fixture(params=plugins.names("cim.grids"))
def grid(request: pytest.FixtureRequest) -> Grid:
    loaded: Grid = plugins.load(request.param, "cim.grids")
    return loaded


def test_children_compact_to_their_parent(grid: Grid) -> None:
    top = grid.encode(np.array([[116.4, 39.9], [-60.0, -30.0]]), grid.levels[3])
    below = expand(grid, top, grid.levels[5])
    rng = np.random.default_rng(1)
    assert (compact(grid, rng.permutation(below)) == np.sort(top)).all()
    lacking = compact(grid, below[1:])
    assert len(lacking) > 2
    assert (expand(grid, lacking, grid.levels[5]) == below[1:]).all()


def test_cells_inside_other_cells_are_dropped(grid: Grid) -> None:
    point = np.array([[116.4, 39.9]])
    chain = np.concatenate([grid.encode(point, level) for level in grid.levels[2:]])
    assert without_descendants(grid, chain).tolist() == chain[:1].tolist()
    assert compact(grid, chain).tolist() == chain[:1].tolist()


def test_nothing_compacts_to_nothing(grid: Grid) -> None:
    none = np.zeros(0, dtype=np.uint64)
    assert len(compact(grid, none)) == 0
    assert len(expand(grid, none, grid.levels[-1])) == 0


def test_expanding_to_a_coarser_level_is_refused(grid: Grid) -> None:
    codes = grid.encode(np.array([[116.4, 39.9]]), grid.levels[4])
    with pytest.raises(GridCodeError, match="is finer than level"):
        expand(grid, codes, grid.levels[2])


def test_merged_polar_cells_compact_to_the_cap() -> None:
    geosot: Grid = plugins.load("geosot", "cim.grids")
    cap = geosot.from_text(["G00202200"])
    sixteen = expand(geosot, cap, 10)
    assert len(sixteen) == 16
    beside = geosot.encode(np.array([[10.0, 87.9]]), 10)
    mixed = compact(geosot, np.concatenate([sixteen, beside]))
    assert set(mixed.tolist()) == {int(cap[0]), int(beside[0])}
