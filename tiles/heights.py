"""Heights of footprints: which column, which unit, and what to do with nonsense.

Each row takes the first usable value of the height columns, then of the storey columns, then
the default. Every value that is not usable is counted by what is wrong with it.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim.arrays import Bool, Float64
from cim.errors import InputError
from tiles.options import HIGHEST_GROUND_M, HIGHEST_M, BuildOptions

HEIGHT_FIELDS = ("height_m", "height", "measuredHeight", "building_height", "高度", "建筑高度")
STOREY_FIELDS = ("floors", "levels", "building:levels", "storeysAboveGround", "层数", "地上层数")
BASE_FIELD = "ground_elevation_m"

_NUMBER = r"^\s*(?P<number>[-+]?\d+(?:\.\d+)?)\s*(?:m|米|层|F)?\s*$"


@dataclass(frozen=True, slots=True)
class Heights:
    """Heights of a batch of features."""

    height_m: Float64
    """(n,) above ground; NaN where there is none, not even a default."""

    origins: tuple[str, ...]
    """Where heights may come from: column names, then `default`, then `none`."""

    origin: np.ndarray
    """(n,) rows of `origins`."""

    faults: dict[str, Bool]
    """What is wrong with stated heights, and in which rows."""


def read_heights(attributes: pa.Table, options: BuildOptions) -> Heights:
    """Height of each row by the rule above.

    Raises:
        InputError: `options.height_field` names no column.
    """
    columns = _columns(attributes, options)
    count = attributes.num_rows
    heights, origin = np.full(count, np.nan), np.full(count, len(columns))
    faults: dict[str, Bool] = {}
    for number, (name, factor) in enumerate(columns):
        values = numbers(attributes[name]) * factor
        usable = (values > 0) & (values <= HIGHEST_M)
        open_rows = np.isnan(heights)
        faults |= _faults(attributes[name], name, values, open_rows)
        taken = open_rows & usable
        heights[taken], origin[taken] = values[taken], number
    missing = np.isnan(heights)
    if options.default_height_m is None:
        origin[missing] = len(columns) + 1
    else:
        heights[missing] = options.default_height_m
    return Heights(heights, (*(name for name, _ in columns), "default", "none"), origin, faults)


def read_bases(attributes: pa.Table, options: BuildOptions) -> tuple[Float64, Bool]:
    """Height of the ground at each row, and which rows state none that is usable."""
    name = options.base_field or BASE_FIELD
    if options.base_field is not None:
        _require(attributes, options.base_field)
    if name not in attributes.column_names:
        nothing = np.zeros(attributes.num_rows, bool)
        return np.full(attributes.num_rows, options.base_height_m), nothing
    stated = numbers(attributes[name])
    missing = ~(np.abs(stated) <= HIGHEST_GROUND_M)
    return np.where(missing, options.base_height_m, stated), missing


def numbers(column: pa.ChunkedArray) -> Float64:
    """(n,) numbers of a column, text like `12.5 m` among them; NaN where there is none."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        found = pc.struct_field(pc.extract_regex(column, pattern=_NUMBER), "number")
        column = pc.cast(found, pa.float64())
    elif not (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    ):
        return np.full(len(column), np.nan)
    filled = pc.fill_null(pc.cast(column, pa.float64(), safe=False), np.nan)
    return np.array(filled.to_numpy(), np.float64)


def _columns(attributes: pa.Table, options: BuildOptions) -> list[tuple[str, float]]:
    """Columns to ask for a height, in order, and the metres of their unit."""
    if options.height_field is not None:
        _require(attributes, options.height_field)
    first = [options.height_field] if options.height_field else []
    auto = first or [name for name in HEIGHT_FIELDS if name in attributes.column_names]
    storeys = [name for name in STOREY_FIELDS if name in attributes.column_names]
    floors = [(name, options.storey_height_m) for name in storeys if name not in auto]
    return [(name, 1.0) for name in auto] + floors


def _require(attributes: pa.Table, name: str) -> None:
    """Check that a column exists."""
    if name not in attributes.column_names:
        raise InputError(f"no column {name!r}; columns: {', '.join(attributes.column_names)}")


def _faults(
    column: pa.ChunkedArray, name: str, values: Float64, open_rows: Bool
) -> dict[str, Bool]:
    """Rows whose value is stated but not usable, by what is wrong."""
    stated = np.array(pc.is_valid(column).to_numpy(), bool) & open_rows
    found = {
        f"{name} is not a number": stated & np.isnan(values),
        f"{name} is zero or negative": stated & (values <= 0),
        f"{name} is above {HIGHEST_M:g} m": stated & (values > HIGHEST_M),
    }
    return {reason: rows for reason, rows in found.items() if rows.any()}
