"""Many points on the Earth: near the exact way, and refused where they cannot be."""

import numpy as np
import pytest

from cim import crs_points
from cim.arrays import Bool, Float64
from cim.crs_points import TOLERANCE_M, PointPlacer, fit, point_placer
from cim.errors import SourceDataError
from cim.frames import enu_to_ecef_matrix, geodetic_from_ecef

PLACES = [
    ("EPSG:4547", (530_000, 3_380_000), 2_000),
    ("EPSG:4547", (530_000, 3_380_000), 60_000),
    ("EPSG:4490", (114.3, 30.5), 0.02),
    ("EPSG:4490", (114.3, 30.5), 2.0),
    ("EPSG:28992+5709", (90_000, 440_000), 1_500),
    ("EPSG:3857", (-1.0529e7, 3.668e6), 1_500),
    ("EPSG:2229", (6.48e6, 1.84e6), 3_000),
]


def spread(place: tuple[float, float], width: float, count: int = 5_000) -> Float64:
    """(n, 3) points of a square, heights up to 300 m."""
    random = np.random.default_rng(3)
    low, high = (*place, -20.0), (place[0] + width, place[1] + width, 300.0)
    return random.uniform(low, high, (count, 3))


def frame_of(placer: PointPlacer, xyz: Float64) -> Float64:
    """East, north, up at the first point."""
    lon, lat, _ = geodetic_from_ecef(placer.ecef(xyz[:1])[0])[0].tolist()
    return enu_to_ecef_matrix(lon, lat, 0.0)


@pytest.mark.parametrize(("crs", "place", "width"), PLACES)
def test_points_are_where_the_exact_way_leads(
    crs: str, place: tuple[float, float], width: float
) -> None:
    placer, xyz = point_placer(crs), spread(place, width)
    frame = frame_of(placer, xyz)
    placed = placer.place(xyz, frame)
    wanted, reached = placer.ecef(xyz)
    assert reached.all()
    assert placed.kept is None
    found = placed.positions @ frame[:3, :3].T + frame[:3, 3]
    assert np.abs(found - wanted).max() < 2 * TOLERANCE_M


def test_few_points_go_the_exact_way() -> None:
    placer, xyz = point_placer("EPSG:4547"), spread((530_000, 3_380_000), 90_000, 10)
    frame = frame_of(placer, xyz)
    found = placer.place(xyz, frame).positions @ frame[:3, :3].T + frame[:3, 3]
    np.testing.assert_allclose(found, placer.ecef(xyz)[0], atol=1e-8)


def test_a_way_with_a_step_in_it_is_not_smoothed() -> None:
    def stepped(xyz: Float64) -> tuple[Float64, Bool]:
        moved = xyz + np.where(xyz[:, :1] > 530_700, 0.002, 0.0)
        return moved, np.ones(len(xyz), np.bool_)

    assert fit(spread((530_000, 3_380_000), 1_000), stepped) is None


def test_a_way_with_holes_is_not_smoothed() -> None:
    def holed(xyz: Float64) -> tuple[Float64, Bool]:
        return xyz, xyz[:, 0] < 530_900

    assert fit(spread((530_000, 3_380_000), 1_000), holed) is None


def test_points_that_cannot_be_are_left_out_by_reason() -> None:
    xyz = spread((530_000, 3_380_000), 100, 3_000)
    xyz[0, 2], xyz[1, 0], xyz[2, 1], xyz[3, 2] = np.nan, np.inf, 9e6, 1e5
    placer = point_placer("EPSG:4547")
    placed = placer.place(xyz, np.eye(4))
    assert placed.kept is not None
    assert np.flatnonzero(~placed.kept).tolist() == [0, 1, 2, 3]
    assert len(placed.positions) == 2_996
    reasons = {reason.partition(": ")[0]: count for reason, count in placed.dropped.items()}
    assert reasons == {
        "a coordinate is not a finite number": 2,
        "outside the area of EPSG:4547": 1,
        f"a height beyond {crs_points.HIGHEST_M:g} m": 1,
    }


def test_swapped_axes_are_told_and_exchanged() -> None:
    xyz = spread((530_000, 3_380_000), 100, 3_000)
    with pytest.raises(SourceDataError, match=r"axes look swapped.*--swap-axes"):
        point_placer("EPSG:4547").place(xyz[:, [1, 0, 2]], np.eye(4))
    exchanged = point_placer("EPSG:4547", swap_axes=True).place(xyz[:, [1, 0, 2]], np.eye(4))
    straight = point_placer("EPSG:4547").place(xyz, np.eye(4))
    np.testing.assert_array_equal(exchanged.positions, straight.positions)


def test_orthometric_heights_without_geoid_are_told() -> None:
    notes = point_placer("EPSG:7415").notes
    assert any("NAP height" in note for note in notes)


def test_heights_in_feet_of_a_compound_crs_become_metres() -> None:
    placer = point_placer("EPSG:2229+6360")
    ecef, _ = placer.ecef(np.array([[6.48e6, 1.84e6, 1000.0]]))
    assert geodetic_from_ecef(ecef)[0, 2] == pytest.approx(1000 * 1200 / 3937, abs=60)
