"""Implicit tiling: the validator accepts what is sound, and finds each fault by its rule."""

import math
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from tests.tiles.making import LAT, LON, build_tileset, make_features
from tiles.archive import Archive, pack
from tiles.gltf import glb
from tiles.tiles3d import subtree
from tiles.tiles3d.check import ERROR, WARNING, is_volume, outside
from tiles.tiles3d.files import resolve
from tiles.tiles3d.implicit import divided, implicit_of
from tiles.tiles3d.info import info
from tiles.tiles3d.subtree import Nodes, Subtree
from tiles.tiles3d.validate import validate
from tiles.tiling.quadtree import Limits

type Json = dict[str, Any]


def make_implicit(folder: Path, batch_size: int = 20) -> Path:
    """A quadtree of two subtrees of two levels; contents in the root, in 1/1/0 and in 2/2/1."""
    source = folder.with_name("explicit")
    build_tileset(source, make_features(batch_size), limits=Limits(features=1000))
    explicit = orjson.loads((source / "tileset.json").read_bytes())
    data = next(source.rglob("*.glb")).read_bytes()
    metadata = glb.unpack(data, where="x")[0]["extensions"]["EXT_structural_metadata"]
    schema = next(source.rglob("schema*.json")).read_bytes()
    box = explicit["root"]["boundingVolume"]["box"]
    boxes = np.array([box, box])
    first = Subtree(
        "QUADTREE",
        2,
        Nodes(
            np.array([True, False, True, False, False]),
            {"TILE_BOUNDING_BOX": boxes, "TILE_GEOMETRIC_ERROR": np.array([8.0, 4.0])},
        ),
        (
            Nodes(
                np.array([True, False, True, False, False]),
                {"CONTENT_BOUNDING_BOX": boxes},
            ),
        ),
        np.arange(16) == 6,
    )
    second = replace(
        first,
        tiles=Nodes(
            np.array([True, False, False, False, False]),
            {"TILE_BOUNDING_BOX": boxes[:1], "TILE_GEOMETRIC_ERROR": np.array([0.0])},
        ),
        contents=(
            Nodes(
                np.array([True, False, False, False, False]),
                {"CONTENT_BOUNDING_BOX": boxes[:1]},
            ),
        ),
        children=np.zeros(16, bool),
    )
    root = {
        "boundingVolume": {"box": box},
        "geometricError": 8.0,
        "refine": "ADD",
        "transform": explicit["root"]["transform"],
        "content": {"uri": "content/{level}/{x}/{y}.glb"},
        "implicitTiling": {
            "subdivisionScheme": "QUADTREE",
            "subtreeLevels": 2,
            "availableLevels": 3,
            "subtrees": {"uri": "subtrees/{level}/{x}/{y}.subtree"},
        },
    }
    document = {
        "asset": {"version": "1.1"},
        "schema": subtree.schema("city", [first]),
        "geometricError": 16.0,
        "root": root,
    }
    files = {
        "tileset.json": orjson.dumps(document),
        "subtrees/0/0/0.subtree": subtree.pack(first),
        "subtrees/2/2/1.subtree": subtree.pack(second),
        **{f"content/{cell}.glb": data for cell in ("0/0/0", "1/1/0", "2/2/1")},
    }
    for cell in ("0/0/0", "1/1/0", "2/2/1"):
        files[resolve(f"content/{cell}.glb", metadata["schemaUri"])[0]] = schema
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_implicit(tmp_path / "implicit")
    assert validate(made) == []
    return made


def errors(folder: Path) -> set[str]:
    return {finding.rule for finding in validate(folder) if finding.severity == ERROR}


def change_root(folder: Path, change: Callable[[Json], object]) -> None:
    document = orjson.loads((folder / "tileset.json").read_bytes())
    change(document["root"])
    (folder / "tileset.json").write_bytes(orjson.dumps(document))


def change_subtree(folder: Path, name: str, change: Callable[[Json, bytearray], object]) -> None:
    path = folder / "subtrees" / f"{name}.subtree"
    data = path.read_bytes()
    length = int.from_bytes(data[8:16], "little")
    document, binary = orjson.loads(data[24 : 24 + length]), bytearray(data[24 + length :])
    change(document, binary)
    text = orjson.dumps(document)
    text += b" " * (-len(text) % 8)
    lead = data[:8] + len(text).to_bytes(8, "little") + len(binary).to_bytes(8, "little")
    path.write_bytes(lead + text + bytes(binary))


