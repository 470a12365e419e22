"""Entities: everything the store knows about one thing in the city."""

from fastapi import APIRouter

from api.errors import ParameterError
from api.schemas.entities import EntityOut
from cim.entities.ids import check_id
from cim.errors import InputError
from cim.store.base import Store


def router(store: Store, root_path: str) -> APIRouter:
    """Routes over the entities of a store."""
    routes = APIRouter(prefix="/api/entities", tags=["Entities"])

    @routes.get("/{entity_id}", summary="实体查询 / One entity")
    def read_entity(entity_id: str) -> EntityOut:
        try:
            checked = check_id(entity_id)
        except InputError as error:
            raise ParameterError("entity_id", str(error)) from error
        record = store.entity(checked)
        name = record.attributes.get("source")
        source = store.source(record.layer.name, str(name)) if name is not None else None
        return EntityOut.from_record(record, source, root_path)

    return routes
