"""Facts about triangle meshes: whether they close, what they hold; pure numpy."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cim.arrays import Float64, Int32, Int64

WELD_M: Final = 1e-5
"""Vertices nearer than this are one; the same step by which shapes are shared."""

_NO_AREA_M2: Final = 1e-10


@dataclass(frozen=True, slots=True)
class MeshFacts:
    """What a mesh is like, in its own frame."""

    is_finite: bool
    triangles: int
    open_edges: int
    """Edges that do not have as many triangles on one side as on the other."""

    area_m2: float
    volume_m3: float
    """Signed: negative for a mesh that is turned inside out; of no meaning for an open one."""

    @property
    def is_closed(self) -> bool:
        """Whether it encloses something."""
        return self.is_finite and self.triangles > 0 and self.open_edges == 0


def facts_of(positions: Float64, triangles: Int32 | Int64) -> MeshFacts:
    """Facts about a mesh.

    Args:
        positions: (v, 3) metres.
        triangles: (t, 3) rows of `positions`.
    """
    if not np.isfinite(positions).all():
        return MeshFacts(
            is_finite=False, triangles=len(triangles), open_edges=0, area_m2=0.0, volume_m3=0.0
        )
    points, faces = welded(positions, triangles)
    corners = points[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = points.mean(axis=0) if len(points) else np.zeros(3)
    volume = np.einsum("ij,ij->", corners[:, 0] - middle, across) / 6
    areas = np.linalg.norm(across, axis=1) / 2
    return MeshFacts(
        is_finite=True,
        triangles=int(np.count_nonzero(areas > _NO_AREA_M2)),
        open_edges=_open_edges(faces, len(points)),
        area_m2=float(areas.sum()),
        volume_m3=float(volume),
    )


def welded(positions: Float64, triangles: Int32 | Int64) -> tuple[Float64, Int64]:
    """A mesh whose vertices of one place are one, without the triangles that vanish so."""
    ticks = np.rint(positions / WELD_M).astype(np.int64)
    _, first, place = np.unique(ticks, axis=0, return_index=True, return_inverse=True)
    faces = place.reshape(-1)[np.asarray(triangles, np.int64)].reshape(-1, 3)
    a, b, c = faces.T
    return positions[first], faces[(a != b) & (b != c) & (c != a)]


def _open_edges(faces: Int64, points: int) -> int:
    """Edges that are not walked as often in one direction as in the other."""
    start, end = faces.reshape(-1), np.roll(faces, -1, axis=1).reshape(-1)
    keys = np.minimum(start, end) * max(points, 1) + np.maximum(start, end)
    _, edge = np.unique(keys, return_inverse=True)
    balance = np.bincount(edge.reshape(-1), np.where(start < end, 1, -1))
    return int(np.count_nonzero(balance))
