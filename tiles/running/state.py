"""What builds of one tileset keep for each other: an SQLite file beside the tileset.

Table `tile`: what each tile's content was made from, and what came of it. A row is written as
soon as its content is on the disk, so that a build that was killed is taken up again.
Tables `node` and `content`: the tree of the tileset that stands, and its contents.
Table `fact`: everything else, JSON by name. The file `features-VERSION.npy`: the tile of each
feature of a layer.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim.arrays import Float64, Int64
from tiles.publish import STATE_FOLDER
from tiles.running.contents import Written

FILE = "state.sqlite"
FORMAT = 3
"""Of the tables; a file of another format is begun anew."""

_COLUMNS = """
    key TEXT PRIMARY KEY, input BLOB, name TEXT, bounds BLOB, triangles INTEGER, bytes INTEGER,
    features INTEGER, notes TEXT, error_m REAL
"""

_TABLES = f"""
CREATE TABLE tile ({_COLUMNS}) WITHOUT ROWID;
CREATE TABLE content ({_COLUMNS}) WITHOUT ROWID;
CREATE TABLE node (
    number INTEGER PRIMARY KEY, parent INTEGER, level INTEGER, "column" INTEGER, "row" INTEGER,
    geometric_error_m REAL, lon REAL, lat REAL
);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The tiles of a tree, parents before children."""

    parent: Int64
    """(t,) tile above, -1 for the root."""

    level: Int64
    column: Int64
    row: Int64
    geometric_error_m: Float64
    lon_lat: Float64
    """(t, 2) degrees: where the tile's frame touches the ground."""

    def __len__(self) -> int:
        """Number of tiles."""
        return len(self.parent)

    @property
    def keys(self) -> list[str]:
        """(t,) names: level, column, row."""
        cells = zip(self.level.tolist(), self.column.tolist(), self.row.tolist(), strict=True)
        return [f"{level}-{column}-{row}" for level, column, row in cells]


class State:
    """The file, open. One build at a time has it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fact(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """A value, None when there is none of this name."""
        found = self._connection.execute(
            "SELECT value FROM fact WHERE name = ?", (name,)
        ).fetchone()
        return None if found is None else orjson.loads(found[0])

    def tiles(self) -> dict[str, Written]:
        """What builds wrote, by the name of the tile."""
        return self._read("tile")

    def add(self, written: Iterable[Written]) -> None:
        """Keep what was written."""
        with self._connection:
            self._insert("tile", written)

    def standing(self) -> tuple[Nodes, dict[str, Written]]:
        """The tree of the tileset that stands, and its contents by the names of their tiles."""
        rows = self._connection.execute("SELECT * FROM node ORDER BY number").fetchall()
        values = np.array([row[1:8] for row in rows], np.float64).reshape(-1, 7)
        parent, level, column, row = values[:, :4].astype(np.int64).T
        nodes = Nodes(parent, level, column, row, values[:, 4], values[:, 5:])
        return nodes, self._read("content")

    def settle(self, nodes: Nodes, written: Mapping[str, Written], facts: dict[str, Any]) -> None:
        """Keep what stands now, in one transaction; tiles without content are forgotten."""
        columns = zip(
            nodes.parent.tolist(), nodes.level.tolist(), nodes.column.tolist(),
            nodes.row.tolist(), nodes.geometric_error_m.tolist(), *nodes.lon_lat.T.tolist(),
            strict=True,
        )  # fmt: skip
        with self._connection as connection:
            connection.execute("DELETE FROM node")
            connection.executemany(
                "INSERT INTO node VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(number, *row) for number, row in enumerate(columns)],
            )
            for table in ("tile", "content"):
                connection.execute(f"DELETE FROM {table}")
                self._insert(table, written.values())
            connection.executemany(
                "INSERT OR REPLACE INTO fact VALUES (?, ?)",
                [(name, orjson.dumps(value).decode()) for name, value in facts.items()],
            )

    def _insert(self, table: str, written: Iterable[Written]) -> None:
        """Keep what was written; the caller commits."""
        self._connection.executemany(
            f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            map(_values, written),
        )

    def _read(self, table: str) -> dict[str, Written]:
        """What was written, by the name of the tile."""
        rows = self._connection.execute(f"SELECT * FROM {table}")
        return {row[0]: _written(row) for row in rows}


def _values(each: Written) -> tuple[Any, ...]:
    """The columns of what was written."""
    return (
        each.key, each.input, each.name, each.bounds.tobytes(), each.triangles, each.bytes,
        each.features, orjson.dumps(each.notes).decode(), each.error_m,
    )  # fmt: skip


def _written(row: tuple[Any, ...]) -> Written:
    """What was written, from its columns."""
    key, digest, name, bounds, triangles, size, features, notes, error_m = row
    corners = np.frombuffer(bounds).reshape(2, 3)
    told = orjson.loads(notes)
    return Written(key, digest, name, corners, triangles, size, features, told, error_m)


@contextmanager
def opened(output: Path) -> Iterator[State]:
    """The state of a tileset's builds; a file that is torn or of another format begins anew."""
    path = output / STATE_FOLDER / FILE
    connection = _connect(path)
    try:
        yield State(connection)
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """The file, with its tables."""
    try:
        return _checked(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        return _checked(path)


def _checked(path: Path) -> sqlite3.Connection:
    """The file, with its tables.

    Raises:
        sqlite3.DatabaseError: It is none of this format.
    """
    connection = sqlite3.connect(path, isolation_level="IMMEDIATE")
    try:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found == 0:
            connection.executescript(_TABLES)
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        elif found != FORMAT:
            raise sqlite3.DatabaseError(f"format {found}")  # noqa: TRY301 - handled by the caller
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
