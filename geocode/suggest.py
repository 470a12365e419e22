"""Names as they are being typed: in characters, in pinyin, by first letters."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import nlargest
from math import cos, hypot, radians
from typing import Final, NamedTuple

from geocode.keys import ESTATE, STREET
from geocode.model import Door
from geocode.pinyin import typed

_LAST: Final = "\U0010ffff"
"""Behind every text that begins alike."""

_NEAR_KM: Final = 2.0
"""Names this near to the middle of the map count twice those that are far away."""

_KM_PER_DEGREE: Final = 111.2

_DIGITS: Final = 4
"""Digits of the longest numbers that are thought of when fewer were typed."""


class Suggestion(NamedTuple):
    """A street, an estate, a place, a village or a division."""

    kind: str
    value: str
    """Canonical name."""

    within: str
    """Canonical name of the county, or what there is of one above it."""

    doors: int
    """How many doors it has."""

    lon: float
    lat: float


_NUMBERED: Final = re.compile(r"(.*[^0-9])([0-9]{1,6})[号號]?")
_SHOWN: Final = (*STREET, *ESTATE, "poi", "number", "compound", "building")
"""Types that the name of a numbered place has."""


class Begun(NamedTuple):
    """A name with the first digits of a number behind it."""

    name: str
    digits: str


def read_begun(text: str) -> Begun | None:
    """The name and the digits of 永华路2, None where no number was begun."""
    found = _NUMBERED.fullmatch(text)
    return Begun(found[1], found[2]) if found else None


def ranges_of(digits: str) -> Iterator[tuple[int, int]]:
    """First and last of the numbers that begin with some digits: 2, 20 to 29, 200 to 299."""
    first = last = int(digits)
    for _ in range(_DIGITS - len(digits) + 1):
        yield first, last
        first, last = first * 10, last * 10 + 9


def numbered(doors: Iterable[Door], limit: int) -> list[tuple[Mapping[str, str], Suggestion]]:
    """Doors as suggestions, those of one number in one county together.

    Returns:
        What the name of each is written of, and the suggestion.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Door]] = {}
    for door in doors:
        shown = {kind: door.values[kind] for kind in _SHOWN if kind in door.values}
        key = (("within", _county(door.values)), *shown.items())
        groups.setdefault(key, []).append(door)
    found: list[tuple[Mapping[str, str], Suggestion]] = []
    for (within, *parts), several in list(groups.items())[:limit]:
        values, first = dict(parts), several[0]
        kind = "number" if "number" in values else "building"
        value = values.get(kind, "")
        one = Suggestion(kind, value, within[1], len(several), first.lon, first.lat)
        found.append((values, one))
    return found


def _county(values: Mapping[str, str]) -> str:
    return next((values[kind] for kind in ("county", "city", "province") if kind in values), "")


class Suggester:
    """Suggests names; those with most doors first, those near the map's middle before.

    Args:
        names: What may be suggested.
    """

    def __init__(self, names: Iterable[Suggestion]) -> None:
        self._names = list(names)
        keys = sorted(
            (key, row)
            for row, name in enumerate(self._names)
            for key in (name.value, *typed(name.value))
        )
        self._texts = [text for text, _ in keys]
        self._rows = [row for _, row in keys]
        self._top = lru_cache(1 << 14)(self._best)

    def suggest(
        self, text: str, limit: int = 10, middle: tuple[float, float] | None = None
    ) -> list[Suggestion]:
        """Names that begin with what was typed.

        Args:
            text: In simplified characters, or in Latin letters.
            limit: Most names.
            middle: Longitude and latitude of the middle of the map.
        """
        if not text:
            return []
        if middle is None:
            return [self._names[row] for row in self._top(text, limit)]
        lon, lat = middle
        rows = self._top(text, max(limit, 1) * 20)
        several = [self._names[row] for row in rows]
        return nlargest(limit, several, key=lambda one: _weight(one, lon, lat))

    def _best(self, text: str, limit: int) -> tuple[int, ...]:
        """The names with most doors that begin so."""
        first = bisect_left(self._texts, text)
        last = bisect_right(self._texts, text + _LAST)
        rows = set(self._rows[first:last])
        return tuple(nlargest(limit, rows, key=lambda row: self._names[row].doors))


def _weight(one: Suggestion, lon: float, lat: float) -> float:
    """Doors, more of them the nearer the name is."""
    east = (one.lon - lon) * cos(radians(lat)) * _KM_PER_DEGREE
    north = (one.lat - lat) * _KM_PER_DEGREE
    return one.doors * (1 + 1 / (1 + hypot(east, north) / _NEAR_KM) * 20)
