"""Functions that SQLite lacks and conditions need. None of them ever raises: NULL is unknown."""

import math
import re
import sqlite3
import unicodedata
from collections.abc import Callable
from typing import Any, Final

_ACCENTS: Final = re.compile(
    r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
"""Combining diacritical marks. Vowel signs and voicing marks of other scripts are none."""


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions."""
    for name, arguments, function in _FUNCTIONS:
        connection.create_function(name, arguments, function, deterministic=True)


def without_case(text: object) -> str | None:
    """A text as every other way of writing its letters has it; Unicode's full case folding."""
    return text.casefold() if isinstance(text, str) else None


def without_accents(text: object) -> str | None:
    """A text whose letters have lost their accents; signs of other scripts stay whole."""
    if not isinstance(text, str) or text.isascii():
        return text if isinstance(text, str) else None
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", parts))


def _remainder(left: object, right: object) -> float | int | None:
    """What is left of a division that truncates; it has the sign of `left`."""
    if not isinstance(left, int | float) or not isinstance(right, int | float) or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left - right * _truncated(left, right)
    return _finite(math.fmod, left, right)


def _quotient(left: object, right: object) -> int | None:
    """The whole number of times that `right` fits into `left`."""
    if not isinstance(left, int | float) or not isinstance(right, int | float) or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return _in_64_bits(_truncated(left, right))
    share = _finite(lambda a, b: a / b, left, right)
    return None if share is None else _in_64_bits(int(share))


def _truncated(left: int, right: int) -> int:
    """Quotient of whole numbers, towards zero."""
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


def _power(base: object, exponent: object) -> float | None:
    if not isinstance(base, int | float) or not isinstance(exponent, int | float):
        return None
    return _finite(math.pow, base, exponent)


def _finite(call: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        value = call(float(left), float(right))
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None


def _in_64_bits(value: int) -> int | None:
    return value if -(2**63) <= value < 2**63 else None


_FUNCTIONS: Final[tuple[tuple[str, int, Callable[..., Any]], ...]] = (
    ("cim_casei", 1, without_case),
    ("cim_accenti", 1, without_accents),
    ("cim_remainder", 2, _remainder),
    ("cim_quotient", 2, _quotient),
    ("cim_power", 2, _power),
)
