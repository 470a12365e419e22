"""Islands: triangles of one material that hang together, and the part of a picture they use."""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Float32, Float64, Int64


@dataclass(frozen=True, slots=True)
class Islands:
    """Islands of textured triangles."""

    of_vertex: Int64
    """(v,) island of each vertex, -1 where no textured triangle uses it."""

    material: Int64
    """(i,) number of the material of each island."""

    low: Float64
    """(i, 2) smallest u and v."""

    high: Float64
    metres: Float64
    """(i,) length on the ground of one unit of u and v, 0 where all corners have one colour."""


def find(triangles: Int64, materials: Int64, uv: Float32, points: Float64) -> Islands:
    """Islands of triangles.

    Args:
        triangles: (t, 3) textured triangles; a vertex belongs to one material only.
        materials: (t,) their materials.
        uv: (v, 2) texture coordinates of all vertices, finite where triangles use them.
        points: (v, 3) places of all vertices, metres.
    """
    labels = _components(triangles, len(uv))
    used = np.unique(triangles)
    roots, island = np.unique(labels[used], return_inverse=True)
    of_vertex = np.full(len(uv), -1)
    of_vertex[used] = island
    low, high = np.full((len(roots), 2), np.inf), np.full((len(roots), 2), -np.inf)
    np.minimum.at(low, island, uv[used])
    np.maximum.at(high, island, uv[used])
    owner = of_vertex[triangles[:, 0]]
    material = np.zeros(len(roots), np.int64)
    material[owner] = materials
    return Islands(of_vertex, material, low, high, _lengths(triangles, owner, uv, points))


def _components(triangles: Int64, count: int) -> Int64:
    """(count,) smallest vertex that each vertex hangs together with."""
    labels = np.arange(count)
    while True:
        at_corners = labels[triangles]
        smallest = at_corners.min(axis=1).repeat(3)
        spread = labels.copy()
        np.minimum.at(spread, triangles.ravel(), smallest)
        np.minimum.at(spread, at_corners.ravel(), smallest)
        spread = spread[spread]
        if np.array_equal(spread, labels):
            return labels
        labels = spread


def _lengths(triangles: Int64, owner: Int64, uv: Float32, points: Float64) -> Float64:
    """(i,) metres of one unit of texture coordinates, from areas."""
    first, second, third = (points[triangles[:, i]] for i in range(3))
    ground = np.linalg.norm(np.cross(second - first, third - first), axis=1)
    one, two, three = (uv[triangles[:, i]].astype(np.float64) for i in range(3))
    across, along = two - one, three - one
    drawn = np.abs(across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0])
    grounds, areas = np.bincount(owner, ground), np.bincount(owner, drawn)
    return np.sqrt(np.divide(grounds, areas, out=np.zeros(len(areas)), where=areas > 0))
