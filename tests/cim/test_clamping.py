"""Terrains, and features brought to them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from cim.arrays import Float64
from cim.clamping import Clamping, clamp
from cim.crs import transform
from cim.errors import InputError, SourceDataError
from cim.features import FeatureBatch
from cim.frames import geodetic_from_ecef
from cim.placing import Placement, place
from cim.terrain import Terrain, open_terrain, sample
from cim.vertical import ABOVE_ELLIPSOID, ellipsoidal, height_reference
from tests.cim.test_placing import make_local, with_body, with_surface

WEST, NORTH, PIXEL = 114.29, 30.61, 0.0001


def tilted(columns: int = 300, rows: int = 300) -> Float64:
    """Heights that rise by 1 m a column and 10 m a row, counted from pixel middles."""
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    heights: Float64 = column + 10 * row
    return heights


def write_terrain(
    path: Path, heights: Float64, *, crs: str = "EPSG:4326", place: Any = None, **options: Any
) -> Path:
    """A GeoTIFF of heights; by default about 33 km by 33 km around the anchor's city."""
    usual: dict[str, Any] = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": crs}
    rows, columns = heights.shape
    where = place or from_origin(WEST, NORTH, PIXEL, PIXEL)
    with rasterio.open(
        path, "w", width=columns, height=rows, transform=where, **(usual | options)
    ) as raster:
        raster.write(heights.astype(usual["dtype"]), 1)
    return path


def opened(path: Path) -> Terrain:
    return open_terrain(path, ABOVE_ELLIPSOID)


