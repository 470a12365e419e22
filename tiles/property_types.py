"""Types of attribute columns in tiles, and their values without nulls.

Whole numbers of 64 bits become FLOAT64, exact up to 2^53: clients in JavaScript read INT64 as
`BigInt`, with which styles cannot calculate.
"""

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cim.errors import InputError
from tiles.gltf.metadata import NUMBER_TYPES, Number, Property

NO_TEXT = "-"
"""Not the empty string: a column of nothing else would have no bytes, a buffer view must."""

_LOWEST_INT32 = -(2**31)
_LOWEST_FLOAT32, _LOWEST_FLOAT64 = (float(np.finfo(kind).min) for kind in ("f4", "f8"))

type Type = Number | Literal["STRING", "BOOLEAN"]

_TYPES: dict[str, tuple[Type, str | float | None]] = {
    "string": ("STRING", NO_TEXT),
    "date": ("STRING", NO_TEXT),
    "datetime": ("STRING", NO_TEXT),
    "boolean": ("BOOLEAN", None),
    "integer32": ("INT32", _LOWEST_INT32),
    "integer": ("FLOAT64", _LOWEST_FLOAT64),
    "number32": ("FLOAT32", _LOWEST_FLOAT32),
    "number": ("FLOAT64", _LOWEST_FLOAT64),
}
"""Type and value for nothing by kind of column: those of `cim.catalog.Field`, and the narrow
numbers that files have."""


def kinds_of(schema: pa.Schema) -> dict[str, str]:
    """Kind of each column of a table."""
    return {field.name: _kind(field.type) for field in schema}


def property_type(kind: str, name: str) -> tuple[Type, str | float | None]:
    """Type of a property and the value that stands for none, by the kind of its column.

    Raises:
        InputError: Tiles cannot hold such a column.
    """
    if kind not in _TYPES:
        raise InputError(f"column {name!r}: {kind} is no property; legal: {', '.join(_TYPES)}")
    return _TYPES[kind]


def values(column: pa.Array, each: Property) -> pa.Array:
    """The values of a column as a property holds them, no nulls."""
    if each.type == "STRING":
        return texts(column)
    if each.type == "BOOLEAN":
        return pc.fill_null(pc.cast(column, pa.bool_()), False)  # noqa: FBT003 - a value
    return numbers(column, each)


def texts(column: pa.Array) -> pa.Array:
    """A column as text, `NO_TEXT` for nulls and empty texts."""
    try:
        text = pc.fill_null(pc.cast(column, pa.string()), NO_TEXT)
        return pc.if_else(pc.equal(text, ""), NO_TEXT, text)
    except pa.ArrowNotImplementedError as error:
        raise InputError(f"a column of type {column.type} cannot be shown as text") from error


def numbers(column: pa.Array, each: Property) -> pa.Array:
    """A column as numbers of a property's type; its `no_data` for nulls, NaN and infinity."""
    floats = pc.cast(column, pa.float64(), safe=False)
    stated = np.asarray(pc.fill_null(floats, np.nan).to_numpy(zero_copy_only=False))
    known = np.where(np.isfinite(stated), stated, float(each.no_data or 0))
    kind = np.dtype(NUMBER_TYPES[each.type])
    if kind.kind == "i":
        limits = np.iinfo(kind)
        known = known.clip(limits.min, limits.max)
    return pa.array(known.astype(kind))


def nothing(each: Property, count: int) -> pa.Array:
    """A column of a batch that lacks it."""
    if each.type == "STRING":
        return pa.array(np.full(count, NO_TEXT, object), pa.string())
    if each.type == "BOOLEAN":
        return pa.array(np.zeros(count, bool))
    return numbers(pa.nulls(count, pa.float64()), each)


def _kind(kind: pa.DataType) -> str:
    """Kind of an Arrow column."""
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    checks = (
        ("string", pa.types.is_string(kind) or pa.types.is_large_string(kind)),
        ("boolean", pa.types.is_boolean(kind)),
        ("integer", kind in (pa.int64(), pa.uint64(), pa.uint32())),
        ("integer32", pa.types.is_integer(kind)),
        ("number", kind == pa.float64() or pa.types.is_decimal(kind)),
        ("number32", pa.types.is_floating(kind)),
        ("date", pa.types.is_date(kind)),
        ("datetime", pa.types.is_timestamp(kind) or pa.types.is_time(kind)),
    )
    return next((name for name, found in checks if found), str(kind))
