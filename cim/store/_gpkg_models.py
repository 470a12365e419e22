"""Building models of a city's GeoPackage: their layers, objects and relations, all in one load."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyarrow as pa

from cim.catalog import LayerDraft
from cim.coding import CodedFeatures
from cim.model_records import REFERENCES, ModelLoad
from cim.store._gpkg_codes import issue_ids
from cim.store._gpkg_load import Load
from cim.store._gpkg_schema import quote
from cim.store.base import LoadOutcome, ModelOutcome

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS cim_model (
  id INTEGER PRIMARY KEY,
  prefix TEXT NOT NULL,
  source TEXT NOT NULL,
  file TEXT NOT NULL,
  loaded_at DATETIME NOT NULL,
  layers TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (prefix, source)
);
CREATE TABLE IF NOT EXISTS cim_object (
  id INTEGER PRIMARY KEY,
  model INTEGER NOT NULL,
  entity_id TEXT NOT NULL UNIQUE,
  key TEXT NOT NULL,
  layer TEXT NOT NULL,
  kind TEXT NOT NULL,
  global_id TEXT NOT NULL,
  ifc_class TEXT NOT NULL,
  name TEXT,
  parent TEXT,
  parent_id TEXT,
  rank INTEGER NOT NULL,
  is_valid INTEGER NOT NULL,
  state TEXT NOT NULL,
  document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS cim_object_model ON cim_object (model, rank);
CREATE INDEX IF NOT EXISTS cim_object_parent ON cim_object (parent_id, rank);
CREATE INDEX IF NOT EXISTS cim_object_global_id ON cim_object (global_id);
CREATE TABLE IF NOT EXISTS cim_model_part (
  id INTEGER PRIMARY KEY,
  model INTEGER NOT NULL,
  what TEXT NOT NULL,
  key TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (model, what, key)
);
CREATE TABLE IF NOT EXISTS cim_model_relation (
  id INTEGER PRIMARY KEY,
  model INTEGER NOT NULL,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS cim_model_relation_source ON cim_model_relation (source);
CREATE INDEX IF NOT EXISTS cim_model_relation_target ON cim_model_relation (target);
CREATE TABLE IF NOT EXISTS cim_model_version (
  id INTEGER PRIMARY KEY,
  model INTEGER NOT NULL,
  file TEXT NOT NULL,
  digest TEXT NOT NULL,
  loaded_at DATETIME NOT NULL,
  difference TEXT
);
CREATE INDEX IF NOT EXISTS cim_model_version_model ON cim_model_version (model, id);
"""
"""`cim_model_relation` names objects by entity id, groups by `MODEL#KEY`."""

TABLES: Final = (
    "cim_model",
    "cim_object",
    "cim_model_part",
    "cim_model_relation",
    "cim_model_version",
)
_DOCUMENT: Final = "docs/reference/store.md of cim-server"
_COLUMNS: Final = (
    "key", "layer", "kind", "global_id", "ifc_class", "name", "parent", "parent_id", "rank",
    "is_valid", "state", "document", "model",
)  # fmt: skip


def group_id(model: int, key: str) -> str:
    """How relations name a group."""
    return f"{model}#{key}"


def load_model(
    connection: sqlite3.Connection, path: Path, load: ModelLoad, now: str
) -> ModelOutcome:
    """Bring all layers and tables to the state of a model, in a transaction of the caller's.

    Raises:
        SourceDataError: The geometry does not fit a layer.
        EntityIdError: A cell is full.
    """
    _prepare(connection)
    ids = {layer.name: _ids(connection, layer, coded, load) for layer, coded in load.layers}
    by_key = {key: found for several in ids.values() for key, found in several.items()}
    outcomes = {
        draft.name: _layer(connection, path, (draft, coded), load, by_key, now)
        for draft, coded in load.layers
    }
    model = _write_model(connection, load, now)
    _write_objects(connection, model, load, by_key)
    _write_parts(connection, model, load)
    _write_relations(connection, model, load, by_key)
    if load.is_changed:
        connection.execute(
            "INSERT INTO cim_model_version (model, file, digest, loaded_at, difference) "
            "VALUES (?, ?, ?, ?, ?)",
            (model, load.source.file, load.source.digest, now, load.difference),
        )
    return ModelOutcome(outcomes, by_key)


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of models in a store that has none yet."""
    for statement in SCHEMA.split(";"):
        connection.execute(statement)
    for table in TABLES:
        connection.execute(
            "INSERT INTO gpkg_extensions SELECT ?, NULL, 'cim_catalog', ?, 'write-only' "
            "WHERE NOT EXISTS (SELECT 1 FROM gpkg_extensions WHERE table_name = ?)",
            (table, _DOCUMENT, table),
        )


def _ids(
    connection: sqlite3.Connection, draft: LayerDraft, coded: CodedFeatures, load: ModelLoad
) -> dict[str, str]:
    """Entity ids by key of all objects of a layer: those they have, new ones for new objects."""
    known = _known_ids(connection, draft.name, load.source.name)
    keys = [str(key) for key in coded.features.source_ids]
    fresh = [row for row, key in enumerate(keys) if key not in known]
    cells = coded.cells.tolist()
    issued: list[str] = []
    if fresh:
        born = [cells[row] for row in fresh]
        issued = issue_ids(connection, draft.name, born, draft.class_code)
    new = {keys[row]: text for row, text in zip(fresh, issued, strict=True)}
    return {key: known.get(key) or new[key] for key in keys}


def _known_ids(connection: sqlite3.Connection, layer: str, source: str) -> dict[str, str]:
    """Entity ids of a source's rows by source id, retired ones included; the latest row counts."""
    exists = connection.execute("SELECT 1 FROM cim_layer WHERE name = ?", (layer,)).fetchone()
    if exists is None:
        return {}
    rows = connection.execute(
        f"SELECT source_id, entity_id, max(fid) FROM {quote(layer)} "
        "WHERE source = ? AND source_id NOTNULL AND entity_id NOTNULL GROUP BY source_id",
        (source,),
    )
    return {source_id: entity_id for source_id, entity_id, _ in rows}


