"""A city with public buildings and restricted plates, its server, and keys to it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.security.keys import KeyDraft, Keys
from cim.store.base import Store
from tests.api.cities import (
    PLATES_DRAFT,
    app_of,
    build_caches,
    buildings,
    load,
    open_city,
    plates,
)

LOCAL = "http://127.0.0.1"


def secret_city(folder: Path) -> Store:
    """Public buildings and restricted plates, with their caches."""
    store = open_city(folder)
    load(store, buildings())
    load(store, plates(), PLATES_DRAFT)
    classify(folder, "plates", "restricted")
    build_caches(store, folder)
    return store


def classify(folder: Path, layer: str, classification: str) -> None:
    """Give a layer of a city its class."""
    with closing(sqlite3.connect(folder / "city.gpkg")) as connection, connection:
        connection.execute(
            "UPDATE cim_layer SET classification = ? WHERE name = ?", (classification, layer)
        )


def client_of(folder: Path, store: Store, address: str = "192.0.2.7", **access: Any) -> TestClient:
    """A client of the city's server, on another machine unless told."""
    app = app_of(folder, store, access=access)
    return TestClient(app, base_url=LOCAL, client=(address, 5), raise_server_exceptions=False)


def key_of(folder: Path, *roles: str, name: str = "zhang", expires_at: str | None = None) -> str:
    """A new key."""
    return Keys(folder).create(KeyDraft(name, roles, "test", expires_at))[1]


def bearer(key: str) -> dict[str, str]:
    """Headers that show a key."""
    return {"Authorization": f"Bearer {key}"}
