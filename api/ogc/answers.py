"""Answers that hold features: their text, links and headers."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import orjson

from api.ogc import exchange, offers
from api.ogc.items import Page, Texts
from api.ogc.links import JSON, link
from api.ogc.parameters import ItemsRequest
from api.security.sight import link_values

type Links = list[dict[str, str]]

PLACES = frozenset({"offset", "cursor"})
"""Parameters that say where a page begins."""


def headers_of(tag: str, crs: str) -> dict[str, str]:
    """Headers of an answer with a validator, in a CRS that is named by its URI."""
    return {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Content-Crs": f"<{crs}>",
        "Vary": "Accept, Accept-Encoding",
    }


def page_links(
    collection: str,
    values: Mapping[str, str],
    wanted: ItemsRequest,
    page: Page,
    form: str = offers.PAGE_OF_GEOJSON,
) -> Links:
    """Links of a page of items: itself, its other forms, its neighbours and its collection."""
    here, media = f"{collection}/items", offers.media_types()[form]
    others = {name: value for name, value in values.items() if name != "f"}
    kept = {name: value for name, value in others.items() if name not in PLACES}
    own = {} if form == offers.PAGE_OF_GEOJSON else {"f": form}
    whole = {name: value for name, value in kept.items() if name != "limit"}
    links = [
        link("self", _url(here, others | own), media),
        link("collection", collection, JSON),
    ]
    if page.next is not None:
        following = {**kept, **own, "cursor": str(page.next), **link_values()}
        links.append(link("next", _url(here, following), media))
    if wanted.offset > 0:
        before = {**kept, **own, "offset": str(max(0, wanted.offset - wanted.limit))}
        before |= {"cursor": values["cursor"]} if "cursor" in values else {}
        links.append(link("prev", _url(here, before), media))
    language = values.get("lang", "zh")
    return links + offers.other_forms(_url(here, kept), _url(here, whole), form, language)


def _url(path: str, values: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(values, quote_via=quote, safe=',:/')}" if values else path


def collection_parts(page: Page, links: Links) -> tuple[bytes, Texts, bytes]:
    """The feature collection as text, UTF-8, in parts."""
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
    return opening, page.texts, b"]}"


def feature_links(collection: str, fid: int, form: str = offers.PAGE_OF_GEOJSON) -> Links:
    """Links of one feature: itself, its other forms and its collection."""
    here, media = f"{collection}/items/{fid}", offers.media_types()[form]
    own = "" if form == offers.PAGE_OF_GEOJSON else f"?f={form}"
    alternates = offers.other_forms(here, here, form, "zh")
    return [
        link("self", f"{here}{own}", media),
        *(other for other in alternates if other["rel"] == "alternate"),
        link("collection", collection, JSON),
    ]


def feature_text(text: bytes, links: Links) -> bytes:
    """A feature's text with its links."""
    return b'%b,"links":%b}' % (text[:-1], orjson.dumps(links))
