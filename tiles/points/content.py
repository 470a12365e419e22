"""Content of one tile of points: lattice points in, glb out. A pure function.

Positions are 16-bit steps where the tile's cube is at most 64 m wide, else 32-bit floats about its
middle; both hold lattice points exactly as long as the cube is at most 32 km wide.

Source: Khronos glTF 2.0, clause 5.24 (mesh.primitive, mode 0); KHR_mesh_quantization;
KHR_materials_unlit; EXT_structural_metadata 1.0.0, property attributes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Float64, Uint8
from tiles.gltf import glb
from tiles.gltf.buffers import MESHOPT, BufferWriter
from tiles.gltf.compression import pack_grid, pack_rows
from tiles.gltf.metadata import SCHEMA_ID
from tiles.gltf.primitives import ARRAY_BUFFER, FLOAT, UNSIGNED_BYTE, UNSIGNED_SHORT
from tiles.gltf.writer import GENERATOR
from tiles.options import Compression
from tiles.points import classes
from tiles.points.lattice import STEP_EXPONENT, STEP_M, Cube, Points, extremes

METADATA, UNLIT = "EXT_structural_metadata", "KHR_materials_unlit"
POINTS_MODE = 0
CLASS = "point"
SHORT_BITS = 16
"""Largest cube, as the logarithm of its side in steps, with 16-bit positions."""

GRID_BITS = 24
"""Largest cube whose positions, counted from its middle, fit 24-bit steps with a sign."""


@dataclass(frozen=True, slots=True)
class PointSpec:
    """What all contents of a tileset share."""

    coloured: bool
    """Each point has a colour; otherwise all are drawn in the neutral one."""

    classified: bool
    """Write the classes of the points."""

    intensity: bool
    """Write the intensities of the points."""

    schema_uri: str
    """Where the schema document lies, seen from a glb."""

    compression: Compression = "none"

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Properties of the schema that are written, each with its vertex attribute."""
        chosen = (self.classified, self.intensity)
        return tuple(pair for pair, taken in zip(_PROPERTIES, chosen, strict=True) if taken)


_PROPERTIES = (("classification", "_CLASSIFICATION"), ("intensity", "_INTENSITY"))


@dataclass(frozen=True, slots=True)
class PointContent:
    """A tile's content."""

    data: bytes
    bounds: Float64
    """(2, 3) lowest and highest corner of the decoded points, east, north, up in metres."""


def schema(spec: PointSpec) -> dict[str, Any]:
    """The schema document that all contents of a tileset share."""
    definitions: dict[str, dict[str, Any]] = {
        "classification": {
            "name": "类别 / Classification",
            "description": "zh: 点的类别（ASPRS LAS）; en: class of the point (ASPRS LAS)",
            "type": "ENUM",
            "enumType": "classification",
            "required": True,
        },
        "intensity": {
            "name": "强度 / Intensity",
            "description": "zh: 激光回波强度，原值; en: strength of the return, as measured",
            "type": "SCALAR",
            "componentType": "UINT16",
            "required": True,
        },
    }
    enums = {"classification": classes.enumeration()} if spec.classified else {}
    return {
        "id": SCHEMA_ID,
        "version": "1.0.0",
        **({"enums": enums} if enums else {}),
        "classes": {
            CLASS: {
                "name": "点 / Point",
                "properties": {name: definitions[name] for name, _ in spec.attributes},
            }
        },
    }


def make_content(points: Points, cube: Cube, spec: PointSpec) -> PointContent:
    """The glb of a tile.

    Args:
        points: At least one, of the cube; compression is best when they lie in Morton order.
        cube: Of the tile.
        spec: What all contents share.
    """
    buffer = BufferWriter()
    node, position = _positions(points, cube, spec, buffer)
    accessors, attributes = [position], {"POSITION": 0}
    for name, values, form in _columns(points, spec):
        attributes[name] = len(accessors)
        view = _add(_padded(values), spec, buffer)
        accessors.append({"bufferView": view, "count": len(points), **form})
    primitive: dict[str, Any] = {"attributes": attributes, "mode": POINTS_MODE, "material": 0}
    metadata = {}
    if spec.attributes:
        primitive["extensions"] = {METADATA: {"propertyAttributes": [0]}}
        metadata = {"extensions": {METADATA: _metadata(spec)}}
    document = {
        "asset": {"version": "2.0", "generator": GENERATOR},
        **_extensions(spec, buffer, quantized="scale" in node),
        **metadata,
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [node],
        "meshes": [{"primitives": [primitive]}],
        "materials": [_material(spec)],
        "accessors": accessors,
        "bufferViews": buffer.views,
        "buffers": buffer.buffers(),
    }
    bounds = np.asarray(extremes(points) * STEP_M, np.float64)
    return PointContent(glb.pack(document, buffer.getvalue()), bounds)


