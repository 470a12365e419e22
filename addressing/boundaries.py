"""Boundaries of divisions: which one holds a point, and where that contradicts the text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from addressing.division import Division
from addressing.divisions import Divisions
from cim.arrays import Float64, Int64
from cim.errors import InputError, SourceDataError

_POLYGONS = (3, 6)
"""Shapely's numbers of polygon and multipolygon."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An address whose door lies in another division than its text says."""

    row: int
    told: str
    """Code of the division in the text."""

    found: str
    """Code of the division around the door; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Areas of divisions of one level; they do not overlap, or the first in order counts."""

    codes: tuple[str, ...]
    tree: shapely.STRtree

    @classmethod
    def of(cls, areas: Iterable[tuple[str, shapely.Geometry]]) -> "Boundaries":
        """Boundaries of a layer.

        Args:
            areas: Division code, and polygon in lon/lat degrees CGCS2000 (EPSG:4490).

        Raises:
            SourceDataError: There is no area, one is not a polygon, or a code is there twice.
        """
        pairs = tuple(areas)
        if not pairs:
            raise SourceDataError("no boundary at all", where="boundaries")
        codes = tuple(code for code, _ in pairs)
        for place, (code, area) in enumerate(pairs):
            if shapely.get_type_id(area) not in _POLYGONS or shapely.is_empty(area):
                reason = f"boundary of {code!r} is a {area.geom_type}; legal: a polygon with area"
                raise SourceDataError(reason, where=f"boundaries row {place + 1}")
        if len(set(codes)) < len(codes):
            twice = next(code for code in codes if codes.count(code) > 1)
            raise SourceDataError(f"code {twice!r} is there twice", where="boundaries")
        return cls(codes, shapely.STRtree([area for _, area in pairs]))

    def locate(self, lon_lat: Float64) -> tuple[str, ...]:
        """Code of the division that holds each point, its edge included; empty outside all.

        Args:
            lon_lat: (n, 2) degrees CGCS2000 (EPSG:4490), longitude first.

        Raises:
            InputError: A position is not finite.
        """
        if not np.isfinite(lon_lat).all():
            row = int(np.flatnonzero(~np.isfinite(lon_lat).all(axis=1))[0])
            raise InputError(f"point {row}: {lon_lat[row].tolist()}; legal: finite degrees")
        places, areas = self.tree.query(shapely.points(lon_lat), predicate="intersects")
        return self._first(len(lon_lat), places, areas)

    def _first(self, count: int, places: Int64, areas: Int64) -> tuple[str, ...]:
        """Of several areas around a point the first in the layer's order."""
        found = np.full(count, len(self.codes), np.int64)
        np.minimum.at(found, places, areas)
        named = (*self.codes, "")
        return tuple(named[area] for area in found.tolist())

    def disagreements(self, lon_lat: Float64, told: Sequence[str]) -> tuple[Disagreement, ...]:
        """The rows whose door lies in another division than their text says.

        A text that names a division above or below that of the boundary agrees with it; one that
        names none (an empty code) is not asked.

        Args:
            lon_lat: (n, 2) degrees CGCS2000 (EPSG:4490) of the doors.
            told: (n,) division codes in the texts.

        Raises:
            InputError: The numbers of rows differ, or a position is not finite.
        """
        if len(told) != len(lon_lat):
            raise InputError(f"{len(told)} codes for {len(lon_lat)} points; legal: one for each")
        found = self.locate(lon_lat)
        pairs = enumerate(zip(told, found, strict=True))
        return tuple(
            Disagreement(row, code, place)
            for row, (code, place) in pairs
            if code and not _agree(code, place)
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The division of a door, by where it is and what its text says."""

    path: tuple[Division, ...]
    """From the province down; empty when neither tells."""

    disagreement: Disagreement | None
    """Where the two differ; the boundary decides."""


def decide(
    boundaries: Boundaries, divisions: Divisions, lon_lat: Float64, told: Sequence[str]
) -> tuple[Decision, ...]:
    """The division of each door: the one around it; a finer one of the text that lies in it.

    Where no boundary is around a door the text decides, and that is a disagreement too.

    Args:
        boundaries: Areas whose codes are among the divisions.
        divisions: With the codes of texts and boundaries.
        lon_lat: (n, 2) degrees CGCS2000 (EPSG:4490) of the doors.
        told: (n,) division codes in the texts, empty where a text has none.

    Raises:
        InputError: The numbers of rows differ, or a position is not finite.
        NotFoundError: A code is none of the divisions.
    """
    differ = {one.row: one for one in boundaries.disagreements(lon_lat, told)}
    return tuple(
        Decision(divisions.path(code) if code else (), differ.get(row))
        for row, (told_here, found) in enumerate(
            zip(told, boundaries.locate(lon_lat), strict=True)
        )
        for code in [told_here if not found or told_here.startswith(found) else found]
    )


def _agree(one: str, other: str) -> bool:
    """Whether one division lies in the other."""
    return bool(other) and (one.startswith(other) or other.startswith(one))
