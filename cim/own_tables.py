"""Tables that a package above keeps in a city's store, beside and together with its layers.

The statements of one transaction change layers, catalogue, journal and a package's own tables
together: all of it, or nothing.
"""

import math
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from cim.arrays import Float64, Int64
from cim.catalog import Field, LayerDraft, Origin
from cim.coding import point_codes
from cim.store import _gpkg_entries as entries
from cim.store import _gpkg_geometry as blobs
from cim.store import _gpkg_journal as journal
from cim.store import _gpkg_layer as layers
from cim.store import _gpkg_rtree as rtree
from cim.store._gpkg_connection import utc_now, without_triggers
from cim.store._gpkg_readers import Readers
from cim.store._gpkg_schema import GUARD, quote, rtree_name
from cim.store._gpkg_writer import Writer
from cim.store.base import Store
from cim.store.gpkg import GpkgStore

__all__ = [
    "GUARD",
    "Connection",
    "Glances",
    "OwnTables",
    "Store",
    "add_points_layer",
    "declare",
    "grid_codes",
    "in_bulk",
    "index_points",
    "journal_head",
    "journal_rows",
    "name_origin",
    "point_blobs",
    "point_of",
    "points_of",
    "quote",
    "utc_now",
    "write_column",
]

type Connection = sqlite3.Connection
"""Through which a package's statements go."""

