"""H3 cells, resolutions 0 to 15, through h3ronpy (the h3o library).

H3 takes latitude and longitude as they are, on a sphere, and its edges are great circles there.

Source: h3geo.org, core library 4.x; table of resolutions in the H3 documentation.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from arro3.core import list_flatten, list_offsets
from h3ronpy import (
    cells_resolution,
    cells_to_string,
    cells_valid,
    change_resolution,
    change_resolution_list,
    grid_disk,
)
from h3ronpy.vector import coordinates_to_cells

from cim.arrays import Bool, Float64, Int64, Objects, Text, Uint64
from cim.grids import _h3_shapes as shapes
from cim.grids._checks import check_level, require_codes
from cim.grids._kinds import H3, hint
from cim.grids._letters import characters, shorten, weigh, weights
from cim.grids._lists import by_level, offsets
from cim.grids._ticks import check_lon_lat
from cim.grids.base import CellLists, Grid, GridCodeError

_BLOCK = 1 << 13
"""Texts read at a time, so that the work stays in the processor's cache."""

_WIDTH = 15
_HEX = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class H3Grid:
    """The hexagon grid of H3; see `cim.grids.base.Grid` for the methods."""

    name: str = "h3"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "H3 六边形网格编码", "en": "H3 hexagonal grid index"}
    )
    source: str = "H3 4.x (h3geo.org)"
    levels: range = range(16)
    nested: bool = False

    def encode(self, lon_lat: Float64, level: int) -> Uint64:
        """Index of the cell that holds each point.

        Raises:
            GridCodeError: A point is not on the globe, or the level is not one of `levels`.
        """
        check_level(self.levels, level, "H3")
        check_lon_lat(lon_lat)
        lon, lat = np.array(lon_lat.T, dtype=np.float64, order="C")
        return np.asarray(coordinates_to_cells(lat, lon, level), dtype=np.uint64)

    def level_of(self, codes: Uint64) -> Int64:
        """Resolution of each cell."""
        return np.asarray(cells_resolution(_checked(codes))).astype(np.int64)

    def centers(self, codes: Uint64) -> Float64:
        """(n, 2) centre of each cell."""
        return shapes.centers(_checked(codes))

    def bounds(self, codes: Uint64) -> Float64:
        """(n, 4) west, south, east, north, the bulge of the great-circle edges included."""
        return shapes.bounds(_checked(codes))

    def polygons(self, codes: Uint64) -> Objects:
        """(n,) polygons of the vertices, cut at the antimeridian."""
        return shapes.polygons(_checked(codes))

    def to_text(self, codes: Uint64) -> Text:
        """(n,) the 15 hexadecimal digits of each index."""
        return np.asarray(cells_to_string(_checked(codes)).to_pylist(), dtype=f"U{_WIDTH}")

    def from_text(self, texts: list[str]) -> Uint64:
        """(n,) indexes of texts of 15 hexadecimal digits, lower or upper case.

        Raises:
            GridCodeError: A text is not the index of a cell; the message names it.
        """
        starts = range(0, len(texts), _BLOCK)
        blocks = [_read(texts[i : i + _BLOCK]) for i in starts]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *blocks])

    def ancestors(self, codes: Uint64, level: int) -> Uint64:
        """(n,) the cell of `level` in the hierarchy above each cell.

        A child may reach over the edges of its parent, so an ancestor need not hold every
        point of the cell.
        """
        check_level(self.levels, level, "H3")
        plain = _checked(codes)
        coarse = np.asarray(cells_resolution(plain)) < level
        if coarse.any():
            row = int(np.argmax(coarse))
            raise GridCodeError(
                f"code {row}: H3 cell {int(plain[row]):x} is coarser than level {level}"
            )
        return np.asarray(change_resolution(plain, level), dtype=np.uint64)

    def parents(self, codes: Uint64) -> Uint64:
        """(n,) the cell one level up of each cell."""
        levels = self.level_of(codes)
        if (levels == 0).any():
            text = f"{int(codes[int(np.argmin(levels))]):x}"
            raise GridCodeError(f"H3 cell {text} is of level 0 and has no parent")
        found = np.zeros(len(codes), dtype=np.uint64)
        for level in np.unique(levels).tolist():
            rows = levels == level
            found[rows] = self.ancestors(codes[rows], level - 1)
        return found

    def children(self, codes: Uint64) -> CellLists:
        """The seven cells one level down of each cell, six of a pentagon."""
        levels = self.level_of(codes)
        if (levels == self.levels[-1]).any():
            text = f"{int(codes[int(np.argmax(levels))]):x}"
            raise GridCodeError(f"H3 cell {text} is of level 15 and has no children")
        return by_level(codes, levels, _children)

    def neighbors(self, codes: Uint64) -> CellLists:
        """The six cells that share an edge with each cell, five of a pentagon."""
        plain = _checked(codes)
        disks = grid_disk(plain, 1)
        found = np.asarray(list_flatten(disks), dtype=np.uint64)
        starts: Int64 = np.asarray(list_offsets(disks)).astype(np.int64)
        counts = starts[1:] - starts[:-1]
        owner = np.repeat(np.arange(len(plain)), counts)
        other = found != plain[owner]
        found, owner = found[other], owner[other]
        order = np.lexsort((found, owner))
        return CellLists(found[order], offsets(counts - 1))

    def roots(self, level: int) -> Uint64:
        """The 122 cells of level 0."""
        check_level(self.levels, level, "H3")
        return _base_cells()

    def contains(self, outer: Uint64, inner: Uint64) -> Bool:
        """(n,) whether `outer` is `inner` or above it in the hierarchy."""
        outer, inner = np.broadcast_arrays(outer, inner)
        levels, held = self.level_of(outer), np.zeros(len(outer), dtype=np.bool_)
        finer = self.level_of(inner) >= levels
        for level in np.unique(levels).tolist():
            rows = finer & (levels == level)
            held[rows] = self.ancestors(inner[rows], level) == outer[rows]
        return held

    def overlaps(self, first: Uint64, second: Uint64) -> Bool:
        """(n,) whether each two cells share area on the sphere, edges being great circles.

        This is the geometric truth, not the hierarchy: a cell may reach into a cell that is no
        ancestor of it, and from three levels down may lie outside its own ancestor.
        """
        first, second = np.broadcast_arrays(first, second)
        finer = self.level_of(first) > self.level_of(second)
        coarse, fine = np.where(finer, second, first), np.where(finer, first, second)
        same = self.level_of(coarse) == self.level_of(fine)
        shared: Bool = coarse == fine
        shared[~same] = shapes.overlap(coarse[~same], fine[~same])
        return shared


