"""Columns of tables as texts, numbers, days and positions, with what is wrong in them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.arrays import Bool, Float64, Objects, require_shape
from cim.coordsys import convert
from cim.crs import CITY_CRS, settle
from cim.features import FeatureBatch, Reject

_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_DAY = (
    r"^(?P<y>\d{4})(?:[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?|(?P<mm>\d\d)(?P<dd>\d\d))"
    r"(?:[ T].*)?$"
)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Points:
    """Positions of rows."""

    lon_lat: Float64
    """(n, 2) degrees CGCS2000, NaN where there is none."""

    faults: tuple[Reject, ...]
    """Rows (their numbers from 0 as records) whose position cannot be used."""

    notes: tuple[str, ...] = ()


def texts_of(column: pa.Array) -> pa.Array:
    """A column as trimmed texts; what is blank is None, 28.0 is 28."""
    if pa.types.is_floating(column.type):
        whole = pc.all(pc.equal(pc.floor(column), column)).as_py()
        column = column.cast(pa.int64()) if whole else column
    if pa.types.is_timestamp(column.type):
        column = pc.strftime(column, format="%Y-%m-%d")
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def numbers_of(column: pa.Array, name: str) -> tuple[Float64, tuple[Reject, ...]]:
    """Numbers of a column, NaN where it is empty, and the rows that hold something else."""
    texts = texts_of(column) if pa.types.is_string(column.type) else column
    legal = texts
    if pa.types.is_string(texts.type):
        fits = pc.match_substring_regex(texts, _NUMBER)
        legal = pc.if_else(fits, texts, pa.scalar(None, pa.string()))
    values = np.asarray(legal.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    wrong = ~np.isfinite(values) & ~_none(texts)
    faults = _faults(wrong, name, texts, "is no number")
    return np.where(np.isfinite(values), values, np.nan), faults


def days_of(column: pa.Array, name: str) -> tuple[pa.Array, tuple[Reject, ...]]:
    """Days of a column as ISO 8601 texts, None where it is empty, and the rows without one.

    2026-03-01, 2026/3/1, 20260301 and 2026年3月1日 are legal, with or without a time of day.
    """
    texts = texts_of(column)
    parts = pc.extract_regex(texts, _DAY)
    year, *found = (pc.struct_field(parts, place) for place in range(5))
    pairs = (pc.binary_join_element_wise(found[i], found[i + 2], "") for i in (0, 1))
    joined = pc.binary_join_element_wise(year, *(pc.utf8_lpad(p, 2, "0") for p in pairs), "-")
    parsed = pc.strptime(joined, format="%Y-%m-%d", unit="s", error_is_null=True)
    written = pc.strftime(parsed, format="%Y-%m-%d")
    same = pc.fill_null(pc.equal(written, joined), fill_value=False)
    iso = pc.if_else(same, joined, pa.scalar(None, pa.string()))
    wrong = _none(iso) & ~_none(texts)
    return iso, _faults(wrong, name, texts, "is no day; legal: 2026-03-01 and the like")


def points_of(
    columns: tuple[pa.Array, pa.Array],
    names: tuple[str, str],
    *,
    crs: str,
    coordsys: str,
    where: str,
) -> Points:
    """Positions from two columns.

    Args:
        columns: Eastings or longitudes, and northings or latitudes.
        names: Of the columns.
        crs: Of the coordinates; empty with `coordsys`.
        coordsys: One of `cim.coordsys.SYSTEMS`, or empty.
        where: Names the source in messages.

    Raises:
        SourceDataError: The CRS is unknown, or the axes of most rows look swapped.
    """
    (x, wrong_x), (y, wrong_y) = (
        numbers_of(column, name) for column, name in zip(columns, names, strict=True)
    )
    half = np.isnan(x) != np.isnan(y)
    for one in (*wrong_x, *wrong_y):
        half[one.record] = False
    lonely = tuple(
        Reject(int(row), names[int(np.isnan(y[row]))], "", "is empty, the other coordinate is not")
        for row in np.flatnonzero(half)
    )
    xy = np.column_stack((x, y))
    nowhere = (xy == 0).all(axis=1)
    lost = tuple(
        Reject(int(row), names[0], "0", "0, 0 is no position; leave both empty")
        for row in np.flatnonzero(nowhere)
    )
    xy[np.isnan(xy).any(axis=1) | nowhere] = np.nan
    placed = _placed(xy, names, crs=crs, coordsys=coordsys, where=where)
    return Points(
        placed.lon_lat, (*wrong_x, *wrong_y, *lonely, *lost, *placed.faults), placed.notes
    )


def points_in(geometry: Objects, crs: str, where: str) -> Points:
    """A position of each geometry: of a point itself, of others a point inside.

    Raises:
        SourceDataError: As `points_of`.
    """
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    there = np.where(empty, np.full(len(geometry), None, object), geometry)
    inside = shapely.point_on_surface(there)
    xy = np.column_stack((shapely.get_x(inside), shapely.get_y(inside)))
    return _placed(xy, ("geometry", "geometry"), crs=crs, coordsys="", where=where)


def _placed(xy: Float64, names: tuple[str, str], *, crs: str, coordsys: str, where: str) -> Points:
    """Positions in the city's CRS; NaN stays."""
    rows = np.flatnonzero(~np.isnan(xy).any(axis=1))
    lon_lat = np.full(xy.shape, np.nan)
    if coordsys:
        legal = (np.abs(xy[rows]) <= (180.0, 90.0)).all(axis=1)
        good = rows[legal]
        lon_lat[good] = convert(xy[good], coordsys, "cgcs2000")
        far = tuple(_far(int(row), names, xy[row], f"{coordsys} degrees") for row in rows[~legal])
        return Points(lon_lat, far)
    batch = FeatureBatch(
        crs=crs,
        geometry=np.asarray(shapely.points(xy[rows]), object),
        attributes=pa.table({"row": rows}),
        source_ids=(None,) * len(rows),
        records=rows,
    )
    settled = settle(batch, CITY_CRS, where=where)
    lon_lat[settled.batch.records] = shapely.get_coordinates(settled.batch.geometry)
    return Points(lon_lat, settled.rejects, settled.notes)


def _far(row: int, names: tuple[str, str], place: Float64, legal: str) -> Reject:
    x, y = place.tolist()
    return Reject(row, names[0], f"{x:.10g} {y:.10g}", f"lies off the globe; legal: {legal}")


def _none(column: pa.Array) -> Bool:
    """(n,) where a column has no value."""
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False), np.bool_)


def _faults(wrong: Bool, name: str, values: pa.Array, reason: str) -> tuple[Reject, ...]:
    """A reject for each row at fault, its number as record."""
    require_shape("wrong", wrong, len(values))
    return tuple(
        Reject(row, name, str(values[row].as_py())[:_SHOWN], reason)
        for row in np.flatnonzero(wrong).tolist()
    )
