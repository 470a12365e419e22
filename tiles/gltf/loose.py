"""JSON of unknown make: parts that should be objects or lists, and may be anything."""

from typing import Any

import orjson

from cim.errors import SourceDataError


def read_object(text: bytes, what: str, where: str) -> dict[str, Any]:
    """A JSON object of bytes.

    Raises:
        SourceDataError: They are something else; the message begins with `what`.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise SourceDataError(f"{what}: {error}", where=where) from error
    if not isinstance(document, dict):
        raise SourceDataError(f"{what}: no JSON object", where=where)
    return document


def as_dict(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def dicts_of(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON array."""
    return [each for each in as_list(value) if isinstance(each, dict)]
