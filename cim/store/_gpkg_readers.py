"""Connections for reading, lent out and taken back.

A connection holds the whole schema of the file in memory, which in a city of a thousand layers is
tens of megabytes and a seventh of a second: there are few, however many threads ask.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from cim.store._gpkg_connection import connect
from cim.store._gpkg_watch import Watch

MOST: Final = 4
"""Short readings at the same time, and connections that stay open while nobody reads; more wait,
which costs less than more connections."""

MOST_OF_LARGE: Final = 2
"""The same where the schema is large."""

LARGE: Final = 4_000
"""Objects from which on a schema is large: those of 250 layers."""


class Readers:
    """Lends connections. Safe for use from several threads.

    Each loan sees the latest commit of any process. A thread that borrows while it holds a loan
    gets the same connection, so that it never waits for itself.
    """

    def __init__(self, path: Path) -> None:
        """Lend connections to the store at `path`; the first is open at once.

        Raises:
            ConfigError: There is no store, or it is not one of this program.
        """
        self.path = path
        first = connect(path, writing=False)
        (objects,) = first.execute("SELECT count(*) FROM sqlite_master").fetchone()
        self._most = MOST if objects < LARGE else MOST_OF_LARGE
        self._idle = [first]
        self._lent: dict[int, sqlite3.Connection] = {}
        self._slots = threading.BoundedSemaphore(self._most)
        self._guard = threading.Lock()
        self.watch = Watch(path)
        """Tells whether anything has changed."""

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

    def ask(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of one statement; nobody waits for its end."""
        connection = self._take()
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            self._take_back(connection)

    @contextmanager
    def glimpse(self) -> Iterator[sqlite3.Connection]:
        """As `snapshot`, without waiting for those who read: for what every request needs."""
        with self.lend_long() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

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
        with suppress(IndexError):
            while True:
                self._idle.pop().close()
        self.watch.close()

    def _take(self) -> sqlite3.Connection:
        """A connection of nobody else: no two threads get the same one out of a list."""
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self.path, writing=False)

    def _take_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if len(self._idle) < self._most:
                self._idle.append(connection)
                return
        connection.close()
