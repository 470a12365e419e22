"""Grids over the web: single cells, columns in bulk, covers and sums."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from cim import plugins
from cim.grids.base import Grid, HeightGrid
from tests.api.cities import BUILDINGS

GRIDS = plugins.names("cim.grids")
SOLID = "N050J0047050390B8020556344611524"


def get(client: TestClient, path: str, **query: Any) -> Any:
    response = client.get(f"/api/grids/{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def post(client: TestClient, path: str, **body: Any) -> Any:
    response = client.post(f"/api/grids/{path}", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    return found


def points(count: int) -> Any:
    rng = np.random.default_rng(5)
    return np.column_stack([rng.uniform(-180, 180, count), rng.uniform(-87, 87, count)])


@pytest.mark.parametrize("system", GRIDS)
def test_columns_of_positions_become_the_grids_codes_and_back(
    client: TestClient, system: str
) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    lon_lat, level = points(500), 8
    lon, lat = lon_lat.T.tolist()
    codes = grid.encode(lon_lat, level)
    texts = grid.to_text(codes).tolist()
    answer = post(client, f"{system}/encode", lon=lon, lat=lat, level=level)
    assert answer == {"code": texts}
    cells = post(client, f"{system}/decode", code=texts)
    assert cells["level"] == [level] * 500
    assert np.array_equal(
        np.column_stack([cells[n] for n in ("west", "south", "east", "north")]), grid.bounds(codes)
    )
    above = post(client, f"{system}/parent", code=texts)["parent"]
    assert above == grid.to_text(grid.parents(codes)).tolist()
    assert post(client, f"{system}/parent", code=texts, level=7)["parent"] == above
    children = post(client, f"{system}/children", code=above[:5])["children"]
    assert all(text in below for text, below in zip(texts[:5], children, strict=True))
    around = post(client, f"{system}/neighbors", code=texts[:5])["neighbors"]
    assert all(
        text not in ring and len(ring) >= 5 for text, ring in zip(texts[:5], around, strict=True)
    )
    assert get(client, f"{system}/neighbors", code=texts[0])["codes"] == around[0]
    assert get(client, f"{system}/children", code=above[0])["codes"] == children[0]
    assert get(client, f"{system}/parent", code=texts[0])["code"] == above[0]


@pytest.mark.parametrize("system", GRIDS)
def test_columns_convert_like_single_codes(client: TestClient, system: str) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    texts = grid.to_text(grid.encode(points(3), 5)).tolist()
    for target in GRIDS:
        many = post(client, f"{system}/convert", code=texts, to=target, level=6)
        one = get(client, f"{system}/convert", code=texts[0], to=target, level=6)
        assert (one["code"], one["error_m"]) == (many["code"][0], many["error_m"][0])


def test_a_cell_overlaps_cells_of_another_grid(client: TestClient) -> None:
    found = get(client, "beidou/convert", code="N50J475", to="h3", level=6, mode="overlap")
    assert len(found["codes"]) == len(found["shares"]) > 5
    assert sum(found["shares"]) == pytest.approx(1)


def test_heights_make_solid_codes(client: TestClient) -> None:
    where = {"lon": 116.312602777778, "lat": 39.993161111111, "level": 10}
    cell = get(client, "beidou/encode", **where, height_m=50)
    assert cell["code_3d"] == SOLID
    assert cell["low_m"] <= 50 < cell["high_m"]
    assert get(client, "beidou/decode", code=SOLID, solid=True) == cell
    many = post(
        client, "beidou/encode", lon=[where["lon"]] * 2, lat=[where["lat"]] * 2,
        height=[50, None], level=10,
    )  # fmt: skip
    assert many["code_3d"] == [SOLID, None]
    faces = post(client, "beidou/decode", code=[SOLID], solid=True)
    assert (faces["low_m"], faces["high_m"]) == ([cell["low_m"]], [cell["high_m"]])


def test_positions_of_chinese_maps_are_brought_to_cgcs2000(client: TestClient) -> None:
    plain = get(client, "beidou/encode", lon=116.391268, lat=39.907323, level=8)
    shifted = {"lon": 116.39750914226525, "lat": 39.908724253107714, "level": 8}
    assert get(client, "beidou/encode", **shifted, coordsys="gcj02")["code"] == plain["code"]
    many = post(client, "beidou/encode", lon=[shifted["lon"]], lat=[shifted["lat"]],
                level=8, coordsys="gcj02")  # fmt: skip
    assert many["code"] == [plain["code"]]


@pytest.mark.parametrize("system", GRIDS)
def test_cells_are_drawn_as_geojson(client: TestClient, system: str) -> None:
    cell = get(client, f"{system}/encode", lon=114.3, lat=30.5, level=6)
    response = client.get(f"/api/grids/{system}/neighbors?code={cell['code']}&f=geojson")
    assert response.headers["content-type"] == "application/geo+json"
    collection = response.json()
    assert collection["type"] == "FeatureCollection"
    for feature in collection["features"]:
        assert feature["properties"] == {"code": feature["id"], "level": 6}
        assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    (single,) = get(client, f"{system}/decode", code=cell["code"], f="geojson")["features"]
    assert single["id"] == cell["code"]


def test_areas_are_covered_by_box_wkt_and_geojson(client: TestClient) -> None:
    box = get(client, "beidou/cover", bbox="114.3,30.5,114.35,30.55", level=4)
    assert box["count"] == len(box["codes"]) == 9
    ring = [[114.3, 30.5], [114.35, 30.5], [114.35, 30.55], [114.3, 30.55], [114.3, 30.5]]
    text = ",".join(f"{lon} {lat}" for lon, lat in ring)
    assert get(client, "beidou/cover", wkt=f"POLYGON(({text}))", level=4) == box
    shape = {"type": "Polygon", "coordinates": [ring]}
    assert post(client, "beidou/cover", geometry=shape, level=4) == box
    assert post(client, "beidou/cover", bbox=[114.3, 30.5, 114.35, 30.55], level=4) == box
    inside = post(client, "beidou/cover", geometry=shape, level=4, mode="inside")
    assert set(inside["codes"]) <= set(box["codes"])
    drawn = get(client, "beidou/cover", bbox="114.3,30.5,114.35,30.55", level=4, f="geojson")
    assert [feature["id"] for feature in drawn["features"]] == box["codes"]


def test_a_box_over_the_antimeridian_has_cells_on_both_sides(client: TestClient) -> None:
    codes = get(client, "beidou/cover", bbox="179,1,-179,2", level=1)["codes"]
    assert codes == ["N01A", "N60A"]


def test_bodies_are_covered_by_solid_cells(client: TestClient) -> None:
    answer = get(client, "beidou/cover", wkt="POINT(116 39)", level=7, low_m=0, high_m=30)
    assert answer["count"] == len(answer["codes_3d"]) == 4
    assert answer["codes"] == ["N50J460000000000"[:14]]


def test_a_cover_above_the_limit_is_413_with_its_estimate(client: TestClient) -> None:
    response = client.get("/api/grids/beidou/cover?bbox=114,30,115,31&level=9")
    found = problem(response, 413)
    assert found["estimate"] > found["limit"] == 1_000_000
    response = client.get("/api/grids/beidou/cover?bbox=114,30,115,31&level=4&limit=10")
    assert problem(response, 413)["limit"] == 10
    response = client.get("/api/grids/beidou/cover?bbox=114,30,115,31&level=7&low_m=0&high_m=9")
    assert problem(response, 413)["estimate"] > 1_000_000


def test_a_layer_is_summed_up_as_json_csv_and_geojson(client: TestClient) -> None:
    query: dict[str, Any] = {"layer": "buildings", "level": 8, "field": "height"}
    table = get(client, "h3/aggregate", **query)
    assert sum(table["count"]) == BUILDINGS
    assert sum(table["sum_height"]) == pytest.approx(9 * BUILDINGS)
    assert table["without_place"] == 0
    lines = client.get("/api/grids/h3/aggregate", params=query | {"f": "csv"})
    assert lines.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(lines.text)))
    assert [row["code"] for row in rows] == table["code"]
    assert [float(row["mean_height"]) for row in rows] == table["mean_height"]
    drawn = get(client, "h3/aggregate", **query, f="geojson")
    assert [f["properties"]["max_height"] for f in drawn["features"]] == table["max_height"]


def test_values_of_points_are_summed_up(client: TestClient) -> None:
    answer = post(
        client, "beidou/aggregate", lon=[114, 114, 120], lat=[30, 30, 30],
        value=[1, 2, None], level=2,
    )  # fmt: skip
    assert answer["count"] == [2, 1]
    assert answer["sum_value"] == [3, None]


@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        ("encode", {"lon": [1, 2], "lat": [1], "level": 5}, "lat", "lon has 2, lat has 1"),
        ("encode", {"lon": [1], "lat": [1], "height": [], "level": 5}, "height", "height has 0"),
        ("encode", {"lon": [1], "lat": [1], "level": 11}, "level", "legal: 1 to 10"),
        ("encode", {"lon": [1, 200], "lat": [1, 1], "level": 5}, "lon", "point 1"),
        ("encode", {"lon": [39], "lat": [116], "level": 5}, "lat", "look swapped"),
        ("encode", {"lon": [1, 1], "lat": [1, 89], "level": 5}, "lat", "point 1"),
        ("encode", {"lon": [1], "lat": [1], "height": [1e12], "level": 5}, "height", "outside"),
        ("encode", {"lon": ["x"], "lat": [1], "level": 5}, "lon.0", "number"),
        ("encode", {"lon": [1], "lat": [1]}, "level", "required"),
        ("encode", {"lon": [1], "lat": [1], "level": 5, "z": [1]}, "z", "not permitted"),
        ("decode", {"code": ["N50J", "N50Z"]}, "code", "character 4 is 'Z'"),
        ("decode", {"code": ["8f31aa428cdc2a0"]}, "code", "BeiDou code"),
        ("decode", {"code": ["N50J4"], "solid": True}, "code", "5 characters"),
        ("parent", {"code": ["N50J"]}, "code", "no parent"),
        ("children", {"code": ["N50J47539B8255346152"]}, "code", "no cells"),
        ("convert", {"code": ["N50J"], "to": "h3", "level": 16}, "level", "0 to 15"),
        ("cover", {"level": 5}, "geometry", "give either geometry or bbox"),
        ("cover", {"level": 5, "geometry": {"type": "Point"}}, "geometry", "GeoJSON"),
        ("cover", {"level": 5, "bbox": [39, 116, 40, 117]}, "bbox", "look swapped"),
        ("cover", {"level": 3, "bbox": [0, 88, 1, 89]}, "geometry", "88 degrees"),
    ],
)
def test_what_is_wrong_in_columns_is_400_with_its_field(
    client: TestClient, path: str, body: dict[str, Any], field: str, message: str
) -> None:
    found = problem(client.post(f"/api/grids/beidou/{path}", json=body), 400)
    assert found["field"] == field
    assert message in found["detail"]


@pytest.mark.parametrize(
    ("path", "field", "message"),
    [
        ("beidou/encode?lon=1&lat=89&level=5", "lat", "levels 1 and 2 only"),
        ("beidou/encode?lon=1&lat=9&level=5&height_m=1e12", "height_m", "outside"),
        ("h3/encode?lon=1&lat=9&level=5&height_m=1", "height_m", "h3 has no heights"),
        ("beidou/encode?lon=1&lat=9&level=5&coordsys=utm", "coordsys", "utm"),
        ("beidou/parent?code=N50J", "code", "no parent"),
        ("beidou/parent?code=N50J47&level=12", "level", "legal: 1 to 10"),
        ("beidou/parent?code=N50J47&level=5", "level", "coarser"),
        ("beidou/cover?level=5", "bbox", "either bbox or wkt"),
        ("beidou/cover?level=5&bbox=1,2,3", "bbox", "want west,south,east,north"),
        ("beidou/cover?level=5&wkt=POLYGON((0 0,1 1,1 0,0 1,0 0))", "wkt", "not valid"),
        ("beidou/cover?level=5&wkt=POINT(1 1)&low_m=1", "high_m", "give both"),
        ("beidou/aggregate?layer=buildings&level=5&field=name", "field", "numbers:"),
        ("beidou/aggregate?layer=buildings&level=5&bbox=x", "bbox", "bbox 'x'"),
        ("beidou/aggregate?layer=buildings&level=50", "level", "legal"),
    ],
)
def test_a_wrong_parameter_is_400_with_its_field(
    client: TestClient, path: str, field: str, message: str
) -> None:
    found = problem(client.get(f"/api/grids/{path}"), 400)
    assert found["field"] == field
    assert message in found["detail"]


def test_what_does_not_exist_is_404(client: TestClient) -> None:
    problem(client.get("/api/grids/beidou/aggregate?layer=nowhere&level=5"), 404)
    problem(client.get("/api/grids/beidou/convert?code=N50J&to=s2&level=5"), 404)


def test_too_many_rows_at_once_are_413(client: TestClient) -> None:
    code = ["N50J"] * 100_001
    problem(client.post("/api/grids/beidou/neighbors", json={"code": code}), 413)


def test_empty_columns_have_empty_answers(client: TestClient) -> None:
    for system in GRIDS:
        grid: Grid = plugins.load(system, "cim.grids")
        assert post(client, f"{system}/encode", lon=[], lat=[], level=5) == {"code": []}
        assert post(client, f"{system}/decode", code=[])["west"] == []
        assert post(client, f"{system}/neighbors", code=[]) == {"neighbors": []}
        if isinstance(grid, HeightGrid):
            assert post(client, f"{system}/decode", code=[], solid=True)["low_m"] == []
