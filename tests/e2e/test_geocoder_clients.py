"""Clients that people use, against a real server: geopy's Nominatim and Photon, and QGIS."""

import json
import subprocess
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


def test_geopy_asks_with_all_its_parameters(host: str) -> None:
    client = Nominatim(domain=f"{host}/nominatim", scheme="http", user_agent="cim", timeout=30)
    found = client.geocode(
        "文三路20号",
        exactly_one=False,
        limit=5,
        addressdetails=True,
        language="zh",
        geometry="geojson",
        extratags=True,
        country_codes=["cn"],
        viewbox=[(30.0, 120.0), (31.0, 121.0)],
        bounded=True,
        featuretype="street",
        namedetails=True,
    )
    assert [one.address for one in found] == [DOOR]
    away = {"viewbox": [(1.0, 1.0), (2.0, 2.0)], "bounded": True}
    assert client.geocode("文三路20号", **away) is None
    assert client.geocode("文三路20号", country_codes="fr") is None
    back = client.reverse((LAT, LON), exactly_one=True, zoom=16, language="en", namedetails=True)
    assert back.address.endswith("文三路")
    photon = Photon(domain=f"{host}/photon", scheme="http", user_agent="cim", timeout=30)
    near = photon.geocode(
        "文三路20号",
        exactly_one=False,
        limit=3,
        location_bias=(LAT, LON),
        language="en",
        osm_tag=["place:house"],
        bbox=[(30.0, 120.0), (31.0, 121.0)],
    )
    assert near[0].raw["properties"]["housenumber"] == "20"
    assert photon.reverse((LAT, LON), exactly_one=False, limit=2)[1].raw["properties"]


QGIS: Path = Path("/usr/bin/python3")
"""Debian's Python, which has QGIS's packages."""

SCRIPT = Path(__file__).with_name("qgis_geocode.py")


def test_qgis_geocodes_a_layer_and_finds_places(host: str, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("id,address\n1,文三路20号\n2,无此路9号\n3,文三路18号\n", encoding="utf-8")
    # -P: modules beside the script are not QGIS's
    words = [str(QGIS), "-P", str(SCRIPT), f"http://{host}/nominatim/search", str(table)]
    settings = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        words, env=settings, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["geocoder"]["text"] == DOOR
    assert told["geocoder"]["point"] == pytest.approx([LON, LAT], abs=1e-6)
    assert told["geocoder"]["road"] == "文三路"
    rows = {row["id"]: row for row in told["batch"]}
    assert rows["1"]["display_name"] == DOOR
    assert rows["1"]["point"] == pytest.approx([LON, LAT], abs=1e-6)
    assert rows["3"]["display_name"].endswith("文三路18号")
    assert rows["2"]["display_name"] is None
