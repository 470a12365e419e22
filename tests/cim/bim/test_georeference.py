"""Where models stand, from what files say; no file is read."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.bim._map_conversion import ground_scale
from cim.bim._site_place import degrees
from cim.bim.georeference import RIGID_M, georeference
from cim.bim.model import GeoFacts, IfcModel, LengthUnit, MapConversion, MapCrs, SitePlace
from cim.frames import ecef_from_geodetic
from cim.placing import FilePlace

RD = MapCrs("EPSG:28992")
AMSTERDAM = MapConversion("IfcMapConversion", 121_000.0, 487_000.0, 2.0, (1.0, 0.0), 1.0)
DAM = (4.88797, 52.36983)
"""Longitude and latitude of that place, to 10 m."""

SITE = SitePlace("s", "Site", (52, 22, 12, 0), (4, 53, 42, 0), 3.0, (0.0, 0.0, 0.0))
METRES = LengthUnit("METRE", 1.0)
MILLIMETRES = LengthUnit("MILLI METRE", 0.001)


def model(facts: GeoFacts, unit: LengthUnit = METRES) -> IfcModel:
    return IfcModel("IFC4", "", unit, {}, {}, (), (), facts)


def placed(facts: GeoFacts, unit: LengthUnit = METRES) -> FilePlace:
    place = georeference(model(facts, unit)).place
    assert place is not None
    return place


def metres_from(place: FilePlace, lon: float, lat: float) -> float:
    there = np.array([[lon, lat, 0.0], [*place.placement.anchor[:2], 0.0]])
    return float(np.linalg.norm(np.subtract(*ecef_from_geodetic(there))))


def test_a_map_conversion_leads_to_its_eastings_and_northings() -> None:
    place = placed(GeoFacts(AMSTERDAM, RD))
    assert metres_from(place, *DAM) < 10
    assert place.basis == "IfcMapConversion"
    assert place.crs == "EPSG:28992"
    assert place.confidence == "high"
    assert place.placement.anchor[2] == pytest.approx(2.0)


@pytest.mark.parametrize("scale", [None, 1.0, 0.001])
def test_scale_of_a_millimetre_model_is_understood_in_each_way(scale: float | None) -> None:
    verdict = georeference(model(GeoFacts(replace(AMSTERDAM, scale=scale), RD), MILLIMETRES))
    assert verdict.place is not None
    assert verdict.to_crs is not None
    assert metres_from(verdict.place, *DAM) < 10
    assert np.linalg.norm(verdict.to_crs[:3, 0]) == pytest.approx(1.0, abs=1e-9)
    assert verdict.place.confidence == "high"


def test_eastings_in_millimetres_are_told_by_the_area_of_the_crs() -> None:
    """Files of a SketchUp exporter: map unit millimetre, Scale 1."""
    tall = replace(AMSTERDAM, eastings=121e6, northings=487e6, height=2_000.0)
    for unit_m in (0.001, None):
        place = placed(GeoFacts(tall, replace(RD, unit_m=unit_m)), MILLIMETRES)
        assert metres_from(place, *DAM) < 10
        assert place.placement.anchor[2] == pytest.approx(2.0)
        assert any("eastings are read in" in note for note in place.notes)


def test_of_two_readings_that_fit_the_one_near_the_site_is_taken() -> None:
    """In feet or metres: both lie in the area of New York's plane."""
    plane = MapCrs("EPSG:2263")
    conversion = replace(AMSTERDAM, eastings=980_000.0, northings=200_000.0)
    near = SitePlace("s", "", (40, 42, 56, 0), (-74, 0, -55, 0), 0.0, (0.0, 0.0, 0.0))
    feet = placed(GeoFacts(conversion, plane, (near,)))
    assert feet.site_distance_m is not None
    assert feet.site_distance_m < 50


def test_a_combined_scale_factor_is_kept_and_one_that_fits_nothing_is_not() -> None:
    assert ground_scale(0.9996, 1.0, 1.0)[0] == pytest.approx(0.9996)
    assert ground_scale(None, 0.9996, 1.0)[0] == pytest.approx(0.9996)
    scale, note, sound = ground_scale(0.3048, 1.0, 1.0)
    assert (scale, sound) == (1.0, False)
    assert "0.3048" in note


@given(st.floats(0.99, 1.01), st.sampled_from([0.001, 0.3048, 1.0, 1000.0]))
def test_scale_as_the_standard_says_is_always_understood(ground: float, ratio: float) -> None:
    assert ground_scale(ground / ratio, 1.0, ratio)[0] == pytest.approx(ground)


