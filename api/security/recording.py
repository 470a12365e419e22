"""What goes into the audit trail of a server: every write, every read of restricted data.

A write is in the trail before its answer leaves. Reads are gathered and written together; they
are lost if the process is killed within `GATHERED_S` of the answer, and only then.
"""

import logging
import threading
from queue import Empty, SimpleQueue
from typing import Final

from starlette.types import Scope

from api.security.local import address_of
from api.security.sight import Sight
from cim.audit import AuditRecord, AuditTrail, now_text
from cim.errors import BackendError

logger = logging.getLogger(__name__)

GATHERED_S: Final = 0.25
TRAIL: Final = "audit.sqlite"
MOST_GATHERED: Final = 20_000
"""Reads that may wait to be written; beyond that each waits for its own."""

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
QUESTIONS: Final = (
    *("/api/grids/", "/api/codes", "/api/geocode", "/api/addresses/parse"),
    *("/api/addresses/standardize", "/api/addresses/check"),
)
"""Paths below which POST asks and changes nothing."""


class Recorder:
    """Writes the trail of one server process. Safe for use from several threads."""

    def __init__(self, trail: AuditTrail) -> None:
        """Write into `trail`."""
        self._trail = trail
        self._waiting: SimpleQueue[AuditRecord] = SimpleQueue()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether so many reads wait that the next should not be left to wait."""
        return self._waiting.qsize() > MOST_GATHERED

    def write(self, record: AuditRecord) -> None:
        """Put a record into the trail now.

        Raises:
            BackendError: The disk refuses.
        """
        self._trail.append([record])

    def gather(self, record: AuditRecord) -> None:
        """Put a record into the trail soon."""
        self._waiting.put(record)
        with self._guard:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Write what waits, and release the file."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._flush()
        self._trail.close()

    def _run(self) -> None:
        while not self._stopped.wait(GATHERED_S):
            self._flush()

    def _flush(self) -> None:
        records = list(_drained(self._waiting))
        try:
            self._trail.append(records)
        except BackendError:
            logger.exception("%d records of reads are not in the audit trail yet", len(records))
            for record in records:
                self._waiting.put(record)


def _drained(queue: SimpleQueue[AuditRecord]) -> list[AuditRecord]:
    found = []
    try:
        while True:
            found.append(queue.get_nowait())
    except Empty:
        return found


def is_write(scope: Scope, sight: Sight, root_path: str) -> bool:
    """Whether a request changes something, or asked to."""
    if sight.notes.verb not in ("", "read"):
        return True
    path = scope["path"].removeprefix(root_path)
    return scope["method"] not in READING and not path.startswith(QUESTIONS)


def record_of(scope: Scope, sight: Sight, status: int, verb: str) -> AuditRecord:
    """The record of a request that was answered with `status`."""
    principal, notes = sight.principal, sight.notes
    return AuditRecord(
        who=principal.name,
        proof=principal.proof,
        key=principal.key,
        address=address_of(scope),
        face="http",
        action=verb,
        target=scope["path"],
        layers=",".join(sorted(notes.layers | notes.restricted)),
        result=str(status),
        detail=notes.detail,
        at=now_text(),
    )
