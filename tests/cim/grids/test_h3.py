"""The H3 plugin against the vectors, the h3 package, and the shape of the globe."""

import csv
from collections.abc import Callable
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely

from cim.grids.base import GridCodeError
from cim.grids.h3 import PLUGIN as H3

Shared = Callable[[str], Path]


def test_vectors_of_the_h3_package(shared: Shared) -> None:
    with shared("data/vectors/h3_cells.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    for row in rows:
        point = np.array([[float(row["lon"]), float(row["lat"])]])
        codes = H3.encode(point, int(row["res"]))
        assert H3.to_text(codes).tolist() == [row["cell"]]
        assert (H3.from_text([row["cell"].upper()]) == codes).all()


def test_random_cells_equal_those_of_the_h3_package() -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(-180, 180, 300), rng.uniform(-90, 90, 300)])
    for level in H3.levels:
        texts = H3.to_text(H3.encode(points, level)).tolist()
        assert texts == [h3.latlng_to_cell(lat, lon, level) for lon, lat in points]


@pytest.mark.slow
@pytest.mark.parametrize("level", [3, 9, 12, 15])
def test_a_quarter_of_a_million_cells_equal_those_of_the_h3_package(level: int) -> None:
    rng = np.random.default_rng(level)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 250_000)))
    points = np.column_stack([rng.uniform(-180, 180, 250_000), lat])
    points[::5] = np.round(points[::5], 2)
    points[:4] = [(180, 0), (-180, 0), (0, 90), (0, -90)]
    expected = [h3.latlng_to_cell(lat, lon, level) for lon, lat in points.tolist()]
    codes = H3.encode(points, level)
    assert H3.to_text(codes).tolist() == expected
    assert (H3.from_text(expected) == codes).all()


@pytest.mark.parametrize("level", [0, 1, 2])
def test_all_cells_of_a_resolution_tile_the_globe(level: int) -> None:
    texts = [cell for base in h3.get_res0_cells() for cell in h3.cell_to_children(base, level)]
    shapes = H3.polygons(H3.from_text(texts))
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).sum() == pytest.approx(360 * 180)
    west, south, east, north = shapely.bounds(shapes).T
    assert west.min() == -180
    assert east.max() == 180
    assert south.min() == -90
    assert north.max() == 90


def test_bounds_hold_the_bulge_of_the_edges() -> None:
    rng = np.random.default_rng(2)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 50_000)))
    points = np.column_stack([rng.uniform(-180, 180, 50_000), lat])
    for level in (0, 1, 2, 3):
        west, south, east, north = H3.bounds(H3.encode(points, level)).T
        assert (south <= lat).all()
        assert (lat <= north).all()
        width = np.where(east - west == 360, 360, (east - west) % 360)
        assert ((points[:, 0] - west + 1e-9) % 360 <= width + 2e-9).all()


def test_a_cell_on_the_antimeridian_is_cut_in_two() -> None:
    codes = H3.encode(np.array([[180.0, 0.0], [-180.0, 0.0], [10.0, 0.0]]), 3)
    shapes = H3.polygons(codes)
    assert [shape.geom_type for shape in shapes] == ["MultiPolygon", "MultiPolygon", "Polygon"]
    west, _, east, _ = H3.bounds(codes)[0]
    assert west > 179
    assert east < -179


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8f31aa428cdc2a", "14 characters, want 15"),
        ("8f31aa428cdc2g0", "character 14 is 'g'"),
        ("ff31aa428cdc2a0", "not the index of a cell"),
        ("118928308280fff", "not the index of a cell"),
    ],
)
def test_a_malformed_text_names_what_is_at_fault(text: str, message: str) -> None:
    with pytest.raises(GridCodeError) as caught:
        H3.from_text(["8531aa43fffffff", text])
    assert message in str(caught.value)
    assert repr(text) in str(caught.value)
