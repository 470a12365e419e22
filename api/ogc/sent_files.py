"""Files on their way: each piece is made in a thread, and nothing is made for who has gone."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.ogc.encoding import Representation
from api.ogc.reading import batches
from cim.arrays import Int64
from cim.catalog import Layer
from cim.features import FeatureBatch
from cim.store.base import Store


class FileAnswer(StreamingResponse):
    """A file on its way; what makes it ends with the answer, however that ends."""

    def __init__(
        self, pieces: AsyncGenerator[bytes], headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._pieces.aclose()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the selected rows, until nobody wants them any more."""

    store: Store
    layer: Layer
    fids: Int64
    representation: Representation
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when the client has hung up."""

    def __call__(self) -> Iterator[FeatureBatch]:
        """The rows.

        Raises:
            HungUpError: The client has hung up.
        """
        for batch in batches(self.store, self.layer, self.fids, self.representation.properties):
            if self.gone.is_set():
                raise HungUpError
            yield batch


class HungUpError(Exception):
    """Nobody waits for the file any more."""


async def in_threads(
    pieces: Generator[bytes], gone: threading.Event, limiter: anyio.CapacityLimiter
) -> AsyncGenerator[bytes]:
    """The pieces, each made in a thread; when nobody takes them, what makes them ends.

    Args:
        pieces: What makes them.
        gone: Tells the maker that nobody takes the next piece.
        limiter: Of threads that make pieces.
    """
    try:
        while (piece := await _next(pieces, limiter)) is not None:
            if piece:
                yield piece
    finally:
        gone.set()
        with suppress(ValueError):  # at work in a thread: it ends at its next batch
            pieces.close()


async def _next(pieces: Generator[bytes], limiter: anyio.CapacityLimiter) -> bytes | None:
    """The next piece, made in a thread; None at the end."""
    return await anyio.to_thread.run_sync(
        next, pieces, None, limiter=limiter, abandon_on_cancel=True
    )


async def begun(
    pieces: AsyncGenerator[bytes], within_s: float, receive: Receive
) -> AsyncGenerator[bytes]:
    """The pieces once the first is there, or after a time: until then a fault is raised here.

    Raises:
        HungUpError: The client has hung up.
    """
    first = asyncio.ensure_future(anext(pieces, None))
    left = asyncio.ensure_future(_left(receive))
    ends = {first, left}
    try:
        await asyncio.wait(ends, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        has_left = left.done() and not first.done()
        if first.done():
            first.result()
    except BaseException:
        await _stop(first, pieces)
        raise
    finally:
        left.cancel()
    if has_left:
        await _stop(first, pieces)
        raise HungUpError
    return _rest(first, pieces)


async def _left(receive: Receive) -> None:
    """Wait until the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _rest(
    first: "asyncio.Future[bytes | None]", pieces: AsyncGenerator[bytes]
) -> AsyncGenerator[bytes]:
    """The first piece and all others."""
    try:
        piece = await first
        while piece is not None:
            yield piece
            piece = await anext(pieces, None)
    finally:
        await _stop(first, pieces)


async def _stop(first: "asyncio.Future[bytes | None]", pieces: AsyncGenerator[bytes]) -> None:
    """End what makes the pieces."""
    first.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await first
    await pieces.aclose()
