"""Attribute values between Arrow columns and SQLite."""

from collections.abc import Callable
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from cim.catalog import SYSTEM_FIELDS, Field

RESERVED: Final = frozenset({"fid", "geom", "rowid", "_rowid_", "oid", *SYSTEM_FIELDS})
"""Column names a source cannot have; its own are renamed with `source_` before them."""

_ARROW_OF_TYPE: Final = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.string(),
    "datetime": pa.string(),
    "binary": pa.binary(),
}
_SQL_OF_TYPE: Final = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "DATETIME",
    "binary": "BLOB",
}


def column_names(source_names: list[str]) -> list[str]:
    """Column names in the store for those of a source: not empty, not reserved, no repeats."""
    taken: set[str] = set()
    names = []
    for position, source_name in enumerate(source_names, start=1):
        name = source_name.strip() or f"column_{position}"
        if name.lower() in RESERVED:
            name = f"source_{name}"
        stem, repeat = name, 1
        while name.lower() in taken:
            repeat += 1
            name = f"{stem}_{repeat}"
        taken.add(name.lower())
        names.append(name)
    return names


def field_type(arrow: pa.DataType) -> str:
    """The catalogue's word for an Arrow type."""
    tests = (
        ("boolean", pa.types.is_boolean),
        ("integer", lambda kind: pa.types.is_integer(kind) and kind != pa.uint64()),
        ("number", pa.types.is_floating),
        ("number", pa.types.is_decimal),
        ("date", pa.types.is_date),
        ("datetime", pa.types.is_timestamp),
        ("binary", pa.types.is_binary),
        ("binary", pa.types.is_large_binary),
    )
    return next((name for name, test in tests if test(arrow)), "string")


def sql_type(kind: str) -> str:
    """Column declaration of a catalogue type (GeoPackage table 1)."""
    return _SQL_OF_TYPE[kind]


def type_of_sql(declared: str) -> str:
    """The catalogue's word for a column declaration, which any program may have written."""
    word = declared.upper().split("(")[0].strip()
    known = {
        "BOOLEAN": "boolean",
        "DATE": "date",
        "DATETIME": "datetime",
        "BLOB": "binary",
        "REAL": "number",
        "DOUBLE": "number",
        "FLOAT": "number",
    }
    return known.get(word, "integer" if "INT" in word else "string")


def to_sql(column: pa.ChunkedArray) -> list[Any]:
    """Python values that SQLite stores for an Arrow column."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return _CONVERTERS[field_type(column.type)](column)


def to_arrow(values: list[Any], kind: str) -> pa.Array:
    """Arrow column of SQLite values; a column with stray types becomes text."""
    try:
        if kind == "boolean":
            values = [None if value is None else bool(value) for value in values]
        return pa.array(values, type=_ARROW_OF_TYPE[kind])
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def to_fields(schema: pa.Schema) -> tuple[Field, ...]:
    """The source's own columns as the store will have them."""
    names = column_names(schema.names)
    return tuple(
        Field(name=name, type=field_type(column.type))
        for name, column in zip(names, schema, strict=True)
    )


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Python values of a column of a plain type, None for null."""
    if column.null_count == 0 and not pa.types.is_string(column.type):
        return list(column.to_numpy().tolist())
    return list(column.to_pylist())


def _texts(column: pa.ChunkedArray) -> list[Any]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return list(column.to_numpy().tolist())
    if pa.types.is_nested(kind):
        return [
            None if value is None else orjson.dumps(value).decode() for value in column.to_pylist()
        ]
    return list(column.cast(pa.string()).to_pylist())


def _dates(column: pa.ChunkedArray) -> list[Any]:
    return list(pc.strftime(column, format="%Y-%m-%d").to_pylist())


def _datetimes(column: pa.ChunkedArray) -> list[Any]:
    """ISO 8601 text in UTC with milliseconds, as GeoPackage asks."""
    utc = column.cast(pa.timestamp("ms", tz=column.type.tz), safe=False)
    return list(pc.strftime(utc.cast(pa.timestamp("ms")), format="%Y-%m-%dT%H:%M:%SZ").to_pylist())


_CONVERTERS: Final[dict[str, Callable[[pa.ChunkedArray], list[Any]]]] = {
    "string": _texts,
    "integer": _plain,
    "number": lambda column: _plain(column.cast(pa.float64())),
    "boolean": lambda column: _plain(column.cast(pa.int64())),
    "date": _dates,
    "datetime": _datetimes,
    "binary": _plain,
}
