"""BeiDou grid location codes: GB/T 39409-2020, levels 1 to 10.

Digits below level 1 grow away from the prime meridian and the equator in all four quadrants
(Figures 2 to 8). A cell holds its edges nearest the anchor (0, 0), not the opposite ones
(GB/T 40087-2021, Annex C.3, for the same family of grids). The antimeridian belongs to the west.
"""

from dataclasses import dataclass, field

import numpy as np

from cim.arrays import Bool, Float64, Int64, Objects, Text, Uint64
from cim.grids import _beidou_family as family
from cim.grids import _beidou_height as height
from cim.grids import _beidou_polar as polar
from cim.grids import _beidou_reference as reference
from cim.grids import _beidou_text as text
from cim.grids import _boxes as boxes
from cim.grids import _solids as solids
from cim.grids._beidou_code import (
    CELL_SIZES,
    LEVELS,
    POLAR_LEVELS,
    POLAR_TICKS,
    corner,
    encode_ticks,
    polar_codes,
    split,
)
from cim.grids._checks import check_level
from cim.grids._letters import in_blocks
from cim.grids._ticks import Ticks, to_ticks
from cim.grids.base import CellLists, GridCodeError, HeightGrid, SolidLists

_BLOCK = 1 << 13
_TEXT_BLOCK = 1 << 12
"""Points coded, and texts written or read, at a time: the work stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class BeidouGrid:
    """The grid of GB/T 39409-2020; see `cim.grids.base.HeightGrid` for the methods."""

    name: str = "beidou"
    title: dict[str, str] = field(
        default_factory=lambda: {"zh": "北斗网格位置码", "en": "BeiDou grid location code"}
    )
    source: str = "GB/T 39409-2020"
    levels: range = LEVELS
    nested: bool = True

    def encode(self, lon_lat: Float64, level: int) -> Uint64:
        """Code of the cell that holds each point (clause 5.2, Annex B).

        Raises:
            GridCodeError: A point is not on the globe or lies in a polar cap deeper than level
                2, or the level is not one of `levels`.
        """
        check_level(self.levels, level, "BeiDou")
        starts = range(0, len(lon_lat), _BLOCK)
        blocks = [_encode(to_ticks(lon_lat[i : i + _BLOCK], first=i), level, i) for i in starts]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *blocks])

    def level_of(self, codes: Uint64) -> Int64:
        """Level of each code."""
        return split(codes).level

    def centers(self, codes: Uint64) -> Float64:
        """(n, 2) centre of each cell; the pole for a cell that goes round it."""
        return boxes.centers(self.bounds(codes))

    def bounds(self, codes: Uint64) -> Float64:
        """(n, 4) west, south, east, north; west > east across the antimeridian."""
        starts = range(0, len(codes), _BLOCK)
        return np.concatenate(
            [np.zeros((0, 4)), *(_bounds(codes[i : i + _BLOCK]) for i in starts)]
        )

    def polygons(self, codes: Uint64) -> Objects:
        """(n,) cells as boxes of longitude and latitude."""
        return boxes.polygons(self.bounds(codes))

    def to_text(self, codes: Uint64) -> Text:
        """(n,) the 4 to 20 characters of each code (clause 5.2, Table 1)."""
        return in_blocks(len(codes), _TEXT_BLOCK, lambda rows: text.write(split(codes[rows])))

    def from_text(self, texts: list[str]) -> Uint64:
        """(n,) codes of texts of any mix of levels.

        Raises:
            GridCodeError: A text is not a code; the message names it and the place at fault.
        """
        starts = range(0, len(texts), _TEXT_BLOCK)
        blocks = [text.read(texts[i : i + _TEXT_BLOCK]) for i in starts]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *blocks])

    def ancestors(self, codes: Uint64, level: int) -> Uint64:
        """(n,) the cell of `level` in which each cell lies."""
        check_level(self.levels, level, "BeiDou")
        return family.ancestors(codes, level)

    def parents(self, codes: Uint64) -> Uint64:
        """(n,) the cell one level up of each cell."""
        return family.parents(codes)

    def children(self, codes: Uint64) -> CellLists:
        """The cells one level down of each cell; a polar cap has sixteen, and no more below."""
        return family.children(codes)

    def neighbors(self, codes: Uint64) -> CellLists:
        """The cells of the same level that share an edge or a corner with each cell.

        There are eight, but at the polar caps: level 1 meets the cap, level 2 its cells, and
        deeper levels have none beyond 88 degrees.
        """
        return family.neighbors(codes)

    def roots(self, level: int) -> Uint64:
        """The sheets and polar caps of level 1."""
        check_level(self.levels, level, "BeiDou")
        return family.roots()

    def contains(self, outer: Uint64, inner: Uint64) -> Bool:
        """(n,) whether each `inner` cell is the `outer` cell or one of its descendants."""
        return family.contains(outer, inner)

    def overlaps(self, first: Uint64, second: Uint64) -> Bool:
        """(n,) whether one of each two cells is the other or holds it."""
        return self.contains(first, second) | self.contains(second, first)

    def encode_heights(self, heights_m: Float64, level: int) -> Uint64:
        """(n,) height codes, 32-bit integers, of ellipsoidal heights (Annex C)."""
        check_level(self.levels, level, "BeiDou")
        return height.encode(heights_m, level)

    def height_bounds(self, heights: Uint64, levels: Int64) -> Float64:
        """(n, 2) lower and upper face in metres of each height code."""
        return height.bounds(heights, levels)

    def heights_between(self, low_m: float, high_m: float, level: int) -> Uint64:
        """Height codes of all layers that hold a height from low to below high, upward."""
        check_level(self.levels, level, "BeiDou")
        return height.between(low_m, high_m, level)

    def count_heights_between(self, low_m: float, high_m: float, level: int) -> int:
        """How many codes `heights_between` gives."""
        check_level(self.levels, level, "BeiDou")
        return height.count_between(low_m, high_m, level)

    def contains_3d(
        self, outer: Uint64, outer_heights: Uint64, inner: Uint64, inner_heights: Uint64
    ) -> Bool:
        """(n,) whether each `inner` solid cell lies in the `outer` one, sides and layers."""
        within = self._span(outer, outer_heights).holds(self._span(inner, inner_heights))
        return within & self.contains(outer, inner)

    def overlaps_3d(
        self, first: Uint64, first_heights: Uint64, second: Uint64, second_heights: Uint64
    ) -> Bool:
        """(n,) whether each two solid cells share more than their faces."""
        meeting = self._span(first, first_heights).meets(self._span(second, second_heights))
        return meeting & self.overlaps(first, second)

    def _span(self, codes: Uint64, heights: Uint64) -> solids.Span:
        """Layers of solid cells."""
        return height.span(heights, self.level_of(codes))

    def to_text_3d(self, codes: Uint64, heights: Uint64) -> Text:
        """(n,) the 7 to 32 characters of each solid cell, interleaved (clause 6.2)."""
        return in_blocks(
            len(codes),
            _TEXT_BLOCK,
            lambda rows: height.write(split(codes[rows]), heights[rows]),
        )

    def from_text_3d(self, texts: list[str]) -> tuple[Uint64, Uint64]:
        """(n,) 2D codes and (n,) height codes of 3D texts."""
        starts = range(0, len(texts), _TEXT_BLOCK)
        blocks = [height.read(texts[i : i + _TEXT_BLOCK]) for i in starts]
        empty = np.zeros(0, dtype=np.uint64)
        return (
            np.concatenate([empty, *(codes for codes, _ in blocks)]),
            np.concatenate([empty, *(heights for _, heights in blocks)]),
        )

    def neighbors_3d(self, codes: Uint64, heights: Uint64) -> SolidLists:
        """The 26 solid cells around each; fewer at the caps and at the ends of the heights."""
        beside = height.beside(heights, self.level_of(codes))
        return solids.neighbors(codes, heights, self.neighbors(codes), beside)

    def to_reference(self, base: Uint64, target: Uint64) -> Text:
        """(n,) reference codes that lead from `base` cells to `target` cells (clause 7)."""
        return reference.write(base, target)

    def from_reference(self, texts: list[str]) -> Uint64:
        """(n,) codes of the cells that reference codes point to (clause 7)."""
        return reference.read(texts)


def _bounds(codes: Uint64) -> Float64:
    """Bounds of one block of codes."""
    parts = split(codes)
    x, y, west, south = corner(parts.digits)
    low = np.column_stack([x, y])
    found = boxes.bounds_from_ticks(low, low + CELL_SIZES[parts.level], west, south)
    caps = parts.polar
    if caps.any():
        found[caps] = polar.bounds(parts.level[caps], parts.digits[caps, 1], south[caps])
    return found


def _encode(at: Ticks, level: int, first: int) -> Uint64:
    """Codes of one block of points whose first has the number `first`."""
    caps = at.y >= POLAR_TICKS
    if not caps.any():
        return encode_ticks(at, level)
    if level > POLAR_LEVELS:
        raise GridCodeError(
            f"point {first + int(np.argmax(caps))}: at latitude 88 degrees and beyond "
            f"GB/T 39409-2020 defines levels 1 and 2 only, not {level}"
        )
    codes = np.zeros(len(caps), dtype=np.uint64)
    rest = ~caps
    codes[rest] = encode_ticks(at.take(rest), level)
    cap = at.take(caps)
    codes[caps] = polar_codes(cap.south, polar.cells(cap.x, cap.y, cap.west), level)
    return codes


PLUGIN: HeightGrid = BeidouGrid()
