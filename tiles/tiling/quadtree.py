"""Loose quadtree: which tile each feature belongs to.

A feature belongs to exactly one tile, by its centre; tiles refine by addition. A tile above
others holds the largest feature of each of its cells, a fine grid over its square, and passes the
rest down a level. So what is hidden is never farther from something drawn than a cell is wide.
"""

import math
from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float64, Int64, require_shape
from cim.errors import InputError

DEEPEST_LEVEL = 24
"""Below this level features are shared out by rank, not by place: their centres coincide."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a tile may hold."""

    features: int = 2_000
    triangles: int = 32_000
    """Kept so that a tile of boxes stays below 65,536 vertices and 16-bit indices do."""

    upper_features: int = 256
    """Cells, and so features, of a tile that has tiles below it; a square number is used up."""

    extent_m: float = 100_000.0
    """A tile with content is not wider than this, or 32-bit positions lose the centimetre."""

    def __post_init__(self) -> None:
        for name in ("features", "triangles", "upper_features", "extent_m"):
            if not getattr(self, name) >= 1:
                raise InputError(f"{name}: {getattr(self, name)}; legal: 1 or more")


@dataclass(frozen=True, slots=True)
class Square:
    """The square that a tree quarters."""

    west_m: float
    south_m: float
    width_m: float


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
    """(t,) how far a feature that appears only in the tiles below may reach away from all that
    the tile shows, bounded from above; 0 for a leaf, and never above the parent's.

    A client that refines at 16 pixels so misses nothing that is farther than 16 pixels from
    something drawn: a city does not look empty from afar, and the load of a view stays bounded.
    """

    square: Square
    """Of the root."""


@dataclass(frozen=True, slots=True)
class _Squares:
    """The squares of the tiles of one level."""

    low: Float64
    """(t, 2) south-western corners in metres."""

    width_m: float
    cells: Int64
    """(t, 3) level, column and row."""


@dataclass(frozen=True, slots=True)
class _Level:
    """Features that reached a level, sorted by tile, then the largest first."""

    tile: Int64
    """(n,) number of the feature's tile within the level; none is without features."""

    centres: Float64
    sizes_m: Float64
    triangles: Int64

    @property
    def starts(self) -> Int64:
        """(t,) first feature of each tile."""
        return np.flatnonzero(np.diff(self.tile, prepend=-1))

    @property
    def widths_m(self) -> Float64:
        """(t,) extent of the centres in each tile."""
        low = np.minimum.reduceat(self.centres, self.starts, axis=0)
        high = np.maximum.reduceat(self.centres, self.starts, axis=0)
        return np.asarray(np.max(high - low, axis=1))


