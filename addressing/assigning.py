"""Which building each door belongs to, and which address of a building is its main one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects

_LON_M: Final = 111_320.0
_LAT_M: Final = 110_574.0
"""Metres of a degree at the equator; east-west ones shrink with the cosine of the latitude."""

SURE_M: Final = 1.0
"""Two buildings whose distances from a door differ by less are equally near."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Addresses with a place."""

    codes: tuple[str, ...]
    lon_lat: Float64
    """(n, 2) degrees CGCS2000."""

    buildings: tuple[str, ...]
    """(n,) canonical number of the building in the address, empty where it names none."""

    inner: Bool
    """(n,) whether the address is one inside the building: of a unit, a floor or a room."""


@dataclass(frozen=True, slots=True)
class Footprints:
    """Buildings."""

    entities: tuple[str, ...]
    polygons: Objects
    """(b,) shapely polygons, degrees CGCS2000."""

    numbers: tuple[str, ...]
    """(b,) canonical number that the building is called by, empty where it has none."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What belongs together."""

    doors: Int64
    """(k,) rows of doors that have a building."""

    footprints: Int64
    """(k,) its row."""

    main: Bool
    """(k,) whether it is the building's main address; the others are auxiliary."""

    inside: int
    """Doors that stand on their footprint."""

    ambiguous: int
    """Doors with several buildings equally near."""

    without_building: int
    """Doors with none near."""

    other_number: int
    """Doors near buildings of another number only."""

    across_street: int
    """Doors near buildings on the other side of a street only."""


def assign(
    doors: Doors, footprints: Footprints, *, within_m: float, streets: Objects | None = None
) -> Assignment:
    """The building of each door: around it, or the nearest on its side of the street.

    Args:
        doors: Addresses.
        footprints: Buildings.
        within_m: A building that is farther away is none of the door's.
        streets: (s,) lines in degrees; between a door and its building there is none of them.
    """
    scale = _scale(doors.lon_lat)
    points = shapely.points(doors.lon_lat * scale)
    areas = _scaled(footprints.polygons, scale)
    near, area = shapely.STRtree(areas).query(points, predicate="dwithin", distance=within_m)
    away = np.asarray(shapely.distance(points[near], areas[area]))
    fits = _same_number(doors, footprints, near, area)
    open_ = np.ones(len(near), np.bool_)
    if streets is not None and len(streets):
        open_ = ~_crossing(points[near], areas[area], away, _scaled(streets, scale))
    good = fits & open_
    chosen, clear = _nearest(near[good], away[good])
    pairs = np.flatnonzero(good)[chosen]
    sure = pairs[clear]
    count = len(doors.codes)
    return Assignment(
        near[sure],
        area[sure],
        _main(doors, near[sure], area[sure], away[sure]),
        int((away[sure] == 0).sum()),
        int((~clear).sum()),
        count - len(np.unique(near)),
        _lost(near, fits),
        _lost(near[fits], open_[fits]),
    )


def _scale(lon_lat: Float64) -> Float64:
    """(2,) metres of a degree about the middle of the doors."""
    middle = float(np.median(lon_lat[:, 1])) if len(lon_lat) else 0.0
    return np.array([_LON_M * np.cos(np.radians(middle)), _LAT_M])


def _scaled(shapes: Objects, scale: Float64) -> Objects:
    """Shapes in metres."""
    return np.asarray(shapely.transform(shapely.force_2d(shapes), lambda at: at * scale), object)


def _same_number(doors: Doors, footprints: Footprints, near: Int64, area: Int64) -> Bool:
    """Which pairs do not contradict by their numbers; of those that agree only these count."""
    told = np.array(doors.buildings, object)[near]
    called = np.array(footprints.numbers, object)[area]
    both = (told != "") & (called != "")
    agree = both & (told == called)
    settled = np.zeros(len(doors.codes), np.bool_)
    settled[near[agree]] = True
    fits: Bool = np.where(settled[near], agree, ~both).astype(np.bool_)
    return fits


def _crossing(points: Objects, areas: Objects, away: Float64, streets: Objects) -> Bool:
    """Which ways from a door to a building cross a street."""
    crosses = np.zeros(len(points), np.bool_)
    outside = np.flatnonzero(away > 0)
    ways = shapely.shortest_line(points[outside], areas[outside])
    hit, _ = shapely.STRtree(streets).query(ways, predicate="intersects")
    crosses[outside[hit]] = True
    return crosses


def _nearest(near: Int64, away: Float64) -> tuple[Int64, Bool]:
    """The nearest pair of each door, and whether the next one is clearly farther."""
    order = np.lexsort((away, near))
    doors, first = np.unique(near[order], return_index=True)
    second = np.minimum(first + 1, len(order) - 1)
    twin = (near[order][second] == doors) & (second != first)
    gap = away[order][second] - away[order][first]
    return order[first], ~(twin & (gap < SURE_M))


def _main(doors: Doors, near: Int64, area: Int64, away: Float64) -> Bool:
    """Which address of each building is its main one: of the whole building, on it, the first."""
    codes = np.array(doors.codes, np.str_)[near]
    order = np.lexsort((codes, away, doors.inner[near], area))
    _, first = np.unique(area[order], return_index=True)
    main = np.zeros(len(near), np.bool_)
    main[order[first]] = True
    return main


def _lost(near: Int64, kept: Bool) -> int:
    """How many doors have pairs, but none that was kept."""
    return len(np.setdiff1d(near, near[kept]))
