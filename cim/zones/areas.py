"""Geometries made ready for cell work: taken apart, in one turn of longitude.

Cells and geometries are compared in the plane of longitude and latitude, where the edges of
box cells are straight. An edge goes the short way round the globe: one from 179 to -179 crosses
the antimeridian. What stays as it is drawn is an edge of a whole turn, from -180 to 180, and a
box drawn counter-clockwise, which may be wider than a half turn.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from cim.arrays import Bool, Float64, Int64, Objects
from cim.errors import InputError
from cim.zones._turns import unwrap

_GLOBE = shapely.box(-180, -90, 180, 90)
_SINGLE_TYPES = 3
"""Type ids of shapely up to this one are points, line strings, rings and polygons."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Geometries taken apart."""

    points: Float64
    """(p, 2) their points."""

    point_owner: Int64
    """(p,) the geometry of each point."""

    shapes: Objects
    """(s,) their lines and polygons."""

    shape_owner: Int64
    """(s,) the geometry of each shape."""


def one(geometry: BaseGeometry | None) -> Objects:
    """(1,) the geometry as an array."""
    found = np.zeros(1, dtype=object)
    found[0] = geometry
    return found


def take_apart(geometries: Objects) -> Parts:
    """Points, lines and polygons of geometries, longitudes brought to -180 to 180.

    A geometry over the antimeridian may be split there, drawn past it, as in 170 to 190, or
    jump from 179 to -179.

    Raises:
        InputError: A geometry is missing, empty, invalid, off the globe or goes round a pole;
            the first is named.
    """
    _check_globe(geometries)
    geometries = unwrap(geometries)
    _check_valid(geometries)
    bounds = shapely.bounds(geometries)
    over = (bounds[:, 0] < -180) | (bounds[:, 2] > 180)  # noqa: PLR2004 - degrees of the globe
    if over.any():
        geometries = geometries.copy()
        geometries[over] = _one_turn(geometries[over])
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > _SINGLE_TYPES).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    dimension = shapely.get_dimensions(parts)
    dots = dimension == 0
    shapes = parts[~dots]
    seam = (dimension[~dots] == 1) & (shapely.bounds(shapes)[:, 2] == 180)  # noqa: PLR2004 - degrees
    shapes[seam] = [_on_both_sides(line) for line in shapes[seam]]
    return Parts(shapely.get_coordinates(parts[dots]), owner[dots], shapes, owner[~dots])


def _on_both_sides(line: BaseGeometry) -> BaseGeometry:
    """A line that reaches 180, and again at -180: the antimeridian belongs to the west."""
    again = shapely.transform(line, lambda xy: xy - np.array([360, 0]))
    return shapely.multilinestrings([line, again])


def box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box of longitude and latitude as a geometry; over the antimeridian where west > east.

    Raises:
        InputError: A side is not a number or off the globe, or south is above north.
    """
    sides = np.array([west, south, east, north], dtype=np.float64)
    on_globe = (np.abs(sides) <= [180, 90, 180, 90]).all()
    if not on_globe or south > north:
        raise InputError(
            f"box {west}, {south}, {east}, {north}: want west, south, east, north in degrees, "
            f"longitude -180 to 180, latitude -90 to 90, south not above north"
        )
    if west == east or south == north:
        raise InputError(f"box {west}, {south}, {east}, {north} is empty; it has no cells")
    whole: BaseGeometry = shapely.box(west, south, east + 360 * (east < west), north)
    return whole


def _check_globe(geometries: Objects) -> None:
    """Refuse geometries that are missing, empty or off the globe."""
    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    _refuse(geometries, empty, "is empty; it has no cells")
    west, south, east, north = shapely.bounds(geometries).T
    on_globe = (west >= -360) & (east <= 360) & (south >= -90) & (north <= 90)  # noqa: PLR2004 - degrees
    if not on_globe.all():
        row = int(np.argmin(on_globe))
        box = [float(side[row]) for side in (west, south, east, north)]
        swapped = max(map(abs, box[::2])) <= 90 < max(map(abs, box[1::2]))  # noqa: PLR2004 - degrees
        hint = "; longitude and latitude look swapped" if swapped else ""
        _refuse(
            geometries,
            ~on_globe,
            f"from {box[0]}, {box[1]} to {box[2]}, {box[3]} is not on the globe "
            f"(longitude first, degrees){hint}",
        )


def _check_valid(geometries: Objects) -> None:
    """Refuse geometries that are not valid."""
    valid = shapely.is_valid(geometries)
    if not valid.all():
        reason = shapely.is_valid_reason(geometries[int(np.argmin(valid))])
        _refuse(geometries, ~valid, f"is not valid: {reason}")


def _refuse(geometries: Objects, bad: Bool, fault: str) -> None:
    """Raise for the first bad geometry."""
    if bad.any():
        which = f"geometry {int(np.argmax(bad))}" if len(geometries) > 1 else "the geometry"
        raise InputError(f"{which} {fault}")


def _one_turn(geometries: Objects) -> Objects:
    """Geometries cut at the antimeridian, each part moved into -180 to 180."""
    moved = []
    for turn in (-360, 0, 360):
        pieces = shapely.transform(geometries, lambda xy, by=turn: xy + np.array([by, 0]))
        moved.append(shapely.intersection(pieces, _GLOBE))
    joined: Objects = shapely.union_all(np.column_stack(moved), axis=1)
    return joined
