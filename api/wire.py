"""HTTP as it comes over the wire: uvicorn's reading of it, with limits to the head of a request.

uvicorn keeps every header a client sends, for as long as the client goes on sending. Here the head
of a request has a largest size and a time to arrive in; and what cannot be read is answered with
a problem document, as everything else is.

Two detours of uvicorn are left out, which cost as much as a small answer does. The application
begins as soon as the head of a request is there, not when the event loop comes round again; and
head and body of an answer go to the kernel in one piece.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.errors import MEDIA_TYPE

MOST_HEAD_BYTES: Final = 65_536
"""Of the request line and the headers together."""

HEAD_S: Final = 20.0
"""Seconds in which they must have come."""

_STATUS: Final = b"HTTP/1.1 "


class Joined:
    """A transport that holds the head of an answer back until there is something of its body.

    What the application has not sent by the end of its turn on the event loop is not waited for.

    Args:
        transport: Of the connection.
        loop: Of the connection.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Send some bytes: those held back before them, or later when they are a head."""
        if self._held:
            head, self._held = self._held, b""
            self._transport.writelines((head, data) if data else (head,))
        elif data.startswith(_STATUS):
            self._held = data
            self._loop.call_soon(self.flush)
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what is held back."""
        if self._held:
            head, self._held = self._held, b""
            self._transport.write(head)

    def close(self) -> None:
        """Close the connection once all is sent."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        return self._transport.is_closing()


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    _head_bytes = 0
    _is_in_head = True
    _has_begun = False
    """Whether something of a head has come."""

    _may_begin_now = False
    """Whether the application may begin in the midst of reading: once for each piece that comes,
    so that a client that sends a hundred requests in one piece keeps nobody waiting."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._joined: Any = Joined(transport, self.loop)
        self._await_head()

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
        self._may_begin_now = True
        super().data_received(data)
        self._may_begin_now = False
        if self._has_begun and self._deadline is None:
            self._await_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._has_begun = True

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = self._has_begun = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes now is the head of the next request."""
        super().on_message_complete()
        self._is_in_head, self._head_bytes = True, 0

    def on_response_complete(self) -> None:
        """An answer that has no body is a head alone."""
        self._joined.flush()
        super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's
        """Run the application, now if nothing else is being run."""
        cycle.transport = self._joined
        if not self._may_begin_now or self.config.reset_contextvars:
            super()._start_asgi_task(cycle, app)
            return
        self._may_begin_now = False
        task = asyncio.Task(cycle.run_asgi(app), loop=self.loop, eager_start=True)
        if not task.done():
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def send_400_response(self, msg: str) -> None:
        """Say that what came is no HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _await_head(self) -> None:
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
