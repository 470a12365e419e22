"""The way down the tree of cells for many shapes at once.

The work is a list of pairs of a shape and a cell. A pair is dropped when the cell and all its
descendants are away from the shape, kept whole when they all lie inside it, and else replaced
by the pairs of the shape with the cell's children, down to the level asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from cim.arrays import Bool, Float64, Int64, Objects, Uint64
from cim.grids.base import Grid
from cim.zones.predicates import inside_area, near, reach_of

_BATCH = 1 << 16
_PLAIN_LATITUDE_DEG = 70.0
"""Shapes beyond this latitude, or at the antimeridian, start from the roots of the grid."""

_LOOSE_SHARE = 0.15
_LOOSE_SHARE_AT_LEVEL = 0.4
"""Share of an H3 cell up to which a shape lies in the cells at its corners and their neighbours:
with all descendants, which may pass the edges, or at the level itself."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Shapes and cells, pair by pair."""

    owner: Int64
    """(n,) number of the shape."""

    codes: Uint64
    """(n,) cell."""

    def take(self, rows: Bool) -> "Pairs":
        """The pairs of the rows that are True."""
        return Pairs(self.owner[rows], self.codes[rows])


def join(pieces: list[Pairs]) -> Pairs:
    """Pairs of all pieces."""
    owner = np.concatenate([np.zeros(0, dtype=np.int64), *(piece.owner for piece in pieces)])
    return Pairs(
        owner, np.concatenate([np.zeros(0, dtype=np.uint64), *(piece.codes for piece in pieces)])
    )


type LeafTest = Callable[[Grid, Pairs, Objects], Bool]
"""Whether each pair of a cell of the level and a shape passes."""


def descend(
    grid: Grid, shapes: Objects, level: int, passes: LeafTest, check: Callable[[int], None]
) -> tuple[Pairs, Pairs]:
    """Coarser cells that lie inside shapes, and cells of the level that pass a test.

    Args:
        grid: The grid system.
        shapes: (s,) lines and polygons in one turn of longitude.
        level: Level asked for.
        passes: The test of a cell of the level.
        check: Called with the number of pairs at work; raises when there are too many.
    """
    shapely.prepare(shapes)
    boxes = shapely.bounds(shapes)
    frontier = start(grid, boxes, level)
    whole, single = [], []
    while len(frontier.codes):
        frontier, extents = _reaching(grid, frontier, shapes, boxes)
        inside = inside_area(shapes[frontier.owner], extents)
        whole.append(frontier.take(inside))
        frontier = frontier.take(~inside)
        at_level = grid.level_of(frontier.codes) == level
        leaves = frontier.take(at_level)
        single.append(leaves.take(passes(grid, leaves, shapes[leaves.owner])))
        frontier = frontier.take(~at_level)
        check(len(frontier.codes))
        frontier = below(grid, frontier)
    return join(whole), join(single)


def _reaching(grid: Grid, pairs: Pairs, shapes: Objects, boxes: Float64) -> tuple[Pairs, Objects]:
    """The pairs whose cell has descendants that may meet the shape, and those cells' extents."""
    bounds = reach_of(grid, pairs.codes)
    close = near(bounds.box, boxes[pairs.owner])
    pairs, extents = pairs.take(close), bounds.extents(close)
    meeting: Bool = shapely.intersects(shapes[pairs.owner], extents)
    return pairs.take(meeting), extents[meeting]


def below(grid: Grid, pairs: Pairs) -> Pairs:
    """Pairs of the same shapes with the children of their cells."""
    if not len(pairs.codes):
        return pairs
    lists = grid.children(pairs.codes)
    return Pairs(pairs.owner[lists.owners()], lists.codes)


def spread(grid: Grid, whole: Pairs, level: int) -> Iterator[Pairs]:
    """Pairs with all cells of the level below coarser cells, in batches."""
    stack = [whole]
    while stack:
        pairs = stack.pop()
        at_level = grid.level_of(pairs.codes) == level
        if at_level.any():
            yield pairs.take(at_level)
        pairs = pairs.take(~at_level)
        if len(pairs.codes) > _BATCH:
            first = np.arange(len(pairs.codes)) < len(pairs.codes) // 2
            stack += [pairs.take(~first), pairs.take(first)]
        elif len(pairs.codes):
            stack.append(below(grid, pairs))


def start(grid: Grid, boxes: Float64, level: int) -> Pairs:
    """Pairs that hold all of each shape, as fine as is found without a way down.

    A shape lies in the cells at the corners of its bounds as soon as no cell is between them.
    """
    left = np.arange(len(boxes))
    plain = (np.abs(boxes[:, [1, 3]]) < _PLAIN_LATITUDE_DEG).all(axis=1)
    plain &= (np.abs(boxes[:, [0, 2]]) < 179).all(axis=1)  # noqa: PLR2004 - degrees of the globe
    left, rest = left[plain], left[~plain]
    found = []
    for at in range(level, grid.levels[0] - 1, -1):
        if not len(left):
            break
        share = _LOOSE_SHARE_AT_LEVEL if at == level else _LOOSE_SHARE
        fits = _fits(grid, boxes[left], at, share)
        found.append(_corner_cells(grid, boxes, left[fits], at))
        left = left[~fits]
    rest = np.concatenate([rest, left])
    roots = grid.roots(level)
    found.append(Pairs(np.repeat(rest, len(roots)), np.tile(roots, len(rest))))
    return join(found)


def _fits(grid: Grid, boxes: Float64, level: int, share: float) -> Bool:
    """Whether the cells at the corners of each box hold it, no cell lying between them."""
    low = grid.bounds(grid.encode(boxes[:, :2], level))
    high = grid.bounds(grid.encode(boxes[:, 2:], level))
    if grid.nested:
        joined: Bool = (low[:, 2:] >= high[:, :2]).all(axis=1)
        return joined
    size = np.minimum(low[:, 2:] - low[:, :2], high[:, 2:] - high[:, :2])
    small: Bool = (boxes[:, 2:] - boxes[:, :2] <= share * size).all(axis=1)
    return small


def _corner_cells(grid: Grid, boxes: Float64, owner: Int64, level: int) -> Pairs:
    """Pairs of shapes with the cells at the corners of their bounds, each once."""
    corners = [grid.encode(boxes[owner][:, at], level) for at in ([0, 1], [0, 3], [2, 1], [2, 3])]
    found = unique(Pairs(np.tile(owner, 4), np.concatenate(corners)))
    if grid.nested:
        return found
    around = grid.neighbors(found.codes)
    return unique(join([found, Pairs(found.owner[around.owners()], around.codes)]))


def unique(pairs: Pairs) -> Pairs:
    """The pairs in order of shape and cell, each once."""
    order = np.lexsort((pairs.codes, pairs.owner))
    owner, codes = pairs.owner[order], pairs.codes[order]
    keep = np.ones(len(codes), dtype=np.bool_)
    keep[1:] = (owner[1:] != owner[:-1]) | (codes[1:] != codes[:-1])
    return Pairs(owner[keep], codes[keep])
