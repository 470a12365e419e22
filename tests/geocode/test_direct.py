"""Coordinates and codes typed where an address is asked for."""

import numpy as np
import pytest

from addressing.model import Link, Place
from addressing.registry.store import Registry
from cim import plugins
from cim.grids.base import Grid
from geocode.city import CityGeocoder
from geocode.direct import read_direct
from tests.addressing.registry.making import address

ENTITY = "BLDGN50J47539B825534000D"
LON, LAT = 120.13, 30.27


@pytest.mark.parametrize(
    "text",
    [
        "120.13,30.27",
        "30.27, 120.13",
        " (120.13 30.27) ",
        "120.13，30.27",
        "30°16'12\"N 120°7'48\"E",
        "E120°7.8′, N30°16.2′",
        "北纬30度16分12秒，东经120度7分48秒",
    ],
)
def test_coordinates_are_read_in_any_order_and_form(text: str) -> None:
    found = read_direct(text)
    assert found is not None
    assert (found.lon, found.lat) == pytest.approx((LON, LAT))


@pytest.mark.parametrize("system", ["beidou", "geosot", "h3"])
def test_a_grid_code_is_the_middle_of_its_cell(system: str) -> None:
    grid: Grid = plugins.load(system, "cim.grids")
    level = {"beidou": 8, "geosot": 20, "h3": 12}[system]
    (code,) = grid.to_text(grid.encode(np.array([[LON, LAT]]), level)).tolist()
    found = read_direct(code)
    assert found is not None
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=1e-3)


@pytest.mark.parametrize("text", ["", "文三路20号", "3-2-501", "12,30", "200.5,95.1", "20", "A1"])
def test_what_may_be_an_address_is_left_to_the_parser(text: str) -> None:
    assert read_direct(text) is None


def test_a_code_leads_to_its_door(hangzhou: CityGeocoder, registry: Registry) -> None:
    new = address("西湖区文二西路7号", place=Place(LON, LAT))
    linked = type(new)(new.parts, new.place, new.division, new.status, (Link(ENTITY),))
    made = registry.create(linked, who="李雷", why="新建")
    for text in (made.code, f" {made.code} ", ENTITY):
        (found,) = hangzhou.search(text).results
        assert found.address_code == made.code


def test_a_point_leads_to_the_doors_around_it(hangzhou: CityGeocoder) -> None:
    found = hangzhou.search(f"{LON}, {LAT}").results
    assert found[0].label.endswith("文三路2号")
    assert found[0].accuracy_m < 1
    assert hangzhou.search("0.5, 0.5").results == []
