"""Entities of building models over HTTP: properties, tree, relations, versions."""

from collections.abc import Iterator
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
from starlette.testclient import TestClient

from cim.store.base import Store
from tests.api.cities import app_of, open_city
from tests.cim.models.making import WALLS, load, write


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def store(place: Path) -> Iterator[Store]:
    """A store with two versions of a model."""
    store = open_city(place)
    load(store, write(place))
    load(store, write(place, ("'EI60 ", "'EI90 ")))
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(place: Path, store: Store) -> TestClient:
    return TestClient(app_of(place, store), raise_server_exceptions=False)


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    response = client.get(path, params=parameters or None)
    assert response.status_code == 200, response.text
    return response.json()


def items(client: TestClient, layer: str, **filters: str) -> list[dict[str, Any]]:
    path = f"/ogc/collections/{layer}/items"
    return [one["properties"] for one in get(client, path, **filters)["features"]]


def wall(client: TestClient) -> dict[str, Any]:
    (row,) = items(client, "bim_elements", global_id=WALLS[0])
    entity: dict[str, Any] = get(client, f"/api/entities/{row['entity_id']}")
    return entity


def test_an_element_tells_its_properties_grouped_with_types_and_units(client: TestClient) -> None:
    model = wall(client)["model"]
    assert (model["ifc_class"], model["global_id"]) == ("IfcWall", WALLS[0])
    sets = {(one["name"], one["origin"]): one["values"] for one in model["properties"]}
    assert set(sets) == {("Pset_WallCommon", "own"), ("Pset_Type", "type")}
    transmittance = {"name": "ThermalTransmittance", "value": 0.24, "unit": "W K-1"}
    assert transmittance | {"type": "IfcThermalTransmittanceMeasure"} in sets["Pset_Type", "type"]
    (quantities,) = model["quantities"]
    assert quantities["values"] == [
        {"name": "NetSideArea", "value": 15.0, "type": None, "unit": "m2"}
    ]
    assert model["type"]["name"] == "W30 砼"
    assert model["materials"] == ["混凝土"]
    assert model["classifications"] == [{"system": "GB/T 51269", "code": "14-10.10", "name": "墙"}]


def test_links_lead_up_and_down_the_tree(client: TestClient) -> None:
    entity = wall(client)
    storey = get(client, entity["model"]["parent"]["href"])
    assert storey["model"]["kind"] == "storey"
    children = storey["model"]["children"]
    assert (children["total"], children["by_kind"]) == (4, {"element": 4})
    page = get(client, children["href"], limit=3)
    assert [one["global_id"] for one in page["items"]] == list(WALLS[:3])
    (after,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert [one["global_id"] for one in get(client, after)["items"]] == [WALLS[3]]
    building = get(client, storey["model"]["parent"]["href"])
    assert building["model"]["children"]["by_kind"] == {"storey": 2}


def test_a_storey_plan_is_a_filter(client: TestClient) -> None:
    found = items(client, "bim_elements", storey="L0")
    assert [row["global_id"] for row in found] == list(WALLS)
    assert items(client, "bim_spaces", storey="L0") == []


def test_a_zone_shows_its_members(client: TestClient) -> None:
    (zone,) = wall(client)["model"]["groups"]
    body = get(client, zone["href"], limit=2)
    assert (body["name"], body["total"], len(body["members"])) == ("Brandabschnitt 1", 3, 2)


def test_a_model_lists_its_versions_and_their_differences(client: TestClient) -> None:
    (listed,) = get(client, "/api/models")["models"]
    model = get(client, listed["href"])
    assert model["georeference"]["basis"] == "IfcMapConversion"
    assert [one["global_id"] for one in model["buildings"]] == ["307DdNo312JfwDn3zLPVvl"]
    latest, first = model["versions"]
    assert first["difference"] is None
    difference = get(client, latest["difference"])
    assert difference["counts"]["changed"] == 4
    page = client.get(latest["difference"], params={"f": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Pset_WallCommon.FireRating" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/entities/nothing/children", 400),
        ("/api/entities/BLDGN31N90582A4060260009/relations", 400),
        ("/api/models/bim/other", 404),
        ("/api/models/bim/small/differences/999", 404),
        ("/api/models/bim/small/groups/none", 404),
        ("/api/models/bim/small/differences/2?f=pdf", 400),
    ],
)
def test_what_is_not_there_is_said(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_what_is_not_public_does_not_exist(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    load(store, write(tmp_path))
    with connect(store.path) as database:
        database.execute(
            "UPDATE cim_layer SET classification = 'restricted' WHERE name = 'bim_elements'"
        )
    client = TestClient(app_of(tmp_path, store), raise_server_exceptions=False)
    (storey, _) = items(client, "bim_storeys")
    body = get(client, f"/api/entities/{storey['entity_id']}")
    assert body["model"]["children"] | {"href": ""} == {"total": 0, "by_kind": {}, "href": ""}
    assert get(client, f"/api/entities/{storey['entity_id']}/children")["items"] == []
    for batch in store.read("bim_elements"):
        hidden = batch.attributes["entity_id"][0].as_py()
    assert client.get(f"/api/entities/{hidden}").status_code == 404
    assert client.get("/api/models/bim/small").status_code == 404
    store.close()


def test_a_model_tells_its_level_and_what_the_check_found(client: TestClient) -> None:
    (one,) = get(client, "/api/models")["models"]
    whole = get(client, one["href"])
    assert whole["level"]["level"] in {"CIM4", "CIM5", "CIM6"}
    assert whole["level"]["verified"] is False
    check = get(client, whole["check_href"])
    counts = {rule["id"]: rule["count"] for rule in check["rules"]}
    assert counts["wall-properties"] > 0
    assert check["map"]["type"] == "FeatureCollection"
    page = client.get(whole["check_href"], params={"f": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "模型检查报告" in page.text
    assert '<svg class="plan"' in page.text
