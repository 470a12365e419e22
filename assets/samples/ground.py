"""Cutting ground: blocks between red lines, lots within blocks, and a lot's own directions."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon, affinity, box
from shapely.geometry.base import BaseGeometry

from assets.samples.model import Street

_CORNER_M: Final = 9.0
_HALF_TURN: Final = np.pi / 2
_FAR_M: Final = 5000.0
_REST_M: Final = 45.0
"""Less ground than this is not left beside a piece that is carved off."""


def polygons(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons of any geometry, largest first."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]
    return sorted(parts, key=lambda part: -part.area)


def corridors(streets: Iterable[Street]) -> MultiPolygon | Polygon:
    """The ground between the red lines of streets."""
    return shapely.union_all(
        [s.line.buffer(s.road_class.corridor_m / 2, quad_segs=4) for s in streets]
    )


def blocks_of(cell: Polygon, taken: BaseGeometry) -> list[Polygon]:
    """What is left of a cell beside streets and water, with blunt corners and no thin ends."""
    core = cell.difference(taken).buffer(-_CORNER_M, join_style="mitre")
    return polygons(core.buffer(_CORNER_M, quad_segs=1).simplify(0.05))


def long_side_angle(polygon: Polygon) -> float:
    """Direction of the longer side of the tightest rectangle, radians from east."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(polygon))
    sides = np.diff(corners[:3], axis=0)
    along = sides[np.argmax(np.hypot(sides[:, 0], sides[:, 1]))]
    return float(np.arctan2(along[1], along[0]))


def east_angle(polygon: Polygon) -> float:
    """The lot's own east: the side of its tightest rectangle within 45 degrees of east."""
    angle = long_side_angle(polygon)
    return float((angle + _HALF_TURN / 2) % _HALF_TURN - _HALF_TURN / 2)


def turn[G: BaseGeometry](geometry: G, angle_rad: float) -> G:
    """A geometry turned counter-clockwise about the centre of the plan."""
    turned: G = affinity.rotate(geometry, angle_rad, origin=(0.0, 0.0), use_radians=True)
    return turned


def bisect(polygon: Polygon, share: float) -> tuple[Polygon, ...]:
    """A polygon cut across its long side, the first part being about `share` of its length."""
    angle = long_side_angle(polygon)
    level = turn(polygon, -angle)
    west, south, east, north = level.bounds
    cut = west + share * (east - west)
    halves = (box(west, south, cut, north), box(cut, south, east, north))
    parts = [part for half in halves for part in polygons(level.intersection(half))]
    return tuple(turn(part, angle) for part in parts)


def carve(polygon: Polygon, area_m2: float) -> tuple[Polygon, ...]:
    """A polygon with about `area_m2` cut off in its squarest corner; that piece comes first."""
    angle = east_angle(polygon)
    level = turn(polygon, -angle)
    west, south, east, north = level.bounds
    depth = min(np.sqrt(area_m2 / 1.2), north - south)
    depth = north - south if north - south - depth < _REST_M else depth
    width = area_m2 / depth
    corners = [
        box(x, y, x + width, y + depth)
        for x in (west, east - width)
        for y in (south, north - depth)
    ]
    pieces = [level.intersection(corner) for corner in corners]
    best = max(range(len(corners)), key=lambda i: pieces[i].area)
    rest = polygons(level.difference(corners[best]))
    return tuple(turn(part, angle) for part in (polygons(pieces[best])[0], *rest[:1]))


def divide(polygon: Polygon, limit_m2: float, rng: np.random.Generator) -> list[Polygon]:
    """A polygon cut in halves until no part is larger than the limit."""
    if polygon.area <= limit_m2:
        return [polygon]
    parts = bisect(polygon, float(rng.uniform(0.44, 0.56)))
    return [small for part in parts for small in divide(part, limit_m2, rng)]


def spans(ground: Polygon, south: float, north: float) -> list[tuple[float, float]]:
    """Ranges of x in which a strip from south to north lies within the ground."""
    clear: BaseGeometry = LineString([(-_FAR_M, 0.0), (_FAR_M, 0.0)])
    for y in np.linspace(south, north, 4):
        scan = ground.intersection(LineString([(-_FAR_M, y), (_FAR_M, y)]))
        clear = clear.intersection(affinity.translate(scan, 0.0, -y))
    return sorted(
        (part.bounds[0], part.bounds[2])
        for part in shapely.get_parts(clear)
        if isinstance(part, LineString) and part.length > 1.0
    )
