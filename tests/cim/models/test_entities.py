"""A building model becomes buildings, storeys, spaces and elements with ids and properties."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

from cim import plugins
from cim.errors import InputError, SourceDataError
from cim.grids.base import HeightGrid
from cim.model_records import ModelName, Page
from cim.models.documents import read_document
from cim.store.base import Store
from tests.cim.bim.reading import path_of
from tests.cim.models.making import WALLS, load, open_store, rows, write

NAME = ModelName("bim", "small")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the small model, to be read only."""
    folder = tmp_path_factory.mktemp("small")
    opened = open_store(folder)
    load(opened, write(folder))
    yield opened
    opened.close()


def one_of(store: Store, layer: str, key: str) -> str:
    return str(rows(store, layer)[key]["entity_id"])


def test_a_model_makes_four_layers_in_two_languages(small: Store) -> None:
    titles = {name: (one.title_zh, one.title_en) for name, one in small.layers().items()}
    assert titles == {
        "bim_buildings": ("BIM 建筑", "BIM buildings"),
        "bim_storeys": ("BIM 楼层", "BIM storeys"),
        "bim_spaces": ("BIM 空间（房间）", "BIM spaces"),
        "bim_elements": ("BIM 构件", "BIM elements"),
    }
    counts = [one.item_count for one in small.layers().values()]
    assert counts == [1, 2, 0, 6]


def test_rows_name_what_holds_them_by_entity_id(small: Store) -> None:
    wall = rows(small, "bim_elements")[WALLS[0]]
    storeys, buildings = rows(small, "bim_storeys"), rows(small, "bim_buildings")
    ground = storeys["1_GCwpWL9EYw7sR$2xVVpX"]
    assert wall["name"] == "Wände-墙-0"
    assert (wall["storey"], wall["storey_number"], wall["building"]) == ("L0", 1, "B")
    assert wall["parent_entity_id"] == wall["storey_entity_id"] == ground["entity_id"]
    assert ground["parent_entity_id"] == buildings["307DdNo312JfwDn3zLPVvl"]["entity_id"]
    assert str(wall["entity_id"]).startswith("ELEM")
    assert (wall["type_name"], wall["material"]) == ("W30 砼", "混凝土")
    assert wall["classification"] == "14-10.10"


def test_heights_are_ellipsoidal_and_the_solid_code_holds_the_middle(small: Store) -> None:
    wall = rows(small, "bim_elements")[WALLS[0]]
    assert wall["ground_elevation_m"] == pytest.approx(45.0)
    assert wall["height_m"] == pytest.approx(3.0)
    grid: HeightGrid = plugins.load("beidou", "cim.grids")
    codes, heights = grid.from_text_3d([str(wall["beidou_3d_code"])])
    low, high = grid.height_bounds(heights, grid.level_of(codes))[0]
    assert low <= 46.5 < high
    assert grid.to_text(codes).tolist() == [wall["beidou_code"]]


def test_an_element_without_a_body_stands_at_its_placement(small: Store) -> None:
    chair = rows(small, "bim_elements")["0000000000000000000fUR"]
    assert (chair["place_basis"], chair["height_m"]) == ("placement", None)
    assert chair["ground_elevation_m"] == pytest.approx(48.0)
    record = small.entity(str(chair["entity_id"]))
    assert record.geometry.geom_type == "Point"


def test_storeys_reach_to_the_next_and_empty_ones_fill_their_building(store: Store) -> None:
    load(store, path_of("s08_ifc4_empty_storeys_40.ifc"))
    storeys = sorted(rows(store, "bim_storeys").values(), key=lambda row: row["storey_number"])  # type: ignore[arg-type, return-value]
    assert [row["storey_number"] for row in storeys] == list(range(1, 41))
    assert {row["height_m"] for row in storeys[:-1]} == {3.0}
    (building,) = store.read("bim_buildings")
    for batch in store.read("bim_storeys"):
        assert shapely.equals(batch.geometry, building.geometry[0]).all()


def test_a_model_without_any_shape_is_entities_all_the_same(store: Store) -> None:
    report = load(store, path_of("s11_ifc4_no_geometry_at_all.ifc"))
    assert {name: one["inserted"] for name, one in report.layers.items()} == {
        "bim_buildings": 1, "bim_storeys": 2, "bim_spaces": 0, "bim_elements": 5,
    }  # fmt: skip
    assert {row["place_basis"] for row in rows(store, "bim_elements").values()} == {"placement"}


def test_objects_that_share_a_global_id_are_numbered_and_told(store: Store) -> None:
    report = load(store, path_of("s09_ifc4_duplicate_globalid.ifc"))
    walls = [r for r in rows(store, "bim_elements").values() if r["ifc_class"] == "IfcWall"]
    assert len({row["global_id"] for row in walls}) == 1
    assert len({row["entity_id"] for row in walls}) == 4
    assert any("repeat the GlobalId" in note for note in report.notes)


