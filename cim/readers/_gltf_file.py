"""glTF 2.0 files as documents and arrays: container, buffers, accessors.

Source: Khronos glTF 2.0 specification, sections 3.6 (binary data storage) and 4 (GLB format).
"""

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import numpy as np
import orjson

from cim.errors import SourceDataError
from cim.readers._mesh_files import beside

_MOST: Final = 1 << 28
"""Values in one accessor; more would be a gigabyte of positions and more."""

_MAGIC: Final = b"glTF"
_HEADER, _CHUNK_HEADER = 12, 8
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_TYPES: Final = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


class BrokenGltfError(ValueError):
    """A glTF file breaks its specification; the message says how."""


@dataclass(frozen=True, slots=True)
class Document:
    """A glTF file."""

    path: Path
    json: dict[str, Any]
    binary: bytes
    """The binary chunk of a GLB file."""

    def items(self, kind: str) -> list[dict[str, Any]]:
        """A top-level list, such as `meshes`; empty when there is none."""
        found = self.json.get(kind, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise BrokenGltfError(f"{kind} is no list of objects")
        return found

    def item(self, kind: str, number: Any) -> dict[str, Any]:  # noqa: ANN401 - straight from JSON
        """One of a top-level list."""
        items = self.items(kind)
        if not isinstance(number, int) or not 0 <= number < len(items):
            raise BrokenGltfError(f"{kind}: no number {number!r}, there are {len(items)}")
        return items[number]


def open_document(path: Path) -> Document:
    """A glTF or GLB file, taken apart.

    Raises:
        SourceDataError: It is cut off, of another version or not glTF.
    """
    data = path.read_bytes()
    try:
        text, binary = _chunks(data) if data[:4] == _MAGIC else (data, b"")
        found = orjson.loads(text.removeprefix(b"\xef\xbb\xbf"))
        _check_version(found)
    except orjson.JSONDecodeError as error:
        raise SourceDataError(f"is no glTF, or cut off: {error}", where=str(path)) from error
    except BrokenGltfError as error:
        raise SourceDataError(str(error), where=str(path)) from error
    return Document(path, found, binary)


def _check_version(document: object) -> None:
    """Raises BrokenGltfError for a document of another kind or version."""
    asset = document.get("asset") if isinstance(document, dict) else None
    if not isinstance(asset, dict):
        raise BrokenGltfError("is no glTF: the document has no asset")
    version = str(asset.get("version", ""))
    if not version.startswith("2."):
        raise BrokenGltfError(f"glTF of version {version or 'none'}; known: 2.0")


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    """The JSON and the binary chunk of a GLB file."""
    version, length = np.frombuffer(data[4:_HEADER].ljust(8, b"\0"), "<u4").tolist()
    if version != 2:  # noqa: PLR2004 - of the specification
        raise BrokenGltfError(f"GLB of version {version}; known: 2")
    if length > len(data):
        raise BrokenGltfError(f"cut off: {len(data)} of {length} bytes are there")
    found: dict[int, bytes] = {}
    place = _HEADER
    while place + _CHUNK_HEADER <= length:
        size, kind = np.frombuffer(data[place : place + _CHUNK_HEADER], "<u4").tolist()
        start = place + _CHUNK_HEADER
        if start + size > length:
            raise BrokenGltfError("a chunk reaches beyond the file")
        found.setdefault(kind, data[start : start + size])
        place = start + size + -size % 4
    if _JSON not in found:
        raise BrokenGltfError("has no JSON chunk")
    return found[_JSON], found.get(_BIN, b"")


class Buffers:
    """Binary data of a document, fetched once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._buffers: dict[int, bytes] = {}

    def view(self, number: int) -> bytes:
        """The bytes of a buffer view.

        Raises:
            BrokenGltfError: It reaches beyond its buffer, or the buffer is not there.
        """
        view = self._document.item("bufferViews", number)
        data = self._buffer(view.get("buffer"))
        start = int(view.get("byteOffset", 0))
        end = start + int(view["byteLength"])
        if start < 0 or end > len(data):
            raise BrokenGltfError(f"bufferView {number} reaches beyond its buffer: cut off?")
        return data[start:end]

    def array(self, number: int, *, as_float: bool = False) -> np.ndarray:
        """(count, width) values of an accessor.

        Args:
            number: Of the accessor.
            as_float: Whole numbers that are marked normalized become -1 to 1 or 0 to 1.

        Raises:
            BrokenGltfError: It reaches beyond its buffer view, or breaks the format.
        """
        accessor = self._document.item("accessors", number)
        try:
            kind = np.dtype(_TYPES[accessor["componentType"]])
            count, width = int(accessor["count"]), _WIDTHS[accessor["type"]]
        except (KeyError, TypeError) as error:
            raise BrokenGltfError(f"accessor {number}: no legal {error}") from error
        if not 0 <= count <= _MOST:
            raise BrokenGltfError(f"accessor {number}: {count} values; legal: 0 to {_MOST}")
        values = np.zeros((count, width), kind)
        if "bufferView" in accessor:
            values = self._strided(accessor, number, kind, (count, width))
        if "sparse" in accessor:
            values = self._with_sparse(values, accessor["sparse"], number)
        if not as_float or kind.kind == "f":
            return values
        if not accessor.get("normalized"):
            return values.astype(np.float64)
        return np.maximum(values / np.iinfo(kind).max, -1.0)

    def _strided(
        self, accessor: dict[str, Any], number: int, kind: np.dtype[Any], shape: tuple[int, int]
    ) -> np.ndarray:
        data = self.view(accessor["bufferView"])
        view = self._document.item("bufferViews", accessor["bufferView"])
        count, width = shape
        size = width * kind.itemsize
        stride = int(view.get("byteStride") or size)
        start = int(accessor.get("byteOffset", 0))
        if (
            start < 0
            or stride < size
            or (count and start + (count - 1) * stride + size > len(data))
        ):
            raise BrokenGltfError(f"accessor {number} reaches beyond its bufferView: cut off?")
        if not count:
            return np.zeros(shape, kind)
        return np.ndarray(shape, kind, data, start, (stride, kind.itemsize)).copy()

    def _with_sparse(self, values: np.ndarray, sparse: dict[str, Any], number: int) -> np.ndarray:
        """Values with those that stand apart (section 3.6.2.3)."""
        count = int(sparse["count"])
        where, stored = sparse["indices"], sparse["values"]
        rows = self._strided(where, number, np.dtype(_TYPES[where["componentType"]]), (count, 1))
        shape = (count, values.shape[1])
        changed = values.copy()
        if count and int(rows.max()) >= len(values):
            raise BrokenGltfError(f"accessor {number}: a sparse index is out of range")
        changed[rows[:, 0]] = self._strided(stored, number, values.dtype, shape)
        return changed

    def _buffer(self, number: Any) -> bytes:  # noqa: ANN401 - straight from JSON
        buffer = self._document.item("buffers", number)
        if number not in self._buffers:
            self._buffers[number] = self._fetched(buffer)
        data = self._buffers[number]
        if len(data) < int(buffer.get("byteLength", 0)):
            raise BrokenGltfError(f"buffer {number} is cut off")
        return data

    def _fetched(self, buffer: dict[str, Any]) -> bytes:
        uri = buffer.get("uri")
        if uri is None:
            return self._document.binary
        data, fault = resolve(self._document.path, uri)
        if isinstance(data, Path):
            return data.read_bytes()
        if data is None:
            raise BrokenGltfError(f"buffer {fault}")
        return data


def resolve(source: Path, uri: Any) -> tuple[bytes | Path | None, str]:  # noqa: ANN401 - from JSON
    """What a URI stands for: its own bytes, a file beside the source, or nothing and why."""
    if not isinstance(uri, str):
        return None, f"{uri!r} is no address"
    if not uri.startswith("data:"):
        return beside(source, uri)
    head, _, body = uri.partition(",")
    if not head.endswith(";base64"):
        return unquote_to_bytes(body), ""
    try:
        return base64.b64decode(body, validate=True), ""
    except binascii.Error as error:
        return None, f"with data in the document is broken: {error}"
