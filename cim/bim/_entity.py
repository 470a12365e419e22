"""Attributes of what ifcopenshell hands out.

The library has no types of its own. Asking an instance for an attribute that its class does not
have costs it a search through the rules of the whole schema, a quarter of a second at first; so
that question goes to the schema, once for each class.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cim.extras import require

type Entity = Any
"""An instance of a file, a file, or a module of ifcopenshell."""


def attribute(entity: Entity, name: str) -> Entity:
    """An attribute of an instance, None where it is not set or its class does not have it."""
    at = _positions(entity.is_a(True)).get(name)  # noqa: FBT003 - the library's own signature
    return None if at is None else entity[at]


def by_type(file: Entity, name: str) -> list[Entity]:
    """Instances of a class; none where the schema has no such class."""
    try:
        return list(file.by_type(name))
    except RuntimeError:
        return []


@lru_cache(maxsize=2_048)
def _positions(declared: str) -> Mapping[str, int]:
    """Positions of the attributes of a class, such as `IFC4.IfcWall`, by name."""
    wrapper = require("ifcopenshell.ifcopenshell_wrapper", "bim")
    schema, _, name = declared.partition(".")
    declaration = wrapper.schema_by_name(schema).declaration_by_name(name)
    if declaration.as_entity() is None:
        return {"wrappedValue": 0}
    return {one.name(): at for at, one in enumerate(declaration.as_entity().all_attributes())}
