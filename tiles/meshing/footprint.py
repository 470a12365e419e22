"""Footprints: settle them once, then raise them to roofs and walls in any frame."""

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects, Uint8
from tiles.meshing import polygons as rings
from tiles.meshing import ragged, shapes
from tiles.meshing.mesh import GROUND, ROOF, WALL, TriangleMesh
from tiles.meshing.polygons import Polygons
from tiles.meshing.shapes import Shapes
from tiles.meshing.triangulate import triangulate

SMALLEST_AREA_M2 = 0.01
"""Polygons below this are not buildings but faults of digitising."""


def settle(geometry: Objects) -> Shapes:
    """Footprints as settled shapes; those that cross themselves are mended.

    Args:
        geometry: (n,) shapely Polygon or MultiPolygon objects in degrees, longitude first, none
            of them None or empty; a third coordinate is not looked at.

    Returns:
        The usable ones; a footprint that has no area even when mended is left out.
    """
    settled, sound = _settle(geometry, np.arange(len(geometry)))
    if sound.all():
        return settled
    broken = np.flatnonzero(~sound)
    mended = np.array([_mend(footprint) for footprint in geometry[broken]], object)
    filled = ~shapely.is_empty(mended)
    if not filled.any():
        return settled
    again, usable = _settle(mended[filled], broken[filled])
    return shapes.join((settled, _marked(again))) if usable.any() else settled


def raise_footprints(
    shape: Shapes, bottoms: Float64, tops: Float64, *, floors: bool
) -> TriangleMesh:
    """Roofs, walls and perhaps floors of settled footprints.

    Args:
        shape: n features; its triangles are those of the roofs.
        bottoms: (p, 3) each position at the foot of the walls, metres in the tile's frame.
        tops: (p, 3) the same at the eaves.
        floors: Whether to close the bottom.
    """
    count = len(bottoms)
    places = np.arange(count)
    owner = np.repeat(np.arange(len(shape.rows)), np.diff(shape.polygons.feature_points))
    corners, starts, walls = _walls(shape.polygons)
    caps = [places + count, *([places] if floors else [])]
    cap_triangles = [shape.triangles, *([shape.triangles[:, ::-1] + count] if floors else [])]
    triangles = (walls, *(one + 4 * count for one in cap_triangles))
    classes = zip((WALL, ROOF, GROUND), triangles, strict=False)
    return TriangleMesh(
        np.concatenate((bottoms, tops)),
        np.concatenate((_outward(shape.polygons, bottoms), [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])),
        np.concatenate((corners, *caps)),
        np.concatenate((starts.repeat(4), *(np.full(count, count + i) for i in range(len(caps))))),
        np.concatenate((owner[starts].repeat(4), *(owner for _ in caps))),
        np.concatenate(triangles),
        np.concatenate([np.full(len(some), name, np.uint8) for name, some in classes]),
    )


def _settle(geometry: Objects, rows: Int64) -> tuple[Shapes, Bool]:
    """The sound footprints, and which ones they are."""
    opened = rings.open_rings(rings.from_geometries(geometry, dimension=2))
    oriented = rings.orient(shapes.without_wraps(opened))
    xy = shapes.local_metres(oriented)
    cut = triangulate(xy, oriented)
    tiny = _areas(xy, oriented) < SMALLEST_AREA_M2
    counts = np.diff(oriented.feature_offsets)
    faults = ragged.row_sums((cut.faulty | tiny).astype(np.float64), oriented.feature_offsets)
    sound = (counts > 0) & (faults == 0)
    if sound.all():
        return _shapes(oriented, rows, cut.triangles, cut.triangle_offsets), sound
    kept = rings.keep_features(oriented, sound)
    cut = triangulate(shapes.local_metres(kept), kept)
    return _shapes(kept, rows[sound], cut.triangles, cut.triangle_offsets), sound


def _areas(xy: Float64, polygons: Polygons) -> Float64:
    """(q,) area inside each outer ring, holes and all, in square metres."""
    areas = np.abs(rings.signed_areas(xy, polygons.ring_offsets))
    return areas[polygons.polygon_offsets[:-1]]


def _shapes(polygons: Polygons, rows: Int64, triangles: Int64, offsets: Int64) -> Shapes:
    """Settled shapes of footprints, all of them roofs."""
    classes: Uint8 = np.full(len(offsets) - 1, ROOF, np.uint8)
    unchanged = np.zeros(len(rows), bool)
    return Shapes(rows, polygons, classes, triangles, offsets[polygons.feature_offsets], unchanged)


def _marked(some: Shapes) -> Shapes:
    """The same, all marked as changed."""
    changed = np.ones(len(some.rows), bool)
    return Shapes(
        some.rows, some.polygons, some.classes, some.triangles, some.triangle_offsets, changed
    )


def _mend(footprint: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a valid geometry that covers what the faulty one meant; perhaps empty."""
    mended = shapely.make_valid(footprint, method="structure", keep_collapsed=False)
    parts = shapely.get_parts(shapely.get_parts(mended))
    flat = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    large = [part for part in flat if _area_m2(part) >= SMALLEST_AREA_M2]
    return shapely.multipolygons(large) if large else shapely.MultiPolygon()


def _area_m2(polygon: shapely.Geometry) -> float:
    """Area of a polygon given in degrees."""
    squash = np.cos(np.radians(shapely.bounds(polygon)[1]))
    return float(shapely.area(polygon) * squash * shapes.METRES_PER_DEGREE**2)


def _walls(polygons: Polygons) -> tuple[Int64, Int64, Int64]:
    """Walls, one for each edge, seen from outside: corners, points that begin them, triangles.

    They go round backwards, each from its end to its beginning, so that one wall ends with the
    point that the next one begins with: such vertices compress well.

    Returns:
        (4 p,) rows of bottoms and then tops, (p,) point at the beginning of each wall,
        (2 p, 3) rows of corners.
    """
    count = len(polygons.positions)
    here = np.arange(count)[::-1]
    there = ragged.followers(polygons.ring_offsets)[here]
    corners = np.stack((there, there + count, here + count, here), axis=1).ravel()
    first = 4 * np.arange(count)[:, None, None]
    triangles = (first + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3)
    return corners, here, triangles


def _outward(polygons: Polygons, bottoms: Float64) -> Float64:
    """(p, 3) horizontal unit normal of the wall that starts at each point."""
    edge = bottoms[ragged.followers(polygons.ring_offsets)] - bottoms
    length = np.maximum(np.hypot(edge[:, 0], edge[:, 1]), 1e-12)
    return np.column_stack((edge[:, 1] / length, -edge[:, 0] / length, np.zeros(len(edge))))
