"""Who may edit which layer."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from api.errors import ForbiddenError
from api.security.sight import sight_of
from api.writers import require_writer
from cim.catalog import Layer

METHODS: Final = {"create": ("POST",), "update": ("PUT", "PATCH"), "delete": ("DELETE",)}
"""Methods that each verb allows."""

ON_ITEMS: Final = frozenset({"POST"})
ON_ITEM: Final = frozenset({"PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Permission:
    """Decides by the roles of known callers, by the settings for those whom nobody knows."""

    writes: str
    """`jobs.writes` of the settings."""

    def require(self, request: Request, verb: str, layer: Layer) -> None:
        """Let only those pass who may do this.

        Raises:
            ForbiddenError: The caller may not.
            UnauthorizedError: Nobody in particular asks.
        """
        sight = sight_of(request)
        if sight.may(verb, layer) or sight.principal.is_known:
            sight.require(verb, layer)
        else:
            require_writer(request, self.writes, "edit features")
            sight.notes.verb = verb

    def methods(self, request: Request, layer: Layer, among: frozenset[str]) -> tuple[str, ...]:
        """The methods of `among` that the caller may use on a layer."""
        return tuple(
            method
            for verb, methods in METHODS.items()
            for method in methods
            if method in among and self._may(request, verb, layer)
        )

    def _may(self, request: Request, verb: str, layer: Layer) -> bool:
        sight = sight_of(request)
        if sight.may(verb, layer) or sight.principal.is_known:
            return sight.may(verb, layer)
        try:
            require_writer(request, self.writes)
        except ForbiddenError:
            return False
        return True
