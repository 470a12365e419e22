"""What a request asks for in form and language, and answers with validators and compression."""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.errors import NotAcceptableError, ParameterError
from api.ogc.filters import FILTER
from api.ogc.parameters import (
    FORMATS,
    LANGUAGES,
    ItemsRequest,
    Limits,
    choose,
    parse_items,
    single_values,
)
from api.ogc.zipping import FAST_LEVEL, GZIP_WINDOW
from api.security.sight import current_tag
from cim.catalog import Layer

OFFERED = ("application/json", "text/html")
ANYTHING = ("*/*", "application/*", "text/*", "text/html", "application/xhtml+xml")
"""Media types of Accept that are met by JSON or by a page."""

HOST = re.compile(r"[A-Za-z0-9._\-\[\]:]+")
WORTH_COMPRESSING = 1024
"""Bytes below which compression gains nothing."""

READ_ON_LOOP = 1_000
"""Characters of a condition up to which reading it takes about a millisecond."""


NO_OTHERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's parameters, form and language."""

    values: Mapping[str, str]
    form: str
    """`json`, `html` or the name of another format that is offered."""

    language: str
    """`zh` or `en`."""


def asked(request: Request, others: Mapping[str, str] = NO_OTHERS) -> Asked:
    """What the request asks for: by `f` and `lang`, else by its headers, else JSON and Chinese.

    Args:
        request: The request.
        others: Media types of further formats, by name. `geojson` is `json`.

    Raises:
        ParameterError: A parameter comes twice, or `f` or `lang` is not legal.
        NotAcceptableError: The client accepts no form that is offered.
    """
    values = single_values(request.query_params.multi_items())
    form = choose(values, "f", (*FORMATS, *others))
    if form is None:
        accepted = request.headers.get("accept", "")
        refuse_unacceptable(accepted, others)
        form = _accepted_form(accepted, others)
    language = choose(values, "lang", LANGUAGES) or accepted_language(
        request.headers.get("accept-language", "")
    )
    return Asked(values, "json" if form == "geojson" else form, language)


def refuse_unacceptable(header: str, others: Mapping[str, str]) -> None:
    """Check that an Accept header names something that is offered; none at all accepts all.

    Raises:
        NotAcceptableError: It names neither JSON nor HTML nor another form that is offered.
    """
    wanted = {media for media, weight in weights_of(header).items() if weight > 0}
    offered = {*ANYTHING, *others.values()}
    if header.strip() and not wanted & offered and not any("json" in media for media in wanted):
        legal = ", ".join(dict.fromkeys((*OFFERED, *others.values())))
        raise NotAcceptableError(
            f"Accept: {header[:80]!r} names nothing that is offered; offered: {legal}"
        )


def prefers_html(request: Request) -> bool:
    """Whether a browser asks for a page, however wrong the rest of its request is."""
    is_browser = _accepted_form(request.headers.get("accept", ""), NO_OTHERS) == "html"
    return is_browser and request.query_params.get("f", "html") == "html"


def origin(request: Request, root_path: str) -> str:
    """URL of the server's root as the client sees it, without a slash at the end.

    Raises:
        ParameterError: The Host header is not one.
    """
    host = request.headers.get("host", "")
    if not HOST.fullmatch(host):
        raise ParameterError("Host", f"{host[:80]!r} is not a host name")
    return f"{request.scope['scheme']}://{host}{root_path}"


def etag(*parts: object) -> str:
    """A weak validator: it changes when any of the parts does, or what the caller may see."""
    text = "\n".join(str(part) for part in (current_tag(), *parts))
    return f'W/"{hashlib.blake2b(text.encode(), digest_size=9).hexdigest()}"'


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether the client says that it has the answer with this validator (RFC 9110, 13.1.2)."""
    given = request.headers.get("if-none-match")
    if given is None:
        return False
    known = {candidate.strip().removeprefix("W/") for candidate in given.split(",")}
    return "*" in known or tag.removeprefix("W/") in known


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip."""
    header = request.headers.get("accept-encoding", "")
    offers = (offer.replace(" ", "") for offer in header.lower().split(","))
    return any(
        offer.split(";")[0] in {"gzip", "*"} and not re.search(r";q=0(\.0*)?$", offer)
        for offer in offers
    )


def gzipped(body: bytes) -> bytes:
    """The body as gzip, fast rather than small."""
    packer = zlib.compressobj(FAST_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    return packer.compress(body) + packer.flush()


async def in_thread[*Values, T](call: Callable[[*Values], T], *values: *Values) -> T:
    """The result of a call that may wait for the store, made off the event loop."""
    return await anyio.to_thread.run_sync(call, *values, abandon_on_cancel=True)


async def wanted_items(values: Mapping[str, str], layer: Layer, limits: Limits) -> ItemsRequest:
    """The request for items that the parameters make; a long condition is read in a thread.

    Raises:
        ParameterError: A parameter is unknown, malformed or out of range.
    """
    if len(values.get(FILTER, "")) <= READ_ON_LOOP:
        return parse_items(values, layer, limits)
    return await in_thread(parse_items, values, layer, limits)


def json_response(value: Any, media: str, language: str) -> Response:  # noqa: ANN401 - JSON
    """A JSON document."""
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(orjson.dumps(value), headers=headers, media_type=media)


def now_text() -> str:
    """This moment, RFC 3339, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _accepted_form(header: str, others: Mapping[str, str]) -> str:
    """The form the client prefers to JSON; JSON otherwise, also when it says nothing."""
    weights = weights_of(header)
    offered = {media: name for name, media in others.items() if name != "geojson"}
    html = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    json = max(
        (weight for media, weight in weights.items() if "json" in media and media not in offered),
        default=0.0,
    )
    best = max(offered, key=lambda media: weights.get(media, 0.0), default="")
    if offered and weights.get(best, 0.0) > max(html, json):
        return offered[best]
    return "html" if html > json else "json"


def accepted_language(header: str) -> str:
    """`zh` or `en`, as an Accept-Language header prefers; Chinese when it does not say."""
    weights = weights_of(header)
    best = {
        language: max(
            (weight for tag, weight in weights.items() if tag.split("-")[0] == language),
            default=0.0,
        )
        for language in LANGUAGES
    }
    return max(best, key=lambda language: best[language])


def weights_of(header: str) -> dict[str, float]:
    """Quality values of a header's choices (RFC 9110, 12.4.2)."""
    weights = {}
    for choice in header.lower().split(","):
        name, *options = (part.strip() for part in choice.split(";"))
        quality = next((option[2:] for option in options if option.startswith("q=")), "1")
        weights[name] = float(quality) if re.fullmatch(r"[01](\.\d*)?", quality) else 0.0
    return weights
