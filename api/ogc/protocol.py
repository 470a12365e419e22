"""pygeoapi as a library: its protocol functions over our registry, templates and encoder.

pygeoapi is imported here and in `provider.py`, inside functions only, because it takes seconds to
load. Three of its habits are replaced, once, when it is loaded: its JSON encoder, which writes
`<` as `&lt;`; its template renderer, which compiles each template anew and translates the whole
configuration for each page; and the constructor of its `API`, which copies the configuration,
configures logging and starts a process manager. Its log is silent: it warns of every parameter
that a request does not have, and what fails is logged by `api.errors`. The reasons are in
docs/adr/0005-pygeoapi-as-a-library.md.
"""

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request

from api.errors import ParameterError
from api.ogc.documents import CONFORMANCE, Context
from api.ogc.pages import render
from api.ogc.reference import Operation
from api.ogc.registry import Registry
from cim.catalog import Layer
from cim.errors import CimError, NotFoundError

type Answer = tuple[dict[str, str], int, str]
type ProtocolFunction = Callable[..., Answer]

HTML = "html"


@dataclass(frozen=True, slots=True)
class PageContext:
    """What every page shows besides its own content."""

    context: Context
    root: str
    """URL of the server's root, without a slash at the end."""

    sample: bool
    switch: str
    """URL of the same page in the other language."""

    layers: Mapping[str, Layer]
    """The catalogue that the page shows."""

    titles: Mapping[str, str]
    """Titles of the fields of the layer that the page is about."""

    operations: tuple[Operation, ...] = ()
    """What the API offers, on the page that documents it."""


@dataclass(frozen=True, slots=True)
class _Pygeoapi:
    """The parts of pygeoapi that are used."""

    api: type[Any]
    request: type[Any]
    functions: Mapping[str, ProtocolFunction]
    locales: Mapping[str, Any]


def load() -> None:
    """Import pygeoapi now, so that the first page need not wait for it."""
    _pygeoapi()


def page(
    function: str, request: Request, shown: PageContext, registry: Registry, *arguments: str
) -> str:
    """The HTML page that a protocol function of pygeoapi makes.

    Raises:
        CimError: What was asked for does not exist or is not legal.
    """
    library = _pygeoapi()
    asked = library.request(request, list(library.locales.values()))
    asked._format, asked._locale = HTML, library.locales[shown.context.language]  # noqa: SLF001
    api = library.api(shown, registry, library.locales)
    _, status, content = library.functions[function](api, asked, *arguments)
    if status != HTTPStatus.OK:
        raise _error(status, content)
    return content


@functools.cache
def _pygeoapi() -> _Pygeoapi:
    import pygeoapi.api as core  # noqa: PLC0415 - takes seconds
    from babel import Locale  # noqa: PLC0415
    from pygeoapi.api import itemtypes  # noqa: PLC0415

    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
    for module in (core, itemtypes):
        module.to_json = _to_json
        module.render_j2_template = _render
    return _Pygeoapi(
        api=_api_class(core.API),
        request=core.APIRequest,
        functions={
            "landing": core.landing_page,
            "conformance": _conformance,
            "openapi": core.openapi_,
            "collections": core.describe_collections,
            "schema": core.get_collection_schema,
            "queryables": itemtypes.get_collection_queryables,
            "items": itemtypes.get_collection_items,
            "item": itemtypes.get_collection_item,
        },
        locales={language: Locale.parse(language) for language in ("zh", "en")},
    )


def _api_class(base: type[Any]) -> type[Any]:
    """An `API` of pygeoapi that is cheap enough to be made for each request."""

    class RequestApi(base):  # type: ignore[misc]  # pygeoapi has no types
        """An API object for one request, over one snapshot of the catalogue."""

        def __init__(
            self, shown: PageContext, registry: Registry, locales: Mapping[str, Any]
        ) -> None:
            context = shown.context
            title = {"zh": context.title_zh, "en": context.title_en}
            self.config = {
                "server": {"url": context.base, "templates": {"path": None}},
                "metadata": {
                    "identification": {"title": title, "description": title, "url": context.base}
                },
                "resources": registry,
            }
            self.tpl_config = {**self.config, "shown": shown}
            self.base_url = context.base
            self.api_headers: dict[str, str] = {}
            self.locales = list(locales.values())
            self.default_locale = self.locales[0]
            self.pretty_print = False
            self.openapi: dict[str, Any] = {}
            self.asyncapi: dict[str, Any] = {}
            self.pubsub_client = None
            self.manager = _NoProcesses()

        def get_exception(
            self, status: int, headers: dict[str, str], _format: str, code: str, text: str
        ) -> Answer:
            """The text alone: the error page is made by the one place that makes them all."""
            del code
            return headers, status, text

    return RequestApi


def _conformance(api: Any, _asked: object) -> Answer:  # noqa: ANN401 - pygeoapi's object
    """Our own declaration; pygeoapi's would load every kind of service it knows."""
    shown: PageContext = api.tpl_config["shown"]
    return (
        {},
        HTTPStatus.OK,
        _render(api.tpl_config, None, "conformance.html", {}, shown.context.language),
    )


class _NoProcesses:
    """What pygeoapi asks of a process manager when there are no processes."""

    is_async = False


def _to_json(value: object, pretty: bool = False) -> str:  # noqa: FBT001, FBT002 - pygeoapi's call
    return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 if pretty else 0).decode()


def _render(
    config: Mapping[str, Any], _templates: object, template: str, data: object, locale: object
) -> str:
    """Takes the place of pygeoapi's `render_j2_template`."""
    shown: PageContext = config["shown"]
    return render(template, str(locale), shown=shown, data=data, conforms_to=CONFORMANCE)


def _error(status: int, text: str) -> CimError:
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(text)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return ParameterError("request", text)
    return CimError(text)
