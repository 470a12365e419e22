"""Requests as odd clients send them: each is answered, or refused with what is wrong."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cim.errors import InputError
from cim.filters.cql2_json import parse
from cim.json_members import objection
from cim.store.base import Store
from tests.api.cities import app_of

ITEMS = "/ogc/collections/buildings/items"
HUGE = "9" * 5000
"""More digits than Python reads."""

READ_ONLY = (
    "/ogc/",
    "/ogc/conformance",
    "/ogc/openapi",
    "/ogc/collections",
    "/ogc/collections/buildings",
    "/ogc/collections/buildings/queryables",
    "/ogc/collections/buildings/schema",
    "/ogc/collections/buildings/api",
    "/ogc/qgis/buildings.qlr",
)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ITEMS}/{HUGE}", 404),
        (f"{ITEMS}/01", 404),
        (f"{ITEMS}?limit={HUGE}", 400),
        (f"{ITEMS}?offset={HUGE}", 400),
        (f"{ITEMS}?bbox={HUGE},1,2,3", 400),
        (f"{ITEMS}?floors={HUGE}", 400),
        (f"{ITEMS}?bbox=１,1,2,3", 400),
        (f"/ogc/collections?limit={HUGE}", 400),
        (f"/nominatim/search?q=a&limit={HUGE}", 400),
        (f"/nominatim/reverse?lat=30&lon=114&zoom={HUGE}", 400),
    ],
)
def test_numbers_of_thousands_of_digits_and_in_other_scripts_are_refused(
    client: TestClient, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code in {status, 404}, answer.text  # a city without addresses has 404
    assert len(answer.json()["detail"]) < 300


@pytest.fixture(scope="module")
def writer(city: Path, city_store: Store) -> TestClient:
    """A client that may write."""
    app = app_of(city, city_store, jobs={"writes": "all"})
    return TestClient(app, raise_server_exceptions=False)


def test_a_version_of_thousands_of_digits_is_refused(writer: TestClient) -> None:
    headers = {"If-Match": f'"{HUGE}"'}
    answer = writer.patch("/api/layers/buildings", json={"steward": "x"}, headers=headers)
    assert answer.status_code == 400


def test_python_writes_its_truth_values_with_a_capital(client: TestClient) -> None:
    answer = client.get(ITEMS, params={"skipGeometry": "True", "limit": "1"})
    assert answer.json()["features"][0]["geometry"] is None
    assert client.get(ITEMS, params={"skipGeometry": "TRUE"}).status_code == 400


def test_the_head_of_a_file_does_not_say_that_it_is_empty(client: TestClient) -> None:
    head = client.head(ITEMS, params={"f": "gpkg"})
    assert head.is_success
    assert "Content-Length" not in head.headers


@pytest.mark.parametrize("path", READ_ONLY)
def test_what_is_only_read_says_so_when_it_is_asked(client: TestClient, path: str) -> None:
    answer = client.options(path)
    assert answer.status_code == 200
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.post(path).status_code == 405


def test_a_page_of_collections_names_itself(client: TestClient) -> None:
    answer = client.get("/ogc/collections", params={"limit": "1", "lang": "en"}).json()
    (itself,) = [link["href"] for link in answer["links"] if link["rel"] == "self"]
    assert itself.endswith("/ogc/collections?limit=1&lang=en")
    assert client.get(itself).json()["collections"] == answer["collections"]


def test_an_unknown_layer_is_told_in_few_words(client: TestClient) -> None:
    answer = client.get(f"/ogc/collections/{'x' * 3000}")
    assert answer.status_code == 404
    assert len(answer.json()["detail"]) < 300


def test_a_member_that_comes_twice_is_refused(writer: TestClient) -> None:
    body = '{"properties":{"height":5,"height":6}}'
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = writer.patch(f"{ITEMS}/1", content=body, headers=headers)
    assert answer.status_code == 400
    assert "'height' comes twice" in answer.json()["detail"]
    with pytest.raises(InputError, match="'op' comes twice"):
        parse('{"op":"=","op":"<>","args":[{"property":"height"},5]}')


def test_members_of_one_name_in_other_objects_are_no_repeat() -> None:
    assert not objection('{"a":{"a":1},"b":[{"a":1},{"a":2}]}')
    assert objection('[{"b":{"a":1,"c":2,"a":3}}]') == "member 'a' comes twice in one object"
    assert objection("[" * 100_000 + "]" * 100_000) == "is nested too deep"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/addresses/reports/{}/settle"),
        ("GET", "/api/layers/buildings/versions/{}"),
        ("GET", "/api/addresses/queue/{}"),
        ("GET", "/api/addresses/reports?after={}"),
        ("GET", "/api/audit?before={}"),
    ],
)
@pytest.mark.parametrize("number", [str(2**63), "1" + "0" * 30, HUGE])
def test_a_row_that_the_store_cannot_count_to_breaks_nothing(
    writer: TestClient, method: str, path: str, number: str
) -> None:
    body = {"who": "a", "outcome": "b"} if method == "POST" else None
    answer = writer.request(method, path.format(number), json=body)
    assert 400 <= answer.status_code < 500
