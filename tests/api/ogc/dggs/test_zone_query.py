"""Zone Query and its encodings, OGC 21-038r1, clauses 12, 13 and 17."""

from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pyogrio
import pytest
import shapely
from starlette.testclient import TestClient

from api.ogc.dggs.systems import find
from cim.crs import transform
from cim.store.base import Store
from cim.zones.compact import compact
from cim.zones.cover import CoverRequest, cover
from cim.zones.measure import areas_m2
from tests.api.cities import BUILDINGS_DRAFT, app_of, buildings, load, open_city
from tests.api.ogc.dggs.asking import (
    AREA,
    BUILDINGS,
    COARSE,
    IDS,
    LEVELS,
    ORIGINS,
    ROOT,
    codes_of,
    get,
    links,
    places,
    refused,
    text_of,
    zone_of,
)
from tests.making import SOURCE, coded

ZONES = {
    "type": "object",
    "required": ["zones", "links"],
    "properties": {
        "zones": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "returnedAreaMetersSquare": {"type": "number"},
        "numberMatched": {"type": "integer"},
        "numberReturned": {"type": "integer"},
        "links": {"type": "array", "items": {"required": ["rel", "href"]}},
    },
}
BOX = text_of(AREA)


@pytest.mark.parametrize("name", IDS)
def test_the_root_lists_the_cells_that_cover_a_box(client: TestClient, name: str) -> None:
    system, level = find(name), LEVELS[name]
    body = get(
        client,
        f"{ROOT}/{name}/zones",
        bbox=BOX,
        zone_level=str(level),
        compact_zones="false",
    )
    jsonschema.validate(body, ZONES)
    wanted = cover(system.grid, shapely.box(*AREA), CoverRequest(level))
    assert body["zones"] == system.text(wanted)
    assert body["numberMatched"] == body["numberReturned"] == len(wanted)
    assert body["zoneLevel"] == level
    assert links(body, "dggrs")[0]["href"].endswith(f"{ROOT}/{name}")
    assert links(body, "dggrs-definition")


@pytest.mark.parametrize("name", IDS)
def test_a_layer_lists_the_zones_that_hold_its_features(
    client: TestClient, city_store: Store, name: str
) -> None:
    system, level = find(name), LEVELS[name]
    path = f"{BUILDINGS}/{name}/zones"
    body = get(client, path, zone_level=str(level), compact_zones="false")
    wanted = np.unique(system.grid.encode(places(city_store), level))
    assert body["zones"] == system.text(wanted)
    assert links(body, "geodata")[0]["href"].endswith("/collections/buildings")


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_compact_lists_stand_for_the_same_zones(
    client: TestClient, origin: str, name: str
) -> None:
    system, level = find(name), LEVELS[name]
    asked = {"bbox": BOX, "zone_level": str(level)}
    plain = get(client, f"{origin}/{name}/zones", **asked, compact_zones="false")["zones"]
    found = get(client, f"{origin}/{name}/zones", **asked)["zones"]
    assert get(client, f"{origin}/{name}/zones", **asked, compact_zones="true")["zones"] == found
    codes = codes_of(system, found)
    assert np.array_equal(np.sort(codes), compact(system.grid, codes_of(system, plain)))
    levels = system.grid.level_of(codes)
    assert (np.diff(levels) >= 0).all(), "coarser zones come first"
    assert levels.max() == level


@pytest.mark.parametrize("name", IDS)
def test_without_a_level_the_finest_usual_one_is_taken(client: TestClient, name: str) -> None:
    path = f"{ROOT}/{name}/zones"
    body = get(client, path, bbox=BOX, compact_zones="false")
    assert 1 <= body["numberMatched"] <= 1_500
    finer = get(
        client, path, bbox=BOX, compact_zones="false", zone_level=str(body["zoneLevel"] + 1)
    )
    assert finer["numberMatched"] > 900


