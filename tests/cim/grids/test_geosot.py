"""The GeoSOT grid against the vectors, the text of the standard and its own laws."""

import csv
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.grids.base import GridCodeError
from cim.grids.geosot import PLUGIN as GEOSOT

TICKS = 3600 * 2048
Shared = Callable[[str], Path]


def degrees(angle: str) -> float:
    """Degrees of an angle written as 39°54'37.0" N or as decimal degrees."""
    parts = re.fullmatch(r"""(\d+)°(\d+)'([\d.]+)" ([NSEW])""", angle)
    if parts is None:
        return float(angle)
    whole, minutes, seconds, side = parts.groups()
    size = Fraction(whole) + Fraction(minutes) / 60 + Fraction(seconds) / 3600
    return float(-size if side in "SW" else size)


def code_text(lon: float, lat: float, level: int) -> str:
    return str(GEOSOT.to_text(GEOSOT.encode(np.array([[lon, lat]]), level))[0])


def bits(angle: Fraction) -> str:
    """31 bits of an angle: degrees, minutes, seconds and 1/2048 seconds (clause 6.2.3.1)."""
    ticks = int(abs(angle) * TICKS)
    rest, parts = divmod(ticks, 2048)
    rest, second = divmod(rest, 60)
    degree, minute = divmod(rest, 60)
    return f"{degree:08b}{minute:06b}{second:06b}{parts:011b}"


def by_the_text(lon: Fraction, lat: Fraction) -> str:
    """Level-32 code of a point below 88 degrees, by the clause's own steps."""
    pairs = zip(bits(lat), bits(lon), strict=True)
    quadrant = 2 * (lat < 0) + (lon < 0)
    return f"G{quadrant}" + "".join(str(2 * int(b) + int(a)) for b, a in pairs)


def meaning(angle: float) -> Fraction:
    """The tick edge that rounds to this double, or else the double itself."""
    edge = Fraction(round(Fraction(angle) * TICKS), TICKS)
    return edge if float(edge) == angle else Fraction(angle)


def test_vectors_of_the_standard_and_the_libraries(shared: Shared) -> None:
    with shared("data/vectors/geosot_gbt40087.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 326
    for row in rows:
        digits = row["code_digits"]
        codes = GEOSOT.from_text([digits])
        assert GEOSOT.to_text(codes).tolist() == [digits]
        assert GEOSOT.level_of(codes).tolist() == [int(row["level"])]
        if row["lat"]:
            text = code_text(degrees(row["lon"]), degrees(row["lat"]), int(row["level"]))
            assert text == digits
        if row["code_as_printed"].startswith("G"):
            assert GEOSOT.from_text([row["code_as_printed"]]) == codes


def test_integer_form_of_other_engines_is_the_morton_number(shared: Shared) -> None:
    code = int(GEOSOT.from_text(["G00112322303233231203131"])[0])
    closing = code & -code
    assert (code ^ closing) >> 1 == 412869894958481408
    assert shared("data/vectors/geosot_gbt40087.csv").exists()


@given(
    x=st.integers(-180 * TICKS + 1, 180 * TICKS - 1),
    y=st.integers(-88 * TICKS + 1, 88 * TICKS - 1),
    nudge=st.integers(-2, 2),
)
def test_points_on_and_beside_tick_edges_follow_the_text(x: int, y: int, nudge: int) -> None:
    lon, lat = x / TICKS, y / TICKS
    for _ in range(abs(nudge)):
        lon, lat = np.nextafter([lon, lat], np.copysign(np.inf, nudge))
    lon, lat = float(lon), float(np.clip(lat, -87.9999999, 87.9999999))
    assert code_text(lon, lat, 32) == by_the_text(meaning(lon), meaning(lat))


@given(lon=st.floats(-179.999, 179.999), lat=st.floats(-87.999, 87.999))
def test_any_point_follows_the_text_at_every_level(lon: float, lat: float) -> None:
    whole = by_the_text(meaning(lon), meaning(lat))
    for level in GEOSOT.levels:
        assert code_text(lon, lat, level) == whole[: level + 1]


def test_corner_of_bounds_belongs_to_the_cell() -> None:
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.uniform(-180, 180, 3000), rng.uniform(-88, 88, 3000)])
    for level in GEOSOT.levels[1:]:
        codes = GEOSOT.encode(points, level)
        west, south, east, north = GEOSOT.bounds(codes).T
        near_lon = np.where(points[:, 0] < 0, np.minimum(east, -1e-300), west)
        near_lat = np.where(points[:, 1] < 0, np.minimum(north, -1e-300), south)
        assert (GEOSOT.encode(np.column_stack([near_lon, near_lat]), level) == codes).all()


def test_codes_of_one_level_sort_as_their_texts() -> None:
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(-180, 180, 3000), rng.uniform(-88, 88, 3000)])
    for level in GEOSOT.levels:
        codes = np.sort(GEOSOT.encode(points, level))
        assert (np.sort(GEOSOT.to_text(codes)) == GEOSOT.to_text(codes)).all()


def test_stretched_cells_are_cut_at_sixty() -> None:
    west, south, east, north = GEOSOT.bounds(GEOSOT.encode(np.array([[10.75, 20.99]]), 10))[0]
    assert (west, east) == (10 + 32 / 60, 11)
    assert (south, north) == (20 + 32 / 60, 21)


