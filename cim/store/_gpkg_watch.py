"""Whether anything in a store has changed, asked thousands of times a second."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Watch:
    """A connection that asks for nothing but the version of the data. Safe for several threads.

    That question reads no schema, so that in a city of a thousand layers it costs neither time
    nor memory.

    Source: SQLite documentation, `PRAGMA data_version`.
    """

    def __init__(self, path: Path) -> None:
        """Watch the store at `path`, which is one."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._guard = threading.Lock()
        self._local = threading.local()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Look once, now: all questions of this thread inside have the same answer.

        For one request that is answered in one go, whose parts ask one after the other.
        """
        is_outermost = getattr(self._local, "held", None) is None
        if is_outermost:
            self._local.held = self.version()
        try:
            yield
        finally:
            if is_outermost:
                self._local.held = None

    def version(self) -> int:
        """A number that is another one when anything in the store has changed.

        What is read after the question is at least as new as the number.
        """
        held: int | None = getattr(self._local, "held", None)
        if held is not None:
            return held
        with self._guard:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            self._connection.close()
