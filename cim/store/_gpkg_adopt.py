"""A feature table that another program put into the file, taken into the catalogue.

Its geometries and values stay as they are. Row number and geometry get the names that every
layer has, columns whose names are taken get `source_` before them, and the columns, the index
and the triggers of every layer are added.
"""

import sqlite3
from typing import Final

import numpy as np

from cim.arrays import Int64
from cim.catalog import SYSTEM_FIELDS, LayerDraft
from cim.errors import SourceDataError
from cim.layer_rules import GEOMETRY_TYPES
from cim.store import _gpkg_journal as journal
from cim.store import _gpkg_layer as layers
from cim.store._gpkg_connection import without_triggers
from cim.store._gpkg_schema import quote, rtree_name

ORIGIN: Final = "adopt"
SOURCE: Final = "adopted"
"""Name of the source of the rows that were in the table."""

_NAMING_TABLES: Final = (
    ("gpkg_contents", "table_name"),
    ("gpkg_geometry_columns", "table_name"),
    ("gpkg_data_columns", "table_name"),
    ("gpkg_ogr_contents", "table_name"),
    ("layer_styles", "f_table_name"),
)
"""Tables of the standard, of GDAL and of QGIS that name a feature table."""


def candidates(connection: sqlite3.Connection) -> dict[str, str]:
    """Geometry type by name of the feature tables that are not in the catalogue."""
    return dict(
        connection.execute(
            "SELECT c.table_name, upper(g.geometry_type_name) FROM gpkg_contents c "
            "JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
            "WHERE c.data_type = 'features' AND c.table_name NOT IN (SELECT name FROM cim_layer) "
            "ORDER BY c.table_name"
        )
    )


def adopt(
    connection: sqlite3.Connection, table: str, name: str, class_code: str, now: str
) -> None:
    """Make a layer of a feature table; triggers are left off.

    Raises:
        SourceDataError: The table has no whole-number key, no CRS of an authority, or geometry
            that no layer holds.
    """
    geometry, crs = _shape(connection, table)
    _drop_index(connection, table)
    _rename_columns(connection, table, geometry)
    _rename_table(connection, table, name)
    kinds = {"valid_from": "DATETIME", "valid_to": "DATETIME"}
    for column in SYSTEM_FIELDS:
        connection.execute(
            f"ALTER TABLE {quote(name)} ADD COLUMN {column} {kinds.get(column, 'TEXT')}"
        )
    connection.execute(
        "UPDATE gpkg_geometry_columns SET column_name = 'geom' WHERE table_name = ?", (name,)
    )
    (title,) = connection.execute(
        "SELECT coalesce(nullif(identifier, ''), table_name) FROM gpkg_contents "
        "WHERE table_name = ?",
        (name,),
    ).fetchone()
    draft = LayerDraft(name, class_code, crs, title_zh=title, title_en=title)
    layers.register(connection, draft)
    _take_rows(connection, name, now)
    layers.create_index(connection, name)


def _shape(connection: sqlite3.Connection, table: str) -> tuple[str, str]:
    """Geometry column and CRS."""
    column, kind, organization, number = connection.execute(
        "SELECT g.column_name, upper(g.geometry_type_name), s.organization, "
        "s.organization_coordsys_id FROM gpkg_geometry_columns g "
        "JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE g.table_name = ?",
        (table,),
    ).fetchone()
    where = f"table {table}"
    if kind not in GEOMETRY_TYPES:
        legal = ", ".join(GEOMETRY_TYPES)
        raise SourceDataError(f"holds {kind}, layers hold {legal}", where=where)
    if organization.upper() != "EPSG":
        raise SourceDataError(
            f"is in {organization}:{number}, which no layer can be in; write it in a CRS of EPSG",
            where=where,
        )
    return column, f"EPSG:{number}"


