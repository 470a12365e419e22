"""What the given models hold and where they stand, against their own statements."""

from dataclasses import dataclass

import numpy as np
import pytest
import shapely

from cim.bim.areas import stated_area
from cim.crs import LOCAL
from cim.errors import SourceDataError
from cim.frames import ecef_from_geodetic
from cim.readers.base import ReadOptions
from cim.siting import Siting, survey
from tests.cim.bim.reading import READER, model_of, path_of, place_of, read


@dataclass(frozen=True, slots=True)
class Golden:
    """What a model is known to hold."""

    name: str
    schema: str
    elements: int
    """With a shape of their own; the site's ground counts."""

    spaces: int
    storeys: int
    unit_m: float
    lon: float
    lat: float
    """Where its anchor stands."""

    height_m: float
    heading_deg: float
    basis: str = "IfcSite latitude and longitude"
    confidence: str = "medium"


CHICAGO = (-(87 + 38 / 60 + 21.839999 / 3600), 41 + 52 / 60 + 27.84 / 3600)
KARLSRUHE = (8 + 26 / 60 + 11.5404 / 3600, 49 + 6 / 60 + 1.566 / 3600)
AMERSFOORT = (5 + 23 / 60, 52 + 9 / 60)
BOSTON = (-(71 + 3 / 60 + 24.263305 / 3600), 42 + 21 / 60 + 31.181945 / 3600)
LONDON = (-(7 / 60 + 34.450321 / 3600), 51 + 30 / 60 + 0.549316 / 3600)
PACIFIC = (179.08014, -8.46214)
"""EPSG:32760, 729,013.35 m east, 9,063,992.68 m north, by PROJ."""

GIVEN = (
    Golden("duplex.ifc", "IFC2X3", 215, 21, 4, 1.0, *CHICAGO, 0.0, 0.0),
    Golden("AC20-FZK-Haus.ifc", "IFC4", 83, 7, 2, 1.0, *KARLSRUHE, 110.0, -50.0),
    Golden(
        "Office_A_20110811.ifc", "IFC2X3", 803, 99, 3, 1.0,
        -71.0597763, 42.3584290, 0.0, 0.0, confidence="low",
    ),
    Golden(
        "bimwhale_LargeBuilding.ifc", "IFC2X3", 114, 8, 2, 0.001, *BOSTON, 0.0, 0.0,
        confidence="low",
    ),
    Golden(
        "bimwhale_TallBuilding.ifc", "IFC2X3", 55, 3, 5, 0.001, *BOSTON, 0.0, 0.0,
        confidence="low",
    ),
    Golden("webifc_example.ifc", "IFC2X3", 115, 1, 2, 0.001, -71.0329971, 42.2130013, 0.0, 0.0),
    Golden("xbim_SampleHouse4.ifc", "IFC4", 58, 4, 2, 0.001, *LONDON, 0.0, 0.0),
    Golden(
        "ifclite_building-architecture.ifc", "IFC4", 11, 2, 1, 0.001, *PACIFIC, 1.3, -60.306,
        "IfcMapConversion", "high",
    ),
    Golden(
        "ifclite_infra-bridge.ifc", "IFC4", 48, 0, 11, 0.001, 179.08032, -8.46214, 0.0, -0.306,
        "IfcMapConversion", "high",
    ),
    Golden(
        "schependomlaan_ROOT-Vebo.ifczip", "IFC2X3", 130, 0, 3, 0.001, *AMERSFOORT, 20.0, 0.0,
        confidence="low",
    ),
    Golden(
        "schependomlaan_ROOT-kalkzandsteen.ifczip", "IFC2X3", 135, 0, 5, 0.001, *AMERSFOORT,
        20.0, 0.0, confidence="low",
    ),
    Golden(
        "schependomlaan_ROOT-kapconstructie.ifczip", "IFC2X3", 141, 0, 4, 0.001, *AMERSFOORT,
        20.0, 0.0, confidence="low",
    ),
)  # fmt: skip
SYNTHETIC = (
    Golden("s01_ifc2x3_feet_reflat.ifc", "IFC2X3", 4, 0, 2, 0.3048, 4.895, 52.37, 12.0, 0.0),
    Golden(
        "s03_ifc4_mm_mapconversion_scale_missing.ifc", "IFC4", 4, 0, 2, 0.001,
        4.887926, 52.369873, 2.0, -30.395, "IfcMapConversion", "high",
    ),
    Golden(
        "s04_ifc4_mm_mapconversion_scale0001.ifc", "IFC4", 4, 0, 2, 0.001,
        4.887970, 52.369880, 2.0, -0.395, "IfcMapConversion", "high",
    ),
    Golden(
        "s05_ifc4x3_m_utm31_mapconversion.ifc", "IFC4X3_ADD2", 4, 0, 2, 1.0,
        4.894878, 52.371118, 45.0, 1.501, "IfcMapConversion", "high",
    ),
    Golden(
        "s06_ifc4_huge_coords_in_placement.ifc", "IFC4", 4, 0, 2, 1.0, 4.895, 52.37, 0.0, 0.0
    ),
    Golden(
        "s07_ifc4_us_survey_foot.ifc", "IFC4", 4, 0, 2, 0.3048006096, -74.015331, 40.715684,
        3.048006, -0.010, "IfcMapConversion", "high",
    ),
    Golden("s08_ifc4_empty_storeys_40.ifc", "IFC4", 4, 0, 40, 1.0, 4.895, 52.37, 0.0, 0.0),
    Golden("s09_ifc4_duplicate_globalid.ifc", "IFC4", 4, 0, 2, 1.0, 4.895, 52.37, 0.0, 0.0),
    Golden("s10_ifc4_bowtie_profile.ifc", "IFC4", 4, 0, 2, 1.0, 4.895, 52.37, 0.0, 0.0),
    Golden(
        "s12_ifc4_south_west_negative_latlon_near_antimeridian.ifc", "IFC4", 4, 0, 2, 1.0,
        -(179 + 59 / 60 + 59.9 / 3600), -(16 + 45 / 60 + 30 / 3600), 0.0, 0.0,
    ),
)  # fmt: skip
ALL = GIVEN + SYNTHETIC


