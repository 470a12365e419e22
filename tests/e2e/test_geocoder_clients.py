"""Clients that people use, against a real server: geopy's Nominatim and Photon."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from geopy.geocoders import Nominatim, Photon  # type: ignore[import-untyped]

from addressing.registry.store import Registry
from tests.commands import cim
from tests.geocode.making import put
from tests.servers import serving

LON, LAT = 120.1302, 30.27
DOOR = "浙江省杭州市西湖区文三路20号"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a server of a city with two addresses."""
    folder: Path = tmp_path_factory.mktemp("server") / "city"
    cim("init", folder)
    registry = Registry(folder / "city.gpkg")
    put(registry, DOOR, LON, LAT)
    put(registry, "浙江省杭州市西湖区文三路18号", LON - 1e-4, LAT)
    registry.close()
    with serving(folder) as base:
        yield base.removeprefix("http://")


def test_geopy_finds_a_door_through_nominatim(host: str) -> None:
    client = Nominatim(domain=f"{host}/nominatim", scheme="http", user_agent="cim", timeout=30)
    found = client.geocode("文三路20号", addressdetails=True, language="zh")
    assert found.address == DOOR
    assert (found.longitude, found.latitude) == pytest.approx((LON, LAT), abs=1e-6)
    assert found.raw["address"]["road"] == "文三路"
    parts = client.geocode({"street": "文三路18号", "city": "杭州市"})
    assert parts.address.endswith("文三路18号")
    assert client.reverse((LAT, LON)).address == DOOR
    assert client.geocode("无此路9号") is None


def test_geopy_finds_a_door_through_photon(host: str) -> None:
    client = Photon(domain=f"{host}/photon", scheme="http", user_agent="cim", timeout=30)
    found = client.geocode("文三路20号")
    assert (found.longitude, found.latitude) == pytest.approx((LON, LAT), abs=1e-6)
    assert client.reverse((LAT, LON)).raw["properties"]["housenumber"] == "20"
