"""The OpenAPI document of the OGC API: one size, however many layers there are.

It is parameterised by collection, because clients such as QGIS and GDAL fetch it each time they
open a layer. Source: OpenAPI 3.0.3; OGC 17-069r4 (Features Part 1), clause 7.3 and 9.
"""

from typing import Any

from api.ogc import openapi_dggs as dggs
from api.ogc.documents import Context
from api.ogc.links import GEOJSON, HTML, JSON, OPENAPI, SCHEMA
from api.ogc.parameters import FORMATS, LANGUAGES, Limits
from api.ogc.words import in_chinese

type Schema = dict[str, Any]

PROBLEM = "application/problem+json"
TEXT: Schema = {"type": "string"}


def document(context: Context, limits: Limits, version: str) -> Schema:
    """The whole document, in the reader's language."""
    made = _document(context, limits, version)
    translated: Schema = in_chinese(made) if context.language == "zh" else made
    return translated


def _document(context: Context, limits: Limits, version: str) -> Schema:
    return {
        "openapi": "3.0.3",
        "info": {"title": context.title, "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": context.base}],
        "tags": [{"name": "Capabilities"}, {"name": "Features"}, {"name": dggs.TAG}],
        "paths": {**_paths(), **dggs.paths()},
        "components": {
            "parameters": {**_parameters(limits), **dggs.parameters(_path, _query)},
            "responses": _responses(),
            "schemas": {"problem": _problem(), "object": {"type": "object"}},
        },
    }


def _paths() -> Schema:
    one = ("collectionId",)
    return {
        "/": _get("getLandingPage", "Landing page", JSON),
        "/conformance": _get("getConformance", "Conformance classes", JSON),
        "/openapi": _get("getApi", "This document", OPENAPI),
        "/collections": _get("getCollections", "Layers", JSON),
        "/collections/{collectionId}": _get("getCollection", "One layer", JSON, one),
        "/collections/{collectionId}/queryables": _get(
            "getQueryables", "Fields to filter by", SCHEMA, one
        ),
        "/collections/{collectionId}/schema": _get(
            "getSchema", "Structure of the features", SCHEMA, one
        ),
        "/collections/{collectionId}/items": _get(
            "getFeatures", "Features of a layer", GEOJSON, (*one, *ITEMS_PARAMETERS)
        ),
        "/collections/{collectionId}/items/{featureId}": _get(
            "getFeature", "One feature", GEOJSON, (*one, "featureId", "crs", *SHAPE_PARAMETERS)
        ),
    }


SHAPE_PARAMETERS = ("properties", "skipGeometry")
ITEMS_PARAMETERS = (
    "limit",
    "offset",
    "cursor",
    "bbox",
    "bbox-crs",
    "datetime",
    "crs",
    *SHAPE_PARAMETERS,
    "fields",
)


def _get(operation: str, summary: str, media: str, names: tuple[str, ...] = ()) -> Schema:
    content = {media: {"schema": {"$ref": "#/components/schemas/object"}}, HTML: {"schema": TEXT}}
    errors = {"400": "BadRequest", "500": "InternalError"}
    if names:
        errors["404"] = "NotFound"
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["Features" if names else "Capabilities"],
            "parameters": [
                {"$ref": f"#/components/parameters/{name}"} for name in (*names, "f", "lang")
            ],
            "responses": {
                "200": {"description": summary, "content": content},
                **{
                    status: {"$ref": f"#/components/responses/{name}"}
                    for status, name in sorted(errors.items())
                },
            },
        }
    }


def _parameters(limits: Limits) -> Schema:
    whole: Schema = {"type": "integer", "format": "int64", "minimum": 0}
    limit = {
        "type": "integer",
        "minimum": 1,
        "maximum": limits.largest,
        "default": limits.default,
    }
    return {
        "collectionId": _path("collectionId", "Name of the layer", TEXT),
        "featureId": _path("featureId", "Row number of the feature", whole),
        "f": _query("f", "Form of the answer", {**TEXT, "enum": list(FORMATS)}),
        "lang": _query("lang", "Language of the answer", {**TEXT, "enum": list(LANGUAGES)}),
        "limit": _query("limit", "Most features on the page", limit),
        "offset": _query("offset", "Features to skip", {**whole, "default": 0}),
        "cursor": _query("cursor", "Where the page begins; as in a `next` link", whole),
        "bbox": _query("bbox", "Only features that meet this box", _box(), explode=False),
        "bbox-crs": _query("bbox-crs", "CRS of bbox, one of the collection's", _uri()),
        "datetime": _query(
            "datetime", "Only features valid at this instant or in this interval", TEXT
        ),
        "crs": _query("crs", "CRS of the answer, one of the collection's", _uri()),
        "properties": _query(
            "properties", "Only these fields", {"type": "array", "items": TEXT}, explode=False
        ),
        "skipGeometry": _query("skipGeometry", "Leave geometry out", {"type": "boolean"}),
        "fields": {
            "name": "fields",
            "in": "query",
            "description": "Any queryable of the layer by its own name: the value it must equal",
            "required": False,
            "style": "form",
            "explode": True,
            "schema": {"type": "object", "additionalProperties": TEXT},
        },
    }


def _box() -> Schema:
    number: Schema = {"type": "number"}
    return {"type": "array", "items": number, "minItems": 4, "maxItems": 6}


def _uri() -> Schema:
    return {"type": "string", "format": "uri"}


def _path(name: str, description: str, schema: Schema) -> Schema:
    return {
        "name": name,
        "in": "path",
        "description": description,
        "required": True,
        "schema": schema,
    }


def _query(name: str, description: str, schema: Schema, *, explode: bool = True) -> Schema:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "style": "form",
        "explode": explode,
        "schema": schema,
    }


def _responses() -> Schema:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {
        "BadRequest": {"description": "A parameter is not legal", "content": content},
        "NotFound": {"description": "There is no such layer or feature", "content": content},
        "TooLarge": {"description": "The answer would be too large", "content": content},
        "InternalError": {"description": "The server failed", "content": content},
    }


def _problem() -> Schema:
    return {
        "type": "object",
        "description": "RFC 9457 problem details",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "instance": TEXT,
            "field": TEXT,
        },
    }
