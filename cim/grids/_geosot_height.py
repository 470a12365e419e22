"""Height codes of GeoSOT: one binary digit a level.

The height code of level m is m bits: 1 first if below the ellipsoid, then the size of the layer
index of that level's own cell angle in m - 1 bits. An index below zero is the sign and the size
of its floor, so that the deepest layer of a level, and all layers below zero at level 1, do not
fit and are refused.

Source: GB/T 40087-2021, clauses 5.6 and 6.3, equations (2) and (5).
"""

import numpy as np

from cim.arrays import Bool, Float64, Int64, Uint64
from cim.grids._geosot_code import LEVELS
from cim.grids._layers import face_heights, layer_indices, layer_span
from cim.grids._solids import Span
from cim.grids.base import GridCodeError


def per_degree(level: int) -> float:
    """Cells of a level in one degree, the stretch of 60 to 64 left out (t0 / t)."""
    if level <= 9:  # noqa: PLR2004 - whole degrees
        return 2.0 ** (level - 9)
    if level <= 15:  # noqa: PLR2004 - minutes
        return 60.0 * 2.0 ** (level - 15)
    return 3600.0 * 2.0 ** (level - 21)


_PER_DEGREE = np.array([per_degree(level) for level in LEVELS])


def encode(heights_m: Float64, level: int) -> Uint64:
    """(n,) height codes of ellipsoidal heights at a level.

    Raises:
        GridCodeError: A height is outside the grid, or its layer has no code at this level.
    """
    layers = layer_indices(heights_m, per_degree(level))
    bad = np.abs(layers) >> max(level - 1, 0) > 0
    if bad.any() or level == 0:
        row = int(np.argmax(bad))
        raise GridCodeError(
            f"height {row}: {float(heights_m[row])} m has no code of {level} bits at level {level}"
        )
    return of_layers(layers, np.array(level))


def between(low_m: float, high_m: float, level: int) -> Uint64:
    """Height codes of all layers that hold a height from low to below high, upward."""
    first, last = _ends(low_m, high_m, level)
    return of_layers(np.arange(first, last + 1), np.array(level))


def count_between(low_m: float, high_m: float, level: int) -> int:
    """How many codes `between` gives."""
    first, last = _ends(low_m, high_m, level)
    return last - first + 1


def _ends(low_m: float, high_m: float, level: int) -> tuple[int, int]:
    """First and last layer index that hold a height from low to below high."""
    ends = layer_span(low_m, high_m, per_degree(level))
    encode(np.array([low_m]), level)
    return ends


def of_layers(layers: Int64, levels: Int64) -> Uint64:
    """(n,) height codes of layer indices."""
    sign = np.where(layers < 0, np.left_shift(1, levels - 1), 0)
    return (np.abs(layers) | sign).astype(np.uint64)


def layers(heights: Uint64, levels: Int64) -> Int64:
    """(n,) layer indices of height codes.

    Raises:
        GridCodeError: An integer is not a height code of its level.
    """
    sign = np.left_shift(1, np.maximum(levels - 1, 0))
    number = heights.astype(np.int64)
    size = number & (sign - 1)
    highest = face_limit(levels)
    bad = (heights >= 2 * sign.astype(np.uint64)) | (levels < 1) | (number == sign)
    bad |= size >= highest
    if bad.any():
        row = int(np.argmax(bad))
        raise GridCodeError(
            f"height code {row}: {int(heights[row])} is not one of level {int(levels[row])}"
        )
    index: Int64 = np.where(number >= sign, -size, size)
    return index


def face_limit(levels: Int64) -> Int64:
    """One more than the largest layer index of each level: 256 degrees."""
    limit: Int64 = np.ceil(256 * _PER_DEGREE[levels]).astype(np.int64)
    return limit


def span(heights: Uint64, levels: Int64) -> Span:
    """Layers of level 32 that each height code spans."""
    index = layers(heights, levels)
    size = np.rint(_PER_DEGREE[-1] / _PER_DEGREE[levels]).astype(np.int64)
    return Span(index * size, (index + 1) * size)


def bounds(heights: Uint64, levels: Int64) -> Float64:
    """(n, 2) lower and upper face in metres of each height code."""
    index = layers(heights, levels)
    scale = _PER_DEGREE[levels]
    return np.column_stack([face_heights(index, scale), face_heights(index + 1, scale)])


def beside(heights: Uint64, levels: Int64) -> tuple[Uint64, Bool, Uint64, Bool]:
    """Height codes below and above, each with whether there is one."""
    index = layers(heights, levels)
    has_low = np.abs(index - 1) >> (levels - 1) == 0
    has_high = index + 1 < face_limit(levels)
    low = of_layers(np.where(has_low, index - 1, index), levels)
    return low, has_low, of_layers(np.where(has_high, index + 1, index), levels), has_high
