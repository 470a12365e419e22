"""What models hold besides shapes: properties, types, relations; files changed for one fact."""

from pathlib import Path

import pytest

from cim.bim.model import IfcModel, Quantity
from cim.bim.session import read_all
from cim.errors import SourceDataError
from cim.readers.base import ReadOptions
from cim.readers.ifc import IfcReader
from cim.siting import Siting, survey
from tests.cim.bim.reading import changed, model_of, path_of

SMALL = "s05_ifc4x3_m_utm31_mapconversion.ifc"
OLD = "s02_ifc2x3_mm_no_georef.ifc"


def read(path: Path) -> IfcModel:
    (model,) = read_all(path, path.name, (), IfcReader().limits)
    assert isinstance(model, IfcModel)
    return model


def test_texts_are_decoded_and_values_typed() -> None:
    model = model_of(SMALL)
    wall = next(one for one in model.objects.values() if one.ifc_class == "IfcWall")
    assert wall.name == "Wände-墙-0"
    assert wall.psets == {
        "Pset_WallCommon": {
            "FireRating": 'EI60 – "quoted"\nline', "Empty": None, "IsExternal": True,
        }
    }  # fmt: skip


def test_the_tree_leads_from_the_project_to_each_element() -> None:
    model = model_of("AC20-FZK-Haus.ifc")
    seen: set[str] = set()
    for one in model.objects.values():
        assert one.parent is None or one.parent in seen, "parents come first"
        seen.add(one.key)
    (project,) = model.of_kind("project")
    (site,) = model.children(project.key)
    (building,) = model.children(site.key)
    assert [one.kind for one in (project, site, building)] == ["project", "site", "building"]
    assert {one.kind for one in model.children(building.key)} == {"storey"}
    elements = model.of_kind("element")
    assert all(one.building == building.key and one.storey for one in elements)


def test_quantities_have_their_units_and_types_their_own_sets() -> None:
    model = model_of("AC20-FZK-Haus.ifc")
    space = next(one for one in model.of_kind("space") if one.long_name == "Büro" or one.name)
    assert space.quantities["BaseQuantities"]["Height"] == Quantity(2.5, "m")
    walls = [one for one in model.objects.values() if one.ifc_class.startswith("IfcWall")]
    typed = [one for one in walls if one.type]
    assert typed
    assert {model.types[str(one.type)].ifc_class for one in typed} == {"IfcWallType"}


def test_lengths_of_millimetre_models_are_metres_in_properties_too() -> None:
    model = model_of("bimwhale_LargeBuilding.ifc")
    space = model.of_kind("space")[0]
    assert space.quantities["BaseQuantities"]["NetFloorArea"].unit == "m2"
    perimeters = [q.value for q in space.quantities["BaseQuantities"].values() if q.unit == "m"]
    assert perimeters
    assert max(perimeters) < 100
    assert [one.elevation_m for one in model.of_kind("storey")] == [0.0, 4.0]


def test_materials_classifications_and_relations_are_read() -> None:
    large = model_of("bimwhale_LargeBuilding.ifc")
    wall = next(one for one in large.of_kind("element") if one.classifications)
    assert wall.classifications[0].system
    assert wall.materials == ("Default Wall",)
    kinds = {relation.kind for relation in model_of("duplex.ifc").relations}
    assert kinds == {"fills", "bounds"}
    relation = next(one for one in large.relations if one.kind == "fills")
    assert large.objects[relation.source].ifc_class in {"IfcDoor", "IfcWindow"}
    assert large.objects[relation.target].ifc_class.startswith("IfcWall")


def test_groups_name_their_members(tmp_path: Path) -> None:
    walls = [o.step_id for o in model_of(SMALL).of_kind("element")]
    path = changed(
        tmp_path, SMALL,
        added="#900=IFCSYSTEM('3THqn3e2P4ARxKKo6G9fz_',$,'Water',$,$);\n"
        f"#901=IFCRELASSIGNSTOGROUP('3THqn3e2P4ARxKKo6G9fy_',$,$,$,(#{walls[0]}),$,#900);\n",
    )  # fmt: skip
    (group,) = read(path).groups
    assert (group.ifc_class, group.name) == ("IfcSystem", "Water")
    assert group.members == (read(path).of_kind("element")[0].key,)


