"""GeoSOT in the forms of other engines: Morton integers, printed style."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.grids.base import GridCodeError
from cim.grids.geosot import GeosotGrid

GEOSOT = GeosotGrid()


@pytest.mark.parametrize(
    ("code", "integer", "printed"),
    [
        (  # the answer of a commercial engine
            "G00112322303233231203131",
            "412869894958481408-23",
            "G001123223-032332-312031.31",
        ),
        (  # the point 76.233 E, 27.688 N in the tests of an open library
            "G00102312220310313101033003300330",
            "339638376531246140-32",
            "G001023122-203103-131010.33003300330",
        ),
    ],
)
def test_samples_of_other_engines(code: str, integer: str, printed: str) -> None:
    codes = GEOSOT.from_text([code])
    value, level = map(int, integer.split("-"))
    values, levels, quadrants = GEOSOT.to_morton(codes)
    assert (values.tolist(), levels.tolist(), quadrants.tolist()) == ([value], [level], [0])
    assert (GEOSOT.from_morton(values, levels) == codes).all()
    assert GEOSOT.to_morton_text(codes).tolist() == [integer]
    assert (GEOSOT.from_morton_text([integer]) == codes).all()
    assert GEOSOT.to_printed(codes).tolist() == [printed]
    assert (GEOSOT.from_text([printed]) == codes).all()


def test_the_centre_the_engine_gives_is_the_centre_of_the_cell() -> None:
    codes = GEOSOT.from_morton_text(["412869894958481408-23"])
    assert GEOSOT.centers(codes).tolist() == [[105.38107638888889, 31.528506944444445]]


@given(lon=st.floats(-180, 180), lat=st.floats(-87.999, 87.999), level=st.sampled_from(range(33)))
def test_every_form_leads_back(lon: float, lat: float, level: int) -> None:
    codes = GEOSOT.encode(np.array([[lon, lat]]), level)
    assert GEOSOT.from_morton(*GEOSOT.to_morton(codes)) == codes
    assert GEOSOT.from_morton_text(GEOSOT.to_morton_text(codes).tolist()) == codes
    printed = GEOSOT.to_printed(codes)
    assert GEOSOT.from_text(printed.tolist()) == codes
    plain = str(GEOSOT.to_text(codes)[0])
    parts = (plain[:10], plain[10:16], plain[16:22])
    tail = f".{plain[22:]}" if len(plain) > 22 else ""
    assert printed[0] == "-".join(part for part in parts if part) + tail


def test_mixed_forms_and_levels_are_read_together() -> None:
    codes = np.concatenate(
        [GEOSOT.encode(np.array([[-121.5, 31.2]]), level) for level in GEOSOT.levels]
    )
    plain, printed = GEOSOT.to_text(codes).tolist(), GEOSOT.to_printed(codes).tolist()
    assert (GEOSOT.from_text([*plain, *printed]) == np.tile(codes, 2)).all()
    merged = GEOSOT.from_text(["G00202200", "G3020220003"])
    assert (GEOSOT.from_morton_text(GEOSOT.to_morton_text(merged).tolist()) == merged).all()


def test_other_quadrants_stand_in_the_top_bits() -> None:
    codes = GEOSOT.encode(np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]], dtype=np.float64), 20)
    values, _, quadrants = GEOSOT.to_morton(codes)
    assert quadrants.tolist() == [0, 1, 2, 3]
    assert len(set(values.tolist())) == 1
    whole = [int(text.split("-")[0]) for text in GEOSOT.to_morton_text(codes).tolist()]
    assert [number >> 62 for number in whole] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("412869894958481408", "want value-level"),
        ("412869894958481408-x", "want value-level"),
        ("412869894958481408-22", "zero in its last"),
        ("412869894958481408-33", "level 0 to 32"),
        ("99999999999999999999-23", "below 2^64"),
        ("3458764513820540928-5", "of a cell on Earth"),
        ("G001123223", "looks like a GeoSOT code"),
    ],
)
def test_a_malformed_integer_is_named(text: str, message: str) -> None:
    with pytest.raises(GridCodeError) as caught:
        GEOSOT.from_morton_text(["412869894958481408-23", text])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("G001123223-", "marks out of place, want 'G001123223'"),
        ("G001123223-0323-32", "marks out of place, want 'G001123223-032332'"),
        ("G001123223-032332.312031", "marks out of place, want 'G001123223-032332-312031'"),
        ("G001123223-032332-312031.", "want 'G001123223-032332-312031'"),
        ("G001123223-032332-31x031", "character 21 is 'x'"),
        ("G001123223032332312031.31", "want 'G001123223-032332-312031.31'"),
    ],
)
def test_marks_out_of_place_are_named(text: str, message: str) -> None:
    with pytest.raises(GridCodeError) as caught:
        GEOSOT.from_text(["G001123223-032332", text])
    assert message in str(caught.value)
