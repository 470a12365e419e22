"""Clients that mean harm, or know no better, against a server as users start it."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api.wire import MOST_HEAD_BYTES
from tests.api.cities import build_caches, buildings, load, open_city
from tests.servers import serving

pytestmark = pytest.mark.e2e

ITEMS = "/ogc/collections/buildings/items"
MANY = 4_000
SLOW_CLIENTS = 12
ANSWERED_S = 5.0
"""In which other clients are answered meanwhile."""

TOML = """[city]
name = "jianghan"
title_zh = "江汉示范区"
title_en = "Jianghan"
division_code = "420103"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a layer whose pages are megabytes."""
    workspace: Path = tmp_path_factory.mktemp("city")
    (workspace / "cim.toml").write_text(TOML)
    store = open_city(workspace)
    load(store, buildings(MANY))
    build_caches(store, workspace)
    store.close()
    with serving(workspace) as address:
        yield address


def connect(server: str) -> socket.socket:
    parts = urlsplit(server)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def exchange(server: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to some bytes."""
    with connect(server) as line:
        with suppress(ConnectionError):  # the server may have answered and closed already
            line.sendall(request)
        answer = b""
        with suppress(ConnectionError, TimeoutError):
            while piece := line.recv(65_536):
                answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (n.partition(":") for n in lines)}
    return int(first.split()[1]), headers, body


def ask(
    server: str, target: str, *, method: str = "GET", headers: str = "", body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
    return exchange(server, head.encode("latin-1") + body)


def problem(answer: tuple[int, dict[str, str], bytes], *statuses: int) -> dict[str, Any]:
    """The problem document of an answer."""
    status, headers, body = answer
    assert status in statuses, (status, body[:300])
    assert headers["content-type"] == "application/problem+json", body[:300]
    document: dict[str, Any] = json.loads(body)
    assert document["status"] == status
    assert "Traceback" not in document["detail"]
    return document


def test_clients_that_read_a_byte_a_second_hold_up_nobody(server: str) -> None:
    with ExitStack() as lines:
        for _ in range(SLOW_CLIENTS):
            line = lines.enter_context(connect(server))
            line.sendall(f"GET {ITEMS}?limit={MANY} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert line.recv(1)
        began = time.monotonic()
        for _ in range(3):
            assert ask(server, f"{ITEMS}?limit=10")[0] == 200
        assert time.monotonic() - began < ANSWERED_S


def test_clients_that_send_a_byte_a_second_hold_up_nobody(server: str) -> None:
    with ExitStack() as lines:
        for _ in range(SLOW_CLIENTS):
            line = lines.enter_context(connect(server))
            line.sendall(b"GET /ogc/ HTT")
        began = time.monotonic()
        assert ask(server, f"{ITEMS}?limit=10")[0] == 200
        assert time.monotonic() - began < ANSWERED_S


def test_a_body_of_two_gigabytes_is_refused_before_it_comes(server: str) -> None:
    began = time.monotonic()
    headers = f"Content-Type: application/geo+json\r\nContent-Length: {2 << 30}\r\n"
    found = problem(ask(server, ITEMS, method="POST", headers=headers, body=b"{"), 401, 403, 413)
    assert found["detail"]
    assert time.monotonic() - began < ANSWERED_S


def test_endless_headers_are_refused(server: str) -> None:
    bomb = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1_000) for n in range(1_000))
    found = problem(exchange(server, b"GET /ogc/ HTTP/1.1\r\nHost: h\r\n" + bomb), 431)
    assert str(MOST_HEAD_BYTES) in found["detail"]


def test_what_is_no_http_is_told_so(server: str) -> None:
    assert problem(exchange(server, b"\x16\x03\x01\x02\x00 nonsense\r\n\r\n"), 400)