@pytest.mark.parametrize("name", IDS)
def test_the_globe_is_compacted_to_the_coarsest_level(client: TestClient, name: str) -> None:
    system = find(name)
    body = get(client, f"{ROOT}/{name}/zones")
    assert body["zones"] == system.text(system.grid.roots(system.levels[0]))
    assert body["returnedAreaMetersSquare"] == pytest.approx(510_065_621_724_078, rel=0.005)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_parent_zone_bounds_the_list(
    client: TestClient, city_store: Store, origin: str, name: str
) -> None:
    system, parent = find(name), zone_of(city_store, name, COARSE[name])
    level = str(COARSE[name] + 1)
    body = get(
        client,
        f"{origin}/{name}/zones",
        parent_zone=parent,
        zone_level=level,
        compact_zones="false",
    )
    children = system.grid.children(codes_of(system, [parent])).codes
    if origin == ROOT:
        assert body["zones"] == system.text(children)
    else:
        held = system.grid.encode(places(city_store), COARSE[name] + 1)
        assert body["zones"] == system.text(children[np.isin(children, held)])


def test_a_compact_list_below_a_zone_is_the_zone(client: TestClient, city_store: Store) -> None:
    parent = zone_of(city_store, "H3", 5)
    asked = {"parent_zone": parent, "zone_level": "15"}
    assert get(client, f"{ROOT}/H3/zones", **asked)["zones"] == [parent]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("compacted", ["true", "false"])
def test_box_and_parent_zone_hold_together(
    client: TestClient, city_store: Store, name: str, compacted: str
) -> None:
    system, parent = find(name), zone_of(city_store, name, COARSE[name])
    asked = {"bbox": BOX, "zone_level": str(LEVELS[name]), "compact_zones": "false"}
    inside = codes_of(system, get(client, f"{ROOT}/{name}/zones", **asked)["zones"])
    inside = inside[system.grid.contains(codes_of(system, [parent]), inside)]
    asked["compact_zones"] = compacted
    found = get(client, f"{ROOT}/{name}/zones", **asked, parent_zone=parent)["zones"]
    wanted = compact(system.grid, inside) if compacted == "true" else inside
    assert set(found) == set(system.text(wanted))


def test_a_parent_zone_away_from_the_box_has_no_zones(client: TestClient) -> None:
    body = get(client, f"{ROOT}/BeiDou/zones", bbox=BOX, parent_zone="S01A", zone_level="4")
    assert body["zones"] == []


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    "system_uri",
    [
        "http://www.opengis.net/def/crs/EPSG/0/4490",
        "https://www.opengis.net/def/crs/EPSG/0/4326",
        "[EPSG:4490]",
    ],
)
def test_latitude_comes_first_where_the_crs_says_so(
    client: TestClient, name: str, system_uri: str
) -> None:
    west, south, east, north = AREA
    path, level = f"{ROOT}/{name}/zones", str(LEVELS[name])
    plain = get(client, path, bbox=BOX, zone_level=level)["zones"]
    turned = text_of((south, west, north, east))
    assert get(client, path, bbox=turned, bbox_crs=system_uri, zone_level=level)["zones"] == plain


def test_the_crs_of_no_box_is_ignored(client: TestClient) -> None:
    path = f"{BUILDINGS}/H3/zones"
    wanted = get(client, path, zone_level="9")["zones"]
    assert get(client, path, zone_level="9", bbox_crs="[EPSG:3857]")["zones"] == wanted
    assert get(client, path, zone_level="9", subset_crs="[EPSG:3857]")["zones"] == wanted


@pytest.mark.parametrize(
    "box", ["114.2998,30.4997,-9,114.3051,30.5016,99", "114.2998,30.4997,114.3051,30.5016"]
)
def test_heights_of_a_box_select_nothing(client: TestClient, box: str) -> None:
    wanted = get(client, f"{ROOT}/H3/zones", bbox=BOX, zone_level="10")["zones"]
    assert get(client, f"{ROOT}/H3/zones", bbox=box, zone_level="10")["zones"] == wanted


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    "subset",
    [
        "Lon(114.2998:114.3051),Lat(30.4997:30.5016)",
        "lat(30.4997:30.5016),Longitude(114.2998:114.3051)",
    ],
)
def test_a_subset_is_a_box(client: TestClient, origin: str, subset: str) -> None:
    wanted = get(client, f"{origin}/H3/zones", bbox=BOX, zone_level="11")["zones"]
    path = f"{origin}/H3/zones"
    assert get(client, path, subset=subset, zone_level="11")["zones"] == wanted
    first, second = subset.split(",")
    several = client.get(f"{path}?subset={first}&subset={second}&zone-level=11").json()
    assert several["zones"] == wanted
    turned = get(client, path, subset=subset, subset_crs="[EPSG:4490]", zone_level="11")
    assert turned["zones"] == wanted


