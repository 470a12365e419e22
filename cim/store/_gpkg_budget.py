"""How long a selection may work."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cim.errors import CostlyError

_STEPS: Final = 20_000
"""Instructions of SQLite's machine between two looks at the clock: some milliseconds."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Processor time of this thread until an end; what other threads do costs it nothing."""

    limit_s: float | None
    """None has no end."""

    end_s: float

    @classmethod
    def of(cls, limit_s: float | None) -> "Budget":
        """So many seconds from now on."""
        return cls(limit_s, time.thread_time() + (limit_s or 0.0))

    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.limit_s is not None and time.thread_time() > self.end_s

    def check(self) -> None:
        """Go on only while something is left.

        Raises:
            CostlyError: Nothing is.
        """
        if self.is_spent():
            raise CostlyError(
                f"the selection takes more than {self.limit_s:g} s of processor time, the limit "
                "of this server; narrow it with bbox, or ask for fewer conditions"
            )

    @contextmanager
    def watching(self, connection: sqlite3.Connection) -> Iterator[None]:
        """End the statements of a connection when nothing is left.

        Raises:
            CostlyError: One was ended.
        """
        if self.limit_s is None:
            yield
            return
        connection.set_progress_handler(self.is_spent, _STEPS)
        try:
            yield
        except sqlite3.OperationalError:
            self.check()
            raise
        finally:
            connection.set_progress_handler(None, 0)
