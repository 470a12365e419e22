"""Checks of addresses over the web and on the command line."""

import json
from pathlib import Path

from tests.api.doors.making import DoorCity
from tests.commands import cim, refusal

CHECKS = "/api/addresses/checks"


def test_all_checks_are_counted(doors: DoorCity) -> None:
    found = doors.client().get(CHECKS).json()
    assert found["addresses"] == 14
    by_rule = {one["rule"]: one for one in found["checks"]}
    assert by_rule["building_without_address"]["count"] == 1
    assert by_rule["address_without_entity"]["count"] > 0
    assert by_rule["outside_division"]["count"] is None
    assert "addresses.boundaries" in by_rule["outside_division"]["absent"]
    assert by_rule["wrong_side"]["count"] == 0


def test_findings_come_in_pages_and_as_geojson(doors: DoorCity) -> None:
    client = doors.client()
    rule = f"{CHECKS}/address_without_entity"
    first = client.get(rule, params={"limit": 1}).json()
    assert first["next"] == 1
    last = client.get(rule, params={"offset": first["count"] - 1}).json()
    assert last["next"] is None
    assert last["findings"][0]["detail"] == {"reason": "no building near the door"}
    answer = client.get(f"{CHECKS}/building_without_address", params={"f": "geojson"})
    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    assert feature["properties"]["entity"].startswith("BLDG")


def test_a_change_of_an_address_is_seen_at_once(doors: DoorCity) -> None:
    client = doors.client()
    before = client.get(CHECKS).json()["addresses"]
    doors.retire(doors.road[11].code)
    assert client.get(CHECKS).json()["addresses"] == before - 1


def test_a_check_that_cannot_run_says_why(doors: DoorCity) -> None:
    client = doors.client()
    assert client.get(f"{CHECKS}/outside_division").status_code == 501
    unknown = client.get(f"{CHECKS}/nope")
    assert unknown.status_code == 404
    assert "known: address_without_entity" in unknown.json()["detail"]


def _workspace(doors: DoorCity) -> Path:
    (doors.folder / "cim.toml").write_text(
        '[city]\ndivision_code = "330106"\n[addresses]\nhost = "dz.example.gov.cn"\n', "utf-8"
    )
    return doors.folder


def test_the_command_counts_and_lists(doors: DoorCity, tmp_path: Path) -> None:
    city = _workspace(doors)
    counts = {row["rule"]: row["count"] for row in cim("address", "check", "-w", city).rows}
    assert counts["building_without_address"] == 1
    assert counts["outside_division"] is None
    one = ("address", "check", "--rule", "building_without_address", "-w", city)
    (row,) = cim(*one, "-o", "-").rows
    assert row["address_code"] is None
    path = tmp_path / "found.geojson"
    assert "1 findings in" in cim(*one, "-o", path).err
    (feature,) = json.loads(path.read_text("utf-8"))["features"]
    assert feature["geometry"]["type"] == "Point"
    lines = tmp_path / "found.jsonl"
    cim(*one, "-o", lines)
    assert json.loads(lines.read_text("utf-8")) == row


def test_the_command_refuses_what_it_does_not_know(doors: DoorCity, tmp_path: Path) -> None:
    city = _workspace(doors)
    assert "known: address_without_entity" in refusal(
        "address", "check", "--rule", "nope", "-w", city
    )
    assert ".jsonl or .geojson" in refusal(
        "address", "check", "-o", tmp_path / "x.xlsx", "-w", city
    )
