"""Makes files of features in a process of its own, one after the other.

`python -m api.ogc.maker DATABASE` is started by `api.ogc.makers`. Its standard input is a socket:
a byte with an open file is a task, which the file holds, and which takes what is made. What comes
back are marks (`MARK`): so many bytes of the file are there, it is whole, or why it cannot be
made. The folder for temporary files is its own, and goes with it.
"""

import logging
import os
import pickle
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Final

import pyarrow as pa

from api.ogc.encoding import Representation
from api.ogc.formats.base import Export, Format, Frame, Options
from api.ogc.reading import batches
from api.ogc.zipping import gzipped_pieces
from cim import plugins
from cim.arrays import Int64
from cim.catalog import Layer
from cim.errors import CimError
from cim.features import FeatureBatch
from cim.store.base import Store, StoreFactory
from tiles.running.start import Absent

IDLE_S: Final = 60.0
"""How long a maker waits for its next task."""

MARK: Final = Struct("<cQ")
"""What a mark says, and a number: of bytes that are there, or that follow."""

GROWN, WHOLE, REFUSED, FAILED = b"g", b"w", b"r", b"f"
"""What marks say. The last two are followed by a reason: a family of errors and a message."""

STEP: Final = 1 << 20
"""Bytes that a file grows by from one mark to the next, so that marks never fill the socket."""

SPARED: Final = ("pandas", "geopandas")
"""Libraries that Arrow and GDAL's interface import where they are installed, to know their types:
half a second."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A file to make: `Export` in values that another process can be given."""

    form: str
    """Name of the format."""

    layer: Layer
    fids: Int64 = field(repr=False)
    """(n,) row numbers, in the order of the file."""

    representation: Representation
    """What of the layer is read and written; CRS and fields of the file."""

    options: Options = field(default=Options())
    frame: Frame | None = None
    gzip: bool = False

    def export(self, store: Store) -> Export:
        """The features, read from `store` when they are asked for."""

        def read() -> Iterator[FeatureBatch]:
            return batches(store, self.layer, self.fids, self.representation.properties)

        return Export(self.layer, self.representation, read, self.options, self.frame)


def serve(database: Path, parent: socket.socket) -> None:
    """Do what `parent` asks for, until it goes or asks for nothing any more."""
    factory: StoreFactory = plugins.load("gpkg", "cim.store")
    store = factory.open(database)
    try:
        while (file := _next_task(parent)) is not None:
            with file:
                _do(store, file, parent)
            pa.default_memory_pool().release_unused()
    except (BrokenPipeError, ConnectionResetError):
        logger.debug("nobody waits for the file any more")
    finally:
        store.close()


def _next_task(parent: socket.socket) -> BinaryIO | None:
    """The file with the next task; None when there is none for long."""
    ready, _, _ = select.select([parent], [], [], IDLE_S)
    if not ready:
        return None
    _, descriptors, _, _ = socket.recv_fds(parent, 1, 1)
    return os.fdopen(descriptors[0], "r+b") if descriptors else None


def _do(store: Store, file: BinaryIO, parent: socket.socket) -> None:
    """Make one file, and tell how it goes."""
    try:
        size = _make(store, file, parent)
    except CimError as error:
        _give_up(parent, REFUSED, type(error).__name__, str(error))
    except Exception as error:
        if isinstance(error, BrokenPipeError | ConnectionResetError):
            raise
        logger.exception("a file was not made")
        _give_up(parent, FAILED, type(error).__name__, str(error))
    else:
        _tell(parent, WHOLE, size)


def _make(store: Store, file: BinaryIO, parent: socket.socket) -> int:
    """Write the file of the task that it holds; its size."""
    file.seek(0)
    task: Task = pickle.load(file)  # noqa: S301 - written by our own parent, in a nameless file
    file.seek(0)
    file.truncate()
    kind: Format = plugins.load(task.form, "api.ogc.formats")
    pieces = kind.stream(task.export(store))
    size = told = 0
    for piece in gzipped_pieces(pieces) if task.gzip else pieces:
        size += file.write(piece)
        if size - told >= STEP:
            file.flush()
            _tell(parent, GROWN, size)
            told = size
    file.flush()
    return size


def _tell(parent: socket.socket, what: bytes, number: int = 0) -> None:
    parent.sendall(MARK.pack(what, number))


def _give_up(parent: socket.socket, what: bytes, family: str, message: str) -> None:
    reason = pickle.dumps((family, message))
    _tell(parent, what, len(reason))
    parent.sendall(reason)


def _end_with(parent: socket.socket, folder: Path) -> None:
    """Wait for the other end to close, and end whatever is going on."""
    watch = select.poll()
    watch.register(parent, 0)
    watch.poll()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def main() -> None:
    """Serve the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server to act on
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    sys.meta_path.insert(0, Absent(*SPARED))
    folder = Path(tempfile.gettempdir())
    with socket.socket(fileno=0) as parent:
        threading.Thread(target=_end_with, args=(parent, folder), daemon=True).start()
        try:
            serve(Path(sys.argv[1]), parent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
