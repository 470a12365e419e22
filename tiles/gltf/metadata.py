"""Property tables of EXT_structural_metadata: columns as bytes, and their schema.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 9 (3D Metadata Specification); the Khronos extension
EXT_structural_metadata, version 1.0.0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Int64, Uint8
from tiles.gltf.buffers import BufferWriter

CLASS = "feature"
"""Name of the one class of the schema; a property table row is one feature."""

SCHEMA_ID = "cim_server"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a feature."""

    name: str
    type: str
    """`STRING` or `FLOAT32`."""

    title_zh: str
    title_en: str
    semantic: str = ""
    """`ID`, `NAME` or nothing, after the 3D Metadata Semantic Reference."""

    no_data: str | float = "-"
    """Value that stands for no value."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Strings as UTF-8 bytes laid end to end."""

    values: Uint8
    offsets: Int64
    """(n + 1,) where each string begins, and where the last one ends."""

    def __len__(self) -> int:
        """Number of strings."""
        return len(self.offsets) - 1


type Column = TextColumn | NDArray[np.float32]


def schema(properties: tuple[Property, ...]) -> dict[str, Any]:
    """The schema document that all contents of a tileset share."""
    return {
        "id": SCHEMA_ID,
        "version": "1.0.0",
        "classes": {
            CLASS: {
                "name": "要素 / Feature",
                "properties": {each.name: _definition(each) for each in properties},
            }
        },
    }


def property_table(
    properties: tuple[Property, ...], columns: tuple[Column, ...], buffer: BufferWriter
) -> dict[str, Any]:
    """The property table, its bytes added to `buffer`; columns in the order of `properties`."""
    return {
        "class": CLASS,
        "count": len(columns[0]),
        "properties": {
            each.name: _views(column, buffer)
            for each, column in zip(properties, columns, strict=True)
        },
    }


def _definition(each: Property) -> dict[str, Any]:
    """Class property of the schema."""
    kind = (
        {"type": "STRING"}
        if each.type == "STRING"
        else {"type": "SCALAR", "componentType": each.type}
    )
    semantic = {"semantic": each.semantic} if each.semantic else {}
    return {
        "name": f"{each.title_zh} / {each.title_en}",
        "description": f"zh: {each.title_zh}; en: {each.title_en}",
        **kind,
        **semantic,
        "required": False,
        "noData": each.no_data,
    }


def _views(column: Column, buffer: BufferWriter) -> dict[str, Any]:
    """Buffer views of one column."""
    if isinstance(column, TextColumn):
        return {
            "values": buffer.add(column.values),
            "stringOffsets": buffer.add(column.offsets.astype("<u4")),
            "stringOffsetType": "UINT32",
        }
    return {"values": buffer.add(column.astype("<f4"))}
