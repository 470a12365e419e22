"""Building models as tilesets: outline, shell, interior by storey, and what elements tell."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim import frames
from tests.commands import cim, refusal
from tests.conftest import shared_path
from tests.tiles.making import (
    column,
    contents_of,
    glb_files,
    khronos_issues,
    numbers,
    root_of,
    world_matrices,
)
from tiles.gltf import scene
from tiles.tiles3d.validate import validate

MODELS = "data/models"
DUPLEX = "ifc/duplex.ifc"
HOUSE = "ifc/AC20-FZK-Haus.ifc"


def built(name: str, output: Path, *options: object) -> dict[str, Any]:
    """The report of a build of a given model."""
    done = cim("tiles", "build", shared_path(f"{MODELS}/{name}"), "-o", output, *options)
    report: dict[str, Any] = json.loads(done.out)
    return report


@pytest.fixture(scope="module")
def duplex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("duplex")
    built(DUPLEX, folder, "--compression", "none", "--spaces")
    return folder


def below(tile: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """All pairs of a tile and the one above it."""
    for child in tile.get("children", []):
        yield tile, child
        yield from below(child)


def parts(folder: Path) -> dict[str, Counter[str]]:
    """How many features of each part are in each content, by the content's name."""
    return {
        path.stem.rsplit("-", 2)[0]: Counter(column(content, "part"))
        for path, content in zip(glb_files(folder), contents_of(folder), strict=True)
    }


def test_an_outline_is_replaced_by_the_shell_to_which_storeys_are_added(duplex: Path) -> None:
    root = root_of(duplex)["root"]
    assert root["refine"] == "REPLACE"
    assert "outline" in root["content"]["uri"]
    (shell,) = root["children"]
    assert shell["refine"] == "ADD"
    assert "shell" in shell["content"]["uri"]
    names = [child["content"]["uri"].split("/")[-1] for child in shell["children"]]
    added = [name.rsplit("-", 2)[0] for name in names]
    assert added == [
        *("storey1-interior", "storey2-interior"),
        *("storey1-spaces", "storey2-spaces", "storey3-spaces"),
    ]


def test_each_content_holds_one_part_and_no_opening(duplex: Path) -> None:
    found = parts(duplex)
    assert all(len(counts) == 1 for counts in found.values())
    whole = sum(found.values(), Counter[str]())
    assert whole == {"outline": 1, "shell": 85, "interior": 130, "space": 21}
    classes = {name for content in contents_of(duplex) for name in column(content, "ifc_class")}
    assert "IfcOpeningElement" not in classes


def test_geometric_errors_are_distances_and_never_rise_towards_the_leaves(duplex: Path) -> None:
    root = root_of(duplex)["root"]
    for above, tile in below(root):
        assert 0 <= tile["geometricError"] <= above["geometricError"]
    (shell,) = root["children"]
    assert 2 < root["geometricError"] < 8, "the block stands some metres off the shell"
    assert 1 < shell["geometricError"] < 4, "the middle of a room from its floor or ceiling"


def test_the_validators_find_nothing(duplex: Path) -> None:
    assert validate(duplex) == []
    issues = khronos_issues(glb_files(duplex))
    assert {(each["numErrors"], each["numWarnings"]) for each in issues} == {(0, 0)}


def test_elements_carry_identity_class_storey_and_part(duplex: Path) -> None:
    rows = {
        global_id: (ifc_class, storey, number, elevation, part)
        for content in contents_of(duplex)
        for global_id, ifc_class, storey, number, elevation, part in zip(
            column(content, "global_id"),
            column(content, "ifc_class"),
            column(content, "storey"),
            numbers(content, "storey_number", "INT32"),
            numbers(content, "storey_elevation_m", "FLOAT32"),
            column(content, "part"),
            strict=True,
        )
    }
    stairs = [row for row in rows.values() if row[0] == "IfcStairFlight"]
    assert {row[1:] for row in stairs} == {("Level 1", 1, 0.0, "interior")}
    footings = [row for row in rows.values() if row[0] == "IfcFooting"]
    assert {(row[1], row[2], row[4]) for row in footings} == {("T/FDN", -1, "shell")}
    assert {row[4] for row in rows.values() if row[0] == "IfcFurnishingElement"} == {"interior"}


