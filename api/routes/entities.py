"""Entities: everything the store knows about one thing in the city."""

from fastapi import APIRouter

from api.errors import ParameterError
from api.routes.paging import Limit, Offset, page_links
from api.schemas.entities import EntityChangeOut, EntityHistoryOut, EntityOut
from api.schemas.objects import (
    ENTITIES,
    LineOut,
    LinesOut,
    ModelPartOut,
    Related,
    RelationOut,
    RelationsOut,
    model_part,
)
from cim.entities.ids import check_id
from cim.errors import InputError
from cim.model_records import ModelPart, Page, StoredObject
from cim.models.documents import read_document
from cim.store.base import EntityRecord, Store

MOST_TWINS = 20


def router(store: Store, root_path: str) -> APIRouter:
    """Routes over the entities of a store."""
    routes = APIRouter(prefix=ENTITIES, tags=["Entities"])

    @routes.get("/{entity_id}", summary="实体查询 / One entity")
    def read_entity(entity_id: str) -> EntityOut:
        record = _visible(store, entity_id)
        name = record.attributes.get("source")
        source = store.source(record.layer.name, str(name)) if name is not None else None
        model = _model_part(store, record.entity_id, root_path)
        return EntityOut.from_record(record, source, root_path, model)

    @routes.get("/{entity_id}/history", summary="实体沿革 / What was done to an entity")
    def read_history(entity_id: str, limit: Limit = 100) -> EntityHistoryOut:
        record = _visible(store, entity_id)
        changes = store.history(record.layer.name, record.fid, limit)
        return EntityHistoryOut(changes=[EntityChangeOut.from_entry(one) for one in changes])

    @routes.get("/{entity_id}/children", summary="下级实体 / What stands below an entity")
    def read_children(entity_id: str, limit: Limit = 100, offset: Offset = 0) -> LinesOut:
        here, seen = _visible(store, entity_id).entity_id, store.layers().keys()
        total = sum(store.models.count_children(here, seen).values())
        found = store.models.children(here, Page(limit, offset), seen)
        path = f"{root_path}{ENTITIES}/{here}/children"
        return LinesOut(
            total=total,
            items=[LineOut.from_line(line, root_path) for line in found],
            links=page_links(path, Page(limit, offset), total),
        )

    @routes.get("/{entity_id}/relations", summary="关联实体 / Relations of an entity")
    def read_relations(entity_id: str, limit: Limit = 100, offset: Offset = 0) -> RelationsOut:
        here, seen = _visible(store, entity_id).entity_id, store.layers().keys()
        total = store.models.count_relations(here, seen)
        found = store.models.relations(here, Page(limit, offset), seen)
        path = f"{root_path}{ENTITIES}/{here}/relations"
        return RelationsOut(
            total=total,
            items=[RelationOut.from_relation(one, root_path) for one in found],
            links=page_links(path, Page(limit, offset), total),
        )

    return routes


def _visible(store: Store, text: str) -> EntityRecord:
    """The entity, if the caller may see its layer.

    Raises:
        ParameterError: The text is no entity id.
        NotFoundError: There is none, or the caller may not see it.
    """
    try:
        checked = check_id(text)
    except InputError as error:
        raise ParameterError("entity_id", str(error)) from error
    return store.entity(checked)


def _model_part(store: Store, entity_id: str, root_path: str) -> ModelPartOut | None:
    """What a building model says of an entity, None where none does."""
    one = store.models.object(entity_id)
    if one is None:
        return None
    seen = store.layers().keys()
    kind = _type_of(store, one)
    parent = store.models.line(one.parent_id) if one.parent_id else None
    related = Related(
        parent=parent if parent is not None and parent.layer in seen else None,
        children=store.models.count_children(entity_id, seen),
        relations=store.models.count_relations(entity_id, seen),
        groups=store.models.groups_of(entity_id),
        twins=store.models.twins(entity_id, MOST_TWINS, seen),
    )
    return model_part(one, kind, related, root_path)


def _type_of(store: Store, one: StoredObject) -> ModelPart | None:
    """The type of an object, None where it has none."""
    key = read_document(one.object.document)["type"]
    return None if key is None else store.models.part(one.model, "type", key)
