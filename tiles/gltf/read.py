"""Reading a glb back: accessors and property tables. Bytes in, arrays out; see also `scene`.

Every fault of the file is a `SourceDataError` that names the part at fault.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def primitives(gltf: Gltf) -> list[dict[str, Any]]:
    """All mesh primitives."""
    meshes = dicts_of(gltf.document.get("meshes"))
    return [primitive for mesh in meshes for primitive in dicts_of(mesh.get("primitives"))]


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


def _whole(number: object) -> int | None:
    """The number if it is a whole one, at least 0."""
    return number if isinstance(number, int) and number >= 0 else None
