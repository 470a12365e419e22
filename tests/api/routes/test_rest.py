"""City, entities, grids, documentation, health."""

import math
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from cim import plugins

GRIDS = plugins.names("cim.grids")


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def first_building(client: TestClient) -> dict[str, Any]:
    body: dict[str, Any] = get(client, "/ogc/collections/buildings/items/1")
    return body


def test_the_city(client: TestClient) -> None:
    body = get(client, "/api/city")
    west, south, east, north = body.pop("bounds")
    assert (west, south) == (114.3, 30.5)
    assert (east, north) == (114.33, 30.53)
    assert body == {
        "name": "jianghan",
        "title": {"zh": "江汉示范区", "en": "Jianghan"},
        "division_code": "420103",
        "sample": True,
        "version": "0.1.0",
        "entity_count": 28,
    }


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health(client: TestClient, path: str) -> None:
    assert get(client, path)["status"] in {"live", "ready"}


def test_an_entity_with_all_that_is_known(client: TestClient) -> None:
    properties = first_building(client)["properties"]
    body = get(client, f"/api/entities/{properties['entity_id']}")
    assert body["id"] == properties["entity_id"]
    assert body["class"] == "BLDG"
    assert body["class_title"] == {"zh": "建筑", "en": "Building"}
    assert body["name"] == "1 号楼"
    assert (body["layer"], body["fid"], body["status"]) == ("buildings", 1, "valid")
    assert body["layer_title"] == {"zh": "建筑", "en": "Buildings"}
    assert body["height_m"] == 9.0
    assert body["valid_from"] == properties["valid_from"]
    assert body["valid_to"] is None
    assert body["bounds"] == [114.3, 30.5, 114.3005, 30.5005]
    lon, lat = body["position"]
    assert 114.3 < lon < 114.3005
    assert 30.5 < lat < 30.5005
    assert body["codes"] == {
        grid: properties[f"{grid}_code"] for grid in ("beidou", "geosot", "h3")
    }
    assert body["attributes"]["height"] == {
        "value": 9.0,
        "title": {"zh": "高度", "en": "Height"},
        "unit": "m",
    }
    assert body["attributes"]["note"]["value"] == '<b>"5" & x < 6</b>'
    assert "entity_id" not in body["attributes"]
    assert body["source"]["name"] == "survey"
    assert body["source"]["source_id"] == "b1"
    assert body["source"]["loaded_at"]


def test_links_of_an_entity_lead_somewhere(client: TestClient) -> None:
    identifier = first_building(client)["properties"]["entity_id"]
    links = get(client, f"/api/entities/{identifier}")["links"]
    assert {link["rel"] for link in links} == {"self", "collection", "item"}
    for link in links:
        assert client.get(link["href"]).status_code == 200


def test_an_entity_that_was_never_made_is_404(client: TestClient) -> None:
    identifier = first_building(client)["properties"]["entity_id"]
    other = next(
        candidate
        for candidate in (
            f"BLDGN50J47539B825534000{c}" for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        )
        if client.get(f"/api/entities/{candidate}").status_code != 400
    )
    response = client.get(f"/api/entities/{other}")
    assert response.status_code == 404
    assert other in response.json()["detail"]
    assert other != identifier


@pytest.mark.parametrize("text", ["x", "BLDG", "BLDGN50J47539B8255340000", "../city", "建筑"])
def test_what_is_no_entity_id_is_400(client: TestClient, text: str) -> None:
    response = client.get(f"/api/entities/{text.replace('/', '%2F')}")
    assert response.status_code in {400, 404}
    assert response.headers["content-type"] == "application/problem+json"
    if "/" not in text:
        assert response.status_code == 400
        assert response.json()["field"] == "entity_id"


def test_all_grid_systems_are_listed(client: TestClient) -> None:
    listed = {grid["name"]: grid for grid in get(client, "/api/grids")["grids"]}
    assert tuple(sorted(listed)) == GRIDS
    for grid in listed.values():
        assert grid["title"]["zh"]
        assert grid["title"]["en"]
        assert grid["levels"] == sorted(grid["levels"])


@pytest.mark.parametrize("system", GRIDS)
def test_a_code_leads_back_to_its_cell(client: TestClient, system: str) -> None:
    for level in (3, 8):
        cell = get(client, f"/api/grids/{system}/encode", lon=114.3, lat=30.5, level=level)
        assert cell["level"] == level
        assert get(client, f"/api/grids/{system}/decode", code=cell["code"]) == cell
        west, south, east, north = cell["bounds"]
        assert west <= 114.3 <= east
        assert south <= 30.5 <= north
        assert cell["geometry"]["type"] == "Polygon"
        assert all(math.isfinite(value) for value in cell["center"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("lon=114&lat=30", "level"),
        ("lon=114&lat=30&level=99", "level"),
        ("lon=114&lat=30&level=x", "level"),
        ("lon=181&lat=30&level=3", "lon"),
        ("lon=nan&lat=30&level=3", "lon"),
        ("lon=114&lat=-91&level=3", "lat"),
        ("lat=30&level=3", "lon"),
    ],
)
def test_a_position_that_is_none_is_refused(client: TestClient, query: str, field: str) -> None:
    response = client.get(f"/api/grids/beidou/encode?{query}")
    assert response.status_code == 400, response.text
    assert response.json()["field"] == field


@pytest.mark.parametrize("system", GRIDS)
@pytest.mark.parametrize("code", ["?", "建", "N", " ", "Z" * 81, ""])
def test_a_code_that_is_none_is_refused(client: TestClient, system: str, code: str) -> None:
    response = client.get(f"/api/grids/{system}/decode", params={"code": code})
    assert response.status_code == 400, response.text
    assert response.json()["field"] == "code"


def test_an_unknown_grid_system_is_404_with_the_known_ones(client: TestClient) -> None:
    response = client.get("/api/grids/nope/decode?code=1")
    assert response.status_code == 404
    assert "beidou, geosot, h3" in response.json()["detail"]


def test_the_documentation_lists_every_operation(client: TestClient) -> None:
    page = client.get("/api/docs").text
    for path, methods in get(client, "/api/openapi.json")["paths"].items():
        for method in methods:
            assert f'data-method="{method.upper()}" data-path="{path}"' in page
    (address,) = re.findall(r'src="http://testserver([^"]*/try\.js[^"]*)"', page)
    script = client.get(address)
    assert script.headers["content-type"].startswith("text/javascript")