def test_an_axis_may_be_open_or_a_point(client: TestClient) -> None:
    path = f"{ROOT}/H3/zones"
    strip = get(client, path, subset="Lat(-100:*)", zone_level="0")["zones"]
    assert strip == get(client, path, zone_level="0")["zones"]
    point = get(client, path, subset="Lon(114.3),Lat(30.5)", zone_level="9")["zones"]
    assert len(point) == 1
    assert point == get(client, path, bbox="114.3,30.5,114.3,30.5", zone_level="9")["zones"]


def test_eastings_are_axes_of_projected_systems(client: TestClient) -> None:
    path, asked = f"{BUILDINGS}/H3/zones", {"zone_level": "11"}
    box = "12723819,3571900,12724900,3572400"
    wanted = get(client, path, bbox=box, bbox_crs="[EPSG:3857]", **asked)["zones"]
    subset = "E(12723819:12724900),N(3571900:3572400)"
    found = get(client, path, subset=subset, subset_crs="[EPSG:3857]", **asked)["zones"]
    assert found == wanted
    every = get(client, path, subset="E(*:*)", subset_crs="[EPSG:3857]", **asked)["zones"]
    assert every == get(client, path, **asked)["zones"]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("field", ["bbox", "subset"])
def test_a_box_may_cross_the_antimeridian(client: TestClient, name: str, field: str) -> None:
    system, level = find(name), {"BeiDou": 1, "GeoSOT": 6, "H3": 1}[name]
    box = {"bbox": "170,-10,-170,10", "subset": "Lon(170:-170),Lat(-10:10)"}[field]
    path = f"{ROOT}/{name}/zones"
    asked = {"zone_level": str(level), "compact_zones": "false"}
    found = get(client, path, **asked, **{field: box})["zones"]
    area = shapely.union_all([shapely.box(170, -10, 180, 10), shapely.box(-180, -10, -170, 10)])
    assert found == system.text(cover(system.grid, area, CoverRequest(level)))
    over = get(client, path, **asked, bbox="170,-10,190,10")["zones"]
    assert over == found


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_box_may_hold_a_pole(client: TestClient, name: str, sign: int) -> None:
    system, level = find(name), {"BeiDou": 2, "GeoSOT": 8, "H3": 2}[name]
    south, north = sorted((sign * 87, sign * 90))
    body = get(
        client,
        f"{ROOT}/{name}/zones",
        bbox=f"-180,{south},180,{north}",
        zone_level=str(level),
        compact_zones="false",
    )
    area = shapely.box(-180, south, 180, north)
    assert body["zones"] == system.text(cover(system.grid, area, CoverRequest(level)))
    pole = system.grid.encode(np.array([[0.0, sign * 90.0]]), level)
    assert system.text(pole)[0] in body["zones"]


def test_a_polar_cap_without_zones_of_a_level_is_refused(client: TestClient) -> None:
    asked = {"bbox": "0,88,10,90", "zone_level": "3", "compact_zones": "false"}
    assert refused(client, f"{ROOT}/BeiDou/zones", **asked)["field"] == "zone-level"


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_the_area_is_that_of_the_zones_returned(
    client: TestClient, origin: str, name: str
) -> None:
    system = find(name)
    body = get(client, f"{origin}/{name}/zones", bbox=BOX, zone_level=str(LEVELS[name]), limit="7")
    area = areas_m2(system.grid, codes_of(system, body["zones"])).sum()
    assert body["returnedAreaMetersSquare"] == pytest.approx(area, rel=1e-12)


