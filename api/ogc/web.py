"""Answers in HTML: what pygeoapi makes of a request, in our templates."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.errors import ParameterError
from api.ogc import openapi, protocol
from api.ogc.documents import Context
from api.ogc.exchange import Asked, in_thread, origin
from api.ogc.items import Items
from api.ogc.parameters import ItemsRequest, Limits
from api.ogc.reference import operations
from api.ogc.registry import Registry
from api.ogc.words import field_title
from cim.catalog import Layer
from cim.store.base import Store

ROOT = "/ogc"
"""Path of the OGC API."""


@dataclass(frozen=True, slots=True)
class City:
    """What answers say about the city and the program."""

    title_zh: str
    title_en: str
    sample: bool
    root_path: str
    version: str
    """Version of this program."""

    def base(self, request: Request) -> str:
        """URL of the API's root as the client sees it, without a slash at the end."""
        return f"{origin(request, self.root_path)}{ROOT}"

    def context(self, request: Request, language: str) -> Context:
        """For whom an answer to the request is written."""
        return Context(self.base(request), language, self.title_zh, self.title_en)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page that a request asks for."""

    function: str
    """Name of the protocol function, as in `protocol.page`."""

    request: Request
    asked: Asked
    layer: Layer | None = None
    items: ItemsRequest | None = None
    fid: int | None = None

    def arguments(self) -> tuple[str, ...]:
        """Arguments of the protocol function."""
        named = (self.layer.name,) if self.layer is not None else ()
        return named if self.fid is None else (*named, str(self.fid))


class Pages:
    """Makes the pages of the OGC API."""

    def __init__(self, store: Store, items: Items, city: City, limits: Limits) -> None:
        """Make pages about `store`."""
        self._store = store
        self._items = items
        self._city = city
        self._limits = limits

    async def respond(self, wanted: Wanted) -> Response:
        """The page.

        Raises:
            ParameterError: The request pages by cursor, which pages in HTML do not.
        """
        if "cursor" in wanted.asked.values:
            raise ParameterError("cursor", "pages in HTML begin at an offset")
        language = wanted.asked.language
        headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
        return HTMLResponse(await in_thread(self._make, wanted), headers=headers)

    def _make(self, wanted: Wanted) -> str:
        layers = self._store.layers()
        items = wanted.items or ItemsRequest(self._limits.default)
        registry = Registry(layers, self._items, items, self._limits.largest)
        shown = self._shown(wanted)
        return protocol.page(wanted.function, wanted.request, shown, registry, *wanted.arguments())

    def _shown(self, wanted: Wanted) -> protocol.PageContext:
        language = wanted.asked.language
        context = self._city.context(wanted.request, language)
        other = "en" if language == "zh" else "zh"
        fields = wanted.layer.fields if wanted.layer is not None else ()
        document = openapi.document(context, self._limits, self._city.version)
        return protocol.PageContext(
            context=context,
            root=context.base.removesuffix(ROOT),
            sample=self._city.sample,
            switch=str(wanted.request.url.include_query_params(f="html", lang=other)),
            layers=self._store.layers(),
            titles={field.name: field_title(field, language) for field in fields},
            operations=operations(document) if wanted.function == "openapi" else (),
        )
