"""Core, Root DGGS and Collection DGGS of OGC 21-038r1, clauses 7, 14 and 15."""

from typing import Any

import jsonschema
import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from api.ogc.dggs.systems import find
from cim.store.base import Store
from cim.zones.measure import areas_m2
from tests.api.ogc.dggs.asking import (
    BUILDINGS,
    COARSE,
    IDS,
    ORIGINS,
    REL,
    ROOT,
    get,
    links,
    refused,
    zone_of,
)

LINK: dict[str, Any] = {
    "type": "object",
    "required": ["rel", "href", "type"],
    "properties": {"rel": {"type": "string"}, "href": {"type": "string", "format": "uri"}},
}
LIST = {
    "type": "object",
    "required": ["dggrs", "links"],
    "properties": {
        "links": {"type": "array", "items": LINK},
        "dggrs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "title", "uri", "links"],
                "properties": {"links": {"type": "array", "items": LINK, "minItems": 2}},
            },
        },
    },
}
DESCRIPTION = {
    "type": "object",
    "required": ["id", "title", "description", "uri", "crs", "defaultDepth", "links"],
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "description": {"type": "string", "minLength": 1},
        "crs": {"type": "string", "format": "uri"},
        "defaultDepth": {"type": "integer", "minimum": 0},
        "maxRefinementLevel": {"type": "integer"},
        "maxRelativeDepth": {"type": "integer"},
        "links": {"type": "array", "items": LINK},
        "linkTemplates": {
            "type": "array",
            "items": {"type": "object", "required": ["rel", "uriTemplate"]},
        },
    },
}
DEFINITION = {
    "type": "object",
    "required": ["dggh", "zirs", "subZoneOrder"],
    "properties": {
        "dggh": {
            "type": "object",
            "required": ["definition"],
            "properties": {
                "definition": {
                    "type": "object",
                    "required": ["spatialDimensions", "temporalDimensions"],
                    "properties": {
                        "spatialDimensions": {"const": 2},
                        "temporalDimensions": {"const": 0},
                        "refinementRatio": {"type": "integer"},
                        "zoneTypes": {"type": "array", "items": {"type": "string"}},
                        "refinementStrategy": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
        },
        "zirs": {
            "type": "object",
            "required": ["textZIRS"],
            "additionalProperties": {"type": "object", "required": ["description"]},
        },
        "subZoneOrder": {"type": "object", "required": ["description"]},
    },
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_list_names_every_system_with_its_links(client: TestClient, origin: str) -> None:
    body = get(client, origin)
    jsonschema.validate(body, LIST)
    assert [item["id"] for item in body["dggrs"]] == list(IDS)
    for item in body["dggrs"]:
        assert links(item, "dggrs-definition")[0]["href"] == item["uri"]
        own = next(link for link in item["links"] if link["rel"] == "self")
        assert client.get(own["href"]).json()["id"] == item["id"]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_system_describes_itself(client: TestClient, origin: str, name: str) -> None:
    body, grid = get(client, f"{origin}/{name}", lang="en"), find(name).grid
    jsonschema.validate(body, DESCRIPTION)
    assert body["id"] == name
    assert body["title"] == grid.title["en"]
    assert "no URI in an OGC register" in body["description"]
    assert body["levels"] == list(grid.levels)
    assert body["maxRefinementLevel"] == grid.levels[-1]
    assert links(body, "dggrs-definition")
    assert links(body, "dggrs-zone-query")[0]["href"].endswith(f"{origin}/{name}/zones")
    templates = {entry["rel"]: entry["uriTemplate"] for entry in body["linkTemplates"]}
    assert templates[f"{REL}/dggrs-zone-info"].endswith(f"{origin}/{name}/zones/{{zoneId}}")
    assert "/zones/{zoneId}/data" in templates[f"{REL}/dggrs-zone-data"]


def test_h3_says_that_it_takes_latitude_as_spherical(client: TestClient) -> None:
    assert "latitude as spherical" in get(client, f"{ROOT}/H3", lang="en")["description"]
    assert "球面" in get(client, f"{ROOT}/H3", lang="zh")["description"]


@pytest.mark.parametrize("name", IDS)
def test_depths_keep_the_number_of_sub_zones_within_bounds(client: TestClient, name: str) -> None:
    body, grid = get(client, f"{ROOT}/{name}"), find(name).grid
    point = np.array([[114.3, 30.5]])
    for level in grid.levels[8 if name == "GeoSOT" else 0 :]:  # coarser cells reach a pole
        codes = grid.encode(point, level)
        for depth in range(1, body["maxRelativeDepth"] + 1):
            if level + depth > grid.levels[-1]:
                break
            codes = grid.children(codes).codes
            if depth == body["defaultDepth"]:
                assert len(codes) <= 1_000
        assert len(codes) <= 150_000


@pytest.mark.parametrize("name", IDS)
def test_the_definition_follows_annex_b(client: TestClient, name: str) -> None:
    href = links(get(client, f"{ROOT}/{name}"), "dggrs-definition")[0]["href"]
    body = client.get(href).json()
    jsonschema.validate(body, DEFINITION)
    assert body["uri"] == href
    assert "uint64ZIRS" in body["zirs"]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_zone_tells_what_the_grid_knows(
    client: TestClient, city_store: Store, origin: str, name: str
) -> None:
    grid, zone = find(name).grid, zone_of(city_store, name, COARSE[name])
    code = grid.from_text([zone])
    body = get(client, f"{origin}/{name}/zones/{zone}")
    assert body["id"] == zone
    assert body["level"] == COARSE[name]
    assert body["centroid"] == grid.centers(code)[0].tolist()
    assert body["bbox"] == grid.bounds(code)[0].tolist()
    assert body["areaMetersSquare"] == areas_m2(grid, code)[0]
    assert shapely.equals(shapely.geometry.shape(body["geometry"]), grid.polygons(code)[0])
    for kind, codes in (
        ("parent", grid.parents(code)),
        ("child", grid.children(code).codes),
        ("neighbor", grid.neighbors(code).codes),
    ):
        found = [link["title"] for link in links(body, f"dggrs-zone-{kind}")]
        assert found == list(grid.to_text(codes)), kind
    assert client.get(links(body, "dggrs")[0]["href"]).json()["id"] == name
    assert len(links(body, "dggrs-zone-data")) == 2


def test_a_zone_without_data_offers_none(client: TestClient) -> None:
    body = get(client, f"{BUILDINGS}/BeiDou/zones/N01A")
    assert links(body, "dggrs-zone-data") == []
    assert body["statistics"] == {}


@pytest.mark.parametrize("name", IDS)
def test_the_ends_of_the_hierarchy_have_no_kin_beyond(client: TestClient, name: str) -> None:
    system = find(name)
    point = np.array([[114.3, 30.5]])
    top, bottom = (
        system.text(system.grid.encode(point, level))[0]
        for level in (system.levels[0], system.levels[-1])
    )
    assert links(get(client, f"{ROOT}/{name}/zones/{top}"), "dggrs-zone-parent") == []
    assert links(get(client, f"{ROOT}/{name}/zones/{bottom}"), "dggrs-zone-child") == []


@pytest.mark.parametrize("zone", ["N000", "S000", "N00000"])
def test_polar_zones_are_zones(client: TestClient, zone: str) -> None:
    body = get(client, f"{ROOT}/BeiDou/zones/{zone}")
    assert 88 <= abs(body["centroid"][1]) <= 90
    assert shapely.geometry.shape(body["geometry"]).is_valid


def test_a_zone_of_a_layer_sums_up_its_numbers(client: TestClient, city_store: Store) -> None:
    zone = zone_of(city_store, "BeiDou", 1)
    body = get(client, f"{BUILDINGS}/BeiDou/zones/{zone}")
    assert body["statistics"]["floors"] == {
        "minimum": 1,
        "maximum": 25,
        "average": 13.0,
        "stdDev": pytest.approx(np.std(np.arange(1, 26))),
    }
    assert set(body["statistics"]) == {"height", "floors"}


def test_a_zone_is_a_feature_too(client: TestClient, city_store: Store) -> None:
    zone = zone_of(city_store, "H3", 8)
    response = client.get(f"{ROOT}/H3/zones/{zone}", params={"f": "geojson"})
    assert response.headers["content-type"] == "application/geo+json"
    body = response.json()
    assert (body["type"], body["id"], body["properties"]["zoneID"]) == ("Feature", zone, zone)
    assert body["geometry"]["type"] == "Polygon"


def test_the_landing_page_and_the_collections_lead_to_the_grids(client: TestClient) -> None:
    assert links(get(client, "/ogc/"), "dggrs-list")[0]["href"].endswith(ROOT)
    layer = get(client, "/ogc/collections/buildings")
    assert links(layer, "dggrs-list")[0]["href"].endswith(BUILDINGS)


@pytest.mark.parametrize("path", ["", "/H3"])
def test_every_origin_leads_back_to_its_data(client: TestClient, path: str) -> None:
    at_root = links(get(client, ROOT + path), "dataset")[0]
    assert at_root["href"].endswith("/ogc/")
    of_layer = links(get(client, BUILDINGS + path), "geodata")[0]
    assert client.get(of_layer["href"]).json()["id"] == "buildings"


def test_robots_are_asked_to_leave_zones_alone(client: TestClient) -> None:
    assert "Disallow: */dggs/*/zones/*" in client.get("/robots.txt").text


@pytest.mark.parametrize("origin", ORIGINS)
def test_unknown_ids_are_answered_with_the_known_ones(client: TestClient, origin: str) -> None:
    assert "known: BeiDou, GeoSOT, H3" in refused(client, f"{origin}/h3", 404)["detail"]
    problem = refused(client, "/ogc/collections/nothing/dggs", 404)
    assert "buildings, plates" in problem["detail"]


@pytest.mark.parametrize(
    ("name", "zone", "status"),
    [
        ("H3", "8f40a695458a2", 400),
        ("H3", "zf40a695458a2aa", 400),
        ("H3", "0f40a695458a2aa", 404),
        ("BeiDou", "N50J4Z", 400),
        ("BeiDou", "X50J", 400),
        ("BeiDou", "N50J475492E-10", 400),
        ("BeiDou", "N61A", 404),
        ("GeoSOT", "G4", 400),
        ("GeoSOT", "0011", 400),
        ("GeoSOT", "G0013103222222", 404),
    ],
)
@pytest.mark.parametrize("rest", ["", "/data"])
def test_malformed_ids_are_not_unknown_ones(
    client: TestClient, name: str, zone: str, status: int, rest: str
) -> None:
    problem = refused(client, f"{ROOT}/{name}/zones/{zone}{rest}", status)
    assert problem.get("field") == ("zoneId" if status == 400 else None)
    assert zone in problem["detail"]


@pytest.mark.parametrize("path", ["", "/H3", "/H3/definition", "/H3/zones/8001fffffffffff"])
def test_documents_refuse_what_they_do_not_know(client: TestClient, path: str) -> None:
    assert refused(client, ROOT + path, zone_level="3")["field"] == "zone-level"


def test_answers_are_validated_by_tag(client: TestClient) -> None:
    first = client.get(f"{BUILDINGS}/H3/zones?zone-level=9")
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{BUILDINGS}/H3/zones?zone-level=9", headers=tag).status_code == 304
    assert client.get(f"{BUILDINGS}/H3/zones?zone-level=8", headers=tag).status_code == 200


def test_long_answers_are_compressed_for_who_takes_that(client: TestClient) -> None:
    path = f"{ROOT}/H3/zones"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.json() == plain.json()
    assert packed.headers["content-type"] == plain.headers["content-type"]
