"""Heights of the ground from a terrain raster: GeoTIFF or COG, read by windows.

A pixel's value stands for its middle (GeoTIFF 1.1, clause 7.2.1, PixelIsArea as GDAL reads it);
between middles heights are bilinear. Pixels without data never count.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from pyproj import CRS

from cim.arrays import Float64, Int64
from cim.crs import CITY_CRS, crs_code, parse_crs, transform
from cim.errors import SourceDataError
from cim.extras import require
from cim.vertical import HeightReference, ellipsoidal

_BLOCK_PX: Final = 1024
"""Points are looked up by blocks of this many pixels squared, so that memory stays flat."""

_METRES: Final = {
    "": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0,
    "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us-ft": 1200 / 3937,
    "us survey foot": 1200 / 3937,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terrain:
    """A terrain raster that was found fit."""

    path: Path
    crs: str
    """Horizontal CRS of the raster."""

    to_pixel: Float64
    """(2, 3) from x, y in the CRS to column, row; the corner of the first pixel is 0, 0."""

    shape: tuple[int, int]
    """Rows, columns."""

    metres: float
    """Metres of one unit of its heights."""

    reference: HeightReference
    """What its heights count from."""


def open_terrain(path: Path, reference: HeightReference) -> Terrain:
    """A terrain raster, looked into but not read.

    Args:
        path: A GeoTIFF or COG with heights in its first band.
        reference: What its heights count from.

    Raises:
        SourceDataError: The file is missing, no GeoTIFF, without CRS or georeference, or counts
            heights in an unknown unit.
        ConfigError: rasterio is not installed.
    """
    with _opened(path) as raster:
        if raster.crs is None or raster.transform.is_identity:
            raise SourceDataError("terrain states no CRS or place", where=str(path))
        if raster.transform.is_degenerate:
            raise SourceDataError("terrain pixels have no size", where=str(path))
        unit = str(raster.units[0] or "").strip().lower()
        if unit not in _METRES:
            known = ", ".join(filter(None, _METRES))
            raise SourceDataError(f"terrain heights in {unit!r}; known: {known}", where=str(path))
        inverse = ~raster.transform
        return Terrain(
            path=path,
            crs=_horizontal(raster.crs.to_wkt(), str(path)),
            to_pixel=np.array(inverse[:6]).reshape(2, 3),
            shape=(raster.height, raster.width),
            metres=_METRES[unit],
            reference=reference,
        )


def sample(terrain: Terrain, lon_lat: Float64) -> Float64:
    """(n,) ellipsoidal heights of the ground in metres; NaN outside the raster and its data.

    Args:
        terrain: As `open_terrain` gives it.
        lon_lat: (n, 2) degrees, EPSG:4490.

    Raises:
        SourceDataError: The file can no longer be read, or no published transformation leads to
            its CRS.
    """
    heights = np.full(len(lon_lat), np.nan)
    pixels = _pixels(terrain, lon_lat)
    rows, columns = terrain.shape
    with np.errstate(invalid="ignore"):
        inside = ((pixels >= 0) & (pixels <= [columns, rows])).all(axis=1)
    if not inside.any():
        return heights
    with _opened(terrain.path) as raster:
        heights[inside] = _looked_up(raster, pixels[inside]) * terrain.metres
    known = np.flatnonzero(np.isfinite(heights))
    solid = np.column_stack((lon_lat[known], heights[known]))
    heights[known] = ellipsoidal(solid, terrain.reference)
    return heights


def _opened(path: Path) -> Any:  # noqa: ANN401 - a rasterio dataset
    """The raster, by the GeoTIFF driver alone: no other format is tried, no address fetched.

    Raises:
        SourceDataError: It is missing or no GeoTIFF.
    """
    if not path.is_file():
        raise SourceDataError("no such terrain file", where=str(path))
    rasterio = require("rasterio", "raster")
    try:
        return rasterio.open(path, driver="GTiff")
    except rasterio.errors.RasterioIOError as error:
        raise SourceDataError("terrain is no readable GeoTIFF or COG", where=str(path)) from error


def _horizontal(wkt: str, where: str) -> str:
    crs: CRS = parse_crs(wkt, where)
    return crs_code(crs.sub_crs_list[0] if crs.is_compound else crs.to_2d())


def _pixels(terrain: Terrain, lon_lat: Float64) -> Float64:
    """(n, 2) column and row, with fractions, of each position."""
    points = np.asarray(shapely.points(lon_lat), object)
    xy = shapely.get_coordinates(transform(points, CITY_CRS, terrain.crs))
    with np.errstate(invalid="ignore"):
        return np.asarray(xy @ terrain.to_pixel[:, :2].T + terrain.to_pixel[:, 2])


def _looked_up(raster: Any, pixels: Float64) -> Float64:  # noqa: ANN401 - a rasterio dataset
    """(n,) values at positions inside the raster, block by block."""
    values = np.full(len(pixels), np.nan)
    blocks = (pixels // _BLOCK_PX).astype(np.int64)
    for column, row in np.unique(blocks, axis=0).tolist():
        here = (blocks == [column, row]).all(axis=1)
        values[here] = _in_block(raster, pixels[here], column * _BLOCK_PX, row * _BLOCK_PX)
    return values


def _in_block(raster: Any, pixels: Float64, column: int, row: int) -> Float64:  # noqa: ANN401 - as above
    """Values at positions inside one block, of which the window has a margin of one pixel."""
    first = np.maximum(np.floor(pixels.min(axis=0) - 0.5).astype(int), 0)
    last = np.minimum(np.ceil(pixels.max(axis=0) + 0.5).astype(int), [raster.width, raster.height])
    first = np.maximum(np.minimum(first, last - 1), [column - 1, row - 1]).clip(min=0)
    window = ((int(first[1]), int(last[1])), (int(first[0]), int(last[0])))
    band = raster.read(1, window=window, masked=True)
    data = band.astype(np.float64).filled(np.nan) * raster.scales[0] + raster.offsets[0]
    return _bilinear(data, pixels - first - 0.5)


def _bilinear(data: Float64, at: Float64) -> Float64:
    """(n,) values between pixel middles; NaN where the nearest pixel has none.

    Args:
        data: (rows, columns), NaN without data.
        at: (n, 2) column and row counted from the middle of the first pixel.
    """
    high = np.array(data.shape[::-1]) - 1
    at = np.clip(at, 0, high)
    low: Int64 = np.minimum(np.floor(at).astype(np.int64), np.maximum(high - 1, 0))
    share = at - low
    total, weights = np.zeros(len(at)), np.zeros(len(at))
    for right in (0, 1):
        for down in (0, 1):
            column, row = np.minimum(low + np.array([right, down]), high).T
            weight = np.abs(1 - right - share[:, 0]) * np.abs(1 - down - share[:, 1])
            value = data[row, column]
            known = np.isfinite(value)
            total[known] += (weight * value)[known]
            weights += weight * known
    column, row = np.rint(at).astype(np.int64).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isfinite(data[row, column]) & (weights > 0), total / weights, np.nan)
