"""Codes of one grid system as codes of another, through geometry, with the error stated.

The grids do not share edges, so a cell of one is no cell of another. `by_center` names the
one cell that holds the centre and says how far off that can be; `by_overlap` names all cells
that share area with the cell, and the share of each.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Geod

from cim.arrays import Float64, Uint64
from cim.grids.base import CellLists, Grid
from cim.zones.cover import CoverRequest, cover_each

_GEOD = Geod(a=6_378_137.0, rf=298.257222101)
"""The CGCS2000 ellipsoid."""


@dataclass(frozen=True, slots=True)
class CenterCodes:
    """One cell of another grid for each cell."""

    codes: Uint64
    """(n,) the cell that holds the centre."""

    error_m: Float64
    """(n,) a point of the source cell is at most this many metres from the cell named."""


@dataclass(frozen=True, slots=True)
class OverlapCodes:
    """The cells of another grid that share area with each cell."""

    cells: CellLists
    """One list for each source cell."""

    shares: Float64
    """(m,) part of the source cell's area, in square degrees, in each cell; a list sums to 1."""


def by_center(source: Grid, codes: Uint64, target: Grid, level: int) -> CenterCodes:
    """The cell of `target` that holds the centre of each cell of `source`.

    Raises:
        GridCodeError: A code or the level is not legal, or the centre has no cell there.
    """
    centers = source.centers(codes)
    return CenterCodes(target.encode(centers, level), _reach_m(source, codes, centers))


def _reach_m(source: Grid, codes: Uint64, centers: Float64) -> Float64:
    """Metres from the centre of each cell to the farthest vertex of its outline."""
    outlines = source.polygons(codes)
    corners, owner = shapely.get_coordinates(outlines, return_index=True)
    lon, lat = centers[owner].T
    _, _, metres = _GEOD.inv(lon, lat, corners[:, 0], corners[:, 1])
    reach = np.zeros(len(codes))
    np.maximum.at(reach, owner, metres)
    return reach


def by_overlap(source: Grid, codes: Uint64, target: Grid, request: CoverRequest) -> OverlapCodes:
    """The cells of `target` that share area with each cell of `source`.

    Args:
        source: The grid of `codes`.
        codes: (n,) cells.
        target: Another grid, or the same.
        request: Level of the target, and the most cells of it allowed in all.

    Raises:
        CoverLimitError: There would be more cells of the target than the limit.
        GridCodeError: A code or the level is not legal.
    """
    outlines = source.polygons(codes)
    cells = cover_each(target, outlines, request)
    owner = cells.owners()
    area = shapely.area(shapely.intersection(target.polygons(cells.codes), outlines[owner]))
    total = np.bincount(owner, weights=area, minlength=len(codes))
    return OverlapCodes(cells, area / total[owner])
