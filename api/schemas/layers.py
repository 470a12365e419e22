"""Bodies of the catalogue: layers, their entries, their past."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Discriminator, Tag
from pydantic import Field as Member

from api.ogc.words import field_title, layer_title
from api.schemas.common import BoundsOut, LinkOut, Titles
from cim.catalog import (
    SYSTEM_FIELDS,
    EntryVersion,
    Field,
    Layer,
    LayerQuality,
    LayerWorkspace,
    LoadRecord,
    NewLayer,
)
from cim.freshness import age_of
from cim.layer_rules import checked_new_fields
from cim.layer_search import LayerQuery
from cim.themes import themes

LAYERS = "/api/layers"
MOST_LAYERS = 5_000
"""Layers in one request to publish."""


class Body(BaseModel):
    """A body that has no other members than those named."""

    model_config = ConfigDict(extra="forbid")


class LayerSearchIn(Body):
    """What layers are looked for by, and which page of them."""

    q: str = Member(default="", max_length=200, description="Words that its entry holds")
    theme: str = Member(default="", max_length=80, description="专题 / Such as planning")
    workspace: str = Member(default="", max_length=63, description="专题空间 / Workspace")
    status: str = Member(default="", max_length=20, description="draft, published or retired")
    limit: int = Member(default=100, ge=1, le=1_000)
    offset: int = Member(default=0, ge=0, le=2**31)

    def query(self) -> LayerQuery:
        """What is looked for.

        Raises:
            EntryError: Theme or status is unknown.
        """
        return LayerQuery(self.q, self.theme, self.workspace, self.status)

    def links(self, path: str, total: int) -> list[LinkOut]:
        """Links to this page and those before and after it."""
        links = [LinkOut(rel="self", href=self._address(path, self.offset), title="page")]
        if self.offset + self.limit < total:
            after = self._address(path, self.offset + self.limit)
            links.append(LinkOut(rel="next", href=after, title="next"))
        if self.offset > 0:
            before = self._address(path, max(0, self.offset - self.limit))
            links.append(LinkOut(rel="prev", href=before, title="prev"))
        return links

    def _address(self, path: str, start: int) -> str:
        said = self.model_dump(exclude_defaults=True) | {"limit": self.limit, "offset": start}
        return f"{path}?{urlencode(said, quote_via=quote)}"


class FieldIn(Body):
    """What is said of a column; its type only of a new one."""

    name: str
    type: str | None = Member(default=None, description="Of a new column; default string")
    title_zh: str | None = None
    title_en: str | None = None
    unit: str | None = None
    classification: str | None = Member(default=None, description="public, internal or restricted")

    def said(self) -> dict[str, Any]:
        """The members that are said."""
        return self.model_dump(exclude_none=True)


class EntryIn(Body):
    """What is said of a layer; members that are missing stay as they are."""

    title_zh: str | None = None
    title_en: str | None = None
    description_zh: str | None = None
    description_en: str | None = None
    keywords: list[str] | None = None
    class_code: str | None = Member(default=None, description="Entity class, such as BLDG")
    name_field: str | None = Member(default=None, description="Column that names a feature")
    height_field: str | None = Member(default=None, description="Column with the height, metres")
    classification: str | None = Member(default=None, description="public, internal or restricted")
    theme: str | None = Member(default=None, description="Such as planning.control_lines")
    workspaces: list[str] | None = None
    authority: str | None = Member(default=None, description="权威来源 / Authoritative source")
    steward: str | None = Member(default=None, description="数据管理单位 / Steward")
    licence: str | None = Member(default=None, description="SPDX id, name or address")
    attribution: str | None = None
    source_date: str | None = Member(default=None, description="YYYY-MM-DD, YYYY-MM or YYYY")
    update_cycle: str | None = Member(default=None, description="ISO 8601 duration such as P1Y")
    status: str | None = Member(default=None, description="draft or published")
    fields: list[FieldIn] | None = Member(default=None, description="Titles and units of columns")
    why: str = Member(default="", max_length=500, description="变更原因 / Why")

    def entry(self) -> dict[str, Any]:
        """The members that are said, `why` and those of publishing not among them."""
        said = self.model_dump(
            include=set(EntryIn.model_fields), exclude={"why", "fields"}, exclude_unset=True
        )
        if self.fields is not None:
            said["fields"] = [one.said() for one in self.fields]
        return said


class LayerIn(EntryIn):
    """A layer to publish: a new and empty one, a draft, or a table that QGIS put in."""

    name: str = Member(description="Lower-case letters, digits and _, a letter first")
    geometry_type: str = Member(default="", description="Of a new layer, such as POINT")
    crs: str = Member(default="", description="Of a new layer; default: the city's")
    table: str = Member(default="", description="Feature table to take up, if named otherwise")

    def new(self) -> NewLayer:
        """As the store takes it.

        Raises:
            EntryError: A column is not legal.
        """
        entry = self.entry()
        fields = checked_new_fields(entry.pop("fields", ())) if self.geometry_type else ()
        return NewLayer(self.name, entry, self.geometry_type, self.crs, fields, self.table)


class LayersIn(Body):
    """Several layers, published together or not at all."""

    layers: list[LayerIn] = Member(min_length=1, max_length=MOST_LAYERS)
    why: str = Member(default="", max_length=500)


def _kind(body: object) -> str:
    """Whether a body publishes one layer or several."""
    several = "layers" in body if isinstance(body, dict) else isinstance(body, LayersIn)
    return "LayersIn" if several else "LayerIn"


type PublishIn = Annotated[
    Annotated[LayerIn, Tag("LayerIn")] | Annotated[LayersIn, Tag("LayersIn")],
    Discriminator(_kind),
]
"""One layer, or several that are published together."""


class ReasonIn(Body):
    """Why something is done."""

    why: str = Member(default="", max_length=500)


class WorkspaceIn(Body):
    """Titles of a workspace."""

    title_zh: str = Member(min_length=1, max_length=200)
    title_en: str = Member(min_length=1, max_length=200)


class FieldOut(BaseModel):
    """A column."""

    name: str
    type: str
    title: Titles
    unit: str
    classification: str
    system: bool
    """Whether every layer has it."""

    @classmethod
    def of(cls, field: Field) -> Self:
        """The body of a column."""
        return cls(
            name=field.name,
            type=field.type,
            title=Titles(zh=field_title(field, "zh"), en=field_title(field, "en")),
            unit=field.unit,
            classification=field.classification,
            system=field.name in SYSTEM_FIELDS,
        )


class ThemeOut(BaseModel):
    """A theme."""

    code: str
    title: Titles


class QualityOut(BaseModel):
    """What was found when the features were looked at."""

    measured_at: str
    version: int
    is_current: bool
    """Whether no feature changed since."""

    features: int
    valid: float
    complete: float
    completeness: dict[str, float]
    invalid: dict[str, int]
    examples: list[int]

    @classmethod
    def of(cls, quality: LayerQuality, version: int) -> Self:
        """The body of what was found, for a layer that is at a version."""
        return cls(
            measured_at=quality.measured_at,
            version=quality.version,
            is_current=quality.version == version,
            features=quality.features,
            valid=quality.valid,
            complete=quality.complete,
            completeness=dict(quality.completeness),
            invalid=dict(quality.invalid),
            examples=list(quality.examples),
        )


class FreshnessOut(BaseModel):
    """Age of the data against the update cycle."""

    state: Literal["current", "due", "overdue", "unknown"]
    as_of: str
    age_days: float | None
    cycle_days: float | None


class LayerOut(BaseModel):
    """A layer as the catalogue knows it."""

    name: str
    title: Titles
    description: Titles
    keywords: list[str]
    theme: ThemeOut | None
    workspaces: list[str]
    entity_class: str = Member(serialization_alias="class")
    geometry_type: str
    crs: str
    bounds: BoundsOut | None
    item_count: int
    classification: str
    status: Literal["draft", "published", "retired"]
    retired_at: str
    retire_reason: str
    authority: str
    steward: str
    licence: str
    attribution: str
    source_date: str
    update_cycle: str
    updated: str
    freshness: FreshnessOut
    quality: QualityOut | None
    version: int
    """Journal sequence of the latest change of a feature."""

    entry_version: int
    links: list[LinkOut]

    @classmethod
    def of(cls, layer: Layer, root_path: str) -> Self:
        """The body of a layer."""
        return cls(**_members(layer, root_path))


class LoadOut(BaseModel):
    """One load in the lineage of a layer."""

    source: str
    file: str
    digest: str
    crs: str
    id_rule: str
    loaded_at: str
    inserted: int | None
    updated: int | None
    unchanged: int | None
    retired: int | None
    restored: int | None


class LayerDetailOut(LayerOut):
    """A layer with its columns and where its features came from."""

    name_field: str | None
    height_field: str | None
    fields: list[FieldOut]
    lineage: list[LoadOut]

    @classmethod
    def with_loads(
        cls, layer: Layer, loads: tuple[LoadRecord, ...], root_path: str
    ) -> "LayerDetailOut":
        """The body of a layer."""
        return cls(
            **_members(layer, root_path),
            name_field=layer.name_field,
            height_field=layer.height_field,
            fields=[FieldOut.of(one) for one in layer.fields],
            lineage=[LoadOut.model_validate(one, from_attributes=True) for one in loads],
        )


class LayersOut(BaseModel):
    """Layers, one page of them."""

    total: int
    layers: list[LayerOut]
    links: list[LinkOut]


class PublishedOut(BaseModel):
    """What was published."""

    layers: list[str]


class VersionOut(BaseModel):
    """An entry of the catalogue as it was."""

    version: int
    changed_at: str
    who: str
    why: str
    entry: dict[str, Any]

    @classmethod
    def of(cls, version: EntryVersion) -> Self:
        """The body of a version."""
        return cls(
            version=version.version,
            changed_at=version.changed_at,
            who=version.who,
            why=version.why,
            entry=dict(version.entry),
        )


class VersionsOut(BaseModel):
    """All versions of an entry, the newest first."""

    versions: list[VersionOut]


class WorkspaceOut(BaseModel):
    """A workspace, and how many layers of it the caller sees."""

    name: str
    title: Titles
    layers: int
    links: list[LinkOut]

    @classmethod
    def of(cls, workspace: LayerWorkspace, count: int, root_path: str) -> Self:
        """The body of a workspace."""
        href = f"{root_path}/ogc/{workspace.name}/"
        return cls(
            name=workspace.name,
            title=Titles(zh=workspace.title_zh, en=workspace.title_en),
            layers=count,
            links=[LinkOut(rel="service", href=href, title="OGC API")],
        )


class WorkspacesOut(BaseModel):
    """All workspaces, and the themes, each of which is one too."""

    workspaces: list[WorkspaceOut]
    themes: list[WorkspaceOut]


class TableOut(BaseModel):
    """A feature table that is not in the catalogue."""

    table: str
    geometry_type: str


class TablesOut(BaseModel):
    """Feature tables that another program put in, and that may be published."""

    tables: list[TableOut]


def _members(layer: Layer, root_path: str) -> dict[str, Any]:
    theme, age = themes().get(layer.theme), age_of(layer, datetime.now(UTC))
    said = {name: getattr(layer, name) for name in _PLAIN}
    return {
        **said,
        "title": Titles(zh=layer_title(layer, "zh"), en=layer_title(layer, "en")),
        "description": Titles(zh=layer.description_zh, en=layer.description_en),
        "keywords": list(layer.keywords),
        "workspaces": list(layer.workspaces),
        "theme": theme
        and ThemeOut(code=theme.code, title=Titles(zh=theme.title_zh, en=theme.title_en)),
        "entity_class": layer.class_code,
        "freshness": FreshnessOut.model_validate(age, from_attributes=True),
        "quality": layer.quality and QualityOut.of(layer.quality, layer.version),
        "links": _links(layer, root_path),
    }


_PLAIN = (
    *("name", "geometry_type", "crs", "bounds", "item_count", "classification", "status"),
    *("retired_at", "retire_reason", "authority", "steward", "licence", "attribution"),
    *("source_date", "update_cycle", "updated", "version", "entry_version"),
)


def _links(layer: Layer, root_path: str) -> list[LinkOut]:
    here, ogc = f"{root_path}{LAYERS}/{layer.name}", f"{root_path}/ogc/collections/{layer.name}"
    return [
        LinkOut(rel="self", href=here, title=layer.name),
        LinkOut(rel="version-history", href=f"{here}/versions", title="versions"),
        LinkOut(rel="collection", href=ogc, title="OGC API"),
        LinkOut(rel="items", href=f"{ogc}/items", title="GeoJSON"),
    ]
