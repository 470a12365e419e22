"""Divisions: names over time, short forms, editions."""

from datetime import date

import pytest

from addressing.division_files import read_changes, read_table
from addressing.divisions import Change, Division, Divisions, short_name
from addressing.resources import load_divisions, load_villages
from cim.errors import NotFoundError, SourceDataError

EDITION = """code,name
33,浙江省
3301,杭州市
330102,上城区
330104,江干区
330110,余杭区
330110001,临平街道
"""


@pytest.fixture(scope="module")
def divisions() -> Divisions:
    return load_divisions()


def edition(text: str = EDITION) -> Divisions:
    return read_table(text.splitlines(), "edition.csv")


def test_all_levels_are_there_with_their_path(divisions: Divisions) -> None:
    assert divisions.names_of("330106007") == ("浙江省", "杭州市", "西湖区", "古荡街道")
    assert divisions.names_of("110105") == ("北京市", "朝阳区")
    assert divisions.get("330106000000").name == "西湖区"


def test_villages_of_one_district_are_loaded_with_all_that_lies_above() -> None:
    found = load_villages(["330106"])
    villages = [one for one in found.by_code.values() if one.level == 5]
    assert len(villages) > 150
    assert all(one.code.startswith("330106") for one in villages)
    assert found.get("420106").name == "武昌区"


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("33", "浙江"),
        ("15", "内蒙古"),
        ("11", "北京"),
        ("3301", "杭州"),
        ("4228", "恩施"),
        ("330106", "西湖"),
        ("310115", "浦东"),
    ],
)
def test_short_forms_leave_out_the_last_word(divisions: Divisions, code: str, short: str) -> None:
    assert short_name(divisions.get(code)) == short
    assert divisions.get(code) in divisions.find(short)


def test_a_single_character_is_no_short_form() -> None:
    assert short_name(Division("460000", "东区", 3)) == ""


def test_one_name_finds_all_districts_of_it_and_the_region_chooses(divisions: Divisions) -> None:
    assert {one.code for one in divisions.find("鼓楼区")} >= {"320106", "350102", "410204"}
    assert [one.code for one in divisions.find("鼓楼区", within="32")] == ["320106", "320302"]


def test_a_merged_district_is_found_by_its_old_name_and_leads_to_the_new_one(
    divisions: Divisions,
) -> None:
    old = {one.code for one in divisions.find("宣武区")}
    assert old == {"110102", "110104"}
    assert [one.name for one in divisions.current("110104")] == ["西城区"]
    assert divisions.get("110104").validity.end == date(2010, 7, 1)


def test_names_are_asked_for_as_of_a_day(divisions: Divisions) -> None:
    assert divisions.find("闸北区", on=date(2014, 1, 1))
    assert not divisions.find("闸北区", on=date(2016, 1, 1))


def test_a_split_district_leads_to_all_its_parts(divisions: Divisions) -> None:
    assert [one.name for one in divisions.current("330104")] == ["上城区", "钱塘区"]


def test_a_newer_edition_tells_new_names_new_codes_and_what_a_person_must_say() -> None:
    newer = edition(
        EDITION.replace("330102,上城区", "330102,上城新区")
        .replace("330104,江干区\n", "")
        .replace("330110,余杭区\n330110001,临平街道", "330113,余杭区\n330113001,临平街道")
    )
    found = edition().compared(newer, date(2024, 1, 1))
    assert [(one.code, one.successors, one.reason) for one in found.changes] == [
        ("330102", ("330102",), "renamed"),
        ("330110", ("330113",), "recoded"),
        ("330110001", ("330113001",), "recoded"),
    ]
    assert found.gone == ("330104",)
    renewed = newer.with_changes(found.changes)
    assert renewed.find("上城区")[0].name == "上城新区"
    assert renewed.current("330110001")[0].code == "330113001"


def test_a_change_to_an_unknown_division_is_refused() -> None:
    change = Change(date(2024, 1, 1), "330104", "江干区", ("330199",), "merged")
    with pytest.raises(SourceDataError, match="successor 330199 is unknown"):
        edition().with_changes([change])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2", "no column 'code'; the header has a, b"),
        ("code,name\n3,浙江省", "line 2: code '3'; legal: 2, 4, 6, 9 or 12 digits"),
        ("code,name\n33,", "code 33 has no name"),
        ("code,name\n3301,杭州市", "parent 33 is missing"),
        ("code,name\n33,浙江省\n33,浙江省", "code 33 is there twice"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(text: str, says: str) -> None:
    with pytest.raises(SourceDataError, match=says):
        edition(text)


def test_changes_of_a_file_must_be_whole() -> None:
    with pytest.raises(SourceDataError, match="x change 1: lacks day, name, successors, reason"):
        read_changes({"change": [{"code": "330104"}]}, "x")


def test_an_unknown_code_is_told_with_the_number_of_those_loaded() -> None:
    with pytest.raises(NotFoundError, match="'99' is unknown; 6 divisions"):
        edition().get("99")
