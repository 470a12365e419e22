"""Bodies about building models."""

from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, Field

from api.schemas.common import LinkOut
from api.schemas.objects import GroupOut, LineOut, SetOut, model_path
from cim.model_records import ModelPart, ModelVersion, ObjectLine, StoredModel
from cim.models.documents import read_document


class VersionOut(BaseModel):
    """A load that brought a model, or changed it."""

    number: int
    file: str
    digest: str
    loaded_at: str
    difference: str | None = Field(description="Path of what it changed, also with ?f=html")

    @classmethod
    def from_version(cls, one: ModelVersion, path: str) -> Self:
        """The body of a version."""
        href = f"{path}/differences/{one.number}" if one.has_difference else None
        return cls(
            number=one.number,
            file=one.file,
            digest=one.digest,
            loaded_at=one.loaded_at,
            difference=href,
        )


class ModelOut(BaseModel):
    """A building model."""

    name: str
    prefix: str
    source: str
    file: str
    loaded_at: str
    schema_name: str = Field(serialization_alias="schema", description="IFC schema")
    application: str
    project: str | None = Field(description="GlobalId of its IfcProject")
    project_name: str | None
    layers: list[str]
    href: str

    @classmethod
    def from_model(cls, one: StoredModel, root_path: str) -> Self:
        """The body of a model."""
        return cls(**_model(one, root_path))


class WholeModelOut(ModelOut):
    """A building model with all that is known of it as a whole."""

    georeference: dict[str, Any]
    unit: dict[str, Any]
    classes: dict[str, int] = Field(description="Number of objects by IFC class")
    level: dict[str, Any] | None = Field(
        description="CIM level with its reasons, after the guide, not verified against its text"
    )
    check_href: str = Field(description="What the model check found; f=html for a page")
    notes: list[str]
    buildings: list[LineOut]
    groups: list[GroupOut]
    versions: list[VersionOut]

    @classmethod
    def whole(
        cls,
        one: StoredModel,
        root_path: str,
        buildings: Sequence[ObjectLine],
        groups: Sequence[ModelPart],
        versions: Sequence[ModelVersion],
    ) -> Self:
        """The body of a model with its buildings, groups and versions."""
        document = read_document(one.document)
        path = model_path(one.name, root_path)
        return cls(
            **_model(one, root_path),
            **{name: document[name] for name in ("georeference", "unit", "classes", "notes")},
            level=document.get("level"),
            check_href=f"{path}/check",
            buildings=[LineOut.from_line(line, root_path) for line in buildings],
            groups=[GroupOut.from_part(part, one.name, root_path) for part in groups],
            versions=[VersionOut.from_version(version, path) for version in versions],
        )


def _model(one: StoredModel, root_path: str) -> dict[str, Any]:
    document = read_document(one.document)
    return {
        "name": f"{one.name.prefix}/{one.name.source}",
        "prefix": one.name.prefix,
        "source": one.name.source,
        "file": one.file,
        "loaded_at": one.loaded_at,
        "schema_name": document["schema"],
        "application": document["application"],
        "project": document["project"],
        "project_name": document["project_name"],
        "layers": list(one.layers),
        "href": model_path(one.name, root_path),
    }


class ModelList(BaseModel):
    """Building models, the latest load first."""

    models: list[ModelOut]


class WholeGroupOut(GroupOut):
    """A zone, system or group with its properties and a page of its members."""

    properties: list[SetOut]
    total: int = Field(description="Number of members")
    members: list[LineOut]
    links: list[LinkOut]
