"""What stands on a plate."""

import pytest

from addressing.plate.link import plate_link
from addressing.plate.wording import plate_text, road_pinyin
from addressing.resources import load_profile
from cim.errors import InputError
from tests.addressing.making import parser_of
from tests.addressing.plate.making import CODE, HOST, wording


def test_a_street_is_the_name_and_the_door_number_stands_alone() -> None:
    text = wording("road")
    assert (text.name, text.pinyin, text.number, text.unit) == ("文三路", "WENSAN LU", "259", "号")
    assert text.link == f"https://{HOST}/a/{CODE}"


def test_section_lane_and_alley_are_part_of_the_name_in_the_citys_own_characters() -> None:
    text = wording("tainan")
    assert text.name == "西門路二段308巷15弄"
    assert text.pinyin == "XIMEN LU 2 DUAN 308 XIANG 15 NONG"
    assert text.number == "8號之3"


def test_a_door_without_a_street_takes_its_village_for_the_name() -> None:
    text = wording("village")
    assert (text.name, text.number, text.unit) == ("三光里9鄰", "56", "號")


def test_a_room_behind_its_floor_is_written_with_it_where_the_city_does_so() -> None:
    text = wording("flat")
    assert (text.name, text.number, text.unit) == ("健康路一段396號", "四樓之11", "")


def test_a_room_shows_estate_building_and_entrance_above() -> None:
    text = wording("room")
    assert (text.name, text.number, text.unit) == ("翠苑新村2区3栋2单元", "501", "室")


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("中正南路", "Zhongzheng Nanlu"),
        ("海南路", "Hainan Lu"),
        ("四川北路", "Sichuan Beilu"),
        ("重庆路", "Chongqing Lu"),
        ("长安街", "Chang'an Jie"),
        ("绿杨新村", "Lüyang Xincun"),
        ("府前路一段", "Fuqian Lu 1 Duan"),
        ("忠孝東路十二段", "Zhongxiao Donglu 12 Duan"),
    ],
)
def test_pinyin_is_written_by_words(name: str, latin: str) -> None:
    assert road_pinyin(name) == latin


def test_an_address_of_divisions_only_gets_no_plate() -> None:
    elements = parser_of("mainland").parse("浙江省杭州市西湖区").elements
    with pytest.raises(InputError, match="ends with a division"):
        plate_text(elements, load_profile("mainland"), code=CODE, host=HOST)


@pytest.mark.parametrize("host", ["", "dz gov.cn", "https://dz.gov.cn", "dz.gov.cn/", "-dz.cn"])
def test_a_host_that_is_none_is_refused_with_an_example(host: str) -> None:
    with pytest.raises(InputError, match=r"as in dz\.example\.gov\.cn"):
        plate_link(host, CODE)


def test_a_host_may_have_a_port_and_a_path() -> None:
    assert plate_link("city.gov.cn:8443/twin", CODE) == f"https://city.gov.cn:8443/twin/a/{CODE}"
