"""Layers of height that thicken with the distance from the Earth's centre.

A layer is as thick, in the ratio of the radii, as its cell is wide at the surface. Layer n at
cell angle t has its lower face at H_n = (1 + t0)^(n t / t0) r0 - r0, with t0 one degree in
radians and r0 = 6 378 137 m; heights are above the CGCS2000 ellipsoid. The index of a height is
corrected against this very formula, so a face returned by `face_heights` belongs to its layer.

Source: GB/T 39409-2020, equations C.8, C.12 and C.13; GB/T 40087-2021, equations (2) and (5).
"""

import numpy as np

from cim.arrays import Float64, Int64
from cim.grids.base import GridCodeError

RADIUS_M = 6_378_137.0
_LOG_STEP = float(np.log1p(np.pi / 180))
LOWEST_M = float(RADIUS_M * np.expm1(-256 * _LOG_STEP))
HIGHEST_M = float(RADIUS_M * np.expm1(256 * _LOG_STEP))


def face_heights(layers: Int64, per_degree: Float64 | float) -> Float64:
    """Height in metres of the lower face of each layer.

    Args:
        layers: (n,) layer indices, negative below the ellipsoid.
        per_degree: Layers of the level in one layer of one degree (t0 / t).
    """
    heights: Float64 = RADIUS_M * np.expm1(layers / per_degree * _LOG_STEP)
    return heights


def layer_indices(heights_m: Float64, per_degree: float) -> Int64:
    """Index of the layer that holds each height.

    Raises:
        GridCodeError: A height is not a number or outside the grid; the first one is named.
    """
    good = (heights_m >= LOWEST_M) & (heights_m < HIGHEST_M)
    if not good.all():
        row = int(np.argmin(good))
        raise GridCodeError(
            f"height {row}: {float(heights_m[row])} m is outside the grid "
            f"({LOWEST_M:.0f} m to {HIGHEST_M:.0f} m above the ellipsoid)"
        )
    layers = np.floor(np.log1p(heights_m / RADIUS_M) / _LOG_STEP * per_degree).astype(np.int64)
    layers += face_heights(layers + 1, per_degree) <= heights_m
    layers -= face_heights(layers, per_degree) > heights_m
    return layers


def layer_span(low_m: float, high_m: float, per_degree: float) -> tuple[int, int]:
    """First and last index of the layers that hold a height from low to below high.

    An interval without thickness is the one layer that holds it.

    Raises:
        GridCodeError: A height is outside the grid, or low is above high.
    """
    if not low_m <= high_m:
        raise GridCodeError(f"heights from {low_m} m to {high_m} m: low must not be above high")
    top = high_m if high_m == low_m else float(np.nextafter(high_m, -np.inf))
    first, last = layer_indices(np.array([low_m, top]), per_degree)
    return int(first), int(last)
