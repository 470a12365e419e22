"""The embedded store: one GeoPackage that QGIS and GDAL open as it is.

Readers borrow a connection and see the latest commit of any process; nobody waits for a writer
(write-ahead log). The tables are described in `docs/reference/store.md`.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from cim.arrays import Int64
from cim.catalog import (
    EntryVersion,
    Field,
    Layer,
    LayerDraft,
    LayerQuality,
    LayerWorkspace,
    LoadRecord,
    NewLayer,
    Origin,
    SourceRecord,
)
from cim.coding import CodedFeatures
from cim.edits import Edit, EditOutcome, JournalEntry
from cim.errors import ConfigError, ConflictError, NotFoundError, named
from cim.features import FeatureBatch, Surfaces
from cim.model_records import ModelLoad
from cim.model_store import ModelStore
from cim.store import _gpkg_catalog as catalog
from cim.store import _gpkg_codes as codes
from cim.store import _gpkg_entries as entries
from cim.store import _gpkg_geometry as blobs
from cim.store import _gpkg_journal as journal
from cim.store import _gpkg_query as sql
from cim.store import _gpkg_registry as registry
from cim.store import _gpkg_schema as schema
from cim.store._gpkg_adopt import candidates
from cim.store._gpkg_catalogue import Catalogue
from cim.store._gpkg_connection import connect, transaction, utc_now
from cim.store._gpkg_edit import Editing
from cim.store._gpkg_edit_rows import states_of
from cim.store._gpkg_keeper import keeper_of
from cim.store._gpkg_load import Load
from cim.store._gpkg_model_reads import GpkgModels
from cim.store._gpkg_models import load_model
from cim.store._gpkg_readers import Readers
from cim.store._gpkg_values import to_arrow
from cim.store._gpkg_writer import Writer
from cim.store.base import (
    EntityRecord,
    ItemQuery,
    LoadOutcome,
    ModelOutcome,
    StoreFactory,
)


class GpkgStore:
    """A `Store` in one GeoPackage file."""

    def __init__(self, path: Path) -> None:
        """Open the store.

        Raises:
            ConfigError: There is no store at `path`, or it is not one of this program.
        """
        self.path = path
        self.readers = Readers(path)
        """Connections that packages share which keep tables of their own in the file."""

        self.writer = Writer(path)
        """The connection that writes, shared alike."""

        self._catalogue = Catalogue(self.readers)
        self.crs = self._catalogue.crs
        self.models: ModelStore = GpkgModels(self.readers)

    def layers(self) -> Mapping[str, Layer]:
        """See `Store.layers`."""
        return self._catalogue.layers()

    def layer(self, name: str) -> Layer:
        """See `Store.layer`."""
        layers = self.layers()
        if name not in layers:
            raise NotFoundError(
                f"layer {name[:80]!r} does not exist; "
                f"known: {named(layers, 'none yet; load one with: cim load')}"
            )
        return layers[name]

    def fids(self, layer: str, query: ItemQuery) -> Int64:
        """See `Store.fids`."""
        known = self.layer(layer)
        with self.readers.lend() as connection:
            return sql.select_fids(connection, known, query)

    def count(self, layer: str, query: ItemQuery) -> int:
        """See `Store.count`."""
        known = self.layer(layer)
        with self.readers.lend() as connection:
            return sql.count(connection, known, query)

    def read(
        self,
        layer: str,
        fids: Int64 | None = None,
        *,
        columns: tuple[str, ...] | None = None,
        surfaces: bool = False,
        batch_size: int = 20_000,
    ) -> Iterator[FeatureBatch]:
        """See `Store.read`."""
        known = self.layer(layer)
        fields = [field for field in known.fields if columns is None or field.name in columns]
        names = ["fid", "geom", "source_id", *(schema.quote(field.name) for field in fields)]
        chosen, values = ("valid_to IS NULL", ()) if fids is None else sql.among(fids)
        statement = f"SELECT {', '.join(names)} FROM {schema.quote(layer)} WHERE {chosen}"
        with (
            self.readers.lend_long() as connection,
            closing(connection.execute(f"{statement} ORDER BY fid", values)) as cursor,
        ):
            while rows := cursor.fetchmany(batch_size):
                batch = _batch(rows, known, fields)
                if surfaces:
                    found = _read_surfaces(connection, layer, batch.records)
                    batch = replace(batch, surfaces=found)
                yield batch

    def entity(self, entity_id: str) -> EntityRecord:
        """See `Store.entity`."""
        with self.readers.lend() as connection:
            issued = connection.execute(
                "SELECT layer FROM cim_entity WHERE entity_id = ?", (entity_id,)
            ).fetchone()
            if issued is None:
                raise NotFoundError(f"entity {entity_id!r} does not exist")
            layer = self.layer(issued[0])
            found = connection.execute(
                f"SELECT fid FROM {schema.quote(layer.name)} WHERE entity_id = ?", (entity_id,)
            ).fetchone()
        if found is None:
            raise NotFoundError(
                f"entity {entity_id!r} was deleted from layer {layer.name!r} by another program"
            )
        batch = next(self.read(layer.name, np.array(found, dtype=np.int64), surfaces=True))
        return EntityRecord(
            entity_id=entity_id,
            layer=layer,
            fid=int(found[0]),
            attributes=batch.attributes.to_pylist()[0],
            geometry=batch.geometry[0],
            lods=batch.surfaces.lod,
        )

    def source(self, layer: str, name: str) -> SourceRecord | None:
        """The latest load of a source into a layer, None when there was none."""
        with self.readers.lend() as connection:
            return catalog.read_source(connection, layer, name)

    def head(self, layer: str) -> int:
        """See `Store.head`."""
        with self.readers.lend() as connection:
            return journal.head(connection, layer)

    def changed_fids(self, layer: str, since: int) -> Int64:
        """See `Store.changed_fids`."""
        with self.readers.lend() as connection:
            return journal.changed_fids(connection, layer, since)

    def uncoded_fids(self, layer: str) -> Int64:
        """See `Store.uncoded_fids`."""
        known = self.layer(layer)
        with self.readers.lend() as connection:
            return codes.uncoded_fids(connection, known.name)

    def write_codes(self, layer: str, coded: CodedFeatures) -> int:
        """See `Store.write_codes`."""
        with (
            closing(connect(self.path, writing=True)) as connection,
            transaction(connection, self.path),
        ):
            return codes.write_codes(
                connection,
                self.layer(layer).name,
                coded.features.records,
                coded.cells,
                coded.codes,
                utc_now(),
            )

    def load(
        self, draft: LayerDraft, source: SourceRecord, batches: Iterator[CodedFeatures]
    ) -> LoadOutcome:
        """See `Store.load`."""
        with closing(connect(self.path, writing=True)) as connection:
            load = Load(connection, self.path, draft, source)
            for batch in batches:
                load.stage(batch)
            return load.merge()

    def load_model(self, load: ModelLoad) -> ModelOutcome:
        """See `Store.load_model`."""
        with (
            closing(connect(self.path, writing=True)) as connection,
            transaction(connection, self.path),
        ):
            return load_model(connection, self.path, load, utc_now())

    def workspaces(self) -> Mapping[str, LayerWorkspace]:
        """See `Store.workspaces`."""
        return self._catalogue.workspaces()

    def tables(self) -> Mapping[str, str]:
        """See `Store.tables`."""
        with self.readers.lend() as connection:
            return candidates(connection)

    def publish(self, news: Sequence[NewLayer], origin: Origin) -> tuple[Layer, ...]:
        """See `Store.publish`."""
        with self.writer.catalogue_transaction() as connection:
            registry.publish(connection, news, self.crs, utc_now(), origin)
        return tuple(self.layer(new.name) for new in news)

    def alter(
        self,
        layer: str,
        entry: Mapping[str, Any],
        origin: Origin,
        *,
        expected: int | None = None,
    ) -> Layer:
        """See `Store.alter`."""
        with self.writer.catalogue_transaction() as connection:
            registry.alter(connection, layer, entry, utc_now(), origin, expected=expected)
        return self.layer(layer)

    def retire(self, layer: str, origin: Origin, *, expected: int | None = None) -> Layer:
        """See `Store.retire`."""
        with self.writer.catalogue_transaction() as connection:
            registry.retire(connection, layer, utc_now(), origin, expected=expected)
        return self.layer(layer)

    def restore(self, layer: str, origin: Origin) -> Layer:
        """See `Store.restore`."""
        with self.writer.catalogue_transaction() as connection:
            registry.restore(connection, layer, utc_now(), origin)
        return self.layer(layer)

    def write_quality(self, layer: str, quality: LayerQuality) -> Layer:
        """See `Store.write_quality`."""
        with self.writer.catalogue_transaction() as connection:
            registry.write_quality(connection, layer, quality)
        return self.layer(layer)

    def entry_versions(self, layer: str) -> tuple[EntryVersion, ...]:
        """See `Store.entry_versions`."""
        known = self.layer(layer)
        with self.readers.lend() as connection:
            return entries.versions(connection, known.name)

    def loads(self, layer: str) -> tuple[LoadRecord, ...]:
        """See `Store.loads`."""
        known = self.layer(layer)
        with self.readers.lend() as connection:
            return entries.loads(connection, known.name)

    def put_workspace(self, workspace: LayerWorkspace) -> None:
        """See `Store.put_workspace`."""
        with self.writer.catalogue_transaction() as connection:
            registry.put_workspace(connection, workspace)

    def remove_workspace(self, name: str) -> None:
        """See `Store.remove_workspace`."""
        with self.writer.catalogue_transaction() as connection:
            registry.remove_workspace(connection, name)

    def edit(self, layer: Layer, edits: Sequence[Edit], origin: str) -> EditOutcome:
        """See `Store.edit`."""
        with self.writer.transaction() as connection:
            if keeper := keeper_of(connection, layer):
                raise ConflictError(f"layer {layer.name!r} cannot be edited here: {keeper}")
            return Editing(connection, layer, origin, utc_now()).run(edits)

    def states(self, layer: str, fids: Int64) -> Mapping[int, str]:
        """See `Store.states`."""
        with self.readers.lend() as connection:
            return states_of(connection, self.layer(layer).name, fids.tolist())

    def keeper(self, layer: str) -> str | None:
        """See `Store.keeper`."""
        with self.readers.lend() as connection:
            return keeper_of(connection, self.layer(layer))

    def history(self, layer: str, fid: int, limit: int) -> tuple[JournalEntry, ...]:
        """See `Store.history`."""
        with self.readers.lend() as connection:
            return journal.history(connection, self.layer(layer).name, fid, limit)

    def close(self) -> None:
        """See `Store.close`."""
        self.writer.close()
        self.readers.close()


def _batch(rows: list[tuple[Any, ...]], layer: Layer, fields: list[Field]) -> FeatureBatch:
    """Rows (row number, geometry, source id, fields) as a batch."""
    fids, geometry, source_ids, *values = (list(column) for column in zip(*rows, strict=True))
    columns = {
        field.name: to_arrow(column, field.type)
        for field, column in zip(fields, values, strict=True)
    }
    return FeatureBatch(
        crs=layer.crs,
        geometry=blobs.from_blobs(geometry),
        attributes=pa.table(columns or {"fid": fids}),
        source_ids=tuple(source_ids),
        records=np.array(fids, dtype=np.int64),
    )


def _read_surfaces(connection: sqlite3.Connection, layer: str, fids: Int64) -> Surfaces:
    """The surfaces of some rows of a layer, in their order."""
    rows = connection.execute(
        "SELECT fid, lod, geom, kinds FROM cim_surface WHERE layer = ? AND fid BETWEEN ? AND ? "
        "ORDER BY fid, lod",
        (layer, int(fids[0]), int(fids[-1])),
    ).fetchall()
    position = {fid: row for row, fid in enumerate(fids.tolist())}
    rows = [row for row in rows if row[0] in position]
    return Surfaces(
        feature=np.array([position[row[0]] for row in rows], dtype=np.int64),
        lod=tuple(row[1] for row in rows),
        geometry=np.asarray(
            shapely.from_wkb(np.array([row[2] for row in rows], dtype=object)), dtype=object
        ),
        kinds=tuple(np.frombuffer(row[3], np.uint8) for row in rows),
    )


class GpkgFactory:
    """Makes and opens GeoPackage stores."""

    def create(self, path: Path, crs: str) -> None:
        """See `StoreFactory.create`."""
        if path.exists():
            raise ConfigError(f"{path}: exists already")
        catalog.create(path, crs)

    def open(self, path: Path) -> GpkgStore:
        """See `StoreFactory.open`."""
        return GpkgStore(path)


PLUGIN: StoreFactory = GpkgFactory()
