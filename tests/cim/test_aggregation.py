"""Layers by grid cell, against sums made one feature at a time."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import shapely

from cim import plugins
from cim.aggregation import AggregateRequest, aggregate, by_cell, to_features
from cim.catalog import Layer
from cim.errors import InputError, NotFoundError
from cim.features import FeatureBatch
from cim.geometry import representative_points
from cim.grids.base import Grid, GridCodeError
from cim.store.base import Store
from tests.api.cities import BUILDINGS_DRAFT, load, open_city
from tests.making import make_batch, squares

COUNT = 60
HEIGHTS = [float(n) if n % 7 else None for n in range(COUNT)]


def grid_of(name: str) -> Grid:
    grid: Grid = plugins.load(name, "cim.grids")
    return grid


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    city = open_city(tmp_path_factory.mktemp("city"))
    load(city, make_batch(COUNT, height=HEIGHTS), BUILDINGS_DRAFT)
    yield city
    city.close()


@pytest.mark.parametrize(("system", "level"), [("beidou", 5), ("geosot", 17), ("h3", 9)])
def test_statistics_equal_those_made_one_by_one(store: Store, system: str, level: int) -> None:
    grid = grid_of(system)
    table = aggregate(store, grid, AggregateRequest("buildings", level, "height"))
    codes = grid.encode(representative_points(squares(COUNT)), level)
    expected: dict[int, list[float | None]] = defaultdict(list)
    for code, height in zip(codes.tolist(), HEIGHTS, strict=True):
        expected[code].append(height)
    assert table.codes.tolist() == sorted(expected)
    assert len(table.codes) > 1
    for row, code in enumerate(table.codes.tolist()):
        known = [height for height in expected[code] if height is not None]
        assert table.count[row] == len(expected[code])
        assert table.values[row] == len(known)
        found = [table.sum[row], table.mean[row], table.least[row], table.greatest[row]]
        wanted = [sum(known), sum(known) / len(known), min(known), max(known)] if known else []
        assert found == pytest.approx(wanted or [np.nan] * 4, nan_ok=True)


def test_without_a_field_features_are_counted(store: Store) -> None:
    table = aggregate(store, grid_of("beidou"), AggregateRequest("buildings", 1))
    assert table.count.tolist() == [COUNT]
    assert table.values.tolist() == [0]
    assert np.isnan(table.mean).all()


def test_boxes_side_by_side_share_out_the_features(store: Store) -> None:
    grid = grid_of("beidou")
    split = 114.30333
    west = AggregateRequest("buildings", 8, bounds=(114.0, 30.0, split, 31.0))
    east = AggregateRequest("buildings", 8, bounds=(split, 30.0, 115.0, 31.0))
    counts = [int(aggregate(store, grid, request).count.sum()) for request in (west, east)]
    assert sum(counts) == COUNT
    assert min(counts) > 0


def test_a_box_over_the_antimeridian_leaves_out_the_rest(store: Store) -> None:
    request = AggregateRequest("buildings", 8, bounds=(170.0, -80.0, -170.0, 80.0))
    assert not len(aggregate(store, grid_of("beidou"), request).codes)


class OneBatch:
    """As much of a store as an aggregation reads."""

    def __init__(self, layer: Layer, batch: FeatureBatch) -> None:
        self._layer, self._batch = layer, batch

    def layer(self, name: str) -> Layer:
        """The one layer."""
        assert name == self._layer.name
        return self._layer

    def read(self, _layer: str, _fids: object, *, columns: tuple[str, ...]) -> Iterator[Any]:
        """The one batch."""
        yield replace(self._batch, attributes=self._batch.attributes.select(columns))


def test_features_without_geometry_are_counted_apart(store: Store) -> None:
    shapes = [*squares(2), None, shapely.Point()]
    batch = make_batch(geometry=np.array(shapes, dtype=object))
    fake = cast("Store", OneBatch(store.layer("buildings"), batch))
    table = aggregate(fake, grid_of("h3"), AggregateRequest("buildings", 5, "height"))
    assert (int(table.count.sum()), table.without_place) == (2, 2)


def test_a_wrong_request_names_what_is_legal(store: Store) -> None:
    grid = grid_of("beidou")
    with pytest.raises(InputError, match=r"field 'name' is no number .* numbers: .*height"):
        aggregate(store, grid, AggregateRequest("buildings", 5, "name"))
    with pytest.raises(NotFoundError):
        aggregate(store, grid, AggregateRequest("nowhere", 5))
    with pytest.raises(GridCodeError, match="level 11"):
        aggregate(store, grid, AggregateRequest("buildings", 11))


def test_cells_of_no_value_have_no_statistics() -> None:
    codes = grid_of("beidou").from_text(["N50J", "N50K", "N50J"])
    table = by_cell(codes, np.array([1.0, np.nan, np.nan]))
    assert table.count.tolist() == [2, 1]
    assert table.values.tolist() == [1, 0]
    assert table.sum[0] == 1
    assert np.isnan([table.sum[1], table.mean[1], table.least[1], table.greatest[1]]).all()


@pytest.mark.parametrize("system", plugins.names("cim.grids"))
def test_cells_become_polygons_with_their_code_as_id(store: Store, system: str) -> None:
    grid = grid_of(system)
    table = aggregate(store, grid, AggregateRequest("buildings", 7, "height"))
    features = to_features(grid, table, "height")
    assert list(features.source_ids) == grid.to_text(table.codes).tolist()
    sums = features.attributes["sum_height"].to_pylist()
    assert sums == [None if np.isnan(total) else total for total in table.sum.tolist()]
    assert shapely.is_valid(features.geometry).all()
