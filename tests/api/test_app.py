"""The application as a whole: errors, limits, headers."""

import asyncio
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import error_answers
from api.app import app_from_env
from api.middleware import TimeLimit
from api.version import VERSION
from cim.errors import (
    BackendError,
    CimError,
    ConfigError,
    InputError,
    NotFoundError,
    SourceDataError,
    UnsupportedError,
)
from cim.store.base import Store
from tests.api.cities import app_of, build_caches, buildings, load, open_city

SECRET = "SELECT secret FROM /home/operator/city.gpkg"  # noqa: S105 - what must not get out


class DeeperError(InputError):
    """An error that `api.errors` does not know."""


def app_that_raises(error: Exception) -> TestClient:
    app = FastAPI()
    error_answers.install(app)

    @app.get("/fails")
    def fail() -> None:
        raise error

    @app.get("/number")
    def read_number(count: int) -> int:
        return count

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("level 99"), 400),
        (DeeperError("level 99"), 400),
        (NotFoundError("no 'x'"), 404),
        (SourceDataError("no CRS", where="a.shp"), 422),
        (UnsupportedError("not yet"), 501),
    ],
)
def test_what_the_caller_can_mend_is_told(error: CimError, status: int) -> None:
    response = app_that_raises(error).get("/fails")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["detail"] == str(error)
    assert (body["status"], body["instance"], body["type"]) == (status, "/fails", "about:blank")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BackendError(SECRET), 503),
        (ConfigError(SECRET), 500),
        (RuntimeError(SECRET), 500),
        (KeyError(SECRET), 500),
    ],
)
def test_what_only_the_operator_can_mend_is_in_the_log(
    error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    response = app_that_raises(error).get("/fails")
    assert response.status_code == status
    assert "secret" not in response.text
    log_id = response.json()["detail"].rstrip(".").split()[-1]
    (record,) = [r for r in caplog.records if r.name == "api.errors"]
    assert log_id in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert ("retry-after" in response.headers) == (status == 503)


def test_a_wrong_parameter_is_named() -> None:
    body = app_that_raises(InputError("")).get("/number?count=many").json()
    assert body["status"] == 400
    assert body["field"] == "count"
    assert body["detail"].startswith("count: ")
    assert "'many'" in body["detail"]


def test_a_missing_parameter_is_named() -> None:
    assert app_that_raises(InputError("")).get("/number").json()["field"] == "count"


@pytest.mark.parametrize("path", ["/nope", "/api/nope", "/ogc/nope", "/3dtiles/a/b", "/health"])
def test_an_unknown_path_is_404(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_an_answer_that_takes_too_long_is_503() -> None:
    app = FastAPI()

    @app.get("/slow")
    async def wait() -> None:
        await asyncio.sleep(30)

    limited = TestClient(TimeLimit(app, seconds=0.05))
    started = time.monotonic()
    response = limited.get("/slow")
    assert time.monotonic() - started < 5
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert "0.05 s" in response.json()["detail"]


def test_other_origins_may_read(client: TestClient) -> None:
    response = client.get("/ogc/collections", headers={"Origin": "https://map.example.cn"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert "Content-Crs" in response.headers["access-control-expose-headers"]


def test_origins_can_be_limited(city: Path, city_store: Store) -> None:
    app = app_of(city, city_store, server={"cors_origins": ["https://a.cn"]})
    limited = TestClient(app)
    allowed = limited.get("/ogc/", headers={"Origin": "https://a.cn"})
    refused = limited.get("/ogc/", headers={"Origin": "https://b.cn"})
    assert allowed.headers["access-control-allow-origin"] == "https://a.cn"
    assert "access-control-allow-origin" not in refused.headers


def test_every_answer_says_that_types_are_not_to_be_guessed(client: TestClient) -> None:
    for path in ("/ogc/", "/nope", "/api/city"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff"


def test_pages_may_load_from_this_server_only(client: TestClient) -> None:
    policy = client.get("/ogc/?f=html").headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert "http" not in policy
    assert "content-security-policy" not in client.get("/ogc/?f=json").headers


def test_links_hold_behind_a_proxy_with_a_path(city: Path, city_store: Store) -> None:
    proxied = TestClient(app_of(city, city_store, server={"root_path": "/twin"}))
    (first, *_) = proxied.get("/ogc/").json()["links"]
    assert first["href"] == "http://testserver/twin/ogc/?f=json"
    for path in ("/ogc/collections", "/api/city", "/3dtiles", "/ogc", "/ogc/collections/plates"):
        assert proxied.get(path).status_code == 200
        assert proxied.get(f"/twin{path}").status_code == 200
    page = proxied.get("/api/docs").text
    assert 'data-base="http://testserver/twin"' in page


def test_limits_of_pages_are_settings(city: Path, city_store: Store) -> None:
    limited = TestClient(app_of(city, city_store, server={"default_limit": 2, "max_limit": 3}))
    items = "/ogc/collections/buildings/items"
    assert limited.get(items).json()["numberReturned"] == 2
    assert limited.get(items, params={"limit": 100}).json()["numberReturned"] == 3
    page = limited.get(items, params={"f": "html", "lang": "en"}).text
    assert "25 features, 3 on this page" in page


def test_the_version_is_that_of_the_project() -> None:
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == VERSION


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of an application made as a server process makes it, with its start and end."""
    store = open_city(tmp_path)
    load(store, buildings())
    store.close()
    (tmp_path / "cim.toml").write_text('[city]\nname = "x"\n')
    monkeypatch.setenv("CIM_WORKSPACE", str(tmp_path))
    with TestClient(app_from_env()) as running:
        yield running


@pytest.mark.e2e
def test_a_server_makes_its_caches_by_itself(served: TestClient, tmp_path: Path) -> None:
    assert served.get("/ogc/collections/buildings/items").json()["numberMatched"] == 25
    deadline = time.monotonic() + 30
    while not list((tmp_path / "index" / "items").glob("*.items")):
        assert time.monotonic() < deadline, "no cache after 30 s"
        time.sleep(0.1)
    assert served.get("/ogc/collections/buildings/items").json()["numberMatched"] == 25


def test_many_threads_read_while_one_loads(tmp_path: Path) -> None:
    store = open_city(tmp_path)
    load(store, buildings())
    build_caches(store, tmp_path)
    client = TestClient(app_of(tmp_path, store))
    failures: list[str] = []

    def read() -> None:
        for offset in range(20):
            path = f"/ogc/collections/buildings/items?limit=25&offset={offset % 3}"
            response = client.get(path)
            if response.status_code != 200 or response.json()["numberMatched"] != 25:
                failures.append(response.text)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for text in "一二三":
        load(store, buildings(name=[text] * 25))
    for thread in threads:
        thread.join()
    assert failures == []
    store.close()
