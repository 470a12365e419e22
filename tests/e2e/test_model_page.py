"""A building model on the map page: what a click tells, and what a cut shows."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands import cim
from tests.e2e.test_map_page import fetch, require_built_page
from tests.servers import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SCRIPT = Path(__file__).parent / "browser" / "model_page.mjs"
HOUSE = "data/models/ifc/AC20-FZK-Haus.ifc"


@pytest.fixture(scope="module")
def seen(
    shared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the browser saw, with the clicked entity and all others from the server."""
    require_built_page()
    folder = tmp_path_factory.mktemp("model")
    city, house = folder / "city", shared(HOUSE)
    cim("init", city)
    cim("load", house, "-w", city)
    cim("tiles", "build", house, "-o", city / "tiles" / "house", "-w", city)
    with serving(city) as base:
        task = json.dumps({"base": base, "shots": str(folder)})
        done = subprocess.run(
            ["node", str(SCRIPT)], input=task, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        told["entity"] = fetch(f"{base}/api/entities/{told['entityId']}")
        page = fetch(f"{base}/ogc/collections/bim_elements/items?limit=1000&f=json")
        told["elements"] = [feature["properties"] for feature in page["features"]]
    return told


def test_a_click_shows_class_storey_and_property_sets_of_the_element(seen: dict[str, Any]) -> None:
    model = seen["entity"]["model"]
    assert seen["entityId"].startswith("ELEM")
    assert model["global_id"] in seen["panel"]
    assert model["ifc_class"] in seen["panel"]
    assert model["properties"]
    for group in model["properties"]:
        assert group["name"] in seen["panel"]


def test_a_cut_opens_the_house_at_its_lower_storey(seen: dict[str, Any]) -> None:
    assert seen["storeys"][1:] == ["Erdgeschoss", "Dachgeschoss"]
    numbers = {one["entity_id"]: one["storey_number"] for one in seen["elements"]}
    assert any(numbers[entity] == 2 for entity in seen["whole"])
    below = [numbers[entity] for entity in seen["cut"]]
    assert 2 not in below
    inside = set(seen["cut"]) - set(seen["whole"])
    assert len(inside) > 2


def test_the_page_is_quiet_and_asks_nobody_else(seen: dict[str, Any]) -> None:
    assert seen["console"] == []
    assert seen["external"] == []
