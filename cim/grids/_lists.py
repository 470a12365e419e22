"""Lists of cells, built from tables with gaps."""

from collections.abc import Callable

import numpy as np

from cim.arrays import Bool, Int64, Uint64
from cim.grids.base import CellLists


def compact(table: Uint64, kept: Bool) -> CellLists:
    """Lists of the kept entries of each row of an (n, k) table, sorted, none twice."""
    last = np.uint64(2**64 - 1)
    ordered = np.sort(np.where(kept, table, last), axis=1)
    keep = ordered != last
    keep[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    return CellLists(ordered[keep], offsets(keep.sum(axis=1)))


def offsets(counts: Int64) -> Int64:
    """Where lists of these lengths begin, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def merge(first: CellLists, second: CellLists) -> CellLists:
    """The union of two lists for each of the same n cells."""
    owner = np.concatenate([first.owners(), second.owners()])
    codes = np.concatenate([first.codes, second.codes])
    order = np.lexsort((codes, owner))
    owner, codes = owner[order], codes[order]
    keep = np.ones(len(codes), dtype=np.bool_)
    keep[1:] = (owner[1:] != owner[:-1]) | (codes[1:] != codes[:-1])
    counts = np.bincount(owner[keep], minlength=len(first.offsets) - 1)
    return CellLists(codes[keep], offsets(counts))


def by_level(codes: Uint64, levels: Int64, work: Callable[[Uint64, int], CellLists]) -> CellLists:
    """Lists made level by level, put back in the order of the codes."""
    distinct = np.unique(levels)
    if len(distinct) == 1:
        return work(codes, int(distinct[0]))
    owner, found = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    for level in distinct.tolist():
        rows = np.flatnonzero(levels == level)
        lists = work(codes[rows], level)
        owner.append(rows[lists.owners()])
        found.append(lists.codes)
    owners = np.concatenate(owner)
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=len(codes))
    return CellLists(np.concatenate(found)[order], offsets(counts))