def _read(texts: list[str]) -> Uint64:
    """Indexes of one block of texts."""
    letters, lengths = characters(texts, _WIDTH, H3)
    total, good = weigh(letters, tuple(range(_WIDTH)), _weights())
    good &= lengths == _WIDTH
    if not good.all():
        raise GridCodeError(_explain(texts[int(np.argmin(good))]))
    codes = total.astype(np.uint64)
    invalid = ~_are_cells(codes)
    if invalid.any():
        text = texts[int(np.argmax(invalid))]
        raise GridCodeError(f"H3 index {text!r}: well formed, but not the index of a cell")
    return codes


@cache
def _weights() -> Int64:
    """(15, 256) what each hexadecimal digit of a text adds to the index."""
    lower = [weights(_HEX, 16**place) for place in reversed(range(_WIDTH))]
    upper = [weights(_HEX.upper(), 16**place) for place in reversed(range(_WIDTH))]
    return np.maximum(lower, upper)


def _base_cells() -> Uint64:
    """The cells of resolution 0: hexadecimal 8001fff... with base cell numbers 0 to 121."""
    numbers = np.arange(122, dtype=np.uint64) << np.uint64(45)
    return numbers | np.uint64(0x8001FFFFFFFFFFF)


def _children(codes: Uint64, level: int) -> CellLists:
    """Children of cells of one level."""
    lists = change_resolution_list(_checked(codes), level + 1)
    found = np.asarray(list_flatten(lists), dtype=np.uint64)
    return CellLists(found, np.asarray(list_offsets(lists)).astype(np.int64))


def _are_cells(codes: Uint64) -> Bool:
    """(n,) whether each integer is the index of a cell."""
    return np.asarray(cells_valid(codes, booleanarray=True), dtype=np.bool_)


def _checked(codes: Uint64) -> Uint64:
    """The codes, contiguous.

    Raises:
        GridCodeError: An integer is not the index of a cell; the first one is named.
    """
    require_codes(codes)
    plain = np.ascontiguousarray(codes)
    invalid = ~_are_cells(plain)
    if invalid.any():
        row = int(np.argmax(invalid))
        raise GridCodeError(f"code {row}: {int(plain[row])} is not the index of an H3 cell")
    return plain


def _explain(text: str) -> str:
    """Why a text is not of the form of an index."""
    quoted = f"H3 index {shorten(text)!r}"
    for place, letter in enumerate(text):
        if letter not in _HEX + _HEX.upper():
            fault = f"character {place + 1} is {letter!r}, legal: 0 to 9, a to f"
            return f"{quoted}: {fault}{hint(text, H3)}"
    return f"{quoted}: {len(text)} characters, want {_WIDTH}{hint(text, H3)}"


PLUGIN: Grid = H3Grid()
