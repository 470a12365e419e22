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
}
"""Longitude and latitude where each stands."""

VIEWS = ("far", "near")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser showed of each tileset."""
    folder, shots = tmp_path_factory.mktemp("tilesets"), tmp_path_factory.mktemp("shots")
    for name, (source, options) in BUILT.items():
        cim("tiles", "build", shared_path(f"{MODELS}/{source}"), "-o", folder / name, *options)
    return look({name: folder / name for name in BUILT}, shots)


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
