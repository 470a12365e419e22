"""The routes of OGC API - DGGS, at the root of the API and under each collection.

Source: OGC 21-038r1, clauses 7, 8, 12, 14 and 15.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.errors import TooLargeError
from api.ogc import exchange
from api.ogc import parameters as params
from api.ogc.city import City
from api.ogc.dggs import data, documents, features, requests
from api.ogc.dggs.documents import Document, Origin, ZonePage
from api.ogc.dggs.pages import DggsPages
from api.ogc.dggs.places import EVERYTHING, Places
from api.ogc.dggs.requests import MEDIA, DataRequest
from api.ogc.dggs.systems import Dggrs, find, zone_code
from api.ogc.dggs.zones import ZoneFinder
from api.ogc.documents import DGGS_REL
from api.ogc.encoding import PLAIN, encode
from api.ogc.exchange import Asked, in_thread
from api.ogc.links import GEOJSON, JSON, link
from api.ogc.openapi_dggs import BINARY
from cim.arrays import Uint64
from cim.catalog import Layer
from cim.store.base import Store
from cim.zones.measure import areas_m2

ROBOTS = "User-agent: *\nDisallow: */dggs/*/zones/*\n"
"""Asks robots not to walk all zones (/rec/core/robots-txt)."""

MOST_FEATURES = 50_000
"""Features of an answer."""


class TooManyFeaturesError(TooLargeError):
    """A zone holds more features than one answer may have.

    Args:
        estimate: How many it holds.
    """

    def __init__(self, estimate: int) -> None:
        super().__init__(
            f"{estimate} features, more than the limit of {MOST_FEATURES}; ask for a finer zone"
        )
        self.estimate = estimate
        self.limit = MOST_FEATURES


type Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its path understood."""

    request: Request
    asked: Asked
    origin: Origin
    layers: tuple[Layer, ...]
    """The layers of the origin."""

    @property
    def layer(self) -> Layer | None:
        """The layer of the collection, None at the root."""
        return self.origin.layer

    @property
    def system(self) -> Dggrs:
        """The DGGRS of the path."""
        return find(self.request.path_params["dggrs"])

    @property
    def zone(self) -> np.uint64:
        """The zone of the path."""
        return zone_code(self.system, self.request.path_params["zone"])


