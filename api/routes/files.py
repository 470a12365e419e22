"""Files of a folder over HTTP: validators, compression, and no way out of the folder."""

import functools
import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.ogc.exchange import accepts_gzip, etag, gzipped, is_unchanged
from cim.errors import NotFoundError

MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".subtree": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
COMPRESSIBLE = frozenset({".glb", ".gltf", ".json", ".subtree"})
TWINS = (("br", ".br"), ("gzip", ".gz"))
"""Codings of files that lie compressed beside the plain one, best first."""

LARGEST_COMPRESSED = 8 << 20
KEPT_COMPRESSED = 256
"""Compressed files kept in memory."""

WORTH_COMPRESSING = 1024
GAIN = 0.9
"""A file is sent compressed when that makes it smaller than this share."""

HASHED_NAME = re.compile(r".*-[A-Za-z0-9_-]{8}\.[a-z0-9]+")
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder whose files are served."""

    path: Path
    cache_control: Callable[[str], str]
    """Cache-Control of a file by its path in the folder."""

    def file(self, relative: str) -> Path:
        """The file of a path in the folder.

        Raises:
            NotFoundError: There is none, or the path leads out of the folder or to a hidden file.
        """
        parts = relative.split("/")
        legal = all(part and not part.startswith(".") and "\\" not in part for part in parts)
        found = self.path.joinpath(*parts) if legal and "\0" not in relative else None
        if found is None or not found.is_file() or not self._holds(found):
            raise NotFoundError(f"no file {relative!r}")
        return found

    def _holds(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.path.resolve())


def cache_control_of_page(relative: str) -> str:
    """Files with a digest in their names never change; all others are asked for each time."""
    return IMMUTABLE if HASHED_NAME.fullmatch(relative) else REVALIDATE


def always_revalidate(_relative: str) -> str:
    """Ask each time whether the file is still the same."""
    return REVALIDATE


async def respond(folder: Folder, relative: str, request: Request) -> Response:
    """A file as an answer.

    Raises:
        NotFoundError: There is no such file.
    """
    return await anyio.to_thread.run_sync(_respond, folder, relative, request)


def _respond(folder: Folder, relative: str, request: Request) -> Response:
    path = folder.file(relative)
    status = path.stat()
    tag = etag(relative, status.st_mtime_ns, status.st_size)
    headers = {
        "ETag": tag,
        "Cache-Control": folder.cache_control(relative),
        "Vary": "Accept-Encoding",
    }
    if is_unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    media = media_type(path)
    coding, twin = _twin(path, request)
    if twin is not None:
        headers |= {"Content-Encoding": coding}
        return FileResponse(twin, headers=headers, media_type=media)
    packed = _packed(path, status.st_mtime_ns, status.st_size) if _wants(path, request) else None
    if packed is not None:
        headers |= {"Content-Encoding": "gzip"}
        return Response(packed, headers=headers, media_type=media)
    return FileResponse(path, headers=headers, media_type=media)


def media_type(path: Path) -> str:
    """Media type of a file by its name."""
    known = MEDIA_TYPES.get(path.suffix.lower())
    return known or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _twin(path: Path, request: Request) -> tuple[str, Path | None]:
    """The best compressed file beside a file that the client takes, and its coding."""
    accepted = request.headers.get("accept-encoding", "")
    for coding, suffix in TWINS:
        twin = path.with_name(path.name + suffix)
        if re.search(rf"\b{coding}\b(?!\s*;\s*q=0(\.0*)?\b)", accepted) and twin.is_file():
            return coding, twin
    return "", None


def _wants(path: Path, request: Request) -> bool:
    return (
        path.suffix.lower() in COMPRESSIBLE
        and "range" not in request.headers
        and accepts_gzip(request)
    )


@functools.lru_cache(maxsize=KEPT_COMPRESSED)
def _packed(path: Path, _modified_ns: int, size: int) -> bytes | None:
    """The file as gzip; None where that gains too little."""
    if not WORTH_COMPRESSING <= size <= LARGEST_COMPRESSED:
        return None
    packed = gzipped(path.read_bytes())
    return packed if len(packed) < GAIN * size else None
