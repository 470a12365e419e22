"""Names as they are typed."""

import pytest

from addressing.registry.store import Registry
from geocode.city import CityGeocoder
from tests.geocode.making import put


def names(
    geocoder: CityGeocoder, text: str, middle: tuple[float, float] | None = None
) -> list[str]:
    return [one.name for one in geocoder.suggest(text, 5, middle)]


@pytest.mark.parametrize("text", ["文三", "文三路", "wens", "wensanlu", "wsl", "wslu", "WSL"])
def test_characters_pinyin_and_first_letters_lead_to_a_street(
    text: str, hangzhou: CityGeocoder
) -> None:
    assert "文三路" in names(hangzhou, text)


def test_those_with_most_doors_come_first(hangzhou: CityGeocoder, registry: Registry) -> None:
    put(registry, "西湖区文一路5号")
    assert names(hangzhou, "文")[:2] == ["文三路", "文一路"]


def test_of_two_alike_the_one_near_the_middle_of_the_map_goes_before(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区天一路5号", 120.5, 30.27)
    put(registry, "西湖区天二路5号", 120.0, 30.27)
    assert names(hangzhou, "天", (120.5, 30.27)) == ["天一路", "天二路"]
    assert names(hangzhou, "天", (120.0, 30.27)) == ["天二路", "天一路"]


def test_what_begins_otherwise_is_not_suggested(hangzhou: CityGeocoder) -> None:
    assert names(hangzhou, "三路") == []
    assert names(hangzhou, "") == []


def test_traditional_characters_are_suggested_in_the_citys_own(tainan: CityGeocoder) -> None:
    assert any("華" in name for name in names(tainan, "中华"))


def test_numbers_are_suggested_behind_a_street_and_an_estate(hangzhou: CityGeocoder) -> None:
    assert names(hangzhou, "文三路2") == ["文三路2号", "文三路20号", "文三路21号", "文三路23号"]
    assert names(hangzhou, "西湖区文三路23") == ["文三路23号"]
    assert names(hangzhou, "翠苑新村3")[0].endswith("3栋")
    assert names(hangzhou, "文三路99") == []


def test_sections_have_numbers_of_their_own(tainan: CityGeocoder) -> None:
    found = tainan.suggest("永華路二段6", 10)
    assert found
    assert all(one.name.startswith("永華路二段6") for one in found)
