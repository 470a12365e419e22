"""Nodes of a glb: where the pieces of a tile stand, and which features they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cim.arrays import Float64
from tiles.gltf import instances
from tiles.gltf.buffers import BufferWriter
from tiles.gltf.instances import TURN, Store
from tiles.gltf.primitives import Made, Written


@dataclass(frozen=True, slots=True)
class Placed:
    """Nodes, one for each mesh of the glb."""

    nodes: list[dict[str, Any]]
    bounds: Float64
    """(2, 3) lowest and highest corner of all that is drawn, in the frame of glTF."""


def place(written: Written, features: int, within: Float64 | None, buffer: BufferWriter) -> Placed:
    """The nodes of pieces; feature ids are told of what they draw.

    Args:
        written: Its accessors grow by those of instances.
        features: Rows of property table 0.
        within: (4, 4) from the frame of the tile to that of the glb, both with z up; None: the
            same.
        buffer: Takes the values of instances.
    """
    store = Store(buffer, written.accessors)
    nodes, corners = [], []
    for number, made in enumerate(written.pieces):
        if made.instances is None:
            _tell_features(made, features)
            node = _standing(made.points.translation, made.points.scale, within)
            bounds = made.points.bounds
        else:
            packed = instances.pack_instances(made.instances.matrices, made.points)
            extensions = instances.extensions_of(packed, made.instances.features, store)
            standing = _standing(packed.centre, packed.step, within)
            node = {**standing, "extensions": extensions}
            bounds = instances.bounds_of(packed, made.points.stored[:, :3])
        nodes.append({"mesh": number, **node})
        corners.append(bounds)
    store.close()
    stacked = np.array(corners)
    return Placed(nodes, np.stack((stacked[:, 0].min(axis=0), stacked[:, 1].max(axis=0))))


def _tell_features(made: Made, features: int) -> None:
    """State which features the primitives of a piece that stands once are."""
    told = {"featureCount": features, "attribute": 0, "propertyTable": 0}
    for primitive in made.primitives:
        more = primitive.get("extensions", {})
        primitive["extensions"] = {"EXT_mesh_features": {"featureIds": [told]}, **more}


def _standing(translation: Float64, scale: float, within: Float64 | None) -> dict[str, Any]:
    """Transform of a node: of its content to metres, and into another frame."""
    if within is None:
        scaled = {} if scale == 1.0 else {"scale": [scale] * 3}
        return {"translation": translation.tolist(), **scaled}
    own = np.diag([scale] * 3 + [1.0])
    own[:3, 3] = translation
    turn = np.eye(4)
    turn[:3, :3] = TURN
    matrix = turn @ within @ turn.T @ own
    return {"matrix": matrix.T.ravel().tolist()}
