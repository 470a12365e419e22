"""The list of collections, quick in a city of a thousand layers.

What is said of a layer is encoded once, as long as the layer stays what it is; the list is put
together from these pieces and kept with its compressed form, as long as the catalogue stays what
it is. Pieces hold a mark where the address of the API goes, so that they serve every address.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.errors import ParameterError
from api.ogc import documents, exchange
from api.ogc import parameters as params
from api.ogc.documents import Context, both_forms
from api.ogc.exchange import Asked, in_thread
from api.ogc.links import JSON, link
from api.ogc.words import WORDS
from api.security.sight import current_tag
from cim.catalog import Layer
from cim.layer_search import LayerQuery, find_layers

KEPT: Final = 4
"""Lists that are kept: one for each language, address and kind of caller."""

PARAMETERS: Final = (*params.COMMON, "q", "theme", "limit", "offset")
LONGEST_QUERY: Final = 200
_MARK: Final = "cim:7d3c9a1e5b"
"""Stands for the address of the API."""


@dataclass(frozen=True, slots=True)
class _List:
    """A list as it is sent."""

    layers: Mapping[str, Layer]
    """The snapshot that it lists."""

    body: bytes
    packed: bytes
    """As gzip."""

    tag: str


class CollectionList:
    """Lists of collections. Safe for use from several threads."""

    def __init__(self, version: str) -> None:
        """For a program of this version."""
        self._version = version
        self._pieces: dict[str, dict[str, tuple[Layer, bytes]]] = {}
        self._lists: OrderedDict[tuple[str, ...], _List] = OrderedDict()
        self._guard = threading.Lock()

    async def respond(
        self, request: Request, asked: Asked, layers: Mapping[str, Layer], context: Context
    ) -> Response:
        """The list, or the part of it that is asked for.

        Raises:
            ParameterError: A parameter is unknown or not legal.
        """
        params.refuse_unknown(asked.values, PARAMETERS)
        if any(name not in params.COMMON for name in asked.values):
            body = await in_thread(self._part, asked.values, layers, context)
            return await _sent(request, body, context.language)
        key = (current_tag(), context.language, context.base)
        held = self._lists.get(key)
        if held is None or held.layers is not layers:
            held = await in_thread(self._whole, key, layers, context)
        headers = _headers(context.language) | {"ETag": held.tag, "Cache-Control": "no-cache"}
        if exchange.is_unchanged(request, held.tag):
            return Response(status_code=304, headers=headers)
        if exchange.accepts_gzip(request):
            packing = headers | {"Content-Encoding": "gzip"}
            return Response(held.packed, headers=packing, media_type=JSON)
        return Response(held.body, headers=headers, media_type=JSON)

    def _whole(self, key: tuple[str, ...], layers: Mapping[str, Layer], context: Context) -> _List:
        href = f"{context.base}/collections"
        links = both_forms(href, WORDS[context.language]["collections"])
        body = self._text(layers.values(), links, {}, context)
        tag = exchange.etag(self._version, body)
        made = _List(layers, body, exchange.gzipped(body), tag)
        with self._guard:
            self._lists[key] = made
            self._lists.move_to_end(key)
            while len(self._lists) > KEPT:
                self._lists.popitem(last=False)
        return made

    def _part(
        self, values: Mapping[str, str], layers: Mapping[str, Layer], context: Context
    ) -> bytes:
        """Layers that fit `q` and `theme`, one page of them."""
        words = values.get("q", "")
        if len(words) > LONGEST_QUERY:
            raise ParameterError("q", f"{len(words)} characters; at most {LONGEST_QUERY}")
        found = find_layers(layers.values(), LayerQuery(words, values.get("theme", "")))
        limit = params.integer(values, "limit", max(1, len(found)), least=1)
        offset = params.integer(values, "offset", 0, least=0)
        page = found[offset : offset + limit]
        href = f"{context.base}/collections"
        links = both_forms(href, WORDS[context.language]["collections"])
        links[0]["href"] = f"{href}?{urlencode(dict(values), quote_via=quote)}"
        if offset + limit < len(found):
            following = dict(values) | {"limit": str(limit), "offset": str(offset + limit)}
            links.append(link("next", f"{href}?{urlencode(following, quote_via=quote)}", JSON))
        counts = {"numberMatched": len(found), "numberReturned": len(page)}
        return self._text(page, links, counts, context)

    def _text(
        self,
        layers: Iterable[Layer],
        links: list[dict[str, str]],
        counts: Mapping[str, int],
        context: Context,
    ) -> bytes:
        pieces = self._encoded(layers, context)
        head = orjson.dumps({**counts, "links": links})[:-1]
        texts = b",".join(pieces).replace(_MARK.encode(), context.base.encode())
        return b'%b,"collections":[%b]}' % (head, texts)

    def _encoded(self, layers: Iterable[Layer], context: Context) -> list[bytes]:
        """What is said of each layer; encoded anew where the layer is not what it was."""
        held = self._pieces.get(context.language, {})
        marked = replace(context, base=_MARK)
        pieces, fresh = [], {}
        for layer in layers:
            known, text = held.get(layer.name, (None, b""))
            if known is not layer:
                text = orjson.dumps(documents.collection(layer, marked))
                fresh[layer.name] = (layer, text)
            pieces.append(text)
        if fresh:
            with self._guard:
                before = self._pieces.get(context.language, {})
                self._pieces = {**self._pieces, context.language: {**before, **fresh}}
        return pieces


async def _sent(request: Request, body: bytes, language: str) -> Response:
    headers = _headers(language)
    if len(body) >= exchange.WORTH_COMPRESSING and exchange.accepts_gzip(request):
        body = await in_thread(exchange.gzipped, body)
        headers |= {"Content-Encoding": "gzip"}
    return Response(body, headers=headers, media_type=JSON)


def _headers(language: str) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept, Accept-Encoding, Accept-Language"}
