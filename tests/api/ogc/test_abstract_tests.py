"""The abstract tests of Features Part 1 and 2 that OGC's suite runs (`make cite`), in our words.

Source: OGC 17-069r4, annex A; OGC 18-058r1, annex A. The names are those of the standards.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
LAYERS = ("buildings", "plates")


def get(client: TestClient, target: str, accept: str = JSON, **parameters: str) -> dict[str, Any]:
    response = client.get(target, params=parameters or None, headers={"Accept": accept})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def relations(body: dict[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for link in body["links"]:
        assert link["rel"]
        assert link["type"]
        found.setdefault(link["rel"], set()).add(link["type"].split(";")[0])
    return found


def pages(client: TestClient, target: str, **parameters: str) -> Iterator[dict[str, Any]]:
    """A page of features and all that follow it."""
    page = get(client, target, GEOJSON, **parameters)
    yield page
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = get(client, following[0], GEOJSON)
        yield page


def items(client: TestClient, layer: str, **parameters: str) -> list[dict[str, Any]]:
    found = pages(client, f"/ogc/collections/{layer}/items", **parameters)
    return [feature for page in found for feature in page["features"]]


def ids(features: list[dict[str, Any]]) -> set[int]:
    return {feature["id"] for feature in features}


def test_core_root_success(client: TestClient) -> None:
    found = relations(get(client, "/ogc/"))
    assert {"service-desc", "conformance", "data"} <= set(found)
    assert "application/vnd.oai.openapi+json" in found["service-desc"]


def test_core_conformance_success(client: TestClient) -> None:
    classes = get(client, "/ogc/conformance")["conformsTo"]
    for name in ("core", "oas30", "html", "geojson"):
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" in classes


def test_core_fc_md_success(client: TestClient) -> None:
    body = get(client, "/ogc/collections")
    assert {"self", "alternate"} <= set(relations(body))
    for one in body["collections"]:
        assert one["id"]
        assert {GEOJSON, HTML} <= relations(one)["items"]
        assert get(client, f"/ogc/collections/{one['id']}")["crs"] == one["crs"]


@pytest.mark.parametrize("layer", LAYERS)
def test_core_fc_links_and_numbers(client: TestClient, layer: str) -> None:
    every = list(pages(client, f"/ogc/collections/{layer}/items", limit="2"))
    for page in every:
        assert page["type"] == "FeatureCollection"
        assert HTML in relations(page)["alternate"]
        assert GEOJSON in relations(page)["self"]
        assert page["numberReturned"] == len(page["features"]) <= 2
        assert page["timeStamp"].endswith("Z")
    assert sum(len(page["features"]) for page in every) == every[0]["numberMatched"]


@pytest.mark.parametrize("layer", LAYERS)
def test_core_crs84_and_bbox(client: TestClient, layer: str) -> None:
    box = get(client, f"/ogc/collections/{layer}")["extent"]["spatial"]["bbox"][0]
    half = [box[0], box[1], (box[0] + box[2]) / 2, box[3]]
    found = items(client, layer, bbox=",".join(map(str, half)))
    area = shapely.box(*half)
    every = items(client, layer)
    inside = [
        feature
        for feature in every
        if shapely.intersects(area, shapely.geometry.shape(feature["geometry"]))
    ]
    assert found
    assert ids(found) == ids(inside)
    whole = shapely.box(-180, -90, 180, 90)
    assert all(whole.covers(shapely.geometry.shape(one["geometry"])) for one in every)


@pytest.mark.parametrize(
    "query", [{"limit": "unlimited"}, {"unknownQueryParameter12345": "1"}, {"bbox": "1,2,3"}]
)
def test_core_query_parameters(client: TestClient, query: dict[str, str]) -> None:
    response = client.get("/ogc/collections/buildings/items", params=query)
    assert response.status_code == 400


def test_core_f_success(client: TestClient) -> None:
    body = get(client, "/ogc/collections/buildings/items/1", GEOJSON)
    assert body["type"] == "Feature"
    assert {"self", "alternate", "collection"} <= set(relations(body))


@pytest.mark.parametrize("layer", LAYERS)
def test_crs_discovery(client: TestClient, layer: str) -> None:
    body = get(client, f"/ogc/collections/{layer}")
    assert CRS84 in body["crs"]
    assert body["storageCrs"] in body["crs"]


@pytest.mark.parametrize("layer", LAYERS)
def test_crs_parameter_and_bbox_crs(client: TestClient, layer: str) -> None:
    """The same features come back for the same box, whatever CRS it is given in."""
    body = get(client, f"/ogc/collections/{layer}")
    plain = client.get(f"/ogc/collections/{layer}/items?limit=1000")
    assert plain.headers["content-crs"] == f"<{CRS84}>"
    for uri in body["crs"]:
        path = f"/ogc/collections/{layer}/items"
        response = client.get(path, params={"crs": uri, "limit": "1000"})
        assert response.status_code == 200, response.text
        assert response.headers["content-crs"] == f"<{uri}>"
        shapes = [shapely.geometry.shape(one["geometry"]) for one in response.json()["features"]]
        around = shapely.box(*shapely.total_bounds(shapes))
        west, south, east, north = shapely.buffer(around, around.length / 100).bounds
        box = f"{west},{south},{east},{north}"
        again = items(client, layer, **{"bbox": box, "bbox-crs": uri, "limit": "1000"})
        assert ids(again) == ids(plain.json()["features"])


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
def test_crs_that_is_not_offered(client: TestClient, name: str) -> None:
    query = {name: f"{CRS84}x", "bbox": "1,2,3,4"}
    response = client.get("/ogc/collections/buildings/items", params=query)
    assert response.status_code == 400
