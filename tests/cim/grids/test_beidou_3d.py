"""BeiDou heights, solid cells and reference codes against the vectors and the standard's words."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.arrays import Float64
from cim.grids.base import GridCodeError
from cim.grids.beidou import BeidouGrid

BEIDOU = BeidouGrid()
Shared = Callable[[str], Path]


def rows(shared: Shared, name: str) -> list[dict[str, str]]:
    with shared(f"data/vectors/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def height_digits(height_m: float, level: int) -> str:
    """The height code as the standard prints it apart from the 2D code."""
    codes = BEIDOU.encode(np.array([[116.3, 39.9]]), level)
    text = str(BEIDOU.to_text_3d(codes, BEIDOU.encode_heights(np.array([height_m]), level))[0])
    ends = (7, 10, 12, 15, 18, 20, 23, 26, 29, 32)
    return text[1] + text[5:7] + "".join(text[end - 1] for end in ends[1:level])


def solids(points: Float64, heights_m: Float64, level: int) -> list[str]:
    codes = BEIDOU.encode(points, level)
    return list(BEIDOU.to_text_3d(codes, BEIDOU.encode_heights(heights_m, level)))


def test_height_vectors(shared: Shared) -> None:
    vectors = rows(shared, "beidou_height")
    assert len(vectors) == 96
    for row in vectors:
        assert height_digits(float(row["height_m"]), int(row["level"])) == row["height_code"]


def test_solid_vectors(shared: Shared) -> None:
    for row in rows(shared, "beidou_gbt39409"):
        point = np.array([[float(row["lon_deg"]), float(row["lat_deg"])]])
        texts = solids(point, np.array([float(row["height_m"])]), int(row["level"]))
        assert texts == [row["code3d"]]
        codes, heights = BEIDOU.from_text_3d(texts)
        assert BEIDOU.to_text(codes).tolist() == [row["code2d"]]
        assert BEIDOU.to_text_3d(codes, heights).tolist() == texts


def test_interleaving_of_table_1() -> None:
    codes = BEIDOU.from_text(["N36J93078B3101524314"])
    texts = BEIDOU.to_text_3d(codes, np.zeros(1, dtype=np.uint64))
    assert texts.tolist() == ["N036J0093000780B3010010520430140"]


def test_a_million_solid_codes_are_their_two_codes_in_turn() -> None:
    rng = np.random.default_rng(9)
    for level in BEIDOU.levels:
        points = rng.uniform(-1, 1, (100_000, 2)) * (180, 88)
        codes = BEIDOU.encode(points, level)
        heights = BEIDOU.encode_heights(rng.uniform(-6e6, 5e8, 100_000), level)
        texts = BEIDOU.to_text_3d(codes, heights)
        letters = texts.view(np.uint32).reshape(len(texts), -1)
        ends = (7, 10, 12, 15, 18, 20, 23, 26, 29, 32)[:level]
        height_places = [1, 5, 6, *(end - 1 for end in ends[1:])]
        flat = np.delete(letters, height_places, axis=1)
        plain = np.ascontiguousarray(flat).view(f"U{flat.shape[1]}")[:, 0]
        assert (plain == BEIDOU.to_text(codes)).all()
        ground = np.full(len(codes), BEIDOU.encode(np.array([[116.3, 39.9]]), level)[0])
        alone = BEIDOU.to_text_3d(ground, heights).view(np.uint32).reshape(len(texts), -1)
        assert (letters[:, height_places] == alone[:, height_places]).all()
        back = BEIDOU.from_text_3d(texts.tolist())
        assert (back[0] == codes).all()
        assert (back[1] == heights).all()


@given(
    height_m=st.floats(-6_302_106, 528_680_171, exclude_max=True) | st.floats(-500, 9000),
    level=st.sampled_from(BEIDOU.levels),
)
def test_a_height_lies_between_the_faces_of_its_layer(height_m: float, level: int) -> None:
    codes = BEIDOU.encode_heights(np.array([height_m]), level)
    low, high = BEIDOU.height_bounds(codes, np.array([level]))[0]
    assert low <= height_m < high
    assert BEIDOU.encode_heights(np.array([low]), level) == codes
    assert BEIDOU.encode_heights(np.array([np.nextafter(high, -np.inf)]), level) == codes


def test_layer_faces_of_annex_c() -> None:
    faces = BEIDOU.height_bounds(np.array([1 << 25], dtype=np.uint64), np.array([1]))
    assert faces[0, 0] == pytest.approx(522_560, rel=1e-3)
    for height_m in (-6_302_106.8, 528_680_171.2, np.nan, np.inf):
        with pytest.raises(GridCodeError, match=r"height 1: .* outside the grid"):
            BEIDOU.encode_heights(np.array([0.0, height_m]), 5)


@pytest.mark.parametrize("height_m", [0.0, -0.001, 50.0, -430.25, 522_560.0, -6_302_100.0])
@pytest.mark.parametrize("level", BEIDOU.levels)
def test_solid_neighbours_touch_above_and_below(height_m: float, level: int) -> None:
    codes = BEIDOU.encode(np.array([[116.3, 39.9], [-0.001, 0.001]]), level)
    heights = BEIDOU.encode_heights(np.array([height_m, height_m]), level)
    found = BEIDOU.neighbors_3d(codes, heights)
    levels = np.full(len(found.codes), level)
    low, high = BEIDOU.height_bounds(heights[:1], np.array([level]))[0]
    faces = BEIDOU.height_bounds(found.heights, levels)
    assert set(faces[:, 1]) | set(faces[:, 0]) >= {low, high}
    assert ((faces[:, 0] <= high) & (faces[:, 1] >= low)).all()
    layers = len(np.unique(found.heights))
    assert np.diff(found.offsets).tolist() == [9 * layers - 1] * 2
    own = BEIDOU.neighbors_3d(found.codes, found.heights)
    assert np.isin(codes, own.codes).all()


def test_a_solid_cell_inside_the_grid_has_26_neighbours() -> None:
    codes = BEIDOU.encode(np.array([[116.3, 39.9]]), 10)
    found = BEIDOU.neighbors_3d(codes, BEIDOU.encode_heights(np.array([-0.001]), 10))
    texts = BEIDOU.to_text_3d(found.codes, found.heights)
    assert len(set(texts.tolist())) == 26
    assert {text[1] for text in texts.tolist()} == {"0", "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("N250J00", "height digit '2' at character 2, legal: 0 to 1"),
        ("N050J64", "height digit '64' at character 6, legal: 00 to 63"),
        ("N050J0047808", "height digit '8' at character 10, legal: 0 to 7"),
        ("N050J004", "8 characters, legal: 7, 10, 12"),
        ("N050W00", "its 2D part: BeiDou code 'N50W': character 4 is 'W'"),
        ("N050J60", "is not one of level 1"),
        ("N150J0047050390B8020556344611500"[:32], None),
    ],
)
def test_a_malformed_3d_text_names_what_is_at_fault(text: str, message: str | None) -> None:
    if message is None:
        BEIDOU.from_text_3d([text])
        return
    with pytest.raises(GridCodeError) as caught:
        BEIDOU.from_text_3d(["N050J00", text])
    assert message in str(caught.value)


def test_minus_zero_is_no_height_of_the_finest_level() -> None:
    codes = BEIDOU.encode(np.array([[116.3, 39.9]]), 10)
    text = str(BEIDOU.to_text_3d(codes, np.zeros(1, dtype=np.uint64))[0])
    with pytest.raises(GridCodeError, match="not one of level 10"):
        BEIDOU.from_text_3d(["N1" + text[2:]])


def test_mixed_levels_keep_their_own_lengths() -> None:
    point = np.array([[116.3, 39.9]])
    codes = np.concatenate([BEIDOU.encode(point, level) for level in BEIDOU.levels])
    heights = np.concatenate(
        [BEIDOU.encode_heights(np.array([-12.5]), level) for level in BEIDOU.levels]
    )
    texts = BEIDOU.to_text_3d(codes, heights).tolist()
    assert [len(text) for text in texts] == [7, 10, 12, 15, 18, 20, 23, 26, 29, 32]
    back_codes, back_heights = BEIDOU.from_text_3d(texts)
    assert (back_codes == codes).all()
    assert (back_heights == heights).all()


def test_reference_codes_of_the_standard(shared: Shared) -> None:
    examples = [r for r in rows(shared, "beidou_standard_examples") if r["kind"] == "reference"]
    assert [row["code"] for row in examples] == ["N50J475492E-10"]
    target = BEIDOU.from_reference(["N50J475492E-10", "N50J475491E-20", "N50J475493E-B0"])
    assert BEIDOU.to_text(target).tolist() == ["N50J475493E", "N50J475493E", "N50J475491E"]


def test_further_pairs_of_a_reference_code_go_down_a_level() -> None:
    texts = BEIDOU.to_text(BEIDOU.from_reference(["N50J47539B8-00-11-70"])).tolist()
    assert texts == ["N50J47539B8370"]


@given(
    lon=st.floats(-179.99, 179.99),
    lat=st.floats(-87.9, 87.9),
    east=st.integers(-7, 7),
    north=st.integers(-7, 7),
    level=st.integers(5, 10),
)
def test_reference_codes_lead_back(
    lon: float, lat: float, east: int, north: int, level: int
) -> None:
    base = BEIDOU.encode(np.array([[lon, lat]]), level)
    signs = "GFEDCBA01234567"
    text = f"{BEIDOU.to_text(base)[0]}-{signs[east + 7]}{signs[north + 7]}"
    target = BEIDOU.from_reference([text])
    assert BEIDOU.to_reference(base, target).tolist() == [text]
    if max(abs(east), abs(north)) == 1:
        assert target in BEIDOU.neighbors(base).codes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("N50J475492E", "then -MN"),
        ("N50J47-10", "level 5 to 10"),
        ("N50J475492E-18", "'18' is not a pair of steps"),
        ("N50J475492E-1", "'1' is not a pair of steps"),
        ("N50J475492E-10-10-10-10-10-10-10", "then -MN"),
        ("N50JC75492E-10", "character 5 is 'C'"),
    ],
)
def test_a_malformed_reference_code_is_named(text: str, message: str) -> None:
    with pytest.raises(GridCodeError) as caught:
        BEIDOU.from_reference([text])
    assert message in str(caught.value)


def test_reference_codes_stop_at_the_caps() -> None:
    edge = str(BEIDOU.to_text(BEIDOU.encode(np.array([[10.0, 87.9999]]), 5))[0])
    with pytest.raises(GridCodeError, match="beyond latitude 88"):
        BEIDOU.from_reference([f"{edge}-07"])
    far = BEIDOU.encode(np.array([[10.0, 20.0], [11.0, 20.0]]), 5)
    with pytest.raises(GridCodeError, match="reaches 7 cells"):
        BEIDOU.to_reference(far[:1], far[1:])
