"""Geometry as clients want it: rounded and simplified outlines stay valid and close."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from api.ogc.crs import CRS84, WEB_MAPS, crs_of
from api.ogc.shaping import METRES_PER_DEGREE, shaped, simplified

PLAIN = crs_of(CRS84)


@st.composite
def outlines(draw: st.DrawFn) -> shapely.Polygon:
    """Star-shaped outlines of some hundred metres at up to 60 degrees north, spiky ones too."""
    count = draw(st.integers(4, 30))
    radii = draw(st.lists(st.floats(0.00001, 0.003), min_size=count, max_size=count))
    middle = draw(st.floats(73, 135)), draw(st.floats(-60, 60))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, np.newaxis]
    return shapely.Polygon(ring + middle)


def one(shape: shapely.Geometry) -> np.ndarray:
    return np.array([shape], dtype=object)


@given(outline=outlines(), decimals=st.integers(0, 7))
def test_rounded_outlines_stay_valid_and_have_no_more_decimals(
    outline: shapely.Polygon, decimals: int
) -> None:
    (found,) = shaped(one(outline), "EPSG:4490", PLAIN, decimals, 0.0)
    assert shapely.is_valid(found)
    assert not shapely.is_empty(found)
    coordinates = shapely.get_coordinates(found)
    if not np.array_equal(coordinates, coordinates.round(decimals)):
        assert outline.buffer(-(10.0**-decimals)).is_empty, "only what is thin stays as it was"


@settings(max_examples=600)
@given(outline=outlines(), offset_m=st.floats(0.1, 500))
def test_simplified_outlines_stay_valid_and_near(
    outline: shapely.Polygon, offset_m: float
) -> None:
    (found,) = simplified(one(outline), "EPSG:4490", offset_m)
    assert shapely.is_valid(found)
    assert shapely.get_num_coordinates(found) <= shapely.get_num_coordinates(outline)
    width = np.cos(np.radians(sum(outline.bounds[1::2]) / 2))
    metres = [
        shapely.transform(shape, lambda xy: xy * [width, 1.0] * METRES_PER_DEGREE)
        for shape in (outline, found)
    ]
    assert shapely.hausdorff_distance(metres[0].exterior, metres[1].exterior) <= offset_m * 1.01


def test_nothing_else_happens_to_shapes_that_stay_as_they_are() -> None:
    shapes = np.array(
        [shapely.Point(114, 30, 5.5), shapely.box(114, 30, 115, 31), shapely.Point(1, 2)],
        dtype=object,
    )
    found = shaped(shapes, "EPSG:4490", PLAIN, 3, 0.5)
    assert shapely.get_coordinates(found[:1], include_z=True).tolist() == [[114, 30, 5.5]]
    assert [shapely.has_z(each) for each in found] == [True, False, False]
    assert shapely.equals(found[1], shapes[1])
    assert found[1].exterior.is_ccw


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:3857", "EPSG:4547"])
def test_mended_outlines_turn_as_the_others_in_every_axis_order(code: str) -> None:
    flat = shapely.Polygon([(114, 30), (114.001, 30.00000001), (114.001, 30.001), (114, 30)])
    spike = shapely.Polygon(
        [(114, 30), (114.01, 30), (114.01, 30.01), (114.005, 30.0000001), (114, 30.01)]
    )
    target = crs_of(code)
    decimals = 3 if target.decimals > 3 else 0
    for shape in (flat, spike):
        (found,) = shaped(one(shape), "EPSG:4490", target, decimals, 0.0)
        assert shapely.is_valid(found)
        for ring in shapely.get_rings(shapely.get_parts(found)):
            assert shapely.is_ccw(ring) != target.north_first


def test_positions_of_web_maps_are_shifted_by_hundreds_of_metres() -> None:
    (found,) = shaped(one(shapely.Point(114.3, 30.5)), "EPSG:4490", WEB_MAPS["gcj02"], 6, 0.0)
    assert 0.003 < found.x - 114.3 < 0.007
    assert (found.x, found.y) == (round(found.x, 6), round(found.y, 6))
