"""The grids as discrete global grid reference systems (DGGRS), and zone ids as their codes.

Source: OGC 21-038r1, clause 7 and Annex B (schema of a DGGRS definition).
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api.errors import ParameterError
from api.ogc.dggs.facts import FACTS, Facts
from cim import plugins
from cim.arrays import Uint64
from cim.errors import NotFoundError
from cim.grids.base import Grid, GridCodeError
from cim.zones.cover import CoverLimitError

PACKAGE = "cim.grids"
SAMPLE = np.array([[114.3, 30.6]])
"""A place away from poles, pentagons and seams: its cells have the usual number of children."""

DEEP_SUBZONES = 150_000
"""Sub-zones that `maxRelativeDepth` never exceeds."""

USUAL_SUBZONES = 1_000
"""Sub-zones that `defaultDepth` never exceeds."""


@dataclass(frozen=True, slots=True)
class Dggrs:
    """One reference system."""

    id: str
    """Path segment, such as `BeiDou`."""

    name: str
    """Name of the grid plugin, such as `beidou`."""

    @property
    def grid(self) -> Grid:
        """The grid."""
        grid: Grid = plugins.load(self.name, PACKAGE)
        return grid

    @property
    def facts(self) -> Facts | None:
        """What is known of the system beyond the grid protocol; None for a grid added later."""
        return FACTS.get(self.name)

    @property
    def levels(self) -> range:
        """Refinement levels."""
        return self.grid.levels

    @property
    def default_depth(self) -> int:
        """Relative depth of zone data when none is asked for."""
        return _depth(self.name, USUAL_SUBZONES)

    @property
    def max_depth(self) -> int:
        """Largest relative depth of zone data."""
        return _depth(self.name, DEEP_SUBZONES)

    def text(self, codes: Uint64) -> list[str]:
        """Zone ids of codes."""
        return [str(text) for text in self.grid.to_text(codes)]


def all_systems() -> tuple[Dggrs, ...]:
    """Every grid plugin as a DGGRS."""
    return tuple(
        Dggrs(FACTS[name].id if name in FACTS else name, name) for name in plugins.names(PACKAGE)
    )


def find(dggrs: str) -> Dggrs:
    """The system of an id.

    Raises:
        NotFoundError: There is none; the message lists the known ones.
    """
    for system in all_systems():
        if system.id == dggrs:
            return system
    known = ", ".join(system.id for system in all_systems())
    raise NotFoundError(f"no DGGRS {dggrs[:40]!r}; known: {known}")


def zone_code(system: Dggrs, zone: str) -> np.uint64:
    """Code of a zone id in a path.

    Raises:
        NotFoundError: The id is well formed, but the system has no such zone.
        ParameterError: The id is malformed.
    """
    try:
        return np.uint64(system.grid.from_text([zone])[0])
    except GridCodeError as error:
        form = system.facts.zone_form if system.facts else None
        if form is not None and re.fullmatch(form, zone):
            raise NotFoundError(f"{system.id} has no zone {zone!r}: {error}") from error
        raise ParameterError("zoneId", str(error)) from error


def parent_code(system: Dggrs, zone: str | None) -> np.uint64 | None:
    """Code of the `parent-zone` parameter.

    Raises:
        ParameterError: It is no zone of the system.
    """
    try:
        return None if zone is None else np.uint64(system.grid.from_text([zone])[0])
    except GridCodeError as error:
        raise ParameterError("parent-zone", str(error)) from error


def check_level(system: Dggrs, field: str, level: int) -> int:
    """The level, when the system has it.

    Raises:
        ParameterError: It has not.
    """
    if level not in system.levels:
        legal = f"{system.levels[0]} to {system.levels[-1]}"
        raise ParameterError(field, f"{level} is not a level of {system.id}; legal: {legal}")
    return level


def level_of(system: Dggrs, code: np.uint64) -> int:
    """Level of one zone."""
    return int(system.grid.level_of(np.array([code]))[0])


def sub_zones(system: Dggrs, code: np.uint64, level: int, *, limit: int) -> Uint64:
    """The zones of `level` below a zone, in sub-zone order: by ascending code.

    Raises:
        CoverLimitError: There would be more than the limit.
        GridCodeError: The zone, or one below it, has no zones below it.
    """
    codes, grid = np.array([code]), system.grid
    for below in range(level_of(system, code) + 1, level + 1):
        codes = grid.children(codes).codes
        estimate = len(codes) * _growth(system.name, below, level)
        if estimate > limit:
            raise CoverLimitError(estimate, limit, level)
    return np.sort(codes)


def usual_depth(system: Dggrs, code: np.uint64) -> int:
    """The default depth for one zone: less where the hierarchy ends, as it does near the poles."""
    level = level_of(system, code)
    for depth in range(min(system.default_depth, system.levels[-1] - level), 0, -1):
        try:
            sub_zones(system, code, level + depth, limit=DEEP_SUBZONES)
        except GridCodeError:
            continue
        return depth
    return 0


@functools.cache
def _branching(name: str) -> Mapping[int, int]:
    """Children of a usual cell of each level but the finest."""
    grid: Grid = plugins.load(name, PACKAGE)
    return {
        level: len(grid.children(grid.encode(SAMPLE, level)).codes) for level in grid.levels[:-1]
    }


def _growth(name: str, level: int, deeper: int) -> int:
    """Cells of a deeper level below a usual cell."""
    branching, number = _branching(name), 1
    for between in range(level, deeper):
        number *= branching[between]
    return number


@functools.cache
def _depth(name: str, limit: int) -> int:
    """Largest depth at which no usual cell of any level has more sub-zones than the limit."""
    levels = list(_branching(name))
    depth = 0
    while depth < len(levels) and all(
        _growth(name, level, level + depth + 1) <= limit for level in levels[: len(levels) - depth]
    ):
        depth += 1
    return depth
