"""JSON-LD of the catalogue, of layers and of features, by pygeoapi (schema.org, GeoSPARQL).

pygeoapi is imported here only, inside a function, when the first such document is asked for. Its
template renderer is replaced: there is nothing to render but the document itself, and the stock
one goes through an encoder that writes `<` as `&lt;`. See docs/adr/0029-pages-of-our-own.md.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace
from typing import Any

import orjson

from api.ogc import documents
from api.ogc.documents import Context
from api.ogc.links import JSON, link
from cim.catalog import Layer

MEDIA = "application/ld+json"
FORM = "jsonld"
FORMS: Mapping[str, str] = MappingProxyType({FORM: MEDIA})

type Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Library:
    """The functions of pygeoapi that are used."""

    described: Callable[..., dict[str, Any]]
    """What stands at the top of every description, by way of its own decorator."""

    dataset: Callable[..., dict[str, Any]]
    features: Callable[..., str]
    locales: Mapping[str, object]


@dataclass(slots=True)
class _Api:
    """What pygeoapi's functions ask of its `API` object."""

    base_url: str
    config: Mapping[str, Any]
    default_locale: object
    fcmld: dict[str, Any] = field(default_factory=dict)
    tpl_config: None = None

    def get_collections_url(self) -> str:
        """URL of the collections."""
        return f"{self.base_url}/collections"

    def get_dataset_templates(self, _dataset: str) -> None:
        """There are none: what is rendered is the document itself."""


def catalogue(layers: Iterable[Layer], context: Context) -> Document:
    """The city's layers as a schema.org DataCatalog."""
    described = _described(context)
    return {**described, "dataset": [_dataset(layer, context) for layer in layers]}


def dataset(layer: Layer, context: Context) -> Document:
    """A layer as a schema.org Dataset within its catalogue."""
    return {**_described(context), "dataset": _dataset(layer, context)}


def feature(text: bytes, layer: Layer, context: Context) -> bytes:
    """A GeoJSON feature as GeoJSON-LD: a schema:Place with GeoJSON, WKT and schema:geo."""
    data = orjson.loads(text)
    identifier = f"{context.collection(layer)}/items/{data['id']}"
    data |= {"links": [link("collection", context.collection(layer), JSON)]}
    made = _library().features(_api(context, layer.name), data, layer.name, identifier)
    return made.encode()


def _described(context: Context) -> dict[str, Any]:
    library = _library()
    asked = SimpleNamespace(format=FORM, locale=library.locales[context.language])
    described = library.described(_api(context), asked)
    return _said(described, without="provider")


def _dataset(layer: Layer, context: Context) -> dict[str, Any]:
    library = _library()
    api = _api(context)
    api.fcmld = {"license": layer.licence or None}
    collection = {"description": "", **documents.collection(layer, context)}
    links = [{"title": "", **link} for link in collection["links"]]
    made = library.dataset(api, {**collection, "links": links}, library.locales[context.language])
    creator = {"@type": "Organization", "name": layer.authority} if layer.authority else None
    return _said({**made, "creator": creator})


def _said(document: Document, without: str = "") -> dict[str, Any]:
    """The members that say something."""
    empty: tuple[object, ...] = (None, "")
    return {key: said for key, said in document.items() if said not in empty and key != without}


def _api(context: Context, dataset: str = "") -> _Api:
    identification = {"title": context.title, "description": context.title}
    return _Api(
        context.base,
        {
            "server": {"url": f"{context.base}/"},
            "metadata": {"identification": identification},
            "resources": {dataset: {}},
        },
        _library().locales["zh"],
    )


@functools.cache
def _library() -> _Library:
    from babel import Locale  # noqa: PLC0415 - with pygeoapi
    from pygeoapi import linked_data  # noqa: PLC0415 - takes a second

    linked_data.render_j2_template = lambda _config, _templates, _name, data: orjson.dumps(
        data, default=str
    ).decode()
    return _Library(
        linked_data.jsonldify(lambda api, _asked: api.fcmld),
        linked_data.jsonldify_collection,
        linked_data.geojson2jsonld,
        {language: Locale.parse(language) for language in ("zh", "en")},
    )
