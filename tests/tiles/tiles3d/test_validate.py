"""The validator: it accepts what is sound, and finds each seeded fault by its rule."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from cim.errors import NotFoundError
from tests.tiles.making import build_tileset, house_surfaces, make_features
from tiles.gltf import glb
from tiles.tiles3d.check import ERROR, WARNING, Finding
from tiles.tiles3d.validate import has_errors, validate
from tiles.tiling.quadtree import Limits

type Json = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tileset with two levels and one external tileset."""
    batch = make_features(90, surfaces=house_surfaces("2"))
    limits = Limits(features=30, upper_features=8)
    build_tileset(tmp_path / "out", batch, limits=limits, tiles_per_document=3)
    assert validate(tmp_path / "out") == []
    return tmp_path / "out"


def content(folder: Path) -> Path:
    """The glb of the root."""
    return next(folder.glob("content/*/0-0-0-*.glb"))


def change_tileset(folder: Path, change: Callable[[Json], object]) -> None:
    document = orjson.loads((folder / "tileset.json").read_bytes())
    change(document)
    (folder / "tileset.json").write_bytes(orjson.dumps(document))


def change_glb(folder: Path, change: Callable[[Json, bytearray], object]) -> None:
    document, binary = glb.unpack(content(folder).read_bytes(), where="x")
    data = bytearray(binary)
    change(document, data)
    content(folder).write_bytes(glb.pack(document, bytes(data)))


def change_schema(folder: Path, change: Callable[[Json], object]) -> None:
    path = next(folder.glob("content/schema-*.json"))
    document = orjson.loads(path.read_bytes())
    change(document)
    path.write_bytes(orjson.dumps(document))


def rules(folder: Path, *severities: str) -> set[str]:
    return {finding.rule for finding in validate(folder) if finding.severity in severities}


def errors(folder: Path) -> set[str]:
    return rules(folder, ERROR)


def child(document: Json) -> Json:
    found: Json = document["root"]["children"][0]
    return found


TILESET_FAULTS: dict[str, tuple[str, Callable[[Json], object]]] = {
    "version of another standard": ("asset-version", lambda d: d["asset"].update(version="2.0")),
    "no asset": ("asset-version", lambda d: d.pop("asset")),
    "no error": ("geometric-error", lambda d: d.pop("geometricError")),
    "negative error": ("geometric-error", lambda d: d["root"].update(geometricError=-1)),
    "error as text": ("geometric-error", lambda d: child(d).update(geometricError="5")),
    "child error above its parent's": (
        "error-monotone",
        lambda d: child(d).update(geometricError=1e9),
    ),
    "root error above the tileset's": ("error-monotone", lambda d: d.update(geometricError=0.001)),
    "no root": ("root", lambda d: d.pop("root")),
    "refine in lower case": ("refine", lambda d: d["root"].update(refine="add")),
    "root without refine": ("refine", lambda d: d["root"].pop("refine")),
    "no volume": ("bounding-volume", lambda d: child(d).pop("boundingVolume")),
    "box of eleven numbers": (
        "bounding-volume",
        lambda d: child(d)["boundingVolume"]["box"].pop(),
    ),
    "box with text": (
        "bounding-volume",
        lambda d: child(d)["boundingVolume"].update(box=["x"] * 12),
    ),
    "region in degrees": (
        "bounding-volume",
        lambda d: child(d).update(boundingVolume={"region": [114, 30, 115, 31, 0, 9]}),
    ),
    "sphere with a negative radius": (
        "bounding-volume",
        lambda d: child(d).update(boundingVolume={"sphere": [0, 0, 0, -1]}),
    ),
    "transform of nine numbers": ("transform", lambda d: d["root"].update(transform=[1] * 9)),
    "projective transform": ("transform", lambda d: d["root"]["transform"].__setitem__(3, 0.5)),
    "children that are no list": ("children", lambda d: d["root"].update(children={})),
    "child that is no tile": ("children", lambda d: d["root"]["children"].append("x")),
    "content twice": ("content", lambda d: d["root"].update(contents=[])),
    "content without address": ("content-uri", lambda d: d["root"].update(content={})),
    "content elsewhere": (
        "content-uri",
        lambda d: d["root"]["content"].update(uri="http://x/a.glb"),
    ),
    "content at an absolute path": (
        "content-uri",
        lambda d: d["root"]["content"].update(uri="/etc/passwd"),
    ),
    "content outside the folder": (
        "content-uri",
        lambda d: d["root"]["content"].update(uri="../../a.glb"),
    ),
    "content that is not there": (
        "content-uri",
        lambda d: d["root"]["content"].update(uri="no.glb"),
    ),
    "tileset that contains itself": (
        "cycle",
        lambda d: d["root"]["content"].update(uri="tileset.json"),
    ),
    "box that is too small": (
        "enclosure",
        lambda d: d["root"]["boundingVolume"]["box"].__setitem__(3, 5.0),
    ),
    "box that is not where the content is": (
        "enclosure",
        lambda d: d["root"]["boundingVolume"]["box"].__setitem__(2, 500.0),
    ),
    "sphere that is too small": (
        "enclosure",
        lambda d: d["root"].update(boundingVolume={"sphere": [0, 0, 0, 3]}),
    ),
    "child moved out of its parent": (
        "enclosure",
        lambda d: child(d)["transform"].__setitem__(12, 9_000.0),
    ),
    "required extension that is not used": (
        "extension-declared",
        lambda d: d.update(extensionsRequired=["X"]),
    ),
}


