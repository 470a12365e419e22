"""A city with every kind of value, read only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from cim.catalog import Field, LayerDraft
from cim.features import FeatureBatch
from cim.store.base import Store
from tests.api.cities import app_of, build_caches, load, open_city
from tests.making import make_batch

COUNT = 40
HUGE = 2**53 + 1
"""The first whole number that is none in JavaScript."""

FIELDS = (
    Field("height", "number", "高度", "Height", "m"),
    Field("name", "string", "名称", "Name"),
)


def things() -> FeatureBatch:
    """Squares, some with a hole, with columns of every type and every awkward value."""
    west = 114.3 + 0.001 * (np.arange(COUNT) % 8)
    south = 30.5 + 0.001 * (np.arange(COUNT) // 8)
    whole = shapely.box(west, south, west + 0.0009, south + 0.0009)
    hole = shapely.box(west + 0.0002, south + 0.0002, west + 0.0005, south + 0.0005)
    shapes = np.where(np.arange(COUNT) % 3 == 0, shapely.difference(whole, hole), whole)
    rows = range(COUNT)
    return make_batch(
        geometry=shapes,
        name=[None if n % 7 == 3 else f"{n} 号楼\"'<,\n;㙍𠮷" for n in rows],
        height=[None if n % 5 == 2 else 3.1 * n + 0.1 for n in rows],
        number=[None if n == 9 else HUGE + n for n in rows],
        built=[None if n == 8 else n % 2 == 0 for n in rows],
        day=[None if n == 7 else date(1949, 10, 1) + timedelta(days=n) for n in rows],
        moment=[None if n == 6 else datetime(2024, 5, 1, 8, n, 7, tzinfo=UTC) for n in rows],
        body=[None if n == 5 else bytes([n, 0, 255]) for n in rows],
    )


def posts() -> FeatureBatch:
    """Points: one with a height, two without; texts that a spreadsheet would run."""
    points = [shapely.Point(114.31, 30.51, 12.345), *shapely.points([[114.32, 30.52]] * 2)]
    return make_batch(geometry=points, name=["=1+1", "-5", "@SUM(A1)"])


def solids() -> FeatureBatch:
    """Polygons in space."""
    flat = shapely.box(114.3, 30.5, 114.301, 30.501)
    return make_batch(geometry=[shapely.force_3d(flat, 20.5), shapely.force_3d(flat, 3.0)])


def mixed() -> FeatureBatch:
    """Geometries of several types in one layer."""
    line = shapely.linestrings([[114.3, 30.5], [114.31, 30.52]])
    return make_batch(geometry=[shapely.Point(114.3, 30.5), line, shapely.box(114, 30, 115, 31)])


def move_to_nowhere(store: Store, layer: str, fid: int) -> None:
    """Take a feature's geometry away, as other programs can."""
    with closing(sqlite3.connect(store.path)) as connection, connection:
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY", "ST_IsEmpty"):
            connection.create_function(name, 1, lambda _: 0)
        connection.execute(f"UPDATE {layer} SET geom = NULL WHERE fid = ?", (fid,))


LAYERS = {
    "things": (things, LayerDraft("things", "BLDG", "EPSG:4490", "建筑", fields=FIELDS)),
    "posts": (posts, LayerDraft("posts", "DOOR", "EPSG:4490", "门牌：甲/乙")),
    "solids": (solids, LayerDraft("solids", "BLDG", "EPSG:4490", "实体")),
    "mixed": (mixed, LayerDraft("mixed", "FEAT", "EPSG:4490", "混合")),
}


@pytest.fixture(scope="package")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Store]]:
    """The workspace and its store."""
    folder = tmp_path_factory.mktemp("everything")
    store = open_city(folder)
    for make, draft in LAYERS.values():
        load(store, make(), draft)
    move_to_nowhere(store, "posts", 3)
    build_caches(store, folder)
    yield folder, store
    store.close()


@pytest.fixture(scope="package")
def server(everything: tuple[Path, Store]) -> TestClient:
    """A client of the city's server."""
    return TestClient(app_of(*everything), raise_server_exceptions=False)
