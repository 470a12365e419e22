"""`cim serve` with several processes over one store."""

import json
import subprocess
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands import cim, refusal
from tests.servers import CIM, serving

pytestmark = pytest.mark.e2e

KWUN_TONG = "data/addresses/hk_als_20251004/kwun_tong.geojson.gz"
WONG_TAI_SIN = "data/addresses/hk_als_20251004/wong_tai_sin.geojson.gz"


def ask(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def test_every_worker_answers_while_a_load_runs_and_sees_it_at_once(
    tmp_path: Path, shared: Callable[[str], Path]
) -> None:
    city = tmp_path / "city"
    cim("init", city)
    cim("load", shared(KWUN_TONG), "--layer", "hk", "--class", "DOOR", "-w", city)
    more = [str(CIM), "load", str(shared(WONG_TAI_SIN)), "--layer", "hk", "-w", str(city)]
    with serving(city, "--workers", "2") as base:
        items = f"{base}/ogc/collections/hk/items?limit=1"
        assert {ask(items)["numberMatched"] for _ in range(20)} == {3208}
        counts: set[int] = set()
        loaded = threading.Event()

        def keep_asking() -> None:
            while not loaded.is_set():
                counts.add(ask(items)["numberMatched"])

        asking = threading.Thread(target=keep_asking)
        asking.start()
        done = subprocess.run(more, capture_output=True, text=True, check=False)
        loaded.set()
        asking.join()
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        total = 3208 + report["inserted"]
        assert counts <= {3208, total}
        assert {ask(items)["numberMatched"] for _ in range(20)} == {total}


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    cim("init", tmp_path / "city")
    with serving(tmp_path / "city") as base:
        port = base.rpartition(":")[2]
        line = refusal("serve", "-w", tmp_path / "city", "--port", port)
        assert line.startswith(f"cannot listen on 127.0.0.1:{port}")
        assert "choose another with --port" in line
