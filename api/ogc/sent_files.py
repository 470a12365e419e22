"""Files on their way: each piece is made in a thread, and nothing is made for who has gone."""

import threading
import zlib
from collections.abc import AsyncGenerator, Awaitable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.ogc import exchange
from api.ogc.encoding import Representation
from api.ogc.reading import batches
from cim.arrays import Int64
from cim.catalog import Layer
from cim.features import FeatureBatch
from cim.store.base import Store


class FileAnswer(StreamingResponse):
    """A file on its way; what makes it ends with the answer, however that ends."""

    def __init__(
        self, work: AsyncGenerator[bytes], headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(work, headers=headers, media_type=media_type)
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._work.aclose()


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


@dataclass(frozen=True, slots=True)
class Work:
    """A file that is being made."""

    pieces: Generator[bytes]
    gone: threading.Event
    """Tells the maker that nobody takes the next piece."""

    limiter: anyio.CapacityLimiter

    async def next(self) -> bytes | None:
        """The next piece, made in a thread; None at the end."""
        return await anyio.to_thread.run_sync(
            next, self.pieces, None, limiter=self.limiter, abandon_on_cancel=True
        )

    async def sent(self, first: Awaitable[bytes | None]) -> AsyncGenerator[bytes]:
        """All pieces; when nobody takes them, what makes them comes to its end."""
        try:
            piece = await first
            while piece is not None:
                if piece:
                    yield piece
                piece = await self.next()
        finally:
            self.gone.set()
            with suppress(ValueError):  # at work in a thread: it ends at its next batch
                self.pieces.close()


def gzipped(pieces: Generator[bytes]) -> Generator[bytes]:
    """The pieces as one gzip stream."""
    packer = zlib.compressobj(exchange.FAST_LEVEL, zlib.DEFLATED, exchange.GZIP_WINDOW)
    try:
        for piece in pieces:
            yield packer.compress(piece)
        yield packer.flush()
    finally:
        pieces.close()
