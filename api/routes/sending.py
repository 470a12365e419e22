"""A file as an HTTP answer: validators, ranges and compression, without a detour.

Source: RFC 9110, clauses 8.8 (validators), 13 (conditional requests) and 14 (ranges).
"""

import re
from collections import OrderedDict
from dataclasses import dataclass

import anyio.to_thread
from starlette.requests import Request
from starlette.types import Scope, Send

from api.ogc.exchange import WORTH_COMPRESSING, accepts_gzip, gzipped, is_unchanged
from api.routes.files import GAIN, LARGEST_COMPRESSED
from api.routes.tile_files import TileFile
from cim.errors import BackendError

AT_ONCE = 1 << 20
"""Bytes of the largest file that is read on the event loop, and of a piece of larger ones."""

PACKED_AT_ONCE = 1 << 16
"""Bytes of the largest file that is compressed on the event loop."""

KEPT_BYTES = 64 << 20
"""Compressed files kept in memory."""

GLB, MESHOPT = b"glTF", b"EXT_meshopt_compression"
LONGEST_START = 1 << 16
"""Bytes in which a glb names its extensions. Contents that meshopt has packed are sent as they
are: packing them again costs ten times what sending does, for a fifth of their size."""

RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*")
"""One range; several at once are answered with the whole file, as RFC 9110 14.2 allows."""

type Headers = list[tuple[bytes, bytes]]


class Packed:
    """Compressed files, those asked for last; None for files that compressing does not shrink."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._kept: OrderedDict[tuple[object, ...], bytes | None] = OrderedDict()

    async def get(self, file: TileFile) -> bytes | None:
        """The file as gzip, None where that gains too little."""
        if file.zipped is not None:
            return file.zipped()
        if not file.compressible or not WORTH_COMPRESSING <= file.size <= LARGEST_COMPRESSED:
            return None
        if file.key in self._kept:
            self._kept.move_to_end(file.key)
            return self._kept[file.key]
        if file.size <= PACKED_AT_ONCE:
            packed = _packed(file)
        else:
            packed = await anyio.to_thread.run_sync(_packed, file)
        self._keep(file.key, packed)
        return packed

    def _keep(self, key: tuple[object, ...], packed: bytes | None) -> None:
        self._bytes += _cost(packed) - (_cost(self._kept[key]) if key in self._kept else 0)
        self._kept[key] = packed
        while self._bytes > self._limit:
            self._bytes -= _cost(self._kept.popitem(last=False)[1])


@dataclass(frozen=True, slots=True)
class _Part:
    """Bytes `start` to `end` (not with it) of a file."""

    start: int
    end: int


async def send_file(
    file: TileFile, cache_control: str, packed: Packed, scope: Scope, send: Send
) -> None:
    """Answer a GET or HEAD request with a file."""
    request = Request(scope)
    headers: Headers = [
        (b"cache-control", cache_control.encode()),
        (b"accept-ranges", b"bytes"),
        *([(b"vary", b"Accept-Encoding")] if file.compressible or file.zipped else []),
    ]
    plain, zipped = f'"{file.tag}"', f'"{file.tag}-gz"'
    if "if-none-match" in request.headers and (
        is_unchanged(request, plain) or is_unchanged(request, zipped)
    ):
        tag = zipped if accepts_gzip(request) and is_unchanged(request, zipped) else plain
        await _start(send, 304, [*headers, (b"etag", tag.encode())])
        await send({"type": "http.response.body", "body": b""})
        return
    asked = request.headers.get("range")
    if asked is None and accepts_gzip(request):
        body = await packed.get(file)
        if body is not None:
            headers += [(b"content-encoding", b"gzip"), (b"etag", zipped.encode())]
            await _send_whole(scope, send, [*headers, *_content(file, len(body))], body)
            return
    headers.append((b"etag", plain.encode()))
    part = _asked_part(asked, request.headers.get("if-range"), plain, file.size)
    await _send_plain(file, part, headers, scope, send)


async def _send_plain(
    file: TileFile, part: _Part | None, headers: Headers, scope: Scope, send: Send
) -> None:
    """The file as it is, or a part of it; an empty part is one that does not exist."""
    if part is None:
        whole = _Part(0, file.size)
        await _send_pieces(file, whole, [*headers, *_content(file, file.size)], 200, scope, send)
        return
    if part.start >= part.end:
        about = (b"content-range", f"bytes */{file.size}".encode())
        await _start(send, 416, [*headers, about, (b"content-length", b"0")])
        await send({"type": "http.response.body", "body": b""})
        return
    about = (b"content-range", f"bytes {part.start}-{part.end - 1}/{file.size}".encode())
    headers = [*headers, about, *_content(file, part.end - part.start)]
    await _send_pieces(file, part, headers, 206, scope, send)


async def _send_pieces(
    file: TileFile, part: _Part, headers: Headers, status: int, scope: Scope, send: Send
) -> None:
    """Bytes of the file; a large part is read piece by piece, off the event loop."""
    length = part.end - part.start
    if scope["method"] == "HEAD" or length <= AT_ONCE:
        body = b"" if scope["method"] == "HEAD" else file.read(part.start, length)
        if body and len(body) != length:
            raise BackendError(f"{scope['path']}: changed while it was read")
        await _start(send, status, headers)
        await send({"type": "http.response.body", "body": body})
        return
    await _start(send, status, headers)
    for start in range(part.start, part.end, AT_ONCE):
        piece = await anyio.to_thread.run_sync(file.read, start, min(AT_ONCE, part.end - start))
        more = start + AT_ONCE < part.end
        await send({"type": "http.response.body", "body": piece, "more_body": more})


async def _send_whole(scope: Scope, send: Send, headers: Headers, body: bytes) -> None:
    await _start(send, 200, headers)
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _start(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


def _content(file: TileFile, length: int) -> Headers:
    return [(b"content-type", file.media.encode()), (b"content-length", str(length).encode())]


def _asked_part(header: str | None, if_range: str | None, tag: str, size: int) -> _Part | None:
    """The range asked for, None for the whole file."""
    found = RANGE.fullmatch(header) if header is not None else None
    if found is None or (if_range is not None and if_range != tag):
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        return _Part(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return _Part(int(first), min(size, int(last) + 1) if last else size)


def _packed(file: TileFile) -> bytes | None:
    data = file.read(0, file.size)
    if data[: len(GLB)] == GLB and MESHOPT in data[:LONGEST_START]:
        return None
    packed = gzipped(data)
    return packed if len(packed) < GAIN * file.size else None


def _cost(packed: bytes | None) -> int:
    """Memory that a kept file takes, its key with it."""
    return (0 if packed is None else len(packed)) + 500
