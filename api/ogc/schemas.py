"""JSON schemas of a layer's features: what they hold, and what they may be filtered by.

Source: OGC 23-058r2 (Features Part 5), clauses 7-8; OGC 19-079r2 (Part 3), clause 6.
"""

from collections.abc import Mapping
from typing import Any

from api.ogc.documents import Context
from api.ogc.filters import queryable, sortable
from api.ogc.words import field_title, layer_title
from cim.catalog import SYSTEM_FIELDS, Field, Layer

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID, GEOMETRY = "fid", "geom"
"""Names that no field of a layer can have, because the store keeps them for itself."""

TYPES: Mapping[str, Mapping[str, str]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "binary": {"type": "string", "contentEncoding": "base64"},
}
ROLES: Mapping[str, str] = {
    "valid_from": "primary-interval-start",
    "valid_to": "primary-interval-end",
}
GEOMETRY_FORMATS: Mapping[str, str] = {
    "POINT": "geometry-point",
    "MULTIPOINT": "geometry-multipoint",
    "LINESTRING": "geometry-linestring",
    "MULTILINESTRING": "geometry-multilinestring",
    "POLYGON": "geometry-polygon",
    "MULTIPOLYGON": "geometry-multipolygon",
    "GEOMETRYCOLLECTION": "geometry-geometrycollection",
}


def schema(layer: Layer, context: Context) -> dict[str, Any]:
    """Schema of the features of a layer."""
    properties = {
        ID: {"type": "integer", "title": ID, "x-ogc-role": "id", "readOnly": True},
        **{field.name: _receivable(field, context.language) for field in layer.fields},
        GEOMETRY: _geometry(layer),
    }
    return _document("schema", layer, context, properties)


def queryables(layer: Layer, context: Context) -> dict[str, Any]:
    """Schema of what the features may be filtered by.

    Each field is a parameter, too, unless its name is that of another one.
    """
    properties = {
        field.name: property_schema(field, context.language) for field in queryable(layer)
    }
    return _document("queryables", layer, context, {**properties, GEOMETRY: _geometry(layer)})


def sortables(layer: Layer, context: Context) -> dict[str, Any]:
    """Schema of what the features may be sorted by."""
    properties = {
        field.name: property_schema(field, context.language) for field in sortable(layer)
    }
    return _document("sortables", layer, context, properties)


def _receivable(field: Field, language: str) -> dict[str, Any]:
    """Schema of one field in a feature; what the server keeps is read only."""
    kept = {"readOnly": True} if field.name in SYSTEM_FIELDS else {}
    return {**property_schema(field, language), **kept}


def property_schema(field: Field, language: str) -> dict[str, Any]:
    """Schema of one field, with its title and unit."""
    role = {"x-ogc-role": ROLES[field.name]} if field.name in ROLES else {}
    unit = {"x-ogc-unit": field.unit} if field.unit else {}
    return {"title": field_title(field, language), **TYPES[field.type], **role, **unit}


def _geometry(layer: Layer) -> dict[str, Any]:
    form = GEOMETRY_FORMATS.get(layer.geometry_type, "geometry-any")
    return {"x-ogc-role": "primary-geometry", "format": form}


def _document(
    kind: str, layer: Layer, context: Context, properties: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    numbered = {
        name: {**value, "x-ogc-propertySeq": position}
        for position, (name, value) in enumerate(properties.items(), start=1)
    }
    return {
        "$schema": DIALECT,
        "$id": f"{context.collection(layer)}/{kind}",
        "type": "object",
        "title": layer_title(layer, context.language),
        "properties": numbered,
        "additionalProperties": False,
    }
