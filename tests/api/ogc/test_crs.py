"""Coordinate reference systems at the OGC edge."""

from dataclasses import replace

import numpy as np
import pyproj
import pytest
import shapely

from api.errors import ParameterError
from api.ogc import crs
from cim.catalog import Bounds, Layer

LAYER = Layer("b", "", "", "BLDG", "POINT", "EPSG:4490", (), 1, (114.0, 30.0, 115.0, 31.0))
CRS84 = crs.crs_of("OGC:CRS84")
MERCATOR = crs.crs_of("EPSG:3857")


@pytest.mark.parametrize(
    ("lon", "code"),
    [(75.2, "EPSG:4534"), (114.4, "EPSG:4547"), (121.6, "EPSG:4550"), (121.4, "EPSG:4549")],
)
def test_the_local_zone_is_the_one_whose_meridian_is_nearest(lon: float, code: str) -> None:
    assert crs.local_zone((lon, 30, lon, 31)) == code
    area = pyproj.CRS(code).area_of_use
    assert area is not None
    assert area.west <= lon <= area.east


@pytest.mark.parametrize("bounds", [None, (4.4, 51.9, 4.5, 52.0), (120, -31, 121, -30)])
def test_there_is_no_local_zone_outside_china(bounds: Bounds | None) -> None:
    assert crs.local_zone(bounds) is None


def test_a_layer_is_offered_in_crs84_first_and_in_no_system_twice() -> None:
    codes = [system.code for system in crs.supported(LAYER)]
    assert codes == ["OGC:CRS84", "EPSG:4326", "EPSG:4490", "EPSG:3857", "EPSG:4547"]
    stored_in_zone = replace(LAYER, crs="EPSG:4547")
    assert [system.code for system in crs.supported(stored_in_zone)] == codes


def test_a_system_that_is_not_offered_is_refused_with_the_legal_ones() -> None:
    with pytest.raises(ParameterError, match=r"^bbox-crs: .*EPSG/0/28992.*legal: .*CRS84"):
        crs.find(LAYER, "bbox-crs", f"{crs.EPSG_URI}28992")


@pytest.mark.parametrize("code", ["OGC:CRS84", "EPSG:4326", "EPSG:4490", "EPSG:3857", "EPSG:4547"])
def test_coordinates_go_out_in_the_axis_order_of_the_register(code: str) -> None:
    point = np.array([shapely.Point(114.123456789, 30.5)], dtype=object)
    target = crs.crs_of(code)
    moved = crs.transform(point, "EPSG:4490", target)[0]
    expected = pyproj.Transformer.from_crs("EPSG:4490", code).transform(30.5, 114.123456789)
    assert (moved.x, moved.y) == pytest.approx(expected, abs=10.0**-target.decimals)
    assert (moved.x, moved.y) == (round(moved.x, target.decimals), round(moved.y, target.decimals))
    assert (moved.x > moved.y) == (code in {"OGC:CRS84", "EPSG:3857", "EPSG:4547"})


def test_heights_stay_and_what_has_none_gets_none() -> None:
    shapes = np.array([shapely.Point(1, 2, 3.14159), shapely.Point(1, 2), None], dtype=object)
    with_height, without, missing = crs.transform(shapes, "EPSG:4490", crs.crs_of("EPSG:4326"))
    assert (with_height.x, with_height.y, with_height.z) == (2, 1, 3.142)
    assert not without.has_z
    assert missing is None


def test_a_box_becomes_east_first_in_the_storage_crs() -> None:
    given = (30.0, 114.0, 31.0, 115.0)
    assert crs.box_to(given, crs.crs_of("EPSG:4326"), "EPSG:4490") == crs.Box((114, 30, 115, 31))


def test_a_box_whose_sides_stay_straight_needs_no_outline() -> None:
    box = crs.box_to((12_600_000, 3_500_000, 12_700_000, 3_600_000), MERCATOR, "EPSG:4490")
    assert box is not None
    assert box.shape is None
    to_degrees = pyproj.Transformer.from_crs("EPSG:3857", "OGC:CRS84").transform
    corners = (*to_degrees(12_600_000, 3_500_000), *to_degrees(12_700_000, 3_600_000))
    assert box.bounds == pytest.approx(corners, abs=1e-9)


def test_a_box_whose_sides_bend_keeps_its_outline() -> None:
    box = crs.box_to((112.5, 30.0, 115.5, 31.0), CRS84, "EPSG:4547")
    assert box is not None
    assert box.shape is not None
    to_metres = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform
    inside, below = shapely.Point(to_metres(112.6, 30.01)), shapely.Point(to_metres(114.0, 29.99))
    assert box.shape.contains(inside)
    assert not box.shape.contains(below)
    assert box.bounds == box.shape.bounds


@pytest.mark.parametrize("target", ["EPSG:4547", "EPSG:28992", "EPSG:3857"])
def test_the_whole_world_becomes_the_area_of_the_storage_crs(target: str) -> None:
    box = crs.box_to(crs.WORLD, CRS84, target)
    assert box is not None
    assert np.isfinite(box.bounds).all()
    area = pyproj.CRS(target).area_of_use
    assert area is not None
    middle = pyproj.Transformer.from_crs("EPSG:4326", target, always_xy=True).transform(
        (area.west + area.east) / 2, 52 if target == "EPSG:28992" else 35
    )
    outline = box.shape or shapely.box(*box.bounds)
    assert outline.contains(shapely.Point(middle))


def test_a_box_outside_the_area_of_the_storage_crs_is_none() -> None:
    assert crs.box_to((4.0, 51.0, 5.0, 52.0), CRS84, "EPSG:4547") is None
    assert crs.box_to((0, 0, 1000, 1000), MERCATOR, "EPSG:4547") is None


def test_a_box_without_width_is_still_a_box() -> None:
    box = crs.box_to((114.0, 30.0, 114.0, 30.0), CRS84, "EPSG:4547")
    assert box is not None
    assert box.bounds[0] == pytest.approx(500_000)
