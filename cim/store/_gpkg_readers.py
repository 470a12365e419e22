"""Connections for reading, lent out and taken back.

A connection holds the whole schema of the file in memory, which in a city of a thousand layers is
tens of megabytes: there are as many as work at the same time, not as many as there are threads.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cim.store._gpkg_connection import connect, require_store

MOST: Final = 4
"""Short readings at the same time; more wait, which costs less than more connections."""

KEPT: Final = 2
"""Connections that stay open while nobody reads."""


class Readers:
    """Lends connections. Safe for use from several threads.

    Each loan sees the latest commit of any process. A thread that borrows while it holds a loan
    gets the same connection, so that it never waits for itself.
    """

    def __init__(self, path: Path) -> None:
        """Lend connections to the store at `path`; the first is opened when it is asked for.

        Raises:
            ConfigError: There is no store.
        """
        require_store(path)
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lent: dict[int, sqlite3.Connection] = {}
        self._slots = threading.BoundedSemaphore(MOST)
        self._guard = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection for a reading that ends in the thread where it began."""
        me = threading.get_ident()
        held = self._lent.get(me)
        if held is not None:
            yield held
            return
        with self._slots, self.lend_long() as connection:
            self._lent[me] = connection
            try:
                yield connection
            finally:
                del self._lent[me]

    @contextmanager
    def lend_long(self) -> Iterator[sqlite3.Connection]:
        """A connection for a reading that may pause, as streams do; nobody waits for its end."""
        connection = self._take()
        try:
            yield connection
        finally:
            self._take_back(connection)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements all see one state of the store."""
        with self.lend() as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    def close(self) -> None:
        """Release files; those lent out are released by who holds them."""
        with self._guard:
            for connection in self._idle:
                connection.close()
            self._idle.clear()

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        return connection or connect(self.path, writing=False)

    def _take_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if len(self._idle) < KEPT:
                self._idle.append(connection)
                return
        connection.close()
