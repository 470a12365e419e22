"""Footprints as flat arrays: which of a city's outlines hold a point.

Shapely's polygons take about a kilobyte each in every server process; arrays take what their
coordinates take, and a point is found in them without a copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects

CELL_DEG: Final = 0.001
"""Side of the cells that outlines are looked up by: about 100 m, a few buildings."""

_MOST_CELLS: Final = 256
"""An outline that touches more cells is looked at for every point."""

_ROW: Final = 1 << 32
_POLYGONS: Final = (3, 6)
"""Shapely's numbers of polygon and multipolygon."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """Polygons with their holes, each known by its place among those given."""

    owners: Int64
    """(n,) places of the polygons among the geometries given."""

    boxes: Float64
    """(n, 4) west, south, east, north; degrees, EPSG:4490."""

    starts: Int64
    """(n + 1,) where the coordinates of each begin."""

    lon_lat: Float64
    """(m, 2) rings one after the other, each closed, a row of NaN behind each."""

    cells: Int64
    """(c,) numbers of cells, ascending; a cell comes once for each outline that touches it."""

    members: Int64
    """(c,) the outline of each."""

    wide: Int64
    """Outlines that touch too many cells to be listed."""

    @classmethod
    def of(cls, geometry: Objects) -> "Outlines":
        """Outlines of polygons in lon/lat degrees; what is no polygon is left out."""
        kept = np.isin(shapely.get_type_id(geometry), _POLYGONS) & ~shapely.is_empty(geometry)
        owners, geometry = np.flatnonzero(kept), geometry[kept]
        boxes = shapely.bounds(geometry).reshape(-1, 4)
        starts, lon_lat = _flat(geometry)
        members, cells, wide = _cells(boxes)
        order = np.argsort(cells, kind="stable")
        return cls(owners, boxes, starts, lon_lat, cells[order], members[order], wide)

    def holding(self, lon: float, lat: float) -> list[int]:
        """Places of the polygons that hold a point."""
        cell = np.int64(_cell(lon, lat))
        first, last = self.cells.searchsorted(cell), self.cells.searchsorted(cell, "right")
        rows = self._near(int(first), int(last))
        return [int(self.owners[row]) for row in rows if self._holds(row, lon, lat)]

    def holding_many(self, lon_lat: Float64) -> tuple[Int64, Int64]:
        """Pairs of places of points and of the polygons that hold them, by point.

        Args:
            lon_lat: (n, 2) degrees.
        """
        points, rows = self._pairs(lon_lat)
        x, y = lon_lat[points].T
        west, south, east, north = self.boxes[rows].T
        inside = (west <= x) & (x <= east) & (south <= y) & (y <= north)
        points, rows = points[inside], rows[inside]
        kept = self._all_hold(rows, lon_lat[points])
        return points[kept], self.owners[rows[kept]]

    def _near(self, first: int, last: int) -> Iterator[int]:
        if last > first:
            yield from self.members[first:last].tolist()
        if len(self.wide):
            yield from self.wide.tolist()

    def _holds(self, row: int, lon: float, lat: float) -> bool:
        """Whether an outline holds a point, by the number of edges east of it."""
        west, south, east, north = self.boxes[row].tolist()
        if not (west <= lon <= east and south <= lat <= north):
            return False
        rings = self.lon_lat[self.starts[row] : self.starts[row + 1]].tolist()
        inside, before = False, rings[-1]
        for here in rings:
            (x0, y0), (x1, y1) = before, here
            if (y0 > lat) != (y1 > lat) and lon < x0 + (lat - y0) * (x1 - x0) / (y1 - y0):
                inside = not inside
            before = here
        return inside

    def _pairs(self, lon_lat: Float64) -> tuple[Int64, Int64]:
        """Points and the outlines of their cells."""
        cells = _cells_of(np.floor(lon_lat / CELL_DEG).astype(np.int64))
        first = self.cells.searchsorted(cells)
        count = self.cells.searchsorted(cells, "right") - first
        points = np.repeat(np.arange(len(lon_lat)), count)
        rows = self.members[_runs(first, count)]
        if not len(self.wide):
            return points, rows
        every = np.repeat(np.arange(len(lon_lat)), len(self.wide))
        points = np.concatenate((points, every))
        rows = np.concatenate((rows, np.tile(self.wide, len(lon_lat))))
        order = np.argsort(points, kind="stable")
        return points[order], rows[order]

    def _all_hold(self, rows: Int64, lon_lat: Float64) -> Bool:
        """(n,) whether each outline holds its point."""
        if not len(rows):
            return np.zeros(0, np.bool_)
        count = self.starts[rows + 1] - self.starts[rows] - 1
        edges = _runs(self.starts[rows], count)
        x, y = np.repeat(lon_lat, count, axis=0).T
        (x0, y0), (x1, y1) = self.lon_lat[edges].T, self.lon_lat[edges + 1].T
        with np.errstate(invalid="ignore", divide="ignore"):
            crossed = ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        ends = np.concatenate(([0], np.cumsum(count)[:-1]))
        odd: Bool = np.add.reduceat(crossed.astype(np.int64), ends) % 2 == 1
        return odd


def _flat(geometry: Objects) -> tuple[Int64, Float64]:
    """Where the coordinates of each polygon begin, and all of them with NaN behind each ring."""
    parts, part_owner = shapely.get_parts(geometry, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    count = len(coordinates) + len(rings)
    lon_lat = np.full((count, 2), np.nan)
    lon_lat[np.arange(len(coordinates)) + ring] = coordinates
    sizes = np.bincount(ring, minlength=len(rings)) + 1
    per_outline = np.bincount(part_owner[ring_part], sizes, minlength=len(geometry))
    starts = np.concatenate(([0], np.cumsum(per_outline))).astype(np.int64)
    return starts, lon_lat


def _cells(boxes: Float64) -> tuple[Int64, Int64, Int64]:
    """Outlines and the cells they touch, pair by pair; outlines that touch too many."""
    low = np.floor(boxes[:, :2] / CELL_DEG).astype(np.int64)
    size = np.floor(boxes[:, 2:] / CELL_DEG).astype(np.int64) - low + 1
    count = size[:, 0] * size[:, 1]
    wide = np.flatnonzero(count > _MOST_CELLS)
    count[wide] = 0
    owners = np.repeat(np.arange(len(boxes)), count)
    within = _runs(np.zeros_like(count), count)
    across = size[owners, 0]
    at = np.column_stack((within % across, within // across)) + low[owners]
    return owners, _cells_of(at), wide


def _cells_of(at: Int64) -> Int64:
    """(n,) numbers of cells by (n, 2) column and row."""
    return at[:, 1] * _ROW + at[:, 0]


def _cell(lon: float, lat: float) -> int:
    return int(lat // CELL_DEG) * _ROW + int(lon // CELL_DEG)


def _runs(first: Int64, count: Int64) -> Int64:
    """The numbers from each `first` on, `count` of them, one run after the other."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - ends + count, count)
