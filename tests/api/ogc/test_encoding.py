"""GeoJSON texts."""

import json
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from api.ogc.crs import crs_of
from api.ogc.encoding import PLAIN, Representation, encode
from cim.features import FeatureBatch
from tests.making import make_batch


def properties(values: pa.Array) -> list[Any]:
    batch = FeatureBatch(
        "EPSG:4490",
        np.full(len(values), None, dtype=object),
        pa.table({"v": values}),
        (None,) * len(values),
        np.arange(len(values)),
    )
    return [json.loads(text)["properties"]["v"] for text in encode(batch, PLAIN)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1.5, None, float("nan"), float("inf")]), [1.5, None, None, None]),
        (pa.array([2**62, -1, None]), [2**62, -1, None]),
        (pa.array([True, None]), [True, None]),
        (pa.array([date(2024, 2, 29)]), ["2024-02-29"]),
        (pa.array([datetime(2024, 2, 29, 8, tzinfo=UTC)]), ["2024-02-29T08:00:00Z"]),
        (pa.array([b"\x00\xff"]), ["AP8="]),
        (pa.array(["", "建筑 <\"'&\\\n\u2028🏠"]), ["", "建筑 <\"'&\\\n\u2028🏠"]),
    ],
)
def test_values_have_a_form_in_json(values: pa.Array, expected: list[object]) -> None:
    assert properties(values) == expected


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_reads_back_equal(texts: list[str]) -> None:
    storable = [text for text in texts if text.isprintable()] or ["x"]
    assert properties(pa.array(storable)) == storable


@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=6, unique=True
    )
)
def test_positions_read_back_to_a_millimetre(positions: list[tuple[float, float]]) -> None:
    batch = make_batch(geometry=[shapely.Point(position) for position in positions])
    for text, position in zip(encode(batch, PLAIN), positions, strict=True):
        assert json.loads(text)["geometry"]["coordinates"] == pytest.approx(position, abs=6e-9)


@pytest.mark.parametrize("wkt", ["POLYGON EMPTY", "POINT EMPTY", "GEOMETRYCOLLECTION EMPTY"])
def test_empty_geometry_is_null(wkt: str) -> None:
    (text,) = encode(make_batch(geometry=[shapely.from_wkt(wkt)]), PLAIN)
    assert json.loads(text)["geometry"] is None


@pytest.mark.parametrize(
    "wkt",
    [
        "POINT (1 2)",
        "MULTIPOINT ((1 2), (3 4))",
        "LINESTRING (1 2, 3 4)",
        "LINESTRING Z (1 2 3, 3 4 5)",
        "MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))",
        "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))",
        "POLYGON Z ((0 0 1, 4 0 1, 4 4 1, 0 0 1))",
        "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((2 2, 3 2, 3 3, 2 2)))",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (1 2, 3 4))",
    ],
)
def test_every_kind_of_geometry_reads_back_equal(wkt: str) -> None:
    shape = shapely.from_wkt(wkt)
    (text,) = encode(make_batch(geometry=[shape]), PLAIN)
    back = shapely.geometry.shape(json.loads(text)["geometry"])
    assert shapely.equals_exact(shapely.normalize(back), shapely.normalize(shape))
    assert back.has_z == shape.has_z


def test_outer_rings_are_counter_clockwise_and_holes_clockwise() -> None:
    shape = shapely.from_wkt("POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))")
    (text,) = encode(make_batch(geometry=[shape]), PLAIN)
    back = shapely.geometry.shape(json.loads(text)["geometry"])
    assert back.exterior.is_ccw
    assert not back.interiors[0].is_ccw


def test_a_batch_of_nothing_is_no_text() -> None:
    assert encode(make_batch(geometry=[]), PLAIN) == []


def test_no_fields_are_an_empty_object() -> None:
    shape = Representation(crs_of("EPSG:4326"), properties=(), geometry=False)
    (text,) = encode(make_batch(1), shape)
    assert text == b'{"type":"Feature","id":1,"geometry":null,"properties":{}}'
