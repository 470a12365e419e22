"""Lists of zones: of an area, or of the features of a layer.

Source: OGC 21-038r1, clause 12 (Zone Query).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.errors import ParameterError
from api.ogc.dggs.places import Places, Selection
from api.ogc.dggs.systems import Dggrs, level_of, sub_zones
from api.security.sight import kept_by_sight
from cim.arrays import Bool, Objects, Uint64
from cim.catalog import Layer
from cim.grids.base import Grid, GridCodeError
from cim.zones.areas import one, take_apart
from cim.zones.compact import compact
from cim.zones.cover import CoverRequest, cover, cover_compact, estimate_cover
from cim.zones.predicates import meets_area, near, reach_of

MOST_ZONES = 250_000
"""Zones of a whole answer, before it is cut into pages or compacted."""

USUAL_ZONES = 1_000
"""Without `zone-level`, the finest level is chosen that has about this many zones at most."""

LISTS_KEPT = 16
GLOBE: BaseGeometry = shapely.box(-180, -90, 180, 90)


@dataclass(frozen=True, slots=True)
class ZoneQuery:
    """Which zones."""

    level: int | None = None
    """Refinement level, None for the default."""

    compact: bool = True
    parent: np.uint64 | None = None
    """Only this zone and those below it."""

    area: BaseGeometry | None = None
    """Only zones that meet this area."""


@dataclass(frozen=True, slots=True)
class ZoneList:
    """The zones that a query finds."""

    codes: Uint64
    """(n,) coarser levels first, then in sub-zone order."""

    level: int
    """The refinement level of the query."""


class ZoneFinder:
    """Finds zones. Safe for use from several threads."""

    def __init__(self, places: Places) -> None:
        """Find zones of the features at `places`."""
        self._places = places
        self._kept = kept_by_sight(LISTS_KEPT, self._found)

    def find(
        self, system: Dggrs, query: ZoneQuery, layer: Layer | None, selection: Selection
    ) -> ZoneList:
        """The zones of an area, or those of it that hold features of a layer.

        Raises:
            CoverLimitError: There would be more than `MOST_ZONES`.
            ParameterError: The system has no zones of the level there.
        """
        return self._kept(system, query, layer, selection)

    def _found(
        self, system: Dggrs, query: ZoneQuery, layer: Layer | None, selection: Selection
    ) -> ZoneList:
        _check_level(system, query)
        try:
            if query.area is not None and query.area.is_empty:
                codes, level = np.zeros(0, np.uint64), _given_level(system, query)
            elif layer is None:
                codes, level = _of_area(system, query)
            else:
                points = self._places.points(layer, selection).lon_lat
                codes, level = _of_points(system, query, points)
        except GridCodeError as error:
            raise ParameterError("zone-level", str(error)) from error
        order = np.lexsort((codes, system.grid.level_of(codes)))
        return ZoneList(codes[order], level)


def _given_level(system: Dggrs, query: ZoneQuery) -> int:
    """The level asked for, the coarsest legal one when none is."""
    if query.level is not None:
        return query.level
    return system.levels[0] if query.parent is None else level_of(system, query.parent)


def _legal_levels(system: Dggrs, query: ZoneQuery) -> range:
    """Levels that a query may choose from."""
    least = system.levels[0] if query.parent is None else level_of(system, query.parent)
    return range(least, system.levels[-1] + 1)


def _of_area(system: Dggrs, query: ZoneQuery) -> tuple[Uint64, int]:
    """All zones of an area, and their level."""
    if query.parent is not None:
        return _below(system, query, query.parent)
    area = GLOBE if query.area is None else query.area
    level = _usual_level(system, area, query)
    find = cover_compact if query.compact else cover
    return find(system.grid, area, CoverRequest(level, limit=MOST_ZONES)), level


def _usual_level(system: Dggrs, area: BaseGeometry, query: ZoneQuery) -> int:
    """The level asked for, else the finest with about `USUAL_ZONES` zones."""
    if query.level is not None:
        return query.level
    legal = _legal_levels(system, query)
    chosen = legal[0]
    for level in legal:
        try:
            if estimate_cover(system.grid, area, CoverRequest(level)) > USUAL_ZONES:
                break
        except GridCodeError:
            break
        chosen = level
    return chosen


def _below(system: Dggrs, query: ZoneQuery, parent: np.uint64) -> tuple[Uint64, int]:
    """Zones below a zone, and their level."""
    whole = np.array([parent])
    reach = reach_of(system.grid, whole).extents(np.array([True]))[0]
    area = reach if query.area is None else _common(query.area, reach)
    if area.is_empty:
        return whole[:0], _given_level(system, query)
    level = _usual_level(system, area, query)
    if query.area is None:
        if query.compact:
            return whole, level
        return sub_zones(system, parent, level, limit=MOST_ZONES), level
    request = CoverRequest(level, limit=MOST_ZONES)
    found = (cover_compact if query.compact else cover)(system.grid, area, request)
    if system.grid.contains(found, whole).any():
        return whole, level
    return found[system.grid.contains(whole, found)], level


def _common(area: BaseGeometry, reach: BaseGeometry) -> BaseGeometry:
    """What an area has in common with a reach, in the area's own dimension."""
    shared = [
        part
        for piece in _pieces(area)
        for part in shapely.get_parts(shapely.intersection(piece, reach))
        if shapely.get_dimensions(part) == shapely.get_dimensions(piece)
    ]
    whole: BaseGeometry = shapely.union_all(shared)
    return whole


