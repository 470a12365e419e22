"""The merged cells of GeoSOT beyond 88 degrees: levels 8 to 10.

Level 8 is one cell a pole, level 9 four, level 10 sixteen, named after one corner of each. They
are listed here with their place; minutes are true ones, 60 to the degree. For levels from 11
on the standard repeats the rule in words and shows the order in a figure only (6.2.4 d), and
from level 13 the stretched minutes leave the pole cell without an upper half, so deeper polar
codes are refused rather than guessed.

Source: GB/T 40087-2021, clauses 5.5.5 and 6.2.4.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from cim.arrays import Bool, Float64, Int64, Uint64
from cim.grids._geosot_code import pack
from cim.grids._ticks import TICKS_PER_DEGREE

FIRST_LEVEL, LAST_LEVEL = 8, 10
NEAREST_DEGREE = 88
NEAREST_TICKS = NEAREST_DEGREE * TICKS_PER_DEGREE
_MERIDIAN = 128
"""The middle cells of a ring lie beyond 128 degrees east and west."""

_RING_EDGE = 89 + 32 / 60
_CELLS = (
    ("00202200", -180, 180, 88, 90),
    ("002022002", -180, 180, 89, 90),
    ("002022000", 0, 128, 88, 89),
    ("002022001", 128, -128, 88, 89),
    ("102022000", -128, 0, 88, 89),
    ("0020220022", -180, 180, _RING_EDGE, 90),
    ("0020220020", 0, 128, 89, _RING_EDGE),
    ("0020220021", 128, -128, 89, _RING_EDGE),
    ("1020220020", -128, 0, 89, _RING_EDGE),
    ("0020220000", 0, 64, 88, _RING_EDGE - 1),
    ("0020220001", 64, 128, 88, _RING_EDGE - 1),
    ("0020220002", 0, 64, _RING_EDGE - 1, 89),
    ("0020220003", 64, 128, _RING_EDGE - 1, 89),
    ("0020220010", 128, 180, 88, _RING_EDGE - 1),
    ("1020220010", -180, -128, 88, _RING_EDGE - 1),
    ("0020220012", 128, 180, _RING_EDGE - 1, 89),
    ("1020220012", -180, -128, _RING_EDGE - 1, 89),
    ("1020220000", -64, 0, 88, _RING_EDGE - 1),
    ("1020220001", -128, -64, 88, _RING_EDGE - 1),
    ("1020220002", -64, 0, _RING_EDGE - 1, 89),
    ("1020220003", -128, -64, _RING_EDGE - 1, 89),
)
"""Digits of the northern code, west, east, and the parallels nearer and farther to the equator."""

_PARENTS = (-1, 0, 0, 0, 0, *(1,) * 4, *(2,) * 4, *(3,) * 4, *(4,) * 4)
"""Row of each cell's parent; the level-8 cell's parent is outside this table."""


@dataclass(frozen=True, slots=True)
class PolarTable:
    """All merged cells of both poles, sorted by code."""

    codes: Uint64
    """(42,) sorted."""

    level: Int64
    """(42,) 8 to 10."""

    bounds: Float64
    """(42, 4) west, south, east, north in degrees."""

    parents: Uint64
    """(42,) code of the merged cell above; 0 for the level-8 cells."""


@cache
def table() -> PolarTable:
    """The merged cells."""
    codes = np.array([_code(row[0], south) for south in (0, 1) for row in _CELLS], dtype=np.uint64)
    level = np.array([len(row[0]) for row in _CELLS] * 2)
    west, east, near, far = np.array([row[1:] for row in _CELLS], dtype=np.float64).T
    north = np.column_stack([west, near, east, far])
    south = np.column_stack([west, -far, east, -near])
    above = np.array(_PARENTS)
    rows = np.concatenate([above, above + len(_CELLS)])
    parents = np.where(level == FIRST_LEVEL, 0, codes[rows])
    order = np.argsort(codes)
    found = np.vstack([north, south])[order]
    return PolarTable(codes[order], level[order], found, parents[order].astype(np.uint64))


def _code(digits: str, south: int) -> np.uint64:
    """Code of northern digits, or of their southern mirror image."""
    quadrant = np.array([int(digits[0]) + 2 * south])
    path = int(digits[1:], 4) << 2 * (32 - len(digits))
    level = np.array([len(digits)])
    return np.uint64(pack(quadrant, np.array([path], dtype=np.uint64), level)[0])


def find(codes: Uint64) -> tuple[Bool, Int64]:
    """Whether each code is a merged cell, and its row in the table."""
    known = table().codes
    row = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return known[row] == codes, row


def encode(x: Int64, y: Int64, west: Bool, south: Bool, level: int) -> Uint64:
    """Codes of points beyond 88 degrees, in ticks, at levels 8 to 10."""
    half = np.where(west & (x < _MERIDIAN * TICKS_PER_DEGREE), 4, 0)
    if level == FIRST_LEVEL:
        row = np.zeros_like(x)
    elif level == FIRST_LEVEL + 1:
        row = _ring_row(x, y - 89 * TICKS_PER_DEGREE, half // 4, first=1)
    else:
        row = _level_10_row(x, y, west)
    by_row = np.array([_code(cell[0], 0) for cell in _CELLS], dtype=np.uint64)
    return by_row[row] | (south.astype(np.uint64) << np.uint64(63))


def _ring_row(x: Int64, above: Int64, west: Int64, *, first: int) -> Int64:
    """Row of the pole cell where `above` >= 0, else of one of the three cells of its ring."""
    ring = np.where(x >= _MERIDIAN * TICKS_PER_DEGREE, first + 2, first + 1 + 2 * west)
    return np.where(above >= 0, first, ring)


def _level_10_row(x: Int64, y: Int64, west: Bool) -> Int64:
    """Row of the level-10 cell: of the pole's own four above 89 degrees, else of a ring's."""
    edge = 32 * TICKS_PER_DEGREE // 60
    flank = (west & (x < _MERIDIAN * TICKS_PER_DEGREE)).astype(np.int64)
    upper = _ring_row(x, y - 89 * TICKS_PER_DEGREE - edge, flank, first=5)
    high = (y - NEAREST_TICKS >= edge).astype(np.int64)
    far = (x >= _MERIDIAN // 2 * TICKS_PER_DEGREE).astype(np.int64)
    side = np.where(flank == 1, 17, 9) + 2 * high + far
    middle = 13 + 2 * high + west
    lower = np.where(x >= _MERIDIAN * TICKS_PER_DEGREE, middle, side)
    return np.where(y >= 89 * TICKS_PER_DEGREE, upper, lower)
