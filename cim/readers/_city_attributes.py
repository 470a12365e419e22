"""Attributes of city objects as columns of one type each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pyarrow as pa

type Attributes = Mapping[str, Any]

_INT64: Final = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Columns:
    """Names and types of the attributes of a file, in the order they first occur."""

    types: Mapping[str, pa.DataType]

    @property
    def names(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(self.types)

    def arrays(self, rows: Sequence[Attributes]) -> dict[str, pa.Array]:
        """Columns of some objects; an object without an attribute has null."""
        return {
            name: pa.array([_as(row.get(name), kind) for row in rows], kind)
            for name, kind in self.types.items()
        }


def columns_of(rows: Iterable[Attributes]) -> Columns:
    """Columns that hold the attributes of all objects.

    Whole numbers stay whole, whole and broken ones together are numbers, values of different
    kinds are text; lists and objects are their JSON text.
    """
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            kinds.setdefault(name, set()).add(_kind(value))
    return Columns({name: _column_type(found) for name, found in kinds.items()})


def _kind(value: object) -> type:
    if isinstance(value, int) and not isinstance(value, bool) and value not in _INT64:
        return str
    return type(value)


def _column_type(kinds: set[type]) -> pa.DataType:
    real = kinds - {type(None)}
    if real == {bool}:
        return pa.bool_()
    if real == {int}:
        return pa.int64()
    return pa.float64() if real and real <= {int, float} else pa.string()


def _as(value: object, kind: pa.DataType) -> object:
    if value is None or isinstance(value, str) or not pa.types.is_string(kind):
        return value
    return orjson.dumps(value).decode()
