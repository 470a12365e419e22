"""Property tables of EXT_structural_metadata: columns as bytes, and their schema.

Source: OGC 22-025r4 (3D Tiles 1.1), clause 9 (3D Metadata Specification); the Khronos extension
EXT_structural_metadata, version 1.0.0.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cim.arrays import Bool, Int64, Uint8
from tiles.gltf.buffers import BufferWriter

CLASS = "feature"
"""Name of the one class of the schema; a property table row is one feature."""

SCHEMA_ID = "cim_server"

type Number = Literal["INT8", "UINT8", "INT16", "UINT16", "INT32", "FLOAT32", "FLOAT64"]

NUMBER_TYPES: dict[str, str] = {
    "INT8": "<i1", "UINT8": "<u1", "INT16": "<i2", "UINT16": "<u2", "INT32": "<i4",
    "FLOAT32": "<f4", "FLOAT64": "<f8",
}  # fmt: skip
"""Component types that are written."""

_OFFSETS = {"UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of an enumeration; its number is its place."""

    name: str
    title_zh: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a feature."""

    name: str
    type: Number | Literal["STRING", "BOOLEAN", "ENUM"]
    title_zh: str
    title_en: str
    semantic: str = ""
    """`ID`, `NAME` or nothing, after the 3D Metadata Semantic Reference."""

    no_data: str | float | None = "-"
    """Value that stands for no value; None: there is always one."""

    unit: str = ""
    """English name of the unit, such as `metre`; empty without one."""

    choices: tuple[Choice, ...] = ()
    """Of an ENUM, at most 256."""

    column: str = ""
    """Column of the source that it is taken from, where that has another name."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Strings as UTF-8 bytes laid end to end."""

    values: Uint8
    offsets: Int64
    """(n + 1,) where each string begins, and where the last one ends."""

    def __len__(self) -> int:
        """Number of strings."""
        return len(self.offsets) - 1


type Column = TextColumn | NDArray[Any]
"""Text, numbers of the property's component type, places of choices, or truth values."""


def schema(properties: tuple[Property, ...]) -> dict[str, Any]:
    """The schema document that all contents of a tileset share."""
    enums = {_enum_name(each): _enum(each) for each in properties if each.type == "ENUM"}
    return {
        "id": SCHEMA_ID,
        "version": "1.0.0",
        "classes": {
            CLASS: {
                "name": "要素 / Feature",
                "properties": {each.name: _definition(each) for each in properties},
            }
        },
        **({"enums": enums} if enums else {}),
    }


def property_table(
    properties: tuple[Property, ...], columns: tuple[Column, ...], buffer: BufferWriter
) -> dict[str, Any]:
    """The property table, its bytes added to `buffer`; columns in the order of `properties`."""
    return {
        "class": CLASS,
        "count": len(columns[0]),
        "properties": {
            each.name: _views(each, column, buffer)
            for each, column in zip(properties, columns, strict=True)
        },
    }


def _definition(each: Property) -> dict[str, Any]:
    """Class property of the schema."""
    unit = f"; unit: {each.unit}" if each.unit else ""
    return {
        "name": f"{each.title_zh} / {each.title_en}",
        "description": f"zh: {each.title_zh}; en: {each.title_en}{unit}",
        **_type(each),
        **({"semantic": each.semantic} if each.semantic else {}),
        "required": each.no_data is None,
        **({} if each.no_data is None else {"noData": each.no_data}),
    }


def _type(each: Property) -> dict[str, str]:
    """Members of a class property that say what its values are."""
    if each.type == "ENUM":
        return {"type": "ENUM", "enumType": _enum_name(each)}
    if each.type in NUMBER_TYPES:
        return {"type": "SCALAR", "componentType": each.type}
    return {"type": each.type}


def _enum_name(each: Property) -> str:
    return f"{each.name}_values"


def _enum(each: Property) -> dict[str, Any]:
    """The enumeration of a property."""
    return {
        "name": f"{each.title_zh} / {each.title_en}",
        "valueType": "UINT8",
        "values": [
            {
                "name": choice.name,
                "value": number,
                **(
                    {"description": f"zh: {choice.title_zh}; en: {choice.title_en}"}
                    if choice.title_en
                    else {}
                ),
            }
            for number, choice in enumerate(each.choices)
        ],
    }


def _views(each: Property, column: Column, buffer: BufferWriter) -> dict[str, Any]:
    """Buffer views of one column."""
    if isinstance(column, TextColumn):
        kind = next(k for k, v in _OFFSETS.items() if column.offsets[-1] <= np.iinfo(v).max)
        return {
            "values": buffer.add(column.values),
            "stringOffsets": buffer.add(column.offsets.astype(_OFFSETS[kind])),
            "stringOffsetType": kind,
        }
    if each.type == "BOOLEAN":
        return {"values": buffer.add(_bits(column))}
    stored = "<u1" if each.type == "ENUM" else NUMBER_TYPES[each.type]
    return {"values": buffer.add(column.astype(stored))}


def _bits(marks: Bool) -> Uint8:
    """Truth values, eight in a byte, the first one lowest."""
    return np.packbits(marks.astype(bool), bitorder="little")
