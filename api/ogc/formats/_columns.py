"""Attributes as Arrow columns of the types that the catalogue promises."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from api.ogc.formats.base import ROW, Export
from cim.catalog import Field
from cim.features import FeatureBatch

logger = logging.getLogger(__name__)

TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
    "binary": pa.binary(),
}
"""Arrow type of each type of the catalogue."""


def free_name(wanted: str, taken: tuple[str, ...]) -> str:
    """A column name that no field has, whatever the case."""
    used = {name.lower() for name in taken}
    name = wanted
    while name.lower() in used:
        name = f"{name}_"
    return name


def schema(export: Export) -> pa.Schema:
    """Row number and the fields to write, described in the words of GDAL's Arrow interface."""
    columns = [
        pa.field(
            field.name,
            TYPES[field.type],
            metadata={
                "GDAL:OGR:alternative_name": export.title_of(field),
                "GDAL:OGR:comment": comment(field),
            },
        )
        for field in export.fields
    ]
    return pa.schema([pa.field(ROW, pa.int64(), nullable=False), *columns])


def comment(field: Field) -> str:
    """Both titles of a field and its unit, for the places where a format lets one be said."""
    titles = " / ".join(dict.fromkeys(t for t in (field.title_zh, field.title_en) if t))
    return f"{titles} ({field.unit})" if field.unit else titles


def columns(batch: FeatureBatch, export: Export) -> list[pa.Array]:
    """The columns of `schema` for a batch."""
    rows = pa.array(batch.records, pa.int64())
    return [rows, *(_column(batch, field) for field in export.fields)]


def _column(batch: FeatureBatch, field: Field) -> pa.Array:
    """One column in its promised type; values that are not of it are left out and counted."""
    column, wanted = batch.attributes.column(field.name), TYPES[field.type]
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if column.type == wanted:
        return column
    try:
        return column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _one_by_one(column.to_pylist(), field, wanted)


def _one_by_one(values: list[Any], field: Field, wanted: pa.DataType) -> pa.Array:
    made = [_value(value, _MAKERS[field.type]) for value in values]
    lost = [
        value
        for value, kept in zip(values, made, strict=True)
        if kept is None and value not in {None, ""}
    ]
    if lost:
        logger.warning(
            "field %s: %d values are no %s and are left out, first %r",
            field.name,
            len(lost),
            field.type,
            str(lost[0])[:40],
        )
    return pa.array(made, wanted)


def _value(value: Any, make: Callable[[Any], object]) -> object:  # noqa: ANN401 - any SQLite value
    if value is None:
        return None
    try:
        return make(value)
    except (ValueError, TypeError, OverflowError, KeyError):
        return None


def _whole(value: Any) -> int:  # noqa: ANN401 - any SQLite value
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(value)
    return number


def to_date(text: str) -> date:
    """The day that an ISO 8601 text names.

    Raises:
        ValueError: It names none.
    """
    return date.fromisoformat(text[:10])


def to_moment(text: str) -> datetime:
    """The moment that an ISO 8601 text names; without an offset it is UTC.

    Raises:
        ValueError: It names none.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


_MAKERS: dict[str, Callable[[Any], object]] = {
    "string": str,
    "integer": _whole,
    "number": float,
    "boolean": {"true": True, "false": False, "1": True, "0": False}.__getitem__,
    "date": to_date,
    "datetime": to_moment,
    "binary": lambda value: value.encode() if isinstance(value, str) else bytes(value),
}
