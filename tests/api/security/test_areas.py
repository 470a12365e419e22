"""Roles that see a part of the city, and attributes of several classes."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cim.store.base import ItemQuery, Store
from cim.store.gpkg import GpkgStore
from tests.api.cities import build_caches, buildings, load, open_city
from tests.api.security.cities import bearer, classify, client_of, key_of

BUILDINGS = "/ogc/collections/buildings"
ROLES: dict[str, dict[str, Any]] = {
    "west": {"layers": ["buildings"], "bbox": [114.0, 30.0, 114.3035, 31.0], "verbs": ["read"]},
    "office": {"layers": ["buildings"], "hidden": ["buildings.use"]},
    "nowhere": {"layers": ["buildings"], "polygon": "POLYGON((0 0, 1 0, 1 1, 0 0))"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace of the city."""
    return tmp_path_factory.mktemp("areas")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    """Internal buildings in a row from west to east."""
    store = open_city(folder)
    load(store, buildings())
    classify(folder, "buildings", "internal")
    build_caches(store, folder)
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(folder: Path, store: Store) -> Iterator[TestClient]:
    with client_of(folder, store, roles=ROLES) as client:
        yield client


@pytest.fixture(scope="module")
def headers(folder: Path, store: Store) -> dict[str, dict[str, str]]:
    """Headers of a caller with each role."""
    del store
    return {role: bearer(key_of(folder, role, name=role)) for role in (*ROLES, "steward")}


def test_an_area_limits_pages_counts_and_extent(
    client: TestClient, headers: dict[str, dict[str, str]]
) -> None:
    whole = client.get(f"{BUILDINGS}/items?limit=100", headers=headers["steward"]).json()
    west = client.get(f"{BUILDINGS}/items?limit=100", headers=headers["west"]).json()
    kept = [
        feature["id"]
        for feature in whole["features"]
        if min(x for x, _ in feature["geometry"]["coordinates"][0]) <= 114.3035
    ]
    assert 0 < len(kept) < whole["numberMatched"]
    assert [feature["id"] for feature in west["features"]] == kept
    assert west["numberMatched"] == len(kept)
    about = client.get(BUILDINGS, headers=headers["west"]).json()
    assert about["itemCount"] == len(kept)
    assert about["extent"]["spatial"]["bbox"] == [ROLES["west"]["bbox"]]


def test_what_lies_outside_of_the_area_does_not_exist(
    client: TestClient, headers: dict[str, dict[str, str]]
) -> None:
    whole = client.get(f"{BUILDINGS}/items?limit=100", headers=headers["steward"]).json()
    far = whole["features"][-1]
    for path in (
        f"{BUILDINGS}/items/{far['id']}",
        f"/api/entities/{far['properties']['entity_id']}",
    ):
        assert client.get(path, headers=headers["steward"]).status_code == 200
        assert client.get(path, headers=headers["west"]).status_code == 404


def test_an_area_without_features_is_an_empty_layer(
    client: TestClient, headers: dict[str, dict[str, str]]
) -> None:
    about = client.get(BUILDINGS, headers=headers["nowhere"]).json()
    assert about["itemCount"] == 0
    assert "extent" not in about
    assert client.get(f"{BUILDINGS}/items", headers=headers["nowhere"]).json()["features"] == []


@pytest.mark.parametrize(
    "query",
    [
        "use=住宅",
        "sortby=use",
        "filter=use='住宅'",
        "properties=use",
        "filter=CASEI(use)=CASEI('x')",
    ],
)
def test_a_hidden_attribute_is_as_one_that_is_not_there(
    client: TestClient, headers: dict[str, dict[str, str]], query: str
) -> None:
    hidden = client.get(f"{BUILDINGS}/items?{query}", headers=headers["office"])
    absent = client.get(
        f"{BUILDINGS}/items?{query.replace('use', 'xyz')}", headers=headers["office"]
    )
    assert hidden.status_code == absent.status_code == 400
    assert hidden.json()["detail"].replace("use", "xyz") == absent.json()["detail"]
    assert client.get(f"{BUILDINGS}/items?{query}", headers=headers["steward"]).status_code == 200


@pytest.mark.parametrize(
    "path", ["", "/queryables", "/schema", "/items", "/items?f=csv", "/items/1", "/api"]
)
def test_a_hidden_attribute_is_in_no_document(
    client: TestClient, headers: dict[str, dict[str, str]], path: str
) -> None:
    steward = client.get(f"{BUILDINGS}{path}", headers=headers["steward"])
    office = client.get(f"{BUILDINGS}{path}", headers=headers["office"])
    assert office.status_code == steward.status_code == 200
    for word in ('"use"', ",use,", "住宅"):
        assert word not in office.text


def test_the_registry_is_for_those_who_see_all_addresses(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    at_home = client_of(tmp_path, store, "127.0.0.1")
    body = {"text": "西湖区文三路1号", "division": "330106", "who": "李雷", "why": "新建"}
    code = at_home.post("/api/addresses", json=body).json()["code"]
    paths = (f"/api/addresses/{code}", f"/a/{code}?f=json", "/api/addresses?text=文三路",
             "/api/geocode/search?q=文三路1号")  # fmt: skip
    assert [at_home.get(path).status_code for path in paths] == [200] * 4
    classify(tmp_path, "addresses", "internal")
    part = {"bbox": [114.0, 30.0, 114.1, 31.0], "layers": ["addresses"]}
    roles = {"inner": {"classification": "internal"}, "part": part}
    client = client_of(tmp_path, store, roles=roles)
    inner, some = (bearer(key_of(tmp_path, role)) for role in roles)
    assert [client.get(path).status_code for path in paths] == [404] * 4
    assert [client.get(path, headers=some).status_code for path in paths[:3]] == [404] * 3
    assert [client.get(path, headers=inner).status_code for path in paths] == [200] * 4
    assert client.get("/api/addresses/parse?text=文三路1号").status_code != 404
    store.close()


def test_features_of_an_area_are_counted_off_the_event_loop(
    folder: Path, store: Store, headers: dict[str, dict[str, str]]
) -> None:
    threads: list[str] = []

    class Counting(GpkgStore):
        def count(self, layer: str, query: ItemQuery) -> int:
            threads.append(threading.current_thread().name)
            return super().count(layer, query)

    with (
        closing(Counting(store.path)) as counting,
        client_of(folder, counting, roles=ROLES) as one,
    ):
        assert one.get("/ogc/collections", headers=headers["west"]).is_success
        assert one.get(BUILDINGS, headers=headers["west"]).is_success
        assert one.get("/ogc/collections", headers=headers["steward"]).is_success
    assert len(threads) == 1
    assert threads[0].startswith("AnyIO worker")
