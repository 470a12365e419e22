"""Answers that hold features: their text, links and headers."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import orjson

from api.ogc import documents, exchange
from api.ogc.items import Page
from api.ogc.parameters import ItemsRequest

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
    collection: str, values: Mapping[str, str], wanted: ItemsRequest, page: Page
) -> Links:
    """Links of a page of items: itself, its other form, its neighbours and its collection."""
    here = f"{collection}/items"
    others = {name: value for name, value in values.items() if name != "f"}
    kept = {name: value for name, value in others.items() if name not in PLACES}
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


def collection_text(page: Page, links: Links) -> bytes:
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


def feature_text(text: bytes, collection: str, fid: int) -> bytes:
    """A feature's text with its links."""
    here = f"{collection}/items/{fid}"
    links = [
        documents.link("self", here, documents.GEOJSON),
        documents.link("alternate", f"{here}?f=html", documents.HTML),
        documents.link("collection", collection, documents.JSON),
    ]
    return b'%b,"links":%b}' % (text[:-1], orjson.dumps(links))
