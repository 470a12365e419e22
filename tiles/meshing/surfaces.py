"""Boundary surfaces: 3D polygons, cut into triangles in their own planes."""

from dataclasses import replace

import numpy as np

from cim.arrays import Bool, Float32, Float64, Int64, Objects, Uint8
from tiles.meshing import polygons as rings
from tiles.meshing import ragged, shapes
from tiles.meshing.mesh import GROUND, ROOF, WALL, TriangleMesh, facet, facing_of
from tiles.meshing.polygons import Polygons
from tiles.meshing.shapes import Shapes
from tiles.meshing.triangulate import triangulate

BY_SLOPE = 255
"""Class of a surface that is to be told by its slope."""

STEEP = np.cos(np.radians(75))
"""A surface steeper than 75 degrees is a wall."""

BENT = np.cos(np.radians(20))
"""A triangle that faces more than 20 degrees away from its polygon is lit on its own."""

SMALLEST_AREA_M2 = 1e-6


def settle(
    geometry: Objects,
    classes: Uint8,
    materials: Int64 | None = None,
    uv: Float32 | None = None,
) -> Shapes:
    """Surfaces as settled shapes.

    Args:
        geometry: (n,) shapely MultiPolygon Z, longitude, latitude in degrees and height in
            metres, outer rings counter-clockwise seen from outside.
        classes: (q,) surface class of each polygon of all geometries, or `BY_SLOPE`.
        materials: (q,) number of each polygon's material.
        uv: (p, 2) texture coordinates of all points as `shapely.get_coordinates` lists them.

    Returns:
        The features that have a surface left; surfaces without area are dropped. A surface that
        crosses itself stays as earcut draws it, and its feature is marked as changed.
    """
    read = rings.from_geometries(geometry, dimension=3)
    if uv is not None:
        read = replace(read, positions=np.column_stack((read.positions, uv)))
    opened, sources = _opened(read)
    unwrapped = shapes.without_wraps(opened)
    metres = shapes.local_metres(unwrapped)
    normals = newell_normals(metres, unwrapped)
    solid = np.linalg.norm(normals, axis=1) >= 2 * SMALLEST_AREA_M2
    kept = rings.keep_polygons(unwrapped, solid)
    cut = _cut(kept, normals[solid], classes[sources][solid])
    lost = np.diff(kept.feature_offsets) < np.diff(read.feature_offsets)
    return replace(
        cut,
        materials=None if materials is None else materials[sources][solid],
        dropped=lost[cut.rows],
    )


def mesh(shape: Shapes, points: Float64) -> TriangleMesh:
    """Triangles of settled surfaces: a polygon is flat, as far as its points lie in a plane.

    Args:
        shape: n features; positions may hold texture coordinates.
        points: (p, 3) their positions in metres in the tile's frame.
    """
    polygons = shape.polygons
    normals = newell_normals(points, polygons)
    polygon = ragged.owners(polygons.point_offsets)
    feature = np.repeat(np.arange(len(shape.rows)), np.diff(polygons.feature_points))
    owner = polygon[shape.triangles[:, 0]]
    flat = TriangleMesh(
        points,
        normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300),
        np.arange(len(points)),
        polygon,
        feature,
        shape.triangles,
        shape.classes[owner],
        None if shape.materials is None else shape.materials[owner],
        polygons.positions[:, 3:].astype(np.float32) if polygons.positions.shape[1] > 3 else None,  # noqa: PLR2004 - u and v follow the height
    )
    return facet(flat, _leave_the_plane(flat, owner))


def _leave_the_plane(flat: TriangleMesh, polygon: Int64) -> Bool:
    """(t,) the triangle faces elsewhere than its polygon does: its points are not in a plane."""
    facing = facing_of(flat)
    agreement = np.einsum("ij,ij->i", facing, flat.normals[polygon])
    return np.asarray((agreement < BENT) & facing.any(axis=1))


def newell_normals(positions: Float64, polygons: Polygons) -> Float64:
    """(q, 3) normal of each polygon's outer ring, twice the area long (Newell's method)."""
    outer = polygons.polygon_offsets[:-1]
    starts, ends = polygons.ring_offsets[outer], polygons.ring_offsets[outer + 1]
    counts = ends - starts
    points = positions[ragged.ranges(starts, counts)]
    offsets = ragged.offsets_of(counts)
    away = points - positions[starts].repeat(counts, axis=0)
    return ragged.row_sums(np.cross(away, away[ragged.followers(offsets)]), offsets)


def _opened(read: Polygons) -> tuple[Polygons, Int64]:
    """Surfaces with open rings, and the polygon of `read` each one comes from."""
    numbered = Polygons(
        read.positions,
        read.ring_offsets,
        read.polygon_offsets,
        np.arange(len(read.polygon_offsets)),
    )
    opened = rings.open_rings(numbered)
    sources = ragged.owners(opened.feature_offsets)
    counts = np.bincount(
        ragged.owners(read.feature_offsets)[sources], minlength=len(read.feature_offsets) - 1
    )
    regrouped = Polygons(
        opened.positions, opened.ring_offsets, opened.polygon_offsets, ragged.offsets_of(counts)
    )
    return regrouped, sources


def _cut(polygons: Polygons, normals: Float64, classes: Uint8) -> Shapes:
    """Triangles of the surfaces, and their classes."""
    metres = shapes.local_metres(polygons)
    cut = triangulate(_flattened(metres, polygons, normals), polygons)
    faults = ragged.row_sums(cut.faulty.astype(np.float64), polygons.feature_offsets)
    filled = np.diff(polygons.feature_offsets) > 0
    offsets = cut.triangle_offsets[polygons.feature_offsets]
    counts = np.diff(polygons.feature_offsets)[filled]
    return Shapes(
        np.flatnonzero(filled),
        Polygons(
            polygons.positions,
            polygons.ring_offsets,
            polygons.polygon_offsets,
            ragged.offsets_of(counts),
        ),
        _told_by_slope(classes, normals),
        cut.triangles,
        ragged.offsets_of(np.diff(offsets)[filled]),
        faults[filled] > 0,
    )


def _flattened(metres: Float64, polygons: Polygons, normals: Float64) -> Float64:
    """(p, 2) positions on the coordinate plane most parallel to their polygon.

    The plane is seen from outside, so that outer rings run counter-clockwise.
    """
    axis = np.argmax(np.abs(normals), axis=1)
    backward = normals[np.arange(len(axis)), axis] < 0
    first, second = (axis + 1) % 3, (axis + 2) % 3
    columns = np.where(
        backward[:, None], np.stack((second, first), 1), np.stack((first, second), 1)
    )
    owner = ragged.owners(polygons.point_offsets)
    return np.take_along_axis(metres, columns[owner], axis=1)


def _told_by_slope(classes: Uint8, normals: Float64) -> Uint8:
    """Classes with `BY_SLOPE` replaced by roof, wall or ground."""
    rise = normals[:, 2] / np.linalg.norm(normals, axis=1)
    told = np.select((rise > STEEP, rise < -STEEP), (ROOF, GROUND), WALL)
    return np.where(classes == BY_SLOPE, told, classes).astype(np.uint8)
