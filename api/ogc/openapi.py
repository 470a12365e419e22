"""The OpenAPI documents of the OGC API: one about all layers, and one about each layer.

The first has one size, however many layers there are: it is parameterised by collection, because
clients such as QGIS and GDAL fetch it each time they open a layer. That of a layer names its own
fields. Source: OpenAPI 3.0.3; OGC 17-069r4 (Features Part 1), clauses 7.3 and 9.
"""

from collections.abc import Callable, Mapping
from typing import Any

from api.ogc import offers, openapi_schemas
from api.ogc import openapi_dggs as dggs
from api.ogc import openapi_parameters as parameters
from api.ogc import openapi_writing as writing
from api.ogc.documents import Context
from api.ogc.links import GEOJSON, HTML, JSON, OPENAPI, SCHEMA
from api.ogc.openapi_parameters import TEXT
from api.ogc.openapi_schemas import reference
from api.ogc.parameters import Limits
from api.ogc.words import in_chinese, layer_title
from cim.catalog import Layer

type Schema = dict[str, Any]
type Refer = Callable[[str], Schema]

PROBLEM = "application/problem+json"
FORM = ("f", "lang")
FORM_OF_ITEMS = ("f-items", "lang", *parameters.OF_FILES)
EDITING = ({"name": "Editing"},)
COLLECTION = "/collections/{collectionId}"


def document(context: Context, limits: Limits, version: str) -> Schema:
    """The document about all layers, in the reader's language."""
    made = {
        **_head(context, context.title, version),
        "tags": [{"name": "Capabilities"}, {"name": "Features"}, *EDITING, {"name": dggs.TAG}],
        "paths": {**_api_paths(), **_layer_paths(COLLECTION, ("collectionId",)), **dggs.paths()},
        "components": {
            "parameters": {
                **parameters.common(),
                **parameters.of_items(limits),
                **writing.parameters(),
                **dggs.parameters(parameters.path, parameters.query),
            },
            "responses": _responses(),
            "schemas": openapi_schemas.common(),
        },
    }
    return _in_language(made, context)


def layer_document(layer: Layer, context: Context, limits: Limits, version: str) -> Schema:
    """The document about one layer, in the reader's language."""
    own = parameters.of_layer(layer, limits, context.language)
    title = f"{layer_title(layer, context.language)} – {context.title}"
    paths = _layer_paths(f"/collections/{layer.name}", (), tuple(own))
    made = {
        **_head(context, title, version),
        "tags": [{"name": "Features"}, *EDITING],
        "paths": _with_schemas(paths, {"feature", "featureCollection"}),
        "components": {
            "parameters": {**parameters.common(), **own, **writing.parameters()},
            "responses": _responses(),
            "schemas": {
                **openapi_schemas.common(),
                **openapi_schemas.of_layer(layer, context.language),
            },
        },
    }
    return _in_language(made, context)


def _in_language(document: Schema, context: Context) -> Schema:
    translated: Schema = in_chinese(document) if context.language == "zh" else document
    return translated


def _head(context: Context, title: str, version: str) -> Schema:
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": context.base}],
    }


def _api_paths() -> Schema:
    return {
        "/": _get("getLandingPage", "Landing page", _json(JSON, "landingPage")),
        "/conformance": _get("getConformance", "Conformance classes", _json(JSON, "confClasses")),
        "/openapi": _get("getApi", "This document", _json(OPENAPI, "object")),
        "/collections": _get("getCollections", "Layers", _json(JSON, "collections")),
    }