def _pieces(area: BaseGeometry) -> Objects:
    """Points, lines and polygons of an area, in one turn of longitude."""
    parts = take_apart(one(area))
    return np.concatenate([parts.shapes, shapely.points(parts.points)])


def _of_points(system: Dggrs, query: ZoneQuery, lon_lat: np.ndarray) -> tuple[Uint64, int]:
    """The zones that hold points, and their level."""
    candidates = _candidates(system, query, lon_lat)
    level, codes = next(candidates)
    for deeper, finer in candidates:
        if len(finer) > USUAL_ZONES:
            break
        level, codes = deeper, finer
    return (compact(system.grid, codes) if query.compact else codes), level


def _candidates(
    system: Dggrs, query: ZoneQuery, lon_lat: np.ndarray
) -> Iterator[tuple[int, Uint64]]:
    """Levels, and the zones of each that hold points and meet the area."""
    grid, legal = system.grid, _legal_levels(system, query)
    for level in legal if query.level is None else (query.level,):
        try:
            codes = np.unique(grid.encode(lon_lat, level))
        except GridCodeError:
            if query.level is None and level > legal[0]:
                return
            raise
        if query.parent is not None:
            codes = codes[grid.contains(np.array([query.parent]), codes)]
        if query.area is not None:
            codes = codes[_meeting(grid, codes, query.area, level)]
        yield level, codes


def _meeting(grid: Grid, codes: Uint64, area: BaseGeometry, level: int) -> Bool:
    """(n,) whether cells of a level meet an area, as `cover` has it."""
    met = np.zeros(len(codes), np.bool_)
    bounds = grid.bounds(codes)
    for piece in _pieces(area):
        close = np.flatnonzero(near(bounds, np.array([piece.bounds])) & ~met)
        if shapely.get_dimensions(piece) > 1:
            targets = np.full(len(close), piece, dtype=object)
            met[close] = meets_area(targets, grid.polygons(codes[close]))
        else:
            request = CoverRequest(level, limit=MOST_ZONES)
            met[close] = np.isin(codes[close], cover(grid, piece, request))
    return met


def _check_level(system: Dggrs, query: ZoneQuery) -> None:
    """Check that the level is not above the parent zone's.

    Raises:
        ParameterError: It is.
    """
    legal = _legal_levels(system, query)
    if query.level is not None and query.level not in legal:
        raise ParameterError(
            "zone-level",
            f"{query.level} is not a level of {system.id} at or below parent-zone; "
            f"legal: {legal[0]} to {legal[-1]}",
        )
