"""GLB container: JSON and binary chunk, bytes <-> values.

Source: Khronos glTF 2.0 specification, clause 4 (GLB File Format Specification).
"""

import struct
from typing import Any

import orjson

from cim.errors import SourceDataError
from tiles.gltf.loose import read_object

MAGIC, VERSION = b"glTF", 2
JSON_CHUNK, BINARY_CHUNK = b"JSON", b"BIN\0"
ALIGNMENT = 8
"""3D Tiles asks for chunks on 8-byte borders, GLB itself for 4."""

_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<I4s")


def pack(document: dict[str, Any], binary: bytes) -> bytes:
    """A glb file of a glTF document and its buffer 0."""
    text = orjson.dumps(document)
    lead = _HEADER.size + _CHUNK.size
    text += b" " * (-(lead + len(text) + _CHUNK.size) % ALIGNMENT)
    binary += bytes(-len(binary) % ALIGNMENT)
    length = lead + len(text) + _CHUNK.size + len(binary)
    return b"".join(
        (
            _HEADER.pack(MAGIC, VERSION, length),
            _CHUNK.pack(len(text), JSON_CHUNK),
            text,
            _CHUNK.pack(len(binary), BINARY_CHUNK),
            binary,
        )
    )


def unpack(data: bytes, *, where: str) -> tuple[dict[str, Any], bytes]:
    """Document and binary chunk of a glb file; `where` names the file in messages.

    Raises:
        SourceDataError: The bytes are not a glb of version 2, or a chunk is cut short.
    """
    if len(data) < _HEADER.size:
        raise SourceDataError(f"{len(data)} bytes are too few for a glb", where=where)
    magic, version, length = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise SourceDataError(f"starts with {magic!r} version {version}, not a glb", where=where)
    if length != len(data):
        raise SourceDataError(f"states {length} bytes but has {len(data)}", where=where)
    chunks = dict(_chunks(data, where))
    if JSON_CHUNK not in chunks:
        raise SourceDataError("has no JSON chunk", where=where)
    return read_object(chunks[JSON_CHUNK], "JSON chunk", where), chunks.get(BINARY_CHUNK, b"")


def _chunks(data: bytes, where: str) -> list[tuple[bytes, bytes]]:
    """Kind and bytes of each chunk."""
    found, at = [], _HEADER.size
    while at < len(data):
        if at + _CHUNK.size > len(data):
            raise SourceDataError(f"chunk header cut short at byte {at}", where=where)
        length, kind = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        if at + length > len(data):
            raise SourceDataError(f"chunk {kind!r} cut short", where=where)
        found.append((kind, data[at : at + length]))
        at += length
    return found
