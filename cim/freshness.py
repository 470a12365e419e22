"""How old the data of a layer are, against how often they are renewed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from cim.catalog import Layer

type Freshness = Literal["current", "due", "overdue", "unknown"]

_PART: Final = re.compile(r"(\d+)([YMWDHS])")
_DAYS: Final = {"Y": 365.25, "W": 7.0, "D": 1.0, "H": 1 / 24, "S": 1 / 86_400}
_MONTH_DAYS: Final = 365.25 / 12
_MINUTE_DAYS: Final = 1 / 1_440
_OVERDUE: Final = 2.0
"""Cycles after which data that were to be renewed are overdue."""


@dataclass(frozen=True, slots=True)
class Age:
    """Age of a layer's data."""

    state: Freshness
    as_of: str
    """The date the source states; without one, when a feature last changed. Empty: unknown."""

    age_days: float | None
    cycle_days: float | None
    """None where the update cycle is no duration."""


def age_of(layer: Layer, now: datetime) -> Age:
    """How old the data are at a moment (with a time zone)."""
    as_of = layer.source_date or layer.updated
    cycle = cycle_days(layer.update_cycle)
    if not as_of:
        return Age("unknown", "", None, cycle)
    is_date = len(as_of) <= len("YYYY-MM-DD")
    then = datetime.fromisoformat((as_of + "-01-01")[:10] if is_date else as_of)
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    age = max(0.0, (now - then).total_seconds() / 86_400)
    return Age(_state(age, cycle), as_of, round(age, 1), cycle)


def cycle_days(update_cycle: str) -> float | None:
    """Days of an update cycle; None where it is no duration, or nothing is said."""
    if not update_cycle.startswith("P"):
        return None
    dates, _, times = update_cycle.partition("T")
    days = sum(float(count) * _DAYS.get(unit, _MONTH_DAYS) for count, unit in _PART.findall(dates))
    hours = sum(
        float(count) * _DAYS.get(unit, _MINUTE_DAYS) for count, unit in _PART.findall(times)
    )
    return days + hours


def _state(age: float, cycle: float | None) -> Freshness:
    if not cycle:
        return "unknown"
    if age <= cycle:
        return "current"
    return "due" if age <= _OVERDUE * cycle else "overdue"
