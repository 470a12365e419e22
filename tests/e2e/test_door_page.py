"""The page behind a plate on a telephone, and plates drawn by a browser, from the real server."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from addressing.plate.sizes import SIZES
from tests.addressing.plate.making import read_codes
from tests.api.doors.making import HOST, door_city
from tests.commands import cim
from tests.servers import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SCRIPT = Path(__file__).parent / "browser" / "door_page.mjs"
PHONE_WIDTH = 390


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser saw, the folder of its pictures, and the reports that came."""
    folder, shots = tmp_path_factory.mktemp("city"), tmp_path_factory.mktemp("shots")
    made = door_city(folder)
    code = made.tainan.code
    made.registry.close()
    made.store.close()
    (folder / "cim.toml").write_text(f'[addresses]\nhost = "{HOST}"\n', "utf-8")
    plates = {size: f"/api/addresses/{code}/plate.svg?size={size}" for size in SIZES}
    with serving(folder) as base:
        task = {"base": base, "code": code, "plates": plates, "shots": str(shots)}
        done = subprocess.run(
            ["node", SCRIPT], input=json.dumps(task), capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    reports = cim("address", "reports", "-w", folder).rows
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"code": code, "shots": shots, "reports": reports}


def test_the_page_fits_a_telephone_and_loads_nothing_from_elsewhere(seen: dict[str, Any]) -> None:
    assert seen["title"] == "臺南市東區東光里7鄰東安路123巷5弄3號"
    assert seen["width"] == PHONE_WIDTH
    assert seen["console"] == []
    assert seen["external"] == []


def test_everything_has_a_name_and_room_for_a_finger(seen: dict[str, Any]) -> None:
    assert seen["unnamed"] == 0
    assert seen["small"] == 0


def test_a_report_is_sent_without_a_script(seen: dict[str, Any]) -> None:
    assert seen["thanks"] == "已收到，感谢您的反馈。"
    (report,) = seen["reports"]
    assert (report["kind"], report["note"]) == ("plate_damaged", "二维码刮花")
    assert report["code"] == seen["code"]


def test_the_other_language_is_one_tap_away(seen: dict[str, Any]) -> None:
    assert seen["other"] == "en"


@pytest.mark.parametrize("size", SIZES)
def test_the_decoder_reads_the_plate_that_a_browser_draws(seen: dict[str, Any], size: str) -> None:
    picture = Image.open(seen["shots"] / f"{size}.png").convert("RGB")
    assert read_codes(picture) == [f"https://{HOST}/a/{seen['code']}"]
