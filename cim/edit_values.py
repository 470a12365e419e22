"""Attribute values: from JSON to what a store keeps, each checked against its field's type.

Source: OGC 12-128r18 (GeoPackage 1.3), table 1 (types); RFC 3339 (date and time).
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from cim.catalog import Field

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATETIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?"
)
_LEAST, _MOST = -(2**63), 2**63 - 1


def stored_value(field: Field, value: object) -> Any:  # noqa: ANN401 - a value of SQLite
    """A JSON value as the store keeps it in a field; `null` empties any field.

    Raises:
        ValueError: The value is not of the field's type; the message says what is legal.
    """
    return None if value is None else _CONVERTERS[field.type](value)


def is_same(field: Field, one: object, other: object) -> bool:
    """Whether two stored values of a field mean the same.

    Programs write one moment in several ways; a text and a number are never the same.
    """
    if one == other and type(one) is type(other):
        return True
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if field.type == "datetime" and isinstance(one, str) and isinstance(other, str):
        try:
            return _datetime(one) == _datetime(other)
        except ValueError:
            return False
    return False


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _no(value, "string")
    return value


def _integer(value: object) -> int:
    whole = isinstance(value, float) and value.is_integer() and abs(value) <= 2**53
    if isinstance(value, bool) or not (isinstance(value, int) or whole):
        raise _no(value, "integer")
    number = int(value)  # type: ignore[call-overload]  # an integer, or a float that is whole
    if not _LEAST <= number <= _MOST:
        raise ValueError(f"is out of range; legal: {_LEAST} to {_MOST}")
    return int(number)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _no(value, "number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("is not a finite number")
    return number


def _boolean(value: object) -> int:
    if not isinstance(value, bool):
        raise _no(value, "boolean")
    return int(value)


def _date(value: object) -> str:
    text = _string(value)
    if not _DATE.fullmatch(text):
        raise ValueError("is no date; legal: YYYY-MM-DD")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("is a day that does not exist; legal: YYYY-MM-DD") from None


def _datetime(value: object) -> str:
    """A moment in UTC with milliseconds, as GeoPackage asks; without an offset it is UTC."""
    text = _string(value)
    if not _DATETIME.fullmatch(text):
        raise ValueError("is no date and time; legal: RFC 3339, such as 2026-01-31T08:00:00Z")
    try:
        moment = datetime.fromisoformat(text.upper())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC).replace(tzinfo=None)
        return f"{utc.isoformat(timespec='milliseconds')}Z"
    except (ValueError, OverflowError):
        raise ValueError("is a moment that does not exist; legal: RFC 3339") from None


def _binary(value: object) -> bytes:
    try:
        return base64.b64decode(_string(value), validate=True)
    except binascii.Error:
        raise ValueError("is no base64 text") from None


def _no(value: object, wanted: str) -> ValueError:
    """The error about a value of another type, by the names that JSON gives to types."""
    names = (
        (bool, "a boolean"),
        (str, "a string"),
        (int | float, "a number"),
        (Mapping, "an object"),
    )
    given = next((name for kind, name in names if isinstance(value, kind)), "an array")
    return ValueError(f"is {given}; legal: {wanted} or null")


_CONVERTERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "binary": _binary,
}
