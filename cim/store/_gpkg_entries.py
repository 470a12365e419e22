"""Entries of the catalogue: read, and kept version after version."""

import functools
import sqlite3
from typing import Any, Final

import orjson
import pyproj

from cim.catalog import (
    Bounds,
    EntryVersion,
    Field,
    Layer,
    LayerQuality,
    LayerWorkspace,
    LoadRecord,
    Origin,
    describe,
)
from cim.store._gpkg_values import type_of_sql

_SAME_AS_LON_LAT: Final = ("EPSG:4490", "EPSG:4326", "OGC:CRS84")
_TEXTS: Final = (
    *("name", "title_zh", "title_en", "description_zh", "description_en", "class_code"),
    *("name_field", "height_field", "classification", "theme", "authority", "steward"),
    *("licence", "attribution", "source_date", "update_cycle", "status", "retired_at"),
    *("retire_reason", "entry_version"),
)
_LISTS: Final = ("keywords", "workspaces")
COUNTS: Final = (
    "l.item_count, l.version, coalesce(c.changed_at, '') AS updated, "
    "l.min_x, l.min_y, l.max_x, l.max_y"
)
"""What changes with the features; read it with `cim_change c` joined on the version."""

_LAYERS: Final = f"""
SELECT {", ".join(f"l.{column}" for column in (*_TEXTS, *_LISTS, "quality"))}, {COUNTS},
  g.geometry_type_name AS geometry_type, g.z > 0 AS has_z,
  s.organization || ':' || s.organization_coordsys_id AS crs
FROM cim_layer l
JOIN gpkg_geometry_columns g ON g.table_name = l.name
JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
LEFT JOIN cim_change c ON c.seq = l.version
"""
_FIELDS: Final = """
SELECT l.name, p.name, p.type, coalesce(f.title_zh, ''), coalesce(f.title_en, ''),
  coalesce(f.unit, ''), coalesce(f.classification, 'public')
FROM cim_layer l, pragma_table_info(l.name) p
LEFT JOIN cim_field f ON f.layer = l.name AND f.name = p.name
WHERE p.name NOT IN ('fid', 'geom') AND {} ORDER BY l.id, p.cid
"""
_AMONG: Final = "l.name IN (SELECT value FROM json_each(?))"


def read_layers(
    connection: sqlite3.Connection, names: list[str] | None = None
) -> dict[str, Layer]:
    """Layers by name, in the order they were made: all, or just some."""
    condition = "1" if names is None else _AMONG
    values = () if names is None else (orjson.dumps(names).decode(),)
    fields: dict[str, list[Field]] = {}
    for layer, name, declared, *said in connection.execute(_FIELDS.format(condition), values):
        fields.setdefault(layer, []).append(_field(name, declared, *said))
    cursor = connection.execute(f"{_LAYERS} WHERE {condition} ORDER BY l.id", values)
    columns = [column[0] for column in cursor.description]
    rows = (dict(zip(columns, row, strict=True)) for row in cursor)
    return {row["name"]: _layer(row, tuple(fields.get(row["name"], ()))) for row in rows}


def counts_of(row: tuple[Any, ...], crs: str) -> dict[str, Any]:
    """The columns of `COUNTS` as members of a layer."""
    item_count, version, updated, *corners = row
    return {
        "item_count": item_count,
        "version": version,
        "updated": updated,
        "bounds": None if corners[0] is None else _lon_lat_bounds(corners, crs),
    }


def record(connection: sqlite3.Connection, name: str, now: str, origin: Origin) -> int:
    """Keep what the entry of a layer says now, if that is new; its version.

    Call it at the end of whatever may have changed the entry, in the same transaction.
    """
    entry = orjson.dumps(describe(read_layers(connection, [name])[name])).decode()
    last = connection.execute(
        "SELECT version, entry FROM cim_layer_entry WHERE layer = ? ORDER BY version DESC LIMIT 1",
        (name,),
    ).fetchone() or (0, "")
    if last[1] == entry:
        return int(last[0])
    version = int(last[0]) + 1
    connection.execute(
        "INSERT INTO cim_layer_entry (layer, version, changed_at, who, why, entry) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (name, version, now, origin.who, origin.why, entry),
    )
    connection.execute("UPDATE cim_layer SET entry_version = ? WHERE name = ?", (version, name))
    return version


def versions(connection: sqlite3.Connection, name: str) -> tuple[EntryVersion, ...]:
    """All versions of an entry, the newest first."""
    rows = connection.execute(
        "SELECT layer, version, changed_at, who, why, entry FROM cim_layer_entry "
        "WHERE layer = ? ORDER BY version DESC",
        (name,),
    )
    return tuple(
        EntryVersion(layer, version, changed_at, who, why, orjson.loads(entry))
        for layer, version, changed_at, who, why, entry in rows
    )


def loads(connection: sqlite3.Connection, name: str) -> tuple[LoadRecord, ...]:
    """All loads into a layer, the newest first."""
    rows = connection.execute(
        "SELECT source, file, digest, crs, id_rule, loaded_at, inserted, updated, unchanged, "
        "retired, restored FROM cim_load WHERE layer = ? ORDER BY id DESC",
        (name,),
    )
    return tuple(LoadRecord(*row) for row in rows)


def workspaces(connection: sqlite3.Connection) -> dict[str, LayerWorkspace]:
    """The workspaces by name."""
    rows = connection.execute("SELECT name, title_zh, title_en FROM cim_workspace ORDER BY name")
    return {row[0]: LayerWorkspace(*row) for row in rows}


def quality_text(quality: LayerQuality) -> str:
    """As it is kept."""
    return orjson.dumps(quality).decode()


@functools.lru_cache(maxsize=4096)
def _field(
    name: str, declared: str, title_zh: str, title_en: str, unit: str, classification: str
) -> Field:
    """One value for all layers that have the same column."""
    return Field(name, type_of_sql(declared), title_zh, title_en, unit, classification)


def _layer(row: dict[str, Any], fields: tuple[Field, ...]) -> Layer:
    """A row of `_LAYERS` as a value."""
    members = {name: row[name] for name in (*_TEXTS, "geometry_type", "crs")}
    members |= {name: tuple(orjson.loads(row[name])) for name in _LISTS}
    counts = ("item_count", "version", "updated", "min_x", "min_y", "max_x", "max_y")
    members |= counts_of(tuple(row[name] for name in counts), row["crs"])
    members["has_z"] = bool(row["has_z"])
    return Layer(**members, fields=fields, quality=_quality(row["quality"]))


def _quality(text: str | None) -> LayerQuality | None:
    if text is None:
        return None
    said = orjson.loads(text)
    return LayerQuality(**(said | {"examples": tuple(said["examples"])}))


def _lon_lat_bounds(corners: list[float], crs: str) -> Bounds:
    west, south, east, north = corners
    if crs in _SAME_AS_LON_LAT:
        return (west, south, east, north)
    return _to_lon_lat(crs).transform_bounds(west, south, east, north)


@functools.lru_cache
def _to_lon_lat(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
