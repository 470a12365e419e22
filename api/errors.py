"""Errors as RFC 9457 problem details: one family, one status; nothing internal gets out."""

import logging
import math
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from addressing.registry.values import StaleError
from cim.errors import (
    BackendError,
    ConfigError,
    ConflictError,
    GoneError,
    InputError,
    NotFoundError,
    OutdatedError,
    SourceDataError,
    UnsupportedError,
)
from cim.zones.cover import CoverLimitError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class TooLargeError(InputError):
    """A request asks for more at once than the server gives."""


class UnauthorizedError(InputError):
    """Who asks is not known, or what should show it does not hold.

    Args:
        reason: What is missing or wrong.
        is_invalid: Whether something was shown that does not hold.
    """

    def __init__(self, reason: str, *, is_invalid: bool = True) -> None:
        super().__init__(reason)
        self.is_invalid = is_invalid


class ForbiddenError(InputError):
    """The caller may not do this; who may is a matter of the settings."""


class QueueFullError(InputError):
    """As many jobs wait as may wait."""


class NotAcceptableError(InputError):
    """An answer is wanted in forms only that are not offered."""


class TooManyRequestsError(InputError):
    """A caller asks more often than it may.

    Args:
        reason: How often is too often.
        retry_s: Seconds after which it may ask again.
    """

    def __init__(self, reason: str, retry_s: float) -> None:
        super().__init__(f"{reason}; ask again in {math.ceil(retry_s)} s")
        self.retry_s = math.ceil(retry_s)


class UnsupportedMediaError(InputError):
    """A body is of a kind that is not read here."""


class PreconditionMissingError(InputError):
    """A change must say which version of a thing it changes."""


STATUS: Mapping[type[Exception], int] = {
    InputError: 400,
    NotFoundError: 404,
    GoneError: 410,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    ConflictError: 409,
    StaleError: 412,
    OutdatedError: 412,
    CoverLimitError: 413,
    NotAcceptableError: 406,
    TooLargeError: 413,
    UnsupportedMediaError: 415,
    PreconditionMissingError: 428,
    QueueFullError: 429,
    TooManyRequestsError: 429,
    SourceDataError: 422,
    UnsupportedError: 501,
    ConfigError: 500,
    BackendError: 503,
}
"""Status of each family; an error takes that of its nearest ancestor."""

TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    412: "Precondition failed",
    413: "Too large",
    415: "Unsupported media type",
    422: "Unusable data",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    501: "Not supported",
    503: "Temporarily unavailable",
}

MEMBERS = ("estimate", "limit", "winner")
"""Attributes of errors that a problem document repeats as members of its own."""

TELLER = "cim.tell"
"""Key of the scope under which a part of the application leaves its own way to tell errors."""

type Teller = Callable[[Request, Exception], Response | None]

RETRY_S = "60"
"""After how many seconds a client may ask again when too much waits."""

HIDDEN = frozenset({500, 503})
"""Statuses whose text stays in the log."""


class ParameterError(InputError):
    """A request parameter is not legal.

    Args:
        field: Name of the parameter.
        reason: What is wrong with its value and what is legal.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """A problem document about a request (RFC 9457)."""
    document = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    } | dict(members or {})
    if field is not None:
        document["field"] = field
    body = orjson.dumps(document)
    return Response(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def status_of(error: Exception) -> int:
    """HTTP status of an error, found through its ancestors; 500 for what has no family."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def error_response(request: Request, error: Exception) -> Response:
    """The problem document of an error; statuses in `HIDDEN` show only a log id."""
    status = status_of(error)
    if status in HIDDEN:
        return _hidden(request, status, error)
    members = {name: getattr(error, name) for name in MEMBERS if hasattr(error, name)}
    field = getattr(error, "field", None)
    return problem(
        request, status, str(error), field=field, members=members, headers=_headers(error)
    )


def _headers(error: Exception) -> dict[str, str]:
    """What an error says in headers: when to come back, how to show who asks (RFC 6750, 3)."""
    if isinstance(error, QueueFullError):
        return {"Retry-After": RETRY_S}
    if isinstance(error, TooManyRequestsError):
        return {"Retry-After": str(error.retry_s)}
    if isinstance(error, UnauthorizedError):
        fault = ', error="invalid_token"' if error.is_invalid else ""
        return {"WWW-Authenticate": f'Bearer realm="cim-server"{fault}'}
    return {}


def _hidden(request: Request, status: int, error: Exception) -> Response:
    log_id = secrets.token_hex(6)
    logger.error("%s %s %s", log_id, request.method, request.url, exc_info=error)
    headers = {"Retry-After": "5"} if status == STATUS[BackendError] else {}
    detail = f"The operator finds the reason in the server's log under {log_id}."
    return problem(request, status, detail, headers=headers)
