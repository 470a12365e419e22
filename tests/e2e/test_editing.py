"""Edits over a real server: two workers, clients that collide or vanish, a killed writer."""

import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cim.store.base import ItemQuery
from cim.store.gpkg import PLUGIN, GpkgStore
from tests.commands import cim
from tests.making import DRAFT, SOURCE, coded, make_batch
from tests.servers import serving

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = "data/addresses/hk_als_20251004/kwun_tong.geojson.gz"
ITEMS = "/ogc/collections/hk/items"
GEOJSON = {"Content-Type": "application/geo+json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
COUNT = 3208


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, shared: Callable[[str], Path]) -> Iterator[str]:
    """A server of two processes over real addresses."""
    city = tmp_path_factory.mktemp("editing") / "city"
    cim("init", city)
    cim("load", shared(ADDRESSES), "--layer", "hk", "--class", "DOOR", "-w", city)
    with serving(city, "--workers", "2") as address:
        yield address


def ask(
    base: str, method: str, path: str, document: object = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    """One request on a connection of its own: any worker may get it."""
    body = None if document is None else json.dumps(document).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = MERGE if method == "PATCH" else GEOJSON if body else {}
    with closing(http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)) as connection:
        connection.request(method, path, body, kind | named)
        answer = connection.getresponse()
        text = answer.read()
    found = {name.lower(): value for name, value in answer.getheaders()}
    is_json = "json" in found.get("content-type", "")
    return answer.status, found, json.loads(text) if is_json and text else text


def point(number: int = 0) -> dict[str, Any]:
    """A new feature."""
    place = {"type": "Point", "coordinates": [114.2 + number % 100 * 1e-4, 22.3]}
    return {"type": "Feature", "geometry": place, "properties": {}}


def test_every_worker_sees_an_edit_on_the_next_request(base: str) -> None:
    before = ask(base, "GET", f"{ITEMS}?limit=1")[2]["numberMatched"]
    for number in range(10):
        status, headers, _ = ask(base, "POST", ITEMS, point(number))
        assert status == 201
        path = urlsplit(headers["location"]).path
        for _ in range(6):
            assert ask(base, "GET", path)[0] == 200
            assert ask(base, "GET", f"{ITEMS}?limit=1")[2]["numberMatched"] == before + number + 1
            assert ask(base, "GET", "/ogc/collections/hk")[2]["itemCount"] == before + number + 1
    for _ in range(10):
        fid = int(path.rpartition("/")[2])
        assert ask(base, "DELETE", f"{ITEMS}/{fid}")[0] == 204
        assert {ask(base, "GET", f"{ITEMS}/{fid}")[0] for _ in range(6)} == {404}
        path = f"{ITEMS}/{fid - 1}"


def test_of_clients_with_the_same_tag_one_wins(base: str) -> None:
    path = f"{ITEMS}/5"
    tag = ask(base, "GET", path)[1]["etag"]
    name = next(iter(ask(base, "GET", f"{ITEMS}/5")[2]["properties"].keys() - set(SYSTEM)))
    statuses: list[int] = []
    start = threading.Barrier(8)

    def change(number: int) -> None:
        start.wait()
        patch = {"properties": {name: None}, "geometry": point(number)["geometry"]}
        statuses.append(ask(base, "PATCH", path, patch, If_Match=tag)[0])

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [204, *[412] * 7]


def test_writers_at_once_lose_nothing(base: str) -> None:
    before = ask(base, "GET", f"{ITEMS}?limit=1")[2]["numberMatched"]
    made: list[int] = []

    def write() -> None:
        made.extend(ask(base, "POST", ITEMS, point(number))[0] for number in range(15))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [201] * 60
    after = ask(base, "GET", f"{ITEMS}?limit=1")[2]["numberMatched"]
    assert after == before + 60


