"""The operations that write, in the OpenAPI documents.

Source: OGC 20-002r1 (Features Part 4), clauses 6-11; RFC 7396 (merge patch).
"""

from typing import Any, Final

from api.ogc.editing.bodies import FEATURE_TYPES, PATCH_TYPES
from api.ogc.links import GEOJSON, JSON
from api.ogc.openapi_schemas import reference

type Schema = dict[str, Any]

IF_MATCH: Final = "If-Match"
CONTENT_CRS: Final = "Content-Crs"
"""Headers that say which version is changed, and in which CRS the body is."""

PARTS: Final = (IF_MATCH, CONTENT_CRS, "Prefer")


def parameters() -> Schema:
    """The headers, by name."""
    texts = {
        IF_MATCH: "Tag of the version that is changed",
        CONTENT_CRS: "CRS of the body, one of the collection's, as <URI>",
        "Prefer": "return=representation or return=minimal; handling=strict or lenient",
    }
    return {
        name: {
            "name": name,
            "in": "header",
            "description": text,
            "required": False,
            "schema": {"type": "string"},
        }
        for name, text in texts.items()
    }


def items(above: tuple[str, ...], feature: str, collection: str) -> Schema:
    """What may be done to the features of a layer.

    Args:
        above: Parameters of the path.
        feature: Name of the schema of a feature.
        collection: Name of that of several.
    """
    either = {"oneOf": [reference(feature), reference(collection)]}
    created = {"description": "The feature was made", "headers": _located()}
    return {
        "post": _write(
            "createFeature",
            "Add features",
            (*above, CONTENT_CRS, "Prefer"),
            {media: {"schema": either} for media in FEATURE_TYPES},
            {"201": created},
        )
    }


def item(above: tuple[str, ...], feature: str) -> Schema:
    """What may be done to one feature."""
    names = (*above, "featureId", *PARTS)
    whole = {media: {"schema": reference(feature)} for media in FEATURE_TYPES}
    part = {media: {"schema": {"type": "object"}} for media in PATCH_TYPES}
    done = {"204": {"description": "It is done"}, "200": _shown(feature)}
    return {
        "put": _write("replaceFeature", "Replace a feature", names, whole, done),
        "patch": _write("updateFeature", "Change parts of a feature", names, part, done),
        "delete": _write("deleteFeature", "Retire a feature", names, {}, done),
    }


def transactions(above: tuple[str, ...]) -> Schema:
    """Several edits of a layer as one."""
    content = {JSON: {"schema": {"type": "object"}}}
    done = {"200": {"description": "It is done", "content": content}}
    names = (*above, CONTENT_CRS, "Prefer")
    return {"post": _write("transact", "Many edits, all or none", names, content, done)}


def _write(
    operation: str, summary: str, names: tuple[str, ...], content: Schema, done: Schema
) -> Schema:
    body = {"requestBody": {"required": True, "content": content}} if content else {}
    errors = {
        "400": "BadRequest",
        "401": "Unauthorized",
        "403": "Forbidden",
        "404": "NotFound",
        "405": "NotAllowed",
        "409": "Conflict",
        "410": "Gone",
        "412": "Changed",
        "413": "TooLarge",
        "415": "UnsupportedMedia",
        "422": "Unusable",
        "428": "ConditionMissing",
        "500": "InternalError",
    }
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["Editing"],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names],
        **body,
        "responses": done
        | {status: {"$ref": f"#/components/responses/{name}"} for status, name in errors.items()},
    }


def _shown(feature: str) -> Schema:
    return {"description": "It is done", "content": {GEOJSON: {"schema": reference(feature)}}}


def _located() -> Schema:
    text = {"schema": {"type": "string"}}
    return {"Location": text, "ETag": text}
