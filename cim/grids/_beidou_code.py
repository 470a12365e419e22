"""BeiDou cells as integers: a pre-order numbering of the whole cell tree.

The tree is sheet (level 1) > ... > level 10. Numbered in pre-order, in the order of the code
texts, every cell of every level has one number below 2^62: a parent comes before its children,
the descendants of a cell are the numbers right after it, and numbers of one level sort as their
texts do. Number 0 is no cell.

A number is linear in the digits, and so in the columns and rows of the nested splits. That makes
encoding four look-ups: one table gives a column's share for each 4-second step of longitude,
one for each tick inside the step, and two more do the same for rows.

Source: GB/T 39409-2020, clauses 5.1 and 5.2, Annex B; clause 5.3 for the polar caps.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from cim.arrays import Bool, Int64, Uint64
from cim.grids._checks import require_codes
from cim.grids._ticks import TICKS_PER_DEGREE, Ticks
from cim.grids.base import GridCodeError

LEVELS = range(1, 11)
SHEET_COLUMNS, SHEET_ROWS = 60, 22

SPLITS = ((12, 8), (2, 3), (15, 10), (15, 15), (2, 2), (8, 8), (8, 8), (8, 8), (8, 8))
"""Columns and rows into which levels 1 to 9 are cut, giving levels 2 to 10."""

Z_ORDERED = (3, 6)
"""Levels whose one digit is 2 * row + column; elsewhere the column comes before the row."""

HEMISPHERE_SHEETS = 1 + SHEET_COLUMNS * SHEET_ROWS
"""Level-1 numbers of a hemisphere: the polar cap, then the sheets column by column."""

SHEETS = 2 * HEMISPHERE_SHEETS
POLAR_CELLS = 16
POLAR_LEVELS = 2
"""The deepest level at which the text defines the cells of a polar cap."""

POLAR_TICKS = 88 * TICKS_PER_DEGREE


def _subtree_sizes() -> tuple[int, ...]:
    """Count of the cells under and with one cell of level 1 to 10, indexed by level."""
    sizes = [1]
    for columns, rows in reversed(SPLITS):
        sizes.append(1 + columns * rows * sizes[-1])
    return (0, *reversed(sizes))


def _cell_ticks() -> tuple[tuple[int, int], ...]:
    """Width and height in ticks of a cell, indexed by level."""
    sizes = [(0, 0), (6 * TICKS_PER_DEGREE, 4 * TICKS_PER_DEGREE)]
    for columns, rows in SPLITS:
        width, height = sizes[-1]
        sizes.append((width // columns, height // rows))
    return tuple(sizes)


SUBTREE = _subtree_sizes()
CELL_TICKS = _cell_ticks()
CELL_SIZES = np.array(CELL_TICKS)
"""(11, 2) width and height of a cell in ticks, by level."""

FINE_BITS = 13
"""A level-5 cell, 4 seconds, is 2^13 ticks: levels 6 to 10 depend on these low bits alone."""

COARSE_LEVEL = 5


@dataclass(frozen=True, slots=True)
class Digits:
    """Codes taken apart."""

    level: Int64
    """(n,) level of each code."""

    digits: Int64
    """(n, 10) place of the cell of levels 1 to 10 among its siblings; 0 below the level."""

    polar: Bool
    """(n,) whether the code lies in a polar cap."""


def column_digit_weight(level: int) -> int:
    """What one column of `level` adds to the digit of its level."""
    return 1 if level in Z_ORDERED else SPLITS[level - 2][1]


def row_digit_weight(level: int) -> int:
    """What one row of `level` adds to the digit of its level."""
    return 2 if level in Z_ORDERED else 1


@cache
def column_shares(level: int, *, west: bool) -> tuple[Int64, Int64]:
    """What the longitude adds to a number: by 4-second step, and by tick inside the step."""
    step = np.arange(180 * 900)
    sheet = step // (6 * 900)
    column = SHEET_COLUMNS // 2 - 1 - sheet if west else SHEET_COLUMNS // 2 + sheet
    coarse = column * (SHEET_ROWS * SUBTREE[1]) + 1 + SUBTREE[1] + (level - 1)
    coarse = coarse + _shares(step << FINE_BITS, range(2, min(level, COARSE_LEVEL) + 1), axis=0)
    fine = _shares(np.arange(1 << FINE_BITS), range(COARSE_LEVEL + 1, level + 1), axis=0)
    return coarse, fine


@cache
def row_shares(level: int, *, south: bool) -> tuple[Int64, Int64]:
    """What the latitude adds to a number: by 4-second step, and by tick inside the step."""
    step = np.arange(88 * 900)
    coarse = (step // (4 * 900) + HEMISPHERE_SHEETS * south) * SUBTREE[1]
    coarse = coarse + _shares(step << FINE_BITS, range(2, min(level, COARSE_LEVEL) + 1), axis=1)
    fine = _shares(np.arange(1 << FINE_BITS), range(COARSE_LEVEL + 1, level + 1), axis=1)
    return coarse, fine


def _shares(ticks: Int64, levels: range, *, axis: int) -> Int64:
    """Sum over `levels` of digit weight times subtree size, for ticks of one axis."""
    total = np.zeros_like(ticks)
    for level in levels:
        weight = row_digit_weight(level) if axis else column_digit_weight(level)
        place = ticks // CELL_TICKS[level][axis] % SPLITS[level - 2][axis]
        total += place * (weight * SUBTREE[level])
    return total


def encode_ticks(at: Ticks, level: int) -> Uint64:
    """Codes of points outside the polar caps."""
    east, fine_x = column_shares(level, west=False)
    west, _ = column_shares(level, west=True)
    north, fine_y = row_shares(level, south=False)
    south, _ = row_shares(level, south=True)
    step_x, step_y = at.x >> FINE_BITS, at.y >> FINE_BITS
    low = (1 << FINE_BITS) - 1
    codes = _pick(at.west, east, west, step_x) + _pick(at.south, north, south, step_y)
    codes += fine_x[at.x & low]
    codes += fine_y[at.y & low]
    return codes.view(np.uint64)


def _pick(flipped: Bool, plain: Int64, mirrored: Int64, step: Int64) -> Int64:
    """Table values at `step`, from the mirrored table where flipped."""
    if not flipped.any():
        return plain[step]
    return np.where(flipped, mirrored[step], plain[step])


def polar_codes(south: Bool, cell: Int64, level: int) -> Uint64:
    """Numbers of polar cells: the cap at level 1, one of its 16 cells at level 2."""
    codes = 1 + south * (HEMISPHERE_SHEETS * SUBTREE[1])
    if level == POLAR_LEVELS:
        codes = codes + 1 + cell * SUBTREE[2]
    return codes.astype(np.uint64)


def split(codes: Uint64) -> Digits:
    """Codes taken apart into level and digits.

    Raises:
        GridCodeError: An integer is not the number of a cell; the first one is named.
    """
    rest = _offsets(codes)
    digits = np.zeros((len(LEVELS), len(rest)), dtype=np.int64)
    level = np.ones(len(rest), dtype=np.uint64)
    for at in LEVELS[:-1]:
        size = np.uint64(SUBTREE[at])
        digit = rest // size
        digits[at - 1] = digit
        rest = rest - digit * size
        deeper = np.minimum(rest, np.uint64(1))
        level += deeper
        rest -= deeper
        if not rest.any():
            break
    digits[-1] = rest
    polar = digits[0] % HEMISPHERE_SHEETS == 0
    if polar.any():
        _check_polar(codes, level.view(np.int64), digits.T, polar)
    return Digits(level.view(np.int64), digits.T, polar)


def _offsets(codes: Uint64) -> Uint64:
    """(n,) numbers less one, checked against the size of the tree."""
    require_codes(codes)
    offsets: Uint64 = codes - np.uint64(1)
    bad = offsets >= np.uint64(SHEETS * SUBTREE[1])
    if bad.any():
        raise GridCodeError(_not_a_cell(codes, bad))
    return offsets


def _check_polar(codes: Uint64, level: Int64, digits: Int64, polar: Bool) -> None:
    """Refuse numbers inside a polar cap that the text gives no cell."""
    bad = polar & ((level > POLAR_LEVELS) | (digits[:, 1] >= POLAR_CELLS))
    if bad.any():
        raise GridCodeError(_not_a_cell(codes, bad))


def _not_a_cell(codes: Uint64, bad: Bool) -> str:
    """Message naming the first bad integer."""
    row = int(np.argmax(bad))
    return f"code {row}: {int(codes[row])} is not the integer of a BeiDou grid cell"


def join(level: Int64, digits: Int64) -> Uint64:
    """Numbers of cells given as level and digits; the inverse of `split`."""
    sizes = np.array(SUBTREE[1:], dtype=np.int64)
    return (digits @ sizes + level).astype(np.uint64)


def corner(digits: Int64) -> tuple[Int64, Int64, Bool, Bool]:
    """Ticks x and y of the corners nearest the anchor (0, 0), whether west, whether south.

    The cells of the polar caps are taken for those at the anchor.
    """
    packed, west = _sheet_corners()
    both = packed[digits[:, 0]]
    for level in LEVELS[1:]:
        both += _corners(level)[digits[:, level - 1]]
    south = digits[:, 0] >= HEMISPHERE_SHEETS
    return both & _X_MASK, both >> _Y_SHIFT, west[digits[:, 0]], south


_Y_SHIFT = 32
_X_MASK = (1 << _Y_SHIFT) - 1


@cache
def _sheet_corners() -> tuple[Int64, Bool]:
    """Of every digit of level 1: its corner as x + y * 2^32, and whether it is west."""
    sheet = np.arange(SHEETS) % HEMISPHERE_SHEETS
    column, row = np.divmod(np.maximum(sheet - 1, 0), SHEET_ROWS)
    half = SHEET_COLUMNS // 2
    west = (column < half) & (sheet > 0)
    away = np.where(west, half - 1 - column, column - half)
    width, height = CELL_TICKS[1]
    packed = away * width + (row * height << _Y_SHIFT)
    return np.where(sheet > 0, packed, 0), west


@cache
def _corners(level: int) -> Int64:
    """Of every digit of a level below 1: its corner in the cell above, as x + y * 2^32."""
    columns, rows = SPLITS[level - 2]
    column, row = column_and_row(level, np.arange(columns * rows))
    width, height = CELL_TICKS[level]
    packed: Int64 = column * width + (row * height << _Y_SHIFT)
    return packed


def column_and_row(level: int, digit: Int64) -> tuple[Int64, Int64]:
    """Column and row of a digit of levels 2 to 10."""
    if level in Z_ORDERED:
        row, column = np.divmod(digit, 2)
    else:
        column, row = np.divmod(digit, SPLITS[level - 2][1])
    return column, row
