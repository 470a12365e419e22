"""Textures, property attributes and compression of a glb: each rule has a fault that breaks it."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tiles.gltf import check, compression
from tiles.gltf.read import Gltf

type Json = dict[str, Any]
type Change = Callable[[Json], object]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
POSITIONS = np.arange(12, dtype="<f4").reshape(4, 3)
TEXCOORDS = np.linspace(0, 1, 8, dtype="<f4").reshape(4, 2)
CLASSES = np.array([[2], [6], [2], [6]], "u1").repeat(4, axis=1)
VALUES = np.arange(4, dtype="<f8")
SCHEMA: Json = {
    "id": "s",
    "enums": {"kinds": {"valueType": "UINT8", "values": [{"name": "ground", "value": 2}]}},
    "classes": {
        "point": {
            "properties": {
                "classification": {"type": "ENUM", "enumType": "kinds", "required": True},
                "height": {"type": "SCALAR", "componentType": "FLOAT32"},
            }
        },
        "row": {"properties": {"value": {"type": "SCALAR", "componentType": "FLOAT64"}}},
    },
}


def make_glb() -> tuple[Json, bytes]:
    """Four textured points with a class and a property table."""
    parts = [POSITIONS.tobytes(), TEXCOORDS.tobytes(), CLASSES.tobytes(), PNG, VALUES.tobytes()]
    views, binary = [], b""
    for part in parts:
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(part)})
        binary += part + bytes(-len(part) % 8)
    views[2]["byteStride"] = 4
    accessor = {"componentType": 5126, "count": 4}
    document = {
        "asset": {"version": "2.0"},
        "extensionsUsed": ["EXT_structural_metadata"],
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": views,
        "accessors": [
            {**accessor, "bufferView": 0, "type": "VEC3", "min": [0, 1, 2], "max": [9, 10, 11]},
            {**accessor, "bufferView": 1, "type": "VEC2"},
            {"componentType": 5121, "count": 4, "bufferView": 2, "type": "SCALAR"},
        ],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
        "samplers": [{}],
        "textures": [{"source": 0, "sampler": 0}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "meshes": [
            {
                "primitives": [
                    {
                        "attributes": {"POSITION": 0, "TEXCOORD_0": 1, "_CLASSIFICATION": 2},
                        "mode": 0,
                        "material": 0,
                        "extensions": {"EXT_structural_metadata": {"propertyAttributes": [0]}},
                    }
                ]
            }
        ],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "extensions": {
            "EXT_structural_metadata": {
                "propertyAttributes": [
                    {
                        "class": "point",
                        "properties": {"classification": {"attribute": "_CLASSIFICATION"}},
                    }
                ],
                "propertyTables": [
                    {"class": "row", "count": 4, "properties": {"value": {"values": 4}}}
                ],
            }
        },
    }
    return document, binary


def primitive(document: Json) -> Json:
    found: Json = document["meshes"][0]["primitives"][0]
    return found


def metadata(document: Json) -> Json:
    found: Json = document["extensions"]["EXT_structural_metadata"]
    return found


def rules(document: Json, binary: bytes, schema: Json | None = SCHEMA) -> set[str]:
    return {fault.rule for fault in check.check(Gltf(document, binary, "x.glb"), schema)}


def test_what_is_sound_has_no_fault() -> None:
    assert check.check(Gltf(*make_glb(), "x.glb"), SCHEMA) == []


FAULTS: dict[str, tuple[str, Change]] = {
    "texture without image": ("texture", lambda d: d["textures"][0].pop("source")),
    "image that is not there": ("texture", lambda d: d["textures"][0].update(source=4)),
    "image of an extension that is not there": (
        "texture",
        lambda d: d["textures"][0].update(extensions={"EXT_texture_webp": {"source": 9}}),
    ),
    "sampler that is not there": ("texture", lambda d: d["textures"][0].update(sampler=1)),
    "image of another kind": ("texture", lambda d: d["images"][0].update(mimeType="image/jpeg")),
    "image of no kind": ("texture", lambda d: d["images"][0].pop("mimeType")),
    "texture that is not there": (
        "texture",
        lambda d: d["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"].update(index=3),
    ),
    "texture without coordinates": (
        "texture",
        lambda d: primitive(d)["attributes"].pop("TEXCOORD_0"),
    ),
    "texture of an extension without coordinates": (
        "texture",
        lambda d: d["materials"][0].update(
            extensions={"KHR_materials_x": {"sheenTexture": {"index": 0, "texCoord": 1}}}
        ),
    ),
    "material that is not there": ("material", lambda d: primitive(d).update(material=1)),
    "image that cannot be read": ("glb-structure", lambda d: d["images"][0].update(bufferView=9)),
    "attribute that is not there": (
        "property-attribute",
        lambda d: primitive(d)["attributes"].pop("_CLASSIFICATION"),
    ),
    "attribute of the standard": (
        "property-attribute",
        lambda d: metadata(d)["propertyAttributes"][0]["properties"]["classification"].update(
            attribute="POSITION"
        ),
    ),
    "definition that is not there": (
        "property-attribute",
        lambda d: primitive(d)["extensions"]["EXT_structural_metadata"].update(
            propertyAttributes=[2]
        ),
    ),
    "class that is not there": (
        "property-attribute",
        lambda d: metadata(d)["propertyAttributes"][0].update({"class": "x"}),
    ),
    "property that is not in the class": (
        "property-attribute",
        lambda d: metadata(d)["propertyAttributes"][0]["properties"].update(
            more={"attribute": "_CLASSIFICATION"}
        ),
    ),
    "required property that is missing": (
        "property-attribute",
        lambda d: metadata(d)["propertyAttributes"][0]["properties"].clear(),
    ),
    "component type that does not fit": (
        "property-attribute",
        lambda d: d["accessors"][2].update(componentType=5120),
    ),
    "type that does not fit": (
        "property-attribute",
        lambda d: d["accessors"][2].update(type="VEC2"),
    ),
    "normalised where it is not": (
        "property-attribute",
        lambda d: d["accessors"][2].update(normalized=True),
    ),
    "values that begin off their size": (
        "alignment",
        lambda d: d["bufferViews"][4].update(byteOffset=d["bufferViews"][4]["byteOffset"] - 4),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_a_part_is_found(fault: str) -> None:
    rule, change = FAULTS[fault]
    document, binary = make_glb()
    change(document)
    assert rule in rules(document, binary)


def test_property_attributes_need_a_schema() -> None:
    assert "schema" in rules(*make_glb(), schema=None)


def packed_glb() -> tuple[Json, bytes]:
    """The same with compressed positions."""
    document, binary = make_glb()
    made = compression.pack_rows(POSITIONS)
    document["buffers"].append({"byteLength": 48})
    document["bufferViews"][0] = {
        "buffer": 1,
        "byteLength": 48,
        "byteStride": 12,
        "extensions": {
            "EXT_meshopt_compression": {
                "buffer": 0,
                "byteOffset": len(binary),
                "byteLength": len(made.data),
                "byteStride": 12,
                "count": 4,
                "mode": "ATTRIBUTES",
            }
        },
    }
    document["extensionsUsed"].append("EXT_meshopt_compression")
    return document, binary + made.data


def stated(document: Json) -> Json:
    found: Json = document["bufferViews"][0]["extensions"]["EXT_meshopt_compression"]
    return found


def test_compressed_positions_are_decoded() -> None:
    assert check.check(Gltf(*packed_glb(), "x.glb"), SCHEMA) == []


COMPRESSION_FAULTS: dict[str, tuple[str, Change]] = {
    "not declared": ("extension-declared", lambda d: d["extensionsUsed"].pop()),
    "unknown mode": ("compression", lambda d: stated(d).update(mode="ZIP")),
    "another mode": ("glb-structure", lambda d: stated(d).update(mode="TRIANGLES")),
    "more rows": ("glb-structure", lambda d: stated(d).update(count=5)),
    "rows without end": ("glb-structure", lambda d: stated(d).update(count=2**40)),
    "less data": ("glb-structure", lambda d: stated(d).update(byteLength=3)),
    "data that is not there": ("glb-structure", lambda d: stated(d).update(byteOffset=9999)),
    "another length": ("glb-structure", lambda d: d["bufferViews"][0].update(byteLength=36)),
    "a petabyte": (
        "glb-structure",
        lambda d: [
            stated(d).update(count=2**48),
            d["bufferViews"][0].update(byteLength=12 * 2**48),
        ],
    ),
    "positions that are others": (
        "position-extremes",
        lambda d: d["accessors"][0].update(max=[1, 2, 3]),
    ),
}


@pytest.mark.parametrize("fault", COMPRESSION_FAULTS)
def test_fault_in_the_compression_is_found(fault: str) -> None:
    rule, change = COMPRESSION_FAULTS[fault]
    document, binary = packed_glb()
    change(document)
    assert rule in rules(document, binary)


def test_a_check_changes_nothing() -> None:
    document, binary = packed_glb()
    before = copy.deepcopy(document)
    rules(document, binary)
    assert document == before
