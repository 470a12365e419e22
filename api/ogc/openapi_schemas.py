"""Schemas of answers in the OpenAPI documents.

Source: OGC 17-069r4 (Features Part 1), clauses 7.2-7.16; RFC 7946; RFC 9457.
"""

from typing import Any, Final

from api.ogc.openapi_parameters import TEXT, URI, plain
from api.ogc.schemas import property_schema
from cim.catalog import Layer

type Schema = dict[str, Any]

GEOMETRIES: Final = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}


def reference(name: str) -> Schema:
    """A reference to one of the schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def common() -> Schema:
    """Schemas of both kinds of documents, by name."""
    return {
        "link": _object({"href": TEXT, "rel": TEXT, "type": TEXT, "title": TEXT}, "href", "rel"),
        "landingPage": _object(
            {"title": TEXT, "description": TEXT, "links": _list("link")}, "links"
        ),
        "confClasses": _object({"conformsTo": {"type": "array", "items": URI}}, "conformsTo"),
        "collections": _object(
            {"links": _list("link"), "collections": _list("collection")}, "links", "collections"
        ),
        "collection": _collection(),
        "featureCollection": collection_of("feature"),
        "feature": feature({"type": "object", "nullable": True}),
        "geometry": {
            **_object({"type": {**TEXT, "enum": list(GEOMETRIES)}}, "type"),
            "nullable": True,
        },
        "schema": _object({"type": TEXT, "properties": {"type": "object"}}, "properties"),
        "problem": _problem(),
        "object": {"type": "object"},
    }


def of_layer(layer: Layer, language: str) -> Schema:
    """Schemas of a layer's features: its own fields as properties."""
    fields = {field.name: _value(field, language) for field in layer.fields}
    return {
        "layerFeature": feature({"type": "object", "properties": fields}),
        "layerFeatureCollection": collection_of("layerFeature"),
    }


def _value(field: Any, language: str) -> Schema:  # noqa: ANN401 - a field of a layer
    return {**plain(property_schema(field, language)), "nullable": True}


def feature(properties: Schema) -> Schema:
    """Schema of a GeoJSON feature with these properties."""
    return _object(
        {
            "type": {**TEXT, "enum": ["Feature"]},
            "id": {"type": "integer", "format": "int64"},
            "geometry": reference("geometry"),
            "properties": properties,
            "links": _list("link"),
        },
        "type",
        "geometry",
        "properties",
    )


def collection_of(name: str) -> Schema:
    """Schema of a page of features, whose schema has this name."""
    return _object(
        {
            "type": {**TEXT, "enum": ["FeatureCollection"]},
            "features": _list(name),
            "links": _list("link"),
            "timeStamp": {**TEXT, "format": "date-time"},
            "numberMatched": COUNT,
            "numberReturned": COUNT,
        },
        "type",
        "features",
    )


def _collection() -> Schema:
    number: Schema = {"type": "number"}
    box = {"type": "array", "items": number, "minItems": 4, "maxItems": 6}
    spatial = _object({"bbox": {"type": "array", "items": box, "minItems": 1}, "crs": URI})
    return _object(
        {
            "id": TEXT,
            "title": TEXT,
            "description": TEXT,
            "itemType": TEXT,
            "itemCount": COUNT,
            "extent": _object({"spatial": spatial, "temporal": {"type": "object"}}),
            "crs": {"type": "array", "items": URI},
            "storageCrs": URI,
            "links": _list("link"),
        },
        "id",
        "links",
    )


def _problem() -> Schema:
    made = _object(
        {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "instance": TEXT,
            "field": TEXT,
        },
        "type",
        "title",
        "status",
    )
    return {**made, "description": "RFC 9457 problem details"}


def _object(properties: Schema, *required: str) -> Schema:
    plain: Schema = {"type": "object", "properties": properties}
    return {**plain, "required": list(required)} if required else plain


def _list(name: str) -> Schema:
    return {"type": "array", "items": reference(name)}
