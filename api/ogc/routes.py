"""The routes of the OGC API.

JSON is answered by our own thin code; pages come from pygeoapi's protocol functions. The page of
items is the hot one: it runs on the event loop when the cache has it, and in a thread otherwise.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from api.errors import ParameterError
from api.ogc import documents, exchange, openapi, protocol, schemas
from api.ogc import parameters as params
from api.ogc.documents import Context
from api.ogc.exchange import Asked
from api.ogc.items import Items, Page
from api.ogc.parameters import ItemsRequest, Limits
from api.ogc.reference import operations
from api.ogc.registry import Registry
from api.ogc.words import field_title
from cim.catalog import Layer
from cim.errors import NotFoundError
from cim.store.base import Store

ROOT = "/ogc"
COMPRESSED_ON_LOOP = 32_768
"""Bytes up to which compressing takes less time than a change of threads."""

type Endpoint = Callable[[Request], Awaitable[Response]]
type Document = Callable[[Layer, Context], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class City:
    """What the pages say about the city."""

    title_zh: str
    title_en: str
    sample: bool
    root_path: str
    version: str
    """Version of this program."""


class OgcApi:
    """The OGC API over a store."""

    def __init__(self, store: Store, items: Items, city: City, limits: Limits) -> None:
        """Serve `store` by way of `items`."""
        self._store = store
        self._items = items
        self._city = city
        self._limits = limits

    def routes(self) -> list[BaseRoute]:
        """The routes of the API, whose root is `ROOT`."""
        one = "/collections/{collection}"
        router = Router(
            [
                Route(f"{one}/items", self._read_items),
                Route(f"{one}/items/{{feature}}", self._read_item),
                Route("/", self._read_landing),
                Route("/conformance", self._read_conformance),
                Route("/openapi", self._read_openapi),
                Route("/collections", self._read_collections),
                Route(one, self._read_collection),
                Route(f"{one}/queryables", self._described("queryables", schemas.queryables)),
                Route(f"{one}/schema", self._described("schema", schemas.schema)),
            ],
            redirect_slashes=False,
        )
        return [Mount(ROOT, router), Route(ROOT, self._read_landing)]

    async def _read_landing(self, request: Request) -> Response:
        asked, context = self._plain(request)
        if asked.form == "html":
            return await self._page("landing", request, asked, context)
        return exchange.json_response(documents.landing(context), documents.JSON, asked.language)

    async def _read_conformance(self, request: Request) -> Response:
        asked, context = self._plain(request)
        if asked.form == "html":
            return await self._page("conformance", request, asked, context)
        return exchange.json_response(documents.conformance(), documents.JSON, asked.language)

    async def _read_openapi(self, request: Request) -> Response:
        asked, context = self._plain(request)
        if asked.form == "html":
            return await self._page("openapi", request, asked, context)
        document = openapi.document(context, self._limits, self._city.version)
        return exchange.json_response(document, documents.OPENAPI, asked.language)

    async def _read_collections(self, request: Request) -> Response:
        asked, context = self._plain(request)
        if asked.form == "html":
            return await self._page("collections", request, asked, context)
        document = documents.collections(self._store.layers().values(), context)
        return exchange.json_response(document, documents.JSON, asked.language)

    async def _read_collection(self, request: Request) -> Response:
        asked, context = self._plain(request)
        layer = self._layer(request)
        if asked.form == "html":
            return await self._page("collections", request, asked, context, layer)
        document = documents.collection(layer, context)
        return exchange.json_response(document, documents.JSON, asked.language)

    def _described(self, kind: str, document: Document) -> Endpoint:
        async def read(request: Request) -> Response:
            asked, context = self._plain(request)
            layer = self._layer(request)
            if asked.form == "html":
                return await self._page(kind, request, asked, context, layer)
            made = document(layer, context)
            return exchange.json_response(made, documents.SCHEMA, asked.language)

        return read

    async def _read_items(self, request: Request) -> Response:
        asked = exchange.asked(request)
        layer = self._layer(request)
        wanted = params.parse_items(asked.values, layer, self._limits)
        if asked.form == "html":
            return await self._items_page(request, asked, layer)
        base = self._base(request)
        tag = exchange.etag(self._city.version, layer.version, base, request.url.query)
        headers = _item_headers(tag, wanted.representation.crs.uri)
        if exchange.is_unchanged(request, tag):
            return Response(status_code=304, headers=headers)
        page = self._items.ready_page(layer, wanted)
        if page is None:
            page = await _in_thread(self._items.page, layer, wanted)
        links = _item_links(f"{base}/collections/{layer.name}", asked.values, wanted, page)
        return await _packed(request, _collection_text(page, links), headers)

    async def _items_page(self, request: Request, asked: Asked, layer: Layer) -> Response:
        if "cursor" in asked.values:
            raise ParameterError("cursor", "pages in HTML begin at an offset")
        return await self._page("items", request, asked, self._context(request, asked), layer)

    async def _read_item(self, request: Request) -> Response:
        asked = exchange.asked(request)
        params.refuse_unknown(asked.values, params.ITEM)
        layer = self._layer(request)
        fid = _row_number(request, layer)
        if asked.form == "html":
            context = self._context(request, asked)
            return await self._page("item", request, asked, context, layer, str(fid))
        shape = params.parse_representation(asked.values, layer)
        base = self._base(request)
        tag = exchange.etag(self._city.version, layer.version, base, request.url)
        headers = _item_headers(tag, shape.crs.uri)
        text = await _in_thread(self._items.feature, layer, fid, shape)
        if exchange.is_unchanged(request, tag):
            return Response(status_code=304, headers=headers)
        href = f"{base}/collections/{layer.name}"
        links = [
            documents.link("self", f"{href}/items/{fid}", documents.GEOJSON),
            documents.link("alternate", f"{href}/items/{fid}?f=html", documents.HTML),
            documents.link("collection", href, documents.JSON),
        ]
        body = b'%b,"links":%b}' % (text[:-1], orjson.dumps(links))
        return await _packed(request, body, headers)

    def _plain(self, request: Request) -> tuple[Asked, Context]:
        """What a request without parameters of its own asks for."""
        asked = exchange.asked(request)
        params.refuse_unknown(asked.values, params.COMMON)
        return asked, self._context(request, asked)

    def _context(self, request: Request, asked: Asked) -> Context:
        city = self._city
        return Context(self._base(request), asked.language, city.title_zh, city.title_en)

    def _base(self, request: Request) -> str:
        return f"{exchange.origin(request, self._city.root_path)}{ROOT}"

    def _layer(self, request: Request) -> Layer:
        return self._store.layer(request.path_params["collection"])

    async def _page(
        self,
        function: str,
        request: Request,
        asked: Asked,
        context: Context,
        layer: Layer | None = None,
        *arguments: str,
    ) -> Response:
        names = (layer.name,) if layer is not None else ()

        def make() -> str:
            layers = self._store.layers()
            registry = Registry(layers, self._items, self._limits)
            shown = self._shown(function, request, asked, context, layer)
            return protocol.page(function, request, shown, registry, *names, *arguments)

        headers = {"Content-Language": asked.language, "Vary": "Accept, Accept-Language"}
        return HTMLResponse(await _in_thread(make), headers=headers)

    def _shown(
        self,
        function: str,
        request: Request,
        asked: Asked,
        context: Context,
        layer: Layer | None,
    ) -> protocol.PageContext:
        document = openapi.document(context, self._limits, self._city.version)
        other = "en" if asked.language == "zh" else "zh"
        fields = layer.fields if layer is not None else ()
        return protocol.PageContext(
            context=context,
            root=context.base.removesuffix(ROOT),
            sample=self._city.sample,
            switch=str(request.url.include_query_params(f="html", lang=other)),
            layers=self._store.layers(),
            titles={field.name: field_title(field, asked.language) for field in fields},
            operations=operations(document) if function == "openapi" else (),
        )


async def _in_thread[*Values, T](call: Callable[[*Values], T], *values: *Values) -> T:
    """The result of a call that may wait for the store, made off the event loop."""
    return await anyio.to_thread.run_sync(call, *values, abandon_on_cancel=True)


def _row_number(request: Request, layer: Layer) -> int:
    text: str = request.path_params["feature"]
    if not (text.isascii() and text.isdigit()) or int(text) > params.LARGEST:
        raise NotFoundError(f"layer {layer.name!r} has no feature {text[:40]!r}; ids are numbers")
    return int(text)


def _item_headers(tag: str, crs: str) -> dict[str, str]:
    return {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Content-Crs": f"<{crs}>",
        "Vary": "Accept, Accept-Encoding",
    }


def _item_links(
    collection: str, values: Mapping[str, str], wanted: ItemsRequest, page: Page
) -> list[dict[str, str]]:
    """Links of a page of items: itself, its other form, its neighbours and its collection."""
    here = f"{collection}/items"
    others = {name: value for name, value in values.items() if name != "f"}
    kept = {name: value for name, value in others.items() if name not in {"offset", "cursor"}}
    links = [
        documents.link("self", _url(here, others), documents.GEOJSON),
        documents.link("alternate", _url(here, {**kept, "f": "html"}), documents.HTML),
        documents.link("collection", collection, documents.JSON),
    ]
    if page.next_after is not None:
        following = {**kept, "cursor": str(page.next_after)}
        links.append(documents.link("next", _url(here, following), documents.GEOJSON))
    if wanted.offset > 0:
        before = {**kept, "offset": str(max(0, wanted.offset - wanted.limit))}
        before |= {"cursor": values["cursor"]} if "cursor" in values else {}
        links.append(documents.link("prev", _url(here, before), documents.GEOJSON))
    return links


def _url(path: str, values: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(values, quote_via=quote, safe=',:/')}" if values else path


def _collection_text(page: Page, links: list[dict[str, str]]) -> bytes:
    """The feature collection as text, UTF-8."""
    head = (
        b'{"type":"FeatureCollection","numberMatched":%d,"numberReturned":%d,'
        b'"timeStamp":"%b","links":%b,"features":['
    )
    opening = head % (
        page.matched,
        page.returned,
        exchange.now_text().encode(),
        orjson.dumps(links),
    )
    return b"".join((opening, page.texts, b"]}"))


async def _packed(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """The GeoJSON answer, compressed if the client takes that and it gains something."""
    if len(body) >= exchange.WORTH_COMPRESSING and exchange.accepts_gzip(request):
        is_short = len(body) <= COMPRESSED_ON_LOOP
        body = exchange.gzipped(body) if is_short else await _in_thread(exchange.gzipped, body)
        headers = {**headers, "Content-Encoding": "gzip"}
    return Response(body, headers=headers, media_type=documents.GEOJSON)
