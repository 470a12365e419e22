"""`POST /api/geocode/batch`: a table in, the same rows with their answers out.

The body is kept in a file while it comes, so that a client may send all of it before it reads;
the result is made piece by piece as the client takes it. A client that goes away ends the work.
"""

import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import anyio
import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Message, Receive, Scope, Send

from api.batch.base import KINDS, SUFFIXES, Work
from api.batch.reading import open_rows
from api.batch.run import How, Tally, results
from api.batch.work import Asked, Reverse, Search
from api.batch.writing import writer_of
from api.errors import ParameterError, QueueFullError, UnsupportedMediaError
from api.geocode_parameters import (
    WIDEST_M,
    Values,
    checked_system,
    number_of,
    require_known,
    values_of,
)
from api.geocoding import Seen, SeenGeocoding
from api.jobs.receiving import receive as receive_files
from api.jobs.receiving import too_large
from api.numerals import exceeds
from api.security.sight import sight_of

logger = logging.getLogger(__name__)

PATH: Final = "/api/geocode/batch"
AT_ONCE: Final = 2
"""Tables that one server process works on at a time."""

PARAMETERS: Final = ("direction", "field", "f", "kind", "encoding", "coordsys", "radius_m")
_BODY: Final = "http.response.body"
MULTIPART: Final = "multipart/form-data"
TYPES: Final = {
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "text/plain": "csv",
    "application/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""Kind of a table by the media type of the body."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client sent."""

    path: Path
    kind: str
    label: str


class BatchRoute(BaseRoute):
    """Tables of addresses and places.

    Args:
        geocoding: The city's geocoder.
        root_path: Path under which the server is reached.
        workspace: The workspace.
        most_bytes: Of a body.
    """

    def __init__(
        self, geocoding: SeenGeocoding, root_path: str, workspace: Path, most_bytes: int
    ) -> None:
        self._geocoding = geocoding
        self._path = f"{root_path}{PATH}"
        self._workspace = workspace
        self._most_bytes = most_bytes
        self._running = 0

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this route."""
        is_ours = scope["type"] == "http" and scope["path"] == self._path
        return (Match.FULL if is_ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> Any:  # noqa: ANN401 - starlette's
        """Nothing: this route has no name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            HTTPException: The method is not POST.
            CimError: A parameter, the body or the table is not legal.
        """
        if scope["method"] != "POST":
            raise HTTPException(405, headers={"Allow": "POST"})
        values = values_of(scope)
        asked = _asked(values, self._workspace)
        seen = self._geocoding.of(sight_of(HTTPConnection(scope)))
        if self._running >= AT_ONCE:
            raise QueueFullError(
                f"{self._running} tables are worked on; try again, or start a job with "
                "POST /api/geocode/jobs"
            )
        self._running += 1
        try:
            with tempfile.TemporaryDirectory(prefix="cim-batch-") as folder:
                request = Request(scope, receive)
                sent = await _received(request, values, Path(folder), self._most_bytes)
                await self._answer(sent, asked, values, seen, receive, send)
        except ClientDisconnect:
            logger.info("a client went away before its table had come")
        finally:
            self._running -= 1

    async def _answer(
        self, sent: Sent, asked: Asked, values: Values, seen: Seen, receive: Receive, send: Send
    ) -> None:
        """Send the result as it is made."""
        kind = _result_kind(values, sent.kind)
        pieces = await anyio.to_thread.run_sync(_pieces, sent, asked, kind, values, seen)
        headers = [
            (b"content-type", KINDS[kind].encode()),
            (b"content-disposition", f'attachment; filename="result.{kind}"'.encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_until_gone, receive, tasks.cancel_scope)
            try:
                while (piece := await anyio.to_thread.run_sync(next, pieces, None)) is not None:
                    if piece:
                        await send(
                            {"type": "http.response.body", "body": piece, "more_body": True}
                        )
                await send({"type": "http.response.body", "body": b""})
            finally:
                with suppress(ValueError):  # a piece that is being made ends by itself
                    pieces.close()
                tasks.cancel_scope.cancel()


def _pieces(sent: Sent, asked: Asked, kind: str, values: Values, seen: Seen) -> "_Pieces":
    """The bytes of the result, after all that can be refused was looked at."""
    table = open_rows(sent.path, sent.kind, values.get("encoding", ""), sent.label)
    work: Work = (
        Search(seen.first_of_each, asked)
        if asked.direction == "search"
        else Reverse(seen.of_each, asked)
    )
    work.places(table.names, table.label)
    writer = writer_of(kind, table, work.adds)
    return _Pieces(results(table, work, writer, Tally(), How()))


class _Pieces:
    """Pieces that are taken in any thread."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __next__(self) -> bytes:
        return next(self._pieces)

    def __iter__(self) -> "_Pieces":
        return self

    def close(self) -> None:
        """Let go of files."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """End the work when the client goes away."""
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            scope.cancel()
            return


def _asked(values: Values, workspace: Path) -> Asked:
    """What is asked of each row.

    Raises:
        ParameterError: A parameter is not legal.
    """
    require_known(values, *PARAMETERS)
    direction = values.get("direction", "search")
    if direction not in ("search", "reverse"):
        raise ParameterError("direction", f"{direction[:20]!r}; legal: search, reverse")
    fields = tuple(name.strip() for name in values.get("field", "").split(",") if name.strip())
    system = checked_system(values.get("coordsys", "cgcs2000"))
    radius = number_of(values, "radius_m", "200", 0.0, WIDEST_M)
    way: Literal["search", "reverse"] = "reverse" if direction == "reverse" else "search"
    return Asked(workspace, way, fields, system, radius)


def _result_kind(values: Values, kind: str) -> str:
    wanted = values.get("f", kind)
    if wanted not in KINDS:
        raise ParameterError("f", f"{wanted[:20]!r}; legal: {', '.join(KINDS)}")
    return wanted


async def _received(request: Request, values: Values, folder: Path, most_bytes: int) -> Sent:
    """The body in a file.

    Raises:
        TooLargeError: It is longer than a body may be.
        UnsupportedMediaError: It is of another kind.
        ParameterError: A multipart body is not sound.
    """
    length = request.headers.get("content-length", "")
    if exceeds(length, most_bytes):
        raise too_large(most_bytes)
    media = request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower()
    given = values.get("kind", "")
    if given and given not in KINDS:
        raise ParameterError("kind", f"{given[:20]!r}; legal: {', '.join(KINDS)}")
    if media == MULTIPART:
        return await _from_form(request, given, folder, most_bytes)
    kind = given or TYPES.get(media, "")
    if not kind:
        legal = ", ".join((*TYPES, MULTIPART))
        raise UnsupportedMediaError(f"Content-Type {media!r}; legal: {legal}; or kind=")
    path, size = folder / "body", 0
    async with await anyio.open_file(path, "wb") as file:
        async for piece in _body(request):
            size += len(piece)
            if size > most_bytes:
                raise too_large(most_bytes)
            await file.write(piece)
    return Sent(path, kind, "body")


async def _from_form(request: Request, given: str, folder: Path, most_bytes: int) -> Sent:
    boundary = request.headers["content-type"].partition("boundary=")[2].split(";")[0].strip('" ')
    if not boundary:
        raise ParameterError("Content-Type", "multipart/form-data without a boundary")
    received = await receive_files(_body(request), boundary.encode(), folder, most_bytes)
    if len(received.files) != 1:
        raise ParameterError("file", f"{len(received.files)} files; legal: one")
    if received.fields:
        name = min(received.fields)
        raise ParameterError(name, "is a form field; legal: file, all else in the query")
    (name,) = received.files
    path = folder / name
    return Sent(path, given or SUFFIXES.get(path.suffix.lower(), "csv"), name)


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for piece in request.stream():
        yield piece