def values(document: Json, table: int, name: str) -> int:
    """Where the values of a property begin in the binary chunk."""
    view = document["propertyTables"][table]["properties"][name]["values"]
    start: int = document["bufferViews"][view]["byteOffset"]
    return start


def put(document: Json, binary: bytearray, table: int, name: str, at: int, value: float) -> None:
    """Change one number of a property."""
    start = values(document, table, name) + 8 * at
    binary[start : start + 8] = np.float64(value).tobytes()


def state(**members: object) -> Callable[[Json], object]:
    """Change members of `implicitTiling`."""
    return lambda root: root["implicitTiling"].update(members)


ROOT_FAULTS: dict[str, tuple[str, Callable[[Json], object]]] = {
    "unknown scheme": (
        "implicit-tiling",
        lambda r: r["implicitTiling"].update(subdivisionScheme="BINARY"),
    ),
    "no levels": ("implicit-tiling", state(subtreeLevels=0)),
    "levels as truth": (
        "implicit-tiling",
        state(subtreeLevels=True),
    ),
    "levels without end": (
        "implicit-tiling",
        state(subtreeLevels=40),
    ),
    "no available levels": (
        "implicit-tiling",
        state(availableLevels=None),
    ),
    "template without y": (
        "implicit-tiling",
        lambda r: r["content"].update(uri="{level}/{x}"),
    ),
    "template that is a number": ("implicit-tiling", lambda r: r["content"].update(uri=3)),
    "no subtrees": ("implicit-tiling", lambda r: r["implicitTiling"].pop("subtrees")),
    "children beside": ("implicit-tiling", lambda r: r.update(children=[{}])),
    "sphere": (
        "implicit-tiling",
        lambda r: r.update(boundingVolume={"sphere": [0, 0, 0, 1000]}),
    ),
    "subtrees elsewhere": (
        "subtree",
        lambda r: r["implicitTiling"]["subtrees"].update(uri="http://a/{level}/{x}/{y}"),
    ),
    "subtrees outside": (
        "subtree",
        lambda r: r["implicitTiling"]["subtrees"].update(uri="../../{level}/{x}/{y}"),
    ),
    "subtrees that are not there": (
        "subtree",
        lambda r: r["implicitTiling"]["subtrees"].update(uri="s/{level}/{x}/{y}.subtree"),
    ),
    "contents that are not there": (
        "content-uri",
        lambda r: r["content"].update(uri="c/{level}/{x}/{y}.glb"),
    ),
    "fewer levels than are used": (
        "available-levels",
        lambda r: r["implicitTiling"].update(availableLevels=2),
    ),
    "error below that of a tile": ("error-monotone", lambda r: r.update(geometricError=1.0)),
    "no template for the contents": ("availability", lambda r: r.pop("content")),
    "levels of another tileset": (
        "subtree",
        lambda r: r["implicitTiling"].update(subtreeLevels=3),
    ),
}


@pytest.mark.parametrize("fault", ROOT_FAULTS)
def test_fault_in_the_implicit_root_is_found(fault: str, folder: Path) -> None:
    rule, change = ROOT_FAULTS[fault]
    change_root(folder, change)
    assert rule in errors(folder)