def build(centres: Float64, sizes_m: Float64, triangles: Int64, limits: Limits) -> Quadtree:
    """Tiles for features.

    Args:
        centres: (n, 2) metres in a plane, east first; n is at least 1.
        sizes_m: (n,) diagonal of each feature.
        triangles: (n,) triangles of each feature.
        limits: How much a tile may hold. One feature above the limit has a tile of its own.
    """
    require_shape("centres", centres, None, 2)
    root = squares = _root_square(centres, float(sizes_m.max()))
    order = np.argsort(-sizes_m, kind="stable")
    tile_of, tile = np.zeros(len(centres), np.int64), np.zeros(len(order), np.int64)
    parents, cells, errors = [np.full(1, -1)], [squares.cells], []
    first = 0
    while True:
        level = _Level(tile, centres[order], sizes_m[order], triangles[order])
        kept, error_m = _split(level, squares, limits)
        tile_of[order[kept]] = tile[kept] + first
        errors.append(error_m)
        if kept.all():
            return _tree(tile_of, parents, cells, errors, root)
        key = (4 * tile + _quadrants(level, squares))[~kept]
        del level, tile  # what they hold is as large as the next ones
        families = np.flatnonzero(np.bincount(key))
        number_of = np.zeros(4 * len(squares.cells), np.int64)
        number_of[families] = np.arange(len(families))
        arranged = np.argsort(key, kind="stable")
        order, tile = order[~kept][arranged], number_of[key[arranged]]
        parents.append(families // 4 + first)
        first += len(squares.cells)
        squares = _quarters(squares, families // 4, families % 4)
        cells.append(squares.cells)


def _root_square(centres: Float64, largest_m: float) -> _Squares:
    """The smallest square about the middle of all centres that holds whole features."""
    low, high = centres.min(axis=0), centres.max(axis=0)
    width = (float(np.max(high - low)) + largest_m) or 1.0
    return _Squares(((low + high - width) / 2)[None], width, np.zeros((1, 3), np.int64))


def _split(level: _Level, squares: _Squares, limits: Limits) -> tuple[Bool, Float64]:
    """Which features stay at this level, and the geometric error of each tile."""
    narrow = level.widths_m <= limits.extent_m
    leaf = narrow & (np.bincount(level.tile) <= limits.features)
    leaf &= np.add.reduceat(level.triangles, level.starts) <= limits.triangles
    first_of = _first_of_cell(level, squares, math.isqrt(limits.upper_features))
    largest = first_of == np.arange(len(first_of))
    light = _running(level.triangles * largest, level) <= limits.triangles
    alone = np.zeros(len(largest), bool)
    alone[level.starts] = True
    kept = leaf[level.tile] | (largest & (light | alone) & narrow[level.tile])
    return kept, _errors(level, squares, kept, first_of)


def _first_of_cell(level: _Level, squares: _Squares, side: int) -> Int64:
    """(n,) the first, and so the largest, feature of the cell that holds each feature."""
    key = level.tile * side * side
    for axis, weight in ((0, side), (1, 1)):
        away = level.centres[:, axis] - squares.low[level.tile, axis]
        key += weight * np.clip((away * (side / squares.width_m)).astype(np.int32), 0, side - 1)
    first = np.zeros(len(squares.cells) * side * side, np.int64)
    first[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    return first[key]


def _running(weights: Int64, level: _Level) -> Int64:
    """(n,) sum of the weights up to each feature within its tile."""
    running = np.cumsum(weights)
    return running - (running - weights)[level.starts][level.tile]


def _errors(level: _Level, squares: _Squares, kept: Bool, first_of: Int64) -> Float64:
    """Geometric error of each tile: how far hidden features reach from the drawn one."""
    away = np.hypot(*(values - values[first_of] for values in level.centres.T))
    away[~kept[first_of]] = squares.width_m * math.sqrt(2)
    away += level.sizes_m
    away[kept] = 0.0
    return np.maximum.reduceat(away, level.starts)


def _quadrants(level: _Level, squares: _Squares) -> Int64:
    """(n,) 0 to 3: which quarter of its tile a feature belongs to."""
    middle = squares.low + squares.width_m / 2
    eastern, northern = (level.centres[:, axis] >= middle[level.tile, axis] for axis in (0, 1))
    by_rank = (level.widths_m == 0)[level.tile] | (squares.cells[0, 0] >= DEEPEST_LEVEL)
    return np.where(by_rank, np.arange(len(eastern)) % 4, eastern + 2 * northern)


def _quarters(squares: _Squares, tile: Int64, quadrant: Int64) -> _Squares:
    """The squares of the tiles below."""
    side = np.column_stack((quadrant % 2, quadrant // 2))
    half = squares.width_m / 2
    level, place = squares.cells[tile, :1] + 1, 2 * squares.cells[tile, 1:] + side
    return _Squares(squares.low[tile] + side * half, half, np.concatenate((level, place), axis=1))


def _tree(
    tile_of: Int64,
    parents: list[Int64],
    cells: list[Int64],
    errors: list[Float64],
    root: _Squares,
) -> Quadtree:
    """The levels as one table."""
    level, column, row = np.concatenate(cells).T
    above, error = (
        np.concatenate(parents),
        falling(np.concatenate(errors), np.concatenate(parents)),
    )
    west, south = root.low[0].tolist()
    square = Square(west, south, root.width_m)
    return Quadtree(tile_of, above, level, column, row, error, square)


def falling(error_m: Float64, parent: Int64) -> Float64:
    """(t,) geometric errors, none above its parent's.

    What a tile above bounds it bounds for all below: its features are drawn with theirs.

    Args:
        error_m: (t,) parents before children.
        parent: (t,) -1 for the root.
    """
    capped = error_m.tolist()
    for number, above in enumerate(parent.tolist()):
        if above >= 0:
            capped[number] = min(capped[number], capped[above])
    return np.array(capped)
