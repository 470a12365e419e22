"""The `datetime` parameter: an instant or interval as two ISO 8601 UTC instants.

Source: OGC 17-069r4 (Features Part 1), clause 7.15.4; RFC 3339, section 5.6.
"""

import re
from datetime import UTC, datetime, timedelta

from api.errors import ParameterError

FIELD = "datetime"
OPEN = ("", "..")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
LEGAL = "legal: an RFC 3339 instant or date, or two of them joined by /, an open end as .."
LAST_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)

type Span = tuple[str | None, str | None]


def parse_datetime(text: str) -> Span:
    """First and last instant, `YYYY-MM-DDTHH:MM:SS.fffZ`; None is an open end.

    A date stands for its whole day, UTC.

    Raises:
        ParameterError: The text is neither an instant nor an interval, or ends before it begins.
    """
    parts = text.split("/")
    if len(parts) > 2 or text in OPEN:  # noqa: PLR2004 - an interval has two ends
        raise ParameterError(FIELD, f"{text!r} is not understood; {LEGAL}")
    begin = _instant(parts[0], text, timedelta(0))
    end = _instant(parts[-1], text, LAST_OF_DAY)
    if begin is not None and end is not None and begin > end:
        raise ParameterError(FIELD, f"{text!r} ends before it begins")
    return _to_text(begin), _to_text(end)


def _instant(part: str, text: str, rest_of_day: timedelta) -> datetime | None:
    if part in OPEN and "/" in text:
        return None
    try:
        if DATE.fullmatch(part):
            return datetime.fromisoformat(part).replace(tzinfo=UTC) + rest_of_day
        if INSTANT.fullmatch(part):
            return datetime.fromisoformat(part.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ParameterError(FIELD, f"{text!r}: {error}; {LEGAL}") from error
    raise ParameterError(FIELD, f"{text!r} is not understood; {LEGAL}")


def _to_text(moment: datetime | None) -> str | None:
    return (
        None
        if moment is None
        else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
