"""The geocoder over HTTP: GeocodeJSON, Nominatim and Photon."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from addressing.registry.store import Registry
from api.routes.geocode import ANSWERS
from cim.coordsys import convert
from tests.api.cities import app_of, open_city
from tests.geocode.making import put

LON, LAT = 120.13, 30.27


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of a server of a city with a few addresses."""
    city: Path = tmp_path_factory.mktemp("city")
    store = open_city(city)
    registry = Registry(store.path)
    for number in (18, 20, 24):
        put(registry, f"浙江省杭州市西湖区文三路{number}号", LON + number * 1e-5, LAT)
    put(registry, "浙江省杭州市西湖区文三路30号翠苑新村3幢1单元502室", LON + 3e-4, LAT)
    registry.close()
    return TestClient(app_of(city, store), raise_server_exceptions=False)


def features(client: TestClient, path: str, **values: Any) -> list[dict[str, Any]]:
    answer = client.get(path, params=values)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    found: list[dict[str, Any]] = document["features"]
    return found


def test_search_answers_in_geocodejson_with_codes_and_standing(client: TestClient) -> None:
    (found,) = features(client, "/api/geocode/search", q="文三路20号")
    told = found["properties"]["geocoding"]
    assert found["geometry"]["coordinates"] == pytest.approx([LON + 2e-4, LAT], abs=1e-7)
    assert told["label"] == "浙江省杭州市西湖区文三路20号"
    assert (told["type"], told["street"], told["housenumber"]) == ("house", "文三路", "20")
    assert (told["match_level"], told["match_status"]) == ("doorplate", "exact")
    assert told["confidence"] > 0.9
    assert len(told["address_code"]) == 16
    assert told["adcode"] == "330106"
    assert told["elements"][0] == {"type": "road", "verdict": "matched", "value": "文三路"}


def test_points_come_in_the_coordinate_system_asked_for(client: TestClient) -> None:
    here = features(client, "/api/geocode/search", q="文三路20号")[0]["geometry"]["coordinates"]
    there = features(client, "/api/geocode/search", q="文三路20号", coordsys="bd09")[0]
    moved = convert(np.array([here]), "cgcs2000", "bd09")[0]
    assert there["geometry"]["coordinates"] == pytest.approx(moved, abs=1e-6)
    back = features(client, "/api/geocode/reverse", lon=moved[0], lat=moved[1], coordsys="bd09")[0]
    assert back["properties"]["geocoding"]["housenumber"] == "20"
    assert back["geometry"]["coordinates"] == pytest.approx(moved, abs=1e-6)


def test_reverse_gives_the_nearest_doors_with_their_distance(client: TestClient) -> None:
    found = features(client, "/api/geocode/reverse", lon=LON + 2.1e-4, lat=LAT, limit=2)
    told = [one["properties"]["geocoding"] for one in found]
    assert [one["housenumber"] for one in told] == ["20", "18"]
    assert told[0]["distance_m"] == pytest.approx(1.0, abs=0.2)


def test_nominatim_answers_as_its_clients_expect(client: TestClient) -> None:
    asked = {"q": "文三路20号", "format": "jsonv2", "addressdetails": "1", "limit": "1"}
    (place,) = client.get("/nominatim/search", params=asked).json()
    assert float(place["lat"]) == pytest.approx(LAT)
    assert place["display_name"] == "浙江省杭州市西湖区文三路20号"
    assert place["address"]["road"] == "文三路"
    south, north, west, east = map(float, place["boundingbox"])
    assert south < LAT < north
    assert west < float(place["lon"]) < east
    parts = {"street": "文三路20号", "city": "杭州市", "format": "geojson"}
    (feature,) = features(client, "/nominatim/search", **parts)
    assert feature["properties"]["display_name"] == place["display_name"]
    there = {"lon": str(LON + 2e-4), "lat": str(LAT), "format": "json"}
    assert client.get("/nominatim/reverse", params=there).json()["name"] == ""
    nowhere = client.get("/nominatim/reverse", params={"lon": "0", "lat": "0"}).json()
    assert nowhere == {"error": "Unable to geocode"}


def test_photon_answers_with_features(client: TestClient) -> None:
    (found,) = features(client, "/photon/api", q="文三路20号", limit=1, lang="en")
    assert found["properties"]["housenumber"] == "20"
    (back,) = features(client, "/photon/reverse", lon=LON + 2e-4, lat=LAT)
    assert back["properties"]["street"] == "文三路"


def test_the_document_of_the_api_tells_of_the_geocoder(client: TestClient) -> None:
    told = client.get("/api/openapi.json").json()["paths"]
    assert {path for path in ANSWERS if not path.endswith("/")} <= set(told)
    assert "post" in told["/api/geocode/batch"]
    (level,) = [
        one["description"]
        for one in told["/api/geocode/reverse"]["get"]["parameters"]
        if one["name"] == "level"
    ]
    assert "doorplate" in level


def test_answers_tell_codes_entity_and_version(client: TestClient) -> None:
    answer = client.get("/api/geocode/search", params={"q": "文三路20号"}).json()
    told = answer["features"][0]["properties"]["geocoding"]
    assert set(told["grid_codes"]) == {"beidou", "geosot", "h3"}
    assert answer["geocoding"]["data_version"] > 0
    road = features(client, "/api/geocode/search", q="文三路")[0]["properties"]["geocoding"]
    assert set(road["grid_codes"]) == {"beidou", "geosot", "h3"}


