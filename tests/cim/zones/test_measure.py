"""Areas of cells on the ellipsoid."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from cim import plugins
from cim.grids.base import Grid
from cim.zones.measure import areas_m2

GEOD = Geod(a=6_378_137.0, rf=298.257222101)
EARTH_M2 = 510_065_621_718_491.0


def grid_of(name: str) -> Grid:
    grid: Grid = plugins.load(name, "cim.grids")
    return grid


@pytest.mark.parametrize(("name", "level"), [("beidou", 1), ("geosot", 0), ("geosot", 9)])
def test_boxes_that_tile_the_globe_have_its_area(name: str, level: int) -> None:
    grid = grid_of(name)
    assert areas_m2(grid, grid.roots(level)).sum() == pytest.approx(EARTH_M2, rel=1e-9)


def test_hexagons_that_tile_the_globe_have_its_area() -> None:
    grid = grid_of("h3")
    assert areas_m2(grid, grid.roots(0)).sum() == pytest.approx(EARTH_M2, rel=0.005)


@pytest.mark.parametrize("name", ["beidou", "geosot", "h3"])
@pytest.mark.parametrize("place", [(114.3, 30.5), (-70.2, -33.4), (179.9, 60.1), (0.0, 0.0)])
def test_an_area_is_that_of_the_outline_drawn_finely(
    name: str, place: tuple[float, float]
) -> None:
    grid = grid_of(name)
    for level in grid.levels[3:9:2]:
        codes = grid.encode(np.array([place]), level)
        outline = grid.polygons(codes)[0]
        if name != "h3":
            outline = shapely.segmentize(outline, max(outline.length / 4000, 1e-7))
        wanted = abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(outline))[0])
        assert areas_m2(grid, codes)[0] == pytest.approx(wanted, rel=1e-6), level


def test_the_cells_at_a_pole_have_an_area() -> None:
    for name, level in (("beidou", 2), ("geosot", 10), ("h3", 5)):
        grid = grid_of(name)
        codes = grid.encode(np.array([[10.0, 90.0], [10.0, -90.0]]), level)
        north, south = areas_m2(grid, codes)
        assert north > 0
        assert south == pytest.approx(north, rel=0.5)


def test_no_cells_have_no_areas() -> None:
    assert areas_m2(grid_of("h3"), np.zeros(0, np.uint64)).shape == (0,)
