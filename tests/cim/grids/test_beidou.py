"""The BeiDou grid against the vectors, the text of the standard and its own laws."""

import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.grids.base import GridCodeError
from cim.grids.beidou import PLUGIN as BEIDOU

ENDS = (4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
TICKS = 3600 * 2048
Shared = Callable[[str], Path]


def rows(shared: Shared, name: str) -> list[dict[str, str]]:
    with shared(f"data/vectors/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def code_text(lon: float, lat: float, level: int) -> str:
    return str(BEIDOU.to_text(BEIDOU.encode(np.array([[lon, lat]]), level))[0])


def by_the_text(lon: Fraction, lat: Fraction) -> str:
    """Level-10 code of a point below 88 degrees, by exact division as the clauses say."""
    x, y = abs(lon), abs(lat)
    column = 30 - x // 6 if lon < 0 else 31 + x // 6
    text = f"{'S' if lat < 0 else 'N'}{column:02d}{'ABCDEFGHIJKLMNOPQRSTUV'[y // 4]}"
    x, y = x % 6, y % 4
    splits = [(12, 8), (2, 3), (15, 10), (15, 15), (2, 2), (8, 8), (8, 8), (8, 8), (8, 8)]
    width, height = Fraction(6), Fraction(4)
    for level, (columns, lines) in enumerate(splits, start=2):
        width, height = width / columns, height / lines
        a, b = x // width, y // height
        x, y = x % width, y % height
        text += str(2 * b + a) if level in (3, 6) else f"{a:X}{b:X}"
    return text


def meaning(degrees: float) -> Fraction:
    """The tick edge that rounds to this double, or else the double itself."""
    edge = Fraction(round(Fraction(degrees) * TICKS), TICKS)
    return edge if float(edge) == degrees else Fraction(degrees)


def test_vectors_of_the_standard_and_two_implementations(shared: Shared) -> None:
    for row in rows(shared, "beidou_gbt39409"):
        text = code_text(float(row["lon_deg"]), float(row["lat_deg"]), int(row["level"]))
        assert text == row["code2d"]


def test_examples_printed_in_the_standard(shared: Shared) -> None:
    examples = [row for row in rows(shared, "beidou_standard_examples") if row["kind"] == "2d"]
    assert len(examples) >= 12
    for row in examples:
        text = code_text(float(row["lon_deg"]), float(row["lat_deg"]), int(row["level"]))
        assert text == row["code"]


def test_cell_edges_and_disagreements_between_implementations(shared: Shared) -> None:
    decided = [
        row
        for row in rows(shared, "beidou_edge_and_disagreement")
        if "undefined" not in row["expected2d"] and "..." not in row["expected2d"]
    ]
    assert len(decided) == 48
    for row in decided:
        text = code_text(float(row["lon"]), float(row["lat"]), int(row["level"]))
        assert text == row["expected2d"]


def test_format_example_of_table_1_is_a_code() -> None:
    codes = BEIDOU.from_text(["N36J93078B3101524314"])
    assert BEIDOU.to_text(codes).tolist() == ["N36J93078B3101524314"]
    assert BEIDOU.level_of(codes).tolist() == [10]


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
    assert code_text(lon, lat, 10) == by_the_text(meaning(lon), meaning(lat))


@given(lon=st.floats(-179.999, 179.999), lat=st.floats(-87.999, 87.999))
def test_any_point_follows_the_text_at_every_level(lon: float, lat: float) -> None:
    whole = by_the_text(meaning(lon), meaning(lat))
    for level in BEIDOU.levels:
        assert code_text(lon, lat, level) == whole[: ENDS[level - 1]]


@pytest.mark.parametrize(
    ("lon", "lat", "level", "text"),
    [
        (113.5, 22.2, 10, "N49FB420200000000000"),
        (1 / 60, 1 / 60, 5, "N31A0001100"),
        (0.0, 0.0, 2, "N31A00"),
        (-0.0, -0.0, 2, "N31A00"),
        (180.0, 10.0, 2, "N01CB4"),
        (-180.0, 10.0, 2, "N01CB4"),
    ],
)
def test_chosen_points(lon: float, lat: float, level: int, text: str) -> None:
    assert code_text(lon, lat, level) == text


def test_corner_of_bounds_belongs_to_the_cell() -> None:
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.uniform(-180, 180, 5000), rng.uniform(-88, 88, 5000)])
    for level in BEIDOU.levels:
        codes = BEIDOU.encode(points, level)
        west, south, east, north = BEIDOU.bounds(codes).T
        near_lon = np.where(points[:, 0] < 0, np.minimum(east, -1e-300), west)
        near_lat = np.where(points[:, 1] < 0, np.minimum(north, -1e-300), south)
        assert (BEIDOU.encode(np.column_stack([near_lon, near_lat]), level) == codes).all()


