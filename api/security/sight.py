"""What the caller of the request at hand may see and do.

The server hands its routes `SeenStore`: a store that answers each caller with what that caller
may see. So a route that knows nothing of access shows nothing it should not; a route that wants
to know asks `sight_of(request)`. Work outside a request sees what is public.
"""

import functools
import threading
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Final

from shapely.geometry.base import BaseGeometry
from starlette.requests import HTTPConnection
from starlette.types import Scope

from api.errors import ForbiddenError, UnauthorizedError
from api.security.local import objection_to
from api.security.notes import Notes
from api.security.principals import ANONYMOUS, Principal
from api.security.rights import PUBLIC_TAG, Rights, Role
from api.security.snapshots import Seen
from api.security.view import StoreView
from cim.catalog import Layer
from cim.errors import CimError, ConfigError
from cim.store.base import Store

SCOPE_KEY: Final = "cim.sight"

_CURRENT: Final[ContextVar["Sight | None"]] = ContextVar("sight", default=None)


@dataclass(frozen=True)
class Freedom:
    """Whether a request may write without a key."""

    scope: Scope | None
    """Of the request: its headers and its client, and nothing that refers to the sight."""

    writes: str
    """`jobs.writes` of the settings."""

    @functools.cached_property
    def objection(self) -> CimError | None:
        """Why it may not, None when it may."""
        if self.scope is None:
            return ForbiddenError("only requests may write")
        return objection_to(self.scope, self.writes)


class Sight:
    """What one caller may see and do."""

    __slots__ = ("_freedom", "_rights", "_view", "notes", "principal", "store", "tag")

    def __init__(
        self, principal: Principal, rights: Rights, view: StoreView, freedom: Freedom
    ) -> None:
        """The sight of `principal`, which has `rights`, on the store that `view` shows."""
        self.principal = principal
        self.tag = rights.tag
        """Equal for callers who see the same; part of every cache key and validator."""
        self.store: Store = view
        self.notes = Notes()
        """What the request turns out to do."""
        self._rights = rights
        self._view = view
        self._freedom = freedom

    def narrowed(self, key: str, holds: Callable[[Layer], bool]) -> "Sight":
        """The same sight on those layers that `holds` takes, as one workspace shows them."""
        view = self._view.narrowed(key, holds)
        sight = Sight(self.principal, self._rights, view, self._freedom)
        sight.notes = self.notes
        sight.tag = f"{self.tag}/{key}"
        return sight

    def snapshot(self) -> Seen:
        """The layers that may be seen and the rights on them, all as of now."""
        return self._view.snapshot()

    def is_ready(self) -> bool:
        """Whether the layers can be told at once; if not, ask for them in a thread."""
        return self._view.is_ready()

    def layers(self) -> Mapping[str, Layer]:
        """The layers that may be seen, without the attributes that may not."""
        return self.store.layers()

    def layer(self, name: str) -> Layer:
        """One of them.

        Raises:
            NotFoundError: There is none of this name, or it may not be seen.
        """
        return self.store.layer(name)

    def whole(self) -> AbstractSet[str]:
        """Names of the layers all of whose features and attributes may be seen."""
        return self._view.whole()

    def shown(self, layer: Layer) -> Layer:
        """A layer in any state without what the caller may not see of it."""
        return self._view.shown(layer)

    def is_partial(self, name: str) -> bool:
        """Whether attributes or features of a layer are hidden."""
        return self._view.is_partial(name)

    def area(self, layer: Layer, verb: str) -> BaseGeometry | None:
        """Where the caller may do this: degrees CGCS2000, None for everywhere."""
        right = self._view.right(layer.name)
        return right.areas.get(verb) if right is not None else None

    def may(self, verb: str, layer: Layer | str) -> bool:
        """Whether the caller may do this with a layer, or with one to be made of this name.

        Besides what its roles allow, a caller without a key may change what it sees where
        `jobs.writes` says so; where that is `none`, nobody may.
        """
        return self._objection(verb, layer if isinstance(layer, str) else layer.name) is None

    def require(self, verb: str, layer: Layer | str) -> None:
        """Let only those pass who may do this; it is noted for the audit trail.

        Raises:
            UnauthorizedError: The caller may not, and does not say who it is.
            ForbiddenError: The caller may not.
            NotFoundError: For the caller there is no such layer.
        """
        name = layer if isinstance(layer, str) else layer.name
        self.notes.verb = verb
        self.notes.layers.add(name)
        if objection := self._objection(verb, name):
            raise objection

    def hides(self, layer: str) -> bool:
        """Whether there is a layer of this name that the caller may not see."""
        return self._view.is_hidden(layer)

    def sees_tileset(self, name: str, layer: str | None, classification: str) -> bool:
        """Whether the caller may see a tileset: it shows its layer as a whole, all attributes.

        Args:
            name: Of the tileset; roles may name it as they name layers.
            layer: That it was made from, None for files.
            classification: Of a tileset made from files.
        """
        if layer is not None and self._view.is_there(layer):
            if self.is_partial(layer) or layer not in self.layers():
                return False
            self.layer(layer)
        return self._rights.sees(name, classification)

    def say_gone(self, layer: str) -> None:
        """Tell who might read a layer that it was retired; nothing of any other layer.

        Raises:
            GoneError: It was; the message gives time and reason.
        """
        self._view.say_gone(layer)

    def sees(self, name: str, classification: str) -> bool:
        """Whether the caller sees what has this name and class."""
        return self._rights.sees(name, classification)

    def refusal(self, what: str) -> CimError:
        """The error for a caller who may not do `what`."""
        if self.principal.is_known:
            return ForbiddenError(f"{self.principal.name!r} may not {what}")
        return UnauthorizedError(f"to {what} takes a key", is_invalid=False)

    def has_duty(self, duty: str) -> bool:
        """Whether the caller's roles charge it with a duty."""
        return duty in self._rights.duties

    def require_duty(self, duty: str) -> None:
        """Let only those pass whose roles charge them with a duty.

        Raises:
            UnauthorizedError: The caller does not say who it is.
            ForbiddenError: The caller's roles do not.
        """
        if not self.has_duty(duty):
            raise self.refusal(f"do what is the duty {duty!r}")

    def _objection(self, verb: str, name: str) -> CimError | None:
        """Why the caller may not do this, None when it may."""
        is_hidden = self._view.is_hidden(name)
        if (verb == "read" and name not in self.layers()) or (is_hidden and verb != "publish"):
            return self._view.missing(name)
        if verb == "read":
            return None
        if self._freedom.writes != "none" and self._view.may(verb, name):
            return None
        if is_hidden or (self.principal.is_known and self._freedom.writes != "none"):
            return self.refusal(f"{verb} layer {name!r}")
        return self._freedom.objection