def test_properties_have_types_and_units(small: Store) -> None:
    wall = small.models.object(one_of(small, "bim_elements", WALLS[0]))
    assert wall is not None
    document = read_document(wall.object.document)
    common = document["psets"]["Pset_WallCommon"]
    assert common["IsExternal"] == {"value": True, "type": "IfcBoolean"}
    assert common["FireRating"]["value"] == 'EI60 – "quoted"\nline'
    assert document["quantities"]["Qto_WallBaseQuantities"] == {
        "NetSideArea": {"value": 15.0, "unit": "m2"}
    }
    assert document["classifications"] == [
        {"system": "GB/T 51269", "code": "14-10.10", "name": "墙"}
    ]
    kind = small.models.part(NAME, "type", document["type"])
    assert kind is not None
    assert read_document(kind.document)["psets"]["Pset_Type"] == {
        "Thickness": {"value": 0.3, "type": "IfcLengthMeasure", "unit": "m"},
        "ThermalTransmittance": {
            "value": 0.24, "type": "IfcThermalTransmittanceMeasure", "unit": "W K-1",
        },
    }  # fmt: skip


def test_children_come_in_order_and_in_pages(small: Store) -> None:
    storey = one_of(small, "bim_storeys", "1_GCwpWL9EYw7sR$2xVVpX")
    assert small.models.count_children(storey) == {"element": 4}
    pages = [small.models.children(storey, Page(3, offset)) for offset in (0, 3)]
    assert [len(page) for page in pages] == [3, 1]
    names = [line.name for page in pages for line in page]
    assert names == [f"Wände-墙-{number}" for number in range(4)]
    assert small.models.children(storey, Page(9), {"bim_spaces"}) == ()


def test_zones_have_members(small: Store) -> None:
    (zone,) = small.models.parts(NAME, "group")
    assert read_document(zone.document)["name"] == "Brandabschnitt 1"
    assert small.models.count_members(NAME, zone.key) == 3
    wall = one_of(small, "bim_elements", WALLS[1])
    assert small.models.groups_of(wall) == (zone,)


def test_relations_of_a_real_model_lead_both_ways(store: Store) -> None:
    load(store, path_of("AC20-FZK-Haus.ifc"))
    doors = [r for r in rows(store, "bim_elements").values() if r["ifc_class"] == "IfcDoor"]
    found = store.models.relations(str(doors[0]["entity_id"]), Page(50))
    (fills,) = [one for one in found if one.kind == "fills"]
    assert fills.is_source
    assert fills.other.ifc_class.startswith("IfcWall")
    back = store.models.relations(fills.other.entity_id, Page(500))
    assert any(one.kind == "fills" and not one.is_source for one in back)
    spaces = rows(store, "bim_spaces").values()
    for row in spaces:
        assert row["area_m2"] == pytest.approx(row["outline_area_m2"], rel=0.5)
        assert str(row["area_source"]).endswith("NetFloorArea")


@pytest.mark.parametrize("name", ["bimwhale_LargeBuilding.ifc", "xbim_SampleHouse4.ifc"])
def test_areas_of_spaces_are_those_that_the_file_states(store: Store, name: str) -> None:
    load(store, path_of(name))
    for row in rows(store, "bim_spaces").values():
        assert row["area_source"] != "outline"
        assert row["area_m2"] == pytest.approx(row["outline_area_m2"], rel=0.01)


def test_two_files_of_one_building_name_each_other(store: Store, tmp_path: Path) -> None:
    load(store, write(tmp_path, name="architecture.ifc"))
    load(store, write(tmp_path, name="structure.ifc"))
    assert store.layer("bim_buildings").item_count == 2
    here, there = (
        str(row["entity_id"])
        for batch in store.read("bim_buildings")
        for row in batch.attributes.to_pylist()
    )
    assert [line.entity_id for line in store.models.twins(here, 9)] == [there]


def test_another_file_of_the_same_project_is_told(store: Store, tmp_path: Path) -> None:
    load(store, write(tmp_path, name="tower.ifc"))
    report = load(store, write(tmp_path, name="tower_v2.ifc"))
    assert any("load it with --source tower," in note for note in report.notes)
    again = load(store, write(tmp_path, name="tower_v2.ifc"))
    assert not any("--source tower," in note for note in again.notes)


def test_an_object_that_lost_its_shape_is_rejected_and_kept(store: Store, tmp_path: Path) -> None:
    flat = (",$,#60,5.,0.3)", ",$,#60,0.,0.)")
    report = load(store, write(tmp_path, flat))
    assert (report.lost_shapes, report.rejected) == (1, 1)
    lines = (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines()
    assert f"IfcWall {WALLS[1]}" in lines[1]
    wall = rows(store, "bim_elements")[WALLS[1]]
    assert (wall["place_basis"], wall["storey"]) == ("parent", "L0")


def test_a_layer_of_another_class_is_left_alone(store: Store, tmp_path: Path) -> None:
    load(store, write(tmp_path), prefix="a")
    with pytest.raises(InputError, match="layer name 'A_buildings' is not legal"):
        load(store, write(tmp_path), prefix="A")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("s02_ifc2x3_mm_no_georef.ifc", "--anchor lon,lat,height"),
        ("s13_ifc4_unknown_crs.ifc", "'Local Grid 7', which is not known"),
        ("s14_truncated.ifc", "cut off"),
        ("s15_empty_file.ifc", "the file is empty"),
    ],
)
def test_a_refused_file_leaves_the_store_empty(store: Store, name: str, reason: str) -> None:
    with pytest.raises(SourceDataError, match=reason):
        load(store, path_of(name))
    assert dict(store.layers()) == {}
    assert store.models.all() == ()


def test_a_model_at_the_antimeridian_stays_whole(store: Store) -> None:
    load(store, path_of("s12_ifc4_south_west_negative_latlon_near_antimeridian.ifc"))
    for batch in store.read("bim_elements"):
        west, _, east, _ = shapely.bounds(batch.geometry).T
        assert (east - west < 0.01).all()
