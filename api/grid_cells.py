"""Sets of cells at the edge: geometries asked about, and cells as GeoJSON and tables."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from cim.aggregation import CellTable, named
from cim.arrays import Uint64
from cim.catalog import Bounds
from cim.errors import InputError
from cim.grids.base import Grid

_BATCH = 1 << 14


def parse_bounds(text: str) -> Bounds:
    """A box from `west,south,east,north`; west may be above east across the antimeridian.

    Raises:
        InputError: It is not four numbers of degrees in this order.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"bbox {text!r}: want west,south,east,north in degrees") from error
    return check_bounds((west, south, east, north))


def check_bounds(bounds: Bounds) -> Bounds:
    """The box, if it is one.

    Raises:
        InputError: It is not on the globe, or south is above north.
    """
    west, south, east, north = bounds
    on_globe = all(-180 <= lon <= 180 for lon in (west, east)) and -90 <= south <= north <= 90  # noqa: PLR2004 - degrees
    if not on_globe:
        swapped = max(abs(west), abs(east)) <= 90 < max(abs(south), abs(north)) <= 180  # noqa: PLR2004 - degrees
        hint = "; longitude and latitude look swapped" if swapped else ""
        raise InputError(
            f"bbox {west},{south},{east},{north}: want west,south,east,north with longitudes from "
            f"-180 to 180 and latitudes from -90 to 90, south first{hint}"
        )
    return bounds


def box_of(bounds: Bounds) -> BaseGeometry:
    """A box as a polygon; it runs past 180 where it crosses the antimeridian."""
    west, south, east, north = bounds
    if west == east or south == north:
        return (
            shapely.linestrings([(west, south), (east, north)])
            if bounds[:2] != bounds[2:]
            else (shapely.Point(west, south))
        )
    return shapely.box(west, south, east + 360 * (east < west), north)


def parse_wkt(text: str) -> BaseGeometry:
    """A geometry from WKT.

    Raises:
        InputError: It is none.
    """
    try:
        return shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise InputError(f"wkt {text[:60]!r}: {error}") from error


def parse_geojson(document: object) -> BaseGeometry:
    """A geometry from a GeoJSON geometry, feature or feature collection, taken together.

    Raises:
        InputError: It is none of these.
    """
    shapes = [_geometry(part) for part in _geometries(document)]
    if not shapes:
        raise InputError("geometry: the feature collection is empty")
    return shapes[0] if len(shapes) == 1 else shapely.geometrycollections(shapes)


def _geometries(document: object) -> Iterator[object]:
    """The geometries of a document."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection" and isinstance(document, dict):
        for feature in document.get("features", ()):
            yield from _geometries(feature)
    elif kind == "Feature" and isinstance(document, dict):
        yield document.get("geometry")
    else:
        yield document


def _geometry(document: object) -> BaseGeometry:
    """One geometry."""
    try:
        return shapely.from_geojson(orjson.dumps(document))
    except (shapely.errors.ShapelyError, orjson.JSONEncodeError) as error:
        shown = orjson.dumps(document).decode()[:60]
        raise InputError(f"geometry {shown}: no GeoJSON geometry ({error})") from error


def read_geometry(path: Path) -> BaseGeometry:
    """The geometry of a GeoJSON file.

    Raises:
        InputError: The file cannot be read or is none.
    """
    try:
        return parse_geojson(orjson.loads(path.read_bytes()))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path}: no JSON: {error}") from error


def collection(
    grid: Grid, codes: Uint64, properties: Mapping[str, Sequence[Any]] | None = None
) -> Iterator[bytes]:
    """Cells as a GeoJSON feature collection, in pieces.

    Args:
        grid: The grid system.
        codes: (n,) the cells.
        properties: (n,) more values of each cell, by name; NaN stands for none.
    """
    yield b'{"type":"FeatureCollection","features":['
    for start in range(0, len(codes), _BATCH):
        piece = codes[start : start + _BATCH]
        more = {
            name: column[start : start + _BATCH] for name, column in (properties or {}).items()
        }
        yield b"," * bool(start) + b",".join(_features(grid, piece, more))
    yield b"]}"


def _features(
    grid: Grid, codes: Uint64, properties: Mapping[str, Sequence[Any]]
) -> Iterator[bytes]:
    """Cells as GeoJSON features."""
    texts, levels = grid.to_text(codes).tolist(), grid.level_of(codes).tolist()
    shapes = shapely.to_geojson(grid.polygons(codes))
    for row, (text, level, shape) in enumerate(zip(texts, levels, shapes, strict=True)):
        values = {"code": text, "level": level}
        values |= {name: plain(column[row]) for name, column in properties.items()}
        head = orjson.dumps({"type": "Feature", "id": text, "properties": values})
        yield head[:-1] + b',"geometry":' + shape.encode() + b"}"


def plain(value: Any) -> Any:  # noqa: ANN401 - any number
    """A number of Python's own; None for NaN."""
    number = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(number, float) and math.isnan(number) else number


def statistics(table: CellTable, field: str | None) -> dict[str, list[Any]]:
    """Columns of an aggregation beside code and level."""
    columns = {"count": table.count.tolist()}
    for name, values in named(table, field):
        columns[name] = [plain(value) for value in values.tolist()]
    return columns


def statistics_csv(grid: Grid, table: CellTable, field: str | None) -> bytes:
    """An aggregation as CSV."""
    columns = {"code": grid.to_text(table.codes).tolist()} | statistics(table, field)
    rows = zip(*columns.values(), strict=True)
    lines = (",".join("" if value is None else str(value) for value in row) for row in rows)
    return ("\n".join([",".join(columns), *lines]) + "\n").encode()
