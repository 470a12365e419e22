"""Layer tables of a city's GeoPackage: made, widened, described."""

import sqlite3
from functools import reduce
from typing import Final, Literal

from cim.catalog import SYSTEM_FIELDS, SYSTEM_TITLES, Field, LayerDraft
from cim.errors import SourceDataError
from cim.geometry import MIXED, common_type
from cim.store import _gpkg_schema as schema
from cim.store._gpkg_catalog import register_crs
from cim.store._gpkg_connection import without_triggers
from cim.store._gpkg_schema import quote, rtree_name
from cim.store._gpkg_values import sql_type, type_of_sql

_KINDS: Final = {
    0: "POINT",
    1: "LINESTRING",
    3: "POLYGON",
    4: "MULTIPOINT",
    5: "MULTILINESTRING",
    6: "MULTIPOLYGON",
}
"""Simple-features name by shapely type id."""

_MANY: Final = 50
"""Layers from which on their triggers are written together."""

_MULTI_OF: Final = {
    "POINT": "MULTIPOINT",
    "LINESTRING": "MULTILINESTRING",
    "POLYGON": "MULTIPOLYGON",
}


def srs_of(crs: str) -> int:
    """The `srs_id` of a storage CRS."""
    return int(crs.partition(":")[2])


def fit_layer(
    connection: sqlite3.Connection, draft: LayerDraft, fields: tuple[Field, ...], where: str
) -> tuple[str, ...]:
    """Make the layer's table if it is not there, give it the stage's columns and geometry type.

    A new table has no triggers yet; `finish_layer` puts them on.

    Returns:
        Notes for the user.

    Raises:
        SourceDataError: The staged geometry does not fit the layer's.
    """
    staged = {
        _KINDS[kind] for (kind,) in connection.execute("SELECT DISTINCT kind FROM temp.stage")
    }
    declared = connection.execute(
        "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = ?", (draft.name,)
    ).fetchone()
    if declared is None:
        geometry_type = draft.geometry_type or reduce(common_type, staged, "")
        (has_z,) = connection.execute("SELECT max(has_z) FROM temp.stage").fetchone()
        create_table(connection, draft, geometry_type, has_z=bool(has_z))
    else:
        geometry_type = _widened_type(declared[0], staged, draft.name, where)
    _promote(connection, draft, geometry_type)
    _add_columns(connection, draft, fields)
    if geometry_type == MIXED and declared is None and not draft.geometry_type:
        return (f"mixed geometry types ({', '.join(sorted(staged))}) in one layer",)
    return ()


def finish_layer(connection: sqlite3.Connection, draft: LayerDraft, now: str) -> None:
    """Measure the layer, write its description and put the triggers on."""
    name = draft.name
    if not has_triggers(connection, name):
        create_triggers(connection, name)
    connection.execute(
        f"UPDATE cim_layer SET (item_count) = (SELECT count(*) FROM {quote(name)} "
        "WHERE valid_to IS NULL), (version, coded_version) = (SELECT max(seq), max(seq) "
        "FROM cim_change), "
        "(min_x, max_x, min_y, max_y) = (SELECT min(min_x), max(max_x), min(min_y), max(max_y) "
        "FROM temp.stage) WHERE name = ?",
        (name,),
    )
    _grow_bounds_of_other_sources(connection, name)
    connection.execute(
        "UPDATE gpkg_contents SET last_change = ?, (min_x, min_y, max_x, max_y, identifier, "
        "description) = (SELECT min_x, min_y, max_x, max_y, name, title_zh FROM cim_layer "
        "WHERE name = ?) WHERE table_name = ?",
        (now, name, name),
    )


def _grow_bounds_of_other_sources(connection: sqlite3.Connection, name: str) -> None:
    """Take in the rows that the staged source did not bring (R-tree boxes, rounded outward)."""
    connection.execute(
        f"UPDATE cim_layer SET (min_x, max_x, min_y, max_y) = "
        "(SELECT min(cim_layer.min_x, coalesce(min(r.minx), cim_layer.min_x)), "
        "max(cim_layer.max_x, coalesce(max(r.maxx), cim_layer.max_x)), "
        "min(cim_layer.min_y, coalesce(min(r.miny), cim_layer.min_y)), "
        "max(cim_layer.max_y, coalesce(max(r.maxy), cim_layer.max_y)) "
        f"FROM {quote(name)} t JOIN {quote(rtree_name(name))} r ON r.id = t.fid "
        "WHERE t.valid_to IS NULL AND t.fid NOT IN (SELECT fid FROM temp.present)) "
        "WHERE name = ?",
        (name,),
    )


