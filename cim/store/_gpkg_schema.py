"""The tables of a city's GeoPackage, as SQL.

Source: OGC 12-128r18 (GeoPackage 1.3): clause 1.1.3 (core tables), annex F.3 (R-tree index),
annex F.9 (schema), annex F.5 (gpkg_crs_wkt is not used; definitions are WKT 1).
Tables of our own begin with `cim_` and are declared in `gpkg_extensions`.
"""

from typing import Final

APPLICATION_ID: Final = 0x47504B47
"""`GPKG` in ASCII."""

USER_VERSION: Final = 10300
SCHEMA_VERSION: Final = 2
"""Version of our own tables, kept in `cim_setting`."""

GUARD: Final = "cim_guard_"
"""Begin of the names of triggers that keep the rules of a layer; no load takes them off."""

CORE: Final = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  description TEXT
);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY,
  data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL,
  m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT,
  column_name TEXT,
  extension_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  name TEXT,
  title TEXT,
  description TEXT,
  mime_type TEXT,
  constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL,
  constraint_type TEXT NOT NULL,
  value TEXT,
  min NUMERIC,
  min_is_inclusive BOOLEAN,
  max NUMERIC,
  max_is_inclusive BOOLEAN,
  description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
"""

OWN: Final = """
CREATE TABLE cim_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cim_layer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  title_zh TEXT NOT NULL,
  title_en TEXT NOT NULL,
  class_code TEXT NOT NULL,
  name_field TEXT,
  height_field TEXT,
  classification TEXT NOT NULL DEFAULT 'public',
  authority TEXT NOT NULL DEFAULT '',
  steward TEXT NOT NULL DEFAULT '',
  licence TEXT NOT NULL DEFAULT '',
  source_date TEXT NOT NULL DEFAULT '',
  item_count INTEGER NOT NULL DEFAULT 0,
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  version INTEGER NOT NULL DEFAULT 0,
  coded_version INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE cim_field (
  id INTEGER PRIMARY KEY,
  layer TEXT NOT NULL,
  name TEXT NOT NULL,
  title_zh TEXT NOT NULL DEFAULT '',
  title_en TEXT NOT NULL DEFAULT '',
  unit TEXT NOT NULL DEFAULT '',
  UNIQUE (layer, name)
);
CREATE TABLE cim_source (
  id INTEGER PRIMARY KEY,
  layer TEXT NOT NULL,
  name TEXT NOT NULL,
  file TEXT NOT NULL,
  digest TEXT NOT NULL,
  crs TEXT NOT NULL,
  id_rule TEXT NOT NULL,
  loaded_at DATETIME NOT NULL,
  UNIQUE (layer, name)
);
CREATE TABLE cim_change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  changed_at DATETIME NOT NULL,
  layer TEXT NOT NULL,
  operation TEXT NOT NULL,
  first_fid INTEGER NOT NULL,
  last_fid INTEGER NOT NULL,
  origin TEXT NOT NULL
);
CREATE INDEX cim_change_layer ON cim_change (layer, seq);
CREATE TABLE cim_entity (
  entity_id TEXT PRIMARY KEY,
  layer TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE cim_surface (
  layer TEXT NOT NULL,
  fid INTEGER NOT NULL,
  lod TEXT NOT NULL,
  geom BLOB NOT NULL,
  kinds BLOB NOT NULL,
  PRIMARY KEY (layer, fid, lod)
);
"""

OWN_TABLES: Final = (
    "cim_setting",
    "cim_layer",
    "cim_field",
    "cim_source",
    "cim_change",
    "cim_entity",
    "cim_surface",
)
LISTED_TABLES: Final = ("cim_layer", "cim_field", "cim_source", "cim_change")
"""Our tables that GIS programs may show: `attributes` in `gpkg_contents`."""


DOCUMENT: Final = "docs/reference/store.md of cim-server"
DECLARE: Final = "INSERT INTO gpkg_extensions VALUES (?, NULL, 'cim_catalog', ?, 'write-only')"
"""Statement that tells other programs whose a table is; binds its name and `DOCUMENT`."""


def quote(identifier: str) -> str:
    """An SQL identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def rtree_name(layer: str) -> str:
    """Name of the layer's R-tree table."""
    return f"rtree_{layer}_geom"


def rtree_triggers(layer: str) -> dict[str, str]:
    """The triggers that keep the R-tree of a layer, by name (annex F.3)."""
    table, tree, prefix = quote(layer), quote(rtree_name(layer)), f"rtree_{layer}_geom"
    box = "NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
    filled, empty = (
        "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))",
        ("(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"),
    )
    put = f"INSERT OR REPLACE INTO {tree} VALUES ({box});"
    bodies = {
        "insert": f"AFTER INSERT ON {table} WHEN {filled} BEGIN {put} END",
        "update1": f"AFTER UPDATE OF geom ON {table} WHEN OLD.fid = NEW.fid AND {filled} "
        f"BEGIN {put} END",
        "update2": f"AFTER UPDATE OF geom ON {table} WHEN OLD.fid = NEW.fid AND {empty} "
        f"BEGIN DELETE FROM {tree} WHERE id = OLD.fid; END",
        "update3": f"AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND {filled} "
        f"BEGIN DELETE FROM {tree} WHERE id = OLD.fid; {put} END",
        "update4": f"AFTER UPDATE ON {table} WHEN OLD.fid != NEW.fid AND {empty} "
        f"BEGIN DELETE FROM {tree} WHERE id IN (OLD.fid, NEW.fid); END",
        "delete": f"AFTER DELETE ON {table} WHEN OLD.geom NOT NULL "
        f"BEGIN DELETE FROM {tree} WHERE id = OLD.fid; END",
    }
    return {
        f"{prefix}_{name}": f"CREATE TRIGGER {quote(f'{prefix}_{name}')} {body}"
        for name, body in bodies.items()
    }


_GROWING: Final = ", ".join(
    f"{side} = coalesce({keep}({side}, {function}(NEW.geom)), {side}, {function}(NEW.geom))"
    for side, keep, function in (
        ("min_x", "min", "ST_MinX"),
        ("min_y", "min", "ST_MinY"),
        ("max_x", "max", "ST_MaxX"),
        ("max_y", "max", "ST_MaxY"),
    )
)
EDIT_VIEW: Final = """
CREATE VIEW cim_edit (layer, operation, fid, difference, geom) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE 0
"""
"""Where the triggers of all layers write: one row of the journal, and the layer's count, version
and bounds; bounds only grow here and are measured anew by a load. One trigger for all layers,
because each connection holds every trigger of the file in memory."""

EDIT_TRIGGER: Final = f"""
CREATE TRIGGER cim_edit_written INSTEAD OF INSERT ON cim_edit BEGIN
INSERT INTO cim_change (changed_at, layer, operation, first_fid, last_fid, origin)
VALUES (strftime('%Y-%m-%dT%H:%M:%fZ','now'), NEW.layer, NEW.operation, NEW.fid, NEW.fid, 'edit');
UPDATE cim_layer SET item_count = item_count + NEW.difference,
  version = (SELECT max(seq) FROM cim_change), {_GROWING} WHERE name = NEW.layer;
END
"""


def journal_triggers(layer: str) -> dict[str, str]:
    """The triggers that write the journal when any program edits a layer, by name."""
    table = quote(layer)
    events = {
        "insert": ("INSERT", "NEW", "NEW.valid_to IS NULL", "NEW.geom"),
        "update": (
            "UPDATE",
            "NEW",
            "(NEW.valid_to IS NULL) - (OLD.valid_to IS NULL)",
            "NEW.geom",
        ),
        "delete": ("DELETE", "OLD", "- (OLD.valid_to IS NULL)", "NULL"),
    }
    triggers = {}
    for operation, (event, row, difference, geom) in events.items():
        name = f"cim_{layer}_{operation}"
        triggers[name] = (
            f"CREATE TRIGGER {quote(name)} AFTER {event} ON {table} BEGIN INSERT INTO cim_edit "
            f"VALUES ({literal(layer)}, '{operation}', {row}.fid, {difference}, {geom}); END"
        )
    guard = f"cim_{layer}_permanent_id"
    triggers[guard] = (
        f"CREATE TRIGGER {quote(guard)} BEFORE UPDATE OF entity_id ON {table} "
        "WHEN OLD.entity_id NOTNULL AND NEW.entity_id IS NOT OLD.entity_id "
        "BEGIN SELECT RAISE(ABORT, 'entity_id is permanent and cannot be changed'); END"
    )
    return triggers
