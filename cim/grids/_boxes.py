"""Cells that are boxes of longitude and latitude: bounds, centres, polygons."""

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects
from cim.grids._ticks import to_degrees


def bounds_from_ticks(low: Int64, high: Int64, west: Bool, south: Bool) -> Float64:
    """(n, 4) west, south, east, north in degrees of boxes given away from the anchor (0, 0).

    Args:
        low: (n, 2) ticks of the corner nearest the anchor, x first.
        high: (n, 2) ticks of the opposite corner.
        west: (n,) mirror in the prime meridian.
        south: (n,) mirror in the equator.
    """
    bounds = np.zeros((len(low), 4))
    for axis, mirrored in enumerate((west, south)):
        near, far = to_degrees(low[:, axis]), to_degrees(high[:, axis])
        sign = 1.0 - 2.0 * mirrored
        near, far = near * sign, far * sign
        bounds[:, axis] = np.minimum(near, far) + 0.0  # adding zero turns -0.0 into 0.0
        bounds[:, axis + 2] = np.maximum(near, far) + 0.0
    return bounds


def overlaps(first: Float64, second: Float64) -> Bool:
    """(n,) whether boxes of bounds (n, 4) share more than their edges, pair by pair."""
    west_a, south_a, east_a, north_a = first.T
    west_b, south_b, east_b, north_b = second.T
    meet_lat = (south_a < north_b) & (south_b < north_a)
    meet_lon = _starts_in(west_a, east_a, west_b) | _starts_in(west_b, east_b, west_a)
    meet: Bool = meet_lat & meet_lon
    return meet


def _starts_in(west: Float64, east: Float64, meridian: Float64) -> Bool:
    """Whether each meridian is the western edge of a span of longitude, or inside it."""
    width = np.where(east - west == 360, 360, (east - west) % 360)  # noqa: PLR2004 - a full turn
    inside: Bool = (meridian - west) % 360 < width
    return inside


def centers(bounds: Float64) -> Float64:
    """(n, 2) centre of each box; the pole itself for a box that goes round it."""
    west, south, east, north = bounds.T
    lon = (west + np.where(west > east, east + 360, east)) / 2
    lat = (south + north) / 2
    around = (east - west == 360) & (np.abs(lat) > 45)  # noqa: PLR2004 - degrees of the globe
    lat = np.where(around, np.copysign(90, lat), lat)
    return np.column_stack([lon, lat])


def polygons(bounds: Float64) -> Objects:
    """(n,) boxes as polygons; a box over the antimeridian is a multipolygon of its two parts."""
    west, south, east, north = bounds.T
    crossing = west > east
    boxes: Objects = shapely.box(west, south, np.where(crossing, 180, east), north)
    if crossing.any():
        rest = shapely.box(-180, south[crossing], east[crossing], north[crossing])
        pairs = np.column_stack([boxes[crossing], rest])
        boxes[crossing] = shapely.multipolygons(pairs)
    return boxes
