"""Days and moments as text of one form, which sorts as time does.

Source: RFC 3339, section 5.6; OGC 21-065r2 (CQL2), clause 6.3.
"""

import re
from datetime import UTC, datetime

from cim.errors import InputError
from cim.filters.model import Instant, Interval, Property

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,12})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_SHOWN = 40


def parse_date(text: str) -> Instant:
    """A day.

    Raises:
        InputError: The text is none.
    """
    if _DATE.fullmatch(text):
        return _made(text, text)
    raise InputError(f"{text[:_SHOWN]!r} is no date; legal: YYYY-MM-DD")


def parse_timestamp(text: str) -> Instant:
    """A moment, to the millisecond, as the store keeps them.

    Raises:
        InputError: The text is none.
    """
    if _MOMENT.fullmatch(text):
        return _made(text, text.upper())
    raise InputError(
        f"{text[:_SHOWN]!r} is no timestamp; legal: YYYY-MM-DDThh:mm:ssZ, with fractions of a "
        "second or another offset if need be"
    )


def parse_instant(text: str) -> Instant:
    """A day or a moment.

    Raises:
        InputError: The text is neither.
    """
    return parse_date(text) if _DATE.fullmatch(text) else parse_timestamp(text)


def made_interval(start: Instant | Property | None, end: Instant | Property | None) -> Interval:
    """The time from `start` to `end`; None is an open end.

    Raises:
        InputError: It ends before it begins.
    """
    if isinstance(start, Instant) and isinstance(end, Instant):
        length = len("YYYY-MM-DD") if start.is_date or end.is_date else None
        if start.text[:length] > end.text[:length]:
            raise InputError(f"the interval ends at {end.text}, before it begins at {start.text}")
    return Interval(start, end)


def _made(text: str, iso: str) -> Instant:
    try:
        moment = datetime.fromisoformat(iso)
        if len(iso) == len("YYYY-MM-DD"):
            return Instant(iso)
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{text[:_SHOWN]!r}: {error}") from error
    return Instant(utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
