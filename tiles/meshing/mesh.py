"""The value between meshing and the glTF writer: triangles with normals and feature ids."""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Float64, Int64, Uint8, require_shape

ROOF, WALL, GROUND, OPENING = range(4)
SURFACE_CLASSES = ("roof", "wall", "ground", "opening")
"""Names of the numbers in `TriangleMesh.classes`."""


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
    return TriangleMesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([m.vertex_points + at for m, at in zip(meshes, points, strict=True)]),
        np.concatenate([m.vertex_normals + at for m, at in zip(meshes, normals, strict=True)]),
        np.concatenate([mesh.vertex_features for mesh in meshes]),
        np.concatenate([m.triangles + at for m, at in zip(meshes, vertices, strict=True)]),
        np.concatenate([mesh.classes for mesh in meshes]),
    )


def _starts(counts: list[int]) -> list[int]:
    """Where each part begins when parts of these lengths are laid end to end."""
    return [sum(counts[:i]) for i in range(len(counts))]
