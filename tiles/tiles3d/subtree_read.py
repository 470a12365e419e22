"""Reading subtrees of implicit tiling, of our make or another's: bytes in, values out.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 8 (implicit tiling).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cim.arrays import Bool, Float64, Uint8
from cim.errors import SourceDataError
from tiles.gltf.loose import as_dict, as_list, read_object
from tiles.gltf.read import NUMBER_TYPES
from tiles.tiles3d.morton import DIMENSIONS, level_start, width
from tiles.tiles3d.subtree import ALIGNMENT, HEADER, MAGIC, SEMANTICS, VERSION, Nodes, Subtree

MOST_NODES = 1 << 24
"""Roots of further subtrees that one subtree may have: more are a mistake or an attack."""


def unpack(
    data: bytes,
    scheme: str,
    levels: int,
    *,
    schema: Mapping[str, Any],
    where: str,
    get_buffer: Callable[[str], bytes] | None = None,
) -> Subtree:
    """The subtree in a file, binary or JSON.

    Args:
        data: Bytes of the file.
        scheme: `subdivisionScheme` of the tileset.
        levels: `subtreeLevels` of the tileset.
        schema: Metadata schema of the tileset; empty when it has none.
        where: Name of the file, for messages.
        get_buffer: Bytes of an external buffer by its `uri`; None: there may be none.

    Raises:
        SourceDataError: Something in the file is not legal; the message names the member.
    """
    if scheme not in DIMENSIONS or levels < 1 or width(scheme) ** levels > MOST_NODES:
        raise SourceDataError(f"{scheme!r} of {levels} subtreeLevels cannot be read", where=where)
    source = _Source(*_chunks(data, where), where, get_buffer)
    nodes, below = level_start(scheme, levels), width(scheme) ** levels
    tiles = source.bits("tileAvailability", nodes)
    stated = source.document.get("contentAvailability", [])
    parts = stated if isinstance(stated, list) else [stated]
    contents = [
        source.stream(each, nodes, f"contentAvailability/{n}") for n, each in enumerate(parts)
    ]
    tables = as_list(source.document.get("contentMetadata")) or [None] * len(contents)
    if len(tables) != len(contents):
        raise SourceDataError(
            f"contentMetadata: {len(tables)} for {len(contents)} contents", where=where
        )
    return Subtree(
        scheme,
        levels,
        source.nodes(tiles, source.document.get("tileMetadata"), schema),
        tuple(source.nodes(*each, schema) for each in zip(contents, tables, strict=True)),
        source.bits("childSubtreeAvailability", below),
    )


def available_counts(data: bytes, where: str) -> dict[str, int]:
    """The `availableCount` of each availability that states one, by its JSON pointer.

    Raises:
        SourceDataError: The file is not a subtree.
    """
    document, _ = _chunks(data, where)
    stated = document.get("contentAvailability", [])
    parts = {
        "tileAvailability": document.get("tileAvailability"),
        "childSubtreeAvailability": document.get("childSubtreeAvailability"),
        **{
            f"contentAvailability/{number}": each
            for number, each in enumerate(stated if isinstance(stated, list) else [stated])
        },
    }
    found = {name: as_dict(each).get("availableCount") for name, each in parts.items()}
    return {name: count for name, count in found.items() if isinstance(count, int)}


@dataclass(frozen=True, slots=True)
class _Source:
    """A subtree file while it is read."""

    document: dict[str, Any]
    binary: bytes
    where: str
    get_buffer: Callable[[str], bytes] | None

    def bits(self, member: str, count: int) -> Bool:
        """(count,) availability of a member of the document."""
        return self.stream(self.document.get(member), count, member)

    def stream(self, stated: object, count: int, name: str) -> Bool:
        """(count,) of an availability object; `name` is its JSON pointer."""
        availability = as_dict(stated)
        constant = availability.get("constant")
        if constant in (0, 1) and "bitstream" not in availability:
            return np.full(count, bool(constant))
        if constant is not None or "bitstream" not in availability:
            raise self._fault(f"{name}: {stated!r}; legal: constant 0 or 1, or a bitstream")
        data = self._view(availability["bitstream"])
        if len(data) != -(-count // 8):
            raise self._fault(f"{name}: {len(data)} bytes for {count} bits")
        bits = np.unpackbits(data, bitorder="little").astype(bool)
        if bits[count:].any():
            raise self._fault(f"{name}: bits after the first {count} are not 0")
        return bits[:count]

    def nodes(self, available: Bool, number: object, schema: Mapping[str, Any]) -> Nodes:
        """Nodes with the metadata of property table `number`, None for none."""
        if number is None:
            return Nodes(available)
        tables = as_list(self.document.get("propertyTables"))
        if not isinstance(number, int) or not 0 <= number < len(tables):
            raise self._fault(f"propertyTables/{number}: no such table")
        table, rows = as_dict(tables[number]), int(np.count_nonzero(available))
        if table.get("count") != rows:
            raise self._fault(f"propertyTables/{number}: count {table.get('count')!r}, not {rows}")
        definition = as_dict(schema.get("classes")).get(str(table.get("class")))
        if definition is None:
            raise self._fault(f"propertyTables/{number}: class {table.get('class')!r} unknown")
        columns = as_dict(table.get("properties"))
        found = {}
        for name, what in as_dict(as_dict(definition).get("properties")).items():
            semantic = str(as_dict(what).get("semantic"))
            if semantic in SEMANTICS and name in columns:
                found[semantic] = self._column(as_dict(columns[name]), what, rows, name)
        return Nodes(available, found)

    def _column(
        self, column: dict[str, Any], what: dict[str, Any], rows: int, name: str
    ) -> Float64:
        """(rows,) or (rows, k) values of a property with a semantic."""
        many = SEMANTICS[what["semantic"]]
        component = NUMBER_TYPES.get(what.get("componentType", ""))
        shaped = what.get("array") is True and what.get("count") == many if many > 1 else True
        if what.get("type") != "SCALAR" or component is None or not shaped:
            raise self._fault(f"{name}: not the type of {what['semantic']}")
        data = self._view(column.get("values"))
        if len(data) != rows * many * np.dtype(component).itemsize:
            raise self._fault(f"{name}: {len(data)} bytes for {rows} rows of {many} numbers")
        values = data.view(component).astype(np.float64)
        return values if many == 1 else values.reshape(rows, many)

    def _view(self, number: object) -> Uint8:
        """Bytes of a buffer view."""
        views = as_list(self.document.get("bufferViews"))
        if not isinstance(number, int) or not 0 <= number < len(views):
            raise self._fault(f"bufferViews/{number}: no such buffer view")
        view = as_dict(views[number])
        data = self._buffer(view.get("buffer"))
        start, length = _whole(view.get("byteOffset")), _whole(view.get("byteLength"))
        if start is None or not length or start + length > len(data):
            raise self._fault(f"bufferViews/{number}: {start} + {length} of {len(data)} bytes")
        if start % ALIGNMENT:
            raise self._fault(f"bufferViews/{number}: byteOffset {start} is not 8-aligned")
        return np.frombuffer(data, np.uint8, length, start)

    def _buffer(self, number: object) -> bytes:
        """Bytes of a buffer, inside the file or outside."""
        buffers = as_list(self.document.get("buffers"))
        if not isinstance(number, int) or not 0 <= number < len(buffers):
            raise self._fault(f"buffers/{number}: no such buffer")
        stated = as_dict(buffers[number])
        uri, length = stated.get("uri"), _whole(stated.get("byteLength"))
        if uri is None:
            data = self.binary
        elif self.get_buffer is None:
            raise self._fault(f"buffers/{number}: {uri}: external buffers are not read here")
        else:
            data = self.get_buffer(str(uri))
        if not length or length > len(data):
            raise self._fault(f"buffers/{number}: byteLength {length} of {len(data)} bytes")
        return data[:length]

    def _fault(self, reason: str) -> SourceDataError:
        return SourceDataError(reason, where=self.where)


def _whole(number: object) -> int | None:
    """The number if it is a whole one, at least 0."""
    return number if isinstance(number, int) and number >= 0 else None


def _chunks(data: bytes, where: str) -> tuple[dict[str, Any], bytes]:
    """JSON and binary chunk of a subtree file; one in JSON has no binary chunk."""
    if data.lstrip()[:1] == b"{":
        return read_object(data, "JSON chunk", where), b""
    if len(data) < HEADER.size:
        raise SourceDataError(f"{len(data)} bytes are too few for a subtree", where=where)
    magic, version, text, binary = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise SourceDataError(
            f"starts with {magic!r} version {version}, not a subtree", where=where
        )
    if text % ALIGNMENT or binary % ALIGNMENT:
        raise SourceDataError(
            f"chunks of {text} and {binary} bytes are not 8-aligned", where=where
        )
    if HEADER.size + text + binary != len(data):
        raise SourceDataError(
            f"states {HEADER.size + text + binary} bytes but has {len(data)}", where=where
        )
    return read_object(data[HEADER.size :][:text], "JSON chunk", where), data[HEADER.size + text :]
