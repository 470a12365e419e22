"""How far one set of triangles reaches away from another, bounded from above.

Both are marked in a grid of cubes. From each cube of the one the distance to the nearest cube of
the other is found exactly (a Euclidean distance transform, one axis after the other); what a cube
and the sampling blur is added. For models of many thousand triangles that is a thousand times
cheaper than triangles against triangles, and blurs less than a metre in a house.

Source: P. Felzenszwalb, D. Huttenlocher, Distance Transforms of Sampled Functions, Theory of
Computing 8 (2012): the transform is separable. Here each axis is done by whole arrays.
"""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from cim.arrays import Bool, Float32, Float64, Int64
from tiles.meshing import ragged

MOST_CELLS: Final = 250_000
SMALLEST_M: Final = 0.25
BLUR: Final = 2.5
"""Widths of a cell: the diagonals of both half cells, and the gaps between samples."""

_MOST_SAMPLES: Final = 400_000
_OWN_CORNERS: Final = 2
"""Steps along and across a triangle for which its own corners are near enough."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cubes over a box."""

    low: Float64
    """(3,) lowest corner."""

    width_m: float
    shape: tuple[int, int, int]


def grid_over(low: Float64, high: Float64) -> Grid:
    """A grid over the box between two corners."""
    size = np.maximum(high - low, SMALLEST_M)
    width = max(SMALLEST_M, float(np.cbrt(size.prod() / MOST_CELLS)))
    while np.prod(np.ceil(size / width) + 1) > MOST_CELLS:
        width *= 1.1
    across, along, up = (np.ceil(size / width) + 1).astype(int).tolist()
    return Grid(low, width, (across, along, up))


def cells_of(grid: Grid, corners: Float64) -> Int64:
    """Numbers of the cells that triangles touch, ascending.

    Args:
        grid: The grid; what lies outside counts for its rim.
        corners: (t, 3, 3) metres.
    """
    marked = np.zeros(int(np.prod(grid.shape)), bool)
    counts = _counts(grid, corners)
    small = counts.max(axis=1) <= _OWN_CORNERS
    marked[_places(grid, corners[small].reshape(-1, 3))] = True
    corners, counts = corners[~small], counts[~small]
    running = np.cumsum(counts.prod(axis=1))
    number = (running - 1) // _MOST_SAMPLES
    cuts = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(corners)]
    for first, end in itertools.pairwise(cuts):
        marked[_places(grid, _samples(corners[first:end], counts[first:end]))] = True
    return np.flatnonzero(marked)


def _places(grid: Grid, points: Float64) -> Int64:
    """(n,) numbers of the cells that points lie in."""
    place = ((points - grid.low) / grid.width_m).astype(np.int64)
    place = np.clip(place, 0, np.array(grid.shape) - 1)
    return np.asarray((place[:, 0] * grid.shape[1] + place[:, 1]) * grid.shape[2] + place[:, 2])


def reach_m(grid: Grid, source: Int64, target: Int64) -> float:
    """How far any point in cells of `source` lies from the nearest one in cells of `target`."""
    if not len(source) or not len(target):
        return 0.0
    marked = np.zeros(int(np.prod(grid.shape)), bool)
    marked[target] = True
    squares = _squared_distances(marked.reshape(grid.shape)).ravel()[source]
    return float(np.sqrt(squares.max()) + BLUR) * grid.width_m


def _squared_distances(marked: Bool) -> Float32:
    """Squared distance of each cell from the nearest marked one, in cells: whole numbers."""
    away = np.where(marked, np.float32(0), np.float32(np.inf))
    for axis in range(3):
        before = np.moveaxis(away, axis, 0)
        after = before.copy()
        for step in range(1, len(before)):
            np.minimum(after[step:], before[:-step] + step * step, out=after[step:])
            np.minimum(after[:-step], before[step:] + step * step, out=after[:-step])
            if step * step >= after.max():
                break
        away = np.moveaxis(after, 0, axis)
    return away


def _counts(grid: Grid, corners: Float64) -> Int64:
    """(t, 2) steps along the longest side of each triangle, and across it."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    longest = np.maximum(sides.max(axis=1), 1e-9)
    height = np.linalg.norm(np.cross(first, second), axis=1) / longest
    step = grid.width_m / 2
    return np.column_stack(
        (np.ceil(longest / step).astype(np.int64) + 1, np.ceil(height / step).astype(np.int64) + 1)
    )


def _samples(corners: Float64, counts: Int64) -> Float64:
    """Points of triangles, no farther apart than half a cell."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    base = sides.argmax(axis=1)
    rows = np.arange(len(corners))
    start, end, apex = (corners[rows, (base + turn) % 3] for turn in range(3))
    total = counts.prod(axis=1)
    owner = np.repeat(rows, total)
    place = np.arange(len(owner)) - ragged.offsets_of(total)[:-1].repeat(total)
    along = (place % counts[owner, 0]) / np.maximum(counts[owner, 0] - 1, 1)
    across = (place // counts[owner, 0]) / np.maximum(counts[owner, 1] - 1, 1)
    foot = start[owner] + along[:, None] * (end - start)[owner]
    return np.asarray(foot + across[:, None] * (apex[owner] - foot))
