"""Changes to a tree that stands: where a new feature goes, and how far hidden ones now reach.

The tree keeps its tiles. Its squares are loose: a feature belongs to the tile whose square holds
its centre, wherever its walls are.
"""

import math
from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float64, Int64
from tiles.tiling.quadtree import Square

MOST_PAIRS = 4_000_000
"""Distances measured at once; where there are more, the width of the square bounds them."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The tiles of a tree, parents before children."""

    level: Int64
    """(t,) 0 for the root."""

    column: Int64
    """(t,) from the west, in squares of the tile's level."""

    row: Int64
    """(t,) from the south."""

    square: Square
    """Of the root."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Features in tiles."""

    tile: Int64
    """(n,)."""

    centres: Float64
    """(n, 2) metres in the plane of the tree."""

    size_m: Float64
    """(n,) diagonals."""


def holds(cells: Cells, tiles: Int64, centres: Float64) -> Bool:
    """(n,) whether the square of each tile holds the centre beside it.

    Squares at the rim hold what lies beyond.
    """
    column, row = _position(cells, cells.level[tiles], centres)
    return np.asarray((column == cells.column[tiles]) & (row == cells.row[tiles]))


def place(cells: Cells, centres: Float64) -> Int64:
    """(n,) the deepest tile whose square holds each centre."""
    tiles = np.zeros(len(centres), np.int64)
    for level in range(1, int(cells.level.max()) + 1):
        here = np.flatnonzero(cells.level == level)
        keys = _key(cells.column[here], cells.row[here])
        order = np.argsort(keys)
        wanted = _key(*_position(cells, np.full(len(centres), level), centres))
        found = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        there = keys[order][found] == wanted
        tiles[there] = here[order][found[there]]
    return tiles


def above(cells: Cells, tiles: Int64) -> Int64:
    """Tiles whose squares hold those of some tiles, these themselves among them."""
    held = np.zeros(len(cells.level), np.bool_)
    for tile in tiles.tolist():
        up = cells.level[tile] - cells.level
        nearer = np.maximum(up, 0)
        held |= (
            (up >= 0)
            & (cells.column[tile] >> nearer == cells.column)
            & (cells.row[tile] >> nearer == cells.row)
        )
    return np.flatnonzero(held)


def below(cells: Cells, tile: int) -> Bool:
    """(t,) tiles under a tile."""
    down = cells.level - cells.level[tile]
    deeper = np.maximum(down, 0)
    return np.asarray(
        (down > 0)
        & (cells.column >> deeper == cells.column[tile])
        & (cells.row >> deeper == cells.row[tile])
    )


def reach_m(cells: Cells, tile: int, placed: Placed, side: int) -> float:
    """Geometric error of a tile: how far features below it reach from those it shows.

    Args:
        cells: The tree.
        tile: One of it.
        placed: All features.
        side: The square of a tile is this many cells wide; a hidden feature is measured from a
            shown one of its cell, without one from the nearest.
    """
    hidden = np.flatnonzero(below(cells, tile)[placed.tile])
    if not len(hidden):
        return 0.0
    shown = np.flatnonzero(placed.tile == tile)
    width_m = cells.square.width_m / 2 ** int(cells.level[tile])
    away = np.full(len(hidden), width_m * math.sqrt(2))
    mate = np.full(side * side, -1)
    mate[_cell(cells, tile, placed.centres[shown], side)] = shown
    mates = mate[_cell(cells, tile, placed.centres[hidden], side)]
    paired = mates >= 0
    away[paired] = _distance(placed.centres, hidden[paired], mates[paired])
    alone = np.flatnonzero(~paired)
    if 0 < len(alone) * len(shown) <= MOST_PAIRS:
        away[alone] = _distance(placed.centres, hidden[alone][:, None], shown[None]).min(axis=1)
    return float((away + placed.size_m[hidden]).max())


def _distance(centres: Float64, first: Int64, second: Int64) -> Float64:
    """Metres between features."""
    return np.asarray(np.hypot(*np.moveaxis(centres[first] - centres[second], -1, 0)))


def _position(cells: Cells, level: Int64, centres: Float64) -> tuple[Int64, Int64]:
    """Column and row of the squares of these levels that hold the centres."""
    count = 2 ** level.astype(np.float64)
    root = cells.square
    column = (centres[:, 0] - root.west_m) / root.width_m * count
    row = (centres[:, 1] - root.south_m) / root.width_m * count
    return _within(column, count), _within(row, count)


def _within(number: Float64, count: Float64) -> Int64:
    """Numbers of squares, those beyond the rim brought to it."""
    return np.asarray(np.clip(np.floor(number), 0, count - 1).astype(np.int64))


def _cell(cells: Cells, tile: int, centres: Float64, side: int) -> Int64:
    """(n,) number of the cell of a tile's square that holds each centre."""
    width = cells.square.width_m / 2 ** int(cells.level[tile])
    corner = np.array([cells.square.west_m, cells.square.south_m]) + width * np.array(
        [cells.column[tile], cells.row[tile]]
    )
    cell = np.clip(((centres - corner) * (side / width)).astype(np.int64), 0, side - 1)
    return np.asarray(cell[:, 0] * side + cell[:, 1])


def _key(column: Int64, row: Int64) -> Int64:
    """A number for each place of a level."""
    return np.asarray((column << 32) | row)
