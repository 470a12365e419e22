"""Filters, orders and forms of features over HTTP: OGC API - Features Part 3, CQL2, extensions."""

from typing import Any

import orjson
import pytest
import shapely
from starlette.testclient import TestClient

from cim.coordsys import convert
from tests.api.cities import BUILDINGS
from tests.api.ogc.test_features import EPSG, ITEMS, get, ids, links, refusal

EVERY = list(range(1, BUILDINGS + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floors > 20", [21, 22, 23, 24, 25]),
        ("floors >= 20 AND floors <> 22", [20, 21, 23, 24, 25]),
        ("use = '住宅' AND floors < 6", [2, 4]),
        ('"use" = \'办公\' AND "floors" < 6', [1, 3, 5]),
        ("NOT (floors > 2)", [1, 2]),
        ("floors = 1 OR floors = 25", [1, 25]),
        ("floors BETWEEN 3 AND 5", [3, 4, 5]),
        ("floors NOT BETWEEN 3 AND 24", [1, 2, 25]),
        ("floors IN (7, 3, 99)", [3, 7]),
        ("name LIKE '1_ 号楼'", list(range(10, 20))),
        ("name LIKE '%2%楼'", [2, 12, *range(20, 26)]),
        ("name NOT LIKE '%楼'", []),
        ("CASEI(use) IN (CASEI('住宅')) AND floors < 4", [2]),
        ("note IS NOT NULL", [1]),
        ("note IS NULL AND floors < 3", [2]),
        ("note = 'x' OR NOT (note = 'x')", [1]),
        ("surveyed = DATE('2024-01-03')", [3]),
        ("surveyed > '2024-01-23'", [24, 25]),
        ("T_BEFORE(surveyed, DATE('2024-01-02'))", [1]),
        ("T_INTERSECTS(surveyed, INTERVAL('2024-01-24', '..'))", [24, 25]),
        ("T_AFTER(valid_from, TIMESTAMP('2000-01-01T00:00:00Z')) AND floors = 9", [9]),
        ("floors * 2 + 1 = 11", [5]),
        ("floors % 10 = 3", [3, 13, 23]),
        ("floors DIV 10 = 2 AND floors ^ 2 < 500", [20, 21, 22]),
        ("height < floors AND floors <= 11", [10, 11]),
        ("S_INTERSECTS(geom, BBOX(114.2999,30.4999,114.3001,30.5001))", [1]),
        ("S_INTERSECTS(geometry, POINT(114.3002 30.5002))", [1]),
        ("S_WITHIN(geom, BBOX(114.2999,30.4999,114.3016,30.5006))", [1, 2]),
        ("S_DISJOINT(geom, BBOX(114.2999,30.4999,114.4,30.5011))", list(range(21, 26))),
        ("NOT S_INTERSECTS(geom, BBOX(114.2999,30.4999,114.4,30.5011))", list(range(21, 26))),
        ("S_INTERSECTS(geom, POINT(114.3002 30.5002)) OR floors = 25", [1, 25]),
        ("S_CONTAINS(POLYGON((114 30,115 30,115 31,114 31,114 30)), geom) AND floors<3", [1, 2]),
        ("S_TOUCHES(geom, LINESTRING(114.3005 30.4,114.3005 30.6))", [1, 11, 21]),
        ("TRUE", EVERY),
        ("FALSE OR NOT TRUE", []),
    ],
)
def test_a_filter_selects_what_it_says(client: TestClient, text: str, expected: list[int]) -> None:
    body = get(client, filter=text, limit=100)
    assert ids(body) == expected
    assert body["numberMatched"] == len(expected)


def test_json_says_the_same_as_text(client: TestClient) -> None:
    tree = {
        "op": "and",
        "args": [
            {"op": "in", "args": [{"property": "use"}, ["住宅", "x"]]},
            {"op": "like", "args": [{"op": "casei", "args": [{"property": "name"}]}, "1% 号楼"]},
            {"op": "not", "args": [{"op": "isNull", "args": [{"property": "geom"}]}]},
            {"op": "s_intersects", "args": [{"property": "geom"}, {"bbox": [114, 30, 115, 31]}]},
            {"op": "<=", "args": [{"property": "surveyed"}, {"date": "2024-01-14"}]},
            {
                "op": "t_intersects",
                "args": [{"property": "surveyed"}, {"interval": ["2024-01-11", ".."]}],
            },
        ],
    }
    text = orjson.dumps(tree).decode()
    assert ids(get(client, filter=text, **{"filter-lang": "cql2-json"})) == [12, 14]
    assert ids(get(client, filter=text)) == [12, 14]


