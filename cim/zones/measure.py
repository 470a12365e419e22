"""Areas of cells on the CGCS2000 ellipsoid.

A cell bounded by meridians and parallels has a closed formula (the area of a zone of the
ellipsoid); any other cell is taken as a polygon of geodesics between its vertices.
"""

import numpy as np
import shapely
from pyproj import Geod

from cim.arrays import Float64, Objects, Uint64
from cim.grids.base import Grid

_GEOD = Geod(a=6_378_137.0, rf=298.257222101)
"""The CGCS2000 ellipsoid."""

_BOX_SHARE = 1e-9
"""Share of its area by which the outline of a box may differ from its bounds."""


def areas_m2(grid: Grid, codes: Uint64) -> Float64:
    """(n,) area of each cell in square metres.

    Args:
        grid: The grid system.
        codes: (n,) cells of any levels.
    """
    outlines, bounds = grid.polygons(codes), grid.bounds(codes)
    west, south, east, north = bounds.T
    width = np.where(east - west == 360, 360, (east - west) % 360)  # noqa: PLR2004 - a full turn
    flat = width * (north - south)
    boxes = np.abs(shapely.area(outlines) - flat) <= _BOX_SHARE * flat
    found = np.radians(width) * (_strip(north) - _strip(south))
    found[~boxes] = _of_outlines(outlines[~boxes])
    return found


def _strip(latitude_deg: Float64) -> Float64:
    """(n,) area from the equator to a latitude a radian of longitude wide; southward negative."""
    e = np.sqrt(_GEOD.es)
    sine: Float64 = np.sin(np.radians(latitude_deg))
    shape: Float64 = sine / (1 - _GEOD.es * sine**2) + np.arctanh(e * sine) / e
    return _GEOD.b**2 / 2 * shape


def _of_outlines(outlines: Objects) -> Float64:
    """(n,) areas of polygons of geodesics."""
    return np.array([abs(_GEOD.geometry_area_perimeter(o)[0]) for o in _wound(outlines)])


def _wound(outlines: Objects) -> Objects:
    """Polygons counter-clockwise, so that the parts of one cell add up."""
    wound: Objects = shapely.orient_polygons(outlines)
    return wound