SUBTREE_FAULTS: dict[str, tuple[str, Callable[[Json, bytearray], object]]] = {
    "wrong count of tiles": (
        "available-count",
        lambda d, _: d["tileAvailability"].update(availableCount=5),
    ),
    "wrong count of contents": (
        "available-count",
        lambda d, _: d["contentAvailability"][0].update(availableCount=1),
    ),
    "wrong count of subtrees": (
        "available-count",
        lambda d, _: d["childSubtreeAvailability"].update(availableCount=0),
    ),
    "subtrees without the tile above": (
        "availability",
        lambda d, _: d.update(childSubtreeAvailability={"constant": 1}),
    ),
    "subtree that is not there": (
        "subtree",
        lambda d, _: d.update(childSubtreeAvailability={"constant": 1}),
    ),
    "contents without their tile": (
        "availability",
        lambda d, _: d.update(contentAvailability=[{"constant": 1}], contentMetadata=None),
    ),
    "content twice": (
        "availability",
        lambda d, _: d.update(
            contentAvailability=d["contentAvailability"] * 2, contentMetadata=[1, 1]
        ),
    ),
    "root that is not available": (
        "availability",
        lambda d, b: b.__setitem__(_bits(d, "tileAvailability"), 0b00110),
    ),
    "rows that do not fit": ("subtree", lambda d, _: d["propertyTables"][0].update(count=3)),
    "class that does not exist": (
        "subtree",
        lambda d, _: d["propertyTables"][0].update({"class": "x"}),
    ),
    "child error above its parent's": (
        "error-monotone",
        lambda d, b: put(d, b, 0, "geometric_error", 1, 9.0),
    ),
    "error that is no number": (
        "error-monotone",
        lambda d, b: put(d, b, 0, "geometric_error", 1, math.nan),
    ),
    "tile box that is no box": (
        "bounding-volume",
        lambda d, b: put(d, b, 0, "bounding_box", 0, math.nan),
    ),
    "tile box that does not hold its content": (
        "enclosure",
        lambda d, b: put(d, b, 0, "bounding_box", 12, 500.0),
    ),
    "content box that does not hold its content": (
        "enclosure",
        lambda d, b: put(d, b, 1, "bounding_box", 14, 500.0),
    ),
    "bit stream of another length": (
        "subtree",
        lambda d, _: d["bufferViews"][d["tileAvailability"]["bitstream"]].update(byteLength=2),
    ),
    "no metadata, so that tiles are as small as their cells": (
        "enclosure",
        lambda d, _: [d.pop(name) for name in ("tileMetadata", "contentMetadata")],
    ),
}


def _bits(document: Json, member: str) -> int:
    start: int = document["bufferViews"][document[member]["bitstream"]]["byteOffset"]
    return start


@pytest.mark.parametrize("fault", SUBTREE_FAULTS)
def test_fault_in_a_subtree_is_found(fault: str, folder: Path) -> None:
    rule, change = SUBTREE_FAULTS[fault]
    change_subtree(folder, "0/0/0", change)
    assert rule in errors(folder)


def test_missing_files_are_found(folder: Path) -> None:
    (folder / "content" / "2" / "2" / "1.glb").unlink()
    assert errors(folder) == {"content-uri"}
    (folder / "subtrees" / "2" / "2" / "1.subtree").unlink()
    assert errors(folder) == {"subtree"}


def test_files_that_no_bit_tells_of_are_found(folder: Path) -> None:
    data = (folder / "content" / "0" / "0" / "0.glb").read_bytes()
    (folder / "content" / "1" / "0").mkdir()
    (folder / "content" / "1" / "0" / "0.glb").write_bytes(data)
    found = validate(folder)
    assert [(each.rule, each.path, each.severity) for each in found] == [
        ("orphan", "content/1/0/0.glb", WARNING)
    ]


def test_content_that_is_broken_below_a_subtree_is_found(folder: Path) -> None:
    (folder / "content" / "2" / "2" / "1.glb").write_bytes(b"glTF")
    assert errors(folder) == {"glb-structure"}


@pytest.mark.parametrize("at", range(0, 400, 9))
def test_any_damaged_byte_of_a_subtree_is_told(at: int, folder: Path) -> None:
    path = folder / "subtrees" / "0" / "0" / "0.subtree"
    data = bytearray(path.read_bytes())
    data[at] ^= 0x41
    path.write_bytes(bytes(data))
    validate(folder)


