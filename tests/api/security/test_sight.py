"""What callers see of a city with secret layers and attributes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from api.security.principals import Principal
from api.security.rights import BUILT_IN, Role
from api.security.seen import SeenStore
from api.security.sight import Sights, enter, leave
from cim.errors import NotFoundError
from cim.store.base import ItemQuery, Store
from tests.api.cities import PLATES_DRAFT, buildings, load, open_city, plates


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Public buildings and restricted plates."""
    folder = tmp_path_factory.mktemp("sight")
    store = open_city(folder)
    load(store, buildings())
    load(store, plates(), PLATES_DRAFT)
    with closing(sqlite3.connect(folder / "city.gpkg")) as connection, connection:
        connection.execute(
            "UPDATE cim_layer SET classification = 'restricted' WHERE name = 'plates'"
        )
    yield store
    store.close()


def steward() -> Principal:
    return Principal("zhang", frozenset({"steward"}), "key", "k1")


def test_the_public_does_not_see_a_restricted_layer(store: Store) -> None:
    sight = Sights(store, BUILT_IN).anonymous
    assert list(sight.layers()) == ["buildings"]
    with pytest.raises(NotFoundError) as hidden:
        sight.layer("plates")
    with pytest.raises(NotFoundError) as missing:
        sight.layer("absent")
    assert str(hidden.value).replace("plates", "absent") == str(missing.value)


def test_entities_of_a_hidden_layer_do_not_exist(store: Store) -> None:
    (batch,) = store.read("plates", columns=("entity_id",))
    entity_id = batch.attributes["entity_id"][0].as_py()
    with pytest.raises(NotFoundError, match="does not exist"):
        Sights(store, BUILT_IN).anonymous.store.entity(entity_id)
    assert Sights(store, BUILT_IN).of(steward()).store.entity(entity_id).layer.name == "plates"


def test_reading_a_hidden_layer_by_row_is_refused(store: Store) -> None:
    public = Sights(store, BUILT_IN).anonymous.store
    with pytest.raises(NotFoundError):
        public.fids("plates", ItemQuery())
    with pytest.raises(NotFoundError):
        public.count("plates", ItemQuery())
    with pytest.raises(NotFoundError):
        list(public.read("plates", np.array([1])))


def test_the_routes_store_follows_the_caller(store: Store) -> None:
    sights = Sights(store, BUILT_IN)
    seen = SeenStore(store, sights)
    assert list(seen.layers()) == ["buildings"]
    token = enter(sights.of(steward()))
    try:
        assert list(seen.layers()) == ["buildings", "plates"]
    finally:
        leave(token)
    assert list(seen.layers()) == ["buildings"]


def test_a_role_that_hides_an_attribute_shows_the_rest(store: Store) -> None:
    roles = {"guest": Role("guest", layers=("plates",), hidden=("plates.name",))}
    sight = Sights(store, roles).of(Principal("li", frozenset({"guest"}), "key", "k2"))
    names = [field.name for field in sight.layer("plates").fields]
    assert "name" not in names
    assert sight.is_partial("plates")
    (batch,) = sight.store.read("plates")
    assert "name" not in batch.attributes.column_names


def test_a_role_that_is_not_defined_any_more_allows_nothing(store: Store) -> None:
    sight = Sights(store, {}).of(Principal("wang", frozenset({"gone"}), "key", "k3"))
    assert list(sight.layers()) == ["buildings"]
    assert sight.tag == "public"
