"""A glb of one tile: primitives by paint, feature ids and one property table.

Source: Khronos glTF 2.0 specification; EXT_mesh_features and EXT_structural_metadata 1.0.0;
KHR_mesh_quantization; EXT_meshopt_compression; CESIUM_primitive_outline; EXT_mesh_gpu_instancing;
EXT_instance_features 1.0.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cim.arrays import Float64
from tiles.gltf import glb, nodes, outlines, primitives
from tiles.gltf.buffers import MESHOPT, BufferWriter
from tiles.gltf.instances import EXT_FEATURES, EXT_INSTANCING, TURN
from tiles.gltf.metadata import Column, Property, property_table
from tiles.gltf.paint import Painted, Picture, material_of, sampler_of
from tiles.gltf.parts import Piece
from tiles.gltf.primitives import Style, Written

GENERATOR = "cim-server"
MOST_FEATURES = 65_536
"""Feature ids are 16-bit."""


@dataclass(frozen=True, slots=True)
class Table:
    """The property table of a content."""

    properties: tuple[Property, ...]
    columns: tuple[Column, ...]
    """One for each property, a row for each feature; at most 65,536 rows."""

    schema_uri: str
    """Where the schema document lies, seen from the glb."""


@dataclass(frozen=True, slots=True)
class Glb:
    """A tile's content and where it lies."""

    data: bytes
    bounds: Float64
    """(2, 3) lowest and highest corner of the decoded points, east, north, up in metres."""


def write_glb(
    painted: Painted,
    pieces: Sequence[Piece],
    table: Table,
    style: Style,
    *,
    within: Float64 | None = None,
) -> Glb:
    """A mesh and the properties of its features as glb.

    Args:
        painted: At least one triangle; metres east, north, up (z up, as 3D Tiles has it).
        pieces: What the mesh is joined from.
        table: Properties of the features.
        style: Whether to compress, whether to outline.
        within: (4, 4) from the frame of the mesh to that of the glb, both with z up; None: the
            same.

    Returns:
        The glb in the y-up frame of glTF: x east, y up, z south. Its bounds are in the frame of
        the mesh.
    """
    count = len(table.columns[0])
    if count > MOST_FEATURES:
        raise ValueError(f"{count} features, at most {MOST_FEATURES}")
    buffer = BufferWriter()
    mesh = painted.mesh
    turned = replace(mesh, points=mesh.points @ TURN.T, normals=mesh.normals @ TURN.T)
    written = primitives.write(replace(painted, mesh=turned), pieces, buffer, style)
    placed = nodes.place(written, count, within, buffer)
    properties = property_table(table.properties, table.columns, buffer)
    metadata = {"schemaUri": table.schema_uri, "propertyTables": [properties]}
    document = {
        "asset": {"version": "2.0", "generator": GENERATOR},
        **_extensions(written, buffer),
        "extensions": {"EXT_structural_metadata": metadata},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(placed.nodes)))}],
        "nodes": placed.nodes,
        "meshes": [{"primitives": each.primitives} for each in written.pieces],
        "materials": [material_of(paint) for paint in written.paints],
        "accessors": written.accessors,
        **_pictures(painted.pictures, buffer),
        "bufferViews": buffer.views,
        "buffers": buffer.buffers(),
    }
    return Glb(glb.pack(document, buffer.getvalue()), _z_up_bounds(placed.bounds))


def _extensions(written: Written, buffer: BufferWriter) -> dict[str, Any]:
    """Names of the extensions that are used, and of those that nobody may ignore.

    Who ignores instances draws one of each, and the others not at all: that is no tile.
    """
    instanced = any(each.instances is not None for each in written.pieces)
    merged = any(each.instances is None for each in written.pieces)
    drawn = any(
        outlines.EXTENSION in primitive.get("extensions", {})
        for each in written.pieces
        for primitive in each.primitives
    )
    required = [
        "KHR_mesh_quantization",
        *([MESHOPT] if buffer.is_compressed else []),
        *([EXT_INSTANCING] if instanced else []),
    ]
    used = [
        *(["EXT_mesh_features"] if merged else []),
        *([EXT_FEATURES] if instanced else []),
        "EXT_structural_metadata",
        *required,
        *([outlines.EXTENSION] if drawn else []),
    ]
    return {"extensionsUsed": used, "extensionsRequired": required}


def _pictures(pictures: tuple[Picture, ...], buffer: BufferWriter) -> dict[str, Any]:
    """Textures, images and samplers; texture n shows picture n."""
    if not pictures:
        return {}
    samplers = list({picture.wrap: sampler_of(picture) for picture in pictures}.items())
    places = {wrap: number for number, (wrap, _) in enumerate(samplers)}
    return {
        "textures": [
            {"source": number, "sampler": places[picture.wrap]}
            for number, picture in enumerate(pictures)
        ],
        "images": [
            {"bufferView": buffer.add(picture.data), "mimeType": picture.mime}
            for picture in pictures
        ],
        "samplers": [sampler for _, sampler in samplers],
    }


def _z_up_bounds(bounds: Float64) -> Float64:
    """(2, 3) bounds of glTF's frame as east, north, up."""
    low, high = bounds
    return np.array([[low[0], -high[2], low[1]], [high[0], -low[2], high[1]]])
