"""The audit trail: who did what, when, from where, with what result; nothing is taken back.

The table refuses to change or delete a record, and each record carries a digest of itself and
the one before: a file changed behind its back shows it (`AuditTrail.verify`).
"""

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from cim.errors import BackendError, SourceDataError

LONGEST_TEXT: Final = 2_000
"""Characters of one value; longer ones are cut."""

_WAIT_S: Final = 30.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS record (
  number INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  proof TEXT NOT NULL,
  key TEXT NOT NULL,
  address TEXT NOT NULL,
  face TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  layers TEXT NOT NULL,
  result TEXT NOT NULL,
  detail TEXT NOT NULL,
  chain BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS record_at ON record (at);
CREATE TRIGGER IF NOT EXISTS record_stays BEFORE UPDATE ON record
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER IF NOT EXISTS record_remains BEFORE DELETE ON record
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
"""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing done."""

    who: str
    proof: str
    """How it is known: `none`, `key`, `token`, `system` for the operator's command line."""

    key: str
    """Id of the API key, or subject of the token."""

    address: str
    """Network address, or name of the machine."""

    face: str
    """`http` or `cli`."""

    action: str
    """`read`, `create`, `update`, `delete`, `publish`, or a method or command."""

    target: str
    """Path of the request without its query, or words of the command."""

    layers: str
    """Names of layers with commas between, where known."""

    result: str
    """HTTP status, or exit code of the command."""

    detail: str = ""
    at: str = ""
    """ISO 8601 UTC; empty: now."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record in the trail."""

    number: int
    record: AuditRecord
    chain: bytes


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which records; empty texts mean any."""

    since: str = ""
    """ISO 8601; this time or later."""

    until: str = ""
    """Before this time."""

    who: str = ""
    layer: str = ""
    action: str = ""
    before: int = 0
    """Only numbers below this one (paging, the latest first); 0 for all."""

    limit: int = 100


class AuditTrail:
    """The audit trail in a file of its own. Safe for use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        """The trail at `path`, made with its first record."""
        self.path = path
        self._guard = threading.Lock()
        self._writer: sqlite3.Connection | None = None

    def append(self, records: Sequence[AuditRecord]) -> None:
        """Add records, in one transaction: when this returns they are in the file.

        Raises:
            BackendError: The disk refuses, or another process writes for too long.
        """
        if not records:
            return
        with self._guard, _backend_errors(self.path):
            writer = self._open_writer()
            writer.execute("BEGIN IMMEDIATE")
            try:
                writer.executemany(_INSERT, _chained(writer, records))
                writer.execute("COMMIT")
            finally:
                if writer.in_transaction:
                    writer.execute("ROLLBACK")

    def read(self, query: AuditQuery) -> list[StoredRecord]:
        """Records, the latest first.

        Raises:
            BackendError: The file cannot be read.
        """
        conditions, values = _conditions(query)
        with self._reading() as reader:
            if reader is None:
                return []
            rows = reader.execute(
                f"SELECT {_ROW} FROM record WHERE {conditions} ORDER BY number DESC LIMIT ?",
                (*values, query.limit),
            )
            return [_stored(row) for row in rows]

    def verify(self) -> tuple[int, bytes]:
        """Number of records and the last digest, when nothing was changed behind the trail's back.

        Records cut off at the end do not show: keep the number and digest elsewhere to see that.

        Raises:
            SourceDataError: A record was changed, or one is missing; it names the first.
        """
        count, chain = 0, b""
        with self._reading() as reader:
            for row in (
                reader.execute(f"SELECT {_ROW} FROM record ORDER BY number") if reader else ()
            ):
                stored = _stored(row)
                count += 1
                chain = _digest(chain, count, stored.record)
                if stored.number != count or stored.chain != chain:
                    raise SourceDataError(
                        "it or one before it was changed", where=f"{self.path}, record {count}"
                    )
        return count, chain

    def close(self) -> None:
        """Release the file."""
        with self._guard:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _open_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            writer = sqlite3.connect(
                self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
            self.path.chmod(0o600)
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute("PRAGMA synchronous = NORMAL")
            writer.executescript(_TABLES)
            self._writer = writer
        return self._writer

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        if not self.path.is_file():
            yield None
            return
        with _backend_errors(self.path), closing(sqlite3.connect(self.path)) as reader:
            yield reader


_COLUMNS: Final = tuple(field.name for field in fields(AuditRecord))
_ROW: Final = f"number, {', '.join(_COLUMNS)}, chain"
_INSERT: Final = f"INSERT INTO record ({_ROW}) VALUES ({', '.join('?' * (len(_COLUMNS) + 2))})"


def _chained(
    connection: sqlite3.Connection, records: Iterable[AuditRecord]
) -> Iterator[tuple[object, ...]]:
    """Rows of records, each with the digest that ties it to the one before."""
    last = connection.execute(
        "SELECT number, chain FROM record ORDER BY number DESC LIMIT 1"
    ).fetchone()
    number, chain = last or (0, b"")
    for record in records:
        number += 1
        whole = _whole(record)
        chain = _digest(chain, number, whole)
        yield (number, *astuple(whole), chain)


def now_text() -> str:
    """This moment as records have it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _whole(record: AuditRecord) -> AuditRecord:
    """The record as it is kept: with its time, and no value too long."""
    cut = AuditRecord(*(str(value)[:LONGEST_TEXT] for value in astuple(record)))
    return cut if cut.at else replace(cut, at=now_text())


def _digest(chain: bytes, number: int, record: AuditRecord) -> bytes:
    text = orjson.dumps([number, *astuple(record)])
    return hashlib.blake2b(chain + text, digest_size=16).digest()


def _stored(row: tuple[Any, ...]) -> StoredRecord:
    number, *texts, chain = row
    return StoredRecord(number, AuditRecord(*texts), chain)


def _conditions(query: AuditQuery) -> tuple[str, list[object]]:
    asked: tuple[tuple[str, object], ...] = (
        ("at >= ?", query.since),
        ("at < ?", query.until),
        ("who = ?", query.who),
        ("',' || layers || ',' LIKE ? ESCAPE '\\'", query.layer and _like(query.layer)),
        ("action = ?", query.action),
        ("number < ?", query.before),
    )
    chosen = [(text, value) for text, value in asked if value]
    return " AND ".join(["1", *(text for text, _ in chosen)]), [value for _, value in chosen]


def _like(layer: str) -> str:
    escaped = layer.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%,{escaped},%"


@contextmanager
def _backend_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        raise BackendError(f"{path}: the audit trail cannot be used: {error}") from error
