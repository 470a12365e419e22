"""Reading a glb back: accessors, node placement, property tables. Bytes in, arrays out.

Every fault of the file is a `SourceDataError` that names the part at fault.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Float64
from cim.errors import SourceDataError
from tiles.gltf import compression
from tiles.gltf.buffers import MESHOPT
from tiles.gltf.loose import as_dict, dicts_of

LARGEST_DECODED = 1 << 30
"""Bytes of the largest compressed buffer view that is decoded: more is a mistake or an attack."""

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
NUMBER_TYPES = {
    "INT8": "<i1", "UINT8": "<u1", "INT16": "<i2", "UINT16": "<u2", "INT32": "<i4",
    "UINT32": "<u4", "INT64": "<i8", "UINT64": "<u8", "FLOAT32": "<f4", "FLOAT64": "<f8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gltf:
    """A glTF document with its binary chunk."""

    document: dict[str, Any]
    binary: bytes
    where: str
    """Name of the file, for messages."""


def item(gltf: Gltf, kind: str, index: object) -> dict[str, Any]:
    """Object `index` of the top-level array `kind`.

    Raises:
        SourceDataError: There is none.
    """
    objects = gltf.document.get(kind)
    if not isinstance(objects, list) or not isinstance(index, int):
        raise SourceDataError(f"{kind}[{index}] does not exist", where=gltf.where)
    if not 0 <= index < len(objects) or not isinstance(objects[index], dict):
        raise SourceDataError(f"{kind}[{index}] does not exist", where=gltf.where)
    found: dict[str, Any] = objects[index]
    return found


def view_bytes(gltf: Gltf, index: object) -> bytes:
    """Bytes of a buffer view, decoded where they are compressed.

    Raises:
        SourceDataError: It leaves the binary chunk, or cannot be decoded.
    """
    view = item(gltf, "bufferViews", index)
    extension = as_dict(as_dict(view.get("extensions")).get(MESHOPT))
    if not extension:
        if view.get("buffer", 0) != 0:
            raise SourceDataError(f"bufferViews[{index}]: buffer has no bytes", where=gltf.where)
        return _slice(gltf, view, index)
    stated = (_whole(extension.get("count")) or 0) * (_whole(extension.get("byteStride")) or 0)
    if stated != view.get("byteLength") or not 0 < stated <= LARGEST_DECODED:
        raise SourceDataError(
            f"bufferViews[{index}]: {stated} bytes by count and byteStride, "
            f"{view.get('byteLength')!r} by byteLength",
            where=gltf.where,
        )
    data = compression.unpack(_slice(gltf, extension, index), extension, where=gltf.where)
    if len(data) != view.get("byteLength"):
        raise SourceDataError(
            f"bufferViews[{index}]: states {view.get('byteLength')} bytes, has {len(data)}",
            where=gltf.where,
        )
    return data


def _slice(gltf: Gltf, stated: dict[str, Any], index: object) -> bytes:
    """Bytes of the binary chunk that an object with an offset and a length names."""
    start, length = _whole(stated.get("byteOffset", 0)), _whole(stated.get("byteLength"))
    if start is None or length is None or length < 1 or start + length > len(gltf.binary):
        raise SourceDataError(
            f"bufferViews[{index}]: bytes {start} + {length} of {len(gltf.binary)}",
            where=gltf.where,
        )
    return gltf.binary[start : start + length]


def accessor_values(gltf: Gltf, index: object) -> NDArray[Any]:
    """(count, width) stored values of an accessor, not normalised.

    Raises:
        SourceDataError: Its type is unknown, or it leaves its buffer view.
    """
    accessor = item(gltf, "accessors", index)
    kind, width = (
        COMPONENTS.get(accessor.get("componentType", 0)),
        WIDTHS.get(str(accessor.get("type"))),
    )
    count, start = _whole(accessor.get("count")), _whole(accessor.get("byteOffset", 0))
    if kind is None or width is None or count is None or count < 1 or start is None:
        raise SourceDataError(f"accessors[{index}]: type or count not legal", where=gltf.where)
    data = view_bytes(gltf, accessor.get("bufferView"))
    size = np.dtype(kind).itemsize * width
    stride = (
        _whole(item(gltf, "bufferViews", accessor["bufferView"]).get("byteStride", size)) or size
    )
    if start + stride * (count - 1) + size > len(data):
        raise SourceDataError(f"accessors[{index}]: leaves its buffer view", where=gltf.where)
    raw = np.frombuffer(data, np.uint8)[start:]
    rows = np.lib.stride_tricks.as_strided(raw, (count, size), (stride, 1), writeable=False)
    return np.ascontiguousarray(rows).view(kind)


def positions(gltf: Gltf) -> Float64:
    """(v, 3) vertices of all nodes of the scene in metres, x east, y north, z up.

    Vertices that several primitives of a mesh share appear once.

    Raises:
        SourceDataError: A part is missing or has no legal numbers.
    """
    placed = [
        _placed(accessor_values(gltf, accessor), matrix)
        for matrix, mesh in _mesh_nodes(gltf)
        for accessor in _position_accessors(item(gltf, "meshes", mesh))
    ]
    y_up = np.concatenate([np.zeros((0, 3)), *placed])
    return np.stack((y_up[:, 0], -y_up[:, 2], y_up[:, 1]), axis=1)


def _position_accessors(mesh: dict[str, Any]) -> list[object]:
    """The POSITION accessors of a mesh, each once."""
    primitives_of = dicts_of(mesh.get("primitives"))
    return list(
        dict.fromkeys(each.get("attributes", {}).get("POSITION") for each in primitives_of)
    )


def feature_ids(gltf: Gltf) -> NDArray[Any]:
    """(v,) `_FEATURE_ID_0` of the vertices that `positions` lists, in files with one mesh."""
    accessors = dict.fromkeys(
        each.get("attributes", {}).get("_FEATURE_ID_0") for each in primitives(gltf)
    )
    return np.concatenate([accessor_values(gltf, index)[:, 0] for index in accessors])


def corners(gltf: Gltf) -> list[NDArray[Any]]:
    """(t, 3) rows of `positions` of the triangles of each primitive, in files with one mesh."""
    starts: dict[object, int] = {}
    found, at = [], 0
    for primitive in primitives(gltf):
        index = primitive.get("attributes", {}).get("POSITION")
        if index not in starts:
            starts[index] = at
            at += len(accessor_values(gltf, index))
        rows = accessor_values(gltf, primitive.get("indices"))[:, 0].astype(np.int64)
        found.append(rows.reshape(-1, 3) + starts[index])
    return found


def primitives(gltf: Gltf) -> list[dict[str, Any]]:
    """All mesh primitives."""
    meshes = dicts_of(gltf.document.get("meshes"))
    return [primitive for mesh in meshes for primitive in dicts_of(mesh.get("primitives"))]


def triangles(gltf: Gltf) -> int:
    """Number of triangles of all primitives that are lists of triangles."""
    counts = [
        item(gltf, "accessors", primitive.get("indices")).get("count", 0)
        for primitive in primitives(gltf)
        if primitive.get("mode", 4) == 4 and "indices" in primitive  # noqa: PLR2004 - TRIANGLES
    ]
    return sum(count for count in counts if isinstance(count, int)) // 3


def property_tables(gltf: Gltf) -> list[dict[str, Any]]:
    """Property tables of EXT_structural_metadata."""
    return dicts_of(structural_metadata(gltf).get("propertyTables"))


def structural_metadata(gltf: Gltf) -> dict[str, Any]:
    """The top-level EXT_structural_metadata; empty when there is none."""
    return as_dict(as_dict(gltf.document.get("extensions")).get("EXT_structural_metadata"))


def texts(gltf: Gltf, column: dict[str, Any], count: int) -> list[str]:
    """Values of a STRING property.

    Raises:
        SourceDataError: The offsets or the text are not legal.
    """
    data = view_bytes(gltf, column.get("values"))
    kind = NUMBER_TYPES.get(column.get("stringOffsetType", "UINT32"), "<u4")
    stored = view_bytes(gltf, column.get("stringOffsets"))
    wanted = (count + 1) * np.dtype(kind).itemsize
    if len(stored) != wanted:
        raise SourceDataError(
            f"stringOffsets: {len(stored)} bytes, wanted {wanted}", where=gltf.where
        )
    offsets = np.frombuffer(stored, kind).astype(np.int64)
    if offsets[0] != 0 or np.any(np.diff(offsets) < 0) or offsets[-1] != len(data):
        raise SourceDataError(
            f"stringOffsets must rise from 0 to {len(data)}, they end at {offsets[-1]}",
            where=gltf.where,
        )
    try:
        return [data[one:two].decode() for one, two in itertools.pairwise(offsets.tolist())]
    except UnicodeDecodeError as error:
        raise SourceDataError(f"text is not UTF-8: {error.reason}", where=gltf.where) from error


def numbers(gltf: Gltf, column: dict[str, Any], component: str, count: int) -> NDArray[Any]:
    """Values of a SCALAR property.

    Raises:
        SourceDataError: The number of bytes does not fit.
    """
    kind = np.dtype(NUMBER_TYPES[component])
    data = view_bytes(gltf, column.get("values"))
    if len(data) != count * kind.itemsize:
        raise SourceDataError(
            f"values: {len(data)} bytes, wanted {count * kind.itemsize}", where=gltf.where
        )
    return np.frombuffer(data, kind)


def _mesh_nodes(gltf: Gltf) -> list[tuple[Float64, object]]:
    """World matrix and mesh of each node of the scene that has one."""
    scene = item(gltf, "scenes", gltf.document.get("scene", 0))
    waiting = [(np.eye(4), number) for number in scene.get("nodes", [])]
    found: list[tuple[Float64, object]] = []
    seen = 0
    while waiting:
        above, number = waiting.pop()
        node = item(gltf, "nodes", number)
        seen += 1
        if seen > len(gltf.document["nodes"]):
            raise SourceDataError("nodes form a cycle", where=gltf.where)
        matrix = above @ _matrix(node, gltf.where)
        waiting += [(matrix, child) for child in node.get("children", [])]
        if "mesh" in node:
            found.append((matrix, node["mesh"]))
    return found


def _matrix(node: dict[str, Any], where: str) -> Float64:
    """(4, 4) local matrix of a node."""
    try:
        if "matrix" in node:
            return np.array(node["matrix"], np.float64).reshape(4, 4).T
        x, y, z, w = np.array(node.get("rotation", (0, 0, 0, 1)), np.float64)
        matrix = np.eye(4)
        matrix[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ] * np.array(node.get("scale", (1, 1, 1)), np.float64)
        matrix[:3, 3] = node.get("translation", (0, 0, 0))
    except (ValueError, TypeError) as error:
        raise SourceDataError(f"node transform: {error}", where=where) from error
    return matrix


def _placed(stored: NDArray[Any], matrix: Float64) -> Float64:
    """Stored positions in the world of the glb."""
    return np.asarray(stored.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3])


def _whole(number: object) -> int | None:
    """The number if it is a whole one, at least 0."""
    return number if isinstance(number, int) and number >= 0 else None