def name_of(golden: Golden) -> str:
    return golden.name


@pytest.fixture(params=ALL, ids=name_of)
def golden(request: pytest.FixtureRequest) -> Golden:
    found: Golden = request.param
    return found


def test_elements_spaces_storeys_and_units_are_those_of_the_file(golden: Golden) -> None:
    model = model_of(golden.name)
    assert model.schema == golden.schema
    assert model.unit.metres == pytest.approx(golden.unit_m)
    assert len(read(golden.name).batch) == golden.elements
    assert read(golden.name).batch.rejects == ()
    assert len(model.of_kind("space")) == golden.spaces
    assert len(model.of_kind("storey")) == golden.storeys


def test_it_stands_where_its_file_says(golden: Golden) -> None:
    info = read(golden.name).info
    assert info.crs == LOCAL
    place = info.place
    assert place is not None
    lon, lat, height = place.placement.anchor
    there = np.array([[lon, lat, 0.0], [golden.lon, golden.lat, 0.0]])
    assert np.linalg.norm(np.subtract(*ecef_from_geodetic(there))) < 12
    assert height == pytest.approx(golden.height_m, abs=1e-6)
    assert place.placement.heading_deg == pytest.approx(golden.heading_deg, abs=0.001)
    assert place.basis == golden.basis
    assert place.confidence == golden.confidence
    assert place.residual_m < 0.05


def test_its_footprints_lie_about_that_place(golden: Golden) -> None:
    west, south, east, north = place_of(golden.name)
    margin = 0.0015
    assert west - margin < golden.lon < east + margin
    assert south - margin < golden.lat < north + margin
    assert east - west < 0.003


