"""Nodes that draw one mesh many times: EXT_mesh_gpu_instancing and EXT_instance_features.

Source: the Khronos extension EXT_mesh_gpu_instancing and the vendor extension
EXT_instance_features 1.0.0. An instance stands at the node's matrix times its own translation,
rotation and scale; what brings stored points back to metres is therefore part of both.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Bool, Float32, Float64, Int64
from tiles.gltf.buffers import BufferWriter
from tiles.gltf.quantize import PackedPoints

EXT_INSTANCING = "EXT_mesh_gpu_instancing"
EXT_FEATURES = "EXT_instance_features"
FLOAT = 5126
SHEAR = 1e-6
"""Axes that are so far from upright on each other make no rotation."""

UNIT = 1e-6
"""Scales so near to 1 are 1."""

TURN = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""East, north, up to glTF's x, y up, z."""


@dataclass(frozen=True, slots=True)
class Instances:
    """Where a mesh stands, and which features it is."""

    features: Int64
    """(n,) rows of the tile's property table."""

    matrices: Float64
    """(n, 4, 4) from the frame of the mesh to that of the tile, both with z up; of translation,
    rotation and scale only."""


@dataclass(frozen=True, slots=True)
class PackedInstances:
    """Instances as accessors store them, and the node above them."""

    translation: Float32
    """(n, 3) in steps of the node's scale."""

    rotation: Float32
    """(n, 4) quaternions x, y, z, w."""

    scale: Float32 | None
    """(n, 3), None where all are 1."""

    centre: Float64
    """(3,) translation of the node, metres."""

    step: float
    """Scale of the node, on all axes."""


def decomposable(matrices: Float64) -> Bool:
    """(n,) matrices of translation, rotation and scale, neither mirrored nor sheared."""
    turns = matrices[:, :3, :3]
    lengths = np.linalg.norm(turns, axis=1)
    sharp = (lengths > 0).all(axis=1) & np.isfinite(lengths).all(axis=1)
    axes = turns / np.where(sharp[:, None], lengths, 1.0)[:, None]
    across = np.abs(axes.swapaxes(1, 2) @ axes - np.eye(3)).max(axis=(1, 2))
    return np.asarray(sharp & (across <= SHEAR) & (np.linalg.det(turns) > 0))


def pack_instances(matrices: Float64, points: PackedPoints) -> PackedInstances:
    """Instances in the frame of glTF, with the decoding of their points.

    Args:
        matrices: Of `Instances`.
        points: Of the mesh, in the frame of glTF.
    """
    turns = TURN @ matrices[:, :3, :3] @ TURN.T
    lengths = np.linalg.norm(turns, axis=1)
    shifts = matrices[:, :3, 3] @ TURN.T + turns @ points.translation
    centre = (shifts.min(axis=0) + shifts.max(axis=0)) / 2
    near = np.abs(lengths - 1) <= UNIT
    return PackedInstances(
        ((shifts - centre) / points.scale).astype(np.float32),
        quaternions_of(turns / lengths[:, None]).astype(np.float32),
        None if near.all() else np.where(near, 1.0, lengths).astype(np.float32),
        centre,
        points.scale,
    )


def extensions_of(packed: PackedInstances, features: Int64, store: "Store") -> dict[str, Any]:
    """The extensions of the node that draws instances.

    Args:
        packed: Of `pack_instances`.
        features: (n,) rows of property table 0.
        store: Takes the accessors.
    """
    ids = features.astype(np.float32)[:, None]
    attributes = {
        "TRANSLATION": store.add(packed.translation, limits=True),
        "ROTATION": store.add(packed.rotation),
        **({} if packed.scale is None else {"SCALE": store.add(packed.scale)}),
        "_FEATURE_ID_0": store.add(ids),
    }
    told = {"featureCount": len(np.unique(features)), "attribute": 0, "propertyTable": 0}
    return {EXT_INSTANCING: {"attributes": attributes}, EXT_FEATURES: {"featureIds": [told]}}


def bounds_of(packed: PackedInstances, stored: NDArray[Any]) -> Float64:
    """(2, 3) lowest and highest corner of all instances of stored points, in glTF's frame.

    Args:
        packed: As accessors store them: what a client computes lies in these bounds.
        stored: (p, 3) points of the mesh as they are stored.
    """
    points = stored.astype(np.float64)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for matrix in local_matrices(packed.translation, packed.rotation, packed.scale):
        placed = points @ matrix[:3, :3].T + matrix[:3, 3]
        low, high = np.minimum(low, placed.min(axis=0)), np.maximum(high, placed.max(axis=0))
    return np.asarray(packed.centre + packed.step * np.stack((low, high)))


def local_matrices(
    translation: NDArray[Any], rotation: NDArray[Any], scale: NDArray[Any] | None
) -> Float64:
    """(n, 4, 4) of translations (n, 3), quaternions (n, 4) and scales (n, 3)."""
    matrices = np.tile(np.eye(4), (len(translation), 1, 1))
    matrices[:, :3, :3] = rotations_of(rotation.astype(np.float64))
    if scale is not None:
        matrices[:, :3, :3] *= scale.astype(np.float64)[:, None]
    matrices[:, :3, 3] = translation
    return matrices


def rotations_of(quaternions: Float64) -> Float64:
    """(n, 3, 3) rotations of quaternions (n, 4) x, y, z, w."""
    x, y, z, w = quaternions.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def quaternions_of(rotations: Float64) -> Float64:
    """(n, 4) x, y, z, w of rotations (n, 3, 3).

    Each is a column of four times q q transposed, the longest of the four, so that nothing small
    is divided by.
    """
    (a, b, c), (d, e, f), (g, h, i) = np.moveaxis(rotations, 0, 2)
    products = np.array(
        [
            [1 + a - e - i, b + d, c + g, h - f],
            [b + d, 1 - a + e - i, f + h, c - g],
            [c + g, f + h, 1 - a - e + i, d - b],
            [h - f, c - g, d - b, 1 + a + e + i],
        ]
    )
    products = np.moveaxis(products, 2, 0)
    longest = products[:, range(4), range(4)].argmax(axis=1)
    chosen = products[np.arange(len(rotations)), longest]
    return np.asarray(chosen / np.linalg.norm(chosen, axis=1, keepdims=True))


class Store:
    """Takes the values of instances as accessors, all in one buffer view."""

    def __init__(self, buffer: BufferWriter, accessors: list[dict[str, Any]]) -> None:
        self._buffer, self._accessors = buffer, accessors
        self._values: list[bytes] = []
        self._own: list[dict[str, Any]] = []

    def add(self, values: Float32, *, limits: bool = False) -> int:
        """Append an accessor of floats (n, k), which is whole when the store is closed; its index.

        Args:
            values: In memory order.
            limits: State the smallest and the largest.
        """
        bounds = {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        accessor = {
            "byteOffset": sum(map(len, self._values)),
            "componentType": FLOAT,
            "count": len(values),
            "type": {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[values.shape[1]],
            **(bounds if limits else {}),
        }
        self._values.append(np.ascontiguousarray(values, "<f4").tobytes())
        self._own.append(accessor)
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def close(self) -> None:
        """Add the values to the buffer."""
        if self._own:
            view = self._buffer.add(b"".join(self._values))
            for accessor in self._own:
                accessor["bufferView"] = view
