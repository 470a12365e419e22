"""Answers to edits: where a feature is now, its tag, and what was refused.

Source: OGC 20-002r1 (Features Part 4), clauses 6.3-6.6 and 10; RFC 9457.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.errors import problem
from api.ogc.editing.bodies import FEATURE_TYPES, PATCH_TYPES
from cim.edits import EditRefusedError, Fault

MOST_SHOWN: Final = 100
"""Faults that an answer lists."""

ALWAYS: Final = ("GET", "HEAD", "OPTIONS")
STATUS_OF_KIND: Final[Mapping[str, int]] = {
    "value": 422,
    "missing": 404,
    "stale": 412,
    "forbidden": 403,
}


def allowed(methods: tuple[str, ...]) -> dict[str, str]:
    """Headers that say what may be done at an address, and with what bodies."""
    headers = {"Allow": ", ".join((*ALWAYS, *methods))}
    if "POST" in methods:
        headers["Accept-Post"] = ", ".join(FEATURE_TYPES)
    if "PATCH" in methods:
        headers["Accept-Patch"] = ", ".join(PATCH_TYPES)
    return headers


def not_allowed(request: Request, methods: tuple[str, ...], reason: str) -> Response:
    """405: what was asked for cannot be done at this address, whoever asks."""
    status = HTTPStatus.METHOD_NOT_ALLOWED
    return problem(request, status, reason, headers=allowed(methods))


def refused(request: Request, error: EditRefusedError, headers: Mapping[str, str]) -> Response:
    """The problem document of edits that cannot be done: all faults, the first hundred shown."""
    several = any(fault.index for fault in error.faults)
    detail = f"feature {error.faults[0].index}: {error}" if several else str(error)
    members = {
        "errors": [_fault(fault) for fault in error.faults[:MOST_SHOWN]],
        "errorCount": len(error.faults),
    }
    return problem(
        request,
        _status(request, error),
        detail,
        field=error.field,
        headers=headers,
        members=members,
    )


def _status(request: Request, error: EditRefusedError) -> int:
    """404 where the feature of the address is meant; 403 and 412 also where all are so."""
    kinds = {fault.kind for fault in error.faults}
    if len(kinds) == 1 and (request.method != "POST" or kinds != {"missing"}):
        return STATUS_OF_KIND[kinds.pop()]
    return STATUS_OF_KIND["value"]


def _fault(fault: Fault) -> dict[str, Any]:
    found: dict[str, Any] = {"index": fault.index, "field": fault.field, "reason": fault.reason}
    if fault.value:
        found["value"] = fault.value
    if fault.fid is not None:
        found["id"] = fault.fid
    return found
