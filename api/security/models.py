"""The building models of a store as a caller sees them."""

from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet

from cim.errors import NotFoundError
from cim.model_records import (
    ModelName,
    ModelPart,
    ModelVersion,
    ObjectLine,
    Page,
    PartKind,
    StoredModel,
    StoredObject,
    StoredRelation,
)
from cim.model_store import ModelStore


class ModelView:
    """A `ModelStore` of the models all of whose layers are seen, and of objects in layers seen."""

    def __init__(self, models: ModelStore, seen: Callable[[], AbstractSet[str]]) -> None:
        """The view of `models` where `seen` gives the names of the layers that are seen."""
        self._models = models
        self._seen = seen

    def all(self) -> tuple[StoredModel, ...]:
        """See `ModelStore.all`."""
        seen = self._seen()
        return tuple(one for one in self._models.all() if seen >= set(one.layers))

    def one(self, name: ModelName) -> StoredModel:
        """See `ModelStore.one`."""
        found = self._models.one(name)
        if not self._seen() >= set(found.layers):
            raise NotFoundError(f"no model {name.prefix}/{name.source}")
        return found

    def versions(self, name: ModelName) -> tuple[ModelVersion, ...]:
        """See `ModelStore.versions`."""
        return self._models.versions(self.one(name).name)

    def difference(self, name: ModelName, number: int) -> str:
        """See `ModelStore.difference`."""
        return self._models.difference(self.one(name).name, number)

    def objects(self, name: ModelName) -> tuple[StoredObject, ...]:
        """See `ModelStore.objects`."""
        return self._models.objects(name) if self._has(name) else ()

    def of_kind(self, name: ModelName, kind: str, limit: int) -> tuple[ObjectLine, ...]:
        """See `ModelStore.of_kind`."""
        return self._models.of_kind(name, kind, limit) if self._has(name) else ()

    def object(self, entity_id: str) -> StoredObject | None:
        """See `ModelStore.object`."""
        return self._models.object(entity_id) if self.line(entity_id) is not None else None

    def line(self, entity_id: str) -> ObjectLine | None:
        """See `ModelStore.line`."""
        found = self._models.line(entity_id)
        return found if found is not None and found.layer in self._seen() else None

    def children(
        self, entity_id: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """See `ModelStore.children`."""
        return self._models.children(entity_id, page, self._of(layers))

    def count_children(
        self, entity_id: str, layers: Collection[str] | None = None
    ) -> Mapping[str, int]:
        """See `ModelStore.count_children`."""
        return self._models.count_children(entity_id, self._of(layers))

    def relations(
        self, entity_id: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[StoredRelation, ...]:
        """See `ModelStore.relations`."""
        return self._models.relations(entity_id, page, self._of(layers))

    def count_relations(self, entity_id: str, layers: Collection[str] | None = None) -> int:
        """See `ModelStore.count_relations`."""
        return self._models.count_relations(entity_id, self._of(layers))

    def twins(
        self, entity_id: str, limit: int, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """See `ModelStore.twins`."""
        return self._models.twins(entity_id, limit, self._of(layers))

    def part(self, name: ModelName, what: PartKind, key: str) -> ModelPart | None:
        """See `ModelStore.part`."""
        return self._models.part(name, what, key) if self._has(name) else None

    def groups_of(self, entity_id: str) -> tuple[ModelPart, ...]:
        """See `ModelStore.groups_of`."""
        return self._models.groups_of(entity_id) if self.object(entity_id) is not None else ()

    def parts(self, name: ModelName, what: PartKind) -> tuple[ModelPart, ...]:
        """See `ModelStore.parts`."""
        return self._models.parts(name, what) if self._has(name) else ()

    def members(
        self, name: ModelName, group: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """See `ModelStore.members`."""
        return self._models.members(name, group, page, self._of(layers))

    def count_members(
        self, name: ModelName, group: str, layers: Collection[str] | None = None
    ) -> int:
        """See `ModelStore.count_members`."""
        return self._models.count_members(name, group, self._of(layers))

    def _of(self, layers: Collection[str] | None) -> Collection[str]:
        """Those of some layers that are seen."""
        return self._seen() if layers is None else self._seen() & frozenset(layers)

    def _has(self, name: ModelName) -> bool:
        return any(one.name == name for one in self.all())
