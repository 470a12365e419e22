"""From text to places, on door plates of a real city and on a small one."""

import re
from collections.abc import Callable

import opencc
import pytest

from addressing.registry.store import Registry
from geocode.city import CityGeocoder
from geocode.result import Result
from tests.geocode.making import Plate, put


def first(geocoder: CityGeocoder, text: str) -> Result:
    return geocoder.search(text).results[0]


def test_every_standard_text_is_found_as_itself(
    tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    for plate in tainan_plates:
        found = first(tainan, plate.text)
        assert (found.label, found.status) == (plate.text, "exact")
        assert found.confidence > 0.9
        assert abs(found.lon - plate.lon) < 1e-6
        assert abs(found.lat - plate.lat) < 1e-6


SIMPLE = opencc.OpenCC("t2s")
WAYS: dict[str, Callable[[Plate], str]] = {
    "without village": lambda one: f"臺南市{one.district}{one.behind}",
    "in simplified characters": lambda one: SIMPLE.convert(f"台南市{one.district}{one.behind}"),
    "the small first": lambda one: f"{one.behind}{one.district}臺南市",
    "with wide digits": lambda one: re.sub(
        "[0-9]", lambda digit: chr(ord(digit[0]) + 0xFEE0), f"{one.district}{one.behind}"
    ),
    "with other words and spaces": lambda one: f" 台南市 {one.district} {one.behind}（收）",
}


@pytest.mark.parametrize("way", WAYS)
def test_other_ways_to_write_it_lead_to_the_same_door(
    way: str, tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    several = tainan_plates[::5]
    right = [first(tainan, WAYS[way](one)).label == one.text for one in several]
    assert sum(right) >= 0.995 * len(several)


def test_what_is_written_as_the_standard_is_exact_with_or_without_its_divisions(
    tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    for plate in tainan_plates[::25]:
        own = f"{plate.district}{plate.behind}"
        for text in (f"臺南市{own}", own):
            assert first(tainan, text).status in ("exact", "ambiguous")
        for text in (SIMPLE.convert(own), f"{own}（收）"):
            assert first(tainan, text).status in ("normalised", "ambiguous")


def test_a_district_in_short_is_not_passed_over_for_a_number_it_lacks(
    tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    several = [one for one in tainan_plates[::40] if len(one.district) == 3]
    assert several
    for plate in several:
        found = tainan.search(f"{plate.district[:2]}{plate.road}98765號").results
        assert {one.values["county"][:2] for one in found} == {SIMPLE.convert(plate.district)[:2]}


def test_one_wrong_character_of_a_street_is_corrected_and_told(
    tainan: CityGeocoder, tainan_plates: list[Plate]
) -> None:
    told = right = 0
    several = [one for one in tainan_plates[::5] if len(one.road) > 2]
    for plate in several:
        middle = len(plate.road) // 2
        road = f"{plate.road[:middle]}齉{plate.road[middle + 1 :]}"
        text = f"{plate.district}{road}{plate.behind[len(plate.road) :]}"
        found = [one for one in tainan.search(text, 5).results if one.status == "corrected"]
        told += len(found)
        right += sum(one.label == plate.text for one in found)
        assert all("corrected" in one.verdicts.values() for one in found)
    assert told > 0.5 * len(several)
    assert right >= 0.99 * told


def test_a_text_that_means_nothing_here_has_no_answer(tainan: CityGeocoder) -> None:
    for text in ("", "   ", "今天天气不错", "SELECT * FROM door; --", "\x00\x01", "😀" * 50):
        assert tainan.search(text).results == []


def test_a_house_elsewhere_is_not_found_here(hangzhou: CityGeocoder) -> None:
    assert hangzhou.search("北京市海淀区文三路20号").results == []


def test_same_names_in_several_districts_are_a_tie(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区留下街道中山路5号")
    put(registry, "西湖区灵隐街道中山路5号")
    found = hangzhou.search("中山路5号").results
    assert [one.status for one in found] == ["ambiguous", "ambiguous"]
    assert sum(one.confidence for one in found) <= 1


def test_a_number_that_is_missing_lies_between_those_of_its_side(hangzhou: CityGeocoder) -> None:
    found = first(hangzhou, "文三路6号")
    below, above = first(hangzhou, "文三路4号"), first(hangzhou, "文三路8号")
    assert found.status == "interpolated"
    assert found.level == "doorplate"
    assert below.lon < found.lon < above.lon
    assert found.address_code == ""
    assert found.accuracy_m > 0


def test_beyond_the_last_number_there_is_only_the_street(hangzhou: CityGeocoder) -> None:
    found = first(hangzhou, "文三路9998号")
    assert (found.status, found.level) == ("parent_fallback", "road")
    assert found.verdicts["number"] == "missing"


def test_an_unknown_room_leads_to_its_building(hangzhou: CityGeocoder) -> None:
    found = first(hangzhou, "翠苑新村3幢2单元909室")
    assert (found.status, found.level) == ("parent_fallback", "unit")


def test_a_building_stands_for_all_its_rooms(hangzhou: CityGeocoder) -> None:
    found = hangzhou.search("翠苑新村3栋").results
    assert len(found) == 1
    assert found[0].level == "building"
    assert found[0].status in ("exact", "normalised")


def test_the_unit_may_be_left_out_when_the_room_tells_enough(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区文三路30号翠苑新村4幢1单元601室")
    found = first(hangzhou, "翠苑新村4幢601")
    assert found.level == "room"
    assert found.address_code


def test_an_unknown_street_is_not_taken_for_another_with_another_number(
    hangzhou: CityGeocoder,
) -> None:
    found = hangzhou.search("西湖区文五路77号").results
    assert all(one.level in ("road", "district") for one in found)


def test_streets_estates_and_districts_are_found_by_name(hangzhou: CityGeocoder) -> None:
    assert first(hangzhou, "文三路").level == "road"
    assert first(hangzhou, "翠苑新村").level == "estate"
    district = first(hangzhou, "西湖区")
    assert district.level == "district"
    assert district.adcode == "330106"


def test_a_shop_beside_the_number_does_not_hide_a_door_of_a_village(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区转塘街道外桐坞村5组12号")
    found = first(hangzhou, "西湖区外桐坞村5组12号 鑫鑫超市")
    assert found.level == "doorplate"
    assert found.confidence > 0.9


def test_of_two_places_at_one_number_the_one_that_is_named_is_meant(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区文三路60号伟程广场1幢1单元202室")
    put(registry, "西湖区文三路60号科技小区1幢1单元202室")
    found = first(hangzhou, "西湖区文三路60号伟程广场1幢1单元202室")
    assert found.status in ("exact", "normalised")
    assert "伟程广场" in found.label


def test_a_shop_beside_a_compound_does_not_hide_it(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区文三路45号院")
    assert first(hangzhou, "西湖区文三路45号院 鑫鑫超市").confidence > 0.9
