"""Two streets that meet."""

import pytest

from addressing.registry.store import Registry
from geocode.city import CityGeocoder
from tests.geocode.making import put


@pytest.fixture
def corner(registry: Registry, hangzhou: CityGeocoder) -> CityGeocoder:
    """学院路 crosses 文三路 near its first door."""
    for number in range(2, 12, 2):
        put(registry, f"西湖区学院路{number}号", 120.1301, 30.2690 + number * 1e-4)
    return hangzhou


@pytest.mark.parametrize(
    "text",
    [
        "文三路与学院路交叉口",
        "文三路和学院路路口",
        "西湖区文三路学院路交汇处",
        "文三路/学院路",
        "学院路、文三路",
    ],
)
def test_the_place_is_where_their_doors_come_nearest(corner: CityGeocoder, text: str) -> None:
    (found,) = corner.search(text).results
    assert found.level == "intersection"
    assert found.label.endswith("交叉口")
    assert abs(found.lon - 120.1301) < 5e-4
    assert abs(found.lat - 30.2700) < 5e-4
    assert found.accuracy_m > 0


def test_streets_that_do_not_meet_have_no_crossing(
    hangzhou: CityGeocoder, registry: Registry
) -> None:
    put(registry, "西湖区江边路2号", 120.20, 30.20)
    found = hangzhou.search("文三路与江边路交叉口").results
    assert {(one.level, one.status) for one in found} == {("road", "parent_fallback")}


def test_a_street_that_is_not_known_crosses_nothing(corner: CityGeocoder) -> None:
    (found,) = corner.search("文三路与齉龘路交叉口").results
    assert (found.level, found.status) == ("road", "parent_fallback")
    assert found.confidence <= 0.7
