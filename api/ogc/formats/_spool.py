"""Files that must be whole before they can be sent: made aside, sent in pieces, gone after."""

import contextlib
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

PIECE_BYTES = 1 << 18


def spooled(name: str, write: Callable[[Path], None]) -> Generator[bytes]:
    """Pieces of the file that `write` makes at the path it is given.

    The folder is gone before the first piece leaves: the open file alone holds the bytes, so that
    nothing stays behind when the server is killed while a slow client reads.
    """
    with contextlib.ExitStack() as stack:
        with tempfile.TemporaryDirectory(prefix="cim-export-") as folder:
            path = Path(folder) / name
            write(path)
            file = stack.enter_context(path.open("rb"))
        while piece := file.read(PIECE_BYTES):
            yield piece
