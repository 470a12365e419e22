"""The two polar caps of the BeiDou grid, |latitude| of 88 degrees and more.

The text fixes the cap (`N000`, `S000`) and its sixteen cells of level 2 and no more: the order of
the deeper digits is open, so there are no deeper codes here. Meridian edges belong to the cell
farther from the prime meridian, as everywhere in the grid.

Source: GB/T 39409-2020, clause 5.3, Figures 9 and 10 (drawn once for both poles).
"""

import numpy as np

from cim.arrays import Bool, Float64, Int64
from cim.grids._beidou_code import POLAR_CELLS
from cim.grids._ticks import TICKS_PER_DEGREE

_LAYOUT = (
    (-180, 180, 89.5, 90),
    (0, 120, 89, 89.5),
    (120, -120, 89, 89.5),
    (-120, 0, 89, 89.5),
    (0, 60, 88, 88.5),
    (60, 120, 88, 88.5),
    (0, 60, 88.5, 89),
    (60, 120, 88.5, 89),
    (120, 180, 88, 88.5),
    (-180, -120, 88, 88.5),
    (120, 180, 88.5, 89),
    (-180, -120, 88.5, 89),
    (-60, 0, 88, 88.5),
    (-120, -60, 88, 88.5),
    (-60, 0, 88.5, 89),
    (-120, -60, 88.5, 89),
)
"""West, east, and the parallels nearer and farther from the equator of cells 00 to 33."""

_BANDS = 4
"""Rings of half a degree from 88 degrees to the pole."""

_BY_BAND = (
    ((4, 5, 8), (12, 13, 9)),
    ((6, 7, 10), (14, 15, 11)),
    ((1, 1, 2), (3, 3, 2)),
    ((0, 0, 0), (0, 0, 0)),
)
"""Cell by ring, hemisphere (east, west) and distance from the prime meridian in steps of 60."""


def cells(x: Int64, y: Int64, west: Bool) -> Int64:
    """(n,) which of the sixteen cells holds each point of a cap, given in ticks."""
    band = np.minimum((y - 88 * TICKS_PER_DEGREE) // (TICKS_PER_DEGREE // 2), _BANDS - 1)
    third = x // (60 * TICKS_PER_DEGREE)
    held: Int64 = np.array(_BY_BAND)[band, west.astype(np.int64), third]
    return held


def bounds(level: Int64, cell: Int64, south: Bool) -> Float64:
    """(n, 4) west, south, east, north of caps (level 1) and of their cells (level 2)."""
    layout = np.array([*_LAYOUT, (-180, 180, 88, 90)], dtype=np.float64)
    west, east, near, far = layout[np.where(level == 1, POLAR_CELLS, cell)].T
    return np.column_stack([west, np.where(south, -far, near), east, np.where(south, -near, far)])