@pytest.mark.parametrize("form", ["json", "geojson"])
def test_pages_follow_each_other(client: TestClient, form: str) -> None:
    path = f"{BUILDINGS}/H3/zones"
    every = get(client, path, zone_level="11")["zones"]
    address, seen = f"{path}?zone-level=11&limit=10&f={form}", 0
    found: list[str] = []
    while address:
        body = client.get(address).json()
        found += body.get("zones") or [f["properties"]["zoneID"] for f in body["features"]]
        assert body["numberMatched"] == len(every)
        following = [link["href"] for link in body["links"] if link["rel"] == "next"]
        address = following[0] if following else ""
        seen += 1
    assert found == every
    assert seen == 3
    assert [link for link in body["links"] if link["rel"] == "prev"]


def test_a_limit_beyond_the_largest_is_the_largest(client: TestClient) -> None:
    body = get(client, f"{BUILDINGS}/H3/zones", zone_level="11", limit="999999999")
    assert body["numberReturned"] == body["numberMatched"]


def test_zones_are_features_too(client: TestClient) -> None:
    response = client.get(f"{BUILDINGS}/BeiDou/zones", params={"zone-level": "5", "f": "geojson"})
    assert response.headers["content-type"] == "application/geo+json"
    body, system = response.json(), find("BeiDou")
    assert body["type"] == "FeatureCollection"
    plain = get(client, f"{BUILDINGS}/BeiDou/zones", zone_level="5")["zones"]
    assert [feature["properties"]["zoneID"] for feature in body["features"]] == plain
    cells = system.grid.polygons(codes_of(system, plain))
    for feature, cell in zip(body["features"], cells, strict=True):
        assert feature["id"] == feature["properties"]["zoneID"]
        assert shapely.equals(shapely.geometry.shape(feature["geometry"]), cell)


@pytest.mark.parametrize(
    ("geometry", "kind"), [("zone-region", "Polygon"), ("zone-centroid", "Point"), ("none", None)]
)
def test_features_have_the_geometry_asked_for(
    client: TestClient, geometry: str, kind: str | None
) -> None:
    body = get(
        client, f"{ROOT}/H3/zones", bbox=BOX, zone_level="9", f="geojson", geometry=geometry
    )
    kinds = {(feature["geometry"] or {}).get("type") for feature in body["features"]}
    assert kinds == {kind}


@pytest.mark.parametrize("name", IDS)
def test_gdal_reads_the_zones(client: TestClient, tmp_path: Path, name: str) -> None:
    level = str(LEVELS[name])
    asked = {"bbox": BOX, "zone-level": level, "compact-zones": "false", "f": "geojson"}
    response = client.get(f"{ROOT}/{name}/zones", params=asked)
    file = tmp_path / "zones.geojson"
    file.write_bytes(response.content)
    table = pyogrio.read_dataframe(file)
    assert len(table) == response.json()["numberMatched"] > 5
    assert table.crs.to_epsg() == 4326
    plain = get(client, f"{ROOT}/{name}/zones", bbox=BOX, zone_level=level, compact_zones="false")
    assert list(table.zoneID) == plain["zones"]
    assert shapely.covers(shapely.union_all(table.geometry).buffer(1e-9), shapely.box(*AREA))


