"""How far two meshes of the same features lie apart: the Hausdorff distance, bounded from above.

For a fixed triangle the distance of a point is convex, so over another triangle it is greatest at
a corner: the least of these maxima over the other mesh bounds what the triangle reaches. Where
that bound is far above the distances found, the triangle is quartered.
"""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float64, Int64
from tiles.meshing.mesh import TriangleMesh

SLACK = 1.05
"""A bound so near the greatest distance found is good enough."""

SLACK_M = 0.25
DEEPEST = 8
"""Quarterings; what is left is bounded by the distance of a corner and the triangle's width."""

MOST_PAIRS = 500_000
"""Triangles against triangles measured at once."""

_EQUILATERAL = 3**-0.5
"""Circumradius of an equilateral triangle of side 1: the farthest that a point of a triangle lies
from all corners, for its longest side."""


@dataclass(frozen=True, slots=True)
class Soup:
    """Triangles with their features, sorted by feature."""

    corners: Float64
    """(t, 3, 3) metres."""

    feature: Int64
    """(t,)."""


def soup_of(mesh: TriangleMesh) -> Soup:
    """The triangles of a mesh."""
    feature = mesh.vertex_features[mesh.triangles[:, 0]]
    order = np.argsort(feature, kind="stable")
    corners = mesh.points[mesh.vertex_points[mesh.triangles[order]]]
    return Soup(corners, feature[order])


def apart_m(first: Soup, second: Soup) -> float:
    """Distance between two shapes of each feature, the greatest over all features.

    No point of one shape lies farther than this from the other shape of its feature; it is above
    the true distance by at most a twentieth, 25 cm or what `DEEPEST` leaves. Features that only
    one side has are left out.
    """
    found, there = _reach_m(first, second, 0.0)
    _, back = _reach_m(second, first, found)
    return max(there, back)


def _reach_m(source: Soup, target: Soup, found: float) -> tuple[float, float]:
    """How far the source reaches away from the target: a distance found, and the bound.

    Args:
        source: Triangles.
        target: Triangles of the same features.
        found: What lies below this distance need not be looked at.
    """
    shared = np.isin(source.feature, target.feature)
    source = Soup(source.corners[shared], source.feature[shared])
    bound = found
    for depth in range(DEEPEST + 1):
        near, reach = _measure(source, target)
        found = max(found, float(near.max(initial=0.0)))
        bound = max(bound, found)
        sides = source.corners - np.roll(source.corners, 1, axis=1)
        width = np.linalg.norm(sides, axis=2).max(axis=1, initial=0.0)
        reach = np.minimum(reach, near + _EQUILATERAL * width)
        open_ones = reach > max(SLACK * found, found + SLACK_M)
        bound = max(bound, float(reach[~open_ones].max(initial=0.0)))
        if not open_ones.any():
            return found, bound
        if depth == DEEPEST:
            return found, max(bound, float(reach.max()))
        source = _quartered(source, open_ones)
    return found, bound


def _measure(source: Soup, target: Soup) -> tuple[Float64, Float64]:
    """For each triangle: how far its farthest corner is from the target, and the bound."""
    starts = np.searchsorted(target.feature, source.feature)
    counts = np.searchsorted(target.feature, source.feature, side="right") - starts
    near, reach = np.zeros(len(counts)), np.zeros(len(counts))
    for rows in _chunks(counts):
        some = counts[rows]
        begins = np.cumsum(some) - some
        mine = np.repeat(np.arange(len(some)), some)
        theirs = np.arange(some.sum()) - np.repeat(begins - starts[rows], some)
        away = distances(source.corners[rows][mine], target.corners[theirs])
        reach[rows] = np.minimum.reduceat(away.max(axis=1), begins)
        near[rows] = np.minimum.reduceat(away, begins, axis=0).max(axis=1)
    return near, reach


def _chunks(counts: Int64) -> list[slice]:
    """Stretches of triangles whose pairs fit into memory at once."""
    number = (np.cumsum(counts) - counts) // MOST_PAIRS
    cuts = np.flatnonzero(np.diff(number, prepend=-1)).tolist()
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], len(counts)], strict=True)]


def distances(points: Float64, triangles: Float64) -> Float64:
    """(n, k) distances of k points each (n, k, 3) from a triangle each (n, 3, 3)."""
    sides = np.roll(triangles, -1, axis=1) - triangles
    normal = np.cross(sides[:, 0], sides[:, 1])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit = normal / np.where(length > 0, length, 1.0)
    best = np.full(points.shape[:2], np.inf)
    inside = np.repeat(length > 0, points.shape[1], axis=1)
    for corner in range(3):
        start, side = triangles[:, corner, None], sides[:, corner, None]
        away = points - start
        square = (side * side).sum(axis=2)
        along = (away * side).sum(axis=2) / np.where(square > 0, square, 1.0)
        rest = away - np.clip(along, 0.0, 1.0)[..., None] * side
        best = np.minimum(best, (rest * rest).sum(axis=2))
        inside &= _left_of(away, side, unit)
    height = ((points - triangles[:, :1]) * unit[:, None]).sum(axis=2)
    return np.where(inside, np.abs(height), np.sqrt(best))


def _left_of(away: Float64, side: Float64, unit: Float64) -> Bool:
    """(n, k) whether points lie on the inner side of a triangle's side, seen along its normal."""
    return np.asarray((np.cross(side, away) * unit[:, None]).sum(axis=2) >= 0)


def _quartered(source: Soup, chosen: Bool) -> Soup:
    """The chosen triangles, each cut into four by the middles of its sides."""
    corners = source.corners[chosen]
    middles = (corners + np.roll(corners, -1, axis=1)) / 2
    a, b, c = (corners[:, i] for i in range(3))
    ab, bc, ca = (middles[:, i] for i in range(3))
    quarters = np.stack(
        [np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))],
        axis=1,
    )
    return Soup(quarters.reshape(-1, 3, 3), source.feature[chosen].repeat(4))
