"""Literal geometries of conditions: from WKT, GeoJSON and boxes, and only such as make sense."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
import shapely

from cim.errors import InputError
from cim.filters.limits import DEEPEST_GEOMETRY, MOST_VERTICES, too_many
from cim.filters.model import Shape

TYPES: Final = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}
"""Kinds of geometry, as WKT and as GeoJSON writes them."""

_PARENTHESES: Final = re.compile(r"[()]")
_COLLECTION: Final = "GeometryCollection"
_BOX_NUMBERS: Final = (4, 6)
_HALF_TURN: Final = 180.0


@dataclass(frozen=True, slots=True)
class Axes:
    """How the coordinates of literals are written."""

    north_first: bool = False
    """Whether northing or latitude comes first; in the tree, east always does."""

    is_geographic: bool = True
    """Whether they are degrees, so that a box may go over the antimeridian."""


LON_LAT: Final = Axes()


def from_wkt(text: str, axes: Axes) -> Shape:
    """The shape that WKT describes.

    Raises:
        InputError: It describes none, or one that is empty, not valid or too large.
    """
    _check_vertices(text.count(",") + 1)
    depth = 0
    for sign in _PARENTHESES.findall(text):
        depth += 1 if sign == "(" else -1
        _check_depth(depth)
    try:
        return _checked(shapely.from_wkt(text), axes)
    except shapely.errors.GEOSException as error:
        raise InputError(f"{text[:40]!r} is no WKT: {_reason(error)}") from error


def from_geojson(value: Mapping[str, Any], axes: Axes) -> Shape:
    """The shape of a GeoJSON geometry object.

    Raises:
        InputError: It is none, or one that is empty, not valid or too large.
    """
    _check_vertices(_check_members(value, 1))
    try:
        return _checked(shapely.from_geojson(orjson.dumps(value)), axes)
    except shapely.errors.GEOSException as error:
        raise InputError(f"{value['type']} is no GeoJSON geometry: {_reason(error)}") from error


def from_box(numbers: Sequence[float], axes: Axes) -> Shape:
    """The shape of a box: its lower corner, then its upper one; heights are of no effect.

    A box whose west is greater than its east goes over the antimeridian.

    Raises:
        InputError: There are not 4 or 6 numbers, or the box ends before it begins.
    """
    if len(numbers) not in _BOX_NUMBERS:
        raise InputError(f"a box of {len(numbers)} numbers; legal: 4, or 6 with heights")
    half = len(numbers) // 2
    low, high = list(numbers[:2]), list(numbers[half : half + 2])
    if axes.north_first:
        low, high = low[::-1], high[::-1]
    (west, south), (east, north) = low, high
    if south > north:
        raise InputError(f"a box whose south {south} is above its north {north}")
    if west <= east:
        return Shape(shapely.box(west, south, east, north))
    if not axes.is_geographic:
        raise InputError(f"a box whose west {west} is beyond its east {east}")
    parts = (
        shapely.box(west, south, _HALF_TURN, north),
        shapely.box(-_HALF_TURN, south, east, north),
    )
    return Shape(shapely.MultiPolygon(parts))


def _check_members(value: object, depth: int) -> int:
    """Number of positions in a geometry object, whose members must be those of its kind."""
    _check_depth(depth)
    if not isinstance(value, Mapping) or value.get("type") not in TYPES.values():
        legal = ", ".join(TYPES.values())
        raise InputError(f"a geometry is an object with a type; legal types: {legal}")
    if value["type"] == _COLLECTION:
        parts = value.get("geometries")
        if not isinstance(parts, list):
            raise InputError("a GeometryCollection has a list of geometries")
        return sum(_check_members(part, depth + 1) for part in parts)
    return _positions(value.get("coordinates"), 1)


def _positions(value: object, depth: int) -> int:
    """Number of positions in coordinates."""
    _check_depth(depth)
    if not isinstance(value, list):
        raise InputError("coordinates are lists of numbers")
    if all(isinstance(part, int | float) and not isinstance(part, bool) for part in value):
        return 1
    return sum(_positions(part, depth + 1) for part in value)


def _checked(geometry: shapely.Geometry, axes: Axes) -> Shape:
    if geometry.is_empty:
        raise InputError(f"{geometry.geom_type} is empty; a shape to compare with has coordinates")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise InputError(f"{geometry.geom_type} has a coordinate that is no finite number")
    plane = shapely.force_2d(geometry)
    if axes.north_first:
        plane = shapely.transform(plane, lambda positions: positions[:, ::-1])
    if not shapely.is_valid(plane):
        raise InputError(f"{geometry.geom_type} is not valid: {shapely.is_valid_reason(plane)}")
    return Shape(plane)


def _check_vertices(count: int) -> None:
    if count > MOST_VERTICES:
        raise too_many(count, MOST_VERTICES, "vertices")


def _check_depth(depth: int) -> None:
    if depth > DEEPEST_GEOMETRY:
        raise InputError(f"a geometry nested more than {DEEPEST_GEOMETRY} deep")


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].removeprefix("ParseException: ")
