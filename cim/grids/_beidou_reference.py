"""Reference codes of the BeiDou grid: a cell and steps away from it, such as N50J475492E-10.

The first pair moves by columns and rows of the cell's own level: 0 to 7 are steps to the east
and north, A to G are 1 to 7 steps to the west and south. Each further pair goes one level down,
to the child in the south-west corner, and moves by columns and rows of that level.

Source: GB/T 39409-2020, clauses 7 and 8, Table 1.
"""

import numpy as np

from cim.arrays import Int64, Text, Uint64
from cim.grids import _beidou_code as code
from cim.grids import _beidou_text as flat
from cim.grids._letters import shorten
from cim.grids._ticks import HALF_TURN, Ticks
from cim.grids.base import GridCodeError

STEPS = "01234567"
BACK_STEPS = "ABCDEFG"
COARSEST = 5
"""The coarsest level a reference code may start from."""


def read(texts: list[str]) -> Uint64:
    """(n,) codes of the cells that reference codes point to.

    Raises:
        GridCodeError: A text is not a reference code, or points into a polar cap.
    """
    return np.array([_read(text) for text in texts], dtype=np.uint64)


def _read(text: str) -> np.uint64:
    """The cell one reference code points to."""
    base, *pairs = text.split("-")
    codes = flat.read([base])
    level = int(code.split(codes).level[0])
    if not pairs or level < COARSEST or level + len(pairs) - 1 > code.LEVELS[-1]:
        raise GridCodeError(
            f"BeiDou reference code {shorten(text)!r}: want a 2D code of level {COARSEST} to "
            f"{code.LEVELS[-1]}, then -MN for its level and for each level below"
        )
    column, row = place(codes)
    for down, pair in enumerate(pairs):
        east, north = _steps(text, pair)
        if down:
            column, row = _south_west_child(column, row, level + down)
        column, row = column + east, row + north
    try:
        return np.uint64(cell(column, row, level + len(pairs) - 1)[0])
    except GridCodeError as error:
        raise GridCodeError(f"BeiDou reference code {shorten(text)!r}: {error}") from error


def _steps(text: str, pair: str) -> tuple[int, int]:
    """Steps east and north of one pair."""
    legal = STEPS + BACK_STEPS
    if len(pair) != 2 or pair[0] not in legal or pair[1] not in legal:  # noqa: PLR2004 - MN
        raise GridCodeError(
            f"BeiDou reference code {shorten(text)!r}: {pair!r} is not a pair of steps, "
            f"legal: 0 to 7 east or north, A to G west or south"
        )
    east, north = (STEPS.find(s) if s in STEPS else -1 - BACK_STEPS.find(s) for s in pair)
    return east, north


def _south_west_child(column: Int64, row: Int64, level: int) -> tuple[Int64, Int64]:
    """Column and row at `level` of the south-west child of a cell one level up."""
    columns, rows = code.SPLITS[level - 2]
    return column * columns, row * rows


def write(base: Uint64, target: Uint64) -> Text:
    """(n,) reference codes from `base` cells to `target` cells of the same level.

    Raises:
        GridCodeError: The levels differ or are too coarse, or a step is longer than 7.
    """
    levels = code.split(base).level
    if (levels != code.split(target).level).any() or (levels < COARSEST).any():
        raise GridCodeError(f"a reference code joins cells of one level, {COARSEST} or finer")
    (column, row), (far_column, far_row) = place(base), place(target)
    around = 2 * (HALF_TURN // code.CELL_SIZES[levels, 0])
    east = (far_column - column + around // 2) % around - around // 2
    north = far_row - row
    longest = max(np.abs(east).max(initial=0), np.abs(north).max(initial=0))
    if longest >= len(STEPS):
        raise GridCodeError(f"a reference code reaches 7 cells, not {longest}")
    signs = np.array([*STEPS, *reversed(BACK_STEPS)])
    texts: Text = np.char.add(np.char.add(flat.write(code.split(base)), "-"), signs[east])
    whole: Text = np.char.add(texts, signs[north])
    return whole


def place(codes: Uint64) -> tuple[Int64, Int64]:
    """Columns counted eastward from the prime meridian, rows northward from the equator.

    Raises:
        GridCodeError: A cell lies in a polar cap, which has no columns and rows.
    """
    parts = code.split(codes)
    if parts.polar.any():
        raise GridCodeError("the polar caps have no columns and rows")
    x, y, west, south = code.corner(parts.digits)
    size = code.CELL_SIZES[parts.level]
    column, row = x // size[:, 0], y // size[:, 1]
    return np.where(west, -1 - column, column), np.where(south, -1 - row, row)


def cell(column: Int64, row: Int64, level: int) -> Uint64:
    """Codes of columns (taken round the globe) and rows of a level.

    Raises:
        GridCodeError: A row lies beyond 88 degrees.
    """
    width, height = code.CELL_TICKS[level]
    half = HALF_TURN // width
    column = (column + half) % (2 * half) - half
    away = np.where(column < 0, -1 - column, column)
    up = np.where(row < 0, -1 - row, row)
    if (up * height >= code.POLAR_TICKS).any():
        raise GridCodeError("it points beyond latitude 88 degrees")
    return code.encode_ticks(Ticks(away * width, up * height, column < 0, row < 0), level)
