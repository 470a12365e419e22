"""GeoSOT cells on Earth: codes of ticks, codes taken apart and checked, boxes of codes."""

import numpy as np

from cim.arrays import Bool, Int64, Uint64
from cim.grids import _geosot_code as code
from cim.grids import _geosot_polar as polar
from cim.grids._adjacency import TickBoxes
from cim.grids._ticks import Ticks
from cim.grids.base import GridCodeError

GLOBE = np.uint64(1 << 63)
"""The one cell of level 0."""


def encode_ticks(at: Ticks, level: int) -> Uint64:
    """Codes by the rule of all latitudes below 88 degrees."""
    coarse, fine = code.spread_tables()
    low = (1 << code.FINE_BITS) - 1
    lat = coarse[at.y >> code.FINE_BITS] | fine[at.y & low]
    lon = coarse[at.x >> code.FINE_BITS] | fine[at.x & low]
    quadrant = at.west + 2 * at.south.astype(np.int64)
    return code.pack(quadrant, lat << np.uint64(1) | lon, np.array(level))


def missing(codes: Uint64, morton: Uint64, level: Int64) -> Bool:
    """Whether a code of the right form names no cell on Earth."""
    lon, lat = code.axes(morton)
    gone = ~code.exists(lon, code.FAR_LONGITUDE) | ~code.exists(lat, code.FAR_LATITUDE)
    caps = (level >= polar.FIRST_LEVEL) & (lat >> 23 >= polar.NEAREST_DEGREE)
    if caps.any():
        gone[caps] = ~polar.find(codes[caps])[0]
    return gone


def split(codes: Uint64) -> tuple[Int64, Uint64, Int64]:
    """Quadrants, Morton numbers and levels of codes, checked to exist.

    Raises:
        GridCodeError: An integer is not the code of a cell on Earth; the first one is named.
    """
    quadrant, morton, level = code.unpack(codes)
    gone = missing(codes, morton, level)
    if gone.any():
        raise GridCodeError(code.not_a_cell(codes, gone))
    return quadrant, morton, level


def boxes(codes: Uint64) -> TickBoxes:
    """Boxes of cells by the rule of all latitudes below 88 degrees, cut at 60, 90 and 180."""
    quadrant, morton, level = split(codes)
    lon, lat = code.axes(morton)
    size = code.cell_size(level)
    low, high = _corner(lon, lat), _corner(lon + size, lat + size)
    return TickBoxes(low, high, quadrant % 2 == 1, quadrant > 1)


def _corner(lon: Int64, lat: Int64) -> Int64:
    """(n, 2) ticks of stretched angles."""
    return np.column_stack(
        [code.ticks(lon, code.FAR_LONGITUDE), code.ticks(lat, code.FAR_LATITUDE)]
    )
