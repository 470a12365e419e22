"""The catalogue tables of a city's GeoPackage: made, read and kept."""

import functools
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pyproj

from cim.catalog import Bounds, Field, Layer, SourceRecord
from cim.errors import ConfigError
from cim.store import _gpkg_schema as schema
from cim.store._gpkg_values import type_of_sql

_DOCUMENT: Final = "docs/reference/store.md of cim-server"
_SAME_AS_LON_LAT: Final = ("EPSG:4490", "EPSG:4326", "OGC:CRS84")
_LAYERS: Final = """
SELECT l.name, l.title_zh, l.title_en, l.class_code, g.geometry_type_name AS geometry_type,
  s.organization || ':' || s.organization_coordsys_id AS crs, l.item_count, l.name_field,
  l.height_field, l.classification, l.authority, l.steward, l.licence, l.source_date, l.version,
  l.min_x, l.min_y, l.max_x, l.max_y
FROM cim_layer l
JOIN gpkg_geometry_columns g ON g.table_name = l.name
JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
ORDER BY l.id
"""
_FIELDS: Final = """
SELECT l.name, p.name, p.type, coalesce(f.title_zh, ''), coalesce(f.title_en, ''),
  coalesce(f.unit, '')
FROM cim_layer l, pragma_table_info(l.name) p
LEFT JOIN cim_field f ON f.layer = l.name AND f.name = p.name
WHERE p.name NOT IN ('fid', 'geom')
ORDER BY l.id, p.cid
"""


def create(path: Path, crs: str) -> None:
    """Write an empty store whose layers will be in `crs`."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.USER_VERSION}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in (schema.CORE + schema.OWN).split(";"):
            connection.execute(statement)
        for number in (-1, 0):
            name = "Undefined Cartesian SRS" if number < 0 else "Undefined geographic SRS"
            connection.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'NONE', ?, 'undefined', NULL)",
                (name, number, number),
            )
        for code in ("EPSG:4326", "EPSG:4490", crs):
            register_crs(connection, code)
        _register_own_tables(connection)
        connection.executemany(
            "INSERT INTO cim_setting VALUES (?, ?)",
            [("schema_version", str(schema.SCHEMA_VERSION)), ("crs", crs)],
        )
        connection.execute("COMMIT")


def register_crs(connection: sqlite3.Connection, code: str) -> int:
    """Put a CRS into the file if it is not there; its `srs_id`.

    Raises:
        ConfigError: The code is not `AUTHORITY:NUMBER`.
    """
    organization, _, number = code.partition(":")
    if not number.isdigit():
        raise ConfigError(
            f"CRS {code!r} cannot be a storage CRS; legal: EPSG:n, such as EPSG:4490"
        )
    found = connection.execute(
        "SELECT srs_id FROM gpkg_spatial_ref_sys "
        "WHERE upper(organization) = ? AND organization_coordsys_id = ?",
        (organization.upper(), int(number)),
    ).fetchone()
    if found is None:
        crs = pyproj.CRS.from_authority(organization, number)
        connection.execute(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
            (crs.name, int(number), organization, int(number), crs.to_wkt("WKT1_GDAL")),
        )
    return int(number)


def read_setting(connection: sqlite3.Connection, name: str) -> str:
    """A value of `cim_setting`."""
    (value,) = connection.execute(
        "SELECT value FROM cim_setting WHERE name = ?", (name,)
    ).fetchone()
    return str(value)


def read_layers(connection: sqlite3.Connection) -> dict[str, Layer]:
    """All layers by name, in the order they were made."""
    fields: dict[str, list[Field]] = {}
    for layer, name, declared, title_zh, title_en, unit in connection.execute(_FIELDS):
        field = Field(name, type_of_sql(declared), title_zh, title_en, unit)
        fields.setdefault(layer, []).append(field)
    cursor = connection.execute(_LAYERS)
    columns = [column[0] for column in cursor.description]
    rows = (dict(zip(columns, row, strict=True)) for row in cursor)
    return {row["name"]: _layer(row, fields[row["name"]]) for row in rows}


def read_source(connection: sqlite3.Connection, layer: str, name: str) -> SourceRecord | None:
    """The latest load of a source into a layer."""
    row = connection.execute(
        "SELECT name, file, digest, crs, id_rule, loaded_at FROM cim_source "
        "WHERE layer = ? AND name = ?",
        (layer, name),
    ).fetchone()
    return None if row is None else SourceRecord(*row)


def _layer(row: dict[str, Any], fields: list[Field]) -> Layer:
    """A row of `_LAYERS` as a value."""
    corners = [row.pop(side) for side in ("min_x", "min_y", "max_x", "max_y")]
    bounds = None if corners[0] is None else _lon_lat_bounds(corners, row["crs"])
    return Layer(**row, fields=tuple(fields), bounds=bounds)


def _lon_lat_bounds(corners: list[float], crs: str) -> Bounds:
    west, south, east, north = corners
    if crs in _SAME_AS_LON_LAT:
        return (west, south, east, north)
    return _to_lon_lat(crs).transform_bounds(west, south, east, north)


@functools.lru_cache
def _to_lon_lat(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)


def _register_own_tables(connection: sqlite3.Connection) -> None:
    """Declare our tables, so that other programs know whose they are."""
    connection.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'cim_catalog', ?, 'write-only')",
        [(table, _DOCUMENT) for table in schema.OWN_TABLES],
    )
    connection.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', "
        "'http://www.geopackage.org/spec/#extension_schema', 'read-write')",
        [("gpkg_data_columns",), ("gpkg_data_column_constraints",)],
    )
    connection.executemany(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
        "VALUES (?, 'attributes', ?)",
        [(table, table) for table in schema.LISTED_TABLES],
    )
