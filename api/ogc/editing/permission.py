"""Which methods who may use on which layer."""

from typing import Final

from starlette.requests import Request

from api.security.sight import sight_of
from cim.catalog import Layer

METHODS: Final = {"create": ("POST",), "update": ("PUT", "PATCH"), "delete": ("DELETE",)}
"""Methods that each verb allows."""

ON_ITEMS: Final = frozenset({"POST"})
ON_ITEM: Final = frozenset({"PUT", "PATCH", "DELETE"})


def methods(request: Request, layer: Layer, among: frozenset[str]) -> tuple[str, ...]:
    """The methods of `among` that the caller may use on a layer."""
    sight = sight_of(request)
    return tuple(
        method
        for verb, allowed in METHODS.items()
        for method in allowed
        if method in among and sight.may(verb, layer)
    )
