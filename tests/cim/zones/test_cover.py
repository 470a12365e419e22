"""Covers against a search through every cell of the neighbourhood."""

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from cim import plugins
from cim.arrays import Bool, Float64, Uint64
from cim.errors import InputError
from cim.grids.base import Grid, GridCodeError
from cim.zones.compact import compact, expand
from cim.zones.cover import (
    CoverLimitError,
    CoverRequest,
    Mode,
    cover,
    cover_batches,
    cover_compact,
    cover_each,
    estimate_cover,
)
from cim.zones.predicates import reach_of

LEVELS = {"beidou": 3, "geosot": 11, "h3": 5}
SYSTEMS = tuple(LEVELS)


def load(system: str) -> Grid:
    grid: Grid = plugins.load(system, "cim.grids")
    return grid


def around(grid: Grid, shape: BaseGeometry, level: int) -> Uint64:
    """Every cell near a shape, found by coding a dense mesh of points."""
    west, south, east, north = shapely.bounds(shape)
    x = np.linspace(west - 0.3, east + 0.3, 120)
    y = np.linspace(south - 0.3, north + 0.3, 120)
    mesh = np.column_stack([part.ravel() for part in np.meshgrid(x, y)])
    return np.unique(grid.encode(mesh, level))


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Polygon:
    """Star-shaped polygons with a hole, in all quadrants and over the axes."""
    lon, lat = draw(st.floats(-170, 170)), draw(st.floats(-60, 60))
    if draw(st.booleans()):
        lon, lat = round(lon / 60), round(lat / 60)
    radii = np.array(draw(st.lists(st.floats(0.2, 1.0), min_size=3, max_size=9)))
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.column_stack([lon + radii * np.cos(turn), lat + radii * np.sin(turn)])
    shape = shapely.Polygon(ring)
    hole = shapely.Point(lon, lat).buffer(draw(st.floats(0.05, 0.3)), quad_segs=2)
    return shape.difference(hole) if draw(st.booleans()) else shape


TESTS: dict[Mode, Callable[[Grid, Uint64, BaseGeometry], list[bool]]] = {
    "cover": lambda grid, codes, shape: [
        shapely.relate_pattern(cell, shape, "T********") for cell in grid.polygons(codes)
    ],
    "inside": lambda grid, codes, shape: [shape.covers(cell) for cell in grid.polygons(codes)],
    "center": lambda grid, codes, shape: [
        shape.intersects(shapely.Point(center)) for center in grid.centers(codes)
    ],
}


@given(shape=polygons(), mode=st.sampled_from(list(TESTS)))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_cover_is_what_testing_every_cell_finds(
    system: str, shape: shapely.Polygon, mode: Mode
) -> None:
    assume(shape.is_valid and shape.geom_type == "Polygon")
    grid, level = load(system), LEVELS[system]
    near = around(grid, shape, level)
    expected = near[np.array(TESTS[mode](grid, near, shape), dtype=np.bool_)]
    request = CoverRequest(level, mode)
    found = cover(grid, shape, request)
    assert set(found.tolist()) >= set(expected.tolist())
    assert np.array(TESTS[mode](grid, found, shape), dtype=np.bool_).all()
    mixed = cover_compact(grid, shape, request)
    assert (expand(grid, mixed, level) == found).all()
    assert (compact(grid, found) == mixed).all() or grid.name == "h3"