@pytest.mark.parametrize("fault", TILESET_FAULTS)
def test_fault_in_the_tileset_document_is_found(fault: str, folder: Path) -> None:
    rule, change = TILESET_FAULTS[fault]
    change_tileset(folder, change)
    assert rule in errors(folder)


def view(document: Json, name: str) -> Json:
    """Buffer view of a vertex attribute."""
    accessor = document["meshes"][0]["primitives"][0]["attributes"][name]
    found: Json = document["bufferViews"][document["accessors"][accessor]["bufferView"]]
    return found


def table(document: Json) -> Json:
    found: Json = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
    return found


def overwrite(data: bytearray, where: Json, value: bytes, at: int = 0) -> None:
    start = where["byteOffset"] + at
    data[start : start + len(value)] = value


def offsets_view(document: Json) -> Json:
    found: Json = document["bufferViews"][table(document)["properties"]["name"]["stringOffsets"]]
    return found


def values_view(document: Json) -> Json:
    found: Json = document["bufferViews"][table(document)["properties"]["name"]["values"]]
    return found


def ids_of(document: Json) -> Json:
    primitive = document["meshes"][0]["primitives"][0]
    found: Json = primitive["extensions"]["EXT_mesh_features"]["featureIds"][0]
    return found


GLB_FAULTS: dict[str, tuple[str, Callable[[Json, bytearray], object]]] = {
    "glTF 1": ("glb-structure", lambda d, _: d["asset"].update(version="1.0")),
    "scene of nodes that do not exist": (
        "glb-structure",
        lambda d, _: d["scenes"][0].update(nodes=[7]),
    ),
    "view outside the buffer": (
        "glb-structure",
        lambda d, _: d["bufferViews"][0].update(byteLength=10**9),
    ),
    "accessor off its border": (
        "alignment",
        lambda d, _: view(d, "_FEATURE_ID_0").update(
            byteOffset=view(d, "NORMAL")["byteOffset"] + 1
        ),
    ),
    "string offsets off their border": (
        "alignment",
        lambda d, _: (
            table(d)["properties"]["name"].update(stringOffsetType="UINT16"),
            offsets_view(d).update(byteOffset=offsets_view(d)["byteOffset"] + 1),
        ),
    ),
    "odd stride": ("alignment", lambda d, _: view(d, "NORMAL").update(byteStride=3)),
    "accessor that leaves its view": (
        "glb-structure",
        lambda d, _: d["accessors"][0].update(count=10**6),
    ),
    "attributes of different length": (
        "attribute-count",
        lambda d, _: d["accessors"][1].update(count=d["accessors"][1]["count"] - 1),
    ),
    "index above the vertices": (
        "index-range",
        lambda d, data: overwrite(data, d["bufferViews"][3], b"\xfe\xff"),
    ),
    "wrong extremes": ("position-extremes", lambda d, _: d["accessors"][0].update(min=[1, 1, 1])),
    "no extremes": ("position-extremes", lambda d, _: d["accessors"][0].pop("max")),
    "extension in use but not named": (
        "extension-declared",
        lambda d, _: d.update(extensionsUsed=["KHR_mesh_quantization"]),
    ),
    "quantised but not said": (
        "extension-declared",
        lambda d, _: d.update(
            extensionsUsed=["EXT_mesh_features", "EXT_structural_metadata"], extensionsRequired=[]
        ),
    ),
    "feature id above the table": (
        "feature-ids",
        lambda d, data: overwrite(data, view(d, "_FEATURE_ID_0"), b"\xff\xff"),
    ),
    "more features than counted": ("feature-ids", lambda d, _: ids_of(d).update(featureCount=1)),
    "ids of another attribute": ("feature-ids", lambda d, _: ids_of(d).update(attribute=3)),
    "ids of a table that is not there": (
        "feature-ids",
        lambda d, _: ids_of(d).update(propertyTable=2),
    ),
    "table of an unknown class": ("property-table", lambda d, _: table(d).update({"class": "x"})),
    "table with another count": ("property-table", lambda d, _: table(d).update(count=900)),
    "table with a strange property": (
        "property-table",
        lambda d, _: table(d)["properties"].update(x={"values": 0}),
    ),
    "string offsets that fall": (
        "property-table",
        lambda d, data: overwrite(data, offsets_view(d), b"\xff\x00", at=2),
    ),
    "string offsets that end early": (
        "property-table",
        lambda d, _: values_view(d).update(byteLength=values_view(d)["byteLength"] - 1),
    ),
    "one string offset too few": (
        "property-table",
        lambda d, _: offsets_view(d).update(byteLength=offsets_view(d)["byteLength"] - 4),
    ),
    "text that is not UTF-8": (
        "property-table",
        lambda d, data: overwrite(data, values_view(d), b"\xff\xfe"),
    ),
    "schema that is not there": (
        "schema",
        lambda d, _: d["extensions"]["EXT_structural_metadata"].update(schemaUri="no.json"),
    ),
    "schema outside the folder": (
        "schema",
        lambda d, _: d["extensions"]["EXT_structural_metadata"].update(schemaUri="../../x.json"),
    ),
    "node moved": ("enclosure", lambda d, _: d["nodes"][0].update(translation=[0, 900, 0])),
    "z up left as it was": (
        "enclosure",
        lambda d, _: d["nodes"][0].update(rotation=[0.7071067811865476, 0, 0, 0.7071067811865476]),
    ),
}


