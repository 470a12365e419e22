"""Tilesets made on request by a server as a user starts it."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from tests.commands import cim
from tests.servers import serving
from tiles.tiles3d.info import info
from tiles.tiles3d.validate import validate

pytestmark = pytest.mark.e2e

type Shared = Callable[[str], Path]

ROTTERDAM = "data/models/cityjson/rotterdam_subset.json"
INVALID = "data/models/cityjson/twobuildings_invalid.city.json"
RD = "EPSG:28992"
BOUNDARY = "----cim"
ENOUGH_S = 120


def ask(url: str, method: str = "GET", body: bytes | None = None, media: str = "") -> Any:
    """The status and the JSON of an answer."""
    headers = {"Content-Type": media} if media else {}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def upload(base: str, path: Path, name: str, **options: object) -> Any:
    """Send a file as a browser does."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{more}\r\n\r\n'.encode()
        + value
        + b"\r\n"
        for field, more, value in (
            ("name", "", name.encode()),
            ("options", "", json.dumps(options).encode()),
            ("file", f'; filename="{path.name}"', path.read_bytes()),
        )
    ]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    media = f"multipart/form-data; boundary={BOUNDARY}"
    return ask(f"{base}/api/tilesets", "POST", body, media)


def wait(base: str, job: Any, *states: str) -> Any:
    """The job once it is in one of the states."""
    deadline = time.monotonic() + ENOUGH_S
    while time.monotonic() < deadline:
        _, found = ask(f"{base}/api/jobs/{job['id']}")
        if found["state"] in states:
            return found
        time.sleep(0.2)
    pytest.fail(f"after {ENOUGH_S} s: {found}")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    cim("init", tmp_path / "city")
    return tmp_path / "city"


def test_an_upload_ends_as_a_served_tileset_that_validates(city: Path, shared: Shared) -> None:
    with serving(city, "--workers", "2") as base:
        status, job = upload(base, shared(ROTTERDAM), "rotterdam", title_zh="鹿特丹", crs=RD)
        assert status == 202
        done = wait(base, job, "succeeded", "failed")
        assert done["error"] is None
        assert done["report"]["features"] > 0
        assert str(city) not in json.dumps(done)
        assert ask(base + done["href"])[1]["asset"]["version"] == "1.1"
        (listed,) = ask(f"{base}/3dtiles")[1]["tilesets"]
        assert (listed["id"], listed["title"]["zh"]) == ("rotterdam", "鹿特丹")
    assert validate(city / "tiles" / "rotterdam") == []
    assert info(city / "tiles" / "rotterdam").features == done["report"]["features"]
    assert list((city / "index" / "uploads").iterdir()) == []


def test_an_uploaded_point_cloud_ends_as_a_tileset(city: Path, shared: Shared) -> None:
    with serving(city) as base:
        _, job = upload(base, shared("data/models/points/with_srs.las"), "scan", title_zh="点云")
        done = wait(base, job, "succeeded", "failed")
        assert done["error"] is None
        assert done["report"]["points"] == 1247
    assert validate(city / "tiles" / "scan") == []


def test_an_uploaded_building_model_ends_as_a_tileset(city: Path, shared: Shared) -> None:
    model = shared("data/models/ifc/xbim_SampleHouse4.ifc")
    with serving(city) as base:
        _, job = upload(base, model, "house", anchor="114.3,30.5,20", spaces=True)
        done = wait(base, job, "succeeded", "failed")
        assert done["error"] is None
        assert (done["done"], done["stage"]) == (done["report"]["features"], "write")
        extras = ask(base + done["href"])[1]["asset"]["extras"]
        assert extras["model"]["parts"]["space"] == 4
        assert [one["number"] for one in extras["model"]["storeys"]] == [1, 2]
    assert validate(city / "tiles" / "house") == []


