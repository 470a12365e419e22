"""Subtrees of implicit tiling: which tiles, contents and further subtrees there are, and metadata.

Values to bytes; `tiles.tiles3d.subtree_read` goes the other way, `tiles.tiles3d.morton` numbers
the nodes.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 8 (implicit tiling: availability, subtree file
format, Morton order) and clause 9 (metadata semantics of tiles and contents).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from cim.arrays import Bool, Float64
from tiles.tiles3d.morton import level_start, width

MAGIC, VERSION = b"subt", 1
ALIGNMENT = 8
SEMANTICS: Mapping[str, int] = {
    "TILE_BOUNDING_BOX": 12,
    "TILE_BOUNDING_REGION": 6,
    "TILE_BOUNDING_SPHERE": 4,
    "TILE_GEOMETRIC_ERROR": 1,
    "TILE_MINIMUM_HEIGHT": 1,
    "TILE_MAXIMUM_HEIGHT": 1,
    "CONTENT_BOUNDING_BOX": 12,
    "CONTENT_BOUNDING_REGION": 6,
    "CONTENT_BOUNDING_SPHERE": 4,
    "CONTENT_MINIMUM_HEIGHT": 1,
    "CONTENT_MAXIMUM_HEIGHT": 1,
}
"""Numbers of one value of each semantic that is read and written here."""

TILE_CLASS, CONTENT_CLASS = "tile", "content"

HEADER = struct.Struct("<4sIQQ")


@dataclass(frozen=True, slots=True)
class Nodes:
    """Which nodes of a subtree have something, and what is told of those that do."""

    available: Bool
    """(nodes,) in the order of the subtree's numbers."""

    metadata: Mapping[str, Float64] = field(default_factory=dict)
    """By semantic: one row for each available node, in order; (rows, k), or (rows,) for k = 1."""

    def __post_init__(self) -> None:
        rows = int(np.count_nonzero(self.available))
        for name, values in self.metadata.items():
            wanted = (rows,) if SEMANTICS[name] == 1 else (rows, SEMANTICS[name])
            if values.shape != wanted:
                raise ValueError(f"{name}: shape {values.shape}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class Subtree:
    """A subtree: a value that exists has arrays of the right length."""

    scheme: str
    """`QUADTREE` or `OCTREE`."""

    levels: int
    """`subtreeLevels` of the tileset: levels of nodes held here."""

    tiles: Nodes
    """Semantics `TILE_…`; boxes are in the frame of the tile with `implicitTiling`."""

    contents: tuple[Nodes, ...]
    """One for each content of a tile, mostly one; semantics `CONTENT_…`."""

    children: Bool
    """(nodes of the next level,) in Morton order: which roots of further subtrees exist."""

    def __post_init__(self) -> None:
        wanted = level_start(self.scheme, self.levels)
        for each in (self.tiles, *self.contents):
            if each.available.shape != (wanted,):
                raise ValueError(f"available: shape {each.available.shape}, wanted ({wanted},)")
        below = width(self.scheme) ** self.levels
        if self.children.shape != (below,):
            raise ValueError(f"children: shape {self.children.shape}, wanted ({below},)")


def schema(schema_id: str, subtrees: list[Subtree]) -> dict[str, Any]:
    """Schema of the tileset to which the metadata of subtrees refers."""
    tile = {name for each in subtrees for name in each.tiles.metadata}
    content = {name for each in subtrees for part in each.contents for name in part.metadata}
    classes = {TILE_CLASS: tile, CONTENT_CLASS: content}
    return {
        "id": schema_id,
        "classes": {
            name: {"properties": {_identifier(each): _definition(each) for each in sorted(found)}}
            for name, found in classes.items()
            if found
        },
    }


def pack(subtree: Subtree) -> bytes:
    """A `.subtree` file.

    A bitstream that is all 0 or all 1 becomes a constant; metadata stands in 64-bit floats.
    """
    buffer = _Buffer()
    document: dict[str, Any] = {
        "tileAvailability": buffer.availability(subtree.tiles.available),
        "contentAvailability": [buffer.availability(each.available) for each in subtree.contents],
        "childSubtreeAvailability": buffer.availability(subtree.children),
    }
    if not subtree.contents:
        del document["contentAvailability"]
    tables: list[dict[str, Any]] = []
    if subtree.tiles.metadata and subtree.tiles.available.any():
        document["tileMetadata"] = len(tables)
        tables.append(buffer.table(TILE_CLASS, subtree.tiles))
    if any(each.metadata and each.available.any() for each in subtree.contents):
        document["contentMetadata"] = [len(tables) + n for n in range(len(subtree.contents))]
        tables += [buffer.table(CONTENT_CLASS, each) for each in subtree.contents]
    if tables:
        document["propertyTables"] = tables
    return _file(document | buffer.headers(), buffer.data())


class _Buffer:
    """The binary chunk while it is written, and the buffer views in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._views: list[dict[str, int]] = []
        self._length = 0

    def availability(self, available: Bool) -> dict[str, Any]:
        """Availability object of bits (n,)."""
        count = int(np.count_nonzero(available))
        if count in (0, len(available)):
            return {"constant": int(count > 0), "availableCount": count}
        bits = np.packbits(available, bitorder="little").tobytes()
        return {"bitstream": self._add(bits), "availableCount": count}

    def table(self, name: str, nodes: Nodes) -> dict[str, Any]:
        """Property table of the metadata of nodes; one without rows would need empty views."""
        values = {
            _identifier(semantic): {"values": self._add(rows.astype("<f8").tobytes())}
            for semantic, rows in sorted(nodes.metadata.items())
            if len(rows)
        }
        count = int(np.count_nonzero(nodes.available))
        return {"class": name, "count": count, **({"properties": values} if values else {})}

    def headers(self) -> dict[str, Any]:
        """Members `buffers` and `bufferViews`; none for an empty chunk."""
        if not self._views:
            return {}
        return {"buffers": [{"byteLength": self._length}], "bufferViews": self._views}

    def data(self) -> bytes:
        """The chunk."""
        return b"".join(self._parts)

    def _add(self, data: bytes) -> int:
        self._views.append({"buffer": 0, "byteOffset": self._length, "byteLength": len(data)})
        padded = data + bytes(-len(data) % ALIGNMENT)
        self._parts.append(padded)
        self._length += len(padded)
        return len(self._views) - 1


def _identifier(semantic: str) -> str:
    """Name of the class property with a semantic."""
    return semantic.partition("_")[2].lower()


def _definition(semantic: str) -> dict[str, Any]:
    """Class property with a semantic."""
    count = SEMANTICS[semantic]
    array = {"array": True, "count": count} if count > 1 else {}
    return {
        "type": "SCALAR", "componentType": "FLOAT64", **array,
        "semantic": semantic, "required": True,
    }  # fmt: skip


def _file(document: dict[str, Any], binary: bytes) -> bytes:
    """A binary subtree file of its two chunks."""
    text = orjson.dumps(document)
    text += b" " * (-len(text) % ALIGNMENT)
    return HEADER.pack(MAGIC, VERSION, len(text), len(binary)) + text + binary