def _layer_paths(one: str, above: tuple[str, ...], names: tuple[str, ...] = ()) -> Schema:
    """The operations on a layer.

    Args:
        one: Path of the collection.
        above: Parameters of that path.
        names: Parameters of items; empty: those of every layer.
    """
    of_items = names or (*parameters.names_of_items(), parameters.FIELDS)
    of_item = (*above, "featureId", *parameters.names_of_item())
    schema, features = _json(SCHEMA, "schema"), _features()
    return {
        one: _get("getCollection", "One layer", _json(JSON, "collection"), above),
        f"{one}/api": _get("getCollectionApi", "This document", _json(OPENAPI, "object"), above),
        f"{one}/queryables": _get("getQueryables", "Fields to filter by", schema, above),
        f"{one}/schema": _get("getSchema", "Structure of the features", schema, above),
        f"{one}/sortables": _get("getSortables", "Fields to sort by", schema, above),
        f"{one}/items": {
            **_get(
                "getFeatures", "Features of a layer", features, (*above, *of_items), FORM_OF_ITEMS
            ),
            **writing.items(above, "feature", "featureCollection"),
        },
        f"{one}/items/{{featureId}}": {
            **_get("getFeature", "One feature", _feature(), of_item, FORM_OF_ITEMS),
            **writing.item(above, "feature"),
        },
        f"{one}/transactions": writing.transactions(above),
    }


def _features() -> Schema:
    """Content of a page of features, by media type."""
    return _in_files() | _json(GEOJSON, "featureCollection")


def _feature() -> Schema:
    """Content of one feature, by media type."""
    return _in_files() | _json(GEOJSON, "feature")


def _in_files() -> Schema:
    return {media: {} for media in offers.media_types().values()}


def _json(media: str, schema: str) -> Schema:
    return {media: {"schema": reference(schema)}}


def _get(
    operation: str,
    summary: str,
    content: Schema,
    names: tuple[str, ...] = (),
    form: tuple[str, ...] = FORM,
) -> Schema:
    is_about_layer = "Collection" in operation or operation not in _WHOLE
    statuses = {"400": "BadRequest", "406": "NotAcceptable", "500": "InternalError"}
    if is_about_layer:
        statuses |= {"404": "NotFound", "410": "Gone"}
    errors = {
        status: {"$ref": f"#/components/responses/{name}"}
        for status, name in sorted(statuses.items())
    }
    shown = {"description": summary, "content": {**content, HTML: {"schema": TEXT}}}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["Features" if is_about_layer else "Capabilities"],
            "parameters": [
                {"$ref": f"#/components/parameters/{name}"} for name in (*names, *form)
            ],
            "responses": {"200": shown, **errors},
        }
    }


_WHOLE = frozenset({"getLandingPage", "getConformance", "getApi", "getCollections"})


def _with_schemas(paths: Schema, names: set[str]) -> Schema:
    """The paths, answering with the layer's own schemas in the place of general ones."""
    changes = {
        f"#/components/schemas/{name}": f"#/components/schemas/layer{name[0].upper()}{name[1:]}"
        for name in names
    }
    made: Schema = _replaced(paths, changes)
    return made


def _replaced(value: Any, changes: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_replaced(part, changes) for part in value]
    if isinstance(value, dict):
        return {name: _replaced(part, changes) for name, part in value.items()}
    return changes.get(value, value) if isinstance(value, str) else value


def _responses() -> Schema:
    content = {PROBLEM: {"schema": reference("problem")}}
    texts = {
        "BadRequest": "A parameter is not legal",
        "NotFound": "There is no such layer or feature",
        "NotAcceptable": "The answer is not offered in any form that is accepted",
        "Gone": "The layer was taken back; the reason is told",
        "TooLarge": "The answer or the body is too large",
        "Unauthorized": "A key or token is needed",
        "Forbidden": "The caller may not do this",
        "NotAllowed": "Nobody may do this here",
        "Conflict": "It contradicts what is there",
        "Changed": "The feature has changed since",
        "ConditionMissing": "If-Match is needed",
        "UnsupportedMedia": "The body is of a kind that is not read",
        "Unusable": "The body cannot be used; all faults are told",
        "InternalError": "The server failed",
    }
    return {name: {"description": text, "content": content} for name, text in texts.items()}
