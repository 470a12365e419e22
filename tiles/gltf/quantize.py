"""Points and normals in few bytes: KHR_mesh_quantization where it keeps the centimetre.

Source: the Khronos extension KHR_mesh_quantization.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Float64

STEPS = 65_535
"""Steps of a 16-bit coordinate."""

LARGEST_STEP_M = 0.01
"""Above this step, 32-bit floats are written: rounding stays within half a step on each axis."""

LARGEST_NORMAL = 127


@dataclass(frozen=True, slots=True)
class PackedPoints:
    """Points as a vertex buffer stores them, and the node transform that undoes it."""

    words: NDArray[np.void]
    """(p,) one item a point, of the size of `stride`."""

    stride: int
    quantized: bool
    """16-bit unsigned integers, padded to 8 bytes; otherwise three 32-bit floats."""

    translation: Float64
    """(3,) metres."""

    scale: float
    """The same on all axes, so that normals keep their direction."""

    low: list[float]
    """Smallest stored value of each axis."""

    high: list[float]

    @property
    def bounds(self) -> Float64:
        """(2, 3) lowest and highest corner after decoding, in metres."""
        return self.translation + self.scale * np.array([self.low, self.high])


def pack_points(points: Float64) -> PackedPoints:
    """Points (p, 3) in metres, p at least 1, in the frame of the glTF node."""
    low, high = points.min(axis=0), points.max(axis=0)
    step = float(np.max(high - low)) / STEPS
    if step > LARGEST_STEP_M:
        return _as_floats(points, (low + high) / 2)
    return _as_integers(points, low, step or 1.0 / STEPS)


def pack_normals(normals: Float64) -> NDArray[np.uint32]:
    """(k,) unit vectors (k, 3) as signed bytes in one 32-bit word each, the last byte 0."""
    words = np.zeros((len(normals), 4), np.int8)
    words[:, :3] = np.rint(normals * LARGEST_NORMAL)
    return words.view("<u4")[:, 0]


def _as_integers(points: Float64, low: Float64, step: float) -> PackedPoints:
    """Points as steps from the lowest corner."""
    words = np.zeros((len(points), 4), "<u2")
    words[:, :3] = np.rint((points - low) / step)
    used = words[:, :3]
    limits = used.min(axis=0).tolist(), used.max(axis=0).tolist()
    return PackedPoints(words.view("V8")[:, 0], 8, True, low, step, *limits)  # noqa: FBT003 - a field


def _as_floats(points: Float64, middle: Float64) -> PackedPoints:
    """Points as 32-bit floats about their middle."""
    floats = (points - middle).astype("<f4")
    limits = floats.min(axis=0).tolist(), floats.max(axis=0).tolist()
    return PackedPoints(floats.view("V12")[:, 0], 12, False, middle, 1.0, *limits)  # noqa: FBT003 - a field
