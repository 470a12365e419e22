"""Registers imported on request by a server as a user starts it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import cim
from tests.e2e.test_tileset_jobs import BOUNDARY, ask, wait
from tests.servers import serving

pytestmark = pytest.mark.e2e

PLATES = "id,address,lon,lat\n1,西湖区文三路1号,120.1,30.2\n2,西湖区文三路2号,x,30.2\n"


def upload(base: str, text: str, **options: object) -> Any:
    """Send a register as a browser does."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
    body = (
        f'{head}name="options"\r\n\r\n{json.dumps(options)}\r\n'
        f'{head}name="file"; filename="plates.csv"\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n'
    )
    media = f"multipart/form-data; boundary={BOUNDARY}"
    return ask(f"{base}/api/addresses/imports", "POST", body.encode(), media)


def test_an_uploaded_register_ends_as_addresses(tmp_path: Path) -> None:
    cim("init", tmp_path / "city", "--division-code", "330106")
    with serving(tmp_path / "city") as base:
        status, job = upload(base, PLATES, who="李雷")
        assert status == 202
        done = wait(base, job, "succeeded", "failed")
        assert done["error"] is None
        (report,) = done["report"]["imports"]
        assert (report["new"], report["rejected"]) == (1, 1)
        _, page = ask(f"{base}{done['href']}/items")
        (feature,) = page["features"]
        assert feature["properties"]["text"] == "浙江省杭州市西湖区文三路1号"
        failed = wait(base, upload(base, "a,b\n1,2\n", who="李雷")[1], "succeeded", "failed")
        assert failed["state"] == "failed"
        assert "no column holds an address" in failed["error"]
        assert str(tmp_path) not in json.dumps(failed)
