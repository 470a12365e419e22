"""The documents that describe the OGC API, and its pages."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

PAGES = (
    "/ogc/",
    "/ogc/conformance",
    "/ogc/openapi",
    "/ogc/collections",
    "/ogc/collections/buildings",
    "/ogc/collections/buildings/schema",
    "/ogc/collections/buildings/queryables",
    "/ogc/collections/buildings/items",
    "/ogc/collections/buildings/items/1",
    "/ogc/collections/buildings/api",
    "/api/docs",
)
RESOURCES = r"(?:src|href|action)=\"([^\"]*)\""


def get(client: TestClient, path: str, **parameters: str) -> dict[str, Any]:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.mark.parametrize("path", ["/ogc", "/ogc/"])
def test_the_landing_page_leads_to_everything(client: TestClient, path: str) -> None:
    body = get(client, path)
    assert body["title"] == "江汉示范区"
    relations = {link["rel"] for link in body["links"]}
    assert relations == {
        "self",
        "alternate",
        "service-desc",
        "service-doc",
        "conformance",
        "data",
        "related",
        "https://www.opengis.net/def/rel/ogc/1.0/dggrs-list",
    }


def test_every_link_of_every_document_leads_somewhere(client: TestClient) -> None:
    """Follow all links from the landing page; each must answer with the type it promises."""
    waiting, seen = ["http://testserver/ogc/"], set()
    while waiting:
        address = waiting.pop()
        response = client.get(address)
        assert response.status_code == 200, address
        seen.add(address)
        if not response.headers["content-type"].split(";")[0].endswith("json"):
            continue
        body = response.json()
        parts = [body, *body.get("collections", [])]
        for link in (link for part in parts for link in part.get("links", [])):
            answer = client.get(link["href"])
            assert answer.status_code == 200, link
            assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0], link
            if link["href"] not in seen and link["href"] not in waiting:
                waiting.append(link["href"])
    assert len(seen) > 20


SPEC = "http://www.opengis.net/spec"
WANTED_BY_QGIS = [
    f"{SPEC}/cql2/1.0/conf/basic-cql2",
    f"{SPEC}/cql2/1.0/conf/cql2-text",
    f"{SPEC}/ogcapi-features-3/1.0/conf/filter",
    f"{SPEC}/ogcapi-features-3/1.0/conf/features-filter",
    f"{SPEC}/cql2/1.0/conf/advanced-comparison-operators",
    f"{SPEC}/cql2/1.0/conf/case-insensitive-comparison",
    f"{SPEC}/cql2/1.0/conf/basic-spatial-functions",
    f"{SPEC}/cql2/1.0/conf/basic-spatial-operators",
    f"{SPEC}/ogcapi-features-5/1.0/conf/schemas",
]


def test_only_conformance_that_is_met_is_declared(client: TestClient) -> None:
    classes = get(client, "/ogc/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in classes
    assert not [uri for uri in classes if "array-functions" in uri]
    assert set(WANTED_BY_QGIS) <= set(classes)
    assert len(classes) == len(set(classes))


def test_a_collection_says_what_the_map_page_needs(client: TestClient) -> None:
    body = get(client, "/ogc/collections/buildings", lang="en")
    assert body["id"] == "buildings"
    assert body["title"] == "Buildings"
    assert body["itemCount"] == 25
    assert body["cim:class"] == "BLDG"
    assert body["cim:geometryType"] == "POLYGON"
    assert body["cim:nameField"] == "name"
    assert body["cim:heightField"] == "height"
    assert body["cim:authority"] == "住建局"
    assert body["storageCrs"].endswith("/EPSG/0/4490")
    assert body["crs"][0].endswith("CRS84")
    west, south, east, north = body["extent"]["spatial"]["bbox"][0]
    assert (west, south) == (114.3, 30.5)
    assert west < east
    assert south < north


def test_titles_come_in_the_language_asked_for(client: TestClient) -> None:
    def title(**headers: str) -> str:
        response = client.get("/ogc/collections/buildings", headers=headers)
        assert response.headers["content-language"] in {"zh", "en"}
        return str(response.json()["title"])

    assert title() == "建筑"
    assert title(**{"Accept-Language": "en-GB,en;q=0.9"}) == "Buildings"
    assert title(**{"Accept-Language": "fr,zh-CN;q=0.5,en;q=0.4"}) == "建筑"


def test_the_schema_names_roles_types_and_units(client: TestClient) -> None:
    response = client.get("/ogc/collections/buildings/schema?lang=en")
    assert response.headers["content-type"] == "application/schema+json"
    properties = response.json()["properties"]
    assert properties["fid"]["x-ogc-role"] == "id"
    assert properties["geom"] == {
        "x-ogc-role": "primary-geometry",
        "format": "geometry-polygon",
        "x-ogc-propertySeq": len(properties),
    }
    assert properties["height"]["type"] == "number"
    assert properties["height"]["title"] == "Height"
    assert properties["height"]["x-ogc-unit"] == "m"
    assert properties["surveyed"]["format"] == "date"
    assert properties["valid_from"]["x-ogc-role"] == "primary-interval-start"


def test_every_queryable_is_a_parameter(client: TestClient) -> None:
    body = get(client, "/ogc/collections/buildings/queryables")
    assert body["additionalProperties"] is False
    feature = get(client, "/ogc/collections/buildings/items/1")
    for name in body["properties"]:
        value = feature["properties"].get(name)
        if name == "geom" or value is None:
            continue
        found = get(client, "/ogc/collections/buildings/items", **{name: str(value)})
        assert 1 in [item["id"] for item in found["features"]], name


def test_the_openapi_document_is_whole_and_small(client: TestClient) -> None:
    response = client.get("/ogc/openapi")
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert len(response.content) < 40_000
    document = response.json()
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', response.text):
        target = document
        for step in reference.split("/"):
            target = target[step]
    limit = document["components"]["parameters"]["limit"]["schema"]
    assert (limit["default"], limit["maximum"]) == (10, 10_000)
    entries = [(path, entry) for path, one in document["paths"].items() for entry in one.values()]
    names = [entry["operationId"] for _, entry in entries]
    assert len(names) == len(set(names))
    for path, entry in entries:
        listed = {item["$ref"].rsplit("/", 1)[1] for item in entry["parameters"]}
        assert set(re.findall(r"{(\w+)}", path)) <= listed


def test_the_openapi_document_speaks_the_language_asked_for(client: TestClient) -> None:
    chinese, english = (
        re.findall(
            r'"(?:summary|description)":"([^"]+)"',
            client.get("/ogc/openapi", params={"lang": language}).text,
        )
        for language in ("zh", "en")
    )
    assert len(chinese) == len(english) > 30
    assert all(re.search("[\u4e00-\u9fff]", text) for text in chinese)
    assert not any(re.search("[\u4e00-\u9fff]", text) for text in english)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_exist_in_both_languages_and_ask_nobody_else(
    client: TestClient, path: str, language: str
) -> None:
    response = client.get(path, params={"lang": language}, headers={"Accept": "text/html"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/html")
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in response.text
    assert ("示例数据" in response.text) == (language == "zh")
    for address in re.findall(RESOURCES, response.text):
        assert address.startswith(("http://testserver/", "/", "#")), address
    assert "url(" not in response.text
    assert "@import" not in response.text


def test_a_page_shows_text_as_text(client: TestClient) -> None:
    page = client.get("/ogc/collections/buildings/items?f=html").text
    assert "&lt;b&gt;&#34;5&#34; &amp; x &lt; 6&lt;/b&gt;" in page
    assert "<b>" not in page


def test_pages_of_items_can_be_turned(client: TestClient) -> None:
    page = client.get("/ogc/collections/buildings/items?f=html&limit=10&offset=10&lang=en").text
    assert "25 features, 10 on this page" in page
    for relation in ("prev", "next"):
        found = re.search(rf'rel="{relation}" href="([^"]+)"', page)
        assert found
        turned = client.get(found[1].replace("&amp;", "&"))
        assert turned.status_code == 200
        assert turned.headers["content-type"].startswith("text/html")


def test_filters_hold_on_pages_too(client: TestClient) -> None:
    page = client.get(
        "/ogc/collections/buildings/items",
        params={
            "f": "html",
            "lang": "en",
            "bbox": "30.4999,114.2999,30.5001,114.3001",
            "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4490",
            "use": "办公",
        },
    )
    assert "1 features, 1 on this page" in page.text


def test_titles_of_fields_stand_on_pages(client: TestClient) -> None:
    assert "高度" in client.get("/ogc/collections/buildings/schema?f=html&lang=zh").text
    assert "Height" in client.get("/ogc/collections/buildings/items/1?f=html&lang=en").text
