"""Degrees to whole 1/2048 of an arc second and back, exactly.

Both Chinese grids cut the globe along edges that are whole ticks of 1/2048 second. A cell edge
such as 22.2 degrees or 1/60 degree is rarely a binary fraction, so the rule has to say which tick
a double means. Here a double stands for all real numbers that round to it; if a tick edge is
among them, the double stands for that edge. So a decimal that lies on an edge (22.2), and a cell
corner computed by `to_degrees`, both fall into the cell that begins there, and the order of the
doubles is kept.
"""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Float64, Int64, require_shape
from cim.grids.base import GridCodeError

TICKS_PER_DEGREE = 3600 * 2048
"""Ticks of 1/2048 arc second in one degree."""

HALF_TURN = 180 * TICKS_PER_DEGREE
"""Ticks from the prime meridian to the antimeridian."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Points mirrored into the north-east quadrant, in whole ticks."""

    x: Int64
    """(n,) ticks away from the prime meridian, 0 to `HALF_TURN` - 1."""

    y: Int64
    """(n,) ticks away from the equator, 0 to 90 degrees inclusive."""

    west: Bool
    """(n,) whether the point is west of the prime meridian."""

    south: Bool
    """(n,) whether the point is south of the equator."""

    def take(self, rows: Bool) -> "Ticks":
        """The points of the rows that are True."""
        return Ticks(self.x[rows], self.y[rows], self.west[rows], self.south[rows])


def check_lon_lat(lon_lat: Float64, *, first: int = 0) -> None:
    """Check that every point is on the globe.

    Args:
        lon_lat: (n, 2) degrees, longitude first.
        first: Number of the first point, for the message.

    Raises:
        GridCodeError: A coordinate is not a number or out of range; the first one is named.
    """
    require_shape("lon_lat", lon_lat, None, 2)
    lon, lat = lon_lat[:, 0], lon_lat[:, 1]
    good = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # noqa: PLR2004 - degrees of the globe
    if not good.all():
        raise GridCodeError(_off_globe(lon_lat, int(np.argmin(good)), first))


def _off_globe(lon_lat: Float64, row: int, first: int) -> str:
    """What is wrong with the point of a row."""
    lon, lat = float(lon_lat[row, 0]), float(lon_lat[row, 1])
    swapped = abs(lon) <= 90 < abs(lat) <= 180  # noqa: PLR2004 - degrees of the globe
    hint = "; longitude and latitude look swapped" if swapped else ""
    return (
        f"point {first + row}: longitude {lon}, latitude {lat} is not on the globe "
        f"(longitude -180 to 180, latitude -90 to 90){hint}"
    )


def to_ticks(lon_lat: Float64, *, first: int = 0) -> Ticks:
    """Ticks of points; the two names of the antimeridian, 180 and -180, are both -180.

    Args:
        lon_lat: (n, 2) degrees, longitude first.
        first: Number of the first point, for messages.

    Raises:
        GridCodeError: A point is not on the globe.
    """
    lon_lat = np.asarray(lon_lat, dtype=np.float64)
    check_lon_lat(lon_lat, first=first)
    lon, lat = lon_lat[:, 0], lon_lat[:, 1]
    x = _floor_ticks(np.abs(lon))
    seam = x == HALF_TURN
    return Ticks(x - seam, _floor_ticks(np.abs(lat)), (lon < 0) | seam, lat < 0)


def _floor_ticks(degrees: Float64) -> Int64:
    """Largest tick whose edge, rounded to a double, is not above each of `degrees`.

    The product may err by one tick near an edge; the two comparisons mend it, because the
    quotient of two whole numbers below 2^53 is the double nearest to the edge.
    """
    ticks = np.floor(degrees * TICKS_PER_DEGREE)
    ticks += (ticks + 1) / TICKS_PER_DEGREE <= degrees
    ticks -= ticks / TICKS_PER_DEGREE > degrees
    return ticks.astype(np.int64)


def to_degrees(ticks: Int64) -> Float64:
    """The double nearest to each tick edge."""
    degrees: Float64 = ticks / TICKS_PER_DEGREE
    return degrees
