"""A load into a city's GeoPackage: features are staged in a temporary table, then merged.

Staging takes no lock, however long reading and coding last. The merge is one transaction of set
statements: whatever kills the process, the store holds all of the load or nothing of it.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely

from cim.catalog import Field, LayerDraft, Origin, SourceRecord
from cim.coding import CodedFeatures
from cim.errors import SourceDataError
from cim.features import Reject
from cim.store import _gpkg_entries as entries
from cim.store import _gpkg_geometry as blobs
from cim.store import _gpkg_layer as layers
from cim.store._gpkg_connection import backend_errors, transaction, utc_now, without_triggers
from cim.store._gpkg_merge import Merge
from cim.store._gpkg_schema import quote
from cim.store._gpkg_values import sql_type, to_fields, to_sql
from cim.store.base import LoadOutcome

_STAGE: Final = """
CREATE TEMP TABLE stage (
  record INTEGER PRIMARY KEY, source_id TEXT, kind INTEGER, has_z INTEGER, geom BLOB,
  min_x REAL, max_x REAL, min_y REAL, max_y REAL,
  cell TEXT, beidou_code TEXT, geosot_code TEXT, h3_code TEXT
);
CREATE TEMP TABLE stage_surface (record INTEGER, lod TEXT, geom BLOB, kinds BLOB);
"""
_TEMPORARY: Final = ("stage", "stage_surface", "matched", "fresh", "present", "changed")


class Load:
    """One load: `stage` every batch, then `merge`."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, draft: LayerDraft, source: SourceRecord
    ) -> None:
        self._connection = connection
        self._path = path
        self._draft = draft
        self._source = source
        self._fields: dict[str, Field] = {}
        if not connection.in_transaction:  # where SQLite refuses to change it
            connection.execute("PRAGMA temp_store = FILE")
            connection.execute("PRAGMA temp.cache_size = -131072")
        with backend_errors(path):
            for statement in _STAGE.split(";"):
                connection.execute(statement)

    def stage(self, batch: CodedFeatures) -> None:
        """Keep a batch for the merge.

        Raises:
            BackendError: The disk refuses.
        """
        features = batch.features
        if not len(features):
            return
        fields = to_fields(features.attributes.schema)
        with backend_errors(self._path):
            self._add_columns(fields)
            srs_id = layers.srs_of(self._draft.crs)
            bounds = shapely.bounds(features.geometry)
            columns: list[list[Any]] = [
                features.records.tolist(),
                list(features.source_ids),
                shapely.get_type_id(features.geometry).tolist(),
                shapely.has_z(features.geometry).tolist(),
                list(blobs.to_blobs(features.geometry, srs_id)),
                *(bounds[:, side].tolist() for side in (0, 2, 1, 3)),
                batch.cells.tolist(),
                *(batch.codes[name].tolist() for name in ("beidou", "geosot", "h3")),
                *(to_sql(column) for column in features.attributes.columns),
            ]
            names = "".join(f", {quote(f'a_{field.name}')}" for field in fields)
            marks = ", ".join("?" * len(columns))
            self._connection.execute("SAVEPOINT stage")
            self._connection.executemany(
                "INSERT INTO stage (record, source_id, kind, has_z, geom, min_x, max_x, min_y, "
                f"max_y, cell, beidou_code, geosot_code, h3_code{names}) VALUES ({marks})",
                zip(*columns, strict=True),
            )
            self._stage_surfaces(batch)
            self._connection.execute("RELEASE stage")

    def merge(self) -> LoadOutcome:
        """Bring the layer to the state of the staged features.

        Raises:
            SourceDataError: Nothing was staged, or the geometry does not fit the layer.
            BackendError: Another process writes for too long, or the disk refuses.
        """
        where = f"{self._source.file} -> layer {self._draft.name}"
        with backend_errors(self._path):
            duplicates = self._drop_duplicates()
            (staged,) = self._connection.execute("SELECT count(*) FROM stage").fetchone()
        if not staged:
            raise SourceDataError("no usable record; the layer was left as it is", where=where)
        with transaction(self._connection, self._path):
            outcome = self.bring(utc_now(), where)
        return replace(outcome, rejects=duplicates)

    def declare(self, schema: pa.Schema) -> None:
        """Give the layer columns, whether or not a batch with them comes."""
        self._add_columns(to_fields(schema))

    def bring(self, now: str, where: str, ids: Mapping[int, str] | None = None) -> LoadOutcome:
        """Bring the layer to the state of the stage, in a transaction of the caller's.

        Args:
            now: The time, as GeoPackage writes it.
            where: What errors name.
            ids: Entity ids by record that were issued before.

        Raises:
            SourceDataError: The geometry does not fit the layer.
        """
        connection, draft = self._connection, self._draft
        columns = tuple(self._fields.values())
        notes = layers.fit_layer(connection, draft, columns, where)
        merge = Merge(connection, draft.name, self._source, tuple(self._fields), now, ids)
        with without_triggers(connection):
            outcome = merge.run()
        layers.finish_layer(connection, draft, now)
        entries.record(connection, draft.name, now, Origin(why=f"load {self._source.name}"))
        return LoadOutcome(**outcome, rejects=(), notes=notes)

    def clear(self) -> None:
        """Make room for the stage of another layer."""
        for table in _TEMPORARY:
            self._connection.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def _add_columns(self, fields: tuple[Field, ...]) -> None:
        """Give the stage the columns of a batch that it does not have yet."""
        for field in fields:
            if field.name not in self._fields:
                self._connection.execute(
                    f"ALTER TABLE stage ADD COLUMN {quote(f'a_{field.name}')} "
                    f"{sql_type(field.type)}"
                )
                self._fields[field.name] = field

    def _stage_surfaces(self, batch: CodedFeatures) -> None:
        surfaces = batch.features.surfaces
        records = batch.features.records[surfaces.feature].tolist()
        bodies = shapely.to_wkb(surfaces.geometry, flavor="iso", byte_order=1).tolist()
        kinds = [kind.astype(np.uint8).tobytes() for kind in surfaces.kinds]
        self._connection.executemany(
            "INSERT INTO stage_surface VALUES (?, ?, ?, ?)",
            zip(records, surfaces.lod, bodies, kinds, strict=True),
        )

    def _drop_duplicates(self) -> tuple[Reject, ...]:
        """Take out the records whose source id came before."""
        self._connection.execute("CREATE INDEX temp.stage_id ON stage (source_id, record)")
        rows = self._connection.execute(
            "SELECT s.record, s.source_id, f.first FROM (SELECT source_id, min(record) AS first "
            "FROM stage GROUP BY source_id HAVING count(*) > 1) f "
            "JOIN stage s ON s.source_id = f.source_id AND s.record > f.first ORDER BY s.record"
        ).fetchall()
        self._connection.executemany(
            "DELETE FROM stage WHERE record = ?", ((row[0],) for row in rows)
        )
        return tuple(
            Reject(
                record=record,
                field="source id",
                value=source_id,
                reason=f"came before in record {first}; source ids are unique",
            )
            for record, source_id, first in rows
        )
