"""GeoSOT heights and solid cells against the vectors and their own laws."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.grids import _layers as layers
from cim.grids.base import GridCodeError
from cim.grids.geosot import PLUGIN as GEOSOT

Shared = Callable[[str], Path]


def test_height_vectors(shared: Shared) -> None:
    with shared("data/vectors/geosot_height.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    encoded = [row for row in rows if row["kind"] == "encode height m"]
    assert len(encoded) == 4
    for row in encoded:
        level = int(row["level"])
        cells = GEOSOT.encode(np.array([[116.3, 39.9]]), level)
        heights = GEOSOT.encode_heights(np.array([float(row["value"])]), level)
        assert str(GEOSOT.to_text_3d(cells, heights)[0])[1 + level :] == row["result"]


def test_faces_printed_in_the_standard(shared: Shared) -> None:
    with shared("data/vectors/geosot_height.csv").open(encoding="utf-8", newline="") as file:
        printed = {row["value"]: row["result"] for row in csv.DictReader(file)}
    faces = layers.face_heights(np.array([-257, -256, -255, 254, 255, 256]), 1.0) / 1000
    assert faces[1] == pytest.approx(float(printed["H_-256 km"]), abs=1e-9)
    assert faces[4] == pytest.approx(float(printed["H_255 km"]), abs=1e-6)
    assert faces[5] == pytest.approx(float(printed["H_256 km"]), abs=1e-6)
    # the printed thickness of layer n is that of layer n - 1, by the exponent of C.9
    assert faces[1] - faces[0] == pytest.approx(float(printed["h_-256 km"]), abs=1e-9)
    assert faces[4] - faces[3] == pytest.approx(float(printed["h_255 km"]), abs=1e-6)
    height = GEOSOT.height_bounds(np.array([1], dtype=np.uint64), np.array([16]))
    assert round(float(height[0, 0]), 2) == 981.05


@given(
    height_m=st.floats(-6_000_000, 528_680_171, exclude_max=True) | st.floats(-500, 9000),
    level=st.integers(9, 32),
)
def test_a_height_lies_between_the_faces_of_its_layer(height_m: float, level: int) -> None:
    codes = GEOSOT.encode_heights(np.array([height_m]), level)
    low, high = GEOSOT.height_bounds(codes, np.array([level]))[0]
    assert low <= height_m < high
    assert GEOSOT.encode_heights(np.array([low]), level) == codes


def test_solid_cells_round_trip_through_text() -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(-180, 180, 50), rng.uniform(-88, 88, 50)])
    for level in GEOSOT.levels[2:]:
        codes = GEOSOT.encode(points, level)
        heights = GEOSOT.encode_heights(rng.uniform(-500, 9000, 50), level)
        texts = GEOSOT.to_text_3d(codes, heights).tolist()
        assert {len(text) for text in texts} == {1 + 2 * level}
        back_codes, back_heights = GEOSOT.from_text_3d(texts)
        assert (back_codes == codes).all()
        assert (back_heights == heights).all()


def test_solid_neighbours_cross_the_ellipsoid() -> None:
    codes = GEOSOT.encode(np.array([[116.3, 39.9]]), 20)
    heights = GEOSOT.encode_heights(np.array([-1.0]), 20)
    found = GEOSOT.neighbors_3d(codes, heights)
    texts = GEOSOT.to_text_3d(found.codes, found.heights).tolist()
    assert len(set(texts)) == 26
    assert {text[21] for text in texts} == {"0", "1"}


def test_heights_without_a_code_are_refused() -> None:
    with pytest.raises(GridCodeError, match="no code of 1 bits at level 1"):
        GEOSOT.encode_heights(np.array([5.0, -1.0]), 1)
    with pytest.raises(GridCodeError, match="level 0: legal are 1 to 32"):
        GEOSOT.encode_heights(np.array([5.0]), 0)
    with pytest.raises(GridCodeError, match="outside the grid"):
        GEOSOT.encode_heights(np.array([np.nan]), 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("G001", "want G, m digits and m height digits"),
        ("G00102", "want G"),
        ("G0012", "its height: character 5 is '2', legal: 0, 1; looks like a GeoSOT code"),
        ("G0010", "not one of level 2"),
    ],
)
def test_a_malformed_3d_text_is_named(text: str, message: str) -> None:
    with pytest.raises(GridCodeError) as caught:
        GEOSOT.from_text_3d([text])
    assert message in str(caught.value)
