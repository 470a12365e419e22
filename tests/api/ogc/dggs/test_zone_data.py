"""Zone data: retrieval, subsetting, custom depths, DGGS-JSON and GeoJSON, clauses 8-11 and 16."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from starlette.testclient import TestClient

from api.ogc.dggs.systems import find, sub_zones
from cim.aggregation import AggregateRequest, aggregate
from cim.store.base import Store
from tests.api.cities import app_of, buildings, load, open_city
from tests.api.ogc.dggs.asking import (
    BUILDINGS,
    COARSE,
    IDS,
    LEVELS,
    REL,
    ROOT,
    codes_of,
    get,
    links,
    places,
    refused,
    zone_of,
)
from tests.making import make_batch

DGGS_JSON = {
    "type": "object",
    "required": ["dggrs", "zoneId", "depths", "values"],
    "properties": {
        "dggrs": {"type": "string", "format": "uri"},
        "zoneId": {"type": "string"},
        "depths": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "schema": {"type": "object"},
        "values": {
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["data"],
                    "properties": {
                        "depth": {"type": "integer"},
                        "shape": {
                            "type": "object",
                            "required": ["count", "subZones"],
                            "additionalProperties": {"type": "integer"},
                        },
                        "data": {"type": "array", "items": {"type": ["number", "null"]}},
                    },
                },
            },
        },
    },
}
"""What the DGGS-JSON schema of the standard asks for."""


def data(client: TestClient, name: str, zone: str, **parameters: str) -> dict[str, Any]:
    return get(client, f"{BUILDINGS}/{name}/zones/{zone}/data", **parameters)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_values_are_those_of_the_aggregation_by_cell(
    client: TestClient, city_store: Store, name: str, depth: int
) -> None:
    system, zone = find(name), zone_of(city_store, name, COARSE[name])
    code = codes_of(system, [zone])[0]
    order = sub_zones(system, code, COARSE[name] + depth, limit=10**6)
    body = data(client, name, zone, zone_depth=str(depth))
    jsonschema.validate(body, DGGS_JSON)
    table = aggregate(
        city_store, system.grid, AggregateRequest("buildings", COARSE[name] + depth, "floors")
    )
    counts = dict(zip(table.codes.tolist(), table.count.tolist(), strict=True))
    means = dict(zip(table.codes.tolist(), table.mean.tolist(), strict=True))
    for member, wanted in (
        ("count", [counts.get(cell, 0) for cell in order.tolist()]),
        ("floors", [means.get(cell) for cell in order.tolist()]),
    ):
        (found,) = body["values"][member]
        assert found["depth"] == depth
        assert found["shape"] == {"count": len(order), "subZones": len(order)}
        assert found["data"] == (pytest.approx(wanted) if member == "floors" else wanted)
    assert sum(body["values"]["count"][0]["data"]) > 0


@pytest.mark.parametrize("name", IDS)
def test_sub_zones_are_in_the_order_of_the_zone_list(
    client: TestClient, city_store: Store, name: str
) -> None:
    zone, level = zone_of(city_store, name, COARSE[name]), str(COARSE[name] + 1)
    asked = {"parent_zone": zone, "zone_level": level, "compact_zones": "false"}
    listed = get(client, f"{ROOT}/{name}/zones", **asked)["zones"]
    held = get(client, f"{BUILDINGS}/{name}/zones", **asked)["zones"]
    counts = data(client, name, zone, zone_depth="1")["values"]["count"][0]["data"]
    assert [text for text, number in zip(listed, counts, strict=True) if number] == held


@pytest.mark.parametrize("name", ["BeiDou", "GeoSOT"])
def test_nested_sub_zones_share_out_the_features(
    client: TestClient, city_store: Store, name: str
) -> None:
    zone = zone_of(city_store, name, COARSE[name])
    body = data(client, name, zone, zone_depth="0-2", properties="count")
    sums = [sum(depth["data"]) for depth in body["values"]["count"]]
    assert sums[0] == sums[1] == sums[2] > 0


def test_h3_values_are_of_each_hexagon_itself(client: TestClient, city_store: Store) -> None:
    zone, system = zone_of(city_store, "H3", 8), find("H3")
    body = data(client, "H3", zone, zone_depth="0,1", properties="count")
    whole, parts = (depth["data"] for depth in body["values"]["count"])
    own, code = system.grid.encode(places(city_store), 8), codes_of(system, [zone])
    assert whole == [int((own == code).sum())]
    below = system.grid.encode(places(city_store), 9)
    assert sum(parts) == int((system.grid.parents(below) == code).sum())


@pytest.mark.parametrize(
    ("text", "depths"),
    [("0", [0]), ("2", [2]), ("0-2", [0, 1, 2]), ("2,0", [0, 2]), ("1-1", [1]), ("1,1", [1])],
)
def test_depths_are_given_as_asked(
    client: TestClient, city_store: Store, text: str, depths: list[int]
) -> None:
    zone = zone_of(city_store, "H3", 8)
    body = data(client, "H3", zone, zone_depth=text)
    assert body["depths"] == depths
    for values in body["values"].values():
        assert [entry["depth"] for entry in values] == depths
        assert [len(entry["data"]) for entry in values] == [7**depth for depth in depths]


@pytest.mark.parametrize("name", IDS)
def test_the_default_depth_is_the_one_that_is_declared(
    client: TestClient, city_store: Store, name: str
) -> None:
    declared = get(client, f"{BUILDINGS}/{name}")["defaultDepth"]
    assert data(client, name, zone_of(city_store, name, COARSE[name]))["depths"] == [declared]
    finest = zone_of(city_store, name, find(name).levels[-1])
    assert data(client, name, finest)["depths"] == [0]


@pytest.mark.parametrize("zone", ["N000", "N00000"])
def test_a_polar_cap_has_the_depth_that_there_is(client: TestClient, zone: str) -> None:
    assert client.get(f"{BUILDINGS}/BeiDou/zones/{zone}/data").status_code == 204
    problem = refused(client, f"{BUILDINGS}/BeiDou/zones/{zone}/data", zone_depth="2")
    assert problem["field"] == "zone-depth"


@pytest.mark.parametrize("text", ["", "-1", "a", "1-", "2-1", "0,1,", "7", "1,99", "0-7", "1.5"])
def test_depths_that_do_not_exist_are_refused(
    client: TestClient, city_store: Store, text: str
) -> None:
    path = f"{BUILDINGS}/H3/zones/{zone_of(city_store, 'H3', 8)}/data"
    problem = refused(client, path, zone_depth=text)
    assert problem["field"] == "zone-depth"


def test_depths_below_the_finest_level_are_refused(client: TestClient, city_store: Store) -> None:
    path = f"{BUILDINGS}/H3/zones/{zone_of(city_store, 'H3', 14)}/data"
    assert "legal: 0 to 1" in refused(client, path, zone_depth="2")["detail"]


def test_too_many_sub_zones_are_refused_with_the_estimate(
    client: TestClient, city_store: Store
) -> None:
    zone = zone_of(city_store, "BeiDou", 3)
    most = get(client, f"{BUILDINGS}/BeiDou")["maxRelativeDepth"]
    path = f"{BUILDINGS}/BeiDou/zones/{zone}/data"
    assert client.get(path, params={"zone-depth": str(most)}).status_code == 200
    assert refused(client, path, zone_depth=str(most + 1))["field"] == "zone-depth"


def test_numbers_come_without_being_asked_for_and_texts_do_not(
    client: TestClient, city_store: Store
) -> None:
    zone = zone_of(city_store, "H3", 8)
    body = data(client, "H3", zone)
    assert list(body["values"]) == ["count", "height", "floors"]
    assert list(body["schema"]["properties"]) == list(body["values"])
    assert body["schema"]["properties"]["height"]["x-ogc-unit"] == "m"


def test_properties_are_those_asked_for_in_that_order(
    client: TestClient, city_store: Store
) -> None:
    zone = zone_of(city_store, "H3", 8)
    body = data(client, "H3", zone, properties="floors,name,count")
    assert list(body["values"]) == ["floors", "name", "count"]
    sequence = [entry["x-ogc-property-seq"] for entry in body["schema"]["properties"].values()]
    assert sequence == [1, 2, 3]
    left = data(client, "H3", zone, exclude_properties="height")
    assert list(left["values"]) == ["count", "floors"]


@pytest.mark.parametrize("field", ["properties", "exclude_properties"])
def test_unknown_properties_are_refused(client: TestClient, city_store: Store, field: str) -> None:
    path = f"{BUILDINGS}/H3/zones/{zone_of(city_store, 'H3', 8)}/data"
    problem = refused(client, path, **{field: "floors,colour"})
    assert problem["field"] == field.replace("_", "-")
    assert "count, entity_id" in problem["detail"]


def test_only_one_of_properties_and_exclude_properties_is_legal(
    client: TestClient, city_store: Store
) -> None:
    path = f"{BUILDINGS}/H3/zones/{zone_of(city_store, 'H3', 8)}/data"
    refused(client, path, properties="floors", exclude_properties="height")
    refused(client, path, exclude_properties="count,height,floors")


def test_a_text_stands_where_a_sub_zone_has_one_feature(
    client: TestClient, city_store: Store
) -> None:
    zone = zone_of(city_store, "BeiDou", 4)
    body = data(client, "BeiDou", zone, zone_depth="1", properties="count,name,surveyed,note")
    counts = body["values"]["count"][0]["data"]
    names = body["values"]["name"][0]["data"]
    assert {1, 2} <= set(counts)
    for number, name in zip(counts, names, strict=True):
        assert (name is not None) == (number == 1)
    rows = [row for b in city_store.read("buildings") for row in b.attributes.to_pylist()]
    dates = {row["name"]: row["surveyed"] for row in rows}
    for name, surveyed in zip(names, body["values"]["surveyed"][0]["data"], strict=True):
        assert surveyed == (None if name is None else str(dates[name]))


def test_a_filter_leaves_out_the_other_features(client: TestClient, city_store: Store) -> None:
    zone = zone_of(city_store, "BeiDou", 1)
    body = data(client, "BeiDou", zone, zone_depth="0", filter="floors > 20")
    assert body["values"]["count"][0]["data"] == [5]
    assert body["values"]["floors"][0]["data"] == [23.0]


def test_time_selects_the_features_of_that_time(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    load(store, buildings(25))
    load(store, buildings(10))
    client = TestClient(app_of(tmp_path, store))
    zone = zone_of(store, "BeiDou", 1)
    now = data(client, "BeiDou", zone, zone_depth="0")
    assert now["values"]["count"][0]["data"] == [10]
    for when in (
        {"datetime": "../.."},
        {"subset": 'time("2000-01-01T00:00:00Z":*)'},
    ):
        always = data(client, "BeiDou", zone, zone_depth="0", **when)
        assert always["values"]["count"][0]["data"] == [25]
    for origin in (BUILDINGS, ROOT):
        path = f"{origin}/BeiDou/zones/{zone}/data"
        assert client.get(path, params={"datetime": "2001-01-01"}).status_code == 204
    always = get(client, f"{ROOT}/BeiDou/zones/{zone}/data", zone_depth="0", datetime="../..")
    assert always["values"]["buildings.count"][0]["data"] == [25]
    store.close()


@pytest.mark.parametrize("subset", ["Lat(30:31)", "Lon(114:115)", "h(0:1)", "E(1)"])
def test_axes_of_the_grid_are_no_subset_of_zone_data(
    client: TestClient, city_store: Store, subset: str
) -> None:
    path = f"{BUILDINGS}/H3/zones/{zone_of(city_store, 'H3', 8)}/data"
    assert refused(client, path, subset=subset)["field"] == "subset"


@pytest.mark.parametrize("form", ["json", "geojson"])
def test_a_zone_without_data_is_no_content(client: TestClient, form: str) -> None:
    response = client.get(f"{BUILDINGS}/BeiDou/zones/N01A/data", params={"f": form})
    assert response.status_code == 204
    assert response.content == b""


def test_features_of_a_zone_are_given_as_they_are(client: TestClient, city_store: Store) -> None:
    system, zone = find("H3"), zone_of(city_store, "H3", 8)
    response = client.get(f"{BUILDINGS}/H3/zones/{zone}/data", params={"f": "geojson"})
    assert response.headers["content-type"] == "application/geo+json"
    body, code = response.json(), codes_of(system, [zone])
    own = system.grid.encode(places(city_store), 8) == code
    assert [feature["id"] for feature in body["features"]] == (np.flatnonzero(own) + 1).tolist()
    cell = system.grid.polygons(code)[0]
    for feature in body["features"]:
        assert shapely.geometry.shape(feature["geometry"]).intersects(cell)
        plain = get(client, f"/ogc/collections/buildings/items/{feature['id']}")
        assert feature["properties"] == plain["properties"]
    chosen = data(client, "H3", zone, f="geojson", properties="name", filter="floors > 9")
    assert chosen["features"]
    assert {tuple(f["properties"]) for f in chosen["features"]} == {("name",)}


@pytest.mark.parametrize(
    ("geometry", "kind"), [("zone-region", "Polygon"), ("zone-centroid", "Point")]
)
@pytest.mark.parametrize("name", IDS)
def test_zones_with_data_are_features(
    client: TestClient, city_store: Store, tmp_path: Path, name: str, geometry: str, kind: str
) -> None:
    system, zone = find(name), zone_of(city_store, name, COARSE[name])
    asked = {"f": "geojson", "geometry": geometry, "zone-depth": "0-1"}
    response = client.get(f"{BUILDINGS}/{name}/zones/{zone}/data", params=asked)
    features = response.json()["features"]
    assert {feature["geometry"]["type"] for feature in features} == {kind}
    assert all(feature["properties"]["count"] > 0 for feature in features)
    deeper = [f for f in features if f["properties"]["depth"] == 1]
    texts = [feature["properties"]["zoneID"] for feature in deeper]
    held = system.grid.encode(places(city_store), COARSE[name] + 1)
    assert texts == system.text(np.unique(held[np.isin(held, codes_of(system, texts))]))
    single = [f for f in deeper if f["properties"]["count"] == 1]
    assert all(f["properties"]["name"] for f in single)
    file = tmp_path / "data.geojson"
    file.write_bytes(response.content)
    assert len(pyogrio.read_dataframe(file)) == len(features)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"geometry": "zone-region"}, "geometry"),
        ({"f": "geojson", "geometry": "hexagons"}, "geometry"),
        ({"f": "geojson", "zone_depth": "1"}, "zone-depth"),
        ({"f": "html"}, "f"),
        ({"bbox": "1,2,3,4"}, "bbox"),
        ({"zone_level": "3"}, "zone-level"),
        ({"datetime": "yesterday"}, "datetime"),
        ({"filter": "floors >"}, "filter"),
        ({"filter_lang": "cql2-json", "filter": "floors > 1"}, "filter"),
        ({"filter_lang": "sql", "filter": "floors > 1"}, "filter-lang"),
    ],
)
def test_what_has_no_meaning_for_zone_data_is_refused(
    client: TestClient, city_store: Store, parameters: dict[str, str], field: str
) -> None:
    path = f"{BUILDINGS}/H3/zones/{zone_of(city_store, 'H3', 8)}/data"
    assert refused(client, path, **parameters)["field"] == field


def test_the_root_has_the_data_of_all_layers(client: TestClient, city_store: Store) -> None:
    zone = zone_of(city_store, "BeiDou", 1)
    path = f"{ROOT}/BeiDou/zones/{zone}/data"
    body = get(client, path, zone_depth="0")
    jsonschema.validate(body, DGGS_JSON)
    counts = {name: values[0]["data"] for name, values in body["values"].items()}
    assert counts == {"buildings.count": [25], "plates.count": [3]}
    chosen = get(client, path, zone_depth="0", properties="buildings.floors,plates.name")
    assert chosen["values"]["buildings.floors"][0]["data"] == [13.0]
    assert chosen["values"]["plates.name"][0]["data"] == [None]
    zones = get(client, path, f="geojson", zone_depth="2")["features"]
    assert sum(feature["properties"]["plates.count"] for feature in zones) == 3
    assert refused(client, path, f="geojson", geometry="vectorized")["field"] == "geometry"
    assert refused(client, path, filter="floors > 1")["field"] == "filter"
    assert client.get(f"{ROOT}/BeiDou/zones/N01A/data").status_code == 204


def test_a_zone_with_data_links_to_it(client: TestClient, city_store: Store) -> None:
    zone = zone_of(city_store, "H3", LEVELS["H3"])
    for origin in (ROOT, BUILDINGS):
        for link in links(get(client, f"{origin}/H3/zones/{zone}"), "dggrs-zone-data"):
            response = client.get(link["href"])
            assert response.status_code == 200
            assert response.headers["content-type"] == link["type"]
            relations = {entry["rel"] for entry in response.json()["links"]}
            assert {"self", f"{REL}/dggrs", f"{REL}/dggrs-zone-info"} <= relations


def test_a_field_called_count_keeps_its_name(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    batch = buildings(4)
    table = batch.attributes.append_column("count", pa.array([7, 7, 9, 9]))
    load(store, replace(batch, attributes=table))
    client = TestClient(app_of(tmp_path, store))
    body = data(client, "BeiDou", zone_of(store, "BeiDou", 1), zone_depth="0")
    assert body["values"]["_count"][0]["data"] == [4]
    assert body["values"]["count"][0]["data"] == [8.0]
    store.close()


def test_too_many_features_are_refused_with_their_number(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    lon = np.linspace(114.3, 114.4, 50_001)
    load(store, make_batch(geometry=shapely.points(lon, np.full(len(lon), 30.5))))
    client = TestClient(app_of(tmp_path, store))
    zone = zone_of(store, "BeiDou", 1)
    path = f"{BUILDINGS}/BeiDou/zones/{zone}/data"
    problem = refused(client, path, 413, f="geojson")
    assert (problem["estimate"], problem["limit"]) == (50_001, 50_000)
    some = get(client, path, f="geojson", filter="name LIKE '1%'")
    assert some["numberReturned"] == len(some["features"]) > 10_000
    store.close()
