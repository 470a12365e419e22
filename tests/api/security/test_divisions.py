"""Roles that hold in divisions of the city, whose boundaries are a layer of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

from api.security.desk import Access
from cim.catalog import LayerDraft
from cim.errors import ConfigError
from cim.store.base import Store
from tests.api.cities import app_of, build_caches, buildings, load, open_city, settings_of
from tests.api.security.cities import LOCAL, bearer, classify, key_of
from tests.making import make_batch

ITEMS = "/ogc/collections/buildings/items"
MIDDLE = 114.3035
"""Longitude between the two districts."""

ADDRESSES = {"boundaries": "districts.adcode"}


def districts() -> Any:
    """Two towns of a district, the district beside it, and a city elsewhere."""
    shapes = [
        shapely.box(114.0, 30.0, 114.302, 31.0),
        shapely.box(114.302, 30.0, MIDDLE, 31.0),
        shapely.box(MIDDLE, 30.0, 115.0, 31.0),
        shapely.box(110.0, 30.0, 111.0, 31.0),
    ]
    return make_batch(geometry=shapes, adcode=["420103001", "420103002", "420104", "420500"])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Store]]:
    folder = tmp_path_factory.mktemp("divisions")
    store = open_city(folder)
    load(store, buildings())
    load(store, districts(), LayerDraft("districts", "FEAT", "EPSG:4490"))
    classify(folder, "buildings", "internal")
    build_caches(store, folder)
    yield folder, store
    store.close()


def seen_by(city: tuple[Path, Store], *codes: str) -> list[float]:
    """Western edges of the buildings that a role of some divisions shows."""
    folder, store = city
    role = {"layers": ["buildings"], "divisions": list(codes), "verbs": ["read"]}
    app = app_of(folder, store, access={"roles": {"local": role}}, addresses=ADDRESSES)
    with TestClient(app, base_url=LOCAL, client=("192.0.2.7", 5)) as client:
        headers = bearer(key_of(folder, "local", name="-".join(codes)))
        found = client.get(ITEMS, params={"limit": "100"}, headers=headers).json()
    assert found["numberMatched"] == len(found["features"])
    rings = (feature["geometry"]["coordinates"][0] for feature in found["features"])
    return [min(x for x, _ in ring) for ring in rings]


def test_a_district_shows_what_lies_in_any_of_its_towns(city: tuple[Path, Store]) -> None:
    west, east = seen_by(city, "420103"), seen_by(city, "420104")
    assert west
    assert max(west) <= MIDDLE
    assert east
    assert len(west) + len(east) >= 25  # those on the boundary belong to both


def test_a_city_is_all_of_its_districts(city: tuple[Path, Store]) -> None:
    assert len(seen_by(city, "420100")) == 25
    assert len(seen_by(city, "420000")) == 25
    assert len(seen_by(city, "420103", "420104")) == 25
    assert not seen_by(city, "420500")


@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        ({}, "access.roles.local.divisions needs addresses.boundaries"),
        (ADDRESSES, "access.roles.local.divisions: '999999'; there are: 420103001"),
    ],
)
def test_divisions_that_are_not_there_are_refused_at_the_start(
    city: tuple[Path, Store], addresses: dict[str, str], message: str
) -> None:
    folder, store = city
    role = {"layers": ["buildings"], "divisions": ["999999"]}
    settings = settings_of(access={"roles": {"local": role}}, addresses=addresses)
    with pytest.raises(ConfigError, match=message):
        Access(folder, settings, store)
