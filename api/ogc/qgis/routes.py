"""`/ogc/qgis/…`: one click in a browser, and QGIS opens a layer or the city."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.errors import ParameterError
from api.ogc import exchange
from api.ogc import parameters as params
from api.ogc.city import City
from api.ogc.exchange import Asked, in_thread
from api.ogc.qgis import documents
from api.ogc.qgis.layers import Drawn
from api.ogc.qgis.looks import facts, looks_of
from cim.catalog import PUBLISHED, Layer
from cim.errors import NotFoundError
from cim.store.base import Store
from cim.themes import is_within

PROJECT = "application/x-qgis-project"
DEFINITION = "application/x-qgis-layer-definition"
FOLDER = "/qgis"
CITY = "city.qgz"
SUFFIX = ".qlr"
PAGE_SIZE = 1000
"""Features that QGIS asks for at a time."""

FEW = 8
"""Layers that are all drawn from the start, whatever their class."""

SELECTING = ("layers", "theme", "workspace")
"""Parameters that say which layers a project has; without any, all that may be seen."""


def layer_link(base: str, layer: str, language: str) -> str:
    """URL of what opens a layer in QGIS; `base` is the root of the OGC API."""
    return f"{base}{FOLDER}/{quote(layer)}{SUFFIX}?lang={language}"


def city_link(base: str, language: str, **selecting: str) -> str:
    """URL of what opens the city in QGIS, or just `layers` (`a,b`), a `theme`, a `workspace`."""
    values = {name: value for name, value in selecting.items() if name in SELECTING and value}
    return f"{base}{FOLDER}/{CITY}?{urlencode(values | {'lang': language})}"


class QgisApi:
    """Files for QGIS over a store."""

    def __init__(self, store: Store, city: City) -> None:
        """Serve `store`, of which each caller sees what it may."""
        self._store = store
        self._city = city

    def routes(self) -> list[BaseRoute]:
        """The routes, below the root of the OGC API."""
        return [
            Route(f"{FOLDER}/{CITY}", self._read_city),
            Route(f"{FOLDER}/{{layer}}{SUFFIX}", self._read_layer),
        ]

    async def _read_city(self, request: Request) -> Response:
        asked = exchange.asked(request)
        params.refuse_unknown(asked.values, ("lang", *SELECTING))
        return await in_thread(self._city_file, request, asked)

    async def _read_layer(self, request: Request) -> Response:
        asked = exchange.asked(request)
        params.refuse_unknown(asked.values, ("lang",))
        return await in_thread(self._layer_file, request, asked)

    def _city_file(self, request: Request, asked: Asked) -> Response:
        layers = _selected(self._store.layers(), asked.values)
        title = self._city.context(request, asked.language).title
        drawn = _drawn(layers, self._city.base(request), asked.language)
        made = documents.project(title, drawn, asked.language)
        return _file(made, PROJECT, CITY, asked.language)

    def _layer_file(self, request: Request, asked: Asked) -> Response:
        layer = self._store.layer(request.path_params["layer"])
        everything = [one for one in self._store.layers().values() if one.status == PUBLISHED]
        look = looks_of(everything).get(layer.name, facts().other)
        drawn = Drawn(layer, look, self._city.base(request), asked.language, PAGE_SIZE)
        made = documents.layer_definition(drawn)
        return _file(made, DEFINITION, f"{layer.name}{SUFFIX}", asked.language)


def _selected(layers: Mapping[str, Layer], values: Mapping[str, str]) -> list[Layer]:
    """The published layers that a request selects.

    Raises:
        NotFoundError: A layer that is named is not there.
        ParameterError: No layer at all is left.
    """
    names = values["layers"].split(",") if "layers" in values else None
    for name in names or ():
        if name not in layers:
            raise NotFoundError(f"layer {name[:80]!r} does not exist")
    theme, workspace = values.get("theme"), values.get("workspace")
    found = [
        layer
        for layer in layers.values()
        if layer.status == PUBLISHED
        and (names is None or layer.name in names)
        and (theme is None or is_within(layer.theme, theme))
        and (workspace is None or workspace in layer.workspaces)
    ]
    given = next((name for name in SELECTING if name in values), None)
    if not found and given is not None:
        raise ParameterError(given, f"no layer has {values[given][:80]!r}")
    return found


def _drawn(layers: list[Layer], base: str, language: str) -> list[Drawn]:
    looks = looks_of(layers)
    few = len(layers) <= FEW
    return [
        Drawn(
            layer,
            looks[layer.name],
            base,
            language,
            PAGE_SIZE,
            is_on=few or looks[layer.name].on or layer.height_field is not None,
        )
        for layer in layers
    ]


def _file(body: bytes, media: str, name: str, language: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Language": language,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Language",
    }
    return Response(body, headers=headers, media_type=media)
