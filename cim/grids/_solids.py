"""Neighbours in three dimensions, for any grid that has height codes."""

from dataclasses import dataclass

import numpy as np

from cim.arrays import Bool, Int64, Uint64
from cim.grids._lists import offsets
from cim.grids.base import CellLists, SolidLists

type Beside = tuple[Uint64, Bool, Uint64, Bool]
"""Height codes below and above, each with whether there is one."""


def neighbors(codes: Uint64, heights: Uint64, around: CellLists, beside: Beside) -> SolidLists:
    """Up to 26 neighbours of solid cells.

    Args:
        codes: (n,) cells of the surface.
        heights: (n,) height codes.
        around: Neighbours of `codes` on the surface.
        beside: Height codes below and above each of `heights`.
    """
    owner = np.concatenate([around.owners(), np.arange(len(codes))])
    columns = np.concatenate([around.codes, codes])
    under, has_under, over, has_over = beside
    same = np.ones(len(codes), dtype=np.bool_)
    found = []
    for height, there in ((under, has_under), (heights, same), (over, has_over)):
        itself = (columns == codes[owner]) & (height[owner] == heights[owner])
        keep = there[owner] & ~itself
        found.append((owner[keep], columns[keep], height[owner][keep]))
    return _in_order(found, len(codes))


@dataclass(frozen=True, slots=True)
class Span:
    """Layers of height in steps of 1/2048 second, the unit in which all levels are whole."""

    low: Int64
    """(n,) lower face."""

    high: Int64
    """(n,) upper face."""

    def holds(self, other: "Span") -> Bool:
        """(n,) whether each other span lies in this one."""
        held: Bool = (self.low <= other.low) & (other.high <= self.high)
        return held

    def meets(self, other: "Span") -> Bool:
        """(n,) whether each other span shares more than a face with this one."""
        met: Bool = (self.low < other.high) & (other.low < self.high)
        return met


def _in_order(found: list[tuple[Int64, Uint64, Uint64]], count: int) -> SolidLists:
    """Pieces of owners, cells and heights as sorted lists."""
    owner, cells, heights = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((heights, cells, owner))
    starts = offsets(np.bincount(owner, minlength=count))
    return SolidLists(cells[order], heights[order], starts)
