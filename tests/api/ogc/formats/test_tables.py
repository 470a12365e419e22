"""Tables: what spreadsheets and programs for analysis find in them."""

import base64
import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import orjson
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from starlette.testclient import TestClient

from tests.api.ogc.formats.conftest import COUNT, HUGE, posts, things

ITEMS = "/ogc/collections/{}/items"


def get(server: TestClient, layer: str, **query: Any) -> bytes:
    response = server.get(ITEMS.format(layer), params=query)
    assert response.status_code == 200, response.text
    return response.content


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_opens_in_a_spreadsheet_in_chinese(server: TestClient) -> None:
    content = get(server, "things", f="csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = rows_of(content.decode("utf-8-sig"))
    source = things().attributes.to_pydict()
    assert len(rows) == COUNT
    for row, name, number, height, built, day, body in zip(
        rows,
        *(source[key] for key in ("name", "number", "height", "built", "day", "body")),
        strict=True,
    ):
        assert row["name"] == (name or "")
        assert row["number"] == ("" if number is None else str(number))
        assert row["height"] == ("" if height is None else repr(height))
        assert row["built"] == {None: "", True: "true", False: "false"}[built]
        assert row["day"] == ("" if day is None else day.isoformat())
        assert row["body"] == ("" if body is None else base64.b64encode(body).decode())
    shapes = shapely.from_wkt([row["geometry"] for row in rows])
    assert shapely.equals_exact(shapes, things().geometry, 1e-8).all()


def test_csv_for_old_programs_loses_no_character(server: TestClient) -> None:
    response = server.get(ITEMS.format("things"), params={"f": "csv", "encoding": "gbk"})
    assert response.headers["content-type"] == "text/csv; charset=gb18030; header=present"
    names = [row["name"] for row in rows_of(response.content.decode("gb18030"))]
    assert names == [name or "" for name in things().attributes.column("name").to_pylist()]
    plain = "号楼".encode("gbk")
    assert plain in response.content


def test_points_in_csv_have_columns_of_their_own(server: TestClient) -> None:
    rows = rows_of(get(server, "posts", f="csv").decode("utf-8-sig"))
    assert [(row["longitude"], row["latitude"], row["height_"]) for row in rows] == [
        ("114.31", "30.51", "12.345"),
        ("114.32", "30.52", ""),
        ("", "", ""),
    ]
    uri = "http://www.opengis.net/def/crs/EPSG/0/3857"
    in_metres = rows_of(get(server, "posts", f="csv", crs=uri).decode("utf-8-sig"))
    assert float(in_metres[0]["easting"]) == pytest.approx(12_724_930.99, abs=1)
    assert float(in_metres[0]["northing"]) == pytest.approx(3_568_920.9, abs=2_000)


def test_nothing_in_csv_is_run_unless_it_is_asked_for(server: TestClient) -> None:
    guarded = rows_of(get(server, "posts", f="csv").decode("utf-8-sig"))
    assert [row["name"] for row in guarded] == ["'=1+1", "-5", "'@SUM(A1)"]
    kept = rows_of(get(server, "posts", f="csv", formulas="keep").decode("utf-8-sig"))
    assert [row["name"] for row in kept] == posts().attributes.column("name").to_pylist()


@pytest.mark.parametrize("query", ["encoding=big5", "formulas=run", "f=gpkg&encoding=gbk"])
def test_options_that_are_not_legal_are_refused(server: TestClient, query: str) -> None:
    form = "" if query.startswith("f=") else "f=csv&"
    response = server.get(f"{ITEMS.format('posts')}?{form}{query}")
    assert response.status_code == 400
    assert "legal" in response.text or "known" in response.text


def test_a_workbook_has_texts_numbers_and_days(server: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "things.xlsx"
    path.write_bytes(get(server, "things", f="xlsx"))
    assert pyogrio.list_layers(path)[0, 0] == "建筑"
    table = pyogrio.read_arrow(path)[1].to_pydict()
    source = things().attributes.to_pydict()
    assert table["name"] == source["name"]
    assert table["height"] == pytest.approx(source["height"], nan_ok=True)
    days = [None if day is None else str(day)[:10].replace("/", "-") for day in table["day"]]
    assert days == [None if day is None else day.isoformat() for day in source["day"]]
    assert table["number"][0] == str(HUGE)
    with zipfile.ZipFile(path) as book:
        assert "高度 / Height (m)" in book.read("xl/comments1.xml").decode()


def test_no_cell_of_a_workbook_is_a_formula(server: TestClient) -> None:
    with zipfile.ZipFile(io.BytesIO(get(server, "posts", f="xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert 'name="门牌：甲 乙"' in book.read("xl/workbook.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1" in sheet


def test_geoparquet_is_what_analysis_expects(server: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "things.parquet"
    path.write_bytes(get(server, "things", f="parquet"))
    about = orjson.loads(pq.read_metadata(path).metadata[b"geo"])
    assert about["version"] == "1.1.0"
    column = about["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["Polygon"]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4490}
    np.testing.assert_allclose(column["bbox"], shapely.total_bounds(things().geometry))
    frame = geopandas.read_parquet(path)
    assert shapely.equals(frame.geometry.values, things().geometry).all()
    found = pq.read_table(path).to_pydict()
    source = things().attributes.to_pydict()
    for name in ("name", "height", "number", "built", "day", "moment", "body"):
        assert found[name] == source[name], name


def test_geoparquet_is_read_by_box(server: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "things.parquet"
    path.write_bytes(get(server, "things", f="parquet"))
    box = (114.3, 30.5, 114.3015, 30.5015)
    frame = geopandas.read_parquet(path, bbox=box)
    expected = shapely.intersects(things().geometry, shapely.box(*box)).sum()
    assert len(frame) == expected == 4


@pytest.mark.parametrize("layer", ["posts", "mixed", "solids"])
def test_geoparquet_holds_every_geometry(server: TestClient, tmp_path: Path, layer: str) -> None:
    path = tmp_path / "some.parquet"
    path.write_bytes(get(server, layer, f="parquet"))
    about = orjson.loads(pq.read_metadata(path).metadata[b"geo"])["columns"]["geometry"]
    expected = {
        "posts": ["Point", "Point Z"],
        "mixed": ["LineString", "Point", "Polygon"],
        "solids": ["Polygon Z"],
    }
    assert about["geometry_types"] == expected[layer]
    boxes = pq.read_table(path).column("bbox").to_pylist()
    assert [box is None for box in boxes] == [
        shape is None for shape in shapely.from_wkb(pq.read_table(path).column("geometry"))
    ]
