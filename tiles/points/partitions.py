"""Sharing points out to cubes that fit in memory, in two passes over a file.

The first pass counts the points of small cells, the second writes each point to the stretch of a
new file that belongs to its cube. A cell that is still too full is shared out again.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cim.arrays import Int64
from tiles.points import morton
from tiles.points.lattice import Cube, Points, columns_within
from tiles.points.spill import PointFile

DEPTH = 7
"""Levels of cells below the cube that is shared out: 128 cells each way."""

_CHUNK = 131_072


@dataclass(frozen=True, slots=True)
class Partition:
    """Points of a cube."""

    cube: Cube
    depth: int
    """Levels below the root."""

    points: Points
    crowded: bool = False
    """The cube is a single lattice point and comes in several partitions."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """Small cells of a cube, numbered by Morton code."""

    cube: Cube
    levels: int
    """Of cells below the cube."""

    def codes(self, points: Points) -> Int64:
        """(n,) cell of each point."""
        shift = self.cube.bits - self.levels
        return morton.encode(columns_within(points, self.cube), shift)

    def cube_of(self, code: int, level: int) -> Cube:
        """The cube whose first cell has this code."""
        x, y, z = morton.decode(code)
        size = self.cube.bits - self.levels
        east, north, up = self.cube.low
        low = (east + (x << size), north + (y << size), up + (z << size))
        return Cube(low, self.cube.bits - level)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the points of each part go."""

    cells: _Cells
    firsts: Int64
    """(k,) first cell of each part, rising."""

    levels: tuple[int, ...]
    """(k,) of the parts' cubes."""

    starts: Int64
    """(k,) where each part begins in the new file."""

    ends: Int64

    def parts(self) -> Iterator[tuple[int, int, range]]:
        """First cell, level and place in the new file of each part."""
        spans = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        for code, level, span in zip(self.firsts.tolist(), self.levels, spans, strict=True):
            yield code, level, range(*span)


def partitions(file: PointFile, cube: Cube, limit: int, folder: Path) -> Iterator[Partition]:
    """All points of a file, in cubes of at most `limit` points, in Morton order of the cubes.

    Args:
        file: The points.
        cube: Holds them all.
        limit: At least 1.
        folder: For temporary files.
    """
    numbers = itertools.count()

    def share(source: PointFile, span: range, within: Cube, depth: int) -> Iterator[Partition]:
        if len(span) <= limit:
            yield Partition(within, depth, source.read(span))
        elif within.bits == 0:
            for points in source.chunks(span, limit):
                yield Partition(within, depth, points, crowded=True)
        else:
            cells = _Cells(within, min(DEPTH, within.bits))
            plan = _plan(source, span, cells, limit)
            with PointFile(folder / f"points-{next(numbers)}") as dealt:
                _deal(source, span, plan, dealt)
                for code, level, part in plan.parts():
                    yield from share(dealt, part, cells.cube_of(code, level), depth + level)

    yield from share(file, range(len(file)), cube, 0)


def cut(counts: Int64, levels: int, limit: int) -> list[tuple[int, int]]:
    """The largest cubes of at most `limit` points, cells as they are where these hold more.

    Args:
        counts: (8 ** levels,) points of each cell, by Morton code.
        levels: Of cells below the whole.
        limit: Points of a cube.

    Returns:
        First cell of each cube that is not empty, and its level, in Morton order.
    """
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    found: list[tuple[int, int]] = []
    waiting = [(0, 0)]
    while waiting:
        code, level = waiting.pop()
        size = 1 << 3 * (levels - level)
        count = int(before[code + size] - before[code])
        if not count:
            continue
        if count <= limit or level == levels:
            found.append((code, level))
        else:
            waiting += [(code + number * size // 8, level + 1) for number in range(7, -1, -1)]
    return found


def _plan(file: PointFile, span: range, cells: _Cells, limit: int) -> _Plan:
    """The first pass."""
    counts = np.zeros(8**cells.levels, np.int64)
    for points in file.chunks(span, _CHUNK):
        np.add.at(counts, cells.codes(points), 1)
    cuts = cut(counts, cells.levels, limit)
    firsts = np.array([code for code, _ in cuts])
    ends = np.cumsum(np.add.reduceat(counts, firsts))
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    return _Plan(cells, firsts, tuple(level for _, level in cuts), starts, ends)


def _deal(source: PointFile, span: range, plan: _Plan, target: PointFile) -> None:
    """The second pass."""
    places = plan.starts.copy()
    few = len(places) <= np.iinfo(np.uint16).max  # short integers are sorted by their digits
    for points in source.chunks(span, _CHUNK):
        codes = plan.cells.codes(points)
        number = np.searchsorted(plan.firsts, codes, side="right") - 1
        order = np.argsort(number.astype(np.uint16 if few else np.int64), kind="stable")
        arranged = points[order]
        sizes = np.bincount(number, minlength=len(places))
        at = np.cumsum(sizes) - sizes
        for part in np.flatnonzero(sizes).tolist():
            target.write(int(places[part]), arranged[at[part] : at[part] + sizes[part]])
        places += sizes
