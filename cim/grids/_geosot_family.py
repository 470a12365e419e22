"""Kin of GeoSOT cells: ancestors, children, neighbours, containment.

The merged cells beyond 88 degrees have parents and children among themselves. The level-8 cell
of a pole lies in ninety cells of level 7, so it has no single parent and is nobody's child.
"""

from functools import cache

import numpy as np

from cim.arrays import Bool, Float64, Int64, Uint64
from cim.grids import _geosot_cells as cells
from cim.grids import _geosot_code as code
from cim.grids import _geosot_polar as polar
from cim.grids._adjacency import Surroundings, with_caps
from cim.grids._adjacency import neighbors as plain_neighbors
from cim.grids._boxes import bounds_from_ticks
from cim.grids._boxes import overlaps as box_overlaps
from cim.grids._lists import by_level, compact
from cim.grids._ticks import HALF_TURN, TICKS_PER_DEGREE, Ticks
from cim.grids.base import CellLists, GridCodeError


def ancestors(codes: Uint64, level: int) -> Uint64:
    """(n,) ancestors of `level`."""
    quadrant, morton, levels = cells.split(codes)
    coarse = levels < level
    if coarse.any():
        raise GridCodeError(f"{_named(codes, coarse)} is coarser than level {level}")
    found = code.pack(quadrant, morton, np.array(level))
    merged, _ = polar.find(codes)
    if merged.any():
        found[merged] = _merged_ancestors(codes[merged], level)
    return found


def _merged_ancestors(codes: Uint64, level: int) -> Uint64:
    """Ancestors of merged cells: merged cells, or the whole globe."""
    if level == 0:
        return np.full(len(codes), cells.GLOBE)
    if level < polar.FIRST_LEVEL:
        raise GridCodeError(
            f"code {int(codes[0])} is a GeoSOT cell merged round a pole; "
            f"it lies in no single cell of level {level}"
        )
    table = polar.table()
    for _ in range(polar.LAST_LEVEL - level):
        _, row = polar.find(codes)
        codes = np.where(table.level[row] > level, table.parents[row], codes)
    return codes


def parents(codes: Uint64) -> Uint64:
    """(n,) parents."""
    levels = cells.split(codes)[2]
    top = levels == 0
    if top.any():
        raise GridCodeError(f"{_named(codes, top)} is the whole globe and has no parent")
    found = np.zeros_like(codes)
    for level in np.unique(levels).tolist():
        rows = levels == level
        found[rows] = ancestors(codes[rows], level - 1)
    return found


def children(codes: Uint64) -> CellLists:
    """Children that exist on Earth, in the order of their codes."""
    _, morton, levels = cells.split(codes)
    merged, _ = polar.find(codes)
    _, lat = code.axes(morton)
    above_caps = (levels == polar.FIRST_LEVEL - 1) & (lat >> 23 >= polar.NEAREST_DEGREE)
    barren = (levels == code.LEVELS[-1]) | above_caps | (merged & (levels == polar.LAST_LEVEL))
    if barren.any():
        raise GridCodeError(f"{_named(codes, barren)} has no cells defined below it")
    table = _four_below(codes, levels)
    kept = ~_missing_below(table, levels)
    if merged.any():
        own = polar.table()
        held = own.parents[None, :] == codes[merged][:, None]
        table[merged] = np.sort(np.where(held, own.codes[None, :], 2**64 - 1), axis=1)[:, :16]
        kept[merged] = table[merged] != 2**64 - 1
    return compact(table, kept)


def _four_below(codes: Uint64, levels: Int64) -> Uint64:
    """(n, 16) codes one digit longer, in the first four columns."""
    closing = codes & (~codes + np.uint64(1))
    step = np.where(levels == 1, closing >> np.uint64(1), closing >> np.uint64(2))
    table = np.zeros((len(codes), 16), dtype=np.uint64)
    for digit in range(4):
        table[:, digit] = codes - closing + np.uint64(2 * digit + 1) * step
    return table


def _missing_below(table: Uint64, levels: Int64) -> Bool:
    """(n, 16) whether an entry is no child: not on Earth, or beyond the two of level 1."""
    missing = np.ones(table.shape, dtype=np.bool_)
    for digit in range(4):
        _, morton, below = code.unpack(table[:, digit])
        lon, lat = code.axes(morton)
        gone = ~code.exists(lon, code.FAR_LONGITUDE) | ~code.exists(lat, code.FAR_LATITUDE)
        missing[:, digit] = gone | ((levels == 1) & (digit > 1)) | (below != levels + 1)
    return missing


