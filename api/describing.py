"""The OpenAPI document of the REST interface: what FastAPI knows, and the problems it does not.

Every operation may answer with a problem document (`api.errors`), which FastAPI's own document
does not say; it promises 422 with a body of its own instead, which never comes.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import MEDIA_TYPE

type Schema = dict[str, Any]

NEVER_SENT = "422"
"""Status that FastAPI promises for illegal parameters; here they are 400."""

UNUSED = ("HTTPValidationError", "ValidationError")
PROBLEM = "Problem"


def describe(app: FastAPI) -> None:
    """Let the application describe itself with its problem documents."""
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # as FastAPI asks for it


def _document(app: FastAPI) -> Schema:
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        app.openapi_schema = _with_problems(made)
    return app.openapi_schema


def _with_problems(document: Schema) -> Schema:
    for operation in _operations(document):
        responses = operation["responses"]
        if _is_validation(responses.get(NEVER_SENT, {})):
            del responses[NEVER_SENT]
        responses["default"] = _problem_response()
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name in UNUSED:
        components.pop(name, None)
    components[PROBLEM] = _problem()
    return document


def _operations(document: Schema) -> Iterator[Schema]:
    for path in document["paths"].values():
        yield from (entry for entry in path.values() if "responses" in entry)


def _is_validation(response: Schema) -> bool:
    return UNUSED[0] in str(response.get("content", ""))


def _problem_response() -> Schema:
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}
    return {"description": "A problem, told as RFC 9457 says", "content": content}


def _problem() -> Schema:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "instance": text,
            "field": text,
        },
    }