def test_a_prefix_is_an_ancestor() -> None:
    rng = np.random.default_rng(4)
    points = np.column_stack([rng.uniform(-180, 180, 300), rng.uniform(-88, 88, 300)])
    finest = BEIDOU.to_text(BEIDOU.encode(points, 10))
    for level in BEIDOU.levels:
        texts = BEIDOU.to_text(BEIDOU.encode(points, level))
        assert texts.tolist() == [text[: ENDS[level - 1]] for text in finest]


def test_codes_of_one_level_sort_as_their_texts() -> None:
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(-180, 180, 5000), rng.uniform(-88, 88, 5000)])
    for level in BEIDOU.levels:
        codes = np.sort(BEIDOU.encode(points, level))
        assert (np.sort(BEIDOU.to_text(codes)) == BEIDOU.to_text(codes)).all()


def test_a_code_fits_a_signed_integer_of_64_bits() -> None:
    last = BEIDOU.from_text(["S60VB75E9EE377777777"])
    assert int(last[0]) < 2**62


POLAR = {
    "N00000": (10, 89.75), "N00001": (60, 89.2), "N00002": (180, 89.2), "N00003": (-60, 89.2),
    "N00010": (30, 88.2), "N00011": (90, 88.2), "N00020": (150, 88.2), "N00021": (-150, 88.2),
    "N00031": (-90, 88.2), "N00030": (-30, 88.2), "N00012": (30, 88.7), "N00013": (90, 88.7),
    "N00022": (150, 88.7), "N00023": (-150, 88.7), "N00033": (-90, 88.7), "N00032": (-30, 88.7),
}  # fmt: skip


@pytest.mark.parametrize(("text", "point"), POLAR.items())
def test_polar_cells_lie_where_figures_9_and_10_draw_them(
    text: str, point: tuple[float, float]
) -> None:
    lon, lat = point
    assert code_text(lon, lat, 2) == text
    assert code_text(lon, -lat, 2) == "S" + text[1:]
    assert code_text(lon, lat, 1) == "N000"
    codes = BEIDOU.from_text([text, "S" + text[1:]])
    assert (BEIDOU.encode(BEIDOU.centers(codes), 2) == codes).all()


def test_polar_cells_tile_the_cap() -> None:
    codes = BEIDOU.from_text(list(POLAR))
    areas = [shape.area for shape in BEIDOU.polygons(codes)]
    assert sum(areas) == pytest.approx(360 * 2)


def test_meridian_edges_of_polar_cells_are_half_open_toward_the_anchor() -> None:
    assert code_text(120, 89.2, 2) == "N00002"
    assert code_text(-120, 89.2, 2) == "N00002"
    assert code_text(60, 88.0, 2) == "N00011"
    assert code_text(-60, 88.5, 2) == "N00033"
    assert code_text(0, 90, 2) == "N00000"