def test_the_x_axis_on_the_map_turns_the_model() -> None:
    turned = placed(GeoFacts(replace(AMSTERDAM, axis=(0.8660254, 0.5)), RD))
    straight = placed(GeoFacts(AMSTERDAM, RD))
    turn = turned.placement.heading_deg - straight.placement.heading_deg
    assert turn == pytest.approx(-30.0, abs=1e-3)
    assert straight.placement.heading_deg == pytest.approx(-0.395, abs=0.01)  # convergence


def test_the_residual_tells_what_a_rigid_frame_costs() -> None:
    small = placed(GeoFacts(AMSTERDAM, RD, points=((0, 0, 0), (40, 0, 0), (0, 40, 9))))
    wide = placed(GeoFacts(AMSTERDAM, RD, points=tuple((x * 500.0, 0.0, 0.0) for x in range(20))))
    assert small.residual_m < 0.02
    assert wide.residual_m > RIGID_M


def test_property_sets_of_ifc2x3_count_as_a_map_conversion() -> None:
    place = placed(GeoFacts(replace(AMSTERDAM, origin="ePset_MapConversion"), RD))
    assert place.basis == "ePset_MapConversion"
    assert metres_from(place, *DAM) < 10


def test_factors_of_a_scaled_conversion_multiply_the_scale() -> None:
    scaled = replace(AMSTERDAM, origin="IfcMapConversionScaled", factors=(0.9996, 0.9996, 1.0))
    verdict = georeference(model(GeoFacts(scaled, RD)))
    assert verdict.to_crs is not None
    assert np.linalg.norm(verdict.to_crs[:3, 0]) == pytest.approx(0.9996)


def test_a_rigid_operation_in_degrees_follows_the_order_of_its_crs() -> None:
    rigid = MapConversion("IfcRigidOperation", 52.37, 4.895, 3.0, None, None)
    place = placed(GeoFacts(rigid, MapCrs("EPSG:4326")))
    assert metres_from(place, 4.895, 52.37) < 1
    assert place.placement.heading_deg == pytest.approx(0.0, abs=1e-6)


def test_the_world_coordinate_system_is_where_the_conversion_starts() -> None:
    world = np.eye(4)
    world[:3, 3] = 100.0, 0.0, 0.0
    there = placed(GeoFacts(AMSTERDAM, RD, world=tuple(world.ravel().tolist())))
    here = placed(GeoFacts(AMSTERDAM, RD))
    assert metres_from(there, *here.placement.anchor[:2]) == pytest.approx(100.0, abs=0.1)


def test_the_crs_is_found_by_its_code_in_name_or_description_or_by_wkt() -> None:
    for crs in (
        MapCrs("epsg 28992"),
        MapCrs("RD", "EPSG:28992 - Amersfoort / RD New"),
        MapCrs("Amersfoort / RD New"),
    ):
        assert placed(GeoFacts(AMSTERDAM, crs)).crs == "EPSG:28992"


def test_an_unknown_crs_is_a_fault_that_names_it_and_the_option() -> None:
    verdict = georeference(model(GeoFacts(AMSTERDAM, MapCrs("Local Grid 7"))))
    assert verdict.place is None
    assert "Local Grid 7" in verdict.faults[0]
    assert "--crs" in verdict.faults[0]


def test_with_an_unknown_crs_the_site_is_followed_and_the_fault_told() -> None:
    place = placed(GeoFacts(AMSTERDAM, MapCrs("Local Grid 7"), (SITE,)))
    assert place.basis == "IfcSite latitude and longitude"
    assert any("Local Grid 7" in note for note in place.notes)


def test_eastings_outside_the_crs_are_a_fault() -> None:
    verdict = georeference(model(GeoFacts(replace(AMSTERDAM, eastings=9e9), RD)))
    assert verdict.place is None
    assert "outside" in verdict.faults[0]


def test_a_crs_that_the_user_names_replaces_that_of_the_file() -> None:
    facts = GeoFacts(AMSTERDAM, MapCrs("Local Grid 7"))
    verdict = georeference(model(facts), "EPSG:28992")
    assert verdict.place is not None
    assert metres_from(verdict.place, *DAM) < 10


def test_huge_coordinates_are_those_of_the_crs_that_is_named() -> None:
    facts = GeoFacts(sites=(SITE,), points=((121_000.0, 487_000.0, 2.0),) * 3)
    verdict = georeference(model(facts), "EPSG:28992")
    assert verdict.place is not None
    assert verdict.place.basis == "false origin"
    assert metres_from(verdict.place, *DAM) < 10


