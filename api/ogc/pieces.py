"""Large answers sent piece by piece, so that each waits for its reader and takes little memory."""

from collections.abc import Iterator, Mapping, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE = 262_144
"""Bytes that are handed to the connection at once."""


class PiecesResponse(Response):
    """An answer whose body is made of parts that lie somewhere already, such as a mapped file."""

    def __init__(
        self,
        parts: Sequence[bytes | memoryview],
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        """Answer with all `parts`, one after the other."""
        self._parts = parts
        length = str(sum(len(part) for part in parts))
        super().__init__(headers={**headers, "Content-Length": length}, media_type=media_type)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the parts; the server holds a piece back until the one before has left."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        for piece in _pieces(self._parts):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _pieces(parts: Sequence[bytes | memoryview]) -> Iterator[bytes]:
    for part in parts:
        for begin in range(0, len(part), PIECE):
            yield bytes(part[begin : begin + PIECE])
