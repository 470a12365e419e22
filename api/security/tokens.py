"""Bearer tokens of an OpenID provider: signed JSON web tokens (RFC 7519), checked here.

Only algorithms with a public key are taken: with a shared secret (`HS256`) whoever can check a
token can make one. The provider's keys come from its JWKS address, kept for some minutes and
read anew when a token names a key not seen yet; or from a file, for a server without a network.
"""

import base64
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from api.access_settings import AccessSettings
from api.errors import UnauthorizedError
from api.security.principals import Principal
from cim import extras
from cim.errors import BackendError, ConfigError

KEPT_S: Final = 600.0
"""How long the provider's keys are used before they are read anew."""

RETRIED_S: Final = 15.0
"""How soon they may be read again because a token names a key that is not among them."""

LEEWAY_S: Final = 30
FETCH_S: Final = 5.0
LARGEST_JWKS: Final = 1 << 20
LONGEST: Final = 16_384
KINDS: Final = ("RSA", "EC", "OKP")
NEEDED: Final = ("iss", "aud", "exp", "sub")


@dataclass(frozen=True, slots=True)
class _Held:
    """The provider's keys, and since when."""

    keys: Any
    ids: frozenset[str]
    read_s: float
    stamp: object


class Tokens:
    """Checks tokens of one issuer. Safe for use from several threads; may wait for the network."""

    def __init__(self, settings: AccessSettings, workspace: Path) -> None:
        """Take tokens as `settings` say.

        Raises:
            ConfigError: The library for tokens is not installed, or the file of keys is missing.
        """
        self._settings = settings
        self._jwk = extras.require("joserfc.jwk", "oidc")
        self._jwt = extras.require("joserfc.jwt", "oidc")
        self._errors = extras.require("joserfc.errors", "oidc")
        self._url = settings.oidc_keys if "://" in settings.oidc_keys else ""
        self._file = workspace / settings.oidc_keys
        self._guard = threading.Lock()
        self._held: _Held | None = None
        if not self._url and not self._file.is_file():
            raise ConfigError(f"access.oidc_keys: {self._file}: no such file")

    def principal(self, text: str) -> Principal:
        """Whose token this is.

        Raises:
            UnauthorizedError: It is none that holds: signature, algorithm, issuer, audience, time.
            BackendError: The issuer's keys cannot be read.
        """
        claims = self._claims(text)
        self._check(claims)
        roles = _at(claims, self._settings.oidc_roles_claim)
        listed = [roles] if isinstance(roles, str) else roles
        name = _at(claims, self._settings.oidc_name_claim) or claims["sub"]
        return Principal(
            str(name)[:100],
            frozenset(role for role in listed or () if isinstance(role, str)),
            "token",
            str(claims["sub"])[:200],
        )

    def _claims(self, text: str) -> Mapping[str, Any]:
        """The claims of a token whose signature holds."""
        if len(text) > LONGEST or text.count(".") != 2:  # noqa: PLR2004 - RFC 7515, 7.1
            raise UnauthorizedError("the bearer token is neither a key of this server nor a JWT")
        try:
            header = _header(text)
            self._check_header(header)
            keys = self._keys(str(header.get("kid", "")))
            token = self._jwt.decode(text, keys, algorithms=list(self._settings.oidc_algorithms))
        except self._errors.JoseError as error:
            raise UnauthorizedError(f"the token does not hold: {_words(error)}") from None
        except (ValueError, TypeError, UnicodeError) as error:
            raise UnauthorizedError(f"the token cannot be read: {_words(error)}") from None
        claims: Mapping[str, Any] = token.claims
        return claims

    def _check_header(self, header: Mapping[str, Any]) -> None:
        algorithm, legal = header.get("alg"), self._settings.oidc_algorithms
        if algorithm not in legal:
            raise UnauthorizedError(
                f"tokens signed by {_short(algorithm)} are not taken; legal: {', '.join(legal)}"
            )

    def _check(self, claims: Mapping[str, Any]) -> None:
        """Hold the claims against what is asked of them (RFC 7519, 4.1)."""
        missing = [name for name in NEEDED if name not in claims]
        if missing:
            raise UnauthorizedError(
                f"the token has no {missing[0]!r}; needed: {', '.join(NEEDED)}"
            )
        if claims["iss"] != self._settings.oidc_issuer:
            raise UnauthorizedError(f"tokens of the issuer {_short(claims['iss'])} are not taken")
        audience = claims["aud"]
        audiences = audience if isinstance(audience, list) else [audience]
        if self._settings.oidc_audience not in audiences:
            raise UnauthorizedError(f"the token is for {_short(audience)}, not for this server")
        _check_times(claims)

    def _keys(self, key_id: str) -> Any:  # noqa: ANN401 - of an optional library
        """The issuer's keys; read anew when they are old, or lack the one that is named."""
        with self._guard:
            held, now = self._held, time.monotonic()
            if held is not None and not self._is_stale(held, key_id, now):
                return held.keys
            stamp, data = self._read()
            found = self._jwk.KeySet.import_key_set(data)
            ids = frozenset(str(key.get("kid", "")) for key in data["keys"])
            self._held = _Held(found, ids, now, stamp)
            return found

    def _is_stale(self, held: _Held, key_id: str, now: float) -> bool:
        if not self._url:
            return held.stamp != _stamp(self._file)
        age = now - held.read_s
        return age > KEPT_S or (key_id not in held.ids and age > RETRIED_S)

    def _read(self) -> tuple[object, dict[str, Any]]:
        """The issuer's public keys and what tells their edition.

        Raises:
            BackendError: They cannot be read.
        """
        where = self._url or str(self._file)
        try:
            text = _fetch(self._url) if self._url else self._file.read_bytes()
            data = _public(orjson.loads(text))
        except (OSError, ValueError) as error:
            raise BackendError(f"{where}: the issuer's keys cannot be read: {error}") from error
        return _stamp(self._file) if not self._url else None, data


def _fetch(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - the operator's address, https by its check
    with urllib.request.urlopen(request, timeout=FETCH_S) as answer:  # noqa: S310 - as above
        text: bytes = answer.read(LARGEST_JWKS)
    return text


def _public(data: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The keys that check signatures: never a shared secret, whoever lists it."""
    listed = data.get("keys") if isinstance(data, dict) else None
    found = [key for key in listed or () if isinstance(key, dict) and key.get("kty") in KINDS]
    keys = [key for key in found if key.get("use", "sig") == "sig"]
    if not keys:
        raise ValueError("no public key for signatures in it")
    return {"keys": keys}


def _header(text: str) -> Mapping[str, Any]:
    """The header of a token, unchecked."""
    part = text.partition(".")[0]
    header = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(header, dict):
        raise TypeError("the header is no object")
    return header


def _check_times(claims: Mapping[str, Any]) -> None:
    now = time.time()
    expires, begins = claims["exp"], claims.get("nbf", 0)
    if not _is_time(expires) or not _is_time(begins):
        raise UnauthorizedError("the token's times are no numbers")
    if expires + LEEWAY_S < now:
        raise UnauthorizedError(f"the token expired {now - expires:.0f} s ago")
    if begins - LEEWAY_S > now:
        raise UnauthorizedError(f"the token begins to hold in {begins - now:.0f} s")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at(claims: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON
    """The claim at a path with dots between levels, None where there is none."""
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _stamp(file: Path) -> object:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _short(value: object) -> str:
    return repr(value)[:80]
