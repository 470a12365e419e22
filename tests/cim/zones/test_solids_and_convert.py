"""Solid covers and conversion between grids."""

from itertools import permutations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from cim import plugins
from cim.errors import InputError
from cim.grids.base import Grid, GridCodeError, HeightGrid
from cim.zones.convert import by_center, by_overlap
from cim.zones.cover import CoverLimitError, CoverRequest
from cim.zones.solids import Body, cover_body, estimate_body

FOOTPRINT = shapely.box(121.4902, 31.2368, 121.4908, 31.2372)
SYSTEMS = plugins.names("cim.grids")


@pytest.fixture(params=[("beidou", 7), ("geosot", 22)])
def solid(request: pytest.FixtureRequest) -> tuple[HeightGrid, int]:
    name, level = request.param
    grid = plugins.load(name, "cim.grids")
    assert isinstance(grid, HeightGrid)
    return grid, level


def test_a_building_is_covered_from_floor_to_roof(solid: tuple[HeightGrid, int]) -> None:
    grid, level = solid
    body = Body(FOOTPRINT, -9.5, 42.0)
    found = cover_body(grid, body, CoverRequest(level))
    faces = grid.height_bounds(found.heights, np.full(len(found.heights), level))
    assert faces[:, 0].min() <= -9.5 < 42.0 <= faces[:, 1].max()
    column = faces[found.codes == found.codes[0]]
    assert (column[1:, 0] == column[:-1, 1]).all()
    assert (column[:, 1] > -9.5).all()
    assert (column[:, 0] < 42.0).all()
    inside = cover_body(grid, body, CoverRequest(level, "inside"))
    kept = grid.height_bounds(inside.heights, np.full(len(inside.heights), level))
    assert kept[:, 0].min() >= -9.5
    assert kept[:, 1].max() <= 42.0
    centered = cover_body(grid, body, CoverRequest(level, "center"))
    assert len(inside.codes) < len(centered.codes) <= len(found.codes)
    assert len(set(zip(found.codes.tolist(), found.heights.tolist(), strict=True))) == len(
        found.codes
    )


def test_a_point_at_a_height_is_one_solid_cell(solid: tuple[HeightGrid, int]) -> None:
    grid, level = solid
    body = Body(shapely.Point(121.49, 31.237), 12.0, 12.0)
    found = cover_body(grid, body, CoverRequest(level))
    assert found.codes == grid.encode(np.array([[121.49, 31.237]]), level)
    assert found.heights == grid.encode_heights(np.array([12.0]), level)


def test_bad_bodies_and_large_ones_are_refused(solid: tuple[HeightGrid, int]) -> None:
    grid, level = solid
    with pytest.raises(GridCodeError, match="low must not be above high"):
        cover_body(grid, Body(FOOTPRINT, 10.0, 0.0), CoverRequest(level))
    with pytest.raises(InputError, match="want numbers"):
        cover_body(grid, Body(FOOTPRINT, np.nan, 0.0), CoverRequest(level))
    request = CoverRequest(level, limit=50)
    assert estimate_body(grid, Body(FOOTPRINT, 0.0, 42.0), request) > 50
    with pytest.raises(CoverLimitError):
        cover_body(grid, Body(FOOTPRINT, 0.0, 42.0), request)


@pytest.mark.parametrize(("one", "other"), list(permutations(SYSTEMS, 2)))
def test_conversion_by_centre_states_its_error(one: str, other: str) -> None:
    source: Grid = plugins.load(one, "cim.grids")
    target: Grid = plugins.load(other, "cim.grids")
    levels = {"beidou": 6, "geosot": 20, "h3": 10}
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.uniform(-179, 179, 500), rng.uniform(-80, 80, 500)])
    codes = source.encode(points, levels[one])
    found = by_center(source, codes, target, levels[other])
    assert (found.codes == target.encode(source.centers(codes), levels[other])).all()
    _, _, away = Geod(ellps="GRS80").inv(*points.T, *source.centers(codes).T)
    assert (away <= found.error_m * 1.01).all()


def test_the_cell_both_engines_name_converts(solid: tuple[HeightGrid, int]) -> None:
    beidou: Grid = plugins.load("beidou", "cim.grids")
    geosot: Grid = plugins.load("geosot", "cim.grids")
    code = beidou.from_text(["N48H67171CA372"])
    found = by_center(beidou, code, geosot, 23)
    assert geosot.to_text(found.codes).tolist() == ["G00112322303233231203131"]
    assert found.error_m[0] == pytest.approx(5.1, abs=0.3)
    assert solid[0].name in SYSTEMS


@pytest.mark.parametrize(("one", "other"), list(permutations(SYSTEMS, 2)))
def test_overlaps_share_the_whole_cell(one: str, other: str) -> None:
    source: Grid = plugins.load(one, "cim.grids")
    target: Grid = plugins.load(other, "cim.grids")
    levels = {"beidou": 5, "geosot": 19, "h3": 9}
    codes = source.encode(np.array([[116.4, 39.9], [-179.9999, -30.0]]), levels[one])
    found = by_overlap(source, codes, target, CoverRequest(levels[other]))
    assert len(found.cells.offsets) == 3
    owners = found.cells.owners()
    assert np.bincount(owners, weights=found.shares).tolist() == pytest.approx([1, 1])
    center = by_center(source, codes, target, levels[other])
    assert np.isin(center.codes, found.cells.codes).all()
