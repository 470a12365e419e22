"""The value between the kinds of shapes and the table of settled features."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cim.arrays import Float64, Int64
from tiles.meshing import ragged
from tiles.meshing.shapes import METRES_PER_DEGREE


@dataclass(frozen=True, slots=True)
class Part:
    """Settled features of one kind."""

    rows: Int64
    """(n,) rows of the batch."""

    table: pa.Table
    """n rows, columns of `tiles.settling.table`."""

    height_m: Float64
    """(n,) what the property of that name says."""

    bounds: Float64
    """(n, 4) west, south, east, north; west is within -180 and 180."""

    size_m: Float64
    """(n,) diagonal of the box."""

    triangles: Int64
    """(n,) triangles of the mesh."""


def bounds_and_sizes(
    lon_lat: Float64, offsets: Int64, height_m: Float64
) -> tuple[Float64, Float64]:
    """Bounds and diagonals of features.

    Args:
        lon_lat: (p, 2) degrees; longitudes may pass 180 degrees.
        offsets: (n + 1,) features as rows of `lon_lat`.
        height_m: (n,) from the lowest point to the highest.
    """
    low, high = ragged.row_bounds(lon_lat, offsets)
    squash = np.cos(np.radians(low[:, 1]))
    east, north = ((high - low) * METRES_PER_DEGREE).T
    size = np.sqrt((east * squash) ** 2 + north**2 + height_m**2)
    turns = np.round((low[:, :1] + high[:, :1]) / 720) * 360
    bounds = np.concatenate((low, high), axis=1)
    return np.asarray(bounds - turns * np.array([1, 0, 1, 0])), size
