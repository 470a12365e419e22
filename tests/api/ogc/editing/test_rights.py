"""Who may edit what, by role, area and attribute, and what is recorded of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from cim.audit import AuditQuery, AuditTrail
from cim.store.base import Store
from tests.api.cities import PLATES_DRAFT, build_caches, buildings, load, open_city, plates
from tests.api.security.cities import bearer, classify, client_of, key_of

BUILDINGS = "/ogc/collections/buildings/items"
PATCH = {"content-type": "application/merge-patch+json"}
WEST = [114.2995, 30.4995, 114.3004, 30.51]
"""An area around the first column of the buildings."""

EDITS = ["read", "create", "update", "delete"]
ROLES = {
    "editor": {"layers": ["buildings"], "verbs": EDITS},
    "mender": {"layers": ["buildings"], "verbs": ["read", "update"]},
    "west": {"layers": ["buildings"], "verbs": EDITS, "bbox": WEST},
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """25 buildings and 3 door plates, with their caches made."""
    opened = open_city(tmp_path)
    load(opened, buildings())
    load(opened, plates(), PLATES_DRAFT)
    build_caches(opened, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def client(tmp_path: Path, store: Store) -> TestClient:
    """A client on another machine."""
    return client_of(tmp_path, store, roles=ROLES)


def square(west: float, south: float) -> dict[str, Any]:
    east, north = west + 0.0002, south + 0.0002
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": "x"},
    }


def test_who_shows_no_key_may_not_edit_from_elsewhere(client: TestClient) -> None:
    assert client.options(BUILDINGS).headers["allow"] == "GET, HEAD, OPTIONS"
    refused = client.post(BUILDINGS, json=square(114.3, 30.5))
    assert refused.status_code == 401
    assert "www-authenticate" in refused.headers


def test_verbs_are_those_of_the_role(tmp_path: Path, client: TestClient) -> None:
    editor, mender = (bearer(key_of(tmp_path, role, name=role)) for role in ("editor", "mender"))
    allowed = client.options(BUILDINGS, headers=editor).headers["allow"]
    assert allowed == "GET, HEAD, OPTIONS, POST"
    allowed = client.options(f"{BUILDINGS}/1", headers=mender).headers["allow"]
    assert allowed == "GET, HEAD, OPTIONS, PUT, PATCH"
    assert client.post(BUILDINGS, json=square(114.3, 30.5), headers=editor).status_code == 201
    assert client.post(BUILDINGS, json=square(114.3, 30.5), headers=mender).status_code == 403
    assert client.delete(f"{BUILDINGS}/1", headers=mender).status_code == 403
    path = BUILDINGS.replace("items", "transactions")
    operations = {"operations": [{"op": "delete", "id": 1}]}
    assert client.post(path, json=operations, headers=mender).status_code == 403
    changed = client.patch(f"{BUILDINGS}/1", content=b"{}", headers=mender | PATCH)
    assert changed.status_code == 204


def test_an_area_holds_what_is_touched_and_where_it_goes(
    tmp_path: Path, client: TestClient
) -> None:
    west = bearer(key_of(tmp_path, "west"))
    inside, outside = square(114.3, 30.5), square(114.305, 30.5)
    made = client.post(BUILDINGS, json=inside, headers=west)
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    for refused in (
        client.post(BUILDINGS, json=outside, headers=west),
        client.put(path, json=outside, headers=west),
    ):
        assert (refused.status_code, refused.json()["field"]) == (403, "geometry")
    for refused in (
        client.patch(f"{BUILDINGS}/9", content=b"{}", headers=west | PATCH),
        client.delete(f"{BUILDINGS}/9", headers=west),
    ):
        assert (refused.status_code, refused.json()["field"]) == (403, "id")
    assert client.delete(path, headers=west).status_code == 204


def test_what_a_caller_does_not_see_is_not_there_to_edit(
    tmp_path: Path, client: TestClient
) -> None:
    classify(tmp_path, "buildings", "restricted")
    west = bearer(key_of(tmp_path, "west"))
    assert client.options(BUILDINGS).status_code == 404
    assert client.post(BUILDINGS, json=square(114.3, 30.5)).status_code == 404
    assert client.patch(f"{BUILDINGS}/1", content=b"{}", headers=west | PATCH).status_code == 204
    assert client.patch(f"{BUILDINGS}/9", content=b"{}", headers=west | PATCH).status_code == 404
    assert client.delete(f"{BUILDINGS}/9", headers=west).status_code == 404


def test_a_replacement_leaves_what_its_sender_may_not_see(
    tmp_path: Path, client: TestClient, store: Store
) -> None:
    with closing(sqlite3.connect(tmp_path / "city.gpkg")) as connection, connection:
        connection.execute(
            "UPDATE cim_field SET classification = 'restricted' "
            "WHERE layer = 'buildings' AND name = 'height'"
        )
    editor = bearer(key_of(tmp_path, "editor"))
    assert "height" not in client.get(f"{BUILDINGS}/1", headers=editor).json()["properties"]
    named = {**square(114.3, 30.5), "properties": {"height": 1.0}}
    refused = client.put(f"{BUILDINGS}/1", json=named, headers=editor)
    assert (refused.status_code, refused.json()["field"]) == (422, "height")
    document = square(114.3, 30.5)
    assert client.put(f"{BUILDINGS}/1", json=document, headers=editor).status_code == 204
    (batch,) = store.read("buildings", np.array([1]), columns=("name", "height", "use"))
    assert batch.attributes.to_pylist() == [{"name": "x", "height": 9.0, "use": None}]


def test_edits_are_recorded_with_who_and_what(tmp_path: Path, client: TestClient) -> None:
    editor = bearer(key_of(tmp_path, "editor", name="li"))
    made = client.post(BUILDINGS, json=square(114.3, 30.5), headers=editor)
    fid = made.headers["location"].rpartition("/")[2]
    client.delete(f"{BUILDINGS}/{fid}", headers=editor)
    found = AuditTrail(tmp_path / "access" / "audit.sqlite").read(AuditQuery())
    told = " ".join(str(record) for record in found)
    assert f"created=1 ids={fid}" in told
    assert f"retired=1 ids={fid}" in told
    assert "li" in told