def test_walls_that_the_file_calls_external_are_shell_and_others_are_inside(duplex: Path) -> None:
    kinds = Counter(
        (part, name.split(":")[1].split(" ")[0])
        for content in contents_of(duplex)
        for part, name, ifc_class in zip(
            column(content, "part"), column(content, "name"), column(content, "ifc_class"),
            strict=True,
        )
        if ifc_class == "IfcWallStandardCase"
    )  # fmt: skip
    assert kinds["shell", "Exterior"] > 10
    assert kinds["interior", "Interior"] > 20
    assert kinds["shell", "Interior"] == 0


def test_the_outline_is_a_light_block_over_the_whole_building(duplex: Path) -> None:
    matrices = world_matrices(duplex)
    frame = frames.enu_to_ecef_matrix(-87.6394, 41.8744, 0.0)
    boxes = {}
    for content in contents_of(duplex):
        matrix = matrices[content.where]
        points = scene.positions(content) @ matrix[:3, :3].T + matrix[:3, 3]
        local = (points - frame[:3, 3]) @ frame[:3, :3]
        boxes[content.where.split("-")[0]] = np.stack((local.min(axis=0), local.max(axis=0)))
    away = np.abs(boxes["outline"] - boxes["shell"])
    assert away[:, 2].max() < 0.5, "as high and as deep as the building"
    assert away[:, :2].max() < 5, "terraces and steps reach beyond the walls"
    block = next(each for each in contents_of(duplex) if each.where.startswith("outline"))
    assert len(scene.positions(block)) < 200


def test_walls_without_a_statement_are_told_apart_by_where_they_stand(tmp_path: Path) -> None:
    built(HOUSE, tmp_path, "--compression", "none")
    walls = Counter(
        (storey, part)
        for content in contents_of(tmp_path)
        for storey, part, ifc_class in zip(
            column(content, "storey"), column(content, "part"), column(content, "ifc_class"),
            strict=True,
        )
        if ifc_class == "IfcWallStandardCase"
    )  # fmt: skip
    assert walls == {
        ("Erdgeschoss", "shell"): 4,
        ("Erdgeschoss", "interior"): 5,
        ("Dachgeschoss", "shell"): 4,
    }


def test_a_model_whose_walls_enclose_nothing_is_shown_without_a_block_and_says_why(
    tmp_path: Path,
) -> None:
    report = built("ifc_synthetic/s05_ifc4x3_m_utm31_mapconversion.ifc", tmp_path)
    assert any("its walls enclose nothing" in note for note in report["source_notes"])
    root = root_of(tmp_path)["root"]
    assert "shell" in root["content"]["uri"]
    assert "children" not in root
    assert validate(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--height-field", "x"), "--height-field x is for footprints and city models"),
        (("--tiling", "implicit"), "building models need explicit tiling"),
        (("--lods", "all"), "a building model has its outline"),
    ],
)
def test_options_of_footprints_are_refused(
    tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    model = shared_path(f"{MODELS}/ifc_synthetic/s05_ifc4x3_m_utm31_mapconversion.ifc")
    assert reason in refusal("tiles", "build", model, "-o", tmp_path / "t", *options)


def test_spaces_of_what_is_no_model_are_refused(tmp_path: Path) -> None:
    model = shared_path(f"{MODELS}/cityjson/delft.json")
    told = refusal("tiles", "build", model, "-o", tmp_path / "t", "--spaces")
    assert "--spaces is for building models" in told


def test_elements_of_a_loaded_model_carry_their_entity_ids(tmp_path: Path) -> None:
    model = shared_path(f"{MODELS}/ifc/xbim_SampleHouse4.ifc")
    cim("init", tmp_path / "city")
    cim("load", model, "-w", tmp_path / "city")
    cim("tiles", "build", model, "-o", tmp_path / "t", "-w", tmp_path / "city", "--spaces")
    ids = {
        (ifc_class, global_id): entity_id
        for content in contents_of(tmp_path / "t")
        for ifc_class, global_id, entity_id in zip(
            column(content, "ifc_class"),
            column(content, "global_id"),
            column(content, "entity_id"),
            strict=True,
        )
    }
    assert all(len(entity_id) == 24 for entity_id in ids.values())
    assert len(set(ids.values())) == len(ids) == 63
    classes = {ifc_class: entity_id[:4] for (ifc_class, _), entity_id in ids.items()}
    assert classes["IfcBuilding"] == "BLDG"
    assert (classes["IfcSpace"], classes["IfcWall"]) == ("SPAC", "ELEM")
