"""Names as they are being typed: in characters, in pinyin, by first letters."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache
from heapq import nlargest
from math import cos, hypot, radians
from typing import Final, NamedTuple

from geocode.pinyin import typed

_LAST: Final = "\U0010ffff"
"""Behind every text that begins alike."""

_NEAR_KM: Final = 2.0
"""Names this near to the middle of the map count twice those that are far away."""

_KM_PER_DEGREE: Final = 111.2


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
