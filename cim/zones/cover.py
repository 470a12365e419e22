"""Cells that cover a geometry, lie inside it, or have their centre inside it.

The work goes down the tree of cells. A cell away from the geometry is dropped with all below
it; a cell whose descendants all lie inside is kept whole; only cells on the boundary go on. The
tests are exact predicates on the very doubles that bound the cells.

What a cell covers follows the grids' own rule, half-open toward the anchor (0, 0): a point is
in the one cell that codes it, a line in the cells that hold one of its points. A polygon is
covered by the cells whose inside meets its inside, so that cells which only touch its boundary
are left out and the polygon of a cell is covered by that cell alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from cim.arrays import Bool, Uint64
from cim.errors import InputError
from cim.grids.base import Grid
from cim.zones.areas import Parts, take_apart
from cim.zones.compact import compact
from cim.zones.predicates import holds_line, inside_area, meets_area, reaches

type Mode = Literal["cover", "inside", "center"]

DEFAULT_LIMIT = 1_000_000
_BATCH = 1 << 16


class CoverLimitError(InputError):
    """A cover would have more cells than the caller allows.

    Args:
        estimate: Cells expected.
        limit: Cells allowed.
        level: Level asked for.
    """

    def __init__(self, estimate: int, limit: int, level: int) -> None:
        super().__init__(
            f"about {estimate} cells of level {level}, more than the limit of {limit}; "
            f"choose a coarser level, a smaller area or a higher limit"
        )
        self.estimate = estimate
        self.limit = limit


@dataclass(frozen=True, slots=True)
class CoverRequest:
    """What is asked of a cover."""

    level: int
    """Level of the cells."""

    mode: Mode = "cover"
    """Cells that cover the geometry, lie inside it, or have their centre inside it."""

    limit: int = DEFAULT_LIMIT
    """Most cells allowed."""


def cover(grid: Grid, geometry: BaseGeometry | None, request: CoverRequest) -> Uint64:
    """(n,) sorted codes of the cells of one level.

    Args:
        grid: The grid system.
        geometry: Any geometry, degrees CGCS2000, longitude first.
        request: Level, mode and limit.

    Raises:
        InputError: The geometry is empty, invalid or off the globe, or the level is not legal.
        CoverLimitError: There would be more cells than the limit.
        GridCodeError: The geometry reaches into a polar cap that has no cells of this level.
    """
    return np.unique(np.concatenate([_NONE, *cover_batches(grid, geometry, request)]))


def cover_compact(grid: Grid, geometry: BaseGeometry | None, request: CoverRequest) -> Uint64:
    """(n,) sorted codes of mixed levels, `request.level` at finest, of the same extent.

    Cells of one level that make up a whole parent are given as that parent. In H3 a parent
    stands for its descendants in the hierarchy, whose edges differ a little from its own.

    Raises:
        As `cover`; the limit holds for the cells before they are compacted where they are not
        known to be whole.
    """
    found = [_NONE]
    for whole, single in _pieces(grid, take_apart(geometry), request):
        found += [whole, single]
    return compact(grid, np.unique(np.concatenate(found)))


def cover_batches(
    grid: Grid, geometry: BaseGeometry | None, request: CoverRequest
) -> Iterator[Uint64]:
    """The cells of `cover` in batches as they are found; a cell may come more than once.

    Only geometries of several parts give a cell twice, once for each part that needs it.
    """
    parts = take_apart(geometry)
    _check_limit(estimate(grid, parts, request), request)
    count = 0
    for whole, single in _pieces(grid, parts, request):
        for batch in (single, *_spread(grid, whole, request.level)):
            count += len(batch)
            _check_limit(count, request)
            if len(batch):
                yield batch


def estimate_cover(grid: Grid, geometry: BaseGeometry | None, request: CoverRequest) -> int:
    """About how many cells `cover` would give, from area, length and the size of one cell."""
    return estimate(grid, take_apart(geometry), request)


def estimate(grid: Grid, parts: Parts, request: CoverRequest) -> int:
    """The estimate of `estimate_cover` for a geometry taken apart."""
    count = float(len(parts.points))
    for shape in (*parts.lines, *parts.polygons):
        width, height, area = _cell_size(grid, shape, request.level)
        along = shapely.length(shape) * (2 / np.pi) * (1 / width + 1 / height)
        surface = shapely.area(shape) / area
        if shapely.get_dimensions(shape) == 1:
            count += 1 + along
        else:
            count += 1 + surface + (along / 2 if request.mode == "cover" else 0)
    return int(count)


def _cell_size(grid: Grid, shape: BaseGeometry, level: int) -> tuple[float, float, float]:
    """Width, height and area in degrees of the cell at a point of the shape."""
    point = shapely.get_coordinates(shapely.point_on_surface(shape))
    codes = grid.encode(point, level)
    west, south, east, north = grid.bounds(codes)[0]
    width = (east - west) % 360 or 360.0
    return width, north - south, float(shapely.area(grid.polygons(codes)[0]))


def _check_limit(count: int, request: CoverRequest) -> None:
    """Stop when a count passes the limit."""
    if count > request.limit:
        raise CoverLimitError(count, request.limit, request.level)


_NONE = np.zeros(0, dtype=np.uint64)


def _pieces(grid: Grid, parts: Parts, request: CoverRequest) -> Iterator[tuple[Uint64, Uint64]]:
    """For each part: coarser cells that count whole, and single cells of the level."""
    if len(parts.points) and request.mode == "cover":
        yield _NONE, np.unique(grid.encode(parts.points, request.level))
    if request.mode == "cover":
        for line in parts.lines:
            yield _descend(grid, line, request)
    for polygon in parts.polygons:
        yield _descend(grid, polygon, request)


def _descend(grid: Grid, shape: BaseGeometry, request: CoverRequest) -> tuple[Uint64, Uint64]:
    """Coarser cells inside a shape, and cells of the level that pass the test of the mode."""
    shapely.prepare(shape)
    frontier = grid.roots(request.level)
    whole, single = [_NONE], [_NONE]
    while len(frontier):
        frontier, extents = reaches(grid, frontier, shape)
        inside = inside_area(shape, extents)
        whole.append(frontier[inside])
        frontier = frontier[~inside]
        at_level = grid.level_of(frontier) == request.level
        single.append(_passing(grid, frontier[at_level], shape, request.mode))
        frontier = frontier[~at_level]
        if len(frontier):
            _check_limit(len(frontier), request)
            frontier = grid.children(frontier).codes
    return np.concatenate(whole), np.concatenate(single)


def _passing(grid: Grid, codes: Uint64, shape: BaseGeometry, mode: Mode) -> Uint64:
    """The cells of the level that pass the test of the mode."""
    if not len(codes):
        return codes
    if mode == "center":
        lon, lat = grid.centers(codes).T
        kept: Bool = shapely.intersects_xy(shape, lon, lat)
        return codes[kept]
    polygons = grid.polygons(codes)
    if mode == "inside":
        return codes[inside_area(shape, polygons)]
    if shapely.get_dimensions(shape) == 1:
        return codes[holds_line(grid, codes, polygons, shape)]
    return codes[meets_area(shape, polygons)]


def _spread(grid: Grid, whole: Uint64, level: int) -> Iterator[Uint64]:
    """All cells of the level below coarser cells, in batches."""
    stack = [whole]
    while stack:
        codes = stack.pop()
        levels = grid.level_of(codes)
        yield codes[levels == level]
        codes = codes[levels < level]
        if len(codes) > _BATCH:
            middle = len(codes) // 2
            stack += [codes[middle:], codes[:middle]]
        elif len(codes):
            stack.append(grid.children(codes).codes)
