"""Local frames on the Earth: where things come to stand, and which way they look."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from cim.arrays import Float64
from cim.bodies import Bodies, Mesh
from cim.crs import LOCAL, settle
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch, Surfaces
from cim.frames import ecef_from_geodetic, geodetic_from_ecef
from cim.placing import Placement, false_origin, place

ANCHOR = (114.3, 30.6, 25.0)
GEOD = Geod(ellps="GRS80")


def make_local(*geometry: shapely.Geometry, crs: str = LOCAL) -> FeatureBatch:
    """Features of a local frame."""
    count = len(geometry)
    return FeatureBatch(
        crs=crs,
        geometry=np.array([*geometry, None], object)[:-1],
        attributes=pa.table({"name": [f"n{row}" for row in range(count)]}),
        source_ids=tuple(f"s{row}" for row in range(count)),
        records=np.arange(1, count + 1),
    )


def with_surface(batch: FeatureBatch, ring: Sequence[tuple[float, ...]]) -> FeatureBatch:
    """The batch whose first feature has one surface."""
    surface = shapely.multipolygons([shapely.Polygon(ring)])
    kinds = (np.zeros(1, np.uint8),)
    surfaces = Surfaces(np.zeros(1, np.int64), ("2",), np.array([surface], object), kinds)
    return replace(batch, surfaces=surfaces)


def with_body(batch: FeatureBatch, positions: Float64) -> FeatureBatch:
    """The batch whose first feature has one triangle."""
    mesh = Mesh(positions, np.array([[0, 1, 2]]), np.full(1, -1, np.int32))
    bodies = Bodies(np.zeros(1, np.int64), ("",), (mesh,), np.eye(4)[None])
    return replace(batch, bodies=bodies)


@pytest.mark.parametrize("heading", [0.0, 40.0, 90.0, 180.0, 275.5, -30.0])
def test_y_axis_looks_to_the_heading_and_x_a_quarter_turn_on(heading: float) -> None:
    batch = make_local(
        shapely.LineString([(0, 0), (0, 100)]), shapely.LineString([(0, 0), (100, 0)])
    )
    placed = place(batch, Placement(ANCHOR, heading)).batch
    for line, turn in zip(placed.geometry, (0.0, 90.0), strict=True):
        (west, south), (east, north) = shapely.get_coordinates(line)
        azimuth, _, metres = GEOD.inv(west, south, east, north)
        assert (azimuth - heading - turn + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)
        assert metres == pytest.approx(100.0, abs=1e-3)
        assert (west, south) == pytest.approx(ANCHOR[:2], abs=1e-12)


def test_surfaces_bodies_and_footprints_come_to_the_same_place() -> None:
    ring = [(10.0, 20.0, 3.0), (30.0, 20.0, 3.0), (30.0, 50.0, 8.0)]
    batch = with_surface(make_local(shapely.Polygon([xyz[:2] for xyz in ring])), ring)
    batch = with_body(batch, np.array(ring))
    placed = place(batch, Placement(ANCHOR, 33.0)).batch
    surface = shapely.get_coordinates(placed.surfaces.geometry, include_z=True)[:3]
    matrix = placed.bodies.matrix[0]
    body = geodetic_from_ecef(np.array(ring) @ matrix[:3, :3].T + matrix[:3, 3])
    assert np.allclose(surface, body, rtol=0, atol=[1e-11, 1e-11, 1e-6])
    assert np.allclose(surface[:, 2], [28, 28, 33], atol=1e-3)
    footprint = shapely.get_coordinates(placed.geometry)[:3]
    assert np.allclose(footprint, surface[:, :2], atol=2e-10)
    assert placed.crs == "EPSG:4490"
    assert not shapely.has_z(placed.geometry[0])


def test_origin_names_the_point_that_stands_at_the_anchor() -> None:
    batch = make_local(shapely.Point(500_000.0, 3_000_000.0, 12.0))
    placement = Placement(ANCHOR, 70.0, (500_000.0, 3_000_000.0, 10.0))
    (point,) = shapely.get_coordinates(place(batch, placement).batch.geometry, include_z=True)
    assert point == pytest.approx((114.3, 30.6, 27.0), abs=1e-9)


@given(
    st.floats(-180, 180), st.floats(-90, 90), st.floats(-500, 9_000), st.floats(-360, 360),
    st.tuples(*[st.floats(-2_000, 2_000)] * 3),
)  # fmt: skip
def test_distances_survive_anywhere(
    lon: float, lat: float, height: float, heading: float, point: tuple[float, float, float]
) -> None:
    matrix = Placement((lon, lat, height), heading).matrix
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0)
    anchor = ecef_from_geodetic(np.array([[lon, lat, height]]))[0]
    there = matrix[:3, :3] @ np.array(point) + matrix[:3, 3]
    assert np.linalg.norm(there - anchor) == pytest.approx(np.linalg.norm(point), abs=1e-6)


def test_model_across_the_antimeridian_is_not_torn() -> None:
    batch = make_local(shapely.box(-100, -100, 100, 100))
    placed = place(batch, Placement((180.0, 10.0, 0.0))).batch
    assert shapely.area(placed.geometry[0]) < 1e-5
    west, _, east, _ = shapely.bounds(placed.geometry[0])
    assert east - west < 0.01


def test_far_from_the_anchor_the_height_of_the_plane_is_told() -> None:
    near = place(make_local(shapely.Point(2_900, 0)), Placement(ANCHOR))
    assert near.notes == ()
    (note,) = place(make_local(shapely.Point(10_000, 0)), Placement(ANCHOR)).notes
    assert "10.0 km" in note
    assert "7.8" in note


def test_coordinates_that_are_no_numbers_are_rejected() -> None:
    batch = make_local(shapely.Point(0, 0), shapely.Point(float("inf"), 0))
    found = place(batch, Placement(ANCHOR))
    assert len(found.batch) == 1
    assert [one.record for one in found.rejects] == [2]


@pytest.mark.parametrize(
    ("anchor", "heading"),
    [((200.0, 0.0, 0.0), 0.0), ((0.0, 91.0, 0.0), 0.0), ((0.0, 0.0, 1e6), 0.0),
     ((0.0, float("nan"), 0.0), 0.0), ((0.0, 0.0, 0.0), float("inf"))],
)  # fmt: skip
def test_anchor_off_the_earth_is_refused(
    anchor: tuple[float, float, float], heading: float
) -> None:
    with pytest.raises(InputError, match="legal"):
        Placement(anchor, heading)


def test_batch_with_a_crs_is_not_placed_and_one_without_is_not_settled() -> None:
    with pytest.raises(InputError, match="EPSG:4547"):
        place(make_local(shapely.Point(0, 0), crs="EPSG:4547"), Placement(ANCHOR))
    with pytest.raises(SourceDataError, match=r"--anchor lon,lat,height.*--crs"):
        settle(make_local(shapely.Point(0, 0)))


def test_false_origin_is_the_middle_of_what_lies_far() -> None:
    assert false_origin(make_local(shapely.box(0, 0, 30, 40))) is None
    far = make_local(shapely.box(500_000, 3_000_000, 500_010, 3_000_020))
    assert false_origin(far) == (500_005.0, 3_000_010.0, 0.0)
