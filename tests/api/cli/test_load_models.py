"""`cim load` of building models, one and many, and `cim entity show --tree`."""

import json
from pathlib import Path

import pytest

from tests.cim.bim.reading import path_of
from tests.cim.models.making import write
from tests.commands import cim, refusal, run_cim


@pytest.fixture
def city(tmp_path: Path) -> Path:
    cim("init", tmp_path / "city")
    return tmp_path / "city"


def test_a_model_needs_no_layer_name_and_keeps_its_report(city: Path, tmp_path: Path) -> None:
    row = cim("load", write(tmp_path), "-w", city).row
    assert list(row["layers"]) == ["bim_buildings", "bim_storeys", "bim_spaces", "bim_elements"]
    (kept,) = (city / "loads").glob("*.report.json")
    assert json.loads(kept.read_text("utf-8")) == row
    assert row["georeference"]["basis"] == "IfcMapConversion"


def test_the_layer_is_the_prefix_of_all_four(city: Path, tmp_path: Path) -> None:
    row = cim("load", write(tmp_path), "--layer", "hospital", "-w", city).row
    assert "hospital_spaces" in row["layers"]


def test_a_source_layer_is_loaded_as_a_plain_layer(city: Path, tmp_path: Path) -> None:
    words = ("--source-layer", "elements", "--layer", "flat", "-w", city)
    assert cim("load", write(tmp_path), *words).row["layer"] == "flat"


def test_several_models_are_loaded_but_for_those_that_are_refused(city: Path) -> None:
    names = (
        "s05_ifc4x3_m_utm31_mapconversion.ifc", "s14_truncated.ifc", "s15_empty_file.ifc",
        "s11_ifc4_no_geometry_at_all.ifc",
    )  # fmt: skip
    done = run_cim("load", *map(path_of, names), "-w", city)
    assert done.code == 1
    assert sorted(row["file"] for row in done.rows) == [names[0], names[3]]
    last = done.err.strip().splitlines()[-1]
    assert last.startswith("cim: 2 of 4 files: refused: ")
    assert {"s14_truncated.ifc", "s15_empty_file.ifc"} <= {
        word.strip(",;") for word in last.split()
    }
    assert "refused s15_empty_file.ifc: " in done.err


def test_what_changed_is_written_as_json_and_as_a_page(city: Path, tmp_path: Path) -> None:
    cim("load", write(tmp_path), "-w", city)
    done = cim("load", write(tmp_path, (",'L1',", ",'L2',")), "-w", city)
    assert "since the load before: " in done.err
    document = json.loads(Path(done.row["difference_file"]).read_text("utf-8"))
    assert document["changed"][0]["changes"][0] == {"what": "name", "before": "L1", "after": "L2"}
    page = Path(done.row["difference_page"])
    assert "模型变化报告" in page.read_text("utf-8")
    assert str(page) in done.err
    again = cim("load", write(tmp_path, (",'L1',", ",'L2',")), "-w", city)
    assert again.row["difference_page"] is None
    assert "nothing changed" in again.err


def test_options_for_tables_are_refused_for_models(city: Path, tmp_path: Path) -> None:
    line = refusal("load", write(tmp_path), "--id-field", "tag", "-w", city)
    assert line.startswith("--id-field is not for small.ifc")


def test_other_files_still_need_a_layer(city: Path, tmp_path: Path) -> None:
    assert "--layer is missing: a.geojson" in refusal("load", tmp_path / "a.geojson", "-w", city)


def test_the_tree_below_a_building_has_counts_and_bounds(city: Path, tmp_path: Path) -> None:
    cim("load", write(tmp_path), "-w", city)
    done = cim("load", write(tmp_path), "-w", city)
    assert done.row["layers"]["bim_buildings"]["unchanged"] == 1
    from api.workspace import open_store  # noqa: PLC0415

    store = open_store(city)
    for batch in store.read("bim_buildings"):
        building = batch.attributes["entity_id"][0].as_py()
    store.close()
    tree = cim("entity", "show", building, "--tree", "--limit", "3", "-w", city).row
    ground, upper = tree["children"]
    assert (ground["name"], ground["counts"], ground["left_out"]) == ("L0", {"element": 4}, 1)
    assert [one["ifc_class"] for one in upper["children"]] == ["IfcFurniture"]
    facts = cim("entity", "show", ground["children"][0]["id"], "-w", city).row["model"]
    assert facts["properties"]["Pset_WallCommon"]["IsExternal"]["value"] is True


def test_a_tree_is_refused_for_what_is_no_model(city: Path) -> None:
    cim("load", path_of("s11_ifc4_no_geometry_at_all.ifc"), "--layer", "x", "-w", city)
    line = refusal("entity", "show", "BLDGN50J47539B825534000D", "--tree", "-w", city)
    assert "does not exist" in line