class DggsApi:
    """The DGGS resources over a store."""

    def __init__(self, store: Store, city: City) -> None:
        """Serve the grids, and the layers of `store` by zone."""
        self._store = store
        self._city = city
        self._places = Places(store)
        self._zones = ZoneFinder(self._places)
        self._pages = DggsPages(store, city)

    def routes(self) -> list[BaseRoute]:
        """The routes below the root of the OGC API."""
        one = "/dggs/{dggrs}"
        table: tuple[tuple[str, tuple[str, ...], Callable[[Call], Response]], ...] = (
            ("/dggs", requests.ABOUT, self._read_systems),
            (one, requests.ABOUT, self._read_system),
            (f"{one}/definition", ("json",), self._read_definition),
            (f"{one}/zones", requests.ZONES, self._read_zones),
            (f"{one}/zones/{{zone}}", requests.ZONE, self._read_zone),
            (f"{one}/zones/{{zone}}/data", requests.DATA, self._read_data),
        )
        return [
            Route(f"{above}{path}", self._endpoint(forms, answer))
            for above in ("", "/collections/{collection}")
            for path, forms, answer in table
        ]

    def _endpoint(self, forms: tuple[str, ...], answer: Callable[[Call], Response]) -> Endpoint:
        async def read(request: Request) -> Response:
            return await in_thread(self._respond, request, forms, answer)

        return read

    def _respond(
        self, request: Request, forms: tuple[str, ...], answer: Callable[[Call], Response]
    ) -> Response:
        """The answer with its headers, or 304 where the client has it."""
        asked = requests.asked(request, forms)
        layers = self._store.layers()
        name = request.path_params.get("collection")
        layer = None if name is None else self._store.layer(name)
        call = Call(
            request,
            asked,
            Origin(self._city.context(request, asked.language), layer),
            tuple(layers.values()) if layer is None else (layer,),
        )
        versions = [(one.name, one.version) for one in call.layers]
        tag = exchange.etag(self._city.version, request.url, asked.form, asked.language, versions)
        headers = {
            "ETag": tag,
            "Cache-Control": "no-cache",
            "Content-Language": asked.language,
            "Vary": "Accept, Accept-Language, Accept-Encoding",
        }
        unchanged = exchange.is_unchanged(request, tag)
        response = Response(status_code=HTTPStatus.NOT_MODIFIED) if unchanged else answer(call)
        response.headers.update(headers)
        return _packed(response) if exchange.accepts_gzip(request) else response

    def _read_systems(self, call: Call) -> Response:
        params.refuse_unknown(call.asked.values, params.COMMON)
        return self._shown(call, "index", documents.systems(call.origin))

    def _read_system(self, call: Call) -> Response:
        params.refuse_unknown(call.asked.values, params.COMMON)
        return self._shown(call, "system", documents.description(call.origin, call.system))

    def _read_definition(self, call: Call) -> Response:
        params.refuse_unknown(call.asked.values, params.COMMON)
        return _json(documents.definition(call.system, call.origin.context))

    def _read_zones(self, call: Call) -> Response:
        system, layer = call.system, call.layer
        asked = requests.parse_zones(call.asked.values, system, layer)
        found = self._zones.find(system, asked.query, layer, asked.selection)
        codes = found.codes[asked.offset : asked.offset + asked.limit]
        place = asked.offset, asked.limit, len(found.codes)
        shown = {**call.asked.values} | (
            {"f": call.asked.form} if call.asked.form != "json" else {}
        )
        page = ZonePage(
            codes=codes,
            texts=system.text(codes),
            areas_m2=areas_m2(system.grid, codes),
            matched=len(found.codes),
            level=found.level,
            links=documents.zones_links(call.origin, system, shown, place),
        )
        if call.asked.form == "uint64":
            return _binary(page)
        if call.asked.form == "geojson":
            body = features.zone_collection(system, page, asked.geometry)
            return Response(body, media_type=GEOJSON)
        return self._shown(
            call, "zones", documents.zones(call.origin, system, page), page=page, system=system
        )

    def _read_zone(self, call: Call) -> Response:
        params.refuse_unknown(call.asked.values, params.COMMON)
        system, zone = call.system, call.zone
        held = any(
            len(data.features_in(self._places, system, zone, layer, EVERYTHING))
            for layer in call.layers
        )
        document = documents.zone(call.origin, system, zone, has_data=held)
        if call.layer is not None:
            found = data.statistics(self._places, system, zone, call.layer)
            document = {**document, "statistics": found}
        if call.asked.form == "geojson":
            return Response(orjson.dumps(features.zone_feature(document)), media_type=GEOJSON)
        return self._shown(call, "zone", document, system=system)

    def _read_data(self, call: Call) -> Response:
        system, zone = call.system, call.zone
        known = data.members(call.layers, prefixed=call.layer is None)
        wanted = requests.parse_data(call.asked, system, zone, known, call.layer)
        if wanted.geometry == "vectorized" and call.layer is not None:
            return self._vectors(call, call.layer, wanted)
        depths = data.zone_values(
            self._places, system, zone, wanted.depths, wanted.members, wanted.selection
        )
        if not any(depth.held.any() for depth in depths):
            return Response(status_code=HTTPStatus.NO_CONTENT)
        links = _data_links(call)
        if wanted.geometry is None:
            text = system.text(np.array([zone]))[0]
            return _json(
                features.dggs_json(call.origin, system, text, depths, wanted.members, links)
            )
        texts = features.data_features(system, depths, wanted.members, wanted.geometry)
        head = {"type": "FeatureCollection", "links": links}
        return Response(features.collection(head, texts), media_type=GEOJSON)

    def _vectors(self, call: Call, layer: Layer, wanted: DataRequest) -> Response:
        """The features that lie in the zone, as they are."""
        system, zone = call.system, call.zone
        fids = data.features_in(self._places, system, zone, layer, wanted.selection)
        if len(fids) == 0:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        if len(fids) > MOST_FEATURES:
            raise TooManyFeaturesError(len(fids))
        names = tuple(m.field.name for m in wanted.members if m.field is not None)
        texts = (
            text
            for batch in self._places.features(layer, fids, names)
            for text in encode(batch, PLAIN)
        )
        head = {
            "type": "FeatureCollection",
            "numberReturned": len(fids),
            "links": _data_links(call),
        }
        return Response(features.collection(head, texts), media_type=GEOJSON)

    def _shown(self, call: Call, template: str, document: Document, **more: Any) -> Response:  # noqa: ANN401 - template values
        """The document, or the page that shows it."""
        if call.asked.form == "html":
            return self._pages.page(call.request, call.origin, template, document, **more)
        return _json(document)


def robots(_request: Request) -> Response:
    """The robots.txt of the server."""
    return PlainTextResponse(ROBOTS)


def _json(document: Document) -> Response:
    return Response(orjson.dumps(document), media_type=JSON)


def _packed(response: Response) -> Response:
    """The answer as gzip, where that gains something."""
    if len(response.body) < exchange.WORTH_COMPRESSING:
        return response
    body = exchange.gzipped(bytes(response.body))
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, response.status_code, {**kept, "Content-Encoding": "gzip"})


def _data_links(call: Call) -> documents.Links:
    """Links of zone data: itself, its zone and its system."""
    here = call.origin.zone(call.system, call.system.text(np.array([call.zone]))[0])
    return [
        link("self", str(call.request.url), MEDIA[call.asked.form]),
        link(f"{DGGS_REL}/dggrs-zone-info", here, JSON),
        link(f"{DGGS_REL}/dggrs", call.origin.system(call.system), JSON),
    ]


def _binary(page: ZonePage) -> Response:
    """A page as 64-bit integers, little endian: how many, then the zones."""
    count = np.array([len(page.codes)], np.uint64)
    words: Uint64 = np.concatenate([count, page.codes]).astype("<u8")
    headers = {
        "Link": ", ".join(
            f'<{one["href"]}>; rel="{one["rel"]}"'
            for one in page.links
            if one["rel"] in {"next", "prev"}
        )
    }
    return Response(
        words.tobytes(),
        headers=headers if headers["Link"] else None,
        media_type=BINARY,
    )