def _extensions(spec: PointSpec, buffer: BufferWriter, *, quantized: bool) -> dict[str, Any]:
    """Names of the extensions that are used, and of those that nobody may ignore."""
    required = [
        *(["KHR_mesh_quantization"] if quantized else []),
        *([MESHOPT] if buffer.is_compressed else []),
    ]
    used = [UNLIT, *([METADATA] if spec.attributes else []), *required]
    return {"extensionsUsed": used, **({"extensionsRequired": required} if required else {})}


def _positions(
    points: Points, cube: Cube, spec: PointSpec, buffer: BufferWriter
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The node that places the points, and the accessor of their positions.

    glTF has x east, y up, z south. Short positions count from the cube's west, bottom and north
    face, so that none is negative; floats from its middle.
    """
    east, north, up = (points["xyz"][:, axis].astype(np.int64) for axis in range(3))
    short = cube.bits <= SHORT_BITS
    middle = 0 if short else 1 << (cube.bits - 1)
    x, z = cube.low[0] + middle, cube.low[2] + middle
    y = cube.low[1] + (1 << cube.bits) - 1 - middle
    steps = np.stack((east - x, up - z, y - north), axis=1)
    stored = steps.astype("<u2") if short else (steps * STEP_M).astype("<f4")
    if short:
        view = _add(_padded(stored), spec, buffer)
    else:
        view = _add(stored, spec, buffer, grid=cube.bits <= GRID_BITS)
    node = {"mesh": 0, "translation": [x * STEP_M, z * STEP_M, -y * STEP_M]}
    accessor = {
        "bufferView": view,
        "count": len(points),
        "componentType": UNSIGNED_SHORT if short else FLOAT,
        "type": "VEC3",
        "min": [column.min().item() for column in stored.T],
        "max": [column.max().item() for column in stored.T],
    }
    return ({**node, "scale": [STEP_M] * 3} if short else node), accessor


def _add(rows: NDArray[Any], spec: PointSpec, buffer: BufferWriter, *, grid: bool = False) -> int:
    """The index of the buffer view of a vertex attribute.

    Args:
        rows: (n, k) values, a multiple of 4 bytes each.
        spec: Whether to compress.
        buffer: Where they go.
        grid: They are floats on the lattice, few enough steps from 0 for 24 bits.
    """
    packed = None
    if spec.compression == "meshopt":
        packed = pack_grid(rows, STEP_EXPONENT) if grid else pack_rows(rows)
    stride = rows.itemsize * rows.shape[1]
    return buffer.add(rows, stride=stride, target=ARRAY_BUFFER, packed=packed)


def _columns(
    points: Points, spec: PointSpec
) -> Iterator[tuple[str, NDArray[Any], dict[str, Any]]]:
    """Name, values and accessor of each attribute but the position."""
    if spec.coloured:
        form = {"componentType": UNSIGNED_BYTE, "type": "VEC3", "normalized": True}
        yield "COLOR_0", _LINEAR[points["colour"]], form
    if spec.classified:
        values = points["classification"]
        yield "_CLASSIFICATION", values, {"componentType": UNSIGNED_BYTE, "type": "SCALAR"}
    if spec.intensity:
        values = points["intensity"]
        yield "_INTENSITY", values, {"componentType": UNSIGNED_SHORT, "type": "SCALAR"}


def _padded(values: NDArray[Any]) -> NDArray[Any]:
    """Rows filled up with zeros to a multiple of 4 bytes, as vertex attributes must lie."""
    rows = values.reshape(len(values), -1)
    width = -(-rows.shape[1] * rows.itemsize // 4) * 4 // rows.itemsize
    padded = np.zeros((len(rows), width), rows.dtype)
    padded[:, : rows.shape[1]] = rows
    return padded


def _metadata(spec: PointSpec) -> dict[str, Any]:
    """Which vertex attribute holds which property."""
    properties = {name: {"attribute": attribute} for name, attribute in spec.attributes}
    return {
        "schemaUri": spec.schema_uri,
        "propertyAttributes": [{"class": CLASS, "properties": properties}],
    }


def _material(spec: PointSpec) -> dict[str, Any]:
    """Points have no normals, so that light has nothing to fall on."""
    neutral = [round(part / 255, 4) for part in _LINEAR[list(classes.NEUTRAL)].tolist()]
    factor = [1.0, 1.0, 1.0] if spec.coloured else neutral
    return {
        "pbrMetallicRoughness": {
            "baseColorFactor": [*factor, 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 1.0,
        },
        "extensions": {UNLIT: {}},
    }


def _linear_table() -> Uint8:
    """(256,) linear value of each sRGB one (IEC 61966-2-1), as COLOR_0 holds them.

    The darkest are rounded away: what comes back differs by at most 6 of 255, and by at most 2
    from 32 of 255 on.
    """
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - of the standard
    return np.rint(linear * 255).astype(np.uint8)


_LINEAR = _linear_table()
