"""Pieces of an answer as one gzip stream (RFC 1952)."""

import zlib
from collections.abc import Generator
from typing import Final

FAST_LEVEL: Final = 1
GZIP_WINDOW: Final = 31
"""zlib's number for the largest window with a gzip header."""


def gzipped_pieces(pieces: Generator[bytes]) -> Generator[bytes]:
    """The pieces as one gzip stream; they end when it is closed."""
    packer = zlib.compressobj(FAST_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    try:
        for piece in pieces:
            yield packer.compress(piece)
        yield packer.flush()
    finally:
        pieces.close()