def test_a_value_of_a_megabyte_is_kept_and_short_in_the_table(tmp_path: Path) -> None:
    long = "x" * 1_000_000
    path = changed(
        tmp_path, SMALL, ("IFCLABEL('EI60", f"IFCLABEL('{long}"), ("$,'L0'", f"$,'{long}'")
    )
    wall = read(path).of_kind("element")[0]
    assert str(wall.psets["Pset_WallCommon"]["FireRating"]).startswith(long)
    (batch,) = IfcReader().read(path, ReadOptions())
    assert len(batch.attributes.column("storey").to_pylist()[0]) == 1_000


@pytest.mark.parametrize("metres", ["1.E-12", "9.46E15", "0.", "-1."])
def test_units_that_nobody_builds_in_are_refused(tmp_path: Path, metres: str) -> None:
    path = changed(tmp_path, "s07_ifc4_us_survey_foot.ifc", ("0.3048006096012192", metres))
    with pytest.raises(SourceDataError, match=r"US SURVEY FOOT.*legal: 1e-06 to 10000 m"):
        IfcReader().describe(path, ReadOptions())


def test_a_model_as_large_as_a_region_is_noted(tmp_path: Path) -> None:
    path = changed(tmp_path, "s07_ifc4_us_survey_foot.ifc", ("0.3048006096012192", "8000."))
    (batch,) = IfcReader().read(path, ReadOptions(crs="local"))
    assert any("the unit looks wrong" in note for note in batch.notes)


@pytest.mark.parametrize("name", ["ePset_MapConversion", "EPSET_mapconversion"])
def test_property_sets_place_ifc2x3_files_in_any_letter_case(tmp_path: Path, name: str) -> None:
    numbers = {"Eastings": 121000.0, "Northings": 487000.0, "OrthogonalHeight": 2.0}
    lines = [
        f"#{900 + at}=IFCPROPERTYSINGLEVALUE('{key}',$,IFCREAL({value}),$);"
        for at, (key, value) in enumerate(numbers.items())
    ]
    crs = "EPSet_ProjectedCRS" if name.startswith("E") else "ePset_ProjectedCRS"
    lines += [
        "#910=IFCPROPERTYSINGLEVALUE('Name',$,IFCLABEL('EPSG:28992'),$);",
        f"#920=IFCPROPERTYSET('0jkrqCuGr2ifjh9cTW3wHy',#5,'{name}',$,(#900,#901,#902));",
        f"#921=IFCPROPERTYSET('0jkrqCuGr2ifjh9cTW3wHz',#5,'{crs}',$,(#910));",
        "#922=IFCRELDEFINESBYPROPERTIES('3wyPVERIL0XxT0Dw0FFEAx',#5,$,$,(#21),#920);",
        "#923=IFCRELDEFINESBYPROPERTIES('3wyPVERIL0XxT0Dw0FFEAy',#5,$,$,(#21),#921);",
    ]
    path = changed(tmp_path, OLD, added="\n".join(lines) + "\n")
    georeference = survey(path, ReadOptions(), Siting()).georeference
    assert georeference.basis == "ePset_MapConversion"
    assert georeference.crs == "EPSG:28992"
    assert georeference.anchor == pytest.approx((4.88797, 52.36988, 2.0), abs=2e-5)


def test_elements_in_no_storey_are_told(tmp_path: Path) -> None:
    text = path_of(SMALL).read_text("utf-8")
    start = text.index("IFCRELCONTAINEDINSPATIALSTRUCTURE")
    start = text.rindex("#", 0, start)
    line = text[start : text.index(";", start) + 1]
    model = read(changed(tmp_path, SMALL, (line, "")))
    assert any("stand in no building or site" in note for note in model.notes)
    lone = [one for one in model.of_kind("element") if one.storey is None]
    assert lone