def test_every_element_has_a_mesh_a_footprint_and_an_id(golden: Golden) -> None:
    batch = read(golden.name).batch
    assert batch.bodies.feature.tolist() == list(range(len(batch)))
    assert (shapely.area(batch.geometry) > 0).all()
    assert shapely.is_valid(batch.geometry).all()
    assert len(set(batch.source_ids)) == len(batch)
    for mesh in batch.bodies.mesh:
        assert mesh.materials.max() < len(batch.palette)
        assert mesh.triangles.max() < len(mesh.positions)


def test_equal_shapes_are_one_mesh() -> None:
    shared = {name: _meshes(name) for name in ("duplex.ifc", "schependomlaan_ROOT-Vebo.ifczip")}
    assert shared == {"duplex.ifc": (215, 130), "schependomlaan_ROOT-Vebo.ifczip": (130, 68)}


def _meshes(name: str) -> tuple[int, int]:
    meshes = read(name).batch.bodies.mesh
    return len(meshes), len({id(mesh) for mesh in meshes})


def test_a_mesh_lies_upright_over_its_footprint() -> None:
    batch = read("duplex.ifc").batch
    for row, (mesh, matrix) in enumerate(zip(batch.bodies.mesh, batch.bodies.matrix, strict=True)):
        placed = mesh.positions @ matrix[:3, :3].T + matrix[:3, 3]
        bounds = np.array(shapely.bounds(batch.geometry[row]))
        assert np.allclose(bounds[:2], placed[:, :2].min(axis=0), atol=0.011)
        assert np.allclose(bounds[2:], placed[:, :2].max(axis=0), atol=0.011)
    heights = np.concatenate([m[2:3, 3] for m in batch.bodies.matrix])
    assert heights.min() > -3
    assert heights.max() < 9


def test_glass_is_seen_through() -> None:
    palette = read("duplex.ifc").batch.palette
    assert any(material.colour[3] < 0.9 for material in palette)
    assert any(material.colour[3] == 1.0 for material in palette)


@pytest.mark.parametrize(
    "name",
    [
        "bimwhale_LargeBuilding.ifc", "bimwhale_TallBuilding.ifc", "xbim_SampleHouse4.ifc",
        "ifclite_building-architecture.ifc",
    ],
)  # fmt: skip
def test_outlines_of_spaces_have_the_areas_that_the_file_states(name: str) -> None:
    model, batch = model_of(name), read(name, "spaces").batch
    compared = 0
    for key, area in zip(batch.source_ids, shapely.area(batch.geometry), strict=True):
        stated = stated_area(model, model.objects[str(key)])
        if stated is not None:
            assert area == pytest.approx(stated[0], rel=0.01)
            compared += 1
    assert compared == len(batch) > 0


def test_gross_areas_of_archicad_are_those_of_the_outlines() -> None:
    model, batch = model_of("AC20-FZK-Haus.ifc"), read("AC20-FZK-Haus.ifc", "spaces").batch
    for key, area in zip(batch.source_ids, shapely.area(batch.geometry), strict=True):
        stated = model.objects[str(key)].quantities["BaseQuantities"]["GrossFloorArea"]
        assert area == pytest.approx(stated.value, rel=0.001)
        assert stated.unit == "m2"


def test_the_stated_area_stands_in_the_table_beside_that_of_the_outline() -> None:
    """The duplex states areas to the middle of its walls, its shapes end at their faces."""
    row = read("duplex.ifc", "spaces").batch.attributes.to_pylist()[0]
    assert row["name"] == "A102"
    assert row["long_name"] == "Living Room"
    assert row["is_space"] is True
    assert row["area_m2"] == pytest.approx(30.1416, abs=1e-3)
    assert row["area_source"] == "GSA Space Areas.GSA BIM Area"
    assert row["outline_area_m2"] == pytest.approx(27.66, abs=0.01)


def test_attributes_name_type_material_storey_and_building() -> None:
    table = read("AC20-FZK-Haus.ifc").batch.attributes
    assert table.column("is_space").unique().to_pylist() == [False]
    doors = [row for row in table.to_pylist() if row["ifc_class"] == "IfcDoor"]
    assert len(doors) == 5
    door = doors[0]
    assert door["storey"] == "Erdgeschoss"
    assert door["storey_elevation_m"] == 0.0
    assert door["building"] == "FZK-Haus"
    assert door["type_name"]


