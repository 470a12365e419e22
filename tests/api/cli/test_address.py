"""`cim address`: one text, and tables."""

import csv
import io
import sys
import unittest.mock
from pathlib import Path

import pytest

from addressing.kinds import KINDS
from tests.commands import Done, cim, refusal, run_cim

ROWS = (
    "id,address\n"
    "1,杭州市西湖区文三路２５９号三号楼2单元501室\n"
    "2,上海市徐汇区漕溪北路1000弄15号501室\n"
    "3,臺南市永康區王行里6鄰中山路二段143巷28號四樓之9\n"
    "4,天山大地88号\n"
)


def piped(text: str, *words: object) -> Done:
    """Run `cim address standardize` with a table on standard input."""
    stream = io.TextIOWrapper(io.BytesIO(text.encode()))
    with unittest.mock.patch.object(sys, "stdin", stream):
        return run_cim("address", "standardize", *words)


def rows_of(done: Done) -> list[dict[str, str]]:
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def test_an_address_is_taken_apart() -> None:
    found = cim("address", "parse", "杭州市西湖区文三路259号（近学院路）", "--json").row
    assert found["canonical"] == "杭州市西湖区文三路259号"
    assert [(one["type"], one["value"]) for one in found["elements"]] == [
        ("city", "杭州市"),
        ("county", "西湖区"),
        ("road", "文三路"),
        ("number", "259"),
    ]
    assert found["rest"] == ""
    assert found["elements"][1]["code"] == "330106"
    assert {"brackets", "numbers", "streets", "lexicon"} <= set(found["rules"])


def test_the_profile_is_that_of_the_city_in_the_text() -> None:
    found = cim("address", "parse", "上海市徐汇区漕溪北路1000弄15号501室").row
    assert found["profile"] == "shanghai"
    assert found["standard"].endswith("漕溪北路1000弄15号501室")
    assert found["elements"][4]["type"] == "building"


def test_villages_are_known_when_the_division_is_given() -> None:
    words = ("address", "parse", "古荡街道嘉绿苑社区文二西路11号", "--division", "330106")
    assert cim(*words).row["division_codes"][0].startswith("330106007")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("parse", ""), "address '' is empty"),
        (("parse", "号" * 600), "has 600 characters; legal: at most 500"),
        (("parse", "？！"), "is empty"),
        (("parse", "文三路1号", "--profile", "utopia"), "profile 'utopia' is unknown; known:"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(words: tuple[str, ...], says: str) -> None:
    assert says in refusal("address", *words)


def test_every_row_of_a_table_gets_its_texts() -> None:
    rows = rows_of(piped(ROWS))
    assert [row["canonical"] for row in rows] == [
        "杭州市西湖区文三路259号3栋2单元501室",
        "上海市徐汇区漕溪北路1000弄15栋501室",
        "台南市永康区王行里6组中山路2段143巷28号4层9室",
        "88号",
    ]
    assert rows[2]["standard"].endswith("王行里6鄰中山路二段143巷28號四樓之9")
    assert (rows[3]["rest"], rows[3]["problems"]) == ("天山大地", "unparsed")
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["division_code"] == "330106"


def test_elements_come_as_columns_when_asked_for() -> None:
    (first, *_) = rows_of(piped(ROWS, "--elements"))
    assert set(KINDS) <= first.keys()
    assert (first["road"], first["building"], first["lane"]) == ("文三路", "3", "")


def test_a_row_without_an_address_is_named_or_kept_apart(tmp_path: Path) -> None:
    text = "id,address\n1,文三路1号\n2,\n"
    done = piped(text)
    assert done.code == 1
    assert "line 3" in done.err
    assert len(rows_of(piped(text, "--reject", tmp_path / "bad.csv"))) == 1
    assert "2," in (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")


def test_a_table_without_the_column_is_refused() -> None:
    done = piped("id,addr\n1,文三路1号\n")
    assert done.code == 1
    assert "no column 'address'; the header has 'id', 'addr'" in done.err
