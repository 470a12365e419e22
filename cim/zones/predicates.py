"""Tests of cells against shapes, pair by pair, in the plane of longitude and latitude."""

from dataclasses import dataclass

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Objects, Uint64
from cim.grids.base import Grid

_MARGIN = 0.3
"""Share of its width and height by which the descendants of an H3 cell may pass its bounds."""

_WIDE_DEG = 180.0
"""A cell as wide as this, or within two heights of a pole, may have descendants all round it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Areas that hold cells with all their descendants."""

    box: Float64
    """(n, 4) west, south, east, north; west > east across the antimeridian."""

    def extents(self, rows: Bool) -> Objects:
        """The areas of the rows that are True."""
        return polygons(self.box[rows])


def reach_of(grid: Grid, codes: Uint64) -> Reach:
    """Where the descendants of cells may lie."""
    bounds = grid.bounds(codes)
    return Reach(bounds if grid.nested else _widened(bounds))


def near(bounds: Float64, boxes: Float64) -> Bool:
    """(n,) whether bounds meet boxes that do not cross the antimeridian."""
    west, south, east, north = bounds.T
    beside = np.where(
        west > east,
        (west <= boxes[:, 2]) | (east >= boxes[:, 0]),
        (west <= boxes[:, 2]) & (east >= boxes[:, 0]),
    )
    close: Bool = beside & (south <= boxes[:, 3]) & (north >= boxes[:, 1])
    return close


def _widened(bounds: Float64) -> Float64:
    """Bounds with the margin of cells that are not nested; whole turns near the poles."""
    west, south, east, north = bounds.T
    width = np.where(east - west == 360, 360, (east - west) % 360)  # noqa: PLR2004 - a full turn
    tall = (north - south) * _MARGIN
    south, north = np.maximum(south - tall, -90), np.minimum(north + tall, 90)
    polar = (np.maximum(-south, north) + 2 * tall / _MARGIN > 90) | (width >= _WIDE_DEG)  # noqa: PLR2004 - the pole
    west = np.where(polar, -180, _signed(west - width * _MARGIN))
    east = np.where(polar, 180, _signed(east + width * _MARGIN))
    south = np.where(polar & (south + north < 0), -90, south)
    north = np.where(polar & (south + north > 0), 90, north)
    return np.column_stack([west, south, east, north])


def _signed(degrees: Float64) -> Float64:
    """Angles brought to -180 to 180."""
    return np.where(np.abs(degrees) <= 180, degrees, (degrees + 180) % 360 - 180)  # noqa: PLR2004 - degrees


def polygons(bounds: Float64) -> Objects:
    """(n,) bounds as areas; two boxes where they cross the antimeridian."""
    west, south, east, north = bounds.T
    crossing = west > east
    boxes: Objects = shapely.box(west, south, np.where(crossing, 180, east), north)
    if crossing.any():
        rest = shapely.box(-180, south[crossing], east[crossing], north[crossing])
        boxes[crossing] = shapely.multipolygons(np.column_stack([boxes[crossing], rest]))
    return boxes


def inside_area(shapes: Objects, cells: Objects) -> Bool:
    """(n,) whether each shape is an area that covers its cell wholly."""
    covered: Bool = shapely.get_dimensions(shapes) == _AREA
    covered[covered] = shapely.covers(shapes[covered], cells[covered])
    return covered


def meets_area(shapes: Objects, cells: Objects) -> Bool:
    """(n,) whether the inside of each cell meets the inside of its shape."""
    meeting: Bool = shapely.intersects(shapes, cells)
    meeting[meeting] = ~shapely.touches(shapes[meeting], cells[meeting])
    return meeting


def holds_line(grid: Grid, codes: Uint64, cells: Objects, lines: Objects) -> Bool:
    """(n,) whether a point of each line is in its cell, the edges the cell holds included.

    Cells that are not boxes, and boxes that go over the antimeridian, count as closed.
    """
    found: Bool = shapely.intersects(lines, cells)
    rows = np.flatnonzero(found & (shapely.get_type_id(cells) == _POLYGON) & grid.nested)
    if len(rows):
        held = _has_inside(lines[rows], cells[rows])
        found[rows] = held | _has_inside(lines[rows], _held_edges(grid.bounds(codes[rows])))
    return found


_AREA = 2
_POLYGON = 3


def _has_inside(lines: Objects, targets: Objects) -> Bool:
    """Whether any point of each line, its ends included, is in the inside of its target."""
    matrices = shapely.relate(targets, lines).tolist()
    return np.array([text[0] != "F" or text[1] != "F" for text in matrices], dtype=np.bool_)


def _held_edges(bounds: Float64) -> Objects:
    """(n,) edges that belong to each box, as lines whose ends belong to the next box.

    They are the two edges nearest (0, 0), less those on the prime meridian in the west and on
    the equator in the south; and the edges on the western antimeridian and at the poles. By the
    rule for boundaries of multi-part lines a corner is inside where two of them meet.
    """
    west, south, east, north = bounds.T
    mirror_x, mirror_y = east <= 0, north <= 0
    near_x, far_x = np.where(mirror_x, east, west), np.where(mirror_x, west, east)
    near_y, far_y = np.where(mirror_y, north, south), np.where(mirror_y, south, north)
    edges = np.stack(
        [
            _edge(near_x, near_y, near_x, far_y),
            _edge(near_x, near_y, far_x, near_y),
            _edge(far_x, near_y, far_x, far_y),
            _edge(near_x, far_y, far_x, far_y),
        ],
        axis=1,
    )
    held = np.column_stack(
        [~mirror_x | (near_x < 0), ~mirror_y | (near_y < 0), far_x == -180, np.abs(far_y) == 90]  # noqa: PLR2004 - degrees
    )
    row, _ = np.nonzero(held)
    lines = np.full(len(bounds), shapely.MultiLineString(), dtype=object)
    shapely.multilinestrings(edges[held], indices=row, out=lines)
    return lines


def _edge(x0: Float64, y0: Float64, x1: Float64, y1: Float64) -> Objects:
    """(n,) straight lines."""
    ends = np.stack([np.column_stack([x0, y0]), np.column_stack([x1, y1])], axis=1)
    lines: Objects = shapely.linestrings(ends)
    return lines
