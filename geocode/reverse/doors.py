"""From a place to the doors around it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from cim.arrays import Float64, Int64

MOST_MOVED: Final = 500
"""Doors that may change before a new tree is made."""

_EARTH_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG), metres."""

_CHUNK: Final = 1 << 18
"""Points put on the sphere at a time: ten million at once would need a gigabyte for a moment."""

type LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of a city as points on the sphere, in a k-d tree.

    Distances are straight through the Earth: a millimetre short of those on it at 20 km, and the
    order is the same; no map projection, no seam at 180°.
    """

    numbers: Int64
    """(n,) row numbers of the doors in the tree."""

    tree: Any
    """`scipy.spatial.cKDTree` of (n, 3) metres."""

    moved: Mapping[int, LonLat | None] = field(default_factory=dict)
    """Places of doors that changed since the tree was made; None for those that are gone."""

    @classmethod
    def of(cls, numbers: Int64, lon_lat: Float64) -> "Doors":
        """The doors of row numbers at (n, 2) degrees."""
        return cls(numbers, _tree(lon_lat))

    def with_changes(self, fresh: Mapping[int, LonLat], gone: Iterable[int]) -> "Doors | None":
        """The doors with some new, moved or gone; None when so many changed that a new tree pays.

        Args:
            fresh: Longitude and latitude by row number.
            gone: Row numbers.
        """
        moved = {**self.moved, **fresh, **dict.fromkeys(gone)}
        return None if len(moved) > MOST_MOVED else replace(self, moved=moved)

    def near(
        self, lon: float, lat: float, count: int = 1, within_m: float = math.inf
    ) -> list[tuple[int, float]]:
        """Row number and distance in metres of the doors nearest to a place, the nearest first."""
        here = _on_sphere(lon, lat)
        most = count + len(self.moved)
        away, row = self.tree.query(here, most, 0.0, 2.0, within_m)
        if most == 1:
            return [(int(self.numbers[row]), float(away))] if away < math.inf else []
        several = zip(row.tolist(), away.tolist(), strict=True)
        found = [(int(self.numbers[row]), away) for row, away in several if away < math.inf]
        if not self.moved:
            return found
        found = [one for one in found if one[0] not in self.moved]
        for number, place in self.moved.items():
            distance = math.inf if place is None else math.dist(here, _on_sphere(*place))
            if distance <= within_m and distance < math.inf:
                found.append((number, distance))
        return sorted(found, key=lambda one: one[1])[:count]

    def nearest_of_each(
        self, lon_lat: Float64, within_m: float = math.inf
    ) -> tuple[Int64, Float64]:
        """Row number and distance in metres of the door nearest to each place.

        Args:
            lon_lat: (n, 2) degrees.
            within_m: How far away they may be.

        Returns:
            (n,) row numbers, -1 where there is none; (n,) metres, infinite there.
        """
        away, rows = self.tree.query(_all_on_sphere(lon_lat), 1, 0.0, 2.0, within_m)
        numbers = np.full(len(lon_lat), -1, np.int64)
        numbers[away < math.inf] = self.numbers[rows[away < math.inf]]
        if self.moved:
            for at in self._may_have_moved(lon_lat, numbers, away).tolist():
                lon, lat = lon_lat[at].tolist()
                one = self.near(lon, lat, 1, within_m)
                numbers[at], away[at] = one[0] if one else (-1, math.inf)
        return numbers, away

    def _may_have_moved(self, lon_lat: Float64, numbers: Int64, away: Float64) -> Int64:
        """Places whose door has moved, or that a door has moved to."""
        gone = np.isin(numbers, np.fromiter(self.moved, np.int64))
        places = [place for place in self.moved.values() if place is not None]
        if not places:
            return np.flatnonzero(gone)
        nearer, _ = _tree(np.array(places)).query(_all_on_sphere(lon_lat))
        return np.flatnonzero(gone | (nearer <= away))


def _tree(lon_lat: Float64) -> Any:  # noqa: ANN401 - scipy has no types
    """A k-d tree of (n, 2) degrees."""
    from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import

    return cKDTree(_all_on_sphere(lon_lat), balanced_tree=False, compact_nodes=False)


def _on_sphere(lon: float, lat: float) -> tuple[float, float, float]:
    """A point in metres, without the cost of arrays."""
    east, north = math.radians(lon), math.radians(lat)
    flat = math.cos(north) * _EARTH_M
    return flat * math.cos(east), flat * math.sin(east), math.sin(north) * _EARTH_M


def _all_on_sphere(lon_lat: Float64) -> Float64:
    """(n, 3) points in metres of longitudes and latitudes in degrees."""
    degrees = np.asarray(lon_lat, np.float64).reshape(-1, 2)
    places = np.zeros((len(degrees), 3))
    for start in range(0, len(degrees), _CHUNK):
        part = places[start : start + _CHUNK]
        lon, lat = np.radians(degrees[start : start + _CHUNK]).T
        flat = np.cos(lat) * _EARTH_M
        part[:, 0], part[:, 1] = flat * np.cos(lon), flat * np.sin(lon)
        part[:, 2] = np.sin(lat) * _EARTH_M
    return places


def bearing_deg(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Direction from a place to one nearby, degrees clockwise from north."""
    east = (to_lon - lon) * math.cos(math.radians(lat))
    return math.degrees(math.atan2(east, to_lat - lat)) % 360.0
