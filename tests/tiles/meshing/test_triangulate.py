"""Triangles of polygons."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tiles.meshing import polygons as rings
from tiles.meshing.polygons import Polygons
from tiles.meshing.triangulate import Triangulation, polygon_areas, triangle_areas, triangulate

SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]
HOLE = [(1, 1), (3, 1), (3, 3), (1, 3)]
ELL = [(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)]
PENTAGRAM = [(np.cos(a), np.sin(a)) for a in np.radians(np.arange(5) * 144)]


def cut(*shapes: shapely.Polygon) -> tuple[Polygons, Triangulation]:
    opened = rings.open_rings(rings.from_geometries(np.array(shapes, object), dimension=2))
    polygons = rings.orient(opened)
    return polygons, triangulate(polygons.positions, polygons)


def test_triangles_cover_convex_concave_and_holed_polygons_exactly() -> None:
    shapes = (shapely.Polygon(SQUARE), shapely.Polygon(ELL), shapely.Polygon(SQUARE, [HOLE]))
    polygons, found = cut(*shapes)
    areas = triangle_areas(polygons.positions, found.triangles)
    sums = [
        areas[a:b].sum()
        for a, b in zip(found.triangle_offsets, found.triangle_offsets[1:], strict=False)
    ]
    assert sums == pytest.approx([16, 7, 12])
    assert (areas > 0).all()
    assert not found.faulty.any()


def test_triangles_stay_with_their_polygon_whatever_way_they_were_cut() -> None:
    polygons, found = cut(shapely.Polygon(ELL), shapely.Polygon(SQUARE), shapely.Polygon(ELL))
    points = polygons.point_offsets
    for number in range(3):
        own = found.triangles[found.triangle_offsets[number] : found.triangle_offsets[number + 1]]
        assert points[number] <= own.min() <= own.max() < points[number + 1]


def test_ring_that_winds_twice_is_not_taken_for_convex() -> None:
    _, found = cut(shapely.Polygon(PENTAGRAM))
    assert found.faulty.tolist() == [True]


def test_bow_tie_is_told_as_faulty() -> None:
    _, found = cut(shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 3)]))
    assert found.faulty.tolist() == [True]


def test_hole_that_touches_its_outer_ring_is_covered() -> None:
    touching = shapely.Polygon(SQUARE, [[(0, 2), (2, 1), (2, 3)]])
    polygons, found = cut(touching)
    area = triangle_areas(polygons.positions, found.triangles).sum()
    assert area == pytest.approx(touching.area)
    assert not found.faulty.any()


@given(st.lists(st.tuples(st.floats(0.2, 1), st.floats(0, 1)), min_size=3, max_size=24))
def test_area_of_triangles_is_the_area_of_the_polygon(star: list[tuple[float, float]]) -> None:
    turns = (np.arange(len(star)) + np.array([shift for _, shift in star]) * 0.9) / len(star)
    radius = np.array([length for length, _ in star])
    ring = (
        np.column_stack((np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns))) * radius[:, None]
    )
    polygon = shapely.Polygon(ring)
    if polygon.is_valid and polygon.area > 1e-6:
        polygons, found = cut(polygon)
        assert triangle_areas(polygons.positions, found.triangles).sum() == pytest.approx(
            polygon.area
        )
        assert polygon_areas(polygons.positions, polygons)[0] == pytest.approx(polygon.area)
        assert len(found.triangles) == len(ring) - 2


EARCUT_FAILS = [
    (
        "POLYGON ((0 10, 10 10, 10 0, 0 0, 0 4, 2 5, 0 6, 0 10), (5 3, 6 3, 4 4, 5 3), "
        "(6 4, 6 5, 3 4, 4 4, 6 4))"
    ),
    (
        "POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0), (2 5, 3 1, 4 4, 2 5), (5 3, 8 5, 3 5, 4 4, 5 3), "
        "(8 8, 3 8, 3 5, 8 8))"
    ),
]
"""Valid polygons whose holes touch each other: earcut leaves a part of them uncovered."""


@pytest.mark.parametrize("text", EARCUT_FAILS)
def test_polygon_that_earcut_gets_wrong_is_covered_all_the_same(text: str) -> None:
    polygon = shapely.from_wkt(text)
    polygons, found = cut(shapely.Polygon(ELL), polygon, shapely.Polygon(SQUARE))
    areas = triangle_areas(polygons.positions, found.triangles)
    owner = np.repeat(np.arange(3), np.diff(found.triangle_offsets))
    assert np.bincount(owner, areas) == pytest.approx([7, polygon.area, 16])
    assert (areas > 0).all()
    assert not found.faulty.any()