@pytest.mark.parametrize("name", IDS)
def test_zones_come_as_64_bit_integers(client: TestClient, name: str) -> None:
    asked = {"bbox": BOX, "zone-level": str(LEVELS[name])}
    response = client.get(f"{ROOT}/{name}/zones", params=asked | {"f": "uint64"})
    assert response.headers["content-type"] == "application/x-binary"
    numbers = np.frombuffer(response.content, "<u8")
    texts = get(client, f"{ROOT}/{name}/zones", bbox=BOX, zone_level=asked["zone-level"])["zones"]
    assert numbers[0] == len(numbers) - 1 == len(texts)
    assert find(name).text(numbers[1:].astype(np.uint64)) == texts
    page = client.get(f"{ROOT}/{name}/zones", params=asked | {"f": "uint64", "limit": "2"})
    assert 'rel="next"' in page.headers["link"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json", "application/json"),
        ("application/geo+json", "application/geo+json"),
        ("application/x-binary", "application/x-binary"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("*/*", "application/json"),
        ("application/geo+json;q=0.5, application/json;q=0.4", "application/geo+json"),
    ],
)
def test_the_form_is_negotiated(client: TestClient, accept: str, media: str) -> None:
    response = client.get(f"{BUILDINGS}/H3/zones?zone-level=9", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == media


def test_time_selects_zones_with_data_of_that_time(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    load(store, buildings(25))
    load(store, buildings(10))
    client = TestClient(app_of(tmp_path, store))
    path, asked = "/ogc/collections/buildings/dggs/H3/zones", {"zone_level": "12"}
    assert get(client, path, **asked)["numberMatched"] == 10
    assert get(client, path, **asked, datetime="../..")["numberMatched"] == 25
    assert get(client, path, **asked, datetime="../2000-01-01T00:00:00Z")["zones"] == []
    assert get(client, path, **asked, datetime="2000-01-01T00:00:00Z/..")["numberMatched"] == 25
    times = 'time("2000-01-01T00:00:00Z":*)'
    assert get(client, path, **asked, subset=times)["numberMatched"] == 25
    assert get(client, path, **asked, subset=f"{times},Lat(31:32)")["zones"] == []
    store.close()


def test_an_edit_is_seen_at_once(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    load(store, buildings(5))
    client = TestClient(app_of(tmp_path, store))
    path = "/ogc/collections/buildings/dggs/H3/zones?zone-level=12"
    assert client.get(path).json()["numberMatched"] == 5
    load(store, buildings(9))
    assert client.get(path).json()["numberMatched"] == 9
    store.close()


def test_a_projected_store_has_the_same_zones(tmp_path: Path, client: TestClient) -> None:
    batch = buildings()
    store = open_city(tmp_path, crs="EPSG:4547")
    moved = replace(
        batch, crs="EPSG:4547", geometry=transform(batch.geometry, "EPSG:4490", "EPSG:4547")
    )
    draft = replace(BUILDINGS_DRAFT, crs="EPSG:4547")
    store.load(draft, SOURCE, iter([replace(coded(batch), features=moved)]))
    other = TestClient(app_of(tmp_path, store))
    wanted = get(client, f"{BUILDINGS}/H3/zones", zone_level="10")["zones"]
    assert get(other, f"{BUILDINGS}/H3/zones", zone_level="10")["zones"] == wanted
    uri = "http://www.opengis.net/def/crs/EPSG/0/4547"
    box = get(
        other,
        f"{BUILDINGS}/H3/zones",
        zone_level="10",
        bbox="3000000,400000,3500000,600000",
        bbox_crs=uri,
    )
    assert box["zones"] == wanted
    store.close()


CONDITIONS = [
    ("floors > 20", lambda row: row["floors"] > 20),
    ("floors <= 3 AND use = '住宅'", lambda row: row["floors"] <= 3 and row["use"] == "住宅"),
    ("NOT (floors BETWEEN 2 AND 24)", lambda row: not 2 <= row["floors"] <= 24),
    ("floors IN (1, 5, 99) OR floors = 7", lambda row: row["floors"] in {1, 5, 7}),
    ("floors NOT IN (1, 2)", lambda row: row["floors"] not in {1, 2}),
    ("note IS NOT NULL", lambda row: row["note"] is not None),
    ("note IS NULL", lambda row: row["note"] is None),
    ("note <> 'x'", lambda row: row["note"] is not None),
    ("name LIKE '1%'", lambda row: row["name"].startswith("1")),
    ("name NOT LIKE '1%'", lambda row: not row["name"].startswith("1")),
    ("surveyed >= DATE('2024-01-20')", lambda row: str(row["surveyed"]) >= "2024-01-20"),
    ("20 < floors", lambda row: row["floors"] > 20),
    ("valid_from > TIMESTAMP('2000-01-01T00:00:00Z')", lambda row: bool(row["valid_from"])),
]


@pytest.mark.parametrize(("text", "holds"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_a_filter_selects_zones_with_such_features(
    client: TestClient, city_store: Store, text: str, holds: object
) -> None:
    assert callable(holds)
    rows = [row for b in city_store.read("buildings") for row in b.attributes.to_pylist()]
    chosen = places(city_store)[[holds(row) for row in rows]]
    system = find("H3")
    wanted = system.text(np.unique(system.grid.encode(chosen, 11)))
    asked = {"zone_level": "11", "filter": text, "filter_lang": "cql2-text"}
    assert get(client, f"{BUILDINGS}/H3/zones", **asked)["zones"] == wanted
    assert len(wanted) > 0


def test_a_filter_may_name_an_area(client: TestClient, city_store: Store) -> None:
    west, south, east, north = AREA
    system = find("H3")
    met = np.concatenate(
        [shapely.intersects(b.geometry, shapely.box(*AREA)) for b in city_store.read("buildings")]
    )
    wanted = system.text(np.unique(system.grid.encode(places(city_store)[met], 11)))
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    for area in (f"BBOX({west},{south},{east},{north})", f"POLYGON(({ring}))"):
        asked = {"zone_level": "11", "filter": f"S_INTERSECTS(geom, {area})"}
        assert get(client, f"{BUILDINGS}/H3/zones", **asked)["zones"] == wanted
    assert 0 < len(wanted) < 25


@pytest.mark.parametrize(
    "text",
    [
        "",
        "floors >",
        "nothing = 1",
        "floors",
        "floors + name > 2",
        "floors > 'many'",
        "geom = 1",
        "S_INTERSECTS(geom, BBOX(1,2))",
        "S_INTERSECTS(name, POINT(1 2))",
        "S_NEAR(geom, POINT(1 2))",
        "CASEI(floors) = 'x'",
        "floors > 1 " * 1000,
    ],
)
def test_a_filter_that_is_not_understood_is_refused(client: TestClient, text: str) -> None:
    assert refused(client, f"{BUILDINGS}/H3/zones", filter=text)["field"] == "filter"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone_level", "16"),
        ("zone_level", "-1"),
        ("zone_level", "a"),
        ("compact_zones", "yes"),
        ("parent_zone", "8z"),
        ("bbox", "1,2,3"),
        ("bbox", "1,2,3,x"),
        ("bbox", "1,2,nan,4"),
        ("bbox", "1,4,3,2"),
        ("bbox", "30,114,31,115"),
        ("bbox", "-400,0,0,1"),
        ("bbox_crs", "EPSG:4490"),
        ("bbox_crs", "http://www.opengis.net/def/crs/EPSG/0/2000"),
        ("subset", "Lat(1:2"),
        ("subset", "height(1:2)"),
        ("subset", "E(1:2)"),
        ("subset", "Lat(1:2),Lat(3:4)"),
        ("subset", "Lat(x:2)"),
        ("subset", 'time("2024-01-01":*)'),
        ("subset_crs", "x"),
        ("limit", "0"),
        ("limit", "x"),
        ("offset", "-1"),
        ("geometry", "box"),
        ("datetime", "2024-01-01"),
        ("filter", "floors > 1"),
        ("filter_lang", "cql2-text"),
        ("f", "tiff"),
        ("lang", "fr"),
        ("colour", "red"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    client: TestClient, field: str, value: str
) -> None:
    problem = refused(client, f"{ROOT}/H3/zones", **{field: value})
    assert problem["field"] == field.replace("_", "-")


def test_parameters_that_do_not_go_together_are_refused(client: TestClient) -> None:
    path = f"{BUILDINGS}/H3/zones"
    assert refused(client, path, bbox=BOX, subset="Lat(1:2)")["field"] == "subset"
    times = 'time("2024-01-01":*)'
    assert refused(client, path, datetime="2024-01-01", subset=times)["field"] == "subset"
    assert refused(client, path, filter_lang="cql2-text")["field"] == "filter-lang"
    above = {"parent_zone": "8840a69093fffff", "zone_level": "7"}
    assert refused(client, path, **above)["field"] == "zone-level"
    twice = client.get(f"{path}?zone-level=3&zone-level=4")
    assert twice.status_code == 400


def test_lists_that_are_too_long_are_refused_with_the_estimate(client: TestClient) -> None:
    asked = {"bbox": "114,30,115,31", "zone_level": "12", "compact_zones": "false"}
    problem = refused(client, f"{ROOT}/H3/zones", 413, **asked)
    assert problem["limit"] == 250_000
    assert problem["estimate"] > 10_000_000
    below = {"parent_zone": "8001fffffffffff", "zone_level": "15", "compact_zones": "false"}
    assert refused(client, f"{ROOT}/H3/zones", 413, **below)["estimate"] > 10**12
