"""Geometries as a client wants them: simplified, in its CRS and axis order, rounded."""

import numpy as np
import shapely

from api.ogc.crs import CRS84, Crs, is_same_ground, transform
from cim.arrays import Float64, Objects

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere as large as the Earth."""

GEOS_SHARE = 0.5
"""Share of the offset that GEOS is told: it straightens a ring, then takes away the point where
the ring begins, each by as much."""

FLATTEST = 0.01
"""Least width of a degree of longitude that is reckoned with, as a share of one at the equator."""


def shaped(
    geometry: Objects, source: str, target: Crs, decimals: int | None, offset_m: float
) -> Objects:
    """Geometries of storage CRS `source` as they are to be written; rings as RFC 7946 has them.

    Args:
        geometry: None of them missing or empty.
        source: Their CRS, east first.
        target: The CRS wanted.
        decimals: Decimals of coordinates, None for those of the target.
        offset_m: How far a simplified outline may lie from the true one.
    """
    wound = shapely.orient_polygons(simplified(geometry, source, offset_m))
    if decimals is None:
        return transform(wound, source, target)
    finest = transform(wound, source, target, max(decimals, target.decimals))
    return _rounded(finest, transform(wound, source, target, decimals), target, decimals)


def simplified(geometry: Objects, source: str, offset_m: float) -> Objects:
    """Geometries with fewer vertices, valid if they were, nowhere further off than `offset_m`."""
    if offset_m <= 0:
        return geometry
    if not is_same_ground(source, CRS84):
        return np.asarray(shapely.simplify(geometry, offset_m * GEOS_SHARE), dtype=object)
    widths = _widths(geometry)
    scaled = _stretched(geometry, widths)
    simple = shapely.simplify(scaled, offset_m * GEOS_SHARE / METRES_PER_DEGREE)
    return _stretched(np.asarray(simple, dtype=object), 1 / widths)


def _rounded(finest: Objects, plain: Objects, target: Crs, decimals: int) -> Objects:
    """Rounded geometries; outlines are mended where rounding would make them cross.

    A polygon that is smaller than the last decimal stays as fine as it was.
    """
    result = plain.copy()
    broken = ~shapely.is_valid(plain)
    if broken.any():
        snapped = shapely.set_precision(finest[broken], 10.0**-decimals)
        wound = shapely.orient_polygons(snapped, exterior_cw=target.north_first)
        exact = shapely.transform(wound, lambda xy: xy.round(decimals))
        gone = shapely.is_empty(exact)
        result[broken] = np.where(gone, finest[broken], exact)
    return result


def _widths(geometry: Objects) -> Float64:
    """(n,) width of a degree of longitude at each geometry, as a share of one of latitude."""
    bounds = shapely.bounds(geometry)
    middle = np.nan_to_num((bounds[:, 1] + bounds[:, 3]) / 2)
    widths: Float64 = np.maximum(np.cos(np.radians(middle)), FLATTEST)
    return widths


def _stretched(geometry: Objects, factors: Float64) -> Objects:
    """Geometries with their x multiplied, each by a factor of its own."""
    positions, rows = shapely.get_coordinates(geometry, include_z=True, return_index=True)
    positions[:, 0] *= factors[rows]
    has_z = shapely.has_z(geometry)
    result = geometry.copy()
    for solid in (False, True):
        part = np.flatnonzero(has_z == solid)
        chosen = positions[np.isin(rows, part)]
        result[part] = shapely.set_coordinates(
            geometry[part].copy(), chosen if solid else chosen[:, :2]
        )
    return result
