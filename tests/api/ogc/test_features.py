"""Features over HTTP: OGC API - Features, Parts 1 and 2."""

from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.api.cities import BUILDINGS

ITEMS = "/ogc/collections/buildings/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
FIRST = "114.2999,30.4999,114.3001,30.5001"
"""Meets only the first building."""


def get(client: TestClient, **parameters: Any) -> dict[str, Any]:
    response = client.get(ITEMS, params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/geo+json"
    body: dict[str, Any] = response.json()
    assert body["numberReturned"] == len(body["features"])
    return body


def ids(body: dict[str, Any]) -> list[int]:
    return [feature["id"] for feature in body["features"]]


def links(body: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in body["links"]}


def refusal(client: TestClient, path: str, status: int = 400) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    return body


def test_a_page_holds_ten_features_unless_asked_otherwise(client: TestClient) -> None:
    body = get(client)
    assert body["type"] == "FeatureCollection"
    assert ids(body) == list(range(1, 11))
    assert body["numberMatched"] == BUILDINGS
    assert set(links(body)) == {"self", "alternate", "enclosure", "collection", "next"}


def test_text_arrives_as_it_was_loaded(client: TestClient) -> None:
    response = client.get(ITEMS, params={"limit": 1})
    assert "住宅" in response.text or "办公" in response.text
    properties = response.json()["features"][0]["properties"]
    assert properties["note"] == '<b>"5" & x < 6</b>'
    assert properties["surveyed"] == "2024-01-01"
    assert properties["valid_to"] is None


def test_geometry_is_the_loaded_one_with_rings_counter_clockwise(client: TestClient) -> None:
    shape = shapely.geometry.shape(get(client, limit=1)["features"][0]["geometry"])
    assert shape.equals_exact(
        shapely.normalize(shapely.box(114.3, 30.5, 114.3005, 30.5005)), 1
    ) or (shape.equals(shapely.box(114.3, 30.5, 114.3005, 30.5005)))
    assert shape.exterior.is_ccw


def test_next_links_lead_through_all_features_once(client: TestClient) -> None:
    seen, body = [], get(client, limit=7)
    while True:
        seen += ids(body)
        following = links(body).get("next")
        if following is None:
            break
        body = client.get(following).json()
    assert seen == list(range(1, BUILDINGS + 1))


def test_pages_by_offset_have_a_previous_page(client: TestClient) -> None:
    body = get(client, limit=5, offset=12)
    assert ids(body) == [13, 14, 15, 16, 17]
    assert ids(client.get(links(body)["prev"]).json()) == [8, 9, 10, 11, 12]


def test_an_offset_beyond_the_end_is_an_empty_page(client: TestClient) -> None:
    body = get(client, offset=1000)
    assert ids(body) == []
    assert body["numberMatched"] == BUILDINGS
    assert "next" not in links(body)


def test_a_limit_above_the_largest_is_lowered(client: TestClient) -> None:
    assert len(ids(get(client, limit=999_999))) == BUILDINGS


@pytest.mark.parametrize(
    "parameters",
    [
        {"bbox": FIRST},
        {"bbox": "30.4999,114.2999,30.5001,114.3001", "bbox-crs": f"{EPSG}4326"},
        {"bbox": "30.4999,114.2999,30.5001,114.3001", "bbox-crs": f"{EPSG}4490"},
        {"bbox": "114.2999,30.4999,-9,114.3001,30.5001,9"},
    ],
)
def test_a_box_selects_what_meets_it(client: TestClient, parameters: dict[str, str]) -> None:
    body = get(client, **parameters)
    assert ids(body) == [1]
    assert body["numberMatched"] == 1


def test_a_box_in_metres_selects_what_meets_it(client: TestClient) -> None:
    first = get(client, limit=1, crs=f"{EPSG}4547")["features"][0]["geometry"]
    north, east, top, right = shapely.geometry.shape(first).bounds
    assert north > east
    box = f"{north + 5},{east + 5},{top - 5},{right - 5}"
    assert ids(get(client, bbox=box, **{"bbox-crs": f"{EPSG}4547"})) == [1]


def test_a_box_over_the_antimeridian_holds_both_its_sides(client: TestClient) -> None:
    body = get(client, bbox="114.3005,-90,-170,90", limit=100)
    assert body["numberMatched"] == len(ids(body))
    assert 1 in ids(body)
    assert ids(get(client, bbox="170,-90,114.29,90")) == []


@pytest.mark.parametrize(
    "crs", [CRS84, f"{EPSG}4326", f"{EPSG}4490", f"{EPSG}3857", f"{EPSG}4547"]
)
def test_the_answer_names_its_crs(client: TestClient, crs: str) -> None:
    response = client.get(ITEMS, params={"limit": 1, "crs": crs})
    assert response.headers["content-crs"] == f"<{crs}>"
    first = response.json()["features"][0]["geometry"]["coordinates"][0][0]
    assert (first[0] > first[1]) == (crs in {CRS84, f"{EPSG}3857", f"{EPSG}4547"})


def test_no_crs_means_crs84(client: TestClient) -> None:
    assert client.get(ITEMS).headers["content-crs"] == f"<{CRS84}>"


def test_fields_are_filters(client: TestClient) -> None:
    body = get(client, use="住宅", limit=100)
    assert ids(body) == list(range(2, BUILDINGS + 1, 2))
    assert body["numberMatched"] == len(ids(body))
    assert ids(get(client, floors="7")) == [7]
    assert ids(get(client, use="住宅", floors="7")) == []


def test_a_filtered_page_has_a_next_page_of_the_same_filter(client: TestClient) -> None:
    body = get(client, use="住宅", limit=5)
    following = client.get(links(body)["next"]).json()
    assert ids(following) == [12, 14, 16, 18, 20]
    assert following["numberMatched"] == body["numberMatched"] == 12


def test_only_the_wanted_fields_are_sent(client: TestClient) -> None:
    feature = get(client, limit=1, properties="use,floors", skipGeometry="true")["features"][0]
    assert feature == {
        "type": "Feature",
        "id": 1,
        "geometry": None,
        "properties": {"use": "办公", "floors": 1},
    }


def test_valid_at_an_instant_before_the_load_is_nothing(client: TestClient) -> None:
    assert ids(get(client, datetime="2001-01-01")) == []
    assert len(ids(get(client, datetime="2001-01-01/..", limit=100))) == BUILDINGS


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("foo=1", "foo"),
        ("filter=floors%3E%27x%27", "filter"),
        ("filter=", "filter"),
        ("filter-lang=cql2-text", "filter-lang"),
        ("filter=floors%3E3&filter-lang=sql", "filter-lang"),
        (f"filter-crs={CRS84}", "filter-crs"),
        ("filter=floors%3E3&filter-crs=EPSG:4326", "filter-crs"),
        ("sortby=nope", "sortby"),
        ("sortby=", "sortby"),
        ("sortby=floors,-floors", "sortby"),
        ("sortby=geom", "sortby"),
        ("precision=-1", "precision"),
        ("precision=13", "precision"),
        ("max-allowable-offset=-1", "max-allowable-offset"),
        ("max-allowable-offset=nan", "max-allowable-offset"),
        ("coordsys=gps", "coordsys"),
        (f"coordsys=gcj02&crs={CRS84}", "coordsys"),
        ("exclude-properties=nope", "exclude-properties"),
        ("exclude-properties=use&properties=use", "exclude-properties"),
        ("cursor=WzEsMSwxXQ", "cursor"),
        ("cursor=W10", "cursor"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1e3", "limit"),
        ("limit=%EF%BC%91", "limit"),
        ("limit=" + "9" * 400, "limit"),
        ("limit=5&limit=6", "limit"),
        ("offset=-1", "offset"),
        ("cursor=x", "cursor"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=1,2,3,x", "bbox"),
        ("bbox=nan,2,3,4", "bbox"),
        ("bbox=1,inf,3,4", "bbox"),
        ("bbox=1,3,2,2", "bbox"),
        ("bbox=1,2,9,3,4,8", "bbox"),
        ("bbox=", "bbox"),
        (f"bbox={FIRST}&bbox-crs=EPSG:4326", "bbox-crs"),
        (f"bbox-crs={CRS84}", "bbox-crs"),
        (f"crs={EPSG}28992", "crs"),
        ("crs=", "crs"),
        ("datetime=yesterday", "datetime"),
        ("properties=use,nope", "properties"),
        ("skipGeometry=yes", "skipGeometry"),
        ("floors=many", "floors"),
        ("floors=" + "9" * 30, "floors"),
        ("floors=1_0", "floors"),
        ("height=nan", "height"),
        ("f=xml", "f"),
        ("lang=fr", "lang"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    client: TestClient, query: str, field: str
) -> None:
    body = refusal(client, f"{ITEMS}?{query}")
    assert body["field"] == field
    assert body["detail"].startswith(f"{field}: ")
    assert body["instance"] == ITEMS


def test_one_feature(client: TestClient) -> None:
    response = client.get(f"{ITEMS}/3")
    body = response.json()
    assert response.headers["content-type"] == "application/geo+json"
    assert (body["type"], body["id"], body["properties"]["source_id"]) == ("Feature", 3, "b3")
    assert links(body)["self"].endswith(f"{ITEMS}/3")
    assert links(body)["collection"].endswith("/ogc/collections/buildings")


def test_one_feature_in_another_crs(client: TestClient) -> None:
    response = client.get(f"{ITEMS}/3", params={"crs": f"{EPSG}4490", "properties": "floors"})
    assert response.headers["content-crs"] == f"<{EPSG}4490>"
    body = response.json()
    assert body["properties"] == {"floors": 3}
    assert body["geometry"]["coordinates"][0][0][0] < 90


@pytest.mark.parametrize("fid", ["0", "26", "9" * 30, "x", "-1", "1.5", "b3", "１"])
def test_a_feature_that_is_not_there_is_404(client: TestClient, fid: str) -> None:
    assert f"{fid}" in refusal(client, f"{ITEMS}/{fid}", 404)["detail"]


@pytest.mark.parametrize("path", ["", "/items", "/items/1", "/schema", "/queryables"])
@pytest.mark.parametrize("form", ["json", "html"])
def test_a_layer_that_is_not_there_is_404(client: TestClient, path: str, form: str) -> None:
    body = refusal(client, f"/ogc/collections/nope{path}?f={form}", 404)
    assert body["detail"] == "layer 'nope' does not exist; known: buildings, plates"


def test_heights_of_points_are_sent(client: TestClient) -> None:
    body = client.get("/ogc/collections/plates/items").json()
    shapes = [feature["geometry"]["coordinates"] for feature in body["features"]]
    assert shapes[2] == [114.33, 30.53, 12.346]
    assert all(len(shape) >= 2 for shape in shapes)


def test_an_unchanged_page_is_not_sent_again(client: TestClient) -> None:
    first = client.get(ITEMS, params={"limit": 3})
    again = client.get(
        ITEMS, params={"limit": 3}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get(
        ITEMS, params={"limit": 4}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200


def test_an_unchanged_feature_is_not_sent_again(client: TestClient) -> None:
    tag = client.get(f"{ITEMS}/3").headers["etag"]
    assert client.get(f"{ITEMS}/3", headers={"If-None-Match": f'"x", {tag}'}).status_code == 304


def test_pages_are_compressed_for_who_takes_it(client: TestClient) -> None:
    plain = client.get(ITEMS, headers={"Accept-Encoding": "identity"})
    packed = client.get(ITEMS, headers={"Accept-Encoding": "gzip"})
    refused = client.get(ITEMS, headers={"Accept-Encoding": "br, gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["features"] == plain.json()["features"]
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


def test_a_host_that_is_none_is_refused(client: TestClient) -> None:
    response = client.get(ITEMS, headers={"Host": 'x"><script>'})
    assert response.status_code == 400
    assert response.json()["field"] == "Host"


def test_writing_is_not_offered_to_everybody(client: TestClient) -> None:
    assert client.options(ITEMS).headers["allow"] == "GET, HEAD, OPTIONS"
    response = client.post(ITEMS, json={})
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


PARAMETERS = (
    "limit", "offset", "cursor", "bbox", "bbox-crs", "crs", "datetime", "properties",
    "filter", "filter-lang", "filter-crs", "sortby", "coordsys", "precision",
    "max-allowable-offset", "exclude-properties", "skipGeometry",
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    parameters=st.dictionaries(
        st.sampled_from((*PARAMETERS, "floors", "use", "surveyed", "note", "f", "lang")),
        st.one_of(
            st.text(max_size=20),
            st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,9})?", fullmatch=True),
            st.from_regex(r"(-?[0-9]{1,4},){3}-?[0-9]{1,4}", fullmatch=True),
            st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9](/\.\.)?", fullmatch=True),
        ),
        max_size=4,
    )
)
def test_no_parameters_make_the_server_fail(
    client: TestClient, parameters: dict[str, str]
) -> None:
    response = client.get(ITEMS, params=parameters)
    assert response.status_code in {200, 400}, (parameters, response.text)
    if response.status_code == 400:
        assert response.json()["field"] in parameters
