"""A store as a caller with certain rights sees it."""

import threading
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from api.security.models import ModelView
from api.security.rights import LayerRight, Rights, visible
from cim.arrays import Int64
from cim.catalog import Layer, LayerDraft, SourceRecord
from cim.coding import CodedFeatures
from cim.errors import InputError, NotFoundError
from cim.features import FeatureBatch
from cim.model_records import ModelLoad
from cim.model_store import ModelStore
from cim.store.base import EntityRecord, ItemQuery, LoadOutcome, ModelOutcome, Store


class StoreView:
    """A `Store` without the layers and attributes that its rights hide.

    Safe for use from several threads. What is written goes to the store itself: whoever writes
    asks `Sight.require` first.
    """

    def __init__(self, store: Store, rights: Rights) -> None:
        """The view of `store` for callers with `rights`."""
        self._store = store
        self._rights = rights
        self._local = threading.local()
        self.path = store.path
        self.crs = store.crs
        self.models: ModelStore = ModelView(store.models, lambda: self.layers().keys())

    def layers(self) -> Mapping[str, Layer]:
        """See `Store.layers`."""
        return self._snapshot()[0]

    def layer(self, name: str) -> Layer:
        """See `Store.layer`."""
        layers = self.layers()
        if name not in layers:
            known = ", ".join(layers) or "none yet; load one with: cim load"
            raise NotFoundError(f"layer {name!r} does not exist; known: {known}")
        return layers[name]

    def right(self, name: str) -> LayerRight | None:
        """What may be done with a layer, None when it may not be seen."""
        return self._snapshot()[1].get(name)

    def is_partial(self, name: str) -> bool:
        """Whether attributes or features of a layer are hidden."""
        right = self.right(name)
        return right is None or bool(right.hidden) or right.areas["read"] is not None

    def may(self, verb: str, name: str) -> bool:
        """Whether something may be done with a layer that is there or is to be made."""
        right = self.right(name)
        return right is not None and verb in right.areas

    def fids(self, layer: str, query: ItemQuery) -> Int64:
        """See `Store.fids`."""
        self._check(layer, query)
        return self._store.fids(layer, query)

    def count(self, layer: str, query: ItemQuery) -> int:
        """See `Store.count`."""
        self._check(layer, query)
        return self._store.count(layer, query)

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
        right = self._snapshot()[1][layer]
        if right.hidden:
            seen = tuple(field.name for field in known.fields)
            columns = seen if columns is None else tuple(set(columns).intersection(seen))
        return self._store.read(
            layer, fids, columns=columns, surfaces=surfaces, batch_size=batch_size
        )

    def entity(self, entity_id: str) -> EntityRecord:
        """See `Store.entity`."""
        record = self._store.entity(entity_id)
        layer = self.layers().get(record.layer.name)
        if layer is None:
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
        return self._store.changed_fids(self.layer(layer).name, since)

    def close(self) -> None:
        """Nothing: who opened the store closes it."""

    def _check(self, layer: str, query: ItemQuery) -> None:
        """Refuse what asks by a column that may not be seen, as if it were not there."""
        known = {field.name for field in self.layer(layer).fields}
        for name, _ in query.equals:
            if name not in known:
                raise InputError(f"layer {layer!r} has no column {name!r}")

    def _snapshot(self) -> tuple[Mapping[str, Layer], Mapping[str, LayerRight]]:
        """The layers seen in the catalogue as it stands, and the rights on them."""
        catalogue = self._store.layers()
        if getattr(self._local, "catalogue", None) is not catalogue:
            found = ((layer, self._rights.of(layer)) for layer in catalogue.values())
            rights = {layer.name: right for layer, right in found if right is not None}
            seen = {name: visible(catalogue[name], right) for name, right in rights.items()}
            self._local.snapshot = (MappingProxyType(seen), MappingProxyType(rights))
            self._local.catalogue = catalogue
        snapshot: tuple[Mapping[str, Layer], Mapping[str, LayerRight]] = self._local.snapshot
        return snapshot
