"""The connection through which features are edited."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cim.store._gpkg_connection import connect, transaction

_TRIGGERS: Final = sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER

_CACHE_KB: Final = 16_384
"""Pages that it keeps as long as the server runs; loads have a connection of their own."""


class Writer:
    """One connection for edits that stays open, with triggers off. Safe for several threads.

    Opening one costs more than an edit, above all where there are a thousand layers. Whoever
    writes through it does the work of the triggers; taking them off and putting them back, as
    loads do, would make every open connection read the whole schema again.
    """

    def __init__(self, path: Path) -> None:
        """Write to the store at `path`; nothing is opened before the first edit."""
        self._path = path
        self._guard = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: all of it, or nothing.

        Writers of this process wait for each other here, those of other processes at the file.

        Raises:
            BackendError: Another process writes for too long, or the disk refuses.
        """
        with self._guard:
            if self._connection is None:
                self._connection = connect(self._path, writing=True)
                self._connection.setconfig(_TRIGGERS, False)  # noqa: FBT003 - sqlite3's call
                self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
            with transaction(self._connection, self._path):
                yield self._connection

    @contextmanager
    def catalogue_transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction about the catalogue, whose changes triggers count."""
        with self.transaction() as connection:
            connection.setconfig(_TRIGGERS, True)  # noqa: FBT003 - sqlite3's call
            try:
                yield connection
            finally:
                connection.setconfig(_TRIGGERS, False)  # noqa: FBT003 - sqlite3's call

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
