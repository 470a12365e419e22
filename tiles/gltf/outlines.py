"""Edges to be drawn as lines: where a polygon ends, and where faces meet at an angle.

Source: the vendor extension CESIUM_primitive_outline. CesiumJS draws an edge by its two vertices
in one triangle; it copies vertices whose triangles cannot agree.
"""

import numpy as np

from cim.arrays import Int64
from tiles.meshing.mesh import TriangleMesh, facing_of

EXTENSION = "CESIUM_primitive_outline"
SHARP = np.cos(np.radians(30))
"""Faces that meet at less than 30 degrees are one surface."""


def edges(mesh: TriangleMesh) -> Int64:
    """(e, 2) vertices of the edges to draw, as triangles of the mesh have them.

    An edge between two points is drawn when one face alone has it, or when faces on it look more
    than 30 degrees apart. Points, not vertices, tell which faces meet.
    """
    ends = mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    points = np.sort(mesh.vertex_points[ends], axis=1)
    facing = facing_of(mesh).repeat(3, axis=0)
    _, edge, count = np.unique(
        points[:, 0] * len(mesh.points) + points[:, 1], return_inverse=True, return_counts=True
    )
    first = np.zeros(len(count), np.int64)
    first[edge[::-1]] = np.arange(len(edge))[::-1]
    agreement = np.einsum("ij,ij->i", facing, facing[first[edge]])
    bent = np.zeros(len(count), bool)
    bent[edge[agreement < SHARP]] = True
    drawn = (bent | (count == 1))[edge] & (points[:, 0] != points[:, 1])
    drawn &= facing.any(axis=1)
    return np.unique(np.sort(ends[drawn], axis=1), axis=0)
