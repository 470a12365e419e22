"""Bodies about objects of building models."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from api.schemas.common import LinkOut
from cim.model_records import (
    ModelName,
    ModelPart,
    ObjectLine,
    StoredObject,
    StoredRelation,
)
from cim.models.documents import read_document

ENTITIES = "/api/entities"
MODELS = "/api/models"


class LineOut(BaseModel):
    """An object of a model in a list."""

    id: str
    layer: str
    kind: str = Field(description="site, building, storey, part, space or element")
    global_id: str
    ifc_class: str
    name: str | None
    href: str

    @classmethod
    def from_line(cls, line: ObjectLine, root_path: str) -> Self:
        """The body of a line."""
        return cls(
            id=line.entity_id,
            layer=line.layer,
            kind=line.kind,
            global_id=line.global_id,
            ifc_class=line.ifc_class,
            name=line.name,
            href=f"{root_path}{ENTITIES}/{line.entity_id}",
        )


class ValueOut(BaseModel):
    """A property or quantity."""

    name: str
    value: Any = Field(description="Lengths, areas and volumes in m, m2 and m3")
    type: str | None = Field(description="IFC type of the value, such as IfcLabel")
    unit: str | None


class SetOut(BaseModel):
    """A property or quantity set (Pset_…, Qto_…)."""

    name: str
    origin: Literal["own", "type"] = Field(description="Of the object itself, or of its type")
    values: list[ValueOut]


class TypeOut(BaseModel):
    """The type of an object."""

    global_id: str
    ifc_class: str
    name: str | None
    predefined_type: str | None


class ClassificationOut(BaseModel):
    """A reference into a classification system."""

    system: str
    code: str
    name: str


class GroupOut(BaseModel):
    """A zone, system or group."""

    key: str
    global_id: str
    ifc_class: str
    name: str | None
    long_name: str | None
    href: str

    @classmethod
    def from_part(cls, part: ModelPart, model: ModelName, root_path: str) -> Self:
        """The body of a group."""
        document = read_document(part.document)
        names = ("global_id", "ifc_class", "name", "long_name")
        return cls(
            key=part.key,
            href=f"{model_path(model, root_path)}/groups/{quote(part.key, safe='')}",
            **{name: document[name] for name in names},
        )


class CountOut(BaseModel):
    """How many there are, and where they are listed."""

    total: int
    by_kind: dict[str, int] = Field(default_factory=dict)
    href: str


class ModelPartOut(BaseModel):
    """What a building model says of an entity."""

    model: str = Field(description="Prefix of the layers and key of the source")
    href: str
    kind: str
    key: str = Field(description="GlobalId, numbered where several objects share one")
    global_id: str
    ifc_class: str
    attributes: dict[str, Any]
    type: TypeOut | None
    materials: list[str]
    classifications: list[ClassificationOut]
    properties: list[SetOut]
    quantities: list[SetOut]
    groups: list[GroupOut]
    parent: LineOut | None
    children: CountOut
    relations: CountOut
    same_global_id: list[LineOut] = Field(
        description="Objects of other models with the same GlobalId, such as another file of the "
        "same building"
    )


class Related:
    """What stands around an object, as far as the caller may see it."""

    def __init__(
        self,
        parent: ObjectLine | None,
        children: Mapping[str, int],
        relations: int,
        groups: Sequence[ModelPart],
        twins: Sequence[ObjectLine],
    ) -> None:
        self.parent, self.children, self.relations = parent, children, relations
        self.groups, self.twins = groups, twins


def model_part(
    one: StoredObject, kind: ModelPart | None, related: Related, root_path: str
) -> ModelPartOut:
    """What a model says of an entity.

    Args:
        one: The object.
        kind: Its type.
        related: What stands around it.
        root_path: Of this server.
    """
    document = read_document(one.object.document)
    shared = None if kind is None else read_document(kind.document)
    here = f"{root_path}{ENTITIES}/{one.entity_id}"
    return ModelPartOut(
        model=f"{one.model.prefix}/{one.model.source}",
        href=model_path(one.model, root_path),
        kind=one.object.kind,
        key=one.object.key,
        global_id=one.object.global_id,
        ifc_class=one.object.ifc_class,
        attributes=document["attributes"],
        type=None if shared is None else TypeOut(**_named(shared)),
        materials=document["materials"] or (shared or {}).get("materials", []),
        classifications=[
            ClassificationOut(**entry)
            for source in (document, shared or {})
            for entry in source.get("classifications", ())
        ],
        properties=_sets("psets", document, shared),
        quantities=_sets("quantities", document, shared),
        groups=[GroupOut.from_part(part, one.model, root_path) for part in related.groups],
        parent=None if related.parent is None else LineOut.from_line(related.parent, root_path),
        children=CountOut(
            total=sum(related.children.values()),
            by_kind=dict(related.children),
            href=f"{here}/children",
        ),
        relations=CountOut(total=related.relations, href=f"{here}/relations"),
        same_global_id=[LineOut.from_line(line, root_path) for line in related.twins],
    )


def model_path(name: ModelName, root_path: str) -> str:
    """Path of a model on this server."""
    return f"{root_path}{MODELS}/{quote(name.prefix, safe='')}/{quote(name.source, safe='')}"


def _named(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in TypeOut.model_fields}


def _sets(name: str, own: Mapping[str, Any], shared: Mapping[str, Any] | None) -> list[SetOut]:
    """Sets of an object, then those of its type."""
    return [*sets_of("own", own.get(name, {})), *sets_of("type", (shared or {}).get(name, {}))]


def sets_of(origin: Literal["own", "type"], sets: Mapping[str, Any]) -> list[SetOut]:
    """The sets of a document."""
    return [
        SetOut(name=name, origin=origin, values=set_values(values))
        for name, values in sets.items()
    ]


def set_values(values: Mapping[str, Mapping[str, Any]]) -> list[ValueOut]:
    """The values of a set."""
    return [
        ValueOut(
            name=key,
            value=entry["value"],
            type=entry.get("type"),
            unit=entry.get("unit") or None,
        )
        for key, entry in values.items()
    ]


class LinesOut(BaseModel):
    """A page of objects."""

    total: int
    items: list[LineOut]
    links: list[LinkOut]


class RelationOut(BaseModel):
    """A relation of an object."""

    kind: str = Field(description="fills, covers, bounds or serves")
    direction: Literal["out", "in"] = Field(
        description="out: this object fills, covers, bounds or serves the other; in: it is filled "
        "and so on by it"
    )
    other: LineOut

    @classmethod
    def from_relation(cls, one: StoredRelation, root_path: str) -> Self:
        """The body of a relation."""
        return cls(
            kind=one.kind,
            direction="out" if one.is_source else "in",
            other=LineOut.from_line(one.other, root_path),
        )


class RelationsOut(BaseModel):
    """A page of relations."""

    total: int
    items: list[RelationOut]
    links: list[LinkOut]
