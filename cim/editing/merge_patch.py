"""JSON merge patch.    Source: RFC 7396, section 2."""

from collections.abc import Mapping
from typing import Any

type Json = Any
"""A value as a JSON parser gives it."""


def merge_patch(target: Json, patch: Json) -> Json:
    """The target with a patch applied: members of objects are merged, `null` takes one away.

    Anything that is no object, arrays included, takes the place of what was there.
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