def _drop_index(connection: sqlite3.Connection, table: str) -> None:
    """Take off the R-tree with its triggers, which name the table and its columns."""
    trees = [
        tree
        for (tree,) in connection.execute(
            "SELECT 'rtree_' || table_name || '_' || column_name FROM gpkg_extensions "
            "WHERE table_name = ? AND extension_name = 'gpkg_rtree_index'",
            (table,),
        )
    ]
    triggers = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
    ).fetchall()
    for (trigger,) in triggers:
        if trigger.startswith(("rtree_", "trigger_insert_", "trigger_delete_")):
            connection.execute(f"DROP TRIGGER {quote(trigger)}")
    for tree in trees:
        connection.execute(f"DROP TABLE IF EXISTS {quote(tree)}")
    connection.execute(
        "DELETE FROM gpkg_extensions WHERE table_name = ? AND extension_name = 'gpkg_rtree_index'",
        (table,),
    )


def _rename_columns(connection: sqlite3.Connection, table: str, geometry: str) -> None:
    """Give row number and geometry their names, and make room for the columns of every layer.

    Raises:
        SourceDataError: The table has no whole-number key.
    """
    columns = connection.execute(f"PRAGMA table_info({quote(table)})").fetchall()
    keys = [row[1] for row in columns if row[5] and row[2].upper() == "INTEGER"]
    if len(keys) != 1:
        raise SourceDataError("has no single INTEGER key", where=f"table {table}")
    wanted = {keys[0]: "fid", geometry: "geom"}
    for _, column, *_ in columns:
        if column not in wanted and column.lower() in {"fid", "geom", *SYSTEM_FIELDS}:
            wanted = {column: f"source_{column}", **wanted}
    for column, new in wanted.items():
        if column != new:
            connection.execute(
                f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(column)} TO {quote(new)}"
            )
            connection.execute(
                "UPDATE gpkg_data_columns SET column_name = ? "
                "WHERE table_name = ? AND column_name = ?",
                (new, table, column),
            )


def _rename_table(connection: sqlite3.Connection, table: str, name: str) -> None:
    if table == name:
        return
    connection.execute(f"ALTER TABLE {quote(table)} RENAME TO {quote(name)}")
    there = {
        found
        for (found,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    for naming, column in (*_NAMING_TABLES, ("gpkg_extensions", "table_name")):
        if naming in there:
            connection.execute(
                f"UPDATE {naming} SET {column} = ? WHERE {column} = ?", (name, table)
            )


def _take_rows(connection: sqlite3.Connection, name: str, now: str) -> None:
    """Give the rows a source, an index and their place in the journal."""
    with without_triggers(connection):
        connection.execute(
            f"UPDATE {quote(name)} SET source = ?, source_id = CAST(fid AS TEXT), valid_from = ?",
            (SOURCE, now),
        )
    connection.execute(
        f"INSERT INTO {quote(rtree_name(name))} SELECT fid, ST_MinX(geom), ST_MaxX(geom), "
        f"ST_MinY(geom), ST_MaxY(geom) FROM {quote(name)} "
        "WHERE geom NOTNULL AND NOT ST_IsEmpty(geom)"
    )
    journal.write(connection, name, "insert", _fids(connection, name), now=now, origin=ORIGIN)
    connection.execute(
        f"UPDATE cim_layer SET item_count = (SELECT count(*) FROM {quote(name)}), "
        "version = (SELECT coalesce(max(seq), 0) FROM cim_change), "
        "coded_version = (SELECT coalesce(max(seq), 0) FROM cim_change), "
        "(min_x, max_x, min_y, max_y) = (SELECT min(minx), max(maxx), min(miny), max(maxy) "
        f"FROM {quote(rtree_name(name))}) WHERE name = ?",
        (name,),
    )


def _fids(connection: sqlite3.Connection, name: str) -> Int64:
    rows = connection.execute(f"SELECT fid FROM {quote(name)} ORDER BY fid")
    return np.array([row[0] for row in rows], dtype=np.int64)
