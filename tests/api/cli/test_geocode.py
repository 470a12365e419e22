"""`cim geocode`: index, search, batch."""

import csv
from pathlib import Path

import pytest

from addressing.registry.store import Registry
from tests.commands import cim, refusal, run_cim
from tests.geocode.making import put


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A workspace with two addresses."""
    folder = tmp_path / "city"
    cim("init", folder)
    registry = Registry(folder / "city.gpkg")
    for number in (18, 20):
        put(registry, f"浙江省杭州市西湖区文三路{number}号", 120.13 + number * 1e-5)
    registry.close()
    return folder


def test_a_text_is_found_after_the_index_is_made(city: Path) -> None:
    assert "2 addresses" in cim("geocode", "index", "-w", city).err
    found = cim("geocode", "search", "文三路20号", "-w", city).row
    assert found["label"] == "浙江省杭州市西湖区文三路20号"
    assert (found["level"], found["status"]) == ("doorplate", "exact")


def test_nothing_found_is_said(city: Path) -> None:
    done = run_cim("geocode", "search", "无此路9号", "-w", city)
    assert (done.code, done.out) == (0, "")
    assert "nothing is known" in done.err


def test_a_table_comes_back_with_answers_in_its_order(city: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,地址\n1,文三路20号\n2,无此路9号\n3,\n4,西湖区文三路18號\n", "utf-8")
    words = ("--input", source, "--output", target, "--field", "地址", "-w", city)
    cim("geocode", "batch", *words)
    with target.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["match_status"] for row in rows] == ["exact", "none", "none", "normalised"]
    assert rows[3]["standard_address"] == "浙江省杭州市西湖区文三路18号"
    assert rows[1]["lon"] == ""


def test_a_missing_column_names_those_there_are(city: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,where\n1,文三路20号\n", "utf-8")
    reason = refusal("geocode", "batch", "--input", source, "-w", city)
    assert "address" in reason
    assert "where" in reason


def test_a_city_without_addresses_says_how_to_get_some(tmp_path: Path) -> None:
    cim("init", tmp_path / "empty")
    assert "no addresses" in refusal("geocode", "search", "文三路", "-w", tmp_path / "empty")
