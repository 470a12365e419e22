"""The protocol of a grid system: exact codes for points, and back.

A code is one unsigned 64-bit integer that knows its own level, so an array of codes may mix
levels. Text is a view at the edge.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from cim.arrays import Bool, Float64, Int64, Objects, Text, Uint64
from cim.errors import InputError


class GridCodeError(InputError):
    """A text or integer is not a code of the grid, or a point has no cell."""


@dataclass(frozen=True, slots=True)
class CellLists:
    """One list of cells for each of n cells asked about."""

    codes: Uint64
    """(m,) all lists, one after the other; each is sorted and has no code twice."""

    offsets: Int64
    """(n + 1,) where the lists begin; list i is `codes[offsets[i]:offsets[i + 1]]`."""

    def owners(self) -> Int64:
        """(m,) which of the n cells each code belongs to."""
        counts = np.diff(self.offsets)
        return np.repeat(np.arange(len(counts)), counts)


@dataclass(frozen=True, slots=True)
class SolidLists:
    """One list of solid cells for each of n solid cells asked about."""

    codes: Uint64
    """(m,) cells of the surface, all lists one after the other."""

    heights: Uint64
    """(m,) their height codes."""

    offsets: Int64
    """(n + 1,) where the lists begin, as in `CellLists`."""


class Grid(Protocol):
    """One grid system. All coordinates are degrees, CGCS2000 (EPSG:4490), longitude first."""

    @property
    def name(self) -> str:
        """Plugin name and path segment, such as `beidou`."""
        ...

    @property
    def title(self) -> dict[str, str]:
        """Human name by language, `zh` and `en`."""
        ...

    @property
    def source(self) -> str:
        """The standard or library that defines the codes."""
        ...

    @property
    def levels(self) -> range:
        """Legal levels, coarsest first."""
        ...

    @property
    def nested(self) -> bool:
        """Whether children tile their parent exactly."""
        ...

    def encode(self, lon_lat: Float64, level: int) -> Uint64:
        """Code of the cell that holds each point; `lon_lat` is (n, 2), the result (n,).

        Raises:
            GridCodeError: A point has no cell at this level, or the level is not one of `levels`.
        """
        ...

    def level_of(self, codes: Uint64) -> Int64:
        """Level of each code."""
        ...

    def centers(self, codes: Uint64) -> Float64:
        """(n, 2) centre of each cell."""
        ...

    def bounds(self, codes: Uint64) -> Float64:
        """(n, 4) west, south, east, north of each cell; west > east across the antimeridian."""
        ...

    def polygons(self, codes: Uint64) -> Objects:
        """(n,) shapely polygons of the cells (multipolygons where cut at the antimeridian)."""
        ...

    def to_text(self, codes: Uint64) -> Text:
        """(n,) the standard's text of each code."""
        ...

    def from_text(self, texts: list[str]) -> Uint64:
        """(n,) codes of texts.

        Raises:
            GridCodeError: A text is not a legal code; the message names it and the place at fault.
        """
        ...

    def ancestors(self, codes: Uint64, level: int) -> Uint64:
        """(n,) the cell of `level` in which each cell lies; a cell of that level is its own.

        Raises:
            GridCodeError: A cell is coarser than `level`, or lies in no single cell of it.
        """
        ...

    def parents(self, codes: Uint64) -> Uint64:
        """(n,) the cell one level up of each cell.

        Raises:
            GridCodeError: A cell is of the coarsest level, or lies in no single cell above.
        """
        ...

    def children(self, codes: Uint64) -> CellLists:
        """The cells one level down of each cell, in the order of their codes.

        Raises:
            GridCodeError: A cell is of the finest level, or has no cells defined below it.
        """
        ...

    def neighbors(self, codes: Uint64) -> CellLists:
        """The cells of the same level that share an edge or a corner with each cell.

        Cells that meet in nothing but a pole of the globe are not neighbours.
        """
        ...

    def roots(self, level: int) -> Uint64:
        """Cells that tile the globe and from which `children` leads to every cell of `level`."""
        ...

    def contains(self, outer: Uint64, inner: Uint64) -> Bool:
        """(n,) whether each `inner` cell is the `outer` cell or one of its descendants."""
        ...

    def overlaps(self, first: Uint64, second: Uint64) -> Bool:
        """(n,) whether each two cells, of any levels, share more than their edges.

        In a nested grid one of them then holds the other. Symmetric.
        """
        ...


@runtime_checkable
class HeightGrid(Grid, Protocol):
    """A grid whose cells have layers of height above the CGCS2000 ellipsoid.

    A solid cell is a pair: the code of its surface cell, which tells the level, and its height
    code, an unsigned integer read as the standard writes it.
    """

    def encode_heights(self, heights_m: Float64, level: int) -> Uint64:
        """(n,) height codes of ellipsoidal heights in metres.

        Raises:
            GridCodeError: A height is outside the grid, or has no code at this level.
        """
        ...

    def height_bounds(self, heights: Uint64, levels: Int64) -> Float64:
        """(n, 2) lower and upper face in metres; the lower face belongs to the cell."""
        ...

    def heights_between(self, low_m: float, high_m: float, level: int) -> Uint64:
        """Height codes of all layers that hold a height from low to below high, upward.

        Raises:
            GridCodeError: A height is outside the grid, or low is above high.
        """
        ...

    def count_heights_between(self, low_m: float, high_m: float, level: int) -> int:
        """How many codes `heights_between` gives, without making them.

        Raises:
            GridCodeError: As `heights_between`.
        """
        ...

    def contains_3d(
        self, outer: Uint64, outer_heights: Uint64, inner: Uint64, inner_heights: Uint64
    ) -> Bool:
        """(n,) whether each `inner` solid cell lies in the `outer` one, sides and layers."""
        ...

    def overlaps_3d(
        self, first: Uint64, first_heights: Uint64, second: Uint64, second_heights: Uint64
    ) -> Bool:
        """(n,) whether each two solid cells, of any levels, share more than their faces."""
        ...

    def to_text_3d(self, codes: Uint64, heights: Uint64) -> Text:
        """(n,) the standard's text of each solid cell."""
        ...

    def from_text_3d(self, texts: list[str]) -> tuple[Uint64, Uint64]:
        """(n,) surface codes and (n,) height codes of 3D texts.

        Raises:
            GridCodeError: A text is not a legal 3D code; the message names it.
        """
        ...

    def neighbors_3d(self, codes: Uint64, heights: Uint64) -> SolidLists:
        """The solid cells of the same level that share a face, an edge or a corner."""
        ...
