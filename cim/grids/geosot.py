"""GeoSOT grid codes: GB/T 40087-2021, levels 0 to 32.

Digits grow away from the prime meridian and the equator in all four quadrants, and a cell holds
its edges nearest the anchor (0, 0), not the opposite ones (Annex C.3). The antimeridian belongs
to the west. Beyond 88 degrees the cells of levels 8 to 10 are merged round the pole; deeper
ones are refused (`cim.grids._geosot_polar`).
"""

from dataclasses import dataclass, field

import numpy as np

from cim.arrays import Bool, Float64, Int64, Objects, Text, Uint64
from cim.grids import _boxes as boxes
from cim.grids import _geosot_cells as cells
from cim.grids import _geosot_code as code
from cim.grids import _geosot_family as family
from cim.grids import _geosot_height as height
from cim.grids import _geosot_morton as morton
from cim.grids import _geosot_polar as polar
from cim.grids import _geosot_solid_text as solid_text
from cim.grids import _geosot_text as text
from cim.grids import _solids as solids
from cim.grids._checks import check_level
from cim.grids._letters import in_blocks
from cim.grids._ticks import Ticks, to_ticks
from cim.grids.base import CellLists, GridCodeError, HeightGrid, SolidLists

_BLOCK = 1 << 13
_TEXT_BLOCK = 1 << 12
"""Points coded, and texts written or read, at a time: the work stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class GeosotGrid:
    """The grid of GB/T 40087-2021; see `cim.grids.base.HeightGrid` for the methods."""

    name: str = "geosot"
    title: dict[str, str] = field(
        default_factory=lambda: {
            "zh": "GeoSOT 地球空间网格编码",
            "en": "GeoSOT geospatial grid code",
        }
    )
    source: str = "GB/T 40087-2021"
    levels: range = code.LEVELS
    nested: bool = True

    def encode(self, lon_lat: Float64, level: int) -> Uint64:
        """Code of the cell that holds each point (clause 6.2.3).

        Raises:
            GridCodeError: A point is not on the globe or lies beyond 88 degrees deeper than
                level 10, or the level is not one of `levels`.
        """
        check_level(self.levels, level, "GeoSOT")
        starts = range(0, len(lon_lat), _BLOCK)
        blocks = [_encode(to_ticks(lon_lat[i : i + _BLOCK], first=i), level, i) for i in starts]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *blocks])

    def level_of(self, codes: Uint64) -> Int64:
        """Level of each code."""
        return cells.split(codes)[2]

    def centers(self, codes: Uint64) -> Float64:
        """(n, 2) centre of the part of each cell that is on Earth."""
        return boxes.centers(self.bounds(codes))

    def bounds(self, codes: Uint64) -> Float64:
        """(n, 4) west, south, east, north of the part of each cell that is on Earth."""
        starts = range(0, len(codes), _BLOCK)
        blocks = [family.bounds(codes[i : i + _BLOCK]) for i in starts]
        return np.concatenate([np.zeros((0, 4)), *blocks])

    def polygons(self, codes: Uint64) -> Objects:
        """(n,) cells as boxes of longitude and latitude."""
        return boxes.polygons(self.bounds(codes))

    def to_text(self, codes: Uint64) -> Text:
        """(n,) the 1 to 33 characters of each code (clause 6.2)."""
        return in_blocks(
            len(codes), _TEXT_BLOCK, lambda rows: text.write(*cells.split(codes[rows]))
        )

    def from_text(self, texts: list[str]) -> Uint64:
        """(n,) codes of texts of any mix of levels.

        Raises:
            GridCodeError: A text is not a code, or its cell is not on Earth.
        """
        starts = range(0, len(texts), _TEXT_BLOCK)
        blocks = [_read(texts[i : i + _TEXT_BLOCK]) for i in starts]
        return np.concatenate([np.zeros(0, dtype=np.uint64), *blocks])

    def ancestors(self, codes: Uint64, level: int) -> Uint64:
        """(n,) the cell of `level` in which each cell lies.

        Raises:
            GridCodeError: A cell is coarser than `level`, or merged round a pole and lies in
                no single cell of it.
        """
        check_level(self.levels, level, "GeoSOT")
        return family.ancestors(codes, level)

    def parents(self, codes: Uint64) -> Uint64:
        """(n,) the cell one level up of each cell."""
        return family.parents(codes)

    def children(self, codes: Uint64) -> CellLists:
        """The cells on Earth one level down of each cell, one to four, at level 0 and 8 four."""
        return family.children(codes)

    def neighbors(self, codes: Uint64) -> CellLists:
        """The cells of the same level that share an edge or a corner with each cell."""
        return family.neighbors(codes)

    def roots(self, level: int) -> Uint64:
        """The globe; from level 8 on the cells of level 7 below 88 degrees, and two caps."""
        check_level(self.levels, level, "GeoSOT")
        return family.roots(level).copy()

    def contains(self, outer: Uint64, inner: Uint64) -> Bool:
        """(n,) whether each `inner` cell is the `outer` cell or one of its descendants."""
        return family.contains(outer, inner)

    def overlaps(self, first: Uint64, second: Uint64) -> Bool:
        """(n,) whether one of each two cells holds the other, or shares a polar cap with it."""
        return family.overlaps(first, second)

    def encode_heights(self, heights_m: Float64, level: int) -> Uint64:
        """(n,) height codes of `level` bits of ellipsoidal heights (clause 6.3)."""
        check_level(self.levels[1:], level, "GeoSOT height")
        return height.encode(heights_m, level)

    def height_bounds(self, heights: Uint64, levels: Int64) -> Float64:
        """(n, 2) lower and upper face in metres of each height code."""
        return height.bounds(heights, levels)

    def heights_between(self, low_m: float, high_m: float, level: int) -> Uint64:
        """Height codes of all layers that hold a height from low to below high, upward."""
        check_level(self.levels[1:], level, "GeoSOT height")
        return height.between(low_m, high_m, level)

    def count_heights_between(self, low_m: float, high_m: float, level: int) -> int:
        """How many codes `heights_between` gives."""
        check_level(self.levels[1:], level, "GeoSOT height")
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
        """(n,) the text of each cell followed by the binary digits of its height."""
        return in_blocks(
            len(codes), _TEXT_BLOCK, lambda rows: _solid_text(codes[rows], heights[rows])
        )

    def from_text_3d(self, texts: list[str]) -> tuple[Uint64, Uint64]:
        """(n,) surface codes and (n,) height codes of 3D texts."""
        starts = range(0, len(texts), _TEXT_BLOCK)
        blocks = [_read_solid(texts[i : i + _TEXT_BLOCK]) for i in starts]
        empty = np.zeros(0, dtype=np.uint64)
        return (
            np.concatenate([empty, *(codes for codes, _ in blocks)]),
            np.concatenate([empty, *(heights for _, heights in blocks)]),
        )

    def to_printed(self, codes: Uint64) -> Text:
        """(n,) texts in the printed style, such as G001310322-230230-310312.11001100110."""
        return text.write_printed(self.to_text(codes))

    def to_morton(self, codes: Uint64) -> tuple[Uint64, Int64, Int64]:
        """(n,) 62-bit Morton values, zero below the level, (n,) levels and (n,) quadrants."""
        return morton.to_morton(codes)

    def from_morton(self, values: Uint64, levels: Int64, quadrants: Int64 | int = 0) -> Uint64:
        """(n,) codes of Morton values, levels and quadrants (0 NE, 1 NW, 2 SE, 3 SW).

        Raises:
            GridCodeError: They name no cell on Earth.
        """
        return morton.from_morton(values, levels, np.asarray(quadrants))

    def to_morton_text(self, codes: Uint64) -> Text:
        """(n,) `value-level`; outside the north-east the value has the quadrant on top."""
        return morton.write(codes)

    def from_morton_text(self, texts: list[str]) -> Uint64:
        """(n,) codes of texts `value-level`.

        Raises:
            GridCodeError: A text is not of this form, or names no cell on Earth.
        """
        return morton.read(texts)

    def neighbors_3d(self, codes: Uint64, heights: Uint64) -> SolidLists:
        """The 26 solid cells around each; fewer at the caps and at the ends of the heights."""
        beside = height.beside(heights, self.level_of(codes))
        return solids.neighbors(codes, heights, self.neighbors(codes), beside)


def _encode(at: Ticks, level: int, first: int) -> Uint64:
    """Codes of one block of points whose first has the number `first`."""
    codes = cells.encode_ticks(at, level)
    caps = at.y >= polar.NEAREST_TICKS
    if level < polar.FIRST_LEVEL or not caps.any():
        return codes
    if level > polar.LAST_LEVEL:
        raise GridCodeError(
            f"point {first + int(np.argmax(caps))}: beyond latitude 88 degrees GeoSOT codes are "
            f"defined to level {polar.LAST_LEVEL} only, not {level}"
        )
    cap = at.take(caps)
    codes[caps] = polar.encode(cap.x, cap.y, cap.west, cap.south, level)
    return codes


def _read(texts: list[str]) -> Uint64:
    """Codes of one block of texts."""
    return _existing(texts, text.read(texts))


def _read_solid(texts: list[str]) -> tuple[Uint64, Uint64]:
    """Codes and height codes of one block of 3D texts."""
    codes, heights = solid_text.read(texts)
    return _existing([words[: len(words) // 2 + 1] for words in texts], codes), heights


def _existing(texts: list[str], codes: Uint64) -> Uint64:
    """The codes, checked to be of cells on Earth."""
    _, path, level = code.unpack(codes)
    missing = cells.missing(codes, path, level)
    if missing.any():
        row = int(np.argmax(missing))
        raise GridCodeError(text.explain_missing(texts[row], path[row : row + 1]))
    return codes


def _solid_text(codes: Uint64, heights: Uint64) -> Text:
    """3D texts of one block of codes."""
    parts = cells.split(codes)
    return solid_text.write(text.write(*parts), heights, parts[2])


PLUGIN: HeightGrid = GeosotGrid()
