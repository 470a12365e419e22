"""Geometries whose edges jump over the antimeridian, drawn on past it.

A box from 177 to -178 has the same corners as the wide one from -178 to 177. The direction of its
ring tells them apart: the area lies to the left of it (RFC 7946, 3.1.6).
"""

import numpy as np
import shapely

from cim.arrays import Float64, Objects
from cim.errors import InputError

_HALF_TURN = 180.0
_POLYGON = 3
_BOX_SIDES = 4


def unwrap(geometries: Objects) -> Objects:
    """Geometries without edges of more than a half turn, but for whole turns.

    Raises:
        InputError: A ring goes round a pole.
    """
    bounds = shapely.bounds(geometries)
    wide = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > _HALF_TURN)
    if not len(wide):
        return geometries
    drawn = geometries.copy()
    for row in wide:
        drawn[row] = _unwrap(geometries[row])
    return drawn


def _unwrap(geometry: shapely.Geometry) -> shapely.Geometry:
    """One geometry, part by part."""
    if hasattr(geometry, "geoms"):
        parts = [_unwrap(part) for part in geometry.geoms]
        return type(geometry)(parts)
    if shapely.get_type_id(geometry) == _POLYGON:
        return _polygon(geometry)
    return type(geometry)(_unrolled(shapely.get_coordinates(geometry)))


def _polygon(polygon: shapely.Polygon) -> shapely.Polygon:
    """A polygon whose rings are unrolled, the holes beside the shell."""
    if _is_drawn_box(polygon.exterior):
        return polygon
    shell, *holes = (_unrolled(np.asarray(ring.coords)) for ring in _rings(polygon))
    west, east = shell[:, 0].min(), shell[:, 0].max()
    for at, hole in enumerate(holes):
        turn = 360 * ((hole[:, 0].max() < west) - float(hole[:, 0].min() > east))
        holes[at] = hole + np.array([turn, 0])
    for ring in (shell, *holes):
        if ring[0, 0] != ring[-1, 0]:
            raise InputError(
                "a ring of the polygon goes round a pole; cut it at the antimeridian and lead it "
                "along the pole, from 180 to -180 at latitude 90 or -90"
            )
    return shapely.Polygon(shell, holes)


def _is_drawn_box(ring: shapely.LinearRing) -> bool:
    """Whether a ring goes counter-clockwise round a box of longitude and latitude."""
    steps = np.diff(np.asarray(ring.coords)[:, :2], axis=0)
    straight = len(steps) == _BOX_SIDES and bool((np.count_nonzero(steps, axis=1) == 1).all())
    return straight and bool(shapely.is_ccw(ring))


def _rings(polygon: shapely.Polygon) -> list[shapely.LinearRing]:
    """Shell and holes."""
    return [polygon.exterior, *polygon.interiors]


def _unrolled(lon_lat: Float64) -> Float64:
    """(n, 2) vertices, each less than a half turn from the one before, in -360 to 360."""
    steps = np.diff(lon_lat[:, 0])
    turns = np.where(np.abs(steps) < 360, np.rint(steps / 360), 0)  # noqa: PLR2004 - a whole turn
    moved = lon_lat[:, :2].copy()
    moved[1:, 0] -= 360 * np.cumsum(turns)
    if moved[:, 0].max() > 360:  # noqa: PLR2004 - a whole turn
        moved[:, 0] -= 360
    elif moved[:, 0].min() < -360:  # noqa: PLR2004 - a whole turn
        moved[:, 0] += 360
    return moved
