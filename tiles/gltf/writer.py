"""A glb of one tile: primitives by surface class, feature ids and one property table.

Source: Khronos glTF 2.0 specification; EXT_mesh_features and EXT_structural_metadata 1.0.0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cim.arrays import Float64
from tiles.gltf import glb
from tiles.gltf.buffers import BufferWriter
from tiles.gltf.metadata import Column, Property, property_table
from tiles.gltf.quantize import PackedPoints, pack_normals, pack_points
from tiles.meshing.mesh import SURFACE_CLASSES, TriangleMesh

GENERATOR = "cim-server"
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
BYTE, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5120, 5123, 5125, 5126
LARGEST_SHORT_INDEX = 65_534
"""65,535 is the primitive restart value of 16-bit indices."""

MOST_FEATURES = 65_536
"""Feature ids are 16-bit."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of the surface classes."""

    colours: tuple[str, ...] = ("#c8bfb2", "#ece7de", "#a7a49d", "#7fa3b8")
    """sRGB in hexadecimal, in the order of `SURFACE_CLASSES`."""

    double_sided: bool = False
    """Draw back faces too: for surfaces whose orientation the source does not promise."""


@dataclass(frozen=True, slots=True)
class Glb:
    """A tile's content and where it lies."""

    data: bytes
    bounds: Float64
    """(2, 3) lowest and highest corner of the decoded points, east, north, up in metres."""


def write_glb(
    mesh: TriangleMesh,
    properties: tuple[Property, ...],
    columns: tuple[Column, ...],
    *,
    look: Look,
    schema_uri: str,
) -> Glb:
    """A mesh and the properties of its features as glb.

    Args:
        mesh: At least one triangle; metres east, north, up (z up, as 3D Tiles has it).
        properties: Columns of the property table.
        columns: One for each property, a row for each feature; at most 65,536 rows.
        look: Colours.
        schema_uri: Where the schema document lies, seen from the glb.

    Returns:
        The glb in the y-up frame of glTF: x east, y up, z south.
    """
    if len(columns[0]) > MOST_FEATURES:
        raise ValueError(f"{len(columns[0])} features, at most {MOST_FEATURES}")
    buffer = BufferWriter()
    points = pack_points(_y_up(mesh.points))
    attributes, accessors = _attributes(mesh, points, buffer)
    primitives, materials = _primitives(mesh, attributes, accessors, buffer, look)
    features = {"featureCount": len(columns[0]), "attribute": 0, "propertyTable": 0}
    for primitive in primitives:
        primitive["extensions"] = {"EXT_mesh_features": {"featureIds": [features]}}
    table = property_table(properties, columns, buffer)
    binary = buffer.getvalue()
    extensions = ["EXT_mesh_features", "EXT_structural_metadata"]
    required = ["KHR_mesh_quantization"]
    document = {
        "asset": {"version": "2.0", "generator": GENERATOR},
        "extensionsUsed": [*extensions, *required],
        "extensionsRequired": required,
        "extensions": {
            "EXT_structural_metadata": {"schemaUri": schema_uri, "propertyTables": [table]}
        },
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [_node(points)],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "accessors": accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(binary)}],
    }
    return Glb(glb.pack(document, binary), _z_up_bounds(points.bounds))


def _y_up(positions: Float64) -> Float64:
    """East, north, up as glTF's x, y up, z."""
    return np.stack((positions[:, 0], positions[:, 2], -positions[:, 1]), axis=1)


def _z_up_bounds(bounds: Float64) -> Float64:
    """(2, 3) bounds of glTF's frame as east, north, up."""
    low, high = bounds
    return np.array([[low[0], -high[2], low[1]], [high[0], -low[2], high[1]]])


def _node(points: PackedPoints) -> dict[str, Any]:
    """The node that brings stored points back to metres."""
    scale = {"scale": [points.scale] * 3} if points.quantized else {}
    return {"mesh": 0, "translation": points.translation.tolist(), **scale}


def _attributes(
    mesh: TriangleMesh, points: PackedPoints, buffer: BufferWriter
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Vertex attributes shared by all primitives, and their accessors."""
    count = len(mesh.vertex_points)
    positions = points.words[mesh.vertex_points]
    normals = pack_normals(_y_up(mesh.normals))[mesh.vertex_normals]
    views = (
        buffer.add(positions, stride=points.stride, target=ARRAY_BUFFER),
        buffer.add(normals, stride=4, target=ARRAY_BUFFER),
        buffer.add(mesh.vertex_features.astype("<u4"), stride=4, target=ARRAY_BUFFER),
    )
    kind = UNSIGNED_SHORT if points.quantized else FLOAT
    accessors = [
        {
            **_accessor(views[0], kind, count, "VEC3"),
            "min": points.low,
            "max": points.high,
        },
        {**_accessor(views[1], BYTE, count, "VEC3"), "normalized": True},
        _accessor(views[2], UNSIGNED_SHORT, count, "SCALAR"),
    ]
    return {"POSITION": 0, "NORMAL": 1, "_FEATURE_ID_0": 2}, accessors


def _primitives(
    mesh: TriangleMesh,
    attributes: dict[str, int],
    accessors: list[dict[str, Any]],
    buffer: BufferWriter,
    look: Look,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A primitive and a material for each surface class in the mesh; adds index accessors."""
    short = len(mesh.vertex_points) <= LARGEST_SHORT_INDEX
    kind = UNSIGNED_SHORT if short else UNSIGNED_INT
    indices = mesh.triangles.astype("<u2" if short else "<u4")
    primitives: list[dict[str, Any]] = []
    materials: list[dict[str, Any]] = []
    for number in np.unique(mesh.classes).tolist():
        chosen = indices[mesh.classes == number].ravel()
        view = buffer.add(chosen, target=ELEMENT_ARRAY_BUFFER)
        accessors.append(_accessor(view, kind, len(chosen), "SCALAR"))
        primitives.append(
            {
                "attributes": attributes,
                "indices": len(accessors) - 1,
                "material": len(materials),
                "mode": 4,
            }
        )
        materials.append(_material(number, look))
    return primitives, materials


def _accessor(view: int, component: int, count: int, kind: str) -> dict[str, Any]:
    """Accessor over a whole buffer view."""
    return {"bufferView": view, "componentType": component, "count": count, "type": kind}


def _material(number: int, look: Look) -> dict[str, Any]:
    """Material of a surface class."""
    return {
        "name": SURFACE_CLASSES[number],
        "pbrMetallicRoughness": {
            "baseColorFactor": [*_linear(look.colours[number]), 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 1.0,
        },
        **({"doubleSided": True} if look.double_sided else {}),
    }


def _linear(colour: str) -> list[float]:
    """Linear red, green, blue of an sRGB colour (IEC 61966-2-1)."""
    encoded = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [
        round(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4, 4)  # noqa: PLR2004 - of the standard
        for part in encoded
    ]
