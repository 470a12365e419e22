"""Real files through the commands of a user: init, load, tiles build, validate."""

import csv
import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim.grids.beidou import PLUGIN as BEIDOU
from cim.store.gpkg import GpkgStore
from tests.commands import cim

type Shared = Callable[[str], Path]

CITY_MODELS = [
    # file, options, features, west, south, east, north of the place it stands in
    ("rotterdam_3-20-DELFSHAVEN.city.json", (), 853, (4.44, 51.90, 4.47, 51.92)),
    ("delft.json", (), 570, (4.35, 51.99, 4.38, 52.02)),
    ("3dbag_b2.city.jsonl", (), 2, (4.36, 52.00, 4.37, 52.02)),
    ("vienna.city.jsonl", ("--crs", "EPSG:31256"), 149, (16.33, 48.19, 16.37, 48.22)),
    ("DH_01_subs.city.json", ("--crs", "EPSG:7415"), 4, (4.2, 52.0, 4.4, 52.2)),
]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    cim("init", tmp_path / "city")
    return tmp_path / "city"


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("name", "options", "count", "place"), CITY_MODELS, ids=[model[0] for model in CITY_MODELS]
)
def test_a_city_model_becomes_a_layer_and_a_tileset_of_the_same_entities(
    city: Path,
    shared: Shared,
    name: str,
    options: tuple[str, ...],
    count: int,
    place: tuple[float, float, float, float],
) -> None:
    source = shared(f"data/models/cityjson/{name}")
    report = cim("load", source, "--layer", "model", "--class", "BLDG", "-w", city, *options).row
    assert (report["inserted"], report["rejected"]) == (count, 0)
    assert cim("load", source, "--layer", "model", "-w", city, *options).row["unchanged"] == count
    layer = cim("layer", "show", "model", "-w", city).row
    west, south, east, north = layer["bounds"]
    assert place[0] < west < east < place[2]
    assert place[1] < south < north < place[3]
    built = cim("tiles", "build", "layer:model", "-w", city).row
    assert built["features"] == count
    assert any(origin.startswith("lod ") for origin in built["height_sources"])
    tileset = city / "tiles" / "model"
    assert cim("tiles", "validate", tileset).rows == []
    assert cim("tiles", "info", tileset).row["features"] == count


@pytest.mark.e2e
def test_hong_kong_addresses_of_two_districts_share_a_layer(city: Path, shared: Shared) -> None:
    folder = "data/addresses/hk_als_20251004"
    sources = [shared(f"{folder}/{name}.geojson.gz") for name in ("kwun_tong", "wong_tai_sin")]
    reports = cim("load", *sources, "--layer", "hk", "--class", "DOOR", "-w", city).rows
    assert [report["records"] for report in reports] == [3208, 2005]
    assert all(report["inserted"] + report["rejected"] == report["records"] for report in reports)
    store = GpkgStore(city / "city.gpkg")
    addresses = [
        text
        for batch in store.read("hk", columns=("Address",))
        for text in batch.attributes["Address"].to_pylist()
    ]
    store.close()
    assert any("觀塘區" in text for text in addresses)
    assert any("黃大仙區" in text for text in addresses)


@pytest.mark.e2e
@pytest.mark.slow
def test_every_door_plate_of_tainan_is_in_the_store_where_it_stands(
    city: Path, shared: Shared
) -> None:
    source = shared("data/addresses/tainan_doorplates.csv.gz")
    words = ("load", source, "--layer", "plates", "--class", "DOOR", "--crs", "EPSG:4326")
    report = cim(*words, "-w", city).row
    assert (report["inserted"], report["rejected"]) == (696_416, 0)
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    store = GpkgStore(city / "city.gpkg")
    batches = list(store.read("plates", columns=("FULL_ADDR", "entity_id", "beidou_code")))
    store.close()
    addresses = [text for b in batches for text in b.attributes["FULL_ADDR"].to_pylist()]
    assert addresses == [row["FULL_ADDR"] for row in rows]
    points = np.concatenate([shapely.get_coordinates(batch.geometry) for batch in batches])
    assert np.array_equal(points, [(float(row["X"]), float(row["Y"])) for row in rows])
    codes = [text for b in batches for text in b.attributes["beidou_code"].to_pylist()]
    west, south, east, north = BEIDOU.bounds(BEIDOU.from_text(codes)).T
    assert ((west <= points[:, 0]) & (points[:, 0] < east)).all()
    assert ((south <= points[:, 1]) & (points[:, 1] < north)).all()
    ids = {text for b in batches for text in b.attributes["entity_id"].to_pylist()}
    assert len(ids) == len(rows)
    with closing(sqlite3.connect(city / "city.gpkg")) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        check = connection.execute("SELECT rtreecheck('main', 'rtree_plates_geom')").fetchone()
        assert check == ("ok",)
