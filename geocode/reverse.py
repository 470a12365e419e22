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
        from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import

        return cls(
            numbers, cKDTree(_all_on_sphere(lon_lat), balanced_tree=False, compact_nodes=False)
        )

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
        distance, rows = self.tree.query(
            here, k=count + len(self.moved), distance_upper_bound=within_m
        )
        several = zip(np.atleast_1d(rows).tolist(), np.atleast_1d(distance).tolist(), strict=True)
        found = [(int(self.numbers[row]), away) for row, away in several if away < math.inf]
        if not self.moved:
            return found
        found = [one for one in found if one[0] not in self.moved]
        for number, place in self.moved.items():
            away = math.inf if place is None else math.dist(here, _on_sphere(*place))
            if away <= within_m and away < math.inf:
                found.append((number, away))
        return sorted(found, key=lambda one: one[1])[:count]


def _on_sphere(lon: float, lat: float) -> tuple[float, float, float]:
    """A point in metres, without the cost of arrays."""
    east, north = math.radians(lon), math.radians(lat)
    flat = math.cos(north) * _EARTH_M
    return flat * math.cos(east), flat * math.sin(east), math.sin(north) * _EARTH_M


def _all_on_sphere(lon_lat: Float64) -> Float64:
    """(n, 3) points in metres of longitudes and latitudes in degrees."""
    lon, lat = np.radians(np.asarray(lon_lat, np.float64).reshape(-1, 2)).T
    flat = np.cos(lat) * _EARTH_M
    return np.column_stack((flat * np.cos(lon), flat * np.sin(lon), np.sin(lat) * _EARTH_M))