def _widened_type(declared: str, staged: set[str], layer: str, where: str) -> str:
    """The layer's type with the staged geometry in it.

    Raises:
        SourceDataError: Points, lines and polygons would come together.
    """
    if declared == MIXED:
        return declared
    wider = reduce(common_type, staged, declared)
    if wider == MIXED:
        raise SourceDataError(
            f"holds {', '.join(sorted(staged))}, but layer {layer!r} holds {declared}; "
            "load it into a layer of its own",
            where=where,
        )
    return wider


def create_table(
    connection: sqlite3.Connection,
    draft: LayerDraft,
    geometry_type: str,
    *,
    has_z: bool = False,
    columns: str = "",
) -> None:
    """The layer's table, its R-tree and its rows in the catalogues; triggers are left off.

    Args:
        connection: Inside a write transaction.
        draft: Name, class, titles and CRS.
        geometry_type: Simple-features name.
        has_z: Whether geometries may have heights.
        columns: SQL of further columns, behind those that every layer has.
    """
    name, srs_id = draft.name, register_crs(connection, draft.crs)
    kinds = {"valid_from": "DATETIME", "valid_to": "DATETIME"}
    system = ", ".join(f"{column} {kinds.get(column, 'TEXT')}" for column in SYSTEM_FIELDS)
    connection.execute(
        f"CREATE TABLE {quote(name)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        f"geom {geometry_type}, {system}{columns and f', {columns}'})"
    )
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
        "VALUES (?, 'features', ?, ?)",
        (name, name, srs_id),
    )
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, ?, 0)",
        (name, geometry_type, srs_id, 2 if has_z else 0),
    )
    register(connection, draft)


def register(connection: sqlite3.Connection, draft: LayerDraft) -> None:
    """The R-tree of a table of features, still empty, and the table's rows in our catalogue."""
    name = draft.name
    connection.execute(
        f"CREATE VIRTUAL TABLE {quote(rtree_name(name))} USING rtree(id, minx, maxx, miny, maxy)"
    )
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', "
        "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
        (name,),
    )
    connection.execute(
        "INSERT INTO cim_layer (name, title_zh, title_en, class_code) VALUES (?, ?, ?, ?)",
        (name, draft.title_zh or name, draft.title_en or name, draft.class_code),
    )
    for column, (title_zh, title_en) in SYSTEM_TITLES.items():
        describe_field(connection, name, Field(column, "string", title_zh, title_en))


def create_index(connection: sqlite3.Connection, layer: str) -> None:
    """The index of entity ids, if it is not there."""
    connection.execute(
        f"CREATE UNIQUE INDEX IF NOT EXISTS {quote(f'cim_{layer}_entity_id')} "
        f"ON {quote(layer)} (entity_id)"
    )


def create_triggers(connection: sqlite3.Connection, *names: str) -> None:
    """Put the triggers of layers on."""
    if len(names) >= _MANY:
        _write_triggers(connection, names)
        return
    for layer in names:
        for statement in _triggers(layer).values():
            connection.execute(statement)


def _triggers(layer: str) -> dict[str, str]:
    return schema.rtree_triggers(layer) | schema.journal_triggers(layer)


def _write_triggers(connection: sqlite3.Connection, names: tuple[str, ...]) -> None:
    """Write the triggers of many layers into the schema table.

    Each CREATE looks through the whole schema: thousands of them one after the other would take
    minutes. The rows are those that CREATE TRIGGER writes; the schema is read anew behind them.
    Source: SQLite documentation, `PRAGMA writable_schema`.
    """
    connection.execute("PRAGMA writable_schema = ON")
    try:
        connection.executemany(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) "
            "VALUES ('trigger', ?, ?, 0, ?)",
            (
                (name, layer, statement)
                for layer in names
                for name, statement in _triggers(layer).items()
            ),
        )
        (version,) = connection.execute("PRAGMA schema_version").fetchone()
        connection.execute(f"PRAGMA schema_version = {version + 1}")
    finally:
        connection.execute("PRAGMA writable_schema = RESET")


def has_triggers(connection: sqlite3.Connection, layer: str) -> bool:
    """Whether the triggers of a layer are on."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = ?", (f"cim_{layer}_insert",)
    )
    return found.fetchone() is not None


def _promote(connection: sqlite3.Connection, draft: LayerDraft, geometry_type: str) -> None:
    """Make single parts of the stage and of the layer multi where the layer holds multi."""
    connection.execute(
        "UPDATE gpkg_geometry_columns SET geometry_type_name = ?, z = max(z, (SELECT "
        "2 * coalesce(max(has_z), 0) FROM temp.stage)) WHERE table_name = ?",
        (geometry_type, draft.name),
    )
    if not geometry_type.startswith("MULTI"):
        return
    single = next(kind for kind, name in _KINDS.items() if _MULTI_OF.get(name) == geometry_type)
    connection.create_function("cim_multi", 1, _to_multi, deterministic=True)
    connection.execute("UPDATE temp.stage SET geom = cim_multi(geom) WHERE kind = ?", (single,))
    with without_triggers(connection):
        connection.execute(
            f"UPDATE {quote(draft.name)} SET geom = cim_multi(geom) WHERE geom IS NOT NULL"
        )


def _to_multi(blob: bytes) -> bytes:
    """A single-part GeoPackage blob as a multi-part one of one part; others stay.

    In ISO WKB the multi type's number is the single type's plus 3, in 2D and with Z.
    """
    body = 8 + (0, 32, 48, 48, 64)[blob[3] >> 1 & 0b111]
    order: Literal["little", "big"] = "little" if blob[body] else "big"
    kind = int.from_bytes(blob[body + 1 : body + 5], order)
    if kind % 1000 not in (1, 2, 3):
        return blob
    head = (kind + 3).to_bytes(4, order) + (1).to_bytes(4, order)
    return blob[: body + 1] + head + blob[body:]


def add_field(connection: sqlite3.Connection, layer: str, field: Field) -> None:
    """Give a layer a column, if it has none of the name, and describe it."""
    have = {row[1].lower() for row in connection.execute(f"PRAGMA table_info({quote(layer)})")}
    if field.name.lower() not in have:
        connection.execute(
            f"ALTER TABLE {quote(layer)} ADD COLUMN {quote(field.name)} {sql_type(field.type)}"
        )
    describe_field(connection, layer, field)


def _add_columns(
    connection: sqlite3.Connection, draft: LayerDraft, fields: tuple[Field, ...]
) -> None:
    """Give the layer the columns it does not have yet, and describe them."""
    have = {
        row[1].lower(): type_of_sql(row[2])
        for row in connection.execute(f"PRAGMA table_info({quote(draft.name)})")
    }
    for field in fields:
        if field.name.lower() not in have:
            connection.execute(
                f"ALTER TABLE {quote(draft.name)} ADD COLUMN {quote(field.name)} "
                f"{sql_type(field.type)}"
            )
    for field in draft.fields:
        describe_field(connection, draft.name, field)
    for column in (
        "name_field",
        "height_field",
        "title_zh",
        "title_en",
        "authority",
        "steward",
        "licence",
        "source_date",
    ):
        if value := getattr(draft, column):
            connection.execute(
                f"UPDATE cim_layer SET {column} = ? WHERE name = ?", (value, draft.name)
            )


def describe_field(connection: sqlite3.Connection, layer: str, field: Field) -> None:
    """Write the titles and the unit of a column into the catalogues.

    The class of a column that is known stays: a load does not open what is closed.
    """
    connection.execute(
        "INSERT INTO cim_field (layer, name, title_zh, title_en, unit, classification) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (layer, name) DO UPDATE SET "
        "title_zh = excluded.title_zh, title_en = excluded.title_en, unit = excluded.unit "
        "WHERE (title_zh, title_en, unit) IS NOT "
        "(excluded.title_zh, excluded.title_en, excluded.unit)",
        (layer, field.name, field.title_zh, field.title_en, field.unit, field.classification),
    )
    connection.execute(
        "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, title, description) "
        "VALUES (?, ?, ?, ?)",
        (layer, field.name, field.title_zh, f"{field.title_en} {field.unit}".strip()),
    )
