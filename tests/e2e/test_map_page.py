"""The map page in a real browser, on a real city, served by the real server."""

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
import shapely.geometry

from tests.commands import cim
from tests.servers import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PROJECT = Path(__file__).resolve().parents[2]
VIEWER = PROJECT / "assets" / "viewer"
SCRIPT = Path(__file__).parent / "browser" / "check_page.mjs"
ROTTERDAM = "data/models/cityjson/rotterdam_3-20-DELFSHAVEN.city.json"
LAYER = "buildings"


@pytest.fixture(scope="module")
def page(
    shared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Everything the browser saw; the target it clicked is under `target`."""
    require_built_page()
    city, bare = tmp_path_factory.mktemp("rotterdam"), tmp_path_factory.mktemp("bare")
    shots = tmp_path_factory.mktemp("shots")
    make_city(city, shared(ROTTERDAM))
    cim("init", str(bare / "city"))
    with serving(city / "city") as base, serving(bare / "city") as empty:
        target = largest_building(base)
        task = {"base": base, "empty": empty, "target": target, "layer": LAYER}
        return look(task | {"shots": str(shots)}) | {"target": target}


def test_nothing_is_asked_of_another_host(page: dict[str, Any]) -> None:
    assert page["first"]["external"] == []
    assert page["first"]["requests"] > 10


def test_no_error_reaches_the_console(page: dict[str, Any]) -> None:
    assert page["first"]["console"] == []
    assert page["click"]["console"] == []
    assert page["missing"]["no_layers"]["console"] == []


def test_a_click_shows_the_building_that_was_clicked(page: dict[str, Any]) -> None:
    assert page["click"]["entity"] == page["target"]["entity_id"]


def test_the_clicked_building_turns_orange(page: dict[str, Any]) -> None:
    assert page["click"]["orange"]["before"] == 0
    assert page["click"]["orange"]["after"] > 200


def test_the_panel_shows_the_codes_of_the_building(page: dict[str, Any]) -> None:
    for code in (page["target"]["entity_id"], *page["target"]["codes"].values()):
        assert code in page["click"]["zh"]


def test_the_panel_speaks_both_languages(page: dict[str, Any]) -> None:
    assert "实体编码" in page["click"]["zh"]
    assert "Entity id" in page["click"]["en"]
    assert "实体编码" not in page["click"]["en"]


def test_the_address_holds_camera_layers_and_selection(page: dict[str, Any]) -> None:
    shown = page["click"]["hash"]
    assert f"sel={page['target']['entity_id']}" in shown
    assert "c=" in shown
    assert f"3d-{LAYER}" in shown


def test_escape_clears_the_selection(page: dict[str, Any]) -> None:
    assert page["click"]["cleared"] is None


def test_an_address_with_a_selection_opens_on_it(page: dict[str, Any]) -> None:
    assert page["link"]["entity"] == page["target"]["entity_id"]


def test_an_unknown_entity_is_said_to_be_unknown(page: dict[str, Any]) -> None:
    assert "There is no such object" in page["link"]["wrong"]
    assert "BLDGNOBODY" in page["link"]["wrong"]


def test_a_footprint_opens_the_same_object_as_its_building(page: dict[str, Any]) -> None:
    assert page["flat"]["entity"] == page["target"]["entity_id"]
    assert page["flat"]["orange"] > 200
    assert page["flat"]["tip"]


def test_a_copied_code_is_said_to_be_copied(page: dict[str, Any]) -> None:
    assert page["flat"]["copied"] == "Copied"


def test_a_layer_that_is_cut_off_says_so(page: dict[str, Any]) -> None:
    assert page["flat"]["badge"] == "First 853 shown"


def test_the_list_opens_objects_by_keyboard_alone(page: dict[str, Any]) -> None:
    assert page["list"]["rows"] == 20
    assert page["list"]["entity"].startswith("BLDG")


def test_a_layer_that_fails_says_why_and_comes_back(page: dict[str, Any]) -> None:
    assert "服务暂时不可用（503）：try later" in page["failing"]["failed"]
    assert page["failing"]["retried"]


def test_a_tileset_that_fails_says_why(page: dict[str, Any]) -> None:
    assert page["failing"]["tiles"] == "failed"
    assert "服务没有回应" in page["failing"]["failed"]


def test_a_city_without_tiles_says_how_to_make_them(page: dict[str, Any]) -> None:
    assert "还没有三维瓦片" in page["missing"]["no_tiles"]
    assert f"cim tiles build layer:{LAYER}" in page["missing"]["no_tiles"]


def test_a_city_without_layers_shows_ways_to_begin(page: dict[str, Any]) -> None:
    text = page["missing"]["no_layers"]["text"]
    assert "这座城市还没有图层" in text
    assert all(hint in text for hint in ("cim demo", "cim load", "/api/docs"))


def test_a_server_that_is_gone_is_said_to_be_gone(page: dict[str, Any]) -> None:
    assert "无法连接服务" in page["missing"]["down"]


def test_a_browser_without_webgl_gets_the_list(page: dict[str, Any]) -> None:
    assert "WebGL 2 is not available" in page["graphics"]["no_webgl"]["text"]
    assert page["graphics"]["no_webgl"]["rows"] == 20
    assert "853" in page["graphics"]["no_webgl"]["layers"]


def test_a_lost_picture_offers_to_reload(page: dict[str, Any]) -> None:
    assert "重新载入" in page["graphics"]["lost"]


def test_every_control_has_a_name_and_the_tab_key_reaches_the_map(page: dict[str, Any]) -> None:
    assert page["first"]["unnamed"] == 0
    stops = page["first"]["keyboard"]
    assert any(stop.startswith("三维地图") for stop in stops)
    assert f"layer-3d-{LAYER}" in stops


def test_no_panel_is_wider_than_its_frame(page: dict[str, Any]) -> None:
    assert page["first"]["overflow"] == []
    assert page["first"]["overflow_phone"] == []


def require_built_page() -> None:
    if not (VIEWER / "dist" / "index.html").is_file():
        pytest.fail("the map page is not built: run make setup")


def make_city(folder: Path, source: Path) -> None:
    """A workspace `city` in `folder` with one layer and its tileset."""
    city = str(folder / "city")
    cim("init", city)
    cim("load", str(source), "--layer", LAYER, "--class", "BLDG", "-w", city)
    tiles = str(folder / "city" / "tiles" / LAYER)
    cim("tiles", "build", f"layer:{LAYER}", "-o", tiles, "-w", city)


def largest_building(base: str) -> dict[str, Any]:
    """The building with the largest footprint: where it is, and what its codes are."""
    page = fetch(f"{base}/ogc/collections/{LAYER}/items?f=json&limit=1000")
    areas = [shapely.geometry.shape(feature["geometry"]).area for feature in page["features"]]
    feature = page["features"][areas.index(max(areas))]
    entity = fetch(f"{base}/api/entities/{feature['properties']['entity_id']}")
    lon, lat = entity["position"]
    return {
        "entity_id": entity["id"],
        "lon": lon,
        "lat": lat,
        "height": 10,
        "codes": entity["codes"],
    }


def fetch(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - own server
        return json.load(answer)


def look(task: dict[str, Any]) -> dict[str, Any]:
    """Runs the browser over the page; what it saw."""
    node = shutil.which("node") or pytest.fail("node is not installed")
    command = [node, str(SCRIPT), json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts
