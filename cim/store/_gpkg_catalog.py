"""A city's GeoPackage: made, with its settings and its coordinate systems."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pyproj

from cim.catalog import SourceRecord
from cim.errors import ConfigError
from cim.store import _gpkg_schema as schema
from cim.store._gpkg_connection import utc_now
from cim.store._gpkg_upgrade import upgrade


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
            [("schema_version", "1"), ("crs", crs)],
        )
        upgrade(connection, 1, utc_now())
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


def read_source(connection: sqlite3.Connection, layer: str, name: str) -> SourceRecord | None:
    """The latest load of a source into a layer."""
    row = connection.execute(
        "SELECT name, file, digest, crs, id_rule, loaded_at FROM cim_source "
        "WHERE layer = ? AND name = ?",
        (layer, name),
    ).fetchone()
    return None if row is None else SourceRecord(*row)


def _register_own_tables(connection: sqlite3.Connection) -> None:
    """Declare our tables, so that other programs know whose they are."""
    connection.executemany(
        schema.DECLARE,
        [(table, schema.DOCUMENT) for table in schema.OWN_TABLES],
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
