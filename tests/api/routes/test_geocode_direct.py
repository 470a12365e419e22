"""The geocoder is reached past the framework: what holds for all requests holds for its too."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from addressing.registry.store import Registry
from api.geocode_parameters import SHORT
from api.geocoding import SeenGeocoding
from api.security.sight import Sight
from tests.api.cities import app_of, open_city
from tests.geocode.making import put

SEARCH = "/api/geocode/search"
TOLD = ("content-type", "vary", "x-content-type-options", "x-frame-options", "referrer-policy")


def client_of(city: Path, **settings: dict[str, object]) -> TestClient:
    store = open_city(city)
    registry = Registry(store.path)
    put(registry, "浙江省杭州市西湖区文三路20号", 120.13, 30.27)
    registry.close()
    return TestClient(app_of(city, store, **settings), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a server that has prepared all that the first request would wait for."""
    with client_of(tmp_path_factory.mktemp("city")) as made:
        yield made


@pytest.mark.parametrize("origin", [None, "https://map.example.cn"])
def test_headers_are_those_of_all_answers(origin: str | None, client: TestClient) -> None:
    headers = {"Origin": origin} if origin else {}
    ours = client.get(SEARCH, params={"q": "文三路20号"}, headers=headers).headers
    others = client.get("/api/city", headers=headers).headers
    for name in TOLD[1:]:
        assert sorted(ours[name].split(", ")) == sorted(others[name].split(", "))
    assert ours.get("access-control-allow-origin") == others.get("access-control-allow-origin")
    assert "Origin" in ours["vary"]


def test_pages_of_other_origins_may_ask_first(client: TestClient) -> None:
    asks = {"Origin": "https://map.example.cn", "Access-Control-Request-Method": "GET"}
    assert client.options(SEARCH, headers=asks).headers["access-control-allow-origin"] == "*"


def test_head_is_get_without_a_body(client: TestClient) -> None:
    got, head = (getattr(client, verb)(SEARCH, params={"q": "文三路"}) for verb in ("get", "head"))
    assert head.content == b""
    assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize("path", [SEARCH, "/nominatim/search", "/photon/api"])
def test_a_slash_at_the_end_changes_nothing(path: str, client: TestClient) -> None:
    asked = {"q": "文三路20号"}
    assert client.get(f"{path}/", params=asked).json() == client.get(path, params=asked).json()


def test_long_texts_have_the_answers_of_short_ones(client: TestClient) -> None:
    known = client.get(SEARCH, params={"q": "文三路20号"}).json()["features"]
    text = "浙江省杭州市西湖区文三路20号" + " " * SHORT
    ((found,), (same,)) = (client.get(SEARCH, params={"q": text}).json()["features"], known)
    assert found["geometry"] == same["geometry"]


@pytest.mark.parametrize("inside", ["/twin", ""])
def test_a_proxy_may_strip_the_path_of_the_server(inside: str, tmp_path: Path) -> None:
    client = client_of(tmp_path, server={"root_path": "/twin"})
    answer = client.get(f"{inside}{SEARCH}", params={"q": "文三路20号"})
    assert len(answer.json()["features"]) == 1
    wrong = client.get(f"{inside}{SEARCH}", params={"limit": "0", "q": "文三路"})
    assert (wrong.status_code, wrong.json()["instance"]) == (400, f"/twin{SEARCH}")


def test_callers_that_ask_too_often_are_told_when_to_come_again(tmp_path: Path) -> None:
    client = client_of(tmp_path, access={"requests_per_s": 0.5, "burst_s": 4})
    told = [client.get(SEARCH, params={"q": "文三路"}).status_code for _ in range(4)]
    assert told == [200, 200, 429, 429]


def test_what_nobody_expected_is_told_without_its_text(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(SeenGeocoding, "of", fails)
    answer = client.get(SEARCH, params={"q": "文三路"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


def test_a_request_leaves_no_ring_of_objects_behind(client: TestClient) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": SEARCH,
        "query_string": b"q=1",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        for _ in range(3):
            await client.app({**scope}, receive, send)

    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        asyncio.run(ask())
        gc.collect()
        left = [one for one in gc.garbage if isinstance(one, Sight)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert [one["status"] for one in sent if "status" in one] == [200] * 3
    assert not left
