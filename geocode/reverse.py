"""From a place to the doors around it."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cim.arrays import Float64, Int64

_EARTH_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG), metres."""


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest doors of several places."""

    numbers: Int64
    """(n, k) row numbers of doors, -1 where there are fewer."""

    distance_m: Float64
    """(n, k), infinite where there are fewer."""


class Doors:
    """The doors of a city as points on the sphere, in a k-d tree.

    Distances are straight through the Earth: a millimetre short of those on it at 20 km, and the
    order is the same; no map projection, no seam at 180°.

    Args:
        numbers: (n,) row numbers of the doors.
        lon_lat: (n, 2) degrees.
    """

    def __init__(self, numbers: Int64, lon_lat: Float64) -> None:
        from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to import

        self._numbers = numbers
        self._tree: Any = cKDTree(_on_sphere(lon_lat), balanced_tree=False, compact_nodes=False)

    def near(self, lon_lat: Float64, count: int = 1, within_m: float = math.inf) -> Near:
        """The nearest doors of places.

        Args:
            lon_lat: (n, 2) degrees.
            count: How many doors for each.
            within_m: How far away they may be.
        """
        distance, rows = self._tree.query(
            _on_sphere(lon_lat), k=list(range(1, count + 1)), distance_upper_bound=within_m
        )
        padded = np.append(self._numbers, -1)
        return Near(padded[rows], distance)

    def near_one(
        self, lon: float, lat: float, count: int = 1, within_m: float = math.inf
    ) -> list[tuple[int, float]]:
        """Row number and distance in metres of the doors nearest to one place."""
        distance, rows = self._tree.query(
            _one_on_sphere(lon, lat), k=count, distance_upper_bound=within_m
        )
        several = zip(np.atleast_1d(rows).tolist(), np.atleast_1d(distance).tolist(), strict=True)
        return [(int(self._numbers[row]), away) for row, away in several if away < math.inf]


def _one_on_sphere(lon: float, lat: float) -> tuple[float, float, float]:
    """A point in metres, without the cost of arrays."""
    east, north = math.radians(lon), math.radians(lat)
    flat = math.cos(north) * _EARTH_M
    return flat * math.cos(east), flat * math.sin(east), math.sin(north) * _EARTH_M


def _on_sphere(lon_lat: Float64) -> Float64:
    """(n, 3) points in metres of longitudes and latitudes in degrees."""
    lon, lat = np.radians(np.asarray(lon_lat, np.float64).reshape(-1, 2)).T
    flat = np.cos(lat) * _EARTH_M
    return np.column_stack((flat * np.cos(lon), flat * np.sin(lon), np.sin(lat) * _EARTH_M))