class Sights:
    """The sights of all callers of one server. Safe for use from several threads."""

    def __init__(self, store: Store, roles: Mapping[str, Role], writes: str = "none") -> None:
        """Sights on `store` for callers with some of `roles`.

        Args:
            store: The city's.
            roles: All that there are, by name.
            writes: `jobs.writes` of the settings: who may write without a key.
        """
        self._store = store
        self._writes = writes
        self._roles = roles
        self._views: dict[frozenset[str], tuple[Rights, StoreView]] = {}
        self._guard = threading.Lock()
        self.anonymous = self.of(ANONYMOUS)

    def of(self, principal: Principal, scope: Scope | None = None) -> Sight:
        """The sight of a caller in a request; roles not defined (any more) allow nothing."""
        known = self._views.get(principal.roles) or self._new_view(principal.roles)
        return Sight(principal, *known, Freedom(_caller(scope), self._writes))

    def current(self) -> Sight:
        """The sight of the request at hand, of the public where there is none."""
        return _CURRENT.get() or self.anonymous

    def _new_view(self, names: frozenset[str]) -> tuple[Rights, StoreView]:
        rights = Rights(self._roles[name] for name in names if name in self._roles)
        view = StoreView(self._store, rights, note_restricted)
        with self._guard:
            return self._views.setdefault(names, (rights, view))


def _caller(scope: Scope | None) -> Scope | None:
    """What a scope says of the caller.

    The scope holds the sight: were it held by the sight, each request would leave a ring of
    objects behind, and the search for such rings stops everything for milliseconds.
    """
    if scope is None:
        return None
    return {"headers": scope["headers"], "client": scope.get("client")}


def sight_of(connection: HTTPConnection) -> Sight:
    """The sight of the caller of a request.

    Raises:
        ConfigError: The application runs without `api.security.gate`.
    """
    return sight_in(connection.scope)


def sight_in(scope: Scope) -> Sight:
    """The same, of the scope of a request.

    Raises:
        ConfigError: The application runs without `api.security.gate`.
    """
    sight = scope.get(SCOPE_KEY)
    if not isinstance(sight, Sight):
        raise ConfigError("the application runs without its access gate")
    return sight


def current_tag() -> str:
    """Tag of the sight of the request at hand."""
    sight = _CURRENT.get()
    return PUBLIC_TAG if sight is None else sight.tag


def current_key() -> str:
    """Id of the key, or subject of the token, of the request at hand; empty without one."""
    sight = _CURRENT.get()
    return "" if sight is None else sight.principal.key


def is_partial(layer: str) -> bool:
    """Whether the caller of the request at hand sees a layer in part only."""
    sight = _CURRENT.get()
    return sight is not None and sight.is_partial(layer)


def link_values() -> dict[str, str]:
    """Parameters that links need which a client follows by itself: the key, if it came so."""
    sight = _CURRENT.get()
    return {"key": sight.notes.link_key} if sight is not None and sight.notes.link_key else {}


def note_restricted(layer: str) -> None:
    """Note that the request at hand reads a restricted layer."""
    sight = _CURRENT.get()
    if sight is not None:
        sight.notes.restricted.add(layer)


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
