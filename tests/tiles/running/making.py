"""Stores with buildings for tests of builds."""

from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from cim import plugins
from cim.catalog import LayerDraft, SourceRecord
from cim.coding import CodeLevels, code
from cim.features import FeatureBatch
from cim.store._gpkg_connection import connect
from cim.store.base import Store, StoreFactory

LON, LAT, SIZE = 114.3, 30.5, 2e-4
DRAFT = LayerDraft("buildings", class_code="BLDG", crs="EPSG:4490", name_field="name")
SOURCE = SourceRecord("made", "made.gpkg", "0", "EPSG:4490", "column name")


def load_buildings(
    path: Path,
    count: int,
    *,
    without: Collection[int] = (),
    moved: Mapping[int, float] | None = None,
    crowded: Collection[int] = (),
) -> Store:
    """Load squares of 20 m, in rows of 25, with the source ids `b1` and on, into `buildings`.

    Args:
        path: Of the store; it is made when there is none.
        count: Buildings.
        without: Numbers of those that are not there.
        moved: Degrees east by number.
        crowded: Numbers of those that all stand where the first one stands.
    """
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    if not path.exists():
        factory.create(path, "EPSG:4490")
    store = factory.open(path)
    numbers = np.array([n for n in range(1, count + 1) if n not in without])
    place = np.where(np.isin(numbers, list(crowded)), 0, numbers - 1)
    east = np.array([(moved or {}).get(int(number), 0.0) for number in numbers])
    west, south = LON + 2 * SIZE * (place % 25) + east, LAT + 2 * SIZE * (place // 25)
    names = [f"b{number}" for number in numbers]
    batch = FeatureBatch(
        "EPSG:4490",
        np.array(shapely.box(west, south, west + SIZE, south + SIZE), object),
        pa.table({"name": names, "height_m": 10.0 + numbers % 7}),
        tuple(names),
        numbers,
    )
    middles = np.column_stack((west + SIZE / 2, south + SIZE / 2))
    store.load(DRAFT, SOURCE, iter([code(batch, middles, CodeLevels())]))
    return store


def edit(path: Path, statement: str) -> None:
    """Change rows of a store as QGIS does: the triggers keep the journal."""
    with closing(connect(path, writing=True)) as connection:
        connection.execute(statement)
