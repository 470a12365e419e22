"""Earth-centred and local frames."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim import frames

GEOCENTRIC = pyproj.Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)
"""CGCS2000 with ellipsoidal height to CGCS2000 geocentric."""


def test_geocentric_positions_agree_with_proj() -> None:
    rng = np.random.default_rng(5)
    places = np.column_stack(
        (rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500), rng.uniform(-500, 9_000, 500))
    )
    wanted = np.column_stack(GEOCENTRIC.transform(*places.T))
    assert np.abs(frames.ecef_from_geodetic(places) - wanted).max() < 1e-7


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-10_000, 500_000))
def test_geodetic_position_comes_back(lon: float, lat: float, height: float) -> None:
    place = np.array([[lon, lat, height]])
    position = frames.ecef_from_geodetic(place)
    again = frames.ecef_from_geodetic(frames.geodetic_from_ecef(position))
    assert np.abs(again - position).max() < 1e-6


@given(st.floats(-180, 180), st.floats(-89, 89))
def test_local_frame_is_rigid_and_up_is_up(lon: float, lat: float) -> None:
    matrix = frames.enu_to_ecef_matrix(lon, lat, 100.0)
    assert matrix[:3, :3].T @ matrix[:3, :3] == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)
    above = frames.geodetic_from_ecef((matrix @ [0, 0, 50, 1])[None, :3])[0]
    assert above[2] == pytest.approx(150, abs=1e-6)
    assert above[1] == pytest.approx(lat, abs=1e-9)


def test_east_and_north_lead_to_larger_longitude_and_latitude() -> None:
    matrix = frames.enu_to_ecef_matrix(114.3, 30.5, 0.0)
    east, north = (matrix @ np.array([[100, 0], [0, 100], [0, 0], [1, 1]]))[:3].T
    moved = frames.geodetic_from_ecef(np.stack((east, north)))
    assert moved[0, 0] > 114.3
    assert moved[1, 1] > 30.5
    assert moved[1, 0] == pytest.approx(114.3)
