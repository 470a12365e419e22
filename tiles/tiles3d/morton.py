"""Numbers of the nodes of a subtree: level by level from its root, in Morton order within one.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 8 (implicit tiling: subdivision, Morton order).
"""

from collections.abc import Mapping

import numpy as np

from cim.arrays import Int64

DIMENSIONS: Mapping[str, int] = {"QUADTREE": 2, "OCTREE": 3}
"""Axes that each subdivision scheme halves."""


def width(scheme: str) -> int:
    """Children of a tile: 4 or 8."""
    return 1 << DIMENSIONS[scheme]


def level_start(scheme: str, level: int) -> int:
    """Number of the first node of a level; for `levels`, how many nodes a subtree has."""
    return int((width(scheme) ** level - 1) // (width(scheme) - 1))


def morton(coordinates: Int64) -> Int64:
    """Place in Morton order of cells (n, 2 or 3): x in the lowest bit, then y, then z."""
    axes = coordinates.shape[1]
    found = np.zeros(len(coordinates), np.int64)
    for bit in range(63 // axes):
        for axis in range(axes):
            found |= ((coordinates[:, axis] >> bit) & 1) << (bit * axes + axis)
    return found


def from_morton(codes: Int64, axes: int) -> Int64:
    """(n, axes) cells at places (n,) in Morton order."""
    found = np.zeros((len(codes), axes), np.int64)
    for bit in range(63 // axes):
        for axis in range(axes):
            found[:, axis] |= ((codes >> (bit * axes + axis)) & 1) << bit
    return found


def node_numbers(scheme: str, levels: Int64, coordinates: Int64) -> Int64:
    """Numbers of nodes in a subtree.

    Args:
        scheme: `QUADTREE` or `OCTREE`.
        levels: (n,) counted from the subtree's root.
        coordinates: (n, 2 or 3) cells x, y(, z) within the subtree at those levels.
    """
    many = width(scheme)
    starts = (np.power(many, levels, dtype=np.int64) - 1) // (many - 1)
    return np.asarray(starts + morton(coordinates))


def node_places(scheme: str, levels: int) -> tuple[Int64, Int64]:
    """Level (n,) and cell (n, 2 or 3) of every node of a subtree, from its root."""
    sizes = [width(scheme) ** level for level in range(levels)]
    depth = np.repeat(np.arange(levels, dtype=np.int64), sizes)
    codes = np.concatenate([np.arange(size, dtype=np.int64) for size in sizes])
    return depth, from_morton(codes, DIMENSIONS[scheme])
