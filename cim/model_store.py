"""The protocol of what a store tells of building models."""

from collections.abc import Collection, Mapping
from typing import Protocol

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


class ModelStore(Protocol):
    """The building models of a city, beside their rows in layers."""

    def all(self) -> tuple[StoredModel, ...]:
        """The models, the latest load first."""
        ...

    def one(self, name: ModelName) -> StoredModel:
        """A model.

        Raises:
            NotFoundError: There is none of this name.
        """
        ...

    def versions(self, name: ModelName) -> tuple[ModelVersion, ...]:
        """The loads that brought or changed a model, the latest first."""
        ...

    def difference(self, name: ModelName, number: int) -> str:
        """JSON of what a version changed.

        Raises:
            NotFoundError: The model has no such version, or it was the first.
        """
        ...

    def objects(self, name: ModelName) -> tuple[StoredObject, ...]:
        """All objects of a model that are valid now, in their order; none of an unknown model."""
        ...

    def of_kind(self, name: ModelName, kind: str, limit: int) -> tuple[ObjectLine, ...]:
        """Objects of a kind of a model that are valid now, in order."""
        ...

    def object(self, entity_id: str) -> StoredObject | None:
        """An object, valid or retired; None when the entity is none of a model."""
        ...

    def line(self, entity_id: str) -> ObjectLine | None:
        """An object without what may be long."""
        ...

    def children(
        self, entity_id: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """What stands directly below an object, valid now, in order; of some layers only."""
        ...

    def count_children(
        self, entity_id: str, layers: Collection[str] | None = None
    ) -> Mapping[str, int]:
        """Number of such objects by kind."""
        ...

    def relations(
        self, entity_id: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[StoredRelation, ...]:
        """Relations of an object with valid ones, by kind; of some layers only."""
        ...

    def count_relations(self, entity_id: str, layers: Collection[str] | None = None) -> int:
        """Number of such relations."""
        ...

    def twins(
        self, entity_id: str, limit: int, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """Valid objects of other models with the same GlobalId; of some layers only."""
        ...

    def part(self, name: ModelName, what: PartKind, key: str) -> ModelPart | None:
        """A type or group of a model."""
        ...

    def groups_of(self, entity_id: str) -> tuple[ModelPart, ...]:
        """The groups that an object belongs to."""
        ...

    def parts(self, name: ModelName, what: PartKind) -> tuple[ModelPart, ...]:
        """All types or groups of a model, by key."""
        ...

    def members(
        self, name: ModelName, group: str, page: Page, layers: Collection[str] | None = None
    ) -> tuple[ObjectLine, ...]:
        """Valid members of a group, in order; of some layers only."""
        ...

    def count_members(
        self, name: ModelName, group: str, layers: Collection[str] | None = None
    ) -> int:
        """Number of such members."""
        ...
