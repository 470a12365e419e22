"""Codes of one grid system as codes of another, through geometry, with the error stated.

The grids do not share edges, so a cell of one is no cell of another. `by_center` names the
one cell that holds the centre and says how far off that can be; `by_overlap` names all cells
that share area with the cell, and the share of each.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Geod

from cim.arrays import Float64, Int64, Uint64
from cim.grids.base import CellLists, Grid
from cim.zones.cover import CoverRequest, cover

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
        request: Level of the target, and the most cells allowed for one source cell.

    Raises:
        CoverLimitError: One cell would need more cells of the target than the limit.
        GridCodeError: A code or the level is not legal.
    """
    found: list[Uint64] = []
    shares: list[Float64] = []
    for outline in source.polygons(codes):
        cells = cover(target, outline, request)
        area = shapely.area(shapely.intersection(target.polygons(cells), outline))
        found.append(cells)
        shares.append(area / area.sum())
    counts = np.array([len(cells) for cells in found], dtype=np.int64)
    return OverlapCodes(
        CellLists(np.concatenate([np.zeros(0, dtype=np.uint64), *found]), _offsets(counts)),
        np.concatenate([np.zeros(0), *shares]),
    )


def _offsets(counts: Int64) -> Int64:
    """Where lists of these lengths begin, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