def test_an_archive_is_validated_like_its_folder(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "city.3tz"
    pack(folder, path)
    assert validate(path) == []
    with Archive(path) as archive:
        entry = archive.find("subtrees/0/0/0.subtree")
    assert entry is not None
    data = bytearray(path.read_bytes())
    data[entry.start] ^= 0xFF
    path.write_bytes(bytes(data))
    assert {finding.rule for finding in validate(path)} >= {"subtree"}


def test_an_archive_without_index_is_told(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "city.3tz"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, file.relative_to(folder).as_posix())
    assert {finding.rule for finding in validate(path)} == {"archive"}


def test_info_counts_the_tiles_below(folder: Path, tmp_path: Path) -> None:
    found = info(folder)
    assert (found.tiles, found.contents, found.subtrees, found.depth) == (3, 3, 2, 3)
    assert found.features == 60
    assert not found.archive
    pack(folder, tmp_path / "city.3tz")
    packed = info(tmp_path / "city.3tz")
    assert packed.archive
    assert replace(packed, archive=False) == found


def cells(scheme: str, volume: Json, level: int) -> list[Json]:
    """Volumes of all cells of a level."""
    implicit, faults = implicit_of(
        {
            "boundingVolume": volume,
            "geometricError": 1,
            "implicitTiling": {
                "subdivisionScheme": scheme,
                "subtreeLevels": 1,
                "availableLevels": 9,
                "subtrees": {"uri": "{level}{x}{y}" + ("{z}" if scheme == "OCTREE" else "")},
            },
        }
    )
    assert implicit is not None, faults
    axes = np.indices((2**level,) * implicit.axes).reshape(implicit.axes, -1).T
    return [divided(implicit, level, cell) for cell in axes]


@pytest.mark.parametrize("scheme", ["QUADTREE", "OCTREE"])
def test_the_cells_of_a_box_fill_it(scheme: str) -> None:
    box = {"box": [5.0, 6, 7, 10, 0, 0, 0, 20, 0, 0, 0, 30]}
    chance = np.random.default_rng(1)
    points = np.array([5.0, 6, 7]) + chance.uniform(-1, 1, (500, 3)) * (10, 20, 30)
    inside = np.array([outside(points, each, np.eye(4)) <= 0 for each in cells(scheme, box, 2)])
    assert (inside.sum(axis=0) == 1).all()


@pytest.mark.parametrize(
    ("west", "east"), [(-0.2, 0.4), (3.0, -3.0), (-math.pi, math.pi), (math.pi / 2, math.pi)]
)
def test_the_cells_of_a_region_fill_it(west: float, east: float) -> None:
    found = cells("OCTREE", {"region": [west, -0.5, east, 0.5, 0, 100]}, 2)
    assert len(found) == 64
    assert all(is_volume(each) for each in found)
    spans = [(each["region"][2] - each["region"][0]) % (2 * math.pi) for each in found]
    whole = (east - west) % (2 * math.pi) or 2 * math.pi
    assert spans == pytest.approx([whole / 4] * 64)


def test_a_tileset_in_local_coordinates_is_told(tmp_path: Path) -> None:
    folder = make_implicit(tmp_path / "implicit")
    change_root(folder, lambda root: root.pop("transform"))
    (found,) = validate(folder)
    assert (found.rule, found.severity) == ("off-globe", WARNING)
    assert "km from the Earth's centre" in found.message
    assert "2 more contents" in found.message


def test_a_tileset_high_above_the_ground_is_told(tmp_path: Path) -> None:
    folder = make_implicit(tmp_path / "implicit")

    def lift(root: Json) -> None:
        up = [math.cos(math.radians(LAT)) * math.cos(math.radians(LON)),
              math.cos(math.radians(LAT)) * math.sin(math.radians(LON)),
              math.sin(math.radians(LAT))]  # fmt: skip
        for axis in range(3):
            root["transform"][12 + axis] += 30_000 * up[axis]

    change_root(folder, lift)
    (found,) = validate(folder)
    assert "lies 30 km above the ellipsoid" in found.message


def test_content_outside_its_own_volume_is_told(tmp_path: Path) -> None:
    build_tileset(tmp_path / "out", make_features(5))

    def narrow(root: Json) -> None:
        root["content"]["boundingVolume"] = {"box": [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]}

    change_root(tmp_path / "out", narrow)
    assert errors(tmp_path / "out") == {"enclosure"}
    change_root(tmp_path / "out", lambda r: r["content"].update(boundingVolume={"box": [1]}))
    assert errors(tmp_path / "out") == {"bounding-volume"}
