"""Roads as lines: which is the nearest, how far away, and on which side of it a place is."""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, radians
from typing import Final, NamedTuple

import numpy as np
import shapely

from cim.arrays import Int64, Objects

METRES_PER_DEGREE: Final = 111_195.08
"""Of a great circle of the Earth's mean radius (IUGG)."""

_LINES: Final = (1, 2, 5)
"""Shapely's numbers of line, ring and several lines."""


class NearLine(NamedTuple):
    """A line near a place."""

    owner: int
    """Place of the line among those given."""

    distance_m: float
    side: str
    """`left` or `right` of the line, seen in the order of its points."""

    lon: float
    """Of the nearest point on it."""

    lat: float


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines, each known by its place among those given."""

    owners: Int64
    """(n,) places of the unbroken parts' lines among the geometries given."""

    tree: shapely.STRtree
    """Of the lines in degrees, longitudes shrunk to the length that they have here."""

    shrink: float

    @classmethod
    def of(cls, geometry: Objects) -> "Lines":
        """Lines in lon/lat degrees; what is no line is left out."""
        kept = np.isin(shapely.get_type_id(geometry), _LINES) & ~shapely.is_empty(geometry)
        parts, whole = shapely.get_parts(geometry[kept], return_index=True)
        _, south, _, north = shapely.total_bounds(parts)
        shrink = cos(radians((south + north) / 2)) if len(parts) else 1.0
        flat = shapely.transform(parts, lambda lon_lat: lon_lat * (shrink, 1.0))
        return cls(np.flatnonzero(kept)[whole], shapely.STRtree(flat), shrink)

    def nearest(
        self, lon: float, lat: float, within_m: float, without: frozenset[int] = frozenset()
    ) -> NearLine | None:
        """The line nearest to a place, None when there is none within so many metres.

        Args:
            lon: Degrees, EPSG:4490.
            lat: Degrees.
            within_m: How far away it may be.
            without: Places of lines that do not count.
        """
        here = shapely.Point(lon * self.shrink, lat)
        row = self._row(here, within_m / METRES_PER_DEGREE, without)
        if row is None:
            return None
        line = self.tree.geometries[row]
        (x, y), side = _nearest_on(shapely.get_coordinates(line).tolist(), here.x, here.y)
        distance = hypot(here.x - x, here.y - y) * METRES_PER_DEGREE
        return NearLine(int(self.owners[row]), distance, side, x / self.shrink, y)

    def _row(self, here: shapely.Point, within: float, without: frozenset[int]) -> int | None:
        """The nearest unbroken part."""
        if not without:
            found = self.tree.query_nearest(here, max_distance=within)
            return int(found[0]) if len(found) else None
        rows = self.tree.query(here, predicate="dwithin", distance=within)
        kept = rows[~np.isin(self.owners[rows], list(without))]
        if not len(kept):
            return None
        return int(kept[shapely.distance(self.tree.geometries[kept], here).argmin()])


def _nearest_on(points: list[list[float]], x: float, y: float) -> tuple[tuple[float, float], str]:
    """The nearest point of a line, and the side of it on which a place is."""
    best, place, side = float("inf"), (x, y), "right"
    for (x0, y0), (x1, y1) in pairwise(points):
        east, north = x1 - x0, y1 - y0
        length = east * east + north * north
        share = ((x - x0) * east + (y - y0) * north) / length if length else 0.0
        share = min(max(share, 0.0), 1.0)
        on = (x0 + share * east, y0 + share * north)
        away = (x - on[0]) ** 2 + (y - on[1]) ** 2
        if away < best:
            best, place = away, on
            side = "left" if east * (y - y0) - north * (x - x0) > 0 else "right"
    return place, side