@pytest.mark.parametrize(
    ("level", "counted"), [(1, 4), (2, 8), (3, 24), (4, 72), (5, 288), (6, 1104), (7, 4140)]
)
def test_the_globe_has_as_many_cells_as_table_a_1_counts(level: int, counted: int) -> None:
    lon, lat = np.meshgrid(np.arange(-179.5, 180), np.arange(-89.5, 90))
    codes = np.unique(GEOSOT.encode(np.column_stack([lon.ravel(), lat.ravel()]), level))
    assert len(codes) == counted
    assert shapely.area(GEOSOT.polygons(codes)).sum() == pytest.approx(360 * 180)


def test_merged_polar_cells_tile_the_caps() -> None:
    lon, lat = np.meshgrid(np.arange(-179.75, 180, 0.5), [-89.9, -89.3, -88.9, -88.3])
    points = np.column_stack([lon.ravel(), lat.ravel()])
    for level, counted in ((8, 1), (9, 4), (10, 16)):
        for sign in (-1, 1):
            codes = np.unique(GEOSOT.encode(points * (1, sign), level))
            assert len(codes) == counted
            areas = shapely.area(GEOSOT.polygons(codes))
            assert areas.sum() == pytest.approx(360 * 2)
            assert (GEOSOT.encode(GEOSOT.centers(codes), level) == codes).all()


@pytest.mark.parametrize(
    ("point", "text"),
    [
        ((10, 89.9), "G0020220022"),
        ((10, 89.2), "G0020220020"),
        ((-170, 89.2), "G0020220021"),
        ((-10, 89.2), "G1020220020"),
        ((63.9, 88.2), "G0020220000"),
        ((64, 88.2), "G0020220001"),
        ((10, 88.9), "G0020220002"),
        ((-100, -88.9), "G3020220003"),
        ((150, 88.2), "G0020220010"),
        ((-150, 88.9), "G1020220012"),
    ],
)
def test_polar_cells_lie_where_the_clause_puts_them(point: tuple[float, float], text: str) -> None:
    assert code_text(*point, 10) == text


def test_deeper_polar_codes_are_refused() -> None:
    with pytest.raises(GridCodeError, match=r"point 0: .* to level 10 only, not 11"):
        GEOSOT.encode(np.array([(0.0, -88.0)]), 11)
    with pytest.raises(GridCodeError, match="levels 8 to 10"):
        GEOSOT.from_text(["G00202200220"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("H0", "character 1 is 'H', legal: G"),
        ("G4", "character 2 is '4', legal: 0, 1, 2, 3"),
        ("G02", "character 3 is '2', legal: 0, 1"),
        ("G00131x", "character 7 is 'x'"),
        ("G0-0", "marks out of place, want 'G00'"),
        ("G00131032223023031031211001100110", None),
        ("G001310322333333", "longitude is 116 degrees 63 minutes"),
        ("G0111", "longitude is 224 degrees"),
        ("G00333", "latitude is 112 degrees"),
        ("G00202201", "only the merged cells"),
    ],
)
def test_a_malformed_text_names_what_is_at_fault(text: str, message: str | None) -> None:
    if message is None:
        assert GEOSOT.level_of(GEOSOT.from_text([text])) == 32
        return
    with pytest.raises(GridCodeError) as caught:
        GEOSOT.from_text(["G0", text])
    assert message in str(caught.value)
    assert repr(text) in str(caught.value)


def neighbor_texts(text: str) -> list[str]:
    return sorted(GEOSOT.to_text(GEOSOT.neighbors(GEOSOT.from_text([text])).codes).tolist())


def test_neighbours_over_stretched_minutes_and_hemispheres() -> None:
    assert neighbor_texts("G") == []
    assert neighbor_texts("G0") == ["G1", "G2", "G3"]
    bounds = GEOSOT.bounds(GEOSOT.encode(np.array([[10.999, 20.999]]), 15))[0]
    assert bounds[2:].tolist() == [11, 21]
    text = code_text(10.999, 20.999, 15)
    assert code_text(11.001, 21.001, 15) in neighbor_texts(text)
    assert "G30000000000000000000000000000000" in neighbor_texts(
        "G00000000000000000000000000000000"
    )


def test_neighbours_of_merged_cells() -> None:
    assert len(neighbor_texts("G00202200")) == 180
    assert neighbor_texts("G0020220022") == ["G0020220020", "G0020220021", "G1020220020"]
    ring = neighbor_texts("G0020220020")
    assert ring == [
        "G0020220002", "G0020220003", "G0020220012", "G0020220021", "G0020220022",
        "G1020220002", "G1020220020",
    ]  # fmt: skip
    below = neighbor_texts(code_text(127.9, 87.99, 9))
    assert [text for text in below if "2022000" in text or "2022001" in text] == [
        "G002022000", "G002022001",
    ]  # fmt: skip


def test_kin_of_merged_cells() -> None:
    codes = GEOSOT.from_text(["G1020220020", "G1020220010", "G0020220022"])
    assert GEOSOT.to_text(GEOSOT.parents(codes)).tolist() == [
        "G002022002", "G002022001", "G002022002",
    ]  # fmt: skip
    top = GEOSOT.from_text(["G00202200"])
    assert (GEOSOT.ancestors(codes, 8) == top).all()
    assert GEOSOT.contains(top, codes).all()
    assert GEOSOT.contains(GEOSOT.from_text(["G"]), codes).all()
    assert not GEOSOT.contains(GEOSOT.from_text(["G0020220"]), codes).any()
    children = GEOSOT.children(top)
    assert len(children.codes) == 4
    assert len(GEOSOT.children(children.codes).codes) == 16
    with pytest.raises(GridCodeError, match="merged round a pole"):
        GEOSOT.parents(top)
    with pytest.raises(GridCodeError, match="no cells defined below"):
        GEOSOT.children(codes)
