"""Triangles of polygons with holes.

Convex rings become fans, all at once; the rest goes through earcut one by one. The areas of a
polygon's triangles must add up to its own: where they do not, a constrained Delaunay triangulation
is tried. Where that fails too, as with holes outside their polygon, the outer ring alone is cut if
it can be, and the caller is told.
"""

import itertools
from dataclasses import dataclass

import mapbox_earcut
import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64
from tiles.meshing import ragged
from tiles.meshing.polygons import Polygons, signed_areas

AREA_TOLERANCE = 1e-6
"""Largest difference between a polygon's area and that of its triangles, relative."""


@dataclass(frozen=True, slots=True)
class Triangulation:
    """Triangles of some polygons, sorted by polygon."""

    triangles: Int64
    """(t, 3) rows of the polygons' positions, counter-clockwise in the plane."""

    triangle_offsets: Int64
    """(q + 1,) polygons as rows of `triangles`."""

    faulty: Bool
    """(q,) the triangles do not cover the polygon exactly: it crosses itself or has no area."""


def triangulate(xy: Float64, polygons: Polygons) -> Triangulation:
    """Triangles of each polygon, on its own points.

    Args:
        xy: (p, 2) positions of the polygons in a plane where outer rings run counter-clockwise,
            in any unit.
        polygons: The rings; their own positions are not looked at.
    """
    convex = _are_convex(xy, polygons)
    fans = _fans(polygons, np.flatnonzero(convex))
    ears = _ears(xy, polygons, np.flatnonzero(~convex))
    wanted = polygon_areas(xy, polygons)
    faulty = _mismatch(xy, ears, wanted) & ~convex
    mended, still_faulty = _delaunay(xy, polygons, np.flatnonzero(faulty))
    filled, bare = _outer_only(xy, polygons, np.flatnonzero(still_faulty))
    sound = Triangulation(ears.triangles, ears.triangle_offsets, faulty)
    kept = _without(sound, (faulty & ~still_faulty) | ~bare)
    merged = _merge((fans, kept, mended, filled))
    return Triangulation(merged.triangles, merged.triangle_offsets, still_faulty | (wanted <= 0))


def polygon_areas(xy: Float64, polygons: Polygons) -> Float64:
    """(q,) area of each polygon, its holes taken off; rings may run either way."""
    rings = np.abs(signed_areas(xy, polygons.ring_offsets))
    outer = rings[polygons.polygon_offsets[:-1]]
    return 2 * outer - ragged.row_sums(rings, polygons.polygon_offsets)


def triangle_areas(xy: Float64, triangles: Int64) -> Float64:
    """(t,) signed area of each triangle, positive when counter-clockwise."""
    first, second, third = xy[triangles[:, 0]], xy[triangles[:, 1]], xy[triangles[:, 2]]
    one, other = second - first, third - first
    return np.asarray(0.5 * (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]))


def _are_convex(xy: Float64, polygons: Polygons) -> Bool:
    """(q,) the polygon is one convex ring that goes round once, counter-clockwise.

    Every corner turns left or not at all, and the edges change between the upper and the lower
    half plane exactly twice; the second test excludes rings that wind several times.
    """
    following = ragged.followers(polygons.ring_offsets)
    edge = xy[following] - xy
    after = edge[following]
    turns_right = edge[:, 0] * after[:, 1] < edge[:, 1] * after[:, 0]
    upward = (edge[:, 1] > 0) | ((edge[:, 1] == 0) & (edge[:, 0] > 0))
    changes = upward != upward[following]
    faults = ragged.row_sums(turns_right.astype(np.float64), polygons.point_offsets)
    flips = ragged.row_sums(changes.astype(np.float64), polygons.point_offsets)
    single = np.diff(polygons.polygon_offsets) == 1
    return np.asarray(single & (faults == 0) & (flips == 2))  # noqa: PLR2004 - up, down


def _fans(polygons: Polygons, rows: Int64) -> Triangulation:
    """Fans from the first point of the polygons in `rows`."""
    counts = np.zeros(len(polygons.polygon_offsets) - 1, np.int64)
    counts[rows] = np.diff(polygons.point_offsets)[rows] - 2
    starts = polygons.point_offsets[:-1]
    second = ragged.ranges(starts + 1, counts)
    triangles = np.stack((starts.repeat(counts), second, second + 1), axis=1)
    return Triangulation(triangles, ragged.offsets_of(counts), np.zeros(len(counts), bool))