@given(
    lon=st.floats(-179, 179),
    lat=st.floats(-80, 80),
    steps=st.lists(
        st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=5, unique=True
    ),
    snap=st.booleans(),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_a_line_is_covered_by_the_cells_that_hold_its_points(
    system: str, lon: float, lat: float, steps: list[tuple[float, float]], *, snap: bool
) -> None:
    path = np.cumsum([(lon, lat), *steps], axis=0)
    if snap:
        path = np.round(path * 4) / 4
    path = np.clip(path, (-179.9, -85), (179.9, 85))
    line = shapely.LineString(path)
    assume(line.is_valid and line.length > 0)
    grid, level = load(system), LEVELS[system]
    found = cover(grid, line, CoverRequest(level))
    assert np.isin(grid.encode(path, level), found).all()
    walk = shapely.line_interpolate_point(line, np.linspace(0, line.length, 500))
    near = np.unique(grid.encode(shapely.get_coordinates(walk), level))
    inner = shapely.relate_pattern(grid.polygons(near), line, "T********")
    assert np.isin(near[inner], found).all()
    assert shapely.intersects(grid.polygons(found), line).all()


@given(
    start=st.tuples(st.integers(-8, 8), st.integers(-8, 8)),
    moves=st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=1, max_size=5),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_a_line_along_edges_is_covered_by_exactly_the_cells_that_code_it(
    system: str, start: tuple[int, int], moves: list[tuple[bool, int]]
) -> None:
    grid, level = load(system), {"beidou": 2, "geosot": 10}[system]
    quarters = [np.array(start)]
    for along_x, steps in moves:
        quarters.append(quarters[-1] + (np.array([steps, 0]) if along_x else [0, steps]))
    path = np.array(quarters) / 4
    line = shapely.LineString(path)
    assume(line.length > 0)
    found = cover(grid, line, CoverRequest(level))
    walk = shapely.get_coordinates(shapely.segmentize(line, 1 / 64))
    assert found.tolist() == np.unique(grid.encode(walk, level)).tolist()


@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_a_line_on_the_antimeridian_is_in_the_west(system: str) -> None:
    grid, level = load(system), LEVELS[system]
    for lon in (180, -180):
        found = cover(grid, shapely.LineString([(lon, 10), (lon, 11)]), CoverRequest(level))
        walk = np.column_stack([np.full(65, lon), np.linspace(10, 11, 65)])
        assert found.tolist() == np.unique(grid.encode(walk, level)).tolist()
        assert (grid.centers(found)[:, 0] < 0).all()


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_point_is_covered_by_its_own_cell(system: str) -> None:
    grid = load(system)
    points = shapely.MultiPoint([(116.5, 40), (-6, 10), (0, 0), (116.5, 40)])
    found = cover(grid, points, CoverRequest(LEVELS[system]))
    coded = grid.encode(shapely.get_coordinates(points), LEVELS[system])
    assert (found == np.unique(coded)).all()
    assert len(cover(grid, points, CoverRequest(LEVELS[system], "inside"))) == 0


@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_the_polygon_of_a_cell_is_covered_by_that_cell_alone(system: str) -> None:
    grid = load(system)
    rng = np.random.default_rng(2)
    points = np.column_stack([rng.uniform(-179, 179, 20), rng.uniform(-85, 85, 20)])
    for level in grid.levels[2::3]:
        codes = grid.encode(points, level)
        for code, shape in zip(codes[:4], grid.polygons(codes[:4]), strict=True):
            for mode in TESTS:
                assert cover(grid, shape, CoverRequest(level, mode)).tolist() == [code]
            assert cover_compact(grid, shape, CoverRequest(level)).tolist() == [code]


@pytest.mark.parametrize("system", ["beidou", "geosot"])
def test_a_line_along_an_edge_is_held_by_one_side(system: str) -> None:
    grid, level = load(system), {"beidou": 1, "geosot": 9}[system]
    codes = cover(grid, shapely.LineString([(-12, 12.5), (-12, 13.5)]), CoverRequest(level))
    held = grid.encode(np.array([(-12, 12.5), (-12, 13), (-12, 13.5)]), level)
    assert (codes == np.unique(held)).all()


@pytest.mark.parametrize("system", SYSTEMS)
def test_longitudes_beyond_180_go_over_the_antimeridian(system: str) -> None:
    grid, request = load(system), CoverRequest(LEVELS[system])
    over = cover(grid, shapely.box(179, 10, 181, 11), request)
    cut = shapely.MultiPolygon([shapely.box(179, 10, 180, 11), shapely.box(-180, 10, -179, 11)])
    assert (over == cover(grid, cut, request)).all()
    lon = grid.centers(over)[:, 0]
    assert (lon > 178).any()
    assert (lon < -178).any()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_whole_globe_is_covered_by_the_roots(system: str) -> None:
    grid = load(system)
    globe = shapely.box(-180, -90, 180, 90)
    level = {"beidou": 1, "geosot": 9, "h3": 1}[system]
    counted = {"beidou": 2642, "geosot": 2 * 176 * 180 + 8 * 2 - 8, "h3": 842}[system]
    found = cover(grid, globe, CoverRequest(level))
    if system == "geosot":
        counted = 360 * 176 + 8
    assert len(found) == counted
    assert shapely.area(grid.polygons(found)).sum() == pytest.approx(360 * 180)


def test_a_polygon_over_the_pole() -> None:
    cap = shapely.box(-180, 86, 180, 90)
    beidou = cover(load("beidou"), cap, CoverRequest(2))
    assert len(beidou) == 720 * 4 + 16
    geosot = cover(load("geosot"), cap, CoverRequest(10))
    assert len(geosot) == 16 + 720 * 4
    h3 = cover(load("h3"), cap, CoverRequest(3, "center"))
    pole = load("h3").encode(np.array([[0.0, 90.0]]), 3)
    assert pole[0] in h3
    for south in (86.0, 80.0):
        with pytest.raises(GridCodeError, match=r"no cells defined below|levels 1 and 2 only"):
            cover(load("beidou"), shapely.box(10, south, 20, 88.1), CoverRequest(3))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_limit_stops_the_work_before_it_starts(system: str) -> None:
    grid = load(system)
    district = shapely.box(121.4, 31.2, 121.5, 31.3)
    request = CoverRequest(grid.levels[-1], limit=1000)
    with pytest.raises(CoverLimitError, match="more than the limit of 1000") as caught:
        next(cover_batches(grid, district, request))
    assert caught.value.estimate > 1_000_000
    level = {"beidou": 6, "geosot": 20, "h3": 10}[system]
    for mode in TESTS:
        request = CoverRequest(level, mode)
        count = len(cover(grid, district, request))
        assert estimate_cover(grid, district, request) == pytest.approx(count, rel=0.2)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (None, "the geometry is empty"),
        (shapely.Polygon(), "the geometry is empty"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "Self-intersection"),
        (shapely.Point(31, 121), "look swapped"),
        (shapely.Point(500, 21), "not on the globe"),
        (shapely.Point(np.inf, 21), "not on the globe"),
    ],
)
def test_a_bad_geometry_is_named(shape: BaseGeometry | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cover(load("beidou"), shape, CoverRequest(3))


def test_mixed_geometries_are_covered_part_by_part() -> None:
    grid = load("beidou")
    parts = [shapely.Point(1, 1), shapely.LineString([(3, 3), (3, 4)]), shapely.box(5, 5, 6, 6)]
    nested = shapely.GeometryCollection([shapely.GeometryCollection(parts[:2]), parts[2]])
    each = np.concatenate([cover(grid, part, CoverRequest(4)) for part in parts])
    assert (cover(grid, nested, CoverRequest(4)) == np.unique(each)).all()


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("mode", list(TESTS))
def test_many_geometries_are_covered_as_one_by_one(system: str, mode: Mode) -> None:
    grid = load(system)
    level = {"beidou": 5, "geosot": 19, "h3": 9}[system]
    rng = np.random.default_rng(6)
    shapes: list[BaseGeometry] = [
        shapely.Point(lon, lat).buffer(size, quad_segs=3)
        for lon, lat, size in zip(
            rng.uniform(-179, 179, 60),
            rng.uniform(-84, 84, 60),
            10 ** rng.uniform(-5, -1.7, 60),
            strict=True,
        )
    ]
    shapes += [shapely.box(179.99, 5, 180.01, 5.01), shapely.Point(3, 4)]
    shapes += [shapely.LineString([(116.3, 39.9), (116.31, 39.93)]), shapely.box(0, 0, 0.01, 0.01)]
    request = CoverRequest(level, mode)
    lists = cover_each(grid, np.array(shapes, dtype=object), request)
    assert len(lists.offsets) == len(shapes) + 1
    for i, shape in enumerate(shapes):
        mine = lists.codes[lists.offsets[i] : lists.offsets[i + 1]]
        assert mine.tolist() == cover(grid, shape, request).tolist()


def test_starting_near_the_shape_finds_what_starting_from_the_roots_finds() -> None:
    rng = np.random.default_rng(8)
    for system, level in (("beidou", 4), ("geosot", 14), ("h3", 6)):
        grid = load(system)
        for _ in range(40):
            lon, lat = rng.uniform(-178, 178), rng.uniform(-69, 69)
            shape = shapely.Point(lon, lat).buffer(10 ** rng.uniform(-4, -0.5), quad_segs=2)
            near = np.unique(grid.encode(_mesh(shape), level))
            expected = near[meets(grid, near, shape)]
            found = cover(grid, shape, CoverRequest(level))
            assert np.isin(expected, found).all()
            assert meets(grid, found, shape).all()


def _mesh(shape: BaseGeometry) -> Float64:
    """Points over the bounds of a shape and a little around."""
    west, south, east, north = shapely.bounds(shape)
    pad = (east - west) / 10
    x, y = np.linspace(west - pad, east + pad, 80), np.linspace(south - pad, north + pad, 80)
    return np.column_stack([part.ravel() for part in np.meshgrid(x, y)])


def meets(grid: Grid, codes: Uint64, shape: BaseGeometry) -> Bool:
    """Whether the inside of each cell meets the inside of the shape."""
    met: Bool = shapely.relate_pattern(grid.polygons(codes), shape, "T********")
    return met


def test_batches_hold_the_cells_of_the_cover() -> None:
    grid = load("geosot")
    shape = shapely.Point(121.4, 31.2).buffer(0.1)
    request = CoverRequest(21)
    batches = list(cover_batches(grid, shape, request))
    assert max(map(len, batches)) <= 4 * (1 << 16)
    assert (np.unique(np.concatenate(batches)) == cover(grid, shape, request)).all()


def test_descendants_of_h3_cells_stay_within_the_margin() -> None:
    grid = load("h3")
    rng = np.random.default_rng(4)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 4000)))
    points = np.column_stack([rng.uniform(-180, 180, 4000), lat])
    for level in range(12):
        fine = grid.encode(points, min(level + 4, 15))
        coarse = grid.ancestors(fine, level)
        reach = reach_of(grid, coarse).extents(np.ones(len(coarse), dtype=np.bool_))
        assert shapely.covers(reach, shapely.points(grid.centers(fine))).all()
        corners, owner = shapely.get_coordinates(grid.polygons(fine), return_index=True)
        assert shapely.covers(reach[owner], shapely.points(corners)).all()
