"""WGS 84, CGCS2000, GCJ-02 and BD-09."""

import csv
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cim.arrays import Float64
from cim.coordsys import CHINA_BOX, SYSTEMS, convert
from cim.errors import InputError
from tests.conftest import shared_path

EXACT_DEG = 1e-9


def vectors() -> list[dict[str, str]]:
    """Rows of the golden file whose three systems are all known."""
    text = shared_path("data/vectors/gcj02_bd09.csv").read_text(encoding="utf-8")
    return [row for row in csv.DictReader(text.splitlines()) if row["bd09_lon"]]


def positions(system: str) -> Float64:
    """(n, 2) degrees of the golden file in `system`."""
    return np.array([[float(r[f"{system}_lon"]), float(r[f"{system}_lat"])] for r in vectors()])


@pytest.mark.parametrize("source", ["wgs", "gcj", "bd09"])
@pytest.mark.parametrize("target", ["wgs", "gcj", "bd09"])
def test_every_pair_agrees_with_the_common_libraries(source: str, target: str) -> None:
    name = {"wgs": "wgs84", "gcj": "gcj02", "bd09": "bd09"}
    converted = convert(positions(source), name[source], name[target])
    np.testing.assert_allclose(converted, positions(target), rtol=0, atol=EXACT_DEG)


def test_published_results_of_coordtransform_hold() -> None:
    text = shared_path("data/vectors/gcj02_bd09.csv").read_text(encoding="utf-8")
    rows = {row["name"]: row for row in csv.DictReader(text.splitlines())}
    start = np.array([[116.404, 39.915]])
    to_bd09 = rows["README gcj02tobd09 (116.404,39.915 as GCJ-02)"]
    wanted = [float(to_bd09["gcj_lon"]), float(to_bd09["gcj_lat"])]
    assert convert(start, "gcj02", "bd09")[0] == pytest.approx(wanted, abs=EXACT_DEG)
    to_gcj = rows["README wgs84togcj02 (116.404,39.915)"]
    wanted = [float(to_gcj["gcj_lon"]), float(to_gcj["gcj_lat"])]
    assert convert(start, "wgs84", "gcj02")[0] == pytest.approx(wanted, abs=EXACT_DEG)


@given(
    lon_lat=hnp.arrays(
        np.float64,
        st.tuples(st.integers(0, 20), st.just(2)),
        elements=st.floats(0, 1, allow_subnormal=False),
    ),
    path=st.lists(st.sampled_from(SYSTEMS), min_size=2, max_size=5),
)
def test_any_journey_through_the_systems_ends_where_it_began(
    lon_lat: Float64, path: list[str]
) -> None:
    west, south, east, north = CHINA_BOX
    start = np.array((west, south)) + lon_lat * (east - west, north - south)
    here = convert(start, "wgs84", path[0])
    for source, target in itertools.pairwise(path):
        here = convert(here, source, target)
    back = convert(here, path[-1], "wgs84")
    np.testing.assert_allclose(back, start, rtol=0, atol=EXACT_DEG)


@given(
    lon=st.floats(-180, 180).filter(lambda lon: not 71.9 < lon < 138.0),
    lat=st.floats(-90, 90),
)
def test_gcj02_equals_wgs84_outside_the_box(lon: float, lat: float) -> None:
    start = np.array([[lon, lat]])
    assert (convert(start, "wgs84", "gcj02") == start).all()
    assert (convert(start, "gcj02", "wgs84") == start).all()


def test_the_box_is_the_callers_choice() -> None:
    kyoto = np.array([[135.768, 35.012]])
    assert (convert(kyoto, "wgs84", "gcj02") != kyoto).all()
    narrow = (73.66, 3.86, 135.05, 53.55)
    assert (convert(kyoto, "wgs84", "gcj02", china_box=narrow) == kyoto).all()


def test_cgcs2000_is_taken_as_wgs84() -> None:
    start = positions("wgs")
    assert (convert(start, "wgs84", "cgcs2000") == start).all()
    assert (convert(start, "cgcs2000", "gcj02") == convert(start, "wgs84", "gcj02")).all()


def test_convert_does_not_write_into_its_argument() -> None:
    start = positions("wgs")
    kept = start.copy()
    convert(start, "wgs84", "bd09")
    convert(start, "bd09", "wgs84")
    assert (start == kept).all()


def test_no_positions_give_no_positions() -> None:
    assert convert(np.zeros((0, 2)), "bd09", "wgs84").shape == (0, 2)


def test_an_unknown_system_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'mars'; known: wgs84, cgcs2000, gcj02, bd09"):
        convert(np.zeros((1, 2)), "wgs84", "mars")


@pytest.mark.parametrize("bad", [(181.0, 0.0), (0.0, 90.1), (np.nan, 0.0), (0.0, np.inf)])
def test_a_position_off_the_globe_is_refused_with_its_number(bad: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="position 2: longitude"):
        convert(np.array([(116.0, 40.0), bad]), "wgs84", "gcj02")