def _ears(xy: Float64, polygons: Polygons, rows: Int64) -> Triangulation:
    """Earcut triangles of the polygons in `rows`, one call each."""
    starts, ends = polygons.point_offsets[:-1], polygons.point_offsets[1:]
    ring_ends = (
        polygons.ring_offsets[1:] - starts.repeat(np.diff(polygons.polygon_offsets))
    ).astype(np.uint32)
    first_rings, last_rings = polygons.polygon_offsets[:-1], polygons.polygon_offsets[1:]
    earcut = mapbox_earcut.triangulate_float64
    cut = [
        earcut(xy[start:end], ring_ends[first:last])
        for start, end, first, last in zip(
            starts[rows].tolist(),
            ends[rows].tolist(),
            first_rings[rows].tolist(),
            last_rings[rows].tolist(),
            strict=True,
        )
    ]
    counts = np.zeros(len(starts), np.int64)
    counts[rows] = [len(ears) // 3 for ears in cut]
    local = np.concatenate([*cut, np.zeros(0, np.uint32)]).astype(np.int64).reshape(-1, 3)
    triangles = local + starts.repeat(counts)[:, None]
    turned = triangle_areas(xy, triangles) < 0
    triangles[turned] = triangles[turned][:, ::-1]
    return Triangulation(triangles, ragged.offsets_of(counts), np.zeros(len(starts), bool))


def _mismatch(xy: Float64, ears: Triangulation, wanted: Float64) -> Bool:
    """(q,) the triangles' areas do not add up to the polygon's."""
    covered = ragged.row_sums(np.abs(triangle_areas(xy, ears.triangles)), ears.triangle_offsets)
    return np.abs(covered - wanted) > AREA_TOLERANCE * np.abs(wanted)


def _delaunay(xy: Float64, polygons: Polygons, rows: Int64) -> tuple[Triangulation, Bool]:
    """Constrained Delaunay triangles of valid polygons in `rows`, and which rows found none."""
    counts = np.zeros(len(polygons.polygon_offsets) - 1, np.int64)
    failed = np.zeros(len(counts), bool)
    found = []
    for row in rows.tolist():
        triangles = _delaunay_of(xy, polygons, row)
        failed[row] = len(triangles) == 0
        counts[row] = len(triangles)
        found.append(triangles)
    merged = np.concatenate([np.zeros((0, 3), np.int64), *found])
    return Triangulation(merged, ragged.offsets_of(counts), failed), failed


def _delaunay_of(xy: Float64, polygons: Polygons, row: int) -> Int64:
    """(t, 3) triangles of one polygon; none when it is not valid."""
    start = int(polygons.point_offsets[row])
    cuts = polygons.ring_offsets[
        polygons.polygon_offsets[row] : polygons.polygon_offsets[row + 1] + 1
    ]
    rings = [xy[one:two] for one, two in itertools.pairwise(cuts)]
    polygon = shapely.Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        return np.zeros((0, 3), np.int64)
    corners = shapely.get_coordinates(shapely.constrained_delaunay_triangles(polygon))
    place = {
        point: start + i for i, point in enumerate(map(tuple, np.concatenate(rings).tolist()))
    }
    indices = [place[point] for point in map(tuple, corners.tolist())]
    triangles = np.array(indices, np.int64).reshape(-1, 4)[:, :3]
    turned = triangle_areas(xy, triangles) < 0
    triangles[turned] = triangles[turned][:, ::-1]
    return triangles


def _outer_only(xy: Float64, polygons: Polygons, rows: Int64) -> tuple[Triangulation, Bool]:
    """Triangles of outer rings alone, and which polygons found none.

    Args:
        xy: As in `triangulate`.
        polygons: As in `triangulate`.
        rows: Polygons to try: those with holes that would be sound without them are cut.
    """
    several = np.diff(polygons.polygon_offsets) > 1
    some = rows[several[rows]]
    firsts = polygons.polygon_offsets[some]
    counts = np.zeros(len(several), np.int64)
    counts[some] = np.diff(polygons.ring_offsets)[firsts]
    none = np.zeros((0, 3), np.int64)
    if not len(some):
        return Triangulation(none, ragged.offsets_of(counts), ~several), np.ones(
            len(several), bool
        )
    places = ragged.select(polygons.ring_offsets, firsts)
    rings = ragged.offsets_of(counts[some])
    bare = Polygons(xy[places], rings, np.arange(len(some) + 1), np.arange(len(some) + 1))
    cut = triangulate(xy[places], bare)
    sound = ~cut.faulty
    found = np.zeros(len(several), np.int64)
    found[some] = np.where(sound, np.diff(cut.triangle_offsets), 0)
    kept = places[cut.triangles[sound[ragged.owners(cut.triangle_offsets)]]]
    missing = np.ones(len(several), bool)
    missing[some] = ~sound
    return Triangulation(kept, ragged.offsets_of(found), missing), missing


def _without(some: Triangulation, dropped: Bool) -> Triangulation:
    """The same without the triangles of the polygons marked in `dropped`."""
    if not dropped.any():
        return some
    counts = np.where(dropped, 0, np.diff(some.triangle_offsets))
    kept = some.triangles[~dropped[ragged.owners(some.triangle_offsets)]]
    return Triangulation(kept, ragged.offsets_of(counts), some.faulty)


def _merge(parts: tuple[Triangulation, ...]) -> Triangulation:
    """Triangulations of the same polygons as one, sorted by polygon."""
    filled = [part for part in parts if len(part.triangles)] or [parts[0]]
    if len(filled) == 1:
        return filled[0]
    owner = np.concatenate([ragged.owners(part.triangle_offsets) for part in filled])
    order = np.argsort(owner, kind="stable")
    triangles = np.concatenate([part.triangles for part in filled])[order]
    counts = np.sum([np.diff(part.triangle_offsets) for part in filled], axis=0)
    return Triangulation(triangles, ragged.offsets_of(counts), filled[0].faulty)
