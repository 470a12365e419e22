"""HTTP as it comes over the wire: uvicorn's reading of it, with limits to the head of a request.

uvicorn keeps every header a client sends, for as long as the client goes on sending. Here the head
of a request has a largest size and a time to arrive in; and what cannot be read is answered with
a problem document, as everything else is.
"""

import asyncio
from http import HTTPStatus
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.errors import MEDIA_TYPE

MOST_HEAD_BYTES: Final = 65_536
"""Of the request line and the headers together."""

HEAD_S: Final = 20.0
"""Seconds in which they must have come."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    _head_bytes = 0
    _is_in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown too large."""
        if self._is_in_head:
            self._head_bytes += len(data)
        # A head and its body may come in one piece: what is read first decides.
        if self._is_in_head and self._head_bytes - len(data) > MOST_HEAD_BYTES:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"request line and headers are larger than {MOST_HEAD_BYTES} bytes",
            )
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A further request on the same connection begins."""
        super().on_message_begin()
        if self._deadline is None:
            self._begin_head()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes now is the head of the next request."""
        super().on_message_complete()
        self._is_in_head, self._head_bytes = True, 0

    def send_400_response(self, msg: str) -> None:
        """Say that what came is no HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _begin_head(self) -> None:
        self._is_in_head, self._head_bytes = True, 0
        self._deadline = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            f"request line and headers did not come within {HEAD_S:g} s",
        )

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer and close the connection."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        document = {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": detail,
            "instance": "",
        }
        body = orjson.dumps(document)
        head = (
            f"HTTP/1.1 {int(status)} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
