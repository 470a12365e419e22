"""The routes that write features.

Source: OGC 20-002r1 (Features Part 4, Create, Replace, Update and Delete), clauses 6-11.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from api.editing_settings import EditingSettings
from api.errors import ParameterError
from api.ogc import parameters as params
from api.ogc.city import City
from api.ogc.editing import bodies, conditions
from api.ogc.editing.answers import allowed, not_allowed, refused
from api.ogc.editing.conditions import Preferences, expected_states, preferences, tag_of
from api.ogc.editing.geojson import Wish, content_crs
from api.ogc.editing.permission import ON_ITEM, ON_ITEMS, methods
from api.ogc.editing.service import Done, Order, Service
from api.ogc.encoding import Representation
from api.ogc.exchange import in_thread
from api.ogc.links import GEOJSON, JSON
from api.security.sight import sight_of
from cim.catalog import Layer
from cim.editing.prepare import Operation
from cim.edits import EditRefusedError
from cim.errors import NotFoundError
from cim.store.base import Store

ITEMS: Final = "/collections/{collection}/items"
ITEM: Final = f"{ITEMS}/{{feature}}"
TRANSACTIONS: Final = "/collections/{collection}/transactions"
OPERATIONS: Final[Mapping[str, Operation]] = {
    "create": "create",
    "replace": "replace",
    "update": "update",
    "delete": "retire",
}
VERBS: Final[Mapping[Operation, str]] = {
    "create": "create",
    "replace": "update",
    "update": "update",
    "retire": "delete",
}
CLOSED_REQUEST: Final = 400
SHORT: Final = 20_000
"""Bytes of a body that is read on the event loop: a fraction of a millisecond."""


type Endpoint = Callable[[Request], Awaitable[Response]]


class KeptError(NotFoundError):
    """A layer that something else keeps: nobody may edit it here."""


@dataclass(frozen=True, slots=True)
class Editing:
    """The part of the OGC API that writes."""

    store: Store
    service: Service
    city: City
    settings: EditingSettings

    def routes(self) -> list[Route]:
        """The routes, beside those that read."""
        return [
            Route(ITEMS, self._guarded(self._create), methods=["POST"]),
            Route(ITEMS, self._options_items, methods=["OPTIONS"]),
            Route(ITEMS, self._refuse_items, methods=["PUT", "PATCH", "DELETE"]),
            Route(ITEM, self._guarded(self._replace), methods=["PUT"]),
            Route(ITEM, self._guarded(self._update), methods=["PATCH"]),
            Route(ITEM, self._guarded(self._delete), methods=["DELETE"]),
            Route(ITEM, self._options_item, methods=["OPTIONS"]),
            Route(ITEM, self._refuse_item, methods=["POST"]),
            Route(TRANSACTIONS, self._guarded(self._transact), methods=["POST"]),
        ]

    async def _create(self, request: Request) -> Response:
        layer = await self._editable(request, "create")
        document = await self._document(request, bodies.FEATURE_TYPES)
        order = self._order(request, layer)
        done = await in_thread(self.service.create, order, document)
        if document.get("type") == "FeatureCollection":
            return await self._many(request, order, done, HTTPStatus.CREATED)
        fid, state = done.outcome.fids[0], done.outcome.states[0]
        location = f"{self._collection(request, layer)}/items/{fid}"
        headers = {"Location": location, "ETag": tag_of(state)}
        return await self._one(
            request, order, done, (HTTPStatus.CREATED, HTTPStatus.CREATED), headers
        )

    async def _replace(self, request: Request) -> Response:
        return await self._change(request, "replace", bodies.FEATURE_TYPES)

    async def _update(self, request: Request) -> Response:
        return await self._change(request, "update", bodies.PATCH_TYPES)

    async def _change(
        self, request: Request, operation: Operation, types: tuple[str, ...]
    ) -> Response:
        """Replace a feature, or change parts of it."""
        layer = await self._editable(request, "update")
        fid = params.row_number(request.path_params["feature"], layer)
        expected = await self._conditions(request, layer, fid)
        document = await self._document(request, types)
        order = self._order(request, layer)
        done = await in_thread(self.service.do, order, [Wish(operation, fid, document, expected)])
        headers = {"ETag": tag_of(done.outcome.states[0])}
        return await self._one(
            request, order, done, (HTTPStatus.NO_CONTENT, HTTPStatus.OK), headers
        )

    async def _delete(self, request: Request) -> Response:
        layer = await self._editable(request, "delete")
        fid = params.row_number(request.path_params["feature"], layer)
        expected = await self._conditions(request, layer, fid)
        wish = Wish("retire", fid, {}, expected)
        await in_thread(self.service.do, self._order(request, layer), [wish])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _transact(self, request: Request) -> Response:
        """Several edits of one layer, all of them or none.

        The draft of Features Part 11 was not at hand: address and body are our own.
        """
        layer = await self._editable(request, "")
        document = await self._document(request, (bodies.JSON,))
        order = self._order(request, layer)
        operations = document.get("operations")
        if not isinstance(operations, list) or not operations or len(document) != 1:
            raise ParameterError("operations", "must be the only member, a list that is not empty")
        wishes = await in_thread(self._wishes, operations)
        for operation in dict.fromkeys(wish.operation for wish in wishes):
            sight_of(request).require(VERBS[operation], layer)
        done = await in_thread(self.service.do, order, wishes)
        return await self._many(request, order, done, HTTPStatus.OK)

    def _wishes(self, operations: list[Any]) -> list[Wish]:
        return [
            self._wish(index, one) for index, one in enumerate(self.service.objects(operations))
        ]

    def _wish(self, index: int, one: Mapping[str, Any]) -> Wish:
        """An operation of a transaction.

        Raises:
            ParameterError: It is none; `field` says which.
        """
        where = f"operations[{index}]"
        operation = OPERATIONS.get(str(one.get("op")))
        if operation is None:
            raise ParameterError(f"{where}.op", f"legal: {', '.join(OPERATIONS)}")
        body = {"create": "feature", "replace": "feature", "update": "patch"}.get(operation)
        legal = {"op"} | ({body} if body else set())
        legal |= set() if operation == "create" else {"id", "if_match"}
        for name in one:
            if name not in legal:
                raise ParameterError(f"{where}.{name}", f"legal: {', '.join(sorted(legal))}")
        document = one.get(body, {}) if body else {}
        if not isinstance(document, dict):
            raise ParameterError(f"{where}.{body}", "is no object")
        if operation == "create":
            return Wish(operation, None, document)
        fid = one.get("id")
        if not isinstance(fid, int) or isinstance(fid, bool) or not 0 <= fid <= params.LARGEST:
            raise ParameterError(f"{where}.id", "is no id of a feature; legal: a whole number")
        return Wish(operation, fid, document, self._condition(where, one))

    def _condition(self, where: str, one: Mapping[str, Any]) -> frozenset[str] | None:
        if "if_match" not in one:
            if self.settings.require_if_match:
                raise ParameterError(f"{where}.if_match", "is missing; legal: the feature's ETag")
            return None
        return conditions.states_in(str(one["if_match"]), f"{where}.if_match")

    async def _options_items(self, request: Request) -> Response:
        layer = self._known(request)
        return Response(headers=allowed(await self._methods(request, layer, ON_ITEMS)))

    async def _options_item(self, request: Request) -> Response:
        """What may be done with a feature, whether or not there is one: QGIS asks of any."""
        layer = self._known(request)
        return Response(headers=allowed(await self._methods(request, layer, ON_ITEM)))

    async def _refuse_items(self, request: Request) -> Response:
        possible = await self._methods(request, self._known(request), ON_ITEMS)
        return not_allowed(request, possible, f"{request.method} is for one feature, by its id")

    async def _refuse_item(self, request: Request) -> Response:
        possible = await self._methods(request, self._known(request), ON_ITEM)
        return not_allowed(request, possible, "POST is for the list of features")

    async def _methods(
        self, request: Request, layer: Layer, among: frozenset[str]
    ) -> tuple[str, ...]:
        if await in_thread(self.store.keeper, layer.name) is not None:
            return ()
        return methods(request, layer, among)

    def _known(self, request: Request) -> Layer:
        return self.store.layer(request.path_params["collection"])

    async def _editable(self, request: Request, verb: str) -> Layer:
        """The layer, if the caller may edit it.

        Raises:
            NotFoundError: There is none that the caller may see.
            ForbiddenError: The caller may not.
            KeptError: Nobody may edit it here.
        """
        layer = self._known(request)
        params.refuse_unknown(dict(request.query_params), ())
        if keeper := await in_thread(self.store.keeper, layer.name):
            raise KeptError(f"layer {layer.name!r} cannot be edited here: {keeper}")
        if verb:
            sight_of(request).require(verb, layer)
        return layer

    async def _document(self, request: Request, types: tuple[str, ...]) -> Mapping[str, Any]:
        """The JSON object in the body; a long one is read in a thread."""
        body = await bodies.read_body(request, types, int(self.settings.max_body_mb * 1e6))
        if len(body) <= SHORT:
            return bodies.read_object(body)
        return await in_thread(bodies.read_object, body)

    def _order(self, request: Request, layer: Layer) -> Order:
        source = content_crs(request.headers.get("content-crs"), layer)
        lenient = preferences(request).handling == "lenient"
        return Order(layer, source, sight_of(request), lenient)

    async def _conditions(self, request: Request, layer: Layer, fid: int) -> frozenset[str] | None:
        """The states in which the feature may be, None for any.

        Raises:
            EditRefusedError: If-None-Match forbids the state in which it is.
        """
        expected = expected_states(request, required=self.settings.require_if_match)
        forbidden = conditions.refused_states(request)
        if forbidden is None or forbidden:
            await in_thread(self.service.refuse_state, layer, fid, forbidden)
        return expected

    async def _one(
        self,
        request: Request,
        order: Order,
        done: Done,
        statuses: tuple[int, int],
        headers: dict[str, str],
    ) -> Response:
        """The answer about one feature: with it if the client prefers, or if it was mended."""
        wanted = preferences(request)
        with_feature = wanted.wants_feature or bool(done.mended)
        headers = headers | wanted.applied(returned=with_feature == wanted.wants_feature)
        if not with_feature:
            return Response(status_code=statuses[0], headers=headers)
        shape = Representation(order.source)
        texts = await in_thread(self.service.texts, order.layer, done.outcome.fids, shape)
        headers["Content-Crs"] = f"<{order.source.uri}>"
        return Response(texts[0], statuses[1], headers=headers, media_type=GEOJSON)

    async def _many(self, request: Request, order: Order, done: Done, status: int) -> Response:
        """The answer about several features: their ids and tags, or the features themselves."""
        wanted, outcome = preferences(request), done.outcome
        headers = wanted.applied(returned=True)
        if wanted.wants_feature:
            shape = Representation(order.source)
            texts = await in_thread(self.service.texts, order.layer, outcome.fids, shape)
            body = b'{"type":"FeatureCollection","features":[' + b",".join(texts) + b"]}"
            headers["Content-Crs"] = f"<{order.source.uri}>"
            return Response(body, status, headers=headers, media_type=GEOJSON)
        made = zip(outcome.fids, outcome.entity_ids, outcome.states, strict=True)
        document = {
            "created": outcome.created,
            "updated": outcome.updated,
            "unchanged": outcome.unchanged,
            "retired": outcome.retired,
            "mended": done.mended,
            "features": [
                {"id": fid, "entity_id": entity_id, "etag": tag_of(state)}
                for fid, entity_id, state in made
            ],
        }
        return Response(orjson.dumps(document), status, headers=headers, media_type=JSON)

    def _collection(self, request: Request, layer: Layer) -> str:
        return f"{self.city.base(request)}/collections/{layer.name}"

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint that lists all faults of what it refuses, and forgets clients that left."""

        async def run(request: Request) -> Response:
            try:
                return await endpoint(request)
            except KeptError as error:
                return not_allowed(request, (), str(error))
            except EditRefusedError as error:
                wanted = preferences(request)
                headers = Preferences(handling=wanted.handling).applied(returned=False)
                return refused(request, error, headers)
            except ClientDisconnect:
                return Response(status_code=CLOSED_REQUEST)

        return run
