"""Meshes with fewer triangles, within a bound on the error.

The library is fast-simplification (quadric error metrics). It does not know materials, so each
part of one material is simplified by itself with its border kept; a result that tears, turns
inside out or strays too far from the original is thrown away.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import shapely

from cim.arrays import Float64, Int64
from cim.bim.solids import facts_of, welded
from cim.bodies import Mesh
from cim.extras import require
from tiles.meshing.distance import distances

type Outcome = Literal["simplified", "too few triangles", "painted", "no gain", "error", "torn"]

_LEAST_TRIANGLES: Final = 32
"""Below this a mesh has nothing to give."""

_LEAST_GAIN: Final = 0.95
"""A result with more than this share of the triangles is not worth its error."""

_MOST_PAIRS: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Simplified:
    """A mesh, simplified where that went well, else as it was."""

    mesh: Mesh
    outcome: Outcome
    error_m: float = 0.0
    """The farthest that either surface lies from the other, at corners, middles of edges and
    middles of triangles."""


def simplified(mesh: Mesh, share: float, most_error_m: float) -> Simplified:
    """A mesh with about a share of its triangles.

    Args:
        mesh: In metres. One with normals, textures or vertex colours stays as it is.
        share: 0 to 1. Where it leads too far away, half and a quarter as much is tried.
        most_error_m: Bound on the error.

    Raises:
        ConfigError: fast-simplification is not installed.
    """
    if any(values is not None for values in (mesh.normals, mesh.uv, mesh.colours)):
        return Simplified(mesh, "painted")
    if len(mesh.triangles) < _LEAST_TRIANGLES or not np.isfinite(mesh.positions).all():
        return Simplified(mesh, "too few triangles")
    outcome: Outcome = "no gain"
    for aim in (share, (1 + share) / 2, (3 + share) / 4):
        candidate = _reduced(mesh, aim)
        if len(candidate.triangles) > _LEAST_GAIN * len(mesh.triangles):
            continue
        if not _is_as_whole(candidate, mesh):
            outcome = "torn"
            continue
        error = error_m(candidate, mesh, most_error_m)
        if error <= most_error_m:
            return Simplified(candidate, "simplified", error)
        outcome = "error"
    return Simplified(mesh, outcome)


def error_m(first: Mesh, second: Mesh, within_m: float) -> float:
    """How far two surfaces lie apart at their sample points; infinite beyond `within_m`."""
    sides = [mesh.positions[mesh.triangles] for mesh in (first, second)]
    targets = [_Target.of(triangles, within_m) for triangles in reversed(sides)]
    farthest = 0.0
    for sample in (_corners, _middles_of_edges, _middles):  # most strays show at corners
        for triangles, target in zip(sides, targets, strict=True):
            farthest = max(farthest, target.away_m(sample(triangles)))
            if farthest > within_m:
                return float("inf")
    return farthest


def _reduced(mesh: Mesh, share: float) -> Mesh:
    """The mesh with each part of one material simplified by itself."""
    library = require("fast_simplification", "bim")
    materials = np.unique(mesh.materials)
    points, faces, painted = [], list[Int64](), []
    start = 0
    for material in materials.tolist():
        corners, triangles = welded(mesh.positions, mesh.triangles[mesh.materials == material])
        corners, triangles = _used(corners, triangles)
        made, kept = library.simplify(
            corners, triangles.astype(np.int32), target_reduction=1 - share,
            preserve_border=len(materials) > 1,
        )  # fmt: skip
        points.append(np.asarray(made, np.float64).reshape(-1, 3))
        faces.append(np.asarray(kept, np.int64).reshape(-1, 3) + start)
        painted.append(np.full(len(kept), material, np.int32))
        start += len(made)
    return replace(
        mesh,
        positions=np.concatenate(points),
        triangles=np.concatenate(faces),
        materials=np.concatenate(painted),
    )


def _used(points: Float64, faces: Int64) -> tuple[Float64, Int64]:
    """A mesh without points that no triangle uses."""
    used, rows = np.unique(faces, return_inverse=True)
    return points[used], rows.reshape(-1, 3)


def _is_as_whole(candidate: Mesh, mesh: Mesh) -> bool:
    """Whether nothing tore, vanished or turned inside out."""
    if not len(candidate.triangles):
        return False
    before = facts_of(mesh.positions, mesh.triangles)
    after = facts_of(candidate.positions, candidate.triangles)
    if not after.is_finite or after.open_edges > before.open_edges:
        return False
    return not before.is_closed or after.volume_m3 * before.volume_m3 > 0


def _corners(triangles: Float64) -> Float64:
    return triangles.reshape(-1, 3)


def _middles_of_edges(triangles: Float64) -> Float64:
    return np.asarray((triangles + np.roll(triangles, -1, axis=1)) / 2).reshape(-1, 3)


def _middles(triangles: Float64) -> Float64:
    return np.asarray(triangles.mean(axis=1))


@dataclass(frozen=True, slots=True)
class _Target:
    """Triangles that points are measured from, found by their boxes widened by the bound."""

    triangles: Float64
    """(t, 3, 3)."""

    low: Float64
    high: Float64
    tree: shapely.STRtree

    @staticmethod
    def of(triangles: Float64, within_m: float) -> "_Target":
        """A target for points no farther away than `within_m`."""
        low, high = triangles.min(axis=1) - within_m, triangles.max(axis=1) + within_m
        boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        return _Target(triangles, low, high, shapely.STRtree(boxes))

    def away_m(self, samples: Float64) -> float:
        """Distance of the farthest of some points; infinite for one in no box."""
        samples = np.unique(samples.round(9), axis=0)
        nearest = np.full(len(samples), np.inf)
        pieces = max(1, min(len(samples), len(samples) * len(self.triangles) // _MOST_PAIRS))
        for some in np.array_split(np.arange(len(samples)), pieces):
            point, triangle = self.tree.query(shapely.points(samples[some, :2]))
            heights = samples[some, 2][point]
            level = (heights >= self.low[triangle, 2]) & (heights <= self.high[triangle, 2])
            rows = some[point[level]]
            away = distances(samples[rows][:, None], self.triangles[triangle[level]])[:, 0]
            np.minimum.at(nearest, rows, away)
        return float(nearest.max(initial=0.0))


def triangle_weight(mesh: Mesh) -> tuple[int, int]:
    """Triangles and bytes of a mesh (`Weight`)."""
    return len(mesh.triangles), 12 * len(mesh.positions) + 12 * len(mesh.triangles)
