"""Texts written from elements."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addressing.format import SHORT, WITHOUT_DIVISIONS, pinyin, write, write_english
from addressing.kinds import KINDS, ga_code
from addressing.model import (
    AddressElement,
    Alias,
    Place,
    StandardAddress,
    Validity,
)
from addressing.numerals import to_chinese, to_number
from addressing.resources import load_profile, profile_names
from cim.errors import InputError, NotFoundError
from tests.addressing.making import parser_of

TEXT = "浙江省杭州市西湖区古荡街道文三路259号昌地火炬大厦3号楼2单元501室"


def written(text: str, profile: str) -> str:
    parser = parser_of(profile)
    return write(parser.parse(text).elements, parser.grammar.profile)


def test_one_address_has_a_full_a_short_and_a_local_text() -> None:
    parser = parser_of()
    elements, profile = parser.parse(TEXT).elements, parser.grammar.profile
    local = "文三路259号昌地火炬大厦3栋2单元501室"
    assert write(elements, profile) == f"浙江省杭州市西湖区古荡街道{local}"
    assert write(elements, profile, SHORT) == f"西湖区{local}"
    assert write(elements, profile, WITHOUT_DIVISIONS) == local


def test_in_latin_letters_it_runs_from_small_to_large() -> None:
    assert write_english(parser_of().parse("杭州市西湖区文三路259号3幢501室").elements) == (
        "Room 501, Building 3, No. 259, Wensan Lu, Xihu Qu, Hangzhou Shi"
    )


@pytest.mark.parametrize(
    ("name", "latin"),
    [("西安市", "Xi'an Shi"), ("人民大道", "Renmin Dadao"), ("中关村", "Zhongguan Cun")],
)
def test_the_generic_word_stands_apart(name: str, latin: str) -> None:
    assert pinyin(name) == latin


@pytest.mark.parametrize(
    ("text", "profile", "local"),
    [
        ("人民路甲12号", "beijing", "人民路甲12号"),
        ("人民路甲12号", "mainland", "人民路12号甲"),
        ("文三路9-2号", "mainland", "文三路9-2号"),
        ("文三路9-2号", "chongqing", "文三路9号附2号"),
        ("中山路二段9之2號", "taiwan", "中山路二段9之2號"),
        ("中山路二段9號之2", "taiwan", "中山路二段9號之2"),
        ("中山路9甲號之2", "taiwan", "中山路9甲號之2"),
        ("中山路9之1號之2", "taiwan", "中山路9之1號之2"),
        ("中山路9號3之2", "taiwan", "中山路9號3-2室"),
        ("中山路9號三樓1之2", "taiwan", "中山路9號三樓之1之2"),
        ("中山路9號地下一層之3", "taiwan", "中山路9號地下一層之3"),
        ("中山路9號B1層", "taiwan", "中山路9號地下一層"),
        ("中山路1000弄15号", "shanghai", "中山路1000弄15号"),
        ("翠微路2号楼", "beijing", "翠微路2号楼"),
    ],
)
def test_each_city_writes_in_its_own_way(text: str, profile: str, local: str) -> None:
    assert written(text, profile) == local


@given(st.integers(0, 9999))
def test_chinese_numerals_are_read_back(number: int) -> None:
    assert to_number(to_chinese(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("二〇一", 201), ("廿三", 23), ("一百零五", 105), ("十", 10), ("壹拾", 10)],
)
def test_chinese_numerals_of_all_kinds_are_read(text: str, number: int) -> None:
    assert to_number(text) == number


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        ("township", "古荡街道", "23"),
        ("township", "乌镇", "22"),
        ("community", "嘉绿苑社区居委会", "31"),
        ("community", "王村村委会", "33"),
        ("building", "3", "50"),
        ("number", "259", ""),
    ],
)
def test_element_types_have_the_codes_of_the_standard_as_far_as_known(
    kind: str, name: str, code: str
) -> None:
    assert ga_code(kind, name) == code


def test_every_profile_can_be_loaded_and_an_unknown_one_is_told() -> None:
    assert {load_profile(name).name for name in profile_names()} == set(profile_names())
    with pytest.raises(NotFoundError, match="known: beijing, chongqing"):
        load_profile("utopia")


def element(kind: str, name: str) -> AddressElement:
    return AddressElement(f"E{name}", kind, name)


def test_the_text_of_a_standard_address_is_written_from_its_elements() -> None:
    road = AddressElement(
        "R1", "road", "新路", aliases=(Alias("旧路", Validity(None, date(2020, 1, 1)), "renamed"),)
    )
    address = StandardAddress("3301060000000014", (road, element("number", "5")))
    assert write(address.elements, load_profile("mainland")) == "新路5号"
    assert road.name_on(date(2019, 5, 1)) == "旧路"
    assert road.name_on(date(2020, 1, 1)) == "新路"


def test_values_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="legal: from large to small"):
        StandardAddress("1", (element("number", "5"), element("road", "文三路")))
    with pytest.raises(InputError, match="element type 'street' is unknown"):
        element("street", "文三路")
    with pytest.raises(InputError, match="lat 91"):
        Place(120, 91)
    with pytest.raises(InputError, match="not after its begin"):
        Validity(date(2020, 1, 1), date(2020, 1, 1))


def test_ranks_go_from_large_to_small_and_only_some_types_have_units() -> None:
    ranks = [kind.rank for kind in KINDS.values()]
    assert ranks == sorted(ranks)
    assert KINDS["number"].unit == "号"
