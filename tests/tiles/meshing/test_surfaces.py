"""Boundary surfaces of solids."""

from collections import Counter

import numpy as np
import pytest
import shapely

from cim import frames
from cim.arrays import Float64
from tests.tiles.making import LAT, LON, gabled_house
from tiles.meshing import surfaces
from tiles.meshing.mesh import GROUND, ROOF, WALL, TriangleMesh, facing_of

BY_SLOPE = np.full(7, surfaces.BY_SLOPE, np.uint8)


def house_mesh() -> TriangleMesh:
    house = shapely.MultiPolygon(list(gabled_house()))
    shape = surfaces.settle(np.array([house], object), BY_SLOPE)
    return surfaces.mesh(shape, in_frame(shape.polygons.positions))


def in_frame(lon_lat_height: Float64) -> Float64:
    frame = frames.enu_to_ecef_matrix(LON, LAT, 0)
    return (frames.ecef_from_geodetic(lon_lat_height) - frame[:3, 3]) @ frame[:3, :3]


def test_classes_are_told_by_slope() -> None:
    mesh = house_mesh()
    assert Counter(mesh.classes.tolist()) == {GROUND: 2, WALL: 2 * 2 + 3 * 2, ROOF: 4}


def test_house_is_closed_and_has_its_volume() -> None:
    mesh = house_mesh()
    first, second, third = np.moveaxis(mesh.points[mesh.vertex_points[mesh.triangles]], 1, 0)
    volume = np.einsum("ij,ij->", first, np.cross(second, third)) / 6
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    width, depth, _ = high - low
    assert volume == pytest.approx(width * depth * (6 + 9) / 2, rel=1e-4)


def test_normals_point_the_way_triangles_face() -> None:
    mesh = house_mesh()
    first, second, third = np.moveaxis(mesh.points[mesh.vertex_points[mesh.triangles]], 1, 0)
    facing = np.cross(second - first, third - first)
    stated = mesh.normals[mesh.vertex_normals[mesh.triangles[:, 0]]]
    assert np.einsum("ij,ij->i", facing, stated) == pytest.approx(np.linalg.norm(facing, axis=1))


def test_wall_with_a_window_hole_is_cut_round_it() -> None:
    step = 1e-5
    outer = [(LON, LAT, 0), (LON + 9 * step, LAT, 0), (LON + 9 * step, LAT, 9), (LON, LAT, 9)]
    hole = [
        (LON + 3 * step, LAT, 3),
        (LON + 6 * step, LAT, 3),
        (LON + 6 * step, LAT, 6),
        (LON + 3 * step, LAT, 6),
    ]
    wall = shapely.MultiPolygon([shapely.Polygon(outer, [hole])])
    shape = surfaces.settle(np.array([wall], object), np.array([WALL], np.uint8))
    mesh = surfaces.mesh(shape, in_frame(shape.polygons.positions))
    first, second, third = np.moveaxis(mesh.points[mesh.vertex_points[mesh.triangles]], 1, 0)
    area = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2
    assert area == pytest.approx(np.ptp(mesh.points[:, 0]) * 9 * (1 - 1 / 9), rel=1e-3)


def test_surface_without_area_is_dropped_and_the_rest_stays() -> None:
    sliver = shapely.Polygon([(LON, LAT, 0), (LON, LAT, 5), (LON, LAT, 9)])
    both = shapely.MultiPolygon([sliver, gabled_house()[5]])
    shape = surfaces.settle(np.array([both], object), np.array([WALL, ROOF], np.uint8))
    assert shape.classes.tolist() == [ROOF]


def test_feature_with_nothing_left_is_left_out() -> None:
    sliver = shapely.Polygon([(LON, LAT, 0), (LON, LAT, 5), (LON, LAT, 9)])
    geometry = np.array(
        [shapely.MultiPolygon([sliver]), shapely.MultiPolygon([gabled_house()[5]])], object
    )
    shape = surfaces.settle(geometry, np.array([WALL, ROOF], np.uint8))
    assert shape.rows.tolist() == [1]


def test_hole_outside_its_wall_is_closed_and_told() -> None:
    step = 1e-5
    outer = [(LON, LAT, 0), (LON + 9 * step, LAT, 0), (LON + 9 * step, LAT, 9), (LON, LAT, 9)]
    hole = [(x + 20 * step, y, z) for x, y, z in outer]
    wall = shapely.MultiPolygon([shapely.Polygon(outer, [hole])])
    shape = surfaces.settle(np.array([wall], object), np.array([WALL], np.uint8))
    mesh = surfaces.mesh(shape, in_frame(shape.polygons.positions))
    first, second, third = np.moveaxis(mesh.points[mesh.vertex_points[mesh.triangles]], 1, 0)
    area = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2
    width = np.ptp(mesh.points[mesh.vertex_points[np.unique(mesh.triangles)], 0])
    assert area == pytest.approx(width * 9, rel=1e-3)
    assert shape.changed.tolist() == [True]


def test_bent_polygon_is_lit_triangle_by_triangle() -> None:
    step = 1e-4
    ring = [(LON, LAT, 0), (LON + step, LAT, 0), (LON + step, LAT + step, 8), (LON, LAT + step, 0)]
    roof = shapely.MultiPolygon([shapely.Polygon(ring)])
    shape = surfaces.settle(np.array([roof], object), np.array([ROOF], np.uint8))
    mesh = surfaces.mesh(shape, in_frame(shape.polygons.positions))
    stated = mesh.normals[mesh.vertex_normals[mesh.triangles]]
    agreement = np.einsum("ijk,ik->ij", stated, facing_of(mesh))
    assert np.isfinite(mesh.normals).all()
    assert (agreement > np.cos(np.radians(21))).all()


@pytest.mark.parametrize("lift", [0.0, 0.004, 0.3])
def test_no_normal_is_zero_and_no_vertex_moves_where_polygons_are_not_quite_flat(
    lift: float,
) -> None:
    house = list(gabled_house())
    ring = np.array(house[1].exterior.coords)
    ring[2, :2] += lift * 1e-5
    ring[0] = ring[-1]
    bent = shapely.MultiPolygon([*house[:1], shapely.Polygon(ring), *house[2:]])
    shape = surfaces.settle(np.array([bent], object), BY_SLOPE)
    mesh = surfaces.mesh(shape, in_frame(shape.polygons.positions))
    used = mesh.normals[mesh.vertex_normals]
    assert np.linalg.norm(used, axis=1) == pytest.approx(1)
    sources = in_frame(shapely.get_coordinates(bent, include_z=True))
    for point in mesh.points[mesh.vertex_points]:
        assert np.linalg.norm(sources - point, axis=1).min() < 1e-6
