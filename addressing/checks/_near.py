"""Doors as points, and distances between them and footprints."""

import numpy as np
import shapely

from addressing.checks._streets import METRES_A_DEGREE
from addressing.checks.base import AddressTable
from cim.arrays import Int64, Objects


def placed_points(addresses: AddressTable) -> tuple[Int64, Objects]:
    """Rows of the valid addresses with a door point, and the points."""
    placed = np.isfinite(addresses.lon_lat).all(axis=1) & ~addresses.drafts
    rows = np.flatnonzero(placed)
    return rows, np.asarray(shapely.points(addresses.lon_lat[rows]), object)


def degrees(distance_m: float, points: Objects) -> float:
    """A distance in degrees of longitude at the latitude of the points; never too short."""
    if not len(points):
        return distance_m / METRES_A_DEGREE
    middle = float(np.median(shapely.get_y(points)))
    return distance_m / (METRES_A_DEGREE * float(np.cos(np.radians(middle))))
