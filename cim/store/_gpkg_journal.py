"""The change journal of a city's GeoPackage: which rows of which layer changed, in what order."""

import sqlite3

import numpy as np

from cim.arrays import Int64
from cim.edits import JournalEntry


def write(
    connection: sqlite3.Connection,
    layer: str,
    operation: str,
    fids: Int64,
    *,
    now: str,
    origin: str,
) -> None:
    """Write journal rows for ascending row numbers, one for each unbroken run."""
    if not len(fids):
        return
    breaks = np.flatnonzero(np.diff(fids) > 1)
    firsts = fids[np.concatenate(([0], breaks + 1))].tolist()
    lasts = fids[np.concatenate((breaks, [len(fids) - 1]))].tolist()
    connection.executemany(
        "INSERT INTO cim_change (changed_at, layer, operation, first_fid, last_fid, origin) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (now, layer, operation, first, last, origin)
            for first, last in zip(firsts, lasts, strict=True)
        ],
    )


def head(connection: sqlite3.Connection, layer: str) -> int:
    """Sequence of the layer's latest change, 0 when there is none."""
    (seq,) = connection.execute(
        "SELECT coalesce(max(seq), 0) FROM cim_change WHERE layer = ?", (layer,)
    ).fetchone()
    return int(seq)


def changed_fids(
    connection: sqlite3.Connection, layer: str, since: int, origin: str | None = None
) -> Int64:
    """Row numbers touched after `since`, ascending, without repeats; by `origin` only if given."""
    ranges = connection.execute(
        "SELECT first_fid, last_fid FROM cim_change "
        "WHERE layer = ? AND seq > ? AND origin = coalesce(?, origin)",
        (layer, since, origin),
    )
    parts = [np.arange(first, last + 1, dtype=np.int64) for first, last in ranges]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def history(
    connection: sqlite3.Connection, layer: str, fid: int, limit: int
) -> tuple[JournalEntry, ...]:
    """What was done to a row, the latest first."""
    rows = connection.execute(
        "SELECT seq, changed_at, operation, origin FROM cim_change "
        "WHERE layer = ? AND first_fid <= ? AND last_fid >= ? ORDER BY seq DESC LIMIT ?",
        (layer, fid, fid, limit),
    )
    return tuple(JournalEntry(*row) for row in rows)
