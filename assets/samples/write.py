"""Source files in the formats in which bureaus hand them in.

The same city gives the same bytes: dates inside the files are fixed.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from assets.samples.frame import LON_LAT_CRS, PLANE_CRS, to_lon_lat, to_plane
from assets.samples.tables import Column, Table

DAY: Final = "2024-06-01"
"""The date all files bear."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format and how it is used."""

    suffix: str
    driver: str
    crs: str = LON_LAT_CRS
    encoding: str = "UTF-8"
    options: tuple[tuple[str, str], ...] = ()


GPKG: Final = Format("gpkg", "GPKG")
GPKG_PLANE: Final = Format("gpkg", "GPKG", PLANE_CRS)
GEOJSON: Final = Format(
    "geojson", "GeoJSON", options=(("COORDINATE_PRECISION", "9"), ("WRITE_NAME", "YES"))
)
SHAPE_GBK: Final = Format(
    "shp", "ESRI Shapefile", PLANE_CRS, "GBK", (("DBF_DATE_LAST_UPDATE", DAY),)
)
CSV: Final = Format("csv", "CSV")


@contextmanager
def fixed_date() -> Iterator[None]:
    """GDAL writes `DAY` instead of the present time."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{DAY}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _array(column: Column) -> NDArray[np.generic]:
    first = column.values[0]
    if isinstance(first, str):
        return np.array(column.values, dtype=object)
    return np.array(column.values, dtype=np.int32 if isinstance(first, int) else np.float64)


def in_crs(geometry: tuple[BaseGeometry, ...], crs: str) -> list[BaseGeometry]:
    """Plan geometries in one of the two CRSs the files use."""
    return to_plane(list(geometry)) if crs == PLANE_CRS else to_lon_lat(list(geometry))


def _kind_of(shapes: list[BaseGeometry]) -> str:
    """The geometry type that holds all shapes."""
    kinds = {shape.geom_type for shape in shapes}
    return kinds.pop() if len(kinds) == 1 else "MultiPolygon"


def _as_kind(shapes: list[BaseGeometry], kind: str) -> list[BaseGeometry]:
    if kind != "MultiPolygon":
        return shapes
    return [
        shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
        for shape in shapes
    ]


def geometry_type(table: Table) -> str:
    """The geometry type of a table's file, as in simple features."""
    return _kind_of(list(table.geometry))


def write_table(table: Table, form: Format, out: Path) -> Path:
    """A table as a file that GDAL writes."""
    path = out / f"{table.name}.{form.suffix}"
    shapes = in_crs(table.geometry, form.crs)
    kind = _kind_of(shapes)
    with fixed_date():
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(np.array(_as_kind(shapes, kind), dtype=object)),
            field_data=[_array(column) for column in table.columns],
            fields=[column.name for column in table.columns],
            layer=table.name,
            driver=form.driver,
            geometry_type=kind,
            crs=form.crs,
            encoding=form.encoding,
            **dict(form.options),
        )
    return path


def write_csv(table: Table, out: Path) -> Path:
    """A table of points as text, with the columns `lon` and `lat` at its end."""
    path = out / f"{table.name}.csv"
    lon_lat = shapely.get_coordinates(to_lon_lat(list(table.geometry)))
    header = [*(column.name for column in table.columns), "lon", "lat"]
    values = zip(*(column.values for column in table.columns), strict=True)
    rows = ([*row, f"{x:.8f}", f"{y:.8f}"] for row, (x, y) in zip(values, lon_lat, strict=True))
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return path
