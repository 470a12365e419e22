"""Repair, common types and representative points of geometries."""

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.arrays import Objects
from cim.features import FeatureBatch
from cim.geometry import common_type, repair, representative_points

BOW_TIE = "POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))"


def from_wkt(*texts: str | None) -> Objects:
    """Geometries of WKT texts; None stays None."""
    return np.array([None if text is None else shapely.from_wkt(text) for text in texts], object)


def make_batch(geometry: Objects) -> FeatureBatch:
    return FeatureBatch(
        crs="EPSG:4490",
        geometry=geometry,
        attributes=pa.table({"row": np.arange(len(geometry))}),
        source_ids=(None,) * len(geometry),
        records=np.arange(1, len(geometry) + 1),
    )


def test_valid_geometry_passes_untouched() -> None:
    batch = make_batch(
        from_wkt("POINT (1 2)", "LINESTRING (0 0, 1 1)", "POLYGON ((0 0, 1 0, 1 1, 0 0))")
    )
    repaired = repair(batch)
    assert repaired.batch is batch
    assert (repaired.rejects, repaired.repaired) == ((), 0)


def test_a_bow_tie_keeps_the_area_its_rings_enclose() -> None:
    repaired = repair(make_batch(from_wkt("POINT (1 2)", BOW_TIE)))
    assert repaired.repaired == 1
    assert repaired.batch.geometry[1].geom_type == "MultiPolygon"
    assert repaired.batch.geometry[1].area == pytest.approx(2.0)


def test_a_spike_loses_its_line_and_stays_a_polygon() -> None:
    spike = "POLYGON ((0 0, 4 0, 4 4, 4 9, 4 4, 0 4, 0 0))"
    repaired = repair(make_batch(from_wkt(spike)))
    assert repaired.batch.geometry[0].geom_type == "Polygon"
    assert repaired.batch.geometry[0].area == pytest.approx(16.0)


def test_repair_keeps_heights() -> None:
    bow_tie = "POLYGON Z ((0 0 7, 2 2 7, 2 0 7, 0 2 7, 0 0 7))"
    repaired = repair(make_batch(from_wkt(bow_tie)))
    assert set(shapely.get_coordinates(repaired.batch.geometry, include_z=True)[:, 2]) == {7.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no geometry"),
        ("POLYGON EMPTY", "an empty geometry"),
        ("GEOMETRYCOLLECTION EMPTY", "an empty geometry"),
        ("POLYGON ((0 0, 1 1, 2 2, 0 0))", "nothing is left after repair"),
        ("LINESTRING (3 3, 3 3)", "nothing is left after repair"),
        ("GEOMETRYCOLLECTION (POINT (0 0), LINESTRING (0 0, 1 1))", "different kinds"),
    ],
)
def test_what_cannot_be_mended_is_rejected_with_its_reason(text: str | None, reason: str) -> None:
    repaired = repair(make_batch(from_wkt("POINT (1 2)", text, "POINT (3 4)")))
    assert repaired.batch.records.tolist() == [1, 3]
    assert repaired.batch.attributes["row"].to_pylist() == [0, 2]
    (reject,) = repaired.rejects
    assert (reject.record, reject.field) == (2, "geometry")
    assert reason in reject.reason


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_coordinate_that_is_no_number_is_rejected(value: float) -> None:
    with np.errstate(invalid="ignore"):
        ring = shapely.linearrings([(0, 0), (1, 0), (value, 1), (0, 0)])
    geometry = np.array([shapely.Point(value, 0), shapely.Polygon(ring)], object)
    reasons = [reject.reason for reject in repair(make_batch(geometry)).rejects]
    assert reasons == ["a coordinate is not a finite number"] * 2


def test_a_collection_of_one_kind_becomes_a_multi_geometry() -> None:
    inner = "GEOMETRYCOLLECTION (POLYGON ((5 5, 6 5, 6 6, 5 5)))"
    collection = f"GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)), {inner}, POINT EMPTY)"
    repaired = repair(make_batch(from_wkt(collection)))
    assert repaired.batch.geometry[0].geom_type == "MultiPolygon"
    assert repaired.repaired == 1


def test_polygons_that_share_an_edge_after_repair_are_joined() -> None:
    ring = "POLYGON ((0 2, 0 1, 1 0, 0 0, 0 1, 1 0, 0 2))"
    repaired = repair(make_batch(from_wkt(ring)))
    assert repaired.batch.geometry[0].equals(shapely.from_wkt("POLYGON ((0 0, 0 2, 1 0, 0 0))"))


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=9))
def test_any_ring_ends_valid_or_rejected(corners: list[tuple[int, int]]) -> None:
    geometry = np.array([shapely.Polygon(corners)], object)
    repaired = repair(make_batch(geometry))
    assert len(repaired.batch) + len(repaired.rejects) == 1
    assert shapely.is_valid(repaired.batch.geometry).all()
    assert (shapely.area(repaired.batch.geometry) > 0).all()


def test_types_of_two_batches_combine() -> None:
    assert common_type("", "POINT") == "POINT"
    assert common_type("POLYGON", "MULTIPOLYGON") == "MULTIPOLYGON"
    assert common_type("MULTIPOLYGON", "GEOMETRY") == "GEOMETRY"
    assert common_type("MULTIPOINT", "MULTIPOLYGON") == "GEOMETRY"


def test_the_representative_point_lies_on_its_geometry() -> None:
    geometry = from_wkt(
        "POINT Z (1 2 3)",
        "LINESTRING (0 0, 10 0)",
        "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))",
        "POLYGON ((0 0, 9 0, 9 9, 8 9, 8 1, 0 1, 0 0))",
        "MULTILINESTRING ((100 0, 101 0), (0 0, 0 8), (50 0, 52 0))",
        "MULTIPOINT ((0 0), (10 0))",
        None,
        "POINT EMPTY",
    )
    points = representative_points(geometry)
    assert points[[0, 1, 2, 4]].tolist() == [[1, 2], [5, 0], [2, 2], [0, 4]]
    assert shapely.intersects_xy(geometry[3], *points[3])
    assert points[5].tolist() in ([0, 0], [10, 0])
    assert np.isnan(points[6:]).all()


@given(
    st.lists(st.tuples(st.floats(-170, 170), st.floats(-80, 80), st.floats(1e-6, 5)), max_size=20)
)
def test_representative_points_of_footprints_are_inside(
    shapes: list[tuple[float, float, float]],
) -> None:
    corners = [[(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (0, 1)] for _ in shapes]
    rings = [
        shapely.Polygon([(x + dx * size, y + dy * size) for dx, dy in corner])
        for (x, y, size), corner in zip(shapes, corners, strict=True)
    ]
    geometry = np.array([*rings, None], object)[:-1]
    points = representative_points(geometry)
    assert points.shape == (len(shapes), 2)
    assert shapely.intersects_xy(geometry, points).all()