GLB_ODDITIES: dict[str, tuple[str, Callable[[Json, bytearray], object]]] = {
    "no mesh": ("empty-content", lambda d, _: d.update(meshes=[])),
    "view off its border": ("alignment", lambda d, _: d["bufferViews"][-1].update(byteOffset=4)),
    "table without a property": (
        "property-table",
        lambda d, _: table(d)["properties"].pop("name"),
    ),
    "two tables": (
        "property-table",
        lambda d, _: d["extensions"]["EXT_structural_metadata"]["propertyTables"].append(table(d)),
    ),
}


@pytest.mark.parametrize("fault", GLB_FAULTS)
def test_fault_in_a_glb_is_found(fault: str, folder: Path) -> None:
    rule, change = GLB_FAULTS[fault]
    change_glb(folder, change)
    assert rule in errors(folder)


@pytest.mark.parametrize("oddity", GLB_ODDITIES)
def test_what_is_legal_but_not_wise_is_a_warning(oddity: str, folder: Path) -> None:
    rule, change = GLB_ODDITIES[oddity]
    change_glb(folder, change)
    assert rule in rules(folder, WARNING)
    assert rule not in errors(folder)


REGION = [1.99, 0.53, 2.0, 0.54, -50, 500]


def test_region_that_holds_the_content_is_accepted(folder: Path) -> None:
    change_tileset(folder, lambda d: d["root"].update(boundingVolume={"region": REGION}))
    assert validate(folder) == []


