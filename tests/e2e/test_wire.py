"""How requests and answers go over the wire of a server as users start it."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.api.cities import buildings, load, open_city
from tests.servers import serving

pytestmark = pytest.mark.e2e

TOML = """[city]
name = "jianghan"
title_zh = "江汉示范区"
title_en = "Jianghan"
division_code = "420103"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a city with a few buildings."""
    workspace: Path = tmp_path_factory.mktemp("city")
    (workspace / "cim.toml").write_text(TOML)
    store = open_city(workspace)
    load(store, buildings(10))
    store.close()
    with serving(workspace) as address:
        yield address


@pytest.fixture
def line(server: str) -> Iterator[socket.socket]:
    """A connection to it."""
    parts = urlsplit(server)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as made:
        yield made


def request(path: str, method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def answers(line: socket.socket, count: int) -> list[tuple[bytes, bytes]]:
    """Heads and bodies of the next answers, which tell their length."""
    found: list[tuple[bytes, bytes]] = []
    text = b""
    while len(found) < count:
        head, end, rest = text.partition(b"\r\n\r\n")
        size = next(
            (int(one.split(b":")[1]) for one in head.lower().splitlines()[1:]
             if one.startswith(b"content-length:")), 0,
        )  # fmt: skip
        if end and len(rest) >= size:
            found.append((head, rest[:size]))
            text = rest[size:]
            continue
        piece = line.recv(65_536)
        assert piece, "the server closed the connection"
        text += piece
    return found


def test_head_and_body_of_a_small_answer_come_in_one_piece(line: socket.socket) -> None:
    for _ in range(3):
        line.sendall(request("/health/ready"))
        head, _, body = line.recv(65_536).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert json.loads(body)


def test_requests_sent_at_once_are_answered_in_their_order(line: socket.socket) -> None:
    paths = [f"/nothing/{number}" for number in range(50)]
    line.sendall(b"".join(map(request, paths)))
    told = [json.loads(body)["instance"] for _, body in answers(line, len(paths))]
    assert told == paths


def test_a_head_that_comes_in_parts_is_one_request(line: socket.socket) -> None:
    for piece in (request("/health/ready")[:20], request("/health/ready")[20:]):
        line.sendall(piece)
    ((head, _),) = answers(line, 1)
    assert head.startswith(b"HTTP/1.1 200 OK")


def test_an_answer_without_a_body_leaves_the_line_open(line: socket.socket) -> None:
    preflight = request("/api/layers", "OPTIONS").replace(
        b"\r\n\r\n", b"\r\nOrigin: https://a.b\r\nAccess-Control-Request-Method: GET\r\n\r\n"
    )
    line.sendall(preflight)
    ((head, _),) = answers(line, 1)
    assert head.startswith(b"HTTP/1.1 200")
    line.sendall(request("/health/ready"))
    ((head, _),) = answers(line, 1)
    assert head.startswith(b"HTTP/1.1 200 OK")
