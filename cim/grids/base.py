"""The protocol of a grid system: exact codes for points, and back.

A code is one unsigned 64-bit integer that knows its own level, so an array of codes may mix
levels. Text is a view at the edge.
"""

from typing import Protocol

from cim.arrays import Float64, Int64, Objects, Text, Uint64
from cim.errors import InputError


class GridCodeError(InputError):
    """A text or integer is not a code of the grid, or a point has no cell."""


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
