"""The HTML pages of the DGGS resources, and their place in the OpenAPI document."""

import re

import pytest
from starlette.testclient import TestClient

from tests.api.ogc.dggs.asking import BUILDINGS, ORIGINS, ROOT, get

RESOURCES = r"(?:src|href|action)=\"([^\"]*)\""
OPERATIONS = (
    "getDGGRSList",
    "getDGGRS",
    "getDGGRSZones",
    "getDGGRSZoneInfo",
    "getDGGRSZoneData",
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    "path", ["", "/BeiDou", "/H3/zones?zone-level=3", "/BeiDou/zones/N50H", "/BeiDou/zones/N01A"]
)
def test_pages_exist_in_both_languages_and_ask_nobody_else(
    client: TestClient, origin: str, path: str, language: str
) -> None:
    response = client.get(
        f"{origin}{path}", headers={"Accept": "text/html", "Accept-Language": language}
    )
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/html")
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in response.text
    title = {"zh": "离散全球格网", "en": "Discrete global grids"}[language]
    assert title in response.text
    for address in re.findall(RESOURCES, response.text):
        assert address.startswith(("http://testserver/", "/", "#")), address
    assert "url(" not in response.text
    switch = re.search(r'href="([^"]+)" hreflang', response.text)
    assert switch is not None
    assert client.get(switch[1].replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_page_of_zones_lists_them_all(client: TestClient, origin: str) -> None:
    asked = {"bbox": "114.29,30.49,114.32,30.52", "zone_level": "9", "compact_zones": "false"}
    zones = get(client, f"{origin}/H3/zones", **asked)["zones"]
    named = {name.replace("_", "-"): value for name, value in asked.items()} | {"f": "html"}
    page = client.get(f"{origin}/H3/zones", params=named).text
    assert re.findall(r"<code>(8[0-9a-f]{14})</code>", page) == zones
    for zone in zones:
        assert f"{origin}/H3/zones/{zone}/data" in page


def test_pages_of_zones_can_be_turned(client: TestClient) -> None:
    page = client.get(f"{BUILDINGS}/H3/zones?f=html&zone-level=11&limit=10&offset=10&lang=en").text
    assert "25 zones, 10 on this page" in page
    for relation in ("prev", "next"):
        found = re.search(rf'rel="{relation}" href="([^"]+)"', page)
        assert found
        turned = client.get(found[1].replace("&amp;", "&"))
        assert turned.headers["content-type"].startswith("text/html")


def test_every_link_of_a_page_leads_somewhere(client: TestClient) -> None:
    for path in (f"{BUILDINGS}/H3", f"{BUILDINGS}/BeiDou/zones/N50H", f"{ROOT}/GeoSOT/zones/G"):
        page = client.get(f"{path}?f=html").text
        found = set(re.findall(RESOURCES, page)) - {"#content", "http://testserver/"}
        for address in sorted(found)[:40]:
            assert client.get(address.replace("&amp;", "&")).status_code == 200, address


def test_operations_have_the_ids_of_the_standard(client: TestClient) -> None:
    paths = get(client, "/ogc/openapi")["paths"]
    ids = {path: entry["get"]["operationId"] for path, entry in paths.items() if "get" in entry}
    for above, origin in (("", "dataset"), ("/collections/{collectionId}", "collection")):
        found = [ids[path] for path in ids if path.startswith(f"{above}/dggs")]
        assert [name.split(".", 1)[1] for name in found] == [
            f"{origin}.{operation}" for operation in OPERATIONS
        ]


def test_every_documented_parameter_is_understood(client: TestClient) -> None:
    """What the document names is legal, and what is legal is named."""
    document = get(client, "/ogc/openapi")
    parameters = document["components"]["parameters"]
    for path, address in (
        ("/dggs/{dggrsId}/zones", f"{ROOT}/H3/zones"),
        ("/collections/{collectionId}/dggs/{dggrsId}/zones", f"{BUILDINGS}/H3/zones"),
        (
            "/collections/{collectionId}/dggs/{dggrsId}/zones/{zoneId}/data",
            f"{BUILDINGS}/H3/zones/8001fffffffffff/data",
        ),
        ("/dggs/{dggrsId}/zones/{zoneId}/data", f"{ROOT}/H3/zones/8001fffffffffff/data"),
    ):
        listed = [
            parameters[item["$ref"].rsplit("/", 1)[1]]
            for item in document["paths"][path]["get"]["parameters"]
        ]
        named = {entry["name"] for entry in listed if entry["in"] == "query"}
        problem = client.get(address, params={"nothing": "1"}).json()
        assert set(problem["detail"].split("known: ")[1].split(", ")) == named, path
