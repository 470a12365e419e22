"""Geometries that are hard or wrong: over the antimeridian, round a pole, crossed, empty."""

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from cim import plugins
from cim.errors import InputError
from cim.grids.base import Grid, GridCodeError, HeightGrid
from cim.zones.areas import box
from cim.zones.cover import CoverRequest, cover, cover_compact, cover_each, estimate_cover
from cim.zones.solids import Body, cover_body, estimate_body

LEVELS = {"beidou": 3, "geosot": 11, "h3": 4}
SYSTEMS = plugins.names("cim.grids")
WEST, EAST = shapely.box(-180, -18, -178, -16), shapely.box(177, -18, 180, -16)
SPLIT = shapely.MultiPolygon([EAST, WEST])


def from_wkt(text: str) -> BaseGeometry:
    """A geometry, numbers that are none included."""
    with np.errstate(invalid="ignore"):
        return shapely.from_wkt(text)


@pytest.fixture(params=SYSTEMS)
def grid(request: pytest.FixtureRequest) -> Grid:
    found: Grid = plugins.load(request.param, "cim.grids")
    return found


@pytest.mark.parametrize(
    "drawn",
    [
        shapely.box(177, -18, 182, -16),
        shapely.box(-183, -18, -178, -16),
        shapely.box(177, -18, -178, -16),
        shapely.Polygon([(177, -18), (-178, -18), (-178, -16), (177, -16)]),
        shapely.Polygon([(177, -18), (177, -17), (177, -16), (-178, -16), (-178, -18)]),
        shapely.Polygon([(-178, -18), (179, -18), (177, -18), (177, -16), (-178, -16)]),
        shapely.GeometryCollection([shapely.box(177, -18, -178, -16)]),
        box(177, -18, -178, -16),
    ],
    ids=["past 180", "past -180", "west > east", "ccw", "cw", "from west", "nested", "box"],
)
def test_an_area_over_the_antimeridian_is_covered_as_its_two_halves(
    grid: Grid, drawn: BaseGeometry
) -> None:
    request = CoverRequest(LEVELS[grid.name])
    found = cover(grid, drawn, request)
    assert found.tolist() == cover(grid, SPLIT, request).tolist()
    assert 10 < len(found) < 1000
    lon = grid.centers(found)[:, 0]
    assert (np.abs(lon) > 176).all()
    mean = estimate_cover(grid, drawn, request)
    assert 0.5 * len(found) < mean < 2 * len(found) + 10


def test_a_hole_over_the_antimeridian_stays_empty(grid: Grid) -> None:
    hole = [(179, -17.5), (179, -16.5), (-179, -16.5), (-179, -17.5)]
    drawn = shapely.Polygon([(177, -18), (-178, -18), (-178, -16), (177, -16)], [hole])
    east, west = shapely.box(179, -17.5, 180, -16.5), shapely.box(-180, -17.5, -179, -16.5)
    split = shapely.MultiPolygon([EAST.difference(east), WEST.difference(west)])
    request = CoverRequest(LEVELS[grid.name], "center")
    assert cover(grid, drawn, request).tolist() == cover(grid, split, request).tolist()


def test_a_line_over_the_antimeridian_goes_the_short_way() -> None:
    grid: Grid = plugins.load("beidou", "cim.grids")
    track = shapely.LineString([(179.9, 10.1), (-179.9, 10.2), (179.9, 10.3)])
    found = cover(grid, track, CoverRequest(2))
    assert grid.to_text(found).tolist() == ["N01CB4", "N60CB4"]


def test_a_box_of_any_width_is_a_box() -> None:
    grid: Grid = plugins.load("beidou", "cim.grids")
    for west, east, columns in ((-170, 170, 58), (170, -170, 4), (-180, 180, 60), (0, 179, 30)):
        found = cover(grid, box(west, 1, east, 2), CoverRequest(1))
        assert len(found) == columns
    for west, east, columns in ((-180, 180, 60), (-170, 170, 58), (10, 350, 58)):
        assert len(cover(grid, shapely.box(west, 1, east, 2), CoverRequest(1))) == columns
    point = cover(grid, box(116.3, 39.9, 116.3001, 39.9001), CoverRequest(1))
    assert grid.to_text(point).tolist() == ["N50J"]


