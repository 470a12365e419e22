"""A city that the tests of the server only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cim.store.base import Store
from tests.api.cities import PLATES_DRAFT, app_of, build_caches, buildings, load, open_city, plates


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace of the city."""
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="session")
def city_store(city: Path) -> Iterator[Store]:
    """Its store: 25 buildings and 3 door plates."""
    store = open_city(city)
    load(store, buildings())
    load(store, plates(), PLATES_DRAFT)
    build_caches(store, city)
    yield store
    store.close()


@pytest.fixture(scope="session")
def client(city: Path, city_store: Store) -> TestClient:
    """A client of its server."""
    return TestClient(app_of(city, city_store), raise_server_exceptions=False)