def test_a_client_that_vanishes_in_mid_body_changes_nothing(base: str) -> None:
    before = ask(base, "GET", "/ogc/collections/hk")[2]["itemCount"]
    body = json.dumps(point()).encode()
    for cut in (1, len(body) - 1):
        with socket.create_connection(host_of(base)) as client:
            head = f"POST {ITEMS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            client.sendall(f"{head}Content-Type: application/geo+json\r\n\r\n".encode())
            client.sendall(body[:cut])
            time.sleep(0.2)
    time.sleep(0.5)
    assert ask(base, "GET", "/ogc/collections/hk")[2]["itemCount"] == before
    assert ask(base, "POST", ITEMS, point())[0] == 201


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_of_two_gigabytes_is_refused_before_it_is_read(
    base: str, *, declared: bool
) -> None:
    size = 2 << 30
    length = f"Content-Length: {size}" if declared else "Transfer-Encoding: chunked"
    head = f"POST {ITEMS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/geo+json\r\n"
    sent = 0
    with socket.create_connection(host_of(base), timeout=60) as client:
        client.sendall(f"{head}{length}\r\n\r\n".encode())
        piece = b" " * (1 << 20)
        packed = piece if declared else b"100000\r\n" + piece + b"\r\n"
        answer = b""
        try:
            while sent < size and not answer:
                client.sendall(packed)
                sent += len(piece)
                client.setblocking(False)  # noqa: FBT003 - the socket's own word
                try:
                    answer = client.recv(65_536)
                except BlockingIOError:
                    answer = b""
                client.setblocking(True)  # noqa: FBT003
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert answer.startswith(b"HTTP/1.1 413") or sent < (200 << 20)
    assert sent < (400 << 20)
    assert ask(base, "POST", ITEMS, point())[0] == 201


WRITER = """
import sys
from pathlib import Path
from cim.coding import CodeLevels
from cim.editing.prepare import Draft, prepare
from cim.store.gpkg import GpkgStore
from tests.making import squares
store = GpkgStore(Path(sys.argv[1]))
layer = store.layer("buildings")
shapes = squares(2_000, lat=31.0)
print("editing", flush=True)
while True:
    drafts = [Draft("create", None, shape, has_geometry=True) for shape in shapes]
    drafts += [Draft("update", fid, shapes[fid], has_geometry=True) for fid in range(1, 200)]
    drafts += [Draft("update", fid, properties={"height": None}) for fid in range(200, 400)]
    made = store.edit(layer, prepare(drafts, layer, CodeLevels()).edits, "api")
    store.edit(layer, prepare([Draft("retire", made.fids[n]) for n in range(2_000)], layer,
                              CodeLevels()).edits, "api")
"""


@pytest.mark.slow
def test_a_killed_editor_leaves_all_of_a_batch_or_nothing(tmp_path: Path) -> None:
    chance = random.Random(20261122)  # noqa: S311 - moments, no secrets
    path = tmp_path / "city.gpkg"
    PLUGIN.create(path, "EPSG:4490")
    store = GpkgStore(path)
    store.load(DRAFT, SOURCE, iter([coded(make_batch(400))]))
    store.close()
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "editing\n"
            time.sleep(chance.uniform(0.3, 1.5))
            process.send_signal(signal.SIGKILL)
        check_whole(path)


def check_whole(path: Path) -> None:
    """Look at everything that could be torn."""
    with closing(GpkgStore(path)) as store:
        layer = store.layer("buildings")
        rows = [row for batch in store.read("buildings") for row in batch.attributes.to_pylist()]
        assert len(rows) % 2_000 == 400
        assert layer.item_count == len(rows) == store.count("buildings", ItemQuery())
        assert layer.version == store.head("buildings")
        assert layer.bounds is not None
        assert store.count("buildings", ItemQuery(bounds=layer.bounds)) == len(rows)
        assert len({row["entity_id"] for row in rows}) == len(rows)


def host_of(base: str) -> tuple[str, int]:
    """Name and port of a server."""
    parts = urlsplit(base)
    return str(parts.hostname), int(parts.port or 80)


SYSTEM = (
    *("entity_id", "source", "source_id", "beidou_code", "geosot_code", "h3_code"),
    *("valid_from", "valid_to"),
)
