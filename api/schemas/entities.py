"""The body of an entity."""

from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, Field

from api.ogc import crs as systems
from api.ogc.words import field_title
from api.schemas.common import BoundsOut, LinkOut, PositionOut, Titles
from api.schemas.objects import ModelPartOut
from cim.catalog import SYSTEM_FIELDS, Layer, SourceRecord
from cim.catalog import Field as LayerField
from cim.edits import JournalEntry
from cim.entities.classes import CLASSES
from cim.store.base import EntityRecord


class CodesOut(BaseModel):
    """Grid codes of the representative point."""

    beidou: str | None
    geosot: str | None
    h3: str | None


class AttributeOut(BaseModel):
    """A value from the source."""

    value: Any
    title: Titles
    unit: str


class SourceOut(BaseModel):
    """Where an entity came from."""

    name: str | None
    source_id: str | None
    loaded_at: str | None
    file: str | None
    crs: str | None


class EntityOut(BaseModel):
    """One entity, valid or retired."""

    id: str
    entity_class: str = Field(serialization_alias="class")
    class_title: Titles
    name: str | None
    layer: str
    layer_title: Titles
    fid: int
    status: Literal["valid", "retired"]
    valid_from: str | None
    valid_to: str | None
    position: PositionOut | None
    bounds: BoundsOut | None
    height_m: float | None
    codes: CodesOut
    attributes: dict[str, AttributeOut]
    lods: list[str] = Field(description="Levels of detail with surfaces")
    source: SourceOut
    model: ModelPartOut | None = Field(
        default=None, description="What a building model says of it; null for other entities"
    )
    links: list[LinkOut]

    @classmethod
    def from_record(
        cls,
        record: EntityRecord,
        source: SourceRecord | None,
        root_path: str,
        model: ModelPartOut | None = None,
    ) -> Self:
        """The body of an entity of the store."""
        layer, values = record.layer, record.attributes
        retired = values.get("valid_to") is not None
        position, bounds = _place(record)
        return cls(
            id=record.entity_id,
            entity_class=layer.class_code,
            class_title=_class_titles(layer.class_code),
            name=_text(values.get(layer.name_field or "")),
            layer=layer.name,
            layer_title=Titles(zh=layer.title_zh or layer.name, en=layer.title_en or layer.name),
            fid=record.fid,
            status="retired" if retired else "valid",
            valid_from=values.get("valid_from"),
            valid_to=values.get("valid_to"),
            position=position,
            bounds=bounds,
            height_m=_number(values.get(layer.height_field or "")),
            codes=CodesOut(
                **{grid: values.get(f"{grid}_code") for grid in ("beidou", "geosot", "h3")}
            ),
            attributes=_attributes(record),
            lods=list(dict.fromkeys(record.lods)),
            source=_source(record, source),
            model=model,
            links=_links(record, root_path, is_retired=retired),
        )


class EntityChangeOut(BaseModel):
    """One change, as the journal has it."""

    changed_at: str
    operation: str = Field(description="insert, update, retire, delete or code")
    origin: str = Field(
        description="Who wrote: load NAME, api, edit (another program on the file) or code"
    )
    seq: int = Field(description="Number in the city's journal")

    @classmethod
    def from_entry(cls, entry: JournalEntry) -> Self:
        """The body of an entry of the journal."""
        return cls(
            changed_at=entry.changed_at,
            operation=entry.operation,
            origin=entry.origin,
            seq=entry.seq,
        )


class EntityHistoryOut(BaseModel):
    """What was done to an entity, the latest first."""

    changes: list[EntityChangeOut]


def _place(record: EntityRecord) -> tuple[PositionOut | None, BoundsOut | None]:
    """Representative point and bounds in longitude and latitude."""
    geometry = record.geometry
    if geometry is None or geometry.is_empty:
        return None, None
    shapes = np.array([geometry.representative_point(), geometry], dtype=object)
    moved = systems.transform(shapes, record.layer.crs, systems.crs_of(systems.CRS84))
    west, south, east, north = (float(value) for value in moved[1].bounds)
    return (float(moved[0].x), float(moved[0].y)), (west, south, east, north)


def _class_titles(code: str) -> Titles:
    known = CLASSES.get(code)
    return Titles(zh=known.title_zh, en=known.title_en) if known else Titles(zh=code, en=code)


def _attributes(record: EntityRecord) -> dict[str, AttributeOut]:
    own = (field for field in record.layer.fields if field.name not in SYSTEM_FIELDS)
    return {
        field.name: AttributeOut(
            value=_plain(record.attributes.get(field.name)), title=_titles(field), unit=field.unit
        )
        for field in own
    }


def _titles(field: LayerField) -> Titles:
    return Titles(zh=field_title(field, "zh"), en=field_title(field, "en"))


def _plain(value: object) -> object:
    return f"{len(value)} bytes" if isinstance(value, bytes) else value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> float | None:
    """The value as a number; None where it is none, as sources write `n/a` for heights."""
    try:
        return None if value is None else float(str(value))
    except ValueError:
        return None


def _source(record: EntityRecord, source: SourceRecord | None) -> SourceOut:
    return SourceOut(
        name=_text(record.attributes.get("source")),
        source_id=_text(record.attributes.get("source_id")),
        loaded_at=source.loaded_at if source else None,
        file=source.file if source else None,
        crs=source.crs if source else None,
    )


def _links(record: EntityRecord, root_path: str, *, is_retired: bool) -> list[LinkOut]:
    collection = f"{root_path}/ogc/collections/{record.layer.name}"
    address = f"{root_path}/api/entities/{record.entity_id}"
    own = LinkOut(rel="self", href=address, title=record.entity_id)
    of_layer = LinkOut(rel="collection", href=collection, title=_layer_title(record.layer))
    feature = LinkOut(rel="item", href=f"{collection}/items/{record.fid}", title="GeoJSON")
    return [own, of_layer] if is_retired else [own, of_layer, feature]


def _layer_title(layer: Layer) -> str:
    return layer.title_zh or layer.title_en or layer.name
