"""Answers that are files: features in a format of `api.ogc.formats`, sent as they are made."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from urllib.parse import quote

import anyio
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import answers, crs, exchange, offers
from api.ogc import parameters as params
from api.ogc.encoding import Representation
from api.ogc.exchange import Asked, in_thread
from api.ogc.formats.base import (
    OPTIONS,
    Export,
    Format,
    Frame,
    Links,
    Options,
)
from api.ogc.items import Items, Page
from api.ogc.maker import Task
from api.ogc.makers import Makers
from api.ogc.parameters import ItemsRequest, Limits
from api.ogc.representations import parse_representation
from api.ogc.selection import NO_LIMIT, Selected
from api.ogc.sent_files import FileAnswer, HungUpError, Reader, begun, in_threads
from api.ogc.zipping import gzipped_pieces
from api.security.sight import is_partial
from cim.catalog import Layer
from cim.store.base import Store

AT_ONCE = 4
"""Files that are worked on in this process at the same moment; the others wait for their next
piece."""

APART = 10_000
"""Features from which on a file is made in a process of its own."""

FAULTS_SHOW_S = 5.0
"""Seconds in which a fault of the file still becomes an error of the answer. Then the answer
begins, so that large files are not taken for stuck."""

HUNG_UP = 499
"""Status in the log of what nobody waited for, as nginx has it."""

UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
"""Signs that some system cannot have in the name of a file."""

type Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that a request asks for."""

    request: Request
    asked: Asked
    layer: Layer
    base: str
    """URL of the API's root."""

    version: str
    """Version of this program."""

    @property
    def format(self) -> Format:
        """The format asked for."""
        return offers.formats()[self.asked.form]

    @property
    def collection(self) -> str:
        """URL of the layer's collection."""
        return f"{self.base}/collections/{quote(self.layer.name)}"

    @property
    def tag(self) -> str:
        """Validator of the answer."""
        version, url = self.layer.version, self.request.url
        return exchange.etag(
            self.version, version, self.asked.form, self.base, url.query, url.path
        )


class Files:
    """Makes the answers. Safe for use from several threads."""

    def __init__(self, store: Store, items: Items, limits: Limits, makers: Makers) -> None:
        """Serve files of `store`, of features that `items` selects; `makers` make large ones."""
        self._store = store
        self._items = items
        self._limits = limits
        self._makers = makers
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    async def items(self, wanted: Wanted) -> Response:
        """The features that a request selects.

        A page of them if it gives a limit or the format has pages, otherwise all of them.

        Raises:
            ParameterError: A parameter is unknown, malformed or out of range.
        """
        options, values = _options(wanted.asked)
        request = await exchange.wanted_items(values, wanted.layer, self._limits)
        is_page = wanted.format.is_paged or "limit" in values
        asked_for = request if is_page else replace(request, limit=NO_LIMIT)
        headers = _headers(wanted, request)
        if exchange.is_unchanged(wanted.request, wanted.tag):
            return Response(status_code=304, headers=headers)
        selected = await in_thread(self._items.select, wanted.layer, asked_for)
        frame = _frame(wanted, request, selected) if is_page else None
        if frame is not None and not wanted.format.is_paged:
            headers |= {"Link": _link_header(frame.links)}
        reader = Reader(self._store, wanted.layer, selected.fids, request.representation)
        shape = _of_file(request.representation, wanted)
        export = Export(wanted.layer, shape, reader, options, frame)
        return await self._answer(wanted, export, reader, headers)

    async def item(self, wanted: Wanted, fid: int) -> Response:
        """One feature.

        Raises:
            NotFoundError: There is none that is valid with this row number.
            ParameterError: A parameter is unknown or malformed.
        """
        options, values = _options(wanted.asked)
        params.refuse_unknown(values, params.ITEM)
        shape = parse_representation(values, wanted.layer)
        request = ItemsRequest(1, representation=shape)
        only = await in_thread(self._items.only, wanted.layer, fid)
        headers = _headers(wanted, request, f"-{fid}")
        if exchange.is_unchanged(wanted.request, wanted.tag):
            return Response(status_code=304, headers=headers)
        links = answers.feature_links(wanted.collection, fid, wanted.asked.form)
        frame = Frame(links, None, 1, f"{wanted.collection}/schema")
        reader = Reader(self._store, wanted.layer, only, shape)
        shape = _of_file(shape, wanted)
        export = Export(wanted.layer, shape, reader, options, frame, is_single=True)
        return await self._answer(wanted, export, reader, headers)

    async def _answer(
        self, wanted: Wanted, export: Export, reader: Reader, headers: Headers
    ) -> Response:
        """The file, from its first piece on."""
        media = wanted.format.media_type
        media += _charset(wanted.asked.form, export.options)
        if wanted.request.method == "HEAD":
            return _head(headers, media)
        gzip = wanted.format.is_text and exchange.accepts_gzip(wanted.request)
        if gzip:
            headers = {**headers, "Content-Encoding": "gzip"}
        pieces = self._pieces(wanted, export, reader, gzip=gzip)
        try:
            pieces = await begun(pieces, FAULTS_SHOW_S, wanted.request.receive)
        except HungUpError:
            return Response(status_code=HUNG_UP)
        return FileAnswer(pieces, headers, media)

    def _pieces(
        self, wanted: Wanted, export: Export, reader: Reader, *, gzip: bool
    ) -> AsyncGenerator[bytes]:
        """The file, made in this process if it is small, or if its caller sees only a part.

        What a caller sees is cut out by the store of this process.
        """
        if len(reader.fids) < APART or is_partial(wanted.layer.name):
            made = wanted.format.stream(export)
            made = gzipped_pieces(made) if gzip else made
            return in_threads(made, reader.gone, self._limiter)
        task = Task(
            wanted.asked.form,
            export.layer,
            reader.fids,
            export.representation,
            export.options,
            export.frame,
            gzip=gzip,
        )
        return self._makers.pieces(task)