@pytest.mark.parametrize(
    "region",
    [
        [1.996, 0.53, 2.0, 0.54, -50, 500],
        [1.99, 0.5324, 2.0, 0.54, -50, 500],
        [1.99, 0.53, 2.0, 0.54, -50, 11],
        [2.0, 0.53, 1.99, 0.54, -50, 500],
    ],
)
def test_region_that_leaves_content_out_is_found(region: list[float], folder: Path) -> None:
    change_tileset(folder, lambda d: d["root"].update(boundingVolume={"region": region}))
    assert errors(folder) == {"enclosure"}


SCHEMA_FAULTS: dict[str, Callable[[Json], object]] = {
    "no id": lambda d: d.pop("id"),
    "unknown type": lambda d: d["classes"]["feature"]["properties"]["name"].update(type="TEXT"),
    "number without component type": lambda d: d["classes"]["feature"]["properties"][
        "height_m"
    ].pop("componentType"),
    "required with noData": lambda d: d["classes"]["feature"]["properties"]["name"].update(
        required=True
    ),
}


@pytest.mark.parametrize("fault", SCHEMA_FAULTS)
def test_fault_in_the_schema_is_found(fault: str, folder: Path) -> None:
    change_schema(folder, SCHEMA_FAULTS[fault])
    assert "schema" in errors(folder)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff"])
def test_document_that_is_no_json_object_is_found(text: bytes, folder: Path) -> None:
    (folder / "tileset.json").write_bytes(text)
    assert errors(folder) == {"json"}


@pytest.mark.parametrize("kept", [0, 3, 30, 500])
def test_glb_that_is_cut_short_is_found(kept: int, folder: Path) -> None:
    content(folder).write_bytes(content(folder).read_bytes()[:kept])
    findings = validate(folder)
    assert findings
    assert kept < 4 or has_errors(findings)


def test_fault_in_an_external_tileset_is_found_there(folder: Path) -> None:
    path = next(folder.glob("*-*.json"))
    document = orjson.loads(path.read_bytes())
    document["root"]["geometricError"] = 1e9
    path.write_bytes(orjson.dumps(document))
    (finding,) = [each for each in validate(folder) if each.rule == "error-monotone"]
    assert finding.path == f"{path.name}#/root"


def test_what_is_not_checked_is_said_but_is_no_error(folder: Path) -> None:
    content(folder).write_bytes(b"b3dm" + bytes(24))
    findings = validate(folder)
    assert [finding.rule for finding in findings] == ["not-checked"]
    assert not has_errors(findings)


def test_finding_names_the_file_and_the_place(folder: Path) -> None:
    change_tileset(folder, lambda d: child(d).update(refine="add"))
    assert validate(folder) == [
        Finding("tileset.json#/root/children/0", "refine", "refine 'add'; legal: 'ADD', 'REPLACE'")
    ]


def test_missing_tileset_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such tileset"):
        validate(tmp_path)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("roof.png", "no such file"),
        ("../../../roof.png", "leaves the folder"),
        ("http://a.cn/roof.png", "is not relative"),
        ("text.png", "is none of image/png"),
    ],
)
def test_images_beside_a_glb_are_looked_for(uri: str, reason: str, folder: Path) -> None:
    content(folder).with_name("text.png").write_bytes(b"not a picture")
    change_glb(folder, lambda d, _: d.update(images=[{"uri": uri}]))
    (found,) = [each for each in validate(folder) if each.rule == "texture"]
    assert reason in found.message
    assert found.path.endswith("#/images/0")
