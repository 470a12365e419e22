"""Loose quadtree: which tile each feature belongs to.

A feature belongs to exactly one tile, by its centre; tiles refine by addition, so a tile above
others holds the largest features of its square and what is left goes down a level.
"""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float64, Int64, require_shape

DEEPEST_LEVEL = 24
"""Below this level features are shared out by rank, not by place: their centres coincide."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a tile may hold."""

    features: int = 2_000
    triangles: int = 32_000
    """Kept so that a tile of boxes stays below 65,536 vertices and 16-bit indices do."""

    upper_features: int = 256
    """Features of a tile that has tiles below it: they are drawn from afar, so they are few."""

    extent_m: float = 100_000.0
    """A tile with content is not wider than this, or 32-bit positions lose the centimetre."""


@dataclass(frozen=True, slots=True)
class Quadtree:
    """Tiles of a tree, parents before children, and the tile of each feature."""

    tile_of: Int64
    """(n,) tile of each feature."""

    parent: Int64
    """(t,) tile above, -1 for the root."""

    level: Int64
    """(t,) 0 for the root."""

    column: Int64
    """(t,) from the west, in squares of the tile's level."""

    row: Int64
    """(t,) from the south."""

    geometric_error_m: Float64
    """(t,) size of the largest feature that appears only in the tiles below; 0 for a leaf."""


@dataclass(frozen=True, slots=True)
class _Square:
    """The square of the root tile."""

    west: float
    south: float
    width: float


@dataclass(frozen=True, slots=True)
class _Split:
    """What one level does with the features that reached it."""

    kept: Bool
    left_over_m: Float64
    """Size of the largest feature passed down, for each tile of the level."""


def build(centres: Float64, sizes_m: Float64, triangles: Int64, limits: Limits) -> Quadtree:
    """Tiles for features.

    Args:
        centres: (n, 2) metres in a plane, east first; n is at least 1.
        sizes_m: (n,) diagonal of each feature.
        triangles: (n,) triangles of each feature.
        limits: How much a tile may hold. One feature above the limit has a tile of its own.
    """
    require_shape("centres", centres, None, 2)
    square = _square(centres)
    order = np.lexsort((np.arange(len(sizes_m)), -sizes_m))
    tile_of = np.zeros(len(centres), np.int64)
    tile, parents = np.zeros(len(order), np.int64), [np.full(1, -1)]
    cells, errors = [np.zeros((1, 3), np.int64)], []
    first = 0
    while True:
        split = _split(
            tile, sizes_m[order], triangles[order], _widths(centres[order], tile), limits
        )
        tile_of[order[split.kept]] = tile[split.kept] + first
        errors.append(split.left_over_m)
        order, tile = order[~split.kept], tile[~split.kept]
        if not len(order):
            return _tree(tile_of, parents, cells, errors)
        quadrants = _quadrants(centres[order], tile, cells[-1], square)
        families, tile = np.unique(4 * tile + quadrants, return_inverse=True)
        arranged = np.argsort(tile, kind="stable")
        order, tile = order[arranged], tile[arranged]
        parents.append(families // 4 + first)
        first += len(cells[-1])
        cells.append(_child_cells(cells[-1][families // 4], families % 4))


def _square(centres: Float64) -> _Square:
    """The smallest square about the middle of all centres."""
    low, high = centres.min(axis=0), centres.max(axis=0)
    width = float(np.max(high - low)) or 1.0
    west, south = (low + high - width) / 2
    return _Square(float(west), float(south), width)


def _widths(centres: Float64, tile: Int64) -> Float64:
    """(t,) extent of the centres in each tile; `tile` is sorted and has no gaps."""
    starts = np.flatnonzero(np.diff(tile, prepend=-1))
    low = np.minimum.reduceat(centres, starts, axis=0)
    high = np.maximum.reduceat(centres, starts, axis=0)
    return np.asarray(np.max(high - low, axis=1))


def _split(
    tile: Int64, sizes_m: Float64, triangles: Int64, widths: Float64, limits: Limits
) -> _Split:
    """Which features stay at this level; features are sorted by tile, then the largest first."""
    starts = np.flatnonzero(np.diff(tile, prepend=-1))
    rank = np.arange(len(tile)) - starts[tile]
    running = np.cumsum(triangles)
    weight = running - (running - triangles)[starts][tile]
    counts = np.bincount(tile)
    totals = np.add.reduceat(triangles, starts)
    narrow = widths <= limits.extent_m
    leaf = narrow & (counts <= limits.features) & (totals <= limits.triangles)
    share = (rank < limits.upper_features) & (weight <= limits.triangles)
    kept = leaf[tile] | ((share | (rank == 0)) & narrow[tile])
    left_over = np.zeros(len(starts))
    np.maximum.at(left_over, tile[~kept], sizes_m[~kept])
    return _Split(kept, left_over)


def _quadrants(centres: Float64, tile: Int64, cells: Int64, square: _Square) -> Int64:
    """(n,) 0 to 3: which quarter of its tile a feature goes to."""
    level = int(cells[0, 0])
    if level >= DEEPEST_LEVEL:
        return np.arange(len(tile)) % 4
    width = square.width / 2**level
    middle = np.array([square.west, square.south]) + (cells[tile, 1:] + 0.5) * width
    eastern, northern = (centres >= middle).T
    return np.asarray(eastern + 2 * northern, np.int64)


def _child_cells(parents: Int64, quadrants: Int64) -> Int64:
    """(t, 3) level, column and row of the quarters of some squares."""
    return np.column_stack(
        (
            parents[:, 0] + 1,
            2 * parents[:, 1] + quadrants % 2,
            2 * parents[:, 2] + quadrants // 2,
        )
    )


def _tree(
    tile_of: Int64, parents: list[Int64], cells: list[Int64], errors: list[Float64]
) -> Quadtree:
    """The levels as one table."""
    level, column, row = np.concatenate(cells).T
    return Quadtree(tile_of, np.concatenate(parents), level, column, row, np.concatenate(errors))