def _head(headers: Headers, media: str) -> Response:
    """The answer to HEAD, which cannot tell the length of a file that was not made."""
    answer = Response(headers=headers, media_type=media)
    del answer.headers["Content-Length"]
    return answer


def _options(asked: Asked) -> tuple[Options, dict[str, str]]:
    """What is said about the file, and the other parameters."""
    own = OPTIONS if asked.form == "csv" else {}
    given = {name: params.choose(asked.values, name, legal) for name, legal in own.items()}
    chosen = {name: value for name, value in given.items() if value is not None}
    values = {name: value for name, value in asked.values.items() if name not in own}
    return Options(**chosen, language=asked.language), values


def _of_file(shape: Representation, wanted: Wanted) -> Representation:
    """The representation with the CRS that the file states.

    Files that fix the order of coordinates name the layer's own CRS where CRS84 was meant and the
    numbers are the same: a GeoPackage says CGCS2000.
    """
    storage = wanted.layer.crs
    if wanted.format.is_paged or "crs" in wanted.asked.values:
        return shape
    if not shape.crs.is_same_ground(storage):
        return shape
    return replace(shape, crs=crs.crs_of(storage))


def _frame(wanted: Wanted, request: ItemsRequest, selected: Selected) -> Frame:
    """What a page says of itself."""
    page = Page(b"", len(selected.fids), selected.matched, selected.next)
    links = answers.page_links(
        wanted.collection, wanted.asked.values, request, page, wanted.asked.form
    )
    return Frame(links, selected.matched, page.returned, f"{wanted.collection}/schema")


def _link_header(links: Links) -> str:
    """Links by which clients turn pages in formats that cannot hold them (RFC 8288)."""
    return ", ".join(
        f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"'
        for link in links
        if link["rel"] in {"self", "next", "prev", "collection"}
    )


def _headers(wanted: Wanted, request: ItemsRequest, end: str = "") -> Headers:
    shape = _of_file(request.representation, wanted)
    headers = answers.headers_of(wanted.tag, shape.crs.uri)
    if not wanted.format.is_paged:
        headers["Content-Disposition"] = _disposition(wanted, end)
    return headers


def _disposition(wanted: Wanted, end: str) -> str:
    """A file name in ASCII for all, and with the layer's title for those who can (RFC 6266)."""
    titles = {"zh": wanted.layer.title_zh, "en": wanted.layer.title_en}
    title = UNSAFE.sub("_", titles[wanted.asked.language]) or wanted.layer.name
    suffix = f"{end}{wanted.format.suffix}"
    plain = f'attachment; filename="{wanted.layer.name}{suffix}"'
    return f"{plain}; filename*=UTF-8''{quote(title + suffix, safe='')}"


def _charset(form: str, options: Options) -> str:
    """What is said of the encoding with the media type."""
    if form != "csv":
        return ""
    charset = "gb18030" if options.encoding == "gbk" else "utf-8"
    return f"; charset={charset}; header=present"
