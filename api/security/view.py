"""A store as a caller with certain rights sees it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from api.security.areas import condition, meets, stored, within
from api.security.models import ModelView
from api.security.rights import LayerRight, Rights, visible
from api.security.snapshots import NOTHING_SEEN, Seen, Watcher
from cim.arrays import Int64
from cim.catalog import (
    RETIRED,
    EntryVersion,
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
from cim.errors import GoneError, InputError, NotFoundError, named
from cim.features import FeatureBatch, select
from cim.filters.model import GEOMETRY, all_of, properties
from cim.model_records import ModelLoad
from cim.model_store import ModelStore
from cim.store.base import EntityRecord, ItemQuery, LoadOutcome, ModelOutcome, Store


class StoreView:
    """A `Store` without the layers and attributes that its rights hide.

    Safe for use from several threads. What is written goes to the store itself: whoever writes
    asks `Sight.require` first.
    """

    def __init__(
        self,
        store: Store,
        rights: Rights,
        note: Callable[[str], None],
        holds: Callable[[Layer], bool] = lambda _: True,
    ) -> None:
        """The view of `store` for callers with `rights`.

        Args:
            store: The city's.
            rights: What its callers may.
            note: Takes the name of a layer with restricted data when something of it is read.
            holds: Takes the layers that the view has.
        """
        self._narrowed: dict[str, StoreView] = {}
        self._store = store
        self._note = note
        self._rights = rights
        self._seen = NOTHING_SEEN
        self._following = threading.Lock()
        """Held by who looks anew, so that features in an area are counted once."""

        self._watcher = Watcher(rights, holds, self._look)
        self.path = store.path
        self.crs = store.crs
        self.models: ModelStore = ModelView(store.models, self.whole)

    def layers(self) -> Mapping[str, Layer]:
        """See `Store.layers`."""
        return self.snapshot().layers

    def layer(self, name: str) -> Layer:
        """See `Store.layer`."""
        layers = self.layers()
        if name not in layers:
            self.say_gone(name)
            raise self.missing(name)
        if name in self.snapshot().restricted:
            self._note(name)
        return layers[name]

    def missing(self, name: str) -> NotFoundError:
        """The error for a layer that is not there, or may not be seen: nobody can tell which."""
        seen = named(self.layers(), "none yet; load one with: cim load")
        return NotFoundError(f"layer {name[:80]!r} does not exist; known: {seen}")

    def say_gone(self, name: str) -> None:
        """Tell who might read a layer that it was retired.

        Raises:
            GoneError: It was; the message gives time and reason.
        """
        layer = self._store.layers().get(name)
        if layer is not None and layer.status == RETIRED and self.right(name) is not None:
            raise GoneError(
                f"layer {name!r} was retired at {layer.retired_at}: {layer.retire_reason}"
            )

    def narrowed(self, key: str, holds: Callable[[Layer], bool]) -> "StoreView":
        """The same view of those layers that `holds` takes; one for each `key`."""
        found = self._narrowed.get(key) or StoreView(self._store, self._rights, self._note, holds)
        return self._narrowed.setdefault(key, found)

    def right(self, name: str) -> LayerRight | None:
        """What may be done with a layer, None when it may not be seen."""
        return self.snapshot().rights.get(name)

    def shown(self, layer: Layer) -> Layer:
        """A layer in any state without what may not be seen of it.

        Raises:
            NotFoundError: Nothing of it may be seen.
        """
        right = self.right(layer.name)
        if right is None:
            raise self.missing(layer.name)
        return self._look(layer, right)

    def is_partial(self, name: str) -> bool:
        """Whether attributes or features of a layer are hidden."""
        return name not in self.snapshot().whole

    def may(self, verb: str, name: str) -> bool:
        """Whether something may be done with a layer that is there or is to be made."""
        right = self.right(name)
        if right is not None:
            return verb in right.areas
        return not self.is_there(name) and self._rights.may_make(name)

    def is_hidden(self, name: str) -> bool:
        """Whether there is a layer of this name that may not be seen."""
        return self.is_there(name) and self.right(name) is None

    def is_there(self, name: str) -> bool:
        """Whether there is a layer of this name, seen or not."""
        return name in self._store.layers()

    def fids(self, layer: str, query: ItemQuery) -> Int64:
        """See `Store.fids`."""
        return self._store.fids(layer, self._narrow(layer, query))

    def count(self, layer: str, query: ItemQuery) -> int:
        """See `Store.count`."""
        return self._store.count(layer, self._narrow(layer, query))

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
        right = self.snapshot().rights[layer]
        if right.hidden:
            seen = tuple(field.name for field in known.fields)
            columns = seen if columns is None else tuple(set(columns).intersection(seen))
        batches = self._store.read(
            layer, fids, columns=columns, surfaces=surfaces, batch_size=batch_size
        )
        area = right.areas["read"]
        return batches if area is None else _inside(batches, stored(area, known))

    def entity(self, entity_id: str) -> EntityRecord:
        """See `Store.entity`."""
        record = self._store.entity(entity_id)
        if record.layer.name not in self.layers():
            self.say_gone(record.layer.name)
            raise NotFoundError(f"entity {entity_id!r} does not exist")
        layer = self.layer(record.layer.name)
        if not self._is_inside(record, layer):
            raise NotFoundError(f"entity {entity_id!r} does not exist")
        seen = {field.name: record.attributes[field.name] for field in layer.fields}
        return EntityRecord(
            record.entity_id, layer, record.fid, seen, record.geometry, record.lods
        )

    def source(self, layer: str, name: str) -> SourceRecord | None:
        """See `Store.source`."""
        return self._store.source(self.layer(layer).name, name)

    def load(
        self, draft: LayerDraft, source: SourceRecord, batches: Iterator[CodedFeatures]
    ) -> LoadOutcome:
        """See `Store.load`."""
        return self._store.load(draft, source, batches)

    def load_model(self, load: ModelLoad) -> ModelOutcome:
        """See `Store.load_model`."""
        return self._store.load_model(load)

    def edit(self, layer: Layer, edits: Sequence[Edit], origin: str) -> EditOutcome:
        """See `Store.edit`."""
        return self._store.edit(layer, edits, origin)

    def states(self, layer: str, fids: Int64) -> Mapping[int, str]:
        """See `Store.states`."""
        return self._store.states(layer, self._permitted(layer, fids))

    def keeper(self, layer: str) -> str | None:
        """See `Store.keeper`."""
        return self._store.keeper(self.layer(layer).name)

    def history(self, layer: str, fid: int, limit: int) -> tuple[JournalEntry, ...]:
        """See `Store.history`."""
        seen = self._permitted(layer, np.array([fid], np.int64))
        return self._store.history(layer, fid, limit) if len(seen) else ()

    def uncoded_fids(self, layer: str) -> Int64:
        """See `Store.uncoded_fids`."""
        return self._store.uncoded_fids(self.layer(layer).name)

    def write_codes(self, layer: str, coded: CodedFeatures) -> int:
        """See `Store.write_codes`."""
        return self._store.write_codes(self.layer(layer).name, coded)

    def head(self, layer: str) -> int:
        """See `Store.head`."""
        return self._store.head(self.layer(layer).name)

    def changed_fids(self, layer: str, since: int) -> Int64:
        """See `Store.changed_fids`."""
        return self._permitted(layer, self._store.changed_fids(self.layer(layer).name, since))

    def workspaces(self) -> Mapping[str, LayerWorkspace]:
        """See `Store.workspaces`."""
        return self._store.workspaces()

    def tables(self) -> Mapping[str, str]:
        """See `Store.tables`."""
        return self._store.tables()

    def publish(self, news: Sequence[NewLayer], origin: Origin) -> tuple[Layer, ...]:
        """See `Store.publish`."""
        return self._store.publish(news, origin)

    def alter(
        self,
        layer: str,
        entry: Mapping[str, Any],
        origin: Origin,
        *,
        expected: int | None = None,
    ) -> Layer:
        """See `Store.alter`."""
        return self._store.alter(layer, entry, origin, expected=expected)

    def retire(self, layer: str, origin: Origin, *, expected: int | None = None) -> Layer:
        """See `Store.retire`."""
        return self._store.retire(layer, origin, expected=expected)

    def restore(self, layer: str, origin: Origin) -> Layer:
        """See `Store.restore`."""
        return self._store.restore(layer, origin)

    def write_quality(self, layer: str, quality: LayerQuality) -> Layer:
        """See `Store.write_quality`."""
        return self._store.write_quality(layer, quality)

    def entry_versions(self, layer: str) -> tuple[EntryVersion, ...]:
        """See `Store.entry_versions`."""
        return self._store.entry_versions(self.layer(layer).name)

    def loads(self, layer: str) -> tuple[LoadRecord, ...]:
        """See `Store.loads`."""
        return () if self._area(self.layer(layer)) else self._store.loads(layer)

    def put_workspace(self, workspace: LayerWorkspace) -> None:
        """See `Store.put_workspace`."""
        self._store.put_workspace(workspace)

    def remove_workspace(self, name: str) -> None:
        """See `Store.remove_workspace`."""
        self._store.remove_workspace(name)

    def close(self) -> None:
        """Nothing: who opened the store closes it."""

    def _narrow(self, layer: str, query: ItemQuery) -> ItemQuery:
        """The query for what may be seen.

        Raises:
            InputError: It asks by a column that may not be seen, as if it were not there.
        """
        seen = self.layer(layer)
        known = {field.name for field in seen.fields} | {GEOMETRY}
        asked = {name for name, _ in query.equals} | {key.field for key in query.order}
        asked |= properties(query.where) if query.where is not None else frozenset()
        for name in sorted(asked - known):
            raise InputError(f"layer {layer!r} has no column {name!r}")
        area = self._area(seen)
        if area is None:
            return query
        return replace(query, where=all_of(query.where, condition(stored(area, seen))))

    def _area(self, layer: Layer) -> BaseGeometry | None:
        """Where features of a layer that is seen may be read; None: everywhere."""
        return self.snapshot().rights[layer.name].areas["read"]

    def _permitted(self, layer: str, fids: Int64) -> Int64:
        """Those of some rows of a layer that may be read."""
        seen = self.layer(layer)
        if self._area(seen) is None or not len(fids):
            return fids
        found = [batch.records for batch in self.read(layer, fids, columns=())]
        return np.concatenate([np.zeros(0, np.int64), *found])

    def _is_inside(self, record: EntityRecord, layer: Layer) -> bool:
        area = self._area(layer)
        shape = record.geometry
        return area is None or (shape is not None and shape.intersects(stored(area, layer)))

    def whole(self) -> AbstractSet[str]:
        """Names of layers all of whose features and attributes are seen."""
        return self.snapshot().whole

    def snapshot(self) -> Seen:
        """The layers seen in the catalogue as it stands, and the rights on them."""
        catalogue = self._store.layers()
        if self._seen.catalogue is catalogue:
            return self._seen
        with self._following:
            held = self._seen
            if held.catalogue is not catalogue:
                held = self._watcher.follow(catalogue, held)
                self._seen = held
            return held

    def is_ready(self) -> bool:
        """Whether the layers can be told without a look at the features in an area."""
        return not self._rights.has_areas or self._seen.catalogue is self._store.layers()

    def _look(self, layer: Layer, right: LayerRight) -> Layer:
        """The layer as a caller with this right sees it."""
        shown, area = visible(layer, right), right.areas["read"]
        if area is None:
            return shown
        return within(
            shown, area, lambda where: self._store.count(layer.name, ItemQuery(where=where))
        )


def _inside(batches: Iterator[FeatureBatch], area: BaseGeometry) -> Iterator[FeatureBatch]:
    """Features that meet an area; batches of which none does are left out."""
    for batch in batches:
        chosen = select(batch, meets(batch, area))
        if len(chosen):
            yield chosen