@pytest.mark.parametrize(
    "target",
    [
        "/ogc/collections/..%2f..%2fetc%2fpasswd",
        "/ogc/collections/..%5c..%5cboot.ini/items",
        "/ogc/collections/%2e%2e%2f%2e%2e/items/1",
        "/ogc/collections/buildings/items/..%2f1",
        "/ogc/collections/buildings%00/items",
        "/ogc/collections/%ff%fe/items",
        "/ogc/qgis/..%2f..%2fcim.toml.qlr",
        "/ogc/assets/..%2f..%2fweb.py",
        "/ogc/assets/%2e%2e%2fshell.py",
        "/3dtiles/..%2f..%2fcim.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/a/..%2f..%2fetc%2fpasswd",
        "/api/entities/%00",
        "/ogc/collections/buildings/items/1%20OR%201=1",
        "/ogc/collections/buildings/items/9999999999999999999999",
    ],
)
def test_paths_lead_nowhere_else(server: str, target: str) -> None:
    status, headers, body = ask(server, target)
    assert status in {400, 404}, (status, body[:200])
    assert b"root:" not in body
    assert b"def " not in body
    if headers["content-type"] != "text/html; charset=utf-8":
        problem((status, headers, body), 400, 404)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=1%00", "limit"),
        ("limit=1;DROP%20TABLE%20buildings", "limit"),
        ("offset=-1%20UNION%20SELECT%201", "offset"),
        ("cursor=%27%20OR%201=1--", "cursor"),
        ("bbox=NaN,NaN,NaN,NaN", "bbox"),
        ("bbox=-Infinity,0,Infinity,1", "bbox"),
        ("bbox=1,2,3,4%27--", "bbox"),
        ("bbox-crs=%27;--&bbox=1,2,3,4", "bbox-crs"),
        ("crs=%27;DROP%20TABLE%20x", "crs"),
        ("datetime=2024-01-01%27%20OR%201=1", "datetime"),
        ("sortby=name;DROP%20TABLE%20buildings", "sortby"),
        ("properties=name%27,%22x", "properties"),
        ("filter=name=%27a%27;DROP%20TABLE%20buildings", "filter"),
        ("filter=floors=NaN", "filter"),
        ("filter-lang=sql&filter=1=1", "filter-lang"),
        ("floors=1%20OR%201=1", "floors"),
        ("height=Infinity", "height"),
        ("%27%20OR%201=1=1", "' OR 1"),
        ("limit=1&limit=2", "limit"),
        ("use=%ff%fe", None),
        ("skipGeometry=1%27", "skipGeometry"),
        ("precision=NaN", "precision"),
        ("coordsys=%00", "coordsys"),
        ("f=%3Cscript%3E", "f"),
        ("lang=%27", "lang"),
    ],
)
def test_parameters_are_refused_by_name(server: str, query: str, field: str | None) -> None:
    answer = ask(server, f"{ITEMS}?{query}")
    if field is None:  # text is text: it matches nothing
        assert answer[0] in {200, 400}
        return
    found = problem(answer, 400)
    assert found["field"] == field
    assert "SELECT" not in found["detail"].replace(query, "") or "UNION" in query


def test_the_layer_is_still_whole(server: str) -> None:
    status, _, body = ask(server, f"{ITEMS}?limit=1")
    assert status == 200
    assert json.loads(body)["numberMatched"] == MANY


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("target", ["/ogc/", "/ogc/collections", "/ogc/conformance", "/api/city"])
def test_wrong_methods_are_405_with_what_is_allowed(server: str, target: str, method: str) -> None:
    answer = ask(server, target, method=method)
    problem(answer, 405)
    assert "GET" in answer[1]["allow"]


@pytest.mark.parametrize(
    "target",
    [
        "/ogc/",
        "/ogc/conformance",
        "/ogc/openapi",
        "/ogc/collections",
        "/ogc/collections/buildings",
        "/ogc/collections/buildings/schema",
        f"{ITEMS}?limit=3",
        f"{ITEMS}/1",
        "/ogc/assets/pages.css",
        "/api/city",
        "/api/entities/BLDG",
        "/health/live",
    ],
)
def test_head_is_get_without_a_body(server: str, target: str) -> None:
    status, headers, body = ask(server, target, method="HEAD")
    expected, given, _ = ask(server, target)
    assert (status, body) == (expected, b"")
    assert headers["content-type"] == given["content-type"]
