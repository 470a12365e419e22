"""Neighbours of box cells: over the prime meridian, the equator, the antimeridian, the caps.

A cell is a box of ticks in the mirrored quadrant. What lies beside it holds the tick just
beyond its far edge, or just inside its near one; at the prime meridian and the equator that
is tick 0 of the other hemisphere, at the antimeridian the last tick of the other hemisphere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from cim.arrays import Bool, Float64, Int64, Uint64
from cim.grids._lists import compact, merge, offsets
from cim.grids._ticks import HALF_TURN, Ticks
from cim.grids.base import CellLists

SLACK_DEG = 1e-9
"""Cells nearer than this, in degrees, touch; it only has to be above the rounding of 360."""


@dataclass(frozen=True, slots=True)
class TickBoxes:
    """Boxes in the mirrored quadrant, in ticks."""

    low: Int64
    """(n, 2) corner nearest the anchor, x first."""

    high: Int64
    """(n, 2) corner farthest from it."""

    west: Bool
    """(n,)"""

    south: Bool
    """(n,)"""


type Coder = Callable[[Ticks], Uint64]
"""Codes, at one level, of points below the polar limit."""


def neighbors(
    codes: Uint64, boxes: TickBoxes, limit: int, encode: Coder, asked: Bool
) -> CellLists:
    """Up to eight neighbours of cells of one level; none beyond `limit` ticks of latitude.

    Only the cells that are `asked` get a list; the lists of the others stay empty.
    """
    found, kept = [], []
    for at, inside in _beside(boxes, limit):
        wanted = inside & asked
        x, y = np.where(wanted, at.x, 0), np.where(wanted, at.y, 0)
        found.append(encode(Ticks(x, y, at.west, at.south)))
        kept.append(wanted & (found[-1] != codes))
    return compact(np.column_stack(found), np.column_stack(kept))


def _beside(boxes: TickBoxes, limit: int) -> Iterator[tuple[Ticks, Bool]]:
    """A point of each of the eight cells around, and whether it is within the limit."""
    columns = _moves(boxes.low[:, 0], boxes.high[:, 0], boxes.west, HALF_TURN)
    rows = _moves(boxes.low[:, 1], boxes.high[:, 1], boxes.south, None)
    for at, ((x, west), (y, south)) in enumerate(product(columns, rows)):
        if at:
            yield Ticks(x, y, west, south), y < limit


def _moves(low: Int64, high: Int64, flip: Bool, seam: int | None) -> list[tuple[Int64, Bool]]:
    """Along one axis: stay, outward, inward, each as tick and hemisphere."""
    inward = np.where(low > 0, low - 1, 0), flip ^ (low == 0)
    if seam is None:
        return [(low, flip), (high, flip), inward]
    over = high >= seam
    return [(low, flip), (np.where(over, seam - 1, high), flip ^ over), inward]


def touching(first: Float64, second: Float64) -> Bool:
    """(m, k) whether boxes of bounds (m, 4) and (k, 4) share an edge, a corner or more."""
    west_a, south_a, east_a, north_a = (part[:, None] for part in first.T)
    west_b, south_b, east_b, north_b = (part[None, :] for part in second.T)
    meet_lat = (south_a <= north_b + SLACK_DEG) & (south_b <= north_a + SLACK_DEG)
    width_a, width_b = _width(west_a, east_a), _width(west_b, east_b)
    into_a = (west_b - west_a + SLACK_DEG) % 360 <= width_a + 2 * SLACK_DEG
    into_b = (west_a - west_b + SLACK_DEG) % 360 <= width_b + 2 * SLACK_DEG
    meet: Bool = meet_lat & (into_a | into_b)
    return meet


def _width(west: Float64, east: Float64) -> Float64:
    """Degrees from west to east; a full turn stays one."""
    return np.where(east - west == 360, 360, (east - west) % 360)  # noqa: PLR2004 - a full turn


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All cells of one level in the polar caps and on the rings that touch them."""

    codes: Uint64
    """(m,) sorted."""

    bounds: Float64
    """(m, 4) degrees."""

    @classmethod
    def of(cls, codes: list[Uint64], bounds: list[Float64]) -> "Surroundings":
        """Cells given in pieces, put in order."""
        joined = np.concatenate(codes)
        order = np.argsort(joined)
        return cls(joined[order], np.vstack(bounds)[order])

    def bounds_of(self, codes: Uint64) -> Float64:
        """(n, 4) bounds of some of the cells."""
        return self.bounds[np.searchsorted(self.codes, codes)]

    def holds(self, codes: Uint64) -> Bool:
        """(n,) whether each code is one of the cells."""
        row = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        held: Bool = self.codes[row] == codes
        return held


def with_caps(plain: CellLists, rows: Int64, codes: Uint64, around: Surroundings) -> CellLists:
    """Neighbours of `plain` and, for the rows given, also those that touch across a cap's edge.

    Args:
        plain: Neighbours without the caps.
        rows: Which cells are in a cap or on the ring below it.
        codes: (n,) all cells asked about.
        around: The cells of the caps and their rings, with bounds.
    """
    pairs = touching(around.bounds_of(codes[rows]), around.bounds)
    pairs &= around.codes[None, :] != codes[rows][:, None]
    owner, found = np.nonzero(pairs)
    counts = np.zeros(len(codes), dtype=np.int64)
    counts[rows] = np.bincount(owner, minlength=len(rows))
    return merge(plain, CellLists(around.codes[found], offsets(counts)))
