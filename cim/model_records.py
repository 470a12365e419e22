"""What a store keeps of a building model beside its layers: objects, types, groups, relations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cim.catalog import LayerDraft, SourceRecord
from cim.coding import CodedFeatures

REFERENCES: Final = {
    "parent_entity_id": "parent_id",
    "storey_entity_id": "storey_id",
    "building_entity_id": "building_id",
}
"""Columns that the store fills with the entity ids of the objects whose keys others hold."""

type PartKind = Literal["type", "group", "check"]


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model in the store: the prefix of its layers, and the key of its source."""

    prefix: str
    source: str


@dataclass(frozen=True, slots=True)
class ModelObject:
    """An object of a model as it is now."""

    key: str
    """Its id in the source: GlobalId, numbered where several objects share one."""

    layer: str
    kind: str
    """`site`, `building`, `storey`, `part`, `space` or `element`."""

    global_id: str
    ifc_class: str
    name: str | None
    parent: str | None
    """Key of the object above it, None at the top."""

    rank: int
    """Its place among all objects: storeys upward, then by class and name."""

    state: str
    """JSON of place and shape, for comparing versions."""

    document: str
    """JSON of what the file says of it: attributes, property sets, quantities."""


@dataclass(frozen=True, slots=True)
class ModelPart:
    """What objects of a model share or belong to, or what a check found; no object itself."""

    what: PartKind
    key: str
    document: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class ModelRelation:
    """A relation between two objects, or of a group (the source) and an object."""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class ModelLoad:
    """All that one load of a model brings."""

    name: ModelName
    source: SourceRecord
    layers: Sequence[tuple[LayerDraft, CodedFeatures]]
    objects: Sequence[ModelObject]
    """Those that have a row in a layer."""

    parts: Sequence[ModelPart]
    relations: Sequence[ModelRelation]
    document: str
    """JSON about the model as a whole."""

    difference: str | None
    """JSON of what changed since the load before; None for a new model."""

    is_changed: bool
    """Whether this is another version than the one before."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A load that brought a model, or changed it."""

    number: int
    """Unique in the store."""

    file: str
    digest: str
    loaded_at: str
    """ISO 8601, UTC."""

    has_difference: bool


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model in the store."""

    name: ModelName
    file: str
    loaded_at: str
    """ISO 8601, UTC."""

    document: str
    layers: tuple[str, ...]
    """Layers that hold its objects."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of a model in the store."""

    entity_id: str
    model: ModelName
    object: ModelObject
    is_valid: bool
    parent_id: str | None
    """Entity id of the object above it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list."""

    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class ObjectLine:
    """An object in a list: nothing that may be long."""

    entity_id: str
    layer: str
    kind: str
    global_id: str
    ifc_class: str
    name: str | None


@dataclass(frozen=True, slots=True)
class StoredRelation:
    """A relation of an object."""

    kind: str
    is_source: bool
    """Whether the relation goes out from the object asked about."""

    other: ObjectLine
