"""Features made, changed and retired over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import shapely
from starlette.testclient import TestClient

from cim.catalog import Origin
from cim.store.base import Store
from tests.api.cities import PLATES_DRAFT, app_of, build_caches, buildings, load, open_city, plates

BUILDINGS = "/ogc/collections/buildings/items"
PLATES = "/ogc/collections/plates/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[114.2, 30.2], [114.21, 30.2], [114.21, 30.21], [114.2, 30.21], [114.2, 30.2]]
    ],
}
PATCH = {"content-type": "application/merge-patch+json"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """25 buildings and 3 door plates, with their caches made."""
    opened = open_city(tmp_path)
    load(opened, buildings())
    load(opened, plates(), PLATES_DRAFT)
    build_caches(opened, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def client(tmp_path: Path, store: Store) -> TestClient:
    """This machine as a client."""
    return local(tmp_path, store)


def local(workspace: Path, store: Store, **settings: dict[str, Any]) -> TestClient:
    return TestClient(
        app_of(workspace, store, **settings),
        base_url="http://localhost",
        client=("127.0.0.1", 50_000),
        raise_server_exceptions=False,
    )


def feature(geometry: object = None, **properties: object) -> dict[str, Any]:
    shape = SQUARE if geometry is None else geometry
    return {"type": "Feature", "geometry": shape, "properties": properties}


def post(client: TestClient, document: object, path: str = BUILDINGS, **headers: str) -> Any:
    sent = {"content-type": "application/geo+json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return client.post(path, content=orjson.dumps(document), headers=sent)


def patch(client: TestClient, path: str, document: object, **headers: str) -> Any:
    sent = PATCH | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(path, content=orjson.dumps(document), headers=sent)


def fields_at_fault(response: Any) -> list[tuple[int, str]]:
    return [(error["index"], error["field"]) for error in response.json()["errors"]]


def test_a_new_feature_is_there_at_once(client: TestClient) -> None:
    made = post(client, feature(name="新楼 <&>", height=12.5, floors=3, surveyed="2026-01-31"))
    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["location"] == f"http://localhost{BUILDINGS}/26"
    found = client.get(made.headers["location"]).json()
    assert found["geometry"] == SQUARE
    wanted = {"name": "新楼 <&>", "height": 12.5, "floors": 3, "surveyed": "2026-01-31"}
    assert found["properties"].items() >= wanted.items()
    assert found["properties"]["entity_id"].startswith("BLDG")
    assert found["properties"]["source"] is None
    assert client.get(BUILDINGS).json()["numberMatched"] == 26
    boxed = client.get(BUILDINGS, params={"bbox": "114.2,30.2,114.21,30.21"}).json()
    assert [one["id"] for one in boxed["features"]] == [26]


def test_a_changed_feature_is_seen_in_every_answer(client: TestClient) -> None:
    assert patch(client, f"{BUILDINGS}/3", {"properties": {"name": "changed"}}).status_code == 204
    assert client.get(f"{BUILDINGS}/3").json()["properties"]["name"] == "changed"
    listed = client.get(BUILDINGS).json()["features"]
    assert [one["properties"]["name"] for one in listed][1:4] == ["2 号楼", "changed", "4 号楼"]


def test_a_feature_that_was_deleted_is_gone_and_its_identity_is_not(client: TestClient) -> None:
    entity = client.get(f"{BUILDINGS}/4").json()["properties"]["entity_id"]
    assert client.delete(f"{BUILDINGS}/4").status_code == 204
    for response in (client.get(f"{BUILDINGS}/4"), client.delete(f"{BUILDINGS}/4")):
        assert response.status_code == 404
    assert client.put(f"{BUILDINGS}/4", json=feature()).status_code == 404
    assert patch(client, f"{BUILDINGS}/4", {"properties": {}}).status_code == 404
    assert client.get(BUILDINGS).json()["numberMatched"] == 24
    assert client.get(f"/api/entities/{entity}").json()["status"] == "retired"
    history = client.get(f"/api/entities/{entity}/history").json()["changes"]
    assert [(one["operation"], one["origin"]) for one in history] == [
        ("retire", "api"),
        ("insert", "load survey"),
    ]


def test_a_replacement_takes_the_place_of_all_that_was_there(client: TestClient) -> None:
    before = client.get(f"{BUILDINGS}/2").json()["properties"]
    assert client.put(f"{BUILDINGS}/2", json=feature(name="only")).status_code == 204
    after = client.get(f"{BUILDINGS}/2").json()
    assert after["geometry"] == SQUARE
    changed = {name for name, value in after["properties"].items() if before[name] != value}
    assert changed == {
        *("beidou_code", "geosot_code", "h3_code"),
        *("name", "height", "use", "floors", "surveyed"),
    }
    assert after["properties"]["height"] is None


def test_a_feature_sent_back_as_it_came_changes_nothing(client: TestClient) -> None:
    read = client.get(f"{BUILDINGS}/1")
    again = client.put(
        f"{BUILDINGS}/1", json=read.json(), headers={"if-match": read.headers["etag"]}
    )
    assert again.status_code == 204
    assert client.get(f"{BUILDINGS}/1").headers["etag"] == read.headers["etag"]


def test_null_empties_a_property_and_absence_keeps_it(client: TestClient) -> None:
    patch(client, f"{BUILDINGS}/2", {"properties": {"floors": None}})
    found = client.get(f"{BUILDINGS}/2").json()["properties"]
    assert (found["floors"], found["height"], found["name"]) == (None, 9.0, "2 号楼")
    patch(client, f"{BUILDINGS}/2", {"properties": None})
    found = client.get(f"{BUILDINGS}/2").json()["properties"]
    assert (found["height"], found["name"]) == (None, None)
    assert found["entity_id"]


def test_a_part_of_a_geometry_is_merged_with_the_rest(client: TestClient) -> None:
    moved = {"geometry": {"coordinates": SQUARE["coordinates"]}}
    assert patch(client, f"{BUILDINGS}/2", moved).status_code == 204
    assert client.get(f"{BUILDINGS}/2").json()["geometry"] == SQUARE


@pytest.mark.parametrize("prefer", ["return=representation", 'return="representation"; x=1'])
def test_the_feature_comes_back_to_who_prefers_it(client: TestClient, prefer: str) -> None:
    made = post(client, feature(name="a"), prefer=prefer)
    assert (made.status_code, made.headers["content-type"]) == (201, "application/geo+json")
    assert made.headers["preference-applied"] == "return=representation"
    assert made.json()["properties"]["name"] == "a"
    changed = patch(client, f"{BUILDINGS}/1", {"properties": {"name": "b"}}, prefer=prefer)
    assert (changed.status_code, changed.json()["properties"]["name"]) == (200, "b")
    minimal = patch(client, f"{BUILDINGS}/1", {}, prefer="return=minimal")
    assert (minimal.status_code, minimal.content) == (204, b"")
    assert minimal.headers["preference-applied"] == "return=minimal"


@pytest.mark.parametrize(
    ("code", "coordinates"),
    [
        ("4326", [30.2, 114.2]),
        ("4490", [30.2, 114.2]),
        ("3857", [12712685.849, 3529283.971]),
        ("4547", [3342301.132, 519258.463]),
    ],
)
@pytest.mark.parametrize("form", ["<{}>", "{}"])
def test_coordinates_are_read_in_the_crs_of_the_body(
    client: TestClient, code: str, coordinates: list[float], form: str
) -> None:
    uri = f"{EPSG}{code}"
    shape = {"type": "Point", "coordinates": coordinates}
    made = post(client, feature(shape), PLATES, content_crs=form.format(uri))
    assert made.status_code == 201, made.text
    found = client.get(made.headers["location"]).json()["geometry"]["coordinates"]
    assert found == pytest.approx([114.2, 30.2], abs=1e-7)
    same = client.get(made.headers["location"], params={"crs": uri}).json()
    assert same["geometry"]["coordinates"] == pytest.approx(coordinates, abs=2e-3)


def test_a_crs_in_which_the_layer_is_not_offered_is_refused(client: TestClient) -> None:
    for uri in (f"<{EPSG}2000>", "EPSG:4490", ""):
        refused = post(client, feature(), content_crs=uri)
        assert (refused.status_code, refused.json()["field"]) == (400, "Content-Crs")
    old = feature() | {"crs": {"type": "name", "properties": {"name": "EPSG:4547"}}}
    assert fields_at_fault(post(client, old)) == [(0, "crs")]
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert post(client, feature() | {"crs": named}).status_code == 201


def test_who_sends_an_old_tag_is_told_so(client: TestClient) -> None:
    path = f"{BUILDINGS}/1"
    tag = client.get(path).headers["etag"]
    assert tag.startswith('"')
    other_form = client.get(path, params={"crs": f"{EPSG}3857"}).headers["etag"]
    assert other_form != tag
    first = patch(client, path, {"properties": {"name": "a"}}, if_match=tag)
    assert first.status_code == 204
    for stale in (tag, other_form, '"0"', f"W/{first.headers['etag']}"):
        refused = patch(client, path, {"properties": {"name": "b"}}, if_match=stale)
        assert (refused.status_code, refused.json()["field"]) == (412, "If-Match")
    assert client.delete(path, headers={"if-match": tag}).status_code == 412
    several = f'"0", {first.headers["etag"]}'
    assert patch(client, path, {"properties": {"name": "c"}}, if_match=several).status_code == 204
    assert patch(client, path, {"properties": {"name": "d"}}, if_match="*").status_code == 204
    assert client.delete(path, headers={"if-none-match": "*"}).status_code == 412
    now = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": now}).status_code == 304
    assert client.delete(path, headers={"if-match": now}).status_code == 204


def test_the_settings_may_ask_for_a_condition(tmp_path: Path, store: Store) -> None:
    client = local(tmp_path, store, editing={"require_if_match": True})
    path = f"{BUILDINGS}/1"
    for response in (
        patch(client, path, {}),
        client.delete(path),
        client.put(path, json=feature()),
    ):
        assert response.status_code == 428
    assert patch(client, path, {}, if_match=client.get(path).headers["etag"]).status_code == 204
    assert post(client, feature()).status_code == 201


def test_all_faults_of_a_feature_are_listed(client: TestClient) -> None:
    far = {"type": "Point", "coordinates": [200, 30]}
    bad = feature(far, name=5, floors="3", nope=1, entity_id="BLDG", surveyed="yesterday")
    refused = post(client, bad)
    assert refused.status_code == 422
    assert sorted(field for _, field in fields_at_fault(refused)) == [
        *("entity_id", "floors", "geometry", "name", "nope", "surveyed")
    ]
    assert client.get(BUILDINGS).json()["numberMatched"] == 25


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "is missing; every feature has its place"),
        ({"type": "Point", "coordinates": [114.3, 91]}, "114.3, 91 is no longitude, latitude"),
        ({"type": "Point", "coordinates": [114.2, 30.2]}, "is a Point; the layer holds POLYGON"),
        ({"type": "Polygon", "coordinates": []}, "is empty"),
        ({"type": "Circle", "coordinates": [1, 2]}, "type 'Circle' is not legal"),
        ({"coordinates": [1, 2]}, "type 'None' is not legal"),
        ({"type": "Polygon", "coordinates": [[["a", 2]]]}, "type must be number"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [2, 2], [2, 3]]]}, "closed"),
        (
            {"type": "Polygon", "coordinates": [[[1, 2], [2, 3], [2, 2], [1, 3], [1, 2]]]},
            "is not valid: Self-intersection at 1.5 2.5",
        ),
        (
            {"type": "Polygon", "coordinates": [[[1, 2, 3], [2, 2], [2, 3], [1, 2, 3]]]},
            "position 1 mixes two and three numbers",
        ),
        ({"type": "GeometryCollection", "geometries": []}, "is empty"),
        ("Polygon", "is neither an object nor null"),
    ],
)
def test_a_geometry_that_does_not_fit_is_refused_with_the_reason(
    client: TestClient, geometry: object, reason: str
) -> None:
    document = {"type": "Feature", "geometry": geometry, "properties": {}}
    refused = post(client, document)
    assert (refused.status_code, refused.json()["field"]) == (422, "geometry")
    assert reason in refused.json()["errors"][0]["reason"]


def test_a_shape_is_mended_for_who_prefers_leniency(client: TestClient) -> None:
    bow = {"type": "Polygon", "coordinates": [[[1, 2], [2, 3], [2, 2], [1, 3], [1, 2]]]}
    strict = post(client, feature(bow), prefer="handling=strict")
    assert strict.status_code == 422
    assert strict.headers["preference-applied"] == "handling=strict"
    spike = [[1, 2], [2, 2], [2, 3], [3, 4], [2, 3], [1, 3], [1, 2]]
    made = post(
        client, feature({"type": "Polygon", "coordinates": [spike]}), prefer="handling=lenient"
    )
    assert made.status_code == 201
    assert made.headers["preference-applied"] == "handling=lenient"
    shape = shapely.from_geojson(orjson.dumps(made.json()["geometry"]))
    assert shapely.is_valid(shape)
    assert shapely.area(shape) == pytest.approx(1.0)


def test_single_and_multi_turn_into_each_other_where_nothing_is_lost(client: TestClient) -> None:
    multi = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}
    made = post(client, feature(multi))
    assert client.get(made.headers["location"]).json()["geometry"] == SQUARE
    two = {"type": "MultiPoint", "coordinates": [[114.3, 30.5], [114.4, 30.5]]}
    refused = post(client, feature(two), PLATES)
    assert "is a MultiPoint; the layer holds POINT" in refused.json()["detail"]


def test_heights_are_kept(client: TestClient) -> None:
    raised = {"type": "Point", "coordinates": [114.3, 30.5, 43.21]}
    made = post(client, feature(raised), PLATES)
    assert client.get(made.headers["location"]).json()["geometry"] == raised


def test_a_collection_is_taken_whole_or_not_at_all(client: TestClient) -> None:
    features = [feature(name=f"{n}") for n in range(30)]
    made = post(client, {"type": "FeatureCollection", "features": features})
    assert made.status_code == 201
    document = made.json()
    assert (document["created"], len(document["features"])) == (30, 30)
    first = document["features"][0]
    read = client.get(f"{BUILDINGS}/{first['id']}")
    assert read.json()["properties"]["entity_id"] == first["entity_id"]
    assert read.headers["etag"].startswith(first["etag"][:-1])
    features[7] = feature(name=7, height="x")
    features[29] = {"type": "Nope"}
    refused = post(client, {"type": "FeatureCollection", "features": features})
    assert refused.status_code == 422
    assert fields_at_fault(refused) == [(7, "name"), (7, "height"), (29, "type"), (29, "geometry")]
    assert client.get(BUILDINGS).json()["numberMatched"] == 55


def test_of_many_faults_a_hundred_are_listed_and_all_are_counted(client: TestClient) -> None:
    features = [feature(name=n) for n in range(150)]
    refused = post(client, {"type": "FeatureCollection", "features": features}).json()
    assert (len(refused["errors"]), refused["errorCount"]) == (100, 150)


def test_a_transaction_does_several_things_or_none(client: TestClient) -> None:
    path = f"{BUILDINGS.removesuffix('/items')}/transactions"
    tag = client.get(f"{BUILDINGS}/1").headers["etag"]
    operations = [
        {"op": "create", "feature": feature(name="new")},
        {"op": "update", "id": 1, "patch": {"properties": {"name": "one"}}, "if_match": tag},
        {"op": "replace", "id": 2, "feature": feature(name="two")},
        {"op": "delete", "id": 3},
    ]
    stale = client.post(path, json={"operations": [*operations, {"op": "delete", "id": 99}]})
    assert (stale.status_code, fields_at_fault(stale)) == (422, [(4, "id")])
    done = client.post(path, json={"operations": operations}).json()
    counts = {name: done[name] for name in ("created", "updated", "unchanged", "retired")}
    assert counts == {"created": 1, "updated": 2, "unchanged": 0, "retired": 1}
    assert [one["id"] for one in done["features"]] == [26, 1, 2, 3]
    again = client.post(path, json={"operations": operations[1:2]})
    assert again.status_code == 412


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ({"op": "drop"}, "operations[0].op"),
        ({"op": "delete"}, "operations[0].id"),
        ({"op": "delete", "id": "1"}, "operations[0].id"),
        ({"op": "delete", "id": 1, "feature": {}}, "operations[0].feature"),
        ({"op": "create", "id": 1, "feature": {}}, "operations[0].id"),
        ({"op": "update", "id": 1, "patch": 5}, "operations[0].patch"),
    ],
)
def test_an_operation_that_is_none_is_named(
    client: TestClient, operation: dict[str, Any], field: str
) -> None:
    path = f"{BUILDINGS.removesuffix('/items')}/transactions"
    refused = client.post(path, json={"operations": [operation]})
    assert (refused.status_code, refused.json()["field"]) == (400, field)


def test_ids_in_the_body_must_be_those_of_the_address(client: TestClient) -> None:
    for document in (feature() | {"id": 2}, feature(fid=2)):
        assert client.put(f"{BUILDINGS}/1", json=document).status_code == 422
        assert (
            post(client, feature() | {"id": 999})
            .headers["location"]
            .endswith(str(client.get(BUILDINGS).json()["numberMatched"]))
        )
    for accepted in (feature() | {"id": 1}, feature() | {"id": "1"}, feature(fid=1)):
        assert client.put(f"{BUILDINGS}/1", json=accepted).status_code == 204
    assert patch(client, f"{BUILDINGS}/1", {"id": 2}).status_code == 422


def test_a_patch_that_names_no_member_of_a_feature_is_refused(client: TestClient) -> None:
    refused = patch(client, f"{BUILDINGS}/1", {"name": "flat"})
    assert (refused.status_code, refused.json()["field"]) == (422, "name")


def test_the_verbs_are_told_to_those_who_may_use_them(tmp_path: Path, store: Store) -> None:
    here = local(tmp_path, store)
    for path in (f"{BUILDINGS}/1", f"{BUILDINGS}/unknown_id"):
        answer = here.options(path)
        assert answer.status_code == 200
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
        assert "application/merge-patch+json" in answer.headers["accept-patch"]
    listed = here.options(BUILDINGS)
    assert listed.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert "application/geo+json" in listed.headers["accept-post"]
    assert here.options("/ogc/collections/nope/items").status_code == 404
    closed = local(tmp_path, store, jobs={"writes": "none"})
    assert closed.options(BUILDINGS).headers["allow"] == "GET, HEAD, OPTIONS"
    assert closed.options(f"{BUILDINGS}/1").headers["allow"] == "GET, HEAD, OPTIONS"
    assert post(closed, feature()).status_code == 403
    away = TestClient(app_of(tmp_path, store), client=("10.0.0.5", 1))
    assert away.options(BUILDINGS).headers["allow"] == "GET, HEAD, OPTIONS"
    assert away.delete(f"{BUILDINGS}/1").status_code == 401


def test_pages_of_other_sites_may_not_edit(client: TestClient) -> None:
    foreign = {"origin": "https://elsewhere.example", "content-type": "application/geo+json"}
    refused = client.post(BUILDINGS, content=orjson.dumps(feature()), headers=foreign)
    assert refused.status_code == 403
    asked = {"origin": "https://elsewhere.example", "access-control-request-method": "PATCH"}
    preflight = client.options(BUILDINGS, headers=asked)
    assert "PATCH" in preflight.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", BUILDINGS, "GET, HEAD, OPTIONS, POST"),
        ("DELETE", BUILDINGS, "GET, HEAD, OPTIONS, POST"),
        ("POST", f"{BUILDINGS}/1", "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"),
    ],
)
def test_methods_that_do_not_belong_there_are_told_what_does(
    client: TestClient, method: str, path: str, allow: str
) -> None:
    refused = client.request(method, path, json={})
    assert (refused.status_code, refused.headers["allow"]) == (405, allow)


@pytest.mark.parametrize(
    ("body", "headers", "status", "field"),
    [
        (b"", {"content-type": "application/geo+json"}, 400, "body"),
        (b'{"type":', {"content-type": "application/geo+json"}, 400, "body"),
        (b"[1]", {"content-type": "application/geo+json"}, 400, "body"),
        (b'{"a":NaN}', {"content-type": "application/json"}, 400, "body"),
        (b'{"a":1e999}', {"content-type": "application/json"}, 400, "body"),
        (b"\xff\xfe{}", {"content-type": "application/json"}, 400, "body"),
        (b"[" * 5_000, {"content-type": "application/json"}, 400, "body"),
        (b"{}", {}, 400, "Content-Type"),
        (b"{}", {"content-type": "application/gml+xml"}, 415, None),
        (b"{}", {"content-type": "application/json; charset=gbk"}, 415, None),
        (b"{}", {"content-type": "application/json", "content-encoding": "gzip"}, 415, None),
        (b"{}", {"content-type": "application/json; charset=utf-8"}, 422, "type"),
    ],
)
def test_a_body_of_another_kind_is_refused(
    client: TestClient, body: bytes, headers: dict[str, str], status: int, field: str | None
) -> None:
    refused = client.post(BUILDINGS, content=body, headers=headers)
    assert (refused.status_code, refused.json().get("field")) == (status, field)
    assert refused.headers["content-type"] == "application/problem+json"


def test_too_much_is_refused_before_it_is_read(tmp_path: Path, store: Store) -> None:
    client = local(tmp_path, store, editing={"max_body_mb": 0.001, "max_features": 3})
    assert post(client, feature(name="x" * 2_000)).status_code == 413
    many = {"type": "FeatureCollection", "features": [{}] * 4}
    refused = post(client, many)
    assert refused.status_code == 413
    assert "4 features, at most 3" in refused.json()["detail"]


def test_parameters_of_reading_are_refused_where_they_mean_nothing(client: TestClient) -> None:
    refused = post(client, feature(), f"{BUILDINGS}?crs={EPSG}4326")
    assert (refused.status_code, refused.json()["field"]) == (400, "crs")


def test_what_a_registry_keeps_is_not_edited_here(tmp_path: Path, store: Store) -> None:
    load(store, plates(), replace(PLATES_DRAFT, name="doors", class_code="ADDR"))
    client, path = local(tmp_path, store), "/ogc/collections/doors/items"
    assert client.options(path).headers["allow"] == "GET, HEAD, OPTIONS"
    refused = post(client, feature(), path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert "the address registry keeps it" in refused.json()["detail"]


def test_text_that_looks_like_sql_stays_text(client: TestClient) -> None:
    awkward = "'); DROP TABLE buildings; --"
    made = post(client, feature(name=awkward))
    assert client.get(made.headers["location"]).json()["properties"]["name"] == awkward
    named = post(client, {**feature(), "properties": {awkward: 1}})
    assert fields_at_fault(named) == [(0, awkward)]
    assert client.get(BUILDINGS).json()["numberMatched"] == 26


def test_a_retired_layer_takes_no_edits(client: TestClient, store: Store) -> None:
    store.retire("plates", Origin("test", "superseded"))
    shape = {"type": "Point", "coordinates": [114.3, 30.5]}
    for response in (
        post(client, feature(shape), PLATES),
        patch(client, f"{PLATES}/1", {}),
        client.delete(f"{PLATES}/1"),
        client.options(PLATES),
    ):
        assert response.status_code == 410
