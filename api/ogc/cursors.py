"""The cursor of a `next` link: a place in the order of a query, as opaque text."""

import base64
import binascii
from dataclasses import dataclass

import orjson

from api.errors import ParameterError
from cim.store.base import Position

FIELD = "cursor"
LONGEST = 4_096
FEWEST_PARTS = 2
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended."""

    position: Position
    """Its last row."""

    place: int = 0
    """How many rows of the whole selection came up to and with it: a hint where to look first."""

    def __str__(self) -> str:
        """The text of a link."""
        parts = [self.position.fid, self.place, *self.position.values]
        return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def parse_cursor(text: str, keys: int) -> Cursor:
    """The cursor that a text is, for an order by so many fields.

    Raises:
        ParameterError: It is none, or belongs to another order.
    """
    parts = _parts(text)
    if parts is None:
        raise ParameterError(FIELD, "not one of this server; follow the next link of a page")
    fid, place, *values = parts
    if len(values) != keys:
        raise ParameterError(FIELD, "belongs to a page in another order; begin anew without it")
    return Cursor(Position(fid, tuple(values)), place)


def _parts(text: str) -> list[int] | None:
    """What a text holds, None when it cannot be ours."""
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        parts = orjson.loads(base64.b64decode(f"{text}===", b"-_", validate=False))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(parts, list) or len(parts) < FEWEST_PARTS:
        return None
    numbers, values = parts[:FEWEST_PARTS], parts[FEWEST_PARTS:]
    are_numbers = all(type(part) is int and 0 <= part <= LARGEST for part in numbers)
    are_values = all(_is_value(part) for part in values)
    return parts if are_numbers and are_values else None


def _is_value(part: object) -> bool:
    if isinstance(part, int):
        return -LARGEST <= part <= LARGEST
    return part is None or isinstance(part, str | float)
