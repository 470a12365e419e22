"""The table of jobs, `index/jobs.sqlite`: every server process reads and writes it."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from api.errors import QueueFullError
from cim.errors import BackendError, NotFoundError

FILE_NAME = "jobs.sqlite"
QUEUED, RUNNING = "queued", "running"
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"
STATES = (QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED)
ENDED = (SUCCEEDED, FAILED, CANCELLED)

BUSY_S = 30
"""How long a writer waits for the others."""

_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    tileset TEXT NOT NULL,
    request TEXT NOT NULL,
    state TEXT NOT NULL,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    stage TEXT,
    stage_started REAL,
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER,
    report TEXT,
    error TEXT,
    cancel INTEGER NOT NULL DEFAULT 0,
    process INTEGER,
    process_started REAL
)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work; times are seconds since 1970, UTC."""

    number: int
    id: str
    tileset: str
    """Name of the tileset that it makes, or of the layer that it loads into."""

    request: dict[str, Any]
    """What is to be done, see `api.jobs.building`."""

    state: str
    """One of `STATES`."""

    created: float
    started: float | None
    ended: float | None
    stage: str | None
    """What the work is at, in the words of the command."""

    stage_started: float | None
    done: int
    total: int | None
    """None while unknown."""

    report: dict[str, Any] | None
    error: str | None
    """One line."""

    cancel: bool
    """Whether somebody asked for the end."""

    process: int | None
    """Of the child that does the work, and the time it was started, for a server that died."""

    process_started: float | None


def no_job(job_id: str) -> NotFoundError:
    """The error for a job that is not there, or that the caller may not know of."""
    return NotFoundError(f"no job {job_id!r}")


class JobStore:
    """The jobs of a workspace.

    Args:
        folder: `index/` of the workspace.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def add(self, job_id: str, tileset: str, request: dict[str, Any], *, limit: int) -> Job:
        """Put a job at the end of the queue.

        Raises:
            QueueFullError: `limit` jobs wait already.
        """
        with self._writing() as database:
            (waiting,) = database.execute(
                "SELECT count(*) FROM jobs WHERE state = ?", (QUEUED,)
            ).fetchone()
            if waiting >= limit:
                raise QueueFullError(f"{waiting} jobs wait already; legal: at most {limit}")
            database.execute(
                "INSERT INTO jobs (id, tileset, request, state, created) VALUES (?, ?, ?, ?, ?)",
                (job_id, tileset, orjson.dumps(request).decode(), QUEUED, time.time()),
            )
        return self.get(job_id)

    def waiting(self) -> int:
        """How many jobs wait."""
        with self._reading() as database:
            found = database.execute("SELECT count(*) FROM jobs WHERE state = ?", (QUEUED,))
            count: int = found.fetchone()[0]
            return count

    def get(self, job_id: str) -> Job:
        """A job.

        Raises:
            NotFoundError: There is none of this id.
        """
        with self._reading() as database:
            row = database.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise no_job(job_id)
        return _job(row)

    def all(self, limit: int = 1000) -> list[Job]:
        """The latest jobs, the newest first."""
        with self._reading() as database:
            rows = database.execute("SELECT * FROM jobs ORDER BY number DESC LIMIT ?", (limit,))
            return [_job(row) for row in rows]

    def cancel(self, job_id: str) -> Job:
        """Ask for the end of a job: one that waits ends at once, one that ran stays as it is.

        Raises:
            NotFoundError: There is none of this id.
        """
        with self._writing() as database:
            database.execute(
                "UPDATE jobs SET state = ?, ended = ? WHERE id = ? AND state = ?",
                (CANCELLED, time.time(), job_id, QUEUED),
            )
            database.execute(
                "UPDATE jobs SET cancel = 1 WHERE id = ? AND state = ?", (job_id, RUNNING)
            )
        return self.get(job_id)

    def take(self) -> Job | None:
        """The job that waits longest, now running; None when none waits."""
        with self._writing() as database:
            row = database.execute(
                "SELECT id FROM jobs WHERE state = ? ORDER BY number LIMIT 1", (QUEUED,)
            ).fetchone()
            if row is None:
                return None
            database.execute(
                "UPDATE jobs SET state = ?, started = ?, cancel = 0, done = 0, total = NULL, "
                "stage = NULL WHERE id = ?",
                (RUNNING, time.time(), row["id"]),
            )
        return self.get(row["id"])

    def running(self) -> list[Job]:
        """Jobs that run, or ran when a server died."""
        with self._reading() as database:
            rows = database.execute("SELECT * FROM jobs WHERE state = ?", (RUNNING,))
            return [_job(row) for row in rows]

    def note_process(self, job_id: str, process: int, started: float) -> None:
        """Which child does the work."""
        self._update(job_id, process=process, process_started=started)

    def note_progress(self, job: Job, stage: str, done: int, total: int | None) -> Job:
        """How far the work is; returns the job as it is now."""
        same = job.stage == stage
        since = job.stage_started if same else time.time()
        self._update(job.id, stage=stage, stage_started=since, done=done, total=total)
        return self.get(job.id)

    def end(
        self,
        job_id: str,
        state: str,
        *,
        error: str | None = None,
        report: dict[str, Any] | None = None,
    ) -> None:
        """The work has ended."""
        text = None if report is None else orjson.dumps(report).decode()
        self._update(job_id, state=state, ended=time.time(), error=error, report=text)

    def put_back(self, job_id: str) -> None:
        """The work was interrupted; it waits again, at its old place in the queue."""
        self._update(job_id, state=QUEUED, started=None, process=None, process_started=None)

    def forget(self, older_than: float) -> None:
        """Delete jobs that ended before a time."""
        with self._writing() as database:
            marks = ", ".join("?" * len(ENDED))
            database.execute(
                f"DELETE FROM jobs WHERE state IN ({marks}) AND ended < ?",
                (*ENDED, older_than),
            )

    def _update(self, job_id: str, **values: object) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        with self._writing() as database:
            database.execute(
                f"UPDATE jobs SET {columns} WHERE id = ?",
                (*values.values(), job_id),
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=BUSY_S, autocommit=True)
            try:
                database.row_factory = sqlite3.Row
                if not database.execute("SELECT 1 FROM sqlite_schema").fetchone():
                    database.execute(_TABLE)
                yield database
            finally:
                database.close()
        except (sqlite3.Error, OSError) as error:
            raise BackendError(f"{self._path}: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(10)


def _job(row: sqlite3.Row) -> Job:
    values = dict(row)
    values["request"] = orjson.loads(values["request"])
    values["report"] = None if values["report"] is None else orjson.loads(values["report"])
    values["cancel"] = bool(values["cancel"])
    return Job(**values)
