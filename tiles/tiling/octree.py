"""Loose octree: which elements of a building share a tile, where they are too many for one.

A node keeps its largest elements, as many as it may hold, and passes the rest on to the eight
parts of the box of their centres. Tiles refine by addition, so that each element is in one tile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cim.arrays import Float64, Int64
from tiles.tiling.quadtree import Limits


@dataclass(frozen=True, slots=True)
class Things:
    """What is shared out."""

    centres: Float64
    """(n, 3) metres."""

    size_m: Float64
    """(n,) diagonals."""

    triangles: Int64
    """(n,)."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of the tree."""

    parent: int
    """Number of the node above, -1 for the first."""

    rows: Int64
    """What it keeps, the largest first."""


def branches(things: Things, rows: Int64, limits: Limits) -> list[Branch]:
    """Nodes for some things, parents before children; at least one thing.

    One thing above the limit has a node of its own.
    """
    largest = rows[np.argsort(-things.size_m[rows], kind="stable")]
    made: list[Branch] = []
    waiting = [(-1, largest)]
    while waiting:
        parent, some = waiting.pop(0)
        count = _fitting(things.triangles[some], limits)
        made.append(Branch(parent, some[:count]))
        number = len(made) - 1
        waiting += [(number, part) for part in _octants(things.centres, some[count:])]
    return made


def _fitting(triangles: Int64, limits: Limits) -> int:
    """How many of the first things fit into a tile; one always does."""
    light = int(np.searchsorted(np.cumsum(triangles), limits.triangles, side="right"))
    return max(1, min(light, limits.features))


def _octants(centres: Float64, rows: Int64) -> Iterator[Int64]:
    """The things in each eighth of the box of their centres; halves, where all centres are one."""
    if not len(rows):
        return
    places = centres[rows]
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    octant = (places > middle) @ np.array([1, 2, 4])
    if len(rows) > 1 and (octant == octant[0]).all():
        octant = np.arange(len(rows)) * 2 // len(rows)
    for number in np.unique(octant).tolist():
        yield rows[octant == number]
