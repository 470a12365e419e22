"""Large files are made in processes of their own, which end when nobody wants them any more."""

import asyncio
import gzip
import os
import signal
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]
import pyogrio
import pytest
from starlette.testclient import TestClient

from api.ogc import maker
from api.ogc.encoding import PLAIN
from api.ogc.maker import Task
from api.ogc.makers import Makers
from cim.arrays import Int64
from cim.errors import NotFoundError
from cim.store.base import ItemQuery, Store
from tests.api.cities import app_of, build_caches, buildings, load, open_city
from tests.live import live
from tests.servers import serving

FEATURES = 12_000
PATH = "/ogc/collections/buildings/items"
SOON_S = 20.0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Store]]:
    folder = tmp_path_factory.mktemp("large")
    store = open_city(folder)
    load(store, buildings(FEATURES))
    build_caches(store, folder)
    (folder / "cim.toml").write_text('[city]\nname = "large"\n', encoding="utf-8")
    yield folder, store
    store.close()


@pytest.fixture
def server(
    city: tuple[Path, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a server whose temporary files lie in `tmp_path`."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with TestClient(app_of(*city)) as running, live(running.app) as address:  # type: ignore[arg-type]
        yield address


def processes(of: int | None = None) -> list[psutil.Process]:
    """The makers that a process, or this one, has started."""
    found = []
    for child in psutil.Process(of).children():
        try:
            if maker.__name__ in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.Error:
            continue
    return found


def is_alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def until(is_so: Callable[[], bool]) -> bool:
    """Whether something is so soon."""
    deadline = time.monotonic() + SOON_S
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def fetch(address: str, query: str) -> bytes:
    with urllib.request.urlopen(f"{address}{PATH}?{query}", timeout=60) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


def ask(address: str, query: str) -> socket.socket:
    """A client that has asked and takes nothing yet."""
    host, _, port = address.removeprefix("http://").partition(":")
    client = socket.create_connection((host, int(port)))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(f"GET {PATH}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return client


def test_a_whole_file_has_what_its_pages_have(server: str) -> None:
    whole = fetch(server, "f=csv").splitlines()
    first = fetch(server, "f=csv&limit=9000").splitlines()
    rest = fetch(server, "f=csv&limit=9000&offset=9000").splitlines()
    assert len(processes()) == 1
    assert whole == first + rest[1:]


def test_one_process_makes_one_file_after_the_other(server: str, tmp_path: Path) -> None:
    for form in ("fgb", "gpkg"):
        (tmp_path / f"x.{form}").write_bytes(fetch(server, f"f={form}"))
        assert pyogrio.read_info(tmp_path / f"x.{form}")["features"] == FEATURES
    assert len(processes()) == 1


def test_compressed_files_are_the_same(server: str) -> None:
    asked = urllib.request.Request(  # noqa: S310 - our own server
        f"{server}{PATH}?f=geojsonseq", headers={"Accept-Encoding": "gzip"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        assert answer.headers["Content-Encoding"] == "gzip"
        packed = answer.read()
    assert gzip.decompress(packed) == fetch(server, "f=geojsonseq")


def test_work_that_nobody_waits_for_ends_in_the_middle(server: str, tmp_path: Path) -> None:
    with ask(server, "f=xlsx"):
        assert until(lambda: bool(processes()))
        (at_work,) = processes()
    assert until(lambda: not is_alive(at_work))
    assert until(lambda: not list(tmp_path.iterdir()))


def test_slow_clients_keep_no_process(server: str) -> None:
    slow = [ask(server, "f=csv") for _ in range(maker_places() + 2)]
    try:
        assert len(fetch(server, "f=fgb")) > FEATURES
    finally:
        for client in slow:
            client.close()


def maker_places() -> int:
    return len(os.sched_getaffinity(0))


def test_a_process_that_is_killed_is_told_and_replaced(server: str) -> None:
    with ask(server, "f=xlsx") as client:
        assert until(lambda: bool(processes()))
        processes()[0].send_signal(signal.SIGKILL)
        client.settimeout(SOON_S)
        assert client.recv(400).startswith(b"HTTP/1.1 503 ")
    assert len(fetch(server, "f=fgb")) > FEATURES


def test_a_server_that_ends_ends_them_and_leaves_nothing(
    city: tuple[Path, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with TestClient(app_of(*city)) as client:
        assert client.get(PATH, params={"f": "fgb"}).is_success
        assert len(processes()) == 1
    assert not processes()
    assert not list(tmp_path.iterdir())


@pytest.mark.e2e
def test_a_server_that_is_killed_takes_them_with_it(
    city: tuple[Path, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(city[0]) as address:
        fetch(address, "f=fgb")
        with ask(address, "f=xlsx"):
            (running,) = [p for p in psutil.Process().children() if "serve" in p.cmdline()]
            (at_work,) = processes(running.pid)
            running.send_signal(signal.SIGKILL)
            assert until(lambda: not is_alive(at_work))
    assert not list(tmp_path.glob("cim-export-*"))


def test_what_cannot_be_made_is_said_as_it_would_be_here(city: tuple[Path, Store]) -> None:
    _, store = city
    layer = replace(store.layer("buildings"), name="nowhere")
    fids: Int64 = store.fids("buildings", ItemQuery(limit=5))
    with pytest.raises(NotFoundError, match="layer 'nowhere' does not exist"):
        made(store.path, Task("csv", layer, fids, PLAIN))


def test_rows_come_in_the_order_that_is_asked_for(city: tuple[Path, Store]) -> None:
    _, store = city
    fids: Int64 = np.array([7, 3, 5], np.int64)
    lines = made(store.path, Task("csv", store.layer("buildings"), fids, PLAIN)).splitlines()
    assert [line.split(b",")[0] for line in lines[1:]] == [b"7", b"3", b"5"]


def made(database: Path, task: Task) -> bytes:
    """The file of a task."""
    makers = Makers(database)

    async def collect() -> bytes:
        return b"".join([piece async for piece in makers.pieces(task)])

    try:
        return asyncio.run(collect())
    finally:
        makers.close()
