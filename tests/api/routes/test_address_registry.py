"""`/api/addresses`: the registry over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from addressing.registry.store import Registry
from addressing.registry.values import Columns
from tests.api.cities import app_of, open_city

ROAD = "浙江省杭州市西湖区文三路"
BY = {"who": "李雷", "why": "新建"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def client(workspace: Path) -> Iterator[TestClient]:
    store = open_city(workspace)
    here = ("127.0.0.1", 50_000)
    yield TestClient(app_of(workspace, store), base_url="http://127.0.0.1", client=here)
    store.close()


def make(client: TestClient, text: str = "西湖区文三路1号", **more: Any) -> dict[str, Any]:
    """An address made over HTTP."""
    body = {"text": text, "division": "330106", **BY, **more}
    answer = client.post("/api/addresses", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/addresses/{made['code']}"
    return made


def change(client: TestClient, path: str, body: dict[str, Any], version: str = "1") -> Any:
    """The answer of a change of one version."""
    method = "PATCH" if path.count("/") == 3 else "POST"
    headers = {"If-Match": f'"{version}"'}
    return client.request(method, path, json={**BY, **body}, headers=headers)


def test_an_address_is_made_and_read(client: TestClient) -> None:
    place = {"lon": 120.1, "lat": 30.2, "height_m": 7.5, "storey": 2, "footprint": "B"}
    links = [{"entity": "B", "role": "main"}]
    made = make(client, place=place, links=links)
    answer = client.get(f"/api/addresses/{made['code']}")
    assert (answer.json(), answer.headers["etag"]) == (made, '"1"')
    assert (made["text"], made["status"]) == (f"{ROAD}1号", "valid")
    assert (made["place"], made["links"], made["replaced_by"]) == (place, links, [])
    assert [one["type"] for one in made["elements"]] == [
        "province", "city", "county", "road", "number",
    ]  # fmt: skip


def test_an_address_is_made_of_elements(client: TestClient) -> None:
    elements = [{"type": "road", "value": "文三路"}, {"type": "number", "value": "２５９号"}]
    answer = client.post("/api/addresses", json={"elements": elements, "division": "330106", **BY})
    assert answer.json()["text"] == f"{ROAD}259号"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "😀"}, "text"),
        ({"text": "西湖区文三路1号；西湖区文三路2号"}, "text"),
        ({"text": "浙江省杭州市"}, "elements"),
        ({"text": "上城区文三路1号"}, "county"),
        ({"text": "西湖区文三路1号", "division": "330199"}, "division"),
        ({"text": "西湖区文三路1号", "elements": []}, "text"),
        ({"elements": [{"type": "street", "value": "x"}]}, "type"),
        ({"elements": [{"type": "road", "value": "\x00"}]}, "road"),
        ({"text": "西湖区文三路1号", "place": {"lon": 200, "lat": 0}}, "place"),
        ({"text": "西湖区文三路1号", "why": ""}, "why"),
        ({"text": "西湖区文三路1号", "day": "2999-01-01"}, "day"),
        ({"text": "西湖区文三路1号", "stauts": "valid"}, "stauts"),
        ({}, "text"),
    ],
)
def test_a_bad_address_is_told_by_its_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/addresses", json={"division": "330106", **BY, **body})
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


def test_a_double_is_refused_with_the_winner(client: TestClient) -> None:
    made = make(client)
    answer = client.post(
        "/api/addresses", json={"text": "西湖区文三路1號", "division": "330106", **BY}
    )
    assert answer.status_code == 409
    assert answer.json()["winner"] == made["code"]


@pytest.mark.parametrize(
    ("code", "status"), [("3301060000000011", 400), ("12", 400), ("3301060000000026", 404)]
)
def test_a_wrong_code_is_told(client: TestClient, code: str, status: int) -> None:
    make(client)
    answer = client.get(f"/api/addresses/{code}")
    assert answer.status_code == status
    if code == "3301060000000011":
        assert "character 16 is '1', legal: '8'" in answer.json()["detail"]
        assert answer.json()["field"] == "code"


def test_a_change_must_name_the_version_it_changes(client: TestClient) -> None:
    path = f"/api/addresses/{make(client)['code']}"
    body = {"text": "西湖区文三路3号", **BY}
    assert client.patch(path, json=body).status_code == 428
    assert change(client, path, body, version="7").status_code == 412
    assert client.patch(path, json=body, headers={"If-Match": "x"}).json()["field"] == "If-Match"
    answer = change(client, path, body)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["text"] == f"{ROAD}3号"
    history = client.get(f"{path}/history").json()["events"]
    assert [one["action"] for one in history] == ["created", "corrected"]


def test_an_address_is_retired_and_answers_with_its_successor(client: TestClient) -> None:
    made = make(client, day="2024-01-01")
    path = f"/api/addresses/{made['code']}"
    answer = change(
        client,
        f"{path}/replace",
        {"successors": [{"text": "西湖区文三路5号", "division": "330106"}]},
    )
    assert answer.json()["status"] == "retired"
    successor = answer.json()["replaced_by"][0]
    assert client.get(f"/api/addresses/{successor}").json()["text"] == f"{ROAD}5号"
    assert client.get(f"{path}?on=2024-06-01").json()["status"] == "valid"
    assert client.get(f"{path}?on=2023-06-01").status_code == 404
    again = change(client, f"{path}/retire", {}, version="2")
    assert again.status_code == 409
    assert successor in again.json()["detail"]
    gone = change(client, f"/api/addresses/{successor}/retire", {})
    assert gone.json()["status"] == "retired"


def test_addresses_are_searched_page_by_page(client: TestClient) -> None:
    assert client.get("/api/addresses").json() == {"addresses": [], "next": None}
    codes = [
        make(client, f"西湖区文三路{n}号", place={"lon": 120, "lat": 30})["code"]
        for n in (1, 3, 5)
    ]
    found = client.get("/api/addresses", params={"text": "文三路", "limit": 2}).json()
    assert [one["code"] for one in found["addresses"]] == codes[:2]
    after = client.get("/api/addresses", params={"text": "文三路", "after": found["next"]}).json()
    assert ([one["code"] for one in after["addresses"]], after["next"]) == (codes[2:], None)
    for query in ("prefix=浙江省杭州市西湖区文三路3", "bbox=119,29,121,31&text=3号"):
        found = client.get(f"/api/addresses?{query}").json()["addresses"]
        assert [one["code"] for one in found] == [codes[1]]
    for query, field in (
        ("bbox=1,2", "bbox"),
        ("limit=0", "limit"),
        ("txt=x", "txt"),
        ("after=1", "after"),
        ("status=gone", "status"),
    ):
        answer = client.get(f"/api/addresses?{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


def test_a_road_is_renamed_over_http(client: TestClient) -> None:
    made = make(client)
    road = made["elements"][3]["code"]
    found = client.get("/api/addresses/elements", params={"name": "文三路", "type": "road"}).json()
    assert [one["code"] for one in found["elements"]] == [road]
    answer = client.post(f"/api/addresses/elements/{road}/rename", json={"name": "文三大道", **BY})
    assert answer.json() == {"codes": [road], "addresses": 1, "queued": 0}
    element = client.get(f"/api/addresses/elements/{road}").json()
    assert [one["name"] for one in element["aliases"]] == ["文三路"]
    events = client.get(f"/api/addresses/elements/{road}/history").json()["events"]
    assert [one["action"] for one in events] == ["renamed"]
    assert (
        client.get("/api/addresses?text=文三路1号").json()["addresses"][0]["code"] == made["code"]
    )


def test_districts_are_merged_and_split_over_http(client: TestClient) -> None:
    made = make(client, "滨江区江南大道1号", division="330108")
    make(client, "萧山区江南大道3号", division="330109")
    path = "/api/addresses/elements"
    answer = client.post(f"{path}/330109/merge", json={"elements": ["330108"], **BY})
    assert (answer.status_code, answer.json()["addresses"]) == (200, 1)
    pieces = [
        {"name": "甲区", "code": "330171", "members": [made["code"]]},
        {"name": "乙区", "code": "330172"},
    ]
    answer = client.post(f"{path}/330109/split", json={"pieces": pieces, **BY})
    assert answer.json()["codes"] == ["330171", "330172"]
    text = client.get(f"/api/addresses/{made['code']}").json()["text"]
    assert text == "浙江省杭州市甲区江南大道1号"
    assert client.post(f"{path}/nil/rename", json={"name": "x", **BY}).status_code == 404


def test_the_queue_is_decided_over_http(client: TestClient, workspace: Path) -> None:
    winner = make(client)
    registry = Registry(workspace / "city.gpkg")
    columns = Columns({"road": ["文三路"], "number": ["1"]}, codes=["330106"])
    registry.enrol(columns, source="门牌", who="a", why="b")
    registry.close()
    case = client.get("/api/addresses/queue").json()["cases"][0]
    assert (case["winner"], case["reason"]) == (winner["code"], "same_text")
    path = f"/api/addresses/queue/{case['id']}"
    assert client.get(path).json() == case
    answer = client.post(f"{path}/resolve", json={"how": "different", **BY})
    assert answer.status_code == 409
    draft = {"text": "西湖区文三路1号乙", "division": "330106"}
    answer = client.post(f"{path}/resolve", json={"how": "different", "draft": draft, **BY})
    assert answer.json()["outcome"] == "different"
    assert client.get("/api/addresses/queue").json() == {"cases": []}
    assert len(client.get("/api/addresses/queue?every=true").json()["cases"]) == 1
    assert client.get("/api/addresses/queue/99").status_code == 404


def test_another_machine_may_not_write(workspace: Path) -> None:
    store = open_city(workspace)
    client = TestClient(app_of(workspace, store), client=("10.1.2.3", 50_000))
    body = {"text": "西湖区文三路1号", "division": "330106", **BY}
    assert client.post("/api/addresses", json=body).status_code == 401
    assert client.get("/api/addresses").status_code == 200
    store.close()


def test_addresses_are_an_ogc_collection(client: TestClient) -> None:
    made = make(client, place={"lon": 120.1, "lat": 30.2})
    answer = client.get("/ogc/collections/addresses/items?f=json")
    feature = answer.json()["features"][0]
    assert feature["geometry"]["coordinates"] == [120.1, 30.2]
    assert feature["properties"]["address_code"] == made["code"]
    assert feature["properties"]["text"] == f"{ROAD}1号"
