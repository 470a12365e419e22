"""What the caller of the request at hand may see and do.

The server hands its routes `SeenStore`: a store that answers each caller with what that caller
may see. So a route that knows nothing of access shows nothing it should not; a route that wants
to know asks `sight_of(request)`. Work outside a request sees what is public.
"""

import functools
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Final

from shapely.geometry.base import BaseGeometry
from starlette.requests import HTTPConnection

from api.errors import ForbiddenError, UnauthorizedError
from api.security.notes import Notes
from api.security.principals import ANONYMOUS, Principal
from api.security.rights import EVERYONE, PUBLIC_TAG, Rights, Role
from api.security.view import StoreView
from cim.catalog import Layer
from cim.errors import ConfigError
from cim.store.base import Store

SCOPE_KEY: Final = "cim.sight"

_CURRENT: Final[ContextVar["Sight | None"]] = ContextVar("sight", default=None)


class Sight:
    """What one caller may see and do."""

    def __init__(
        self, principal: Principal, rights: Rights, store: StoreView, notes: Notes | None = None
    ) -> None:
        """The sight of `principal`, which has `rights`, on `store`."""
        self.principal = principal
        self.tag = rights.tag
        """Equal for callers who see the same; part of every cache key and validator."""
        self.store: Store = store
        self.notes = notes if notes is not None else Notes()
        """What the request turns out to do."""
        self._rights = rights
        self._view = store

    def narrowed(self, key: str, holds: Callable[[Layer], bool]) -> "Sight":
        """The same sight on those layers that `holds` takes, as one workspace shows them."""
        sight = Sight(self.principal, self._rights, self._view.narrowed(key, holds), self.notes)
        sight.tag = f"{self.tag}/{key}"
        return sight

    def layers(self) -> Mapping[str, Layer]:
        """The layers that may be seen, without the attributes that may not."""
        return self.store.layers()

    def layer(self, name: str) -> Layer:
        """One of them.

        Raises:
            NotFoundError: There is none of this name, or it may not be seen.
        """
        return self.store.layer(name)

    def is_partial(self, name: str) -> bool:
        """Whether attributes or features of a layer are hidden."""
        return self._view.is_partial(name)

    def area(self, layer: Layer, verb: str) -> BaseGeometry | None:
        """Where the caller may do this: degrees CGCS2000, None for everywhere."""
        right = self._view.right(layer.name)
        return right.areas.get(verb) if right is not None else None

    def may(self, verb: str, layer: Layer | str) -> bool:
        """Whether the caller's roles allow this on a layer; a layer not yet made by its name."""
        return self._view.may(verb, layer if isinstance(layer, str) else layer.name)

    def require(self, verb: str, layer: Layer | str) -> None:
        """Let only those pass whose roles allow this.

        Raises:
            UnauthorizedError: Nobody in particular asks.
            ForbiddenError: The caller's roles do not allow it.
        """
        self.notes.verb = verb
        if not self.may(verb, layer):
            name = layer if isinstance(layer, str) else layer.name
            raise refusal(self.principal, f"{verb} on layer {name!r}")

    def has_duty(self, duty: str) -> bool:
        """Whether the caller's roles charge it with a duty."""
        return duty in self._rights.duties


def refusal(principal: Principal, what: str) -> ForbiddenError | UnauthorizedError:
    """The error for a caller who may not do `what`."""
    if principal.is_known:
        return ForbiddenError(f"{principal.name!r} may not {what}; ask the operator for a role")
    return UnauthorizedError(f"{what} needs a key or token of someone who may")


class Sights:
    """The sights of all callers of one server. Safe for use from several threads."""

    def __init__(self, store: Store, roles: Mapping[str, Role]) -> None:
        """Sights on `store` for callers with some of `roles`."""
        self._store = store
        self._roles = roles
        self._views: dict[frozenset[str], tuple[Rights, StoreView]] = {}
        self._guard = threading.Lock()
        self.anonymous = self.of(ANONYMOUS)

    def of(self, principal: Principal) -> Sight:
        """The sight of a caller; roles that are not defined (any more) allow nothing."""
        known = self._views.get(principal.roles) or self._new_view(principal.roles)
        return Sight(principal, *known)

    def current(self) -> Sight:
        """The sight of the request at hand, of the public where there is none."""
        return _CURRENT.get() or self.anonymous

    def _new_view(self, names: frozenset[str]) -> tuple[Rights, StoreView]:
        rights = Rights(self._roles[name] for name in names if name in self._roles)
        view = StoreView(self._store, rights)
        with self._guard:
            return self._views.setdefault(names, (rights, view))


def sight_of(connection: HTTPConnection) -> Sight:
    """The sight of the caller of a request.

    Raises:
        ConfigError: The application runs without `api.security.gate`.
    """
    sight = connection.scope.get(SCOPE_KEY)
    if not isinstance(sight, Sight):
        raise ConfigError("the application runs without its access gate")
    return sight


def current_tag() -> str:
    """Tag of the sight of the request at hand."""
    sight = _CURRENT.get()
    return PUBLIC_TAG if sight is None else sight.tag


def is_partial(layer: str) -> bool:
    """Whether the caller of the request at hand sees a layer in part only."""
    sight = _CURRENT.get()
    return sight is not None and sight.is_partial(layer)


def enter(sight: Sight) -> Token["Sight | None"]:
    """Make a sight that of the request at hand, until `leave`."""
    return _CURRENT.set(sight)


def leave(token: Token["Sight | None"]) -> None:
    """Undo `enter`."""
    _CURRENT.reset(token)


def kept_by_sight[*Values, T](
    maxsize: int, make: Callable[[*Values], T]
) -> Callable[[*Values], T]:
    """`make`, whose results are kept apart for callers who see different things."""

    @functools.lru_cache(maxsize=maxsize)
    def kept(_tag: str, *values: *Values) -> T:
        return make(*values)

    def look_up(*values: *Values) -> T:
        return kept(current_tag(), *values)

    return look_up


__all__ = ["EVERYONE", "PUBLIC_TAG", "Role", "Sight", "Sights", "sight_of"]
