"""Cells of mixed levels: fewest cells of the same extent, and back to one level."""

import numpy as np

from cim.arrays import Uint64
from cim.grids.base import Grid, GridCodeError


def compact(grid: Grid, codes: Uint64) -> Uint64:
    """(n,) sorted codes in which no parent's children are all present.

    Cells that lie in another cell of the set are dropped.

    Args:
        grid: The grid system.
        codes: Cells of any levels, in any order.
    """
    codes = np.unique(codes)
    levels = grid.level_of(codes)
    done: list[Uint64] = []
    for level in range(int(levels.max(initial=0)), grid.levels[0], -1):
        here = codes[levels == level]
        whole, loose = _whole_parents(grid, here)
        done.append(loose)
        codes = np.unique(np.concatenate([codes[levels < level], whole]))
        levels = grid.level_of(codes)
    return np.sort(without_descendants(grid, np.concatenate([codes, *done])))


def _whole_parents(grid: Grid, codes: Uint64) -> tuple[Uint64, Uint64]:
    """Parents of which all children are present, and the cells of the others."""
    orphans = _without_parent(grid, codes)
    rest = codes[~np.isin(codes, orphans)]
    if not len(rest):
        return rest, orphans
    parents, inverse, present = np.unique(
        grid.parents(rest), return_inverse=True, return_counts=True
    )
    whole = present == np.diff(grid.children(parents).offsets)
    return parents[whole], np.concatenate([rest[~whole[inverse]], orphans])


def _without_parent(grid: Grid, codes: Uint64) -> Uint64:
    """The cells that lie in no single parent: the two merged caps of GeoSOT."""
    try:
        grid.parents(codes)
    except GridCodeError:
        roots = grid.roots(grid.levels[-1])
        return codes[np.isin(codes, roots)]
    return codes[:0]


def without_descendants(grid: Grid, codes: Uint64) -> Uint64:
    """The cells that lie in no other cell of the set."""
    kept = np.unique(codes)
    levels = grid.level_of(kept)
    for level in np.unique(levels).tolist():
        coarse = kept[levels == level]
        finer = np.flatnonzero(levels > level)
        if not len(finer):
            break
        inside = np.zeros(len(kept), dtype=np.bool_)
        below = _ancestors_or_self(grid, kept[finer], level)
        inside[finer] = np.isin(below, coarse)
        kept, levels = kept[~inside], levels[~inside]
    return kept


def _ancestors_or_self(grid: Grid, codes: Uint64, level: int) -> Uint64:
    """Ancestors at a level; a cell that has none there stands for itself."""
    try:
        return grid.ancestors(codes, level)
    except GridCodeError:
        return np.array([_ancestor_or_self(grid, code, level) for code in codes])


def _ancestor_or_self(grid: Grid, code: np.uint64, level: int) -> np.uint64:
    """The ancestor of one cell, or the cell."""
    try:
        return np.uint64(grid.ancestors(np.array([code]), level)[0])
    except GridCodeError:
        return code


def expand(grid: Grid, codes: Uint64, level: int) -> Uint64:
    """(n,) sorted cells of `level` below cells that are not finer.

    Raises:
        GridCodeError: A cell is finer than `level`, or has no cells defined below it.
    """
    codes = np.unique(codes)
    levels = grid.level_of(codes)
    if (levels > level).any():
        text = grid.to_text(codes[levels > level][:1])[0]
        raise GridCodeError(f"cell {text} is finer than level {level}")
    while (levels < level).any():
        below = grid.children(codes[levels < level]).codes
        codes = np.concatenate([codes[levels == level], below])
        levels = grid.level_of(codes)
    return np.unique(codes)