def test_storeys_carry_the_outline_of_what_stands_in_them() -> None:
    batch = read("AC20-FZK-Haus.ifc", "storeys").batch
    rows = batch.attributes.to_pylist()
    assert [(row["name"], row["elevation_m"]) for row in rows] == [
        ("Erdgeschoss", 0.0), ("Dachgeschoss", 2.7),
    ]  # fmt: skip
    ground, roof = shapely.area(batch.geometry).tolist()
    assert ground == pytest.approx(12 * 10, rel=0.02)
    assert roof > ground
    assert batch.bodies.mesh == ()


def test_buildings_carry_the_outline_of_all_their_storeys() -> None:
    (building,) = read("AC20-FZK-Haus.ifc", "buildings").batch.geometry
    for storey in read("AC20-FZK-Haus.ifc", "storeys").batch.geometry:
        assert shapely.covers(shapely.buffer(building, 0.01), storey)


def test_empty_storeys_have_no_outline_and_stay_in_the_layer() -> None:
    batch = read("s08_ifc4_empty_storeys_40.ifc", "storeys").batch
    assert len(batch) == 40
    assert np.count_nonzero([one is not None for one in batch.geometry]) == 1


def test_repeated_globalids_are_numbered_and_told() -> None:
    reading = read("s09_ifc4_duplicate_globalid.ifc")
    first = "0ETfOmh6D8nOOi2XPYLdM$"
    assert sorted(map(str, reading.batch.source_ids)) == [
        first, f"{first}-2", f"{first}-3", f"{first}-4",
    ]  # fmt: skip
    assert set(reading.batch.attributes.column("global_id").to_pylist()) == {first}
    assert any("repeat the GlobalId" in note for note in reading.info.notes)


def test_chinese_and_german_names_are_kept() -> None:
    names = read("s05_ifc4x3_m_utm31_mapconversion.ifc").batch.attributes.column("name")
    assert names.to_pylist()[0] == "Wände-墙-0"


def test_two_ways_to_the_same_place_agree() -> None:
    """The site's placement is a false origin in EPSG:28992, and the site has a latitude too."""
    path = path_of("s06_ifc4_huge_coords_in_placement.ifc")
    site = survey(path, ReadOptions(crs="EPSG:28992"), Siting())
    (batch,) = site.read()
    by_crs = shapely.total_bounds(site.settle(batch).batch.geometry)
    by_site = place_of("s06_ifc4_huge_coords_in_placement.ifc")
    assert np.abs(by_crs - by_site)[:2].max() < 0.008  # the two statements lie 480 m apart
    assert site.georeference.method == "crs"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("s02_ifc2x3_mm_no_georef.ifc", "--anchor lon,lat,height and --heading-deg"),
        ("s13_ifc4_unknown_crs.ifc", "'Local Grid 7', which is not known; name it with --crs"),
        ("s11_ifc4_no_geometry_at_all.ifc", "none of its 9 objects has a surface or solid"),
        ("s14_truncated.ifc", "cut off"),
        ("s15_empty_file.ifc", "empty"),
    ],
)
def test_models_that_cannot_be_placed_or_read_are_refused_clearly(name: str, part: str) -> None:
    with pytest.raises(SourceDataError) as caught:
        survey(path_of(name), ReadOptions(), Siting())
    assert part in str(caught.value)
    assert name in str(caught.value)


def test_reading_what_has_no_shape_is_refused_too() -> None:
    with pytest.raises(SourceDataError, match="surface or solid"):
        list(READER.read(path_of("s11_ifc4_no_geometry_at_all.ifc"), ReadOptions()))


@pytest.mark.slow
def test_a_model_of_one_and_a_half_thousand_parts_shares_their_shapes() -> None:
    several, own = _meshes("schependomlaan_LINDEN-Kozijnen.ifczip")
    assert several > 100
    assert own < several / 2
