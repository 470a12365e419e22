"""Selections are kept while they fit, and never more than may be."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from api.ogc import selection
from api.ogc.parameters import ItemsRequest, Limits, parse_items
from api.ogc.selection import Selector
from cim.store.base import Store
from tests.api.cities import buildings, load, open_city


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_city(tmp_path)
    load(opened, buildings())
    yield opened
    opened.close()


def asked(store: Store, **values: str) -> ItemsRequest:
    return parse_items(values, store.layer("buildings"), Limits(10, 10_000))


def test_what_is_kept_stays_within_its_bound_however_long_conditions_are(store: Store) -> None:
    terms = " OR ".join(f"floors={n}" for n in range(500))
    weight = selection._weight(asked(store, filter=terms))
    assert weight > 1_500 * selection.NODE_BYTES
    kept, fids = selection._Kept(), np.arange(25)
    for number in range(2 * selection.KEPT_BYTES // weight):
        kept.put(number, fids, weight)
    assert 0 < kept._bytes <= selection.KEPT_BYTES
    assert kept.get(0) is None
    assert kept.get(number) is fids


def test_an_edit_makes_a_new_selection_and_a_cursor_finds_its_place_in_it(store: Store) -> None:
    selector, layer = Selector(store), store.layer("buildings")
    first = selector.select(layer, asked(store, sortby="-floors", limit="5"))
    assert first.fids.tolist() == [25, 24, 23, 22, 21]
    load(store, buildings(25, floors=[n + (30 if n == 3 else 0) for n in range(1, 26)]))
    following = asked(store, sortby="-floors", limit="5", cursor=str(first.next))
    second = selector.select(store.layer("buildings"), following)
    assert second.fids.tolist() == [20, 19, 18, 17, 16], "what moved to the front is not repeated"
    assert second.matched == 25
    load(store, buildings(25, floors=[n - (30 if n == 21 else 0) for n in range(1, 26)]))
    third = selector.select(store.layer("buildings"), following)
    np.testing.assert_array_equal(third.fids, [20, 19, 18, 17, 16])
