"""Bodies of requests that write: their media type, their size, and the JSON in them.

Source: OGC 20-002r1 (Features Part 4), clauses 6.2-6.3, 7.2; RFC 9110, 8.3 and 15.5.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request

from api.errors import ParameterError, TooLargeError, UnsupportedMediaError
from api.numerals import exceeds
from cim.json_members import objection

GEOJSON: Final = "application/geo+json"
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
FEATURE_TYPES: Final = (GEOJSON, JSON)
PATCH_TYPES: Final = (MERGE_PATCH, GEOJSON, JSON)
SHOWN: Final = 80


async def read_body(request: Request, types: tuple[str, ...], most_bytes: int) -> bytes:
    """The body of a request; one that is too long is refused before it is read.

    Raises:
        ParameterError: There is no Content-Type, or Content-Length is no number.
        UnsupportedMediaError: The body is of another kind or coding.
        TooLargeError: The body is longer than `most_bytes`.
        ClientDisconnect: The client went away before all of it had come.
    """
    _check_kind(request, types)
    declared = request.headers.get("content-length")
    if declared is not None and not declared.isdecimal():
        raise ParameterError("Content-Length", f"{declared[:SHOWN]!r} is no number of bytes")
    if declared is not None and exceeds(declared, most_bytes):
        raise _too_large(most_bytes)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most_bytes:
            raise _too_large(most_bytes)
        pieces.append(piece)
    return b"".join(pieces)


def read_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object in a body.

    Raises:
        ParameterError: It is none, or no JSON; the message says where it goes wrong.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParameterError("body", f"is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ParameterError("body", "is no JSON object")
    if reason := objection(body):
        raise ParameterError("body", reason)
    return found


def _check_kind(request: Request, types: tuple[str, ...]) -> None:
    header = request.headers.get("content-type")
    if header is None:
        raise ParameterError("Content-Type", f"is missing; legal: {', '.join(types)}")
    media, *options = (part.strip().lower() for part in header.split(";"))
    if media not in types:
        raise UnsupportedMediaError(
            f"{media[:SHOWN]!r} is not read here; legal: {', '.join(types)}"
        )
    for option in options:
        name, _, value = option.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in {"utf-8", "utf8", "us-ascii"}:
            raise UnsupportedMediaError(f"charset {value[:SHOWN]!r} is not read; legal: utf-8")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise UnsupportedMediaError(f"Content-Encoding {coding[:SHOWN]!r} is not read here")


def _too_large(most_bytes: int) -> TooLargeError:
    return TooLargeError(
        f"body larger than {most_bytes / 1e6:g} MB, the most that editing.max_body_mb lets"
    )