@pytest.mark.parametrize(
    "sides", [(0, 2, 1, 1), (0, 0, 200, 1), (0, -91, 1, 1), (np.nan, 0, 1, 1), (0, 0, 1, np.inf)]
)
def test_a_box_off_the_globe_is_refused(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match="want west, south, east, north"):
        box(*sides)


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        (None, "is empty"),
        (shapely.Point(), "is empty"),
        (shapely.GeometryCollection(), "is empty"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "not valid: Self-intersection"),
        (shapely.Polygon([(0, 0), (1, 1), (2, 2)]), "is not valid"),
        (
            shapely.Polygon([(177, 0), (-178, 1), (-178, 0), (177, 1)]),
            "not valid: Self-intersection",
        ),
        (from_wkt("POLYGON ((0 0, 1 0, NaN 1, 0 0))"), "is not"),
        (from_wkt("LINESTRING (0 0, Inf 1)"), "is not"),
        (from_wkt("POINT (NaN 1)"), "is "),
        (shapely.Point(0, 91), "is not on the globe"),
        (shapely.box(39, 116, 40, 117), "longitude and latitude look swapped"),
        (shapely.box(500_000, 4_000_000, 500_100, 4_000_100), "is not on the globe"),
        (
            shapely.Polygon([(-150, -70), (-30, -70), (90, -70), (-170, -70)]),
            "goes round a pole; cut it at the antimeridian",
        ),
    ],
)
def test_a_geometry_that_is_no_area_of_the_globe_is_refused(
    grid: Grid, drawn: BaseGeometry | None, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        cover(grid, drawn, CoverRequest(grid.levels[3]))
    assert message in str(caught.value)
    with pytest.raises(InputError):
        estimate_cover(grid, drawn, CoverRequest(grid.levels[3]))


def test_among_many_geometries_the_bad_one_is_numbered(grid: Grid) -> None:
    shapes = [shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])]
    with pytest.raises(InputError, match="geometry 1 is not valid: Self-intersection"):
        cover_each(grid, np.array(shapes, dtype=object), CoverRequest(grid.levels[3]))


CAP = shapely.Polygon([(-180, 86), (-90, 87), (0, 86), (90, 87), (180, 86), (180, 90), (-180, 90)])


@pytest.mark.parametrize(("system", "level"), [("beidou", 2), ("geosot", 9), ("h3", 3)])
def test_a_polar_area_led_along_the_pole_is_covered(system: str, level: int) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    found = cover(grid, CAP, CoverRequest(level))
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(-180, 180, 3000), rng.uniform(87.01, 90, 3000)])
    assert np.isin(grid.encode(points, level), found).all()
    assert np.isin(grid.encode(points * (1, 0.93), level), found).mean() < 0.01


@pytest.mark.parametrize(("system", "level"), [("beidou", 3), ("geosot", 11)])
def test_a_polar_area_deeper_than_the_caps_is_refused(system: str, level: int) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    with pytest.raises(GridCodeError):
        cover(grid, CAP, CoverRequest(level, limit=10**9))


def test_an_area_of_no_cells_is_an_empty_cover(grid: Grid) -> None:
    small = shapely.box(116.30001, 39.90001, 116.30002, 39.90002)
    level = LEVELS[grid.name]
    assert cover(grid, small, CoverRequest(level, "inside")).tolist() == []
    assert cover_compact(grid, small, CoverRequest(level, "inside")).tolist() == []
    assert len(cover(grid, small, CoverRequest(level))) >= 1


@pytest.mark.parametrize("level", [-1, 99])
def test_a_level_that_does_not_exist_is_refused(grid: Grid, level: int) -> None:
    with pytest.raises(GridCodeError, match="legal are"):
        cover(grid, shapely.box(0, 0, 1, 1), CoverRequest(level))


@pytest.mark.parametrize("make", [cover_body, estimate_body])
@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_a_body_through_all_heights_is_refused_before_the_work(
    system: str, make: Callable[[HeightGrid, Body, CoverRequest], object]
) -> None:
    grid: HeightGrid = plugins.load(system, "cim.grids")
    body = Body(shapely.box(116.3, 39.9, 116.31, 39.91), -6e6, 5e8)
    request = CoverRequest(grid.levels[-1])
    if make is estimate_body:
        assert estimate_body(grid, body, request) > 10**15
        return
    with pytest.raises(InputError, match="more than the limit of 1000000"):
        make(grid, body, request)