def test_a_file_that_is_no_model_fails_with_one_line(
    city: Path, shared: Shared, tmp_path: Path
) -> None:
    spy = tmp_path / "spy.gml"
    spy.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="passwd"><SrcDataSource>CSV:/etc/passwd'
        "</SrcDataSource><SrcLayer>passwd</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
    )
    torn = tmp_path / "torn.city.json"
    torn.write_bytes(shared(ROTTERDAM).read_bytes()[:50_000])
    with serving(city) as base:
        for number, path in enumerate((shared(INVALID), torn, spy)):
            _, job = upload(base, path, f"bad{number}")
            done = wait(base, job, "succeeded", "failed")
            assert done["state"] == "failed", path.name
            assert path.name in done["error"]
            assert "\n" not in done["error"]
            assert str(city) not in done["error"]
        assert ask(f"{base}/3dtiles")[1] == {"tilesets": []}
    assert list((city / "index" / "uploads").iterdir()) == []
    assert not any((city / "tiles").glob("*"))


def big(tmp_path: Path, shared: Shared) -> Path:
    """A CityJSON file that takes long."""
    document = json.loads(shared(ROTTERDAM).read_bytes())
    objects = document["CityObjects"]
    document["CityObjects"] = {
        f"{name}-{copy}": {key: value for key, value in found.items() if key != "children"}
        for copy in range(400)
        for name, found in objects.items()
        if "parents" not in found
    }
    path = tmp_path / "big.city.json"
    path.write_text(json.dumps(document))
    return path


def builders(city: Path) -> list[str]:
    """Command lines of processes that build tilesets of a city."""
    lines = (" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))
    return [line for line in lines if "--progress=json" in line and str(city) in line]


def test_a_running_job_is_cancelled_and_its_processes_end(
    city: Path, shared: Shared, tmp_path: Path
) -> None:
    with serving(city) as base:
        _, job = upload(base, big(tmp_path, shared), "big", crs=RD)
        _, queued = upload(base, shared(ROTTERDAM), "next", crs=RD)
        wait(base, job, "running")
        assert ask(f"{base}/api/jobs/{queued['id']}")[1]["state"] == "queued"
        assert ask(f"{base}/api/jobs/{job['id']}", "DELETE")[0] == 200
        assert wait(base, job, "cancelled")["href"] is None
        assert wait(base, queued, "succeeded", "failed")["state"] == "succeeded"
    assert builders(city) == []
    assert [path.name for path in (city / "tiles").iterdir()] == ["next"]


def test_a_server_that_dies_leaves_a_failed_job_and_the_next_one_goes_on(
    city: Path, shared: Shared, tmp_path: Path
) -> None:
    with serving(city) as base:
        _, job = upload(base, big(tmp_path, shared), "big", crs=RD)
        _, queued = upload(base, shared(ROTTERDAM), "next", crs=RD)
        wait(base, job, "running")
        port = int(base.rpartition(":")[2])
        for connection in psutil.net_connections("tcp4"):
            if connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                os.kill(connection.pid, signal.SIGKILL)
    with serving(city) as base:
        found = wait(base, job, "failed")
        assert found["error"] == "the server stopped while the job ran; send it again"
        assert wait(base, queued, "succeeded", "failed")["state"] == "succeeded"
    assert builders(city) == []


def test_a_job_that_takes_too_long_fails(city: Path, shared: Shared, tmp_path: Path) -> None:
    text = (city / "cim.toml").read_text().replace("timeout_s = 14400.0", "timeout_s = 0.5")
    (city / "cim.toml").write_text(text)
    with serving(city) as base:
        _, job = upload(base, big(tmp_path, shared), "big", crs=RD)
        done = wait(base, job, "failed", "succeeded")
        assert done["error"] == "took longer than the 0.5 s that a job may take"


def test_a_layer_is_made_and_replaced(city: Path, shared: Shared) -> None:
    cim("load", shared(ROTTERDAM), "--layer", "houses", "--class", "BLDG", "--crs", RD, "-w", city)
    with serving(city) as base:
        for title in ("一", "二"):
            body = json.dumps({"layer": "houses", "options": {"title_zh": title}}).encode()
            status, job = ask(f"{base}/api/tilesets", "POST", body, "application/json")
            assert status == 202, job
            done = wait(base, job, "succeeded", "failed")
            assert done["state"] == "succeeded", done
            (listed,) = ask(f"{base}/3dtiles")[1]["tilesets"]
            assert listed["title"]["zh"] == title