def test_deeper_polar_codes_are_refused() -> None:
    with pytest.raises(GridCodeError, match=r"point 1: .* levels 1 and 2 only, not 3"):
        BEIDOU.encode(np.array([(0.0, 0.0), (0.0, 88.0)]), 3)
    with pytest.raises(GridCodeError, match="levels 1 and 2 only"):
        BEIDOU.from_text(["N0000010"[:7]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("N61A", "character 3 is '1', legal: 0"),
        ("N00A", "character 3 is '0', legal: 1 to 9"),
        ("N50W", "character 4 is 'W', legal: A to V"),
        ("E50J", "character 1 is 'E', legal: NS"),
        ("N50JC7", "character 5 is 'C', legal: 0 to B"),
        ("N50J476", "character 7 is '6', legal: 0 to 5"),
        ("N50J4753", "8 characters, legal: 4, 6, 7, 9"),
        ("N50J475F9", "character 8 is 'F', legal: 0 to E"),
        ("N49FB4201F0", "character 10 is 'F', legal: 0 to E"),
        ("N50J47539B84", "character 12 is '4', legal: 0 to 3"),
        ("N50J47539B8258", "character 14 is '8', legal: 0 to 7"),
        ("n50J", "character 1 is 'n'"),
        ("N00040", "character 5 is '4', legal: 0 to 3"),
    ],
)
def test_a_malformed_text_names_the_character_at_fault(text: str, message: str) -> None:
    with pytest.raises(GridCodeError) as caught:
        BEIDOU.from_text(["N50J", text])
    assert message in str(caught.value)
    assert repr(text) in str(caught.value)


def test_integers_inside_a_polar_cap_without_a_cell_are_refused() -> None:
    cap = BEIDOU.from_text(["N000", "N00033"])
    for number in (int(cap[1]) + 1, int(cap[0]) + 10**14):
        with pytest.raises(GridCodeError, match=str(number)):
            BEIDOU.level_of(np.array([number], dtype=np.uint64))


def neighbor_texts(text: str) -> list[str]:
    return sorted(BEIDOU.to_text(BEIDOU.neighbors(BEIDOU.from_text([text])).codes).tolist())


def test_neighbours_across_the_prime_meridian_and_the_equator() -> None:
    assert neighbor_texts("N31A") == [
        "N30A", "N30B", "N31B", "N32A", "N32B", "S30A", "S31A", "S32A",
    ]  # fmt: skip


def test_neighbours_across_the_antimeridian() -> None:
    assert neighbor_texts("N60C") == [
        "N01B", "N01C", "N01D", "N59B", "N59C", "N59D", "N60B", "N60D",
    ]  # fmt: skip


def test_neighbours_across_a_sheet_edge_of_the_finest_level() -> None:
    texts = neighbor_texts("N31A0000000000000000")
    assert len(texts) == 8
    assert "S30A0000000000000000" in texts
    assert "N31A0000000000000011" in texts


def test_neighbours_of_the_polar_caps() -> None:
    assert neighbor_texts("N000") == sorted(f"N{column:02d}V" for column in range(1, 61))
    assert neighbor_texts("S00000") == ["S00001", "S00002", "S00003"]
    assert neighbor_texts("N31V")[0] == "N000"
    inner = neighbor_texts("N00001")
    assert inner == ["N00000", "N00002", "N00003", "N00012", "N00013", "N00022", "N00032"]
    below = neighbor_texts("N31V07")
    assert [text for text in below if text.startswith("N000")] == ["N00010", "N00030"]
    assert len(neighbor_texts("N31V074")) == 5


def test_the_cap_contains_its_cells_and_no_sheet() -> None:
    cap, cell, sheet = BEIDOU.from_text(["N000", "N00021", "N01V"])
    pair = np.array([cell, sheet])
    assert BEIDOU.contains(np.array([cap, cap]), pair).tolist() == [True, False]
    assert BEIDOU.to_text(BEIDOU.parents(pair[:1])).tolist() == ["N000"]
    children = BEIDOU.children(np.array([cap]))
    assert BEIDOU.to_text(children.codes).tolist() == sorted(POLAR)
    with pytest.raises(GridCodeError, match="no cells defined below"):
        BEIDOU.children(pair[:1])
