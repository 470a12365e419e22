"""What a condition may cost: a server answers others while one asks for too much."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cim.errors import CostlyError
from cim.filters import model as m
from cim.store.base import ItemQuery, Store
from tests.api.cities import BUILDINGS_DRAFT, app_of, buildings, load, open_city

ITEMS = "/ogc/collections/buildings/items"
MANY = 5_000
TOUCHES = " OR ".join(
    f"S_TOUCHES(geom, LINESTRING(114.{n} 30.4,114.{n} 30.6))" for n in range(300, 320)
)
MOMENT_S = 1e-6


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_city(tmp_path)
    load(opened, buildings(MANY), BUILDINGS_DRAFT)
    yield opened
    opened.close()


def test_a_filter_that_costs_too_much_is_refused_with_the_limit(
    tmp_path: Path, store: Store
) -> None:
    strict = TestClient(app_of(tmp_path, store, server={"filter_timeout_s": MOMENT_S}))
    for question in ({"filter": TOUCHES}, {"bbox": "114.3,30.5,114.30001,30.6"}):
        refused = strict.get(ITEMS, params=question)
        assert refused.status_code == 400, refused.text
        assert "more than 1e-06 s of processor time" in refused.json()["detail"]
    assert strict.get(ITEMS, params={"limit": 5}).status_code == 200
    generous = TestClient(app_of(tmp_path, store))
    assert generous.get(ITEMS, params={"filter": TOUCHES}).status_code == 200


def test_statements_are_ended_too_and_the_connection_goes_on(store: Store) -> None:
    text = m.Comparison("<>", m.Folded("casei", m.Property("name")), m.Literal("nobody"))
    costly = ItemQuery(where=text, limit=MANY, within_s=MOMENT_S)
    for ask in (store.fids, store.count):
        with pytest.raises(CostlyError, match="more than 1e-06 s"):
            ask("buildings", costly)
    assert len(store.fids("buildings", ItemQuery(where=text, limit=MANY))) == MANY
    assert store.count("buildings", ItemQuery(where=text, within_s=60.0)) == MANY
