"""Conditions on features, asked of the store: it answers as one who looks at each in turn."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cim.filters import model as m
from cim.store._gpkg_connection import connect
from cim.store.base import ItemQuery, Position, SortKey
from cim.store.gpkg import PLUGIN, GpkgStore
from tests.cim.filters.conditions import ROWS, expressions, features, spatials
from tests.cim.filters.naive import holds
from tests.making import DRAFT, SOURCE, coded

LAYER = "buildings"
WITHOUT_SHAPE = str(tuple(f"b{n}" for n in range(4, ROWS, 5)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GpkgStore]:
    path = tmp_path_factory.mktemp("filters") / "city.gpkg"
    PLUGIN.create(path, "EPSG:4490")
    opened = GpkgStore(path)
    opened.load(DRAFT, SOURCE, iter([coded(features())]))
    with closing(connect(path, writing=True)) as other:
        other.execute("UPDATE buildings SET geom = NULL WHERE source_id IN " + WITHOUT_SHAPE)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def rows(store: GpkgStore) -> Mapping[int, Mapping[str, Any]]:
    """The features by row number, as the batch that was loaded has them."""
    batch = features()
    (kept,) = store.read(LAYER)
    places = {source_id: place for place, source_id in enumerate(batch.source_ids)}
    values = batch.attributes.to_pylist()
    return {
        int(fid): {**values[places[source_id]], m.GEOMETRY: shape}
        for fid, source_id, shape in zip(kept.records, kept.source_ids, kept.geometry, strict=True)
    }


def found(store: GpkgStore, query: ItemQuery) -> list[int]:
    return [int(fid) for fid in store.fids(LAYER, query)]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(where=expressions)
def test_the_store_finds_what_a_plain_reading_of_the_condition_finds(
    store: GpkgStore, rows: Mapping[int, Mapping[str, Any]], where: m.Expression
) -> None:
    expected = [fid for fid, row in rows.items() if holds(where, row) is True]
    query = ItemQuery(where=where, limit=1000)
    assert found(store, query) == expected
    assert store.count(LAYER, query) == len(expected)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(where=spatials)
def test_relations_of_shapes_hold_whichever_side_comes_first(
    store: GpkgStore, rows: Mapping[int, Mapping[str, Any]], where: m.Expression
) -> None:
    for condition in (where, m.Not(where)):
        expected = [fid for fid, row in rows.items() if holds(condition, row) is True]
        assert found(store, ItemQuery(where=condition, limit=1000)) == expected


KEYS = st.lists(
    st.builds(
        SortKey, st.sampled_from(["name", "height", "id", "flag", "day", "at"]), st.booleans()
    ),
    max_size=3,
    unique_by=lambda key: key.field,
).map(tuple)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(order=KEYS, where=st.none() | expressions, size=st.integers(1, 25))
def test_pages_by_position_are_the_whole_order_cut_up(
    store: GpkgStore,
    rows: Mapping[int, Mapping[str, Any]],
    order: tuple[SortKey, ...],
    where: m.Expression | None,
    size: int,
) -> None:
    whole = found(store, ItemQuery(where=where, order=order, limit=1000))
    paged: list[int] = []
    after = None
    while page := found(store, ItemQuery(where=where, order=order, after=after, limit=size)):
        paged += page
        (last,) = store.read(LAYER, np.array(page[-1:], np.int64))
        values = last.attributes.to_pylist()[0]
        after = Position(page[-1], tuple(values[key.field] for key in order))
    assert paged == whole
    for one, two in pairwise(whole):
        is_before = comes_before(rows[one], rows[two], order)
        assert one < two if is_before is None else is_before


def comes_before(one: Mapping[str, Any], two: Mapping[str, Any], order: Any) -> bool | None:
    """Whether a row comes before another, rows without a value last; None if they are alike."""
    for key in order:
        left, right = one[key.field], two[key.field]
        if left == right:
            continue
        if left is None or right is None:
            return right is None
        return bool(left > right if key.descending else left < right)
    return None


def test_rows_are_counted_as_the_layer_has_them(store: GpkgStore) -> None:
    assert store.count(LAYER, ItemQuery()) == ROWS
