"""How two solids meet: the body that both fill, how deep it is, or how far they are apart."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cim.arrays import Float64
from cim.bim.clash.solids import Manifold

_MOST_DIRECTIONS: Final = 256
_SAME_DIRECTION: Final = 3
"""Digits in which directions agree."""


@dataclass(frozen=True, slots=True)
class Common:
    """What two solids both fill."""

    volume_m3: float
    depth_m: float
    point: tuple[float, float, float]


def common(first: Manifold, second: Manifold, deeper_than_m: float) -> Common | None:
    """What two solids both fill, None where that is nothing or nowhere as deep as asked.

    The depth is that of the deepest piece: its width across the narrowest of the directions of
    its faces.
    """
    shared = first ^ second
    if shared.is_empty():
        return None
    measured = [
        (_width(points, faces), points) for points, faces in map(_mesh, shared.decompose())
    ]
    depth, points = max(measured, key=lambda found: found[0], default=(0.0, np.zeros((1, 3))))
    if depth <= deeper_than_m:
        return None
    x, y, z = ((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    return Common(float(shared.volume()), depth, (x, y, z))


def gap_m(first: Manifold, second: Manifold, within_m: float) -> float | None:
    """Distance of two solids' surfaces, None where it is not below `within_m`."""
    gap = float(first.min_gap(second, within_m))
    return gap if gap < within_m else None


def _mesh(body: Manifold) -> tuple[Float64, Float64]:
    """Points and triangles of a body."""
    mesh = body.to_mesh64()
    points = np.asarray(mesh.vert_properties)[:, :3]
    return points, points[np.asarray(mesh.tri_verts, np.int64)]


def _width(points: Float64, corners: Float64) -> float:
    """Least extent of a body along the normals of its faces, the largest faces first."""
    if not len(corners):
        return 0.0
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    seen = areas > 0
    order = np.argsort(-areas[seen])[: 4 * _MOST_DIRECTIONS]
    units = (normals[seen] / areas[seen, None])[order]
    _, first = np.unique(units.round(_SAME_DIRECTION), axis=0, return_index=True)
    along = points @ units[np.sort(first)[:_MOST_DIRECTIONS]].T
    return float(np.ptp(along, axis=0).min(initial=np.inf)) if along.size else 0.0
