"""The store that the server hands its routes: each caller's own view."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from api.security.models import ModelView
from api.security.sight import Sights
from cim.arrays import Int64
from cim.catalog import (
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
from cim.features import FeatureBatch
from cim.model_records import ModelLoad
from cim.model_store import ModelStore
from cim.store.base import EntityRecord, ItemQuery, LoadOutcome, ModelOutcome, Store


class SeenStore:
    """A `Store` that answers each request with what its caller may see."""

    def __init__(self, store: Store, sights: Sights) -> None:
        """Show `store` as `sights` tell."""
        self._sights = sights
        self.path = store.path
        self.crs = store.crs
        self.models: ModelStore = ModelView(store.models, self._whole)

    @property
    def _now(self) -> Store:
        """The view of the caller of the request at hand."""
        return self._sights.current().store

    def _whole(self) -> AbstractSet[str]:
        """Names of layers that the caller sees in full."""
        return self._sights.current().whole()

    def layers(self) -> Mapping[str, Layer]:
        """See `Store.layers`."""
        return self._now.layers()

    def layer(self, name: str) -> Layer:
        """See `Store.layer`."""
        return self._now.layer(name)

    def fids(self, layer: str, query: ItemQuery) -> Int64:
        """See `Store.fids`."""
        return self._now.fids(layer, query)

    def count(self, layer: str, query: ItemQuery) -> int:
        """See `Store.count`."""
        return self._now.count(layer, query)

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
        return self._now.read(
            layer, fids, columns=columns, surfaces=surfaces, batch_size=batch_size
        )

    def entity(self, entity_id: str) -> EntityRecord:
        """See `Store.entity`."""
        return self._now.entity(entity_id)

    def source(self, layer: str, name: str) -> SourceRecord | None:
        """See `Store.source`."""
        return self._now.source(layer, name)

    def load(
        self, draft: LayerDraft, source: SourceRecord, batches: Iterator[CodedFeatures]
    ) -> LoadOutcome:
        """See `Store.load`."""
        return self._now.load(draft, source, batches)

    def load_model(self, load: ModelLoad) -> ModelOutcome:
        """See `Store.load_model`."""
        return self._now.load_model(load)

    def edit(self, layer: Layer, edits: Sequence[Edit], origin: str) -> EditOutcome:
        """See `Store.edit`."""
        return self._now.edit(layer, edits, origin)

    def states(self, layer: str, fids: Int64) -> Mapping[int, str]:
        """See `Store.states`."""
        return self._now.states(layer, fids)

    def keeper(self, layer: str) -> str | None:
        """See `Store.keeper`."""
        return self._now.keeper(layer)

    def history(self, layer: str, fid: int, limit: int) -> tuple[JournalEntry, ...]:
        """See `Store.history`."""
        return self._now.history(layer, fid, limit)

    def uncoded_fids(self, layer: str) -> Int64:
        """See `Store.uncoded_fids`."""
        return self._now.uncoded_fids(layer)

    def write_codes(self, layer: str, coded: CodedFeatures) -> int:
        """See `Store.write_codes`."""
        return self._now.write_codes(layer, coded)

    def head(self, layer: str) -> int:
        """See `Store.head`."""
        return self._now.head(layer)

    def changed_fids(self, layer: str, since: int) -> Int64:
        """See `Store.changed_fids`."""
        return self._now.changed_fids(layer, since)

    def workspaces(self) -> Mapping[str, LayerWorkspace]:
        """See `Store.workspaces`."""
        return self._now.workspaces()

    def tables(self) -> Mapping[str, str]:
        """See `Store.tables`."""
        return self._now.tables()

    def publish(self, news: Sequence[NewLayer], origin: Origin) -> tuple[Layer, ...]:
        """See `Store.publish`."""
        return self._now.publish(news, origin)

    def alter(
        self,
        layer: str,
        entry: Mapping[str, Any],
        origin: Origin,
        *,
        expected: int | None = None,
    ) -> Layer:
        """See `Store.alter`."""
        return self._now.alter(layer, entry, origin, expected=expected)

    def retire(self, layer: str, origin: Origin, *, expected: int | None = None) -> Layer:
        """See `Store.retire`."""
        return self._now.retire(layer, origin, expected=expected)

    def restore(self, layer: str, origin: Origin) -> Layer:
        """See `Store.restore`."""
        return self._now.restore(layer, origin)

    def write_quality(self, layer: str, quality: LayerQuality) -> Layer:
        """See `Store.write_quality`."""
        return self._now.write_quality(layer, quality)

    def entry_versions(self, layer: str) -> tuple[EntryVersion, ...]:
        """See `Store.entry_versions`."""
        return self._now.entry_versions(layer)

    def loads(self, layer: str) -> tuple[LoadRecord, ...]:
        """See `Store.loads`."""
        return self._now.loads(layer)

    def put_workspace(self, workspace: LayerWorkspace) -> None:
        """See `Store.put_workspace`."""
        self._now.put_workspace(workspace)

    def remove_workspace(self, name: str) -> None:
        """See `Store.remove_workspace`."""
        self._now.remove_workspace(name)

    def close(self) -> None:
        """Nothing: who opened the store closes it."""
