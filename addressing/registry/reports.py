"""Faults that people report from the page behind a plate: what and where, never who."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from addressing.registry.values import FieldError
from cim.errors import InputError, NotFoundError
from cim.own_tables import Connection, OwnTables, Store, declare, utc_now

TABLE: Final = "cim_address_report"
LONGEST: Final = 500
"""Characters of a note."""

_PAGE: Final = 1000

_MAKE: Final = (
    f"""CREATE TABLE {TABLE} (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address_code TEXT NOT NULL,
  kind TEXT NOT NULL,
  note TEXT NOT NULL,
  at DATETIME NOT NULL,
  settled_at DATETIME,
  who TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT ''
)""",
    f"CREATE INDEX {TABLE}_open ON {TABLE} (id) WHERE settled_at IS NULL",
    f"CREATE INDEX {TABLE}_at ON {TABLE} (at)",
)
_COLUMNS: Final = "id, address_code, kind, note, at, settled_at, who, outcome"


class ReportsFullError(InputError):
    """As many reports came today as are taken in a day."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report."""

    id: int
    code: str
    """Address code."""

    kind: str
    note: str
    at: str
    """ISO 8601 UTC."""

    settled_at: str | None = None
    who: str = ""
    """Who settled it."""

    outcome: str = ""


class Reports:
    """The reports of a city. Safe for use from several threads and processes.

    Args:
        path: The city's store, `city.gpkg`.
        kinds: What reports may be about.
        most_a_day: Reports that are taken in a day.
        beside: The same store where it is open already, to share its connections.
    """

    def __init__(
        self, path: Path, kinds: tuple[str, ...], most_a_day: int, *, beside: Store | None = None
    ) -> None:
        self._tables = OwnTables(path, beside)
        self._kinds = kinds
        self._most = most_a_day

    def add(self, code: str, kind: str, note: str = "") -> Report:
        """Keep a report about an address that exists.

        Raises:
            FieldError: The kind is unknown or the note too long.
            ReportsFullError: No more are taken today.
        """
        if kind not in self._kinds:
            raise FieldError("kind", f"{kind[:40]!r}; legal: {', '.join(self._kinds)}")
        if len(note) > LONGEST:
            raise FieldError("note", f"{len(note)} characters; legal: at most {LONGEST}")
        kept = " ".join("".join(one if one.isprintable() else " " for one in note).split())
        now = utc_now()
        with self._tables.writing() as connection:
            _make(connection)
            (today,) = connection.execute(
                f"SELECT count(*) FROM {TABLE} WHERE at >= ?", (now[:10],)
            ).fetchone()
            if today >= self._most:
                raise ReportsFullError(
                    f"{today} reports came today; legal: addresses.reports_per_day, {self._most}"
                )
            cursor = connection.execute(
                f"INSERT INTO {TABLE} (address_code, kind, note, at) VALUES (?, ?, ?, ?)",
                (code, kind, kept, now),
            )
            return Report(int(cursor.lastrowid or 0), code, kind, kept, now)

    def read(
        self, *, every: bool = False, code: str = "", after: int = 0, limit: int = 100
    ) -> tuple[Report, ...]:
        """Reports by number: those that are not settled, or `every` one.

        Args:
            every: Settled ones too.
            code: Only those about this address.
            after: Number of the last report of the page before.
            limit: Most reports.
        """
        conditions = ["id > ?"]
        values: list[object] = [after]
        if not every:
            conditions.append("settled_at IS NULL")
        if code:
            conditions.append("address_code = ?")
            values.append(code)
        with self._tables.snapshot() as connection:
            if not _is_made(connection):
                return ()
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM {TABLE} WHERE {' AND '.join(conditions)} "
                "ORDER BY id LIMIT ?",
                (*values, limit),
            ).fetchall()
        return tuple(Report(*row) for row in rows)

    def every(self, *, settled: bool = False) -> Iterator[Report]:
        """All reports that are not settled, or all that came, page after page."""
        after = 0
        while page := self.read(every=settled, after=after, limit=_PAGE):
            yield from page
            after = page[-1].id

    def settle(self, report_id: int, *, who: str, outcome: str) -> Report:
        """Note what was done about a report.

        Raises:
            FieldError: Who or the outcome is empty or too long.
            NotFoundError: There is no such report.
        """
        for name, text in (("who", who), ("outcome", outcome)):
            if not text.strip() or len(text) > LONGEST:
                raise FieldError(name, f"{text[:20]!r}; legal: 1 to {LONGEST} characters")
        with self._tables.writing() as connection:
            _make(connection)
            row = connection.execute(
                f"UPDATE {TABLE} SET settled_at = ?, who = ?, outcome = ? WHERE id = ? "
                f"RETURNING {_COLUMNS}",
                (utc_now(), who.strip(), outcome.strip(), report_id),
            ).fetchone()
        if row is None:
            raise NotFoundError(f"report {report_id} does not exist")
        return Report(*row)

    def close(self) -> None:
        """Release files."""
        self._tables.close()


def _is_made(connection: Connection) -> bool:
    statement = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(statement, (TABLE,)).fetchone() is not None


def _make(connection: Connection) -> None:
    """Make the table when it is not there."""
    if _is_made(connection):
        return
    for statement in _MAKE:
        connection.execute(statement)
    declare(connection, (TABLE,), "docs/how-to/print-plates.md of cim-server")
