"""What each page shows, by the name of the page: what its template is given."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from api.errors import ParameterError
from api.ogc import answers, documents, openapi
from api.ogc.city import ROOT
from api.ogc.exchange import Asked
from api.ogc.html import conditions, items_page, layer_page, listing
from api.ogc.html.listing import Choice
from api.ogc.html.pictures import Pictures
from api.ogc.html.shell import Shown
from api.ogc.html.snippets import snippets
from api.ogc.html.words import WORDS
from api.ogc.items import Items, Page
from api.ogc.parameters import ItemsRequest, Limits
from api.ogc.reference import operations
from api.ogc.words import layer_title
from cim.catalog import Layer
from cim.store.base import Store

ROWS = 50
"""Features on a page when the request names no limit."""

SECTIONS: Mapping[str, str] = {
    "landing": "home",
    "openapi": "api",
    "conformance": "conformance",
    "problem": "",
}
"""Entry of the navigation by page; what is not here belongs to the layers."""

type Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page that a request asks for."""

    page: str
    """Name of the page and of its template."""

    request: Request
    asked: Asked
    layer: Layer | None = None
    items: ItemsRequest | None = None
    fid: int | None = None

    @property
    def section(self) -> str:
        """Entry of the navigation that it belongs to."""
        return SECTIONS.get(self.page, "collections")

    def about(self) -> Layer:
        """The layer that it is about.

        Raises:
            ParameterError: It is about none.
        """
        if self.layer is None:
            raise ParameterError("collection", f"the page {self.page!r} is about a layer")
        return self.layer


