"""Where a request may carry a key or token: a header, or the query."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from api.errors import ParameterError, UnauthorizedError
from api.security.keys import PREFIX

_AUTHORIZATION: Final = b"authorization"
_KEY_HEADER: Final = b"x-api-key"
_HEADERS: Final = frozenset({_AUTHORIZATION, _KEY_HEADER})
_PARAMETER: Final = b"key="
_OURS: Final = _PARAMETER + PREFIX.encode()


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows to say who asks."""

    text: str
    is_token: bool = False
    in_query: bool = False


def credential_of(scope: Scope) -> Credential | None:
    """What a request shows, None when it shows nothing.

    A key in the query is taken out of `scope`, so that no link, log or cache key ever has it.

    Raises:
        UnauthorizedError: A header is not what it should be.
        ParameterError: More than one is given.
    """
    given = [header for header in scope["headers"] if header[0] in _HEADERS]
    if not given and _OURS not in scope["query_string"]:
        return None
    found = [one for name, value in given if (one := _of_header(name, value)) is not None]
    found += _taken_from_query(scope)
    if len(found) > 1:
        raise ParameterError(
            "key", "is given more than once; legal: one of Authorization, X-API-Key and ?key="
        )
    return found[0] if found else None


def _of_header(name: bytes, value: bytes) -> Credential | None:
    if name == _KEY_HEADER:
        return Credential(_ascii(value.strip(), "X-API-Key"))
    scheme, _, rest = _ascii(value, "Authorization").partition(" ")
    rest = rest.strip()
    if scheme.lower() == "basic":
        return _of_basic(rest)
    if scheme.lower() != "bearer" or not rest:
        raise UnauthorizedError(
            f"Authorization: {scheme[:20]!r} is not taken; legal: Bearer and a key or token"
        )
    return Credential(rest, is_token=not rest.startswith(PREFIX))


def _of_basic(text: str) -> Credential | None:
    """A key as the password, if it is one; other passwords are a proxy's."""
    try:
        pair = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    _, _, password = pair.partition(":")
    return Credential(password) if password.startswith(PREFIX) else None


def _taken_from_query(scope: Scope) -> list[Credential]:
    parts = scope["query_string"].split(b"&")
    scope["query_string"] = b"&".join(part for part in parts if not part.startswith(_OURS))
    return [
        Credential(_ascii(part.removeprefix(_PARAMETER), "key"), in_query=True)
        for part in parts
        if part.startswith(_OURS)
    ]


def _ascii(value: bytes, where: str) -> str:
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        raise UnauthorizedError(f"{where}: has characters that are not ASCII") from None
