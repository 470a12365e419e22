"""Kin of BeiDou cells: ancestors, children, neighbours, containment."""

from functools import cache

import numpy as np

from cim.arrays import Bool, Int64, Uint64
from cim.grids import _beidou_code as code
from cim.grids import _beidou_polar as polar
from cim.grids._adjacency import Surroundings, TickBoxes, with_caps
from cim.grids._adjacency import neighbors as plain_neighbors
from cim.grids._boxes import bounds_from_ticks
from cim.grids._lists import by_level, offsets
from cim.grids._ticks import HALF_TURN, Ticks
from cim.grids.base import CellLists, GridCodeError


def ancestors(codes: Uint64, level: int) -> Uint64:
    """(n,) ancestors of `level`."""
    parts = code.split(codes)
    coarse = parts.level < level
    if coarse.any():
        raise GridCodeError(f"{_named(codes, coarse)} is coarser than level {level}")
    digits = parts.digits.copy()
    digits[:, level:] = 0
    return code.join(np.full(len(codes), level), digits)


def parents(codes: Uint64) -> Uint64:
    """(n,) parents."""
    parts = code.split(codes)
    top = parts.level == 1
    if top.any():
        raise GridCodeError(f"{_named(codes, top)} is of level 1 and has no parent")
    digits = parts.digits.copy()
    digits[np.arange(len(codes)), parts.level - 1] = 0
    return code.join(parts.level - 1, digits)


def children(codes: Uint64) -> CellLists:
    """Children, in the order of their codes."""
    parts = code.split(codes)
    counts = _CHILDREN[parts.level]
    counts = np.where(parts.polar, np.where(parts.level == 1, code.POLAR_CELLS, 0), counts)
    if (counts == 0).any():
        raise GridCodeError(f"{_named(codes, counts == 0)} has no cells defined below it")
    starts = offsets(counts)
    place = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
    size = np.repeat(np.array([*code.SUBTREE, 0])[parts.level + 1], counts)
    below = np.repeat(codes.astype(np.int64), counts) + 1 + place * size
    return CellLists(below.astype(np.uint64), starts)


_CHILDREN = np.array([0, *(columns * rows for columns, rows in code.SPLITS), 0])
"""(11,) children of a cell, by level."""


def roots() -> Uint64:
    """Level 1 of the whole globe."""
    return (1 + np.arange(code.SHEETS) * code.SUBTREE[1]).astype(np.uint64)


def contains(outer: Uint64, inner: Uint64) -> Bool:
    """(n,) whether `inner` is in the range of numbers of `outer`."""
    sizes = np.array(code.SUBTREE, dtype=np.uint64)[code.split(outer).level]
    code.split(inner)
    held: Bool = (inner >= outer) & (inner - outer < sizes)
    return held


def neighbors(codes: Uint64) -> CellLists:
    """Neighbours of the same level."""
    return by_level(codes, code.split(codes).level, _neighbors)


def _neighbors(codes: Uint64, level: int) -> CellLists:
    """Neighbours of cells that all are of `level`."""
    parts = code.split(codes)
    low, west, south = _corners(parts.digits)
    boxes = TickBoxes(low, low + code.CELL_SIZES[level], west, south)
    lists = plain_neighbors(
        codes, boxes, code.POLAR_TICKS, lambda at: code.encode_ticks(at, level), ~parts.polar
    )
    if level > code.POLAR_LEVELS:
        return lists
    around = _surroundings(level)
    rows = np.flatnonzero(around.holds(codes))
    return with_caps(lists, rows, codes, around)


def _corners(digits: Int64) -> tuple[Int64, Bool, Bool]:
    """Anchor corners as (n, 2) ticks, and hemispheres."""
    x, y, west, south = code.corner(digits)
    return np.column_stack([x, y]), west, south


@cache
def _surroundings(level: int) -> Surroundings:
    """The cells of the caps at level 1 or 2, and the row of plain cells below them."""
    width, height = code.CELL_TICKS[level]
    columns = np.arange(HALF_TURN // width) * width
    low = np.column_stack([columns, np.full_like(columns, code.POLAR_TICKS - height)])
    cells = np.arange(code.POLAR_CELLS if level == code.POLAR_LEVELS else 1)
    codes, bounds = [], []
    sides = np.zeros(len(columns), dtype=np.bool_), np.ones(len(columns), dtype=np.bool_)
    for south in sides:
        for west in sides:
            ring = Ticks(low[:, 0], low[:, 1], west, south)
            codes.append(code.encode_ticks(ring, level))
            bounds.append(bounds_from_ticks(low, low + code.CELL_SIZES[level], west, south))
        cap = south[: len(cells)]
        codes.append(code.polar_codes(cap, cells, level))
        bounds.append(polar.bounds(np.full_like(cells, level), cells, cap))
    return Surroundings.of(codes, bounds)


def _named(codes: Uint64, chosen: Bool) -> str:
    """The first chosen code, for a message."""
    row = int(np.argmax(chosen))
    return f"code {row}: BeiDou cell {int(codes[row])}"