def test_geometry_of_a_filter_is_in_its_crs_and_axis_order(client: TestClient) -> None:
    latitude_first = "S_INTERSECTS(geom, BBOX(30.4999,114.2999,30.5001,114.3001))"
    assert ids(get(client, filter=latitude_first, **{"filter-crs": f"{EPSG}4490"})) == [1]
    first = get(client, limit=1, crs=f"{EPSG}4547")["features"][0]["geometry"]
    middle = shapely.geometry.shape(first).centroid
    metres = f"S_INTERSECTS(geom, POINT({middle.x} {middle.y}))"
    assert ids(get(client, filter=metres, **{"filter-crs": f"{EPSG}4547"})) == [1]
    far = "S_INTERSECTS(geom, POINT(3000000 3000000))"
    assert ids(get(client, filter=far, **{"filter-crs": f"{EPSG}3857"})) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nope = 1", "no queryable 'nope'"),
        ("floors > 'x'", "field 'floors' is a number, 'x' is a text"),
        ("name > 3", "field 'name' is a text, 3 is a number"),
        ("name = height", "field 'height' is a number"),
        ("surveyed > 'soon'", "field 'surveyed' is a date"),
        ("geom = 'x'", "is a geometry"),
        ("floors", "field 'floors' is a number"),
        ("S_INTERSECTS(name, POINT(1 2))", "field 'name' is a text"),
        ("S_INTERSECTS(geom, POLYGON((0 0,1 1,0 1,1 0,0 0)))", "not valid"),
        ("S_INTERSECTS(geom, BUFFER(geom, 3))", "BUFFER() is not supported"),
        ("T_DURING(surveyed, INTERVAL('2024-01-01','..'))", "two INTERVALs"),
        ("floors > ", "character 10"),
        ("floors > 3 floors", "character 12"),
        ("floors LIKE '3%'", "LIKE wants a text"),
        ("name LIKE name", "a pattern in quotes"),
        ("'; DROP TABLE buildings; --", "has no end"),
        ('"floors" = 1; DROP TABLE buildings', "';' has no meaning"),
        ("(" * 5_000, "nested more than"),
        ("NOT " * 5_000 + "TRUE", "nested more than"),
        (" OR ".join(["f=1"] * 4_000), "operators and operands"),
        ("a" * 40_000, "40000 characters"),
        ("S_INTERSECTS(geom,LINESTRING(" + "0 0,1 1," * 3_000 + "2 2))", "vertices"),
        ("name LIKE '" + "%a" * 40 + "'", "'%' in a pattern"),
        ('{"op":"=","args":[{"property":"floors"}]}', "1 args; legal: 2"),
        ('{"op":"exec","args":[]}', "op 'exec' is not supported"),
        ('{"op":"=","args":[{"property":"floors"},1', "not JSON"),
        ('{"op":"not","args":[' * 500 + "true" + "]}" * 500, "nested more than"),
    ],
)
def test_what_a_filter_cannot_say_is_refused_with_the_part_at_fault(
    client: TestClient, text: str, words: str
) -> None:
    response = client.get(ITEMS, params={"filter": text})
    body = response.json()
    assert (response.status_code, body["field"]) == (400, "filter")
    assert words in body["detail"]
    assert response.elapsed.total_seconds() < 2


@pytest.mark.parametrize(
    ("sortby", "expected"),
    [
        ("-floors", list(reversed(EVERY))),
        ("+floors", EVERY),
        ("use,-floors", [*range(24, 0, -2), *range(25, 0, -2)]),
        ("-note,-floors", [1, *range(25, 1, -1)]),
        ("note", [1, *range(2, 26)]),
    ],
)
@pytest.mark.parametrize("limit", [100, 7, 1])
def test_features_come_in_the_order_asked_for(
    client: TestClient, sortby: str, expected: list[int], limit: int
) -> None:
    body = get(client, sortby=sortby, limit=limit)
    seen = ids(body)
    while following := links(body).get("next"):
        body = client.get(following).json()
        seen += ids(body)
        assert body["numberMatched"] == BUILDINGS
    assert seen == expected


