"""The routes of the OGC API.

The page of items is the hot one: it is answered on the event loop when the cache has it, and in
a thread otherwise. Pages in HTML are made in threads.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from api.ogc import answers, documents, exchange, linked_data, links, offers, openapi, schemas
from api.ogc import parameters as params
from api.ogc.city import ROOT, City
from api.ogc.collection_list import CollectionList
from api.ogc.dggs.routes import DggsApi, robots
from api.ogc.documents import Context
from api.ogc.editing.conditions import tag_of
from api.ogc.editing.routes import Editing
from api.ogc.encoding import Representation
from api.ogc.exchange import Asked, in_thread
from api.ogc.files import Files
from api.ogc.files import Wanted as FileWanted
from api.ogc.html.content import Wanted
from api.ogc.items import Items
from api.ogc.parameters import ItemsRequest, Limits
from api.ogc.pieces import PIECE, PiecesResponse
from api.ogc.problem_pages import ProblemPages, send_asset
from api.ogc.qgis.routes import QgisApi
from api.ogc.representations import parse_representation
from api.ogc.web import Pages
from api.ogc.workspaces import Workspaces
from cim.catalog import Layer
from cim.store.base import Store

COMPRESSED_ON_LOOP = 32_768
"""Bytes up to which compressing takes less time than a change of threads."""

type Endpoint = Callable[[Request], Awaitable[Response]]
type Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Works:
    """What makes the answers about features."""

    items: Items
    files: Files
    editing: Editing


class OgcApi:
    """The OGC API over a store."""

    def __init__(self, store: Store, works: Works, city: City, limits: Limits) -> None:
        """Serve `store` by way of `works`."""
        self._editing = works.editing
        self._store = store
        self._items = works.items
        self._city = city
        self._limits = limits
        self._pages = Pages(store, works.items, city, limits)
        self._list = CollectionList(city.version)
        self._files = works.files
        self._dggs = DggsApi(store, city)

    def routes(self) -> list[BaseRoute]:
        """The routes of the API, whose root is `ROOT`."""
        one = "/collections/{collection}"
        landing = self._about_all("landing", links.JSON, documents.landing)
        layer = self._about_one(
            "collection", links.JSON, documents.collection, linked_data.dataset
        )
        router = Router(
            [
                Route(f"{one}/items", self._read_items),
                Route(f"{one}/items/{{feature}}", self._read_item),
                Route(f"{one}/find", self._find),
                Route("/assets/{name}", send_asset),
                *self._editing.routes(),
                Route("/", landing),
                Route("/conformance", self._about_all("conformance", links.JSON, _conformance)),
                Route("/openapi", self._about_all("openapi", links.OPENAPI, self._openapi)),
                Route("/collections", self._read_collections),
                *self._dggs.routes(),
                *QgisApi(self._store, self._city).routes(),
                Route(one, layer),
                Route(f"{one}/api", self._about_one("api", links.OPENAPI, self._layer_api)),
                Route(
                    f"{one}/queryables",
                    self._about_one("queryables", links.SCHEMA, schemas.queryables),
                ),
                Route(f"{one}/schema", self._about_one("schema", links.SCHEMA, schemas.schema)),
                Route(
                    f"{one}/sortables",
                    self._about_one("sortables", links.SCHEMA, schemas.sortables),
                ),
            ],
            redirect_slashes=False,
        )
        api = Workspaces(ProblemPages(router, self._pages), self._store)
        return [Mount(ROOT, api), Route(ROOT, landing), Route("/robots.txt", robots)]

    def _about_all(
        self, page: str, media: str, document: Callable[[Context], Document]
    ) -> Endpoint:
        """A route whose answer is a document about the whole API, or its page."""

        async def read(request: Request) -> Response:
            asked = exchange.asked(request)
            if asked.form == "html":
                return await self._pages.respond(Wanted(page, request, asked))
            params.refuse_unknown(asked.values, params.COMMON)
            made = document(self._city.context(request, asked.language))
            return exchange.json_response(made, media, asked.language)

        return read

    def _about_one(
        self,
        page: str,
        media: str,
        document: Callable[[Layer, Context], Document],
        linked: Callable[[Layer, Context], Document] | None = None,
    ) -> Endpoint:
        """A route whose answer is a document about one layer, its page, or JSON-LD."""
        others = exchange.NO_OTHERS if linked is None else linked_data.FORMS

        async def read(request: Request) -> Response:
            asked = exchange.asked(request, others)
            params.refuse_unknown(asked.values, params.COMMON)
            layer = self._layer(request)
            if asked.form == "html":
                return await self._pages.respond(Wanted(page, request, asked, layer))
            context = self._city.context(request, asked.language)
            if linked is not None and asked.form == linked_data.FORM:
                made = await in_thread(linked, layer, context)
                return exchange.json_response(made, linked_data.MEDIA, asked.language)
            made = document(layer, context)
            return exchange.json_response(made, media, asked.language)

        return read

    def _openapi(self, context: Context) -> Document:
        return openapi.document(context, self._limits, self._city.version)

    def _layer_api(self, layer: Layer, context: Context) -> Document:
        return openapi.layer_document(layer, context, self._limits, self._city.version)

    async def _read_collections(self, request: Request) -> Response:
        asked = exchange.asked(request, linked_data.FORMS)
        if asked.form == "html":
            return await self._pages.respond(Wanted("collections", request, asked))
        context = self._city.context(request, asked.language)
        layers = self._store.layers()
        if asked.form == linked_data.FORM:
            params.refuse_unknown(asked.values, params.COMMON)
            made = await in_thread(linked_data.catalogue, layers.values(), context)
            return exchange.json_response(made, linked_data.MEDIA, asked.language)
        return await self._list.respond(request, asked, layers, context)

    async def _read_items(self, request: Request) -> Response:
        asked = exchange.asked(request, offers.media_types())
        layer = self._layer(request)
        if asked.form in offers.formats():
            return await self._files.items(self._file(request, asked, layer))
        wanted = await exchange.wanted_items(asked.values, layer, self._limits)
        if asked.form == "html":
            return await self._pages.respond(Wanted("items", request, asked, layer, wanted))
        base = self._city.base(request)
        tag = exchange.etag(self._city.version, layer.version, base, request.url.query)
        headers = answers.headers_of(tag, wanted.representation.crs.uri)
        if exchange.is_unchanged(request, tag):
            return Response(status_code=304, headers=headers)
        page = self._items.ready_page(layer, wanted)
        if page is None:
            page = await in_thread(self._items.page, layer, wanted)
        collection = f"{base}/collections/{layer.name}"
        around = answers.page_links(collection, asked.values, wanted, page)
        return await _packed(request, answers.collection_parts(page, around), headers)

    async def _read_item(self, request: Request) -> Response:
        asked = exchange.asked(request, {**offers.media_types(), **linked_data.FORMS})
        layer = self._layer(request)
        fid = params.row_number(request.path_params["feature"], layer)
        if asked.form in offers.formats():
            return await self._files.item(self._file(request, asked, layer), fid)
        params.refuse_unknown(asked.values, params.ITEM)
        shape = parse_representation(asked.values, layer)
        if asked.form == "html":
            items = ItemsRequest(1, representation=shape)
            return await self._pages.respond(Wanted("item", request, asked, layer, items, fid))
        text, state = await in_thread(self._feature, layer, fid, shape)
        base, packs = self._city.base(request), exchange.accepts_gzip(request)
        tag = tag_of(state, self._city.version, base, request.url.query, asked.form, packs)
        headers = answers.headers_of(tag, shape.crs.uri)
        if exchange.is_unchanged(request, tag):
            return Response(status_code=304, headers=headers)
        around = answers.feature_links(f"{base}/collections/{layer.name}", fid)
        if asked.form == linked_data.FORM:
            context = self._city.context(request, asked.language)
            body = await in_thread(linked_data.feature, text, layer, context)
            return Response(body, headers=headers, media_type=linked_data.MEDIA)
        body = answers.feature_text(text, around)
        return await _packed(request, (body,), headers)

    def _file(self, request: Request, asked: Asked, layer: Layer) -> FileWanted:
        return FileWanted(request, asked, layer, self._city.base(request), self._city.version)

    async def _find(self, request: Request) -> Response:
        return self._pages.found(request, exchange.asked(request), self._layer(request))

    def _feature(self, layer: Layer, fid: int, shape: Representation) -> tuple[bytes, str]:
        """A feature as text, and the state of its row; a text is never older than its state."""
        states = self._store.states(layer.name, np.array([fid], np.int64))
        return self._items.feature(layer, fid, shape), states.get(fid, "")

    def _layer(self, request: Request) -> Layer:
        return self._store.layer(request.path_params["collection"])


def _conformance(_context: Context) -> Document:
    return documents.conformance()


async def _packed(
    request: Request, parts: Sequence[bytes | memoryview], headers: dict[str, str]
) -> Response:
    """The GeoJSON answer, compressed if the client takes that and it gains something."""
    size = sum(len(part) for part in parts)
    if size >= exchange.WORTH_COMPRESSING and exchange.accepts_gzip(request):
        body, is_short = b"".join(parts), size <= COMPRESSED_ON_LOOP
        body = exchange.gzipped(body) if is_short else await in_thread(exchange.gzipped, body)
        packed = {**headers, "Content-Encoding": "gzip"}
        return Response(body, headers=packed, media_type=links.GEOJSON)
    if size > PIECE:
        return PiecesResponse(parts, headers, links.GEOJSON)
    return Response(b"".join(parts), headers=headers, media_type=links.GEOJSON)
