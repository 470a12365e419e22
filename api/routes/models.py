"""Building models: what was loaded, its groups, and what each version changed."""

from typing import Literal

import orjson
from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.difference_page import difference_page
from api.numerals import RowNumber
from api.routes.paging import Limit, Offset, page_links
from api.schemas.models import ModelList, ModelOut, WholeGroupOut, WholeModelOut
from api.schemas.objects import MODELS, GroupOut, LineOut, sets_of
from cim.bim.check.documents import from_json
from cim.bim.check.page import to_html
from cim.errors import NotFoundError
from cim.model_records import ModelName, ObjectLine, Page, StoredModel
from cim.models.documents import read_document
from cim.store.base import Store

MOST_BUILDINGS = 1_000


def router(store: Store, root_path: str) -> APIRouter:
    """Routes over the models of a store."""
    routes = APIRouter(prefix=MODELS, tags=["Models"])

    @routes.get("", summary="BIM 模型列表 / Building models")
    def read_models() -> ModelList:
        seen = store.layers().keys()
        found = (one for one in store.models.all() if seen >= set(one.layers))
        return ModelList(models=[ModelOut.from_model(one, root_path) for one in found])

    @routes.get("/{prefix}/{source}", summary="BIM 模型 / A building model")
    def read_model(prefix: str, source: str) -> WholeModelOut:
        model = _visible(store, prefix, source)
        return WholeModelOut.whole(
            model,
            root_path,
            _buildings(store, model),
            store.models.parts(model.name, "group"),
            store.models.versions(model.name),
        )

    @routes.get("/{prefix}/{source}/groups/{key}", summary="分区与系统 / A zone or system")
    def read_group(
        prefix: str, source: str, key: str, limit: Limit = 100, offset: Offset = 0
    ) -> WholeGroupOut:
        return _group(
            store, _visible(store, prefix, source).name, key, Page(limit, offset), root_path
        )

    @routes.get(
        "/{prefix}/{source}/check",
        summary="模型检查报告 / What the model check found",
        response_class=JSONResponse,
        responses={200: {"content": {"text/html": {}}}},
    )
    def read_check(prefix: str, source: str, f: Literal["json", "html"] = "json") -> Response:
        text = _check(store, _visible(store, prefix, source).name)
        if f == "html":
            return HTMLResponse(to_html(from_json(orjson.loads(text))))
        return Response(text, media_type="application/json")

    @routes.get(
        "/{prefix}/{source}/differences/{number}",
        summary="版本变化 / What a version changed",
        response_class=JSONResponse,
        responses={200: {"content": {"text/html": {}}}},
    )
    def read_difference(
        prefix: str, source: str, number: RowNumber, f: Literal["json", "html"] = "json"
    ) -> Response:
        text = store.models.difference(_visible(store, prefix, source).name, number)
        if f == "html":
            return HTMLResponse(difference_page(orjson.loads(text)))
        return Response(text, media_type="application/json")

    return routes


def _check(store: Store, name: ModelName) -> str:
    """JSON of what the check of a model found.

    Raises:
        NotFoundError: It was loaded before models were checked.
    """
    for part in store.models.parts(name, "check"):
        return part.document
    raise NotFoundError(f"model {name.prefix}/{name.source} was not checked; load it again")


def _visible(store: Store, prefix: str, source: str) -> StoredModel:
    """A model, if the caller may see all of its layers.

    Raises:
        NotFoundError: There is none, or the caller may not see it.
    """
    seen = store.layers().keys()
    model = next(
        (one for one in store.models.all() if one.name == ModelName(prefix, source)), None
    )
    if model is None or not seen >= set(model.layers):
        raise NotFoundError(f"no model {prefix}/{source}; {MODELS} lists those there are")
    return model


def _buildings(store: Store, model: StoredModel) -> list[ObjectLine]:
    """The buildings of a model."""
    return list(store.models.of_kind(model.name, "building", MOST_BUILDINGS))


def _group(store: Store, model: ModelName, key: str, page: Page, root_path: str) -> WholeGroupOut:
    """A group with a page of its members.

    Raises:
        NotFoundError: The model has none of this key.
    """
    part = store.models.part(model, "group", key)
    if part is None:
        raise NotFoundError(f"model {model.prefix}/{model.source} has no group {key!r}")
    seen = store.layers().keys()
    total = store.models.count_members(model, key, seen)
    named = GroupOut.from_part(part, model, root_path)
    return WholeGroupOut(
        **named.model_dump(),
        properties=sets_of("own", read_document(part.document)["psets"]),
        total=total,
        members=[
            LineOut.from_line(line, root_path)
            for line in store.models.members(model, key, page, seen)
        ],
        links=page_links(named.href, page, total),
    )
