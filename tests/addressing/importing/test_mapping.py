"""Mapping files, and mappings guessed from the names of columns."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addressing.importing.guessing import guess_mapping
from addressing.importing.mapping import (
    Part,
    RegisterMapping,
    check_against,
    read_mapping,
    to_mapping,
)
from addressing.kinds import KINDS
from addressing.resources import register_columns
from cim.errors import InputError, SourceDataError
from cim.tables.files import open_table
from tests.addressing.importing.making import register

WHOLE = """
source = "plates"
profile = "taiwan"
divisions = ["71"]
prefer = "reject"

[file]
encoding = "Big5"
delimiter = ";"

[columns]
source_id = "ID"
text = "ADDR"
lon = "X"
lat = "Y"

[elements]
city = { value = "臺南市" }
county = { column = "TOWN", values = { 6703100 = "永康區" } }
road = "ROAD"
number = ["NO", "SUB"]

[coordinates]
crs = "EPSG:3826"

[[links]]
column = "BLDG"
layer = "buildings"
role = "main"
"""


def test_a_whole_mapping_is_read_and_written_as_the_same(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(WHOLE, encoding="utf-8")
    mapping = read_mapping(path)
    assert mapping.elements["county"] == Part(("TOWN",), "", {"6703100": "永康區"})
    assert mapping.names() == ("ID", "ADDR", "X", "Y", "TOWN", "ROAD", "NO", "SUB", "BLDG")
    again = tmp_path / "again.toml"
    again.write_text(mapping.to_toml(), encoding="utf-8")
    assert read_mapping(again) == mapping


@given(
    st.dictionaries(st.sampled_from(sorted(KINDS)), st.text(min_size=1), min_size=1),
    st.text(),
)
def test_any_column_name_survives_the_file(parts: dict[str, str], text: str) -> None:
    import tomllib  # noqa: PLC0415 - only here

    mapping = RegisterMapping(
        columns={"text": text} if text else {},
        elements={kind: Part((name,)) for kind, name in parts.items()},
    )
    again = to_mapping(tomllib.loads(mapping.to_toml()), "map")
    assert again.elements == mapping.elements
    assert again.columns == mapping.columns


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"colums": {}}, "map: unknown key 'colums'; legal: source, profile"),
        ({"columns": {"adress": "A"}}, r"map \[columns\]: unknown key 'adress'; legal: source_id"),
        ({"elements": {"street": "A"}}, r"map \[elements\]: unknown key 'street'; legal: country"),
        ({"columns": {"text": 3}}, r"\[columns\] text: 3; legal: a text in quotes"),
        ({"columns": "A"}, r"columns: is no table; legal: \[columns\]"),
        ({"prefer": "both"}, "prefer 'both'; legal: columns, text, reject"),
        ({"coordinates": {"coordsys": "mars"}}, "coordsys 'mars'; legal: wgs84"),
        ({"coordinates": {"coordsys": "gcj02", "crs": "EPSG:4490"}}, "both given"),
        ({"elements": {"road": {"column": "A", "value": "B"}}}, "one of the two"),
        ({"elements": {"road": {"row": "A"}}}, "unknown key 'row'"),
        ({"links": [{"role": "main"}]}, "legal: a table with column"),
        ({"links": [{"column": "B", "role": "owner"}]}, "role 'owner'; legal: main, auxiliary"),
        ({"divisions": [3]}, "legal: a text, or a list of texts"),
    ],
)
def test_what_a_mapping_cannot_say_is_refused(table: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_mapping(table, "map")


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")
    path = tmp_path / "map.toml"
    path.write_text("[columns", encoding="utf-8")
    with pytest.raises(InputError, match="no TOML"):
        read_mapping(path)


def test_a_column_that_is_missing_is_named_with_those_there_are() -> None:
    mapping = to_mapping({"columns": {"text": "地址"}}, "map")
    with pytest.raises(SourceDataError, match=r"text: no column '地址'; the table has 'a', 'b'"):
        check_against(mapping, ("a", "b"), "plates.csv")
    with pytest.raises(InputError, match="no column holds an address; name one as"):
        check_against(RegisterMapping(), ("a", "b"), "plates.csv")
    lonely = to_mapping({"columns": {"text": "a", "lon": "b"}}, "map")
    with pytest.raises(InputError, match="lon stands alone"):
        check_against(lonely, ("a", "b"), "plates.csv")


def test_columns_are_found_whatever_the_case() -> None:
    mapping = to_mapping({"columns": {"text": "Addr"}}, "map")
    assert check_against(mapping, ("ADDR", "b"), "t").columns == {"text": "ADDR"}


def guess(folder: Path, *lines: str) -> RegisterMapping:
    table = open_table(register(folder, lines))
    return guess_mapping(table, next(table.batches())).mapping


def test_columns_are_told_by_their_names(tmp_path: Path) -> None:
    mapping = guess(
        tmp_path,
        "门牌编号,区,街路巷,门牌号,楼栋号,详细地址,经度,纬度,备注",
        "M1,西湖区,文三路,259号,3,杭州市西湖区文三路259号,120.1,30.2,x",
        "M2,西湖区,学院路,8号,,杭州市西湖区学院路8号,120.2,30.3,",
    )
    assert mapping.columns == {
        "source_id": "门牌编号",
        "text": "详细地址",
        "lon": "经度",
        "lat": "纬度",
    }
    parts = {kind: part.columns[0] for kind, part in mapping.elements.items()}
    assert parts == {"county": "区", "road": "街路巷", "number": "门牌号", "building": "楼栋号"}


def test_columns_of_codes_and_ids_that_repeat_are_passed_over(tmp_path: Path) -> None:
    mapping = guess(
        tmp_path,
        "id,TOWN,ROAD,FULL_ADDR,X",
        "1,6703100,中山路,臺南市永康區中山路1號,120.2",
        "1,6703100,中山路,臺南市永康區中山路2號,120.2",
    )
    assert mapping.columns == {"text": "FULL_ADDR"}
    assert list(mapping.elements) == ["road"]


def test_the_table_of_names_has_legal_roles_and_no_name_twice_in_one() -> None:
    words = register_columns()
    assert set(words["elements"]) <= set(KINDS)
    for section in words.values():
        for role, names in section.items():
            assert len(set(names)) == len(names), role


def test_codes_of_the_towns_of_taiwan_are_told_by_name(tmp_path: Path) -> None:
    head = "省市縣市代碼,鄉鎮市區代碼,村里,鄰,街路段,地區,巷,弄,號,樓,橫座標,縱座標"
    mapping = guess(tmp_path, head, "10007,10007010,光明里,005,中山路一段,,,,5號,,120.5,24.1")
    assert mapping.elements["city"].values == {"10007": "彰化縣"}
    assert mapping.elements["county"].values == {"10007010": "彰化市"}
    other = guess(tmp_path, head, "10007,10007990,光明里,005,中山路一段,,,,5號,,120.5,24.1")
    assert "county" not in other.elements


def test_a_heading_that_names_its_datum_tells_the_crs_of_metres(tmp_path: Path) -> None:
    head = "門牌地址,TWD97橫坐標,TWD97縱坐標"
    metres = guess(tmp_path, head, "彰化縣彰化市中山路5號,202345.12,2663456.78")
    assert metres.columns["lon"] == "TWD97橫坐標"
    assert metres.crs == "EPSG:3826"
    assert guess(tmp_path, head, "彰化縣彰化市中山路5號,120.5,24.1").crs == ""


def test_columns_are_told_in_traditional_characters_and_full_width(tmp_path: Path) -> None:
    mapping = guess(tmp_path, "編號,門牌地址,橫坐標,縱坐標", "1,臺北市中正區博愛路5號,121.5,25.0")
    columns = {"source_id": "編號", "text": "門牌地址", "lon": "橫坐標", "lat": "縱坐標"}
    assert dict(mapping.columns) == columns
    mapping = guess(tmp_path, "ＩＤ,縣市,街路段,號", "1,臺北市,博愛路,5號")
    assert list(mapping.elements) == ["city", "road", "number"]
