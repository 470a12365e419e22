"""Large files of features made in other processes, so that serving goes on undisturbed.

What makes a file holds the interpreter for tenths of a second at a time (GDAL) or needs it all the
time (texts). A maker (`api.ogc.maker`) works as fast as it can into a file without a name, which
is sent from there as fast as the client takes it: a slow client keeps no process. Makers that
have nothing to do stay for a while, because starting one takes half a second.
"""

import asyncio
import contextlib
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import anyio
import anyio.to_thread

from api.ogc import maker
from api.ogc.maker import MARK, Task
from cim import errors
from cim.errors import BackendError, CimError, SourceDataError

PROJECT: Final = Path(__file__).resolve().parents[2]
MOST: Final = 4
"""Makers at the same time, if there are as many processors; further files wait."""

FRESH_S: Final = maker.IDLE_S / 2
"""Seconds without work after which a maker is not given any more: it may be about to end."""

PIECE: Final = 1 << 18
"""Bytes that are read from a file and sent at once."""


class _Maker:
    """A process that makes files."""

    def __init__(self, database: Path) -> None:
        """Start it."""
        self._folder = tempfile.mkdtemp(prefix="cim-export-")
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(  # noqa: S603 - our own module with our own path
                (sys.executable, "-m", maker.__name__, str(database)),
                cwd=PROJECT,
                env={**os.environ, "TMPDIR": self._folder},
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
            )
        ours.settimeout(0)
        self._socket = ours
        self.idle_since_s = 0.0

    async def sizes(self, file: BinaryIO) -> AsyncGenerator[int]:
        """Have the task in a file done: how many bytes are there, now and then and at the end.

        Raises:
            CimError: The file cannot be made.
            RuntimeError: Making it failed, which is a fault of this program.
        """
        with contextlib.suppress(ConnectionError):  # it has ended: seen when read
            socket.send_fds(self._socket, [b"t"], [file.fileno()])
        what = maker.GROWN
        while what == maker.GROWN:
            what, number = MARK.unpack(await self._read(MARK.size))
            if what in {maker.REFUSED, maker.FAILED}:
                raise _error(what, *pickle.loads(await self._read(number)))  # noqa: S301 - our own
            yield number

    async def _read(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            BackendError: It has ended.
        """
        loop, parts, left = asyncio.get_running_loop(), [], size
        while left:
            part = b""
            with contextlib.suppress(ConnectionError):
                part = await loop.sock_recv(self._socket, left)
            if not part:
                code = await anyio.to_thread.run_sync(self._process.wait)
                raise BackendError(f"the process that made a file ended with code {code}")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def end(self) -> None:
        """End it, with what it has made of a file."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _error(what: bytes, family: str, message: str) -> Exception:
    """The error that a maker met."""
    if what == maker.FAILED:
        return RuntimeError(f"a file of features was not made: {family}: {message}")
    if family == SourceDataError.__name__:
        where, _, reason = message.partition(": ")
        return SourceDataError(reason, where=where)
    known = getattr(errors, family, CimError)
    return known(message)


@dataclass(slots=True)
class _Growing:
    """A file in the making: how much of it is there, and what came of it."""

    file: BinaryIO
    size: int = 0
    is_over: bool = False
    fault: Exception | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    """Of the work on it, which ends by it without losing a process on its way."""

    def note(self, size: int) -> None:
        """So much is there."""
        self.size = size
        self.changed.set()

    def end(self, fault: Exception | None) -> None:
        """Nothing more comes."""
        self.is_over, self.fault = True, fault
        self.changed.set()

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes, as they come."""
        sent = 0
        while True:
            if self.fault is not None:
                raise self.fault
            if sent < self.size:
                count = min(PIECE, self.size - sent)
                piece = await anyio.to_thread.run_sync(os.pread, self.file.fileno(), count, sent)
                sent += len(piece)
                yield piece
            elif self.is_over:
                return
            else:
                self.changed.clear()
                await self.changed.wait()


class Makers:
    """The processes of one server that make files."""

    def __init__(self, database: Path) -> None:
        """Make files of layers in the GeoPackage `database`."""
        self._database = database.resolve()
        self._idle: list[_Maker] = []
        self._all: set[_Maker] = set()
        self._guard = threading.Lock()
        self._places = anyio.CapacityLimiter(min(MOST, len(os.sched_getaffinity(0))))

    async def pieces(self, task: Task) -> AsyncGenerator[bytes]:
        """The file that a task describes, piece by piece; who takes no more ends its maker.

        Raises:
            CimError: The file cannot be made.
            RuntimeError: Making it failed, which is a fault of this program.
        """
        with tempfile.TemporaryFile() as file:
            growing = _Growing(file)
            work = asyncio.create_task(self._make(task, growing))
            try:
                async for piece in growing.pieces():
                    yield piece
            finally:
                growing.scope.cancel()
                with anyio.CancelScope(shield=True):
                    await work

    def close(self) -> None:
        """End all of them."""
        with self._guard:
            makers = list(self._all)
            self._idle.clear()
            self._all.clear()
        for one in makers:
            one.end()

    async def _make(self, task: Task, growing: _Growing) -> None:
        """Have a file made."""
        try:
            with growing.scope:
                async with self._places:
                    await anyio.to_thread.run_sync(_put, task, growing.file)
                    async with self._lent() as used:
                        async for size in used.sizes(growing.file):
                            growing.note(size)
            growing.end(None)
        except Exception as error:  # noqa: BLE001 - whoever takes the pieces raises it
            growing.end(error)

    @contextlib.asynccontextmanager
    async def _lent(self) -> AsyncIterator[_Maker]:
        """A maker, which ends unless it comes to the end of its work."""
        used = await self._taken()
        is_done = False
        try:
            yield used
            is_done = True
        finally:
            if is_done:
                used.idle_since_s = time.monotonic()
                with self._guard:
                    self._idle.append(used)
            else:
                with anyio.CancelScope(shield=True):
                    await self._ended(used)

    async def _taken(self) -> _Maker:
        """One that has nothing to do, else a new one."""
        while (idle := self._idle_one()) is not None:
            if time.monotonic() - idle.idle_since_s < FRESH_S:
                return idle
            await self._ended(idle)
        started = await anyio.to_thread.run_sync(_Maker, self._database)
        with self._guard:
            self._all.add(started)
        return started

    def _idle_one(self) -> _Maker | None:
        with self._guard:
            return self._idle.pop() if self._idle else None

    async def _ended(self, used: _Maker) -> None:
        with self._guard:
            self._all.discard(used)
        await anyio.to_thread.run_sync(used.end)


def _put(task: Task, file: BinaryIO) -> None:
    pickle.dump(task, file)
    file.flush()
