"""Printing plates and settling reports on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.addressing.plate.making import open_png, pages_of, read_codes
from tests.api.doors.making import DoorCity, door_city
from tests.commands import cim, refusal, run_cim

CONFIG = '[addresses]\nhost = "dz.example.gov.cn"\n'


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorCity]:
    made = door_city(tmp_path_factory.mktemp("city"))
    (made.folder / "cim.toml").write_text(CONFIG, "utf-8")
    yield made
    made.registry.close()
    made.store.close()


def _link(code: str) -> str:
    return f"https://dz.example.gov.cn/a/{code}"


def test_one_plate_is_a_picture(doors: DoorCity, tmp_path: Path) -> None:
    code, path = doors.tainan.code, tmp_path / "one.png"
    said = cim("address", "plate", code, "-o", path, "--dpi", 100, "-w", doors.folder).row
    assert said == {"plates": 1, "file": str(path), "link": _link(code)}
    assert read_codes(open_png(path.read_bytes())) == [_link(code)]


def test_a_street_is_a_document_of_sheets(doors: DoorCity, tmp_path: Path) -> None:
    path = tmp_path / "street.pdf"
    said = cim(
        "address", "plate", "--road", "西湖区文三路", "--size", "small", "--sheet", "A3",
        "-o", path, "-w", doors.folder,
    ).row  # fmt: skip
    assert (said["plates"], said["sheets"], said["refused"]) == (12, 2, 0)
    assert said["files"] == [str(path)]
    read = [code for page in pages_of(path.read_bytes(), dpi=120) for code in read_codes(page)]
    assert sorted(read) == sorted(_link(one.code) for one in doors.road)


def test_a_box_and_codes_go_together(doors: DoorCity, tmp_path: Path) -> None:
    path = tmp_path / "some.pdf"
    said = cim(
        "address", "plate", doors.tainan.code, "--bbox", "120.1,30.2,120.13012,30.3",
        "--size", "small", "-o", path, "-w", doors.folder,
    ).row  # fmt: skip
    assert said["plates"] == 3


def test_an_address_without_a_plate_is_listed(doors: DoorCity, tmp_path: Path) -> None:
    path = tmp_path / "some.pdf"
    done = cim(
        "address", "plate", doors.road[0].code, doors.draft.code, "-o", path, "-w", doors.folder
    )
    assert done.row["refused"] == 1
    listed = json.loads((tmp_path / "some-refused.jsonl").read_text("utf-8"))
    assert listed["address_code"] == doors.draft.code
    assert "only valid ones get a plate" in listed["reason"]
    assert "1 addresses without a plate, listed in" in done.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "give address codes, --road, --element or --bbox"),
        (("--road", "火星路"), "no valid address found"),
        (("--road", "文三路", "--size", "large", "--sheet", "A4"), "does not fit A4; legal: A2"),
        (("--road", "文三路", "--size", "vast"), "legal: large, medium, small"),
        (("3301060000099990",), "check digit"),
        (("3301060000099997",), "does not exist"),
        (("--road", "文三路", "--dpi", "90"), "--dpi is for .png"),
    ],
)
def test_an_order_that_cannot_be_filled_is_refused(
    doors: DoorCity, tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    line = refusal("address", "plate", *words, "-o", tmp_path / "x.pdf", "-w", doors.folder)
    assert reason in line
    assert not list(tmp_path.glob("*.pdf"))


def test_several_plates_are_no_picture(doors: DoorCity, tmp_path: Path) -> None:
    codes = [one.code for one in doors.road[:2]]
    line = refusal("address", "plate", *codes, "-o", tmp_path / "x.png", "-w", doors.folder)
    assert "several plates come as a .pdf" in line


def test_without_a_host_the_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "cim.toml").write_text("", "utf-8")
    line = refusal("address", "plate", "1", "-o", tmp_path / "x.pdf", "-w", tmp_path)
    assert "addresses.host in cim.toml is empty" in line


def test_a_font_that_is_none_is_a_wrong_configuration(tmp_path: Path) -> None:
    (tmp_path / "cim.toml").write_text(CONFIG + 'font = "no.ttf"\n', "utf-8")
    done = run_cim("address", "plate", "1", "-o", tmp_path / "x.pdf", "-w", tmp_path)
    assert done.code == 2
    assert "addresses.font" in done.err


def test_reports_are_listed_and_settled(doors: DoorCity) -> None:
    path = f"/api/addresses/{doors.road[0].code}/reports"
    assert doors.client().post(path, json={"kind": "gone", "note": "拆了"}).status_code == 201
    (report,) = cim("address", "reports", "-w", doors.folder).rows
    assert (report["kind"], report["note"]) == ("gone", "拆了")
    settle = ("--settle", report["id"], "--who", "王芳", "--outcome", "已换新牌")
    cim("address", "reports", *settle, "-w", doors.folder)
    assert cim("address", "reports", "-w", doors.folder).rows == []
    (settled,) = cim("address", "reports", "--all", "-w", doors.folder).rows
    assert settled["outcome"] == "已换新牌"
    assert "who" in refusal("address", "reports", "--settle", 1, "-w", doors.folder)
