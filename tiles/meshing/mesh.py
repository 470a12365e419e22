"""The value between meshing and the glTF writer: triangles with normals and feature ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.appearance import PLAIN
from cim.arrays import Bool, Float32, Float64, Int64, Uint8, require_shape

ROOF, WALL, GROUND, OPENING, WATER, TRAFFIC, PLANT, LAND = range(8)
SURFACE_CLASSES = ("roof", "wall", "ground", "opening", "water", "traffic", "plant", "land")
"""Names of the numbers in `TriangleMesh.classes`."""

_STEPS = 127
"""Normals that agree to a step are one normal."""


@dataclass(frozen=True, slots=True)
class TriangleMesh:
    """Triangles on vertices; a vertex joins a point, a normal and a feature.

    Points and normals are shared, so that they are transformed and quantised once, however many
    vertices use them.
    """

    points: Float64
    """(p, 3) metres east, north, up in the frame of the tile."""

    normals: Float64
    """(k, 3) unit vectors in the same frame."""

    vertex_points: Int64
    """(v,) rows of `points`."""

    vertex_normals: Int64
    """(v,) rows of `normals`."""

    vertex_features: Int64
    """(v,) rows of the tile's property table."""

    triangles: Int64
    """(t, 3) vertices, counter-clockwise seen from outside."""

    classes: Uint8
    """(t,) numbers of `SURFACE_CLASSES`."""

    materials: Int64 | None = None
    """(t,) numbers of materials, `PLAIN` where the class tells the colour; None: all plain."""

    uv: Float32 | None = None
    """(v, 2) texture coordinates, u right and v up, NaN without; None: no texture."""

    colours: Uint8 | None = None
    """(v, 4) red, green, blue, opacity, sRGB encoded; None: white."""

    def __post_init__(self) -> None:
        require_shape("points", self.points, None, 3)
        require_shape("normals", self.normals, None, 3)
        require_shape("vertex_normals", self.vertex_normals, len(self.vertex_points))
        require_shape("vertex_features", self.vertex_features, len(self.vertex_points))
        require_shape("triangles", self.triangles, None, 3)
        require_shape("classes", self.classes, len(self.triangles))


def join(meshes: tuple[TriangleMesh, ...]) -> TriangleMesh:
    """All triangles as one mesh; there is at least one mesh and feature ids stay as they are."""
    if len(meshes) == 1:
        return meshes[0]
    points = _starts([len(mesh.points) for mesh in meshes])
    normals = _starts([len(mesh.normals) for mesh in meshes])
    vertices = _starts([len(mesh.vertex_points) for mesh in meshes])
    counts = [len(mesh.vertex_points) for mesh in meshes]
    triangles = [len(mesh.triangles) for mesh in meshes]
    return TriangleMesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([m.vertex_points + at for m, at in zip(meshes, points, strict=True)]),
        np.concatenate([m.vertex_normals + at for m, at in zip(meshes, normals, strict=True)]),
        np.concatenate([mesh.vertex_features for mesh in meshes]),
        np.concatenate([m.triangles + at for m, at in zip(meshes, vertices, strict=True)]),
        np.concatenate([mesh.classes for mesh in meshes]),
        _joined([mesh.materials for mesh in meshes], triangles, np.int64(PLAIN)),
        _joined([mesh.uv for mesh in meshes], counts, np.full(2, np.nan, np.float32)),
        _joined([mesh.colours for mesh in meshes], counts, np.full(4, 255, np.uint8)),
    )


def facet(mesh: TriangleMesh, chosen: Bool) -> TriangleMesh:
    """The mesh with some triangles flat: they get vertices of their own, with their own normals.

    Corners of one point and one direction stay one vertex.

    Args:
        mesh: Any.
        chosen: (t,) triangles with an area.
    """
    if not chosen.any():
        return mesh
    facing = facing_of(mesh)[chosen]
    steps = np.rint(facing * _STEPS).astype(np.int64) + _STEPS
    direction = (steps[:, 0] << 16) | (steps[:, 1] << 8) | steps[:, 2]
    corners = mesh.triangles[chosen]
    keys = (corners << 24) | direction[:, None]
    _, firsts, places = np.unique(keys.ravel(), return_index=True, return_inverse=True)
    old, count = corners.ravel()[firsts], len(mesh.vertex_points)
    triangles = mesh.triangles.copy()
    triangles[chosen] = places.reshape(-1, 3) + count
    grown = replace(
        mesh,
        normals=np.concatenate((mesh.normals, facing)),
        vertex_points=np.concatenate((mesh.vertex_points, mesh.vertex_points[old])),
        vertex_normals=np.concatenate((mesh.vertex_normals, firsts // 3 + len(mesh.normals))),
        vertex_features=np.concatenate((mesh.vertex_features, mesh.vertex_features[old])),
        uv=None if mesh.uv is None else np.concatenate((mesh.uv, mesh.uv[old])),
        colours=None
        if mesh.colours is None
        else np.concatenate((mesh.colours, mesh.colours[old])),
        triangles=triangles,
    )
    return select(grown, np.arange(len(triangles)))


def select(mesh: TriangleMesh, triangles: Int64) -> TriangleMesh:
    """Some triangles, in this order, with the vertices that they use in their old order."""
    used = np.zeros(len(mesh.vertex_points), bool)
    used[mesh.triangles[triangles]] = True
    places = np.cumsum(used) - 1
    chosen = replace(
        mesh,
        triangles=mesh.triangles[triangles],
        classes=mesh.classes[triangles],
        materials=_taken(mesh.materials, triangles),
    )
    return with_vertices(chosen, places[chosen.triangles], np.flatnonzero(used))


def with_vertices(mesh: TriangleMesh, triangles: Int64, vertices: Int64) -> TriangleMesh:
    """The same triangles on other vertices.

    Args:
        mesh: t triangles.
        triangles: (t, 3) rows of `vertices`.
        vertices: (v,) the vertex of the mesh that each new one is like.
    """
    return replace(
        mesh,
        vertex_points=mesh.vertex_points[vertices],
        vertex_normals=mesh.vertex_normals[vertices],
        vertex_features=mesh.vertex_features[vertices],
        triangles=triangles,
        uv=_taken(mesh.uv, vertices),
        colours=_taken(mesh.colours, vertices),
    )


def facing_of(mesh: TriangleMesh) -> Float64:
    """(t, 3) unit normal of each triangle; zero where it has no area."""
    corners = mesh.vertex_points[mesh.triangles]
    first, second, third = (mesh.points[corners[:, i]] for i in range(3))
    across = np.cross(second - first, third - first)
    length = np.linalg.norm(across, axis=1, keepdims=True)
    return np.asarray(across / np.where(length > 0, length, 1.0))


def _starts(counts: list[int]) -> list[int]:
    """Where each part begins when parts of these lengths are laid end to end."""
    return [sum(counts[:i]) for i in range(len(counts))]


def _taken[T: np.generic](values: NDArray[T] | None, rows: Int64) -> NDArray[T] | None:
    """Rows of an array that may be missing."""
    return None if values is None else values[rows]


def _joined(
    parts: Sequence[NDArray[Any] | None],
    counts: Sequence[int],
    missing: Any,  # noqa: ANN401 - a scalar or row of the dtype
) -> NDArray[Any] | None:
    """Parts laid end to end, `missing` in those that state none; None when none does."""
    if all(part is None for part in parts):
        return None
    filled = np.asarray(missing)
    return np.concatenate(
        [
            np.broadcast_to(filled, (count, *filled.shape)) if part is None else part
            for part, count in zip(parts, counts, strict=True)
        ]
    )
