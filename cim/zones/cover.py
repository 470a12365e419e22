"""Cells that cover a geometry, lie inside it, or have their centre inside it.

The work goes down the tree of cells. A cell away from the geometry is dropped with all below
it; a cell whose descendants all lie inside is kept whole; only cells on the boundary go on. The
tests are exact predicates on the very doubles that bound the cells.

What a cell covers follows the grids' own rule, half-open toward the anchor (0, 0): a point is
in the one cell that codes it, a line in the cells that hold one of its points. A polygon is
covered by the cells whose inside meets its inside, so that cells which only touch its boundary
are left out and the polygon of a cell is covered by that cell alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from cim.arrays import Bool, Objects, Uint64
from cim.errors import InputError
from cim.grids.base import CellLists, Grid
from cim.zones.areas import Parts, one, take_apart
from cim.zones.compact import compact
from cim.zones.descent import Pairs, descend, join, spread, unique
from cim.zones.predicates import holds_line, inside_area, meets_area

type Mode = Literal["cover", "inside", "center"]

DEFAULT_LIMIT = 1_000_000


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


def cover_each(grid: Grid, geometries: Objects, request: CoverRequest) -> CellLists:
    """The cells of each of many geometries, as `cover` gives them.

    Args:
        grid: The grid system.
        geometries: (n,) geometries, degrees CGCS2000, longitude first.
        request: Level, mode, and the limit of all cells together.

    Raises:
        As `cover`; the number of the geometry at fault is named.
    """
    parts = take_apart(geometries)
    found = unique(join(list(_batches(grid, parts, request))))
    counts = np.bincount(found.owner, minlength=len(geometries))
    return CellLists(found.codes, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def cover_compact(grid: Grid, geometry: BaseGeometry | None, request: CoverRequest) -> Uint64:
    """(n,) sorted codes of mixed levels, `request.level` at finest, of the same extent.

    Cells of one level that make up a whole parent are given as that parent. In H3 a parent
    stands for its descendants in the hierarchy, whose edges differ a little from its own.

    Raises:
        As `cover`; the limit holds for the cells before they are compacted where they are not
        known to be whole.
    """
    whole, single = _pieces(grid, take_apart(one(geometry)), request)
    return compact(grid, np.concatenate([whole.codes, single.codes]))


def cover_batches(
    grid: Grid, geometry: BaseGeometry | None, request: CoverRequest
) -> Iterator[Uint64]:
    """The cells of `cover` in batches as they are found; a cell may come more than once.

    Only geometries of several parts give a cell twice, once for each part that needs it.

    Raises:
        As `cover`.
    """
    for batch in _batches(grid, take_apart(one(geometry)), request):
        yield batch.codes


def estimate_cover(grid: Grid, geometry: BaseGeometry | None, request: CoverRequest) -> int:
    """About how many cells `cover` would give, from area, length and the size of one cell."""
    return _estimate(grid, take_apart(one(geometry)), request)


def _estimate(grid: Grid, parts: Parts, request: CoverRequest) -> int:
    """The estimate for geometries taken apart."""
    count = float(len(parts.points))
    if not len(parts.shapes):
        return int(count)
    middle = shapely.get_coordinates(shapely.point_on_surface(parts.shapes))
    codes = grid.encode(middle, request.level)
    west, south, east, north = grid.bounds(codes).T
    width = np.where(east - west == 360, 360, (east - west) % 360)  # noqa: PLR2004 - a full turn
    along = shapely.length(parts.shapes) * (2 / np.pi) * (1 / width + 1 / (north - south))
    surface = shapely.area(parts.shapes) / shapely.area(grid.polygons(codes))
    lines = shapely.get_dimensions(parts.shapes) == 1
    edge = 0.5 if request.mode == "cover" else 0.0
    return int(count + (1 + surface + np.where(lines, along, edge * along)).sum())


def _check_limit(count: int, request: CoverRequest) -> None:
    """Stop when a count passes the limit."""
    if count > request.limit:
        raise CoverLimitError(count, request.limit, request.level)


_NONE = np.zeros(0, dtype=np.uint64)


def _batches(grid: Grid, parts: Parts, request: CoverRequest) -> Iterator[Pairs]:
    """Pairs of geometries and cells of the level, within the limit."""
    _check_limit(_estimate(grid, parts, request), request)
    whole, single = _pieces(grid, parts, request)
    count = len(single.codes)
    _check_limit(count, request)
    yield single
    for batch in spread(grid, whole, request.level):
        count += len(batch.codes)
        _check_limit(count, request)
        yield batch


def _pieces(grid: Grid, parts: Parts, request: CoverRequest) -> tuple[Pairs, Pairs]:
    """Geometries with coarser cells that count whole, and with single cells of the level."""
    shapes, owner = parts.shapes, parts.shape_owner
    covering = request.mode == "cover"
    if not covering:
        areas = shapely.get_dimensions(shapes) > 1
        shapes, owner = shapes[areas], owner[areas]
    whole, single = descend(
        grid, shapes, request.level, _TESTS[request.mode], lambda n: _check_limit(n, request)
    )
    found = [Pairs(owner[single.owner], single.codes)]
    if covering and len(parts.points):
        found.append(Pairs(parts.point_owner, grid.encode(parts.points, request.level)))
    return Pairs(owner[whole.owner], whole.codes), unique(join(found))


def _covering(grid: Grid, pairs: Pairs, shapes: Objects) -> Bool:
    """Whether cells hold a part of their shapes."""
    cells, lines = grid.polygons(pairs.codes), shapely.get_dimensions(shapes) == 1
    found = np.zeros(len(cells), dtype=np.bool_)
    found[~lines] = meets_area(shapes[~lines], cells[~lines])
    found[lines] = holds_line(grid, pairs.codes[lines], cells[lines], shapes[lines])
    return found


def _inside(grid: Grid, pairs: Pairs, shapes: Objects) -> Bool:
    """Whether cells lie wholly in their shapes."""
    return inside_area(shapes, grid.polygons(pairs.codes))


def _centered(grid: Grid, pairs: Pairs, shapes: Objects) -> Bool:
    """Whether the centres of cells are in their shapes."""
    lon, lat = grid.centers(pairs.codes).T
    inside: Bool = shapely.intersects_xy(shapes, lon, lat)
    return inside


_TESTS: dict[Mode, Callable[[Grid, Pairs, Objects], Bool]] = {
    "cover": _covering,
    "inside": _inside,
    "center": _centered,
}
