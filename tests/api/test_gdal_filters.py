"""Filters on real data: the server selects what SQLite, shapely and GDAL select from the source.

GDAL's own LIKE takes `_` for a byte, so plain SQLite is asked for conditions on values.
"""

import csv
import gzip
import itertools
import json
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from cim.catalog import LayerDraft
from cim.loading import LoadOptions, load
from tests.api.cities import open_city
from tests.servers import serving

pytestmark = pytest.mark.e2e
PLATES = 30_000
COLUMNS = ("FULL_ADDR", "TOWN", "VILLAGE", "ROAD", "LANE", "NUMBER")
TRIANGLE = "POLYGON((120.15 22.95,120.32 22.98,120.22 23.09,120.15 22.95))"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, shared: Callable[[str], Path]) -> Path:
    """The first door plates of Tainan as a GeoPackage; empty texts are missing values."""
    path = tmp_path_factory.mktemp("tainan") / "plates.gpkg"
    with gzip.open(
        shared("data/addresses/tainan_doorplates.csv.gz"), "rt", encoding="utf-8"
    ) as file:
        rows = list(itertools.islice(csv.DictReader(file), PLATES))
    lon_lat = np.array([[float(row["X"]), float(row["Y"])] for row in rows])
    texts = [np.array([row[name] or None for row in rows], dtype=object) for name in COLUMNS]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.points(lon_lat)),
        field_data=[np.arange(1, PLATES + 1), *texts, lon_lat[:, 0]],
        fields=["row", *COLUMNS, "lon"],
        geometry_type="Point",
        crs="EPSG:4326",
        driver="GPKG",
        layer="plates",
    )
    return path


@pytest.fixture(scope="module")
def server(source: Path) -> Iterator[str]:
    folder = source.parent / "city"
    folder.mkdir()
    store = open_city(folder)
    load(store, source, LoadOptions(LayerDraft("plates", "DOOR")), reject_path=folder / "r.csv")
    store.close()
    (folder / "cim.toml").write_text('[city]\nname = "tainan"\n', encoding="utf-8")
    with serving(folder) as address:
        yield f"{address}/ogc"


def selected(server: str, text: str) -> list[int]:
    """Rows that a filter selects, page by page."""
    asked = {"filter": text, "limit": "7000", "properties": "row", "skipGeometry": "true"}
    address = f"{server}/collections/plates/items?{urllib.parse.urlencode(asked)}"
    rows: list[int] = []
    while address:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own server
            body = json.load(answer)
        rows += [feature["properties"]["row"] for feature in body["features"]]
        following = (link["href"] for link in body["links"] if link["rel"] == "next")
        address = next(following, "")
    assert len(rows) == body["numberMatched"]
    return rows


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("ROAD = '中山路'", "ROAD = '中山路'"),
        ("ROAD LIKE '中山_路' AND NOT (LANE IS NULL)", "ROAD LIKE '中山_路' AND LANE IS NOT NULL"),
        ("LANE IS NULL OR NUMBER LIKE '1_號'", "LANE IS NULL OR NUMBER LIKE '1_號'"),
        ("NOT (ROAD = '中山路')", "NOT (ROAD = '中山路')"),
        ("ROAD <> '中山路' OR LANE = '164巷'", "ROAD <> '中山路' OR LANE = '164巷'"),
        ("TOWN NOT IN ('6703100','6702800')", "TOWN NOT IN ('6703100','6702800')"),
        ("lon BETWEEN 120.2 AND 120.25", "lon BETWEEN 120.2 AND 120.25"),
        ('"row" % 7 = 3 AND "row" * 2 < 9000', '"row" % 7 = 3 AND "row" * 2 < 9000'),
        ("FULL_ADDR LIKE '%永康區%號'", "FULL_ADDR LIKE '%永康區%號'"),
        ("ROAD = VILLAGE OR ROAD >= '中山東'", "ROAD = VILLAGE OR ROAD >= '中山東'"),
    ],
)
def test_conditions_on_values_select_what_sqlite_selects(
    server: str, source: Path, text: str, where: str
) -> None:
    with closing(sqlite3.connect(source)) as file:
        expected = file.execute(f'SELECT "row" FROM plates WHERE {where} ORDER BY fid').fetchall()
    found = selected(server, text)
    assert found == [row for (row,) in expected]
    assert 0 < len(found) < PLATES


def test_conditions_on_shapes_select_what_shapely_selects(server: str, source: Path) -> None:
    _, _, wkb, (rows, *_, lon) = pyogrio.raw.read(source)
    inside = shapely.within(shapely.from_wkb(wkb), shapely.from_wkt(TRIANGLE))
    east = lon > 120.3
    assert 100 < inside.sum() < PLATES
    assert selected(server, f"S_WITHIN(geom,{TRIANGLE})") == rows[inside].tolist()
    either = f"S_WITHIN(geom,{TRIANGLE}) OR lon > 120.3"
    assert selected(server, either) == rows[inside | east].tolist()
    neither = f"NOT ({either})"
    assert selected(server, neither) == rows[~(inside | east)].tolist()
    assert selected(server, f"S_DISJOINT({TRIANGLE},geom)") == rows[~inside].tolist()


def test_what_gdal_asks_of_the_server_equals_what_it_reads_from_the_source(
    server: str, source: Path
) -> None:
    box, where = (120.2, 22.98, 120.24, 23.02), "ROAD = '中山路' AND lon > 120.2"
    asked = {"bbox": box, "where": where, "columns": ["row"], "read_geometry": False}
    _, _, _, (expected,) = pyogrio.raw.read(source, **asked)
    _, _, _, (found,) = pyogrio.raw.read(f"OAPIF:{server}", layer="plates", **asked)
    assert found.tolist() == expected.tolist()
    assert len(found) > 10
