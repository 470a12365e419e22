"""A client that hangs up while its file is sent leaves nothing behind.

Files of other processes: `test_makers`.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.ogc.files import APART
from cim.store.base import Store
from tests.api.cities import app_of, build_caches, buildings, load, open_city

FEATURES = APART - 1
"""Enough for several pieces of a file, which is made in this process."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Store]]:
    folder = tmp_path_factory.mktemp("large")
    store = open_city(folder)
    load(store, buildings(FEATURES))
    build_caches(store, folder)
    yield folder, store
    store.close()


def open_exports() -> list[str]:
    """Files of exports that this process holds open, deleted ones too."""
    names = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            names.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return [name for name in names if "cim-export-" in name]


def scope_of(path: str, query: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"testserver")],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 5),
    }


async def hang_up_after_a_piece(app: Any, form: str) -> int:
    """Ask for a file, take one piece, go; the number of bytes taken."""
    hung_up, taken = asyncio.Event(), 0
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal taken
        if message["type"] == "http.response.body" and message["body"]:
            taken += len(message["body"])
            hung_up.set()
            await asyncio.sleep(0.2)

    path = "/ogc/collections/buildings/items"
    await app(scope_of(path, f"f={form}"), receive, send)
    return taken


@pytest.mark.parametrize("form", ["fgb", "gpkg", "xlsx", "parquet", "csv", "geojsonseq"])
def test_nothing_stays_when_a_client_hangs_up(
    city: tuple[Path, Store], form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    taken = asyncio.run(hang_up_after_a_piece(app_of(*city), form))
    assert taken > 0
    assert not list(tmp_path.iterdir())
    assert not open_exports()
