"""What walls enclose, storey by storey, and the outline that a building shows from afar."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from cim.arrays import Objects
from tiles.bim.elements import Elements

WALLS: Final = frozenset({"IfcWall", "IfcCurtainWall"})
ENCLOSING: Final = WALLS | {"IfcPlate", "IfcWindow", "IfcDoor", "IfcColumn"}
COVERING: Final = frozenset({"IfcSlab", "IfcRoof"})
BEARING: Final = WALLS | COVERING

_GAP_M: Final = 0.3
"""Half the width of a gap between walls that is closed."""

_FEWEST_WALLS: Final = 3
_SMALLEST_M2: Final = 4.0
_ENCLOSED: Final = 1.3
"""What walls enclose is at least so many times what they stand on, or they enclose nothing."""

_COURTYARD_M2: Final = 4.0
_SIMPLIFIED_M: Final = 0.25
_MOST_CORNERS: Final = 64


@dataclass(frozen=True, slots=True)
class Outline:
    """A building as a block."""

    building: str | None
    polygon: shapely.Geometry
    """Polygon or MultiPolygon, metres in the frame of the elements."""

    low_m: float
    high_m: float


@dataclass(frozen=True, slots=True)
class Enclosures:
    """What the walls of one building enclose; empty where they enclose nothing."""

    storeys: dict[str | None, shapely.Geometry]
    """By the storey's key."""

    whole: shapely.Geometry
    """Of all storeys."""

    @property
    def is_empty(self) -> bool:
        """Whether the walls enclose nothing."""
        return bool(shapely.is_empty(self.whole))

    def of(self, storey: str | None) -> shapely.Geometry:
        """What a storey encloses; one without walls of its own is as large as the building."""
        return self.storeys.get(storey, self.whole)


def enclosures_of(elements: Elements, rows: Sequence[int]) -> Enclosures:
    """What the walls among some elements, all of one building, enclose."""
    by_storey: dict[str | None, list[int]] = defaultdict(list)
    for row in rows:
        if elements.ifc_class[row] in ENCLOSING:
            by_storey[elements.storey[row]].append(row)
    storeys = {
        storey: filled(elements.footprints[several])
        for storey, several in by_storey.items()
        if _has_walls(elements, several)
    }
    whole = shapely.union_all(list(storeys.values()))
    standing = [row for several in by_storey.values() for row in several]
    if shapely.area(whole) < _ENCLOSED * shapely.area(closed(elements.footprints[standing])):
        return Enclosures({}, shapely.MultiPolygon())
    bearing = [row for row in rows if elements.ifc_class[row] in BEARING]
    yards = _courtyards(elements.footprints[bearing]) if storeys else shapely.MultiPolygon()
    opened = {storey: shapely.difference(area, yards) for storey, area in storeys.items()}
    return Enclosures(opened, shapely.difference(whole, yards))


def outline_of(elements: Elements, rows: Sequence[int], enclosures: Enclosures) -> Outline | str:
    """The outline of a building, or in words why there is none."""
    walls = [row for row in rows if elements.ifc_class[row] in WALLS]
    if len(walls) < _FEWEST_WALLS:
        return "it has no walls that could enclose it"
    covered = _under_slabs(elements, rows) if enclosures.is_empty else enclosures.whole
    if shapely.area(covered) < _SMALLEST_M2:
        return "its walls enclose nothing, and it has neither slabs nor a roof"
    within = [row for row in rows if elements.ifc_class[row] in BEARING]
    middles = shapely.centroid(elements.footprints[within])
    held = np.array(within)[shapely.intersects(covered, middles)]
    used = held if len(held) else np.array(walls)
    low, high = np.nanmin(elements.low_m[used]), np.nanmax(elements.high_m[used])
    if not high > low:
        return "its walls have no height"
    return Outline(elements.building[rows[0]], _simple(covered), float(low), float(high))


def _under_slabs(elements: Elements, rows: Sequence[int]) -> shapely.Geometry:
    """What slabs and roofs cover, walls with it; nothing where there are none."""
    if not any(elements.ifc_class[row] in COVERING for row in rows):
        return shapely.MultiPolygon()
    bearing = [row for row in rows if elements.ifc_class[row] in BEARING]
    return filled(elements.footprints[bearing])


def filled(footprints: Objects) -> shapely.Geometry:
    """What footprints cover and surround, small gaps closed."""
    rings = shapely.get_exterior_ring(shapely.get_parts(closed(footprints)))
    return shapely.union_all(shapely.polygons(rings)) if len(rings) else shapely.MultiPolygon()


def closed(footprints: Objects) -> shapely.Geometry:
    """The union of footprints, small gaps closed."""
    wide = shapely.union_all(shapely.buffer(footprints, _GAP_M, join_style="mitre"))
    return shapely.buffer(wide, -_GAP_M, join_style="mitre")


def _has_walls(elements: Elements, rows: Iterable[int]) -> bool:
    return any(elements.ifc_class[row] in WALLS for row in rows)


def _courtyards(footprints: Objects) -> shapely.Geometry:
    """Holes that all that bears leaves open to the sky."""
    parts = shapely.get_parts(closed(footprints))
    rings = [ring for part in parts for ring in part.interiors]
    yards = [shapely.Polygon(ring) for ring in rings]
    large = [yard for yard in yards if yard.area > _COURTYARD_M2]
    return shapely.union_all(large) if large else shapely.MultiPolygon()


def _simple(polygon: shapely.Geometry) -> shapely.Geometry:
    """The polygon with few corners; small parts and holes go."""
    parts = shapely.get_parts(polygon)
    largest = shapely.area(parts).max()
    kept = parts[shapely.area(parts) >= max(_SMALLEST_M2, largest / 20)]
    plain = [_without_small_holes(part) for part in kept]
    whole = shapely.union_all(plain or [polygon])
    width = _SIMPLIFIED_M
    simple = shapely.simplify(whole, width)
    while shapely.get_num_coordinates(simple) > _MOST_CORNERS * len(kept) and width < np.sqrt(
        largest
    ):
        width *= 2
        simple = shapely.simplify(whole, width)
    return simple


def _without_small_holes(part: shapely.Polygon) -> shapely.Polygon:
    holes = [ring for ring in part.interiors if shapely.Polygon(ring).area > _COURTYARD_M2]
    return shapely.Polygon(part.exterior, holes)
