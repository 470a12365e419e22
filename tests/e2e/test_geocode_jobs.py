"""Jobs that answer tables: taken in, watched, cut short, gone on with, fetched."""

import csv
import io
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import urllib3

from addressing.registry.store import Registry
from tests.commands import cim
from tests.geocode.making import put
from tests.servers import serving

ROWS = 30_000
WAIT_S = 120


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of two addresses."""
    folder = tmp_path_factory.mktemp("jobs") / "city"
    cim("init", folder)
    registry = Registry(folder / "city.gpkg")
    for number in (18, 20):
        put(registry, f"浙江省杭州市西湖区文三路{number}号", 120.13 + number * 1e-5)
    registry.close()
    cim("geocode", "index", "-w", folder)
    return folder


@pytest.fixture(scope="module")
def table() -> bytes:
    """Many rows."""
    lines = (f"{number},文三路{18 if number % 2 else 20}号" for number in range(ROWS))
    return ("id,address\n" + "\n".join(lines)).encode()


class Server:
    """Requests to a server."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._pool = urllib3.PoolManager()

    def start(self, body: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
        """Starts a job."""
        fields: dict[str, Any] = {
            "file": (name, body),
            "options": orjson.dumps(options).decode(),
        }
        answer = self._pool.request("POST", f"{self._base}/api/geocode/jobs", fields=fields)
        assert answer.status == 202, answer.data
        return dict(orjson.loads(answer.data))

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        """Reads a path."""
        return self._pool.request("GET", f"{self._base}{path}")

    def until(self, job: str, *states: str, done: int = 0) -> dict[str, Any]:
        """The job in one of some states, and so far."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            found: dict[str, Any] = orjson.loads(self.get(f"/api/jobs/{job}").data)
            if found["state"] in states and found["done"] >= done:
                return found
            assert found["state"] != "failed", found["error"]
            time.sleep(0.1)
        pytest.fail(f"job {job} stays {found['state']} at {found['done']}")


@pytest.fixture
def server(city: Path) -> Iterator[Server]:
    with serving(city) as base:
        yield Server(base)


def test_a_table_is_answered_and_fetched(server: Server, table: bytes) -> None:
    job = server.start(table, "in.csv", {"f": "csv"})
    assert job["kind"] == "geocode"
    done = server.until(job["id"], "succeeded")
    assert done["report"]["rows"] == done["report"]["matched"] == ROWS
    rows = list(csv.DictReader(io.StringIO(server.get(done["href"]).data.decode(), newline="")))
    assert [row["id"] for row in rows] == [str(number) for number in range(ROWS)]
    assert {row["standard_address"][-3:] for row in rows} == {"18号", "20号"}


def test_a_job_that_a_dead_server_left_goes_on(city: Path, table: bytes) -> None:
    with serving(city) as base:
        server = Server(base)
        job = server.start(table * 4, "big.csv", {})
        server.until(job["id"], "running", done=4_000)
        kill_servers_of(city, base)
    with serving(city) as base:
        server = Server(base)
        done = server.until(job["id"], "succeeded")
        assert done["report"]["kept"] >= 4_000
        lines = server.get(done["href"]).data.count(b"\n")
    assert lines == done["report"]["rows"] + 1


def kill_servers_of(city: Path, base: str) -> None:
    """Ends a server at once, as a power cut does."""
    port = base.rpartition(":")[2]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve" in words and port.encode() in words and str(city).encode() in words:
            os.kill(int(folder.name), signal.SIGKILL)


def test_a_cancelled_job_leaves_nothing(city: Path, server: Server, table: bytes) -> None:
    job = server.start(table * 4, "big.csv", {})
    server.until(job["id"], "running", done=1)
    pool = urllib3.PoolManager()
    pool.request("DELETE", f"{server._base}/api/jobs/{job['id']}")
    server.until(job["id"], "cancelled")
    assert server.get(f"/api/jobs/{job['id']}/result").status == 409
    deadline = time.monotonic() + 10
    while (city / "index" / "results" / job["id"]).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not (city / "index" / "results" / job["id"]).exists()
    assert not (city / "index" / "uploads" / job["id"]).exists()


def test_a_table_without_addresses_is_refused_at_once(server: Server) -> None:
    fields = {"file": ("in.csv", b"a,b\n1,2\n")}
    answer = urllib3.PoolManager().request(
        "POST", f"{server._base}/api/geocode/jobs", fields=fields
    )
    assert answer.status == 422
    assert "'a', 'b'" in orjson.loads(answer.data)["detail"]


def test_clients_that_hang_up_leave_nothing_behind(
    city: Path, table: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(city) as base:
        host, _, port = base.removeprefix("http://").partition(":")
        head = f"POST /api/geocode/batch HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/csv\r\n"
        request = f"{head}Content-Length: {len(table)}\r\n\r\n".encode() + table
        for _ in range(4):
            with socket.create_connection((host, int(port)), timeout=60) as line:
                line.sendall(request)
                assert line.recv(100).startswith(b"HTTP/1.1")
        with socket.create_connection((host, int(port)), timeout=60) as line:
            line.sendall(request[:1000])
        assert answered(base) == 200
        deadline = time.monotonic() + WAIT_S
        while list(tmp_path.glob("cim-batch-*")) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not list(tmp_path.glob("cim-batch-*"))


def answered(base: str) -> int:
    """Status of a table that is sent again while others are worked on."""
    deadline, status = time.monotonic() + WAIT_S, 429
    while status == 429 and time.monotonic() < deadline:
        body, headers = "address\n文三路20号\n".encode(), {"Content-Type": "text/csv"}
        answer = urllib3.PoolManager().request(
            "POST", f"{base}/api/geocode/batch", body=body, headers=headers
        )
        status = answer.status
        time.sleep(0.2)
    return status
