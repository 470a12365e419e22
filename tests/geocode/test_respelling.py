"""Misspelt texts, on door plates of a real city and on a small one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from addressing.registry.store import Registry
from geocode.city import CityGeocoder
from geocode.result import Result
from tests.geocode.making import Plate, put


def first(geocoder: CityGeocoder, text: str) -> Result:
    return geocoder.search(text).results[0]


@pytest.mark.parametrize(
    "text",
    [
        "文三路20呺",
        "西湖区文山路20号",
        "西湖区三文路20号",
        "西湖区文三三路20号",
        "西湖区文路20号",
        "西胡区文三路20号",
        "20号文散路西湖区",
        "西湖区文三璐20号",
    ],
)
def test_one_slip_leads_to_the_door(hangzhou: CityGeocoder, text: str) -> None:
    assert any(one.label.endswith("文三路20号") for one in hangzhou.search(text, 5).results)


SLIPS: dict[str, Callable[[str], str]] = {
    "a character is missing": lambda road: road[:1] + road[2:],
    "the last one is missing": lambda road: road[:-1],
    "one is too many": lambda road: f"{road[:1]}齉{road[1:]}",
    "two are swapped": lambda road: road[:-2] + road[-1] + road[-2],
}


@pytest.mark.parametrize("slip", SLIPS)
def test_the_door_is_among_five_and_alone_only_when_it_is_right(
    slip: str, tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    several = [one for one in tainan_plates[::20] if len(one.road) > 2]
    among = 0
    for plate in several:
        road = SLIPS[slip](plate.road)
        text = f"臺南市{plate.district}{road}{plate.behind[len(plate.road) :]}"
        found = tainan.search(text, 5).results
        among += any(one.label == plate.text for one in found)
        assert not found or found[0].status != "corrected" or found[0].label == plate.text
    assert among >= 0.97 * len(several)


def test_a_street_that_is_called_otherwise_on_purpose_is_not_corrected(
    tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    plate = next(one for one in tainan_plates if one.road.endswith("一街"))
    text = f"{plate.district}{plate.road[:-2]}九十街{plate.behind[len(plate.road) :]}"
    found = [one for one in tainan.search(text).results if one.corrections]
    assert all(one.confidence < 0.5 for one in found)


def test_numbers_are_never_corrected(hangzhou: CityGeocoder) -> None:
    for text in ("文山路9号", "文山路201号", "文山路2O号"):
        assert all(one.status != "corrected" for one in hangzhou.search(text).results)


def test_what_was_read_anew_is_told_by_element(hangzhou: CityGeocoder) -> None:
    found = first(hangzhou, "西湖区文山路20号")
    assert found.verdicts == {"county": "matched", "road": "corrected", "number": "matched"}
    assert found.corrections == {"road": "文三路"}


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("丽港南街6号", "丽港街6号"),
        ("盐仓巷6号", "小盐仓巷6号"),
        ("宏泰街6号", "宏照街6号"),
        ("和平街6号", "中和街6号"),
        ("仁爱十街6号", "仁爱北街6号"),
    ],
)
def test_a_street_that_may_be_another_one_is_never_told_as_sure(
    hangzhou: CityGeocoder, registry: Registry, known: str, typed: str
) -> None:
    put(registry, f"西湖区{known}")
    found = hangzhou.search(f"西湖区{typed}").results
    assert any(one.label.endswith(known) for one in found)
    assert all(one.confidence < 0.8 for one in found)


def test_what_was_asked_before_changes_no_answer(
    hangzhou: CityGeocoder, registry: Registry, folder: Path
) -> None:
    for text in ("西湖区文一东路8号", "西湖区文二西路8号", "西湖区东文街3弄8号"):
        put(registry, text)
    roads = ("文一西路", "文二东路", "闻三路", "问三路", "文二西", "东文桥街", "南文街", "龘文路")
    texts = [f"西湖区{road}{behind}" for road in roads for behind in ("8号", "3弄8号", "20号")]
    found = [hangzhou.search(text).results for text in texts]
    other = CityGeocoder(registry, folder)
    assert [other.search(text).results for text in reversed(texts)] == found[::-1]
    other.close()


def test_a_lane_that_is_not_there_leads_to_its_street(hangzhou: CityGeocoder) -> None:
    found = first(hangzhou, "西湖区文三路20弄")
    assert (found.level, found.status) == ("road", "parent_fallback")


def test_a_building_may_be_called_by_its_whole_name(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区文三路6号")
    put(registry, "西湖区文三路6号汇通大厦主楼")
    put(registry, "西湖区学院路8号汇通大厦")
    assert first(hangzhou, "西湖区文三路6号汇通大厦主楼").label.endswith("主楼")
    found = hangzhou.search("西湖区文三咯6号汇通大厦主楼", 5).results
    assert any(one.label.endswith("主楼") for one in found)


def test_a_street_that_is_called_as_its_district_may_lack_a_character(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "杭州市西湖区西湖大道8号")
    assert first(hangzhou, "杭州市西湖区西湖道8号").label.endswith("西湖大道8号")
    put(registry, "杭州市西湖区西湖路一段9号")
    assert first(hangzhou, "杭州市西湖区西湖一段9号").label.endswith("西湖路1段9号")


@pytest.mark.parametrize("number", ["临252号", "252号"])
def test_what_stands_before_a_number_is_no_slip_of_the_street(
    registry: Registry, hangzhou: CityGeocoder, number: str
) -> None:
    for one in ("252号", "临252号"):
        put(registry, f"西湖区仑平西路{one}")
    found = hangzhou.search(f"西湖区仑平西{number}", 5).results
    assert found[0].label.endswith(f"仑平西路{number}")
    assert found[0].confidence > 0.5
    others = [one for one in found if one.label != found[0].label]
    assert all(one.confidence < found[0].confidence for one in others)