@cache
def roots(level: int) -> Uint64:
    """The globe, or from the first merged level on, what tiles the globe just above it."""
    codes = np.array([cells.GLOBE])
    if level < polar.FIRST_LEVEL:
        return codes
    for _ in range(polar.FIRST_LEVEL - 1):
        codes = children(codes).codes
    _, lat = code.axes(cells.split(codes)[1])
    own = polar.table()
    caps = own.codes[own.level == polar.FIRST_LEVEL]
    return np.sort(np.concatenate([codes[lat >> 23 < polar.NEAREST_DEGREE], caps]))


def contains(outer: Uint64, inner: Uint64) -> Bool:
    """(n,) whether `inner` is in the range of codes around `outer`."""
    outer, inner = np.broadcast_arrays(outer, inner)
    levels = cells.split(outer)[2]
    cells.split(inner)
    closing = outer & (~outer + np.uint64(1))
    away = np.where(inner > outer, inner - outer, outer - inner)
    held: Bool = away < closing
    merged, _ = polar.find(inner)
    if merged.any():
        held = held.copy()
        held[merged] = _contains_merged(outer[merged], inner[merged], levels[merged])
    return held


def _contains_merged(outer: Uint64, inner: Uint64, levels: Int64) -> Bool:
    """Whether merged cells lie in cells of any kind."""
    held: Bool = levels == 0
    for level in range(polar.FIRST_LEVEL, polar.LAST_LEVEL + 1):
        rows = (levels == level) & (code.unpack(inner)[2] >= level)
        held[rows] = _merged_ancestors(inner[rows], level) == outer[rows]
    return held


def overlaps(first: Uint64, second: Uint64) -> Bool:
    """(n,) whether two cells share more than their edges.

    A merged cell lies in many cells coarser than level 8, so there the boxes decide.
    """
    first, second = np.broadcast_arrays(first, second)
    shared = contains(first, second) | contains(second, first)
    merged = polar.find(first)[0] | polar.find(second)[0]
    if merged.any():
        shared[merged] = box_overlaps(bounds(first[merged]), bounds(second[merged]))
    return shared


def bounds(codes: Uint64) -> Float64:
    """(n, 4) west, south, east, north of the part of each cell that is on Earth."""
    plain = cells.boxes(codes)
    found = bounds_from_ticks(plain.low, plain.high, plain.west, plain.south)
    found[codes == cells.GLOBE] = (-180, -90, 180, 90)
    merged, row = polar.find(codes)
    if merged.any():
        found[merged] = polar.table().bounds[row[merged]]
    return found


def neighbors(codes: Uint64) -> CellLists:
    """Neighbours of the same level."""
    return by_level(codes, cells.split(codes)[2], _neighbors)


def _neighbors(codes: Uint64, level: int) -> CellLists:
    """Neighbours of cells that all are of `level`."""
    capped = level >= polar.FIRST_LEVEL
    limit = (polar.NEAREST_DEGREE if capped else code.FAR_LATITUDE) * TICKS_PER_DEGREE
    plain = ~polar.find(codes)[0] & (level > 0)
    boxes = cells.boxes(codes)
    lists = plain_neighbors(codes, boxes, limit, lambda at: cells.encode_ticks(at, level), plain)
    if not polar.FIRST_LEVEL <= level <= polar.LAST_LEVEL:
        return lists
    around = _surroundings(level)
    rows = np.flatnonzero(around.holds(codes))
    return with_caps(lists, rows, codes, around)


@cache
def _surroundings(level: int) -> Surroundings:
    """The merged cells of a level, and the row of plain cells below them."""
    own = polar.table()
    here = own.level == level
    codes, bounds = [own.codes[here]], [own.bounds[here]]
    x = np.arange(0, HALF_TURN, TICKS_PER_DEGREE // 60 * 4)
    y = np.full_like(x, polar.NEAREST_TICKS - 1)
    sides = np.zeros(len(x), dtype=np.bool_), np.ones(len(x), dtype=np.bool_)
    for west in sides:
        for south in sides:
            ring = np.unique(cells.encode_ticks(Ticks(x, y, west, south), level))
            found = cells.boxes(ring)
            codes.append(ring)
            bounds.append(bounds_from_ticks(found.low, found.high, found.west, found.south))
    return Surroundings.of(codes, bounds)


def _named(codes: Uint64, chosen: Bool) -> str:
    """The first chosen code, for a message."""
    row = int(np.argmax(chosen))
    return f"code {row}: GeoSOT cell {int(codes[row])}"
