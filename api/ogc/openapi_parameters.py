"""Parameters of the OpenAPI documents: of every layer, and of one layer with its own fields.

Which of them an operation has is not said here: that is what `api.ogc.parameters` reads.
Source: OGC 17-069r4 (Features Part 1), clauses 7.15.2-7.15.5; OGC 18-058r1 (Part 2), clause 7.
"""

from collections.abc import Mapping
from typing import Any, Final

from api.ogc import crs as systems
from api.ogc import offers
from api.ogc import parameters as params
from api.ogc.formats.base import OPTIONS
from api.ogc.parameters import LANGUAGES, Limits
from api.ogc.schemas import property_schema
from cim.catalog import Field, Layer

type Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer", "format": "int64", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
URI: Final[Schema] = {"type": "string", "format": "uri"}
NAMES: Final[Schema] = {"type": "array", "items": TEXT}
BOX: Final[Schema] = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 4,
    "maxItems": 6,
}
COORDINATE_SYSTEMS: Final = ("cgcs2000", "wgs84", "gcj02", "bd09")

COMMON: Final = ("f", "lang")
FIELDS: Final = "fields"
"""Stands for the fields of a layer, in the document about all layers."""


def names_of_items() -> tuple[str, ...]:
    """Names of the parameters of items, but those of the form."""
    return tuple(name for name in params.ITEMS if name not in COMMON)


OF_FILES: Final = {
    "encoding": "Characters of a file of CSV (f=csv): UTF-8, or GBK for old programs",
    "formulas": "With f=csv, what becomes of texts that a spreadsheet would run: guarded or kept",
}
"""What the parameters mean that only one format has."""


def names_of_item() -> tuple[str, ...]:
    """Names of the parameters of one feature, but those of the form."""
    return tuple(name for name in params.ITEM if name not in COMMON)


def forms() -> list[str]:
    """Values of `f` for features."""
    return [*params.FORMATS, *offers.media_types()]


def common() -> Schema:
    """Parameters of everything, and of paths."""
    return {
        "collectionId": path("collectionId", "Name of the layer", TEXT),
        "featureId": path("featureId", "Row number of the feature", WHOLE),
        "f": query("f", "Form of the answer", {**TEXT, "enum": list(params.FORMATS)}),
        "f-items": query("f", "Form of the answer", {**TEXT, "enum": forms()}),
        "lang": query("lang", "Language of the answer", {**TEXT, "enum": list(LANGUAGES)}),
        **{
            name: query(name, OF_FILES[name], {**TEXT, "enum": list(legal), "default": legal[0]})
            for name, legal in OPTIONS.items()
        },
    }


def of_items(limits: Limits) -> Schema:
    """Parameters of items and of one feature, by name."""
    known: Schema = _known(limits)
    return {name: known[name] for name in (*names_of_items(), FIELDS)}


def _known(limits: Limits) -> Schema:
    limit: Schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": limits.largest,
        "default": limits.default,
    }
    all_of_them: tuple[Schema, ...] = (
        query("limit", "Most features on the page", limit),
        query("offset", "Features to skip", {**WHOLE, "default": 0}),
        query("cursor", "Where the page begins; as in a `next` link", TEXT),
        query("bbox", "Only features that meet this box", BOX),
        query("bbox-crs", "CRS of bbox, one of the collection's", URI),
        query("datetime", "Only features valid at this instant or in this interval", TEXT),
        query("filter", "Condition on the features (CQL2)", TEXT),
        query(
            "filter-lang",
            "Language of the filter",
            {**TEXT, "enum": ["cql2-text", "cql2-json"]},
        ),
        query("filter-crs", "CRS of coordinates in the filter, one of the collection's", URI),
        query("sortby", "Fields to sort by; - before a field turns its order round", NAMES),
        query("crs", "CRS of the answer, one of the collection's", URI),
        query(
            "coordsys",
            "Coordinate system of Chinese web maps, in place of a CRS",
            {**TEXT, "enum": list(COORDINATE_SYSTEMS)},
        ),
        query("properties", "Only these fields", NAMES),
        query("exclude-properties", "All fields but these", NAMES),
        query("skipGeometry", "Leave geometry out", FLAG),
        query("precision", "Decimals of coordinates", {**WHOLE, "maximum": 12}),
        query(
            "max-allowable-offset",
            "Metres by which lines may be simplified",
            {"type": "number", "minimum": 0},
        ),
        {
            "name": FIELDS,
            "in": "query",
            "description": ("Any queryable of the layer by its own name: the value it must equal"),
            "required": False,
            "style": "form",
            "explode": True,
            "schema": {"type": "object", "additionalProperties": TEXT},
        },
    )
    return {one["name"]: one for one in all_of_them}


def of_layer(layer: Layer, limits: Limits, language: str) -> Schema:
    """Parameters of a layer's items: its own CRSs and fields in the place of all that may be."""
    offered = {**URI, "enum": [system.uri for system in systems.supported(layer)]}
    names = {"type": "array", "items": {**TEXT, "enum": [field.name for field in layer.fields]}}
    narrowed: Mapping[str, Schema] = {
        "crs": offered,
        "bbox-crs": offered,
        "filter-crs": offered,
        "properties": names,
        "exclude-properties": names,
    }
    general = {
        name: {**one, "schema": narrowed.get(name, one["schema"])}
        for name, one in of_items(limits).items()
        if name != FIELDS
    }
    own = params.filterable(layer)
    return general | {
        field.name: _of_field(field, language) for field in layer.fields if field.name in own
    }


def _of_field(field: Field, language: str) -> Schema:
    schema = plain(property_schema(field, language))
    title = schema.pop("title")
    return {**query(field.name, title, schema), "explode": True}


def plain(schema: Mapping[str, Any]) -> Schema:
    """A JSON schema in what OpenAPI 3.0 knows of it."""
    kept = {name: value for name, value in schema.items() if name != "contentEncoding"}
    return {**kept, "format": "byte"} if "contentEncoding" in schema else kept


def path(name: str, description: str, schema: Schema) -> Schema:
    """A parameter that is a part of the path."""
    return {
        "name": name,
        "in": "path",
        "description": description,
        "required": True,
        "schema": schema,
    }


def query(name: str, description: str, schema: Schema) -> Schema:
    """A parameter of the query; lists have commas between."""
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "style": "form",
        "explode": False,
        "schema": schema,
    }