_HEADER = [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4")]
_POINT_HEADER = np.dtype([*_HEADER, ("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_POINT_BYTES = _POINT_HEADER.itemsize
_LITTLE_ENDIAN = 1
_PLAIN = (_LITTLE_ENDIAN, 1)
"""Flags of a header without an envelope, and byte order of the WKB behind it."""

_EAST_NORTH = struct.Struct("<dd")


class OwnTables:
    """Connections to a city's store for one package; safe for use from several threads.

    Readers see the latest commit of any process and never wait. Writers of this process wait for
    each other here, those of other processes at the file.
    """

    def __init__(self, path: Path, beside: Store | None = None) -> None:
        """Open the store at `path`, through the connections of `beside` where it is open there.

        Each connection more costs tens of megabytes in a city of a thousand layers.

        Raises:
            ConfigError: There is no store, or it is not one of this program.
        """
        self.path = path
        self._owns = not isinstance(beside, GpkgStore)
        self._readers = beside.readers if isinstance(beside, GpkgStore) else Readers(path)
        self._writer = beside.writer if isinstance(beside, GpkgStore) else Writer(path)
        self.glances = Glances(self._readers)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for one statement."""
        return self._readers.lend()

    def snapshot(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection whose statements all see one state of the store."""
        return self._readers.snapshot()

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """One write transaction, whose statements triggers follow: all of it, or nothing.

        Raises:
            BackendError: Another process writes for too long, or the disk refuses.
        """
        return self._writer.catalogue_transaction()

    def close(self) -> None:
        """Release files; what the store opened is the store's to close."""
        if self._owns:
            self._readers.close()
            self._writer.close()


class Glances:
    """Short questions, which wait for nobody.

    Each question sees the latest commit of any process. Safe for use from several threads.
    """

    def __init__(self, readers: Readers) -> None:
        """Ask the store that `readers` read."""
        self._readers = readers

    def version(self) -> int:
        """A number that is another one when anything in the store has changed."""
        return self._readers.watch.version()

    def held(self) -> AbstractContextManager[None]:
        """Look at the version once: inside, this thread is told the same each time it asks.

        For a request that is answered in one go.
        """
        return self._readers.watch.held()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The answer to a question."""
        return self._readers.ask(statement, values)


def add_points_layer(
    connection: sqlite3.Connection, draft: LayerDraft, columns: str, statements: str
) -> None:
    """Make a catalogued layer of points with columns of its own.

    Args:
        connection: Inside a write transaction.
        draft: Name, class, titles and fields.
        columns: SQL of the columns behind those that every layer has.
        statements: SQL of further tables, indexes and guards of the package, each ended by a
            line that is `;` alone.
    """
    layers.create_table(connection, draft, "POINT", columns=columns)
    for field in draft.fields:
        layers.describe_field(connection, draft.name, field)
    connection.execute(
        "UPDATE cim_layer SET name_field = ? WHERE name = ?", (draft.name_field, draft.name)
    )
    for statement in statements.split("\n;\n"):
        if statement.strip():
            connection.execute(statement)
    layers.create_triggers(connection, draft.name)
    entries.record(connection, draft.name, utc_now(), Origin(why="made"))


def declare(connection: sqlite3.Connection, tables: tuple[str, ...], document: str) -> None:
    """Declare a package's tables in `gpkg_extensions`, so that others know whose they are."""
    connection.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'cim_address', ?, 'write-only')",
        [(table, document) for table in tables],
    )


@contextmanager
def in_bulk(connection: sqlite3.Connection, layer: str, added: int = 0) -> Iterator[None]:
    """Let no trigger run for statements about many rows: they cost most of the time.

    Whoever asks must write the R-tree and the journal (`index_points`, `journal_rows`) and keep
    the rules that the guards keep. The triggers of other connections are not touched. Count and
    version are brought up to date at the end.

    Args:
        connection: Inside a write transaction.
        layer: Name of the layer.
        added: How many rows the layer gains.
    """
    with without_triggers(connection):
        yield
    connection.execute(
        "UPDATE cim_layer SET item_count = item_count + ?, "
        "version = coalesce((SELECT max(seq) FROM cim_change), 0) WHERE name = ?",
        (added, layer),
    )


def index_points(connection: sqlite3.Connection, layer: str, fids: Int64, points: Float64) -> None:
    """Put new points into a layer's R-tree and its bounds.

    Args:
        connection: Inside a write transaction.
        layer: Name of the layer.
        fids: (n,) row numbers.
        points: (n, 2) x and y; rows without a point hold NaN.
    """
    placed = ~np.isnan(points[:, 0])
    fids, points = fids[placed], points[placed]
    if not len(fids):
        return
    rtree.extend(connection, rtree_name(layer), fids, np.repeat(points, 2, axis=1))
    (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    connection.execute(
        "UPDATE cim_layer SET min_x = min(coalesce(min_x, b.w), b.w), "
        "min_y = min(coalesce(min_y, b.s), b.s), max_x = max(coalesce(max_x, b.e), b.e), "
        "max_y = max(coalesce(max_y, b.n), b.n) "
        "FROM (SELECT ? AS w, ? AS s, ? AS e, ? AS n) b WHERE name = ?",
        (west, south, east, north, layer),
    )


def journal_rows(
    connection: sqlite3.Connection, layer: str, operation: str, fids: Int64, origin: str
) -> None:
    """Write what was done to rows whose triggers were off; `fids` ascend."""
    journal.write(connection, layer, operation, fids, now=utc_now(), origin=origin)


def journal_head(connection: sqlite3.Connection, layer: str) -> int:
    """Sequence of the layer's latest change."""
    return journal.head(connection, layer)


def changed_fids(connection: sqlite3.Connection, layer: str, since: int) -> Int64:
    """Row numbers that journal entries after `since` touch, ascending, without repeats."""
    return journal.changed_fids(connection, layer, since)


def name_origin(connection: sqlite3.Connection, layer: str, since: int, origin: str) -> None:
    """Say in the journal who made the changes that triggers wrote after `since`."""
    connection.execute(
        "UPDATE cim_change SET origin = ? WHERE layer = ? AND seq > ? AND origin = 'edit'",
        (origin, layer, since),
    )


def point_blobs(points: Float64, srs_id: int) -> list[bytes | None]:
    """(n,) GeoPackage blobs of points, None where x is NaN.

    Source: OGC 12-128r18, clause 2.1.3: a header without an envelope, then ISO WKB.
    """
    table = np.zeros(len(points), _POINT_HEADER)
    table["magic"], table["flags"], table["srs"] = b"GP", _LITTLE_ENDIAN, srs_id
    table["order"], table["kind"] = 1, 1
    table["x"], table["y"] = points[:, 0], points[:, 1]
    size, body = _POINT_HEADER.itemsize, table.tobytes()
    missing = np.isnan(points[:, 0]).tolist()
    return [
        None if gone else body[place * size : (place + 1) * size]
        for place, gone in enumerate(missing)
    ]


def point_of(blob: bytes | None) -> tuple[float, float] | None:
    """East and north of a point's blob, whoever wrote it; None when it is NULL or empty.

    Blobs as this program writes them are read at once.
    """
    if blob is not None and len(blob) == _POINT_BYTES and (blob[3], blob[8]) == _PLAIN:
        east, north = _EAST_NORTH.unpack_from(blob, _POINT_BYTES - _EAST_NORTH.size)
        return None if math.isnan(east) else (east, north)
    box = blobs.envelope(blob)
    return None if box is None else (box[0], box[1])


def points_of(column: Sequence[bytes | None]) -> Float64:
    """(n, 2) x and y of many blobs, NaN where one is NULL or empty.

    Blobs as this program writes them are read all at once.
    """
    size = _POINT_HEADER.itemsize
    own = all(blob is None or (len(blob) == size and blob[3] == 1) for blob in column)
    if not own:
        points = [point_of(blob) or (np.nan, np.nan) for blob in column]
        return np.array(points, np.float64).reshape(-1, 2)
    nothing = bytes(size)
    table = np.frombuffer(b"".join(blob or nothing for blob in column), _POINT_HEADER)
    missing = table["magic"] != b"GP"
    return np.where(missing[:, None], np.nan, np.column_stack((table["x"], table["y"])))


def grid_codes(points: Float64) -> list[tuple[str | None, str | None, str | None]]:
    """(n,) BeiDou, GeoSOT and H3 codes of points, as a layer's columns of codes hold them.

    Args:
        points: (n, 2) degrees CGCS2000, NaN where unknown.
    """
    codes = point_codes(points)
    return list(zip(codes["beidou"], codes["geosot"], codes["h3"], strict=True))


def write_column(connection: Connection, layer: str, field: Field, value: str, origin: str) -> int:
    """Bring a column of a layer up to date; the number of rows that changed.

    Args:
        connection: Inside a write transaction.
        layer: Name of the layer.
        field: The column; made when the layer has none of the name.
        value: SQL of its value in terms of the layer's row.
        origin: What the journal names as the origin of the change.
    """
    layers.add_field(connection, layer, field)
    name = quote(field.name)
    with in_bulk(connection, layer):
        rows = connection.execute(
            f"UPDATE {quote(layer)} SET {name} = {value} "
            f"WHERE valid_to IS NULL AND {name} IS NOT {value} RETURNING fid"
        ).fetchall()
        fids = np.sort(np.array([fid for (fid,) in rows], np.int64))
        journal_rows(connection, layer, "update", fids, origin)
    entries.record(connection, layer, utc_now(), Origin(why=origin))
    return len(fids)