def at(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a place in the raster."""
    return WEST + column * PIXEL, NORTH - row * PIXEL


def test_heights_are_bilinear_between_pixel_middles(tmp_path: Path) -> None:
    terrain = opened(write_terrain(tmp_path / "t.tif", tilted()))
    places = np.array([at(10.5, 20.5), at(10.75, 20.5), at(11.0, 21.25), at(299.5, 299.5)])
    wanted = [10.5 + 205, 10.75 + 205, 11.0 + 212.5, 299.5 + 2995]
    assert np.allclose(sample(terrain, places), wanted, atol=1e-3)


def test_edges_take_their_pixel_and_what_lies_outside_has_no_height(tmp_path: Path) -> None:
    terrain = opened(write_terrain(tmp_path / "t.tif", tilted()))
    places = np.array([at(0.1, 0.1), at(299.9, 20.5), at(-0.1, 5), at(5, 300.1), (np.nan, 3.0)])
    found = sample(terrain, places)
    assert np.allclose(found[:2], [0.5 + 5, 299.5 + 205], atol=1e-3)
    assert np.isnan(found[2:]).all()


def test_pixels_without_data_never_count(tmp_path: Path) -> None:
    heights = tilted()
    heights[:, 100:] = -32768
    terrain = opened(write_terrain(tmp_path / "t.tif", heights, nodata=-32768))
    found = sample(terrain, np.array([at(99.4, 50.5), at(99.9, 50.5), at(100.1, 50.5)]))
    assert np.allclose(found[:2], [99.4 + 505, 99.5 + 505], atol=1e-3)
    assert np.isnan(found[2])


def test_terrain_in_a_projected_crs_is_read_block_by_block(tmp_path: Path) -> None:
    corner = from_origin(525_000.0, 3_390_000.0, 10.0, 10.0)
    heights = tilted(1500, 1300)
    path = write_terrain(
        tmp_path / "t.tif", heights, crs="EPSG:4547", place=corner, tiled=True, compress="deflate"
    )
    columns, rows = np.meshgrid(np.linspace(1, 1498, 40), np.linspace(1, 1298, 40))
    xy = np.column_stack((525_000 + 10 * columns.ravel(), 3_390_000 - 10 * rows.ravel()))
    lon_lat = shapely.get_coordinates(
        transform(np.array(shapely.points(xy), object), "EPSG:4547", "EPSG:4490")
    )
    found = sample(opened(path), lon_lat)
    assert np.allclose(found, columns.ravel() + 10 * rows.ravel(), atol=0.01)


def test_scale_offset_and_feet_are_applied(tmp_path: Path) -> None:
    path = write_terrain(tmp_path / "t.tif", np.full((300, 300), 100.0), dtype="int16")
    with rasterio.open(path, "r+") as raster:
        raster.scales, raster.offsets, raster.units = (0.1,), (5.0,), ("ft",)
    assert sample(opened(path), np.array([at(50, 50)])) == pytest.approx([15 * 0.3048])


def test_unusable_terrains_are_refused_in_one_line(tmp_path: Path) -> None:
    text = tmp_path / "text.tif"
    text.write_text("no raster")
    whole = write_terrain(tmp_path / "whole.tif", tilted())
    cut = tmp_path / "cut.tif"
    cut.write_bytes(whole.read_bytes()[:60])
    wrong = write_terrain(tmp_path / "wrong.tif", tilted())
    with rasterio.open(wrong, "r+") as raster:
        raster.units = ("fathom",)
    for path in (tmp_path / "gone.tif", text, cut, wrong):
        with pytest.raises(SourceDataError, match="terrain") as caught:
            opened(path)
        assert path.name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_height_references_are_stated_and_never_silent() -> None:
    assert height_reference("ellipsoidal").compound is None
    told = height_reference("orthometric").text
    assert "EGM2008 height" in told
    assert "stay" in told or "turned into ellipsoidal" in told
    assert "Yellow Sea" in height_reference("EPSG:5737").text
    for wrong in ("geoid", "EPSG:4326", "EPSG:999999"):
        with pytest.raises(InputError, match="legal: ellipsoidal, orthometric"):
            height_reference(wrong)


def test_depths_become_heights() -> None:
    below = height_reference("EPSG:5336")  # Black Sea depth
    assert ellipsoidal(np.array([[30.0, 43.0, 12.0]]), below) == pytest.approx([-12.0])


# Clamping.


def house_at(column: float, row: float, *, low: float = 0.0) -> FeatureBatch:
    """A footprint of two by two pixels with its north-west corner there, and a surface over it."""
    west, north = at(column, row)
    east, south = at(column + 2, row + 2)
    ring = [(west, south, low), (east, south, low), (east, north, low + 5), (west, north, low + 5)]
    batch = make_local(shapely.box(west, south, east, north), crs="EPSG:4490")
    return with_surface(batch, ring)


def flat_at(column: float, row: float) -> FeatureBatch:
    west, north = at(column, row)
    east, south = at(column + 2, row + 2)
    return make_local(shapely.box(west, south, east, north), crs="EPSG:4490")


@pytest.fixture
def by_terrain(tmp_path: Path) -> Clamping:
    """Clamping to the tilted terrain."""
    return Clamping("terrain", terrain=opened(write_terrain(tmp_path / "t.tif", tilted())))


def test_lowest_point_comes_to_the_lowest_ground_under_the_corners(by_terrain: Clamping) -> None:
    clamped = clamp(
        house_at(10, 20, low=70.0), np.array([np.nan]), "ground_elevation_m", by_terrain
    )
    heights = shapely.get_coordinates(clamped.surfaces.geometry, include_z=True)[:, 2]
    assert heights.min() == pytest.approx(10 + 200, abs=0.01)
    assert np.ptp(heights) == pytest.approx(5.0)
    (row,) = clamped.attributes.to_pylist()
    assert row["original_height_m"] == pytest.approx(70.0)
    assert row["height_offset_m"] == pytest.approx(140.0, abs=0.01)


def test_footprint_without_a_base_stands_on_the_terrain(by_terrain: Clamping) -> None:
    clamped = clamp(flat_at(10, 20), np.array([np.nan]), "ground_elevation_m", by_terrain)
    (row,) = clamped.attributes.to_pylist()
    assert row["ground_elevation_m"] == pytest.approx(210.0, abs=0.01)
    assert (row["original_height_m"], row["height_offset_m"]) == (None, None)


def test_footprint_with_a_base_tells_how_far_it_was_moved(by_terrain: Clamping) -> None:
    clamped = clamp(flat_at(10, 20), np.array([200.0]), "sockel", by_terrain)
    (row,) = clamped.attributes.to_pylist()
    assert row["sockel"] == pytest.approx(210.0, abs=0.01)
    assert row["original_height_m"] == 200.0
    assert row["height_offset_m"] == pytest.approx(10.0, abs=0.01)


def test_features_outside_the_terrain_keep_their_height_and_are_counted(
    by_terrain: Clamping,
) -> None:
    clamped = clamp(house_at(-50, 20, low=70.0), np.array([np.nan]), "base", by_terrain)
    heights = shapely.get_coordinates(clamped.surfaces.geometry, include_z=True)[:, 2]
    assert heights.min() == pytest.approx(70.0)
    assert list(clamped.tallies.values()) == [1]
    (row,) = clamped.attributes.to_pylist()
    assert (row["original_height_m"], row["height_offset_m"]) == (70.0, 0.0)


def test_bodies_are_moved_along_the_plumb_line(by_terrain: Clamping) -> None:
    local = with_body(
        make_local(shapely.box(0, 0, 10, 10)), np.array([[0.0, 0, 4], [10, 0, 4], [0, 10, 9]])
    )
    anchor = (*at(30, 30), 500.0)
    batch = place(local, Placement(anchor, 25.0)).batch
    clamped = clamp(batch, np.array([np.nan]), "base", by_terrain)

    def geodetic(found: FeatureBatch) -> Float64:
        matrix = found.bodies.matrix[0]
        positions = found.bodies.mesh[0].positions
        return geodetic_from_ecef(positions @ matrix[:3, :3].T + matrix[:3, 3])

    before, after = geodetic(batch), geodetic(clamped)
    assert np.allclose(before[:, :2], after[:, :2], atol=1e-9)
    moved = after[:, 2] - before[:, 2]
    assert np.allclose(moved, moved[0], atol=1e-3)
    corners = sample(
        by_terrain.terrain or pytest.fail("no terrain"), shapely.get_coordinates(batch.geometry)
    )
    assert after[:, 2].min() == pytest.approx(corners.min(), abs=1e-3)
    assert clamped.bodies.mesh[0] is batch.bodies.mesh[0]


def test_offset_is_added_to_everything() -> None:
    how = Clamping("offset", 7.5)
    clamped = clamp(house_at(10, 20, low=70.0), np.array([3.0]), "base", how)
    heights = shapely.get_coordinates(clamped.surfaces.geometry, include_z=True)[:, 2]
    assert heights.min() == pytest.approx(77.5)
    (row,) = clamped.attributes.to_pylist()
    assert (row["base"], row["original_height_m"], row["height_offset_m"]) == (10.5, 70.0, 7.5)


def test_without_clamping_nothing_changes() -> None:
    batch = house_at(10, 20)
    assert clamp(batch, np.array([np.nan]), "base", Clamping()) is batch


def test_clamping_is_pure_and_adds_up_tallies(by_terrain: Clamping) -> None:
    batch = replace(house_at(-50, 20), tallies={"earlier": 2})
    before = shapely.to_wkb(batch.surfaces.geometry)
    clamped = clamp(batch, np.array([np.nan]), "base", by_terrain)
    assert (shapely.to_wkb(batch.surfaces.geometry) == before).all()
    assert sorted(clamped.tallies.values()) == [1, 2]


@pytest.mark.parametrize(
    ("method", "offset", "reason"),
    [
        ("up", 0.0, "legal: none, offset, terrain"),
        ("offset", 0.0, "--height-offset-m"),
        ("none", 3.0, "--clamp offset"),
        ("offset", float("nan"), "finite"),
        ("terrain", 0.0, "--terrain"),
    ],
)
def test_options_that_contradict_are_refused(method: Any, offset: float, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Clamping(method, offset)
