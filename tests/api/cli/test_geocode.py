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


def test_what_is_at_a_place_is_told(city: Path) -> None:
    found = cim("geocode", "reverse", "120.13018", "30.2701", "-w", city).row
    assert found["label"] == "浙江省杭州市西湖区文三路18号"
    assert (found["direction"], found["match_level"]) == ("S", "doorplate")
    road = cim("geocode", "reverse", "120.13", "30.27", "--level", "road", "-w", city).row
    assert road["label"].endswith("文三路")
    assert "legal: room" in refusal(
        "geocode", "reverse", "120.13", "30.27", "--level", "house", "-w", city
    )


def test_places_of_a_table_lead_back_to_addresses(city: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("经度,纬度\n120.1302,30.27\n,\n", "utf-8")
    cim("geocode", "batch", "--reverse", "--input", source, "--output", target, "-w", city)
    with target.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert rows[0]["standard_address"].endswith("文三路20号")
    assert [row["match_status"] for row in rows] == ["exact", "none"]


def test_two_processes_give_what_one_gives(city: Path, tmp_path: Path) -> None:
    source, one, two = tmp_path / "in.csv", tmp_path / "1.csv", tmp_path / "2.csv"
    lines = [f"{number},文三路{18 + number % 4}号" for number in range(5_000)]
    source.write_text("id,address\n" + "\n".join(lines), "utf-8")
    cim("geocode", "batch", "--input", source, "--output", one, "-w", city)
    cim("geocode", "batch", "--input", source, "--output", two, "--jobs", "2", "-w", city)
    assert one.read_bytes() == two.read_bytes()


def test_a_run_goes_on_where_it_was_cut(city: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    good = "\n".join(f"{number},文三路18号" for number in range(5_000))
    source.write_bytes(f"id,address\n{good}\n".encode() + b'"' + b"x" * (1 << 21))
    words = ("geocode", "batch", "--input", source, "--output", target, "--resume", "-w", city)
    assert "longer than" in refusal(*words)
    assert not target.exists()
    kept = tmp_path / ".out.csv.parts"
    assert len(list(kept.glob("*.arrow"))) == 2
    source.write_text(f"id,address\n{good}\n", "utf-8")
    report = cim(*words, "--progress", "json").row
    assert (report["rows"], report["kept"]) == (5_000, 0)  # another table: nothing of it counts
    assert not kept.exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--format", "pdf"), "legal: csv, ndjson, parquet, xlsx"),
        (("--coordsys", "x"), "legal: "),
        (("--field", "adress"), "the table has 'address'"),
        (("--encoding", "klingon"), "klingon"),
        (("--resume", "--output", "-"), "--resume needs files"),
        (("--progress", "dots"), "legal: "),
    ],
)
def test_options_that_are_not_legal_are_named(
    words: tuple[str, ...], reason: str, city: Path, tmp_path: Path
) -> None:
    source = tmp_path / "in.csv"
    source.write_text("address\n文三路20号\n", "utf-8")
    given = ("--input", source, "--output", tmp_path / "out.csv", "-w", city)
    assert reason in refusal("geocode", "batch", *given, *words)


@pytest.mark.parametrize("text", ["' OR 1=1 --", "\u202e号20", "NEAR(a b)", "x" * 100_000, " "])
def test_hostile_texts_lead_nowhere(text: str, city: Path) -> None:
    assert run_cim("geocode", "search", text, "-w", city).code in (0, 1)
