"""JSON of unknown make: parts that should be objects or lists, and may be anything."""

from typing import Any


def as_dict(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def dicts_of(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON array."""
    return [each for each in as_list(value) if isinstance(each, dict)]
