"""An octree of points: which point is drawn at which level, and in which tile it lies.

A tile's cube has `GRID` cells each way. Of all points in a cell, the one nearest to its middle
stands for the cell. Cells of the next level are eighths of these; a point that stands for a cell
also stands for one of its eighths. So each point has a coarsest level at which it stands for a
cell: that is the tile that draws it, together with the tiles above. What is drawn down to a level
then has one point in each cell of that level that holds any, and nothing drawn later lies farther
from a drawn point than a cell's diagonal: the geometric error, which halves from level to level.
Tiles whose cube holds few points more draw them all and end there.

Pure: arrays in, arrays out; the points of one cube at a time, which need not be the root.
"""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float32, Int8, Int64
from tiles.points import morton
from tiles.points.lattice import STEP_M, Cube, Points, columns_within
from tiles.points.morton import Columns

GRID_BITS = 7
GRID = 1 << GRID_BITS
"""Cells of a tile each way."""

_LATER = 127
"""Deeper than any level."""


@dataclass(frozen=True, slots=True)
class Share:
    """Points of one tile."""

    depth: int
    """Levels below the root."""

    cube: Cube
    points: Points
    """In Morton order."""

    leaf: bool
    """No other tile lies below."""


def cell_error_m(root: Cube, depth: int) -> float:
    """How far what is not drawn may lie from what is, down to a depth: the diagonal of a cell.

    At depth -1 nothing is drawn, and it is the diagonal of the root.
    """
    bits = root.bits - depth - GRID_BITS if depth >= 0 else root.bits
    return float(np.sqrt(3.0)) * STEP_M * 2.0**bits


def ancestor(cube: Cube, root: Cube, depth: int) -> Cube:
    """The cube at a depth below the root that holds a smaller one."""
    bits = root.bits - depth
    x, y, z = (
        start + ((low - start) >> bits << bits)
        for low, start in zip(cube.low, root.low, strict=True)
    )
    return Cube((x, y, z), bits)


def share_out(points: Points, cube: Cube, root: Cube, depth: int, limit: int) -> list[Share]:
    """The tiles of the points of one cube of the octree.

    Args:
        points: Those of the cube, at least one.
        cube: At `depth` levels below the root.
        root: The whole octree.
        depth: Of the cube.
        limit: A tile with at most so many points in its cube, those of the tiles above left out,
            is a leaf.

    Returns:
        Each point in one share. Shares above `depth` are parts of tiles that other cubes add to;
        those of one cube at one depth come once, parents before children. A share may hold more
        than `limit` points.
    """
    arranged, keys = _arranged(points, cube)
    deepest = _deepest_inner(keys, cube, root, depth, limit)
    level = _levels(arranged, keys, cube, root, deepest)
    shares = [
        Share(above, ancestor(cube, root, above), arranged[level == above], leaf=False)
        for above in range(min(depth, deepest + 1))
        if (level == above).any()
    ]
    rest = np.flatnonzero(level >= depth)
    for here in range(depth, max(deepest + 1, depth) + 1):
        if not len(rest):
            break
        nodes = keys[rest] >> 3 * (cube.bits - (here - depth) - _left_out(cube))
        starts = _run_starts(nodes)
        counts = np.diff(np.append(starts, len(nodes)))
        few = (counts <= limit) | (here > deepest)
        own = (level[rest] == here) | few.repeat(counts)
        leaf = np.add.reduceat(own, starts, dtype=np.int64) == counts
        for start, count, last in zip(
            *map(np.ndarray.tolist, (starts, counts, leaf)), strict=True
        ):
            run = slice(start, start + count)
            inside = _descendant(cube, int(nodes[start]), here - depth)
            shares.append(Share(here, inside, arranged[rest[run][own[run]]], leaf=last))
        rest = rest[~own]
    return shares


def _left_out(cube: Cube) -> int:
    """Bits of coordinates that do not enter the keys of a large cube."""
    return max(0, cube.bits - morton.MOST_BITS)


def _arranged(points: Points, cube: Cube) -> tuple[Points, Int64]:
    """Points in Morton order, and their keys."""
    keys = morton.encode(columns_within(points, cube), _left_out(cube))
    order = np.argsort(keys)
    return points[order], keys[order]


def _deepest_inner(keys: Int64, cube: Cube, root: Cube, depth: int, limit: int) -> int:
    """Depth of the smallest cube with more than `limit` points; `depth` - 1 if there is none.

    Cells are never smaller than a lattice point.
    """
    if len(keys) <= limit:
        return depth - 1
    apart = int((keys[limit:] ^ keys[:-limit]).min()).bit_length()
    shift = _left_out(cube)
    below = cube.bits - shift - -(-apart // 3)
    return min(depth + below, root.bits - GRID_BITS - shift)


def _levels(points: Points, keys: Int64, cube: Cube, root: Cube, deepest: int) -> Int8:
    """(n,) depth at which each point is drawn, `_LATER` for those that stand for no cell."""
    level = np.full(len(points), _LATER, np.int8)
    local, shift = columns_within(points, cube), _left_out(cube)
    chosen: Int64 | None = None
    for depth in range(deepest, -1, -1):
        bits = root.bits - depth - GRID_BITS
        some = slice(None) if chosen is None else chosen
        cells = keys[some] >> min(3 * (bits - shift), 63)
        nearest = _nearest(cells, _from_middle(local, some, bits))
        chosen = nearest if chosen is None else chosen[nearest]
        level[chosen] = depth
    return level


def _from_middle(local: Columns, some: slice | Int64, bits: int) -> Float32:
    """(m,) squared distance of points from the middle of their cell."""
    mask, half = np.uint32(min((1 << bits) - 1, 2**32 - 1)), np.float32(2.0 ** (bits - 1) - 0.5)
    total: Float32 = np.zeros(0, np.float32)
    for column in local:
        away = (column[some] & mask).astype(np.float32)
        away -= half
        away *= away
        total = away if not len(total) else total + away
    return total


def _nearest(cells: Int64, distance: Float32) -> Int64:
    """Number of the point of least distance in each run of equal cells, the first of several."""
    starts = _run_starts(cells)
    counts = np.diff(np.append(starts, len(cells)))
    least = np.minimum.reduceat(distance, starts).repeat(counts)
    found = np.flatnonzero(distance == least)
    runs = cells[found]
    return found[_run_starts(runs)]


def _run_starts(values: Int64) -> Int64:
    """Where runs of equal values begin."""
    changes: Bool = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return np.flatnonzero(changes)


def _descendant(cube: Cube, code: int, levels: int) -> Cube:
    """The cube with this Morton code, so many levels below."""
    bits = cube.bits - levels
    x, y, z = (
        low + (part << bits) for low, part in zip(cube.low, morton.decode(code), strict=True)
    )
    return Cube((x, y, z), bits)