def test_reverse_tells_what_is_around_and_where(client: TestClient) -> None:
    asked: dict[str, Any] = {"lon": LON + 2e-4, "lat": LAT - 1e-4, "limit": 9}
    asked["level"] = "doorplate,road"
    answer = client.get("/api/geocode/reverse", params=asked).json()
    told = [one["properties"]["geocoding"] for one in answer["features"]]
    assert (told[0]["distance_m"], told[0]["direction"], told[0]["relation"]) == (
        11.1,
        "N",
        "near",
    )
    assert told[-1]["match_level"] == "road"
    assert answer["here"]["road"]["basis"] == "nearest_door"
    assert answer["here"]["divisions"]["county"] == "西湖区"
    far = {"lon": LON + 1e-2, "lat": LAT, "radius_m": 5_000}
    assert features(client, "/api/geocode/reverse", **far)
    assert features(client, "/api/geocode/reverse", lon=LON + 1e-2, lat=LAT) == []


def test_zoom_chooses_what_nominatim_tells(client: TestClient) -> None:
    here = {"lon": str(LON), "lat": str(LAT)}
    road = client.get("/nominatim/reverse", params={**here, "zoom": "16"}).json()
    assert road["display_name"].endswith("文三路")
    county = client.get("/nominatim/reverse", params={**here, "zoom": "10"}).json()
    assert county["display_name"].endswith("西湖区")


@pytest.mark.parametrize(
    ("path", "values", "field"),
    [
        ("/api/geocode/search", {}, "q"),
        ("/api/geocode/search", {"q": "   "}, "q"),
        ("/api/geocode/search", {"q": "长" * 1001}, "q"),
        ("/api/geocode/search", {"q": "文三路", "limit": "0"}, "limit"),
        ("/api/geocode/search", {"q": "文三路", "limt": "5"}, "limt"),
        ("/api/geocode/search", {"q": "文三路", "coordsys": "gcj"}, "coordsys"),
        ("/api/geocode/search?q=%FF", {}, "q"),
        ("/api/geocode/search?q=a&q=b", {}, "q"),
        ("/api/geocode/reverse", {"lon": "120"}, "lat"),
        ("/api/geocode/reverse", {"lon": "nan", "lat": "30"}, "lon"),
        ("/api/geocode/reverse", {"lon": "30", "lat": "120"}, "lat"),
        ("/nominatim/search", {"format": "json"}, "q"),
        ("/nominatim/search", {"q": "文三路", "format": "xml"}, "format"),
        ("/photon/api", {}, "q"),
        ("/api/geocode/reverse", {"lon": "1", "lat": "1", "level": "house"}, "level"),
        ("/api/geocode/reverse", {"lon": "1", "lat": "1", "radius_m": "-1"}, "radius_m"),
        ("/api/geocode/reverse", {"lon": "1", "lat": "1", "height": "x"}, "height"),
        ("/nominatim/reverse", {"lon": "1", "lat": "1", "zoom": "19"}, "zoom"),
        ("/nominatim/search", {"q": "文三路", "viewbox": "1,2,3"}, "viewbox"),
        ("/nominatim/search", {"q": "x" * 60_000}, "q"),
        ("/photon/reverse", {"lon": "1", "lat": "1", "radius": "60"}, "radius"),
    ],
)
def test_what_is_not_legal_is_named(
    path: str, values: dict[str, str], field: str, client: TestClient
) -> None:
    answer = client.get(path, params=values) if values else client.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


def test_a_text_that_leads_nowhere_is_an_empty_collection(client: TestClient) -> None:
    assert features(client, "/api/geocode/search", q="'; DROP TABLE addresses; --") == []


def test_only_reading_is_allowed(client: TestClient) -> None:
    assert client.post("/api/geocode/search").status_code == 405


def test_a_city_without_addresses_says_so(tmp_path: Path) -> None:
    empty = TestClient(app_of(tmp_path, open_city(tmp_path)), raise_server_exceptions=False)
    answer = empty.get("/api/geocode/search", params={"q": "文三路"})
    assert answer.status_code == 404
    assert "no addresses" in answer.json()["detail"]


def test_names_are_suggested_while_typing(client: TestClient) -> None:
    (found,) = features(client, "/api/geocode/suggest", q="wsl", limit=1)
    told = found["properties"]["geocoding"]
    assert (told["name"], told["label"]) == ("文三路", "文三路 (西湖区)")
    assert told["doors"] == 4


@pytest.mark.parametrize(
    "text",
    [
        "\u202e号20路三文",
        "\x00\x01\x02",
        "' OR 1=1 --",
        'NEAR("文" "三") AND *',
        "%00%ff",
        "文" * 1000,
        "🏠" * 200,
        "20" * 400,
        "{{7*7}}",
        "<script>alert(1)</script>",
    ],
)
def test_hostile_texts_are_answered_as_texts(text: str, client: TestClient) -> None:
    for path in ("/api/geocode/search", "/api/geocode/suggest", "/photon/api"):
        assert isinstance(features(client, path, q=text), list)
    assert client.get("/nominatim/search", params={"q": text}).status_code == 200


@pytest.mark.parametrize(
    "text",
    ["120.1302,30.27", "30.27, 120.1302", "120.1302 30.27", "30°16′12″N 120°7′48.72″E",
     "东经120度7分48.72秒 北纬30度16分12秒"],
)  # fmt: skip
def test_coordinates_of_any_form_lead_to_the_door_there(text: str, client: TestClient) -> None:
    found = features(client, "/api/geocode/search", q=text)
    assert found[0]["properties"]["geocoding"]["housenumber"] == "20"
