"""How files travel: by which name, as what, whole or in pages, and what if nobody waits."""

import gzip
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
from starlette.testclient import TestClient

from api.ogc.offers import formats
from tests.api.ogc.formats.conftest import COUNT

ITEMS = "/ogc/collections/things/items"
FILES = tuple(name for name, each in formats().items() if not each.is_paged)


def links(body: dict[str, Any], relation: str) -> dict[str, str]:
    return {link["type"]: link["href"] for link in body["links"] if link["rel"] == relation}


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_its_type_and_a_name_in_chinese(server: TestClient, name: str) -> None:
    response = server.get(ITEMS, params={"f": name})
    kind = formats()[name]
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == kind.media_type
    told = response.headers["content-disposition"]
    assert f'filename="things{kind.suffix}"' in told
    assert unquote(told.partition("UTF-8''")[2]) == f"建筑{kind.suffix}"
    assert response.headers["content-crs"].startswith("<http://www.opengis.net/def/crs/")


@pytest.mark.parametrize("name", formats())
def test_a_format_is_chosen_by_what_the_client_accepts(server: TestClient, name: str) -> None:
    kind = formats()[name]
    response = server.get(ITEMS, headers={"Accept": f"{kind.media_type}, text/html;q=0.1"})
    assert response.headers["content-type"].split(";")[0] == kind.media_type


def test_browsers_still_get_the_page(server: TestClient) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = server.get(ITEMS, headers={"Accept": accept})
    assert response.headers["content-type"].startswith("text/html")


def test_a_page_leads_to_its_other_forms_and_to_whole_files(server: TestClient) -> None:
    query = {"limit": "5", "offset": "5", "bbox": "114,30,115,31", "sortby": "-height"}
    body = server.get(ITEMS, params=query).json()
    assert set(links(body, "alternate")) == {"text/html", "application/vnd.ogc.fg+json"}
    whole = links(body, "enclosure")
    assert set(whole) == {formats()[name].media_type for name in FILES}
    text = server.get(whole["application/geo+json-seq"]).text
    rows = [orjson.loads(line) for line in text.replace("\x1e", "").splitlines()]
    assert len(rows) == COUNT
    assert rows[0]["properties"]["height"] == pytest.approx(3.1 * 39 + 0.1)


def test_a_collection_names_all_forms_of_its_features(server: TestClient) -> None:
    body = server.get("/ogc/collections/things").json()
    kinds = [link["type"] for link in body["links"] if link["rel"] == "items"]
    assert kinds[0] == "application/geo+json"
    assert {kind.media_type for kind in formats().values()} <= set(kinds)
    [profiled] = [link for link in body["links"] if "profile" in link]
    assert profiled["type"] == "application/vnd.ogc.fg+json"


def test_with_a_limit_a_file_is_a_page_and_says_where_the_next_is(server: TestClient) -> None:
    address, seen = f"{ITEMS}?f=geojsonseq&limit=15", []
    for _ in range(3):
        response = server.get(address)
        found = [orjson.loads(text)["id"] for text in response.text.split("\x1e")[1:]]
        seen += found
        following = [part for part in response.headers["link"].split(", ") if "next" in part]
        address = following[0].partition(">")[0][1:] if following else ""
    assert seen == list(range(1, COUNT + 1))
    assert not address


def test_json_fg_is_paged_like_geojson(server: TestClient) -> None:
    body = server.get(ITEMS, params={"f": "jsonfg"}).json()
    assert body["numberReturned"] == len(body["features"]) == 10
    assert body["numberMatched"] == COUNT
    following = links(body, "next")["application/vnd.ogc.fg+json"]
    assert server.get(following).json()["features"][0]["id"] == 11


def test_json_fg_says_what_geojson_cannot(server: TestClient) -> None:
    uri = "http://www.opengis.net/def/crs/EPSG/0/4547"
    body = server.get(ITEMS, params={"f": "jsonfg", "crs": uri, "limit": 1}).json()
    assert body["conformsTo"][0] == "http://www.opengis.net/spec/json-fg-1/1.0/conf/core"
    assert body["featureType"] == "things"
    assert body["geometryDimension"] == 2
    assert body["coordRefSys"] == uri
    [feature] = body["features"]
    northing, easting = feature["place"]["coordinates"][0][0]
    assert 3_370_000 < northing < 3_380_000
    assert 520_000 < easting < 540_000
    assert feature["geometry"]["coordinates"][0][0][0] == pytest.approx(114.3, abs=0.01)
    assert feature["time"]["interval"][1] == ".."


@pytest.mark.parametrize("name", [name for name in formats() if name != "geojson"])
def test_one_feature_can_be_had_in_every_form(server: TestClient, name: str) -> None:
    response = server.get(f"{ITEMS}/4", params={"f": name})
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == formats()[name].media_type
    if name == "jsonfg":
        body = response.json()
        assert (body["type"], body["id"], body["featureType"]) == ("Feature", 4, "things")
    missing = server.get(f"{ITEMS}/4000", params={"f": name})
    assert missing.status_code == 404


def test_what_a_client_has_is_not_sent_again(server: TestClient) -> None:
    first = server.get(ITEMS, params={"f": "gpkg"})
    tag = {"If-None-Match": first.headers["etag"]}
    assert server.get(ITEMS, params={"f": "gpkg"}, headers=tag).status_code == 304
    assert server.get(ITEMS, params={"f": "fgb"}, headers=tag).status_code == 200


def test_a_head_is_all_that_is_asked_for(server: TestClient) -> None:
    response = server.head(ITEMS, params={"f": "csv"})
    assert response.status_code == 200
    assert "content-disposition" in response.headers
    assert response.content == b""


def test_texts_are_compressed_on_the_way(server: TestClient) -> None:
    with server.stream(
        "GET", ITEMS, params={"f": "csv"}, headers={"Accept-Encoding": "gzip"}
    ) as response:
        assert response.headers["content-encoding"] == "gzip"
        packed = b"".join(response.iter_raw())
    plain = server.get(ITEMS, params={"f": "csv"}, headers={"Accept-Encoding": "identity"}).content
    assert gzip.decompress(packed) == plain


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize("query", ["filter=nope%3D1", "crs=EPSG:1", "limit=0", "colour=red"])
def test_what_is_not_understood_is_refused(server: TestClient, name: str, query: str) -> None:
    response = server.get(f"{ITEMS}?f={name}&{query}")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


def test_heights_of_mixed_types_are_refused_where_they_would_be_lost(server: TestClient) -> None:
    response = server.get("/ogc/collections/mixed/items?f=shapefile")
    assert response.status_code == 400
    assert "fgb" in response.json()["detail"]