def _layer(
    connection: sqlite3.Connection,
    path: Path,
    layer: tuple[LayerDraft, CodedFeatures],
    load: ModelLoad,
    by_key: Mapping[str, str],
    now: str,
) -> LoadOutcome:
    draft, coded = layer
    referring = _with_references(coded, by_key)
    stage = Load(connection, path, draft, load.source)
    try:
        stage.declare(referring.features.attributes.schema)
        stage.stage(referring)
        records = coded.features.records.tolist()
        keys = coded.features.source_ids
        ids = {record: by_key[str(key)] for record, key in zip(records, keys, strict=True)}
        return stage.bring(now, f"{load.source.file} -> layer {draft.name}", ids)
    finally:
        stage.clear()


def _with_references(coded: CodedFeatures, by_key: Mapping[str, str]) -> CodedFeatures:
    """The features with entity ids of what their columns of keys name."""
    table = coded.features.attributes
    for column, keys in REFERENCES.items():
        values = [by_key.get(key) for key in table[keys].to_pylist()]
        table = table.append_column(column, pa.array(values, pa.string()))
    return replace(coded, features=replace(coded.features, attributes=table))


def _write_model(connection: sqlite3.Connection, load: ModelLoad, now: str) -> int:
    """The model's row; its number."""
    names = " ".join(draft.name for draft, _ in load.layers)
    values = (
        load.name.prefix,
        load.name.source,
        load.source.file,
        now,
        names,
        load.document,
    )
    row = connection.execute(
        "INSERT INTO cim_model (prefix, source, file, loaded_at, layers, document) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (prefix, source) DO UPDATE SET "
        "file = excluded.file, loaded_at = excluded.loaded_at, layers = excluded.layers, "
        "document = excluded.document RETURNING id",
        values,
    ).fetchone()
    return int(row[0])


def _write_objects(
    connection: sqlite3.Connection, model: int, load: ModelLoad, by_key: Mapping[str, str]
) -> None:
    """The objects as they are now; those that are gone stay, as not valid."""
    connection.execute("CREATE TEMP TABLE living (entity_id TEXT PRIMARY KEY) WITHOUT ROWID")
    living = ((by_key[one.key],) for one in load.objects)
    connection.executemany("INSERT INTO temp.living VALUES (?)", living)
    names = ", ".join(_COLUMNS)
    marks = ", ".join("?" * (len(_COLUMNS) + 1))
    sets = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
    differs = " OR ".join(f"{name} IS NOT excluded.{name}" for name in _COLUMNS)
    rows = (
        (
            by_key[one.key],
            one.key,
            one.layer,
            one.kind,
            one.global_id,
            one.ifc_class,
            one.name,
            one.parent,
            by_key.get(one.parent or ""),
            one.rank,
            1,
            one.state,
            one.document,
            model,
        )
        for one in load.objects
    )
    connection.executemany(
        f"INSERT INTO cim_object (entity_id, {names}) VALUES ({marks}) "
        f"ON CONFLICT (entity_id) DO UPDATE SET {sets} WHERE {differs}",
        rows,
    )
    connection.execute(
        "UPDATE cim_object SET is_valid = 0 WHERE model = ? AND is_valid "
        "AND entity_id NOT IN (SELECT entity_id FROM temp.living)",
        (model,),
    )
    connection.execute("DROP TABLE temp.living")


def _write_parts(connection: sqlite3.Connection, model: int, load: ModelLoad) -> None:
    connection.execute("DELETE FROM cim_model_part WHERE model = ?", (model,))
    connection.executemany(
        "INSERT INTO cim_model_part (model, what, key, document) VALUES (?, ?, ?, ?)",
        ((model, one.what, one.key, one.document) for one in load.parts),
    )


def _write_relations(
    connection: sqlite3.Connection, model: int, load: ModelLoad, by_key: Mapping[str, str]
) -> None:
    groups = {one.key: group_id(model, one.key) for one in load.parts if one.what == "group"}
    connection.execute("DELETE FROM cim_model_relation WHERE model = ?", (model,))
    connection.executemany(
        "INSERT INTO cim_model_relation (model, kind, source, target) VALUES (?, ?, ?, ?)",
        _pairs(model, load, {**groups, **by_key}),
    )


def _pairs(
    model: int, load: ModelLoad, names: Mapping[str, str]
) -> Iterable[tuple[int, str, str, str]]:
    """The relations whose ends are both in the store."""
    for one in load.relations:
        source, target = names.get(one.source), names.get(one.target)
        if source is not None and target is not None:
            yield model, one.kind, source, target
