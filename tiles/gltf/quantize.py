"""Points, normals, texture coordinates and colours in few bytes: KHR_mesh_quantization.

Source: the Khronos extension KHR_mesh_quantization.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Float32, Float64, Uint16

STEPS = 65_535
"""Steps of a 16-bit coordinate."""

COARSE, FINE = -6, -7
"""Exponents of the largest step: 1/64 m keeps each coordinate within 8 mm, 1/128 m within 4 mm.
Meshes too wide for 16 bits take 32-bit floats that are multiples of this step."""

SMALLEST_STEP_M = 2.0**-10
"""Steps finer than a millimetre show nothing, and long numbers compress badly."""

LARGEST_NORMAL = 127


@dataclass(frozen=True, slots=True)
class PackedPoints:
    """Points as a vertex buffer stores them, and the node transform that undoes it."""

    stored: NDArray[np.uint16] | NDArray[np.float32]
    """(p, 4) 16-bit steps, the last one 0, or (p, 3) floats that are multiples of the grid."""

    translation: Float64
    """(3,) metres."""

    scale: float
    """The same on all axes, so that normals keep their direction."""

    grid: int
    """Floats are multiples of two to this power."""

    @property
    def quantized(self) -> bool:
        """Stored as 16-bit unsigned integers."""
        return self.stored.dtype == np.uint16

    @property
    def bounds(self) -> Float64:
        """(2, 3) lowest and highest corner after decoding, in metres."""
        limits = extremes(self.stored[:, :3]).astype(np.float64)
        return np.asarray(self.translation + self.scale * limits)


def extremes[T: np.generic](rows: NDArray[T]) -> NDArray[T]:
    """(2, k) smallest and largest value of each column, one column after the other: faster."""
    return np.array([[column.min(), column.max()] for column in rows.T], rows.dtype).T


def pack_points(points: Float64, grid: int = FINE) -> PackedPoints:
    """Points in few bytes.

    Args:
        points: (p, 3) metres, p at least 1, in the frame of the glTF node.
        grid: Two to this power is the largest step, in metres.
    """
    low, high = extremes(points)
    step = float(np.max(high - low)) / STEPS
    if step > 2.0**grid:
        return _as_floats(points, low, grid)
    return _as_integers(points, low, max(step, SMALLEST_STEP_M), grid)


def pack_normals(normals: Float64) -> NDArray[np.int8]:
    """(k, 4) unit vectors (k, 3) as signed bytes, the last one 0."""
    words = np.zeros((len(normals), 4), np.int8)
    words[:, :3] = np.rint(normals * LARGEST_NORMAL)
    return words


def pack_uv(uv: Float32) -> Uint16 | Float32:
    """Texture coordinates (v, 2), normalised to 16 bits where they lie within 0 and 1."""
    if len(uv) and (uv.min() < 0 or uv.max() > 1):
        return uv.astype("<f4") + np.float32(0)
    return np.rint(uv * STEPS).astype("<u2")


def _as_integers(points: Float64, low: Float64, step: float, grid: int) -> PackedPoints:
    """Points as steps from the lowest corner."""
    stored = np.zeros((len(points), 4), "<u2")
    stored[:, :3] = np.rint((points - low) / step)
    return PackedPoints(stored, low, step, grid)


def _as_floats(points: Float64, low: Float64, grid: int) -> PackedPoints:
    """Points as 32-bit floats from the lowest corner: exact up to 65 km or more."""
    stored = np.ldexp(np.rint(np.ldexp(points - low, -grid)), grid).astype("<f4")
    return PackedPoints(stored, low, 1.0, grid)