class Content:
    """Gathers what pages show. Safe for use from several threads."""

    def __init__(self, store: Store, items: Items, limits: Limits, version: str) -> None:
        """Gather from `store` and `items`."""
        self._store = store
        self._items = items
        self._limits = limits
        self._version = version
        self._pictures = Pictures(store)
        self._makers: Mapping[str, Callable[[Wanted, Shown], Values]] = {
            "landing": self._landing,
            "conformance": self._conformance,
            "openapi": self._openapi,
            "api": self._layer_api,
            "collections": self._collections,
            "collection": self._collection,
            "schema": self._fields,
            "queryables": self._fields,
            "sortables": self._fields,
            "items": self._rows,
            "item": self._item,
        }

    def of(self, wanted: Wanted, shown: Shown) -> Values:
        """What the template of the page is given."""
        return self._makers[wanted.page](wanted, shown)

    def _landing(self, _wanted: Wanted, shown: Shown) -> Values:
        layers, language = self._store.layers(), shown.context.language
        label = WORDS[language]["city_map"].format(shown.context.title)
        return {
            "features": sum(layer.item_count for layer in layers.values()),
            "listing": listing.find(layers, listing.Asked(), language),
            "picture": self._pictures.of_city(label),
            "workspaces": self._workspaces(layers, shown),
        }

    def _workspaces(self, layers: Mapping[str, Layer], shown: Shown) -> tuple[Choice, ...]:
        """The workspaces that lead on from here; none from inside one."""
        if shown.context.base != f"{shown.root}{ROOT}":
            return ()
        return listing.workspaces(layers, self._store.workspaces(), shown.context.language)

    def _conformance(self, _wanted: Wanted, _shown: Shown) -> Values:
        groups = defaultdict(list)
        for uri in documents.CONFORMANCE:
            groups[uri.partition("/spec/")[2].partition("/")[0]].append(uri)
        return {"groups": dict(sorted(groups.items())), "count": len(documents.CONFORMANCE)}

    def _openapi(self, _wanted: Wanted, shown: Shown) -> Values:
        document = openapi.document(shown.context, self._limits, self._version)
        return {"operations": operations(document)}

    def _layer_api(self, wanted: Wanted, shown: Shown) -> Values:
        layer = wanted.about()
        document = openapi.layer_document(layer, shown.context, self._limits, self._version)
        title = layer_title(layer, shown.context.language)
        return {"operations": operations(document), "layer": layer, "title": title}

    def _collections(self, wanted: Wanted, shown: Shown) -> Values:
        asked = listing.parse(wanted.asked.values)
        found = listing.find(self._store.layers(), asked, shown.context.language)
        return {"listing": found}

    def _collection(self, wanted: Wanted, shown: Shown) -> Values:
        layer, language = wanted.about(), shown.context.language
        title = layer_title(layer, language)
        label = layer_page.map_label(layer, title, language)
        return {
            "layer": layer,
            "title": title,
            "description": layer_page.description(layer, language),
            "facts": layer_page.facts(layer, language),
            "quality": layer_page.quality(layer, language),
            "files": layer_page.files(language),
            "fields": layer_page.fields(layer, language),
            "systems": layer_page.system_rows(layer),
            "snippets": snippets(shown.context.base, layer),
            "picture": self._pictures.of_layer(layer, label),
        }

    def _fields(self, wanted: Wanted, shown: Shown) -> Values:
        layer, language = wanted.about(), shown.context.language
        rows = layer_page.fields(layer, language)
        kept = [row for row in rows if row.is_queryable or wanted.page == "schema"]
        return {"layer": layer, "title": layer_title(layer, language), "fields": kept}

    def _rows(self, wanted: Wanted, shown: Shown) -> Values:
        layer, language = wanted.about(), shown.context.language
        request = self._rows_request(wanted)
        page = self._items.page(layer, request)
        here = f"{shown.context.collection(layer)}/items"
        table = items_page.Table(layer, here, language, wanted.asked.values)
        features = items_page.read(page.texts)
        names = items_page.ordered(layer, request.representation.properties)
        rows = table.rows(features, names)
        return {
            "layer": layer,
            "title": layer_title(layer, language),
            "page": page,
            "limit": request.limit,
            "sizes": table.sizes(self._limits.largest),
            "first": table.first(),
            "columns": table.columns(names),
            "rows": rows,
            **self._turns(shown, table, request, page),
            "operators": conditions.OPERATORS,
            "fields": layer_page.fields(layer, language),
            "values": wanted.asked.values,
            "picture": self._picture(shown, layer, request, features, rows),
        }

    def _rows_request(self, wanted: Wanted) -> ItemsRequest:
        request = wanted.items or ItemsRequest(self._limits.default)
        if "limit" in wanted.asked.values:
            return request
        return replace(request, limit=min(ROWS, self._limits.largest))

    def _turns(
        self, shown: Shown, table: items_page.Table, request: ItemsRequest, page: Page
    ) -> dict[str, str]:
        """URLs of the pages before and behind in HTML, empty where there is none."""
        collection = shown.context.collection(table.layer)
        links = answers.page_links(collection, table.kept, request, page)
        hrefs = {link["rel"]: f"{link['href']}&{urlencode(table.form)}" for link in links}
        return {"next": hrefs.get("next", ""), "previous": hrefs.get("prev", "")}

    def _picture(
        self,
        shown: Shown,
        layer: Layer,
        request: ItemsRequest,
        features: list[items_page.Feature],
        rows: tuple[items_page.Row, ...],
    ) -> object:
        """The map of the page, None where the features come without lon/lat."""
        if not request.representation.geometry or not items_page.is_lon_lat(request):
            return None
        title = layer_title(layer, shown.context.language)
        label = WORDS[shown.context.language]["map_of_feature"].format(title)
        drawn = items_page.shapes(features, rows, layer.name_field)
        return self._pictures.of_features(layer, drawn, label)

    def _item(self, wanted: Wanted, shown: Shown) -> Values:
        layer, language = wanted.about(), shown.context.language
        request = wanted.items or ItemsRequest(1)
        text = self._items.feature(layer, wanted.fid or 0, request.representation)
        (feature,) = features = items_page.read(text)
        names = items_page.ordered(layer, request.representation.properties)
        return {
            "layer": layer,
            "title": layer_title(layer, language),
            "name": items_page.label_of(feature, layer.name_field),
            "feature": feature,
            "facts": layer_page.values(layer, names, feature["properties"], language),
            "picture": self._picture(shown, layer, request, features, ()),
        }
