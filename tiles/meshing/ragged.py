"""Ragged arrays: rows of different length in one flat array, cut by offsets.

Row `i` of a ragged array holds `values[offsets[i]:offsets[i + 1]]`; `offsets` has one number
more than there are rows, as in Arrow's list arrays.
"""

import numpy as np

from cim.arrays import Float64, Int64


def offsets_of(counts: Int64) -> Int64:
    """(n + 1,) offsets of rows with these lengths."""
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))


def owners(offsets: Int64) -> Int64:
    """(values,) row that owns each value."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def ranges(starts: Int64, counts: Int64) -> Int64:
    """`starts[i], starts[i] + 1, …` for `counts[i]` numbers, for each i in turn."""
    ends = np.cumsum(counts, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(starts - (ends - counts), counts))


def select(offsets: Int64, rows: Int64) -> Int64:
    """Places of the values of some rows, row by row."""
    return ranges(offsets[rows], np.diff(offsets)[rows])


def row_sums(values: Float64, offsets: Int64) -> Float64:
    """(n, …) sum of each row; 0 for an empty row."""
    sums = np.zeros((len(offsets) - 1, *values.shape[1:]), values.dtype)
    filled = offsets[:-1] < offsets[1:]
    if filled.any():
        sums[filled] = np.add.reduceat(values, offsets[:-1][filled], axis=0)
    return sums


def row_bounds(values: Float64, offsets: Int64) -> tuple[Float64, Float64]:
    """Smallest and largest value of each row, column by column; NaN for an empty row."""
    shape = (len(offsets) - 1, *values.shape[1:])
    low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    filled = offsets[:-1] < offsets[1:]
    if filled.any():
        low[filled] = np.minimum.reduceat(values, offsets[:-1][filled], axis=0)
        high[filled] = np.maximum.reduceat(values, offsets[:-1][filled], axis=0)
    return low, high


def followers(offsets: Int64) -> Int64:
    """(values,) place of the value after each one, the last of a row followed by its first."""
    following = np.arange(1, offsets[-1] + 1)
    filled = offsets[:-1] < offsets[1:]
    following[offsets[1:][filled] - 1] = offsets[:-1][filled]
    return following
