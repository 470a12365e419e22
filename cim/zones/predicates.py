"""Tests of cells against a shape, in the plane of longitude and latitude."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from cim.arrays import Bool, Float64, Objects, Uint64
from cim.grids.base import Grid

_MARGIN = 0.3
"""Share of its width and height by which the descendants of an H3 cell may pass its bounds."""

_POLEWARD_DEG = 75.0
"""Beyond this latitude the reach of a cell that is not nested goes round the pole."""


def reaches(grid: Grid, codes: Uint64, shape: BaseGeometry) -> tuple[Uint64, Objects]:
    """The cells whose descendants may meet the shape, and areas that hold the descendants."""
    bounds = grid.bounds(codes)
    if not grid.nested:
        bounds = _widened(bounds)
    near = _near(bounds, shapely.bounds(shape))
    codes, bounds = codes[near], bounds[near]
    extents = _boxes(bounds)
    meeting = shapely.intersects(shape, extents)
    return codes[meeting], extents[meeting]


def _near(bounds: Float64, box: Float64) -> Bool:
    """Whether bounds meet a box that does not cross the antimeridian."""
    west, south, east, north = bounds.T
    beside = np.where(
        west > east,
        (west <= box[2]) | (east >= box[0]),
        (west <= box[2]) & (east >= box[0]),
    )
    near: Bool = beside & (south <= box[3]) & (north >= box[1])
    return near


def _widened(bounds: Float64) -> Float64:
    """Bounds with the margin of cells that are not nested; whole turns near the poles."""
    west, south, east, north = bounds.T
    width = np.where(east - west == 360, 360, (east - west) % 360)  # noqa: PLR2004 - a full turn
    tall = (north - south) * _MARGIN
    south, north = np.maximum(south - tall, -90), np.minimum(north + tall, 90)
    polar = (np.maximum(-south, north) > _POLEWARD_DEG) | (width * (1 + 2 * _MARGIN) >= 360)  # noqa: PLR2004 - a full turn
    west = np.where(polar, -180, _signed(west - width * _MARGIN))
    east = np.where(polar, 180, _signed(east + width * _MARGIN))
    south = np.where(south < -_POLEWARD_DEG, -90, south)
    north = np.where(north > _POLEWARD_DEG, 90, north)
    return np.column_stack([west, south, east, north])


def _signed(degrees: Float64) -> Float64:
    """Angles brought to -180 to 180."""
    return np.where(np.abs(degrees) <= 180, degrees, (degrees + 180) % 360 - 180)  # noqa: PLR2004 - degrees


def _boxes(bounds: Float64) -> Objects:
    """Bounds as areas; two boxes where they cross the antimeridian."""
    west, south, east, north = bounds.T
    crossing = west > east
    boxes: Objects = shapely.box(west, south, np.where(crossing, 180, east), north)
    if crossing.any():
        rest = shapely.box(-180, south[crossing], east[crossing], north[crossing])
        boxes[crossing] = shapely.multipolygons(np.column_stack([boxes[crossing], rest]))
    return boxes


def inside_area(shape: BaseGeometry, cells: Objects) -> Bool:
    """(n,) whether the shape is an area that covers each cell wholly."""
    if shapely.get_dimensions(shape) < 2:  # noqa: PLR2004 - no area
        return np.zeros(len(cells), dtype=np.bool_)
    covered: Bool = shapely.covers(shape, cells)
    return covered


def meets_area(shape: BaseGeometry, cells: Objects) -> Bool:
    """(n,) whether the inside of each cell meets the inside of the shape."""
    meeting: Bool = shapely.intersects(shape, cells)
    meeting[meeting] = ~shapely.touches(shape, cells[meeting])
    return meeting


def holds_line(grid: Grid, codes: Uint64, cells: Objects, line: BaseGeometry) -> Bool:
    """(n,) whether a point of the line is in each cell, the edges it holds included.

    Cells that are not boxes, and boxes that go over the antimeridian, count as closed.
    """
    boxes = (shapely.get_type_id(cells) == _POLYGON) & grid.nested
    found: Bool = shapely.intersects(line, cells)
    if found[boxes].any():
        rows = np.flatnonzero(boxes & found)
        held = _has_inside(line, cells[rows])
        found[rows] = held | _has_inside(line, _held_edges(grid.bounds(codes[rows])))
    return found


_POLYGON = 3


def _has_inside(line: BaseGeometry, targets: Objects) -> Bool:
    """Whether any point of the line, its ends included, is in the inside of each target."""
    matrices = shapely.relate(targets, line).tolist()
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