def test_sorting_goes_by_the_offset_too(client: TestClient) -> None:
    assert ids(get(client, sortby="-floors", offset=20, limit=3)) == [5, 4, 3]


def test_a_cursor_of_another_order_is_refused(client: TestClient) -> None:
    following = links(get(client, sortby="-floors", limit=3))["next"]
    body = refusal(client, following.replace("sortby=-floors", "sortby=-floors,name"))
    assert body["field"] == "cursor"


def test_filters_go_with_boxes_times_fields_and_pages(client: TestClient) -> None:
    body = get(
        client,
        filter="floors > 3",
        use="住宅",
        bbox="114.2999,30.4999,114.4,30.5011",
        datetime="2001-01-01/..",
        sortby="-floors",
        limit=4,
    )
    assert ids(body) == [20, 18, 16, 14]
    assert body["numberMatched"] == 9
    rest = client.get(links(body)["next"]).json()
    assert ids(rest) == [12, 10, 8, 6]


def test_positions_come_and_go_in_the_systems_of_web_maps(client: TestClient) -> None:
    plain = get(client, limit=1)["features"][0]["geometry"]
    for name in ("gcj02", "bd09"):
        response = client.get(ITEMS, params={"limit": 1, "coordsys": name})
        assert response.headers["content-crs"] == f"<urn:cim:coordsys:{name}>"
        shifted = response.json()["features"][0]["geometry"]
        expected = convert(shapely.get_coordinates(shapely.geometry.shape(plain)), "wgs84", name)
        found = shapely.get_coordinates(shapely.geometry.shape(shifted))
        assert abs(found - expected).max() < 2e-8
        west, south = shapely.geometry.shape(shifted).bounds[:2]
        box = f"{west},{south},{west + 1e-5},{south + 1e-5}"
        assert ids(get(client, bbox=box, coordsys=name)) == [1]
        assert ids(get(client, bbox=box)) == []
        point = f"S_INTERSECTS(geom, POINT({west + 1e-5} {south + 1e-5}))"
        assert ids(get(client, filter=point, coordsys=name)) == [1]
    assert get(client, limit=1, coordsys="cgcs2000")["features"][0]["geometry"] == plain


def test_json_fg_keeps_true_positions_beside_shifted_ones(client: TestClient) -> None:
    plain = get(client, limit=1)["features"][0]["geometry"]
    response = client.get(ITEMS, params={"limit": 1, "coordsys": "gcj02", "f": "jsonfg"})
    body = response.json()
    assert body["coordRefSys"] == "urn:cim:coordsys:gcj02"
    assert body["features"][0]["geometry"] == plain
    shifted = shapely.geometry.shape(body["features"][0]["place"])
    assert shifted.bounds[0] - shapely.geometry.shape(plain).bounds[0] > 0.004


def test_coordinates_are_as_fine_as_asked_and_shapes_stay_valid(client: TestClient) -> None:
    body = get(client, limit=5, precision=5)
    for feature in body["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shapely.is_valid(shape)
        coordinates = shapely.get_coordinates(shape)
        assert (coordinates == coordinates.round(5)).all()
    coarse = get(client, limit=5, precision=2)["features"]
    assert all(shapely.is_valid(shapely.geometry.shape(each["geometry"])) for each in coarse)


def test_properties_can_be_left_out_by_name(client: TestClient) -> None:
    properties = get(client, limit=1, **{"exclude-properties": "name,use"})["features"][0]
    assert {"name", "use"}.isdisjoint(properties["properties"])
    assert "floors" in properties["properties"]


def test_queryables_and_sortables_are_what_filters_and_orders_take(client: TestClient) -> None:
    for kind in ("queryables", "sortables"):
        response = client.get(f"/ogc/collections/buildings/{kind}?lang=en")
        assert response.headers["content-type"] == "application/schema+json"
        document: dict[str, Any] = response.json()
        assert document["$id"].endswith(f"/ogc/collections/buildings/{kind}")
        names = set(document["properties"])
        assert ("geom" in names) == (kind == "queryables")
        for name in names - {"geom"}:
            asked = {"sortby": name} if kind == "sortables" else {"filter": f'"{name}" IS NULL'}
            assert client.get(ITEMS, params=asked).status_code == 200
