"""From the tables of an older version to those of this one, in one transaction.

A new store is made by the same statements, so that old and new stores are alike.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from cim.catalog import DESCRIPTIVE, Origin
from cim.store import _gpkg_entries as entries
from cim.store import _gpkg_schema as schema
from cim.store._gpkg_schema import quote

_BUMP: Final = (
    "UPDATE cim_setting SET value = CAST(value AS INTEGER) + 1 WHERE name = 'catalogue_revision';"
)
_MARK: Final = (
    "UPDATE cim_layer SET revision = (SELECT CAST(value AS INTEGER) FROM cim_setting "
    "WHERE name = 'catalogue_revision') WHERE {};"
)
_NEW_COLUMNS: Final = (
    *("description_zh", "description_en", "attribution", "theme", "update_cycle"),
    *("retired_at", "retire_reason"),
)
_CATALOGUE: Final = """
ALTER TABLE cim_layer ADD COLUMN keywords TEXT NOT NULL DEFAULT '[]';
ALTER TABLE cim_layer ADD COLUMN workspaces TEXT NOT NULL DEFAULT '[]';
ALTER TABLE cim_layer ADD COLUMN status TEXT NOT NULL DEFAULT 'published';
ALTER TABLE cim_layer ADD COLUMN quality TEXT;
ALTER TABLE cim_layer ADD COLUMN entry_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cim_layer ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cim_field ADD COLUMN classification TEXT NOT NULL DEFAULT 'public';
CREATE INDEX cim_layer_version ON cim_layer (version);
CREATE INDEX cim_layer_revision ON cim_layer (revision);
CREATE TABLE cim_layer_entry (
  id INTEGER PRIMARY KEY,
  layer TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed_at DATETIME NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  entry TEXT NOT NULL,
  UNIQUE (layer, version)
);
CREATE TABLE cim_load (
  id INTEGER PRIMARY KEY,
  layer TEXT NOT NULL,
  source TEXT NOT NULL,
  file TEXT NOT NULL,
  digest TEXT NOT NULL,
  crs TEXT NOT NULL,
  id_rule TEXT NOT NULL,
  loaded_at DATETIME NOT NULL,
  inserted INTEGER, updated INTEGER, unchanged INTEGER, retired INTEGER, restored INTEGER
);
CREATE INDEX cim_load_layer ON cim_load (layer, id);
CREATE TABLE cim_workspace (
  name TEXT PRIMARY KEY,
  title_zh TEXT NOT NULL,
  title_en TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO cim_setting VALUES ('catalogue_revision', '1');
INSERT INTO cim_load (layer, source, file, digest, crs, id_rule, loaded_at)
  SELECT layer, name, file, digest, crs, id_rule, loaded_at FROM cim_source ORDER BY loaded_at, id;
"""
_TABLES: Final = ("cim_layer_entry", "cim_load", "cim_workspace")


def upgrade(connection: sqlite3.Connection, version: int, now: str) -> None:
    """Bring the tables from a version to this one's.

    Args:
        connection: Inside a write transaction.
        version: The version of the tables.
        now: The time, as GeoPackage writes it.
    """
    for step in _STEPS[version - 1 :]:
        step(connection, now)
    connection.execute(
        "INSERT OR REPLACE INTO cim_setting VALUES ('schema_version', ?)",
        (str(schema.SCHEMA_VERSION),),
    )


def _to_2(connection: sqlite3.Connection, now: str) -> None:
    """The registry of layers: what entries say, their versions, loads, workspaces."""
    for column in _NEW_COLUMNS:
        connection.execute(f"ALTER TABLE cim_layer ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    for statement in _CATALOGUE.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    for statement in (schema.EDIT_VIEW, schema.EDIT_TRIGGER, *_watching_triggers()):
        connection.execute(statement)
    connection.executemany(schema.DECLARE, [(table, schema.DOCUMENT) for table in _TABLES])
    for (layer,) in connection.execute("SELECT name FROM cim_layer ORDER BY id").fetchall():
        for name, statement in schema.journal_triggers(layer).items():
            connection.execute(f"DROP TRIGGER IF EXISTS {quote(name)}")
            connection.execute(statement)
        entries.record(connection, layer, now, Origin(why="schema version 2"))


_STEPS: Final[tuple[Callable[[sqlite3.Connection, str], None], ...]] = (_to_2,)
"""The step from version 1, that from version 2, and so on."""


def _watching_triggers() -> tuple[str, ...]:
    """What counts the changes of the catalogue, whichever program makes them."""
    differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in DESCRIPTIVE)
    described = ", ".join(DESCRIPTIVE)
    one, of_field = _MARK.format("id = NEW.id"), _MARK.format("name = {}.layer")
    triggers = {
        "layer_added": f"AFTER INSERT ON cim_layer BEGIN {_BUMP} {one} END",
        "layer_changed": f"AFTER UPDATE OF {described}, quality ON cim_layer "
        f"WHEN {differs} OR OLD.quality IS NOT NEW.quality BEGIN {_BUMP} {one} END",
        "layer_removed": f"AFTER DELETE ON cim_layer BEGIN {_BUMP} END",
        "field_added": f"AFTER INSERT ON cim_field BEGIN {_BUMP} {of_field.format('NEW')} END",
        "field_changed": f"AFTER UPDATE ON cim_field BEGIN {_BUMP} {of_field.format('NEW')} END",
        "field_removed": f"AFTER DELETE ON cim_field BEGIN {_BUMP} {of_field.format('OLD')} END",
        "workspace_added": f"AFTER INSERT ON cim_workspace BEGIN {_BUMP} END",
        "workspace_changed": f"AFTER UPDATE ON cim_workspace BEGIN {_BUMP} END",
        "workspace_removed": f"AFTER DELETE ON cim_workspace BEGIN {_BUMP} END",
    }
    return tuple(f"CREATE TRIGGER cim_catalogue_{name} {body}" for name, body in triggers.items())
