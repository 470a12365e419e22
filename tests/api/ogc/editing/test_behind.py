"""Pages while a layer is edited: right at every moment, and quick where nothing changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.ogc.items import Items
from api.ogc.parameters import ItemsRequest
from cim.coding import CodeLevels
from cim.editing.prepare import Draft, prepare
from cim.store.base import Store
from tests.api.cities import app_of, build_caches, buildings, load, open_city
from tests.making import squares

ITEMS = "/ogc/collections/buildings/items"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """250 buildings with their cache made."""
    opened = open_city(tmp_path)
    load(opened, buildings(250))
    build_caches(opened, tmp_path)
    yield opened
    opened.close()


def edit(store: Store, *drafts: Draft) -> None:
    layer = store.layer("buildings")
    store.edit(layer, prepare(drafts, layer, CodeLevels()).edits, "api")


def rename(fid: int, name: str) -> Draft:
    return Draft("update", fid, properties={"name": name})


def pages(client: TestClient, limit: int) -> list[dict[str, Any]]:
    """All features, page by page."""
    url, found = f"{ITEMS}?limit={limit}", []
    while url:
        page = client.get(url).json()
        found += page["features"]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return found


def test_pages_say_what_the_store_says_after_any_edits(tmp_path: Path, store: Store) -> None:
    client = TestClient(app_of(tmp_path, store))
    chance = np.random.default_rng(20261122)
    for turn in range(12):
        valid = [one["id"] for one in pages(client, 100)]
        chosen = chance.choice(valid, 3, replace=False).tolist()
        shape = squares(1, lon=114.4 + turn * 0.001)[0]
        edit(
            store,
            rename(chosen[0], f"turn {turn}"),
            Draft("retire", chosen[1]),
            Draft("create", None, shape, has_geometry=True, properties={"name": f"new {turn}"}),
        )
        for limit in (7, 40, 1000):
            found = pages(client, limit)
            (batch,) = store.read("buildings", columns=("name",))
            assert [one["id"] for one in found] == batch.records.tolist()
            names = [one["properties"]["name"] for one in found]
            assert names == batch.attributes["name"].to_pylist()
            first = client.get(f"{ITEMS}?limit={limit}").json()
            assert first["numberMatched"] == len(batch)


def test_an_edit_of_this_worker_is_known_without_a_look(tmp_path: Path, store: Store) -> None:
    items = Items(store, tmp_path / "index" / "items", lambda _name: None)
    request = ItemsRequest(10)
    items.page(store.layer("buildings"), request)
    for turn in range(3):
        layer = store.layer("buildings")
        draft = rename(200 + turn, f"{turn}")
        outcome = store.edit(layer, prepare([draft], layer, CodeLevels()).edits, "api")
        assert (outcome.before, outcome.after) == (layer.version, store.head("buildings"))
        items.note("buildings", outcome.before, outcome.after, outcome.fids)
        assert items.ready_page(store.layer("buildings"), request) is not None
    edit(store, rename(3, "unknown to this worker"))
    assert items.ready_page(store.layer("buildings"), request) is None


def test_a_page_that_no_edit_touched_needs_no_thread(tmp_path: Path, store: Store) -> None:
    items = Items(store, tmp_path / "index" / "items", lambda _name: None)
    request = ItemsRequest(10)
    items.page(store.layer("buildings"), request)
    edit(store, rename(200, "far away"))
    layer = store.layer("buildings")
    assert items.ready_page(layer, request) is None
    expected = items.page(layer, request)
    assert items.ready_page(layer, request) == expected
    edit(store, rename(5, "on the page"))
    items.page(store.layer("buildings"), request)
    assert items.ready_page(store.layer("buildings"), request) is None
