"""GDAL reads back what was loaded: geometry, attributes, Chinese, nulls, dates, CRS."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from starlette.testclient import TestClient

from tests.api.ogc.formats.conftest import COUNT, mixed, posts, solids, things

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SUFFIX = {"fgb": ".fgb", "gpkg": ".gpkg", "jsonfg": ".json", "geojson": ".geojson"}
type Fetch = Callable[..., Path]


@pytest.fixture
def fetch(server: TestClient, tmp_path: Path) -> Fetch:
    def get(layer: str, form: str, query: str = "") -> Path:
        address = f"/ogc/collections/{layer}/items?f={form}&{query}"
        response = server.get(address)
        assert response.status_code == 200, response.text
        path = tmp_path / f"{layer}{SUFFIX[form]}"
        path.write_bytes(response.content)
        return path

    return get


@dataclass(frozen=True)
class Layer:
    """A layer as GDAL reads it, in the order of its row numbers."""

    meta: dict[str, Any]
    shapes: np.ndarray
    columns: dict[str, list[Any]]


def read(path: Path, *, in_order: bool = False) -> Layer:
    """The only layer of a file; with `in_order`, in the order of the file."""
    meta, table = pyogrio.read_arrow(path, return_fids=True)
    rows = next(n for n in ("fid", "id", "OGC_FID") if n in table.column_names)
    table = table if in_order else table.sort_by(rows)
    name = meta["geometry_name"] or "wkb_geometry"
    shapes = shapely.from_wkb(np.array(table.column(name).to_pylist(), dtype=object))
    others = table.drop_columns([name])
    return Layer(meta, shapes, others.to_pydict())


def limit(form: str) -> str:
    """What makes a page in JSON hold everything."""
    return "limit=1000" if form in {"jsonfg", "geojson"} else ""


CRS_STATED = {
    "fgb": "EPSG:4490",
    "gpkg": "EPSG:4490",
    "jsonfg": "EPSG:4326",
    "geojson": "EPSG:4326",
}


@pytest.mark.parametrize("form", ["fgb", "gpkg", "jsonfg", "geojson"])
def test_geometry_is_what_was_loaded(fetch: Fetch, form: str) -> None:
    layer = read(fetch("things", form, limit(form)))
    assert len(layer.shapes) == COUNT
    found, expected = shapely.normalize(layer.shapes), shapely.normalize(things().geometry)
    assert shapely.equals_exact(found, expected, 1e-8).all()
    assert layer.meta["crs"] == CRS_STATED[form]


@pytest.mark.parametrize("form", ["fgb", "gpkg"])
def test_values_of_every_type_are_what_was_loaded(fetch: Fetch, form: str) -> None:
    path = fetch("things", form)
    info = pyogrio.read_info(path)
    types = dict(zip(info["fields"].tolist(), info["ogr_types"], strict=True))
    assert types["number"] == "OFTInteger64"
    assert types["day"] == ("OFTDate" if form == "gpkg" else "OFTDateTime")
    assert types["moment"] == "OFTDateTime"
    assert types["body"] == "OFTBinary"
    columns, source = read(path).columns, things().attributes.to_pydict()
    if form == "fgb":  # knows moments, but no days; GDAL's columns of it have no time zone
        columns["day"] = [moment and moment.date() for moment in columns["day"]]
        columns["moment"] = [each and each.replace(tzinfo=UTC) for each in columns["moment"]]
    for name in ("name", "height", "number", "built", "day", "body", "moment"):
        assert columns[name] == source[name], name


@pytest.mark.parametrize("form", ["jsonfg", "geojson"])
def test_values_in_json_are_what_was_loaded(fetch: Fetch, form: str) -> None:
    columns = read(fetch("things", form, limit(form))).columns
    source = things().attributes.to_pydict()
    for name in ("name", "height", "number", "built", "day"):
        assert columns[name] == source[name], name


@pytest.mark.parametrize("form", ["fgb", "gpkg"])
def test_heights_of_solids_survive(fetch: Fetch, form: str) -> None:
    layer = read(fetch("solids", form))
    assert layer.meta["geometry_type"] == "Polygon Z"
    heights = shapely.get_coordinates(layer.shapes, include_z=True)[:, 2]
    assert heights.tolist() == [20.5] * 5 + [3.0] * 5
    assert shapely.equals(layer.shapes, solids().geometry).all()


def test_a_geopackage_keeps_apart_what_has_no_height(fetch: Fetch) -> None:
    shapes = read(fetch("posts", "gpkg")).shapes
    expected = [point.wkt for point in posts().geometry]
    assert [shape and shape.wkt for shape in shapes] == [*expected[:2], None]


def test_a_flatgeobuf_with_a_feature_that_is_nowhere_has_it_all_the_same(fetch: Fetch) -> None:
    """By rows: GDAL 3.12 crashes when it reads such a file by columns."""
    meta, _, wkb, columns = pyogrio.raw.read(fetch("posts", "fgb"), columns=["name"])
    assert shapely.is_missing(shapely.from_wkb(wkb)).tolist() == [False, False, True]
    assert columns[meta["fields"].tolist().index("name")].tolist() == ["=1+1", "-5", "@SUM(A1)"]


@pytest.mark.parametrize("form", ["fgb", "gpkg"])
def test_types_may_be_mixed(fetch: Fetch, form: str) -> None:
    layer = read(fetch("mixed", form))
    assert sorted(shapely.get_type_id(layer.shapes)) == sorted(
        shapely.get_type_id(mixed().geometry)
    )


@pytest.mark.parametrize("form", ["fgb", "gpkg"])
@pytest.mark.parametrize("code", ["EPSG:3857", "EPSG:4547", "EPSG:4326"])
def test_another_crs_is_stated_and_east_comes_first(fetch: Fetch, form: str, code: str) -> None:
    layer = read(fetch("things", form, f"crs={EPSG}{code[5:]}"))
    assert layer.meta["crs"] == code
    np.testing.assert_allclose(
        in_degrees(layer.shapes, code),
        shapely.get_coordinates(shapely.centroid(things().geometry)),
        atol=1e-6,
    )


def in_degrees(shapes: np.ndarray, code: str) -> np.ndarray:
    """Centres in degrees."""
    back = pyproj.Transformer.from_crs(code, "EPSG:4490", always_xy=True)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    return np.column_stack(back.transform(centres[:, 0], centres[:, 1]))


@pytest.mark.parametrize("form", ["fgb", "gpkg"])
def test_a_shifted_map_does_not_claim_to_be_wgs84(fetch: Fetch, form: str) -> None:
    layer = read(fetch("things", form, "coordsys=gcj02"))
    assert "GCJ02" in layer.meta["crs"]
    shift = shapely.get_coordinates(shapely.centroid(layer.shapes))[0] - [114.30045, 30.50045]
    assert 0.001 < abs(shift).max() < 0.01


@pytest.mark.parametrize("form", ["fgb", "gpkg"])
def test_an_empty_selection_is_a_file_with_its_columns(fetch: Fetch, form: str) -> None:
    layer = read(fetch("things", form, "bbox=0,0,1,1"))
    assert len(layer.shapes) == 0
    assert {"name", "height", "day"} <= set(layer.columns)
    assert layer.meta["crs"] == "EPSG:4490"


def test_filters_fields_and_order_hold_in_files_too(fetch: Fetch) -> None:
    query = "filter=number>9007199254741020&properties=number&sortby=-number&limit=5"
    columns = read(fetch("things", "fgb", query), in_order=True).columns
    assert set(columns) == {"fid", "number", "OGC_FID"}
    assert columns["number"] == sorted(columns["number"], reverse=True)
    assert len(columns["number"]) == 5


def test_a_geopackage_is_indexed_and_tells_titles(fetch: Fetch) -> None:
    with closing(sqlite3.connect(fetch("things", "gpkg", "lang=zh"))) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        told = dict(file.execute("SELECT column_name, name FROM gpkg_data_columns"))
        assert told["height"] == "高度 (m)"
        assert told["name"] == "名称"
        (count,) = file.execute("SELECT count(*) FROM rtree_things_geom").fetchone()
        assert count == COUNT
        (description,) = file.execute("SELECT description FROM gpkg_contents").fetchone()
        assert description == "建筑"
