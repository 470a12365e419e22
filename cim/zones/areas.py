"""Geometries made ready for cell work: parts by dimension, in one turn of longitude.

Cells and geometries are compared in the plane of longitude and latitude, where the edges of
box cells are straight.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from cim.arrays import Float64, Objects
from cim.errors import InputError

_GLOBE = shapely.box(-180, -90, 180, 90)


@dataclass(frozen=True, slots=True)
class Parts:
    """A geometry taken apart."""

    points: Float64
    """(n, 2) its points."""

    lines: Objects
    """(n,) its line strings."""

    polygons: Objects
    """(n,) its polygons."""


def take_apart(geometry: BaseGeometry | None) -> Parts:
    """Points, lines and polygons of a geometry, longitudes brought to -180 to 180.

    Longitudes from -360 to 360 may be used to draw over the antimeridian, as in 170 to 190.

    Raises:
        InputError: The geometry is missing, empty, invalid or off the globe.
    """
    if geometry is None or geometry.is_empty:
        raise InputError("the geometry is empty; it has no cells")
    _check(geometry)
    if shapely.bounds(geometry)[0] < -180 or shapely.bounds(geometry)[2] > 180:  # noqa: PLR2004 - degrees
        geometry = _one_turn(geometry)
    parts = shapely.get_parts(shapely.get_parts(np.array([geometry], dtype=object)))
    while (shapely.get_type_id(parts) > 3).any():  # noqa: PLR2004 - multi-parts and collections
        parts = shapely.get_parts(parts)
    points, lines, polygons = (parts[shapely.get_dimensions(parts) == size] for size in range(3))
    seam = shapely.bounds(lines)[:, 2] == 180  # noqa: PLR2004 - degrees
    lines[seam] = [_on_both_sides(line) for line in lines[seam]]
    return Parts(shapely.get_coordinates(points), lines, polygons)


def _on_both_sides(line: BaseGeometry) -> BaseGeometry:
    """A line that reaches 180, and again at -180: the antimeridian belongs to the west."""
    again = shapely.transform(line, lambda xy: xy - np.array([360, 0]))
    return shapely.multilinestrings([line, again])


def _check(geometry: BaseGeometry) -> None:
    """Refuse geometries that are not valid or not on the globe."""
    west, south, east, north = shapely.bounds(geometry)
    on_globe = -360 <= west <= east <= 360 and -90 <= south <= north <= 90  # noqa: PLR2004 - degrees
    if not on_globe or not np.isfinite([west, south, east, north]).all():
        swapped = -90 <= west <= east <= 90 < max(abs(south), abs(north))  # noqa: PLR2004 - degrees
        hint = "; longitude and latitude look swapped" if swapped else ""
        raise InputError(
            f"geometry from {west}, {south} to {east}, {north} is not on the globe "
            f"(longitude first, degrees){hint}"
        )
    if not shapely.is_valid(geometry):
        raise InputError(f"the geometry is not valid: {shapely.is_valid_reason(geometry)}")


def _one_turn(geometry: BaseGeometry) -> BaseGeometry:
    """The geometry cut at the antimeridian, each part moved into -180 to 180."""
    moved = []
    for turn in (-360, 0, 360):
        piece = shapely.transform(geometry, lambda xy, by=turn: xy + np.array([by, 0]))
        moved.append(shapely.intersection(piece, _GLOBE))
    return shapely.union_all(moved)
