"""What every page has: the frame around its content, and the headers it goes out with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.ogc import exchange
from api.ogc.documents import Context
from api.ogc.html.render import render
from api.ogc.reference import Operation

ASSETS = Path(__file__).parent / "assets"
MEDIA: Mapping[str, str] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Stricter than what the map page needs: nothing inline, nothing from elsewhere."""

FOREVER = "public, max-age=31536000, immutable"
"""For files whose address changes when they do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows besides its own content."""

    context: Context
    root: str
    """URL of the server's root, without a slash at the end."""

    sample: bool
    switch: str
    """URL of the same page in the other language."""

    section: str = ""
    """Which entry of the navigation the page belongs to."""

    data: str = ""
    """URL of the same in JSON, empty where there is none."""

    titles: Mapping[str, str] = field(default_factory=dict)
    """Titles of the fields of the layer that the page is about."""

    operations: tuple[Operation, ...] = ()
    """What the API offers, on the page that documents it."""

    def page(self, path: str, **query: object) -> str:
        """URL of a page of the OGC API in the reader's language."""
        given = {name: value for name, value in query.items() if value not in {None, ""}}
        values = {"f": "html", "lang": self.context.language} | given
        return f"{self.context.base}{path}?{urlencode(values)}"

    def asset(self, name: str) -> str:
        """URL of a file that pages load; it changes when the file does."""
        return f"{self.context.base}/assets/{name}?v={digest(name)}"


def other_language(request: Request, language: str) -> str:
    """URL of the page that a request asks for in the other language."""
    other = "en" if language == "zh" else "zh"
    return str(request.url.include_query_params(f="html", lang=other))


def in_json(request: Request) -> str:
    """URL of what a page shows, as JSON."""
    return str(request.url.remove_query_params("lang").include_query_params(f="json"))


def respond(
    request: Request,
    template: str,
    shown: Shown,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - template values
) -> Response:
    """The page that a template makes."""
    language = shown.context.language
    body = render(template, language, shown=shown, **values).encode()
    headers = {
        "Content-Language": "zh-CN" if language == "zh" else "en",
        "Content-Security-Policy": CONTENT_POLICY,
        "Vary": "Accept, Accept-Encoding, Accept-Language",
    }
    if shown.data:
        headers["Link"] = f'<{shown.data}>; rel="alternate"; type="application/json"'
    if len(body) >= exchange.WORTH_COMPRESSING and exchange.accepts_gzip(request):
        body = exchange.gzipped(body)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers=headers, media_type="text/html")


@cache
def digest(name: str) -> str:
    """What names a version of a file that pages load."""
    return hashlib.blake2b((ASSETS / name).read_bytes(), digest_size=6).hexdigest()


@cache
def asset(name: str) -> tuple[bytes, str] | None:
    """A file that pages load, and its media type; None when there is none of this name."""
    path = ASSETS / name
    known = {file.name for file in ASSETS.iterdir()}
    return (path.read_bytes(), MEDIA[path.suffix]) if name in known else None