def test_a_conversion_far_from_the_site_is_followed_with_a_note() -> None:
    far = replace(SITE, latitude=(51, 0, 0, 0))
    place = placed(GeoFacts(AMSTERDAM, RD, (far,)))
    assert place.basis == "IfcMapConversion"
    assert place.confidence == "medium"
    assert any("152" in note and "km" in note for note in place.notes)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((41, 52, 27, 840_000), 41.8744),
        ((-71, -3, -24, -263_305), -71.0567398),
        ((0, -7, -34, -450_321), -0.1262362),
        ((-179, -59, -59, -900_000), -179.9999722),
        ((-71, 3, 24), -71.0566667),
        ((24, 28, 0), 24.4666667),
    ],
)
def test_angles_in_parts_have_the_sign_of_their_first_part(
    parts: tuple[int, ...], expected: float
) -> None:
    assert degrees(parts) == pytest.approx(expected, abs=1e-7)


@given(st.integers(-179_999_999_999, 179_999_999_999))
def test_angles_come_back_from_their_parts(millionths: int) -> None:
    sign, rest = (-1 if millionths < 0 else 1), abs(millionths)
    rest, micro = divmod(rest, 1_000_000)
    rest, seconds = divmod(rest, 60)
    whole, minutes = divmod(rest, 60)
    parts = tuple(sign * part for part in (whole, minutes, seconds, micro))
    assert degrees(parts) == pytest.approx(millionths / 3.6e9, abs=1e-9)


@pytest.mark.parametrize(
    ("north", "heading"), [((0.0, 1.0), 0.0), ((1.0, 0.0), -90.0), ((-0.5, 0.8660254), 30.0)]
)
def test_true_north_turns_the_model_at_its_site(
    north: tuple[float, float], heading: float
) -> None:
    place = placed(GeoFacts(sites=(SITE,), true_north=north))
    assert place.placement.heading_deg == pytest.approx(heading, abs=1e-5)
    assert place.placement.anchor == pytest.approx((4.895, 52.37, 3.0))


def test_the_origin_of_the_site_stands_at_its_latitude_and_longitude() -> None:
    huge = replace(SITE, origin=(121_000.0, 487_000.0, 2.0))
    place = placed(GeoFacts(sites=(huge,), points=((121_005.0, 487_000.0, 2.0),) * 3))
    assert place.placement.origin == (121_000.0, 487_000.0, 2.0)
    assert place.confidence == "medium"


def test_a_model_far_from_its_site_stands_there_with_its_middle() -> None:
    place = placed(GeoFacts(sites=(SITE,), points=((121_000.0, 487_000.0, 2.0),) * 3))
    assert place.placement.origin == (121_000.0, 487_000.0, 0.0)
    assert place.confidence == "low"
    assert any("--crs" in note for note in place.notes)


def test_places_that_programs_write_by_themselves_are_not_trusted() -> None:
    boston = replace(SITE, latitude=(42, 21, 31, 181_945), longitude=(-71, -3, -24, -263_305))
    place = placed(GeoFacts(sites=(boston,)))
    assert place.confidence == "low"
    assert any("Boston" in note for note in place.notes)


@pytest.mark.parametrize("angle", [(0, 0, 0, 0), (95, 0, 0)])
def test_latitudes_that_say_nothing_are_faults(angle: tuple[int, ...]) -> None:
    unset = replace(SITE, latitude=angle, longitude=(0, 0, 0, 0))
    verdict = georeference(model(GeoFacts(sites=(unset,))))
    assert verdict.place is None
    assert len(verdict.faults) == 1


def test_the_first_site_with_a_place_is_taken() -> None:
    blank = replace(SITE, latitude=None, longitude=None)
    assert placed(GeoFacts(sites=(blank, SITE))).placement.anchor[0] == pytest.approx(4.895)


def test_a_model_that_says_nothing_has_no_place() -> None:
    verdict = georeference(model(GeoFacts()))
    assert verdict.place is None
    assert verdict.faults == ()


def test_a_vertical_datum_that_is_known_joins_the_crs() -> None:
    named = placed(GeoFacts(AMSTERDAM, replace(RD, vertical_datum="NAP")))
    assert "NAP" in named.height_reference
    odd = placed(GeoFacts(AMSTERDAM, replace(RD, vertical_datum="site zero")))
    assert "site zero" in odd.height_reference
    assert odd.placement.anchor[2] == pytest.approx(2.0)
