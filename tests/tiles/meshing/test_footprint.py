"""Extruded footprints."""

from collections import Counter

import numpy as np
import pytest
import shapely

from cim.arrays import Float64, Objects
from tests.tiles.making import LAT, LON
from tiles.meshing import footprint, shapes
from tiles.meshing.mesh import GROUND, ROOF, WALL, TriangleMesh

METRE = 1 / shapes.METRES_PER_DEGREE


def in_degrees(polygon: shapely.Geometry) -> shapely.Geometry:
    """A polygon drawn in metres about the equator, where degrees are square."""
    return shapely.transform(polygon, lambda metres: metres * METRE)


def raised(*polygons: shapely.Geometry, height: float = 10.0, floors: bool = True) -> TriangleMesh:
    """Footprints drawn in metres, raised in a flat frame."""
    geometry: Objects = np.array([in_degrees(each) for each in polygons], object)
    shape = footprint.settle(geometry)
    flat = shape.polygons.positions / METRE
    bottoms = np.column_stack((flat, np.zeros(len(flat))))
    return footprint.raise_footprints(
        shape, bottoms, bottoms + np.array([0, 0, height]), floors=floors
    )


def corners(mesh: TriangleMesh) -> Float64:
    """(t, 3, 3) corners of each triangle."""
    return mesh.points[mesh.vertex_points[mesh.triangles]]


def volume(mesh: TriangleMesh) -> float:
    """Volume inside a closed mesh, negative when it is inside out."""
    first, second, third = np.moveaxis(corners(mesh), 1, 0)
    return float(np.einsum("ij,ij->", first, np.cross(second, third)) / 6)


def area(mesh: TriangleMesh, surface: int) -> float:
    first, second, third = np.moveaxis(corners(mesh)[mesh.classes == surface], 1, 0)
    return float(np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2)


SHAPES = {
    "square": shapely.box(0, 0, 20, 10),
    "clockwise": shapely.Polygon([(0, 0), (0, 10), (20, 10), (20, 0)]),
    "concave": shapely.Polygon([(0, 0), (20, 0), (20, 5), (5, 5), (5, 20), (0, 20)]),
    "court": shapely.box(0, 0, 20, 20) - shapely.box(5, 5, 15, 15),
    "two parts": shapely.MultiPolygon([shapely.box(0, 0, 5, 5), shapely.box(8, 0, 12, 5)]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_volume_is_area_times_height(name: str) -> None:
    mesh = raised(SHAPES[name], height=7.5)
    assert volume(mesh) == pytest.approx(SHAPES[name].area * 7.5, rel=1e-6)


@pytest.mark.parametrize("name", SHAPES)
def test_roof_floor_and_walls_have_their_areas(name: str) -> None:
    mesh = raised(SHAPES[name], height=3)
    assert area(mesh, ROOF) == pytest.approx(SHAPES[name].area, rel=1e-6)
    assert area(mesh, GROUND) == pytest.approx(SHAPES[name].area, rel=1e-6)
    assert area(mesh, WALL) == pytest.approx(SHAPES[name].length * 3, rel=1e-6)


@pytest.mark.parametrize("name", SHAPES)
def test_mesh_with_floors_is_watertight(name: str) -> None:
    mesh = raised(SHAPES[name])
    points = mesh.vertex_points[mesh.triangles]
    edges = np.concatenate((points[:, [0, 1]], points[:, [1, 2]], points[:, [2, 0]]))
    count = Counter(map(tuple, edges.tolist()))
    assert all(count[two, one] == times for (one, two), times in count.items())


def test_normals_point_the_way_triangles_face() -> None:
    mesh = raised(*SHAPES.values())
    first, second, third = np.moveaxis(corners(mesh), 1, 0)
    facing = np.cross(second - first, third - first)
    stated = mesh.normals[mesh.vertex_normals[mesh.triangles[:, 0]]]
    cosine = np.einsum("ij,ij->i", facing, stated) / np.linalg.norm(facing, axis=1)
    assert cosine == pytest.approx(1)


def test_floors_are_left_out_unless_asked_for() -> None:
    assert GROUND not in raised(SHAPES["square"], floors=False).classes


def test_each_vertex_belongs_to_its_footprint() -> None:
    mesh = raised(shapely.box(0, 0, 5, 5), shapely.box(100, 0, 105, 5))
    east = mesh.points[mesh.vertex_points][:, 0]
    assert np.array_equal(mesh.vertex_features, (east > 50).astype(int))


def test_bow_tie_is_mended_and_marked() -> None:
    tie = in_degrees(shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]))
    shape = footprint.settle(np.array([in_degrees(shapely.box(0, 0, 9, 9)), tie], object))
    assert dict(zip(shape.rows.tolist(), shape.changed.tolist(), strict=True)) == {
        0: False,
        1: True,
    }


def test_repeated_points_and_spikes_without_width_do_no_harm() -> None:
    ring = [(0, 0), (0, 0), (10, 0), (10, 0), (10, 10), (20, 10), (10, 10), (0, 10)]
    mesh = raised(shapely.Polygon(ring), height=2)
    assert area(mesh, ROOF) == pytest.approx(100, rel=1e-6)


def test_footprint_without_area_is_left_out() -> None:
    line = shapely.Polygon([(LON, LAT), (LON + 1e-4, LAT), (LON, LAT)])
    assert len(footprint.settle(np.array([line], object)).rows) == 0


def test_footprint_across_the_antimeridian_stays_small() -> None:
    ring = [(179.9999, 0), (-179.9999, 0), (-179.9999, 0.0002), (179.9999, 0.0002)]
    shape = footprint.settle(np.array([shapely.Polygon(ring)], object))
    assert np.ptp(shape.polygons.positions[:, 0]) == pytest.approx(2e-4)
