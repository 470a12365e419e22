"""SQLite connections to a city's GeoPackage."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cim.errors import BackendError, ConfigError
from cim.store import _gpkg_functions as functions
from cim.store import _gpkg_geometry as geometry
from cim.store._gpkg_schema import APPLICATION_ID, SCHEMA_VERSION
from cim.store._gpkg_upgrade import upgrade

CACHE_KB: Final = 65_536
"""Pages that a writer keeps in memory. Were the file mapped, its pages would count once for each
connection."""

READER_CACHE_KB: Final = 4_096
"""The same of a reader, of which there are several. More makes none faster: the system keeps the
file's pages for all."""

WAIT_S: Final = 30.0
"""How long a writer waits for another one."""


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are opened by name.

    Raises:
        ConfigError: The file is missing, or no GeoPackage of this program.
    """
    require_store(path)
    try:
        connection = sqlite3.connect(
            path, timeout=WAIT_S, isolation_level=None, check_same_thread=False
        )
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB if writing else READER_CACHE_KB}")
        connection.execute("PRAGMA synchronous = NORMAL")
        _check(connection, path)
        functions.register(connection)
        if writing:
            prepare_for_writing(connection)
        else:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{path}: cannot be opened as a GeoPackage: {error}") from error
    return connection


def require_store(path: Path) -> None:
    """Refuse a path where there is no file.

    Raises:
        ConfigError: There is none.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: no store here; make one with: cim init {path.parent}")


def prepare_for_writing(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that a GeoPackage's own triggers call."""
    for position, name in enumerate(("ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY")):
        connection.create_function(name, 1, _side(position), deterministic=True)
    connection.create_function(
        "ST_IsEmpty",
        1,
        lambda blob: None if blob is None else geometry.envelope(blob) is None,
        deterministic=True,
    )


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One write transaction: all of it, or nothing.

    Raises:
        BackendError: Another process writes for too long, or the disk refuses.
    """
    with backend_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


@contextlib.contextmanager
def without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    """For statements of this connection that do the work of the triggers themselves.

    Nothing is dropped: other connections need not read the schema again.
    """
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)  # noqa: FBT003 - sqlite3's
    try:
        yield
    finally:
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, True)  # noqa: FBT003


@contextlib.contextmanager
def backend_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's refusals into one line for the operator.

    Raises:
        BackendError: Another process writes for too long, or the disk refuses.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise BackendError(
                f"{path}: another process is writing; waited {WAIT_S:g} s; nothing was changed, "
                "try again when it has finished"
            ) from error
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise BackendError(
                f"{path}: cannot write ({error}): disk full, quota reached or file too large; "
                "nothing was changed"
            ) from error
        raise


def utc_now() -> str:
    """The time as GeoPackage writes it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not this program's.

    Raises:
        ConfigError: It is not, or was made by a newer version.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    known = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cim_setting'"
    ).fetchone()
    if application != APPLICATION_ID or known is None:
        raise ConfigError(f"{path}: not a city's store; make one with: cim init")
    version = _schema_version(connection)
    if version > SCHEMA_VERSION:
        raise ConfigError(
            f"{path}: written by a newer version (schema {version}, known {SCHEMA_VERSION})"
        )
    if version < SCHEMA_VERSION:
        _upgrade(path)


def _schema_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute(
        "SELECT value FROM cim_setting WHERE name = 'schema_version'"
    ).fetchone()
    return int(version)


def _upgrade(path: Path) -> None:
    """Bring the tables of a file to this version, in one transaction.

    Raises:
        BackendError: Another process writes for too long, or the disk refuses.
    """
    other = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    with contextlib.closing(other) as connection, transaction(connection, path):
        version = _schema_version(connection)
        if version < SCHEMA_VERSION:
            upgrade(connection, version, utc_now())


def _side(position: int) -> Callable[[bytes | None], float | None]:
    """A function that gives one side of a blob's envelope."""

    def side(blob: bytes | None) -> float | None:
        box = geometry.envelope(blob)
        return None if box is None else box[position]

    return side
