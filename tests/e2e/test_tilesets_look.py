"""Tilesets of every kind in CesiumJS: at their place, drawn, coloured and picked, far and near."""

from typing import Any

import pytest

from tests.commands import cim
from tests.conftest import shared_path
from tests.looking import look

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MODELS = "data/models"
ANCHOR = ("--anchor", "121.5,31.2,5")
BUILT: dict[str, tuple[str, tuple[str, ...]]] = {
    "city": ("cityjson/delft.json", ()),
    "textures": ("citygml/plateau_53394517_bldg_6697_2_op_CityGML2.gml", ()),
    "plain": ("cityjson/3dbag_b2.city.jsonl", ("--compression", "none", "--outlines")),
    "implicit": ("cityjson/vienna.city.jsonl", ("--crs", "EPSG:31256", "--tiling", "implicit")),
    "levels": ("citygml/cg4j_lod2_buildings_v3.gml", ("--lods", "all")),
    "mesh": ("mesh/CesiumMilkTruck.glb", ANCHOR),
    "points": ("points/ripple.las", ANCHOR),
    "duplex": ("ifc/duplex.ifc", ()),
    "house": ("ifc/AC20-FZK-Haus.ifc", ("--spaces",)),
}
"""Source and options of each tileset."""

PLACES = {
    "city": (4.366, 52.012),
    "textures": (139.718, 35.679),
    "plain": (4.368, 52.003),
    "implicit": (16.349, 48.205),
    "levels": (13.039, 52.326),
    "mesh": (121.5, 31.2),
    "points": (121.5, 31.2),
    "duplex": (-87.6394, 41.8743),
    "house": (8.4366, 49.1005),
}
"""Longitude and latitude where each stands."""

CUTS = {"duplex": "${storey_number} <= 1", "house": "${part} === 'space'"}
"""What a style leaves of building models: the ground floor without what lies above, the spaces."""

VIEWS = ("far", "near")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser showed of each tileset."""
    folder, shots = tmp_path_factory.mktemp("tilesets"), tmp_path_factory.mktemp("shots")
    for name, (source, options) in BUILT.items():
        cim("tiles", "build", shared_path(f"{MODELS}/{source}"), "-o", folder / name, *options)
    return look({name: folder / name for name in BUILT}, shots, CUTS)


@pytest.mark.parametrize("name", BUILT)
def test_everything_is_loaded_without_a_fault_and_from_here(
    seen: dict[str, Any], name: str
) -> None:
    assert "error" not in seen[name], seen[name]
    assert seen[name]["failures"] == []
    assert seen[name]["console"] == []
    assert seen[name]["external"] == []
    assert all(seen[name][view]["settled"] for view in VIEWS)


@pytest.mark.parametrize("name", BUILT)
def test_it_stands_at_its_place(seen: dict[str, Any], name: str) -> None:
    place = seen[name]["place"]
    assert (place["lon"], place["lat"]) == pytest.approx(PLACES[name], abs=2e-3)
    assert -50 < place["height"] < 150


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", BUILT)
def test_it_is_drawn_in_colours_and_not_in_black(
    seen: dict[str, Any], name: str, view: str
) -> None:
    pixels = seen[name][view]["pixels"]
    assert not pixels["lost"]
    assert pixels["drawn"] > 0.03
    assert pixels["black"] < 0.1
    assert pixels["colours"] >= 3


@pytest.mark.parametrize("name", [name for name in BUILT if name != "points"])
def test_a_pick_tells_which_feature_it_is(seen: dict[str, Any], name: str) -> None:
    picked = [pick["properties"] for pick in seen[name]["near"]["picks"]]
    assert picked
    assert all(each["source_id"] not in ("", "-", None) for each in picked)


def test_textures_show_more_colours_than_plain_surfaces(seen: dict[str, Any]) -> None:
    textured, plain = (seen[name]["near"]["pixels"]["colours"] for name in ("textures", "plain"))
    assert textured > 4 * plain


@pytest.mark.parametrize("name", CUTS)
def test_a_building_model_is_a_block_from_far_away_and_elements_near_by(
    seen: dict[str, Any], name: str
) -> None:
    (speck,) = [pick["properties"] for pick in seen[name]["away"]["picks"]]
    assert (speck["part"], speck["ifc_class"]) == ("outline", "IfcBuilding")
    parts = {pick["properties"]["part"] for pick in seen[name]["near"]["picks"]}
    assert "shell" in parts
    assert "outline" not in parts


def test_a_pick_tells_the_element_of_the_model(seen: dict[str, Any]) -> None:
    near = {pick["properties"]["global_id"]: pick for pick in seen["house"]["near"]["picks"]}
    roof = near["07Enbsqm9C7AQC9iyBwfSD"]["properties"]
    assert (roof["ifc_class"], roof["name"], roof["storey"]) == (
        "IfcSlab",
        "Dach-1",
        "Dachgeschoss",
    )
    assert near["07Enbsqm9C7AQC9iyBwfSD"]["height"] > 113, "the roof, 110 m and some storeys up"


def test_a_style_cuts_the_building_open(seen: dict[str, Any]) -> None:
    whole, cut = seen["duplex"]["far"], seen["duplex"]["cut"]
    storeys = {pick["properties"]["storey_number"] for pick in cut["picks"]}
    assert max(storeys) <= 1
    assert max(pick["properties"]["storey_number"] for pick in whole["picks"]) == 3
    assert any(pick["properties"]["part"] == "interior" for pick in cut["picks"])
    assert cut["pixels"]["mean"] != whole["pixels"]["mean"]
    assert {pick["properties"]["part"] for pick in seen["house"]["cut"]["picks"]} == {"space"}
